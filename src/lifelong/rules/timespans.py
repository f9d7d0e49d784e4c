"""Spans of a learner's time, counted so that no minute counts twice. Arithmetic is exact (fractions), in elapsed time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Span:
    """From `starts_at` until `ends_at`, aware instants, kept as UTC so that a change of the clocks cannot add an hour."""

    starts_at: datetime
    ends_at: datetime

    def __post_init__(self) -> None:
        if self.starts_at.tzinfo is None or self.ends_at.tzinfo is None:
            raise ValueError("a span needs instants with a time zone")
        object.__setattr__(self, "starts_at", self.starts_at.astimezone(UTC))
        object.__setattr__(self, "ends_at", self.ends_at.astimezone(UTC))
        if self.ends_at < self.starts_at:
            raise ValueError("a span cannot end before it starts")

    @property
    def minutes(self) -> Fraction:
        """Elapsed minutes, exact."""
        return _minutes(self.ends_at - self.starts_at)

    def overlaps(self, other: Span) -> bool:
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


def union(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same time without overlaps, in order."""
    joined: list[Span] = []
    for span in sorted(spans, key=lambda span: span.starts_at):
        if joined and span.starts_at <= joined[-1].ends_at:
            joined[-1] = Span(joined[-1].starts_at, max(joined[-1].ends_at, span.ends_at))
        else:
            joined.append(span)
    return tuple(joined)


def without(span: Span, holes: Iterable[Span]) -> tuple[Span, ...]:
    """What is left of a span when the holes are taken out."""
    left: list[Span] = []
    begin = span.starts_at
    for hole in union(hole for hole in holes if hole.overlaps(span)):
        if begin < hole.starts_at:
            left.append(Span(begin, hole.starts_at))
        begin = max(begin, hole.ends_at)
    if begin < span.ends_at:
        left.append(Span(begin, span.ends_at))
    return tuple(left)


def unique_minutes(spans: Iterable[Span]) -> Fraction:
    """Minutes covered by at least one of the spans."""
    return sum((span.minutes for span in union(spans)), Fraction(0))


def to_step(amount: Fraction | Decimal, step: Decimal) -> Decimal:
    """The nearest multiple of `step`; exactly half a step goes up."""
    steps = Fraction(amount) / Fraction(step) + Fraction(1, 2)
    return step * (steps.numerator // steps.denominator)


def credit_of_unique_time(valued: Sequence[tuple[Span, Decimal]], step: Decimal) -> Decimal:
    """What spans that each carry a credit amount are worth together, every minute counted once, to the nearest step.

    Each span spreads its amount evenly over its minutes; where spans overlap, the richer one counts. So one span is worth
    exactly its amount, spans that do not touch add up, and the result does not depend on the order (a set function).
    """
    rates = [(span, Fraction(amount) / span.minutes) for span, amount in valued if span.minutes]
    edges = sorted({edge for span, _ in rates for edge in (span.starts_at, span.ends_at)})
    total = Fraction(0)
    for begin, end in zip(edges, edges[1:], strict=False):
        rate = max(
            (rate for span, rate in rates if span.starts_at <= begin and end <= span.ends_at), default=Fraction(0)
        )
        total += rate * _minutes(end - begin)
    return to_step(total, step)


def touching(span: Span, others: Sequence[Span]) -> tuple[int, ...]:
    """Positions of the spans that overlap this one, directly or through one another."""
    found: set[int] = set()
    reached = [span]
    while reached:
        current = reached.pop()
        for position, other in enumerate(others):
            if position not in found and current.overlaps(other):
                found.add(position)
                reached.append(other)
    return tuple(sorted(found))


def _minutes(length: timedelta) -> Fraction:
    return Fraction(length // timedelta(microseconds=1), _MINUTE // timedelta(microseconds=1))
