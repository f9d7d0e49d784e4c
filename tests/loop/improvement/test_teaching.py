"""Learning from teaching: logged by the teacher, confirmed by another, credited at two an hour, one record a year (UCONN-31)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lifelong.kernel.access import Actor
from lifelong.kernel.problems import NotAllowed, NotFound, Problem
from lifelong.loop.credit import ledger
from lifelong.loop.credit.models import Award, Certificate, CreditTotal
from lifelong.loop.designation.models import Designation
from lifelong.loop.improvement import actions, teaching
from lifelong.loop.improvement.models import FacultyItem, TeachingLog
from lifelong.loop.improvement.worklist import worklist
from lifelong.loop.people.models import Affiliation, Person
from lifelong.loop.planning.models import Activity
from lifelong.loop.program.models import Term
from lifelong.rules.teaching import TeachingFacts, may_log_teaching, teaching_credit, teaching_rate
from loop.improvement.a_year import YEAR, Year

LEARNED = "A student asked what I could not answer, and I looked it up that night."


@pytest.mark.requirement("UCONN-31")
@pytest.mark.parametrize(
    ("minutes", "credit"), [(60, "2.00"), (30, "1.00"), (45, "1.50"), (10, "0.25"), (3, "0.00"), (50, "1.75"), (720, "24.00")]
)  # fmt: skip
def test_an_hour_with_learners_is_worth_two_credits_in_quarter_steps(minutes: int, credit: str) -> None:
    assert teaching_credit(minutes, Decimal("0.25")) == Decimal(credit)


def test_the_rate_is_shown_with_how_sure_its_source_is() -> None:
    assert teaching_rate() == (2, "secondary")


FACTS = {
    "taught_on": dt.date(2026, 3, 3), "today": dt.date(2026, 3, 4), "minutes": 60, "learned": LEARNED, "zone": ZoneInfo("America/New_York"),
    "begins_on": dt.date(2026, 1, 1), "ends_on": dt.date(2026, 12, 31), "designated_at": dt.datetime(2025, 12, 1, tzinfo=dt.UTC),
}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({}, None),
        ({"taught_on": dt.date(2026, 3, 5)}, "taught_on"),
        ({"taught_on": dt.date(2025, 12, 31)}, "taught_on"),
        ({"minutes": 0}, "minutes"),
        ({"minutes": 721}, "minutes"),
        ({"minutes_that_day": 661}, "minutes"),
        ({"minutes_that_day": 660}, None),
        ({"learned": "I learned a lot."}, "learned"),
        ({"designated_at": None}, "designated_at"),
        ({"designated_at": dt.datetime(2026, 3, 4, 12, tzinfo=dt.UTC)}, "designated_at"),
        ({"designated_at": dt.datetime(2026, 3, 3, 20, tzinfo=dt.UTC)}, None),
    ],
)
def test_an_entry_says_when_how_long_and_what_was_learned(changed: dict[str, object], field: str | None) -> None:
    found = may_log_teaching(TeachingFacts(**FACTS | changed))
    assert [reason.field for reason in found.blocking] == ([field] if field else [])


@pytest.fixture
def log(year: Year) -> Activity:
    """The activity of the year, with credit for physicians."""
    row = year.activity("Learning from teaching", on=dt.date(YEAR, 1, 1), evaluation_required=False)
    row.sessions.all().delete()
    row.format, row.ends_on = "learning_from_teaching", dt.date(YEAR, 12, 31)
    row.save()
    Designation.objects.create(
        activity=row, credit_system="ama", profession="physician", maximum=5, increment=Decimal("0.25"), is_per_session=False, unit="credit",
        rule_book_version="x", designated_at=dt.datetime(YEAR - 1, 12, 1, tzinfo=dt.UTC),
    )  # fmt: skip
    return row


def teacher(year: Year, profession: str = "physician") -> Person:
    person = year.people(1, "teacher")[0]
    person.profile.profession = profession
    person.profile.save()
    Affiliation.objects.create(person=person, provider=year.cast.home, sort_name="teacher")
    return person


def taught(person: Person, log: Activity, about: str = "Bedside", minutes: int = 60) -> TeachingLog:
    return actions.log_teaching(
        Actor(person_id=person.pk, name="Teacher"), log, person_id=person.pk, taught_on=dt.date(YEAR, 3, 3), minutes=minutes, taught="residents",
        about=about, learned=LEARNED,
    )  # fmt: skip


@pytest.mark.requirement("UCONN-31")
def test_confirmed_hours_become_one_record_that_grows(
    year: Year, log: Activity, run_effects: Callable[[], int]
) -> None:
    person, officer = teacher(year), year.cast.actor("credit_officer")
    first, again, second = taught(person, log), taught(person, log), taught(person, log, "Ward round", 45)
    assert first.pk == again.pk, "the same day and subject once"
    assert [item.kind for item in worklist(officer, year.cast.home).mine] == ["teaching", "teaching"]
    for row in (first, second):
        actions.decide_teaching(officer, row, confirmed=True)
    run_effects()
    assert list(Award.objects.order_by("id").values_list("amount", flat=True)) == [Decimal("2.00"), Decimal("1.50")]
    assert Award.objects.latest("id").reverses_id == Award.objects.earliest("id").pk, "one record, corrected"
    assert CreditTotal.objects.get(person=person).amount == Decimal("3.50")
    assert Certificate.objects.count() == 2 and ledger.verify().ok
    third = actions.decide_teaching(officer, taught(person, log, "Simulation", 180), confirmed=True)
    assert sum(Award.objects.values_list("amount", flat=True)) == 5, "never above what the office designated"
    assert third.award is not None


def test_what_is_not_confirmed_brings_no_credit_and_its_reason_is_read_by_the_teacher(
    year: Year, log: Activity
) -> None:
    person, officer = teacher(year), year.cast.actor("credit_officer")
    row = taught(person, log)
    with pytest.raises(Problem, match="not said why"):
        actions.decide_teaching(officer, row, confirmed=False)
    actions.decide_teaching(officer, row, confirmed=False, reason="Say whom you taught.")
    assert teaching.own_log(Actor(person_id=person.pk, name="Teacher"))[0].row.reason == "Say whom you taught."
    with pytest.raises(Problem, match="decided"):
        actions.decide_teaching(officer, row, confirmed=True)
    assert not Award.objects.exists()


def test_nobody_confirms_or_sees_what_is_not_theirs(year: Year, log: Activity) -> None:
    person = teacher(year)
    row = taught(person, log)
    with pytest.raises(Problem, match="their own"):
        actions.decide_teaching(Actor(person_id=person.pk, name="x", grants=year.cast.actor("credit_officer").grants), row, confirmed=True)  # fmt: skip
    with pytest.raises(NotAllowed):
        actions.decide_teaching(year.cast.actor("evaluator"), row, confirmed=True)
    with pytest.raises(NotFound):
        teaching.waiting(year.cast.actor("other_director"), year.cast.home)
    with pytest.raises(NotAllowed):
        actions.log_teaching(
            Actor(person_id=year.people(1, "friend")[0].pk, name="Friend"), log, person_id=person.pk, taught_on=dt.date(YEAR, 3, 3), minutes=60,
            taught="students", about="For a friend", learned=LEARNED,
        )  # fmt: skip


def test_what_came_back_is_written_anew_and_waits_again(year: Year, log: Activity) -> None:
    person, officer = teacher(year), year.cast.actor("credit_officer")
    row = taught(person, log)
    actions.decide_teaching(officer, row, confirmed=False, reason="So long a round?")
    client = Client()
    client.force_login(person)
    shown = client.get("/me/teaching/").content.decode()
    assert "Sent back" in shown and "So long a round? Log the same day and subject once more" in shown
    with pytest.raises(Problem, match="So long a round"):
        taught(person, log)
    again = taught(person, log, minutes=45)
    assert (again.pk, again.is_confirmed, again.minutes, again.reason) == (row.pk, None, 45, "")
    assert [one.row.pk for one in teaching.waiting(officer, year.cast.home)] == [row.pk]
    stale = TeachingLog.objects.get()
    actions.decide_teaching(officer, again, confirmed=True)
    with pytest.raises(Problem, match="decided"):
        actions.decide_teaching(officer, stale, confirmed=False, reason="No.")
    with pytest.raises(Problem, match="confirmed already"):
        taught(person, log, minutes=90)
    assert Award.objects.get().amount == Decimal("1.50")


def test_a_day_has_so_many_minutes_however_many_subjects(year: Year, log: Activity) -> None:
    person = teacher(year)
    taught(person, log, minutes=700)
    with pytest.raises(Problem, match="With the 700 minutes logged of this day"):
        taught(person, log, "Ward round", 60)


def test_nothing_but_a_log_is_logged_in(year: Year) -> None:
    with pytest.raises(NotFound):
        taught(teacher(year), year.activity("Grand rounds"))


def test_a_log_stays_open_for_a_month_after_its_year(year: Year, log: Activity) -> None:
    viewer = Actor(person_id=teacher(year).pk, name="Teacher")
    for day, is_open in (
        (dt.date(YEAR, 12, 31), True),
        (dt.date(YEAR + 1, 1, 20), True),
        (dt.date(YEAR + 1, 2, 20), False),
    ):
        with time_machine.travel(dt.datetime.combine(day, dt.time(12), dt.UTC), tick=False):
            assert bool(teaching.open_logs(viewer)) is is_open, day


def test_the_offices_list_takes_the_same_queries_for_many_teachers(year: Year, log: Activity) -> None:
    officer, home = year.cast.actor("credit_officer"), year.cast.home
    counts = []
    for prefix, number in (("few", 2), ("many", 9)):
        for person in year.people(number, prefix):
            taught(person, log)
        with CaptureQueriesContext(connection) as asked:
            assert all(one.worth == 2 for one in teaching.waiting(officer, home))
        counts.append(len(asked))
    assert counts[0] == counts[1] == 3


def test_a_nurse_who_teaches_is_in_the_register_without_physicians_credit(year: Year, log: Activity) -> None:
    row = actions.decide_teaching(
        year.cast.actor("credit_officer"), taught(teacher(year, "nurse"), log), confirmed=True
    )
    assert row.is_confirmed and row.award is None and not Award.objects.exists()


@pytest.mark.requirement("WASHU-35", "WASHU-36")
def test_a_teacher_sees_the_own_pathway_and_what_is_offered(year: Year) -> None:
    person, director, home = teacher(year), year.cast.actor("director"), year.cast.home
    Term.objects.create(provider=home, taxonomy="register", key="leadership_pathway", label="x")
    actions.keep_faculty_item(director, home, title="Feedback", track="teaching")
    actions.keep_faculty_item(director, home, title="Leading change", track="leadership")
    actions.enrol(director, home, person=person)
    mine = Actor(person_id=person.pk, name="Teacher")
    step = teaching.own_pathway(mine)[0]
    assert (step.item.title, step.done_on) == ("Leading change", None)
    assert [item.title for item in teaching.offers(mine)] == ["Feedback"]
    stranger = Actor(person_id=year.people(1, "other")[0].pk, name="Other")
    assert teaching.own_pathway(stranger) == [] and teaching.offers(stranger) == []
    assert FacultyItem.objects.count() == 2
