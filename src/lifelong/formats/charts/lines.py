"""Lines over time: one series with its band, before and after, small multiples, a line in a sentence."""

from __future__ import annotations

from dataclasses import dataclass

from lifelong.formats.charts.draw import (
    PER_LETTER,
    PHONE,
    Canvas,
    Scale,
    amount,
    basis,
    between,
    every,
    linear,
    on_both,
    spread,
    tick_decimals,
    ticks,
    value_axis,
    wrap,
)
from lifelong.formats.charts.model import Chart


@dataclass(frozen=True, slots=True)
class Point:
    """One value: `at` is its place on the time axis in any unit, `label` how people call it; None is a hole in the line."""

    at: float
    label: str
    value: float | None
    low: float | None = None
    high: float | None = None
    n: int | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """One line. `marked` draws every point as an open dot and no line between: figures of another hand than the line beside them."""

    name: str
    points: tuple[Point, ...]
    marked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LineData:
    """`series` is ours; `comparisons` (state, nation, peers) are grey; the target is dashed."""

    title: str
    series: Series
    comparisons: tuple[Series, ...] = ()
    target: float | None = None
    target_name: str = "target"
    unit: str = ""
    decimals: int = 0
    from_zero: bool = False
    width: int = 640
    height: int = 300


@dataclass(frozen=True, slots=True)
class Change:
    """One group before and after."""

    name: str
    before: float
    after: float
    n: int | None = None
    highlight: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SlopeData:
    """`scale` are the ends of the axis where the question has ends; else the axis is as wide as the figures, and at least `least` wide."""

    title: str
    changes: tuple[Change, ...]
    before_label: str = "Before"
    after_label: str = "After"
    unit: str = ""
    decimals: int = 0
    width: int = 520
    scale: tuple[float, float] | None = None
    least: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MultiplesData:
    """Many small lines on one scale; `reference` is drawn grey in each."""

    title: str
    panels: tuple[Series, ...]
    reference: Series | None = None
    target: float | None = None
    unit: str = ""
    decimals: int = 0
    columns: int = 4
    width: int = 720


def line_series(data: LineData) -> Chart:
    """A value over time with its interval as a band, a dashed target and grey comparisons, labelled at the line ends."""
    everyone = (data.series, *data.comparisons)
    names = [data.series.name, *(other.name for other in data.comparisons)]
    room = min(max(len(name) for name in names) * PER_LETTER + 70, data.width * 0.34)
    canvas = Canvas(data.width, data.height)
    left, right, top, bottom = 52.0, data.width - room, 14.0, data.height - 34.0
    marks = ticks(*_extent(everyone, data.target, data.from_zero))
    y = linear((marks[0], marks[-1]), (bottom, top))
    x = _time_scale(everyone, left, right)
    value_axis(canvas, y, marks, left, right, data.unit, tick_decimals(marks))
    _time_labels(canvas, everyone[0].points, x, bottom, right - left)
    _band(canvas, data.series.points, x, y)
    if data.target is not None:
        canvas.line("c-target", left, y(data.target), right, y(data.target))
    for other in data.comparisons:
        if not other.marked:
            _trace(canvas, other.points, x, y, "c-other")
    _trace(canvas, data.series.points, x, y, "c-line")
    for point in data.series.points:
        if point.value is not None:
            tip = f"{point.label}: {amount(point.value, data.unit, data.decimals)}{basis(point.low, point.high, point.n, data.decimals)}"
            canvas.dot("c-dot", x(point.at), y(point.value), 4, tip)
    for other in data.comparisons:
        for point in other.points if other.marked else ():
            if point.value is not None:
                tip = f"{other.name}, {point.label}: {amount(point.value, data.unit, data.decimals)}{basis(point.low, point.high, point.n, data.decimals)}"
                canvas.dot("c-dot-open", x(point.at), y(point.value), 5, tip)
    _end_labels(canvas, data, x, y, top, bottom, right)
    return canvas.finish(data.title, _line_summary(data), _line_rows(data))


def slope(data: SlopeData) -> Chart:
    """Before and after as sloping lines, one a group; highlighted groups in the accent, the rest grey."""
    wide, phone = _slope_drawn(data, data.width, False), _slope_drawn(data, PHONE, True)
    return on_both(wide, phone, data.title, _slope_summary(data), _slope_rows(data))


def _slope_drawn(data: SlopeData, width: float, phone: bool) -> Canvas:
    letters = max((len(change.name) for change in data.changes), default=4)
    room = width * 0.5 if phone else min(letters * PER_LETTER + 84, width * 0.46)
    said = [f"{amount(change.after, data.unit, data.decimals)}  {change.name}" for change in data.changes]
    names = [wrap(words, int((room - 14) / PER_LETTER), 2) if phone else [words] for words in said]
    gap = 17.0 * max((len(lines) for lines in names), default=1) if phone else 16.0
    height = max(200, 60 + (gap + 10) * len(data.changes))
    canvas = Canvas(width, height)
    left, right, top, bottom = 62.0 if phone else 76.0, width - room, 44.0, height - 18.0
    values = [value for change in data.changes for value in (change.before, change.after)] or [0.0, 1.0]
    y = linear(_slope_scale(data, values), (bottom, top))
    for where, label in ((left, data.before_label), (right, data.after_label)):
        canvas.line("c-axis", where, top - 14, where, bottom + 10)
        canvas.text("c-name", where, 16, label, "middle")
    befores = spread([y(change.before) for change in data.changes], 16, top - 6, bottom + 6)
    afters = spread([y(change.after) for change in data.changes], gap, top - 6, bottom + 6)
    ordered = sorted(zip(data.changes, befores, afters, names, strict=True), key=lambda item: item[0].highlight)
    for change, before_at, after_at, lines in ordered:
        line, dot, words = ("c-line", "c-dot", "c-mine") if change.highlight else ("c-other", "c-dot-grey", "c-text")
        canvas.line(line, left, y(change.before), right, y(change.after))
        canvas.dot(dot, left, y(change.before))
        canvas.dot(dot, right, y(change.after))
        canvas.text(words, left - 10, before_at, amount(change.before, data.unit, data.decimals), "end")
        canvas.lines(words, right + 10, after_at, lines)
    return canvas


def _slope_scale(data: SlopeData, values: list[float]) -> tuple[float, float]:
    """A small change must not fill the height: it would look like a large one."""
    if data.scale is not None:
        return data.scale
    low, high = min(values), max(values)
    more = max(data.least - (high - low), 0.0) / 2
    return (low - more, high + more)


def small_multiples(data: MultiplesData) -> Chart:
    """One small panel per series on the same scale, with the reference in grey and the last value written out."""
    columns = max(1, min(data.columns, len(data.panels) or 1))
    rows = -(-len(data.panels) // columns)
    wide, high = data.width / columns, 132.0
    canvas = Canvas(data.width, max(rows, 1) * high)
    everyone = (*data.panels, *((data.reference,) if data.reference else ()))
    low, top = _extent(everyone, data.target, False)
    marks = ticks(low, top, 2)
    for at, panel in enumerate(data.panels):
        x0, y0 = (at % columns) * wide, (at // columns) * high
        x = _time_scale(everyone, x0 + 4, x0 + wide - 24)
        y = linear((marks[0], marks[-1]), (y0 + high - 26, y0 + 46))
        _panel(canvas, data, panel, x, y, (x0, y0, wide))
    return canvas.finish(data.title, _multiples_summary(data), _multiples_rows(data))


def sparkline(series: Series, *, unit: str = "", decimals: int = 0, width: int = 120, height: int = 28) -> Chart:
    """A line inside a sentence: no axes, the last value as a dot."""
    canvas = Canvas(width, height)
    low, high = _extent((series,), None, False)
    x = _time_scale((series,), 3, width - 6)
    y = linear((low, high), (height - 5.0, 5.0))
    _trace(canvas, series.points, x, y, "c-line")
    known = _known(series)
    if known and known[-1].value is not None:
        canvas.dot("c-dot", x(known[-1].at), y(known[-1].value), 3)
    words = _path_words(series, unit, decimals)
    rows = [("When", series.name), *((point.label, amount(point.value, unit, decimals)) for point in series.points)]
    return canvas.finish(series.name, words, rows)


def _known(series: Series) -> list[Point]:
    return [point for point in series.points if point.value is not None]


def _extent(many: tuple[Series, ...], target: float | None, from_zero: bool) -> tuple[float, float]:
    values = [
        value
        for series in many
        for point in series.points
        for value in (point.value, point.low, point.high)
        if value is not None
    ]
    values += [target] if target is not None else []
    values += [0.0] if from_zero else []
    return (min(values), max(values)) if values else (0.0, 1.0)


def _time_scale(many: tuple[Series, ...], left: float, right: float) -> Scale:
    places = [point.at for series in many for point in series.points] or [0.0]
    return linear((min(places), max(places)), (left + 6, right - 6))


def _time_labels(canvas: Canvas, points: tuple[Point, ...], x: Scale, bottom: float, room: float) -> None:
    longest = max((len(point.label) for point in points), default=1) * PER_LETTER + 14
    step = every(len(points), room, longest)
    for at, point in enumerate(points):
        if (len(points) - 1 - at) % step == 0:
            canvas.text("c-quiet", x(point.at), bottom + 18, point.label, "middle")


def _trace(canvas: Canvas, points: tuple[Point, ...], x: Scale, y: Scale, look: str) -> None:
    run: list[tuple[float, float]] = []
    for point in points:
        if point.value is None:
            canvas.path(look, run)
            run = []
        else:
            run.append((x(point.at), y(point.value)))
    canvas.path(look, run)


def _band(canvas: Canvas, points: tuple[Point, ...], x: Scale, y: Scale, look: str = "c-band") -> None:
    run: list[tuple[float, float, float]] = []
    for point in (*points, Point(0, "", None)):
        if point.low is not None and point.high is not None:
            run.append((x(point.at), y(point.high), y(point.low)))
            continue
        upper, lower = [(at, high) for at, high, _ in run], [(at, low) for at, _, low in reversed(run)]
        canvas.path(look, [*upper, *lower], closed=True)
        run = []


def _end_labels(canvas: Canvas, data: LineData, x: Scale, y: Scale, top: float, bottom: float, right: float) -> None:
    ends: list[tuple[str, float, str]] = []
    for look, series in (("c-mine", data.series), *(("c-text", other) for other in data.comparisons)):
        known = _known(series)
        if known and known[-1].value is not None:
            last = known[-1].value
            ends.append((look, y(last), f"{amount(last, data.unit, data.decimals)}  {series.name}"))
    if data.target is not None:
        ends.append(("c-text", y(data.target), f"{amount(data.target, data.unit, data.decimals)}  {data.target_name}"))
    letters = int((data.width - right - 12) / PER_LETTER)
    heights = spread([height for _, height, _ in ends], 17, top, bottom)
    for (look, _, words), height in zip(ends, heights, strict=True):
        canvas.text(look, right + 8, height, wrap(words, letters, 1)[0] if len(words) > letters else words)


def _panel(
    canvas: Canvas, data: MultiplesData, panel: Series, x: Scale, y: Scale, box: tuple[float, float, float]
) -> None:
    x0, y0, wide = box
    canvas.line("c-grid", x0 + 4, y0 + 106, x0 + wide - 24, y0 + 106)
    canvas.text("c-name", x0 + 4, y0 + 12, wrap(panel.name, int((wide - 28) / PER_LETTER), 1)[0])
    if data.target is not None:
        canvas.line("c-target", x0 + 4, y(data.target), x0 + wide - 24, y(data.target))
    if data.reference:
        _trace(canvas, data.reference.points, x, y, "c-other")
    _trace(canvas, panel.points, x, y, "c-line")
    known = _known(panel)
    if not known or known[-1].value is None:
        canvas.text("c-quiet", x0 + 4, y0 + 30, "no value yet")
        return
    last = known[-1]
    canvas.dot("c-dot", x(last.at), y(known[-1].value), 3.5)
    n = f", n {last.n:,}" if last.n is not None else ""
    canvas.text("c-quiet", x0 + 4, y0 + 30, f"{amount(last.value, data.unit, data.decimals)} in {last.label}{n}")


def _path_words(series: Series, unit: str, decimals: int) -> str:
    known = _known(series)
    if not known:
        return f"{series.name}: no value yet."
    first, last = known[0], known[-1]
    ending = f"{amount(last.value, unit, decimals)} in {last.label}{basis(last.low, last.high, last.n, decimals)}"
    if len(known) == 1:
        return f"{series.name}: {ending}."
    return f"{series.name}: from {amount(first.value, unit, decimals)} in {first.label} to {ending}."


def _line_summary(data: LineData) -> str:
    words = [_path_words(data.series, data.unit, data.decimals)]
    known = _known(data.series)
    if data.target is not None:
        words.append(f"{data.target_name.capitalize()}: {amount(data.target, data.unit, data.decimals)}.")
    for other in data.comparisons:
        theirs = _known(other)
        if known and theirs:
            words.append(f"{other.name}: {amount(theirs[-1].value, data.unit, data.decimals)} in {theirs[-1].label}.")
    return " ".join(words)


def _line_rows(data: LineData) -> list[tuple[str, ...]]:
    others = [{point.at: point.value for point in other.points} for other in data.comparisons]
    rows: list[tuple[str, ...]] = [
        ("When", data.series.name, "Interval", "n", *(other.name for other in data.comparisons))
    ]
    for point in data.series.points:
        n = "" if point.n is None else f"{point.n:,}"
        theirs = [amount(other.get(point.at), data.unit, data.decimals) for other in others]
        mine = amount(point.value, data.unit, data.decimals)
        rows.append((point.label, mine, between(point.low, point.high, data.decimals), n, *theirs))
    return rows


def _slope_summary(data: SlopeData) -> str:
    if not data.changes:
        return "There is no group to compare yet."
    up = sum(change.after > change.before for change in data.changes)
    widest = max(data.changes, key=lambda change: abs(change.after - change.before))
    return (
        f"{up} of {len(data.changes)} rose from {data.before_label.lower()} to {data.after_label.lower()}. The widest change: {widest.name}, "
        f"from {amount(widest.before, data.unit, data.decimals)} to {amount(widest.after, data.unit, data.decimals)}."
    )


def _slope_rows(data: SlopeData) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [("Group", data.before_label, data.after_label, "Change", "n")]
    for change in data.changes:
        before, after = amount(change.before, data.unit, data.decimals), amount(change.after, data.unit, data.decimals)
        n = "" if change.n is None else f"{change.n:,}"
        rows.append((change.name, before, after, amount(change.after - change.before, "", data.decimals), n))
    return rows


def _multiples_summary(data: MultiplesData) -> str:
    ends = [(panel.name, _known(panel)[-1].value) for panel in data.panels if _known(panel)]
    values = sorted(((value, name) for name, value in ends if value is not None), reverse=True)
    if not values:
        return "No series has a value yet."
    (best, first), (worst, last) = values[0], values[-1]
    high, low = amount(best, data.unit, data.decimals), amount(worst, data.unit, data.decimals)
    return f"{len(data.panels)} series on one scale. Highest at the end: {first}, {high}. Lowest: {last}, {low}."


def _multiples_rows(data: MultiplesData) -> list[tuple[str, ...]]:
    shown = (*data.panels, *((data.reference,) if data.reference else ()))
    labels = {point.at: point.label for series in shown for point in series.points}
    rows: list[tuple[str, ...]] = [("When", *(series.name for series in shown))]
    by_place = [{point.at: point.value for point in series.points} for series in shown]
    rows += [
        (labels[at], *(amount(values.get(at), data.unit, data.decimals) for values in by_place))
        for at in sorted(labels)
    ]
    return rows
