"""Series with a before and an after: control charts and interrupted time series."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lifelong.formats.charts.draw import (
    PER_LETTER,
    Canvas,
    Scale,
    amount,
    between,
    every,
    linear,
    spread,
    tick_decimals,
    ticks,
    value_axis,
)
from lifelong.formats.charts.model import Chart


@dataclass(frozen=True, slots=True)
class Subgroup:
    """One point of a control chart. Limits may differ from point to point; `signal` names the rule that spoke ("" for none)."""

    label: str
    value: float
    centre: float
    lower: float | None = None
    upper: float | None = None
    n: int | None = None
    signal: str = ""


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch with its own centre line; `first` is the index of its first point."""

    first: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SpcData:
    title: str
    points: tuple[Subgroup, ...]
    phases: tuple[Phase, ...] = ()
    unit: str = ""
    decimals: int = 0
    width: int = 700
    height: int = 320


@dataclass(frozen=True, slots=True)
class Moment:
    """One period: what was seen, what the model says, and what would have been without the change (None before it)."""

    label: str
    observed: float | None
    fitted: float | None = None
    counterfactual: float | None = None
    counterfactual_low: float | None = None
    counterfactual_high: float | None = None
    n: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItsData:
    """`change_at` is the index of the first period after the change; `effect_words` is the method's own sentence."""

    title: str
    moments: tuple[Moment, ...]
    change_at: int
    change_name: str
    effect_words: str = ""
    unit: str = ""
    decimals: int = 0
    width: int = 700
    height: int = 320


def spc(data: SpcData) -> Chart:
    """A control chart: points, centre and limits of each phase, signals ringed and named."""
    canvas = Canvas(data.width, data.height)
    left, right, top, bottom = 52.0, data.width - 92.0, 34.0, data.height - 34.0
    x = linear((-0.5, max(len(data.points), 1) - 0.5), (left, right))
    marks, y = _heights([v for p in data.points for v in (p.value, p.lower, p.upper, p.centre)], top, bottom)
    value_axis(canvas, y, marks, left, right, data.unit, tick_decimals(marks))
    _labels(canvas, [point.label for point in data.points], x, bottom, right - left)
    for start, end in _stretches(data):
        _limits(canvas, data.points, range(start, end), x, y)
    for phase in data.phases:
        if phase.first > 0:
            canvas.line("c-phase", x(phase.first - 0.5), top - 20, x(phase.first - 0.5), bottom)
        canvas.text("c-quiet", x(max(phase.first - 0.5, 0)) + 5, top - 14, phase.name)
    canvas.path("c-line", [(x(at), y(point.value)) for at, point in enumerate(data.points)])
    for at, point in enumerate(data.points):
        tip = f"{point.label}: {amount(point.value, data.unit, data.decimals)}{f', n {point.n:,}' if point.n is not None else ''}"
        canvas.dot(
            "c-signal" if point.signal else "c-dot",
            x(at),
            y(point.value),
            4,
            f"{tip}. {point.signal}" if point.signal else tip,
        )
        if point.signal:
            canvas.dot("c-signal-ring", x(at), y(point.value), 8)
    _limit_names(canvas, data, y, right)
    return canvas.finish(data.title, _spc_summary(data), _spc_rows(data))


def its(data: ItsData) -> Chart:
    """Observed values, the fitted line before and after the change, and the dotted line of what would have been."""
    if not 0 < data.change_at < max(len(data.moments), 1):
        raise ValueError("The change must lie inside the series: at least one period before and one from it on.")
    canvas = Canvas(data.width, data.height)
    left, right, top, bottom = 52.0, data.width - 150.0, 34.0, data.height - 34.0
    x = linear((-0.5, len(data.moments) - 0.5), (left, right))
    seen = [
        v
        for m in data.moments
        for v in (m.observed, m.fitted, m.counterfactual, m.counterfactual_low, m.counterfactual_high)
    ]
    marks, y = _heights(seen, top, bottom)
    value_axis(canvas, y, marks, left, right, data.unit, tick_decimals(marks))
    _labels(canvas, [moment.label for moment in data.moments], x, bottom, right - left)
    edge = x(data.change_at - 0.5)
    canvas.line("c-phase", edge, top - 20, edge, bottom)
    canvas.text("c-text", edge + 6, top - 14, data.change_name)
    _its_band(canvas, data, x, y)
    fits = [(at, moment.fitted) for at, moment in enumerate(data.moments) if moment.fitted is not None]
    canvas.path("c-line", [(x(at), y(fit)) for at, fit in fits if at < data.change_at])
    canvas.path("c-line", [(x(at), y(fit)) for at, fit in fits if at >= data.change_at])
    without = [(x(at), y(m.counterfactual)) for at, m in enumerate(data.moments) if m.counterfactual is not None]
    canvas.path("c-expected", without)
    for at, moment in enumerate(data.moments):
        if moment.observed is not None:
            canvas.dot(
                "c-dot-grey",
                x(at),
                y(moment.observed),
                3.5,
                f"{moment.label}: {amount(moment.observed, data.unit, data.decimals)}",
            )
    _its_names(canvas, data, y, right, (top, bottom))
    return canvas.finish(data.title, _its_summary(data), _its_rows(data))


def _heights(values: Iterable[float | None], top: float, bottom: float) -> tuple[list[float], Scale]:
    known = [value for value in values if value is not None] or [0.0, 1.0]
    marks = ticks(min(known), max(known))
    return marks, linear((marks[0], marks[-1]), (bottom, top))


def _labels(canvas: Canvas, labels: list[str], x: Scale, bottom: float, room: float) -> None:
    step = every(len(labels), room, max((len(label) for label in labels), default=1) * PER_LETTER + 14)
    for at, label in enumerate(labels):
        if (len(labels) - 1 - at) % step == 0:
            canvas.text("c-quiet", x(at), bottom + 18, label, "middle")


def _stretches(data: SpcData) -> list[tuple[int, int]]:
    starts = sorted({0, *(phase.first for phase in data.phases)})
    return list(zip(starts, [*starts[1:], len(data.points)], strict=True))


def _limits(canvas: Canvas, points: tuple[Subgroup, ...], places: range, x: Scale, y: Scale) -> None:
    """Centre and limits as steps, each level half a period to both sides of its point."""

    def steps(levels: list[tuple[int, float | None]]) -> list[tuple[float, float]]:
        return [(x(at + side), y(level)) for at, level in levels if level is not None for side in (-0.5, 0.5)]

    canvas.path("c-axis", steps([(at, points[at].centre) for at in places]))
    canvas.path("c-limit", steps([(at, points[at].lower) for at in places]))
    canvas.path("c-limit", steps([(at, points[at].upper) for at in places]))


def _limit_names(canvas: Canvas, data: SpcData, y: Scale, right: float) -> None:
    if not data.points:
        return
    last = data.points[-1]
    named = [("centre", last.centre), ("upper", last.upper), ("lower", last.lower)]
    known = [(name, level) for name, level in named if level is not None]
    heights = spread([y(level) for _, level in known], 16, 20, data.height - 24)
    for (name, level), height in zip(known, heights, strict=True):
        canvas.text("c-quiet", right + 6, height, f"{amount(level, '', data.decimals)} {name}")


def _its_band(canvas: Canvas, data: ItsData, x: Scale, y: Scale) -> None:
    upper = [
        (x(at), y(m.counterfactual_high)) for at, m in enumerate(data.moments) if m.counterfactual_high is not None
    ]
    lower = [(x(at), y(m.counterfactual_low)) for at, m in enumerate(data.moments) if m.counterfactual_low is not None]
    canvas.path("c-band-grey", [*upper, *reversed(lower)], closed=True)


def _its_names(canvas: Canvas, data: ItsData, y: Scale, right: float, edges: tuple[float, float]) -> None:
    last = data.moments[-1]
    ends = [("c-mine", last.fitted, "with the change"), ("c-text", last.counterfactual, "without it")]
    known = [(look, level, words) for look, level, words in ends if level is not None]
    heights = spread([y(level) for _, level, _ in known], 17, *edges)
    for (look, level, words), height in zip(known, heights, strict=True):
        canvas.text(look, right + 8, height, f"{amount(level, data.unit, data.decimals)} {words}")


def _spc_summary(data: SpcData) -> str:
    if not data.points:
        return "There is no point yet."
    last = data.points[-1]
    words = [f"{len(data.points)} points, the last {amount(last.value, data.unit, data.decimals)} in {last.label}."]
    signals = [point for point in data.points if point.signal]
    if signals:
        named = "; ".join(f"{point.label}, {point.signal}" for point in signals[:4])
        words.append(
            f"{len(signals)} {'signal' if len(signals) == 1 else 'signals'}: {named}{' and others' if len(signals) > 4 else ''}."
        )
    else:
        words.append("No signal: the variation is what chance alone would give.")
    return " ".join(words)


def _spc_rows(data: SpcData) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [("When", "Value", "Centre", "Limits", "n", "Signal")]
    for point in data.points:
        n = "" if point.n is None else f"{point.n:,}"
        value, centre = (amount(level, data.unit, data.decimals) for level in (point.value, point.centre))
        rows.append((point.label, value, centre, between(point.lower, point.upper, data.decimals), n, point.signal))
    return rows


def _its_summary(data: ItsData) -> str:
    last, first = data.moments[-1], data.moments[data.change_at]
    words = [
        f"{data.change_name}, from {first.label} on: {data.change_at} periods before, {len(data.moments) - data.change_at} after."
    ]
    if last.fitted is not None and last.counterfactual is not None:
        span = between(last.counterfactual_low, last.counterfactual_high, data.decimals)
        words.append(
            f"In {last.label} the model gives {amount(last.fitted, data.unit, data.decimals)}; without the change "
            f"it would have been {amount(last.counterfactual, data.unit, data.decimals)}{f' ({span})' if span else ''}."
        )
    return " ".join([*words, data.effect_words]).strip()


def _its_rows(data: ItsData) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [("When", "Observed", "Model", "Without the change", "Interval", "n")]
    for moment in data.moments:
        n = "" if moment.n is None else f"{moment.n:,}"
        seen, fitted, without = (
            amount(level, data.unit, data.decimals) for level in (moment.observed, moment.fitted, moment.counterfactual)
        )
        span = between(moment.counterfactual_low, moment.counterfactual_high, data.decimals)
        rows.append((moment.label, seen, fitted, without, span, n))
    return rows
