"""The letter to leaders: off until the office switches it on, once a person and period, a few figures, nobody to be recognised."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
import time_machine
from django.core import mail
from django.test import Client

from lifelong.entrypoints.jobs.calendar import write_to_leaders
from lifelong.kernel.problems import NotAllowed, Problem
from lifelong.loop.improvement import actions, letters
from lifelong.loop.improvement.models import LeaderLetter
from loop.improvement.a_year import YEAR, Year


@pytest.mark.parametrize(
    ("day", "every", "begins"),
    [
        (dt.date(2026, 11, 22), 1, dt.date(2026, 11, 1)),
        (dt.date(2026, 11, 22), 3, dt.date(2026, 10, 1)),
        (dt.date(2026, 12, 31), 6, dt.date(2026, 7, 1)),
        (dt.date(2026, 1, 1), 6, dt.date(2026, 1, 1)),
    ],
)
def test_periods_begin_in_january(day: dt.date, every: int, begins: dt.date) -> None:
    assert letters.period_of(day, every) == begins


@pytest.mark.requirement("HMS-48")
def test_one_letter_a_leader_and_month_however_often_the_calendar_comes_round(
    year: Year, run_effects: Callable[[], int]
) -> None:
    home, director = year.cast.home, year.cast.actor("director")
    year.only("performance_change_made")
    year.followed(year.activity(), ["fully"] * 6)
    actions.measure_year(director, home, YEAR)
    write_to_leaders()
    run_effects()
    assert mail.outbox == [], "off until somebody switches it on"
    actions.plan_letters(director, home, is_on=True)
    with time_machine.travel(dt.datetime(YEAR, 11, 3, 12, tzinfo=dt.UTC), tick=False):
        for _ in range(3):
            write_to_leaders()
            run_effects()
        assert sorted(one.to[0] for one in mail.outbox) == sorted(p.email for p in letters.readers_of(home))
    with time_machine.travel(dt.datetime(YEAR, 12, 1, 17, tzinfo=dt.UTC), tick=False):
        write_to_leaders()
        run_effects()
    assert len(mail.outbox) == 2 * len(letters.readers_of(home))
    actions.plan_letters(director, home, is_on=True, every_months=3)
    with time_machine.travel(dt.datetime(YEAR, 12, 2, 17, tzinfo=dt.UTC), tick=False):
        write_to_leaders()
        run_effects()
    assert len(mail.outbox) == 2 * len(letters.readers_of(home)), "written to in this quarter already"
    actions.plan_letters(director, home, is_on=False)
    with time_machine.travel(dt.datetime(YEAR + 1, 1, 2, 17, tzinfo=dt.UTC), tick=False):
        write_to_leaders()
    assert LeaderLetter.objects.count() == len(mail.outbox), "switched off, nothing more is written"


@pytest.mark.requirement("HMS-48")
def test_a_letter_reads_plainly_and_hides_a_handful_of_people(year: Year, run_effects: Callable[[], int]) -> None:
    home, director = year.cast.home, year.cast.actor("director")
    year.only("performance_change_made")
    activity = year.activity()
    year.attended(activity, year.people(3))
    year.followed(activity, ["fully"] * 2 + ["not_yet"])
    actions.measure_year(director, home, YEAR)
    actions.plan_letters(director, home, is_on=True, every_months=3)
    write_to_leaders()
    run_effects()
    text = mail.outbox[0].body
    assert "fewer than 5 people came" in text and "Fewer than 5 people answered; no number is shown." in text
    assert "67 %" not in text and "66 %" not in text
    assert "/lead/home/" in text and "&" not in text and "<" not in text
    assert max(len(line) for line in text.splitlines()) < 200


def test_who_may_not_edit_may_not_switch_and_a_period_is_one_of_the_list(year: Year) -> None:
    with pytest.raises(NotAllowed):
        actions.plan_letters(year.cast.actor("leader"), year.cast.home, is_on=True)
    with pytest.raises(Problem, match="not a period"):
        actions.plan_letters(year.cast.actor("director"), year.cast.home, is_on=True, every_months=7)


def test_the_page_switches_and_shows_what_would_be_sent(year: Year) -> None:
    client = Client()
    client.force_login(year.cast.person("director"))
    seen = client.get("/office/home/improvement/letters/").content.decode()
    assert "The letter is off." in seen and "expected results of the mission" in seen
    client.post("/office/home/improvement/letters/", {"is_on": "on", "every_months": "1"})
    assert "Every month, to" in client.get("/office/home/improvement/letters/").content.decode()
