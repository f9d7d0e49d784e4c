"""Self-generated codes (mother's initials, day of birth …): who before is who after, when people misremember one or two elements."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from lifelong.methods.proportions import share
from lifelong.methods.result import Estimate, Findings, MethodResult, Verb, around
from lifelong.methods.spec import Method, column, level_option, option

Array = NDArray[np.float64]
Codes = NDArray[np.object_]
COLLISIONS = 0.05


@dataclass(frozen=True, kw_only=True)
class CodeMatching:
    """Forms of two waves matched by the elements of a self-generated code: exact, with one or two mismatches, ambiguous, unmatched."""

    elements: tuple[str, ...] = column(
        "The elements of the code, one column each; five to seven are best.", kind="text", many=True
    )
    wave: str = column("Which occasion the form belongs to.", kind="text")
    score: str | None = column("Score of the form: compares matched and unmatched people.", optional=True)
    pre_wave: str = option("The value of `wave` that means before.", "pre")
    post_wave: str = option("The value of `wave` that means after.", "post")
    mismatches: int = option(
        "Elements that may differ; an empty element differs from everything.", 1, kind="integer", low=0, high=2
    )
    level: float = level_option()


def _codes(frame: Any, spec: CodeMatching) -> Codes:
    """Elements as people meant them: no capitals, no blanks; None stays None."""
    words = [
        [None if cell is None or cell != cell else "".join(str(cell).casefold().split()) for cell in frame[name]]
        for name in spec.elements
    ]
    return np.array(words, dtype=object).T


def mismatches(one: Codes, many: Codes) -> NDArray[np.int64]:
    """How many elements differ between one code and each of many; an empty element differs from everything."""
    same = (many == one) & np.array([cell is not None for cell in one])
    return np.asarray(len(one) - same.sum(axis=1), dtype=np.int64)


def best_matches(left: Codes, right: Codes, most: int) -> list[tuple[int, int, int]]:
    """Pairs (row left, row right, mismatches): each is the other's only nearest code within `most` mismatches."""

    def nearest(of: Codes, among: Codes) -> list[tuple[int, int] | None]:
        found: list[tuple[int, int] | None] = []
        for code in of:
            apart = mismatches(code, among)
            least = int(apart.min()) if len(apart) else most + 1
            places = np.flatnonzero(apart == least)
            found.append((int(places[0]), least) if least <= most and len(places) == 1 else None)
        return found

    forth, back = nearest(left, right), nearest(right, left)
    pairs = []
    for i, hit in enumerate(forth):
        returned = back[hit[0]] if hit else None
        if hit and returned and returned[0] == i:
            pairs.append((i, hit[0], hit[1]))
    return pairs


def _within(codes: Codes, others: Codes, most: int) -> list[bool]:
    """Whether each code is within `most` mismatches of any of the others."""
    return [bool(len(others)) and bool((mismatches(code, others) <= most).any()) for code in codes]


def _collisions(codes: Codes, most: int) -> float:
    """Share of codes of one wave that another code of the same wave would pass for: how often a match is an accident."""
    if len(codes) < 2:
        return 0.0
    return float(np.mean([int((mismatches(code, codes) <= most).sum()) > 1 for code in codes]))


def _score_part(
    pre: Array, post: Array, pairs: list[tuple[int, int, int]], spec: CodeMatching
) -> tuple[list[Estimate], int]:
    """Mean change of matched people, and mean difference of the two unmatched rests, which should tell the same story."""
    left = np.array([pre[i] for i, _, _ in pairs])
    right = np.array([post[j] for _, j, _ in pairs])
    filled = ~np.isnan(left) & ~np.isnan(right)
    change = (right - left)[filled]
    rest_pre = np.delete(pre, [i for i, _, _ in pairs])
    rest_post = np.delete(post, [j for _, j, _ in pairs])
    rest_pre, rest_post = rest_pre[~np.isnan(rest_pre)], rest_post[~np.isnan(rest_post)]
    found: list[Estimate] = []
    if len(change) > 1 and float(change.std()) > 0:
        se = float(change.std(ddof=1)) / math.sqrt(len(change))
        q = float(stats.t.ppf((1 + spec.level) / 2, len(change) - 1))
        found.append(
            around(
                "matched_change", float(change.mean()), se, q, spec.level, how="matched people, post - pre, Student's t"
            )
        )
    if min(len(rest_pre), len(rest_post)) > 1 and float(rest_pre.std() + rest_post.std()) > 0:
        welch = stats.ttest_ind(rest_post, rest_pre, equal_var=False)
        interval = welch.confidence_interval(spec.level)
        gap = float(rest_post.mean() - rest_pre.mean())
        found.append(
            Estimate(
                "unmatched_difference",
                gap,
                float(interval.low),
                float(interval.high),
                spec.level,
                how="unmatched forms, post - pre, Welch",
            )
        )
    return found, int(filled.sum())


def code_matching(frame: Any, spec: CodeMatching, accept: Collection[str] = ()) -> MethodResult:
    """A pair counts when each form is the other's only nearest one. Table `pairs` names the data rows, to join the file by."""
    findings = Findings(accept)
    waves = ["" if value is None or value != value else str(value) for value in frame[spec.wave]]
    findings.must(
        spec.pre_wave != spec.post_wave and {spec.pre_wave, spec.post_wave} <= set(waves),
        "paired.unknown_wave",
        f"Column {spec.wave} has the waves {', '.join(sorted(set(waves))[:8])}.",
        "Name two of them in options.pre_wave and options.post_wave.",
        "options.pre_wave",
    )
    findings.must(
        len(spec.elements) > spec.mismatches + 2,
        "codes.too_short",
        f"{len(spec.elements)} elements with {spec.mismatches} mismatches allowed match almost anybody.",
        "Use five elements or more, or fewer mismatches.",
        "columns.elements",
    )
    codes = _codes(frame, spec)
    given = np.array([sum(cell is not None for cell in code) > spec.mismatches for code in codes])
    rows = {wave: np.flatnonzero(given & (np.array(waves) == wave)) for wave in (spec.pre_wave, spec.post_wave)}
    pre, post = rows[spec.pre_wave], rows[spec.post_wave]
    findings.must(
        len(pre) > 0 and len(post) > 0, "codes.none", "A wave has no codes.", "Check the columns.", "columns.elements"
    )
    pairs = best_matches(codes[pre], codes[post], spec.mismatches)
    collisions = max(_collisions(codes[pre], spec.mismatches), _collisions(codes[post], spec.mismatches))
    findings.warn_if(
        collisions > COLLISIONS,
        "codes.collide",
        f"{collisions:.0%} of the codes of one wave would pass for another code of the same wave: matches may be accidents.",
        "Allow fewer mismatches or ask for more elements.",
    )
    findings.warn("codes.prefer_tokens", "Codes that people make up lose many people; a token sent to them loses none.")
    estimates: list[Estimate] = []
    n = _counts(frame, waves, codes[pre], codes[post], pairs, spec)
    if spec.score is not None:
        values = frame[spec.score].to_numpy(dtype=float)
        estimates, n["scored_pairs"] = _score_part(values[pre], values[post], pairs, spec)
    return MethodResult(
        method="code_matching",
        design="self-generated codes, two waves",
        verb=Verb.DESCRIBES,
        estimates=(
            share("matched_of_pre", len(pairs), len(pre), spec.level),
            share("matched_of_post", len(pairs), len(post), spec.level),
            *estimates,
        ),
        n=n,
        tables={
            "pairs": [{"pre_row": int(pre[i]) + 1, "post_row": int(post[j]) + 1, "mismatches": m} for i, j, m in pairs]
        },
        details={"collisions": collisions, "elements": len(spec.elements)},
        **findings.closing(),
    )


def _counts(
    frame: Any, waves: list[str], pre: Codes, post: Codes, pairs: list[tuple[int, int, int]], spec: CodeMatching
) -> dict[str, int]:
    """Everybody is matched, ambiguous (near to several, or to one that is nearer to another) or unmatched."""
    both = sum(wave in (spec.pre_wave, spec.post_wave) for wave in waves)
    near_pre, near_post = _within(pre, post, spec.mismatches), _within(post, pre, spec.mismatches)
    return {
        "rows": len(frame),
        "other_waves": len(waves) - both,
        "no_code": both - len(pre) - len(post),
        "pre": len(pre),
        "post": len(post),
        "matched": len(pairs),
        **{f"matched_{k}": sum(m == k for _, _, m in pairs) for k in range(spec.mismatches + 1)},
        "ambiguous_pre": sum(near_pre) - len(pairs),
        "ambiguous_post": sum(near_post) - len(pairs),
        "unmatched_pre": len(pre) - sum(near_pre),
        "unmatched_post": len(post) - sum(near_post),
    }


METHODS = (
    Method(
        "code_matching",
        "response and non-response",
        CodeMatching,
        code_matching,
        {
            "matched_of_pre": "matched forms / forms before that have a code",
            "matched_of_post": "matched forms / forms after that have a code",
            "matched_change": "mean change of matched people (with `score`)",
            "unmatched_difference": "mean after - mean before of everybody not matched: the sensitivity analysis",
        },
    ),
)
