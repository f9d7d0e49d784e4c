"""What a comparison of two periods could show at all: print it beside every public measure before anybody reads its change."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np

from lifelong.methods.proportions import minimum_detectable_change, normal_quantile
from lifelong.methods.result import Estimate, Findings, MethodResult, Verb
from lifelong.methods.spec import Method, column, level_option, option

KINDS = ("share", "rate", "mean")


@dataclass(frozen=True, kw_only=True)
class DetectableChange:
    """The smallest change between two periods that would be seen with the stated power, one measure per row."""

    measure: str = column("Name of the measure (or hospital).", kind="text")
    baseline: str = column("Figure before: a share from 0 to 1, a rate per unit of exposure, or a mean.")
    n_before: str = column("Cases (share, mean) or exposure (rate: patient days) before.")
    n_after: str | None = column("The same after; as many as before if not named.", optional=True)
    sd: str | None = column("Kind mean: standard deviation of a case.", optional=True)
    kind: str = option("share of cases, rate of events per exposure, or mean of cases.", "share", choices=KINDS)
    expected_change: float | None = option(
        "A change worth seeing (0.06 = six percentage points), for which power and needed cases are given.",
        None,
        kind="number",
    )
    design_effect: float = option(
        "How much clustering inflates the variance.", 1.0, kind="number", low=1.0, high=1000.0
    )
    power: float = option("Chance of seeing the change.", 0.8, kind="number", low=0.5, high=0.99)
    level: float = level_option()


def _variance(kind: str, figure: float, sd: float) -> float:
    """Variance of one case (or of one unit of exposure)."""
    return {"share": figure * (1 - figure), "rate": figure, "mean": sd**2}[kind]


def _smallest(spec: DetectableChange, figure: float, n1: float, n2: float, sd: float, sign: int) -> float:
    """Smallest rise (sign 1) or fall (sign -1) in absolute terms; NaN if no possible change would be seen."""
    if spec.kind == "share":
        share = figure if sign > 0 else 1 - figure  # a fall of the share is a rise of its complement
        found = minimum_detectable_change(share, n1, n2, spec.power, spec.level)
        return found if found < 1 - share else math.nan
    z = normal_quantile(spec.level) + NormalDist().inv_cdf(spec.power)
    if spec.kind == "mean":
        return z * sd * math.sqrt(1 / n1 + 1 / n2)
    # rate: change = z sqrt(r / n1 + (r + sign change) / n2), a quadratic equation in the change
    a, b = z**2 / n2 * sign, z**2 * figure * (1 / n1 + 1 / n2)
    change = (a + math.sqrt(a * a + 4 * b)) / 2
    return change if sign > 0 or change < figure else math.nan


def _reachable(spec: DetectableChange, figure: float) -> bool:
    """Whether the expected change leads to a figure that exists: no share above 1, no rate below 0."""
    after = figure + float(spec.expected_change or 0)
    return {"share": 0 <= after <= 1, "rate": after >= 0, "mean": True}[spec.kind]


def _needed(spec: DetectableChange, figure: float, sd: float) -> float:
    """Cases (or exposure) in each period to see the expected change."""
    change = float(spec.expected_change or math.nan)
    if not _reachable(spec, figure):
        return math.nan
    z = normal_quantile(spec.level) + NormalDist().inv_cdf(spec.power)
    spread = _variance(spec.kind, figure, sd) + _variance(spec.kind, figure + change, sd)
    return math.ceil(z**2 * spread / change**2 * spec.design_effect)


def _power(spec: DetectableChange, figure: float, n1: float, n2: float, sd: float) -> float:
    change = float(spec.expected_change or math.nan)
    if not _reachable(spec, figure):
        return math.nan
    se = math.sqrt(_variance(spec.kind, figure, sd) / n1 + _variance(spec.kind, figure + change, sd) / n2)
    return NormalDist().cdf(abs(change) / se - normal_quantile(spec.level))


def _check(
    name: str, figure: float, n1: float, n2: float, sd: float, spec: DetectableChange, findings: Findings
) -> None:
    possible = {"share": 0 < figure < 1, "rate": figure > 0, "mean": figure == figure and sd > 0}[spec.kind]
    findings.must(
        possible and n1 > 0 and n2 > 0,
        "detectable.impossible",
        f"Row {name!r}: a {spec.kind} of {figure:g} with {n1:g} and {n2:g} cases cannot be judged.".replace(
            " nan", " (empty)"
        ),
        "A share lies between 0 and 1 (not percent), a rate is above 0, a mean needs its sd, and both periods need cases.",
        "columns.baseline",
    )


def detectable_change(frame: Any, spec: DetectableChange, accept: Collection[str] = ()) -> MethodResult:
    """Two-sided, normal approximation, unpooled variance. A measured change smaller than this says nothing either way."""
    findings = Findings(accept)
    findings.must(
        spec.expected_change != 0,
        "detectable.no_change",
        "No number of cases can show a change of zero.",
        "State the change worth seeing, or leave expected_change out.",
        "options.expected_change",
    )
    names = [str(name) for name in frame[spec.measure]]
    findings.must(
        len(set(names)) == len(names) and bool(frame[spec.measure].notna().all()),
        "detectable.repeated_measure",
        f"Column {spec.measure} has blank or repeated names.",
        "Give each row its own name.",
        "columns.measure",
    )
    figures = frame[spec.baseline].to_numpy(dtype=float)
    before = frame[spec.n_before].to_numpy(dtype=float) / spec.design_effect
    after = frame[spec.n_after].to_numpy(dtype=float) / spec.design_effect if spec.n_after else before
    sds = frame[spec.sd].to_numpy(dtype=float) if spec.sd else np.full(len(frame), math.nan)
    rows: list[dict[str, Any]] = []
    for name, figure, n1, n2, sd in zip(names, figures, before, after, sds, strict=True):
        _check(name, figure, n1, n2, sd, spec, findings)
        row = {"measure": name, "baseline": float(figure), "n_before": float(n1), "n_after": float(n2)}
        row |= {key: _smallest(spec, figure, n1, n2, sd, sign) for key, sign in (("rise", 1), ("fall", -1))}
        if spec.expected_change is not None:
            row |= {"needed_per_period": _needed(spec, figure, sd), "power": _power(spec, figure, n1, n2, sd)}
        rows.append(row)
    blind = [row["measure"] for row in rows if spec.expected_change is not None and row["power"] < spec.power]
    findings.warn_if(
        bool(blind),
        "detectable.too_small",
        f"{len(blind)} of {len(rows)} measures have too few cases to show a change of {spec.expected_change}: {', '.join(blind[:5])}.",
        "Use the measure to find gaps, and case-level or monthly local data for effects.",
    )
    kinds = {"rise": "smallest rise", "fall": "smallest fall", "needed_per_period": "needed", "power": "power"}
    return MethodResult(
        method="detectable_change",
        design=f"two periods of one {spec.kind}, planned before the data",
        verb=Verb.DESCRIBES,
        estimates=tuple(
            Estimate(f"{key}:{row['measure']}", row[key], how=f"{words}, power {spec.power:g}, level {spec.level:g}")
            for row in rows
            for key, words in kinds.items()
            if key in row
        ),
        n={"measures": len(rows)},
        tables={"measures": rows},
        **findings.closing(),
    )


METHODS = (
    Method(
        "detectable_change",
        "charts over time",
        DetectableChange,
        detectable_change,
        {
            "rise:*": "smallest rise that would be seen; null if none would",
            "fall:*": "smallest fall that would be seen, as a positive figure; null if none would",
            "needed_per_period:*": "cases (or exposure) in each period to see the expected change; null if it leads past 0 or 1",
            "power:*": "chance of seeing the expected change with the cases of the row",
        },
    ),
)
