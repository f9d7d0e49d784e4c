"""People without an answer after: their scores drawn from what those who answered tell, many times (multiple imputation)."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from lifelong.methods import predictors
from lifelong.methods.pairing import keys
from lifelong.methods.result import Findings, MethodResult, Test, Verb, around
from lifelong.methods.spec import Method, column, level_option, option

Array = NDArray[np.float64]
LEAST_ANSWERS = 20


@dataclass(frozen=True, kw_only=True)
class ImputedChange:
    """Mean change of everybody with a score before, those without one after imputed: the sensitivity analysis beside paired_means."""

    id: str = column("Who answered; one row per person.", kind="text")
    centre: str | None = column("Where the id is unique.", kind="text", optional=True)
    pre: str = column("Score before; people without one are left out.")
    post: str = column("Score after; empty when the person did not answer.")
    predictors: tuple[str, ...] = column(
        "What else is known of everybody and may tell the score after.", kind="any", many=True, optional=True
    )
    imputations: int = option("How often the missing scores are drawn.", 50, kind="integer", low=10, high=1000)
    delta: float = option(
        "Added to every imputed score: how much worse (below 0) the silent are thought to have done.",
        0.0,
        kind="number",
    )
    seed: int = option("Seed of the draws.", 20260101, kind="integer", low=0)
    level: float = level_option()


def _draws(x: Array, y: Array, missing: NDArray[np.bool_], spec: ImputedChange) -> list[Array]:
    """Completed scores: coefficients and spread drawn from their posterior (flat prior), then the scores."""
    generator = np.random.default_rng(spec.seed)
    own, target = x[~missing], y[~missing]
    n, k = own.shape
    bread = np.linalg.inv(own.T @ own)
    beta = bread @ own.T @ target
    left = float(((target - own @ beta) ** 2).sum())
    root = np.linalg.cholesky(bread)
    completed = []
    for _ in range(spec.imputations):
        sigma = math.sqrt(left / generator.chisquare(n - k))
        drawn = beta + sigma * (root @ generator.normal(size=k))
        scores = y.copy()
        scores[missing] = x[missing] @ drawn + sigma * generator.normal(size=int(missing.sum())) + spec.delta
        completed.append(scores)
    return completed


def pooled(values: Array, variances: Array, complete_df: float) -> tuple[float, float, float, float]:
    """Rubin's rules: estimate, error, degrees of freedom (Barnard & Rubin 1999), share of the variance due to missing answers."""
    m = len(values)
    within, between = float(variances.mean()), float(values.var(ddof=1))
    total = within + (1 + 1 / m) * between
    share = (1 + 1 / m) * between / total
    observed = (complete_df + 1) / (complete_df + 3) * complete_df * (1 - share)
    df = observed if share == 0 else 1 / (1 / ((m - 1) / share**2) + 1 / observed)
    return float(values.mean()), math.sqrt(total), df, share


def _check(frame: Any, spec: ImputedChange, findings: Findings) -> Any:
    who = keys(frame, spec.id, spec.centre)
    findings.must(
        all(who) and len(set(who)) == len(who),
        "paired.repeated_ids",
        f"Column {spec.id} has blank or repeated ids.",
        "One row per person; name columns.centre if ids repeat across centres.",
        "columns.id",
    )
    known = frame[frame[[spec.pre, *predictors.needed_columns(spec.predictors)]].notna().all(axis=1)]
    findings.warn_if(
        len(known) < len(frame),
        "imputation.left_out",
        f"{len(frame) - len(known)} people without a score before or a predictor are left out.",
    )
    answered = int(known[spec.post].notna().sum())
    findings.must(
        answered >= LEAST_ANSWERS,
        "imputation.few_answers",
        f"{answered} people have both scores; a model of the score after needs {LEAST_ANSWERS}.",
        "Use paired_means and tipping_point.",
        "columns.post",
    )
    findings.must(
        answered < len(known),
        "imputation.nothing_missing",
        "Everybody with a score before has one after: there is nothing to impute.",
        "Use paired_means.",
        "columns.post",
    )
    findings.warn_if(
        2 * answered < len(known),
        "imputation.mostly_missing",
        f"{len(known) - answered} of {len(known)} scores are imputed: the result is mostly model.",
        "Show tipping_point beside it.",
    )
    return known


def imputed_change(frame: Any, spec: ImputedChange, accept: Collection[str] = ()) -> MethodResult:
    """Normal linear model of the score after on the score before and the predictors; pooled by Rubin's rules."""
    findings = Findings(accept)
    known = _check(frame, spec, findings)
    terms = predictors.build(known, (spec.pre, *spec.predictors), (), {}, findings)
    pre, post = known[spec.pre].to_numpy(dtype=float), known[spec.post].to_numpy(dtype=float)
    missing = np.isnan(post)
    findings.must(
        int(np.linalg.matrix_rank(terms.x[~missing])) == terms.x.shape[1],
        "model.collinear",
        "Among those who answered a predictor has one value only, or says the same as another.",
        "Leave it out.",
        "columns.predictors",
    )
    fitted = terms.x[~missing] @ np.linalg.lstsq(terms.x[~missing], post[~missing], rcond=None)[0]
    findings.must(
        float(np.abs(post[~missing] - fitted).max()) > 1e-10 * float(np.abs(post[~missing]).max() or 1),
        "model.perfect_fit",
        "Scores after follow exactly from the rest: there is no error to draw from.",
        "Check whether the column was computed.",
        "columns.post",
    )
    n = len(known)
    changes = [scores - pre for scores in _draws(terms.x, post, missing, spec)]
    means, variances = (np.array([f(c) for c in changes]) for f in (np.mean, lambda c: c.var(ddof=1) / n))
    value, se, df, share = pooled(means, variances, n - 1)
    complete = (post - pre)[~missing]
    complete_se = float(complete.std(ddof=1)) / math.sqrt(len(complete))
    t, t_complete = (float(stats.t.ppf((1 + spec.level) / 2, d)) for d in (df, len(complete) - 1))
    findings.assume(
        "missing scores depend only on what is in the model",
        None,
        "missing at random; options.delta shows what happens otherwise",
    )
    how = f"{spec.imputations} imputations, Rubin's rules" + (
        f", imputed scores shifted by {spec.delta:g}" if spec.delta else ""
    )
    return MethodResult(
        method="imputed_change",
        design="before and after, missing scores after imputed, no comparison group",
        verb=Verb.ASSOCIATED,
        estimates=(
            around("mean_change", value, se, t, spec.level, "score points", how),
            around("mean_change_complete", float(complete.mean()), complete_se, t_complete, spec.level, "score points", "people with both scores"),
        ),
        tests=(Test("mean_change", value / se, float(2 * stats.t.sf(abs(value / se), df)), (df,), how),),
        n={"rows": len(frame), "left_out": len(frame) - n, "people": n, "answered": int((~missing).sum()), "imputed": int(missing.sum())},
        details={"missing_information": share, "delta": spec.delta, "model": f"{spec.post} on {', '.join(terms.names[1:])}"},
        **findings.closing(),
    )  # fmt: skip


METHODS = (
    Method(
        "imputed_change",
        "response and non-response",
        ImputedChange,
        imputed_change,
        {
            "mean_change": "mean of post - pre of everybody with a score before, missing ones imputed",
            "mean_change_complete": "the same of people with both scores",
        },
    ),
)
