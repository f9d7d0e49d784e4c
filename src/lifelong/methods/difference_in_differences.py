"""Difference in differences: what the activity's group changed beyond the comparison group, with the standard error named."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from lifelong.methods.pairing import keys
from lifelong.methods.result import Estimate, Findings, MethodResult, Test, Verb, around
from lifelong.methods.series import UNITS, numbered
from lifelong.methods.spec import Method, column, level_option, option

Array = NDArray[np.float64]
IntArray = NDArray[np.int64]
LEAST_CLUSTERS, FEW_CLUSTERS = 10, 30


@dataclass(frozen=True, kw_only=True)
class DifferenceInDifferences:
    """Two groups, before and after. Regression of the outcome on group, time and their product; errors clustered by unit."""

    outcome: str = column("The measure, one row per unit and period.")
    treated: str = column("1 for the activity's group, 0 for the comparison.")
    after: str = column("1 for periods after the activity, 0 before (for both groups).")
    unit: str = column("The cluster: hospital, clinic, clinician group.", kind="text")
    centre: str | None = column("Where the unit's id is unique.", kind="text", optional=True)
    period: str | None = column(
        "Period of the row, for the event study and the check of staggered starts.", kind="text", optional=True
    )
    period_unit: str = option("What a period is.", "number", choices=UNITS)
    se: str = option(
        "Which standard error is reported; all are shown.",
        "cluster",
        choices=("cluster", "ols", "hc1", "unequal_variance"),
    )
    draws: int = option(
        "Draws of the wild cluster bootstrap when clusters are few.", 999, kind="integer", low=99, high=99999
    )
    seed: int = option("Seed of these draws.", 20260101, kind="integer", low=0)
    level: float = level_option()


def _check_binary(treated: Array, after: Array, spec: DifferenceInDifferences, findings: Findings) -> None:
    for name, values in ((spec.treated, treated), (spec.after, after)):
        findings.must(
            bool(np.all(np.isin(values, (0, 1)))),
            "did.not_binary",
            f"Column {name} must be 0 or 1.",
            "Recode it.",
            "columns",
        )


@dataclass(frozen=True, slots=True)
class Panel:
    """Complete rows. `x` holds intercept, treated, after and their product; `cluster` numbers the units; `label` names periods as the data do."""

    y: Array
    treated: Array
    after: Array
    x: Array
    who: list[str]
    cluster: IntArray
    period: Array | None
    label: dict[float, str]
    left_out: int


def _panel(frame: Any, spec: DifferenceInDifferences, findings: Findings) -> Panel:
    needed = [spec.outcome, spec.treated, spec.after, *([spec.period] if spec.period else [])]
    complete = frame[frame[needed].notna().all(axis=1)]
    left_out = len(frame) - len(complete)
    findings.warn_if(
        left_out > 0,
        "did.left_out",
        f"{left_out} of {len(frame)} rows lack outcome, group or period and are left out.",
    )
    y, treated, after = (complete[name].to_numpy(dtype=float) for name in (spec.outcome, spec.treated, spec.after))
    _check_binary(treated, after, spec, findings)
    who = keys(complete, spec.unit, spec.centre)
    findings.must(all(who), "did.blank_units", f"Column {spec.unit} has blanks.", "Fill it.", "columns.unit")
    period, label = None, {}
    if spec.period:
        period = numbered(complete[spec.period], spec.period_unit, findings, "columns.period")
        label = dict(zip(period.tolist(), [str(value) for value in complete[spec.period]], strict=True))
    cluster = np.unique(who, return_inverse=True)[1].astype(np.int64)
    x = np.column_stack([np.ones(len(y)), treated, after, treated * after])
    return Panel(y, treated, after, x, who, cluster, period, label, left_out)


def difference_in_differences(frame: Any, spec: DifferenceInDifferences, accept: Collection[str] = ()) -> MethodResult:
    """Unbalanced data are kept; units seen in both periods are analysed as first differences beside. Estimated effect."""
    findings = Findings(accept)
    panel = _panel(frame, spec, findings)
    cells = _cell_rows(panel.y, panel.treated, panel.after)
    findings.must(
        all(row["n"] > 1 for row in cells),
        "did.empty_cell",
        "A group has fewer than two rows before or after.",
        "Check treated and after.",
        "columns",
    )
    _check_clusters(panel.cluster, panel.treated, findings)
    if panel.period is not None:
        _check_periods(panel.who, panel.period, panel.treated, panel.after, findings)
    else:
        findings.assume("treated units start at the same time", None, "columns.period was not named")
    beta, errors, df = _errors(panel.x, panel.y, panel.cluster, cells)
    did, se = float(beta[3]), float(errors[spec.se][3])
    _check_error(panel.y - panel.x @ beta, panel.y, se, spec, findings)
    findings.assume(
        "without the activity both groups would have changed alike", None, "no test of earlier periods proves it"
    )
    leads, events = _event_study(panel, spec.level)
    tables: dict[str, Any] = {
        "cells": cells,
        "standard_errors": _error_rows(beta, errors, df),
        "balanced": _balanced(panel.y, panel.treated, panel.after, panel.who, spec.level),
    }
    t = float(stats.t.ppf((1 + spec.level) / 2, df[spec.se]))
    return MethodResult(
        method="difference_in_differences",
        design="two groups, before and after, not randomised",
        verb=Verb.ESTIMATED,
        estimates=(
            Estimate("did", did, did - t * se, did + t * se, spec.level, se, "outcome", f"standard error: {spec.se}"),
            *_unit_effects(panel, spec.level),
            *(Estimate(f"mean:{row['group']}_{row['time']}", row["mean"], se=row["se"]) for row in cells),
        ),
        tests=(*_tests(panel, did, se, df[spec.se], float(errors["cluster"][3]), spec), *leads),
        n={
            "rows": len(panel.y),
            "units": int(panel.cluster.max()) + 1,
            "treated_units": len(np.unique(panel.cluster[panel.treated == 1])),
            "left_out": panel.left_out,
        },
        tables=tables | ({"event_study": events} if panel.period is not None else {}),
        details={"standard_error": spec.se, "cluster_factor": "CR1: G/(G-1) x (n-1)/(n-k)"},
        **findings.closing(),
    )


def _unit_effects(panel: Panel, level: float) -> tuple[Estimate, ...]:
    """The product's coefficient with an effect of every unit and period: units that come and go do not move it."""
    time = panel.after if panel.period is None else panel.period
    steps = [(time == p).astype(float) for p in np.unique(time)[1:]]
    columns = np.column_stack([panel.treated * panel.after, *steps])
    sizes = np.bincount(panel.cluster).astype(float)

    def within(values: Array) -> Array:
        return np.asarray(values - (np.bincount(panel.cluster, weights=values) / sizes)[panel.cluster])

    x, y = np.column_stack([within(column) for column in columns.T]), within(panel.y)
    if np.linalg.matrix_rank(x) < x.shape[1] or len(sizes) <= x.shape[1]:
        return ()
    beta = np.linalg.lstsq(x, y, rcond=None)[0]
    residuals = y - x @ beta
    if float(np.abs(residuals).max()) <= 1e-10 * float(np.abs(panel.y).max() or 1):
        return ()
    se = math.sqrt(float(cluster_covariance(x, residuals, panel.cluster)[0, 0]))
    t = float(stats.t.ppf((1 + level) / 2, len(sizes) - 1))
    how = "unit and period effects; clustered by unit, CR1 without the unit effects in k"
    return (around("did_unit_effects", float(beta[0]), se, t, level, "outcome", how),)


def _tests(
    panel: Panel, did: float, se: float, df: float, cluster_se: float, spec: DifferenceInDifferences
) -> list[Test]:
    """The planned test, and the wild bootstrap when a group has few clusters."""
    tests = [Test("did", did / se, float(2 * stats.t.sf(abs(did / se), df)), (df,), f"standard error: {spec.se}")]
    fewest = min(len(np.unique(panel.cluster[panel.treated == g])) for g in (0, 1))
    if fewest < FEW_CLUSTERS and cluster_se > 0:
        least = max(0.5 ** int(panel.cluster.max()), 1 / (spec.draws + 1))
        tests.append(
            Test(
                "did_wild_bootstrap",
                did / cluster_se,
                _wild(panel.x, panel.y, panel.cluster, spec.draws, spec.seed),
                how=f"wild cluster bootstrap, {spec.draws} draws, seed {spec.seed}, least possible p {least:.2g}",
            )
        )
    return tests


def _check_error(residuals: Array, y: Array, se: float, spec: DifferenceInDifferences, findings: Findings) -> None:
    scale = float(np.abs(y).max() or 1)
    findings.must(
        float(np.abs(residuals).max()) > 1e-10 * scale and se > 1e-10 * scale,
        "did.no_error",
        f"The standard error ({spec.se}) is zero: rows of a group and time do not differ, or differ in the same way in every unit.",
        "Report the four means, and check whether the outcome was computed or carried forward.",
        "columns.outcome",
    )


def _cell_rows(y: Array, treated: Array, after: Array) -> list[dict[str, Any]]:
    rows = []
    for group, name in ((0, "comparison"), (1, "treated")):
        for time, when in ((0, "before"), (1, "after")):
            values = y[(treated == group) & (after == time)]
            n = len(values)
            se = float(values.std(ddof=1)) / math.sqrt(n) if n > 1 else math.nan
            rows.append(
                {"group": name, "time": when, "mean": float(values.mean()) if n else math.nan, "se": se, "n": n}
            )
    return rows


def _check_clusters(cluster: IntArray, treated: Array, findings: Findings) -> None:
    counts = {name: len(np.unique(cluster[treated == group])) for group, name in ((1, "treated"), (0, "comparison"))}
    shared = len(np.intersect1d(cluster[treated == 1], cluster[treated == 0]))
    findings.must(
        shared == 0,
        "did.unit_in_both",
        f"{shared} units are in both groups: ids may repeat across centres.",
        "Name columns.centre, or correct the ids.",
        "columns.unit",
    )
    fewest = min(counts.values())
    findings.must(
        fewest >= 2,
        "did.one_cluster",
        f"There are {counts['treated']} treated and {counts['comparison']} comparison units: a clustered error needs two of each.",
        "Use method permutation_rank for one treated unit.",
        "columns.unit",
    )
    findings.require(
        fewest >= LEAST_CLUSTERS,
        "did.few_clusters",
        f"There are {counts['treated']} treated and {counts['comparison']} comparison units.",
        "With one treated unit use method permutation_rank; with few, read the wild bootstrap.",
        "columns.unit",
    )
    findings.warn_if(
        fewest < FEW_CLUSTERS,
        "did.small_sample",
        f"With {fewest} units in a group clustered errors are too small.",
        "Read the wild bootstrap p.",
    )


def _check_periods(who: list[str], period: Array, treated: Array, after: Array, findings: Findings) -> None:
    """In one period every unit must be either before or after; a period that is both means units that start at different times."""
    flags: dict[tuple[float, float], set[float]] = {}
    for when, is_treated, is_after in zip(period, treated, after, strict=True):
        flags.setdefault((float(when), float(is_treated)), set()).add(float(is_after))
    mixed = sum(len(seen) > 1 for (_, is_treated), seen in flags.items() if is_treated)
    findings.require(
        mixed == 0,
        "did.staggered",
        f"In {mixed} periods some treated units are before and others after: they start at different times.",
        "Use method staggered_start.",
        "columns.after",
    )
    apart = sum(
        len(flags.get((when, 1.0), set()) | flags.get((when, 0.0), set())) > 1 for when in {w for w, _ in flags}
    )
    findings.warn_if(
        apart > mixed,
        "did.after_differs",
        f"In {apart - mixed} periods `after` is 1 in one group and 0 in the other.",
        "Write the same `after` for both groups in a period.",
    )
    rows = list(zip(who, period, strict=True))
    repeats = len(rows) - len(set(rows))
    findings.warn_if(
        repeats > 0,
        "did.repeated_rows",
        f"{repeats} rows repeat a unit and period.",
        "One row per unit and period, unless rows are cases of the unit.",
    )


def cluster_covariance(x: Array, residuals: Array, cluster: IntArray) -> Array:
    """CR1 sandwich covariance: factor G/(G-1) x (n-1)/(n-k)."""
    n, k = x.shape
    bread = np.linalg.inv(x.T @ x)
    groups = int(cluster.max()) + 1
    scores = np.zeros((groups, k))
    np.add.at(scores, cluster, x * residuals[:, None])
    factor = groups / (groups - 1) * (n - 1) / (n - k)
    return np.asarray(bread @ (scores.T @ scores) @ bread * factor, dtype=np.float64)


def _errors(
    x: Array, y: Array, cluster: IntArray, cells: list[dict[str, Any]]
) -> tuple[Array, dict[str, Array], dict[str, float]]:
    n, k = x.shape
    bread = np.linalg.inv(x.T @ x)
    beta: Array = bread @ x.T @ y
    e = y - x @ beta
    v = {(row["group"], row["time"]): row["se"] ** 2 for row in cells}
    cb, ca, tb, ta = (
        v[key]
        for key in (("comparison", "before"), ("comparison", "after"), ("treated", "before"), ("treated", "after"))
    )
    scores = x * e[:, None]
    errors = {
        "ols": np.sqrt(np.diag(bread) * float(e @ e) / (n - k)),
        "hc1": np.sqrt(np.diag(bread @ (scores.T @ scores) @ bread) * n / (n - k)),
        "cluster": np.sqrt(np.maximum(np.diag(cluster_covariance(x, e, cluster)), 0.0)),
        "unequal_variance": np.sqrt(np.array([cb, cb + tb, cb + ca, cb + ca + tb + ta])),
    }
    df = {"ols": float(n - k), "hc1": float(n - k), "cluster": float(cluster.max()), "unequal_variance": float(n - k)}
    return beta, errors, df


def _error_rows(beta: Array, errors: dict[str, Array], df: dict[str, float]) -> list[dict[str, Any]]:
    names = ("intercept", "treated", "after", "did")
    return [
        {
            "term": name,
            "value": float(beta[i]),
            **{f"se_{kind}": float(values[i]) for kind, values in errors.items()},
            "df_cluster": df["cluster"],
        }
        for i, name in enumerate(names)
    ]


def _balanced(y: Array, treated: Array, after: Array, who: list[str], level: float) -> list[dict[str, Any]]:
    """Units with both periods: first differences of the two groups, pooled and unequal-variance errors."""
    sums: dict[str, dict[float, list[float]]] = {}
    group: dict[str, float] = {}
    for key, value, is_treated, is_after in zip(who, y, treated, after, strict=True):
        sums.setdefault(key, {0.0: [], 1.0: []})[float(is_after)].append(float(value))
        group[key] = float(is_treated)
    changes = {
        g: np.array(
            [np.mean(v[1.0]) - np.mean(v[0.0]) for key, v in sums.items() if group[key] == g and v[0.0] and v[1.0]]
        )
        for g in (0.0, 1.0)
    }
    c, t = changes[0.0], changes[1.0]
    if min(len(c), len(t)) < 2:
        return []
    estimate = float(t.mean() - c.mean())
    pooled = ((len(c) - 1) * c.var(ddof=1) + (len(t) - 1) * t.var(ddof=1)) / (len(c) + len(t) - 2)
    se = math.sqrt(pooled * (1 / len(c) + 1 / len(t)))
    unequal = math.sqrt(c.var(ddof=1) / len(c) + t.var(ddof=1) / len(t))
    q = float(stats.t.ppf((1 + level) / 2, len(c) + len(t) - 2))
    return [
        {
            "estimate": estimate,
            "se": se,
            "se_unequal_variance": unequal,
            "low": estimate - q * unequal,
            "high": estimate + q * unequal,
            "n": len(c) + len(t),
            "n_treated": len(t),
            "n_comparison": len(c),
        }
    ]


def _wild(x: Array, y: Array, cluster: IntArray, draws: int, seed: int) -> float:
    """Two-sided p of no effect: Rademacher signs per cluster on residuals of the model without the product term.

    Everything a draw needs is summed per cluster beforehand, so that a draw costs as much as there are clusters, not rows.
    """
    generator = np.random.default_rng(seed)
    reduced = x[:, :3]
    fitted = reduced @ np.linalg.lstsq(reduced, y, rcond=None)[0]
    groups, k = int(cluster.max()) + 1, x.shape[1]

    def per_cluster(values: Array) -> Array:
        sums = np.zeros((groups, *values.shape[1:]))
        np.add.at(sums, cluster, values)
        return sums

    squares = per_cluster(x[:, :, None] * x[:, None, :])
    of_fit, of_residual = per_cluster(x * fitted[:, None]), per_cluster(x * (y - fitted)[:, None])
    bread = np.linalg.inv(x.T @ x)
    factor = groups / (groups - 1) * (len(y) - 1) / (len(y) - k)

    def t_value(signs: Array) -> float:
        outcome = of_fit + of_residual * signs[:, None]
        beta = bread @ outcome.sum(axis=0)
        scores = (outcome - squares @ beta) @ bread[3]
        return abs(float(beta[3])) / math.sqrt(max(float(scores @ scores) * factor, 1e-300))

    observed = t_value(np.ones(groups))
    beyond = sum(
        t_value(generator.choice(np.array([-1.0, 1.0]), size=groups)) >= observed - 1e-12 for _ in range(draws)
    )
    return (beyond + 1) / (draws + 1)


def _event_study(panel: Panel, level: float) -> tuple[tuple[Test, ...], list[dict[str, Any]]]:
    """Treated minus comparison in each period, relative to the last period before; earlier rows should lie around zero.

    The test asks whether all earlier differences are zero (Wald F, clustered); passing it is no proof of parallel trends.
    """
    period = panel.period
    if period is None:
        return (), []
    periods = np.unique(period)
    before = periods[[bool(np.all(panel.after[period == p] == 0)) for p in periods]]
    if len(before) == 0 or len(periods) < 3:
        return (), []
    base = before[-1]
    others = [p for p in periods if p != base]
    x = np.column_stack(
        [
            np.ones(len(panel.y)),
            panel.treated,
            *((period == p).astype(float) for p in others),
            *((period == p) * panel.treated for p in others),
        ]
    )
    if np.linalg.matrix_rank(x) < x.shape[1]:
        return (), []
    beta = np.linalg.lstsq(x, panel.y, rcond=None)[0]
    cov = cluster_covariance(x, panel.y - x @ beta, panel.cluster)
    first, df = 2 + len(others), float(panel.cluster.max())
    se, q = np.sqrt(np.diag(cov)), float(stats.t.ppf((1 + level) / 2, df))
    rows = [
        {
            "period": panel.label[float(p)],
            "before": bool(p in before),
            "difference": float(beta[first + i]),
            "se": float(se[first + i]),
            "low": float(beta[first + i] - q * se[first + i]),
            "high": float(beta[first + i] + q * se[first + i]),
        }
        for i, p in enumerate(others)
    ]
    return _leads([first + i for i, p in enumerate(others) if p in before], beta, cov, df), rows


def _leads(at: list[int], beta: Array, cov: Array, df: float) -> tuple[Test, ...]:
    """All earlier differences zero? Not computable with fewer clusters than leads."""
    if not at or len(at) >= df:
        return ()
    part = cov[np.ix_(at, at)]
    if np.linalg.matrix_rank(part) < len(at):
        return ()
    f = float(beta[at] @ np.linalg.solve(part, beta[at])) / len(at)
    how = "all differences before the activity are zero; Wald F, clustered"
    return (Test("leads", f, float(stats.f.sf(f, len(at), df)), (float(len(at)), df), how),)


METHODS = (
    Method(
        "difference_in_differences",
        "comparison",
        DifferenceInDifferences,
        difference_in_differences,
        {
            "did": "change of the treated group - change of the comparison",
            "did_unit_effects": "the same with an effect of every unit and period; read it when units come and go",
            "mean:*": "mean of group and time (`treated_before` …)",
        },
        ("did.few_clusters", "did.staggered"),
    ),
)
