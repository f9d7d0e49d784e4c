"""The one shape of a statistical answer: what was estimated, how sure, on whom, under which conditions, in which words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from lifelong.methods.refusals import OVERRIDABLE
from lifelong.rules.verdict import Reason, Severity

Row = Mapping[str, Any]


class Verb(StrEnum):
    """The strongest words a design allows (outcomes rule 15: the verb fits the design)."""

    DESCRIBES = "describes"
    ASSOCIATED = "associated with"
    CONSISTENT = "consistent with"
    ESTIMATED = "estimated effect"


@dataclass(frozen=True, slots=True)
class Estimate:
    """One number with its interval. `low` and `high` bound it at `level` (0.95 = 95 %); `None` means no interval exists."""

    name: str
    value: float
    low: float | None = None
    high: float | None = None
    level: float | None = None
    se: float | None = None
    unit: str = ""
    how: str = ""


def around(
    name: str, value: float, se: float, quantile: float, level: float, unit: str = "", how: str = ""
) -> Estimate:
    """An estimate with the symmetric interval value ± quantile x se."""
    return Estimate(name, value, value - quantile * se, value + quantile * se, level, se, unit, how)


@dataclass(frozen=True, slots=True)
class Test:
    """One significance test. `df` holds one or two degrees of freedom, or none for exact tests; `p` is two-sided unless `how` says else."""

    __test__ = False  # pytest collects by name

    name: str
    statistic: float | None
    p: float
    df: tuple[float, ...] = ()
    how: str = ""


@dataclass(frozen=True, slots=True)
class Assumption:
    """A condition the method needs. `held` is `None` when the data cannot tell."""

    name: str
    held: bool | None
    detail: str


@dataclass(frozen=True, slots=True)
class MethodResult:
    """What every method returns. `tables` are rows for charts and appendices; `details` are single facts worth printing."""

    method: str
    design: str
    verb: Verb
    estimates: tuple[Estimate, ...]
    n: Mapping[str, int]
    tests: tuple[Test, ...] = ()
    effect_sizes: tuple[Estimate, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    warnings: tuple[Reason, ...] = ()
    overridden: tuple[Reason, ...] = ()
    tables: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)

    def estimate(self, name: str) -> Estimate:
        """The estimate or effect size called `name`; `KeyError` names those that exist."""
        for found in (*self.estimates, *self.effect_sizes):
            if found.name == name:
                return found
        raise KeyError(f"{name}: this result has {', '.join(self.estimate_names)}")

    def test(self, name: str) -> Test:
        """The test called `name`; `KeyError` if it was not run."""
        for found in self.tests:
            if found.name == name:
                return found
        raise KeyError(f"{name}: this result has {', '.join(test.name for test in self.tests)}")

    @property
    def estimate_names(self) -> tuple[str, ...]:
        return tuple(found.name for found in (*self.estimates, *self.effect_sizes))


class RefusedError(Exception):
    """The method does not run on these data. `reason.rule` is the code that `accept` may name, if it is on the list."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(f"{reason.rule}: {reason.sentence} {reason.next_step}")
        self.reason = reason


class Findings:
    """What a method notices on its way: conditions, warnings, and refusals that the plan chose to override."""

    def __init__(self, accept: Iterable[str] = ()) -> None:
        self.accept = frozenset(accept)
        self.assumptions: list[Assumption] = []
        self.warnings: list[Reason] = []
        self.overridden: list[Reason] = []

    def require(self, held: bool, code: str, sentence: str, next_step: str, field: str = "") -> None:
        """Refuse unless `held`; a plan that accepts `code` goes on, and the result prints the override."""
        if held:
            return
        if code not in OVERRIDABLE:
            raise KeyError(f"{code} is not in the catalogue of refusals")
        reason = Reason(code, sentence, next_step, field)
        if code not in self.accept:
            raise RefusedError(reason)
        if code not in {known.rule for known in self.overridden}:
            self.overridden.append(reason)

    def must(self, held: bool, code: str, sentence: str, next_step: str, field: str = "") -> None:
        """Refuse unless `held`; nothing can override it because no answer exists."""
        if not held:
            raise RefusedError(Reason(code, sentence, next_step, field))

    def warn(self, code: str, sentence: str, next_step: str = "", field: str = "") -> None:
        self.warnings.append(Reason(code, sentence, next_step, field, Severity.WARN))

    def warn_if(self, found: bool, code: str, sentence: str, next_step: str = "") -> None:
        if found:
            self.warn(code, sentence, next_step)

    def assume(self, name: str, held: bool | None, detail: str) -> None:
        self.assumptions.append(Assumption(name, held, detail))

    def closing(self) -> dict[str, Any]:
        """The keyword arguments of `MethodResult` that come from here."""
        return {
            "assumptions": tuple(self.assumptions),
            "warnings": tuple(self.warnings),
            "overridden": tuple(self.overridden),
        }
