"""Each rule LRN-01 to LRN-10: one record that keeps it, one change that breaks it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from lifelong.formats.pars import (
    Activity,
    BoardCredit,
    BoardRegistration,
    LearnerAction,
    LearnerCompletion,
    Status,
    valid_npi,
    validate_learner,
    validate_learners,
)
from lifelong.rules.verdict import Severity

TODAY = date(2026, 3, 20)
POINTS = BoardCredit("ABIM", "999999", "Medical Knowledge", Decimal("10.5"))
GOOD = LearnerCompletion(
    credit_id="ccid:example.edu:2026-0042-000123",
    activity_id="202600042",
    activity_title="Hypertension update",
    completed_on=date(2026, 3, 13),
    given_name="Avery",
    family_name="Learner",
    birth_month=2,
    birth_day=29,
    provider_id="0012345",
    provider_name="Example School of Medicine",
    credits=Decimal("10.5"),
    license_state="ME",
    license_number="1234567",
    board_credits=(POINTS,),
    permission_at=datetime(2026, 1, 5, tzinfo=UTC),
    permission_wording="2026-01",
)
ACTIVITY = Activity(
    provider_activity_id="CE-2026-0042",
    title="Hypertension update",
    format="Live Course",
    starts_on=date(2026, 3, 12),
    ends_on=date(2026, 3, 13),
    credits=Decimal("10.5"),
    boards=(BoardRegistration("ABIM", Decimal("10.5"), ("Medical Knowledge",)),),
)


def blocks(record: LearnerCompletion, status: Status = Status.ACTIVE) -> set[tuple[str, str]]:
    found = validate_learner(record, TODAY, ACTIVITY, status)
    assert all(reason.sentence and reason.next_step for reason in found)
    return {(reason.rule, reason.field) for reason in found if reason.severity is Severity.BLOCK}


def test_a_complete_record_may_go_even_for_somebody_born_on_29_february() -> None:
    assert blocks(GOOD) == set()


BREAKS = [
    ("LRN-01", "permission_at", {"permission_at": None}),
    ("LRN-01", "permission_at", {"permission_wording": ""}),
    ("LRN-02", "given_name", {"given_name": " "}),
    ("LRN-02", "family_name", {"family_name": ""}),
    ("LRN-02", "birth_day", {"birth_day": 30}),
    ("LRN-02", "birth_day", {"birth_month": 13}),
    ("LRN-02", "birth_day", {"birth_month": 0, "birth_day": 0}),
    ("LRN-03", "license_state", {"license_state": "Maine"}),
    ("LRN-03", "license_number", {"license_number": ""}),
    ("LRN-03", "npi", {"npi": "1234567890"}),
    ("LRN-04", "board_credits", {"board_credits": (replace(POINTS, board="ABS"),)}),
    ("LRN-04", "board_credits", {"board_credits": (replace(POINTS, board_id=""),)}),
    ("LRN-04", "board_credits", {"board_credits": (replace(POINTS, points=Decimal("11")),)}),
    ("LRN-04", "board_credits", {"board_credits": (replace(POINTS, points=Decimal("0.3")),)}),
    ("LRN-04", "board_credits", {"board_credits": (POINTS, POINTS)}),
    ("LRN-04", "board_credits", {"board_credits": (replace(POINTS, credit_type="Practice Assessment"),)}),
    ("LRN-05", "completed_on", {"completed_on": date(2026, 3, 14)}),
    ("LRN-05", "completed_on", {"completed_on": date(2026, 3, 21)}),
    ("LRN-06", "credits", {"credits": Decimal("10.75")}),
    ("LRN-06", "credits", {"credits": Decimal("1.1")}),
    ("LRN-06", "credits", {"credits": None, "board_credits": ()}),
    ("LRN-07", "activity_id", {"activity_id": ""}),
    ("PARS-15", "provider_id", {"provider_id": "1"}),
    ("pars.credit-id", "credit_id", {"credit_id": "2026-0042"}),
    ("pars.credit-id", "credit_id", {"credit_id": "ccid:example.edu:" + "9" * 300}),
]


@pytest.mark.parametrize(("rule", "field", "change"), BREAKS)
def test_breaking_a_rule_blocks_and_names_the_field(rule: str, field: str, change: dict[str, object]) -> None:
    assert (rule, field) in blocks(replace(GOOD, **change))


def test_an_npi_stands_in_for_a_licence_number_and_a_board_number_for_both() -> None:
    assert blocks(replace(GOOD, license_number="", npi="1234567893")) == set()
    assert blocks(replace(GOOD, credits=None, license_number="", license_state="")) == set()


def test_a_draft_activity_takes_no_learners() -> None:
    assert blocks(GOOD, Status.DRAFT) == {("LRN-07", "activity_id")}


@pytest.mark.parametrize(("waited", "told"), [(19, False), (20, True), (30, True)])
def test_board_points_that_wait_are_called_late(waited: int, told: bool) -> None:
    found = validate_learner(GOOD, date.fromordinal(GOOD.completed_on.toordinal() + waited), ACTIVITY)
    assert [reason.severity for reason in found if reason.rule == "LRN-08"] == [Severity.WARN] * told


def test_a_correction_goes_with_the_deletion_of_what_it_corrects() -> None:
    new = replace(GOOD, credit_id="ccid:example.edu:2", replaces=GOOD.credit_id)
    assert [reason.rule for reason in validate_learners([new])] == ["LRN-09"]
    assert validate_learners([replace(GOOD, action=LearnerAction.DELETE), new]) == ()


def test_a_credit_id_is_sent_once() -> None:
    assert [reason.rule for reason in validate_learners([GOOD, GOOD])] == ["pars.duplicate"]


def test_the_pediatric_board_takes_one_credit_a_day_except_from_journals() -> None:
    point = BoardCredit("ABP", "7", "Lifelong Learning and Self-Assessment", Decimal(1))
    twice = [replace(GOOD, credit_id=f"ccid:example.edu:{n}", board_credits=(point,)) for n in (1, 2)]
    assert [reason.rule for reason in validate_learners(twice)] == ["LRN-10"]
    assert validate_learners(twice, {GOOD.activity_id: replace(ACTIVITY, format="Journal-based CME")}) == ()


@pytest.mark.parametrize(
    ("npi", "valid"),
    [
        ("1234567893", True),
        ("1234567890", False),
        ("123456789", False),
        ("12345678931", False),
        ("١٢٣٤٥٦٧٨٩٣", False),
        ("", False),
    ],
)
def test_an_npi_has_ten_digits_and_a_check_digit(npi: str, valid: bool) -> None:
    assert valid_npi(npi) is valid
