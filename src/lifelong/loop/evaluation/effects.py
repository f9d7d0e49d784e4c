"""What follows: the form of a new activity, invitations, mails, the later questions. Each may be repeated without harm."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.core.mail import send_mail
from django.urls import reverse

from lifelong.kernel import clock
from lifelong.kernel.access import SYSTEM
from lifelong.kernel.models import Effect
from lifelong.loop.delivery.models import Attendance
from lifelong.loop.evaluation.actions import attach_default, link_token
from lifelong.loop.evaluation.further_reads import AFTER, LATER, later_days, open_test
from lifelong.loop.evaluation.models import ActivityEvaluation, Commitment, EvaluationDone, FollowUp, FormDone, Team
from lifelong.loop.evaluation.waves import LINK_DAYS, REMIND_AFTER_DAYS, most_reminders, waves
from lifelong.loop.planning.models import Activity
from lifelong.loop.surveys.forms import promise
from lifelong.loop.surveys.models import SurveyInvitation
from lifelong.loop.surveys.tokens import digest_of, token_for


def attach_evaluation(activity_id: int) -> None:
    """After an activity was created."""
    attach_default(SYSTEM, Activity.objects.select_related("provider").get(pk=activity_id))


def invite_to_evaluate(attendance_id: int) -> None:
    """After attendance was recorded: an invitation, and its mail at the end of the session."""
    attendance = Attendance.objects.select_related("session").filter(pk=attendance_id, voided_at=None).first()
    if attendance is None or EvaluationDone.objects.filter(attendance=attendance).exists():
        return
    attached = ActivityEvaluation.objects.filter(activity_id=attendance.session.activity_id).first()
    if attached is None:
        return
    key = (attached.instrument_id, attendance.person_id, "session", attendance.session_id)
    row, made = SurveyInvitation.objects.get_or_create(
        instrument_id=key[0], person_id=key[1], subject_type=key[2], subject_id=key[3],
        defaults={"token_digest": digest_of(token_for("evaluate", *key)), "invited_at": clock.now()},
    )  # fmt: skip
    if made:
        due_at = max(clock.now(), attendance.session.ends_at)
        Effect.objects.create(name="mail_evaluation_invitation", subject_id=row.pk, due_at=due_at)


def mail_evaluation_invitation(invitation_id: int) -> None:
    """One mail with the learner's own link. Not sent when the evaluation is already there."""
    row = (
        SurveyInvitation.objects.select_related("person", "instrument")
        .filter(pk=invitation_id, answered_on=None, delivered_at=None)
        .first()
    )
    if row is None:
        return
    attendance = Attendance.objects.select_related("session__activity__provider").filter(
        session_id=row.subject_id, person_id=row.person_id, voided_at=None
    ).first()  # fmt: skip
    if attendance is None:
        return
    token = token_for("evaluate", row.instrument_id, row.person_id, row.subject_type, row.subject_id)
    session = attendance.session
    keeps = promise(is_anonymous=row.instrument.is_anonymous, is_matched=row.instrument.is_matched)
    body = (
        f"{row.person.given_name},\n\nthank you for taking part in “{session.title}” ({session.activity.title}).\n"
        f"What did you learn, and what will you change? Two minutes, and then you can claim your credit:\n\n"
        f"{_address('learner-evaluate-link', token)}\n\n{keeps}\n\n{session.activity.provider.office_name}\n"
    )
    send_mail(f"Evaluate: {session.title}", body, None, [row.person.email])
    SurveyInvitation.objects.filter(pk=row.pk).update(delivered_at=clock.now())


def plan_follow_ups(evaluation_done_id: int) -> None:
    """After an evaluation: the later questions about each plan, on the days the office decided."""
    done = EvaluationDone.objects.select_related("attendance__session__activity").get(pk=evaluation_done_id)
    days = waves(done.attendance.session.activity.provider_id)
    plans = Commitment.objects.filter(session_id=done.attendance.session_id, person_id=done.attendance.person_id)
    rows = [
        FollowUp(commitment=plan, wave=wave, due_on=plan.committed_on + dt.timedelta(days=wave))
        for plan in plans
        for wave in days
    ]
    FollowUp.objects.bulk_create(rows, ignore_conflicts=True)


def mail_follow_up(follow_up_id: int) -> None:
    """The question, with the learner's own words, and the link that answers it."""
    first = FollowUp.objects.select_related("commitment__person", "commitment__activity__provider").filter(
        pk=follow_up_id, asked_at__isnull=False, answered_at=None
    ).first()  # fmt: skip
    if first is None:
        return
    commitment = first.commitment
    together = FollowUp.objects.filter(token_digest=first.token_digest, answered_at=None).select_related("commitment")
    words = "\n".join(f"  “{row.commitment.text}”" for row in together.order_by("commitment__position"))
    on = commitment.committed_on
    body = (
        f"{commitment.person.given_name},\n\non {on.day} {on:%B %Y}, after “{commitment.activity.title}”, you wrote:\n\n{words}\n\n"
        f"What became of it? A minute is enough:\n\n{_address('invited-follow-up', link_token(first))}\n\n"
        f"The link is yours alone and stays open for {LINK_DAYS} days.\n\n{commitment.activity.provider.office_name}\n"
    )
    send_mail("What became of your plan?", body, None, [commitment.person.email])


def plan_later_test(form_done_id: int) -> None:
    """After a test: where the office asks it once more, the mail of that day. The first attempt after the activity plans it."""
    done = FormDone.objects.select_related("activity").filter(pk=form_done_id, part=AFTER, attempts=1).first()
    days = later_days(done.activity) if done else None
    if done is None or days is None or Effect.objects.filter(name="mail_later_test", subject_id=done.pk).exists():
        return
    last = done.activity.sessions.filter(cancelled_at=None).order_by("-starts_at").first()
    from_on = last.starts_at.date() if last else done.done_on
    due_at = dt.datetime.combine(from_on + dt.timedelta(days=days), dt.time(13), dt.UTC)
    Effect.objects.create(name="mail_later_test", subject_id=done.pk, due_at=due_at)


def mail_later_test(form_done_id: int) -> None:
    """The same questions once more, and as many reminders as the office sends, a week apart. None to whoever has answered."""
    done = FormDone.objects.select_related("activity__provider", "person").filter(pk=form_done_id).first()
    days = later_days(done.activity) if done else None
    if done is None or days is None:
        return
    activity, person = done.activity, done.person
    if FormDone.objects.filter(activity=activity, person=person, part=LATER).exists():
        return
    _, part = open_test(person.pk, activity)
    if part != LATER:
        return
    body = (
        f"{person.given_name},\n\nsome time ago you took part in “{activity.title}”. What has stayed with you?\n"
        f"The same questions once more, and then the right answers with their reasons:\n\n"
        f"{settings.BASE_URL.rstrip('/') + reverse('learner-test', args=[activity.pk])}\n\n{activity.provider.office_name}\n"
    )
    send_mail(f"What has stayed with you? {activity.title}", body, None, [person.email])
    sent = Effect.objects.filter(name="mail_later_test", subject_id=done.pk).count()
    if sent <= most_reminders(activity.provider_id):
        due_at = clock.now() + dt.timedelta(days=REMIND_AFTER_DAYS)
        Effect.objects.create(name="mail_later_test", subject_id=done.pk, due_at=due_at)


def mail_team_form(invitation_id: int) -> None:
    """One member is asked to answer for the team."""
    row = SurveyInvitation.objects.select_related("person").filter(pk=invitation_id, answered_on=None).first()
    team = Team.objects.select_related("activity__provider").filter(pk=row.subject_id).first() if row else None
    if row is None or team is None or row.delivered_at is not None:
        return
    token = token_for("survey", row.instrument_id, row.person_id, "team", team.pk)
    body = (
        f"{row.person.given_name},\n\n“{team.activity.title}” asks {team.name} what it can do together and what it will change.\n"
        f"Talk it over, then answer once for all of you:\n\n{_address('invited-survey', token)}\n\n{team.activity.provider.office_name}\n"
    )
    send_mail(f"For your team: {team.activity.title}", body, None, [row.person.email])
    SurveyInvitation.objects.filter(pk=row.pk).update(delivered_at=clock.now())


def _address(name: str, token: str) -> str:
    return settings.BASE_URL.rstrip("/") + reverse(name, args=[token])
