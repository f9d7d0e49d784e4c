"""The one shape of a refusal: a reason names its rule, says what is wrong, and what to do next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a reason weighs: `block` stops the step, `warn` asks for attention, `info` only tells."""

    BLOCK = "block"
    WARN = "warn"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Reason:
    """One finding. `rule` is a catalogue id (`R-S3-4`) or a dotted code (`attendance.late`); `field` names the input to mend."""

    rule: str
    sentence: str
    next_step: str
    field: str = ""
    severity: Severity = Severity.BLOCK


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer of a rule: it holds when no reason blocks. Warnings may be present in a verdict that holds."""

    reasons: tuple[Reason, ...] = ()

    @property
    def holds(self) -> bool:
        return not any(reason.severity is Severity.BLOCK for reason in self.reasons)

    @property
    def blocking(self) -> tuple[Reason, ...]:
        return tuple(reason for reason in self.reasons if reason.severity is Severity.BLOCK)

    def __bool__(self) -> bool:
        return self.holds


def verdict(reasons: Iterable[Reason | None]) -> Verdict:
    """Collect the findings of several checks; `None` means a check had nothing to say."""
    return Verdict(tuple(reason for reason in reasons if reason is not None))


def counted(number: int, one: str, many: str) -> str:
    """A number with the words that agree with it: counted(1, "day is", "days are") is "1 day is"."""
    return f"{number:,} {one if number == 1 else many}"
