"""Means before and after, of the same people or of two groups: difference with interval first, named effect sizes, then p."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from lifelong.methods import effect_sizes
from lifelong.methods.benchmarks import benchmark_option, benchmark_row
from lifelong.methods.pairing import PairColumns, keys, matched
from lifelong.methods.result import Estimate, Findings, MethodResult, Test, Verb, around
from lifelong.methods.spec import Method, column, level_option, option

Array = NDArray[np.float64]
PEOPLE_FOR_A_TEST = 10
PAIRS_WITHOUT_NORMALITY = 30


@dataclass(frozen=True, kw_only=True)
class PairedMeans(PairColumns):
    """Matched scores before and after. Mean difference (post - pre), Student's interval and test, named effect sizes."""

    level: float = level_option()
    max_score: float | None = option(
        "Highest possible score, to show how many were at the ceiling before.", None, kind="number"
    )
    self_rated: bool = option(
        "Scores are retrospective self-ratings (then-test): never called learning.", False, kind="flag"
    )
    benchmark: str = benchmark_option()


def paired_means(frame: Any, spec: PairedMeans, accept: Collection[str] = ()) -> MethodResult:
    """Paired t interval and test. Refuses unmatched data, fewer than 10 pairs, strongly non-normal small samples."""
    findings = Findings(accept)
    _refuse_then_test(spec.self_rated, findings)
    pairs = matched(frame, spec, findings)
    n = len(pairs.pre)
    require_pairs(n, findings)
    change = pairs.post - pairs.pre
    varies = _spread(change, pairs.pre, findings)
    if varies:
        _check_normal(change, findings)
        estimate, tests = _change_estimate(change, spec.level)
    else:
        estimate, tests = Estimate("mean_difference", float(change.mean()), unit="score points", how="post - pre"), ()
    _check_ceiling(pairs.pre, spec.max_score, findings)
    return MethodResult(
        method="paired_means",
        design="matched before and after, no comparison group",
        verb=Verb.ASSOCIATED,
        estimates=(
            estimate,
            Estimate("mean_pre", float(pairs.pre.mean()), how="matched people only"),
            Estimate("mean_post", float(pairs.post.mean()), how="matched people only"),
        ),
        effect_sizes=effect_sizes.paired(pairs.pre, pairs.post, spec.level) if varies else (),
        tests=tests,
        n=pairs.n,
        tables={"change": change_rows(change), "benchmark": benchmark_row(spec.benchmark)},
        details={
            "sd_pre": float(pairs.pre.std(ddof=1)),
            "sd_post": float(pairs.post.std(ddof=1)),
            "sd_difference": float(change.std(ddof=1)),
            "correlation": _correlation(pairs.pre, pairs.post),
            "improved": int((change > 0).sum()),
            "unchanged": int((change == 0).sum()),
            "worse": int((change < 0).sum()),
        },
        **findings.closing(),
    )


def _correlation(x: Array, y: Array) -> float | None:
    return float(np.corrcoef(x, y)[0, 1]) if x.std() > 0 and y.std() > 0 else None


def _refuse_then_test(self_rated: bool, findings: Findings) -> None:
    findings.require(
        not self_rated,
        "paired.self_rated_then_test",
        "These are retrospective self-ratings, not scores of a test: a mean difference would read as learning.",
        "Use method signed_rank and label the figure self-rated, retrospective.",
        "options.self_rated",
    )


def require_pairs(n: int, findings: Findings) -> None:
    """Fewer than 10 pairs are described, not tested (overridable)."""
    findings.require(
        n >= PEOPLE_FOR_A_TEST,
        "paired.few_pairs",
        f"{n} pairs are too few for a test.",
        "Draw one line per person and describe, or accept paired.few_pairs and print it.",
        "columns.id",
    )


def _spread(change: Array, scores: Array, findings: Findings) -> bool:
    """Whether people changed by different amounts; if not, no error can be estimated and no interval exists."""
    varies = float(np.ptp(change)) > 1e-12 * max(1e-300, float(np.abs(scores).max()), float(np.abs(change).max()))
    findings.warn_if(
        not varies,
        "paired.no_spread",
        f"All {len(change)} people changed by the same amount ({float(change.mean()):g}): there is no error to estimate, "
        "so no interval, test or effect size.",
        "Check whether one column was computed from the other.",
    )
    return varies


def _change_estimate(change: Array, level: float) -> tuple[Estimate, tuple[Test, ...]]:
    n = len(change)
    mean, se = float(change.mean()), float(change.std(ddof=1)) / math.sqrt(n)
    t = mean / se
    test = Test("paired_t", t, float(2 * stats.t.sf(abs(t), n - 1)), (n - 1,))
    q = float(stats.t.ppf((1 + level) / 2, n - 1))
    return around("mean_difference", mean, se, q, level, "score points", "post - pre, Student's t"), (test,)


def _check_normal(change: Array, findings: Findings) -> None:
    n = len(change)
    if n >= PAIRS_WITHOUT_NORMALITY or n < 3 or change.std() == 0:
        findings.assume("differences roughly normal or at least 30 pairs", n >= PAIRS_WITHOUT_NORMALITY, f"{n} pairs")
        return
    p = float(stats.shapiro(change).pvalue)
    findings.assume(
        "differences roughly normal or at least 30 pairs", p >= 0.05, f"{n} pairs, Shapiro-Wilk p = {p:.4f}"
    )
    findings.require(
        p >= 0.01,
        "paired.differences_not_normal",
        f"With {n} pairs the differences are far from normal (Shapiro-Wilk p = {p:.4f}).",
        "Use method signed_rank.",
    )
    findings.warn_if(
        p < 0.05,
        "paired.differences_skewed",
        f"With {n} pairs the differences are not clearly normal (Shapiro-Wilk p = {p:.3f}).",
        "Show method signed_rank beside this result.",
    )


def _check_ceiling(pre: Array, max_score: float | None, findings: Findings) -> None:
    if max_score is None:
        return
    share = float((pre >= max_score).mean())
    findings.assume("no ceiling before the activity", share < 0.15, f"{share:.0%} had the highest score before")
    findings.warn_if(
        share >= 0.15,
        "paired.ceiling",
        f"{share:.0%} had the highest possible score before and could not improve.",
        "Report the change with and without them.",
    )


def change_rows(change: Array) -> list[dict[str, float]]:
    """The distribution of change: each value with its count when there are few, deciles otherwise."""
    values, counts = np.unique(change, return_counts=True)
    if len(values) <= 25:
        return [{"change": float(v), "people": int(c)} for v, c in zip(values, counts, strict=True)]
    return [{"quantile": q / 10, "change": float(np.quantile(change, q / 10))} for q in range(11)]


@dataclass(frozen=True, kw_only=True)
class UnpairedMeans:
    """Two separate samples (unmatched pre/post, or two groups). Difference second - first, Welch's interval, named effect sizes."""

    value: str = column("The score.")
    group: str = column("Which sample the row belongs to.", kind="text")
    id: str | None = column("Who answered; refused if the same ids occur in both samples.", kind="text", optional=True)
    first: str = option("Value of `group` that is the first sample (before, or comparison).")
    second: str = option("Value of `group` that is the second sample (after, or activity).")
    level: float = level_option()


def unpaired_means(frame: Any, spec: UnpairedMeans, accept: Collection[str] = ()) -> MethodResult:
    """Welch's interval and test, Mann-Whitney beside it. Says that the samples are unmatched; refuses shared ids."""
    findings = Findings(accept)
    first, second = two_samples(frame, spec.value, spec.group, spec.first, spec.second, findings)
    left_out = _say_left_out(len(frame) - len(first) - len(second), len(frame), findings)
    if spec.id is not None:
        _refuse_shared_ids(frame, spec, findings)
    welch = stats.ttest_ind(second, first, equal_var=False)
    interval = welch.confidence_interval(spec.level)
    rank = stats.mannwhitneyu(second, first, alternative="two-sided")
    superiority = float(rank.statistic) / (len(first) * len(second))
    difference = float(second.mean() - first.mean())
    se = math.sqrt(first.var(ddof=1) / len(first) + second.var(ddof=1) / len(second))
    findings.warn(
        "unpaired.unmatched", "The samples are not matched: no statement about people who changed is possible."
    )
    return MethodResult(
        method="unpaired_means",
        design="two unmatched samples",
        verb=Verb.ASSOCIATED,
        estimates=(
            Estimate(
                "mean_difference",
                difference,
                float(interval.low),
                float(interval.high),
                spec.level,
                se,
                "score points",
                "second - first, Welch",
            ),
            Estimate("mean_first", float(first.mean())),
            Estimate("mean_second", float(second.mean())),
        ),
        effect_sizes=(
            *effect_sizes.independent(first, second, spec.level),
            Estimate(
                "probability_of_superiority",
                superiority,
                how="chance that one of the second sample exceeds one of the first",
            ),
            Estimate("rank_biserial", 2 * superiority - 1),
        ),
        tests=(
            Test("welch_t", float(welch.statistic), float(welch.pvalue), (float(welch.df),)),
            Test(
                "mann_whitney",
                float(rank.statistic),
                float(rank.pvalue),
                how=f"U of the second sample, {_mann_whitney_how(first, second)}",
            ),
        ),
        n={"rows": len(frame), "first": len(first), "second": len(second), "left_out": left_out},
        details={"sd_first": float(first.std(ddof=1)), "sd_second": float(second.std(ddof=1))},
        **findings.closing(),
    )


def _say_left_out(left_out: int, rows: int, findings: Findings) -> int:
    findings.warn_if(
        left_out > 0,
        "unpaired.left_out",
        f"{left_out} of {rows} rows have no score or belong to neither group and are left out.",
    )
    return left_out


def _mann_whitney_how(first: Array, second: Array) -> str:
    ties = len(np.unique(np.concatenate([first, second]))) < len(first) + len(second)
    return (
        "exact" if not ties and min(len(first), len(second)) <= 8 else "normal approximation with ties and continuity"
    )


def two_samples(frame: Any, value: str, group: str, first: str, second: str, findings: Findings) -> tuple[Array, Array]:
    """The filled values of both groups. Refuses a group without two values; fewer than 10 is overridable."""
    samples: list[Array] = []
    require_two_groups(first, second, findings)
    for name in (first, second):
        found = frame.loc[frame[group] == name, value].dropna().to_numpy(dtype=float)
        findings.must(
            len(found) > 1,
            "unpaired.empty_group",
            f"Group {name!r} has {len(found)} filled values in column {value}.",
            "Check the spelling of the group in the data.",
            "options",
        )
        findings.require(
            len(found) >= PEOPLE_FOR_A_TEST,
            "unpaired.small_group",
            f"Group {name!r} has {len(found)} people, too few for a test.",
            "Describe the values, or accept unpaired.small_group and print it.",
        )
        samples.append(found)
    findings.must(
        any(float(np.ptp(sample)) > 1e-12 * float(np.abs(sample).max() or 1) for sample in samples),
        "unpaired.no_spread",
        "Nobody differs from anybody within either group: there is no error to estimate.",
        "Report the two figures without an interval.",
        "columns.value",
    )
    return samples[0], samples[1]


def require_two_groups(first: str, second: str, findings: Findings) -> None:
    """A group is not compared with itself."""
    findings.must(
        first != second,
        "unpaired.same_group",
        f"Both samples are the group {first!r}.",
        "Name two different groups.",
        "options.second",
    )


def _refuse_shared_ids(frame: Any, spec: UnpairedMeans, findings: Findings) -> None:
    who = keys(frame, str(spec.id), None)
    groups = list(frame[spec.group])
    first = {key for key, group in zip(who, groups, strict=True) if group == spec.first and key}
    second = {key for key, group in zip(who, groups, strict=True) if group == spec.second and key}
    shared = len(first & second)
    findings.require(
        shared == 0,
        "unpaired.shared_ids",
        f"{shared} ids occur in both samples: these people are matched.",
        "Use paired_means for the matched people, or mixed_model for everybody.",
        "columns.id",
    )


@dataclass(frozen=True, kw_only=True)
class EffectSizeFromSummary:
    """Cohen's d and Hedges' g with variance from published means and SDs, one study per row (Borenstein et al. 2009, chapter 4)."""

    study: str = column("Name of the row.", kind="text")
    mean1: str = column("Mean of group 1, or after.")
    mean2: str = column("Mean of group 2, or before.")
    n1: str = column("People in group 1, or pairs.")
    n2: str | None = column("People in group 2.", optional=True)
    sd1: str | None = column("SD of group 1.", optional=True)
    sd2: str | None = column("SD of group 2.", optional=True)
    sd_change: str | None = column("Matched data: SD of the differences.", optional=True)
    correlation: str | None = column("Matched data: correlation of both occasions.", optional=True)
    level: float = level_option()


def effect_size_from_summary(frame: Any, spec: EffectSizeFromSummary, accept: Collection[str] = ()) -> MethodResult:
    """d and g of each row; a row with `sd_change` and `correlation` is matched, one with both SDs is independent."""
    findings = Findings(accept)
    estimates: list[Estimate] = []
    rows: list[dict[str, Any]] = []
    z = float(stats.norm.ppf((1 + spec.level) / 2))
    names = list(frame[spec.study])
    findings.must(
        None not in names and len(set(names)) == len(names),
        "effect_size.repeated_study",
        f"Column {spec.study} has blank or repeated names.",
        "Give each row its own name.",
        "columns.study",
    )
    for _, line in frame.iterrows():

        def cell(name: str | None, line: Any = line) -> float:
            return float(line[name]) if name is not None else math.nan

        study = str(line[spec.study])
        means_known = not math.isnan(cell(spec.mean1)) and not math.isnan(cell(spec.mean2))
        paired = not math.isnan(cell(spec.sd_change)) and not math.isnan(cell(spec.correlation))
        if paired:
            enough = means_known and cell(spec.n1) >= 3 and cell(spec.sd_change) > 0 and abs(cell(spec.correlation)) < 1
        else:
            sizes = cell(spec.n1) >= 2 and cell(spec.n2) >= 2
            enough = means_known and sizes and cell(spec.sd1) > 0 and cell(spec.sd2) > 0
        findings.must(
            enough,
            "effect_size.missing_summary",
            f"Row {study!r} lacks a mean, or has neither a usable sd_change and correlation (3 pairs or more), nor both SDs and both group sizes.",
            "Fill the missing figures or leave the row out.",
            "columns",
        )
        if paired:
            found = effect_sizes.paired_from_summary(
                cell(spec.mean1), cell(spec.mean2), cell(spec.sd_change), cell(spec.n1), cell(spec.correlation)
            )
        else:
            found = effect_sizes.independent_from_summary(
                cell(spec.mean1), cell(spec.mean2), cell(spec.sd1), cell(spec.sd2), cell(spec.n1), cell(spec.n2)
            )
        rows.append({"study": study, "design": "matched" if paired else "independent", **found})
        for size in ("d", "g"):
            value, se = found[size], found[f"se_{size}"]
            estimates.append(Estimate(f"{size}:{study}", value, value - z * se, value + z * se, spec.level, se))
    return MethodResult(
        method="effect_size_from_summary",
        design="published summaries",
        verb=Verb.DESCRIBES,
        estimates=tuple(estimates),
        n={"studies": len(rows)},
        tables={"effect_sizes": rows},
        **findings.closing(),
    )


METHODS = (
    Method(
        "paired_means",
        "before and after",
        PairedMeans,
        paired_means,
        {
            "mean_difference": "mean of post - pre over matched people",
            "mean_pre": "mean before, matched people",
            "mean_post": "mean after, matched people",
            "cohen_dz": "mean change / SD of change",
            "hedges_gz": "d_z with small-sample correction",
            "cohen_dav": "mean change / root mean square of the two SDs",
            "cohen_drm": "d_z corrected for correlation",
            "glass_delta_pre": "mean change / SD before",
        },
        ("paired.few_pairs", "paired.mostly_unmatched", "paired.differences_not_normal", "paired.self_rated_then_test"),
    ),
    Method(
        "unpaired_means",
        "before and after",
        UnpairedMeans,
        unpaired_means,
        {
            "mean_difference": "mean of the second sample - mean of the first",
            "mean_first": "mean of the first sample",
            "mean_second": "mean of the second sample",
            "cohen_ds": "difference / pooled SD",
            "hedges_gs": "d_s with small-sample correction",
            "glass_delta_first": "difference / SD of the first sample",
            "probability_of_superiority": "chance that one of the second exceeds one of the first",
            "rank_biserial": "2 x probability of superiority - 1",
        },
        ("unpaired.small_group", "unpaired.shared_ids"),
    ),
    Method(
        "effect_size_from_summary",
        "before and after",
        EffectSizeFromSummary,
        effect_size_from_summary,
        {"d:*": "Cohen's d of the study", "g:*": "Hedges' g of the study"},
    ),
)
