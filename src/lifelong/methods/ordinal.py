"""Ordered answers (a Likert item) with predictors: the proportional odds model, with errors clustered by person or session."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import statsmodels.api as sm
from numpy.typing import NDArray
from scipy import optimize, special

from lifelong.methods import predictors
from lifelong.methods.clustered import LEAST_CLUSTERS, coefficients
from lifelong.methods.pairing import keys, self_rated
from lifelong.methods.result import Estimate, Findings, MethodResult, Verb
from lifelong.methods.spec import Method, column, level_option, option

Array = NDArray[np.float64]
IntArray = NDArray[np.int64]
MOST_ANSWERS, FEW_ANSWERS = 11, 5


@dataclass(frozen=True, kw_only=True)
class ProportionalOdds:
    """A Likert item or other ordered answer: one odds ratio per predictor for answering higher, at whichever point the scale is cut."""

    outcome: str = column("The ordered answer as a number, 1 to 5.")
    predictors: tuple[str, ...] = column(
        "Terms of the model; `a:b` is a product. Words become contrasts.", kind="any", many=True
    )
    cluster: str | None = column(
        "Whose answers these are (person), or the session; errors are clustered by it.", kind="text", optional=True
    )
    centre: str | None = column("Where the cluster's id is unique.", kind="text", optional=True)
    factors: tuple[str, ...] = option("Predictors with numbers that are names (time as a factor).", (), kind="texts")
    reference: Mapping[str, str] | None = option("Reference level of a predictor with words.", None, kind="table")
    randomised: bool = option("People or groups were assigned by chance.", False, kind="flag")
    self_rated: bool = option("Answers are retrospective self-ratings; the result says so.", False, kind="flag")
    level: float = level_option()


@dataclass(frozen=True, slots=True)
class OrderedFit:
    """`cuts` between answers and `beta`; `cov` covers both in this order."""

    cuts: Array
    beta: Array
    cov: Array
    log_likelihood: float


def _edges(cuts: Array) -> Array:
    return np.concatenate([[-np.inf], cuts, [np.inf]])


def _scores(params: Array, x: Array, answer: IntArray, cuts: int) -> tuple[float, Array]:
    """Log likelihood, and its gradient per row: P(answer j) = F(cut j+1 - x b) - F(cut j - x b) with the logistic F."""
    edges, eta = _edges(params[:cuts]), x @ params[cuts:]
    upper, lower = (special.expit(edges[answer + k] - eta) for k in (1, 0))
    p = np.maximum(upper - lower, 1e-300)
    d_upper, d_lower = upper * (1 - upper) / p, lower * (1 - lower) / p
    rows = np.zeros((len(answer), cuts + x.shape[1]))
    at = np.arange(len(answer))
    has_upper, has_lower = answer < cuts, answer > 0
    rows[at[has_upper], answer[has_upper]] += d_upper[has_upper]
    rows[at[has_lower], answer[has_lower] - 1] -= d_lower[has_lower]
    rows[:, cuts:] = -(d_upper - d_lower)[:, None] * x
    return float(np.log(p).sum()), rows


def fit_ordered(x: Array, answer: IntArray, cluster: IntArray | None) -> OrderedFit | None:
    """Maximum likelihood; covariance from the information, or the sandwich over clusters (factor G/(G-1)). None if it does not converge."""
    cuts = int(answer.max())
    share_up_to = np.cumsum(np.bincount(answer))[:-1] / len(answer)
    start = np.concatenate([np.log(share_up_to / (1 - share_up_to)), np.zeros(x.shape[1])])
    middle, scale = x.mean(axis=0), x.std(axis=0)
    z = (x - middle) / scale  # predictors of very different sizes

    def loss(params: Array) -> tuple[float, Array]:
        if np.any(np.diff(params[:cuts]) <= 0):
            return math.inf, np.zeros(len(params))
        value, rows = _scores(params, z, answer, cuts)
        return -value, -rows.sum(axis=0)

    found = optimize.minimize(
        loss, start, jac=True, method="BFGS", options={"gtol": 1e-7 * len(answer), "maxiter": 1000}
    )
    if not np.all(np.isfinite(found.x)) or float(np.abs(found.jac).max()) > 1e-4 * len(answer):
        return None
    information = _information(found.x, z, answer, cuts)
    if np.linalg.matrix_rank(information) < len(start):
        return None
    cov = np.linalg.inv(information)
    if cluster is not None:
        groups = int(cluster.max()) + 1
        sums = np.zeros((groups, len(start)))
        np.add.at(sums, cluster, _scores(found.x, z, answer, cuts)[1])
        cov = cov @ (sums.T @ sums) @ cov * groups / (groups - 1)
    back = np.eye(len(start))  # to the predictors' own units: beta = b / scale, cut = c + middle' beta
    back[cuts:, cuts:] = np.diag(1 / scale)
    back[:cuts, cuts:] = middle / scale
    params = back @ found.x
    return OrderedFit(params[:cuts], params[cuts:], back @ cov @ back.T, -float(found.fun))


def _information(params: Array, x: Array, answer: IntArray, cuts: int) -> Array:
    """Observed information by central differences of the analytic gradient."""
    columns = []
    for i in range(len(params)):
        step = np.zeros(len(params))
        step[i] = 1e-5 * max(1.0, abs(float(params[i])))
        up, down = (_scores(params + sign * step, x, answer, cuts)[1].sum(axis=0) for sign in (1, -1))
        columns.append(-(up - down) / (2 * step[i]))
    both = np.column_stack(columns)
    return np.asarray((both + both.T) / 2)


def _answers(y: Array, findings: Findings) -> tuple[Array, IntArray]:
    points, answer = np.unique(y, return_inverse=True)
    findings.must(
        3 <= len(points) <= MOST_ANSWERS,
        "ordinal.points",
        f"The outcome has {len(points)} different answers; the model is for 3 to {MOST_ANSWERS}.",
        "Use gee for yes and no, mixed_model or ancova for scores with many points.",
        "columns.outcome",
    )
    rare = [f"{p:g}" for p, rows in zip(points, np.bincount(answer), strict=True) if rows < FEW_ANSWERS]
    findings.warn_if(
        bool(rare),
        "ordinal.rare_answer",
        f"Fewer than {FEW_ANSWERS} rows answered {', '.join(rare)}: that cut of the scale is hardly known.",
        "Join it with its neighbour by recode.",
    )
    return points, answer.astype(np.int64)


def _cut_rows(x: Array, answer: IntArray, points: Array, names: tuple[str, ...]) -> list[dict[str, Any]]:
    """The same predictors in a separate model at each cut: if odds are proportional, rows of a term resemble each other."""
    rows = []
    full = np.column_stack([np.ones(len(x)), x])
    for j in range(1, len(points)):
        found = sm.GLM((answer >= j).astype(float), full, family=sm.families.Binomial()).fit()
        for i, name in enumerate(names, start=1):
            beta, se = float(found.params[i]), float(found.bse[i])
            if abs(beta) < 15:
                rows.append(
                    {
                        "cut": f"{points[j]:g} or higher",
                        "term": name,
                        "odds_ratio": math.exp(beta),
                        "log_odds": beta,
                        "se": se,
                    }
                )
    return rows


def _clusters(complete: Any, spec: ProportionalOdds, findings: Findings) -> IntArray | None:
    if spec.cluster is None:
        findings.assume("answers independent of each other", None, "columns.cluster was not named")
        return None
    who = keys(complete, spec.cluster, spec.centre)
    findings.must(
        all(who), "repeated.blank_ids", f"Column {spec.cluster} has blanks.", "Fill the id.", "columns.cluster"
    )
    cluster = np.unique(who, return_inverse=True)[1].astype(np.int64)
    findings.require(
        int(cluster.max()) + 1 >= LEAST_CLUSTERS,
        "gee.few_clusters",
        f"There are {int(cluster.max()) + 1} clusters.",
        "Describe the clusters.",
        "columns.cluster",
    )
    return cluster


def proportional_odds(frame: Any, spec: ProportionalOdds, accept: Collection[str] = ()) -> MethodResult:
    """Cumulative logit by maximum likelihood. Above 1 means higher answers; table `cuts` shows whether one ratio fits all cuts."""
    findings = Findings(accept)
    complete = frame[frame[[spec.outcome, *predictors.needed_columns(spec.predictors)]].notna().all(axis=1)]
    left_out = len(frame) - len(complete)
    findings.warn_if(left_out > 0, "model.incomplete_rows", f"{left_out} rows lack the outcome or a predictor.")
    findings.must(
        len(complete) > 0, "model.no_rows", "No row has outcome and predictors.", "Check the columns.", "columns"
    )
    points, answer = _answers(complete[spec.outcome].to_numpy(dtype=float), findings)
    cluster = _clusters(complete, spec, findings)
    terms = predictors.build(complete, spec.predictors, spec.factors, dict(spec.reference or {}), findings)
    names, x = terms.names[1:], terms.x[:, 1:]
    fit = fit_ordered(x, answer, cluster)
    findings.must(
        fit is not None and float(np.abs(fit.beta * x.std(axis=0)).max()) < 15,
        "model.not_converged",
        "The model has no finite answer: a predictor separates high from low answers, or an answer is too rare.",
        "Join points of the scale or levels of a predictor.",
        "columns.predictors",
    )
    assert fit is not None
    cuts = len(fit.cuts)
    se = np.sqrt(np.diag(fit.cov))
    estimates, tests, rows = coefficients(names, fit.beta, se[cuts:], spec.level, first_is_intercept=False)
    findings.assume("one odds ratio for every cut of the scale", None, "compare the rows of a term in table cuts")
    thresholds = [
        {"cut": f"{points[j + 1]:g} or higher", "threshold": float(fit.cuts[j]), "se": float(se[j])}
        for j in range(cuts)
    ]
    return MethodResult(
        method="proportional_odds",
        design="ordered answers" + (", clustered" if spec.cluster else "") + self_rated(spec.self_rated, findings),
        verb=Verb.ESTIMATED if spec.randomised else Verb.ASSOCIATED,
        estimates=tuple(estimates),
        effect_sizes=tuple(
            Estimate(f"odds_ratio:{e.name}", math.exp(e.value), math.exp(e.low), math.exp(e.high), e.level, unit="ratio")
            for e in estimates
            if e.low is not None and e.high is not None
        ),
        tests=tuple(tests),
        n={"rows": len(complete), "left_out": left_out, "clusters": int(cluster.max()) + 1 if cluster is not None else 0},
        tables={"coefficients": rows, "thresholds": thresholds, "cuts": _cut_rows(x, answer, points, names), "answers": [
            {"answer": float(v), "rows": int((answer == i).sum())} for i, v in enumerate(points)
        ]},
        details={"log_likelihood": fit.log_likelihood, "standard_errors": "clustered (sandwich)" if spec.cluster else "information"},
        **findings.closing(),
    )  # fmt: skip


METHODS = (
    Method(
        "proportional_odds",
        "repeated and grouped",
        ProportionalOdds,
        proportional_odds,
        {
            "*": "log odds of a higher answer per unit of the term",
            "odds_ratio:*": "odds ratio of a higher answer",
        },
        ("gee.few_clusters",),
    ),
)
