"""Claims: never above the maximum, never the same time twice, never after the window, and hostile amounts are refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifelong.rules.claim import (
    AwardedSpan,
    ClaimFacts,
    claim_window_closes_at,
    claimable,
    may_claim,
    parse_amount,
    professions_of,
)
from lifelong.rules.verdict import Reason

D = Decimal
STEP = D("0.25")
TEN = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)
FACTS = ClaimFacts(
    credit_system="ama",
    amount=D("1.00"),
    maximum=D("1.00"),
    increment=STEP,
    now=TEN + timedelta(hours=2),
    profession="physician_md",
    window_closes_at=TEN + timedelta(days=30),
    starts_at=TEN,
    ends_at=TEN + timedelta(hours=1),
    designated_at=TEN - timedelta(days=1),
    delivered_from=TEN,
)
MS = timedelta(milliseconds=1)


@pytest.mark.parametrize(("before", "codes"), [(MS, ["claim.too_early"]), (timedelta(0), [])])
def test_credit_is_claimed_once_what_it_is_for_has_ended(before, codes):
    at = FACTS.ends_at - before
    facts = replace(FACTS, now=at, opens_at=FACTS.ends_at)
    assert _codes(facts) == codes
    assert _codes(replace(facts, late_claim_approved=True)) == codes
    assert _codes(replace(facts, opens_at=None)) == []  # material that everybody ends on their own


def _codes(facts):
    return [reason.rule for reason in may_claim(facts).blocking]


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        ({}, []),
        ({"amount": D("0.25")}, []),
        ({"amount": D("1.25")}, ["R-CR-1"]),
        ({"amount": D("-0.25")}, ["R-CR-1"]),
        ({"amount": D("0")}, ["R-CR-1"]),
        ({"amount": D("0.1")}, ["R-CR-1"]),
        ({"amount": D("NaN")}, ["R-CR-1"]),
        ({"amount": D("Infinity")}, ["R-CR-1"]),
        ({"amount": D("1e999999")}, ["R-CR-1"]),
        ({"amount": D("1e-999999")}, ["R-CR-1"]),
        ({"already_awarded_amount": D("0.75")}, ["R-CR-1"]),
        ({"stages_missing": ("Stage B", "Stage C")}, ["R-CR-6"]),
        ({"already_awarded_amount": D("0.75"), "amount": D("0.25")}, []),
        ({"already_awarded_amount": D("1.00"), "amount": D("0.25")}, ["R-CR-1"]),
        ({"designated_at": None}, ["R-CR-2"]),
        ({"designated_at": TEN}, ["R-CR-2"]),
        ({"designated_at": TEN - MS}, []),
        ({"profession": "nurse"}, ["R-CR-4"]),
        ({"profession": "physician_do"}, []),
        ({"profession": "nurse", "credit_system": "ancc"}, []),
        ({"profession": "physician_md", "credit_system": "acpe"}, ["R-CR-4"]),
        ({"profession": "dancer", "credit_system": "participation"}, []),
        ({"profession": "dancer", "credit_system": "x", "professions": ("nurse",)}, ["R-CR-4"]),
        ({"is_faculty_of_session": True}, ["R-CR-5"]),
        ({"attended": False}, ["claim.not_attended"]),
        ({"is_repeat_of_awarded_session": True}, ["claim.repeat"]),
        ({"assessment_required": True}, ["claim.assessment_missing"]),
        ({"assessment_required": True, "assessment_passed": True}, []),
        ({"evaluation_required": True}, ["claim.evaluation_missing"]),
        ({"evaluation_required": True, "evaluation_done": True}, []),
        ({"now": TEN - MS}, ["claim.too_early"]),
        ({"paused": True}, ["claim.paused"]),
        ({"now": TEN + timedelta(days=30) - MS}, []),
        ({"now": TEN + timedelta(days=30)}, ["claim.window_closed"]),
        ({"now": TEN + timedelta(days=30), "late_claim_approved": True}, []),
        ({"window_closes_at": None, "now": TEN + timedelta(days=3000)}, []),
    ],
)
def test_each_obstacle_has_its_own_answer(change, codes):
    assert _codes(replace(FACTS, **change)) == codes


def test_every_refusal_says_what_to_do_next():
    facts = replace(
        FACTS, amount=D("9"), profession="nurse", is_faculty_of_session=True, attended=False, paused=True,
        is_repeat_of_awarded_session=True, assessment_required=True, evaluation_required=True, designated_at=None,
        now=FACTS.window_closes_at,
    )  # fmt: skip
    reasons = may_claim(facts).reasons
    assert len(reasons) == 10 and all(reason.sentence and reason.next_step and reason.field for reason in reasons)


@pytest.mark.parametrize(
    "text",
    ["-0.25", "0.333", "1e309", "1e2", "NaN", "Infinity", "1,25", "１", "٣", "+1", "1.", ".5", "0x1", "1_0", "1 0",
     "", " ", "\n1", "9" * 400, "9" * 5, True, False, [1], None, 1, 1.25, {"a": 1}, "1" + "\u200b"],
)  # fmt: skip
def test_a_hostile_amount_is_refused_with_the_field_named(text):
    answer = parse_amount(text)
    assert isinstance(answer, Reason) and answer.rule == "claim.amount"
    assert answer.field == "amount" and answer.next_step and len(answer.sentence + answer.next_step) < 200


@pytest.mark.parametrize(
    ("text", "amount"), [("1", D("1")), ("0.75", D("0.75")), (" 1.5 ", D("1.5")), ("0.1", D("0.1"))]
)
def test_a_plain_amount_is_read(text, amount):
    assert parse_amount(text) == amount


def test_a_comma_is_explained():
    answer = parse_amount("1,25")
    assert isinstance(answer, Reason) and "1.25" in answer.next_step


@pytest.mark.parametrize("offset", [-11, 0, 14])
def test_the_deadline_is_midnight_in_the_zone_of_the_activity_wherever_the_browser_is(offset):
    zone = ZoneInfo("America/Chicago")
    closes = claim_window_closes_at(datetime(2026, 11, 1, 18, 0, tzinfo=UTC), zone, days=30)
    assert closes == datetime(2026, 12, 2, 0, 0, tzinfo=zone)
    browser = timezone(timedelta(hours=offset))
    facts = replace(FACTS, window_closes_at=closes, zone=zone)
    assert _codes(replace(facts, now=(closes - MS).astimezone(browser))) == []
    refused = may_claim(replace(facts, now=closes.astimezone(browser))).reasons
    assert [reason.rule for reason in refused] == ["claim.window_closed"]
    assert "00:00 CST on 02 Dec 2026" in refused[0].sentence


def test_overlapping_sessions_are_worth_their_unique_time():
    room_a = AwardedSpan(starts_at=TEN, ends_at=TEN + timedelta(hours=1), maximum=D(1), awarded=D(1), title="Room A")
    room_b = replace(
        FACTS, starts_at=TEN + timedelta(minutes=30), ends_at=TEN + timedelta(minutes=90), awarded_spans=(room_a,)
    )
    assert claimable(room_b) == D("0.50")
    assert _codes(replace(room_b, amount=D("0.50"))) == []
    refusal = may_claim(room_b).reasons[0]
    assert refusal.rule == "claim.overlap" and "Room A" in refusal.sentence and "0.50" in refusal.next_step


def test_a_session_at_another_time_takes_nothing_away():
    earlier = AwardedSpan(starts_at=TEN - timedelta(hours=1), ends_at=TEN, maximum=D(1), awarded=D(1))
    assert claimable(replace(FACTS, awarded_spans=(earlier,))) == D(1)


def test_who_left_the_first_room_early_may_claim_the_second_in_full():
    half = AwardedSpan(starts_at=TEN, ends_at=TEN + timedelta(hours=1), maximum=D(1), awarded=D("0.50"))
    second = replace(
        FACTS, starts_at=TEN + timedelta(minutes=30), ends_at=TEN + timedelta(minutes=90), awarded_spans=(half,)
    )
    assert claimable(second) == D(1)


def test_the_same_session_again_in_parallel_carries_nothing():
    full = AwardedSpan(starts_at=TEN, ends_at=TEN + timedelta(hours=1), maximum=D(1), awarded=D(1), title="Room A")
    refused = may_claim(replace(FACTS, awarded_spans=(full,))).reasons[0]
    assert refused.rule == "claim.overlap" and refused.next_step == "Claim a session at another time."


_sessions = st.lists(st.tuples(st.integers(0, 300), st.integers(1, 240), st.integers(1, 16)), min_size=1, max_size=6)


def _claim_all(sessions):
    """Each learner claims as much as possible, session after session."""
    held: list[AwardedSpan] = []
    for begin, length, quarters in sessions:
        starts, maximum = TEN + timedelta(minutes=begin), STEP * quarters
        facts = replace(
            FACTS,
            starts_at=starts,
            ends_at=starts + timedelta(minutes=length),
            maximum=maximum,
            awarded_spans=tuple(held),
        )
        amount = claimable(facts)
        if amount:
            assert _codes(replace(facts, amount=amount)) == []
        if amount < maximum:
            assert _codes(replace(facts, amount=amount + STEP)) == ["claim.overlap"]
        held.append(AwardedSpan(starts_at=starts, ends_at=facts.ends_at, maximum=maximum, awarded=amount))
    return held


@given(_sessions, st.randoms())
def test_any_order_of_overlapping_claims_gives_the_same_total(sessions, chance):
    shuffled = list(sessions)
    chance.shuffle(shuffled)
    total = sum(award.awarded for award in _claim_all(sessions))
    assert total == sum(award.awarded for award in _claim_all(shuffled))


@given(_sessions)
def test_no_award_is_above_its_maximum_and_no_total_above_the_sum(sessions):
    held = _claim_all(sessions)
    assert all(D(0) <= award.awarded <= award.maximum and award.awarded % STEP == 0 for award in held)
    assert max(award.maximum for award in held) <= sum(award.awarded for award in held) <= sum(a.maximum for a in held)


@given(st.decimals(allow_nan=True, allow_infinity=True), st.integers(0, 8))
def test_whatever_is_asked_for_the_award_stays_within_what_is_left(amount, quarters_held):
    held = STEP * quarters_held
    facts = replace(FACTS, amount=amount, maximum=D(2), already_awarded_amount=held)
    if may_claim(facts).holds:
        assert D(0) < amount <= D(2) - held and amount % STEP == 0


@given(st.text() | st.integers() | st.floats() | st.booleans() | st.none())
def test_reading_an_amount_never_raises_and_never_gives_a_strange_number(text):
    answer = parse_amount(text)
    assert isinstance(answer, Reason) or (answer.is_finite() and D(0) <= answer < D(10_000))


def test_physicians_only_hold_physician_credit():
    assert professions_of("ama") == ("physician", "physician_md", "physician_do")
    assert professions_of("participation") == ()
