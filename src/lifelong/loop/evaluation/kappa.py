"""Cohen's kappa of two coders for one code (given or not given), with its large-sample interval. Pure; needs no extra."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import NormalDist


@dataclass(frozen=True, slots=True)
class Kappa:
    """Agreement on one code over `n` texts. `value` is None where a coder never (or always) gave the code: kappa does not exist.

    `low` and `high` are None where the coders agree on every text: no interval exists. `agreement` is the plain share.
    """

    n: int
    both: int
    first_only: int
    second_only: int
    agreement: float
    value: float | None
    low: float | None
    high: float | None


def kappa(pairs: Iterable[tuple[bool, bool]], level: float = 0.95) -> Kappa:
    """Of (first coder gave it, second coder gave it) per text. Variance after Fleiss, Cohen and Everitt 1969.

    Raises ValueError without any text.
    """
    rows = list(pairs)
    if not rows:
        raise ValueError("agreement needs at least one text coded by both")
    n = len(rows)
    p = {(a, b): sum(row == (a, b) for row in rows) / n for a in (True, False) for b in (True, False)}
    first = {a: p[a, True] + p[a, False] for a in (True, False)}
    second = {b: p[True, b] + p[False, b] for b in (True, False)}
    observed = p[True, True] + p[False, False]
    expected = sum(first[a] * second[a] for a in (True, False))
    both, first_only, second_only = (round(n * p[key]) for key in ((True, True), (True, False), (False, True)))
    if any(share in (0.0, 1.0) for share in (first[True], second[True])):
        return Kappa(n, both, first_only, second_only, observed, None, None, None)
    value = (observed - expected) / (1 - expected)
    variance = _variance(p, first, second, value, expected) / n
    if variance <= 1e-12:
        return Kappa(n, both, first_only, second_only, observed, value, None, None)
    half = NormalDist().inv_cdf((1 + level) / 2) * math.sqrt(variance)
    return Kappa(n, both, first_only, second_only, observed, value, max(-1.0, value - half), min(1.0, value + half))


def _variance(
    p: dict[tuple[bool, bool], float],
    first: dict[bool, float],
    second: dict[bool, float],
    value: float,
    expected: float,
) -> float:
    agree = sum(p[a, a] * (1 - (first[a] + second[a]) * (1 - value)) ** 2 for a in (True, False))
    differ = (1 - value) ** 2 * sum(p[a, b] * (second[a] + first[b]) ** 2 for a, b in p if a != b)
    return (agree + differ - (value - expected * (1 - value)) ** 2) / (1 - expected) ** 2
