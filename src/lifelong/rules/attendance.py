"""May attendance be recorded now, with this code? And how a code is made that is worth little when forwarded."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum

from lifelong.rules.books import load_book
from lifelong.rules.verdict import Reason, Severity, Verdict, verdict


class Channel(StrEnum):
    """How the attendance reached us."""

    STAFF = "staff"
    SCREEN_CODE = "screen_code"
    TEXT = "text"
    JOIN_LOG = "join_log"
    IMPORT = "import"
    SELF = "self"


class EvidenceLevel(StrEnum):
    """How strong the evidence of presence is, strongest first. None of them proves presence; a live call defeats any code."""

    STAFF_VERIFIED = "staff_verified"
    ROTATING_CODE = "rotating_code"
    JOIN_LOG = "join_log"
    TEXT_MESSAGE = "text_message"
    STATIC_CODE = "static_code"
    IMPORTED = "imported"
    SELF_REPORTED = "self_reported"

    @property
    def rank(self) -> int:
        """1 is the strongest."""
        return list(EvidenceLevel).index(self) + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendanceWindow:
    """Attendance is taken from `opens_at` until just before `closes_at` (aware UTC)."""

    opens_at: datetime
    closes_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendanceFacts:
    """What is known when somebody asks to be recorded. Instants are aware; `zone` is only used to write times."""

    now: datetime
    session_starts_at: datetime
    session_ends_at: datetime
    opens_at: datetime
    closes_at: datetime
    code_required: bool = True
    code_given: bool = True
    code_valid: bool = True
    code_belongs_to_other_session: bool = False
    code_is_expired_slot: bool = False
    already_recorded_at: datetime | None = None
    registration_required: bool = False
    registered: bool = True
    session_cancelled: bool = False
    learner_is_faculty: bool = False
    zone: tzinfo = UTC


def attendance_window(
    session_starts_at: datetime, session_ends_at: datetime, channel: Channel = Channel.SCREEN_CODE
) -> AttendanceWindow:
    """The usual window of a session; codes sent by text message may arrive later. Minutes come from the product's book."""
    book = load_book("lifelong")
    key = "text_code_grace_minutes" if channel is Channel.TEXT else "closes_after_minutes"
    return AttendanceWindow(
        opens_at=session_starts_at - timedelta(minutes=book.integer("attendance.opens_before_minutes")),
        closes_at=session_ends_at + timedelta(minutes=book.integer(f"attendance.{key}")),
    )


def may_record_attendance(facts: AttendanceFacts) -> Verdict:
    """Decide one request. The first thing that stands in the way is the answer; a second request is not a refusal."""
    if facts.session_cancelled:
        return _refused("cancelled", "This session was cancelled.", "Look for its new date in your schedule.")
    if facts.already_recorded_at is not None:
        return verdict([_already(facts)])
    if facts.registration_required and not facts.registered:
        return _refused("not_registered", "This session is for registered learners.", "Register first, then try again.")
    return verdict([_code_problem(facts) or _time_problem(facts), _faculty_note(facts)])


def rotating_code(
    key: bytes, session_id: int, at: datetime, slot_seconds: int | None = None, length: int | None = None
) -> str:
    """The code shown for the time slot of `at`: `length` symbols that are easy to type, an HMAC-SHA256 of session and slot."""
    return _code_of_slot(key, session_id, _slot(at, _slot_length(slot_seconds)), length)


def rotating_code_matches(
    given: str, key: bytes, session_id: int, at: datetime, slot_seconds: int | None = None
) -> bool:
    """Whether the code belongs to the slot of `at` or to the one before it (the book says how many before)."""
    before = load_book("lifelong").integer("attendance.rotating_slots_before")
    current = _slot(at, _slot_length(slot_seconds))
    return _matches_any(given, key, session_id, range(current - before, current + 1))


def rotating_code_expired(
    given: str, key: bytes, session_id: int, at: datetime, slot_seconds: int | None = None
) -> bool:
    """Whether the code was right a while ago: it was forwarded, or typed too slowly."""
    book = load_book("lifelong")
    oldest_good = _slot(at, _slot_length(slot_seconds)) - book.integer("attendance.rotating_slots_before")
    oldest_known = oldest_good - book.integer("attendance.rotating_slots_recognised")
    return _matches_any(given, key, session_id, range(oldest_known, oldest_good))


def typed_code(given: str) -> str:
    """The code as people mean it: capitals, no blanks or dashes, full-width characters made plain; too long is empty."""
    if len(given) > 64:  # no code is this long; keeps hostile input cheap
        return ""
    plain = unicodedata.normalize("NFKC", given).upper()
    return "".join(symbol for symbol in plain if symbol.isalnum())


def evidence_level(channel: Channel, *, rotating: bool = False) -> EvidenceLevel:
    """What the way of recording is worth as evidence; `rotating` says that the code changed with the clock."""
    if rotating and channel in (Channel.SCREEN_CODE, Channel.TEXT):
        return EvidenceLevel.ROTATING_CODE
    return {
        Channel.STAFF: EvidenceLevel.STAFF_VERIFIED,
        Channel.SCREEN_CODE: EvidenceLevel.STATIC_CODE,
        Channel.TEXT: EvidenceLevel.TEXT_MESSAGE,
        Channel.JOIN_LOG: EvidenceLevel.JOIN_LOG,
        Channel.IMPORT: EvidenceLevel.IMPORTED,
        Channel.SELF: EvidenceLevel.SELF_REPORTED,
    }[channel]


def _refused(code: str, sentence: str, next_step: str, field: str = "session") -> Verdict:
    return Verdict((Reason(f"attendance.{code}", sentence, next_step, field),))


def _already(facts: AttendanceFacts) -> Reason:
    assert facts.already_recorded_at is not None
    when = _clock(facts.already_recorded_at, facts.zone)
    return Reason(
        "attendance.already",
        f"Your attendance was already recorded at {when}.",
        "You need not do anything more.",
        "session",
        Severity.INFO,
    )


def _code_problem(facts: AttendanceFacts) -> Reason | None:
    if not facts.code_required:
        return None
    if not facts.code_given:
        return Reason("attendance.no_code", "No code was given.", "Enter the code shown in the session.", "code")
    if facts.code_belongs_to_other_session:
        return Reason(
            "attendance.other_session",
            "This code belongs to another session.",
            "Enter the code shown in the session that you attend.",
            "code",
        )
    if facts.code_is_expired_slot:
        return Reason(
            "attendance.forwarded",
            "This code has run out: it changes every few seconds and only works in the session.",
            "Enter the code shown now, or ask the staff in the room to record you.",
            "code",
        )
    if not facts.code_valid:
        return Reason(
            "attendance.wrong", "This code is not right.", "Check the code shown in the session and try again.", "code"
        )
    return None


def _time_problem(facts: AttendanceFacts) -> Reason | None:
    if facts.now < facts.opens_at:
        return Reason(
            "attendance.early",
            f"Attendance for this session opens at {_clock(facts.opens_at, facts.zone)}.",
            "Send the code again once the session has begun.",
            "session",
        )
    if facts.now >= facts.closes_at:
        return Reason(
            "attendance.late",
            f"Attendance for this session closed at {_clock(facts.closes_at, facts.zone)}.",
            "If you attended, ask the CE office to record you; it will be marked as late.",
            "session",
        )
    return None


def _faculty_note(facts: AttendanceFacts) -> Reason | None:
    if not facts.learner_is_faculty:
        return None
    return Reason(
        "attendance.faculty",
        "You teach in this session: your attendance is kept, learner credit for it is not possible.",
        "Ask the CE office about credit for teaching.",
        "session",
        Severity.INFO,
    )


def _clock(instant: datetime, zone: tzinfo) -> str:
    return instant.astimezone(zone).strftime("%H:%M %Z on %d %b %Y")


def _slot_length(seconds: int | None) -> int:
    length = load_book("lifelong").integer("attendance.rotating_slot_seconds") if seconds is None else seconds
    if length < 1:
        raise ValueError("a time slot lasts at least one second")
    return length


def _slot(at: datetime, seconds: int) -> int:
    if at.tzinfo is None:
        raise ValueError("the instant needs a time zone")
    return int(at.timestamp()) // seconds


def _code_of_slot(key: bytes, session_id: int, slot: int, length: int | None = None) -> str:
    book = load_book("lifelong")
    symbols = length or book.integer("attendance.rotating_code_length")
    return _spell(key, session_id, slot, book.text("attendance.rotating_alphabet"), symbols)


def _spell(key: bytes, session_id: int, slot: int, alphabet: str, length: int) -> str:
    digest = hmac.new(key, f"{session_id}:{slot}".encode("ascii"), hashlib.sha256).digest()
    number, symbols = int.from_bytes(digest, "big"), []
    for _ in range(length):
        number, position = divmod(number, len(alphabet))
        symbols.append(alphabet[position])
    return "".join(symbols)


def _matches_any(given: str, key: bytes, session_id: int, slots: Iterable[int]) -> bool:
    book = load_book("lifelong")
    alphabet, length = book.text("attendance.rotating_alphabet"), book.integer("attendance.rotating_code_length")
    typed = typed_code(given).encode("utf-8")
    found = False
    for slot in slots:  # no early exit: the time taken tells nothing about the slot
        found |= hmac.compare_digest(_spell(key, session_id, slot, alphabet, length).encode("ascii"), typed)
    return found
