"""Who answered stands for whom: design-based means and totals, post-stratification, raking, non-response comparison."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from lifelong.methods.predictors import is_number
from lifelong.methods.proportions import normal_quantile, share
from lifelong.methods.result import Estimate, Findings, MethodResult, Verb, around
from lifelong.methods.spec import Method, column, level_option, option

Array = NDArray[np.float64]
SMALL_CELL = 5
TRIM_AT = 5.0
MOST_ROUNDS = 1000


@dataclass(frozen=True, kw_only=True)
class Weighting:
    """Mean and total of an answer, unweighted and weighted to known margins of everybody who was invited or attended."""

    outcome: str = column("The answer; empty when the person did not answer it.")
    weight: str | None = column(
        "Design weight (how many people the row stood for before adjustment); 1 if not named.", optional=True
    )
    stratum: str | None = column("Sampling stratum.", kind="text", optional=True)
    cluster: str | None = column(
        "Sampling cluster (session, clinic); the row itself if not named.", kind="text", optional=True
    )
    population: str | None = column("Finite population: number of clusters (or rows) in the stratum.", optional=True)
    adjust: str = option(
        "none, post_stratify (one margin) or rake (several).", "none", choices=("none", "post_stratify", "rake")
    )
    margins: Mapping[str, Mapping[str, float]] | None = option(
        "Known counts: {column = {level = people}}.", None, kind="table"
    )
    trim: bool = option("Cut weights above 5 times their median and rescale.", False, kind="flag")
    level: float = level_option()


@dataclass(frozen=True, slots=True)
class Sample:
    """Answered rows with their weights and sampling design; `levels` holds the margin columns as text."""

    y: Array
    weight: Array
    stratum: NDArray[np.object_]
    cluster: NDArray[np.object_]
    population: Array | None
    levels: dict[str, NDArray[np.object_]]


def weighting(frame: Any, spec: Weighting, accept: Collection[str] = ()) -> MethodResult:
    """Linearised standard errors; after raking by iterated projection on the margins. Unweighted figures stand beside."""
    findings = Findings(accept)
    margins = {name: {str(k): float(v) for k, v in levels.items()} for name, levels in (spec.margins or {}).items()}
    sample = _sample(frame, spec, margins, findings)
    _check_margins(sample, margins, spec, findings)
    weight, rounds = rake(sample.weight, sample.levels, margins) if margins else (sample.weight, 0)
    findings.must(
        rounds < MOST_ROUNDS,
        "weighting.not_met",
        "No weights meet all margins at once: some combination of levels has no answers.",
        "Join levels, or leave a margin out.",
        "options.margins",
    )
    if spec.trim:
        weight = _trimmed(weight, findings)
    mean, total = float((weight * sample.y).sum() / weight.sum()), float((weight * sample.y).sum())
    mean_se = _standard_error(weight * (sample.y - mean) / weight.sum(), weight, sample, margins)
    total_se = _standard_error(weight * sample.y, weight, sample, margins)
    design_mean = float((sample.weight * sample.y).sum() / sample.weight.sum())
    design_se = _standard_error(
        sample.weight * (sample.y - design_mean) / sample.weight.sum(), sample.weight, sample, {}
    )
    z = normal_quantile(spec.level)
    effective = float(weight.sum() ** 2 / (weight**2).sum())
    findings.assume(
        "within each margin, those who answered are like those who did not", None, "cannot be seen in the answers"
    )
    return MethodResult(
        method="weighting",
        design={"none": "design weights", "post_stratify": "post-stratified", "rake": "raked to margins"}[spec.adjust],
        verb=Verb.DESCRIBES,
        estimates=(
            around("mean", mean, mean_se, z, spec.level, how="weighted, linearised"),
            around("total", total, total_se, z, spec.level, how="weighted, linearised"),
            around("mean_design", design_mean, design_se, z, spec.level, how="before adjustment"),
            Estimate("mean_unweighted", float(sample.y.mean()), how="plain mean of the answers"),
        ),
        n={
            "rows": len(frame),
            "answered": len(sample.y),
            "left_out": len(frame) - len(sample.y),
            "clusters": len(set(zip(sample.stratum, sample.cluster, strict=True))),
        },
        tables={"margins": _margin_rows(sample, weight, margins)},
        details={
            "effective_n": effective,
            "weight_min": float(weight.min()),
            "weight_median": float(np.median(weight)),
            "weight_max": float(weight.max()),
        },
        **findings.closing(),
    )


def _sample(frame: Any, spec: Weighting, margins: Mapping[str, Any], findings: Findings) -> Sample:
    unknown = [name for name in margins if name not in frame.columns]
    findings.must(
        not unknown,
        "weighting.unknown_margin",
        f"The data have no column {', '.join(unknown)}.",
        "Correct options.margins.",
        "options.margins",
    )
    answered = frame[frame[[spec.outcome, *margins]].notna().all(axis=1)]
    without_margin = int(frame[spec.outcome].notna().sum()) - len(answered)
    findings.warn_if(
        without_margin > 0,
        "weighting.blank_margin",
        f"{without_margin} answers are left out because a margin ({', '.join(margins)}) is blank.",
        "Fill the margins.",
    )
    _refuse_blank_design(answered, spec, findings)
    findings.must(
        len(answered) > 1,
        "weighting.no_answers",
        "Fewer than two answers.",
        "Check columns.outcome.",
        "columns.outcome",
    )
    n = len(answered)
    one: NDArray[np.object_] = np.array([""] * n, dtype=object)
    weight = answered[spec.weight].to_numpy(dtype=float) if spec.weight else np.ones(n)
    findings.must(
        bool(np.all(weight > 0)),
        "weighting.bad_weight",
        "A design weight is missing or not positive.",
        "Correct columns.weight.",
        "columns.weight",
    )
    sample = Sample(
        answered[spec.outcome].to_numpy(dtype=float),
        weight,
        answered[spec.stratum].astype(str).to_numpy(dtype=object) if spec.stratum else one,
        answered[spec.cluster].astype(str).to_numpy(dtype=object)
        if spec.cluster
        else np.arange(n).astype(str).astype(object),
        answered[spec.population].to_numpy(dtype=float) if spec.population else None,
        {name: answered[name].astype(str).to_numpy(dtype=object) for name in margins},
    )
    _check_strata(sample, findings)
    if sample.population is not None:
        for stratum in set(sample.stratum):
            here = sample.stratum == stratum
            clusters = len(set(sample.cluster[here]))
            findings.must(
                bool(np.all(sample.population[here] >= clusters)),
                "weighting.bad_population",
                f"Stratum {stratum!r} has {clusters} clusters in the data, more than its population.",
                "Write the number of clusters (or people) of the stratum into columns.population.",
                "columns.population",
            )
    return sample


def _refuse_blank_design(answered: Any, spec: Weighting, findings: Findings) -> None:
    for name in (spec.stratum, spec.cluster):
        findings.must(
            name is None or bool(answered[name].notna().all()),
            "weighting.blank_design",
            f"Column {name} has blanks among those who answered.",
            "Fill it: the design decides the error.",
            "columns",
        )


def _check_strata(sample: Sample, findings: Findings) -> None:
    """A stratum with one cluster has no spread between clusters; with nothing else no error can be estimated."""
    clusters = {stratum: len(set(sample.cluster[sample.stratum == stratum])) for stratum in set(sample.stratum)}
    lonely = sorted(str(stratum) for stratum, count in clusters.items() if count == 1)
    findings.must(
        len(lonely) < len(clusters),
        "weighting.one_cluster",
        "Every stratum has one cluster only: no error can be estimated.",
        "Name a finer cluster, or leave columns.cluster out and say that answers were taken as independent.",
        "columns.cluster",
    )
    findings.warn_if(
        bool(lonely),
        "weighting.lonely_cluster",
        f"Stratum {', '.join(lonely[:5])} has one cluster only and adds nothing to the error, which is too small.",
        "Join it with a similar stratum.",
    )


def _check_margins(
    sample: Sample, margins: Mapping[str, Mapping[str, float]], spec: Weighting, findings: Findings
) -> None:
    needed = {"none": 0, "post_stratify": 1, "rake": 1}[spec.adjust]
    findings.must(
        (len(margins) == needed) if spec.adjust != "rake" else len(margins) >= 1,
        "weighting.margins",
        f"{spec.adjust} takes {'no' if needed == 0 else 'one' if spec.adjust == 'post_stratify' else 'one or more'} margins; {len(margins)} were given.",
        "Correct options.adjust or options.margins.",
        "options.margins",
    )
    totals = {name: sum(levels.values()) for name, levels in margins.items()}
    findings.must(
        all(total > 0 for total in totals.values()),
        "weighting.empty_margin",
        "A margin counts nobody.",
        "Write the people of each level.",
        "options.margins",
    )
    findings.must(
        not totals or max(totals.values()) - min(totals.values()) < 1e-6 * max(totals.values()),
        "weighting.margins_disagree",
        f"The margins add up to different totals: {', '.join(f'{k} {v:g}' for k, v in totals.items())}.",
        "Count the same people in every margin.",
        "options.margins",
    )
    for name, levels in margins.items():
        seen = sample.levels[name]
        strange = set(seen) - {level for level, people in levels.items() if people > 0}
        findings.must(
            not strange,
            "weighting.unknown_level",
            f"Level {', '.join(sorted(strange))} of {name} is not in the margins (or counts nobody there).",
            "Complete options.margins.",
            "options.margins",
        )
        for level, people in levels.items():
            answered = int((seen == level).sum())
            findings.must(
                answered > 0 or people == 0,
                "weighting.nobody",
                f"Nobody with {name} = {level} answered; {people:g} people cannot be represented.",
                "Join the level with a similar one.",
                "options.margins",
            )
            findings.require(
                answered >= SMALL_CELL or people == 0,
                "weighting.small_cell",
                f"{answered} answers stand for {people:g} people with {name} = {level}.",
                "Join the level with a similar one.",
                "options.margins",
            )


def rake(
    weight: Array, levels: Mapping[str, NDArray[np.object_]], margins: Mapping[str, Mapping[str, float]]
) -> tuple[Array, int]:
    """Iterative proportional fitting until every margin is met to 1e-10; returns weights and rounds. One margin is post-stratification."""
    current = weight.copy()
    for rounds in range(1, MOST_ROUNDS + 1):
        largest = 0.0
        for name, known in margins.items():
            for level, people in known.items():
                inside = levels[name] == level
                if inside.any():
                    factor = people / float(current[inside].sum())
                    largest = max(largest, abs(factor - 1))
                    current[inside] *= factor
        if largest < 1e-10:
            return current, rounds
    return current, MOST_ROUNDS


def _trimmed(weight: Array, findings: Findings) -> Array:
    cap = TRIM_AT * float(np.median(weight))
    over = int((weight > cap).sum())
    findings.warn_if(
        over > 0,
        "weighting.trimmed",
        f"{over} weights were cut to 5 times the median.",
        "Show the result without trimming beside it.",
    )
    cut = np.minimum(weight, cap)
    return cut * float(weight.sum() / cut.sum())


def _standard_error(scores: Array, weight: Array, sample: Sample, margins: Mapping[str, Any]) -> float:
    """Between-cluster variance of the scores (weight x residual), after taking out what the margins explain.

    Residuals come from a fit with the design weights and are multiplied by the adjusted ones (Deville & Särndal 1992).
    """
    left = scores / weight
    for _ in range(1 if len(margins) <= 1 else 50):
        for name in margins:
            for level in set(sample.levels[name]):
                inside = sample.levels[name] == level
                left[inside] -= float((left * sample.weight)[inside].sum() / sample.weight[inside].sum())
    scores = left * weight
    variance = 0.0
    for stratum in set(sample.stratum):
        here = sample.stratum == stratum
        names, place = np.unique(sample.cluster[here].astype(str), return_inverse=True)
        totals = np.bincount(place, weights=scores[here])
        n = len(names)
        if n < 2:
            continue
        fraction = n / float(sample.population[here][0]) if sample.population is not None else 0.0
        variance += (1 - fraction) * n / (n - 1) * float(((totals - totals.mean()) ** 2).sum())
    return math.sqrt(variance)


def _margin_rows(sample: Sample, weight: Array, margins: Mapping[str, Mapping[str, float]]) -> list[dict[str, Any]]:
    rows = []
    for name, levels in margins.items():
        for level, people in levels.items():
            inside = sample.levels[name] == level
            rows.append(
                {
                    "margin": name,
                    "level": level,
                    "known": people,
                    "answered": int(inside.sum()),
                    "weighted": float(weight[inside].sum()),
                }
            )
    return rows


@dataclass(frozen=True, kw_only=True)
class NonResponse:
    """Those who answered against everybody on the fields held for all; early against late; standardised differences, no p values."""

    responded: str = column("1 if the person answered, 0 if not.")
    fields: tuple[str, ...] = column(
        "What is known of everybody: profession, state, pre-test score …", kind="any", many=True
    )
    early: str | None = column("Among those who answered: 1 early, 0 after a reminder.", optional=True)
    level: float = level_option()


def non_response(frame: Any, spec: NonResponse, accept: Collection[str] = ()) -> MethodResult:
    """A difference above 0.25 standard deviations is flagged. One row per number, one per level of a word."""
    findings = Findings(accept)
    answered = frame[spec.responded].to_numpy(dtype=float)
    findings.must(
        bool(np.all(np.isin(answered, (0, 1)))),
        "non_response.not_binary",
        "Column responded must be 0 or 1.",
        "Recode it.",
        "columns.responded",
    )
    count, everybody = int(answered.sum()), len(answered)
    findings.must(
        count > 0, "non_response.nobody", "Nobody answered.", "There is nothing to compare.", "columns.responded"
    )
    rows = [
        row
        for name in spec.fields
        for row in _compare(frame, name, answered == 1, np.ones(everybody, dtype=bool), "responders", "everybody")
    ]
    if spec.early is not None:
        early = frame[spec.early].to_numpy(dtype=float)
        own = early[answered == 1]
        findings.must(
            bool(np.all(np.isin(own, (0, 1)))) and 0 < int(own.sum()) < len(own),
            "non_response.early_not_binary",
            "Column early must be 1 or 0 for everybody who answered, and some of each.",
            "Recode it, or leave it out when nobody was reminded.",
            "columns.early",
        )
        rows += [
            row
            for name in spec.fields
            for row in _compare(
                frame, name, (answered == 1) & (early == 1), (answered == 1) & (early == 0), "early", "late"
            )
        ]
    large = list(dict.fromkeys(f"{row['field']} {row['level']}".strip() for row in rows if row["flagged"]))
    findings.warn_if(
        bool(large),
        "non_response.unlike",
        f"Those who answered differ in {', '.join(large[:6])}.",
        "Weight to the margins and show both.",
    )
    return MethodResult(
        method="non_response",
        design="responders compared with everybody invited",
        verb=Verb.DESCRIBES,
        estimates=(share("response_rate", count, everybody, spec.level),),
        n={"invited": everybody, "answered": count},
        tables={"comparison": rows},
        **findings.closing(),
    )


def _compare(
    frame: Any, name: str, first: NDArray[np.bool_], second: NDArray[np.bool_], left: str, right: str
) -> list[dict[str, Any]]:
    def row(level: str, values: Array) -> dict[str, Any]:
        a, b = values[first], values[second]
        a, b = a[~np.isnan(a)], b[~np.isnan(b)]
        means = [float(x.mean()) if len(x) else math.nan for x in (a, b)]
        sd = math.sqrt((float(a.var()) + float(b.var())) / 2) if len(a) and len(b) else math.nan
        gap = means[0] - means[1]
        standardised = gap / sd if sd > 0 else 0.0 if gap == 0 else math.nan
        return {
            "field": name,
            "level": level,
            "compared": f"{left} / {right}",
            "first": means[0],
            "second": means[1],
            "n_first": len(a),
            "n_second": len(b),
            "standardised_difference": standardised,
            "flagged": not abs(standardised) <= 0.25,
        }

    if is_number(frame[name]):
        return [row("", frame[name].to_numpy(dtype=float))]
    words = frame[name].fillna("").astype(str).to_numpy()
    return [row(level or "(empty)", (words == level).astype(float)) for level in sorted(set(words))]


@dataclass(frozen=True, kw_only=True)
class TippingPoint:
    """How different those who did not answer must be for the result to vanish."""

    change: str = column("Change (or difference) of each person; empty when the person did not answer.")
    invited: int | None = option("People invited; the number of rows if empty.", None, kind="integer", low=1)
    null: float = option("The value that means no effect.", 0.0, kind="number")
    level: float = level_option()


def _tipping_half(mean: float, sd: float, n: int, spec: TippingPoint, findings: Findings) -> float:
    """Half the width of the interval of those who answered (Student's t)."""
    findings.must(
        sd > 1e-12 * max(abs(mean), 1e-300),
        "tipping.no_spread",
        f"Everybody who answered gave {mean:g}: no spread can be assumed for those who did not.",
        "Report the mean and the worst case.",
        "columns.change",
    )
    half = float(stats.t.ppf((1 + spec.level) / 2, n - 1)) * sd / math.sqrt(n)
    findings.warn_if(
        abs(mean - spec.null) <= half,
        "tipping.already_uncertain",
        "The interval of those who answered holds the null already: there is no effect to tip.",
        "Report the interval.",
    )
    return half


def tipping_point(frame: Any, spec: TippingPoint, accept: Collection[str] = ()) -> MethodResult:
    """Mean of the silent at which the mean of all equals the null, and at which its interval first touches it (same SD assumed)."""
    findings = Findings(accept)
    values = frame[spec.change].dropna().to_numpy(dtype=float)
    invited = spec.invited if spec.invited is not None else len(frame)
    silent = invited - len(values)
    findings.must(
        len(values) > 1,
        "tipping.no_answers",
        "Fewer than two people answered.",
        "There is no result to tip.",
        "columns.change",
    )
    findings.must(
        silent >= 0,
        "tipping.more_than_invited",
        f"{len(values)} answers but {invited} invited.",
        "Correct options.invited.",
        "options.invited",
    )
    findings.must(
        silent > 0,
        "tipping.everybody",
        "Everybody answered: nothing can tip the result.",
        "Report it as it is.",
        "options.invited",
    )
    n, mean, sd = len(values), float(values.mean()), float(values.std(ddof=1))
    half = _tipping_half(mean, sd, n, spec, findings)
    at_null = (spec.null * invited - mean * n) / silent
    # the interval of all invited people, were everybody answered with the same SD
    width = float(stats.t.ppf((1 + spec.level) / 2, invited - 1)) * sd / math.sqrt(invited)
    edge = spec.null + math.copysign(width, mean - spec.null)
    at_edge = (edge * invited - mean * n) / silent
    findings.assume(
        "those who are silent vary as much as those who answered", None, "the same standard deviation is assumed"
    )
    return MethodResult(
        method="tipping_point",
        design="sensitivity to non-response",
        verb=Verb.DESCRIBES,
        estimates=(
            Estimate("mean_of_answers", mean, mean - half, mean + half, spec.level, sd / math.sqrt(n)),
            Estimate("tips_to_null", at_null, how="mean of the silent that brings the mean of all to the null"),
            Estimate(
                "tips_to_uncertain", at_edge, how="mean of the silent at which the interval of all touches the null"
            ),
            Estimate(
                "tips_in_sd",
                (at_null - mean) / sd,
                unit="SD",
                how="how far the silent must lie from those who answered",
            ),
        ),
        n={"invited": invited, "answered": n, "silent": silent},
        **findings.closing(),
    )


METHODS = (
    Method(
        "weighting",
        "response and non-response",
        Weighting,
        weighting,
        {
            "mean": "weighted mean",
            "total": "weighted total",
            "mean_design": "mean before adjustment to margins",
            "mean_unweighted": "plain mean",
        },
        ("weighting.small_cell",),
    ),
    Method(
        "non_response", "response and non-response", NonResponse, non_response, {"response_rate": "answered / invited"}
    ),
    Method(
        "tipping_point",
        "response and non-response",
        TippingPoint,
        tipping_point,
        {
            "mean_of_answers": "mean of those who answered",
            "tips_to_null": "mean of the silent that cancels the effect",
            "tips_to_uncertain": "mean of the silent at which the interval touches the null",
            "tips_in_sd": "distance of that mean from those who answered, in SD",
        },
    ),
)
