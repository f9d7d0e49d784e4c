"""The program: a mission with results, its analysis, its reports in time, its records kept, its commendation counted."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifelong.rules.analysis import AnalysisFacts, MeasureFacts, cell_is_shown, change_analysed, group_is_shown
from lifelong.rules.books import Status, load_book
from lifelong.rules.commendation import CriterionFacts, commendation_standing, program_size, standing
from lifelong.rules.mission import (
    ExpectedResultFacts,
    ImprovementFacts,
    ImprovementsFacts,
    MissionFacts,
    ProgramAnalysisFacts,
    ShareFacts,
    improvements_carried_on,
    interprofessional_share,
    interprofessional_share_reached,
    mission_measurable,
    program_analysed,
    share_counts_from,
)
from lifelong.rules.months import add_months
from lifelong.rules.records import RecordKind, RetentionFacts, keep_until, may_delete
from lifelong.rules.reporting import (
    ActivityReportFacts,
    BoardFacts,
    CompletionFacts,
    YearEndFacts,
    board_ready,
    board_report_due,
    pars_fields_missing,
    pharmacy_due_on,
    pharmacy_report_due,
    year_end_due_on,
    year_end_open,
)

TODAY = date(2026, 11, 22)
DAY = timedelta(days=1)


def _codes(answer):
    return [reason.rule for reason in answer.reasons]


@pytest.mark.parametrize(
    ("kinds", "text", "joint", "codes", "holds"),
    [
        (("competence",), "We teach.", False, [], True),
        (("knowledge", "patient_outcomes"), "We teach.", False, [], True),
        (("knowledge",), "We teach.", False, ["R-MIS-1"], False),
        ((), "We teach.", False, ["R-MIS-1"], False),
        (("performance",), "We teach physicians.", True, ["R-MIS-2"], True),
        (("performance",), "We teach the Healthcare Team.", True, [], True),
    ],
)
def test_a_mission_expects_change_and_a_joint_one_names_the_team(kinds, text, joint, codes, holds):
    answer = mission_measurable(MissionFacts(text=text, expected_result_kinds=kinds, jointly_accredited=joint))
    assert _codes(answer) == codes and answer.holds is holds


RESULT = ExpectedResultFacts(title="Better control", measures_with_data=1, conclusion="Met.")


@pytest.mark.parametrize(
    ("analysed_on", "result", "count"),
    [
        (TODAY, RESULT, 0),
        (date(2025, 11, 22), RESULT, 0),
        (date(2025, 11, 21), RESULT, 1),
        (None, RESULT, 1),
        (TODAY, replace(RESULT, measures_with_data=0), 1),
        (TODAY, replace(RESULT, conclusion=" "), 1),
    ],
)
def test_the_program_analysis_is_recent_and_has_data_and_conclusions(analysed_on, result, count):
    answer = program_analysed(ProgramAnalysisFacts(today=TODAY, analysed_on=analysed_on, expected_results=(result,)))
    assert _codes(answer) == ["R-PAN-1"] * count and answer.holds


DONE = ImprovementFacts(title="New form", done_on=date(2026, 9, 1))
OPEN = ImprovementFacts(title="Reminders", owner="A", plan="B", due_on=TODAY)


@pytest.mark.parametrize(
    ("improvements", "count"),
    [
        ((DONE,), 0),
        ((DONE, OPEN), 0),
        ((OPEN,), 1),
        ((DONE, replace(OPEN, owner="")), 1),
        ((DONE, replace(OPEN, due_on=None, plan="")), 1),
        ((replace(DONE, done_on=date(2026, 6, 30)),), 1),
        ((replace(DONE, done_on=date(2026, 7, 1)),), 0),
    ],
)
def test_improvements_are_planned_and_carried_out(improvements, count):
    facts = ImprovementsFacts(improvements=improvements, term_year_starts_on=date(2026, 7, 1), today=TODAY)
    assert _codes(improvements_carried_on(facts)) == ["R-PIM-1"] * count


@pytest.mark.parametrize(
    ("some", "every", "holds"), [(1, 4, True), (24, 97, False), (25, 100, True), (0, 1, False), (0, 0, True)]
)
def test_a_quarter_is_interprofessional(some, every, holds):
    facts = ShareFacts(interprofessional=some, all_activities=every)
    answer = interprofessional_share_reached(facts)
    assert _codes(answer) == ([] if holds else ["R-IPCE-2"]) and answer.holds
    assert interprofessional_share(facts) == (Fraction(some, every) if every else 0)


def test_the_share_looks_back_eighteen_months():
    assert share_counts_from(TODAY) == date(2025, 5, 22)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 12, 31), 2, date(2027, 2, 28)),
        (date(2026, 11, 22), -24, date(2024, 11, 22)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
    ],
)
def test_months_end_on_their_last_day(day, months, expected):
    assert add_months(day, months) == expected


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(0, 100))
def test_more_months_are_never_earlier(day, months):
    assert add_months(day, months) <= add_months(day, months + 1) and add_months(day, 0) == day


@pytest.mark.parametrize(
    ("kind", "happened", "term_end", "until"),
    [
        (RecordKind.ATTENDANCE, date(2026, 11, 22), None, date(2032, 11, 22)),
        (RecordKind.ATTENDANCE, date(2024, 2, 29), None, date(2030, 2, 28)),
        (RecordKind.ATTENDANCE, date(2026, 11, 22), date(2040, 1, 1), date(2032, 11, 22)),
        (RecordKind.ACTIVITY_FILE, date(2026, 11, 22), None, date(2027, 11, 22)),
        (RecordKind.ACTIVITY_FILE, date(2026, 11, 22), date(2027, 1, 1), date(2027, 11, 22)),
        (RecordKind.ACTIVITY_FILE, date(2026, 11, 22), date(2028, 1, 1), date(2028, 1, 1)),
        (RecordKind.COMPLAINT, date(2024, 2, 29), date(2040, 1, 1), date(2025, 2, 28)),
    ],
)
def test_records_are_kept_until_their_last_day(kind, happened, term_end, until):
    assert keep_until(kind, happened, term_end) == until
    facts = RetentionFacts(kind=kind, happened_on=happened, today=until, term_ends_on=term_end)
    assert _codes(may_delete(facts)) == ["R-REC-1"]
    assert may_delete(replace(facts, today=until + DAY)).holds
    assert _codes(may_delete(replace(facts, today=until + DAY, legal_hold=True))) == ["R-REC-1"]


@pytest.mark.requirement("TUFTS-11")
@pytest.mark.parametrize(
    ("designed", "measures", "summary", "count"),
    [
        (("competence",), (MeasureFacts(kind="competence", responses=1),), "x", 0),
        (("competence",), (MeasureFacts(kind="competence", responses=0),), "x", 1),
        (("competence",), (MeasureFacts(kind="knowledge", responses=9),), "x", 1),
        (("knowledge", "competence"), (MeasureFacts(kind="competence", responses=1),), "x", 0),
        (("competence", "performance"), (MeasureFacts(kind="competence", responses=9),), "x", 1),
        (("competence",), (MeasureFacts(kind="competence", responses=1),), " ", 1),
        ((), (), "x", 1),
    ],
)
def test_an_activity_closes_with_data_at_its_designed_level(designed, measures, summary, count):
    answer = change_analysed(AnalysisFacts(designed_for=designed, measures=measures, summary=summary))
    assert _codes(answer) == ["R-ANL-1"] * count and answer.holds is (count == 0)


@pytest.mark.parametrize(
    ("count", "group", "cell"),
    [(0, False, True), (4, False, False), (5, True, False), (10, True, False), (11, True, True)],
)
def test_small_groups_are_not_shown(count, group, cell):
    assert group_is_shown(count) is group and cell_is_shown(count) is cell


DRAFT = frozenset({"title", "format", "starts_on", "ends_on"})
ACTIVE = DRAFT | {"delivery", "ama_amount", "listed", "description", "providership"}
CLOSED = ACTIVE | {"outcome_measure", "commercial_support", "physician_learners", "other_learners"}


@pytest.mark.parametrize(
    ("status", "filled", "change", "missing"),
    [
        ("draft", DRAFT, {}, []),
        ("draft", DRAFT - {"title"}, {}, ["title"]),
        ("active", ACTIVE, {}, []),
        ("active", ACTIVE, {"in_person": True}, ["city", "country"]),
        ("active", ACTIVE | {"fee"}, {"listed": True}, ["registration_type", "url"]),
        ("ready_to_close", ACTIVE - {"description"}, {}, ["description"]),
        ("closed", CLOSED, {}, []),
        ("closed", ACTIVE, {}, ["outcome_measure", "commercial_support", "physician_learners", "other_learners"]),
        ("closed", CLOSED, {"joint": True, "commercial_support": True}, ["joint_providers", "support_sources"]),
    ],
)
def test_each_status_has_its_fields(status, filled, change, missing):
    answer = pars_fields_missing(ActivityReportFacts(status=status, filled=filled, **change))
    assert [reason.field for reason in answer.reasons] == missing and set(_codes(answer)) <= {"R-REP-1"}


def test_an_unknown_status_is_refused():
    with pytest.raises(ValueError, match="unknown status"):
        pars_fields_missing(ActivityReportFacts(status="done", filled=DRAFT))


STEPS = frozenset(load_book("accme").table("pars.year_end_steps"))


@pytest.mark.parametrize(
    ("today", "done", "count"),
    [(date(2027, 2, 28), frozenset(), 0), (date(2027, 3, 1), frozenset(), 5), (date(2027, 3, 1), STEPS, 0),
     (date(2027, 4, 1), STEPS - {"contacts"}, 1)],
)  # fmt: skip
def test_open_steps_of_the_year_are_shown_from_march(today, done, count):
    answer = year_end_open(YearEndFacts(today=today, reporting_year=2026, done=done))
    assert _codes(answer) == ["R-REP-2"] * count and year_end_due_on(2026) == date(2027, 3, 31)


@pytest.mark.requirement("TUFTS-63")
@pytest.mark.parametrize(
    ("days", "count", "holds"),
    [(0, 0, True), (29, 0, True), (30, 1, True), (50, 1, True), (60, 1, True), (61, 1, False)],
)
def test_pharmacy_completions_are_due_in_sixty_days(days, count, holds):
    facts = CompletionFacts(completed_on=TODAY - days * DAY, today=TODAY)
    answer = pharmacy_report_due(facts)
    assert _codes(answer) == ["R-ACPE-3"] * count and answer.holds is holds
    assert pharmacy_report_due(replace(facts, reported_on=TODAY)).reasons == ()
    assert pharmacy_due_on(TODAY) == date(2027, 1, 21)


@pytest.mark.parametrize(("days", "count"), [(24, 0), (25, 1), (31, 1)])
def test_board_completions_are_called_up_after_twenty_five_days(days, count):
    facts = CompletionFacts(completed_on=TODAY - days * DAY, today=TODAY)
    assert _codes(board_report_due(facts)) == ["R-MOC-2"] * count
    assert board_report_due(replace(facts, reported_on=TODAY)).reasons == ()


ABIM = BoardFacts(
    board="ABIM", attested=True, practice_areas=("Internal Medicine",), credit_types=("Medical Knowledge",),
    amount=Decimal(1), statement_shown=True, gives_feedback=True,
)  # fmt: skip
ABS = replace(ABIM, board="ABS", credit_types=("Self-Assessment",), statement_shown=False, passing_percent=75)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        (ABIM, None),
        (ABS, None),
        (replace(ABIM, attested=False), "attested"),
        (replace(ABIM, practice_areas=()), "practice_areas"),
        (replace(ABIM, credit_types=()), "credit_types"),
        (replace(ABIM, credit_types=("Magic",)), "credit_types"),
        (replace(ABIM, board="ABTS", credit_types=("Magic",)), None),  # its types were never read, so none is refused
        (replace(ABIM, amount=Decimal(0)), "amount"),
        (replace(ABIM, statement_shown=False), "statement_shown"),
        (replace(ABIM, gives_feedback=False), "gives_feedback"),
        (replace(ABS, passing_percent=74), "passing_percent"),
        (replace(ABS, passing_percent=None), "passing_percent"),
        (replace(ABIM, board="XYZ"), "board"),
    ],
)
def test_a_board_has_all_that_it_asks_for(facts, field):
    answer = board_ready(facts)
    assert [reason.field for reason in answer.reasons] == ([field] if field else [])
    assert set(_codes(answer)) <= {"R-MOC-1"}


@pytest.mark.parametrize(
    ("activities", "size"), [(0, "S"), (39, "S"), (40, "M"), (100, "M"), (101, "L"), (250, "L"), (251, "XL")]
)
def test_the_size_of_a_program_follows_its_activities(activities, size):
    assert program_size(activities) == size


@pytest.mark.parametrize(
    ("criterion", "activities", "needed", "evidence"),
    [
        ("ENGTEAM", 5, 2, 2),
        ("ENGTEAM", 39, 4, 2),
        ("ENGTEAM", 251, 26, 8),
        ("COMM", 60, 4, 4),
        ("RES", 60, 2, 2),
        ("COLL", 5, 4, 4),
        ("ILP", 60, 75, 75),
    ],
)
def test_a_commendation_criterion_knows_what_it_needs(criterion, activities, needed, evidence):
    facts = CriterionFacts(criterion=criterion, count=needed, with_evidence=evidence, activities_in_term=activities)
    found = standing(facts)
    assert (found.needed, found.evidence_needed, found.met) == (needed, evidence, True)
    assert not standing(replace(facts, count=needed - 1)).met
    assert (found.status is Status.UNCONFIRMED) is (criterion == "ILP")


def test_an_unknown_criterion_is_refused():
    with pytest.raises(KeyError):
        standing(CriterionFacts(criterion="C99", count=1, with_evidence=1, activities_in_term=1))


def test_commendation_needs_eight_criteria_with_one_about_outcomes():
    names = ["ENGTEAM", "ENGPAT", "ENGSTU", "DATA", "POPH", "COLL", "RES"]
    claimed = [CriterionFacts(criterion=n, count=9, with_evidence=9, activities_in_term=30) for n in names]
    outcome, other = replace(claimed[0], criterion="PERF"), replace(claimed[0], criterion="INNOV")
    assert commendation_standing([*claimed, outcome]).reasons == ()
    assert "0 of 1 in the outcomes category" in commendation_standing([*claimed, other]).reasons[0].sentence
    weak = commendation_standing([*claimed, replace(outcome, count=0)])
    assert _codes(weak) == ["R-COM-n", "R-COM-n"] and weak.holds
