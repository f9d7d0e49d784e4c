"""Learning from teaching: what a teacher of students or residents learned, and what credit the hours are worth."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal
from fractions import Fraction

from lifelong.rules.books import load_book
from lifelong.rules.claim import designated_before_delivery
from lifelong.rules.timespans import to_step
from lifelong.rules.verdict import Reason, Verdict, verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class TeachingFacts:
    """One entry of the log. `minutes` of interaction with learners; `minutes_that_day`: of the other entries of the same day;
    `begins_on`, `ends_on`: span of the designated activity."""

    taught_on: date
    today: date
    minutes: int
    learned: str
    zone: tzinfo
    minutes_that_day: int = 0
    begins_on: date | None = None
    ends_on: date | None = None
    designated_at: datetime | None = None


def teaching_rate() -> tuple[int, str]:
    """Credits an hour of interaction with learners, and how sure the source is (confirmed, secondary, unconfirmed)."""
    entry = load_book("ama").entry("format.learning_from_teaching.credits_per_hour")
    return int(str(entry.value)), entry.status.value


def teaching_credit(minutes: int, step: Decimal) -> Decimal:
    """Credit of so many minutes of teaching, at the rate of the AMA book (two an hour, from secondary sources), to the nearest step."""
    rate, _ = teaching_rate()
    return to_step(Fraction(minutes * rate, load_book("ama").integer("credit.minutes_per_credit")), step)


def may_log_teaching(facts: TeachingFacts) -> Verdict:
    """All that keeps an entry out of the log: its day, its length, the missing learning, credit that did not exist yet."""
    return verdict([_day(facts), _length(facts), _learning(facts), _designated(facts)])


def _day(facts: TeachingFacts) -> Reason | None:
    if facts.taught_on > facts.today:
        sentence, step = f"{facts.taught_on} is still ahead.", "Log what you have taught."
    elif facts.begins_on is not None and facts.taught_on < facts.begins_on:
        sentence, step = f"The log of this year begins on {facts.begins_on}.", "Choose a later day."
    elif facts.ends_on is not None and facts.taught_on > facts.ends_on:
        sentence, step = f"This log ended on {facts.ends_on}.", "Use the log of the year in which you taught."
    else:
        return None
    return Reason("teaching.day", sentence, step, "taught_on")


def _length(facts: TeachingFacts) -> Reason | None:
    longest = load_book("lifelong").integer("teaching.longest_day_minutes")
    if 0 < facts.minutes <= longest - facts.minutes_that_day:
        return None
    if 0 < facts.minutes <= longest:
        return Reason(
            "teaching.minutes",
            f"With the {facts.minutes_that_day} minutes logged of this day it would be {facts.minutes + facts.minutes_that_day}.",
            f"A day has at most {longest} minutes with learners: give fewer, or correct the other entry.",
            "minutes",
        )
    return Reason(
        "teaching.minutes",
        f"{facts.minutes} minutes are not a day of teaching.",
        f"Give the minutes with learners, 1 to {longest}.",
        "minutes",
    )


def _learning(facts: TeachingFacts) -> Reason | None:
    if len(facts.learned.split()) >= load_book("lifelong").integer("teaching.least_words"):
        return None
    return Reason(
        "teaching.learned",
        "It is not said what you learned yourself; the credit is for that, not for teaching.",
        "Write it in a sentence: a question of a learner, what you looked up, what you will do.",
        "learned",
    )


def _designated(facts: TeachingFacts) -> Reason | None:
    """R-CR-2, asked of the day of teaching."""
    taught = datetime.combine(facts.taught_on, datetime.max.time(), facts.zone)
    return designated_before_delivery(facts.designated_at, taught)
