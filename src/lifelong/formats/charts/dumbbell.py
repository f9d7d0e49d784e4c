"""Before and after of the same people, a line a question: two dots, what lies between them, and the difference with its interval."""

from __future__ import annotations

from dataclasses import dataclass

from lifelong.formats.charts.draw import PER_LETTER, PHONE, Canvas, amount, linear, on_both, wrap
from lifelong.formats.charts.model import Chart

_STEP, _TOP, _FLOOR = 44.0, 40.0, 34.0  # px


@dataclass(frozen=True, slots=True)
class Pair:
    """Shares in percent of `n` people before and after; `difference` in points, with its interval where one exists. `strong`: the total."""

    name: str
    before: float
    after: float
    difference: float
    low: float | None
    high: float | None
    n: int
    strong: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DumbbellData:
    title: str
    pairs: tuple[Pair, ...]
    width: int = 700


def dumbbell(data: DumbbellData) -> Chart:
    """All on one scale from 0 to 100 %. On a narrow screen the name of a line stands above it."""
    rows = [("", "Before", "After", "Difference, points", "95 % interval", "n"), *(_row(pair) for pair in data.pairs)]
    summary = _summary(data)
    return on_both(_drawn(data, data.width, False), _drawn(data, PHONE, True), data.title, summary, rows)


def _drawn(data: DumbbellData, width: int, narrow: bool) -> Canvas:
    letters = min(max((len(pair.name) for pair in data.pairs), default=4), 32)
    left, right = (14.0, width - 96.0) if narrow else (letters * PER_LETTER + 22, width - 148.0)
    step = 62.0 if narrow else _STEP
    canvas = Canvas(width, _TOP + step * len(data.pairs) + _FLOOR)
    x, floor = linear((0, 100), (left, right)), _TOP + step * len(data.pairs)
    for mark in (0, 50, 100) if narrow else (0, 25, 50, 75, 100):
        canvas.line("c-axis" if mark == 0 else "c-grid", x(mark), _TOP - 6, x(mark), floor)
        canvas.text("c-quiet", x(mark), floor + 14, amount(mark, "%" if mark == 100 else ""), "middle")
    canvas.dot("c-dot-open", left + 4, 12, 5)
    canvas.text("c-text", left + 14, 12, "before")
    canvas.dot("c-dot", left + 76, 12, 5)
    canvas.text("c-text", left + 86, 12, "after, same people")
    for at, pair in enumerate(data.pairs):
        middle = _TOP + step * (at + 0.5) + (14 if narrow else 0)
        look = "c-name" if pair.strong else "c-text"
        if narrow:
            canvas.text(look, left, middle - 24, wrap(pair.name, 42, 1)[0])
        else:
            canvas.lines(look, left - 14, middle, wrap(pair.name, 32, 2), "end")
        _line(canvas, pair, x(pair.before), x(pair.after), middle)
        _words(canvas, pair, right + 12, middle)
    return canvas


def _line(canvas: Canvas, pair: Pair, start: float, end: float, middle: float) -> None:
    canvas.line("c-line" if pair.after >= pair.before else "c-other", start, middle, end, middle)
    canvas.dot("c-dot-open", start, middle, 6, f"before {amount(pair.before, '%')}")
    canvas.dot("c-dot", end, middle, 6, f"after {amount(pair.after, '%')}")
    first, second = (start - 10, end + 10) if end >= start else (start + 10, end - 10)
    sides = ("end", "start") if end >= start else ("start", "end")
    canvas.text("c-quiet", first, middle, amount(pair.before), sides[0])
    canvas.text("c-quiet", second, middle, amount(pair.after), sides[1])


def _words(canvas: Canvas, pair: Pair, at: float, middle: float) -> None:
    canvas.text("c-name" if pair.strong else "c-text", at, middle - 7, _signed(pair.difference))
    span = (
        f"{_signed(pair.low)} to {_signed(pair.high)}"
        if pair.low is not None and pair.high is not None
        else f"n {pair.n:,}"
    )
    canvas.text("c-quiet", at, middle + 8, span)


def _signed(value: float) -> str:
    words = f"{value:+.0f}".replace("-", "−")
    return "0" if words in ("+0", "−0") else words


def _row(pair: Pair) -> tuple[str, ...]:
    span = f"{_signed(pair.low)} to {_signed(pair.high)}" if pair.low is not None and pair.high is not None else "–"
    return (pair.name, amount(pair.before, "%"), amount(pair.after, "%"), _signed(pair.difference), span, f"{pair.n:,}")


def _summary(data: DumbbellData) -> str:
    if not data.pairs:
        return "Too few people answered twice."
    clear = [
        pair for pair in data.pairs if pair.low is not None and pair.high is not None and not pair.low <= 0 <= pair.high
    ]
    widest = max(data.pairs, key=lambda pair: abs(pair.difference))
    known = any(pair.low is not None for pair in data.pairs)
    words = f"The widest change is that of “{widest.name}”: {_signed(widest.difference)} points, from {amount(widest.before, '%')} to {amount(widest.after, '%')}."
    return f"{words} In {len(clear)} of {len(data.pairs)} lines the interval leaves out no change." if known else words
