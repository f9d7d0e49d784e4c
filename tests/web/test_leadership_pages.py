"""A leader reads one page: the mission in its own words, each number with its interval, nothing to press."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import include, path

from cast import Cast
from lifelong.entrypoints.web.leadership import mission
from lifelong.entrypoints.web.office import improvement, outcomes, reporting, today
from lifelong.kernel import clock
from lifelong.kernel.guard import writes_open
from lifelong.loop.improvement import actions, effects
from lifelong.loop.improvement.models import Attainment, Improvement, MissionReport
from lifelong.loop.program.models import ExpectedResult, Mission, MissionSection, MissionStatement
from lifelong.project.urls import urlpatterns as whole
from loop.improvement.a_year import Year

# The pages stand under their addresses here whether or not the product's own list already names them.
urlpatterns = [
    path("lead/<slug:slug>/", include(mission)),
    path("office/<slug:slug>/", include(today)),
    path("office/<slug:slug>/outcomes/", include(outcomes)),
    path("office/<slug:slug>/reporting/", include(reporting)),
    path("office/<slug:slug>/improvement/", include(improvement)),
    *whole,
]
pytestmark = pytest.mark.urls(__name__)


@pytest.fixture
def year(cast: Cast) -> Iterator[Year]:
    with writes_open("test"):
        yield Year(cast)


def page(cast: Cast, who: str, address: str, **data: object) -> object:
    client = Client()
    client.force_login(cast.person(who))
    return client.post(address, data) if data else client.get(address)


def measured(year: Year) -> ExpectedResult:
    """One statement of the mission, measured in two years, with the activities of this year behind it."""
    (result,) = year.only("performance_change_made")
    mission_row = Mission.objects.create(
        provider=year.cast.home, version="1", title="Mission", effective_from=dt.date(2020, 1, 1)
    )
    section = MissionSection.objects.create(mission=mission_row, position=1, heading="Expected results")
    statement = MissionStatement.objects.create(
        section=section, position=1, key="s1", text="Clinicians change what they do."
    )
    MissionStatement.objects.create(section=section, position=2, key="s2", text="We teach with care.")
    result.statement = statement
    result.save()
    Attainment.objects.create(
        expected_result=result, year=2025, value=50, low=40, high=60, n=90, asked=120, measured_at=clock.now()
    )
    year.followed(year.activity("Sepsis rounds"), ["fully"] * 8 + ["not_yet"] * 2 + [""] * 2)
    director = year.cast.actor("director")
    actions.measure_year(director, year.cast.home, 2026)
    return result


@pytest.mark.requirement("HMS-48", "HMS-44", "TUFTS-55")
def test_the_mission_stands_in_its_own_words_underlined_by_its_attainment(year: Year) -> None:
    result = measured(year)
    seen = page(year.cast, "leader", "/lead/home/?year=2026").content.decode()
    assert "Clinicians change what they do." in seen and "We teach with care." in seen
    assert "80 %: answers that report a change (49 to 94, n 10 of 12 asked)" in seen
    behind = page(year.cast, "leader", f"/lead/home/result/{result.pk}/?year=2026").content.decode()
    assert "Sepsis rounds" in behind and "Target 50" in behind and "<svg" in behind


@pytest.mark.requirement("UCONN-18", "UCONN-19", "UCONN-20", "HMS-48")
def test_the_annual_report_has_its_sections_and_its_frozen_copies(year: Year) -> None:
    result = measured(year)
    director = year.cast.actor("director")
    actions.conclude(
        director, result, year=2026, text="Reached, keep going.", priority=2, priority_reason="Target is near."
    )
    actions.open_improvement(
        director, year.cast.home, title="Ask by text message", year=2026, priority=1, priority_reason="Silence."
    )
    report = actions.freeze_report(director, year.cast.home, 2026)
    waiting = page(year.cast, "leader", "/lead/home/report/?year=2026").content.decode()
    assert "the PDF is being made" in waiting
    effects.make_report_pdf(report.pk)
    seen = page(year.cast, "leader", "/lead/home/report/?year=2026").content.decode()
    for words in (
        "Quality improvement",
        "Faculty development",
        "System redesign",
        "Reached, keep going.",
        "Ask by text message",
    ):
        assert words in seen
    pdf = page(year.cast, "leader", f"/lead/home/report/{report.pk}.pdf")
    assert pdf["Content-Type"] == "application/pdf" and pdf.content.startswith(b"%PDF")
    assert page(year.cast, "leader", f"/lead/home/report/{report.pk}.exe").status_code == 404


@pytest.mark.parametrize("who", ["stranger", "learner", "finance", "other_leader", "other_director"])
def test_for_everybody_else_the_mission_pages_do_not_exist(year: Year, who: str) -> None:
    result = measured(year)
    for address in ("/lead/home/", f"/lead/home/result/{result.pk}/", "/lead/home/report/", "/lead/home/report/1.pdf"):
        assert page(year.cast, who, address).status_code == 404


def test_a_leader_finds_no_button_and_may_press_none(year: Year) -> None:
    result = measured(year)
    for address in ("/office/home/improvement/?year=2026", f"/office/home/improvement/result/{result.pk}/"):
        seen = page(year.cast, "leader", address).content.decode()
        assert "Freeze the report" not in seen and "Keep the conclusion" not in seen
    assert page(year.cast, "leader", "/office/home/improvement/freeze/", year=2026).status_code == 404
    assert page(year.cast, "leader", "/office/home/improvement/new/", title="x").status_code == 404
    assert not MissionReport.objects.exists() and not Improvement.objects.exists()


@pytest.mark.requirement("TUFTS-54", "TUFTS-55", "TUFTS-56", "TUFTS-12")
def test_the_office_measures_concludes_opens_and_freezes_on_its_page(year: Year) -> None:
    result = measured(year)
    base = "/office/home/improvement/"
    refused = page(year.cast, "director", f"{base}freeze/", year=2026)
    assert refused.status_code == 302 and not MissionReport.objects.exists()
    seen = page(year.cast, "director", f"{base}?year=2026").content.decode()
    assert "Write the conclusion" in seen
    bad = page(year.cast, "director", f"{base}result/{result.pk}/?year=2026", text="", priority=2, priority_reason="x")
    assert bad.status_code == 422
    page(
        year.cast,
        "director",
        f"{base}result/{result.pk}/?year=2026",
        text="Reached.",
        priority=2,
        priority_reason="Near the target.",
    )
    made = page(
        year.cast, "director", f"{base}new/?year=2026", title="Ask earlier", priority=1, priority_reason="Few answers."
    )
    assert made.status_code == 302
    row = Improvement.objects.get()
    item = f"{base}item/{row.pk}/"
    missing = page(year.cast, "director", item, state="planned", note="")
    assert missing.status_code == 422 and "has no owner" in missing.content.decode()
    done = page(
        year.cast,
        "director",
        item,
        state="planned",
        plan="Mail at 45 days",
        owner=year.cast.person("evaluator").pk,
        due_on="2026-12-01",
    )
    assert done.status_code == 302
    page(year.cast, "director", item, priority=2, reason="After the other.")
    page(year.cast, "director", f"{base}measure/", year=2026)
    page(year.cast, "director", f"{base}freeze/", year=2026)
    assert MissionReport.objects.get().version == 1
    row.refresh_from_db()
    assert (row.state, row.priority, row.owner) == ("planned", 2, year.cast.person("evaluator"))


@pytest.mark.requirement("TUFTS-11", "WASHU-33")
def test_the_outcomes_pages_lead_from_list_to_trace_to_a_later_figure(year: Year) -> None:
    outcome = year.measured(year.activity("Sepsis rounds"), 54, 61)
    later, outcome.result = outcome.result, None
    outcome.save()
    listed = page(year.cast, "evaluator", "/office/home/outcomes/").content.decode()
    assert "Sepsis rounds" in listed
    assert page(year.cast, "evaluator", f"/office/home/outcomes/activity/{outcome.activity_id}/").status_code == 200
    address = f"/office/home/outcomes/measure/{outcome.pk}/result/"
    assert "61" in page(year.cast, "evaluator", address).content.decode()
    assert page(year.cast, "evaluator", address, point_id=later.pk).status_code == 302
    seen = page(year.cast, "evaluator", f"/office/home/outcomes/activity/{outcome.activity_id}/").content.decode()
    assert "Moved as wanted" in seen and "54 before, 61 after" in seen
    counted = page(
        year.cast,
        "evaluator",
        f"/office/home/outcomes/activity/{outcome.activity_id}/reach/",
        on="2026-03-03",
        people=120,
        how="head count",
    )
    assert counted.status_code == 302
    assert page(year.cast, "leader", address).status_code == 404
    wrong = page(year.cast, "evaluator", "/office/home/outcomes/plans/", text="method = 3")
    assert wrong.status_code == 422


def test_the_dashboard_names_countries_and_says_each_figure_once(year: Year) -> None:
    first, second = year.activity("Sepsis rounds"), year.activity("Sepsis workshop")
    year.attended(first, year.people(6, "kenyan", country="KE") + year.people(7, "guest"))
    for activity in (first, second):
        year.measured(activity, 54, 61)
    seen = page(year.cast, "leader", "/lead/home/dashboard/?year=2026").content.decode()
    assert "Kenya" in seen and "United States" in seen and ">KE<" not in seen
    table = seen[seen.index("Quality figures and the activities") :]
    assert table.count("Sepsis rounds") >= 1 and "Sepsis workshop" in table
    csv = page(year.cast, "leader", "/lead/home/dashboard.csv?year=2026").content.decode()
    assert "country,Kenya,people,6" in csv


def test_a_year_end_can_be_begun_from_any_of_its_steps_and_says_nothing_twice(year: Year) -> None:
    year.only("performance_change_made")
    base = "/office/home/improvement/synthesis/2026/"
    assert "Begin the year-end" in page(year.cast, "director", f"{base}figures/").content.decode()
    before = page(year.cast, "director", base).content.decode()
    assert "has no conclusion" not in before and "What the analysis still lacks" not in before
    assert page(year.cast, "director", base, go="1").status_code == 302
    begun = page(year.cast, "director", base).content.decode()
    assert "Begin the year-end" not in begun and "write the conclusion" in begun and "has no conclusion" not in begun
