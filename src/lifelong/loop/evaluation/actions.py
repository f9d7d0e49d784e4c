"""What we do to evaluate: attach a form, take answers so that nobody can be linked to them, keep plans, ask what became of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django.core.cache import cache
from django.db import connection
from django.db.models import Count

from lifelong.kernel import clock
from lifelong.kernel.access import Actor, Permission, Scope
from lifelong.kernel.action import Unchanged, action, enqueue
from lifelong.kernel.composed import Composed
from lifelong.kernel.guard import check_door
from lifelong.kernel.insert import insert
from lifelong.kernel.problems import problem, refuse_if_any
from lifelong.loop.delivery.models import Attendance
from lifelong.loop.evaluation import reads
from lifelong.loop.evaluation.barriers import barrier_kinds
from lifelong.loop.evaluation.models import ActivityEvaluation, Barrier, Commitment, EvaluationDone, FollowUp
from lifelong.loop.evaluation.waves import LINK_DAYS, MOST_COMMITMENTS, REMIND_AFTER_DAYS, most_reminders
from lifelong.loop.integrity.models import ComplianceCase
from lifelong.loop.planning.models import Activity, Session
from lifelong.loop.surveys.actions import ensure_default, keep_response
from lifelong.loop.surveys.asking import MOST_REMINDERS, reminders_by_provider
from lifelong.loop.surveys.forms import SurveyForm, check
from lifelong.loop.surveys.models import Instrument, SurveyInvitation
from lifelong.loop.surveys.reads import minimum_group
from lifelong.loop.surveys.suppression import hidden
from lifelong.loop.surveys.tokens import digest_of, pseudonym, token_for
from lifelong.rules.verdict import Reason

P = Permission
LATEST_TARGET_DAYS = 366
LARGE_ROOM = 100
_ANSWERED = (
    "UPDATE lifelong_surveyinvitation SET answered_on = %s "
    "WHERE instrument_id = %s AND person_id = %s AND subject_type = 'session' AND subject_id = %s"
)


@action(needs=P.EDIT_EVALUATION, audit="evaluation.attached")
def attach_default(actor: Actor, activity: Activity) -> ActivityEvaluation | Unchanged:
    """Every activity is evaluated: the provider's current form is attached. Idempotent."""
    row, made = ActivityEvaluation.objects.get_or_create(
        activity=activity, defaults={"instrument": ensure_default(activity.provider, "evaluation")}
    )
    return row if made else Unchanged(row)


@action(needs=P.EDIT_EVALUATION, audit="evaluation.chosen")
def choose_instrument(actor: Actor, activity: Activity, *, instrument: Instrument) -> ActivityEvaluation:
    """Evaluate the activity with another published form of its provider."""
    refuse_form(activity, instrument, Instrument.Kind.EVALUATION)
    row, _ = ActivityEvaluation.objects.update_or_create(activity=activity, defaults={"instrument": instrument})
    return row


def refuse_form(activity: Activity, instrument: Instrument, kind: str) -> None:
    """Only a published form of this program and of the right kind is asked."""
    if instrument.provider_id != activity.provider_id or instrument.published_at is None or instrument.kind != kind:
        raise problem(
            "evaluation.form",
            f"Only a published {Instrument.Kind(kind).label.lower()} of this program can be used here.",
            "Publish the form first, or choose another.",
            "instrument",
        )


@action(needs=P.RECORD_OWN, audit="evaluation.submitted")
def submit(
    actor: Actor,
    attendance: Attendance,
    *,
    answers: Mapping[str, Any],
    commitments: Sequence[Mapping[str, Any]] = (),
    form: SurveyForm | None = None,
) -> EvaluationDone | Unchanged:
    """Take an evaluation. Ratings go one way without a name, "has evaluated" the other; no key and no time joins the two. Only
    a form that promised a code, or said that it keeps the name, does so.

    `commitments`: up to three of {text, level 1..5, confidence 0..10, target_on: date or None, barriers: [{code, other, how_overcome}]}; these carry the
    name, and the form says so. Retries: the first answer counts. `form`: the activity's, where the caller has just read it.
    """
    done = _done.first(attendance.pk)
    if done is not None:
        return Unchanged(done)
    if attendance.voided_at is not None:
        raise problem("evaluation.voided", "This attendance was taken back.", "Ask the CE office.", "attendance")
    activity = attendance.session.activity
    form = form or reads.form_of(activity, attendance.session_id)
    given, reasons = check(form, answers)
    today = clock.today(activity.time_zone)
    plans = _plans(commitments, reasons, today)
    refuse_if_any(reasons)
    done = insert(EvaluationDone(attendance=attendance, done_on=today))  # was another tab quicker, the door looks again
    _keep_plans(attendance, activity, plans, today)
    if answers.get("bias") == "yes":
        _open_case(activity, attendance.session)
    _invitation_answered(form.instrument_id, attendance, today)
    # last: its sums are the rows that everybody in the room adds to, locked until the end
    keep_response(
        form.instrument_id, given, subject_type="session", subject_id=attendance.session_id, activity_id=activity.pk,
        on=day_kept(form, attendance.session, today),
        profession=_profession_in_company(attendance) if form.is_anonymous else attendance.profession,
        pseudonym=pseudonym(form.key, activity.pk, attendance.person_id) if form.is_matched else "",
        person_id=None if form.is_anonymous else attendance.person_id,
    )  # fmt: skip
    return done


_done: Composed[EvaluationDone] = Composed(lambda attendance: EvaluationDone.objects.filter(attendance_id=attendance))


def _invitation_answered(instrument_id: int, attendance: Attendance, today: dt.date) -> None:
    """Written by hand: the ORM takes longer to compose this than the database to do it."""
    check_door(SurveyInvitation)
    day = connection.ops.adapt_datefield_value(today)
    with connection.cursor() as cursor:
        cursor.execute(_ANSWERED, (day, instrument_id, attendance.person_id, attendance.session_id))


def day_kept(form: SurveyForm, session: Session, today: dt.date) -> dt.date:
    """The day that stays with an answer. Without a name it is the session's: whoever alone evaluated on a later day would be known by it."""
    if not form.is_anonymous:
        return today
    return session.starts_at.astimezone(ZoneInfo(session.activity.time_zone)).date()


def _profession_in_company(attendance: Attendance) -> str:
    """The profession, only where enough others share it and no small one is left over to tell: six doctors beside one pharmacist name the pharmacist."""
    counts = _professions_in_room(attendance.session_id)
    return "" if attendance.profession in hidden(counts, minimum_group()) else attendance.profession


def _professions_in_room(session_id: int) -> dict[str, int]:
    """Profession -> people. Of a large room it is counted once a minute: everybody answers at once there."""
    key = f"professions-in-room-{session_id}"
    known: dict[str, int] | None = cache.get(key)
    if known is not None:
        return known
    in_room = Attendance.objects.filter(session_id=session_id, voided_at=None).order_by()
    counts = dict(in_room.values_list("profession").annotate(n=Count("pk")))
    if sum(counts.values()) >= LARGE_ROOM:
        cache.set(key, counts, 60)
    return counts


def _plans(commitments: Sequence[Mapping[str, Any]], reasons: list[Reason], today: dt.date) -> list[Mapping[str, Any]]:
    """The plans that say something; whatever is wrong with them is added to `reasons`."""
    plans = [plan for plan in commitments if str(plan.get("text", "")).strip()]
    if len(plans) > MOST_COMMITMENTS:
        reasons.append(
            Reason(
                "commitment.many",
                f"There are {len(plans)} plans.",
                f"Keep the {MOST_COMMITMENTS} that matter most.",
                "commitments",
            )
        )
    for plan in plans:
        if len(plan["text"]) > 1000:
            reasons.append(
                Reason("commitment.long", "A plan is longer than 1,000 characters.", "Say it shorter.", "commitments")
            )
        for name, low, high in (("level", 1, 5), ("confidence", 0, 10)):
            value = plan.get(name)
            if value is not None and (
                isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high
            ):
                reasons.append(
                    Reason(
                        "commitment.scale",
                        f"The {name} of a plan is not on its scale.",
                        f"Choose {low} to {high}.",
                        "commitments",
                    )
                )
        if not _is_ahead(plan.get("target_on"), today):
            reasons.append(
                Reason(
                    "commitment.target",
                    "The day until which a plan is to be done is not in the year ahead.",
                    "Choose a day from today on, or leave it empty.",
                    "commitments",
                )
            )
        for barrier in plan.get("barriers", ()):
            if barrier.get("code") not in barrier_kinds():
                reasons.append(
                    Reason(
                        "commitment.barrier",
                        "A barrier is not on the list.",
                        "Choose one, or “Something else”.",
                        "commitments",
                    )
                )
            elif barrier["code"] == "other" and not str(barrier.get("other", "")).strip():
                reasons.append(
                    Reason(
                        "commitment.barrier",
                        "“Something else” needs a word or two.",
                        "Say what stands in the way.",
                        "commitments",
                    )
                )
    return plans


def _is_ahead(by: Any, today: dt.date) -> bool:
    return by is None or (isinstance(by, dt.date) and today <= by <= today + dt.timedelta(days=LATEST_TARGET_DAYS))


def _keep_plans(attendance: Attendance, activity: Activity, plans: Sequence[Mapping[str, Any]], today: dt.date) -> None:
    for position, plan in enumerate(plans, start=1):
        commitment = Commitment.objects.create(
            activity=activity,
            session_id=attendance.session_id,
            person_id=attendance.person_id,
            text=str(plan["text"]).strip(),
            position=position,
            level=plan.get("level"),
            confidence=plan.get("confidence"),
            target_on=plan.get("target_on"),
            committed_on=today,
        )
        barriers = {barrier["code"]: barrier for barrier in plan.get("barriers", ())}
        Barrier.objects.bulk_create(
            [
                Barrier(
                    commitment=commitment, code=code, other=str(barrier.get("other", "")).strip()[:200],
                    how_overcome=str(barrier.get("how_overcome", "")).strip()[:2000],
                )
                for code, barrier in barriers.items()
            ]
        )  # fmt: skip


def _open_case(activity: Activity, session: Session) -> None:
    """Somebody saw bias: the office looks into it. One open case an activity, dated as the session: it says nothing of who or when."""
    ComplianceCase.objects.get_or_create(
        activity=activity,
        kind="perceived_bias",
        closed_at=None,
        defaults={
            "provider_id": activity.provider_id,
            "opened_at": session.ends_at,
            "summary": f"A learner noticed commercial bias in “{activity.title}”. Read the answers, look at the slides, and write down what was found."[
                :400
            ],
        },
    )


@action(needs=P.EDIT_EVALUATION, audit="follow_ups.asked", on=lambda **kwargs: Scope())
def ask_due_follow_ups(actor: Actor, *, now: dt.datetime | None = None, limit: int = 500) -> list[int] | Unchanged:
    """Ask what became of plans that are due, and remind at most twice. Returns the ids asked now; call again until empty.

    The plans of one learner, activity and wave share one link and one mail.
    """
    at = now or clock.now()
    due = FollowUp.objects.filter(asked_at=None, answered_at=None, due_on__lte=at.date()).select_related("commitment")
    asked = _ask(list(due.order_by("due_on", "id")[:limit]), at)
    reminded = _remind(at, limit)
    if not asked and not reminded:
        return Unchanged([])
    enqueue("mail_follow_up", asked + reminded)
    return asked + reminded


def link_token(follow_up: FollowUp) -> str:
    """The secret of the link: one a learner, activity, session and wave."""
    commitment = follow_up.commitment
    return token_for("follow_up", commitment.person_id, commitment.activity_id, commitment.session_id, follow_up.wave)


def _ask(rows: list[FollowUp], at: dt.datetime) -> list[int]:
    first_of: dict[str, int] = {}
    for row in rows:
        row.token_digest, row.asked_at = digest_of(link_token(row)), at
        first_of.setdefault(row.token_digest, row.pk)
    FollowUp.objects.bulk_update(rows, ["token_digest", "asked_at"], batch_size=200)
    return list(first_of.values())


def _remind(at: dt.datetime, limit: int) -> list[int]:
    waiting = FollowUp.objects.filter(answered_at=None, asked_at__gt=at - dt.timedelta(days=LINK_DAYS))
    first_of: dict[str, int] = {}
    usual, own = most_reminders(), reminders_by_provider()
    for already in range(MOST_REMINDERS):
        asked_before = at - dt.timedelta(days=REMIND_AFTER_DAYS * (already + 1))
        late = waiting.filter(reminders=already, asked_at__lte=asked_before).order_by("id")
        if already < usual:
            late = late.exclude(commitment__activity__provider__in=[pk for pk, most in own.items() if most <= already])
        else:
            late = late.filter(commitment__activity__provider__in=[pk for pk, most in own.items() if most > already])
        rows = list(late.values_list("id", "token_digest")[:limit])
        FollowUp.objects.filter(id__in=[row_id for row_id, _ in rows]).update(reminders=already + 1)
        waiting = waiting.exclude(id__in=[row_id for row_id, _ in rows])
        for row_id, digest in rows:
            first_of.setdefault(digest, row_id)
    return list(first_of.values())


@action(needs=P.RECORD_OWN, audit="follow_up.answered")
def answer_follow_up(
    actor: Actor, follow_up: FollowUp, *, answer: str, barrier_code: str = "", text: str = "", system_change: str = ""
) -> FollowUp | Unchanged:
    """What became of one plan, and what the team or system changed besides. Answering again corrects the answer, as long as the link of the wave is open."""
    if answer not in FollowUp.Answer.values:
        raise problem(
            "follow_up.answer", "This is not one of the answers offered.", "Choose one of the five.", "answer"
        )
    if barrier_code and barrier_code not in barrier_kinds():
        raise problem(
            "commitment.barrier", "This barrier is not on the list.", "Choose one, or “Something else”.", "barrier_code"
        )
    now = clock.now()
    if follow_up.asked_at is not None and now > follow_up.asked_at + dt.timedelta(days=LINK_DAYS):
        raise problem(
            "follow_up.closed", "The time to answer this question has ended.", "You need not do anything.", "answer"
        )
    new = {
        "answer": answer,
        "barrier_code": barrier_code,
        "text": text.strip()[:4000],
        "system_change": system_change.strip()[:4000],
    }
    if follow_up.answered_at is not None and all(getattr(follow_up, name) == value for name, value in new.items()):
        return Unchanged(follow_up)
    for name, value in new.items():
        setattr(follow_up, name, value)
    follow_up.answered_at = now
    follow_up.save(update_fields=[*new, "answered_at"])
    return follow_up


@action(needs=P.EDIT_EVALUATION, audit="commitment.coded")
def code_commitment(actor: Actor, commitment: Commitment, *, theme: str, matches_objective: str = "") -> Commitment:
    """Put a plan under a theme, and say whether it is what the activity taught (yes, partly, no, unplanned)."""
    if matches_objective not in ("", "yes", "partly", "no", "unplanned"):
        raise problem(
            "commitment.match",
            "This is not one of the answers offered.",
            "Choose yes, partly, no or unplanned.",
            "matches_objective",
        )
    commitment.theme, commitment.matches_objective = theme.strip()[:60], matches_objective
    commitment.save(update_fields=["theme", "matches_objective"])
    return commitment
