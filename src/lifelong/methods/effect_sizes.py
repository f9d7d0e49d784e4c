"""Effect sizes by name. A bare "d" is never returned: d_z 1.28 and d_av 0.83 describe the same data (Student's sleep data)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

from lifelong.methods.result import Estimate

Array = NDArray[np.float64]


def hedges_j(df: float) -> float:
    """The exact small-sample factor, by the gamma function (Hedges 1981); NaN below 2 degrees of freedom."""
    if df < 2:
        return math.nan
    return math.exp(math.lgamma(df / 2) - math.lgamma((df - 1) / 2)) / math.sqrt(df / 2)


def noncentral_t_bounds(t: float, df: float, level: float) -> tuple[float, float]:
    """The noncentrality parameters for which `t` lies at the edges of the central `level` interval."""
    tail = (1 - level) / 2

    def solve(target: float) -> float:
        def gap(nc: float) -> float:
            return float(stats.nct.cdf(t, df, nc)) - target

        # the distribution function falls in nc; widen step by step, because it is not computable far out
        step = math.sqrt(1 + t * t / (2 * df))
        low = high = t
        while gap(low) < 0:
            low -= step
        while gap(high) > 0:
            high += step
        return float(optimize.brentq(gap, low, high, xtol=1e-12, rtol=1e-12)) if low < high else t

    return solve(1 - tail), solve(tail)


def paired(pre: Array, post: Array, level: float) -> tuple[Estimate, ...]:
    """d_z, g_z, d_av, d_rm and Glass's delta of matched scores, difference = post - pre."""
    n = len(pre)
    change = post - pre
    mean, sd = float(change.mean()), float(change.std(ddof=1))
    sd_pre, sd_post = float(pre.std(ddof=1)), float(post.std(ddof=1))
    if min(sd, sd_pre) == 0:
        return ()
    d_z, j = mean / sd, hedges_j(n - 1)
    low, high = (bound / math.sqrt(n) for bound in noncentral_t_bounds(d_z * math.sqrt(n), n - 1, level))
    r = float(np.corrcoef(pre, post)[0, 1]) if sd_post > 0 else math.nan
    root_mean_sd = math.sqrt((sd_pre**2 + sd_post**2) / 2)
    return (
        Estimate("cohen_dz", d_z, low, high, level, how="mean change / SD of change; interval by noncentral t"),
        Estimate("hedges_gz", j * d_z, j * low, j * high, level, how="d_z with Hedges' exact correction"),
        Estimate("cohen_dav", mean / root_mean_sd, how="mean change / root mean square of both SDs"),
        Estimate("cohen_drm", d_z * math.sqrt(2 * (1 - r)), how="d_z corrected for the correlation of pre and post"),
        Estimate("glass_delta_pre", mean / sd_pre, how="mean change / SD before"),
    )


def independent(first: Array, second: Array, level: float) -> tuple[Estimate, ...]:
    """Cohen's d_s and Hedges' g_s of two groups, difference = second - first, pooled SD, noncentral t interval."""
    n1, n2 = len(first), len(second)
    df = n1 + n2 - 2
    pooled = math.sqrt(((n1 - 1) * first.var(ddof=1) + (n2 - 1) * second.var(ddof=1)) / df)
    if pooled == 0:
        return ()
    d, scale, j = float(second.mean() - first.mean()) / pooled, math.sqrt(1 / n1 + 1 / n2), hedges_j(df)
    low, high = (bound * scale for bound in noncentral_t_bounds(d / scale, df, level))
    difference, sd_first = float(second.mean() - first.mean()), float(first.std(ddof=1))
    sizes = (
        Estimate("cohen_ds", d, low, high, level, how="difference / pooled SD; interval by noncentral t"),
        Estimate("hedges_gs", j * d, j * low, j * high, level, how="d_s with Hedges' exact correction"),
    )
    if sd_first == 0:
        return sizes
    return (*sizes, Estimate("glass_delta_first", difference / sd_first, how="/ SD of the first group"))


def independent_from_summary(
    mean1: float, mean2: float, sd1: float, sd2: float, n1: float, n2: float
) -> dict[str, float]:
    """d, g and their variances from two groups' means and SDs (Borenstein et al. 2009, chapter 4); difference = 1 - 2."""
    df = n1 + n2 - 2
    pooled = math.sqrt(((n1 - 1) * sd1**2 + (n2 - 1) * sd2**2) / df)
    d = (mean1 - mean2) / pooled
    return _with_g(d, (n1 + n2) / (n1 * n2) + d**2 / (2 * (n1 + n2)), df, pooled)


def paired_from_summary(mean1: float, mean2: float, sd_change: float, n: float, r: float) -> dict[str, float]:
    """d standardised by the SD within occasions, and its variance, from matched summaries (Borenstein et al. 2009)."""
    within = sd_change / math.sqrt(2 * (1 - r))
    d = (mean1 - mean2) / within
    return _with_g(d, (1 / n + d**2 / (2 * n)) * 2 * (1 - r), n - 1, within)


def _with_g(d: float, variance: float, df: float, sd: float) -> dict[str, float]:
    j = hedges_j(df)
    return {
        "sd_within": sd,
        "d": d,
        "v_d": variance,
        "se_d": math.sqrt(variance),
        "j": j,
        "g": j * d,
        "v_g": j**2 * variance,
        "se_g": j * math.sqrt(variance),
    }
