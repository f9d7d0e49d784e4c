"""Credit is what the time is worth, designated beforehand, with what each system asks for, and with the bodies' own words."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifelong.rules.books import Status, load_book
from lifelong.rules.designation import (
    DesignationFacts,
    InterprofessionalFacts,
    Slot,
    credit_for_minutes,
    credit_increment,
    learning_minutes,
    live_credit,
    may_designate,
)
from lifelong.rules.statements import StatedCredit, StatementFacts, credit_word, statements
from lifelong.rules.timespans import Span, credit_of_unique_time, union, unique_minutes, without

D = Decimal
EIGHT = datetime(2026, 11, 18, 8, 0, tzinfo=UTC)
NUMBER = "JA4008106-0000-26-001-L01-"


def _slot(begin, end, counts=True, track=""):
    return Slot(
        starts_at=EIGHT + timedelta(minutes=begin), ends_at=EIGHT + timedelta(minutes=end), counts=counts, track=track
    )


@pytest.mark.parametrize(
    ("minutes", "credit"),
    [(0, "0"), (7, "0"), (8, "0.25"), (15, "0.25"), (22, "0.25"), (23, "0.50"), (50, "0.75"), (53, "1.00"), (60, "1.00"),
     (Fraction(15, 2), "0.25"), (67, "1.00"), (68, "1.25"), (480, "8.00")],
)  # fmt: skip
def test_minutes_become_quarter_hours_half_up(minutes, credit):
    assert credit_for_minutes(minutes) == D(credit)


@pytest.mark.parametrize(
    ("agenda", "minutes", "credit"),
    [
        ([_slot(0, 60)], 60, "1.00"),
        ([_slot(0, 60), _slot(60, 75, counts=False), _slot(75, 135)], 120, "2.00"),
        ([_slot(0, 135), _slot(60, 75, counts=False)], 120, "2.00"),
        ([_slot(0, 60, track="A"), _slot(0, 60, track="B")], 60, "1.00"),
        ([_slot(0, 60, track="A"), _slot(30, 90, track="B")], 90, "1.50"),
        ([_slot(0, 60, track="A"), _slot(0, 60, track="B"), _slot(20, 40, False, "A")], 60, "1.00"),
        ([_slot(0, 60, track="A"), _slot(0, 60, track="B"), _slot(20, 40, False)], 40, "0.75"),
        ([_slot(0, 60), _slot(0, 60, counts=False)], 0, "0"),
        ([], 0, "0"),
    ],
)
@pytest.mark.requirement("TUFTS-34")
def test_an_agenda_counts_unique_time_without_breaks(agenda, minutes, credit):
    assert learning_minutes(agenda) == minutes
    assert live_credit(agenda) == D(credit)


def test_two_hours_on_the_wall_are_one_hour_in_the_night_the_clocks_change():
    chicago = ZoneInfo("America/Chicago")
    night = Slot(
        starts_at=datetime(2027, 3, 14, 1, 30, tzinfo=chicago), ends_at=datetime(2027, 3, 14, 3, 30, tzinfo=chicago)
    )
    assert learning_minutes([night]) == 60 and live_credit([night]) == D("1.00")


_spans = st.lists(
    st.builds(
        lambda begin, length: Span(EIGHT + timedelta(minutes=begin), EIGHT + timedelta(minutes=begin + length)),
        st.integers(0, 500),
        st.integers(0, 200),
    ),
    max_size=8,
)


@given(_spans, _spans)
def test_time_taken_out_and_time_left_make_the_whole(spans, holes):
    for span in spans:
        left = without(span, holes)
        assert not any(part.overlaps(hole) for part in left for hole in holes if hole.minutes)
        taken = unique_minutes(
            Span(max(span.starts_at, h.starts_at), min(span.ends_at, h.ends_at)) for h in holes if h.overlaps(span)
        )
        assert unique_minutes(left) + taken == span.minutes


@given(_spans)
def test_joined_time_has_no_overlap_and_no_more_than_all_parts(spans):
    joined = union(spans)
    assert not any(a.overlaps(b) for a, b in zip(joined, joined[1:], strict=False))
    assert unique_minutes(spans) <= sum((span.minutes for span in spans), Fraction(0))


@given(_spans.filter(lambda spans: all(span.minutes for span in spans)))
def test_one_span_alone_is_worth_its_amount(spans):
    for span in spans:
        assert credit_of_unique_time([(span, D("1.75"))], D("0.25")) == D("1.75")


@pytest.mark.parametrize("bad", [(EIGHT, EIGHT - timedelta(1)), (EIGHT.replace(tzinfo=None), EIGHT)])
def test_a_span_that_cannot_be_is_refused(bad):
    with pytest.raises(ValueError, match="span"):
        Span(*bad)


AMA = DesignationFacts(
    credit_system="ama", amount=D("1.00"), minutes=60, designated_at=EIGHT - timedelta(days=1), delivered_from=EIGHT
)
ACPE = replace(
    AMA,
    credit_system="acpe",
    acpe_type="knowledge",
    audiences=("P", "T"),
    audiences_with_objectives=("P", "T"),
    uans=(NUMBER + "P", NUMBER + "T"),
)
ALL_SIX = InterprofessionalFacts(**{field.name: True for field in fields(InterprofessionalFacts)})
IPCE = replace(AMA, credit_system="ipce", interprofessional=ALL_SIX)
PI = replace(
    AMA, format="performance_improvement", minutes=None, amount=D(20), stages=("A", "B", "C"),
    measures_first_stage=frozenset({"BP control"}), measures_last_stage=frozenset({"BP control"}),
)  # fmt: skip


@pytest.mark.parametrize(
    ("base", "change", "codes"),
    [
        (AMA, {}, []),
        (AMA, {"amount": D("1.25")}, ["R-CR-1"]),
        (AMA, {"amount": D("0.75")}, []),
        (AMA, {"amount": D("0.30")}, ["R-CR-1"]),
        (AMA, {"amount": D(0)}, ["R-CR-1"]),
        (AMA, {"amount": D("NaN")}, ["R-CR-1"]),
        (AMA, {"amount": D("1e999999"), "minutes": None}, ["R-CR-1"]),
        (AMA, {"amount": D(9), "minutes": None}, []),
        (AMA, {"amount": D("0.1"), "increment": D("0.1")}, []),
        (AMA, {"designated_at": EIGHT}, ["R-CR-2"]),
        (AMA, {"designated_at": None}, ["R-CR-2"]),
        (AMA, {"delivered_from": None}, []),
        (AMA, {"format": "enduring"}, ["R-CR-3"]),
        (AMA, {"format": "journal", "assessment_exists": True}, ["R-CR-3"]),
        (AMA, {"format": "journal", "assessment_exists": True, "passing_level_published": True}, []),
        (PI, {}, []),
        (PI, {"stages": ("A", "B")}, []),
        (PI, {"minutes": 60}, []),
        (PI, {"amount": D("20.25")}, ["R-CR-1"]),
        (PI, {"stages": ("B", "C")}, ["R-CR-6"]),
        (PI, {"stages": ("A", "C")}, ["R-CR-6"]),
        (PI, {"stages": ()}, ["R-CR-6"]),
        (PI, {"measures_last_stage": frozenset({"weight"})}, ["R-CR-6"]),
        (ACPE, {}, []),
        (ACPE, {"acpe_type": ""}, ["R-ACPE-1"]),
        (ACPE, {"acpe_type": "application"}, []),
        (ACPE, {"acpe_type": "application", "amount": D("0.75")}, ["R-ACPE-1"]),
        (ACPE, {"amount": D("0.25")}, []),
        (ACPE, {"uans": (NUMBER + "P",)}, ["R-ACPE-2"]),
        (ACPE, {"uans": (NUMBER + "P", NUMBER + "T", NUMBER + "T")}, ["R-ACPE-2"]),
        (ACPE, {"audiences_with_objectives": ("P",)}, ["R-ACPE-2"]),
        (ACPE, {"audiences": ()}, ["R-ACPE-2"]),
        (ACPE, {"items_without_feedback": 2}, ["R-ACPE-4"]),
        (replace(AMA, credit_system="ancc"), {}, ["R-ANCC-1"]),
        (replace(AMA, credit_system="ancc"), {"nurse_planner_assigned": True}, []),
        (IPCE, {}, []),
        (IPCE, {"interprofessional": None}, ["R-IPCE-1"] * 6),
    ],
)
def test_each_rule_of_designation_has_its_own_answer(base, change, codes):
    answer = may_designate(replace(base, **change))
    assert [reason.rule for reason in answer.reasons] == codes
    assert all(reason.sentence and reason.next_step and reason.field for reason in answer.reasons)


@pytest.mark.requirement("TUFTS-60")
@pytest.mark.parametrize(
    ("hours", "practice", "codes"),
    [(10, True, ["R-ACPE-1"]), (15, False, ["R-ACPE-1"]), (15, True, []), (D("14.75"), True, ["R-ACPE-1"])],
)
def test_a_practice_based_activity_has_fifteen_hours_and_practice(hours, practice, codes):
    facts = replace(ACPE, acpe_type="practice", amount=D(hours), minutes=1000, has_practice_experience=practice)
    assert [reason.rule for reason in may_designate(facts).reasons] == codes


@pytest.mark.parametrize("condition", load_book("ja").table("ipce.conditions"))
def test_each_of_the_six_conditions_is_needed(condition):
    facts = replace(IPCE, interprofessional=replace(ALL_SIX, **{condition: False}))
    assert [reason.field for reason in may_designate(facts).reasons] == [condition]


@pytest.mark.parametrize(
    ("number", "good"),
    [
        ("0024-0000-26-010-L01-P", True),
        ("JA4008106-9999-26-010-H08-T", True),
        ("0024-0001-26-010-L01-P", False),
        ("0024-0000-26-010-L09-P", False),
        ("0024-0000-26-010-B01-P", False),
        ("0024-0000-26-010-L01-X", False),
        ("JA400810-0000-26-010-L01-P", False),
        ("0024-0000-26-010-L01-P\n", False),
        ("٠٠٢٤-0000-26-010-L01-P", False),
    ],
)
def test_an_activity_number_is_checked_letter_by_letter(number, good):
    facts = replace(ACPE, audiences=("P",), audiences_with_objectives=("P",), uans=(number,))
    assert may_designate(replace(facts, uans=(number,) if number[-1:] == "P" else (number, NUMBER + "P"))).holds is good


def test_the_step_of_a_system_without_a_confirmed_one_is_that_of_ama():
    assert {credit_increment(system) for system in ("ama", "acpe", "ancc", "ipce", "aapa")} == {D("0.25")}


SCHOOL = StatementFacts(accreditor="accme", provider="Example School of Medicine")


def _texts(facts):
    return [statement.text for statement in statements(facts)]


def test_a_direct_provider_states_its_accreditation():
    assert _texts(SCHOOL) == [
        "The Example School of Medicine is accredited by the Accreditation Council for Continuing Medical Education (ACCME) "
        "to provide continuing medical education for physicians."
    ]


def test_joint_providers_are_all_named():
    told = _texts(replace(SCHOOL, partners=("North Clinic", "South Society")))[0]
    assert "joint providership of Example School of Medicine, North Clinic and South Society." in told


def test_a_name_with_an_article_gets_no_second_one():
    assert _texts(replace(SCHOOL, provider="The Example School"))[0].startswith("The Example School is accredited")
    joint = _texts(replace(SCHOOL, accreditor="ja", provider="The Example School"))[0]
    assert joint.startswith("In support of improving patient care, The Example School is jointly accredited")


@pytest.mark.parametrize(
    ("credit", "begins", "italic"),
    [
        (
            StatedCredit(credit_system="ama", amount=D("1.5")),
            "The Example School of Medicine designates this live activity for a maximum of 1.50 AMA PRA Category 1 Credits™.",
            "AMA PRA Category 1 Credits™",
        ),
        (
            StatedCredit(credit_system="ama", amount=D(1), format="enduring"),
            "The Example School of Medicine designates this enduring material for a maximum of 1.00 AMA PRA Category 1 Credit™.",
            "AMA PRA Category 1 Credit™",
        ),
        (
            StatedCredit(credit_system="ama", amount=D(2), format="other", format_note="blended"),
            "The Example School of Medicine designates this other activity (blended) for a maximum of 2.00 AMA PRA",
            "AMA PRA Category 1 Credits™",
        ),
        (
            StatedCredit(credit_system="ama", amount=D(2), format="learning_from_teaching"),
            "The Example School of Medicine designates this live activity for a maximum of 2 AMA PRA Category 1 Credit™ per",
            "AMA PRA Category 1 Credit™",
        ),
        (
            StatedCredit(
                credit_system="acpe", amount=D("1.5"), acpe_type="knowledge", uans=(NUMBER + "P", NUMBER + "T")
            ),
            f"ACPE universal activity number {NUMBER}P: 1.50 contact hours (0.15 CEU), knowledge-based live activity for "
            "pharmacists. ACPE universal activity number",
            "",
        ),
        (
            StatedCredit(credit_system="ipce", amount=D("1.5")),
            "This activity was planned by and for the healthcare team, and learners will receive 1.50 Interprofessional",
            "",
        ),
        (
            StatedCredit(credit_system="aapa", amount=D("1.5")),
            "Example School of Medicine has been authorized by the",
            "",
        ),
        (
            StatedCredit(credit_system="ancc", amount=D("1.5")),
            "Example School of Medicine designates this activity",
            "",
        ),
        (StatedCredit(credit_system="aswb", amount=D("1.5")), "This activity offers 1.50 ASWB credit.", ""),
    ],
)
def test_each_credit_has_its_statement(credit, begins, italic):
    statement = statements(replace(SCHOOL, credits=(credit,)))[1]
    assert statement.text.startswith(begins) and statement.kind == credit.credit_system
    assert statement.italic == italic and italic in statement.text


def test_wordings_that_nobody_has_read_are_marked():
    credits = tuple(StatedCredit(credit_system=system, amount=D(1)) for system in ("ancc", "aswb", "ipce"))
    marks = [statement.status for statement in statements(replace(SCHOOL, credits=credits))]
    assert marks == [Status.SECONDARY, Status.UNCONFIRMED, Status.UNCONFIRMED, Status.CONFIRMED]
    assert statements(replace(SCHOOL, accreditor="ja", partners=("North Clinic",)))[0].status is Status.UNCONFIRMED


@pytest.mark.parametrize(
    ("amount", "word"), [("0.25", "Credit"), ("1.00", "Credit"), ("1.25", "Credits"), ("20", "Credits")]
)
def test_credit_is_singular_up_to_one(amount, word):
    assert credit_word(D(amount)) == word


def test_braces_in_a_name_are_harmless():
    assert "{0.__class__}" in _texts(replace(SCHOOL, provider="{0.__class__} School"))[0]


def test_participation_is_no_credit_and_has_no_statement():
    participation = StatedCredit(credit_system="participation", amount=D(1))
    assert len(statements(replace(SCHOOL, credits=(participation,)))) == 1
