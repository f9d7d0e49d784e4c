"""Who answered before and after: pairs by id (and centre), first attempts only, everybody left out counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifelong.methods.result import Findings
from lifelong.methods.spec import column, option

Array = NDArray[np.float64]
KEY_GLUE = "\x1f"


@dataclass(frozen=True, kw_only=True)
class PairColumns:
    """Matched answers, either wide (`pre` and `post`) or long (`score` with `wave`), one person per `id`."""

    id: str = column("Who answered. Text; must be filled, and unique within `centre` (and `wave`).", kind="text")
    centre: str | None = column(
        "Where the id is unique. Needed when centres number their people alike.", kind="text", optional=True
    )
    pre: str | None = column("Wide data: the score before.", optional=True)
    post: str | None = column("Wide data: the score after.", optional=True)
    score: str | None = column("Long data: the score of one form.", optional=True)
    wave: str | None = column("Long data: which occasion the form belongs to.", kind="text", optional=True)
    attempt: str | None = column(
        "Long data: attempt number; the lowest counts, later ones are teaching.", optional=True
    )
    pre_wave: str = option("Long data: the value of `wave` that means before.", "pre")
    post_wave: str = option("Long data: the value of `wave` that means after.", "post")


@dataclass(frozen=True, slots=True)
class Pairs:
    """Matched values in the same order, and the counts of everybody else."""

    ids: tuple[str, ...]
    pre: Array
    post: Array
    n: dict[str, int]
    centres: tuple[str, ...]


def keys(frame: Any, id_column: str, centre: str | None) -> list[str]:
    """One text key per row: the id, within its centre when one is named."""
    ids = [_text(value) for value in frame[id_column]]
    if centre is None:
        return ids
    centres = [_text(value) for value in frame[centre]]
    return [f"{where}{KEY_GLUE}{who}" if who and where else "" for where, who in zip(centres, ids, strict=True)]


def _text(value: Any) -> str:
    return "" if value is None or value != value else str(value).strip()


def self_rated(yes: bool, findings: Findings) -> str:
    """The label that every figure of a then-test carries, for the end of its design."""
    findings.warn_if(
        yes,
        "paired.self_rated",
        "Self-rated, retrospective: not a measure of learning; keep apart from test scores.",
    )
    return ", self-rated, retrospective" if yes else ""


def matched(frame: Any, spec: PairColumns, findings: Findings) -> Pairs:
    """Pair the answers. Refuses blank or repeated ids, no pairs at all, and (overridable) mostly unmatched data."""
    who = keys(frame, spec.id, spec.centre)
    findings.must(
        all(who),
        "paired.blank_ids",
        f"{sum(not key for key in who)} of {len(who)} rows have no id in column {spec.id}"
        + (f" or no centre in column {spec.centre}" if spec.centre else "")
        + ": nobody knows whose answers belong together.",
        "Use method unpaired_means for unmatched answers, or leave the rows without id out and say so.",
        "columns.id",
    )
    wide, long = spec.pre is not None and spec.post is not None, spec.score is not None and spec.wave is not None
    findings.must(
        wide != long,
        "paired.wide_or_long",
        "A paired method needs either pre and post (one row per person) or score and wave (one row per form).",
        "Name one of the two pairs of columns.",
        "columns",
    )
    findings.must(
        not wide or spec.pre != spec.post,
        "paired.same_column",
        f"pre and post are the same column, {spec.pre}.",
        "Name the column of each occasion.",
        "columns.post",
    )
    before, after = _from_wide(frame, spec, who, findings) if wide else _from_long(frame, spec, who, findings)
    both = [key for key in before if key in after]
    pairs = Pairs(
        tuple(both),
        np.array([before[key] for key in both], dtype=float),
        np.array([after[key] for key in both], dtype=float),
        {
            "rows": len(frame),
            "pre_answers": len(before),
            "post_answers": len(after),
            "pairs": len(both),
            "only_pre": len(before) - len(both),
            "only_post": len(after) - len(both),
        },
        tuple(sorted({key.split(KEY_GLUE)[0] for key in both})) if spec.centre else (),
    )
    _judge_matching(pairs, findings)
    return pairs


def _judge_matching(pairs: Pairs, findings: Findings) -> None:
    people = pairs.n["pairs"] + pairs.n["only_pre"] + pairs.n["only_post"]
    findings.must(
        pairs.n["pairs"] > 1,
        "paired.no_pairs",
        f"Of {people} people with an answer, {pairs.n['pairs']} have both a before and an after: the two sets are unmatched.",
        "Use method unpaired_means (or two_proportions) and report the samples as unmatched.",
        "columns.id",
    )
    findings.require(
        2 * pairs.n["pairs"] >= people,
        "paired.mostly_unmatched",
        f"Only {pairs.n['pairs']} of {people} people have both answers.",
        "Use method mixed_model or gee with all answers, and show the matched analysis beside it.",
        "columns.id",
    )
    left_out = people - pairs.n["pairs"]
    findings.warn_if(
        left_out > 0,
        "paired.some_unmatched",
        f"{left_out} of {people} people have only one answer and are left out of the paired analysis.",
        "Show a mixed model or GEE with all answers as sensitivity.",
    )
    if pairs.centres and len(pairs.centres) > 1:
        findings.warn(
            "paired.clustered",
            f"People come from {len(pairs.centres)} centres; the paired analysis treats them as independent.",
            "Use mixed_model or gee with the centre as cluster when centres differ.",
        )
    findings.assume(
        "pairs are independent of each other",
        None,
        "holds when each person appears once and people did not answer together",
    )


def _from_wide(
    frame: Any, spec: PairColumns, who: list[str], findings: Findings
) -> tuple[dict[str, float], dict[str, float]]:
    _refuse_repeats(len(who) - len(set(who)), spec, findings)
    pre, post = frame[spec.pre].to_numpy(dtype=float), frame[spec.post].to_numpy(dtype=float)
    before = {key: float(value) for key, value in zip(who, pre, strict=True) if not np.isnan(value)}
    after = {key: float(value) for key, value in zip(who, post, strict=True) if not np.isnan(value)}
    return before, after


def _from_long(
    frame: Any, spec: PairColumns, who: list[str], findings: Findings
) -> tuple[dict[str, float], dict[str, float]]:
    waves = [_text(value) for value in frame[spec.wave]]
    scores = frame[spec.score].to_numpy(dtype=float)
    attempts = frame[spec.attempt].to_numpy(dtype=float) if spec.attempt else np.ones(len(who))
    _check_waves(waves, spec, findings)
    blank = int((np.isnan(attempts) & ~np.isnan(scores)).sum())
    findings.must(
        blank == 0,
        "paired.blank_attempts",
        f"{blank} forms with a score have no number in column {spec.attempt}: it is not known which came first.",
        "Fill the attempt number.",
        "columns.attempt",
    )
    found: dict[str, dict[str, tuple[float, float]]] = {spec.pre_wave: {}, spec.post_wave: {}}
    repeats, later = 0, 0
    for key, wave, score, attempt in zip(who, waves, scores, attempts, strict=True):
        if wave not in found or np.isnan(score):
            continue
        known = found[wave].get(key)
        if known is not None and known[0] == attempt:
            repeats += 1
        later += known is not None
        if known is None or attempt < known[0]:
            found[wave][key] = (float(attempt), float(score))
    _refuse_repeats(repeats, spec, findings)
    findings.warn_if(
        later > 0,
        "paired.later_attempts_left_out",
        f"{later} later attempts were left out: the first attempt is the outcome.",
    )
    before, after = found[spec.pre_wave], found[spec.post_wave]
    return {key: value[1] for key, value in before.items()}, {key: value[1] for key, value in after.items()}


def _check_waves(waves: list[str], spec: PairColumns, findings: Findings) -> None:
    seen = sorted(set(waves))
    unknown = [name for name in (spec.pre_wave, spec.post_wave) if name not in seen]
    findings.must(
        not unknown and spec.pre_wave != spec.post_wave,
        "paired.unknown_wave",
        f"Column {spec.wave} has no wave {' and no '.join(repr(name) for name in unknown)}."
        if unknown
        else f"pre_wave and post_wave are both {spec.pre_wave!r}.",
        f"Its waves are {', '.join(repr(name) for name in seen[:8])}; name two of them in options.pre_wave and options.post_wave.",
        "options.pre_wave",
    )
    others = sum(wave not in (spec.pre_wave, spec.post_wave) for wave in waves)
    findings.warn_if(
        others > 0,
        "paired.other_waves",
        f"{others} rows belong to other waves ({', '.join(w or '(empty)' for w in seen if w not in (spec.pre_wave, spec.post_wave))}) and are left out.",
        "Use friedman or mixed_model for three or more occasions.",
    )


def _refuse_repeats(repeats: int, spec: PairColumns, findings: Findings) -> None:
    where = "within the centre" if spec.centre else "in the data"
    advice = (
        "Remove double entries, or name the attempt column."
        if spec.centre
        else "Name the column columns.centre if ids repeat across centres, columns.attempt if people tried again, or remove double entries."
    )
    findings.must(
        repeats == 0,
        "paired.repeated_ids",
        f"{repeats} ids in column {spec.id} occur more than once {where}: it is not known which answers belong together.",
        advice,
        "columns.id",
    )
