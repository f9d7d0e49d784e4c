"""Run and Shewhart charts: one series, phases with reasons, limits frozen on the baseline, Anhoej rules and three sigma."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifelong.methods.counts import checked_counts
from lifelong.methods.limits import CHARTS, COUNT_CHARTS, NELSON, Limits, Points, limits_for
from lifelong.methods.result import Estimate, Findings, MethodResult, Verb
from lifelong.methods.runs import POINT_RULES, point_rules, runs_about
from lifelong.methods.series import UNITS, advice_for_gaps, check_repeats, check_windows, gaps_in, lag_one, numbered
from lifelong.methods.spec import Method, column, option

Array = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
SHORT_BASELINE, GOOD_BASELINE = 12, 20


@dataclass(frozen=True, kw_only=True)
class ControlChart:
    """One measure over time. Rows of the same period are added up (counts) or form a subgroup (xbar, s)."""

    period: str = column("Order of the points: number or ISO date.", kind="text")
    value: str | None = column(
        "Charts run, i, mr: the figure. Charts xbar, s: single measurements. Chart g: cases since the last event; chart t: days since it.",
        optional=True,
    )
    numerator: str | None = column("Charts p, u, c and primes: the count. Also for run and i of a rate.", optional=True)
    denominator: str | None = column("Charts p, u and primes: cases or days at risk.", optional=True)
    total: str | None = column("Charts xbar, s from summaries: sum of the subgroup.", optional=True)
    sd: str | None = column("Charts xbar, s from summaries: SD of the subgroup.", optional=True)
    size: str | None = column("Charts xbar, s from summaries: size of the subgroup.", optional=True)
    window_start: str | None = column("First day of the measurement window.", kind="text", optional=True)
    window_end: str | None = column("Last day of the measurement window.", kind="text", optional=True)
    chart: str = option("Which chart.", choices=CHARTS)
    unit: str = option("What a period is.", "number", choices=UNITS)
    subgroup_size: int | None = option("Summaries: size of every subgroup.", None, kind="integer", low=2)
    phases: Mapping[str, str] | None = option(
        "First period of each later phase = the documented change that justifies it.", None, kind="table"
    )
    freeze_until: Any = option("Limits come from periods up to this one and are kept.", None, kind="moment")
    exclude: tuple[Any, ...] = option("Periods with a known special cause, left out of the limits.", (), kind="texts")
    rules: tuple[str, ...] = option(
        "Rules that signal; printed in the caption.",
        ("anhoej", "three_sigma"),
        kind="texts",
        choices=("anhoej", *POINT_RULES),
    )
    multiplier: float = option("Figures are shown per this many (10000 patient days).", 1.0, kind="number", low=1e-12)
    rolling: bool = option("The figure is a ratio, index or rolling average.", False, kind="flag")


def control_chart(frame: Any, spec: ControlChart, accept: Collection[str] = ()) -> MethodResult:
    """Points, centre line, limits and signals of every period; one row of `phases` per phase. Says 'changed', never why."""
    findings = Findings(accept)
    labels, order, points = _collect(frame, spec, findings)
    if spec.window_start and spec.window_end:
        check_windows(frame[spec.window_start], frame[spec.window_end], findings)
    phase_of, reasons = _phases(order, spec, findings)
    baseline = _baseline(labels, order, spec, findings)
    rows: list[dict[str, Any]] = []
    phases: list[dict[str, Any]] = []
    for number in sorted(set(phase_of)):
        here = np.flatnonzero(phase_of == number)
        part = Points(points.y[here], points.size[here], None if points.sd is None else points.sd[here])
        inside = baseline[here]
        enough = int(inside.sum()) >= 2
        findings.must(
            enough,
            "chart.no_baseline",
            f"Phase {number} has {int(inside.sum())} points to compute limits from.",
            "Join phases, or move freeze_until.",
            "options",
        )
        _check_baseline(int(inside.sum()), number, len(set(phase_of)), findings)
        limits = limits_for(spec.chart, part, inside)
        findings.warn_if(
            bool(np.any(limits.sigma[np.isfinite(limits.sigma)] <= 0))
            or (spec.chart != "run" and bool(np.isnan(limits.sigma).all())),
            "chart.no_width",
            f"Phase {number} does not vary (all {float(limits.centre[0]) * spec.multiplier:g}): its limits have no width and mean nothing.",
            "For rare events use chart g (cases between events) or t (time between events).",
        )
        point_rows, phase_row = _judge(part, limits, inside, spec)
        for i, row in zip(here, point_rows, strict=True):
            rows.append({"period": labels[i], "phase": int(number), **row})
        phases.append(
            {
                "phase": int(number),
                "from": labels[here[0]],
                "to": labels[here[-1]],
                "reason": reasons[number - 1],
                **phase_row,
            }
        )
    left = np.array([row["y"] - row["centre"] for row in rows if row["in_limits"]])
    _check_series(points, left, spec, findings)
    counted = {"rows": len(frame), "left_out": int(frame[_figures(spec)].isna().any(axis=1).sum())}
    return _result(rows, phases, lag_one(left), counted, spec, findings)


def _result(
    rows: list[dict[str, Any]],
    phases: list[dict[str, Any]],
    r: float,
    counted: dict[str, int],
    spec: ControlChart,
    findings: Findings,
) -> MethodResult:
    scale = "" if spec.multiplier == 1 else f"per {spec.multiplier:g}"
    how = "mean of the frozen baseline" if spec.freeze_until is not None else "mean of the phase"
    how = how.replace("mean", "median") if spec.chart == "run" else how
    how += {"g": "; runs are counted about 0.693 of it", "t": " of the times to the power 1/3.6"}.get(spec.chart, "")
    estimates = [Estimate(f"centre:{row['phase']}", row["centre"], unit=scale, how=how) for row in phases]
    if len(phases) > 1:
        estimates.append(
            Estimate(
                "centre_change", phases[-1]["centre"] - phases[0]["centre"], unit=scale, how="last phase - first phase"
            )
        )
    signals = [row["period"] for row in rows if row["signal"]]
    runs = any(row["runs_signal"] for row in phases)
    rules = [name for name in spec.rules if spec.chart != "run" or name == "anhoej"]
    return MethodResult(
        method="control_chart",
        design=f"one series over time, {len(phases)} phase{'s' if len(phases) > 1 else ''}"
        + (", limits frozen on the baseline" if spec.freeze_until is not None else ""),
        verb=Verb.CONSISTENT,
        estimates=tuple(estimates),
        n={**counted, "points": len(rows), "phases": len(phases), "signals": len(signals)},
        tables={"points": rows, "phases": phases},
        details={
            "chart": spec.chart,
            "rules": ", ".join(rules),
            "signals": signals,
            "runs_signal": runs,
            "changed": bool(signals) or runs,
            "lag_one": r,
            "caption": f"{spec.chart} chart; rules: {', '.join(rules)}; "
            + ("line at the median" if spec.chart == "run" else "limits 3 sigma")
            + (f", frozen at {spec.freeze_until}" if spec.freeze_until is not None else ""),
        },
        **findings.closing(),
    )


def _collect(frame: Any, spec: ControlChart, findings: Findings) -> tuple[list[str], Array, Points]:
    _check_columns(spec, findings)
    filled = frame[frame[_figures(spec)].notna().all(axis=1)].copy()
    findings.warn_if(
        len(filled) < len(frame),
        "series.empty_points",
        f"{len(frame) - len(filled)} rows without a figure are left out.",
    )
    filled["_order"] = numbered(filled[spec.period], spec.unit, findings)
    filled = filled.sort_values("_order", kind="stable")
    groups = filled.groupby("_order", sort=True)
    order = np.array(sorted(filled["_order"].unique()))
    findings.must(
        len(order) >= 2,
        "series.too_short",
        f"The series has {len(order)} points.",
        "A chart needs more.",
        "columns.period",
    )
    gaps = gaps_in(order)
    findings.warn_if(
        gaps > 0,
        "chart.gaps",
        f"At {gaps} places periods are missing between points; runs and moving ranges are counted across them.",
        advice_for_gaps(order, spec.unit),
    )
    labels = [str(value) for value in groups[spec.period].first()]
    return labels, order, _points(filled, groups, spec, findings)


def _figures(spec: ControlChart) -> list[str]:
    return [name for name in (spec.value, spec.numerator, spec.denominator, spec.total, spec.sd) if name]


def _check_columns(spec: ControlChart, findings: Findings) -> None:
    need = {
        **dict.fromkeys(("p", "u", "p_prime", "u_prime"), ("numerator", "denominator")),
        "c": ("numerator",),
    }.get(spec.chart, ())
    missing = [name for name in need if getattr(spec, name) is None]
    if spec.chart in ("g", "t") and spec.value is None:
        missing = ["value"]
    if spec.chart in ("run", "i", "mr") and spec.value is None and spec.numerator is None:
        missing = ["value"]
    if spec.chart in ("xbar", "s") and spec.value is None:
        missing = [name for name in ("total", "sd") if getattr(spec, name) is None]
        if spec.size is None and spec.subgroup_size is None:
            missing.append("size")
    findings.must(
        not missing,
        "chart.missing_column",
        f"A {spec.chart} chart needs {', '.join(missing)}.",
        f"Name columns.{missing[0]}." if missing else "",
        f"columns.{missing[0]}" if missing else "",
    )
    findings.must(
        spec.chart != "run" or "anhoej" in spec.rules,
        "chart.rules_without_limits",
        "A run chart has no sigma: only the rules anhoej apply to it.",
        'Write rules = ["anhoej"], or choose a chart with limits.',
        "options.rules",
    )
    findings.require(
        not (spec.rolling and spec.chart in ("i", "mr")),
        "chart.rolling_on_individuals",
        "A ratio, index or rolling figure is not a series of independent measurements.",
        "Use its numerator and denominator in a u or p chart, or a run chart of non-overlapping windows.",
        "options.rolling",
    )


def _subgroups(groups: Any, spec: ControlChart, findings: Findings) -> Points:
    if spec.value is not None:
        size, mean, sd = (
            getattr(groups[spec.value], name)().to_numpy(dtype=float) for name in ("count", "mean", "std")
        )
    else:
        repeated = int((groups.size() > 1).sum())
        findings.must(
            repeated == 0,
            "series.repeated_period",
            f"{repeated} periods have several rows of summaries.",
            "Give one row per period, or single measurements in columns.value.",
            "columns.period",
        )
        sd = groups[spec.sd].first().to_numpy(dtype=float)
        size = (
            groups[spec.size].first().to_numpy(dtype=float)
            if spec.size
            else np.full(len(sd), float(spec.subgroup_size or 0))
        )
        mean = groups[spec.total].first().to_numpy(dtype=float) / size
    findings.must(
        bool(np.all(size >= 2)),
        "chart.single_measurements",
        "Some subgroups hold one measurement.",
        "Use an i chart.",
        "columns.value",
    )
    return Points(sd if spec.chart == "s" else mean, size, sd)


def _points(filled: Any, groups: Any, spec: ControlChart, findings: Findings) -> Points:
    if spec.chart in ("xbar", "s"):
        return _subgroups(groups, spec, findings)
    if spec.numerator is not None and spec.chart not in ("g", "t"):
        count = groups[spec.numerator].sum().to_numpy(dtype=float)
        if spec.chart in COUNT_CHARTS:
            checked_counts(filled[spec.numerator], spec.numerator, "columns.numerator", findings)
        size = groups[spec.denominator].sum().to_numpy(dtype=float) if spec.denominator else np.ones(len(count))
        findings.must(
            bool(np.all(size > 0)),
            "chart.empty_denominator",
            "A denominator is zero or negative.",
            "Leave the period out, or join it with the next.",
            "columns.denominator",
        )
        if spec.chart in ("p", "p_prime"):
            findings.must(
                bool(np.all(count <= size)),
                "chart.more_than_all",
                "A numerator exceeds its denominator.",
                "Use a u chart for events that may recur.",
                "columns.numerator",
            )
        return Points(count if spec.chart == "c" else count / size, size)
    repeated = int((groups.size() > 1).sum())
    findings.must(
        repeated == 0,
        "series.repeated_period",
        f"{repeated} periods have several rows.",
        "Use an xbar chart, or one row per period.",
        "columns.period",
    )
    y = filled[spec.value].to_numpy(dtype=float)
    if spec.chart == "g":
        y = checked_counts(y, str(spec.value), "columns.value", findings)
    if spec.chart == "t":
        findings.must(
            bool(np.all(y >= 0)),
            "chart.negative_time",
            "A time between events is negative.",
            "Sort the events by date and count the days since the one before.",
            "columns.value",
        )
        y = y ** (1 / NELSON)
    if spec.chart == "mr":
        y = np.concatenate([[np.nan], np.abs(np.diff(y))])
        y[0] = y[1:].mean()  # the first point has no range; placed on the line, where it cannot signal
    return Points(y, np.ones(len(y)))


def _phases(order: Array, spec: ControlChart, findings: Findings) -> tuple[NDArray[np.int64], list[str]]:
    changes = dict(spec.phases or {})
    findings.must(
        all(str(reason).strip() for reason in changes.values()),
        "chart.undocumented_phase",
        "A phase has no reason: limits are split only at a documented change.",
        "Write what changed beside the period.",
        "options.phases",
    )
    starts = sorted(
        (float(numbered([when], spec.unit, findings, "options.phases")[0]), str(why)) for when, why in changes.items()
    )
    phase: NDArray[np.int64] = np.ones(len(order), dtype=np.int64)
    for start, _ in starts:
        findings.must(
            bool(order[0] < start <= order[-1]),
            "chart.phase_outside",
            "A phase starts outside the series.",
            "Name a period of the data.",
            "options.phases",
        )
        phase += order >= start
    return phase, ["start of the series", *(why for _, why in starts)]


def _baseline(labels: list[str], order: Array, spec: ControlChart, findings: Findings) -> BoolArray:
    keep = np.ones(len(order), dtype=bool)
    if spec.freeze_until is not None:
        findings.must(
            not spec.phases,
            "chart.frozen_and_split",
            "Limits are either frozen or split into phases.",
            "Choose one.",
            "options.freeze_until",
        )
        keep = order <= float(numbered([spec.freeze_until], spec.unit, findings, "options.freeze_until")[0])
    left_out = numbered(list(spec.exclude), spec.unit, findings, "options.exclude")
    unknown = [str(name) for name, value in zip(spec.exclude, left_out, strict=True) if value not in order]
    findings.must(
        not unknown,
        "chart.unknown_period",
        f"Excluded period {', '.join(unknown)} is not in the data.",
        "Correct it.",
        "options.exclude",
    )
    findings.warn_if(
        len(left_out) > 0,
        "chart.excluded_points",
        f"{len(left_out)} points were left out of the limits, and are still drawn.",
        "Say why in the report.",
    )
    return keep & ~np.isin(order, left_out)


def _check_baseline(points: int, number: int, phases: int, findings: Findings) -> None:
    if number == 1:
        findings.assume("baseline of at least 12 points, better 20", points >= SHORT_BASELINE, f"{points} points")
    findings.warn_if(
        points < SHORT_BASELINE,
        "series.short_baseline",
        f"Phase {number} has {points} points for its limits; 12 are the least, 20 to 24 are better.",
        "Treat the limits as provisional.",
    )


def _judge(
    part: Points, limits: Limits, baseline: BoolArray, spec: ControlChart
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    judged = baseline if spec.freeze_until is None else np.ones(len(part.y), dtype=bool)
    middle = limits.centre if limits.middle is None else limits.middle
    runs = runs_about(part.y[judged], middle[judged])
    with np.errstate(invalid="ignore", divide="ignore"):
        z = (part.y - limits.centre) / limits.sigma
    hits: dict[str, BoolArray] = {}
    if spec.chart != "run":
        for rule_set in spec.rules:
            if rule_set != "anhoej":
                hits.update(point_rules(rule_set, z))
    rows = []
    for i, y in enumerate(part.y):
        why = [name for name, hit in hits.items() if hit[i]]
        rows.append(
            {
                "y": _shown(y, spec),
                "centre": _shown(limits.centre[i], spec),
                "low": _shown(limits.low[i], spec),
                "high": _shown(limits.high[i], spec),
                "in_limits": bool(baseline[i]),
                "signal": bool(why),
                "why": "; ".join(why),
            }
        )
    phase = {
        "centre": _shown(limits.centre[-1], spec),
        "mean_low": _shown(limits.low.mean(), spec),
        "mean_high": _shown(limits.high.mean(), spec),
        "points": len(part.y),
        "sigma_z": limits.sigma_z,
        **asdict(runs),
        "runs_signal": bool(runs.signal) and "anhoej" in spec.rules,
    }
    phase.pop("signal")
    return rows, phase


def _shown(value: float, spec: ControlChart) -> float:
    """A figure as people read it: per multiplier, and times back from the power in which they are judged."""
    found = float(value) ** NELSON if spec.chart == "t" else float(value)
    return found * spec.multiplier


def _check_series(points: Points, left: Array, spec: ControlChart, findings: Findings) -> None:
    """`left` is what the centre line of each phase leaves over, at the points that form the limits."""
    r, limit = lag_one(left), 2 / len(left) ** 0.5
    findings.assume(
        "neighbouring points are independent",
        bool(abs(r) < limit) if r == r else None,
        f"lag-1 correlation {r:.2f}, limit {limit:.2f}",
    )
    findings.warn_if(
        r > limit,
        "series.autocorrelated",
        f"Neighbouring points resemble each other (lag-1 {r:.2f}): the limits are too narrow.",
        "Look for season or carry-over; use method interrupted_time_series.",
    )
    check_repeats(points.y, findings)
    if spec.chart in COUNT_CHARTS and not spec.chart.endswith("prime") and spec.chart != "c":
        large = float(np.median(points.size))
        findings.warn_if(
            spec.chart == "p" and large > 2000,
            "chart.huge_denominators",
            f"With a median of {large:.0f} cases ordinary limits are too narrow.",
            "Use p_prime (Laney).",
        )


METHODS = (
    Method(
        "control_chart",
        "charts over time",
        ControlChart,
        control_chart,
        {
            "centre:*": "centre line of the phase (1, 2, …), times the multiplier",
            "centre_change": "centre of the last phase - the first",
        },
        ("chart.rolling_on_individuals", "series.overlapping_windows"),
    ),
)
