"""What an office does about outcomes: measures, plans, closing an activity, sharing its report, quality projects."""

from lifelong.loop.outcomes.actions.analysing import fix_plan, keep_run, run_on, store_result
from lifelong.loop.outcomes.actions.closing import close_activity, write_summary
from lifelong.loop.outcomes.actions.measuring import attach_measure, count_reach, set_result
from lifelong.loop.outcomes.actions.projects import finish_stage, register_project, tie_activity, untie_activity
from lifelong.loop.outcomes.actions.quality import set_thresholds
from lifelong.loop.outcomes.actions.sharing import open_report, revoke_report, share_report

__all__ = [
    "attach_measure",
    "close_activity",
    "count_reach",
    "finish_stage",
    "fix_plan",
    "keep_run",
    "open_report",
    "register_project",
    "revoke_report",
    "run_on",
    "set_result",
    "set_thresholds",
    "share_report",
    "store_result",
    "tie_activity",
    "untie_activity",
    "write_summary",
]
