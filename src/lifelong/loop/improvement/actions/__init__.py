"""What we do to improve."""

from lifelong.loop.improvement.actions.carrying import open_improvement, prioritise, step_improvement
from lifelong.loop.improvement.actions.synthesis import (
    check_figures,
    decide,
    finalise,
    missing_before_final,
    open_synthesis,
    record_meeting,
)
from lifelong.loop.improvement.actions.year import (
    conclude,
    draft_conclusion,
    freeze_report,
    measure_results,
    measure_year,
    without_conclusion,
)

__all__ = [
    "check_figures",
    "conclude",
    "decide",
    "draft_conclusion",
    "finalise",
    "freeze_report",
    "measure_results",
    "measure_year",
    "missing_before_final",
    "open_improvement",
    "open_synthesis",
    "prioritise",
    "record_meeting",
    "step_improvement",
    "without_conclusion",
]
