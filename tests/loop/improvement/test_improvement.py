"""The year is measured, concluded, frozen; findings become improvements that are carried through."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from lifelong.formats.mission_report import render_pdf, to_json
from lifelong.kernel import clock, files
from lifelong.kernel.models import AuditEvent, Effect
from lifelong.kernel.problems import NotAllowed, Problem
from lifelong.loop.improvement import actions, effects, reads
from lifelong.loop.improvement.models import Attainment, Improvement, MissionReport, ReportPdf
from lifelong.loop.improvement.report import report_from
from lifelong.loop.planning.models import ActivityTerm
from lifelong.loop.program.models import Term
from loop.improvement.a_year import YEAR, Year


def concluded(year: Year) -> None:
    director = year.cast.actor("director")
    for result in year.cast.home.expected_results.all():
        actions.conclude(director, result, year=YEAR, text="On the way.", priority=2, priority_reason="Largest gap.")


def improve(year: Year, title: str = "Ask earlier", **facts: object) -> Improvement:
    facts.setdefault("priority_reason", "Few answers.")
    return actions.open_improvement(year.cast.actor("director"), year.cast.home, title=title, year=YEAR, **facts)


@pytest.mark.requirement("TUFTS-54", "HMS-44")
def test_the_year_is_measured_from_its_activities_and_a_retry_changes_nothing(year: Year) -> None:
    year.only("performance_change_made", "competence_planned_change")
    year.followed(year.activity(), ["fully"] * 6 + ["not_yet"] * 2)
    director = year.cast.actor("director")
    actions.measure_year(director, year.cast.home, YEAR)
    actions.measure_year(director, year.cast.home, YEAR)
    row = Attainment.objects.get(expected_result__indicator="performance_change_made", year=YEAR)
    assert (row.value, row.n, row.asked) == (75.0, 8, 8)
    assert AuditEvent.objects.filter(verb="attainment.measured").count() == 1


@pytest.mark.parametrize("who", ["leader", "coordinator", "accreditor", "learner", "other_director", "stranger"])
def test_only_those_who_improve_may_write(year: Year, who: str) -> None:
    result = year.result("performance_change_made")
    home, actor = year.cast.home, year.cast.actor(who)
    for act in (
        lambda: actions.measure_year(actor, home, YEAR),
        lambda: actions.conclude(actor, result, year=YEAR, text="x", priority_reason="y"),
        lambda: actions.freeze_report(actor, home, YEAR),
        lambda: actions.open_improvement(actor, home, title="x", year=YEAR, priority_reason="y"),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_an_answer_moves_the_number(year: Year) -> None:
    year.only("performance_change_made")
    asked = year.followed(year.activity(), ["not_yet"] * 5)
    actions.measure_year(year.cast.actor("director"), year.cast.home, YEAR)
    asked[0].answer, asked[0].answered_at = "fully", clock.now()
    asked[0].save()
    effects.record_results(asked[0].pk)
    effects.record_results(asked[0].pk)
    row = Attainment.objects.get(year=YEAR)
    assert (row.value, row.n) == (20.0, 5)


def test_the_calendar_measures_what_is_older_than_an_hour(year: Year) -> None:
    year.only("performance_change_made")
    assert effects.measure_due() == 2  # both programs expect results
    assert effects.measure_due() == 0
    Attainment.objects.update(measured_at=clock.now() - dt.timedelta(hours=2))
    assert effects.measure_due() == 2


def test_trend_and_standing_against_the_target(year: Year) -> None:
    (result,) = year.only("performance_change_made")
    for past, value in ((2024, 40.0), (2025, 55.0)):
        Attainment.objects.create(
            expected_result=result,
            year=past,
            value=value,
            low=value - 9,
            high=value + 9,
            n=60,
            asked=90,
            measured_at=clock.now(),
        )
    year.followed(year.activity(), ["fully"] * 40)
    actions.measure_year(year.cast.actor("director"), year.cast.home, YEAR)
    (line,) = reads.attainment(year.cast.actor("leader"), year.cast.home, YEAR)
    assert [row.year for row in line.trend] == [2024, 2025, 2026]
    assert line.met is True
    assert line.spoken == "100 %: answers that report a change (91 to 100, n 40 of 40 asked)"


@pytest.mark.requirement("TUFTS-55")
def test_nothing_is_frozen_without_a_conclusion_for_each_result(year: Year) -> None:
    year.only("performance_change_made", "adoption_rate")
    with pytest.raises(Problem) as refusal:
        actions.freeze_report(year.cast.actor("director"), year.cast.home, YEAR)
    assert {reason.rule for reason in refusal.value.reasons} == {"conclusion.missing"}
    assert len(refusal.value.reasons) == 2


@pytest.mark.requirement("TUFTS-57", "HMS-48", "UCONN-18", "UCONN-19", "UCONN-20")
def test_the_same_data_freeze_to_the_same_facts_and_the_same_pdf(year: Year, run_effects: Callable[[], int]) -> None:
    year.only("performance_change_made")
    activity = year.activity()
    year.followed(activity, ["fully"] * 6)
    year.attended(activity, year.people(9))
    year.measured(activity, 54, 61)
    improve(year, "Second", priority=3)
    improve(year, "First", priority=1)
    concluded(year)
    director = year.cast.actor("director")
    first = actions.freeze_report(director, year.cast.home, YEAR)
    assert actions.freeze_report(director, year.cast.home, YEAR).pk == first.pk, "nothing changed, so nothing new"
    facts = files.read(first.facts)
    assert to_json(report_from(facts)) == facts
    effects.make_report_pdf(first.pk)
    effects.make_report_pdf(first.pk)
    pdf = files.read(ReportPdf.objects.get().file)
    assert pdf.startswith(b"%PDF")
    assert hashlib.sha256(render_pdf(report_from(facts))).digest() == hashlib.sha256(pdf).digest()
    told = json.loads(facts)
    assert told["summary"].index("1. First") < told["summary"].index("2. Second")
    assert "1 activity tied to 1 quality figure, 1 of them measured again" in told["summary"]
    assert told["results"][0]["activities"] == ["1"]
    assert told["program"]["by_profession"] == [["Physician", 9]]


def test_a_new_fact_makes_the_next_version_and_the_old_one_stays(year: Year) -> None:
    year.only("performance_change_made")
    concluded(year)
    director = year.cast.actor("director")
    first = actions.freeze_report(director, year.cast.home, YEAR)
    before = files.read(first.facts)
    year.followed(year.activity(), ["fully"] * 6)
    second = actions.freeze_report(director, year.cast.home, YEAR)
    assert (first.version, second.version) == (1, 2)
    assert files.read(MissionReport.objects.get(pk=first.pk).facts) == before
    assert second.snapshot != first.snapshot


def test_a_frozen_report_asks_for_its_pdf(year: Year) -> None:
    from lifelong.kernel.action import FOLLOWS

    year.only("performance_change_made")
    concluded(year)
    report = actions.freeze_report(year.cast.actor("director"), year.cast.home, YEAR)
    waiting = list(Effect.objects.filter(subject_id=report.pk).values_list("name", flat=True))
    assert waiting == list(FOLLOWS.get("report.frozen", ()))


def test_small_groups_are_not_in_the_frozen_facts(year: Year) -> None:
    year.only("performance_change_made")
    activity = year.activity()
    year.followed(activity, ["fully"] * 3)
    year.attended(activity, year.people(3))
    concluded(year)
    report = actions.freeze_report(year.cast.actor("director"), year.cast.home, YEAR)
    told = json.loads(files.read(report.facts))
    assert told["results"][0]["value"] is None and told["results"][0]["n"] is None
    assert told["program"]["by_profession"] == []


@pytest.mark.requirement("TUFTS-12", "TUFTS-56", "HMS-49")
def test_an_improvement_goes_from_finding_to_effect_with_its_history(year: Year) -> None:
    director, owner = year.cast.actor("director"), year.cast.person("evaluator")
    row = improve(year, finding="n 8 of 90 asked", priority=1)
    assert row.state == "identified"
    with pytest.raises(Problem) as refusal:
        actions.step_improvement(director, row, state="planned")
    assert {reason.field for reason in refusal.value.reasons} == {"plan", "owner", "due_on"}
    row = actions.step_improvement(
        director, row, state="planned", plan="Ask at 45 days", owner=owner, due_on=dt.date(2026, 12, 1)
    )
    with pytest.raises(Problem, match="what came of it"):
        actions.step_improvement(director, row, state="done")
    row = actions.step_improvement(
        director, row, state="done", effect="Answers rose from 9 to 31 percent.", note="Reviewed in May"
    )
    seen = reads.improvement(year.cast.actor("leader"), year.cast.home, row.pk)
    assert [step.state for step in seen.steps.all()] == ["identified", "planned", "done"]
    assert seen.effect.startswith("Answers rose")
    with pytest.raises(Problem, match="does not follow"):
        actions.step_improvement(director, row, state="planned", note="again")


def test_opening_twice_is_one_improvement_and_priority_needs_a_reason(year: Year) -> None:
    assert improve(year).pk == improve(year).pk
    with pytest.raises(Problem, match="no reason"):
        improve(year, "Other", priority_reason=" ")
    with pytest.raises(Problem, match="holds no role"):
        improve(year, "Other", owner=year.cast.person("stranger"))


@pytest.mark.requirement("TUFTS-57")
def test_priority_orders_the_register(year: Year) -> None:
    director = year.cast.actor("director")
    late, soon = improve(year, "Late", priority=2), improve(year, "Soon", priority=4)
    actions.prioritise(director, soon, priority=1, reason="Patients wait.")
    assert [row.title for row in reads.improvements(director, year.cast.home)] == ["Soon", "Late"]
    assert late.priority == 2


@pytest.mark.requirement("TUFTS-56")
def test_findings_name_what_the_programs_own_analysis_lacks(year: Year) -> None:
    year.only("performance_change_made")
    director = year.cast.actor("director")
    found = reads.findings(director, year.cast.home, YEAR)
    assert {reason.rule for reason in found} == {"R-PAN-1", "R-PIM-1"}
    assert any("no measure with data" in reason.sentence for reason in found)
    year.followed(year.activity(), ["fully"] * 6)
    concluded(year)
    actions.freeze_report(director, year.cast.home, YEAR)
    assert not [reason for reason in reads.findings(director, year.cast.home, YEAR) if reason.rule == "R-PAN-1"]


@pytest.mark.requirement("UCONN-18", "UCONN-19", "UCONN-20", "TUFTS-45")
def test_leaders_see_how_education_is_tied_to_the_institution(year: Year) -> None:
    year.measured(year.activity("Sepsis", intended_change="performance"), 54, 61)
    term = Term.objects.create(provider=year.cast.home, taxonomy="audience", key="medical_faculty", label="Faculty")
    ActivityTerm.objects.create(activity=year.activity("Teaching at the bedside"), term=term)
    leader = year.cast.actor("leader")
    quality, teaching, systems = reads.year_ties(leader, year.cast.home, YEAR)
    assert quality.activities[0].by == ("SEP_1 1",)
    assert (quality.count, teaching.count, systems.count) == (1, 1, 0)
    assert reads.by_intended_change(leader, year.cast.home, YEAR) == [("Not said", 1), ("Performance", 1)]


def test_figures_are_attached_and_nobody_asked_them(year: Year) -> None:
    found = replace(
        reads.attainment(year.cast.actor("director"), year.cast.home, YEAR)[0],
        value=75.0, low=43.0, high=95.0, n=9, asked=12, unit="%", is_suppressed=False,
    )  # fmt: skip
    found.result.indicator = "care_process_improved"
    assert found.spoken.endswith("(43 to 95, n 9 of 12 attached figures)")
