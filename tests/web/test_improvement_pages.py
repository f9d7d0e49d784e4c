"""The office's year-end, coverage and registers in the browser's words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from cast import Cast
from lifelong.kernel import clock
from lifelong.kernel.guard import writes_open
from lifelong.loop.improvement.models import (
    Attainment,
    Conclusion,
    ConclusionDraft,
    Improvement,
    MissionReport,
    StandardElement,
)
from lifelong.loop.planning.models import ActivityTerm
from lifelong.loop.program.models import Term
from loop.improvement.a_year import YEAR, Year

HOME = f"/office/home/improvement/synthesis/{YEAR}/"


@pytest.fixture
def year(cast: Cast) -> Iterator[Year]:
    with writes_open("test"), time_machine.travel(dt.datetime(2026, 11, 22, 15, tzinfo=dt.UTC)):
        yield Year(cast)


def get(cast: Cast, who: str, address: str) -> HttpResponse:
    client = Client()
    client.force_login(cast.person(who))
    return client.get(address)


def post(cast: Cast, who: str, address: str, **data: object) -> HttpResponse:
    client = Client()
    client.force_login(cast.person(who))
    return client.post(address, data)


@pytest.mark.requirement("TUFTS-54", "HMS-44")
def test_the_year_end_fills_in_the_figures_from_the_activities(year: Year) -> None:
    year.only("competence_planned_change")
    year.attended(year.activity("Sepsis rounds"), year.people(8), planned=6, evaluated=7)
    begun = post(year.cast, "director", HOME)
    assert begun.status_code == 302 and begun.headers["Location"].endswith("/figures/")
    seen = get(year.cast, "director", f"{HOME}figures/").content.decode()
    assert "Evaluations answered" in seen and "88 %" in seen and "7 of 8 attendances" in seen
    assert "Better by competence_planned_change" in seen


@pytest.mark.requirement("TUFTS-55")
def test_a_draft_waits_and_only_a_whole_conclusion_counts(year: Year) -> None:
    (result,) = year.only("performance_change_made")
    post(year.cast, "director", HOME)
    section = f"{HOME}result/{result.pk}/"
    post(year.cast, "director", section, text="Half of a thought", priority="2", draft="1")
    assert ConclusionDraft.objects.get().text == "Half of a thought" and not Conclusion.objects.exists()
    assert "Half of a thought" in get(year.cast, "evaluator", section).content.decode(), (
        "another colleague goes on from the draft"
    )
    refused = post(year.cast, "director", section, text="Half of a thought", priority="2")
    assert refused.status_code == 422 and not Conclusion.objects.exists()
    post(year.cast, "director", section, text="Attained.", priority="2", priority_reason="It matters most")
    assert Conclusion.objects.get().priority == 2 and not ConclusionDraft.objects.exists()


@pytest.mark.requirement("TUFTS-55", "HMS-44", "HMS-49")
def test_final_names_what_is_missing_and_then_freezes_the_report(year: Year, run_effects: Callable[[], int]) -> None:
    (result,) = year.only("performance_change_made")
    post(year.cast, "director", HOME)
    refused = Client()
    refused.force_login(year.cast.person("director"))
    said = refused.post(f"{HOME}final/", follow=True).content.decode()
    assert "Nobody has checked the figures." in said and "has no conclusion" in said and "No review meeting" in said
    assert not MissionReport.objects.exists()
    post(year.cast, "director", f"{HOME}figures/", note="The system was down in May.")
    post(year.cast, "director", f"{HOME}result/{result.pk}/", text="Attained.", priority="1", priority_reason="First")
    post(
        year.cast,
        "director",
        f"{HOME}meeting/",
        met_on="2026-11-10",
        members="A. Example\nB. Example",
        looked_at="Follow-ups",
    )
    ready = get(year.cast, "director", f"{HOME}final/").content.decode()
    assert (
        "Nothing is missing, but 2026 has" in ready and "left: what is held in them will not be in the report." in ready
    )
    post(year.cast, "director", f"{HOME}final/")
    report = MissionReport.objects.get()
    run_effects()
    assert report.pdf.file.size > 1000
    assert "The report is frozen." in get(year.cast, "director", f"{HOME}final/").content.decode()
    post(
        year.cast,
        "director",
        f"{HOME}result/{result.pk}/",
        text="On a second look: not yet.",
        priority="1",
        priority_reason="First",
    )
    assert "Make 2026 final" in get(year.cast, "director", f"{HOME}final/").content.decode(), (
        "a later conclusion opens it again"
    )
    post(year.cast, "director", f"{HOME}final/")
    assert MissionReport.objects.count() == 2


@pytest.mark.requirement("TUFTS-56", "TUFTS-57")
def test_a_finding_becomes_an_improvement_with_one_press(year: Year) -> None:
    (result,) = year.only("performance_change_made")
    Attainment.objects.create(
        expected_result=result, year=YEAR, value=20, low=12, high=31, n=80, asked=120, measured_at=clock.now()
    )
    post(year.cast, "director", HOME)
    Attainment.objects.filter(expected_result=result).update(value=20, low=12, high=31, n=80, asked=120)
    page = get(year.cast, "director", f"{HOME}improvements/").content.decode()
    assert "below the target" in page
    post(year.cast, "director", f"{HOME}improvements/", finding=f"result-{result.pk}")
    made = Improvement.objects.get()
    assert (
        made.title == f"Raise: {result.label}" and made.expected_result == result and "below the target" in made.finding
    )
    again = get(year.cast, "director", f"{HOME}improvements/").content.decode()
    assert "In the register" in again and "owner, plan, due day" in again


@pytest.mark.requirement("HMS-49")
def test_a_decision_of_the_review_meeting_opens_an_improvement_tied_to_its_data(year: Year) -> None:
    (result,) = year.only("performance_change_made")
    post(year.cast, "director", HOME)
    made = post(
        year.cast,
        "director",
        f"{HOME}meeting/",
        met_on="2026-11-10",
        members="A. Example",
        looked_at="Follow-ups by department",
    )
    post(
        year.cast,
        "director",
        made.headers["Location"],
        text="Ask again at 180 days",
        expected_result=result.pk,
        opens="on",
    )
    improvement = Improvement.objects.get()
    assert improvement.expected_result == result and "Follow-ups by department" in improvement.finding
    assert "10 November 2026" in improvement.priority_reason
    assert "Ask again at 180 days" in get(year.cast, "accreditor", made.headers["Location"]).content.decode()


def test_strangers_do_not_find_the_year_end_and_readers_cannot_write(year: Year) -> None:
    year.only("performance_change_made")
    assert get(year.cast, "other_director", HOME).status_code == 404
    assert get(year.cast, "learner", HOME).status_code == 404
    assert post(year.cast, "accreditor", HOME).status_code == 403
    assert get(year.cast, "director", "/office/home/improvement/synthesis/1900/").status_code == 404


# --- coverage, reach, registers, distinction


@pytest.mark.requirement("WASHU-06")
def test_the_map_names_its_holes_and_leads_down_to_the_activities(year: Year) -> None:
    term = Term.objects.get(provider=year.cast.home, taxonomy="theme", key="quality")
    Term.objects.create(provider=year.cast.home, taxonomy="theme", key="value", label="Value of care")
    ActivityTerm.objects.create(activity=year.activity("Sepsis rounds"), term=term)
    seen = get(year.cast, "evaluator", f"/office/home/improvement/coverage/?year={YEAR}").content.decode()
    assert "Themes: 1 of 2 are empty" in seen and "Value of care" in seen and "<svg" in seen
    down = get(year.cast, "evaluator", f"/office/home/improvement/coverage/theme/quality/?year={YEAR}").content.decode()
    assert "Sepsis rounds" in down
    sheet = get(year.cast, "evaluator", f"/office/home/improvement/coverage/theme.csv?year={YEAR}").content.decode(
        "utf-8-sig"
    )
    assert "Value of care,0" in sheet
    assert get(year.cast, "evaluator", "/office/home/improvement/coverage/theme/nothing/").status_code == 404
    assert get(year.cast, "other_evaluator", "/office/home/improvement/coverage/").status_code == 404


@pytest.mark.requirement("TUFTS-04", "TUFTS-05")
def test_who_came_adds_up_and_leaves_as_csv_in_the_same_groups(year: Year) -> None:
    year.attended(year.activity("Rounds"), year.people(12))
    seen = get(year.cast, "director", f"/office/home/improvement/reach/?year={YEAR}").content.decode()
    assert "12 learners, each counted once" in seen and "12 learners in all" in seen
    sheet = get(year.cast, "director", f"/office/home/improvement/reach/learners.csv?year={YEAR}").content.decode(
        "utf-8-sig"
    )
    assert "Physicians,Other,12" in sheet


def turn_on(year: Year, *keys: str) -> None:
    for key in keys:
        Term.objects.create(provider=year.cast.home, taxonomy="register", key=key, label=key)


@pytest.mark.requirement("UMASS-05", "UMASS-06")
def test_an_approach_is_added_and_decided_on_in_the_browser(year: Year) -> None:
    turn_on(year, "innovation")
    base = "/office/home/improvement/registers/"
    assert "Innovation" in get(year.cast, "director", base).content.decode()
    refused = post(
        year.cast, "director", f"{base}innovation/new/", title="Spaced cases", origin="others", approach="Cases"
    )
    assert refused.status_code == 422 and "Name the provider" in refused.content.decode()
    made = post(
        year.cast,
        "director",
        f"{base}innovation/new/",
        title="Spaced cases",
        origin="others",
        approach="Cases",
        source="Elsewhere",
    )
    assert made.status_code == 302
    here = made.headers["Location"]
    assert post(year.cast, "director", here, act="1", decision="adopt", reason="").status_code == 422
    post(year.cast, "director", here, act="1", decision="adopt", reason="It works here")
    seen = get(year.cast, "accreditor", here).content.decode()
    assert "Adopt" in seen and "It works here" in seen and "Correct the entry" not in seen
    assert get(year.cast, "director", f"{base}research/").status_code == 404, "a register that is not kept is not there"


@pytest.mark.requirement("UCONN-28")
def test_without_an_ethics_number_the_page_refuses_to_make_a_file(year: Year) -> None:
    turn_on(year, "research")
    base = "/office/home/improvement/registers/research/"
    made = post(
        year.cast, "director", f"{base}new/", title="Study", kind="own", lead="A. Example", question="Does it help?"
    )
    pk = int(made.headers["Location"].strip("/").split("/")[-1])
    refused = post(year.cast, "director", f"{base}{pk}/export/", year=YEAR, columns=["profession"])
    assert refused.status_code == 422 and "no ethics number" in refused.content.decode()
    assert get(year.cast, "accreditor", f"{base}{pk}/export/").status_code == 404


@pytest.mark.requirement("UCONN-30", "UCONN-31")
def test_a_list_of_elements_is_imported_mapped_and_reported(year: Year) -> None:
    turn_on(year, "lcme_acgme")
    base = "/office/home/improvement/registers/elements/"
    file = SimpleUploadedFile("lcme.csv", b"code,title\n4.5,Faculty development\n")
    assert post(year.cast, "director", base, body="lcme", file=file).status_code == 302
    element = StandardElement.objects.get()
    post(year.cast, "director", f"{base}{element.pk}/", activity_id=year.activity("Teach the teacher").pk)
    assert "1 of 1 elements are served" in get(year.cast, "director", base).content.decode()
    assert "LCME,4.5,Faculty development,activity,Teach the teacher" in get(
        year.cast, "director", f"{base}?as=csv"
    ).content.decode("utf-8-sig")


@pytest.mark.requirement("UMASS-23")
def test_distinction_stands_on_one_page_beside_the_nation(year: Year) -> None:
    post(
        year.cast,
        "director",
        "/office/home/improvement/registers/distinction/new/",
        title="Prize",
        kind="award",
        by_whom="Council",
        on=f"{YEAR}-05-01",
    )
    seen = get(year.cast, "director", f"/office/home/improvement/distinction/?year={YEAR}").content.decode()
    assert "Prize (Council)" in seen and "about 230,000" in seen and "ACCME data report 2022" in seen


@pytest.mark.requirement("TUFTS-12", "TUFTS-56")
def test_an_improvement_shows_the_number_it_serves_in_later_years(year: Year) -> None:
    (result,) = year.only("performance_change_made")
    for at, value in ((YEAR, 41), (YEAR + 1, 63)):
        Attainment.objects.create(
            expected_result=result,
            year=at,
            value=value,
            low=value - 6,
            high=value + 6,
            n=90,
            asked=120,
            measured_at=clock.now(),
        )
    row = Improvement.objects.create(
        provider=year.cast.home,
        expected_result=result,
        year=YEAR,
        title="Ask sooner",
        priority_reason="First",
        opened_at=clock.now(),
    )
    seen = get(year.cast, "evaluator", f"/office/home/improvement/item/{row.pk}/").content.decode()
    assert f"{YEAR}: 41 (35 to 47), n 90; {YEAR + 1}: 63 (57 to 69), n 90" in seen


@pytest.mark.requirement("WASHU-06", "TUFTS-56")
def test_a_hole_in_the_coverage_is_a_finding(year: Year) -> None:
    year.only()
    Term.objects.create(provider=year.cast.home, taxonomy="theme", key="value", label="Value of care")
    post(year.cast, "director", HOME)
    page = get(year.cast, "director", f"{HOME}improvements/").content.decode()
    assert "No activity of 2026 takes up “Value of care”." in page
