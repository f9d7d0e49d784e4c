"""The partner for demonstrations answers as a body does: for real, and the same every time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from lifelong.connectors.pars import FakeBody, Licensee
from lifelong.formats.pars import (
    Activity,
    ActivityAction,
    Failure,
    Kind,
    LearnerAction,
    LearnerCompletion,
    Line,
    Outcome,
    Place,
    parse_answer,
    write_activities,
    write_completions,
)

TODAY = date(2026, 3, 20)
NOON = datetime(2026, 3, 20, 12, tzinfo=UTC)
ACTIVITY = Activity(
    provider_id="0012345",
    provider_activity_id="CE-2026-0042",
    title="Hypertension update",
    format="Live Course",
    starts_on=date(2026, 3, 12),
    ends_on=date(2026, 3, 13),
    description="Two days on blood pressure.",
    credits=Decimal("10.5"),
    providership="direct",
    place=Place("Springfield", "USA", "IL"),
    delivery_methods=("In-Person",),
    listed_publicly=False,
)
COMPLETION = LearnerCompletion(
    credit_id="ccid:example.edu:1",
    activity_id="202600001",
    activity_title="Hypertension update",
    completed_on=date(2026, 3, 13),
    given_name="Avery",
    family_name="Learner",
    birth_month=9,
    birth_day=10,
    provider_id="0012345",
    provider_name="Example School of Medicine",
    credits=Decimal("10.5"),
    license_state="ME",
    license_number="1234567",
)
AVERY = Licensee("Avery", "Learner", 9, 10, frozenset({"1234567", "1234567893"}))


@pytest.fixture
def body() -> FakeBody:
    """A body that knows the activity and Avery."""
    known = FakeBody(TODAY, [AVERY])
    (line,) = send(known, ACTIVITY)
    assert (line.outcome, line.body_id) == (Outcome.ACCEPTED, "202600001")
    return known


def send(body: FakeBody, *records: Activity | LearnerCompletion) -> tuple[Line, ...]:
    activities = [record for record in records if isinstance(record, Activity)]
    completions = [record for record in records if isinstance(record, LearnerCompletion)]
    document = write_activities(activities) if activities else write_completions(completions, NOON)
    return parse_answer(body.receive(document)).lines


def test_a_completion_in_order_is_accepted(body: FakeBody) -> None:
    (line,) = send(body, COMPLETION)
    assert (line.kind, line.reference, line.outcome) == (Kind.COMPLETION, COMPLETION.credit_id, Outcome.ACCEPTED)


REFUSED = [
    ("no licence and no NPI", {"license_number": ""}, Failure.MISSING, "license_number"),
    ("no such birthday", {"birth_month": 2, "birth_day": 30}, Failure.INVALID, "birth_day"),
    ("another birthday", {"birth_day": 11}, Failure.NO_MATCH, "birth_day"),
    ("another licence", {"license_number": "7654321"}, Failure.NO_MATCH, "birth_day"),
    ("an NPI that fails its check digit", {"license_number": "", "npi": "1234567890"}, Failure.INVALID, "npi"),
    ("an activity that is not known", {"activity_id": "999999999"}, Failure.NO_MATCH, "activity_id"),
    ("more credit than the activity", {"credits": Decimal("11")}, Failure.INVALID, "credits"),
    ("a day outside the activity", {"completed_on": date(2026, 3, 14)}, Failure.INVALID, "completed_on"),
    ("no last name", {"family_name": ""}, Failure.MISSING, "family_name"),
]


@pytest.mark.parametrize(("change", "failure", "field"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_a_fault_is_refused_with_its_reason_and_field(
    body: FakeBody, change: dict[str, object], failure: Failure, field: str
) -> None:
    (line,) = send(body, replace(COMPLETION, **change))
    assert line.outcome is Outcome.REFUSED
    assert (failure, field) in {(refusal.failure, refusal.field) for refusal in line.refusals}


def test_an_npi_alone_finds_the_learner(body: FakeBody) -> None:
    (line,) = send(body, replace(COMPLETION, license_state="", license_number="", npi="1234567893"))
    assert line.outcome is Outcome.ACCEPTED


def test_the_same_completion_is_taken_once(body: FakeBody) -> None:
    first, second, renamed = send(body, COMPLETION, COMPLETION, replace(COMPLETION, credit_id="ccid:example.edu:2"))
    assert first.outcome is Outcome.ACCEPTED
    assert [line.refusals[0].failure for line in (second, renamed)] == [Failure.EXISTS] * 2


def test_a_correction_is_a_deletion_and_a_new_record(body: FakeBody) -> None:
    send(body, COMPLETION)
    gone = replace(COMPLETION, action=LearnerAction.DELETE)
    new = replace(COMPLETION, credit_id="ccid:example.edu:2", credits=Decimal(8))
    assert [line.outcome for line in send(body, gone, new)] == [Outcome.ACCEPTED] * 2
    assert send(body, gone)[0].refusals[0].failure is Failure.NO_MATCH


def test_an_activity_is_added_once_then_updated(body: FakeBody) -> None:
    assert send(body, ACTIVITY)[0].refusals[0].failure is Failure.EXISTS
    update = replace(ACTIVITY, action=ActivityAction.UPDATE, title="Blood pressure", accme_activity_id="202600001")
    assert send(body, update)[0].outcome is Outcome.ACCEPTED
    other = replace(update, accme_activity_id="202600099")
    assert send(body, other)[0].refusals[0].failure is Failure.NO_MATCH


def test_closing_without_counts_is_refused(body: FakeBody) -> None:
    (line,) = send(body, replace(ACTIVITY, action=ActivityAction.UPDATE, close=True))
    assert {"PARS-07", "PARS-09"} <= {refusal.rule for refusal in line.refusals}


def test_a_deleted_activity_takes_no_completions_and_its_number_is_not_given_again(body: FakeBody) -> None:
    send(body, replace(ACTIVITY, action=ActivityAction.DELETE, accme_activity_id="202600001"))
    assert send(body, COMPLETION)[0].refusals[0].failure is Failure.NO_MATCH
    assert send(body, ACTIVITY)[0].body_id == "202600002"


@pytest.mark.parametrize("document", [b"", b"<xml/>", b"{}", b'{"ACCMELearnerReports": []}'])
def test_what_is_no_document_is_refused_as_a_whole(body: FakeBody, document: bytes) -> None:
    (line,) = parse_answer(body.receive(document)).lines
    assert (line.kind, line.outcome) == (Kind.DOCUMENT, Outcome.REFUSED)


def test_equal_histories_give_equal_answers() -> None:
    document = write_completions([COMPLETION, replace(COMPLETION, birth_day=32)], NOON)
    answers = []
    for _ in range(2):
        fresh = FakeBody(TODAY)
        fresh.receive(write_activities([ACTIVITY]))
        answers.append(fresh.receive(document))
    assert answers[0] == answers[1]
    assert [line.outcome for line in parse_answer(answers[0]).lines] == [Outcome.ACCEPTED, Outcome.REFUSED]
