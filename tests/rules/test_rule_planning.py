"""Education starts from gaps and needs, aims at change, and fits its format; the thirteen gates hold it to that."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from lifelong.rules.analysis import AnalysisFacts, MeasureFacts
from lifelong.rules.content import ContentFacts
from lifelong.rules.designation import DesignationFacts
from lifelong.rules.gates import (
    Gate,
    GateFacts,
    PublicationFacts,
    State,
    facts_missing,
    missing_before,
    next_gate,
    rail,
)
from lifelong.rules.integrity import DisclosureShownFacts, RoleFacts, RoleGroup
from lifelong.rules.planning import ChangeFacts, NeedFacts, PlanFacts, SourceFacts, count_words, may_leave_design
from lifelong.rules.reporting import BoardFacts
from lifelong.rules.support import ExpenseFacts, MarketingFacts, SupportFacts

PLAN = PlanFacts(
    gap_text="Half of our patients with high blood pressure are not controlled; two thirds could be.",
    gap_type="performance",
    gap_types=("knowledge", "quality", "performance"),
    sources=(SourceFacts(kind="quality data", citation="Clinic dashboard, third quarter"),),
    needs=(NeedFacts(kind="competence", text="Clinicians lack a strategy for intensifying treatment."),),
    changes=(
        ChangeFacts(kind="performance", text="Treatment is intensified in time.", linked_to_expected_result=True),
    ),
    format_rationale="Cases in small groups let clinicians practise the decision.",
    competencies=("patient_care",),
)
KNOWLEDGE = ChangeFacts(kind="knowledge", text="They know more.", linked_to_expected_result=True)


def _words(count):
    return " ".join(["word"] * count)


def _codes(answer):
    return [reason.rule for reason in answer.reasons]


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({}, []),
        ({"gap_text": "  "}, ["R-NEED-1"]),
        ({"gap_text": _words(100)}, []),
        ({"gap_text": _words(101)}, ["R-NEED-1"]),
        ({"needs": (NeedFacts(kind="wish", text="x"),)}, ["R-NEED-2"]),
        ({"needs": (NeedFacts(kind="knowledge", text=""),)}, ["R-NEED-2"]),
        ({"needs": (NeedFacts(kind="knowledge", text=_words(50)),)}, []),
        ({"needs": (NeedFacts(kind="knowledge", text=_words(51)),)}, ["R-NEED-2"]),
        ({"sources": ()}, ["R-NEED-2"]),
        ({"sources": (SourceFacts(kind="literature"),)}, ["R-NEED-2"]),
        ({"sources": (SourceFacts(has_file=True),)}, []),
        ({"changes": ()}, ["R-DTC-1"]),
        ({"changes": (replace(PLAN.changes[0], text=_words(51)),)}, ["R-DTC-1"]),
        ({"changes": (replace(PLAN.changes[0], linked_to_expected_result=False),)}, ["R-DTC-1"]),
        ({"changes": (PLAN.changes[0], KNOWLEDGE)}, []),
        ({"format_rationale": _words(25)}, []),
    ],
)
def test_each_link_of_the_design_is_asked_for(change, codes):
    answer = may_leave_design(replace(PLAN, **change))
    assert _codes(answer) == codes
    assert all(reason.sentence and reason.next_step and reason.field for reason in answer.reasons)


@pytest.mark.requirement("TUFTS-07", "HMS-08")
@pytest.mark.parametrize("gap_type", ["", "attitude"])
def test_a_gap_has_one_of_the_types_of_the_program(gap_type):
    reason = may_leave_design(replace(PLAN, gap_type=gap_type)).reasons[0]
    assert reason.rule == "R-NEED-1" and "knowledge, quality, performance" in reason.next_step
    assert may_leave_design(replace(PLAN, gap_type=gap_type, gap_types=())).holds


@pytest.mark.requirement("HMS-29")
def test_a_gap_without_underlying_need_is_refused():
    assert _codes(may_leave_design(replace(PLAN, needs=()))) == ["R-NEED-2"]


@pytest.mark.requirement("UCONN-22")
def test_a_design_for_knowledge_only_is_refused_with_an_explanation():
    answer = may_leave_design(replace(PLAN, changes=(KNOWLEDGE,)))
    assert _codes(answer) == ["R-DTC-1", "R-DTC-2"] and not answer.holds
    assert "knowledge only" in answer.reasons[1].sentence and "performance" in answer.reasons[1].next_step


@pytest.mark.requirement("TUFTS-09")
@pytest.mark.parametrize(
    ("rationale", "words"), [("", "is not described"), (_words(30), "has 30 words; 25 are allowed")]
)
def test_the_format_is_explained_in_twenty_five_words(rationale, words):
    reason = may_leave_design(replace(PLAN, format_rationale=rationale)).reasons[0]
    assert reason.rule == "R-FMT-1" and words in reason.sentence


@pytest.mark.requirement("TUFTS-13", "WASHU-08")
def test_an_activity_without_competency_is_refused():
    assert _codes(may_leave_design(replace(PLAN, competencies=()))) == ["R-CMP-1"]


TEAM = replace(
    PLAN,
    interprofessional=True,
    planner_professions=frozenset({"nurse", "physician"}),
    target_professions=frozenset({"nurse", "physician"}),
    need_professions=frozenset({"nurse", "physician"}),
)


@pytest.mark.requirement("TUFTS-31")
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, []),
        (
            {"planner_professions": frozenset({"physician"})},
            ["No planner comes from: nurse.", "Fewer than 2 professions"],
        ),
        ({"target_professions": frozenset({"nurse"})}, ["has at least 2 professions"]),
        ({"need_professions": frozenset({"nurse"})}, ["No gap or need names: physician."]),
        ({"interprofessional": False, "planner_professions": frozenset()}, []),
    ],
)
def test_interprofessional_is_a_claim_that_planners_and_needs_support(change, words):
    answer = may_leave_design(replace(TEAM, **change))
    assert answer.holds and _codes(answer) == ["R-IPE-1"] * len(words)
    assert all(part in reason.sentence for part, reason in zip(words, answer.reasons, strict=True))


@pytest.mark.parametrize(("text", "count"), [("", 0), (" \n", 0), ("one", 1), ("one, two\nthree  four-five", 4)])
def test_words_are_what_blanks_separate(text, count):
    assert count_words(text) == count


NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
START = NOW - timedelta(days=60)
BEFORE = START - timedelta(days=90)
ROLE = RoleFacts(
    person="Dr. Example", group=RoleGroup.PLANNER, role_starts_at=START, attested_at=BEFORE, covers_from=BEFORE.date().replace(year=2024)
)  # fmt: skip
SUPPORT = SupportFacts(
    company="Plainly Fictional Pharma",
    signed_by_provider_at=BEFORE,
    signed_by_company_at=BEFORE,
    activity_starts_at=START,
)
ROOM = MarketingFacts(room="Hall", starts_at=START, ends_at=START + timedelta(hours=1))
READY = GateFacts(
    now=NOW,
    passed=frozenset(Gate),
    applicant="Dr. Example",
    audience=("physician",),
    plan=PLAN,
    planners=(ROLE,),
    objectives=2,
    outcome_plan=True,
    faculty=(replace(ROLE, group=RoleGroup.FACULTY),),
    contents=(
        ContentFacts(
            title="Talk", references=2, validity_approved=True, balanced=True, free_of_marketing=True, deidentified=True
        ),
    ),
    designations=(
        DesignationFacts(
            credit_system="ama", amount=Decimal(1), minutes=60, designated_at=BEFORE, delivered_from=START
        ),
    ),
    publication=PublicationFacts(
        **{f.name: True for f in fields(PublicationFacts) if f.name != "support_acknowledged"}
    ),
    ends_at=START + timedelta(hours=1),
    disclosure_shown=DisclosureShownFacts(people=(), text="", shown_at=BEFORE, starts_at=START),
    attendances=12,
    education_slots=(ROOM,),
    credit_closes_at=NOW - timedelta(days=1),
    analysis=AnalysisFacts(
        designed_for=("performance",), measures=(MeasureFacts(kind="performance", responses=9),), summary="Improved."
    ),
    retention_set=True,
)


def test_a_complete_activity_has_passed_all_thirteen_gates():
    states = rail(READY)
    assert [step.gate.value for step in states] == [f"G{number}" for number in range(1, 14)]
    assert {step.state for step in states} == {State.PASSED} and next_gate(READY) is None
    assert all(missing_before(gate, READY).holds for gate in Gate)


@pytest.mark.parametrize(
    ("gate", "change", "codes"),
    [
        ("G1", {"applicant": " "}, ["gate.applicant"]),
        ("G1", {"audience": ()}, ["gate.audience"]),
        ("G1", {"ineligible_partners": ("Plainly Fictional Pharma",)}, ["gate.partner"]),
        ("G1", {"plan": replace(PLAN, gap_text="")}, ["R-NEED-1"]),
        ("G2", {"planners": ()}, ["gate.planners"]),
        ("G2", {"planners": (replace(ROLE, attested_at=None),)}, ["R-S3-1"]),
        ("G3", {"plan": replace(PLAN, competencies=())}, ["R-CMP-1"]),
        ("G3", {"objectives": 0}, ["gate.objectives"]),
        ("G3", {"objectives_without_evaluation": 1}, ["gate.objectives"]),
        ("G3", {"outcome_plan": False}, ["gate.outcome_plan"]),
        ("G4", {"sessions_without_faculty": 1}, ["gate.faculty"]),
        ("G4", {"faculty": (replace(ROLE, covers_from=None),)}, ["R-S3-1"]),
        ("G5", {"supports": (replace(SUPPORT, signed_by_company_at=None),)}, ["R-S4-1"]),
        ("G5", {"supports": (replace(SUPPORT, expenses=(ExpenseFacts(kind="travel", amount=Decimal(0), for_learners=True),)),)}, ["R-S4-2"]),
        ("G6", {"contents": ()}, ["gate.content"]),
        ("G6", {"contents": (replace(READY.contents[0], balanced=False),)}, ["R-S1-1"]),
        ("G7", {"designations": ()}, ["gate.designation"]),
        ("G7", {"designations": (replace(READY.designations[0], designated_at=START),)}, ["R-CR-2"]),
        ("G7", {"boards": (BoardFacts(board="NONE"),)}, ["R-MOC-1"]),
        ("G8", {"publication": replace(READY.publication, contact=False)}, ["gate.publication"]),
        ("G8", {"supports": (SUPPORT,)}, ["gate.publication"]),
        ("G9", {"ends_at": NOW + timedelta(seconds=1)}, ["gate.delivery"]),
        ("G9", {"ends_at": None}, ["gate.delivery"]),
        ("G9", {"attendances": 0}, ["gate.attendance"]),
        ("G9", {"disclosure_shown": None}, ["R-S3-5"]),
        ("G9", {"disclosure_shown": replace(READY.disclosure_shown, shown_at=START)}, ["R-S3-5"]),
        ("G9", {"marketing_slots": (ROOM,)}, ["R-S5-1"]),
        ("G10", {"claims_undecided": 1}, ["gate.claims"]),
        ("G10", {"credit_closes_at": NOW + timedelta(seconds=1)}, ["gate.claims"]),
        ("G10", {"credit_closes_at": NOW}, []),
        ("G11", {"reports_open": 3}, ["gate.reports"]),
        ("G12", {"analysis": None}, ["R-ANL-1", "R-ANL-1"]),
        ("G12", {"follow_ups_open": 1}, ["gate.follow_up"]),
        ("G12", {"supports": (replace(SUPPORT, received=Decimal(1)),)}, ["R-S4-3"]),
        ("G13", {"retention_set": False}, ["gate.retention"]),
    ],
)  # fmt: skip
def test_each_gate_asks_for_its_own_facts(gate, change, codes):
    facts = replace(READY, **change)
    answer = facts_missing(gate, facts)
    assert [reason.rule for reason in answer.reasons] == codes
    assert all(reason.sentence and reason.next_step and reason.field for reason in answer.reasons)
    assert rail(facts)[int(gate[1:]) - 1].state is (State.MISSING if codes else State.PASSED)


def test_gates_are_passed_in_order():
    facts = replace(READY, passed=frozenset({Gate.INTAKE}))
    assert missing_before("G2", facts).holds and next_gate(facts) is Gate.PLANNING
    refused = missing_before(Gate.FACULTY, facts).reasons
    assert [reason.rule for reason in refused] == ["gate.order"]
    assert "Planning starts, Design complete" in refused[0].sentence and "Planning starts" in refused[0].next_step
    assert rail(facts)[1].state is State.WAITING


def test_a_gate_that_no_longer_holds_is_missing_again():
    facts = replace(READY, faculty=(replace(ROLE, attested_at=None),))
    assert rail(facts)[3].state is State.MISSING and next_gate(facts) is Gate.FACULTY


def test_an_unknown_gate_is_refused():
    with pytest.raises(ValueError, match="G14"):
        missing_before("G14", READY)
