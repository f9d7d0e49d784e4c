"""Learning from teaching as it is read: where a person may log, the own log, what waits for confirmation, the own pathway."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet

from lifelong.kernel import clock
from lifelong.kernel.access import Actor, Permission, reach
from lifelong.kernel.problems import NotFound
from lifelong.loop.credit.systems import may_hold
from lifelong.loop.designation.models import Designation
from lifelong.loop.improvement.models import FacultyItem, PathwayStep, TeachingLog
from lifelong.loop.people.models import LearnerProfile
from lifelong.loop.planning.models import Activity
from lifelong.loop.program.models import AccreditedProvider, Term
from lifelong.rules.teaching import teaching_credit

P = Permission
FORMAT = "learning_from_teaching"
LISTED = 200
GRACE_DAYS = 31  # what was taught in December is logged in January


def open_logs(viewer: Actor) -> list[Activity]:
    """Activities of learning from teaching in which the viewer may log: published, running or just over, of a program that knows the person."""
    if viewer.person_id is None:
        return []
    today = clock.today()
    known = AccreditedProvider.objects.filter(affiliations__person=viewer.person_id)
    rows = Activity.objects.filter(
        provider__in=known, published_at__isnull=False, closed_at=None, starts_on__lte=today,
        ends_on__gte=today - dt.timedelta(days=GRACE_DAYS),
    )  # fmt: skip
    found = rows.select_related("provider").order_by("provider__slug", "number")
    return [row for row in found if row.format in _formats(row.provider_id)]


def _formats(provider_id: int) -> set[str]:
    """Keys of the program's formats that are learning from teaching."""
    rows = Term.objects.filter(provider_id=provider_id, taxonomy="format", standard_label=FORMAT)
    return {*rows.values_list("key", flat=True), FORMAT}


def is_log(activity: Activity) -> bool:
    """Whether the activity is a log of learning from teaching."""
    return activity.format in _formats(activity.provider_id)


def open_log(viewer: Actor, activity_id: int) -> Activity:
    """The one to log in. Raises NotFound for any other activity."""
    found = next((row for row in open_logs(viewer) if row.pk == activity_id), None)
    if found is None:
        raise NotFound("log")
    return found


def credit_for(person_id: int, activity: Activity) -> Designation | None:
    """The credit that this person may hold for the log: AMA PRA for physicians, else none."""
    return _credits([person_id], [activity.pk]).get((person_id, activity.pk))


def _credits(people: Sequence[int], activities: Sequence[int]) -> dict[tuple[int, int], Designation]:
    """The credit each person may hold in each activity, where there is one. Two queries."""
    designated: dict[int, list[Designation]] = defaultdict(list)
    rows = Designation.objects.filter(activity__in=activities, withdrawn_at=None)
    for row in rows.exclude(credit_system="participation").order_by("pk"):
        designated[row.activity_id].append(row)
    professions = dict(LearnerProfile.objects.filter(person__in=people).values_list("person_id", "profession"))
    return {
        (person, activity): row
        for person in people
        for activity, offered in designated.items()
        for row in reversed(offered)  # the first one that fits stands
        if may_hold(row.credit_system, row.profession, professions.get(person, ""))
    }


@dataclass(frozen=True, slots=True)
class Logged:
    """An entry with what it is worth; None where its teacher holds no credit here."""

    row: TeachingLog
    worth: Decimal | None


def own_log(viewer: Actor) -> list[Logged]:
    """The viewer's own entries, newest first."""
    if viewer.person_id is None:
        return []
    rows = TeachingLog.objects.filter(person_id=viewer.person_id).select_related("activity__provider", "award")
    return _worth(rows[:LISTED])


def waiting(viewer: Actor, provider: AccreditedProvider) -> list[Logged]:
    """Entries that nobody has looked at, the oldest first, for those who decide on credit."""
    _see(viewer, provider)
    return _worth(_of(provider).filter(is_confirmed=None).order_by("logged_at", "pk")[:LISTED])


def decided(viewer: Actor, provider: AccreditedProvider) -> list[Logged]:
    _see(viewer, provider)
    return _worth(_of(provider).filter(is_confirmed__isnull=False).order_by("-decided_at", "-pk")[:LISTED])


def entry(viewer: Actor, provider: AccreditedProvider, log_id: int) -> TeachingLog:
    _see(viewer, provider)
    found = _of(provider).filter(pk=log_id).first()
    if found is None:
        raise NotFound("entry")
    return found


def _of(provider: AccreditedProvider) -> QuerySet[TeachingLog]:
    return TeachingLog.objects.filter(activity__provider=provider).select_related(
        "activity__provider", "person__profile", "award"
    )


def _see(viewer: Actor, provider: AccreditedProvider) -> None:
    if not reach(viewer, P.CORRECT_CREDIT, provider.pk)[0]:
        raise NotFound("log")


def _worth(rows: QuerySet[TeachingLog]) -> list[Logged]:
    found = list(rows)
    credits = _credits([row.person_id for row in found], [row.activity_id for row in found])
    held = ((row, credits.get((row.person_id, row.activity_id))) for row in found)
    return [Logged(row, teaching_credit(row.minutes, credit.increment) if credit else None) for row, credit in held]


# --- the own pathway and what a program offers to those who teach


def own_pathway(viewer: Actor) -> list[PathwayStep]:
    """The viewer's own steps on the way to leading, done and ahead (WASHU-36)."""
    if viewer.person_id is None:
        return []
    rows = PathwayStep.objects.filter(person_id=viewer.person_id, item__retired_on=None)
    return list(rows.select_related("item__provider", "item__activity").order_by("item__provider", "item__position"))


def offers(viewer: Actor) -> list[FacultyItem]:
    """What the programs that know the viewer offer to people who teach (WASHU-35)."""
    if viewer.person_id is None:
        return []
    known = AccreditedProvider.objects.filter(affiliations__person=viewer.person_id)
    rows = FacultyItem.objects.filter(provider__in=known, track=FacultyItem.Track.TEACHING, retired_on=None)
    return list(rows.select_related("provider", "activity")[:LISTED])
