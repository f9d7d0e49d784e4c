"""Each of the five programs is judged by its own expected results, in its own words; nothing of one stands in another."""

from __future__ import annotations

import pytest

from lifelong.kernel.access import SYSTEM
from lifelong.loop.improvement import actions, reads
from lifelong.loop.improvement.indicators import INDICATORS
from lifelong.loop.program.actions import load_profile
from lifelong.loop.program.reads import shipped_profiles


@pytest.mark.requirement("HMS-44", "WASHU-27")
def test_every_program_has_its_own_lines_and_each_line_can_be_measured(db: None) -> None:
    # five whole profiles are loaded: that takes its time, once for all of them
    labels: dict[str, set[str]] = {}
    for profile in shipped_profiles():
        provider = load_profile(SYSTEM, profile=profile)
        actions.measure_year(SYSTEM, provider, 2026)
        lines = [line for shown in reads.living_mission(SYSTEM, provider, 2026) for line in shown.results]
        kept = {line.result.pk for line in reads.attainment(SYSTEM, provider, 2026)}
        assert {line.result.pk for line in lines} == kept and len(lines) == len(kept), (
            "each stands once beside a statement"
        )
        assert all(line.result.indicator in INDICATORS and line.measured_at is not None for line in lines)
        assert all(line.spoken.startswith("Nothing measured") for line in lines)
        labels[provider.slug] = {line.result.indicator_label for line in lines}
    assert len(labels) == 5
    assert len({frozenset(own) for own in labels.values()}) == 5
