"""Attendance: each thing that stands in the way has its own plain answer; a forwarded code is worth little."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifelong.rules.attendance import (
    AttendanceFacts,
    Channel,
    EvidenceLevel,
    attendance_window,
    evidence_level,
    may_record_attendance,
    rotating_code,
    rotating_code_expired,
    rotating_code_matches,
    typed_code,
)
from lifelong.rules.books import load_book

START = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
END = START + timedelta(hours=1)
MS = timedelta(milliseconds=1)
FACTS = AttendanceFacts(
    now=START,
    session_starts_at=START,
    session_ends_at=END,
    opens_at=START - timedelta(minutes=30),
    closes_at=END + timedelta(minutes=60),
)
KEY = b"a session key of the server only"


@pytest.mark.parametrize(
    ("change", "code", "holds"),
    [
        ({}, None, True),
        ({"now": FACTS.opens_at}, None, True),
        ({"now": FACTS.opens_at - MS}, "attendance.early", False),
        ({"now": FACTS.closes_at - MS}, None, True),
        ({"now": FACTS.closes_at}, "attendance.late", False),
        ({"code_given": False}, "attendance.no_code", False),
        ({"code_given": False, "code_required": False}, None, True),
        ({"code_valid": False}, "attendance.wrong", False),
        ({"code_valid": False, "code_belongs_to_other_session": True}, "attendance.other_session", False),
        ({"code_valid": False, "code_is_expired_slot": True}, "attendance.forwarded", False),
        ({"session_cancelled": True}, "attendance.cancelled", False),
        ({"session_cancelled": True, "already_recorded_at": START}, "attendance.cancelled", False),
        ({"registration_required": True, "registered": False}, "attendance.not_registered", False),
        ({"registration_required": False, "registered": False}, None, True),
        ({"already_recorded_at": START}, "attendance.already", True),
        ({"already_recorded_at": START, "now": FACTS.closes_at}, "attendance.already", True),
        ({"learner_is_faculty": True}, "attendance.faculty", True),
    ],
)
def test_the_first_thing_in_the_way_is_the_answer(change, code, holds):
    answer = may_record_attendance(replace(FACTS, **change))
    assert answer.holds is holds
    assert [reason.rule for reason in answer.reasons] == ([code] if code else [])
    assert all(reason.sentence.endswith(".") and reason.next_step for reason in answer.reasons)


def test_times_are_told_in_the_zone_of_the_session():
    facts = replace(FACTS, now=START - timedelta(hours=5), zone=ZoneInfo("America/New_York"))
    assert "06:30 EST on 18 Nov 2026" in may_record_attendance(facts).reasons[0].sentence


def test_a_texted_code_may_arrive_later_than_one_typed_in_the_room():
    room, text = attendance_window(START, END), attendance_window(START, END, Channel.TEXT)
    assert room.opens_at == text.opens_at == START - timedelta(minutes=30)
    assert room.closes_at < text.closes_at == END + timedelta(hours=12)


@pytest.mark.parametrize(
    ("seconds_later", "good", "expired"),
    [
        (0, True, False),
        (7, True, False),
        (8, True, False),
        (15, True, False),
        (16, False, True),
        (3600, False, True),
        (9000, False, False),
    ],
)
def test_a_rotating_code_lives_for_its_slot_and_the_next(seconds_later, good, expired):
    code = rotating_code(KEY, 7, START)  # START is the first second of a slot
    later = START + timedelta(seconds=seconds_later)
    assert rotating_code_matches(code, KEY, 7, later) is good
    assert rotating_code_expired(code, KEY, 7, later) is expired


def test_a_rotating_code_is_of_one_session_and_one_key():
    code = rotating_code(KEY, 7, START)
    assert not rotating_code_matches(code, KEY, 8, START)
    assert not rotating_code_matches(code, b"another key", 7, START)
    assert not rotating_code_matches("", KEY, 7, START)
    assert not rotating_code_matches(rotating_code(KEY, 7, START + timedelta(seconds=8)), KEY, 7, START)


def test_a_rotating_code_is_easy_to_type():
    code = rotating_code(KEY, 7, START)
    assert len(code) == 6 and not set(code) & set("0O1IL5S2Z8B")
    for typed in (code.lower(), f" {code[:3]}-{code[3:]} ", "".join(chr(ord(c) + 0xFEE0) for c in code)):
        assert rotating_code_matches(typed, KEY, 7, START)


@given(st.text())
def test_no_text_breaks_the_reading_of_a_code(text):
    assert len(typed_code(text)) <= 64 * 18  # one character may stand for up to eighteen


def test_guessing_a_rotating_code_is_hopeless():
    alphabet = load_book("lifelong").text("attendance.rotating_alphabet")
    good_at_once = 1 + load_book("lifelong").integer("attendance.rotating_slots_before")
    assert 10_000 * good_at_once / len(alphabet) ** 6 < 0.001


@pytest.mark.parametrize("seconds", [0, -8])
def test_a_slot_without_length_is_refused(seconds):
    with pytest.raises(ValueError, match="at least one second"):
        rotating_code(KEY, 7, START, seconds)


def test_an_instant_without_zone_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        rotating_code(KEY, 7, START.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("channel", "rotating", "level"),
    [
        (Channel.STAFF, False, EvidenceLevel.STAFF_VERIFIED),
        (Channel.STAFF, True, EvidenceLevel.STAFF_VERIFIED),
        (Channel.SCREEN_CODE, True, EvidenceLevel.ROTATING_CODE),
        (Channel.TEXT, True, EvidenceLevel.ROTATING_CODE),
        (Channel.JOIN_LOG, False, EvidenceLevel.JOIN_LOG),
        (Channel.TEXT, False, EvidenceLevel.TEXT_MESSAGE),
        (Channel.SCREEN_CODE, False, EvidenceLevel.STATIC_CODE),
        (Channel.IMPORT, False, EvidenceLevel.IMPORTED),
        (Channel.SELF, True, EvidenceLevel.SELF_REPORTED),
    ],
)
def test_each_way_of_recording_has_its_level_of_evidence(channel, rotating, level):
    assert evidence_level(channel, rotating=rotating) is level


def test_staff_is_the_strongest_evidence_and_the_own_word_the_weakest():
    ranks = {level: level.rank for level in EvidenceLevel}
    assert min(ranks, key=ranks.get) is EvidenceLevel.STAFF_VERIFIED
    assert max(ranks, key=ranks.get) is EvidenceLevel.SELF_REPORTED
