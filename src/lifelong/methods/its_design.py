"""The design matrix of an interrupted time series: trend, level and slope change centred at the date, season, comparison."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifelong.methods.counts import checked_counts
from lifelong.methods.result import Findings
from lifelong.methods.series import UNITS, advice_for_gaps, as_number, check_repeats, check_windows, gaps_in, numbered
from lifelong.methods.spec import column, level_option, option

Array = NDArray[np.float64]
POINTS_PER_SIDE = 8
LOG_SCALES = ("log_rate", "count")


@dataclass(frozen=True, kw_only=True)
class InterruptedTimeSeries:
    """One series (or a series with a comparison) before and after a date. Trend, level change and slope change at that date."""

    time: str = column("Period: number or ISO date; equally spaced.", kind="text")
    outcome: str = column("The figure, count or number of successes of the period.")
    denominator: str | None = column(
        "Cases, days or population at risk (scales rate, log_rate, count, proportion).", optional=True
    )
    group: str | None = column(
        "Which series the row belongs to, for a controlled analysis.", kind="text", optional=True
    )
    window_start: str | None = column("First day of the measurement window.", kind="text", optional=True)
    window_end: str | None = column("Last day of the measurement window.", kind="text", optional=True)
    intervention_at: Any = option(
        "First period in which practice could have changed (not the date of the talk).", kind="moment"
    )
    unit: str = option("What a period is; slopes are per unit.", "number", choices=UNITS)
    model: str = option(
        "What may change, stated in advance.", "level_and_slope", choices=("level", "slope", "level_and_slope")
    )
    scale: str = option(
        "value: as is; rate: outcome / denominator; log_rate: its log; count: Poisson with log(denominator) offset; proportion: binomial.",
        "value",
        choices=("value", "rate", "log_rate", "count", "proportion"),
    )
    estimator: str = option(
        "For value, rate and log_rate.", "reml_ar1", choices=("reml_ar1", "prais_winsten", "ols_newey_west")
    )
    lag: int = option("Lags of Newey-West.", 1, kind="integer", low=0, high=24)
    dispersion: str = option(
        "For count and proportion: quasi scales the errors by the Pearson dispersion, fixed does not; for count, negative_binomial estimates it.",
        "quasi",
        choices=("quasi", "fixed", "negative_binomial"),
    )
    season_period: int = option(
        "Periods in a seasonal cycle (12 for months); 0 for none.", 0, kind="integer", low=0, high=366
    )
    harmonics: int = option("Pairs of sine and cosine.", 2, kind="integer", low=1, high=6)
    phase_in: int = option(
        "Periods from the date on that are left out while the change takes hold.", 0, kind="integer", low=0
    )
    centre_at: Any = option("Period at which the level change is read; the date itself if empty.", None, kind="moment")
    time_origin: Any = option("Period that counts as time 0; the first if empty.", None, kind="moment")
    treated: str | None = option("Value of `group` that had the activity; all other groups form the comparison.", None)
    horizons: tuple[float, ...] = option(
        "Periods after the date at which the effect is reported.", (6.0, 12.0), kind="numbers"
    )
    placebo_at: Any = option(
        "A period before the date at which nothing happened, analysed in the same way.", None, kind="moment"
    )
    multiplier: float = option("Rates are shown per this many.", 1.0, kind="number", low=1e-12)
    level: float = level_option()


@dataclass(frozen=True, slots=True)
class Design:
    """One row per period (and group). `x` has the columns `names`; `x_without` is the same had nothing happened at the date.

    `base` is what was taken from `y`: the comparison in the same period, when the model is one of the difference of two series.
    """

    labels: tuple[str, ...]
    time: Array
    y: Array
    size: Array
    base: Array
    x: Array
    x_without: Array
    names: tuple[str, ...]
    after: NDArray[np.bool_]
    treated: NDArray[np.bool_]
    start: float
    centre: float
    controlled: bool
    n: dict[str, int] = field(default_factory=dict)


def terms(
    time: Array, post: Array, centre: float, spec: InterruptedTimeSeries
) -> tuple[list[str], list[Array], list[bool]]:
    """Names, columns, and whether the column belongs to the change at the date. `time` counts from the origin, `centre` too."""
    names, columns, change = ["(Intercept)", "time"], [np.ones(len(time)), time], [False, False]
    if spec.model != "slope":
        names.append("level_change")
        columns.append(post)
        change.append(True)
    if spec.model != "level":
        names.append("slope_change")
        columns.append((time - centre) * post)
        change.append(True)
    return names, columns, change


def seasonal(position: Array, spec: InterruptedTimeSeries) -> tuple[list[str], list[Array]]:
    """Sine and cosine pairs of the cycle; `position` is the period's number in the calendar, not since the origin."""
    names: list[str] = []
    columns: list[Array] = []
    if spec.season_period:
        for k in range(1, spec.harmonics + 1):
            angle = 2 * math.pi * k * position / spec.season_period
            names += [f"sin{k}", f"cos{k}"]
            columns += [np.sin(angle), np.cos(angle)]
    return names, columns


def moment(value: Any, spec: InterruptedTimeSeries, findings: Findings, field: str) -> float:
    return float(numbered([value], spec.unit, findings, f"options.{field}")[0])


def build(frame: Any, spec: InterruptedTimeSeries, findings: Findings) -> Design:
    """Check the series and lay out the model. Gaussian scales with a comparison are analysed as the difference of both series."""
    table = _tidy(frame, spec, findings)
    controlled = spec.group is not None and spec.treated is not None
    stacked = controlled and spec.scale in ("count", "proportion")
    start = moment(spec.intervention_at, spec, findings, "intervention_at")
    if controlled and not stacked:
        table = _difference(table, findings)
    after = table["time"] >= start
    keep = ~(after & (table["time"] < start + spec.phase_in))
    table, after = {key: values[keep] for key, values in table.items()}, after[keep]
    _check_length(table, after, controlled, spec, findings)
    origin = (
        float(table["time"].min())
        if spec.time_origin is None
        else moment(spec.time_origin, spec, findings, "time_origin")
    )
    centre = start if spec.centre_at is None else moment(spec.centre_at, spec, findings, "centre_at")
    findings.warn_if(
        not float(table["time"].min()) <= centre <= float(table["time"].max()),
        "its.centre_outside",
        "The level change is read at a period outside the series: it is an extrapolation.",
        "Correct options.centre_at.",
    )
    names, columns, change = terms(table["time"] - origin, after.astype(float), centre - origin, spec)
    season_names, season_columns = seasonal(table["time"] + (1 if spec.unit == "month" else 0), spec)
    treated = table["treated"].astype(bool)
    all_names, all_columns, all_change = (
        [*names, *season_names],
        [*columns, *season_columns],
        [*change, *(False for _ in season_names)],
    )
    if stacked:
        # base terms describe the comparison; "x treated" terms are what the treated series has beyond it
        inside = treated.astype(float)
        base = [
            f"comparison_{name}" if is_change else name for name, is_change in zip(all_names, all_change, strict=True)
        ]
        extra = ["treated" if name == "(Intercept)" else "treated_time" if name == "time" else name for name in names]
        all_names, all_columns = [*base, *extra], [*all_columns, *(values * inside for values in columns)]
        all_change = [False for _ in base] + change
    x = np.column_stack(all_columns)
    without = x.copy()
    without[:, np.array(all_change)] = 0.0
    return Design(
        labels=tuple(table["label"]),
        time=table["time"],
        y=table["y"],
        size=table["size"],
        base=table["base"],
        x=x,
        x_without=without,
        names=tuple(all_names),
        after=after,
        treated=treated,
        start=start,
        centre=centre,
        controlled=controlled,
        n=_counts(frame, table, after, keep, treated, spec),
    )


def _counts(
    frame: Any,
    table: dict[str, Any],
    after: NDArray[np.bool_],
    keep: NDArray[np.bool_],
    treated: NDArray[np.bool_],
    spec: InterruptedTimeSeries,
) -> dict[str, int]:
    figures = [name for name in (spec.outcome, spec.denominator) if name]
    return {
        "rows": len(frame),
        "left_out": int(frame[figures].isna().any(axis=1).sum()),
        "points": len(table["y"]),
        "before": int((~after & treated).sum()),
        "after": int((after & treated).sum()),
        "phase_in_left_out": int((~keep).sum()),
    }


def _check_plan(spec: InterruptedTimeSeries, findings: Findings) -> None:
    needs_size = spec.scale in ("rate", "log_rate", "proportion")
    findings.must(
        not needs_size or spec.denominator is not None,
        "its.no_denominator",
        f"Scale {spec.scale} needs a denominator.",
        "Name columns.denominator, or use scale value.",
        "columns.denominator",
    )
    findings.must(
        (spec.group is None) == (spec.treated is None),
        "its.half_a_comparison",
        "A controlled analysis needs both columns.group and options.treated.",
        "Give both or none.",
        "options.treated",
    )


def _tidy(frame: Any, spec: InterruptedTimeSeries, findings: Findings) -> dict[str, Any]:
    """Rows with figures, the treated series first, each series in order of time."""
    _check_plan(spec, findings)
    needed = [name for name in (spec.outcome, spec.denominator) if name]
    filled = frame[frame[needed].notna().all(axis=1)]
    findings.warn_if(
        len(filled) < len(frame),
        "series.empty_points",
        f"{len(frame) - len(filled)} rows without a figure are left out.",
    )
    time = numbered(filled[spec.time], spec.unit, findings, "columns.time")
    group = filled[spec.group].astype(str).to_numpy() if spec.group else np.array([""] * len(filled))
    findings.must(
        not spec.group or bool(filled[spec.group].notna().all()),
        "its.blank_group",
        f"Column {spec.group} has blanks: it is not known to which series these rows belong.",
        "Fill the group, or leave the rows out.",
        "columns.group",
    )
    treated = _treated(group, time, spec, findings)
    _check_comparison(time, treated, findings)
    if spec.window_start and spec.window_end:  # both series have the same windows; one is enough
        check_windows(filled.loc[treated, spec.window_start], filled.loc[treated, spec.window_end], findings)
    y, size = _scaled(filled, spec, findings)
    order = np.lexsort((time, ~treated))
    labels = np.array([str(value) for value in filled[spec.time]], dtype=object)
    base = np.zeros(len(y))
    table: dict[str, Any] = {"time": time, "y": y, "size": size, "treated": treated, "label": labels, "base": base}
    table = {key: values[order] for key, values in table.items()}
    _check_gaps(table, spec.unit, findings)
    check_repeats(table["y"][table["treated"]], findings)
    return table


def _treated(group: Any, time: Array, spec: InterruptedTimeSeries, findings: Findings) -> NDArray[np.bool_]:
    if spec.treated is None:
        treated: NDArray[np.bool_] = np.ones(len(time), dtype=bool)
    else:
        treated = np.array([name == spec.treated for name in group], dtype=bool)
    findings.must(
        bool(treated.any()),
        "its.unknown_group",
        f"No row belongs to {spec.treated!r}.",
        "Spell options.treated as in the data.",
        "options.treated",
    )
    findings.must(
        spec.treated is None or not treated.all(),
        "its.no_comparison",
        "There is no comparison series.",
        "Add its rows, or leave group out.",
        "columns.group",
    )
    pairs = list(zip(group, time, strict=True))
    findings.must(
        len(set(pairs)) == len(pairs),
        "series.repeated_period",
        "A period has several rows in one series.",
        "Give one row per period and group.",
        "columns.time",
    )
    return treated


def _check_comparison(time: Array, treated: NDArray[np.bool_], findings: Findings) -> None:
    """A comparison of several series that are not all there in every period jumps when one comes or goes."""
    own = np.unique(time[treated])
    there = np.array([int((time[~treated] == when).sum()) for when in own])
    there = there[there > 0]
    findings.require(
        not len(there) or int(there.min()) == int(there.max()),
        "series.gaps",
        f"The comparison is made of {int(there.min()) if len(there) else 0} series in some periods and "
        f"{int(there.max()) if len(there) else 0} in others: it moves when one comes or goes.",
        "Complete the series, or keep those that are there in every period.",
        "columns.group",
    )


def _scaled(filled: Any, spec: InterruptedTimeSeries, findings: Findings) -> tuple[Array, Array]:
    """The outcome on the scale of the model, and its denominator (1 without one)."""
    counts = spec.scale in ("count", "proportion")
    y = filled[spec.outcome].to_numpy(dtype=float)
    if counts:
        y = checked_counts(y, spec.outcome, "columns.outcome", findings)
    size = filled[spec.denominator].to_numpy(dtype=float) if spec.denominator else np.ones(len(y))
    findings.must(
        bool(np.all(size > 0)),
        "its.empty_denominator",
        "A denominator is zero or negative.",
        "Correct it, or leave the period out.",
        "columns.denominator",
    )
    findings.must(
        spec.scale != "proportion" or bool(np.all(y <= size)),
        "its.more_than_all",
        "A numerator exceeds its denominator.",
        "Use scale count for events that may recur.",
        "columns.outcome",
    )
    findings.must(
        spec.scale != "log_rate" or bool(np.all(y > 0)),
        "its.log_of_zero",
        "A count of zero has no logarithm.",
        "Use scale count.",
        "options.scale",
    )
    if spec.scale == "rate":
        y = y / size * spec.multiplier
    elif spec.scale == "log_rate":
        y = np.log(y / size)
    return y, size


def _check_gaps(table: dict[str, Any], unit: str, findings: Findings) -> None:
    own = table["time"][table["treated"]]
    gaps = gaps_in(own)
    findings.assume("equally spaced periods", gaps == 0, f"{gaps} gaps")
    findings.require(
        gaps == 0,
        "series.gaps",
        f"{gaps} periods are missing from the series.",
        advice_for_gaps(own, unit),
        "columns.time",
    )


def _difference(table: dict[str, Any], findings: Findings) -> dict[str, Any]:
    """Treated minus the mean of the comparison in the same period: shared shocks cancel."""
    treated = table["treated"].astype(bool)
    others: dict[float, list[float]] = {}
    for time, value in zip(table["time"][~treated], table["y"][~treated], strict=True):
        others.setdefault(float(time), []).append(float(value))
    own = {key: values[treated] for key, values in table.items()}
    known = np.array([float(time) in others for time in own["time"]])
    findings.must(
        bool(known.all()),
        "its.comparison_gaps",
        f"The comparison lacks {int((~known).sum())} periods of the treated series.",
        "Complete it.",
        "columns.group",
    )
    own["base"] = np.array([float(np.mean(others[float(time)])) for time in own["time"]])
    own["y"] = own["y"] - own["base"]
    return own


def _check_length(
    table: dict[str, Any], after: NDArray[np.bool_], controlled: bool, spec: InterruptedTimeSeries, findings: Findings
) -> None:
    own = table["treated"].astype(bool)
    before_n, after_n = int((~after & own).sum()), int((after & own).sum())
    other = [int((~own & (after == side)).sum()) for side in (False, True)]
    findings.must(
        own.all() or min(other) >= 3,
        "its.no_side",
        f"The comparison has {other[0]} points before and {other[1]} after {spec.intervention_at}.",
        "Complete the comparison series.",
        "columns.group",
    )
    findings.must(
        min(before_n, after_n) >= 3,
        "its.no_side",
        f"There are {before_n} points before and {after_n} after {spec.intervention_at}.",
        "Check intervention_at and the unit.",
        "options.intervention_at",
    )
    findings.assume(
        "at least 8 points on each side",
        min(before_n, after_n) >= POINTS_PER_SIDE,
        f"{before_n} before, {after_n} after",
    )
    findings.require(
        controlled or min(before_n, after_n) >= POINTS_PER_SIDE,
        "its.short_series",
        f"{before_n} points before and {after_n} after are too few for inference without a comparison series.",
        "Show a chart only (method control_chart), or add a comparison series.",
        "options.intervention_at",
    )
    cycles = (before_n + after_n) / spec.season_period if spec.season_period else 2.0
    findings.require(
        cycles >= 2,
        "its.season_unsupported",
        f"The series covers {cycles:.1f} seasonal cycles; two are the least.",
        "Drop the season or lengthen the series.",
        "options.season_period",
    )


def placebo(frame: Any, spec: InterruptedTimeSeries, findings: Findings) -> tuple[Any, InterruptedTimeSeries]:
    """The data before the real date, and the same plan with the placebo date."""
    start = moment(spec.intervention_at, spec, findings, "intervention_at")
    fake = moment(spec.placebo_at, spec, findings, "placebo_at")
    findings.must(
        fake < start,
        "its.placebo_late",
        "The placebo date is not before the date.",
        "Name an earlier period.",
        "options.placebo_at",
    )
    earlier = frame[[as_number(value, spec.unit) < start for value in frame[spec.time]]]
    return earlier, replace(spec, intervention_at=spec.placebo_at, placebo_at=None, phase_in=0, centre_at=None)
