"""What waits in an office this morning: first what blocks something in the next days, then what waits for the viewer, then for others.

Read across the whole loop, which only its last stage may do. Fourteen queries whatever the size of the office.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db.models import Exists, Max, OuterRef, Q

from lifelong.kernel import clock
from lifelong.kernel.access import Actor, Permission, may, reach
from lifelong.kernel.models import AuditEvent
from lifelong.loop.improvement.models import Improvement, TeachingLog
from lifelong.loop.integrity.models import CommercialSupport, ComplianceCase, Disclosure, DisclosureRequest
from lifelong.loop.outcomes import quality
from lifelong.loop.outcomes.reads import activities_within
from lifelong.loop.people.models import Person
from lifelong.loop.planning import intake
from lifelong.loop.planning.models import Application, PlanningRole, Session
from lifelong.loop.program.models import AccreditedProvider
from lifelong.loop.reporting import reads as reporting
from lifelong.rules.books import load_book

P = Permission
BLOCKS_WITHIN = dt.timedelta(days=5)
MOST = 200
LATEST_ACTS = 5000
QUALITY_DAYS = 120  # an activity without a session for longer is judged on the page of quality, not here


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that waits. `kind` and `subject_id` say which page opens it; `when` is the moment it blocks; `for_whom` names who acts."""

    kind: str  # disclosure, decision, publication, agreement, record, improvement, case, teaching, application, condition, quality
    subject_id: int
    what: str
    why: str
    for_whom: str
    mine: bool
    since: dt.datetime | None = None
    when: dt.datetime | None = None
    may_remind: bool = False

    @property
    def blocks(self) -> bool:
        return self.when is not None


@dataclass(frozen=True, slots=True)
class TodaysSession:
    id: int
    title: str
    activity: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    room: str
    attended: int


@dataclass(frozen=True, slots=True)
class Worklist:
    """The morning: everything is sorted, the soonest first."""

    blocking: tuple[Item, ...]
    mine: tuple[Item, ...]
    others: tuple[Item, ...]
    sessions: tuple[TodaysSession, ...]
    done_this_week: int

    @property
    def checked_in(self) -> int:
        return sum(session.attended for session in self.sessions)


def worklist(viewer: Actor, provider: AccreditedProvider) -> Worklist:
    """Everything that waits in the reach of the viewer. People without a reach get an empty list, not an error: the page itself is guarded."""
    now = clock.now()
    sessions = _sessions(viewer, provider, now)
    first: dict[int, Session] = {}
    for session in sessions:
        if session.ends_at > now:
            first.setdefault(session.activity_id, session)
    items = [
        *_roles(viewer, provider, first, now),
        *_unpublished(viewer, first),
        *_agreements(viewer, first),
        *_records(viewer, provider),
        *_improvements(viewer, provider),
        *_cases(viewer, provider),
        *_teaching(viewer, provider),
        *_applications(viewer, provider),
        *_conditions(viewer, provider),
        *_quality(viewer, provider, now),
    ]
    blocking = sorted(
        (item for item in items if item.blocks), key=lambda item: (item.when or now, item.what, item.subject_id)
    )
    rest = sorted(
        (item for item in items if not item.blocks), key=lambda item: (item.since or now, item.kind, item.subject_id)
    )
    today = now.astimezone(ZoneInfo(provider.time_zone)).date()
    return Worklist(
        tuple(blocking), tuple(item for item in rest if item.mine), tuple(item for item in rest if not item.mine),
        tuple(_today(session) for session in sessions if _day(session, provider) == today),
        _done(viewer, provider, now),
    )  # fmt: skip


def _within(viewer: Actor, needs: Permission, provider: AccreditedProvider, prefix: str = "") -> Q | None:
    """The condition for rows of activities in the viewer's reach; None: no reach at all."""
    everything, organisations, activities = reach(viewer, needs, provider.pk)
    if everything:
        return Q()
    if not organisations and not activities:
        return None
    return Q(**{f"{prefix}organisation_id__in": organisations}) | Q(**{f"{prefix}pk__in": activities})


def _sessions(viewer: Actor, provider: AccreditedProvider, now: dt.datetime) -> list[Session]:
    """Sessions from the beginning of this day to the end of the days ahead, by the clock of the office."""
    within = _within(viewer, P.SEE_PLANNING, provider, "activity__")
    if within is None:
        return []
    midnight = now.astimezone(ZoneInfo(provider.time_zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    rows = Session.objects.filter(
        within,
        activity__provider=provider,
        cancelled_at=None,
        starts_at__gte=midnight,
        starts_at__lt=now + BLOCKS_WITHIN,
    )
    return list(rows.select_related("activity", "kept_count").order_by("starts_at", "pk")[:MOST])


def _day(session: Session, provider: AccreditedProvider) -> dt.date:
    return session.starts_at.astimezone(ZoneInfo(provider.time_zone)).date()


def _today(session: Session) -> TodaysSession:
    kept = getattr(session, "kept_count", None)
    return TodaysSession(
        session.pk, session.title, session.activity.title, session.starts_at, session.ends_at, session.room, kept.attended if kept else 0
    )  # fmt: skip


def _roles(viewer: Actor, provider: AccreditedProvider, first: dict[int, Session], now: dt.datetime) -> Iterable[Item]:
    """People in control of content who may not begin yet: they have not disclosed, or nobody has decided on what they disclosed."""
    within = _within(viewer, P.SEE_PLANNING, provider, "activity__")
    if within is None:
        return
    current = now - dt.timedelta(days=30 * load_book("lifelong").integer("disclosure.ask_again_months"))
    has_disclosed = Disclosure.objects.filter(person=OuterRef("person"), submitted_at__gte=current)
    asked = DisclosureRequest.objects.filter(role=OuterRef("pk"))
    ahead = Q(session=None) | Q(session__ends_at__gte=now, session__cancelled_at=None)
    rows = PlanningRole.objects.filter(
        within, ahead, activity__provider=provider, activity__closed_at=None, started_at=None, ended_at=None
    ).annotate(disclosed=Exists(has_disclosed), asked=Exists(asked))
    for role in rows.select_related("activity", "session", "person").order_by("asked_at", "pk")[:MOST]:
        yield _role_item(viewer, role, first)


def _role_item(viewer: Actor, role: PlanningRole, first: dict[int, Session]) -> Item:
    session = role.session if role.session_id else first.get(role.activity_id)
    # a session of a role may lie far ahead; those in `first` are near by themselves
    when = session.starts_at if session is not None and _is_soon(session) else None
    kind = role.get_kind_display().lower()
    disclosed, asked = getattr(role, "disclosed", False), getattr(role, "asked", False)
    reviews, requests = may(viewer, P.REVIEW_DISCLOSURES, role), may(viewer, P.REQUEST_DISCLOSURE, role)
    if disclosed:
        return Item(
            "decision", role.pk, role.activity.title, f"{role.person.full_name} ({kind}) has disclosed; a reviewer lets the role begin",
            "reviewer", reviews, role.asked_at, when,
        )  # fmt: skip
    why = (
        f"{role.person.full_name} ({kind}) has not disclosed"
        if asked
        else f"{role.person.full_name} ({kind}) was not asked to disclose"
    )
    return Item(
        "disclosure", role.pk, role.activity.title, why, role.person.full_name if asked else "the office",
        requests and not asked, role.asked_at, when, may_remind=requests,
    )  # fmt: skip


def _is_soon(session: Session) -> bool:
    return session.starts_at < clock.now() + BLOCKS_WITHIN


def _unpublished(viewer: Actor, first: dict[int, Session]) -> Iterable[Item]:
    for session in first.values():
        activity = session.activity
        if activity.published_at is None:
            yield Item(
                "publication", activity.pk, activity.title, "is not published, and its first session is near", "the office",
                may(viewer, P.PUBLISH, activity), activity.created_at, session.starts_at,
            )  # fmt: skip


def _agreements(viewer: Actor, first: dict[int, Session]) -> Iterable[Item]:
    unsigned = Q(signed_by_company_on=None) | Q(signed_by_provider_on=None)
    rows = CommercialSupport.objects.filter(unsigned, activity_id__in=first.keys()).select_related(
        "company", "activity"
    )
    for row in rows.order_by("pk"):
        by_company = row.signed_by_company_on is None
        who = row.company.name if by_company else "the office"
        yield Item(
            "agreement", row.activity_id, row.activity.title, f"the agreement on support is not signed by {who}", who,
            not by_company and may(viewer, P.EDIT_SUPPORT, row), None, first[row.activity_id].starts_at,
        )  # fmt: skip


def _records(viewer: Actor, provider: AccreditedProvider) -> Iterable[Item]:
    """Refusals of a body, in its own words."""
    if not viewer.grants_for(P.SEE_REPORTING, provider.pk):
        return
    mine = may(viewer, P.RUN_REPORTING, provider)
    for line in reporting.refused(viewer, provider):
        said = line.findings[0]["sentence"] if line.findings else "The body gave no reason."
        whose = f"{line.title}, {line.learner}" if line.learner else line.title
        yield Item("record", line.id, whose, f"refused: {said}", "credit officer", mine, line.changed_at)


def _improvements(viewer: Actor, provider: AccreditedProvider) -> Iterable[Item]:
    """Improvements whose day has passed."""
    if not reach(viewer, P.SEE_IMPROVEMENT, provider.pk)[0]:
        return
    today = clock.today(provider.time_zone)
    open_states = (Improvement.State.IDENTIFIED, Improvement.State.PLANNED)
    rows = Improvement.objects.filter(provider=provider, state__in=open_states, due_on__lt=today).select_related(
        "owner"
    )
    for row in rows.order_by("due_on", "pk")[:50]:
        owner: Person | None = row.owner
        mine = (
            owner is not None
            and owner.pk == viewer.person_id
            or owner is None
            and may(viewer, P.EDIT_IMPROVEMENT, provider)
        )
        yield Item(
            "improvement",
            row.pk,
            row.title,
            f"was due on {_said(row.due_on)}",
            owner.full_name if owner else "nobody yet",
            mine,
            row.opened_at,
        )


def _said(day: dt.date | None) -> str:
    return f"{day:%d %B %Y}".lstrip("0") if day else ""


def _cases(viewer: Actor, provider: AccreditedProvider) -> Iterable[Item]:
    if not may(viewer, P.REVIEW_DISCLOSURES, provider):
        return
    for row in (
        ComplianceCase.objects.filter(provider=provider, closed_at=None)
        .select_related("activity")
        .order_by("opened_at")[:50]
    ):
        yield Item(
            "case",
            row.pk,
            row.activity.title if row.activity else "The program",
            row.summary,
            "reviewer",
            True,
            row.opened_at,
        )


def _teaching(viewer: Actor, provider: AccreditedProvider) -> Iterable[Item]:
    """Learning from teaching that nobody has looked at; nobody confirms their own."""
    if not may(viewer, P.CORRECT_CREDIT, provider):
        return
    rows = TeachingLog.objects.filter(activity__provider=provider, is_confirmed=None).select_related("person")
    for row in rows.order_by("logged_at", "pk")[:50]:
        mine = row.person_id != viewer.person_id
        why = f"learning from teaching, {row.minutes} minutes: to confirm"
        yield Item(
            "teaching", row.pk, f"{row.person.full_name}: {row.about}", why, "credit officer", mine, row.logged_at
        )


def _applications(viewer: Actor, provider: AccreditedProvider) -> Iterable[Item]:
    """Applications that wait for the office's decision."""
    if _within(viewer, P.SEE_PLANNING, provider) is None:
        return
    for row in intake.applications(viewer, provider, Application.State.SUBMITTED):
        why = f"{row.organisation.name} applies for an activity and waits for a decision"
        yield Item("application", row.pk, row.title, why, "the office", may(viewer, P.PASS_GATE, row), row.submitted_at)


def _conditions(viewer: Actor, provider: AccreditedProvider) -> Iterable[Item]:
    """What the office asked for when it approved, and has not seen though its day is over."""
    if _within(viewer, P.SEE_PLANNING, provider) is None:
        return
    for row in intake.overdue(viewer, provider):
        asked = row.application
        why = f"condition of the approval, due on {_said(row.due_on)}: {row.text}"
        mine = asked.applicant_id == viewer.person_id
        yield Item("condition", asked.pk, asked.title, why, asked.applicant.full_name, mine, asked.decided_at)


def _quality(viewer: Actor, provider: AccreditedProvider, now: dt.datetime) -> Iterable[Item]:
    """Activities of the last months that learners put below a threshold of the program, where chance does not explain it."""
    if _within(viewer, P.SEE_OUTCOMES, provider) is None:
        return
    held = Q(sessions__ends_at__lt=now, sessions__cancelled_at=None)
    rows = (
        activities_within(viewer, provider)
        .filter(closed_at=None)
        .annotate(held_at=Max("sessions__ends_at", filter=held))
    )
    recent = list(rows.filter(held_at__gte=now - dt.timedelta(days=QUALITY_DAYS)).order_by("-held_at", "-pk")[:MOST])
    if not recent:
        return
    mine = may(viewer, P.EDIT_OUTCOMES, provider)
    told = quality.figures(provider, [row.pk for row in recent])
    for row in recent:
        below = [one for one in told[row.pk] if one.is_below and not one.may_be_chance]
        if below:
            said = ", ".join(f"{one.label.lower()} {one.percent:.0f} %, expected {one.threshold:g} %" for one in below)
            yield Item(
                "quality",
                row.pk,
                row.title,
                f"learners rate it below a threshold: {said}",
                "evaluator",
                mine,
                row.held_at,
            )


def _done(viewer: Actor, provider: AccreditedProvider, now: dt.datetime) -> int:
    """Acts of the viewer in the last seven days, looked for among the latest of the office so that the page stays quick."""
    latest = AuditEvent.objects.filter(provider_id=provider.pk).order_by("-id").values("pk")[:LATEST_ACTS]
    week = now - dt.timedelta(days=7)
    return AuditEvent.objects.filter(pk__in=latest, person_id=viewer.person_id, at__gte=week).count()
