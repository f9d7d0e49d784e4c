"""Each rule PARS-01 to PARS-16: one record that keeps it, one change that breaks it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from lifelong.formats.pars import (
    Activity,
    ActivityAction,
    BoardRegistration,
    MeasuredOutcome,
    MonetarySupport,
    Place,
    Rems,
    Status,
    validate_activity,
)
from lifelong.rules.verdict import Severity

TODAY = date(2026, 11, 22)
BOARD = BoardRegistration(
    board="ABIM",
    points=Decimal("10.5"),
    credit_types=("Medical Knowledge",),
    practice_areas=("General Internal Medicine",),
    claim_by=date(2026, 12, 31),
)
GOOD = Activity(
    provider_id="0012345",
    provider_activity_id="CE-2026-0042",
    title="Hypertension update",
    format="Live Course",
    starts_on=date(2026, 3, 12),
    ends_on=date(2026, 3, 13),
    url="https://cme.example.edu/activities/42",
    description="Two days on blood pressure.",
    credits=Decimal("10.5"),
    providership="direct",
    place=Place("Springfield", "USA", "IL"),
    delivery_methods=("In-Person",),
    listed_publicly=True,
    fee="Yes",
    registration="Open to all",
    commercial_support=False,
    counts=(("physician", 84), ("other", 0)),
    outcomes=(MeasuredOutcome("Learner Competence", ("Objective",)),),
    boards=(BOARD,),
)


def rules(
    record: Activity, status: Status = Status.CLOSED, severity: Severity = Severity.BLOCK
) -> set[tuple[str, str]]:
    found = validate_activity(record, status, TODAY)
    assert all(reason.sentence and reason.next_step for reason in found)
    return {(reason.rule, reason.field) for reason in found if reason.severity is severity}


def test_a_complete_record_closes_without_a_block_or_a_warning() -> None:
    assert rules(GOOD) == set() and rules(GOOD, severity=Severity.WARN) == set()


BREAKS = [
    ("PARS-01", "title", {"title": " "}),
    ("PARS-01", "format", {"format": ""}),
    ("PARS-01", "starts_on", {"starts_on": None}),
    ("PARS-01", "ends_on", {"ends_on": None}),
    ("PARS-01", "ends_on", {"ends_on": date(2026, 3, 11)}),
    ("PARS-02", "description", {"description": ""}),
    ("PARS-02", "description", {"description": "x" * 2501}),
    ("PARS-03", "credits", {"credits": None}),
    ("PARS-03", "credits", {"credits": Decimal("0")}),
    ("PARS-03", "credits", {"credits": Decimal("1.1")}),
    ("PARS-04", "delivery_methods", {"delivery_methods": ()}),
    ("PARS-04", "place.city", {"place": None}),
    ("PARS-04", "place.country", {"place": Place("Springfield", "US", "IL")}),
    ("PARS-04", "place.state", {"place": Place("Springfield", "USA", "Illinois")}),
    ("PARS-05", "listed_publicly", {"listed_publicly": None}),
    ("PARS-05", "url", {"url": ""}),
    ("PARS-05", "fee", {"fee": ""}),
    ("PARS-05", "registration", {"registration": ""}),
    ("PARS-06", "providership", {"providership": ""}),
    ("PARS-06", "joint_providers", {"providership": "joint"}),
    ("PARS-07", "commercial_support", {"commercial_support": None}),
    ("PARS-07", "monetary_support", {"commercial_support": True}),
    (
        "PARS-07",
        "monetary_support",
        {"commercial_support": True, "monetary_support": (MonetarySupport("Example Co.", 0),)},
    ),
    ("PARS-08", "commercial_support", {"in_kind_support": ("Example Device Co.",)}),
    ("PARS-09", "ends_on", {"ends_on": date(2026, 11, 22)}),
    ("PARS-09", "outcomes", {"outcomes": ()}),
    ("PARS-09", "counts", {"counts": ()}),
    ("PARS-09", "counts", {"counts": (("physician", 1),)}),
    ("PARS-09", "counts", {"counts": (("physician", -1), ("other", 1))}),
    ("PARS-10", "ends_on", {"starts_on": date(2025, 3, 13)}),
    ("PARS-10", "ends_on", {"format": "Enduring Material", "starts_on": date(2023, 3, 13)}),
    ("PARS-12", "boards", {"boards": (replace(BOARD, credit_types=()),)}),
    ("PARS-12", "boards", {"boards": (replace(BOARD, practice_areas=()),)}),
    ("PARS-12", "boards", {"boards": (replace(BOARD, points=Decimal("0.1")),)}),
    ("PARS-12", "boards", {"boards": (replace(BOARD, claim_by=None),)}),
    ("PARS-15", "provider_id", {"provider_id": "12345"}),
    ("PARS-15", "accme_activity_id", {"accme_activity_id": "42"}),
    ("pars.code", "credit_type", {"credit_type": "Category 1"}),
    ("pars.code", "delivery_methods", {"delivery_methods": ("Fax",)}),
    ("pars.code", "outcomes", {"outcomes": (MeasuredOutcome("Joy", ()),)}),
    ("pars.text", "title", {"title": "Bell\x07"}),
]


@pytest.mark.parametrize(("rule", "field", "change"), BREAKS)
def test_breaking_a_rule_blocks_and_names_the_field(rule: str, field: str, change: dict[str, object]) -> None:
    assert (rule, field) in rules(replace(GOOD, **change))


WARNS = [
    ("PARS-11", "counts", {"format": "Regularly Scheduled Series", "session_attendance": (40, 40)}),
    ("PARS-12", "boards", {"boards": (replace(BOARD, points=Decimal("11")),)}),
    ("PARS-16", "rems", {"rems": Rems("Opioid Analgesic", "")}),
    ("PARS-16", "monetary_support", {"rems": Rems("Opioid Analgesic", "EG-000000-000")}),
]


@pytest.mark.parametrize(("rule", "field", "change"), WARNS)
def test_some_rules_only_warn(rule: str, field: str, change: dict[str, object]) -> None:
    assert (rule, field) in rules(replace(GOOD, **change), severity=Severity.WARN)
    assert (rule, field) not in rules(replace(GOOD, **change))


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("format", {"format": "RSS"}),
        ("commendation_tags", {"commendation_tags": ("New tag",)}),
        ("boards", {"boards": (replace(BOARD, board="ABPMR"),)}),
    ],
)
def test_what_accme_has_not_confirmed_is_shown_and_blocks_nobody(field: str, change: dict[str, object]) -> None:
    record = replace(GOOD, **change)
    assert not {at for _, at in rules(record)} & {field}
    told = [reason for reason in validate_activity(record, Status.CLOSED, TODAY) if reason.severity is Severity.INFO]
    assert [reason.field for reason in told] == [field] and "unconfirmed" in told[0].sentence


def test_a_draft_needs_only_title_format_and_dates() -> None:
    assert rules(Activity("A-1", "Sepsis", "Live Course", date(2027, 1, 1), date(2027, 1, 1)), Status.DRAFT) == set()


def test_an_open_record_needs_no_counts_but_an_end_to_come() -> None:
    coming = replace(GOOD, starts_on=date(2026, 12, 1), ends_on=date(2026, 12, 2), counts=(), outcomes=())
    assert rules(coming, Status.ACTIVE) == set()
    assert rules(GOOD, Status.ACTIVE) == {("PARS-09", "ends_on")}


@pytest.mark.parametrize(
    ("form", "start", "ends", "holds"),
    [
        ("Regularly Scheduled Series", date(2025, 1, 1), date(2025, 12, 31), True),
        ("Regularly Scheduled Series", date(2025, 1, 1), date(2026, 1, 1), False),
        ("Enduring Material", date(2023, 10, 1), date(2026, 9, 30), True),
        ("Enduring Material", date(2023, 10, 1), date(2026, 10, 1), False),
        ("Live Course", date(2024, 2, 29), date(2025, 2, 28), True),
    ],
)
def test_a_record_spans_a_year_and_enduring_material_three(form: str, start: date, ends: date, holds: bool) -> None:
    found = rules(replace(GOOD, format=form, starts_on=start, ends_on=ends, delivery_methods=("Online",)))
    assert (("PARS-10", "ends_on") not in found) is holds


def test_an_update_that_may_fork_the_record_warns() -> None:
    update = replace(GOOD, action=ActivityAction.UPDATE, format="Enduring Material")
    found = validate_activity(update, Status.CLOSED, TODAY, previous=GOOD)
    assert [(r.rule, r.field) for r in found if r.severity is Severity.WARN] == [("PARS-13", "format")]


def test_a_deletion_needs_only_an_identifier() -> None:
    gone = Activity("", "", "", None, None, action=ActivityAction.DELETE)
    assert rules(gone) == {("PARS-15", "accme_activity_id")}
    assert rules(replace(gone, accme_activity_id="202600042")) == set()
