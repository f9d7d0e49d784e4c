"""What the rule of claiming needs to know, gathered for one attendance and one designation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import Max, Min, Q, Sum

from lifelong.kernel import clock
from lifelong.loop.credit.models import Award, RepeatedSession
from lifelong.loop.credit.systems import body_of, holders
from lifelong.loop.delivery.models import Attendance
from lifelong.loop.designation.models import Designation
from lifelong.loop.evaluation.models import EvaluationDone
from lifelong.loop.planning.models import Activity, PlanningRole, Session
from lifelong.rules.claim import AwardedSpan, ClaimFacts, claim_window_closes_at
from lifelong.rules.designation import credit_for_minutes

NEAR = dt.timedelta(days=2)  # sessions further away cannot share a minute, also not in a chain of one conference day
TEACHES = (PlanningRole.Kind.FACULTY, PlanningRole.Kind.MODERATOR)


def claim_facts(
    attendance: Attendance, designation: Designation, amount: Decimal, *, late_claim_approved: bool = False
) -> ClaimFacts:
    """Everything `rules.claim.may_claim` asks. The session is the span of a per-session designation and of an activity of one session."""
    session: Session = attendance.session
    activity: Activity = session.activity
    sessions = [session] if designation.is_per_session else list(activity.sessions.filter(cancelled_at=None))
    span = sessions[0] if len(sessions) == 1 else None
    taught = _taught(attendance.person_id, activity)
    own = session.pk in taught or None in taught
    maximum = designation.maximum
    if not designation.is_per_session and len(sessions) > 1:
        maximum -= _worth([one for one in sessions if one.pk in taught], designation)
        own = None in taught or all(one.pk in taught for one in sessions)
    return ClaimFacts(
        credit_system=body_of(designation.credit_system),
        amount=amount,
        maximum=maximum,
        increment=designation.increment,
        now=clock.now(),
        profession=_profession(attendance),
        professions=holders(designation.credit_system, designation.profession),
        attended=attendance.voided_at is None,
        evaluation_required=activity.evaluation_required,
        evaluation_done=_evaluated(attendance, designation),
        window_closes_at=claim_window_closes_at(
            _ends_at(attendance, designation), ZoneInfo(activity.time_zone), activity.claim_days
        ),
        late_claim_approved=late_claim_approved,
        is_faculty_of_session=own,
        is_repeat_of_awarded_session=_is_repeat(attendance, designation),
        starts_at=span.starts_at if span else None,
        ends_at=span.ends_at if span else None,
        awarded_spans=tuple(_awarded_spans(attendance.person_id, designation, session, span)),
        designated_at=designation.designated_at if designation.withdrawn_at is None else None,
        delivered_from=min(one.starts_at for one in sessions) if sessions else session.starts_at,
        paused=activity.provider.credit_paused_at is not None,
        zone=ZoneInfo(activity.time_zone),
    )


def _profession(attendance: Attendance) -> str:
    profile = getattr(attendance.person, "profile", None)
    return (profile.profession if profile else "") or attendance.profession


def _taught(person_id: int, activity: Activity) -> set[int | None]:
    """Ids of the sessions the person teaches; None stands for a role on the whole activity."""
    rows = PlanningRole.objects.filter(activity=activity, person_id=person_id, ended_at=None, kind__in=TEACHES)
    return set(rows.values_list("session_id", flat=True))


def _worth(sessions: Sequence[Session], designation: Designation) -> Decimal:
    """What the learner's own talks are worth: taken off the maximum of the whole activity."""
    minutes = sum(int((one.ends_at - one.starts_at).total_seconds() // 60) - one.break_minutes for one in sessions)
    return credit_for_minutes(minutes, body_of(designation.credit_system)) if minutes > 0 else Decimal(0)


def _evaluated(attendance: Attendance, designation: Designation) -> bool:
    """Of a session for itself; of a whole activity once for all of it."""
    done = EvaluationDone.objects.filter(attendance__person_id=attendance.person_id)
    if designation.is_per_session:
        return done.filter(attendance=attendance).exists()
    return done.filter(attendance__session__activity_id=attendance.session.activity_id).exists()


def _ends_at(attendance: Attendance, designation: Designation) -> dt.datetime:
    """The window runs from the end of the session, or of the last session that counts for the whole activity."""
    if designation.is_per_session:
        return attendance.session.ends_at
    last = attendance.session.activity.sessions.filter(cancelled_at=None).order_by("-ends_at").first()
    return last.ends_at if last else attendance.session.ends_at


def _is_repeat(attendance: Attendance, designation: Designation) -> bool:
    """Whether the learner holds credit of this system for another session with the same content: the first, or a repeat of it."""
    declared = RepeatedSession.objects.filter(Q(session_id=attendance.session_id) | Q(first_id=attendance.session_id))
    firsts = set(declared.values_list("first_id", flat=True))
    if not firsts:
        return False
    family = Q(session_id__in=firsts) | Q(session__repeat_of__first_id__in=firsts)
    rows = Award.objects.filter(family, person_id=attendance.person_id, credit_system=designation.credit_system)
    held = rows.exclude(session_id=attendance.session_id).aggregate(held=Sum("amount"))["held"]
    return bool(held and held > 0)


def _awarded_spans(
    person_id: int, designation: Designation, session: Session, span: Session | None
) -> list[AwardedSpan]:
    """Other sessions near this one for which the learner holds credit of this system, with what is left of it after corrections."""
    if span is None:
        return []
    near = Q(starts_at__gt=session.starts_at - NEAR, starts_at__lt=session.ends_at + NEAR)
    awards = Award.objects.filter(person_id=person_id, credit_system=designation.credit_system)
    awards = awards.filter(
        earned_on__gt=session.starts_at.date() - NEAR * 2, earned_on__lt=session.ends_at.date() + NEAR * 2
    )
    held: dict[tuple[int, int | None], Decimal] = {}
    about: dict[tuple[int, int | None], tuple[int, Decimal]] = {}
    for row in awards.select_related("designation"):
        key = (row.designation_id, row.session_id)
        if key == (designation.pk, session.pk if designation.is_per_session else None):
            continue
        held[key] = held.get(key, Decimal(0)) + row.amount
        about[key] = (row.activity_id, row.designation.maximum)
    whole = [activity_id for (_, session_id), (activity_id, _) in about.items() if session_id is None]
    only = (
        Session.objects.filter(activity_id__in=whole, cancelled_at=None)
        .values("activity_id")
        .annotate(first=Min("id"), last=Max("id"))
    )
    single = {row["activity_id"]: row["first"] for row in only if row["first"] == row["last"]} if whole else {}
    ids = {key: key[1] or single.get(about[key][0]) for key, amount in held.items() if amount > 0}
    sessions = {row.pk: row for row in Session.objects.filter(near, pk__in=[pk for pk in ids.values() if pk])}
    return [
        AwardedSpan(
            starts_at=one.starts_at, ends_at=one.ends_at, maximum=about[key][1], awarded=held[key], title=one.title
        )
        for key, pk in ids.items()
        if pk is not None and (one := sessions.get(pk)) is not None
    ]
