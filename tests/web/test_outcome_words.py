"""What the outcome pages say when little is known yet, and where they lead next."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from cast import Cast
from lifelong.kernel.guard import writes_open
from lifelong.loop.outcomes import actions
from lifelong.loop.outcomes.models import AnalysisPlan
from lifelong.loop.planning.models import Activity
from loop.improvement.a_year import Year

ITS = """
title = "Bundle by month"
method = "interrupted_time_series"
data = "months.csv"
primary_outcome = "level_change"
[columns]
time = "month"
outcome = "share"
[options]
intervention_at = 13
"""


@pytest.fixture
def year(cast: Cast) -> Iterator[Year]:
    with writes_open("test"):
        yield Year(cast)


def page(cast: Cast, who: str, address: str, **data: object) -> object:
    client = Client()
    client.force_login(cast.person(who))
    return client.post(address, data) if data else client.get(address)


def followed(year: Year) -> Activity:
    """Twelve came and planned a change; eight told later that they made it."""
    activity = year.activity("Sepsis rounds")
    people = year.people(12, f"guest{activity.number}x")
    year.attended(activity, people, planned=len(people))
    year.followed(activity, ["fully"] * 8 + [""] * 4)
    return activity


def test_a_plan_begun_on_an_activity_belongs_to_it_and_an_example_fills_the_form(year: Year) -> None:
    activity = year.activity("Sepsis rounds")
    here = f"/office/home/outcomes/plans/?activity={activity.pk}"
    assert here in page(year.cast, "evaluator", f"/office/home/outcomes/activity/{activity.pk}/").content.decode()
    shown = page(year.cast, "evaluator", f"{here}&example=before and after").content.decode()
    assert "Sepsis rounds" in shown and "paired_means" in re.search(r"<textarea.*?</textarea>", shown, re.S)[0]
    fixed = page(year.cast, "evaluator", here, text=ITS)
    plan = AnalysisPlan.objects.get()
    assert plan.activity == activity and fixed["Location"] == f"/office/home/outcomes/plans/{plan.pk}/"


def test_nobody_asked_later_is_not_nobody_changed(year: Year) -> None:
    activity = year.activity("Sepsis rounds")
    shown = page(year.cast, "evaluator", f"/office/home/outcomes/activity/{activity.pk}/").content.decode()
    assert "nobody was asked yet" in shown and "of 0 answered" not in shown
    report = page(year.cast, "evaluator", f"/office/home/outcomes/activity/{activity.pk}/report/").content.decode()
    assert report.count("nobody was asked yet") == 2


@pytest.mark.parametrize(("cases", "by_chance"), [(100, True), (10_000, False)])
def test_a_figure_that_moved_says_when_chance_could_do_the_same(year: Year, cases: int, by_chance: bool) -> None:
    outcome = year.measured(year.activity("Sepsis rounds"), 54, 61)
    for point in (outcome.baseline, outcome.result):
        point.numerator, point.denominator = point.value * cases / 100, cases
        point.save()
    shown = page(year.cast, "evaluator", f"/office/home/outcomes/activity/{outcome.activity_id}/").content.decode()
    assert ("chance could do the same" in shown) is by_chance and "Moved as wanted" in shown


def test_a_report_sent_before_closing_says_that_its_numbers_may_change(
    year: Year, run_effects: Callable[[], int]
) -> None:
    activity = followed(year)
    page(
        year.cast,
        "director",
        f"/office/home/outcomes/activity/{activity.pk}/share/",
        person=year.cast.person("leader").pk,
    )
    run_effects()
    body = mail.outbox[-1].body
    assert "is not closed yet: numbers may still change." in body and "is closed." not in body
    link = re.search(r"/i/report/[\w-]+/", body)[0]
    reader = Client()
    reader.post(link)
    opened = reader.get(link).content.decode()
    assert "Not closed: numbers may still change" in opened and "Get the PDF" in opened


def test_a_field_left_empty_says_what_to_do(year: Year) -> None:
    text = page(year.cast, "evaluator", "/office/home/outcomes/plans/", text="").content.decode()
    assert "This has no answer yet. Fill it in." in text and "This field is required" not in text
    plan = actions.fix_plan(year.cast.actor("evaluator"), year.cast.home, text=ITS)
    here = f"/office/home/outcomes/plans/{plan.pk}/"
    empty = page(year.cast, "evaluator", here, file=SimpleUploadedFile("m.csv", b"")).content.decode()
    assert "This file is empty. Choose the one with the data." in empty


def test_under_each_figure_lie_its_own_numbers(year: Year) -> None:
    activity = followed(year)
    address = f"/office/home/outcomes/activity/{activity.pk}/report.csv?figure=participation"
    rows = list(csv.reader(io.StringIO(page(year.cast, "director", address).content.decode("utf-8-sig"))))
    names = [row[0] for row in rows]
    assert "Attended" in names and "Changed practice" in names and "part" not in rows[0]
    assert page(year.cast, "director", address.replace("participation", "nothing")).status_code == 404
    shown = page(year.cast, "director", f"/office/home/outcomes/activity/{activity.pk}/report/").content.decode()
    assert "report.csv?figure=participation" in shown
