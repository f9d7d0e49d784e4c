"""Items and scales: difficulty, discrimination, distractors; Cronbach's alpha (KR-20) with Feldt's interval, McDonald's omega."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from lifelong.methods.result import Estimate, Findings, MethodResult, Verb
from lifelong.methods.spec import Method, column, level_option, option

Array = NDArray[np.float64]
PEOPLE_FOR_ITEMS = 30
JACKKNIFE_GROUPS = 50
TOO_HARD, TOO_EASY, WEAK_ITEM = 0.2, 0.95, 0.1


def alpha_of_covariance(cov: Array) -> float:
    """Cronbach's alpha of a covariance (or correlation) matrix of k items; NaN when their sum does not vary."""
    k = len(cov)
    if float(cov.sum()) <= 0:
        return math.nan
    return k / (k - 1) * (1 - float(np.trace(cov)) / float(cov.sum()))


def feldt_interval(alpha: float, people: int, items: int, level: float) -> tuple[float, float]:
    """Feldt's interval of alpha (Feldt, Woodruff & Salih 1987), by the F distribution."""
    df1, df2 = people - 1, (people - 1) * (items - 1)
    tail = (1 - level) / 2
    return (
        1 - (1 - alpha) * float(stats.f.ppf(1 - tail, df1, df2)),
        1 - (1 - alpha) * float(stats.f.ppf(tail, df1, df2)),
    )


def pairwise_covariance(values: Array) -> Array:
    """Covariances from all rows in which both items are answered; variances from all answers of the item."""
    k = values.shape[1]
    cov = np.empty((k, k))
    for i in range(k):
        for j in range(i, k):
            both = ~np.isnan(values[:, i]) & ~np.isnan(values[:, j])
            x, y = values[both, i], values[both, j]
            cov[i, j] = cov[j, i] = float(((x - x.mean()) * (y - y.mean())).sum() / (both.sum() - 1))
    return cov


def omega_total(cov: Array, rounds: int = 200) -> float | None:
    """McDonald's omega of one common factor, fitted by iterated principal axes; `None` if the factor is not proper."""
    sd = np.sqrt(np.diag(cov))
    correlation = cov / np.outer(sd, sd)
    communality = 1 - 1 / np.diag(np.linalg.pinv(correlation))
    loading = np.zeros(len(cov))
    for _ in range(rounds):
        reduced = correlation.copy()
        np.fill_diagonal(reduced, communality)
        values, vectors = np.linalg.eigh(reduced)
        if values[-1] <= 0:
            return None
        loading = vectors[:, -1] * math.sqrt(values[-1])
        new = np.minimum(loading**2, 1.0)
        if float(np.abs(new - communality).max()) < 1e-9:
            break
        communality = new
    loading = loading * sd
    unique = np.diag(cov) - loading**2
    if unique.min() < -1e-9:
        return None
    common = float(loading.sum()) ** 2
    return common / (common + float(unique.sum()))


@dataclass(frozen=True, kw_only=True)
class ItemAnalysis:
    """Difficulty and discrimination of test items, alpha if deleted, reliability, and (with a key) distractors."""

    items: tuple[str, ...] = column(
        "Item columns: scored 0/1, or raw answers when `key` is given. `A..Z` takes all columns from A to Z.",
        kind="text",
        many=True,
    )
    key: Mapping[str, Any] | None = option(
        "Correct answer of each item, when the columns hold raw answers.", None, kind="table"
    )
    level: float = level_option()


def item_analysis(frame: Any, spec: ItemAnalysis, accept: Collection[str] = ()) -> MethodResult:
    """Unanswered items of a person who answered any count as wrong. Flags p < .2 or > .95, item-rest < .1, strong distractors."""
    findings = Findings(accept)
    names = list(spec.items)
    findings.must(
        len(names) >= 2,
        "items.one_item",
        "An item analysis needs at least two items.",
        "Name more items.",
        "columns.items",
    )
    raw = frame[names]
    raw = raw[raw.notna().any(axis=1)]
    scored = _scored(raw, names, spec.key, findings)
    people, k = scored.shape
    findings.require(
        people >= PEOPLE_FOR_ITEMS,
        "items.few_people",
        f"{people} people answered.",
        "Print counts per item only.",
        "columns.items",
    )
    blank = int(raw.isna().sum().sum())
    findings.warn_if(
        blank > 0, "items.unanswered", f"{blank} of {people * k} answers are empty and count as wrong.", "Say so."
    )
    total = scored.sum(axis=1)
    findings.must(float(total.std()) > 0, "items.no_spread", "Everybody has the same total.", "Describe the items.")
    cov = np.cov(scored, rowvar=False)
    alpha = alpha_of_covariance(cov)
    low, high = feldt_interval(alpha, people, k, spec.level)
    rows = [_item_row(name, i, scored, total, cov) for i, name in enumerate(names)]
    tables: dict[str, Any] = {"items": rows}
    if spec.key:
        tables["distractors"] = _distractor_rows(raw, names, spec.key, total)
    _warn_of_flags(rows, findings)
    sd = float(total.std(ddof=1))
    sem = sd * math.sqrt(max(1 - alpha, 0))
    return MethodResult(
        method="item_analysis",
        design="one test, one sitting",
        verb=Verb.DESCRIBES,
        estimates=(
            Estimate(
                "alpha", alpha, low, high, spec.level, how="Cronbach's alpha (KR-20 for 0/1 items), Feldt's interval"
            ),
            Estimate("mean_total", float(total.mean()), how="mean of the total score"),
            Estimate("sem", sem, how="standard error of measurement, SD x sqrt(1 - alpha)"),
        ),
        n={"people": people, "items": k, "rows_without_any_answer": len(frame) - people},
        tables=tables,
        details={
            "sd_total": sd,
            "median_total": float(np.median(total)),
            "unanswered": blank,
            "weak_items": sum(row["item_rest"] < WEAK_ITEM for row in rows),
        },
        **findings.closing(),
    )


def _scored(raw: Any, names: list[str], key: Mapping[str, Any] | None, findings: Findings) -> Array:
    if key:
        missing = [name for name in names if name not in key]
        findings.must(
            not missing,
            "items.no_key",
            f"The key lacks {', '.join(missing[:5])}.",
            "Complete options.key.",
            "options.key",
        )
        never = [name for name in names if str(key[name]) not in set(raw[name].dropna())]
        findings.must(
            len(never) < len(names),
            "items.key_unused",
            f"Nobody gave the key's answer to any item; {names[0]} has the answers "
            f"{', '.join(sorted(set(raw[names[0]].dropna()))[:6])}, its key is {str(key[names[0]])!r}.",
            "Spell options.key as in the data.",
            "options.key",
        )
        findings.warn_if(
            bool(never),
            "items.key_unused",
            f"Nobody gave the key's answer to {', '.join(never[:5])}.",
            "Check the spelling of the key.",
        )
        return np.column_stack([(raw[name].astype(str) == str(key[name])).to_numpy(dtype=float) for name in names])
    try:
        values: Array = raw.to_numpy(dtype=float)
    except ValueError:
        values = np.array([[math.inf]])
    findings.must(
        bool(np.all(np.isin(values[~np.isnan(values)], (0.0, 1.0)))),
        "items.not_scored",
        "Item columns must be scored 0 or 1.",
        "Give options.key for raw answers, or use method alpha for rating scales.",
        "columns.items",
    )
    return np.nan_to_num(values, nan=0.0)


def _warn_of_flags(rows: list[dict[str, Any]], findings: Findings) -> None:
    weak = [row["item"] for row in rows if row["flags"]]
    findings.warn_if(
        bool(weak),
        "items.flagged",
        f"{len(weak)} of {len(rows)} items are flagged: {', '.join(weak[:10])}.",
        "Read them again.",
    )


def _item_row(name: str, i: int, scored: Array, total: Array, cov: Array) -> dict[str, Any]:
    item, rest = scored[:, i], total - scored[:, i]
    difficulty = float(item.mean())
    item_total, item_rest = _r(item, total), _r(item, rest)
    without = np.delete(np.delete(cov, i, axis=0), i, axis=1)
    alpha_without = alpha_of_covariance(without) if len(without) > 1 else math.nan
    flags = [
        flag
        for flag, found in (
            ("too hard", difficulty < TOO_HARD),
            ("too easy", difficulty > TOO_EASY),
            ("weak", not item_rest >= WEAK_ITEM),
        )
        if found
    ]
    return {
        "item": name,
        "difficulty": difficulty,
        "item_total": item_total,
        "item_rest": item_rest,
        "alpha_if_deleted": alpha_without,
        "flags": ", ".join(flags),
    }


def _r(x: Array, y: Array) -> float:
    return float(np.corrcoef(x, y)[0, 1]) if x.std() > 0 and y.std() > 0 else math.nan


def _distractor_rows(raw: Any, names: list[str], key: Mapping[str, Any], total: Array) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for name in names:
        answers = raw[name].fillna("").astype(str).to_numpy()
        right = int((answers == str(key[name])).sum())
        for answer in sorted(set(answers)):
            chosen = answers == answer
            rows.append(
                {
                    "item": name,
                    "answer": answer or "(none)",
                    "is_key": answer == str(key[name]),
                    "chosen": int(chosen.sum()),
                    "mean_total": float(total[chosen].mean()),
                    "more_than_key": answer != str(key[name]) and int(chosen.sum()) > right,
                }
            )
    return rows


@dataclass(frozen=True, kw_only=True)
class Alpha:
    """Internal consistency of a rating scale: raw and standardised alpha with interval, omega, reverse-keyed items."""

    items: tuple[str, ...] = column("Rating items of one scale. `A..Z` takes all columns from A to Z.", many=True)
    reverse: tuple[str, ...] = option(
        "Items keyed the other way; turned by lowest + highest - answer.", (), kind="texts"
    )
    lowest: float = option("Lowest point of the scale.", 1, kind="number")
    highest: float = option("Highest point of the scale.", 5, kind="number")
    missing: str = option(
        "pairwise covariances, or complete people only.", "pairwise", choices=("pairwise", "complete")
    )
    level: float = level_option()


def _turned(frame: Any, names: list[str], spec: Alpha, findings: Findings) -> Array:
    """Answers with reverse-keyed items turned round."""
    unknown = [name for name in spec.reverse if name not in names]
    findings.must(
        not unknown,
        "items.unknown_reverse",
        f"{', '.join(unknown)} is not among the items.",
        "Correct options.reverse.",
        "options.reverse",
    )
    values = frame[names].to_numpy(dtype=float).copy()
    outside = int(((values < spec.lowest) | (values > spec.highest)).sum())
    findings.must(
        outside == 0,
        "items.out_of_scale",
        f"{outside} answers lie outside {spec.lowest:g} to {spec.highest:g}.",
        "State options.lowest and options.highest; keep 'not applicable' out of the scale.",
        "options.highest",
    )
    for name in spec.reverse:
        values[:, names.index(name)] = spec.lowest + spec.highest - values[:, names.index(name)]
    return np.asarray(values, dtype=np.float64)


def _omega(values: Array, cov: Array, spec: Alpha) -> Estimate | None:
    """Omega with the interval of a jackknife that leaves out one of up to 50 groups of people at a time."""
    omega = omega_total(cov)
    if omega is None:
        return None
    kept = values if spec.missing == "pairwise" else values[~np.isnan(values).any(axis=1)]
    groups = min(JACKKNIFE_GROUPS, len(kept))
    found = [omega_total(pairwise_covariance(kept[np.arange(len(kept)) % groups != g])) for g in range(groups)]
    left_out = np.array([value for value in found if value is not None])
    how = "one factor, principal axes"
    if len(left_out) < groups or not np.all(np.isfinite(left_out)):
        return Estimate(
            "omega_total", omega, how=f"{how}; no interval, the factor is not proper in every part of the data"
        )
    se = math.sqrt((groups - 1) / groups * float(((left_out - left_out.mean()) ** 2).sum()))
    t = float(stats.t.ppf((1 + spec.level) / 2, groups - 1))
    low, high = max(omega - t * se, 0.0), min(omega + t * se, 1.0)
    return Estimate(
        "omega_total", omega, low, high, spec.level, se, how=f"{how}; jackknife over {groups} groups of people"
    )


def _refuse_constant(complete: Array, names: list[str], findings: Findings) -> None:
    constant = [name for i, name in enumerate(names) if float(np.ptp(complete[:, i])) == 0]
    findings.must(
        not constant,
        "items.constant_item",
        f"Everybody gave the same answer to {', '.join(constant[:5])}: it has no correlation with the scale.",
        "Leave the item out of the scale and report it alone.",
        "columns.items",
    )


def alpha(frame: Any, spec: Alpha, accept: Collection[str] = ()) -> MethodResult:
    """Raw alpha decides; standardised alpha, complete-case alpha and omega are shown beside it."""
    findings = Findings(accept)
    names = list(spec.items)
    findings.must(
        len(names) >= 2,
        "items.one_item",
        "A scale needs at least two items; report one item as itself.",
        "Name more items.",
        "columns.items",
    )
    values = _turned(frame, names, spec, findings)
    complete = values[~np.isnan(values).any(axis=1)]
    findings.require(
        len(complete) >= PEOPLE_FOR_ITEMS,
        "items.few_people",
        f"{len(complete)} people answered every item.",
        "Describe the items.",
    )
    findings.must(
        len(complete) > 2, "items.nobody", "Fewer than three people answered every item.", "Describe the items."
    )
    _refuse_constant(complete, names, findings)
    cov_complete = np.cov(complete, rowvar=False)
    cov = pairwise_covariance(values) if spec.missing == "pairwise" else cov_complete
    sd = np.sqrt(np.diag(cov))
    raw = alpha_of_covariance(cov)
    low, high = feldt_interval(raw, len(complete), len(names), spec.level)
    negative = [name for i, name in enumerate(names) if np.delete(cov[i], i).sum() < 0]
    findings.warn_if(
        bool(negative), "items.negative", f"{', '.join(negative)} runs against the scale.", "Should it be reversed?"
    )
    omega = _omega(values, cov, spec)
    return MethodResult(
        method="alpha",
        design="one scale, one sitting",
        verb=Verb.DESCRIBES,
        estimates=(
            Estimate(
                "alpha",
                raw,
                low,
                high,
                spec.level,
                how=f"raw, {spec.missing} covariances; Feldt's interval with people complete",
            ),
            Estimate("alpha_standardised", alpha_of_covariance(cov / np.outer(sd, sd)), how="of the correlations"),
            Estimate("alpha_complete", alpha_of_covariance(cov_complete), how="people who answered every item"),
            *((omega,) if omega is not None else ()),
            Estimate("mean_scale", float(complete.mean()), how="mean answer of people who answered every item"),
        ),
        n={"rows": len(values), "complete": len(complete), "items": len(names)},
        tables={"items": [_scale_row(name, i, values) for i, name in enumerate(names)]},
        **findings.closing(),
    )


def _scale_row(name: str, i: int, values: Array) -> dict[str, Any]:
    rest = np.delete(values, i, axis=1)
    usable = ~np.isnan(values).any(axis=1)
    return {
        "item": name,
        "answers": int((~np.isnan(values[:, i])).sum()),
        "mean": float(np.nanmean(values[:, i])),
        "sd": float(np.nanstd(values[:, i], ddof=1)),
        "item_rest": _r(values[usable, i], rest[usable].sum(axis=1)),
    }


METHODS = (
    Method(
        "item_analysis",
        "items and scales",
        ItemAnalysis,
        item_analysis,
        {
            "alpha": "Cronbach's alpha; KR-20 for 0/1 items",
            "mean_total": "mean total score",
            "sem": "standard error of measurement",
        },
        ("items.few_people",),
    ),
    Method(
        "alpha",
        "items and scales",
        Alpha,
        alpha,
        {
            "alpha": "raw Cronbach's alpha",
            "alpha_standardised": "alpha of the correlations",
            "alpha_complete": "alpha of people who answered every item",
            "omega_total": "McDonald's omega of one factor, when it fits",
            "mean_scale": "mean answer",
        },
        ("items.few_people",),
    ),
)
