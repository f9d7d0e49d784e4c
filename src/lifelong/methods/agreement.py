"""Do raters agree: Cohen's and Fleiss' kappa, Krippendorff's alpha, intraclass correlations with their model named."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats
from statsmodels.stats.inter_rater import cohens_kappa

from lifelong.methods.counts import check_spellings, checked_counts
from lifelong.methods.proportions import normal_quantile
from lifelong.methods.result import Estimate, Findings, MethodResult, Test, Verb, around
from lifelong.methods.spec import Method, column, level_option, option

Array = NDArray[np.float64]
SUBJECTS_FOR_AGREEMENT = 20


def _require_subjects(n: int, findings: Findings) -> None:
    findings.require(
        n >= SUBJECTS_FOR_AGREEMENT,
        "agreement.few_subjects",
        f"{n} texts or targets were rated.",
        "Have at least 50 texts (or a fifth) coded twice, or print the table of codes.",
    )


def _sorted_categories(values: set[str]) -> list[str]:
    try:
        return sorted(values, key=float)
    except ValueError:
        return sorted(values)


@dataclass(frozen=True, kw_only=True)
class CohenKappa:
    """Two coders, one code per text: simple kappa, and weighted kappa for ordered codes."""

    rater1: str = column("Code of the first coder.", kind="text")
    rater2: str = column("Code of the second coder.", kind="text")
    count: str | None = column("Aggregated data: how many texts the row stands for.", optional=True)
    weights: str = option(
        "none for names, linear or quadratic for ordered codes.", "none", choices=("none", "linear", "quadratic")
    )
    order: tuple[str, ...] = option("Order of the codes for weights; by number or alphabet if empty.", (), kind="texts")
    level: float = level_option()


def _categories(first: list[str], second: list[str], spec: CohenKappa, findings: Findings) -> list[str]:
    """The codes in order: the planned one, else by number or alphabet."""
    categories = list(spec.order) or _sorted_categories({*first, *second})
    unknown = ({*first, *second}) - set(categories)
    findings.must(
        not unknown,
        "agreement.unknown_code",
        f"Codes {', '.join(sorted(unknown))} are not in options.order.",
        "Complete the order.",
        "options.order",
    )
    findings.must(
        len(categories) > 1,
        "agreement.one_code",
        "Only one code was used: kappa does not exist.",
        "Report the share of agreement.",
    )
    return categories


def cohen_kappa(frame: Any, spec: CohenKappa, accept: Collection[str] = ()) -> MethodResult:
    """Kappa with its asymptotic interval; the test uses the standard error under no agreement. Codes before reconciliation."""
    findings = Findings(accept)
    weight = frame[spec.count] if spec.count else np.ones(len(frame))
    every = checked_counts(weight, str(spec.count), "columns.count", findings)
    usable = frame[[spec.rater1, spec.rater2]].notna().all(axis=1).to_numpy()
    filled, counts, left_out = frame[usable], every[usable], int(every[~usable].sum())
    findings.warn_if(left_out > 0, "agreement.incomplete", f"{left_out} texts have one code only and are left out.")
    first, second = (filled[name].astype(str).tolist() for name in (spec.rater1, spec.rater2))
    check_spellings({*first, *second}, findings)
    categories = _categories(first, second, spec, findings)
    table = np.zeros((len(categories), len(categories)))
    for a, b, count in zip(first, second, counts, strict=True):
        table[categories.index(a), categories.index(b)] += count
    _require_subjects(int(table.sum()), findings)
    findings.must(
        min(int((table.sum(axis=axis) > 0).sum()) for axis in (0, 1)) > 1,
        "agreement.one_code",
        "A coder used one code only: kappa does not exist.",
        "Report the share of agreement.",
        "columns",
    )
    unused = [c for i, c in enumerate(categories) if table[i].sum() == 0 or table[:, i].sum() == 0]
    findings.warn_if(
        bool(unused),
        "agreement.unused_code",
        f"One coder never used {', '.join(unused)}.",
        "Kappa cannot be high for it.",
    )
    z = normal_quantile(spec.level)
    weights = {"none": None, "linear": "linear", "quadratic": "quadratic"}[spec.weights]
    found = cohens_kappa(table, wt=weights)
    kappa, se, se_null = float(found.kappa), float(found.std_kappa), float(found.std_kappa0)
    how = f"weights: {spec.weights}; asymptotic"
    findings.warn_if(
        not se > 0, "agreement.no_interval", "The coders agree on every text, or on none: no interval exists."
    )
    return MethodResult(
        method="cohen_kappa",
        design="two coders, same texts, before reconciliation",
        verb=Verb.DESCRIBES,
        estimates=(
            around("kappa", kappa, se, z, spec.level, how=how) if se > 0 else Estimate("kappa", kappa, how=how),
            Estimate("agreement", float(np.trace(table) / table.sum()), how="share of texts with the same code"),
        ),
        tests=_kappa_test(kappa, se_null),
        n={"texts": int(table.sum()), "codes": len(categories), "left_out": left_out},
        tables={
            "codes": [
                {"rater1": a, **{b: int(table[i, j]) for j, b in enumerate(categories)}}
                for i, a in enumerate(categories)
            ]
        },
        details={"se_under_no_agreement": se_null},
        **findings.closing(),
    )


def _kappa_test(kappa: float, se_null: float) -> tuple[Test, ...]:
    if not se_null > 0:
        return ()
    z = kappa / se_null
    return (Test("kappa_zero", z, float(2 * stats.norm.sf(abs(z))), how=f"SE under no agreement {se_null:.6g}"),)


@dataclass(frozen=True, kw_only=True)
class FleissKappa:
    """Three or more coders, the same number for each text, given as counts per category."""

    counts: tuple[str, ...] = column("One column per category: how many coders chose it. One row per text.", many=True)
    level: float = level_option()


def fleiss_kappa(frame: Any, spec: FleissKappa, accept: Collection[str] = ()) -> MethodResult:
    """Fleiss' kappa; null standard error of Fleiss, Nee & Landis (1979); interval by jackknife over texts."""
    findings = Findings(accept)
    table = frame[list(spec.counts)].to_numpy(dtype=float)
    findings.must(
        bool(np.all((table >= 0) & (table == np.floor(table)))),
        "agreement.bad_count",
        "A count of coders is missing, negative or no whole number.",
        "Write 0 where nobody chose the category.",
        "columns.counts",
    )
    findings.must(
        int((table.sum(axis=0) > 0).sum()) > 1 or float(table.sum()) == 0,
        "agreement.one_code",
        "Only one code was used: kappa does not exist.",
        "Report the share of agreement.",
        "columns.counts",
    )
    raters = table.sum(axis=1)
    findings.must(
        len(table) > 1 and bool(np.all(raters == raters[0])) and raters[0] >= 2,
        "agreement.uneven_raters",
        f"Texts were coded by {int(raters.min())} to {int(raters.max())} coders; Fleiss' kappa needs the same number, two or more.",
        "Use method krippendorff_alpha when coders miss texts.",
        "columns.counts",
    )
    findings.warn_if(
        len(table) < SUBJECTS_FOR_AGREEMENT, "agreement.few_texts", f"Only {len(table)} texts: the interval is rough."
    )
    m, subjects = float(raters[0]), len(table)
    kappa, p_bar, p_e = _fleiss(table, m)
    p = table.sum(axis=0) / table.sum()
    q = 1 - p
    pq = float((p * q).sum())
    se_null = math.sqrt(2 * (pq**2 - float((p * q * (q - p)).sum())) / (subjects * m * (m - 1))) / pq
    left_out = np.array([_fleiss(np.delete(table, i, axis=0), m)[0] for i in range(subjects)])
    estimate = _jackknifed(
        "kappa", kappa, left_out, -1 / (m - 1), spec.level, "interval by jackknife over texts", findings
    )
    return MethodResult(
        method="fleiss_kappa",
        design=f"{int(m)} coders per text",
        verb=Verb.DESCRIBES,
        estimates=(
            estimate,
            Estimate("agreement", p_bar, how="mean share of agreeing pairs of coders"),
        ),
        tests=(Test("kappa_zero", kappa / se_null, float(2 * stats.norm.sf(abs(kappa / se_null)))),),
        n={"texts": subjects, "coders": int(m), "codes": table.shape[1]},
        details={"agreement_by_chance": p_e, "se_under_no_agreement": se_null},
        **findings.closing(),
    )


def _jackknifed(
    name: str, value: float, left_out: Array, least: float, level: float, how: str, findings: Findings
) -> Estimate:
    """The estimate with an interval from leaving out one text at a time, cut at what the figure can reach."""
    n = len(left_out)
    spread = (n - 1) / n * float(((left_out - left_out.mean()) ** 2).sum())
    if not spread > 1e-18:
        findings.warn(
            "agreement.no_interval",
            "The interval does not exist: coders agree alike on every text, or one text decides.",
            "Have more texts coded.",
        )
        return Estimate(name, value, how=how)
    se, t = math.sqrt(spread), float(stats.t.ppf((1 + level) / 2, n - 1))
    return Estimate(name, value, max(value - t * se, least), min(value + t * se, 1.0), level, se, how=how)


def _fleiss(table: Array, raters: float) -> tuple[float, float, float]:
    p_bar = float((((table**2).sum(axis=1) - raters) / (raters * (raters - 1))).mean())
    p_e = float(((table.sum(axis=0) / table.sum()) ** 2).sum())
    return ((p_bar - p_e) / (1 - p_e) if p_e < 1 else math.nan), p_bar, p_e


@dataclass(frozen=True, kw_only=True)
class KrippendorffAlpha:
    """Two or more coders who may miss texts: Krippendorff's alpha for names, or for measured values."""

    raters: tuple[str, ...] = column(
        "One column per coder, one row per text; empty where not coded.", kind="text", many=True
    )
    scale: str = option(
        "nominal for names, ordinal for ranks and Likert answers, interval for measured numbers.",
        "nominal",
        choices=("nominal", "ordinal", "interval"),
    )
    level: float = level_option()


def krippendorff_alpha(frame: Any, spec: KrippendorffAlpha, accept: Collection[str] = ()) -> MethodResult:
    """Alpha = 1 - observed / expected disagreement; interval by jackknife over texts."""
    findings = Findings(accept)
    units = [
        [str(v) for v in row if v is not None and v == v and str(v).strip()]
        for row in frame[list(spec.raters)].to_numpy(dtype=object)
    ]
    units = [unit for unit in units if len(unit) >= 2]
    _require_subjects(len(units), findings)
    findings.must(
        len(units) > 1,
        "agreement.nothing_coded_twice",
        "Fewer than two texts were coded twice.",
        "Have more texts coded twice.",
    )
    findings.must(
        spec.scale == "nominal" or all(_is_number(value) for unit in units for value in unit),
        "agreement.not_numbers",
        f"Scale {spec.scale} needs numbers.",
        "Use scale nominal for names.",
        "options.scale",
    )
    check_spellings({value for unit in units for value in unit}, findings)
    values, parts = _coincidences(units, spec.scale)
    alpha = _alpha_of(parts.sum(axis=0), values, spec.scale)
    findings.must(
        not math.isnan(alpha),
        "agreement.one_code",
        "Only one code was used: alpha does not exist.",
        "Report the share of agreement.",
    )
    left_out = np.array([_alpha_of(parts.sum(axis=0) - part, values, spec.scale) for part in parts])
    how = f"{spec.scale}; jackknife over texts"
    estimate = _jackknifed("alpha", alpha, left_out, -math.inf, spec.level, how, findings)
    return MethodResult(
        method="krippendorff_alpha",
        design=f"{len(spec.raters)} coders, texts may be missed",
        verb=Verb.DESCRIBES,
        estimates=(estimate,),
        n={"texts": len(units), "coders": len(spec.raters), "left_out": len(frame) - len(units)},
        **findings.closing(),
    )


def _is_number(value: str) -> bool:
    try:
        return math.isfinite(float(value))
    except ValueError:
        return False


def _coincidences(units: list[list[str]], scale: str) -> tuple[list[str], Array]:
    """The values in order, and for each unit its table of value pairs."""
    found = {value for unit in units for value in unit}
    values = sorted(found) if scale == "nominal" else sorted(found, key=float)
    index = {value: i for i, value in enumerate(values)}
    parts = np.zeros((len(units), len(values), len(values)))
    for part, unit in zip(parts, units, strict=True):
        counts = np.bincount([index[value] for value in unit], minlength=len(values)).astype(float)
        part += (np.outer(counts, counts) - np.diag(counts)) / (len(unit) - 1)
    return values, parts


def _alpha_of(pairs: Array, values: list[str], scale: str) -> float:
    """1 - observed / expected disagreement of a table of pairs; NaN when only one value is left."""
    totals = pairs.sum(axis=1)
    if scale == "interval":
        numbers = np.array([float(value) for value in values])
        distance = (numbers[:, None] - numbers[None, :]) ** 2
    elif scale == "ordinal":  # how many answers lie between two ranks, half of each rank itself (Krippendorff 2011)
        middle = np.cumsum(totals) - totals / 2
        distance = (middle[:, None] - middle[None, :]) ** 2
    else:
        distance = 1.0 - np.eye(len(values))
    n = float(totals.sum())
    expected = float(((np.outer(totals, totals) - np.diag(totals)) * distance).sum()) / (n - 1)
    return 1 - float((pairs * distance).sum()) / expected if expected > 1e-9 else math.nan


@dataclass(frozen=True, kw_only=True)
class Icc:
    """Raters who give numbers: the six intraclass correlations of Shrout and Fleiss, the planned one marked."""

    ratings: tuple[str, ...] = column("One column per rater, one row per target, all filled.", many=True)
    model: str = option(
        "Which one answers the question: each target has its own raters (icc1), raters are a sample (icc2), these raters only (icc3); k for their mean.",
        "icc2",
        choices=("icc1", "icc2", "icc3", "icc1k", "icc2k", "icc3k"),
    )
    level: float = level_option()


ICC_NAMES = {
    "icc1": "ICC(1,1), one-way, single rater",
    "icc2": "ICC(A,1), two-way random, absolute agreement, single rater",
    "icc3": "ICC(C,1), two-way mixed, consistency, single rater",
    "icc1k": "ICC(1,k), one-way, mean of raters",
    "icc2k": "ICC(A,k), two-way random, absolute agreement, mean of raters",
    "icc3k": "ICC(C,k), two-way mixed, consistency, mean of raters",
}


def icc(frame: Any, spec: Icc, accept: Collection[str] = ()) -> MethodResult:
    """All six with F-based intervals (Shrout & Fleiss 1979; McGraw & Wong 1996)."""
    findings = Findings(accept)
    values = frame[list(spec.ratings)].to_numpy(dtype=float)
    complete = values[~np.isnan(values).any(axis=1)]
    n, k = complete.shape
    findings.must(
        n >= 2 and k >= 2,
        "agreement.too_few",
        f"{n} complete targets and {k} raters.",
        "Two of each are the least.",
        "columns.ratings",
    )
    findings.warn_if(n < SUBJECTS_FOR_AGREEMENT, "agreement.few_targets", f"Only {n} targets: intervals are wide.")
    findings.warn_if(
        n < len(values), "agreement.incomplete", f"{len(values) - n} targets lack a rating and are left out."
    )
    residual = complete - complete.mean(axis=1, keepdims=True) - complete.mean(axis=0) + complete.mean()
    findings.must(
        float(complete.mean(axis=1).std()) > 0 and float(np.abs(residual).max()) > 1e-12,
        "agreement.no_spread",
        "Targets or raters do not differ: the correlation does not exist.",
        "Report the ratings.",
        "columns.ratings",
    )
    rows = _icc_rows(complete, spec.level)
    planned = next(row for row in rows if row["model"] == spec.model)
    return MethodResult(
        method="icc",
        design=f"{k} raters of {n} targets",
        verb=Verb.DESCRIBES,
        estimates=tuple(
            Estimate(row["model"], row["icc"], row["low"], row["high"], spec.level, how=ICC_NAMES[row["model"]])
            for row in rows
        ),
        tests=(
            Test(f"{spec.model}_zero", planned["f"], planned["p"], (planned["df1"], planned["df2"]), "one-sided F"),
        ),
        n={"targets": n, "raters": k, "left_out": len(values) - n},
        tables={"icc": rows},
        details={"planned_model": ICC_NAMES[spec.model]},
        **findings.closing(),
    )


def _icc_rows(x: Array, level: float) -> list[dict[str, Any]]:
    n, k = x.shape
    grand = x.mean()
    between = k * float(((x.mean(axis=1) - grand) ** 2).sum()) / (n - 1)
    raters = n * float(((x.mean(axis=0) - grand) ** 2).sum()) / (k - 1)
    within = float(((x - x.mean(axis=1, keepdims=True)) ** 2).sum()) / (n * (k - 1))
    error = (within * n * (k - 1) - raters * (k - 1)) / ((n - 1) * (k - 1))
    df0, df1, df2 = n - 1, n * (k - 1), (n - 1) * (k - 1)
    f1, f3 = between / within, between / error
    quantile = (1 + level) / 2
    low1, high1 = f1 / stats.f.ppf(quantile, df0, df1), f1 * stats.f.ppf(quantile, df1, df0)
    low3, high3 = f3 / stats.f.ppf(quantile, df0, df2), f3 * stats.f.ppf(quantile, df2, df0)
    single = (between - error) / (between + (k - 1) * error + k * (raters - error) / n)
    # Degrees of freedom of the two-way random interval: Satterthwaite (McGraw & Wong 1996)
    fj = raters / error
    v = df2 * (k * single * fj + n * (1 + (k - 1) * single) - k * single) ** 2
    v /= (n - 1) * k**2 * single**2 * fj**2 + (n * (1 + (k - 1) * single) - k * single) ** 2
    upper, lower = stats.f.ppf(quantile, n - 1, v), stats.f.ppf(quantile, v, n - 1)
    spread = k * raters + (k * n - k - n) * error
    low2 = n * (between - upper * error) / (upper * spread + n * between)
    high2 = n * (lower * between - error) / (spread + n * lower * between)

    def mean_of(r: float) -> float:
        return float(r * k / (1 + (k - 1) * r))

    found = (
        (
            "icc1",
            (between - within) / (between + (k - 1) * within),
            (low1 - 1) / (low1 + k - 1),
            (high1 - 1) / (high1 + k - 1),
            f1,
            df1,
        ),
        ("icc2", single, low2, high2, f3, df2),
        (
            "icc3",
            (between - error) / (between + (k - 1) * error),
            (low3 - 1) / (low3 + k - 1),
            (high3 - 1) / (high3 + k - 1),
            f3,
            df2,
        ),
        ("icc1k", (between - within) / between, 1 - 1 / low1, 1 - 1 / high1, f1, df1),
        ("icc2k", (between - error) / (between + (raters - error) / n), mean_of(low2), mean_of(high2), f3, df2),
        ("icc3k", (between - error) / between, 1 - 1 / low3, 1 - 1 / high3, f3, df2),
    )
    return [
        {
            "model": name,
            "icc": float(value),
            "low": float(low),
            "high": float(high),
            "f": float(f),
            "df1": df0,
            "df2": df,
            "p": float(stats.f.sf(f, df0, df)),
        }
        for name, value, low, high, f, df in found
    ]


METHODS = (
    Method(
        "cohen_kappa",
        "agreement",
        CohenKappa,
        cohen_kappa,
        {"kappa": "agreement beyond chance of two coders", "agreement": "share of texts coded alike"},
        ("agreement.few_subjects",),
    ),
    Method(
        "fleiss_kappa",
        "agreement",
        FleissKappa,
        fleiss_kappa,
        {"kappa": "agreement beyond chance of several coders", "agreement": "mean share of agreeing pairs"},
    ),
    Method(
        "krippendorff_alpha",
        "agreement",
        KrippendorffAlpha,
        krippendorff_alpha,
        {"alpha": "1 - observed / expected disagreement"},
        ("agreement.few_subjects",),
    ),
    Method("icc", "agreement", Icc, icc, dict(ICC_NAMES)),
)
