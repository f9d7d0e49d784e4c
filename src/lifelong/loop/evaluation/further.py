"""What we do with the further forms of an activity: tests before and after, speaker ratings, team forms, skills checklists."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import F

from lifelong.kernel import clock
from lifelong.kernel.access import Actor, Permission, Scope
from lifelong.kernel.action import Unchanged, action, enqueue
from lifelong.kernel.problems import NotFound, problem, refuse_if_any
from lifelong.loop.delivery.models import Attendance
from lifelong.loop.evaluation import further_reads
from lifelong.loop.evaluation.actions import day_kept, refuse_form
from lifelong.loop.evaluation.models import ActivityForm, FormDone, Observation, Team, TeamMember
from lifelong.loop.people.models import Person
from lifelong.loop.planning.models import Activity
from lifelong.loop.surveys import reads as surveys
from lifelong.loop.surveys.actions import keep_response
from lifelong.loop.surveys.asking import FIRST_WAVE, LAST_WAVE
from lifelong.loop.surveys.forms import Given, SurveyForm, check, percent_right
from lifelong.loop.surveys.models import Instrument, SurveyInvitation
from lifelong.loop.surveys.reads import changed_items
from lifelong.loop.surveys.tokens import digest_of, pseudonym, token_for

P = Permission
USE = ActivityForm.Use


@action(needs=P.EDIT_EVALUATION, audit="form.chosen")
def choose_form(
    actor: Actor, activity: Activity, *, use: str, instrument: Instrument | None, later_days: int | None = None
) -> ActivityForm | Activity | Unchanged:
    """Ask this form in the activity from now on; None asks none. A form with answers stays in the record.

    `later_days`: a test is asked once more, so many days after the activity (30 to 180); its key is told only then.
    """
    if use not in USE.values:
        raise problem("evaluation.use", "This use of a form is not known.", "Choose one of the list.", "use")
    if instrument is None:
        gone, _ = ActivityForm.objects.filter(activity=activity, use=use).delete()
        return activity if gone else Unchanged(activity)
    refuse_form(activity, instrument, use)
    if later_days is not None and not (use == USE.TEST and FIRST_WAVE <= later_days <= LAST_WAVE):
        raise problem(
            "test.later", "The test cannot be asked again then.", f"Choose {FIRST_WAVE} to {LAST_WAVE} days, or leave it empty.", "later_days"
        )  # fmt: skip
    fields = {"instrument": instrument, "later_days": later_days}
    same = ActivityForm.objects.filter(activity=activity, use=use, **fields).first()
    if same is not None:
        return Unchanged(same)
    if use == USE.TEST:
        _refuse_other_items(activity, instrument)
    row, _ = ActivityForm.objects.update_or_create(activity=activity, use=use, defaults=fields)
    return row


def _refuse_other_items(activity: Activity, instrument: Instrument) -> None:
    """Before and after must read the same, word for word, or their difference says nothing."""
    now = ActivityForm.objects.filter(activity=activity, use=USE.TEST).select_related("instrument").first()
    if now is None or not FormDone.objects.filter(activity=activity, part=further_reads.BEFORE).exists():
        return
    changed = changed_items(surveys.form(now.instrument), surveys.form(instrument))
    if changed or now.instrument.key != instrument.key:
        which = f"“{changed[0]}” does not read the same." if changed else "It is another test."
        raise problem(
            "test.changed", f"Learners have answered the test before the activity already. {which}",
            "Keep these items word for word and add new ones, or ask the new test in another activity.", "instrument",
        )  # fmt: skip


def _own(activity: Activity, *, person_id: int, **kwargs: Any) -> Scope:
    scope = activity.scope
    return Scope(scope.provider_id, scope.organisation_id, scope.activity_id, person_id)


def _checked(form: SurveyForm, answers: Mapping[str, Any]) -> list[Given]:
    given, reasons = check(form, answers)
    refuse_if_any(reasons)
    return given


@action(needs=P.RECORD_OWN, audit="test.taken", on=_own)
def take_test(actor: Actor, activity: Activity, *, person_id: int, answers: Mapping[str, Any]) -> FormDone | Unchanged:
    """Take the test that is open now: before the activity, after it, or once more later. The first attempt is the outcome.

    After the activity it may be taken again until it is passed; those answers are kept apart ("again") and never reported. The
    answers carry the code of the learner, the row returned carries the name: how often, and passed or not.
    """
    further_reads.must_take_part(person_id, activity)
    form, part = further_reads.open_test(person_id, activity)
    given = _checked(form, answers)
    today = clock.today(activity.time_zone)
    done = FormDone.objects.filter(activity=activity, person_id=person_id, part=part, session=None).first()
    passed = form.passing_percent is not None and percent_right(form, given) >= form.passing_percent
    first = done is None
    if done is None:
        done = FormDone.objects.create(
            activity=activity, person_id=person_id, part=part, done_on=today,
            passed_on=today if passed and part == further_reads.AFTER else None,
        )  # fmt: skip
    elif part != further_reads.AFTER or form.passing_percent is None or done.passed_on is not None:
        return Unchanged(done)
    else:
        FormDone.objects.filter(pk=done.pk).update(attempts=F("attempts") + 1, passed_on=today if passed else None)
        done.refresh_from_db()
    keep_response(
        form.instrument_id, given, subject_type=part if first else "again", subject_id=activity.pk, activity_id=activity.pk,
        on=_test_day_kept(form, activity, part, today),
        pseudonym=pseudonym(form.key, activity.pk, person_id), person_id=None if form.is_anonymous else person_id, is_summed=False,
    )  # fmt: skip
    return done


def _test_day_kept(form: SurveyForm, activity: Activity, part: str, today: dt.date) -> dt.date:
    """As `day_kept`: of the first session before, of the last after; of an activity without sessions the first of the quarter."""
    sessions = list(activity.sessions.filter(cancelled_at=None).order_by("starts_at"))
    if sessions or not form.is_anonymous:
        return day_kept(form, sessions[0 if part == further_reads.BEFORE else -1], today) if sessions else today
    return today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1)


@action(needs=P.RECORD_OWN, audit="speakers.rated")
def rate_speakers(actor: Actor, attendance: Attendance, *, answers: Mapping[str, Any]) -> FormDone | Unchanged:
    """Rate who taught in a session attended, without a name. The first answer counts."""
    session, activity = attendance.session, attendance.session.activity
    form = further_reads.form_for(activity, USE.SPEAKER, session.pk)
    if form is None or attendance.voided_at is not None:
        raise NotFound("form")
    done = FormDone.objects.filter(session=session, person_id=attendance.person_id, part="speaker").first()
    if done is not None:
        return Unchanged(done)
    given = _checked(form, answers)
    today = clock.today(activity.time_zone)
    row: FormDone = FormDone.objects.create(
        activity=activity, session=session, person_id=attendance.person_id, part="speaker", done_on=today
    )
    keep_response(
        form.instrument_id, given, subject_type="session", subject_id=session.pk, activity_id=activity.pk,
        on=day_kept(form, session, today),
        pseudonym=pseudonym(form.key, activity.pk, attendance.person_id) if form.is_matched else "",
        person_id=None if form.is_anonymous else attendance.person_id,
    )  # fmt: skip
    return row


# --- teams


@action(needs=P.EDIT_EVALUATION, audit="team.made")
def make_team(actor: Actor, activity: Activity, *, name: str, emails: Sequence[str]) -> Team | Unchanged:
    """Put people who take part into a team; the first one is asked for all. Natural key: the name in the activity."""
    wanted = list(dict.fromkeys(one.strip().lower() for one in emails if one.strip()))
    if not name.strip():
        raise problem("team.name", "The team has no name.", "Give it one.", "name")
    if len(wanted) < 2:
        raise problem("team.small", "A team is two people or more.", "Write one e-mail address a line.", "emails")
    known = {person.email: person for person in further_reads.people_of(activity).filter(email__in=wanted)}
    strangers = [one for one in wanted if one not in known]
    if strangers:
        raise problem(
            "team.strangers", f"Not registered and not attended: {', '.join(strangers[:5])}.",
            "Register them first, or correct the address.", "emails",
        )  # fmt: skip
    same = Team.objects.filter(activity=activity, name=name.strip()).first()
    if same is not None:
        return Unchanged(same)
    team: Team = Team.objects.create(activity=activity, name=name.strip()[:80])
    TeamMember.objects.bulk_create([TeamMember(team=team, person=known[one]) for one in wanted])
    _ask_team(activity, team, known[wanted[0]])
    return team


def _ask_team(activity: Activity, team: Team, contact: Person) -> None:
    chosen = ActivityForm.objects.filter(activity=activity, use=USE.TEAM).first()
    if chosen is None:
        return
    row = SurveyInvitation.objects.create(
        instrument_id=chosen.instrument_id, person=contact, subject_type="team", subject_id=team.pk, invited_at=clock.now(),
        token_digest=digest_of(token_for("survey", chosen.instrument_id, contact.pk, "team", team.pk)),
    )  # fmt: skip
    enqueue("mail_team_form", [row.pk])


@action(needs=P.RECORD_OWN, audit="team.answered")
def answer_for_team(actor: Actor, member: TeamMember, *, answers: Mapping[str, Any]) -> Team | Unchanged:
    """One member answers for the team; the first answer counts for all. Kept with the team, not with the person."""
    team = member.team
    if team.answered_on is not None:
        return Unchanged(team)
    form = further_reads.form_for(team.activity, USE.TEAM)
    if form is None:
        raise NotFound("form")
    given = _checked(form, answers)
    today = clock.today(team.activity.time_zone)
    keep_response(
        form.instrument_id, given, subject_type="team", subject_id=team.pk, activity_id=team.activity_id, on=today
    )
    team.answered_on = today
    team.save(update_fields=["answered_on"])
    SurveyInvitation.objects.filter(subject_type="team", subject_id=team.pk).update(answered_on=today, started_on=today)
    return team


# --- observers


@action(needs=P.RUN_SESSION, audit="skill.observed")
def record_observation(
    actor: Actor, activity: Activity, *, person_id: int, answers: Mapping[str, Any], feedback: str, observed_on: dt.date
) -> Observation | Unchanged:
    """A checklist about one learner, with words that help them. Natural key: learner, observer and day."""
    form = further_reads.form_for(activity, USE.OBSERVER)
    if form is None:
        raise NotFound("form")
    if actor.person_id is None or actor.person_id == person_id:
        raise problem("observer.self", "Nobody observes themselves.", "Let a colleague do it.", "person")
    if not further_reads.people_of(activity).filter(pk=person_id).exists():
        raise problem("observer.stranger", "This learner does not take part.", "Register them first.", "person")
    if not feedback.strip():
        raise problem(
            "observer.feedback", "The checklist comes without a word for the learner.",
            "Say what was good and what to try next.", "feedback",
        )  # fmt: skip
    if observed_on > clock.today(activity.time_zone):
        raise problem("observer.day", "This day has not come yet.", "Choose the day it was seen.", "observed_on")
    key = {"activity": activity, "person_id": person_id, "observer_id": actor.person_id, "observed_on": observed_on}
    same = Observation.objects.filter(**key).first()
    if same is not None:
        return Unchanged(same)
    given = _checked(form, answers)
    row: Observation = Observation.objects.create(
        **key, instrument_id=form.instrument_id, feedback=feedback.strip()[:4000]
    )
    keep_response(
        form.instrument_id, given, subject_type="observation", subject_id=row.pk, activity_id=activity.pk, on=observed_on,
        person_id=person_id,
    )  # fmt: skip
    return row
