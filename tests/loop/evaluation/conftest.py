"""What follows an evaluation, as the page of effects declares it."""

from __future__ import annotations

from typing import Any

import pytest

from lifelong.kernel.action import FOLLOWS
from lifelong.kernel.effects import HANDLERS
from lifelong.loop.evaluation import effects


@pytest.fixture(autouse=True)
def effects_of_evaluation(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setitem(FOLLOWS, "evaluation.submitted", ("plan_follow_ups",))
    for handler in (
        effects.attach_evaluation, effects.invite_to_evaluate, effects.mail_evaluation_invitation, effects.plan_follow_ups, effects.mail_follow_up,
    ):  # fmt: skip
        monkeypatch.setitem(HANDLERS, handler.__name__, handler)
    settings.ROOT_URLCONF = "link_names"
