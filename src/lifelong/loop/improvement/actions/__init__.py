"""What we do to improve."""

from lifelong.loop.improvement.actions.carrying import open_improvement, prioritise, step_improvement
from lifelong.loop.improvement.actions.letters import plan_letters, write_letters
from lifelong.loop.improvement.actions.registers import (
    add_dissemination,
    complete_step,
    decide_innovation,
    enrol,
    export_answers,
    import_elements,
    keep_collaboration,
    keep_distinction,
    keep_faculty_item,
    keep_innovation,
    keep_project,
    map_element,
)
from lifelong.loop.improvement.actions.synthesis import (
    check_figures,
    decide,
    finalise,
    missing_before_final,
    open_synthesis,
    record_meeting,
)
from lifelong.loop.improvement.actions.teaching import award_teaching, decide_teaching, log_teaching
from lifelong.loop.improvement.actions.year import (
    conclude,
    draft_conclusion,
    freeze_report,
    measure_results,
    measure_year,
    without_conclusion,
)

__all__ = [
    "add_dissemination",
    "complete_step",
    "decide_innovation",
    "enrol",
    "export_answers",
    "import_elements",
    "keep_collaboration",
    "keep_distinction",
    "keep_faculty_item",
    "keep_innovation",
    "keep_project",
    "map_element",
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
    "plan_letters",
    "prioritise",
    "write_letters",
    "record_meeting",
    "step_improvement",
    "without_conclusion",
    "award_teaching",
    "decide_teaching",
    "log_teaching",
]
