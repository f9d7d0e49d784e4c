"""Signals in a chart: Anhoej's run and crossing rules, three sigma, and the rule sets that a plan may add."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from lifelong.methods.result import Estimate, Findings, MethodResult, Verb
from lifelong.methods.spec import Method, column

Array = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
LEAST_USEFUL = 10


def longest_run_limit(useful: int) -> int:
    """Longest run still expected of `useful` points: round(log2 n) + 3 (Anhoej & Olesen 2014)."""
    return round(math.log2(useful)) + 3


def crossings_limit(useful: int) -> int:
    """Fewest crossings still expected: the 5 % quantile of a fair coin thrown n - 1 times."""
    return int(stats.binom.ppf(0.05, useful - 1, 0.5))


@dataclass(frozen=True, slots=True)
class RunsTest:
    """Runs about a centre line. Points on the line do not count; `signal` is `None` below 10 useful points."""

    useful: int
    longest_run: int
    longest_run_max: int | None
    crossings: int
    crossings_min: int | None
    signal: bool | None


def runs_about(values: Array, centre: Array) -> RunsTest:
    """Anhoej's two rules on one phase; `centre` has the length of `values`."""
    side = np.sign(np.round(values - centre, 12))
    side = side[side != 0]
    useful = len(side)
    if useful == 0:
        return RunsTest(0, 0, None, 0, None, None)
    changes = np.flatnonzero(np.diff(side) != 0)
    lengths = np.diff(np.concatenate([[-1], changes, [useful - 1]]))
    longest, crossings = int(lengths.max()), len(changes)
    if useful < LEAST_USEFUL:
        return RunsTest(useful, longest, None, crossings, None, None)
    run_max, cross_min = longest_run_limit(useful), crossings_limit(useful)
    return RunsTest(useful, longest, run_max, crossings, cross_min, longest > run_max or crossings < cross_min)


def _beyond(z: Array, sigmas: float, needed: int, window: int) -> BoolArray:
    """Last points of windows in which `needed` points lie beyond `sigmas` on one side."""
    hit = np.zeros(len(z), dtype=bool)
    for sign in (1, -1):
        out = sign * z > sigmas
        for end in range(window - 1, len(z)):
            inside = out[end - window + 1 : end + 1]
            if inside.sum() >= needed and inside[-1]:
                hit[end] = True
    return hit


def _same_side(z: Array, length: int) -> BoolArray:
    return _beyond(z, 0.0, length, length)


def _trend(z: Array, length: int) -> BoolArray:
    hit = np.zeros(len(z), dtype=bool)
    for end in range(length - 1, len(z)):
        steps = np.diff(z[end - length + 1 : end + 1])
        hit[end] = bool(np.all(steps > 0) or np.all(steps < 0))
    return hit


def _alternating(z: Array, length: int) -> BoolArray:
    hit = np.zeros(len(z), dtype=bool)
    for end in range(length - 1, len(z)):
        steps = np.sign(np.diff(z[end - length + 1 : end + 1]))
        hit[end] = bool(np.all(steps != 0) and np.all(steps[1:] == -steps[:-1]))
    return hit


def _window_of(condition: BoolArray, length: int) -> BoolArray:
    hit = np.zeros(len(condition), dtype=bool)
    for end in range(length - 1, len(condition)):
        hit[end] = bool(condition[end - length + 1 : end + 1].all())
    return hit


def point_rules(rule_set: str, z: Array) -> dict[str, BoolArray]:
    """Which points signal under a named rule set; `z` is the distance from the centre line in sigmas."""
    three = {"1 beyond 3 sigma": np.abs(z) > 3}
    if rule_set == "three_sigma":
        return three
    if rule_set == "western_electric":
        return {
            **three,
            "2 of 3 beyond 2 sigma": _beyond(z, 2, 2, 3),
            "4 of 5 beyond 1 sigma": _beyond(z, 1, 4, 5),
            "8 in a row on one side": _same_side(z, 8),
        }
    if rule_set == "nelson":
        return {
            **three,
            "9 in a row on one side": _same_side(z, 9),
            "6 trending": _trend(z, 6),
            "14 alternating": _alternating(z, 14),
            "2 of 3 beyond 2 sigma": _beyond(z, 2, 2, 3),
            "4 of 5 beyond 1 sigma": _beyond(z, 1, 4, 5),
            "15 within 1 sigma": _window_of(np.abs(z) < 1, 15),
            "8 outside 1 sigma": _window_of(np.abs(z) > 1, 8),
        }
    if rule_set == "making_data_count":
        return {
            **three,
            "7 in a row on one side": _same_side(z, 7),
            "6 trending": _trend(z, 6),
            "2 of 3 beyond 2 sigma": _beyond(z, 2, 2, 3),
        }
    raise KeyError(rule_set)


POINT_RULES = ("three_sigma", "western_electric", "nelson", "making_data_count")


@dataclass(frozen=True, kw_only=True)
class RunLimits:
    """Anhoej's limits for given numbers of useful points, to plan how long a baseline must be."""

    useful: str = column("Number of points that do not lie on the centre line, 10 or more.")


def run_limits(frame: Any, spec: RunLimits, accept: Collection[str] = ()) -> MethodResult:
    """Longest run and fewest crossings that are still random variation."""
    findings = Findings(accept)
    useful = frame[spec.useful].to_numpy(dtype=float)
    findings.must(
        bool(np.all((useful >= LEAST_USEFUL) & (useful == np.floor(useful)))),
        "runs.too_few",
        "The rules need whole numbers of at least 10 useful points.",
        "Leave smaller numbers and empty cells out.",
        "columns.useful",
    )
    rows = [
        {"n_useful": int(n), "longest_run_max": longest_run_limit(int(n)), "n_crossings_min": crossings_limit(int(n))}
        for n in useful
    ]
    return MethodResult(
        method="run_limits",
        design="no data",
        verb=Verb.DESCRIBES,
        estimates=tuple(
            found
            for row in rows
            for found in (
                Estimate(f"longest_run_max:{row['n_useful']}", row["longest_run_max"], unit="points"),
                Estimate(f"n_crossings_min:{row['n_useful']}", row["n_crossings_min"], unit="crossings"),
            )
        ),
        n={"rows": len(rows)},
        tables={"limits": rows},
        **findings.closing(),
    )


METHODS = (
    Method(
        "run_limits",
        "charts over time",
        RunLimits,
        run_limits,
        {
            "longest_run_max:*": "longest run that is still random",
            "n_crossings_min:*": "fewest crossings that are still random",
        },
    ),
)
