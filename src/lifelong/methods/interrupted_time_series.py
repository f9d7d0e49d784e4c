"""Interrupted time series: level and slope change at a date, the effect after 6 and 12 periods, other estimators beside it."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from lifelong.methods import its_design, regression
from lifelong.methods.its_counts import fit_counts
from lifelong.methods.its_design import Design, InterruptedTimeSeries
from lifelong.methods.proportions import normal_quantile
from lifelong.methods.regression import Fit
from lifelong.methods.result import Estimate, Findings, MethodResult, RefusedError, Test, Verb
from lifelong.methods.series import durbin_watson, lag_one
from lifelong.methods.spec import Method

Array = NDArray[np.float64]
HIGH_AUTOCORRELATION = 0.8
POINTS_FOR_REML = 12


def interrupted_time_series(frame: Any, spec: InterruptedTimeSeries, accept: Collection[str] = ()) -> MethodResult:
    """Refuses inference with fewer than 8 points a side and no comparison. Default REML AR(1), with Newey-West and Prais-Winsten beside."""
    findings = Findings(accept)
    design = its_design.build(frame, spec, findings)
    counts = spec.scale in ("count", "proportion")
    _check_estimable(design, findings)
    if counts:
        _check_events(design, spec, findings)
    fit, facts, tests = fit_counts(design, spec, findings) if counts else _fit_line(design, spec, findings)
    if counts:
        _check_carry_over(fit.residuals[design.treated], findings)
    else:
        _check_autocorrelation(fit, design, spec, findings)
    findings.assume(
        "nothing else changed at the same date", None, "needs a comparison series or knowledge of the place"
    )
    findings.warn_if(
        not design.controlled,
        "its.no_comparison_series",
        "Without a comparison series another change at the same time looks the same.",
        "Add one, or a placebo date.",
    )
    tables = {"coefficients": _coefficient_rows(design, fit, spec.level), "series": _series_rows(design, fit, spec)}
    if not counts:
        tables["estimators"] = _estimator_rows(design, spec)
    if spec.placebo_at is not None:
        tables["placebo"] = _placebo_rows(frame, spec, accept, findings)
    return MethodResult(
        method="interrupted_time_series",
        design="controlled interrupted time series"
        if design.controlled
        else "interrupted time series without comparison",
        verb=Verb.ESTIMATED if design.controlled else Verb.CONSISTENT,
        estimates=tuple(_estimates(design, fit, spec, findings)),
        n=design.n,
        tests=(*_change_tests(design, fit), *tests),
        tables=tables,
        details={
            **facts,
            "model": spec.model,
            "scale": spec.scale,
            "change_at": str(spec.intervention_at),
            "phase_in": spec.phase_in,
        },
        **findings.closing(),
    )


def _check_estimable(design: Design, findings: Findings) -> None:
    n, k = design.x.shape
    findings.must(
        n > k and int(np.linalg.matrix_rank(design.x)) == k,
        "its.too_many_terms",
        f"{n} points cannot carry {k} coefficients.",
        "Leave out season or slope.",
        "options.model",
    )
    left = regression.ols(design.x, design.y).residuals
    findings.must(
        float(np.abs(left).max()) > 1e-9 * max(1.0, float(np.abs(design.y).max())),
        "its.perfect_fit",
        "The lines go through every point: there is no error to estimate.",
        "Check whether the figures were computed by a formula.",
        "columns.outcome",
    )


def _check_events(design: Design, spec: InterruptedTimeSeries, findings: Findings) -> None:
    """A side without any event (or with events in every case) has no logarithm: its ratio would be infinite."""
    for own, series in ((design.treated, "treated"), (~design.treated, "comparison")):
        for after, side in ((~design.after, "before"), (design.after, "after")):
            here = own & after
            events, cases = float(design.y[here].sum()), float(design.size[here].sum())
            findings.must(
                not here.any() or (events > 0 and (spec.scale == "count" or events < cases)),
                "its.no_events",
                f"The {series} series has {events:g} events {side} the date{'' if events == 0 else ', in every case'}: a ratio to it does not exist.",
                "Use a chart (method control_chart; g or t for rare events), or two_proportions on the totals.",
                "columns.outcome",
            )


def _quantile(fit: Fit, level: float) -> float:
    return normal_quantile(level) if fit.df is None else float(stats.t.ppf((1 + level) / 2, fit.df))


def _line(design: Design, spec: InterruptedTimeSeries, estimator: str) -> Fit:
    if estimator == "reml_ar1":
        return regression.reml_ar1(design.x, design.y)
    if estimator == "prais_winsten":
        return regression.prais_winsten(design.x, design.y)
    return regression.ols_newey_west(design.x, design.y, spec.lag)


def _fit_line(
    design: Design, spec: InterruptedTimeSeries, findings: Findings
) -> tuple[Fit, dict[str, Any], tuple[Test, ...]]:
    fit = _line(design, spec, spec.estimator)
    plain = regression.ols(design.x, design.y)
    facts = {
        "estimator": fit.estimator,
        "rho": fit.rho,
        "rounds": fit.rounds,
        "residual_df": fit.df,
        "durbin_watson": durbin_watson(plain.residuals),
        "lag_one": lag_one(plain.residuals),
    }
    findings.warn_if(
        spec.estimator == "reml_ar1" and len(design.y) < POINTS_FOR_REML,
        "its.few_points_for_reml",
        f"With {len(design.y)} points the autocorrelation is guessed; below {POINTS_FOR_REML} OLS does better (Turner et al. 2021).",
        "Read the ols row in the table of estimators.",
    )
    findings.warn_if(
        not fit.converged,
        "its.not_converged",
        f"{fit.estimator} ran to the edge: the data cannot tell trend from carry-over.",
        "Do not report this estimate alone.",
    )
    return fit, facts, ()


def _check_autocorrelation(fit: Fit, design: Design, spec: InterruptedTimeSeries, findings: Findings) -> None:
    plain = regression.ols(design.x, design.y).residuals
    r = regression.prais_winsten(design.x, design.y).rho if fit.rho is None else fit.rho
    rho = float(r if r is not None else lag_one(plain))
    findings.assume(
        "neighbouring errors independent, or modelled",
        spec.estimator != "ols_newey_west" or abs(rho) < 0.3,
        f"rho {rho:.3f}, Durbin-Watson {durbin_watson(plain):.3f}",
    )
    findings.warn_if(
        rho > HIGH_AUTOCORRELATION,
        "its.strong_autocorrelation",
        f"Neighbouring errors are strongly related (rho {rho:.2f}): estimators disagree and intervals are too narrow.",
        "The series cannot carry the claim alone; add a comparison series.",
    )
    findings.warn_if(
        spec.estimator == "ols_newey_west" and rho > 0.3,
        "its.newey_west_optimistic",
        f"With rho {rho:.2f} Newey-West errors are too small.",
        "Read the REML or Prais-Winsten row in the table of estimators.",
    )


def _check_carry_over(residuals: Array, findings: Findings) -> None:
    """Count models take neighbouring errors as independent; say when the residuals do not look so."""
    r, limit = lag_one(residuals), 2 / math.sqrt(len(residuals))
    findings.assume(
        "neighbouring errors independent", bool(abs(r) < limit), f"lag-1 correlation {r:.2f}, limit {limit:.2f}"
    )
    findings.warn_if(
        r > limit,
        "its.autocorrelated_counts",
        f"Neighbouring residuals are related (lag-1 {r:.2f}): the interval is too narrow.",
        "Show scale log_rate with reml_ar1 beside this result.",
    )


def _coefficient_rows(design: Design, fit: Fit, level: float) -> list[dict[str, Any]]:
    q, rows = _quantile(fit, level), []
    for name, value, se in zip(design.names, fit.beta, fit.se, strict=True):
        t = float(value / se)
        p = 2 * (stats.norm.sf(abs(t)) if fit.df is None else stats.t.sf(abs(t), fit.df))
        rows.append(
            {
                "term": name,
                "value": float(value),
                "se": float(se),
                "low": float(value - q * se),
                "high": float(value + q * se),
                "statistic": t,
                "p": float(p),
            }
        )
    return rows


def _change_tests(design: Design, fit: Fit) -> list[Test]:
    tests = []
    for row in _coefficient_rows(design, fit, 0.95):
        if row["term"] in ("level_change", "slope_change"):
            tests.append(
                Test(row["term"], row["statistic"], row["p"], () if fit.df is None else (fit.df,), fit.estimator)
            )
    return tests


def _estimates(design: Design, fit: Fit, spec: InterruptedTimeSeries, findings: Findings) -> list[Estimate]:
    q = _quantile(fit, spec.level)
    log = spec.scale in ("log_rate", "count", "proportion")
    own_time = "treated_time" if "treated_time" in design.names else "time"

    def combined(name: str, weights: dict[str, float]) -> list[Estimate]:
        w = np.zeros(len(design.names))
        for term, weight in weights.items():
            w[design.names.index(term)] += weight
        value, se = float(w @ fit.beta), math.sqrt(float(w @ fit.cov @ w))
        made = [
            Estimate(
                name,
                value,
                value - q * se,
                value + q * se,
                spec.level,
                se,
                "log scale" if log else "outcome",
                fit.estimator,
            )
        ]
        if log:
            kind = "odds ratio" if spec.scale == "proportion" else "ratio"
            made.append(
                Estimate(
                    f"{name}_ratio",
                    math.exp(value),
                    math.exp(value - q * se),
                    math.exp(value + q * se),
                    spec.level,
                    unit=kind,
                    how=fit.estimator,
                )
            )
        return made

    found: list[Estimate] = []
    if "level_change" in design.names:
        found += combined("level_change", {"level_change": 1})
    if "slope_change" in design.names:
        found += combined("slope_change", {"slope_change": 1})
    before = {"time": 1.0} if own_time == "time" else {"time": 1.0, own_time: 1.0}
    found += combined("trend_before", before)
    if "slope_change" in design.names:
        comparison = {"comparison_slope_change": 1.0} if "comparison_slope_change" in design.names else {}
        found += combined("trend_after", {**before, "slope_change": 1.0, **comparison})
    return found + _effects(design, fit, spec, q, findings)


def _effects(design: Design, fit: Fit, spec: InterruptedTimeSeries, q: float, findings: Findings) -> list[Estimate]:
    """Absolute and relative difference between fitted and counterfactual at each horizon, by the delta method."""
    found: list[Estimate] = []
    own = design.treated
    for horizon in spec.horizons:
        at = np.flatnonzero(own & (design.time == design.start + horizon - 1))
        if not len(at):
            findings.warn(
                "its.horizon_outside", f"No point {horizon:g} periods after the date: that effect is not reported."
            )
            continue
        i = int(at[0])
        base = float(design.base[i])
        (mu1, g1), (mu0, g0) = (_mean_and_slope(x[i], fit, spec, base) for x in (design.x, design.x_without))
        difference, gradient = mu1 - mu0, g1 - g0
        se = math.sqrt(float(gradient @ fit.cov @ gradient))
        name = f"{horizon:g}"
        found.append(
            Estimate(
                f"effect_at_{name}",
                difference,
                difference - q * se,
                difference + q * se,
                spec.level,
                se,
                "outcome",
                f"fitted - counterfactual in period {name} from the date on",
            )
        )
        findings.warn_if(
            mu0 <= 0,
            "its.no_relative_effect",
            f"The counterfactual {name} periods after the date is not above zero: no relative effect exists.",
        )
        if mu0 > 0:
            ratio, gradient = mu1 / mu0, g1 / mu0 - mu1 * g0 / mu0**2
            se = math.sqrt(float(gradient @ fit.cov @ gradient))
            found.append(
                Estimate(
                    f"relative_effect_at_{name}",
                    ratio - 1,
                    ratio - 1 - q * se,
                    ratio - 1 + q * se,
                    spec.level,
                    se,
                    "share of the counterfactual",
                    "delta method",
                )
            )
    return found


def _mean_and_slope(x: Array, fit: Fit, spec: InterruptedTimeSeries, base: float) -> tuple[float, Array]:
    """Expected outcome of a design row on the scale people read (rate per multiplier), and its gradient.

    `base` is the comparison's own figure in that period (0 without one); it is taken as known.
    """
    eta = float(x @ fit.beta) + base
    if spec.scale in ("value", "rate"):
        return eta, x
    if spec.scale == "proportion":
        p = 1 / (1 + math.exp(-eta))
        return p * spec.multiplier, x * p * (1 - p) * spec.multiplier
    mean = math.exp(eta) * spec.multiplier
    return mean, x * mean


def _series_rows(design: Design, fit: Fit, spec: InterruptedTimeSeries) -> list[dict[str, Any]]:
    q, rows = _quantile(fit, spec.level), []
    for i, label in enumerate(design.labels):
        base = float(design.base[i])
        observed = float(design.y[i]) + base
        if spec.scale == "log_rate":
            observed = math.exp(observed) * spec.multiplier
        elif spec.scale in ("count", "proportion"):
            observed = observed / float(design.size[i]) * spec.multiplier
        fitted, _ = _mean_and_slope(design.x[i], fit, spec, base)
        row = {
            "period": label,
            "series": "treated" if design.treated[i] else "comparison",
            "observed": observed,
            "fitted": fitted,
        }
        if design.after[i] and design.treated[i]:
            mean, gradient = _mean_and_slope(design.x_without[i], fit, spec, base)
            se = math.sqrt(float(gradient @ fit.cov @ gradient))
            row |= {"counterfactual": mean, "low": mean - q * se, "high": mean + q * se}
        rows.append(row)
    return rows


def _estimator_rows(design: Design, spec: InterruptedTimeSeries) -> list[dict[str, Any]]:
    """The same model by every estimator, so that a reader sees whether the conclusion depends on it."""
    rows = []
    fits = [
        regression.ols(design.x, design.y),
        *(_line(design, spec, name) for name in ("ols_newey_west", "prais_winsten", "reml_ar1")),
    ]
    for fit in fits:
        q = _quantile(fit, spec.level)
        row: dict[str, Any] = {"estimator": fit.estimator, "rho": fit.rho, "converged": fit.converged}
        for name in ("level_change", "slope_change"):
            if name in design.names:
                i = design.names.index(name)
                value, se = float(fit.beta[i]), float(fit.se[i])
                row |= {name: value, f"{name}_se": se, f"{name}_low": value - q * se, f"{name}_high": value + q * se}
        rows.append(row)
    return rows


def _placebo_rows(
    frame: Any, spec: InterruptedTimeSeries, accept: Collection[str], findings: Findings
) -> list[dict[str, Any]]:
    earlier, fake = its_design.placebo(frame, spec, findings)
    try:
        found = interrupted_time_series(earlier, fake, {*accept, "its.short_series", "its.season_unsupported"})
    except RefusedError as refused:
        reason = refused.reason
        findings.must(
            False,
            reason.rule,
            f"At the placebo date: {reason.sentence}",
            "Name another placebo date.",
            "options.placebo_at",
        )
        raise
    return [
        {"date": str(spec.placebo_at), "estimate": e.name, "value": e.value, "low": e.low, "high": e.high}
        for e in found.estimates
        if e.name in ("level_change", "slope_change")
    ]


METHODS = (
    Method(
        "interrupted_time_series",
        "charts over time",
        InterruptedTimeSeries,
        interrupted_time_series,
        {
            "level_change": "step at the date (log scale for log_rate, count, proportion)",
            "slope_change": "change of the trend per period (log scale likewise)",
            "trend_before": "trend per period before the date",
            "trend_after": "trend per period after the date",
            "level_change_ratio": "step as a rate (or odds) ratio",
            "slope_change_ratio": "change of trend as a ratio per period",
            "trend_before_ratio": "trend before as a ratio per period",
            "trend_after_ratio": "trend after as a ratio per period",
            "effect_at_*": "fitted - counterfactual in that period, the date's own period being the first",
            "relative_effect_at_*": "the same as a share of the counterfactual",
        },
        ("its.short_series", "its.season_unsupported", "series.gaps", "series.overlapping_windows"),
    ),
)
