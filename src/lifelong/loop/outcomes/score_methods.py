"""The statistics of a test before and after, by the product's methods. Loaded only where a report needs it: the packages are an extra."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from lifelong.formats.outcome_report import AnswerLine, Effect, ItemLine, Items, ScoreLine
from lifelong.loop.surveys.reads import minimum_group
from lifelong.loop.surveys.suppression import hidden
from lifelong.methods.benchmarks import BENCHMARKS
from lifelong.methods.binary import McNemar, mcnemar
from lifelong.methods.clustered import Gee, gee
from lifelong.methods.items import ItemAnalysis, item_analysis
from lifelong.methods.means import PairedMeans, paired_means
from lifelong.methods.multiplicity import adjusted
from lifelong.methods.ranks import SignedRank, signed_rank
from lifelong.methods.result import MethodResult, RefusedError

Drawn = tuple[str, int, bool, bool]  # words, how many chose it, is the key, drew more than the key
Pair = tuple[float | None, float | None]  # share right before and after, in percent; None: that test was not taken
NAMES = {
    "cohen_dz": "d_z",
    "cohen_dav": "d_av",
    "rank_biserial": "rank-biserial",
    "odds_ratio": "odds ratio (gained / lost)",
}


def item_tested(line: ScoreLine, cells: Mapping[tuple[bool, bool], int]) -> ScoreLine:
    """Newcombe's interval of the paired difference and McNemar's exact test of one item; (before, after) -> learners."""
    seen = [(first, second, n) for (first, second), n in cells.items() if n]
    frame = pd.DataFrame(
        [(_word(first), _word(second), n) for first, second, n in seen], columns=["first", "second", "count"]
    )
    try:
        found = mcnemar(frame, McNemar(first="first", second="second", count="count", success="right"))
    except RefusedError as refused:
        return replace(line, test=refused.reason.sentence)
    gap = found.estimate("risk_difference")
    return replace(
        line, difference=100 * gap.value, low=_points(gap.low), high=_points(gap.high), p=found.test("mcnemar_exact").p,
        test="McNemar, exact; Newcombe interval", effects=_effects(found, ("odds_ratio",)),
    )  # fmt: skip


def _word(right: bool) -> str:
    return "right" if right else "wrong"


def _points(share: float | None) -> float | None:
    return None if share is None else 100 * share


def score_tested(line: ScoreLine, pairs: Mapping[str, Pair]) -> tuple[ScoreLine, tuple[str, ...]]:
    """Student's interval of the mean change with d_av and d_z; the signed rank test where few changes are far from normal.

    Everybody who took either test is given, so that the method itself judges the matching. Returns the line and what it warned of.
    """
    frame = pd.DataFrame(
        {"id": list(pairs), "pre": [pre for pre, _ in pairs.values()], "post": [post for _, post in pairs.values()]}
    )
    try:
        found = paired_means(frame, PairedMeans(id="id", pre="pre", post="post", max_score=100.0))
    except RefusedError as refused:
        if refused.reason.rule != "paired.differences_not_normal":
            return replace(line, test=refused.reason.sentence), (refused.reason.sentence,)
        return _ranked(line, frame, refused.reason.sentence)
    gap = found.estimate("mean_difference")
    tested = replace(
        line, difference=gap.value, low=gap.low, high=gap.high, p=found.tests[0].p if found.tests else None,
        test="paired t", effects=_effects(found, ("cohen_dav", "cohen_dz")),
    )  # fmt: skip
    return tested, _warned(found)


def _ranked(line: ScoreLine, frame: pd.DataFrame, why: str) -> tuple[ScoreLine, tuple[str, ...]]:
    try:
        found = signed_rank(frame, SignedRank(id="id", pre="pre", post="post"))
    except RefusedError as refused:
        return replace(line, test=refused.reason.sentence), (why, refused.reason.sentence)
    shift = found.estimate("hodges_lehmann")
    tested = replace(
        line, difference=shift.value, low=shift.low, high=shift.high, p=found.test("signed_rank").p,
        test="signed rank; difference is the Hodges-Lehmann shift", effects=_effects(found, ("rank_biserial",)),
    )  # fmt: skip
    return tested, (why, *_warned(found))


def _effects(found: MethodResult, wanted: Sequence[str]) -> tuple[Effect, ...]:
    said = []
    for one in found.effect_sizes:
        if one.name in wanted and math.isfinite(one.value):
            bounded = (
                one.low is not None and one.high is not None and math.isfinite(one.low) and math.isfinite(one.high)
            )
            said.append(Effect(NAMES[one.name], one.value, one.low if bounded else None, one.high if bounded else None))
    return tuple(sorted(said, key=lambda size: size.name != "d_av"))


def _warned(found: MethodResult) -> tuple[str, ...]:
    return tuple(one.sentence for one in found.warnings if one.rule not in ("paired.some_unmatched",))


def held_together(lines: Sequence[ScoreLine]) -> tuple[ScoreLine, ...]:
    """The lines with p adjusted by Holm over those of them that were tested."""
    tested = [line.p for line in lines if line.p is not None]
    holm = iter(adjusted(tested, "holm"))
    return tuple(replace(line, adjusted=next(holm)) if line.p is not None else line for line in lines)


def everybody(pairs: Mapping[str, Pair]) -> str:
    """All who took either test, the unmatched with them, as one sentence: GEE with robust errors by learner. "" where it does not run."""
    rows = [(code, at, value) for code, both in pairs.items() for at, value in enumerate(both) if value is not None]
    frame = pd.DataFrame(rows, columns=["id", "after", "score"])
    spec = Gee(outcome="score", predictors=("after",), cluster="id", occasion="after", family="gaussian")
    try:
        found = gee(frame, spec)
    except RefusedError as refused:
        return f"With all who took either test no model runs: {refused.reason.sentence}"
    change = found.estimate("after")
    return (
        f"With all {len(pairs):,} who took either test (GEE, robust errors by learner) the change is {_points_of(change.value)} points "
        f"(95 % interval {_points_of(change.low)} to {_points_of(change.high)}); the matched learners alone stand in the table."
    )


def _points_of(value: float | None) -> str:
    return "–" if value is None else f"{value:+.0f}".replace("-", "−")


def analysed(
    answers: Sequence[Mapping[str, str]],
    key: Mapping[str, str],
    labels: Mapping[str, str],
    options: Mapping[str, Mapping[str, str]],
) -> Items:
    """The item analysis of one sitting. `answers`: item -> chosen, a learner each; `options`: item -> value -> words."""
    names = [name for name in key if any(name in one for one in answers)]
    frame = pd.DataFrame([{name: one.get(name) for name in names} for one in answers], columns=names)
    try:
        found = item_analysis(frame, ItemAnalysis(items=tuple(names), key=dict(key)))
    except RefusedError as refused:
        reason = f"{refused.reason.sentence} {refused.reason.next_step}"
        return Items(len(answers), lines=_counted(frame, key, labels, options), reason=reason)
    alpha = found.estimate("alpha")
    drawn: dict[str, list[Drawn]] = {name: [] for name in names}
    for row in found.tables["distractors"]:
        words = options.get(row["item"], {}).get(row["answer"], row["answer"])
        drawn[row["item"]].append((words, row["chosen"], row["is_key"], row["more_than_key"]))
    lines = []
    for row in found.tables["items"]:
        flags = [flag for flag in row["flags"].split(", ") if flag]
        if any(more for _, _, _, more in drawn[row["item"]]):
            flags.append("a wrong answer drew more than the key")
        rest = row["item_rest"] if math.isfinite(row["item_rest"]) else None
        ordered = _told(drawn[row["item"]])
        lines.append(
            ItemLine(labels.get(row["item"], row["item"]), 100 * row["difficulty"], rest, tuple(flags), ordered)
        )
    return Items(found.n["people"], alpha.value, alpha.low, alpha.high, tuple(lines))


def _counted(
    frame: pd.DataFrame, key: Mapping[str, str], labels: Mapping[str, str], options: Mapping[str, Mapping[str, str]]
) -> tuple[ItemLine, ...]:
    """Counts of each item where nothing more can be said of it."""
    lines = []
    for name in frame.columns:
        chosen = frame[name].fillna("").astype(str).value_counts()
        right = int(chosen.get(key[name], 0))
        answers = _told(
            [
                (options.get(name, {}).get(str(value), str(value) or "(none)"), int(n), value == key[name], value != key[name] and int(n) > right)
                for value, n in chosen.items()
            ]
        )  # fmt: skip
        lines.append(ItemLine(labels.get(name, name), 100 * right / len(frame), None, (), answers))
    return tuple(lines)


def _told(drawn: Sequence[Drawn]) -> tuple[AnswerLine, ...]:
    """The answers of an item, those chosen most first. Few who chose one are hidden, and with them what would give them away."""
    few = hidden({at: chosen for at, (_, chosen, _, _) in enumerate(drawn)}, minimum_group())
    order = sorted(range(len(drawn)), key=lambda at: -drawn[at][1])
    return tuple(
        AnswerLine(words, None if at in few else chosen, is_key, more)
        for at, (words, chosen, is_key, more) in ((at, drawn[at]) for at in order)
    )


def benchmark_words(is_enduring: bool) -> str:
    """What others have published for the same kind of activity, with its measure, so that nobody compares another d with it."""
    one = BENCHMARKS["online_enduring_material" if is_enduring else "live_workshop_knowledge"]
    return (
        f"Published for {one['basis']}: {one['measure']}, {one['low']:.2f} to {one['high']:.2f} ({one['source']}). "
        "Of the sizes here d_av is the one to read beside it."
    )
