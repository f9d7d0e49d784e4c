"""Estimates side by side with their intervals."""

from __future__ import annotations

from dataclasses import dataclass
from math import log

from lifelong.formats.charts.draw import PER_LETTER, Canvas, Scale, amount, basis, between, linear, ticks, wrap
from lifelong.formats.charts.model import Chart


@dataclass(frozen=True, slots=True)
class Estimate:
    """One estimate; `pooled` draws it as a diamond."""

    name: str
    value: float
    low: float
    high: float
    n: int | None = None
    pooled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ForestData:
    """`no_difference` is 0 for differences and 1 for ratios; ratios stand on a log scale and must be positive."""

    title: str
    estimates: tuple[Estimate, ...]
    no_difference: float = 0.0
    ratio: bool = False
    unit: str = ""
    decimals: int = 1
    left_words: str = ""
    right_words: str = ""
    width: int = 700


def forest(data: ForestData) -> Chart:
    """Point and interval for each estimate around the line of no difference. Raises ValueError for a ratio of zero or less."""
    if data.ratio and any(min(one.low, one.value) <= 0 for one in data.estimates):
        raise ValueError("A ratio and its interval must be above zero to stand on a log scale.")
    letters = min(max((len(one.name) for one in data.estimates), default=4), 30)
    left, right, top, step = letters * PER_LETTER + 18, data.width - 176.0, 14.0, 30.0
    floor = top + step * len(data.estimates)
    canvas = Canvas(data.width, floor + (58 if data.left_words or data.right_words else 36))
    marks = _marks(data)
    x = _scale(data, marks, left, right)
    for mark in marks:
        canvas.line("c-grid", x(mark), top - 4, x(mark), floor)
        canvas.text("c-quiet", x(mark), floor + 14, _mark_words(mark), "middle")
    canvas.line("c-axis", x(data.no_difference), top - 6, x(data.no_difference), floor + 4)
    for at, one in enumerate(data.estimates):
        _row(canvas, data, one, x, top + step * (at + 0.5), (left, right))
    if data.left_words:
        canvas.text("c-quiet", x(data.no_difference) - 10, floor + 36, f"← {data.left_words}", "end")
    if data.right_words:
        canvas.text("c-quiet", x(data.no_difference) + 10, floor + 36, f"{data.right_words} →")
    return canvas.finish(data.title, _summary(data), _rows(data))


def _row(canvas: Canvas, data: ForestData, one: Estimate, x: Scale, middle: float, edges: tuple[float, float]) -> None:
    left, right = edges
    canvas.lines("c-name" if one.pooled else "c-text", left - 12, middle, wrap(one.name, 30, 2), "end")
    low, high = max(x(one.low), left), min(x(one.high), right)
    if one.pooled:
        canvas.path(
            "c-bar",
            [(low, middle), (x(one.value), middle - 8), (high, middle), (x(one.value), middle + 8)],
            closed=True,
        )
    else:
        canvas.line("c-whisker", low, middle, high, middle)
        canvas.square("c-bar", x(one.value), middle, 9, f"{one.name}{basis(one.low, one.high, one.n, data.decimals)}")
    words = f"{amount(one.value, data.unit, data.decimals)} ({between(one.low, one.high, data.decimals)})"
    canvas.text("c-name" if one.pooled else "c-text", right + 14, middle, words)


def _marks(data: ForestData) -> list[float]:
    values = [value for one in data.estimates for value in (one.low, one.value, one.high)] + [data.no_difference]
    if not data.ratio:
        return ticks(min(values), max(values))
    steps = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50]
    inside = [step for step in steps if min(values) / 2.5 <= step <= max(values) * 2.5]
    return inside if len(inside) > 1 else [0.5, 1, 2]


def _scale(data: ForestData, marks: list[float], left: float, right: float) -> Scale:
    if not data.ratio:
        return linear((marks[0], marks[-1]), (left + 8, right - 8))
    straight = linear((log(marks[0]), log(marks[-1])), (left + 8, right - 8))
    return lambda value: straight(log(value))


def _mark_words(mark: float) -> str:
    return f"{mark:g}".replace("-", "−")


def _summary(data: ForestData) -> str:
    if not data.estimates:
        return "There is no estimate yet."
    clear = [one for one in data.estimates if not one.low <= data.no_difference <= one.high]
    words = f"In {len(clear)} of {len(data.estimates)} the interval leaves out {_mark_words(data.no_difference)} (no difference)."
    for one in (one for one in data.estimates if one.pooled):
        words += f" {one.name}: {amount(one.value, data.unit, data.decimals)}{basis(one.low, one.high, one.n, data.decimals)}."
    return words


def _rows(data: ForestData) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [("Estimate", "Value", "Interval", "n")]
    for one in data.estimates:
        n = "" if one.n is None else f"{one.n:,}"
        rows.append(
            (one.name, amount(one.value, data.unit, data.decimals), between(one.low, one.high, data.decimals), n)
        )
    return rows
