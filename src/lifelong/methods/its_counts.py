"""Counts and proportions of an interrupted series: Poisson, negative binomial and binomial models, and how far they are overdispersed."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np
import statsmodels.api as sm
from numpy.typing import NDArray
from scipy import stats
from statsmodels.tools.sm_exceptions import ConvergenceWarning, HessianInversionWarning

from lifelong.methods.its_design import Design, InterruptedTimeSeries
from lifelong.methods.regression import Fit
from lifelong.methods.result import Findings, Test
from lifelong.methods.series import lag_one

Array = NDArray[np.float64]
Fitted = tuple[Fit, dict[str, Any], tuple[Test, ...]]


def fit_counts(design: Design, spec: InterruptedTimeSeries, findings: Findings) -> Fitted:
    """The fit with its facts, and the F tests of a change when errors are scaled by the dispersion."""
    findings.must(
        spec.dispersion != "negative_binomial" or spec.scale == "count",
        "its.negative_binomial_of_counts",
        "A negative binomial model is one of counts.",
        'Use scale = "count", or dispersion quasi.',
        "options.dispersion",
    )
    return _negative_binomial(design, findings) if spec.dispersion == "negative_binomial" else _glm(design, spec)


def _model(design: Design, x: Array, scale: str) -> Any:
    if scale == "count":
        return sm.GLM(design.y, x, family=sm.families.Poisson(), offset=np.log(design.size)).fit(tol=1e-12)
    both = np.column_stack([design.y, design.size - design.y])
    return sm.GLM(both, x, family=sm.families.Binomial()).fit(tol=1e-12)


def _glm(design: Design, spec: InterruptedTimeSeries) -> Fitted:
    found = _model(design, design.x, spec.scale)
    n, k = design.x.shape
    dispersion = float(found.pearson_chi2) / (n - k)
    residuals = np.asarray(found.resid_pearson, dtype=float)
    fit = Fit(
        f"{'Poisson' if spec.scale == 'count' else 'binomial'} ({spec.dispersion})",
        np.asarray(found.params),
        np.asarray(found.cov_params()) * (dispersion if spec.dispersion == "quasi" else 1.0),
        None,
        residuals,
    )
    tests: list[Test] = []
    for name in ("level_change", "slope_change"):
        if name in design.names and spec.dispersion == "quasi":
            reduced = _model(design, np.delete(design.x, design.names.index(name), axis=1), spec.scale)
            f = (float(reduced.deviance) - float(found.deviance)) / dispersion
            tests.append(
                Test(f"{name}_f", f, float(stats.f.sf(f, 1, n - k)), (1, n - k), "change of deviance / dispersion")
            )
    return fit, _facts(design, fit, residuals, dispersion), tuple(tests)


def _facts(design: Design, fit: Fit, residuals: Array, dispersion: float) -> dict[str, Any]:
    n, k = design.x.shape
    return {
        "estimator": fit.estimator,
        "dispersion": dispersion,
        "lag_one": lag_one(residuals[design.treated]),
        "residual_df": n - k,
    }


def _negative_binomial(design: Design, findings: Findings) -> Fitted:
    """Variance mu + alpha mu^2 by maximum likelihood; Poisson if counts vary no more than Poisson counts do."""
    poisson = _model(design, design.x, "count")
    n, k = design.x.shape
    if float(poisson.pearson_chi2) <= n - k:
        findings.warn(
            "its.not_overdispersed",
            "Counts vary no more than Poisson counts do: the negative binomial model falls back to Poisson.",
            "State dispersion fixed or quasi.",
        )
        residuals = np.asarray(poisson.resid_pearson, dtype=float)
        fit = Fit(
            "negative binomial (alpha 0)", np.asarray(poisson.params), np.asarray(poisson.cov_params()), None, residuals
        )
        return fit, _facts(design, fit, residuals, float(poisson.pearson_chi2) / (n - k)) | {"alpha": 0.0}, ()
    found = None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", (ConvergenceWarning, HessianInversionWarning))  # judged below
        warnings.simplefilter("ignore", RuntimeWarning)
        for method in ("bfgs", "newton", "nm"):
            start = np.append(
                np.asarray(poisson.params), max(0.01, (float(poisson.pearson_chi2) / (n - k) - 1) / design.y.mean())
            )
            tried = sm.NegativeBinomial(design.y, design.x, offset=np.log(design.size)).fit(
                start_params=start, method=method, maxiter=2000, disp=False
            )
            if bool(tried.mle_retvals["converged"]) and np.all(np.isfinite(np.asarray(tried.bse))):
                found = tried
                break
    findings.must(
        found is not None,
        "its.negative_binomial_not_converged",
        "The negative binomial model did not converge.",
        "Use dispersion quasi.",
        "options.dispersion",
    )
    assert found is not None
    params, alpha = np.asarray(found.params), float(np.asarray(found.params)[-1])
    mean = np.exp(design.x @ params[:-1] + np.log(design.size))
    residuals = (design.y - mean) / np.sqrt(mean + alpha * mean**2)
    fit = Fit(
        f"negative binomial (alpha {alpha:.4g})", params[:-1], np.asarray(found.cov_params())[:-1, :-1], None, residuals
    )
    facts = _facts(design, fit, residuals, float((residuals**2).sum()) / (n - k))
    return fit, facts | {"alpha": alpha, "theta": 1 / alpha if alpha > 0 else math.inf}, ()
