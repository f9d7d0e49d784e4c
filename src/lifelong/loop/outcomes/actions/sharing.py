"""The report of an activity goes to planners and leaders by a secret link; whether it was opened comes back."""

from __future__ import annotations

from lifelong.kernel import clock
from lifelong.kernel.access import Actor, Permission
from lifelong.kernel.action import Unchanged, action
from lifelong.kernel.problems import problem
from lifelong.loop.outcomes.models import SharedReport
from lifelong.loop.outcomes.sharing import token_of
from lifelong.loop.people.models import Person
from lifelong.loop.planning.models import Activity
from lifelong.loop.surveys.tokens import digest_of

P = Permission
READERS = ("planner", "leader", "faculty")


@action(needs=P.EDIT_OUTCOMES, audit="outcome_report.shared")
def share_report(actor: Actor, activity: Activity, *, person: Person, reader: str) -> SharedReport | Unchanged:
    """Send one person the link. The same person is not sent a second one while the first is in force."""
    if reader not in READERS:
        raise problem(
            "report.reader", "It is not said why this person reads it.", "Choose planner or leader.", "reader"
        )
    known = SharedReport.objects.filter(activity=activity, person=person, revoked_at=None).first()
    if known is not None:
        return Unchanged(known)
    row = SharedReport(activity=activity, person=person, reader=reader, shared_at=clock.now())
    row.token_digest = digest_of(token_of(row))
    row.save()
    return row


@action(needs=P.EDIT_OUTCOMES, audit="outcome_report.revoked")
def revoke_report(actor: Actor, shared: SharedReport) -> SharedReport | Unchanged:
    """The link opens nothing any more."""
    if shared.revoked_at is not None:
        return Unchanged(shared)
    shared.revoked_at = clock.now()
    shared.save(update_fields=["revoked_at"])
    return shared


@action(needs=P.RECORD_OWN, audit="outcome_report.opened")
def open_report(actor: Actor, shared: SharedReport) -> SharedReport | Unchanged:
    """The reader opened it: the day is kept, once (HMS-47)."""
    if shared.revoked_at is not None:
        raise problem("report.revoked", "This link was taken back.", "Ask the CE office.", "")
    if shared.opened_on is not None:
        return Unchanged(shared)
    shared.opened_on = clock.today(shared.activity.time_zone)
    shared.save(update_fields=["opened_on"])
    return shared
