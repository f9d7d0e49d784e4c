"""Learners of an activity who take its test, plan and answer later, row by row: what the report must tell apart."""

from __future__ import annotations

import datetime as dt

from lifelong.kernel import clock
from lifelong.loop.delivery.models import Attendance
from lifelong.loop.evaluation.models import ActivityForm, Commitment, EvaluationDone, FollowUp
from lifelong.loop.people.models import LearnerProfile
from lifelong.loop.planning.models import Activity, Objective
from lifelong.loop.surveys.actions import keep_response
from lifelong.loop.surveys.forms import Given
from lifelong.loop.surveys.models import Instrument, Question
from loop.improvement.a_year import Year

OPTIONS = [{"value": value, "label": f"Answer {value}"} for value in "abc"]


def with_test(year: Year, activity: Activity, items: int = 3) -> Instrument:
    """A test whose first item serves the first objective and all others the second; the right answer is always "a"."""
    objectives = [
        Objective.objects.create(activity=activity, position=at, text=text, kind="skill")
        for at, text in enumerate(("Begin within the hour", "Name the bundle"))
    ]
    form = Instrument.objects.create(
        provider=activity.provider, key=f"test{activity.pk}", kind="test", title="Test", is_matched=True, published_at=clock.now(),
        activity_id=activity.pk,
    )  # fmt: skip
    for at in range(items):
        Question.objects.create(
            instrument=form, position=at, key=f"q{at}", kind="choice", text=f"Item {at + 1}?", options=OPTIONS, correct_value="a",
            objective_id=objectives[min(at, 1)].pk, moore_level="3b", is_objective_measure=True,
        )  # fmt: skip
    ActivityForm.objects.create(activity=activity, use="test", instrument=form)
    return form


def sat(activity: Activity, form: Instrument, code: str, part: str, answers: str) -> None:
    """One attempt: `part` before, after or again; a letter an item."""
    questions = list(form.questions.order_by("position"))
    given = [Given(one.pk, choice=letter) for one, letter in zip(questions, answers, strict=True)]
    keep_response(
        form.pk, given, subject_type=part, subject_id=activity.pk, activity_id=activity.pk, on=activity.starts_on, pseudonym=code, is_summed=False
    )  # fmt: skip


def crowd(year: Year, activity: Activity, mix: dict[tuple[str, str], int]) -> list[int]:
    """(profession, state) -> how many came. Returns their ids in order."""
    people = year.people(sum(mix.values()), f"come{activity.number}x")
    kinds = [kind for kind, n in mix.items() for _ in range(n)]
    session = activity.sessions.get()
    for person, (profession, state) in zip(people, kinds, strict=True):
        LearnerProfile.objects.filter(person=person).update(
            profession=profession, state=state, specialty=f"{profession} care"
        )
        Attendance.objects.create(
            session=session, person=person, recorded_at=session.starts_at, channel="phone", evidence="text_code", profession=profession
        )  # fmt: skip
    return [person.pk for person in people]


def evaluated(activity: Activity, person_id: int, days_later: int = 0) -> None:
    mark = Attendance.objects.get(session__activity=activity, person_id=person_id)
    EvaluationDone.objects.create(attendance=mark, done_on=activity.starts_on + dt.timedelta(days=days_later))


def planned(activity: Activity, person_id: int, answer: str, reminders: int = 0) -> None:
    """One plan, asked about once after 90 days; "" is silence."""
    plan = Commitment.objects.create(
        activity=activity, session=activity.sessions.get(), person_id=person_id, text="Lactate within the hour", committed_on=activity.starts_on
    )  # fmt: skip
    FollowUp.objects.create(
        commitment=plan, wave=90, due_on=activity.starts_on + dt.timedelta(days=90), asked_at=clock.now(), reminders=reminders,
        answered_at=clock.now() if answer else None, answer=answer,
    )  # fmt: skip
