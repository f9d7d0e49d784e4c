"""Until when must a record be kept?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from lifelong.rules.books import load_book
from lifelong.rules.months import add_months, add_years
from lifelong.rules.verdict import Reason, Verdict


class RecordKind(StrEnum):
    """`attendance`: participation and credit; `activity_file`: planning and presentation; `complaint`: answers to learners."""

    ATTENDANCE = "attendance"
    ACTIVITY_FILE = "activity_file"
    COMPLAINT = "complaint"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionFacts:
    """`happened_on`: day of the activity (its end); `term_ends_on`: end of the accreditation term, for activity files."""

    kind: RecordKind
    happened_on: date
    today: date
    term_ends_on: date | None = None
    legal_hold: bool = False


def keep_until(kind: RecordKind, happened_on: date, term_ends_on: date | None = None) -> date:
    """The last day on which the record must still exist. From 29 February it is the 28th where the year has no 29th."""
    book = load_book("accme")
    if kind is RecordKind.ATTENDANCE:
        return add_years(happened_on, book.integer("records.attendance_years"))
    months = "records.activity_file_months" if kind is RecordKind.ACTIVITY_FILE else "records.complaint_months"
    until = add_months(happened_on, book.integer(months))
    if kind is RecordKind.ACTIVITY_FILE and term_ends_on is not None:
        return max(until, term_ends_on)
    return until


def may_delete(facts: RetentionFacts) -> Verdict:
    """R-REC-1: no deletion up to and including the last day of retention, nor under a legal hold."""
    until = keep_until(facts.kind, facts.happened_on, facts.term_ends_on)
    if facts.legal_hold:
        return _kept("This record is under a legal hold.", "Ask who set the hold.")
    if facts.today > until:
        return Verdict()
    return _kept(f"This record must be kept until {until.isoformat()}.", "Delete it after that day.")


def _kept(sentence: str, next_step: str) -> Verdict:
    return Verdict((Reason("R-REC-1", sentence, next_step, "record"),))
