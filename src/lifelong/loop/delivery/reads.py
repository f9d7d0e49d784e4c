"""What we know of sessions as they happen: facts of the door, rosters, codes."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import OuterRef, Q, QuerySet, Subquery

from lifelong.kernel import clock
from lifelong.kernel.access import Actor, Permission, Scope, reach
from lifelong.kernel.problems import NotFound
from lifelong.loop.delivery.models import Attendance, Registration, SessionCount
from lifelong.loop.people.models import Affiliation, Person
from lifelong.loop.planning.models import Activity, PlanningRole, Session
from lifelong.loop.program.models import AccreditedProvider
from lifelong.rules.attendance import (
    Channel,
    attendance_window,
    rotating_code,
    rotating_code_expired,
    rotating_code_matches,
)

KEPT_FOR_SECONDS = 3.0  # a session moved or cancelled is known to every door within this time
ROSTER_PAGE = 100
ROOM_HOURS = 12  # a typed screen code is looked for among sessions that start this near
FEW_ROOMS = 40


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """A session as the door needs it; the same for everybody in the room, so it is read once for all of them."""

    id: int
    title: str
    activity_id: int
    activity_title: str
    provider_id: int
    provider_slug: str
    organisation_id: int | None
    starts_at: dt.datetime
    ends_at: dt.datetime
    time_zone: str
    cancelled: bool
    registration_required: bool
    published: bool
    code: str
    code_key: str
    faculty: frozenset[int]

    @property
    def scope(self) -> Scope:
        return Scope(self.provider_id, self.organisation_id, self.activity_id)

    def opens_at(self, channel: Channel) -> dt.datetime:
        return attendance_window(self.starts_at, self.ends_at, channel).opens_at

    def closes_at(self, channel: Channel) -> dt.datetime:
        return attendance_window(self.starts_at, self.ends_at, channel).closes_at


@dataclass(frozen=True, slots=True)
class LearnerAtDoor:
    """What the door must know of one learner, in one query."""

    person_id: int
    profession: str
    attendance_id: int | None
    recorded_at: dt.datetime | None
    registration: str
    taken_back: bool  # there is a mark, and the staff took it back


_kept: dict[int, tuple[float, SessionFacts]] = {}


def session_facts(session_id: int) -> SessionFacts:
    """Facts of one session, kept in this process for three seconds."""
    kept = _kept.get(session_id)
    if kept is not None and time.monotonic() - kept[0] < KEPT_FOR_SECONDS:
        return kept[1]
    session = Session.objects.select_related("activity__provider").filter(pk=session_id).first()
    if session is None:
        raise NotFound("session")
    activity = session.activity
    faculty = PlanningRole.objects.filter(session=session, ended_at=None, kind=PlanningRole.Kind.FACULTY)
    facts = SessionFacts(
        id=session.pk,
        title=session.title,
        activity_id=activity.pk,
        activity_title=activity.title,
        provider_id=activity.provider_id,
        provider_slug=activity.provider.slug,
        organisation_id=activity.organisation_id,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        time_zone=activity.time_zone,
        cancelled=session.cancelled_at is not None,
        registration_required=activity.registration_required,
        published=activity.published_at is not None,
        code=session.code,
        code_key=session.code_key,
        faculty=frozenset(faculty.values_list("person_id", flat=True)),
    )
    if len(_kept) > 2_000:
        _kept.clear()
    _kept[session_id] = (time.monotonic(), facts)
    return facts


def forget_sessions() -> None:
    """Drop what this process keeps (after a change of a session, and between tests)."""
    _kept.clear()


# The room-full path: one query instead of four, written by hand because the ORM needs a millisecond to compose it.
_AT_DOOR = """
SELECT p.id, COALESCE(l.profession, ''), a.id, a.recorded_at, COALESCE(r.state, ''), a.voided_at IS NOT NULL
FROM lifelong_person p
LEFT JOIN lifelong_learnerprofile l ON l.person_id = p.id
LEFT JOIN lifelong_attendance a ON a.person_id = p.id AND a.session_id = %s
LEFT JOIN lifelong_registration r ON r.person_id = p.id AND r.activity_id = %s
WHERE p.id = %s AND p.is_active AND p.merged_into_id IS NULL
"""


def learner_at_door(facts: SessionFacts, person_id: int) -> LearnerAtDoor:
    with connection.cursor() as cursor:
        cursor.execute(_AT_DOOR, (facts.id, facts.activity_id, person_id))
        row = cursor.fetchone()
    if row is None:
        raise NotFound("learner")
    recorded_at = row[3]
    if isinstance(recorded_at, str):  # SQLite keeps instants as text
        recorded_at = dt.datetime.fromisoformat(recorded_at)
    if recorded_at is not None and recorded_at.tzinfo is None:
        recorded_at = recorded_at.replace(tzinfo=dt.UTC)
    return LearnerAtDoor(row[0], row[1], row[2], recorded_at, row[4], bool(row[5]))


def session_by_code(code: str, now: dt.datetime) -> SessionFacts | None:
    """The session a typed text code means: the nearest one within two days, so that early and late get their own answer."""
    nearby = Session.objects.filter(
        code=code, starts_at__gt=now - dt.timedelta(days=2), starts_at__lt=now + dt.timedelta(days=2)
    )
    candidates = list(nearby.values_list("id", "starts_at"))
    if not candidates:
        return None
    nearest = min(candidates, key=lambda row: abs((row[1] - now).total_seconds()))
    return session_facts(nearest[0])


def session_on_screen(code: str, now: dt.datetime) -> SessionFacts | None:
    """The session whose screen shows this code now, among those whose door is open.

    A code shown a while ago is recognised too, so that it gets its own answer, unless so many rooms are open at once that
    comparing with all their old codes would take longer than a learner should wait.
    """
    near = dt.timedelta(hours=ROOM_HOURS)
    rooms = Session.objects.filter(starts_at__gt=now - near, starts_at__lt=now + near, cancelled_at=None)
    keys = [(pk, bytes.fromhex(key)) for pk, key in rooms.values_list("pk", "code_key")]
    found = next((pk for pk, key in keys if rotating_code_matches(code, key, pk, now)), None)
    if found is None and len(keys) <= FEW_ROOMS:
        found = next((pk for pk, key in keys if rotating_code_expired(code, key, pk, now)), None)
    return session_facts(found) if found is not None else None


def current_code(facts: SessionFacts, now: dt.datetime) -> str:
    """The rotating code shown on the screen of the room at this moment."""
    return rotating_code(bytes.fromhex(facts.code_key), facts.id, now)


def _reached(viewer: Actor, needs: Permission, provider_id: int) -> Q:
    everything, organisations, activities = reach(viewer, needs, provider_id)
    if everything:
        return Q()
    return Q(activity__organisation_id__in=organisations) | Q(activity_id__in=activities)


def session_in(
    viewer: Actor, provider: AccreditedProvider, session_id: int, needs: Permission = Permission.SEE_DELIVERY
) -> Session:
    """A session the viewer may see, or not found."""
    found = (
        Session.objects.select_related("activity__provider", "activity__organisation")
        .filter(_reached(viewer, needs, provider.pk), pk=session_id, activity__provider=provider)
        .first()
    )
    if found is None:
        raise NotFound("session")
    return found  # type: ignore[no-any-return]


def sessions_between(
    viewer: Actor, provider: AccreditedProvider, begin: dt.datetime, end: dt.datetime
) -> QuerySet[Session]:
    """Sessions of the provider that start in a span, with their kept count of attendances."""
    return (
        Session.objects.select_related("activity", "kept_count")
        .filter(
            _reached(viewer, Permission.SEE_DELIVERY, provider.pk),
            activity__provider=provider,
            starts_at__gte=begin,
            starts_at__lt=end,
        )
        .order_by("starts_at", "id")
    )


def sessions_of_day(viewer: Actor, provider: AccreditedProvider, on: dt.date) -> QuerySet[Session]:
    zone = ZoneInfo(provider.time_zone)
    begin = dt.datetime.combine(on, dt.time.min, zone)
    return sessions_between(viewer, provider, begin, begin + dt.timedelta(days=1))


@dataclass(frozen=True, slots=True)
class RosterRow:
    person_id: int
    name: str
    sort_name: str
    email: str
    profession: str
    attendance_id: int | None
    recorded_at: dt.datetime | None
    channel: str
    evidence: str


def roster(
    viewer: Actor, session: Session, *, search: str = "", after: str = "", present_only: bool = False
) -> list[RosterRow]:
    """Who may be in the room and who is, by name: up to a page after the cursor `after` ("sort name|id"). Scoped through the session."""
    session_in(viewer, session.activity.provider, session.pk)
    people = _listed(session)
    if present_only:
        people = people.filter(person__attendances__session=session, person__attendances__voided_at=None)
    if search:
        # a prefix of the family name walks the index, whatever the size of the list
        low = search.strip().lower()
        people = people.filter(sort_name__gte=low, sort_name__lt=low + "\U0010ffff")
    name, _, number = after.rpartition("|")
    if number.isdecimal() and len(number) < 19:
        later = Q(sort_name__gt=name) | Q(sort_name=name, person_id__gt=int(number))
        people = people.filter(later, sort_name__gte=name)  # the second says where in the index to begin
    rows = list(people.order_by("sort_name", "person_id").select_related("person__profile")[: ROSTER_PAGE + 1])
    marks = {
        a.person_id: a
        for a in Attendance.objects.filter(session=session, person_id__in=[row.person_id for row in rows])
    }
    return [_roster_row(row, marks.get(row.person_id)) for row in rows]


def _listed(session: Session) -> QuerySet[Any]:
    """Who may come: those registered, where registration is asked for; else everybody of the program. Both are indexed by name."""
    if session.activity.registration_required:
        return Registration.objects.filter(activity=session.activity, state=Registration.State.REGISTERED)
    return Affiliation.objects.filter(provider_id=session.activity.provider_id)


def _roster_row(row: Registration | Affiliation, mark: Attendance | None) -> RosterRow:
    present = mark is not None and mark.voided_at is None
    profile = getattr(row.person, "profile", None)
    return RosterRow(
        person_id=row.person_id,
        name=row.person.full_name,
        sort_name=row.sort_name,
        email=row.person.email,
        profession=profile.profession if profile else "",
        attendance_id=mark.pk if mark is not None and present else None,
        recorded_at=mark.recorded_at if mark is not None and present else None,
        channel=mark.channel if mark is not None and present else "",
        evidence=mark.evidence if mark is not None and present else "",
    )


def attended_count(session: Session) -> int:
    return Attendance.objects.filter(session=session, voided_at=None).count()


def attendances_of(person_id: int, since: dt.datetime | None = None) -> QuerySet[Attendance]:
    """A person's own attendances, newest first."""
    mine = Attendance.objects.select_related("session__activity__provider").filter(person_id=person_id, voided_at=None)
    if since is not None:
        mine = mine.filter(recorded_at__gte=since)
    return mine.order_by("-recorded_at", "-id")


def attendance_of(person_id: int, session_id: int) -> Attendance | None:
    return (
        Attendance.objects.select_related("session__activity__provider")
        .filter(person_id=person_id, session_id=session_id, voided_at=None)
        .first()
    )


def registration_of(person_id: int, activity: Activity) -> Registration | None:
    return Registration.objects.filter(person_id=person_id, activity=activity).first()


@dataclass(frozen=True, slots=True)
class Seat:
    """A registration of somebody's own for what is still to come: a seat, or a place on the waiting list."""

    activity_id: int
    title: str
    has_seat: bool
    next_at: dt.datetime
    time_zone: str
    place: str


def coming_seats(person_id: int) -> list[Seat]:
    """What a person is registered for and has not ended, the soonest first. One query."""
    now = clock.now()
    ahead = Session.objects.filter(activity=OuterRef("activity"), cancelled_at=None, ends_at__gt=now).order_by(
        "starts_at"
    )
    rows = Registration.objects.filter(person_id=person_id, activity__closed_at=None)
    rows = rows.exclude(state=Registration.State.CANCELLED).annotate(next_at=Subquery(ahead.values("starts_at")[:1]))
    found = rows.filter(next_at__isnull=False).order_by("next_at", "id").values_list(
        "activity_id", "activity__title", "state", "next_at", "activity__time_zone", "activity__place", "activity__provider__place"
    )  # fmt: skip
    return [
        Seat(pk, title, state == Registration.State.REGISTERED, at, zone, place or house)
        for pk, title, state, at, zone, place, house in found
    ]


def open_sessions(person_id: int, provider_ids: Iterable[int]) -> QuerySet[Session]:
    """Sessions of a learner's programs that take attendance about now."""
    now = clock.now()
    return (
        Session.objects.select_related("activity__provider")
        .filter(
            activity__provider_id__in=list(provider_ids),
            activity__published_at__isnull=False,
            cancelled_at=None,
            starts_at__gt=now - dt.timedelta(hours=12),
            starts_at__lt=now + dt.timedelta(minutes=30),
            ends_at__gt=now - dt.timedelta(minutes=30),
        )
        .exclude(attendances__person_id=person_id)
        .order_by("starts_at")
    )


def activity_open_to(viewer: Actor, activity_id: int) -> tuple[Activity, Person]:
    """A published activity the viewer may register for, with the viewer's person. Restricted ones exist for affiliated people only."""
    person = Person.objects.filter(pk=viewer.person_id or 0).first()
    activity = Activity.objects.select_related("provider").filter(pk=activity_id, published_at__isnull=False).first()
    if person is None or activity is None:
        raise NotFound("activity")
    if (
        not activity.is_open_to_all
        and not Affiliation.objects.filter(person=person, provider_id=activity.provider_id, is_affiliated=True).exists()
    ):
        raise NotFound("activity")
    return activity, person


def mark_of(session: Session, person_id: int) -> Attendance:
    """The attendance of one person in a session that the caller may see."""
    found = (
        Attendance.objects.select_related("session__activity", "person")
        .filter(session=session, person_id=person_id)
        .first()
    )
    if found is None:
        raise NotFound("mark")
    return found  # type: ignore[no-any-return]


def kept_count(session_id: int) -> int:
    """Attendances of a session as last counted."""
    return SessionCount.objects.filter(session_id=session_id).values_list("attended", flat=True).first() or 0


def registered(registration_id: int) -> Registration | None:
    """A registration that holds a seat, with its person and activity."""
    held = Registration.objects.select_related("person", "activity").filter(
        pk=registration_id, state=Registration.State.REGISTERED
    )
    return held.first()
