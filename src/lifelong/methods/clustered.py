"""Repeated answers and people in groups: GEE with robust errors, and mixed models with random intercepts and slopes."""

from __future__ import annotations

import math
import warnings
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import statsmodels.api as sm
from numpy.typing import NDArray
from scipy import stats

from lifelong.methods import predictors
from lifelong.methods.multiplicity import adjusted
from lifelong.methods.pairing import keys, self_rated
from lifelong.methods.predictors import Terms
from lifelong.methods.proportions import normal_quantile
from lifelong.methods.result import Estimate, Findings, MethodResult, Test, Verb
from lifelong.methods.spec import Method, column, level_option, option

Array = NDArray[np.float64]
LEAST_CLUSTERS, FEW_CLUSTERS, LEAST_GROUPS = 10, 40, 5


@dataclass(frozen=True, kw_only=True)
class Repeated:
    """What GEE and mixed models share: an outcome, its predictors, and who the answers belong to."""

    outcome: str = column("The answer or score; 0/1 for a binomial model.")
    predictors: tuple[str, ...] = column(
        "Terms of the model; `a:b` is a product. Words become contrasts. None: the mean (or share) alone, clustered.",
        kind="any",
        many=True,
        optional=True,
    )
    cluster: str = column("Whose answers these are (person), or the session or clinic.", kind="text")
    centre: str | None = column(
        "Where the cluster's id is unique. Needed when centres number alike.", kind="text", optional=True
    )
    occasion: str | None = column(
        "Wave of the answer; a person may have one row per occasion.", kind="text", optional=True
    )
    factors: tuple[str, ...] = option("Predictors with numbers that are names (time as a factor).", (), kind="texts")
    reference: Mapping[str, str] | None = option("Reference level of a predictor with words.", None, kind="table")
    randomised: bool = option("People or groups were assigned by chance.", False, kind="flag")
    self_rated: bool = option("Answers are retrospective self-ratings; the result says so.", False, kind="flag")
    level: float = level_option()


@dataclass(frozen=True, kw_only=True)
class Gee(Repeated):
    """Population-average model with robust standard errors; keeps people who missed an occasion."""

    family: str = option("Kind of outcome.", "binomial", choices=("binomial", "gaussian", "poisson"))
    working: str = option(
        "Working correlation within a cluster.", "exchangeable", choices=("exchangeable", "independence")
    )


@dataclass(frozen=True, kw_only=True)
class MixedModel(Repeated):
    """Linear mixed model by REML: random intercept per cluster, and optionally a random slope; keeps people with missing occasions."""

    random_slope: str | None = column("Predictor whose slope varies between clusters.", optional=True)


def _check_spread(y: Array, findings: Findings) -> None:
    findings.must(
        float(np.ptp(y)) > 1e-12 * float(np.abs(y).max()),
        "model.no_spread",
        f"Every row has the same outcome, {y[0]:g}: nothing can be explained.",
        "Report the outcome as it is; for a share of 0 or 1 report the count.",
        "columns.outcome",
    )


def _prepare(frame: Any, spec: Repeated, findings: Findings) -> tuple[Any, NDArray[np.int64], Terms]:
    """Complete rows, a cluster number per row, and the design. Refuses blank ids and (overridable) repeated occasions."""
    slope = getattr(spec, "random_slope", None)
    needed = [spec.outcome, *predictors.needed_columns(spec.predictors), *([slope] if slope else [])]
    findings.must(
        spec.outcome not in needed[1:],
        "model.outcome_as_predictor",
        f"The outcome {spec.outcome} is also a predictor.",
        "Leave it out of the predictors.",
        "columns.predictors",
    )
    unknown = [name for name in needed if name not in frame.columns]
    findings.must(
        not unknown,
        "model.unknown_column",
        f"The data have no column {', '.join(unknown)}.",
        "Correct the name.",
        "columns.predictors",
    )
    complete = frame[frame[needed].notna().all(axis=1)]
    findings.warn_if(
        len(complete) < len(frame),
        "model.incomplete_rows",
        f"{len(frame) - len(complete)} rows lack the outcome or a predictor.",
    )
    findings.must(
        len(complete) > 0, "model.no_rows", "No row has outcome and predictors.", "Check the columns.", "columns"
    )
    _check_spread(complete[spec.outcome].to_numpy(dtype=float), findings)
    who = keys(complete, spec.cluster, spec.centre)
    findings.must(
        all(who),
        "repeated.blank_ids",
        f"Column {spec.cluster}{f' or {spec.centre}' if spec.centre else ''} has blanks.",
        "Fill the id or leave the rows out.",
        "columns.cluster",
    )
    if spec.occasion is not None:
        rows = list(zip(who, complete[spec.occasion].astype(str), strict=True))
        repeats = len(rows) - len(set(rows))
        findings.require(
            repeats == 0,
            "repeated.same_occasion",
            f"{repeats} rows repeat a person and occasion: ids repeat across centres, or later attempts are included.",
            "Name columns.centre, or keep first attempts only.",
            "columns.cluster",
        )
    else:
        findings.assume("one row per person and occasion", None, "columns.occasion was not named")
    number = {key: i for i, key in enumerate(dict.fromkeys(who))}
    groups = np.array([number[key] for key in who], dtype=np.int64)
    order = np.argsort(groups, kind="stable")
    complete = complete.iloc[order]
    terms = predictors.build(complete, spec.predictors, spec.factors, dict(spec.reference or {}), findings)
    return complete, groups[order], terms


def coefficients(
    names: tuple[str, ...], beta: Array, se: Array, level: float, *, first_is_intercept: bool = True
) -> tuple[list[Estimate], list[Test], list[dict[str, Any]]]:
    """Estimates, Wald tests and table rows of a model's terms; Holm's adjustment leaves the intercept out."""
    z = normal_quantile(level)
    estimates = [
        Estimate(name, float(b), float(b - z * s), float(b + z * s), level, float(s))
        for name, b, s in zip(names, beta, se, strict=True)
    ]
    p = [float(2 * stats.norm.sf(abs(b / s))) for b, s in zip(beta, se, strict=True)]
    tests = [
        Test(name, float(b / s), value, how="Wald z") for name, b, s, value in zip(names, beta, se, p, strict=True)
    ]
    holm = [math.nan, *adjusted(p[1:], "holm")] if first_is_intercept else adjusted(p, "holm")
    rows = [
        {"term": e.name, "value": e.value, "se": e.se, "low": e.low, "high": e.high, "p": value, "p_holm": h}
        for e, value, h in zip(estimates, p, holm, strict=True)
    ]
    return estimates, tests, rows


def _verb(spec: Repeated) -> Verb:
    return Verb.ESTIMATED if spec.randomised else Verb.ASSOCIATED


def _check_gee(y: Array, clusters: int, terms: int, spec: Gee, findings: Findings) -> None:
    findings.must(
        spec.family != "binomial" or bool(np.all(np.isin(y, (0, 1)))),
        "model.not_binary",
        "A binomial outcome must be 0 or 1.",
        "Recode the outcome.",
        "columns.outcome",
    )
    findings.must(
        spec.family != "poisson" or bool(np.all((y >= 0) & (y == np.floor(y)))),
        "model.negative_count",
        "A Poisson outcome must be a count: whole, not negative.",
        "Use family gaussian.",
        "columns.outcome",
    )
    findings.must(
        clusters > terms,
        "gee.fewer_clusters_than_terms",
        f"{clusters} clusters cannot give robust errors for {terms} coefficients.",
        "Leave out predictors, or describe the clusters.",
        "columns.cluster",
    )
    findings.require(
        clusters >= LEAST_CLUSTERS,
        "gee.few_clusters",
        f"There are {clusters} clusters.",
        "Use a mixed model, or describe the clusters.",
        "columns.cluster",
    )
    findings.warn_if(
        clusters < FEW_CLUSTERS,
        "gee.small_sample",
        f"With {clusters} clusters robust errors are too small.",
        "Read the interval as a lower bound of its width.",
    )


def gee(frame: Any, spec: Gee, accept: Collection[str] = ()) -> MethodResult:
    """Generalised estimating equations; scale fixed at 1 for binomial and Poisson. Odds or rate ratios as effect sizes."""
    findings = Findings(accept)
    data, groups, terms = _prepare(frame, spec, findings)
    y = data[spec.outcome].to_numpy(dtype=float)
    clusters = len(np.unique(groups))
    _check_gee(y, clusters, len(terms.names), spec, findings)
    family = {"binomial": sm.families.Binomial(), "gaussian": sm.families.Gaussian(), "poisson": sm.families.Poisson()}[
        spec.family
    ]
    repeated = int(np.bincount(groups).max()) > 1
    findings.warn_if(not repeated, "gee.no_repeats", "Every cluster has one row: no correlation can be estimated.")
    exchangeable = spec.working == "exchangeable" and repeated
    working = sm.cov_struct.Exchangeable() if exchangeable else sm.cov_struct.Independence()
    scale = None if spec.family == "gaussian" else 1.0
    tolerance = 1e-9 * max(1.0, float(np.linalg.norm(terms.x.T @ y)))  # the score grows with the data
    with warnings.catch_warnings(record=True) as raised, _refusing(findings):
        warnings.simplefilter("always")
        found = sm.GEE(y, terms.x, groups, family=family, cov_struct=working).fit(
            maxiter=200, ctol=tolerance, scale=scale
        )
    converged = bool(getattr(found, "converged", True))
    findings.must(
        converged, "model.not_converged", "The model did not converge.", "Use fewer predictors.", "columns.predictors"
    )
    findings.warn_if(
        any("onverge" in str(w.message) for w in raised),
        "model.convergence_warning",
        "The fit reported a convergence problem.",
    )
    _check_separation(terms.x @ np.asarray(found.params), spec, findings)
    estimates, tests, rows = coefficients(
        terms.names, np.asarray(found.params), np.asarray(found.standard_errors("robust")), spec.level
    )
    alpha = float(np.ravel(working.dep_params)[0]) if exchangeable else 0.0
    findings.assume(
        "missing answers do not depend on what they would have been", None, "GEE needs missing completely at random"
    )
    ratio = {"binomial": "odds_ratio", "poisson": "rate_ratio"}.get(spec.family)
    return MethodResult(
        method="gee",
        design=f"repeated or grouped answers, {spec.working} working correlation"
        + self_rated(spec.self_rated, findings),
        verb=_verb(spec),
        estimates=tuple(estimates),
        effect_sizes=_ratios(estimates, ratio) if ratio else (),
        tests=tuple(tests),
        n=_cluster_counts(frame, groups),
        tables={"coefficients": rows},
        details={
            "working_correlation": alpha,
            "family": spec.family,
            "standard_errors": "robust (sandwich), by cluster",
        },
        **findings.closing(),
    )


def _check_separation(fitted: Array, spec: Gee, findings: Findings) -> None:
    """A predictor that tells yes from no without exception has no finite coefficient; the fit stops somewhere far out."""
    far = float(fitted.min()) < -15 or (spec.family == "binomial" and float(fitted.max()) > 15)
    findings.must(
        spec.family == "gaussian" or not far,
        "model.separation",
        "For some predictor values the outcome is always the same (all yes, all no, or no event): its coefficient is infinite.",
        "Join levels, or report the counts of these rows.",
        "columns.predictors",
    )


@contextmanager
def _refusing(findings: Findings) -> Iterator[None]:
    """A fit that breaks down numerically is a refusal, not a crash."""
    try:
        yield
    except (ValueError, FloatingPointError) as error:
        findings.must(
            False,
            "model.not_estimable",
            f"The model cannot be fitted: {str(error).split('.')[0]}.",
            "Check the outcome for the family, or use fewer predictors.",
            "columns",
        )


def _ratios(estimates: list[Estimate], name: str) -> tuple[Estimate, ...]:
    """Ratios of the terms; a binomial model without terms gives the share itself."""
    only = estimates[0]
    if len(estimates) == 1 and name == "odds_ratio" and only.low is not None and only.high is not None:
        value, low, high = (1 / (1 + math.exp(-x)) for x in (only.value, only.low, only.high))
        return (Estimate("share", value, low, high, only.level, unit="share", how="clustered, from the log odds"),)
    return tuple(
        Estimate(f"{name}:{e.name}", math.exp(e.value), math.exp(e.low), math.exp(e.high), e.level, unit="ratio")
        for e in estimates[1:]
        if e.low is not None and e.high is not None
    )


def _cluster_counts(frame: Any, groups: NDArray[np.int64]) -> dict[str, int]:
    sizes = np.bincount(groups)
    return {
        "rows": len(groups),
        "clusters": len(sizes),
        "largest_cluster": int(sizes.max()),
        "left_out": len(frame) - len(groups),
    }


def _check_mixed(found: Any, y: Array, findings: Findings) -> None:
    findings.must(
        found is not None,
        "model.not_converged",
        "The mixed model did not converge.",
        "Leave out the random slope.",
        "columns.random_slope",
    )
    findings.must(
        float(found.scale) > 1e-10 * float(y.var()),
        "model.perfect_fit",
        "The model goes through every answer: there is no error to estimate.",
        "Check whether the outcome was computed from the predictors.",
        "columns.outcome",
    )


def _random_part(data: Any, spec: MixedModel, findings: Findings) -> Array:
    """Columns of the random effects: an intercept per cluster, and a slope when one is planned."""
    random = np.ones((len(data), 1))
    if spec.random_slope is None:
        return random
    slope = data[spec.random_slope].to_numpy(dtype=float)
    findings.must(
        float(np.ptp(slope)) > 0,
        "mixed.constant_slope",
        f"Column {spec.random_slope} has one value only: no slope exists.",
        "Leave out random_slope.",
        "columns.random_slope",
    )
    return np.column_stack([random, slope])


def mixed_model(frame: Any, spec: MixedModel, accept: Collection[str] = ()) -> MethodResult:
    """REML fit; variance components, intraclass correlation and design effect beside the fixed effects."""
    findings = Findings(accept)
    data, groups, terms = _prepare(frame, spec, findings)
    y = data[spec.outcome].to_numpy(dtype=float)
    count = len(np.unique(groups))
    findings.require(
        count >= LEAST_GROUPS,
        "mixed.few_groups",
        f"There are {count} clusters.",
        "Treat the cluster as a fixed predictor.",
        "columns.cluster",
    )
    findings.must(
        len(y) > count,
        "mixed.no_repeats",
        "Every cluster has one row.",
        "Use a method without clusters.",
        "columns.cluster",
    )
    random = _random_part(data, spec, findings)
    found, problems = _fit_mixed(y, terms.x, groups, random)
    _check_mixed(found, y, findings)
    findings.warn_if(
        bool(problems),
        "model.convergence_warning",
        f"The fit reported: {'; '.join(problems)}.",
        "Compare with the model without random slope.",
    )
    estimates, tests, rows = coefficients(
        terms.names, np.asarray(found.fe_params), np.asarray(found.bse_fe), spec.level
    )
    findings.assume("missing occasions depend only on what was observed", None, "missing at random")
    findings.assume("random effects and residuals normal", None, "look at the residuals")
    components = _components(found, groups)
    return MethodResult(
        method="mixed_model",
        design="repeated or grouped answers, random intercept"
        + (" and slope" if spec.random_slope else "")
        + self_rated(spec.self_rated, findings),
        verb=_verb(spec),
        estimates=tuple(estimates),
        effect_sizes=tuple(Estimate(name, value) for name, value in components.items() if value is not None),
        tests=tuple(tests),
        n={"rows": len(y), "clusters": count, "left_out": len(frame) - len(y)},
        tables={"coefficients": rows},
        details={"reml_criterion": -2 * float(found.llf), "intervals": "Wald, normal; no small-sample correction"},
        **findings.closing(),
    )


def _fit_mixed(y: Array, x: Array, groups: NDArray[np.int64], random: Array) -> tuple[Any, list[str]]:
    """The best of the optimisers that converge, with what they complained of."""
    best: Any = None
    problems: list[str] = []
    for optimiser in ("bfgs", "lbfgs", "powell"):
        with warnings.catch_warnings(record=True) as raised:
            warnings.simplefilter("always")
            try:
                found = sm.MixedLM(y, x, groups, exog_re=random).fit(reml=True, method=optimiser)
            except np.linalg.LinAlgError as error:
                problems = [str(error)]
                continue
        if not found.converged:
            problems = sorted({str(w.message).split("\n")[0] for w in raised})
            continue
        best, problems = (
            found,
            sorted(
                {
                    str(w.message).split("\n")[0]
                    for w in raised
                    if "singular" in str(w.message) or "boundary" in str(w.message)
                }
            ),
        )
        break
    return best, problems


def _components(found: Any, groups: NDArray[np.int64]) -> dict[str, float | None]:
    cov, residual = np.asarray(found.cov_re, dtype=float), float(found.scale)
    sizes = np.bincount(groups).astype(float)
    parts: dict[str, float | None] = {"sd_intercept": math.sqrt(max(cov[0, 0], 0)), "sd_residual": math.sqrt(residual)}
    if cov.shape == (1, 1):
        correlation = cov[0, 0] / (cov[0, 0] + residual)
        parts["icc"] = float(correlation)
        parts["design_effect"] = float(1 + ((sizes**2).sum() / sizes.sum() - 1) * correlation)
    else:
        parts["sd_slope"] = math.sqrt(max(cov[1, 1], 0))
        product = cov[0, 0] * cov[1, 1]
        parts["correlation_intercept_slope"] = float(cov[0, 1] / math.sqrt(product)) if product > 0 else None
    return parts


METHODS = (
    Method(
        "gee",
        "repeated and grouped",
        Gee,
        gee,
        {
            "*": "coefficient of the term (log odds for binomial, log rate for Poisson); `(Intercept)` first",
            "odds_ratio:*": "odds ratio of the term",
            "rate_ratio:*": "rate ratio of the term",
            "share": "binomial model without predictors: the share, its interval widened for the clusters",
        },
        ("gee.few_clusters", "repeated.same_occasion"),
    ),
    Method(
        "mixed_model",
        "repeated and grouped",
        MixedModel,
        mixed_model,
        {
            "*": "fixed effect of the term; `(Intercept)` first",
            "sd_intercept": "SD of the clusters' intercepts",
            "sd_slope": "SD of the clusters' slopes",
            "sd_residual": "residual SD",
            "icc": "share of variance between clusters (random intercept only)",
            "design_effect": "how much the clustering inflates variance of a mean",
        },
        ("mixed.few_groups", "repeated.same_occasion"),
    ),
)
