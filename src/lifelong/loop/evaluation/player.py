"""Learning with questions: a self-assessment, a reflection, a case step by step, a poll in the room. Nothing here is passed or failed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from lifelong.kernel import clock
from lifelong.kernel.access import Actor, Permission, Scope
from lifelong.kernel.action import Unchanged, action
from lifelong.kernel.problems import NotFound, problem, refuse_if_any
from lifelong.loop.evaluation import further_reads, player_reads
from lifelong.loop.evaluation.models import FormDone
from lifelong.loop.planning.models import Activity, Session
from lifelong.loop.surveys import reads as surveys
from lifelong.loop.surveys.actions import keep_response
from lifelong.loop.surveys.forms import LONGEST_TEXT, check
from lifelong.loop.surveys.models import CasePlay, Instrument, Poll, PollVoter, Reflection
from lifelong.loop.surveys.tokens import pseudonym

P = Permission
USE = further_reads.USE


def _own(activity: Activity, *, person_id: int, **kwargs: Any) -> Scope:
    scope = activity.scope
    return Scope(scope.provider_id, scope.organisation_id, scope.activity_id, person_id)


@action(needs=P.RECORD_OWN, audit="self_assessment.answered", on=_own)
def answer_self_assessment(
    actor: Actor, activity: Activity, *, person_id: int, answers: Mapping[str, Any]
) -> FormDone | Unchanged:
    """Keep the first answers, by code and in the sums; a repeat is practice and keeps nothing. There is no score."""
    further_reads.must_take_part(person_id, activity)
    form = player_reads.form_or_none(activity, USE.SELF)
    given, reasons = check(form, answers)
    refuse_if_any(reasons)
    today = clock.today(activity.time_zone)
    done, made = FormDone.objects.get_or_create(
        activity=activity, person_id=person_id, part=player_reads.SELF, session=None, defaults={"done_on": today}
    )
    if not made:
        return Unchanged(done)
    keep_response(
        form.instrument_id, given, subject_type=player_reads.SELF, subject_id=activity.pk, activity_id=activity.pk,
        on=today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1),  # the quarter: a day would join it to the list of who answered when
        pseudonym=pseudonym(form.key, activity.pk, person_id),
    )  # fmt: skip
    return done


# --- reflections


@action(needs=P.RECORD_OWN, audit="reflection.written", on=_own)
def write_reflection(
    actor: Actor, activity: Activity, *, person_id: int, texts: Mapping[str, str]
) -> Activity | Unchanged:
    """Keep what a learner wrote in their own record; an emptied text is gone. What was shared stays shared."""
    further_reads.must_take_part(person_id, activity)
    form = player_reads.form_or_none(activity, USE.REFLECTION)
    rows = {row.question_id: row for row in Reflection.objects.filter(activity_id=activity.pk, person_id=person_id)}
    shared_on = next((row.shared_on for row in rows.values()), None)
    today, changed = clock.today(activity.time_zone), False
    for question in form.questions:
        text, row = str(texts.get(question.key, "")).replace("\x00", "").strip(), rows.get(question.id)
        if len(text) > LONGEST_TEXT:
            raise problem(
                "survey.too_long", f"This text has {len(text)} characters.", f"Keep it below {LONGEST_TEXT}.", question.key
            )  # fmt: skip
        if text == (row.text if row else ""):
            continue
        changed = True
        if not text:
            Reflection.objects.filter(pk=row.pk).delete()  # type: ignore[union-attr]  # there was a text
        else:
            Reflection.objects.update_or_create(
                activity_id=activity.pk, person_id=person_id, question_id=question.id,
                defaults={"provider_id": activity.provider_id, "text": text, "written_on": today, "shared_on": shared_on},
            )  # fmt: skip
    return activity if changed else Unchanged(activity)


@action(needs=P.RECORD_OWN, audit="reflection.shared", on=_own)
def share_reflection(actor: Actor, activity: Activity, *, person_id: int, shared: bool) -> Activity | Unchanged:
    """Let the office read it, or take that back."""
    rows = Reflection.objects.filter(activity_id=activity.pk, person_id=person_id, shared_on__isnull=shared)
    changed = rows.update(shared_on=clock.today(activity.time_zone) if shared else None)
    return activity if changed else Unchanged(activity)


# --- cases


@action(needs=P.RECORD_OWN, audit="case.decided", on=_own)
def decide_step(actor: Actor, activity: Activity, *, person_id: int, key: str, value: str) -> CasePlay | Unchanged:
    """Take one decision of a case. The first decision at a step counts; the feedback given is kept beside it."""
    further_reads.must_take_part(person_id, activity)
    form = player_reads.form_or_none(activity, USE.CASE)
    today = clock.today(activity.time_zone)
    play, _ = CasePlay.objects.get_or_create(
        activity_id=activity.pk, person_id=person_id, instrument_id=form.instrument_id,
        defaults={"provider_id": activity.provider_id, "begun_on": today},
    )  # fmt: skip
    if any(step["key"] == key for step in play.steps):
        return Unchanged(play)
    question = player_reads.next_step(form, play.steps)
    if question is None or question.key != key:
        raise problem("case.step", "The case is at another step.", "Decide the step that is shown.", "")
    option = next((one for one in question.options if one.value == value), None)
    if option is None:
        raise problem("survey.missing", "This step has no decision yet.", "Choose one.", key)
    play.steps = [*play.steps, {"key": key, "value": value, "feedback": option.feedback}]
    if player_reads.next_step(form, play.steps) is None:
        play.finished_on = today
    play.save(update_fields=["steps", "finished_on"])
    return play


# --- polls


@action(needs=P.RUN_SESSION, audit="poll.opened")
def open_poll(actor: Actor, session: Session, *, instrument: Instrument) -> Poll | Unchanged:
    """Ask the room. One poll is open in a session at a time."""
    provider_id = session.activity.provider_id
    fits = instrument.provider_id == provider_id and instrument.kind == Instrument.Kind.POLL and instrument.published_at
    if not fits:
        raise problem("poll.form", "Only a published poll of this program can be asked.", "Publish it under Forms first.", "instrument")  # fmt: skip
    now = Poll.objects.filter(session_id=session.pk, closed_at=None).first()
    if now is not None and now.instrument_id == instrument.pk:
        return Unchanged(now)
    if now is not None:
        raise problem("poll.open", "Another poll is open in this session.", "Close it first.", "instrument")
    row: Poll = Poll.objects.create(
        instrument=instrument, session_id=session.pk, activity_id=session.activity_id, opened_at=clock.now()
    )
    return row


@action(needs=P.RUN_SESSION, audit="poll.closed")
def close_poll(actor: Actor, session: Session, *, poll: Poll) -> Poll | Unchanged:
    """Take no more answers, and show the result."""
    if poll.session_id != session.pk:
        raise NotFound("poll")
    if poll.closed_at is not None:
        return Unchanged(poll)
    poll.closed_at = clock.now()
    poll.save(update_fields=["closed_at"])
    return poll


@action(needs=P.RECORD_OWN, audit="poll.answered", on=_own)
def answer_poll(
    actor: Actor, activity: Activity, *, person_id: int, poll: Poll, answers: Mapping[str, Any]
) -> PollVoter | Unchanged:
    """One answer a person, without a name. The first counts."""
    if poll.activity_id != activity.pk:
        raise NotFound("poll")
    further_reads.must_take_part(person_id, activity)
    voter, made = PollVoter.objects.get_or_create(poll=poll, person_id=person_id)
    if not made:
        return Unchanged(voter)
    if poll.closed_at is not None:
        raise problem("poll.closed", "This poll is closed.", "Its result is shown now.", "")
    given, reasons = check(surveys.form(poll.instrument), answers)
    refuse_if_any(reasons)
    keep_response(
        poll.instrument_id, given, subject_type="poll", subject_id=poll.pk, activity_id=activity.pk,
        on=poll.opened_at.astimezone(ZoneInfo(activity.time_zone)).date(), is_summed=False,
    )  # fmt: skip
    return voter
