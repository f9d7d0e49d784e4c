"""Ranks instead of means: signed rank for two occasions, Friedman for three or more."""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from lifelong.methods.means import PEOPLE_FOR_A_TEST, change_rows, require_pairs
from lifelong.methods.multiplicity import adjusted
from lifelong.methods.pairing import PairColumns, keys, matched, self_rated
from lifelong.methods.result import Estimate, Findings, MethodResult, Test, Verb
from lifelong.methods.spec import Method, column, level_option, option

Array = NDArray[np.float64]
EXACT_UP_TO = 50
MOST_LISTED = 2000


@dataclass(frozen=True, kw_only=True)
class SignedRank(PairColumns):
    """Wilcoxon's signed rank test of matched answers, with Hodges-Lehmann shift, rank-biserial and the distribution of change."""

    level: float = level_option()
    difference: str = option(
        "Direction of the difference.", "post_minus_pre", choices=("post_minus_pre", "pre_minus_post")
    )
    top: float | None = option("Single Likert item: answers from this value on count as top.", None, kind="number")
    self_rated: bool = option("Answers are retrospective self-ratings; the result says so.", False, kind="flag")


def signed_rank_null(n: int) -> Array:
    """Probabilities of the rank sum 0 .. n(n+1)/2 when each rank is positive with chance one half."""
    ways = np.zeros(n * (n + 1) // 2 + 1)
    ways[0] = 1.0
    for rank in range(1, n + 1):
        ways[rank:] = (ways[rank:] + ways[: len(ways) - rank]) / 2
        ways[:rank] /= 2
    return ways


def signed_rank(frame: Any, spec: SignedRank, accept: Collection[str] = ()) -> MethodResult:
    """V (sum of positive ranks), exact for up to 50 untied non-zero differences, else normal with continuity correction."""
    findings = Findings(accept)
    pairs = matched(frame, spec, findings)
    require_pairs(len(pairs.pre), findings)
    change = pairs.post - pairs.pre
    if spec.difference == "pre_minus_post":
        change = -change
    nonzero = change[change != 0]
    n = len(nonzero)
    findings.must(n > 0, "rank.no_change", "Every difference is zero.", "Report that nobody changed.", "columns")
    ranks = stats.rankdata(np.abs(nonzero))
    v, total = float(ranks[nonzero > 0].sum()), n * (n + 1) / 2
    exact = n <= EXACT_UP_TO and n == len(change) and len(np.unique(np.abs(nonzero))) == n
    tests = _exact_tests(v, n) if exact else _normal_tests(v, n, ranks)
    findings.warn_if(
        0.5 ** (n - 1) > 1 - spec.level,
        "rank.level_not_reached",
        f"{n} changes cannot give a {spec.level * 100:g} % interval; the widest one, from the least to the greatest, covers "
        f"{(1 - 0.5 ** (n - 1)) * 100:.3g} %.",
        "Describe the changes.",
    )
    findings.assume("differences symmetric about their median", None, "needed to read the shift as a median change")
    findings.warn_if(
        n < len(change),
        "rank.zeros",
        f"{len(change) - n} people did not change; their differences of zero carry no rank.",
    )
    return MethodResult(
        method="signed_rank",
        design="matched before and after, no comparison group" + self_rated(spec.self_rated, findings),
        verb=Verb.ASSOCIATED,
        estimates=(_hodges_lehmann(nonzero, ranks, spec.level, spec.difference.replace("_", " ")),),
        effect_sizes=(
            Estimate("rank_biserial", (2 * v - total) / total, how="(positive - negative rank sum) / all ranks"),
            Estimate(
                "probability_of_superiority",
                float(((change > 0).sum() + 0.5 * (change == 0).sum()) / len(change)),
                how="share with a positive difference, half of those unchanged",
            ),
        ),
        tests=tests,
        n={**pairs.n, "changed": n, "unchanged": len(change) - n},
        tables={"change": change_rows(change), "answers": _likert_rows(pairs.pre, pairs.post, spec.top)},
        details={
            "v": v,
            "w_minus": total - v,
            "exact": exact,
            "median_pre": float(np.median(pairs.pre)),
            "median_post": float(np.median(pairs.post)),
        },
        **findings.closing(),
    )


def _exact_tests(v: float, n: int) -> tuple[Test, ...]:
    null = signed_rank_null(n)
    below, above = float(null[: int(v) + 1].sum()), float(null[int(v) :].sum())
    return (
        Test("signed_rank", v, min(1.0, 2 * min(below, above)), how="V, exact"),
        Test("signed_rank_greater", v, above, how="V, exact, one-sided: differences above zero"),
        Test("signed_rank_less", v, below, how="V, exact, one-sided: differences below zero"),
    )


def _normal_tests(v: float, n: int, ranks: Array) -> tuple[Test, ...]:
    _, ties = np.unique(ranks, return_counts=True)
    sd = math.sqrt(n * (n + 1) * (2 * n + 1) / 24 - float((ties**3 - ties).sum()) / 48)
    gap = v - n * (n + 1) / 4
    how = "V, normal approximation with ties and continuity correction"
    return (
        Test("signed_rank", v, min(1.0, 2 * float(stats.norm.sf(max(abs(gap) - 0.5, 0) / sd))), how=how),
        Test("signed_rank_greater", v, float(stats.norm.sf((gap - 0.5) / sd)), how=how + ", one-sided"),
        Test("signed_rank_less", v, float(stats.norm.cdf((gap + 0.5) / sd)), how=how + ", one-sided"),
    )


def _hodges_lehmann(change: Array, ranks: Array, level: float, direction: str) -> Estimate:
    """Median of the Walsh averages with the interval that inverts the signed rank test."""
    n = len(change)
    tail = (1 - level) / 2
    if n <= EXACT_UP_TO:
        k = int(np.searchsorted(np.cumsum(signed_rank_null(n)), tail))
    else:
        _, ties = np.unique(ranks, return_counts=True)
        sd = math.sqrt(n * (n + 1) * (2 * n + 1) / 24 - float((ties**3 - ties).sum()) / 48)
        k = int(n * (n + 1) / 4 + float(stats.norm.ppf(tail)) * sd)
    k = max(k, 1)
    last = n * (n + 1) // 2
    low, high, *middle = walsh_averages(change, [k, last + 1 - k, (last + 1) // 2, last // 2 + 1])
    return Estimate("hodges_lehmann", sum(middle) / 2, low, high, level, how=f"shift, {direction}")


def walsh_averages(change: Array, places: list[int]) -> list[float]:
    """The averages of all pairs (each value with itself too) that stand at these places of their order, 1 the smallest.

    For many values they are found by halving instead of being listed: 50,000 changes have 1.25 billion pairs.
    """
    n = len(change)
    if n <= MOST_LISTED:
        first, second = np.triu_indices(n)
        walsh = np.sort((change[first] + change[second]) / 2)
        return [float(walsh[place - 1]) for place in places]
    x = np.sort(change)
    at, scale = np.arange(n), float(np.abs(x).max())

    def up_to(value: float) -> int:
        return int(np.maximum(np.searchsorted(x, 2 * value - x, side="right") - at, 0).sum())

    found = []
    for place in places:
        low, high = float(x[0]), float(x[-1])
        for _ in range(80):  # halving: below the precision of a float
            middle = (low + high) / 2
            low, high = (low, middle) if up_to(middle) >= place else (middle, high)
        found.append(float(np.round(high / scale, 12) * scale) + 0.0)  # halving stops just beside the value
    return found


def _likert_rows(pre: Array, post: Array, top: float | None) -> list[dict[str, Any]]:
    values = np.unique(np.concatenate([pre, post]))
    if len(values) > 11:
        return []
    rows: list[dict[str, Any]] = [
        {"answer": float(v), "pre": int((pre == v).sum()), "post": int((post == v).sum())} for v in values
    ]
    if top is not None:
        rows.append({"answer": f"{top:g} or higher", "pre": int((pre >= top).sum()), "post": int((post >= top).sum())})
    return rows


@dataclass(frozen=True, kw_only=True)
class Friedman:
    """Three or more occasions of the same people: Friedman's test, Kendall's W, pairwise signed ranks with Holm."""

    id: str = column("Who answered; one row per person.", kind="text")
    occasions: tuple[str, ...] = column("The columns of the occasions, in order; at least three.", many=True)
    centre: str | None = column("Where the id is unique.", kind="text", optional=True)
    level: float = level_option()


def friedman(frame: Any, spec: Friedman, accept: Collection[str] = ()) -> MethodResult:
    """Uses people who answered on every occasion and says how many did not."""
    findings = Findings(accept)
    who = keys(frame, spec.id, spec.centre)
    findings.must(
        all(who) and len(set(who)) == len(who),
        "paired.repeated_ids",
        f"Column {spec.id} has blank or repeated ids.",
        "One row per person; name columns.centre if ids repeat across centres.",
        "columns.id",
    )
    k = len(spec.occasions)
    findings.must(
        k >= 3, "rank.two_occasions", f"{k} occasions were named.", "Use signed_rank for two.", "columns.occasions"
    )
    values = frame[list(spec.occasions)].to_numpy(dtype=float)
    complete = values[~np.isnan(values).any(axis=1)]
    n = len(complete)
    findings.require(
        n >= PEOPLE_FOR_A_TEST,
        "rank.few_blocks",
        f"{n} people answered on every occasion.",
        "Describe the medians, or use mixed_model, which keeps people who missed one.",
        "columns.occasions",
    )
    findings.must(
        n > 1, "rank.no_blocks", "Nobody answered on every occasion.", "Use mixed_model.", "columns.occasions"
    )
    findings.warn_if(
        n < len(values),
        "rank.incomplete",
        f"{len(values) - n} of {len(values)} people missed an occasion and are left out.",
        "Use mixed_model, which keeps them.",
    )
    findings.must(
        bool((complete != complete[:, :1]).any()),
        "rank.no_change",
        "Everybody gave the same answer on every occasion.",
        "Report that nobody changed.",
        "columns.occasions",
    )
    chi2, p = (float(x) for x in stats.friedmanchisquare(*complete.T))
    return MethodResult(
        method="friedman",
        design="same people on three or more occasions",
        verb=Verb.ASSOCIATED,
        estimates=(
            Estimate("kendalls_w", chi2 / (n * (k - 1)), how="chi2 / (people x (occasions - 1))"),
            *(Estimate(f"median:{name}", float(np.median(complete[:, i]))) for i, name in enumerate(spec.occasions)),
        ),
        tests=(Test("friedman", chi2, p, (k - 1,)),),
        n={"rows": len(values), "complete": n, "occasions": k},
        tables={"pairwise": _pairwise_rows(complete, spec.occasions)},
        **findings.closing(),
    )


def _pairwise_rows(complete: Array, names: tuple[str, ...]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for i, j in itertools.combinations(range(len(names)), 2):
        change = complete[:, j] - complete[:, i]
        nonzero = change[change != 0]
        ranks = stats.rankdata(np.abs(nonzero))
        v = float(ranks[nonzero > 0].sum())
        p = _normal_tests(v, len(nonzero), ranks)[0].p if len(nonzero) else 1.0
        rows.append({"from": names[i], "to": names[j], "median_change": float(np.median(change)), "v": v, "p": p})
    for row, holm in zip(rows, adjusted([row["p"] for row in rows], "holm"), strict=True):
        row["p_holm"] = holm
    return rows


METHODS = (
    Method(
        "signed_rank",
        "before and after",
        SignedRank,
        signed_rank,
        {
            "hodges_lehmann": "shift: median of the averages of all pairs of differences",
            "rank_biserial": "matched-pairs rank-biserial correlation",
            "probability_of_superiority": "share who moved up, half of those unchanged",
        },
        ("paired.few_pairs", "paired.mostly_unmatched"),
    ),
    Method(
        "friedman",
        "before and after",
        Friedman,
        friedman,
        {"kendalls_w": "agreement of the people's rankings, 0 to 1", "median:*": "median on the occasion"},
        ("rank.few_blocks",),
    ),
)
