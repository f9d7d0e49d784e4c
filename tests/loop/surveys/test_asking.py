"""An office decides when it asks again, how often it reminds and how often one person is asked."""

from __future__ import annotations

import datetime as dt
import inspect

import pytest
import time_machine
from django.core import mail

from asked import launched, people
from cast import Cast
from lifelong.entrypoints.jobs import calendar
from lifelong.entrypoints.jobs import effects as _page_of_effects  # noqa: F401 -- the mails
from lifelong.kernel import clock
from lifelong.kernel.access import SYSTEM
from lifelong.kernel.effects import perform_all
from lifelong.kernel.problems import NotAllowed, Problem
from lifelong.loop.evaluation.actions import ask_due_follow_ups, submit
from lifelong.loop.evaluation.models import Commitment, FollowUp
from lifelong.loop.people.reads import actor_of
from lifelong.loop.surveys.asking import asking, save_asking
from lifelong.loop.surveys.campaigns import remind_campaigns
from taught import PLAN, answers, attend, teach

MONDAY = dt.datetime(2026, 11, 23, 15, tzinfo=dt.UTC)


def decide(cast: Cast, *waves: int, reminders: int = 2, most: int = 2) -> None:
    save_asking(cast.actor("evaluator"), cast.home, waves=waves, reminders=reminders, most_per_quarter=most)


def test_without_a_decision_the_book_says_45_and_90_days_and_two_reminders(cast: Cast) -> None:
    assert (asking(cast.home.pk).waves, asking(cast.home.pk).reminders) == ((45, 90), 2)


@pytest.mark.requirement("TUFTS-51")
def test_plans_are_asked_about_on_the_days_the_office_decided(cast: Cast) -> None:
    decide(cast, 120, 30)
    taught = teach(cast.home)
    (person,) = people(cast, 1, "dentist")
    submit(actor_of(person), attend(taught.session, person), answers=answers(taught.activity), commitments=[PLAN])
    perform_all()
    assert list(FollowUp.objects.order_by("wave").values_list("wave", flat=True)) == [30, 120]
    decide(cast, 60)
    assert FollowUp.objects.count() == 2, "what is planned keeps its day"


@pytest.mark.parametrize(("reminders", "mails"), [(0, 1), (1, 2), (2, 3)])
def test_the_silent_get_as_many_reminders_as_decided(cast: Cast, reminders: int, mails: int) -> None:
    with time_machine.travel(MONDAY, tick=False):
        decide(cast, 45, reminders=reminders)
        people(cast, 1, "dentist")
        launched(cast)
        perform_all()
    for days in range(1, 30):
        with time_machine.travel(MONDAY + dt.timedelta(days=days), tick=False):
            while remind_campaigns(SYSTEM):
                perform_all()
    assert len(mail.outbox) == mails


@pytest.mark.parametrize(("reminders", "mails"), [(0, 1), (1, 2)])
def test_questions_about_a_plan_are_reminded_as_often_as_decided(cast: Cast, reminders: int, mails: int) -> None:
    decide(cast, 30, reminders=reminders)
    taught = teach(cast.home)
    (person,) = people(cast, 1, "dentist")
    submit(actor_of(person), attend(taught.session, person), answers=answers(taught.activity), commitments=[PLAN])
    perform_all()
    mail.outbox.clear()
    for days in range(30, 60):
        with time_machine.travel(clock.now() + dt.timedelta(days=days), tick=False):
            while ask_due_follow_ups(SYSTEM):
                perform_all()
    assert sum(message.to == [person.email] and "plan" in message.subject for message in mail.outbox) == mails


def test_the_load_on_one_person_is_the_offices_own(cast: Cast) -> None:
    decide(cast, 45, most=1)
    people(cast, 3, "dentist")
    launched(cast, "First")
    with pytest.raises(Problem, match="asked often enough"):
        launched(cast, "Second")


@pytest.mark.parametrize(
    ("waves", "reminders", "most", "says"),
    [
        ((29,), 2, 2, "Plans cannot be asked"),
        ((181,), 2, 2, "Plans cannot be asked"),
        ((), 2, 2, "Plans cannot be asked"),
        ((45,), 3, 2, "burden"),
        ((45,), 2, 0, "no useful limit"),
    ],
)
def test_a_burden_is_refused(cast: Cast, waves: tuple[int, ...], reminders: int, most: int, says: str) -> None:
    with pytest.raises(Problem, match=says):
        decide(cast, *waves, reminders=reminders, most=most)


def test_only_who_edits_evaluation_decides(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        save_asking(cast.actor("finance"), cast.home, waves=[45], reminders=1, most_per_quarter=2)


def test_a_plan_says_by_when_it_is_to_be_done(cast: Cast) -> None:
    taught = teach(cast.home)
    first, second = people(cast, 2, "dentist")
    by = clock.today() + dt.timedelta(days=30)
    submit(actor_of(first), attend(taught.session, first), answers=answers(taught.activity), commitments=[PLAN | {"target_on": by}])  # fmt: skip
    assert Commitment.objects.get().target_on == by
    late = PLAN | {"target_on": clock.today() - dt.timedelta(days=2)}
    with pytest.raises(Problem, match="not in the year ahead"):
        submit(actor_of(second), attend(taught.session, second), answers=answers(taught.activity), commitments=[late])


def test_all_work_of_the_calendar_is_done() -> None:
    """A piece that is written and never called reminds nobody."""
    pieces = {
        name
        for name, one in vars(calendar).items()
        if inspect.isfunction(one) and one.__module__ == calendar.__name__ and name != "due_work"
    }
    assert pieces <= {one.__name__ for one in calendar.CALENDAR}
