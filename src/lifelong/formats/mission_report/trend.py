"""The trend of one indicator as a small SVG: ink line, interval as band, target dashed, labels on the marks."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from html import escape

from lifelong.formats.mission_report.facts import TrendPoint

WIDTH, HEIGHT = 460.0, 150.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 34.0, 70.0, 18.0, 34.0
# A white rim keeps labels legible where they cross a line.
_HALO = 'stroke="#fff" stroke-width="2.5" stroke-linejoin="round" paint-order="stroke"'
_INK, _GREY, _HAIR = "#1f1d1a", "#5f5a53", "#cdc7bd"


def drawing(points: Sequence[TrendPoint], unit: str, target: float | None, accent: str, font: str) -> str:
    """The SVG, 460 by 150. The axis begins at zero; a period without a value leaves a gap in the line."""
    top = _ceiling(points, unit, target)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" font-family="{escape(font)}" font-size="9">',
        *_axis(top, unit),
        *_band(points, top, accent),
        *_target(target, top, unit),
        *_line(points, top, accent, unit),
        "</svg>",
    ]
    return "".join(parts)


def description(points: Sequence[TrendPoint], unit: str, target: float | None) -> str:
    """The same in words, for whoever does not see the drawing."""
    told = [f"{point.period}: {_number(point.value, unit)}" for point in points if point.value is not None]
    goal = f" Target {_number(target, unit)}." if target is not None else ""
    return f"Trend{' in ' + unit if unit not in ('', '%') else ''}. {'; '.join(told)}.{goal}"


def _ceiling(points: Sequence[TrendPoint], unit: str, target: float | None) -> float:
    """The first round number above all that is drawn, never over 100 for a share."""
    seen = [v for p in points for v in (p.value, p.high) if v is not None] + ([target] if target is not None else [])
    most = max([*seen, 0.0]) * 1.1
    if most <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(most))
    top = next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= most)
    return min(top, 100.0) if unit == "%" else top


def _axis(top: float, unit: str) -> Iterator[str]:
    for share in (0.0, 0.5, 1.0):
        y = _y(share * top, top)
        yield f'<path d="M{_LEFT:g} {y:.1f}H{WIDTH - _RIGHT:g}" stroke="{_HAIR}" stroke-width="0.5"/>'
        yield _text(_LEFT - 6, y + 3, _number(share * top, unit), _GREY, "end")


def _band(points: Sequence[TrendPoint], top: float, accent: str) -> Iterator[str]:
    for run in _runs(points, lambda p: p.value is not None and p.low is not None and p.high is not None):
        ends = [(x, p.high or 0.0, p.low or 0.0) for x, p in run]
        if len(ends) == 1:
            x, high, low = ends[0]
            yield f'<path d="M{x:.1f} {_y(high, top):.1f}V{_y(low, top):.1f}" stroke="{accent}" stroke-opacity="0.4" stroke-width="6"/>'
            continue
        outline = [f"{x:.1f} {_y(high, top):.1f}" for x, high, _ in ends]
        outline += [f"{x:.1f} {_y(low, top):.1f}" for x, _, low in reversed(ends)]
        yield f'<path d="M{"L".join(outline)}Z" fill="{accent}" fill-opacity="0.13"/>'


def _target(target: float | None, top: float, unit: str) -> Iterator[str]:
    if target is None:
        return
    y = _y(target, top)
    yield f'<path d="M{_LEFT:g} {y:.1f}H{WIDTH - _RIGHT:g}" stroke="{_INK}" stroke-width="0.8" stroke-dasharray="4 3"/>'
    yield _text(WIDTH - _RIGHT + 6, y + 3, f"target {_number(target, unit)}", _INK, "start")


def _line(points: Sequence[TrendPoint], top: float, accent: str, unit: str) -> Iterator[str]:
    for run in _runs(points, lambda p: p.value is not None):
        places = [f"{x:.1f} {_y(p.value or 0.0, top):.1f}" for x, p in run]
        yield f'<path d="M{"L".join(places)}" fill="none" stroke="{accent}" stroke-width="1.6"/>'
        for x, point in run:
            y = _y(point.value or 0.0, top)
            yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.6" fill="{accent}"/>'
            yield _text(x, y - 7, _number(point.value, unit), _INK, "middle")
    for index, point in enumerate(points):
        x = _x(index, len(points))
        yield _text(x, HEIGHT - 18, point.period, _INK, "middle")
        yield _text(x, HEIGHT - 7, f"n {point.n:,}" if point.n is not None else "–", _GREY, "middle")


def _runs(
    points: Sequence[TrendPoint], shown: Callable[[TrendPoint], bool]
) -> Iterator[list[tuple[float, TrendPoint]]]:
    run: list[tuple[float, TrendPoint]] = []
    for index, point in enumerate(points):
        if shown(point):
            run.append((_x(index, len(points)), point))
        elif run:
            yield run
            run = []
    if run:
        yield run


def _x(index: int, count: int) -> float:
    room = WIDTH - _LEFT - _RIGHT
    return _LEFT + room * (index + 0.5) / max(count, 1)


def _y(value: float, top: float) -> float:
    return HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * max(0.0, min(1.0, value / top))


def _text(x: float, y: float, words: str, colour: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" text-anchor="{anchor}" {_HALO}>{escape(words)}</text>'


def _number(value: float | None, unit: str) -> str:
    """Short, with a percent sign but without longer units: they stand beside the drawing."""
    if value is None:
        return "–"
    shown = f"{value:,.1f}".rstrip("0").rstrip(".")
    return f"{shown} %" if unit == "%" else shown
