"""What an office does to plan: activities, their aims, sessions, people in roles, gates."""

from lifelong.loop.planning.actions.activities import copy_activity, create_activity, edit_activity
from lifelong.loop.planning.actions.aims import add_reference, set_audience, set_objectives, set_terms
from lifelong.loop.planning.actions.gates import pass_gate, reopen_gate
from lifelong.loop.planning.actions.intake import (
    begin_application,
    confirm_explainer,
    decide_application,
    meet_condition,
    submit_application,
    write_application,
)
from lifelong.loop.planning.actions.roles import add_role, end_role
from lifelong.loop.planning.actions.series import schedule_series
from lifelong.loop.planning.actions.sessions import add_break, add_session, cancel_session, edit_session, move_session

__all__ = [
    "add_break",
    "add_reference",
    "add_role",
    "add_session",
    "begin_application",
    "cancel_session",
    "confirm_explainer",
    "copy_activity",
    "create_activity",
    "decide_application",
    "edit_activity",
    "edit_session",
    "end_role",
    "meet_condition",
    "move_session",
    "pass_gate",
    "reopen_gate",
    "schedule_series",
    "set_audience",
    "set_objectives",
    "set_terms",
    "submit_application",
    "write_application",
]
