"""Amounts side by side: bars from zero, answers on an ordered scale, the coverage of a grid."""

from __future__ import annotations

from dataclasses import dataclass

from lifelong.formats.charts.draw import (
    PER_LETTER,
    PHONE,
    Canvas,
    amount,
    basis,
    between,
    linear,
    on_both,
    tick_decimals,
    ticks,
    wrap,
)
from lifelong.formats.charts.model import Chart


@dataclass(frozen=True, slots=True)
class Bar:
    """One group; `low` and `high` draw a whisker; `highlight=False` draws it grey (a comparison)."""

    name: str
    value: float
    low: float | None = None
    high: float | None = None
    n: int | None = None
    highlight: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class BarData:
    title: str
    bars: tuple[Bar, ...]
    target: float | None = None
    target_name: str = "target"
    unit: str = ""
    decimals: int = 0
    width: int = 640


@dataclass(frozen=True, slots=True)
class Answers:
    """One question; `counts` follow the scale from its low to its high end."""

    question: str
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LikertData:
    """`scale` names the steps from low to high, 2 to 5 of them; an odd scale is centred on its middle."""

    title: str
    scale: tuple[str, ...]
    rows: tuple[Answers, ...]
    width: int = 680


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageData:
    """`counts[row][column]` says how many activities cover a cell; 0 is a hole."""

    title: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    of: str = "activities"
    width: int = 720


_LOOKS_BY_STEPS = {2: (1, 5), 3: (1, 3, 5), 4: (1, 2, 4, 5), 5: (1, 2, 3, 4, 5)}


def bars(data: BarData) -> Chart:
    """Horizontal bars from zero with value, n and whisker; the target is a dashed line."""
    wide, phone = _bars_drawn(data, data.width, False), _bars_drawn(data, PHONE, True)
    return on_both(wide, phone, data.title, _bar_summary(data), _bar_rows(data))


def _bars_drawn(data: BarData, width: float, phone: bool) -> Canvas:
    """On a phone the name stands above its bar."""
    letters = min(max((len(bar.name) for bar in data.bars), default=4), 26)
    left, right = (12.0, width - 96.0) if phone else (letters * PER_LETTER + 16, width - 112.0)
    step, top = (46.0, 8.0) if phone else (34.0, 12.0)
    canvas = Canvas(width, top + step * len(data.bars) + 34)
    values = [value for bar in data.bars for value in (bar.value, bar.low, bar.high) if value is not None]
    marks = ticks(min(0.0, *values, 0.0), max(0.0, *values, data.target or 0.0), 3 if phone else 4)
    x = linear((marks[0], marks[-1]), (left, right))
    floor = top + step * len(data.bars)
    for mark in marks:
        canvas.line("c-axis" if mark == 0 else "c-grid", x(mark), top - 4, x(mark), floor)
        unit = data.unit if mark == marks[-1] else ""
        canvas.text("c-quiet", x(mark), floor + 14, amount(mark, unit, tick_decimals(marks)), "middle")
    for at, bar in enumerate(data.bars):
        middle = top + step * (at + 0.5) + (8 if phone else 0)
        start, end = sorted((x(0), x(bar.value)))
        canvas.rect("c-bar" if bar.highlight else "c-bar-grey", start, middle - 9, end - start, 18)
        if bar.low is not None and bar.high is not None:
            _whisker(canvas, x(bar.low), x(bar.high), middle)
        look = "c-name" if bar.highlight else "c-text"
        if phone:
            canvas.text(look, left, middle - 19, wrap(bar.name, 42, 1)[0])
        else:
            canvas.lines(look, left - 10, middle, wrap(bar.name, 26, 2), "end")
        n = f", n {bar.n:,}" if bar.n is not None else ""
        reach = max(end, x(bar.high)) if bar.high is not None else end
        canvas.text("c-text", reach + 8, middle, f"{amount(bar.value, data.unit, data.decimals)}{n}")
    if data.target is not None:
        canvas.line("c-target", x(data.target), top - 6, x(data.target), floor)
    return canvas


def stacked_likert(data: LikertData) -> Chart:
    """Shares of each answer, low answers to the left and high ones to the right of a middle line, n beside each question."""
    steps = len(data.scale)
    if steps not in _LOOKS_BY_STEPS:
        raise ValueError(f"A scale of {steps} steps cannot be drawn; 2 to 5 can.")
    if any(len(row.counts) != steps for row in data.rows):
        raise ValueError("Every question needs one count for each step of the scale.")
    wide, phone = _likert_drawn(data, data.width, False), _likert_drawn(data, PHONE, True)
    return on_both(wide, phone, data.title, _likert_summary(data), _likert_rows(data))


def _likert_drawn(data: LikertData, width: float, phone: bool) -> Canvas:
    """On a phone the question stands above its bar, and the key in as many lines as it needs."""
    left, right = (8.0, width - 52.0) if phone else (218.0, width - 74.0)
    step, lines = (62.0, _key_lines(data.scale, width - 16)) if phone else (38.0, 1)
    top = 22.0 + 18 * lines
    canvas = Canvas(width, top + step * len(data.rows) + 12)
    halves = [_halves(row.counts) for row in data.rows] or [(0.5, 0.5)]
    x = linear((-max(low for low, _ in halves), max(high for _, high in halves)), (left, right))
    _likert_key(canvas, data.scale, left, width - 8 if phone else width * 2)
    for at, row in enumerate(data.rows):
        middle = top + step * (at + 0.5) + (14 if phone else 0)
        total = sum(row.counts)
        if phone:
            canvas.lines("c-text", left, middle - 31, wrap(row.question, 44, 2))
        else:
            canvas.lines("c-text", left - 14, middle, wrap(row.question, 28, 2), "end")
        canvas.text("c-quiet", right + 10, middle, f"n {total:,}")
        if total:
            _likert_row(canvas, data, row, x(-halves[at][0]), x(1) - x(0), middle)
    if not phone:
        canvas.line("c-axis", x(0), top - 2, x(0), top + step * len(data.rows) + 2)
    return canvas


def coverage_matrix(data: CoverageData) -> Chart:
    """A grid: filled cells are covered (the number says how often), dashed cells are holes."""
    if len(data.counts) != len(data.rows) or any(len(row) != len(data.columns) for row in data.counts):
        raise ValueError("The counts must have one row per row and one number per column.")
    left = min(max((len(name) for name in data.rows), default=4), 28) * PER_LETTER + 16
    wide = (data.width - left) / max(len(data.columns), 1)
    top, high = 58.0, 34.0
    canvas = Canvas(data.width, top + high * len(data.rows) + 6)
    for at, name in enumerate(data.columns):
        canvas.lines(
            "c-text", left + wide * (at + 0.5), top - 28, wrap(name, max(int(wide / PER_LETTER), 4), 3), "middle"
        )
    most = max((count for row in data.counts for count in row), default=0)
    for down, name in enumerate(data.rows):
        canvas.lines("c-text", left - 12, top + high * (down + 0.5), wrap(name, 28, 2), "end")
        for across, count in enumerate(data.counts[down]):
            x, y = left + wide * across + 2, top + high * down + 2
            tip = f"{name}, {data.columns[across]}: {count} {data.of}"
            look = "c-cell-empty" if not count else "c-scale-5" if count > most / 2 else "c-scale-4"
            canvas.rect(look, x, y, wide - 4, high - 4, tip, 3)
            if count:
                words = "c-on" if look == "c-scale-5" else "c-name"
                canvas.text(words, x + (wide - 4) / 2, y + (high - 4) / 2, str(count), "middle")
    rows = [("", *data.columns), *((name, *map(str, row)) for name, row in zip(data.rows, data.counts, strict=True))]
    return canvas.finish(data.title, _coverage_summary(data), rows)


def _whisker(canvas: Canvas, low: float, high: float, middle: float) -> None:
    canvas.line("c-halo", low - 1, middle, high + 1, middle)
    for end in (low, high):
        canvas.line("c-halo", end, middle - 5, end, middle + 5)
    canvas.line("c-whisker", low, middle, high, middle)
    for end in (low, high):
        canvas.line("c-whisker", end, middle - 4, end, middle + 4)


def _bar_summary(data: BarData) -> str:
    if not data.bars:
        return "There is nothing to count yet."
    most = max(data.bars, key=lambda bar: bar.value)
    least = min(data.bars, key=lambda bar: bar.value)

    def say(bar: Bar) -> str:
        return (
            f"{bar.name}, {amount(bar.value, data.unit, data.decimals)}{basis(bar.low, bar.high, bar.n, data.decimals)}"
        )

    words = f"Highest: {say(most)}." if most is not least else f"{say(most)}."
    if most is not least:
        words += f" Lowest: {say(least)}."
    if data.target is not None:
        there = sum(bar.value >= data.target for bar in data.bars)
        words += f" {there} of {len(data.bars)} reach the {data.target_name} of {amount(data.target, data.unit, data.decimals)}."
    return words


def _bar_rows(data: BarData) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [("Group", "Value", "Interval", "n")]
    for bar in data.bars:
        n = "" if bar.n is None else f"{bar.n:,}"
        rows.append(
            (bar.name, amount(bar.value, data.unit, data.decimals), between(bar.low, bar.high, data.decimals), n)
        )
    return rows


def _halves(counts: tuple[int, ...]) -> tuple[float, float]:
    """Shares to the left and right of the middle line; the middle answer of an odd scale counts half to each side."""
    total = sum(counts)
    if not total:
        return 0.0, 0.0
    half = len(counts) // 2
    middle = counts[half] / 2 if len(counts) % 2 else 0.0
    low = (sum(counts[:half]) + middle) / total
    return low, 1 - low


def _likert_key(canvas: Canvas, scale: tuple[str, ...], left: float, right: float) -> None:
    at, y = left, 14.0
    for look, name in zip(_LOOKS_BY_STEPS[len(scale)], scale, strict=True):
        if at > left and at + _key_width(name) > right:
            at, y = left, y + 18
        canvas.rect(f"c-scale-{look}", at, y - 6, 12, 12)
        canvas.text("c-quiet", at + 17, y, name)
        at += _key_width(name) + 16


def _key_width(name: str) -> float:
    return 17 + len(name) * 6.7


def _key_lines(scale: tuple[str, ...], room: float) -> int:
    at, lines = 0.0, 1
    for name in scale:
        if at and at + _key_width(name) > room:
            at, lines = 0.0, lines + 1
        at += _key_width(name) + 16
    return lines


def _likert_row(canvas: Canvas, data: LikertData, row: Answers, start: float, whole: float, middle: float) -> None:
    total = sum(row.counts)
    for look, name, count in zip(_LOOKS_BY_STEPS[len(data.scale)], data.scale, row.counts, strict=True):
        wide = whole * count / total
        canvas.rect(f"c-scale-{look}", start, middle - 12, wide, 24, f"{name}: {count} of {total}")
        if wide > 34:
            words = "c-on" if look in (1, 5) else "c-name"
            canvas.text(words, start + wide / 2, middle, amount(100 * count / total, "%"), "middle")
        start += wide


def _likert_summary(data: LikertData) -> str:
    words = []
    for row in data.rows:
        total = sum(row.counts)
        half = (len(row.counts) + 1) // 2
        share = amount(100 * sum(row.counts[half:]) / total, "%") if total else "–"
        words.append(f"{row.question}: {share} answered {' or '.join(data.scale[half:])} (n {total:,}).")
    return " ".join(words) or "Nobody has answered yet."


def _likert_rows(data: LikertData) -> list[tuple[str, ...]]:
    return [
        ("Question", *data.scale, "n"),
        *((row.question, *map(str, row.counts), str(sum(row.counts))) for row in data.rows),
    ]


def _coverage_summary(data: CoverageData) -> str:
    holes = [
        (name, column)
        for name, row in zip(data.rows, data.counts, strict=True)
        for column, count in zip(data.columns, row, strict=True)
        if not count
    ]
    cells = len(data.rows) * len(data.columns)
    words = f"{cells - len(holes)} of {cells} cells are covered."
    if holes:
        named = "; ".join(f"{name} with {column}" for name, column in holes[:5])
        words += f" Not covered: {named}{' and others' if len(holes) > 5 else ''}."
    return words
