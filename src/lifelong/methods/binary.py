"""Yes or no, correct or not: McNemar for the same people, a difference of shares for two samples."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from lifelong.methods.benchmarks import benchmark_option, benchmark_row
from lifelong.methods.counts import checked_counts
from lifelong.methods.means import require_pairs, require_two_groups
from lifelong.methods.pairing import keys
from lifelong.methods.proportions import newcombe_independent, newcombe_paired, normal_quantile, share
from lifelong.methods.result import Estimate, Findings, MethodResult, Test, Verb
from lifelong.methods.spec import Method, column, level_option, option

EXACT_BELOW = 25


@dataclass(frozen=True, kw_only=True)
class McNemar:
    """The same people's yes/no before and after: paired difference of shares with Newcombe's interval, McNemar's test, odds ratio."""

    first: str = column("Answer before.", kind="text")
    second: str = column("Answer after.", kind="text")
    id: str | None = column("Who answered; required unless `count` is named.", kind="text", optional=True)
    centre: str | None = column("Where the id is unique.", kind="text", optional=True)
    count: str | None = column("Aggregated data: how many people the row stands for.", optional=True)
    success: str = option("The answer that counts as yes (or correct).")
    level: float = level_option()
    benchmark: str = benchmark_option()


def mcnemar(frame: Any, spec: McNemar, accept: Collection[str] = ()) -> MethodResult:
    """Difference of shares after - before. Exact test when fewer than 25 people changed, else chi-square without correction."""
    findings = Findings(accept)
    cells, left_out = _cells(frame, spec, findings)
    both, gained, lost, neither = (cells[key] for key in ("both", "gained", "lost", "neither"))
    n = both + gained + lost + neither
    require_pairs(n, findings)
    findings.must(n > 0, "paired.no_pairs", "No row has both answers.", "Check columns first and second.", "columns")
    findings.warn_if(
        left_out > 0,
        "paired.some_unmatched",
        f"{left_out} rows lack one of the two answers and are left out.",
        "Show gee with all answers.",
    )
    difference = (gained - lost) / n
    low, high = newcombe_paired(both, gained, lost, neither, spec.level)
    wald_se = math.sqrt(gained + lost - (gained - lost) ** 2 / n) / n
    changed = gained + lost
    findings.assume(
        "enough people changed for chi-square",
        changed >= EXACT_BELOW,
        f"{changed} changed; exact test below {EXACT_BELOW}",
    )
    return MethodResult(
        method="mcnemar",
        design="matched yes/no before and after, no comparison group",
        verb=Verb.ASSOCIATED,
        estimates=(
            Estimate(
                "risk_difference",
                difference,
                low,
                high,
                spec.level,
                wald_se,
                "share",
                "after - before, Newcombe; SE by Wald",
            ),
            share("share_before", both + lost, n, spec.level),
            share("share_after", both + gained, n, spec.level),
        ),
        effect_sizes=(_odds_ratio(gained, lost, spec.level),) if lost and gained else (),
        tests=_mcnemar_tests(gained, lost),
        n={"pairs": n, "left_out": left_out},
        tables={"cells": [dict(cells)], "benchmark": benchmark_row(spec.benchmark)},
        details={"test_to_report": "mcnemar_exact" if changed < EXACT_BELOW else "mcnemar"},
        **findings.closing(),
    )


def _cells(frame: Any, spec: McNemar, findings: Findings) -> tuple[dict[str, int], int]:
    findings.must(
        spec.count is not None or spec.id is not None,
        "paired.no_id",
        "Without an id nobody knows that both answers are the same person's.",
        "Name columns.id, or columns.count for a table of counts, or use two_proportions for unmatched answers.",
        "columns.id",
    )
    if spec.count is None:
        who = keys(frame, str(spec.id), spec.centre)
        findings.must(
            all(who) and len(set(who)) == len(who),
            "paired.repeated_ids",
            f"Column {spec.id} has blank or repeated ids.",
            "One row per person; name columns.centre if ids repeat across centres.",
            "columns.id",
        )
    counts = checked_counts(
        frame[spec.count] if spec.count else np.ones(len(frame)), str(spec.count), "columns.count", findings
    )
    first, second = frame[spec.first], frame[spec.second]
    seen = {str(value) for side in (first, second) for value in side.dropna()}
    _check_answers(seen, spec.success, findings)
    cells = {"both": 0, "gained": 0, "lost": 0, "neither": 0}
    left_out = 0
    names = {(True, True): "both", (False, True): "gained", (True, False): "lost", (False, False): "neither"}
    for a, b, count in zip(first, second, counts, strict=True):
        if a is None or b is None or a != a or b != b:
            left_out += int(count)
        else:
            cells[names[(str(a) == spec.success, str(b) == spec.success)]] += int(count)
    return cells, left_out


def _check_answers(seen: set[str], success: str, findings: Findings) -> None:
    findings.must(
        success in seen,
        "binary.no_success",
        f"Nobody answered {success!r}; the answers are {', '.join(sorted(seen)[:6]) or 'all blank'}.",
        "Spell options.success as in the data.",
        "options.success",
    )
    findings.must(
        len(seen) <= 2,
        "binary.many_answers",
        f"There are {len(seen)} different answers: {', '.join(sorted(seen)[:6])}.",
        "Recode to two, or add the words that mean no answer to the key missing.",
        "columns",
    )


def _mcnemar_tests(gained: int, lost: int) -> tuple[Test, ...]:
    changed = gained + lost
    if changed == 0:
        return (Test("mcnemar_exact", 0, 1.0, how="nobody changed"),)
    plain = (gained - lost) ** 2 / changed
    corrected = max(abs(gained - lost) - 1, 0) ** 2 / changed
    return (
        Test("mcnemar", plain, float(stats.chi2.sf(plain, 1)), (1,), "chi-square without correction"),
        Test(
            "mcnemar_corrected",
            corrected,
            float(stats.chi2.sf(corrected, 1)),
            (1,),
            "chi-square with continuity correction",
        ),
        Test("mcnemar_exact", gained, float(stats.binomtest(gained, changed, 0.5).pvalue), how="exact binomial"),
    )


def _odds_ratio(gained: int, lost: int, level: float) -> Estimate:
    bounds = stats.binomtest(gained, gained + lost, 0.5).proportion_ci(level, "exact")
    low, high = (float(b) / (1 - float(b)) if b < 1 else math.inf for b in (bounds.low, bounds.high))
    return Estimate("odds_ratio", gained / lost, low, high, level, how="conditional, gained / lost, exact interval")


@dataclass(frozen=True, kw_only=True)
class TwoProportions:
    """Shares in two unmatched samples: difference with Newcombe's interval, chi-square or Fisher's exact test."""

    answer: str = column("The answer.", kind="text")
    group: str = column("Which sample the row belongs to.", kind="text")
    count: str | None = column("Aggregated data: how many people the row stands for.", optional=True)
    success: str = option("The answer that counts as yes.")
    first: str = option("Value of `group` that is the first sample.")
    second: str = option("Value of `group` that is the second sample.")
    level: float = level_option()
    benchmark: str = benchmark_option()


def two_proportions(frame: Any, spec: TwoProportions, accept: Collection[str] = ()) -> MethodResult:
    """Difference second - first; Fisher's exact test when an expected count is below 5."""
    findings = Findings(accept)
    require_two_groups(spec.first, spec.second, findings)
    counts = checked_counts(
        frame[spec.count] if spec.count else np.ones(len(frame)), str(spec.count), "columns.count", findings
    )
    usable = (frame[spec.answer].notna() & frame[spec.group].isin([spec.first, spec.second])).to_numpy()
    filled, weight, left_out = frame[usable], counts[usable], int(counts[~usable].sum())
    findings.warn_if(
        left_out > 0,
        "unpaired.left_out",
        f"{left_out} of {int(counts.sum())} answers are blank or belong to neither group and are left out.",
    )
    _check_answers({str(answer) for answer in filled[spec.answer]}, spec.success, findings)
    table = _two_by_two(filled, weight, spec, findings)
    (yes1, no1), (yes2, no2) = table
    n1, n2 = yes1 + no1, yes2 + no2
    low, high = newcombe_independent(yes1, n1, yes2, n2, spec.level)
    findings.warn(
        "unpaired.unmatched", "The samples are not matched: no statement about people who changed is possible."
    )
    p1, p2 = yes1 / n1, yes2 / n2
    tests = _table_tests(table)
    return MethodResult(
        method="two_proportions",
        design="two unmatched samples, yes/no",
        verb=Verb.ASSOCIATED,
        estimates=(
            Estimate(
                "risk_difference",
                p2 - p1,
                low,
                high,
                spec.level,
                math.sqrt(p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2),
                "share",
                "second - first, Newcombe",
            ),
            share("share_first", yes1, n1, spec.level),
            share("share_second", yes2, n2, spec.level),
        ),
        effect_sizes=_ratio_sizes(table, spec.level),
        tests=tests,
        n={"first": n1, "second": n2, "left_out": left_out},
        tables={"benchmark": benchmark_row(spec.benchmark)},
        details={"test_to_report": tests[0].name},
        **findings.closing(),
    )


def _two_by_two(filled: Any, weight: Any, spec: TwoProportions, findings: Findings) -> list[tuple[int, int]]:
    """Successes and other answers of both groups."""
    table: list[tuple[int, int]] = []
    for name in (spec.first, spec.second):
        inside = (filled[spec.group] == name).to_numpy()
        yes = int(weight[inside & (filled[spec.answer] == spec.success).to_numpy()].sum())
        total = int(weight[inside].sum())
        findings.must(
            total > 0, "unpaired.empty_group", f"Group {name!r} has no answers.", "Check its spelling.", "options"
        )
        findings.require(
            total >= 10,
            "unpaired.small_group",
            f"Group {name!r} has {total} people.",
            "Print the counts without a percentage.",
        )
        table.append((yes, total - yes))
    return table


def _ratio_sizes(table: list[tuple[int, int]], level: float) -> tuple[Estimate, ...]:
    (yes1, no1), (yes2, no2) = table
    if min(yes1, no1, yes2, no2) == 0:
        return ()
    log_or, se = math.log(yes2 * no1 / (no2 * yes1)), math.sqrt(1 / yes1 + 1 / no1 + 1 / yes2 + 1 / no2)
    z = normal_quantile(level)
    return (
        Estimate(
            "odds_ratio", math.exp(log_or), math.exp(log_or - z * se), math.exp(log_or + z * se), level, how="Woolf"
        ),
    )


def _table_tests(table: list[tuple[int, int]]) -> tuple[Test, ...]:
    cells = np.array(table)
    fisher = Test("fisher_exact", None, float(stats.fisher_exact(cells).pvalue))
    if cells.sum(axis=0).min() == 0:
        return (fisher,)
    chi2 = stats.chi2_contingency(cells, correction=False)
    plain = Test("chi_square", float(chi2.statistic), float(chi2.pvalue), (1,), "without correction")
    return (fisher, plain) if chi2.expected_freq.min() < 5 else (plain, fisher)


METHODS = (
    Method(
        "mcnemar",
        "before and after",
        McNemar,
        mcnemar,
        {
            "risk_difference": "share after - share before, same people",
            "share_before": "share with the successful answer before",
            "share_after": "share with the successful answer after",
            "odds_ratio": "people who gained it / people who lost it",
        },
        ("paired.few_pairs",),
    ),
    Method(
        "two_proportions",
        "before and after",
        TwoProportions,
        two_proportions,
        {
            "risk_difference": "share of the second sample - share of the first",
            "share_first": "share in the first sample",
            "share_second": "share in the second sample",
            "odds_ratio": "odds in the second sample / odds in the first",
        },
        ("unpaired.small_group",),
    ),
)
