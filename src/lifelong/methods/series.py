"""Points in time: order, gaps, overlapping windows, repeated figures, and how much a point resembles the one before."""

from __future__ import annotations

import math
import re
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifelong.methods.result import Findings

Array = NDArray[np.float64]
Moment = float | str
QUARTER = re.compile(r"(\d{4})-?Q([1-4])")
UNITS = ("number", "day", "week", "month", "quarter", "year")


def as_number(value: Any, unit: str) -> float:
    """A period as a whole number: itself, or the count of days, weeks, months, quarters, years of an ISO date. `ValueError` if it is none.

    Read are 2026-11-22 (also with a time behind it), 2026-11, 2026 and 2026-Q4 (or 2026Q4).
    """
    if unit == "number":
        number = float(value)
        if not math.isfinite(number):
            raise ValueError("not a finite number")
        return number
    text = re.split(r"[T ]", str(value).strip())[0]
    quarter = QUARTER.fullmatch(text)
    if quarter:
        text = f"{quarter[1]}-{3 * int(quarter[2]) - 2:02d}"
    day = date.fromisoformat({4: f"{text}-01-01", 7: f"{text}-01"}.get(len(text), text))
    months = day.year * 12 + day.month - 1
    return float(
        {
            "day": day.toordinal(),
            "week": day.toordinal() // 7,
            "month": months,
            "quarter": months // 3,
            "year": day.year,
        }[unit]
    )


def numbered(values: Any, unit: str, findings: Findings, field: str = "columns.period") -> Array:
    """All periods as numbers; refuses the first that cannot be read."""
    found = []
    for value in values:
        try:
            found.append(as_number(value, unit))
        except (ValueError, TypeError):
            findings.must(
                False,
                "series.unreadable_period",
                f"The period {value!r} is not a {'number' if unit == 'number' else 'date like 2026-11-22, 2026-11, 2026-Q4 or 2026'}.",
                "Write ISO dates (names of months and 01/11/2026 can be read in several ways) and state options.unit: day, week, month, quarter, year."
                if value is not None
                else "Fill the period, or leave the row out.",
                field,
            )
    return np.array(found)


def gaps_in(order: Array) -> int:
    """How often two neighbouring periods lie further apart than the closest two."""
    steps = np.diff(np.unique(order))
    return int((steps > steps.min() + 1e-9).sum()) if len(steps) else 0


def advice_for_gaps(order: Array, unit: str) -> str:
    """What to do about missing periods; days that step by a month are months."""
    steps = np.diff(np.unique(order))
    if unit == "day" and len(steps) and steps.min() >= 28:
        return 'State options.unit = "month" (or quarter, year) if each row is one.'
    return "Complete the series; models of neighbouring errors need every period."


def check_windows(starts: Any, ends: Any, findings: Findings) -> None:
    """Rolling windows share cases: refuse (overridable) points whose window starts before the previous one ends."""
    try:
        spans = sorted(
            (date.fromisoformat(str(a)[:10]), date.fromisoformat(str(b)[:10]))
            for a, b in zip(starts, ends, strict=True)
        )
    except ValueError as error:
        spans = []
        findings.must(
            False,
            "series.unreadable_window",
            f"A measurement window is not a date: {error}.",
            "Write dates like 2026-11-22.",
            "columns.window_start",
        )
    overlaps = sum(later[0] <= earlier[1] for earlier, later in zip(spans, spans[1:], strict=False))
    findings.require(
        overlaps == 0,
        "series.overlapping_windows",
        f"{overlaps} of {len(spans)} measurement windows overlap the one before: these points share cases.",
        "Keep only windows that do not overlap.",
        "columns.window_start",
    )


def check_repeats(values: Array, findings: Findings) -> None:
    """Warn when three or more consecutive figures are identical: a publisher that froze a value looks like a stable process."""
    longest = run = 1
    for before, now in zip(values, values[1:], strict=False):
        run = run + 1 if now == before and now != round(now) else 1
        longest = max(longest, run)
    findings.warn_if(
        longest >= 3,
        "series.repeated_values",
        f"{longest} consecutive points are exactly equal: the figure may have been carried forward, not measured.",
        "Check the measurement windows of these releases.",
    )


def lag_one(values: Array) -> float:
    """Lag-1 autocorrelation about the mean; NaN for a constant series."""
    centred = values - values.mean()
    total = float((centred**2).sum())
    return float((centred[1:] * centred[:-1]).sum()) / total if total > 0 else math.nan


def durbin_watson(residuals: Array) -> float:
    return float((np.diff(residuals) ** 2).sum() / (residuals**2).sum())
