"""Points of hospital value-based purchasing: what a hospital gains by improving, and by being good (CMS, fiscal year 2024)."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np

from lifelong.methods.result import Estimate, Findings, MethodResult, Verb
from lifelong.methods.spec import Method, column

DIGITS = 9  # published rates have six; what lies beyond is binary noise


def improvement_points(baseline: float, performance: float, benchmark: float) -> int:
    """0 to 9 points on the way from the own baseline to the benchmark. Rates are survival: higher is better."""
    if performance <= baseline:
        return 0
    if performance >= benchmark:
        return 9
    return min(max(math.floor(round(10 * (performance - baseline) / (benchmark - baseline), DIGITS)), 0), 9)


def achievement_points(performance: float, threshold: float, benchmark: float) -> int:
    """0 below the threshold, 10 at the benchmark, 1 to 9 between."""
    if performance < threshold:
        return 0
    if performance >= benchmark:
        return 10
    return math.floor(round(9 * (performance - threshold) / (benchmark - threshold) + 1, DIGITS))


@dataclass(frozen=True, kw_only=True)
class PurchasingPoints:
    """Improvement and achievement points of each hospital, compared with the published ones when they are named."""

    unit: str = column("Hospital id; text, leading zeros kept.", kind="text")
    baseline: str = column("Rate in the baseline period, higher is better.")
    performance: str = column("Rate in the performance period.")
    threshold: str = column("Achievement threshold.")
    benchmark: str = column("Benchmark.")
    published_improvement: str | None = column(
        "Published improvement points (`8 out of 9`).", kind="text", optional=True
    )
    published_achievement: str | None = column("Published achievement points.", kind="text", optional=True)


def purchasing_points(frame: Any, spec: PurchasingPoints, accept: Collection[str] = ()) -> MethodResult:
    """One row per hospital with both rates; the share of published points that these formulas give."""
    findings = Findings(accept)
    names = [spec.baseline, spec.performance, spec.threshold, spec.benchmark]
    complete = frame[frame[names].notna().all(axis=1)]
    findings.must(
        len(complete) > 0, "points.no_rates", "No hospital has all four rates.", "Check the columns.", "columns"
    )
    rows = []
    for values in complete.to_dict("records"):
        base, performance, threshold, benchmark = (float(values[name]) for name in names)
        row = {
            "unit": values[spec.unit],
            "improvement": improvement_points(base, performance, benchmark),
            "achievement": achievement_points(performance, threshold, benchmark),
        }
        for kind, name in (("improvement", spec.published_improvement), ("achievement", spec.published_achievement)):
            if name is not None:
                row[f"published_{kind}"] = _published(values[name])
        rows.append(row)
    estimates = []
    for kind in ("improvement", "achievement"):
        estimates.append(Estimate(f"mean_{kind}", float(np.mean([row[kind] for row in rows])), unit="points"))
        known = [row for row in rows if row.get(f"published_{kind}") is not None]
        if known:
            same = sum(row[kind] == row[f"published_{kind}"] for row in known)
            estimates.append(
                Estimate(f"reproduced_{kind}", same / len(known), unit="share", how=f"{same} of {len(known)}")
            )
    return MethodResult(
        method="purchasing_points",
        design="published rates of two periods",
        verb=Verb.DESCRIBES,
        estimates=tuple(estimates),
        n={"rows": len(frame), "units": len(rows)},
        tables={"points": rows},
        **findings.closing(),
    )


def _published(cell: Any) -> int | None:
    head = str(cell or "").split(" ")[0]
    return int(head) if head.isdigit() else None


METHODS = (
    Method(
        "purchasing_points",
        "comparison",
        PurchasingPoints,
        purchasing_points,
        {
            "mean_improvement": "mean improvement points",
            "mean_achievement": "mean achievement points",
            "reproduced_improvement": "share of published improvement points that the formula gives",
            "reproduced_achievement": "the same for achievement points",
        },
    ),
)
