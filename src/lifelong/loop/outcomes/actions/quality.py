"""From which figure on an activity is good enough: the program decides (UMASS-08)."""

from __future__ import annotations

from collections.abc import Mapping

from lifelong.kernel import clock
from lifelong.kernel.access import Actor, Permission
from lifelong.kernel.action import Unchanged, action
from lifelong.kernel.problems import refuse_if_any
from lifelong.loop.outcomes.models import QualityThreshold
from lifelong.loop.outcomes.quality import indicators, thresholds
from lifelong.loop.program.models import AccreditedProvider
from lifelong.rules.verdict import Reason

P = Permission


@action(needs=P.EDIT_OUTCOMES, audit="quality.thresholds_set")
def set_thresholds(
    actor: Actor, provider: AccreditedProvider, *, percents: Mapping[str, float]
) -> AccreditedProvider | Unchanged:
    """Thresholds in percent by indicator (`indicators.toml`); indicators not named keep theirs."""
    known = {one.key: one.label for one in indicators()}
    refuse_if_any(
        [
            Reason("quality.threshold", f"The threshold of {known.get(key, key)} is {percent:g}.", "Write a percentage from 0 to 100.", key)
            for key, percent in percents.items()
            if key not in known or not 0 <= percent <= 100
        ]
    )  # fmt: skip
    now = thresholds(provider)
    changed = {key: percent for key, percent in percents.items() if now[key] != percent}
    for key, percent in changed.items():
        set_now = {"percent": percent, "set_at": clock.now(), "set_by_id": actor.person_id}
        QualityThreshold.objects.update_or_create(provider=provider, indicator=key, defaults=set_now)
    return provider if changed else Unchanged(provider)
