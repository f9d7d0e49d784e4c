"""An activity is closed when its impact is told from data (gate G12, TUFTS-11)."""

from __future__ import annotations

from lifelong.kernel import clock
from lifelong.kernel.access import Actor, Permission
from lifelong.kernel.action import Unchanged, action
from lifelong.kernel.problems import problem, refuse_if_any
from lifelong.loop.designation.gates import pass_gate
from lifelong.loop.outcomes.closing import TO_CLOSE, later_facts, missing_to_close
from lifelong.loop.outcomes.models import ImpactSummary
from lifelong.loop.planning.models import Activity
from lifelong.loop.planning.reads import gates_passed

P = Permission
LONGEST = 4000


@action(needs=P.EDIT_OUTCOMES, audit="impact_summary.written")
def write_summary(
    actor: Actor, activity: Activity, *, text: str, limits: str = "", next_gap: str = "", standard_of_care: str = ""
) -> ImpactSummary | Unchanged:
    """What changed and how we know, its limits, what it means for the standard of care (UMASS-37), and what remains. It may be rewritten until the activity is closed."""
    said = {"text": text, "limits": limits, "next_gap": next_gap, "standard_of_care": standard_of_care}
    written = {name: value.strip() for name, value in said.items()}
    row = ImpactSummary.objects.filter(activity=activity).first()
    if row is not None and all(getattr(row, name) == value for name, value in written.items()):
        return Unchanged(row)
    if activity.closed_at is not None:
        raise problem("activity.closed", "The activity is closed.", "Its summary stays as it was written.", "text")
    if not written["text"]:
        raise problem("R-ANL-1", "The impact summary is empty.", "Say what changed and how you know.", "text")
    for name, value in written.items():
        if len(value) > LONGEST:
            raise problem("summary.long", f"This has {len(value)} characters.", f"Keep it below {LONGEST}.", name)
    row = row or ImpactSummary(activity=activity)
    for name, value in written.items():
        setattr(row, name, value)
    row.written_at, row.written_by_id = clock.now(), actor.person_id
    row.save()
    return row


@action(needs=P.PASS_GATE, audit="activity.closed")
def close_activity(actor: Actor, activity: Activity) -> Activity | Unchanged:
    """Pass the gates from delivery to closing and close the activity.

    Refused with everything that is missing at once: no data at the level it was designed for, no summary, open claims,
    open follow-ups, open reports. What follows: planners and leaders get the report.
    """
    if activity.closed_at is not None:
        return Unchanged(activity)
    refuse_if_any(missing_to_close(activity))
    facts = later_facts(activity)
    passed = gates_passed(activity)
    for gate in TO_CLOSE:
        if gate not in passed:
            pass_gate(actor, activity, gate=gate.value, **facts)
    activity.closed_at = clock.now()
    activity.save(update_fields=["closed_at"])
    return activity
