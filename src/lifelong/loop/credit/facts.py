"""What the rule of claiming needs to know, gathered for one attendance and one designation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import Q, Sum

from lifelong.kernel import clock
from lifelong.loop.credit.models import Award, RepeatedSession
from lifelong.loop.credit.systems import body_of, holders
from lifelong.loop.delivery.models import Attendance
from lifelong.loop.designation.models import Designation
from lifelong.loop.evaluation.models import EvaluationDone
from lifelong.loop.people.reads import accounts_of
from lifelong.loop.planning.models import Activity, PlanningRole, Session
from lifelong.rules.claim import AwardedSpan, ClaimFacts, claim_window_closes_at
from lifelong.rules.designation import IMPROVEMENT, credit_for_minutes

NEAR = dt.timedelta(days=2)  # sessions further away cannot share a minute, also not in a chain of one conference day
# formats that are learned in one's own time, as the program lists name them
SELF_PACED = ("enduring", "point_of_care", "journal", "manuscript", "test_item", "performance_improvement")
TEACHES = (PlanningRole.Kind.FACULTY, PlanningRole.Kind.MODERATOR)


def attendance_to_claim(attendance_id: int) -> Attendance:
    """An attendance with everything around it that a claim asks about, as it is at this moment. One query."""
    rows = Attendance.objects.select_related("session__activity__provider", "person__profile", "evaluation_done")
    return rows.get(pk=attendance_id)  # type: ignore[no-any-return]


def claim_facts(
    attendance: Attendance, designation: Designation, amount: Decimal, *, late_claim_approved: bool = False
) -> ClaimFacts:
    """Everything `rules.claim.may_claim` asks. The session is the span of a per-session designation and of an activity of one session.

    `attendance` as `attendance_to_claim` reads it; three more queries for a session, up to seven for a whole activity.
    """
    session: Session = attendance.session
    activity: Activity = session.activity
    sessions = [session] if designation.is_per_session else list(activity.sessions.filter(cancelled_at=None))
    span = sessions[0] if len(sessions) == 1 else None
    ends_at = max((one.ends_at for one in sessions), default=session.ends_at)
    taught = _taught(attendance.person_id, activity)
    own = session.pk in taught or None in taught
    maximum = designation.maximum
    if not designation.is_per_session and len(sessions) > 1:
        maximum -= _worth([one for one in sessions if one.pk in taught], designation)
        own = None in taught or all(one.pk in taught for one in sessions)
    zone = ZoneInfo(activity.time_zone)
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
        evaluation_done=not activity.evaluation_required or _evaluated(attendance, designation),
        window_closes_at=claim_window_closes_at(ends_at, zone, activity.claim_days),
        late_claim_approved=late_claim_approved,
        is_faculty_of_session=own,
        is_repeat_of_awarded_session=_is_repeat(attendance, designation),
        starts_at=span.starts_at if span else None,
        ends_at=span.ends_at if span else None,
        awarded_spans=tuple(_awarded_spans(attendance.person_id, designation, session, span)),
        designated_at=designation.designated_at if designation.withdrawn_at is None else None,
        delivered_from=min((one.starts_at for one in sessions), default=session.starts_at),
        opens_at=claim_opens_at(activity, ends_at),
        stages_missing=_stages_missing(attendance, sessions) if activity.format.startswith(IMPROVEMENT) else (),
        paused=activity.provider.credit_paused_at is not None,
        zone=zone,
    )


def _stages_missing(attendance: Attendance, stages: list[Session]) -> tuple[str, ...]:
    """The stages of performance improvement, its sessions in their order, in which the learner has not taken part."""
    mine = Attendance.objects.filter(person__in=accounts_of(attendance.person_id), session__in=stages, voided_at=None)
    done = set(mine.values_list("session_id", flat=True))
    return tuple(one.title for one in sorted(stages, key=lambda one: one.starts_at) if one.pk not in done)


def claim_opens_at(activity: Activity, ends_at: dt.datetime) -> dt.datetime | None:
    """Claims open when the session ends, or the last one that counts; material for one's own time has no such moment."""
    return None if activity.format.startswith(SELF_PACED) else ends_at


def _profession(attendance: Attendance) -> str:
    profile = getattr(attendance.person, "profile", None)
    return (profile.profession if profile else "") or attendance.profession


def _taught(person_id: int, activity: Activity) -> set[int | None]:
    """Ids of the sessions the person teaches; None stands for a role on the whole activity."""
    rows = PlanningRole.objects.filter(
        activity=activity, person__in=accounts_of(person_id), ended_at=None, kind__in=TEACHES
    )
    return set(rows.values_list("session_id", flat=True))


def _worth(sessions: Sequence[Session], designation: Designation) -> Decimal:
    """What the learner's own talks are worth: taken off the maximum of the whole activity."""
    minutes = sum(int((one.ends_at - one.starts_at).total_seconds() // 60) - one.break_minutes for one in sessions)
    return credit_for_minutes(minutes, body_of(designation.credit_system)) if minutes > 0 else Decimal(0)


def _evaluated(attendance: Attendance, designation: Designation) -> bool:
    """Of a session for itself; of a whole activity once for all of it."""
    if getattr(attendance, "evaluation_done", None) is not None:
        return True
    if designation.is_per_session:
        return False
    done = EvaluationDone.objects.filter(attendance__person_id=attendance.person_id)
    return done.filter(attendance__session__activity_id=attendance.session.activity_id).exists()


def _is_repeat(attendance: Attendance, designation: Designation) -> bool:
    """Whether the learner holds credit of this system for another session with the same content: the first, or a repeat of it."""
    declared = RepeatedSession.objects.filter(Q(session_id=attendance.session_id) | Q(first_id=attendance.session_id))
    firsts = set(declared.values_list("first_id", flat=True))
    if not firsts:
        return False
    family = Q(session_id__in=firsts) | Q(session__repeat_of__first_id__in=firsts)
    rows = Award.objects.filter(
        family, person__in=accounts_of(attendance.person_id), credit_system=designation.credit_system
    )
    held = rows.exclude(session_id=attendance.session_id).aggregate(held=Sum("amount"))["held"]
    return bool(held and held > 0)


def _awarded_spans(
    person_id: int, designation: Designation, session: Session, span: Session | None
) -> list[AwardedSpan]:
    """Other sessions near this one for which the learner holds credit of this system, with what is left of it after corrections."""
    if span is None:
        return []
    awards = Award.objects.filter(person__in=accounts_of(person_id), credit_system=designation.credit_system)
    awards = awards.filter(
        earned_on__gt=session.starts_at.date() - NEAR * 2, earned_on__lt=session.ends_at.date() + NEAR * 2
    )
    held: dict[tuple[int, int | None], list[Award]] = {}
    for row in awards.select_related("designation", "session"):
        key = (row.designation_id, row.session_id)
        if key != (designation.pk, session.pk if designation.is_per_session else None):
            held.setdefault(key, []).append(row)
    single = _single_sessions({rows[0].activity_id for (_, session_id), rows in held.items() if session_id is None})
    found = []
    for rows in held.values():
        one = rows[0].session or single.get(rows[0].activity_id)
        amount = sum((row.amount for row in rows), Decimal(0))
        if (
            one is None
            or amount <= 0
            or one.starts_at >= session.ends_at + NEAR
            or one.starts_at <= session.starts_at - NEAR
        ):
            continue
        maximum = rows[0].designation.maximum
        found.append(
            AwardedSpan(starts_at=one.starts_at, ends_at=one.ends_at, maximum=maximum, awarded=amount, title=one.title)
        )
    return found


def _single_sessions(activity_ids: set[int]) -> dict[int, Session]:
    """The session of each activity that has exactly one: credit of the whole activity is then credit of its time."""
    if not activity_ids:
        return {}
    found: dict[int, list[Session]] = {}
    for one in Session.objects.filter(activity_id__in=activity_ids, cancelled_at=None):
        found.setdefault(one.activity_id, []).append(one)
    return {activity_id: rows[0] for activity_id, rows in found.items() if len(rows) == 1}
