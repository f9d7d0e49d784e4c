"""The fictional year: the same every time, whole, and what the actions themselves would have written."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from lifelong.kernel import clock
from lifelong.kernel.access import Actor
from lifelong.kernel.effects import perform_all
from lifelong.kernel.guard import writes_open
from lifelong.loop.credit import actions as credit
from lifelong.loop.credit import ledger
from lifelong.loop.credit.models import Award, CreditTotal
from lifelong.loop.delivery import actions as delivery
from lifelong.loop.delivery import reads as doors
from lifelong.loop.delivery.models import Attendance, SessionCount
from lifelong.loop.demo import load as demo
from lifelong.loop.demo.rows import Written, write_delivery
from lifelong.loop.demo.year import SIZES, ActivityPlan, SessionPlan, Visit, YearPlan, plan_year
from lifelong.loop.designation.models import Designation
from lifelong.loop.evaluation import actions as evaluation
from lifelong.loop.evaluation.models import Commitment, EvaluationDone, FollowUp
from lifelong.loop.people.models import LearnerProfile, Person
from lifelong.loop.planning.models import Activity
from lifelong.loop.program.models import AccreditedProvider
from lifelong.loop.surveys.models import Answer, Response, SurveyInvitation, Tally

TODAY = dt.date(2026, 11, 22)


def test_the_same_day_gives_the_same_year() -> None:
    first, second = (plan_year("tufts", "America/New_York", TODAY, SIZES["tiny"], ["live_course"]) for _ in range(2))
    other = plan_year("umass", "America/New_York", TODAY, SIZES["tiny"], ["live_course"])
    assert first == second
    assert [p.family for p in first.people] != [p.family for p in other.people]


def test_people_are_plainly_made_up() -> None:
    plan = plan_year("hms", "America/New_York", TODAY, SIZES["tiny"], ["live_course"])
    assert {person.email.rsplit("@", 1)[1] for person in plan.people} == {"hms.demo.example"}


@pytest.mark.django_db
@pytest.mark.slow  # loads a program
def test_loading_twice_changes_nothing_and_the_ledger_holds() -> None:
    demo.load("tiny", programs=("tufts",))
    before = {
        model.__name__: model.objects.count() for model in (Person, Activity, Attendance, Award, Response, FollowUp)
    }
    demo.load("tiny", programs=("tufts",))
    assert {
        model.__name__: model.objects.count() for model in (Person, Activity, Attendance, Award, Response, FollowUp)
    } == before
    report = ledger.verify()
    assert report.ok, report.sentence
    assert report.entries == before["Award"]
    assert sum(row.attended for row in SessionCount.objects.all()) == before["Attendance"]
    assert not Attendance.objects.filter(recorded_at__gt=clock.now()).exists()


# --- the bulk path equals the actions


def facts_of(person: Person, activity: Activity) -> dict[str, Any]:
    """Everything the loop kept of one person's one visit, without numbers and secrets that must differ."""
    mark = Attendance.objects.get(person=person)
    found: dict[str, Any] = {
        "attendance": (mark.recorded_at, mark.channel, mark.evidence, mark.profession, mark.recorded_by_id),
        "done": EvaluationDone.objects.get(attendance=mark).done_on,
        "invitation": SurveyInvitation.objects.filter(person=person)
        .values_list("instrument_id", "subject_type", "subject_id", "answered_on")
        .get(),
        "totals": list(CreditTotal.objects.filter(person=person).values_list("year", "credit_system", "amount")),
    }
    award = Award.objects.get(person=person)
    found["award"] = tuple(
        getattr(award, name)
        for name in ("provider_id", "activity_id", "session_id", "designation_id", "credit_system", "profession", "amount", "earned_on", "rule_book_version", "evidence", "is_late", "reason")
    )  # fmt: skip
    plan = Commitment.objects.get(person=person)
    found["plan"] = (plan.text, plan.position, plan.level, plan.confidence, plan.committed_on, plan.session_id)
    found["barriers"] = list(plan.barriers.values_list("code", "other", "how_overcome"))
    found["follow_ups"] = list(plan.follow_ups.order_by("wave").values_list("wave", "due_on", "asked_at", "answer"))
    return found


def answers_of(activity: Activity, known: set[object]) -> tuple[list[Any], set[object]]:
    """The anonymous response that is new, and its answers."""
    response, *others = [row for row in Response.objects.filter(activity_id=activity.pk) if row.pk not in known]
    rows = Answer.objects.filter(response=response).values_list("question__key", "row", "choice", "number", "text")
    return [
        response.subject_type,
        response.subject_id,
        response.answered_on,
        response.profession,
        sorted(rows, key=str),
    ], known | {response.pk, *(row.pk for row in others)}


def tallies(activity: Activity) -> dict[tuple[Any, ...], tuple[float, ...]]:
    rows = Tally.objects.filter(activity_id=activity.pk).values_list(
        "question_id", "row", "choice", "count", "total", "squares"
    )
    return {row[:3]: row[3:] for row in rows}


@pytest.mark.django_db
@pytest.mark.slow  # loads a program
def test_the_bulk_path_writes_what_the_actions_write() -> None:
    demo.load("tiny", programs=("tufts",))
    provider = AccreditedProvider.objects.get(slug="tufts")
    activity = (
        Activity.objects.filter(provider=provider, is_series=True, published_at__isnull=False)
        .order_by("number")
        .first()
    )
    assert activity is not None
    session = activity.sessions.filter(ends_at__lt=clock.now() - dt.timedelta(days=4)).order_by("-starts_at").first()
    assert session is not None
    people = _twins(6)
    by_action, *bulk = people  # five in bulk: a profession is kept where five of it were in the room
    known = set(Response.objects.values_list("pk", flat=True))
    before = tallies(activity)
    checked_in = session.starts_at + dt.timedelta(minutes=4)
    plan = {
        "text": "I will ask about every line",
        "level": 4,
        "confidence": 8,
        "barriers": [{"code": "time", "how_overcome": "Agree on it"}],
    }
    objectives = list(activity.objectives.all())
    answers = {
        "reflection": "The first hour decides.", "objectives_met": {str(o.pk): "4" for o in objectives}, "relevance": "4",
        "knowledge": {"before": "3", "now": "5"}, "bias": "no", "intended_change": "yes",
        "patients_per_week": "12",
    }  # fmt: skip
    actor = Actor(person_id=by_action.pk, name="Twin")
    with time_machine.travel(checked_in, tick=False):
        code = doors.current_code(doors.session_facts(session.pk), clock.now())
        mark = delivery.check_in_by_screen(actor, doors.session_facts(session.pk), person_id=by_action.pk, code=code)
        perform_all()
    with time_machine.travel(
        checked_in + dt.timedelta(days=2), tick=False
    ):  # the day of the answer is nobody's but the learner's
        evaluation.submit(actor, mark, answers=answers, commitments=[plan])
        perform_all()
    with time_machine.travel(session.ends_at + dt.timedelta(days=2), tick=False):
        designation = Designation.objects.get(activity=activity, credit_system="ama")
        credit.claim_credit(actor, mark, designation_id=designation.pk, amount=Decimal("1.00"))
        perform_all()
    first, known = answers_of(activity, known)
    first_added = {
        key: tuple(a - b for a, b in zip(value, before.get(key, (0, 0, 0)), strict=True))
        for key, value in tallies(activity).items()
    }
    visits = [
        Visit(n, "screen_code", 4, 2, (4, 4, 4, 5), "yes", str(plan["text"]), "time", "Agree on it", ("", ""), True, 12)
        for n in range(5)
    ]
    in_bulk = _write_bulk(provider, activity, session, bulk, visits)
    second, _ = answers_of(activity, known)
    assert facts_of(bulk[0], activity) == facts_of(by_action, activity)
    assert second[:4] == first[:4]
    assert [row[:4] for row in second[4]] == [row[:4] for row in first[4]], (
        "only the words of the reflection are drawn from a list"
    )
    assert in_bulk == {key: tuple(5 * part for part in value) for key, value in first_added.items() if any(value)}


def _twins(count: int) -> list[Person]:
    """People who differ in nothing but their address."""
    with writes_open("test"):
        people = [
            Person.objects.create(
                email=f"twin{n}@example.org", given_name="Twin", family_name="Example", created_at=clock.now()
            )
            for n in range(count)
        ]
        for person in people:
            LearnerProfile.objects.create(person=person, profession="physician")
    return people


def _write_bulk(
    provider: AccreditedProvider, activity: Activity, session: Any, people: list[Person], visits: list[Visit]
) -> dict[tuple[Any, ...], tuple[float, ...]]:
    instrument = activity.evaluation.instrument
    planned = SessionPlan(session.title, session.starts_at, session.ends_at, -1, visits)
    one = ActivityPlan(activity.title, True, activity.format, 0, 0, 0, 0, dt.time(), 60, [planned], 0.0)
    person_plan = plan_year("tufts", provider.time_zone, TODAY, SIZES["tiny"], ["live_course"]).people[0]
    assert person_plan.profession == "physician"
    year = YearPlan("tufts", session.starts_at.date(), [person_plan] * len(people), [one])
    w = Written(
        provider, year, people, instrument, {q.key: q for q in instrument.questions.all()}, random.Random(1), session.ends_at + dt.timedelta(days=2),
        lambda _: None, {person.pk: "physician" for person in people},
    )  # fmt: skip
    kept: dict[Any, Any] = {}
    with writes_open("test"):
        SessionCount.objects.filter(session=session).delete()
        Tally.objects.filter(activity_id=activity.pk).delete()
        write_delivery(
            w,
            [(one, activity, list(activity.objectives.all()), list(activity.designations.all()), [(planned, session)])],
        )
        kept.update(tallies(activity))
    return kept
