"""Shares and their differences: Wilson and Newcombe intervals, what a study could detect, three denominators of follow-up."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

from lifelong.methods.result import Estimate


def normal_quantile(level: float) -> float:
    """The two-sided standard normal quantile of a confidence level (1.96 for 0.95)."""
    return NormalDist().inv_cdf((1 + level) / 2)


def wilson(count: float, total: float, level: float = 0.95) -> tuple[float, float]:
    """Wilson's score interval of `count` out of `total` (Wilson 1927). Raises `ValueError` unless 0 <= count <= total, total > 0."""
    if not 0 <= count <= total or total <= 0:
        raise ValueError(f"a share needs 0 <= count <= total and total > 0, got {count} of {total}")
    z, p = normal_quantile(level), count / total
    middle = (p + z**2 / (2 * total)) / (1 + z**2 / total)
    half = z * math.sqrt(p * (1 - p) / total + z**2 / (4 * total**2)) / (1 + z**2 / total)
    low = 0.0 if count == 0 else middle - half
    high = 1.0 if count == total else middle + half
    return low, high


def share(name: str, count: float, total: float, level: float = 0.95) -> Estimate:
    """A proportion as an estimate with its Wilson interval."""
    low, high = wilson(count, total, level)
    return Estimate(name, count / total, low, high, level, unit="share", how=f"Wilson, {count:g} of {total:g}")


def newcombe_independent(
    count1: float, n1: float, count2: float, n2: float, level: float = 0.95
) -> tuple[float, float]:
    """Interval of p2 - p1 of two separate groups (Newcombe 1998, method 10 of the unpaired paper)."""
    (l1, u1), (l2, u2) = wilson(count1, n1, level), wilson(count2, n2, level)
    p1, p2 = count1 / n1, count2 / n2
    d = p2 - p1
    return d - math.hypot(p2 - l2, u1 - p1), d + math.hypot(u2 - p2, p1 - l1)


def newcombe_paired(
    both: float, gained: float, lost: float, neither: float, level: float = 0.95
) -> tuple[float, float]:
    """Interval of the paired difference (after - before) = (gained - lost) / n (Newcombe 1998, method 10 of the paired paper).

    `gained` went from no to yes, `lost` from yes to no.
    """
    n = both + gained + lost + neither
    p2, p1 = (both + gained) / n, (both + lost) / n
    (l2, u2), (l1, u1) = wilson(both + gained, n, level), wilson(both + lost, n, level)
    product = (both + gained) * (lost + neither) * (both + lost) * (gained + neither)
    cross = both * neither - gained * lost
    if cross > 0:  # continuity correction of the correlation, only when it is positive
        cross = max(cross - n / 2, 0)
    phi = cross / math.sqrt(product) if product else 0.0
    d = p2 - p1
    below = (p2 - l2) ** 2 - 2 * phi * (p2 - l2) * (u1 - p1) + (u1 - p1) ** 2
    above = (u2 - p2) ** 2 - 2 * phi * (u2 - p2) * (p1 - l1) + (p1 - l1) ** 2
    return d - math.sqrt(max(below, 0)), d + math.sqrt(max(above, 0))


def needed_per_period(before: float, after: float, power: float = 0.8, level: float = 0.95) -> int:
    """Cases per period to see `before` become `after` (shares) with this power, two-sided, unpooled variance."""
    if before == after:
        raise ValueError("no number of cases can show a change of zero")
    z = normal_quantile(level) + NormalDist().inv_cdf(power)
    return math.ceil(z**2 * (before * (1 - before) + after * (1 - after)) / (after - before) ** 2)


def minimum_detectable_change(
    baseline: float, n_before: float, n_after: float, power: float = 0.8, level: float = 0.95
) -> float:
    """The smallest rise of a share that `n_before` and `n_after` cases would show with this power; 1 - baseline if none would.

    Print it beside every publicly reported measure: yearly single-hospital figures can nearly never show an effect.
    """
    if not 0 < baseline < 1 or min(n_before, n_after) <= 0:
        raise ValueError("the baseline must lie between 0 and 1 and both periods must have cases")
    z = normal_quantile(level) + NormalDist().inv_cdf(power)

    def gap(change: float) -> float:
        after = baseline + change
        return change - z * math.sqrt(baseline * (1 - baseline) / n_before + after * (1 - after) / n_after)

    top = 1 - baseline
    if gap(top) <= 0:
        return top
    low, high = 1e-12, top
    for _ in range(100):  # halving: far below the precision of a float
        middle = (low + high) / 2
        low, high = (low, middle) if gap(middle) > 0 else (middle, high)
    return (low + high) / 2


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Commitments and what became of them. `committed`, `asked`, `answered`, `implemented` count the same unit (commitments or people)."""

    committed: int
    asked: int
    answered: int
    implemented: int

    def __post_init__(self) -> None:
        if not 0 <= self.implemented <= self.answered <= self.asked <= self.committed:
            raise ValueError(
                "each number must lie within the one before it: committed >= asked >= answered >= implemented >= 0"
            )

    def shares(self, level: float = 0.95) -> tuple[Estimate, ...]:
        """All three denominators, worst case included; a report never shows the first alone."""
        possible = (
            ("implemented_of_answered", self.implemented, self.answered),
            ("implemented_of_asked", self.implemented, self.asked),
            ("implemented_of_committed", self.implemented, self.committed),
            ("answered_of_asked", self.answered, self.asked),
        )
        return tuple(share(name, count, total, level) for name, count, total in possible if total)
