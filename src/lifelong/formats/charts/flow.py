"""What becomes of what: from gap to outcome, with what was lost on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lifelong.formats.charts.draw import PER_LETTER, PHONE, Canvas, on_both, wrap
from lifelong.formats.charts.model import Chart


@dataclass(frozen=True, slots=True)
class Stage:
    """One box: `column` counts from the left; `lost` marks what went no further."""

    key: str
    name: str
    column: int
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Flow:
    source: str
    target: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SankeyData:
    """Stages in the order in which they stand in their column; flows run to a column further right."""

    title: str
    stages: tuple[Stage, ...]
    flows: tuple[Flow, ...]
    of: str = "activities"
    width: int = 760
    height: int = 340


@dataclass(frozen=True, slots=True)
class _Box:
    x: float
    top: float
    size: int


_BAR, _TOP, _GAP, _END = 12.0, 18.0, 40.0, 124.0  # px; _END is the room of the last column and its names


def sankey(data: SankeyData) -> Chart:
    """Bands as wide as their amounts. Raises ValueError for a flow that names no stage or does not run to the right."""
    stages = {stage.key: stage for stage in data.stages}
    _check(data, stages)
    per_unit, boxes = _place(data, stages)
    canvas = Canvas(data.width, data.height)
    _bands(canvas, data, stages, boxes, per_unit)
    last = max((stage.column for stage in data.stages), default=0)
    for stage in data.stages:
        box = boxes[stage.key]
        canvas.rect(
            "c-bar-grey" if stage.lost else "c-bar",
            box.x,
            box.top,
            _BAR,
            max(box.size * per_unit, 2),
            f"{stage.name}: {box.size}",
        )
        if stage.column == last:
            words = wrap(f"{box.size:,} {stage.name}", int((_END - _BAR - 8) / PER_LETTER), 3)
            canvas.lines(
                "c-text" if stage.lost else "c-name", box.x + _BAR + 8, box.top + box.size * per_unit / 2, words
            )
            continue
        lines = wrap(f"{box.size:,} {stage.name}", int(((data.width - _END) / max(last, 1) - 26) / PER_LETTER), 2)
        canvas.lines("c-text" if stage.lost else "c-name", box.x + _BAR + 6, box.top - 4 - 7.5 * len(lines), lines)
    rows = [
        ("From", "To", data.of.capitalize()),
        *((stages[f.source].name, stages[f.target].name, f"{f.amount:,}") for f in data.flows),
    ]
    summary = _summary(data, stages, boxes)
    return on_both(canvas, _portrait(data, stages), data.title, summary, rows)


_PORTRAIT, _LEVEL = 150.0, 92.0  # px: room of the bars, height of a step


def _portrait(data: SankeyData, stages: Mapping[str, Stage]) -> Canvas:
    """The same from top to bottom, for a phone: every step is seen. Bars stand side by side, their names to the right."""
    sizes = _sizes(data, stages)
    last = max((stage.column for stage in data.stages), default=0)
    columns = {at: [stage for stage in data.stages if stage.column == at] for at in range(last + 1)}
    widest = max((sum(sizes[stage.key] for stage in those) for those in columns.values()), default=1)
    per_unit = _PORTRAIT / max(widest, 1)
    canvas = Canvas(PHONE, 24 + _LEVEL * last + 32 * max((len(those) for those in columns.values()), default=1) + 8)
    lefts: dict[str, float] = {}
    for those in columns.values():
        left = 6.0
        for stage in those:
            lefts[stage.key] = left
            left += sizes[stage.key] * per_unit + 8
    out, into = dict.fromkeys(lefts, 0.0), dict.fromkeys(lefts, 0.0)
    for flow in data.flows:
        thick = flow.amount * per_unit
        x1, x2 = lefts[flow.source] + out[flow.source], lefts[flow.target] + into[flow.target]
        out[flow.source] += thick
        into[flow.target] += thick
        y1, y2 = 24 + _LEVEL * stages[flow.source].column + _BAR, 24 + _LEVEL * stages[flow.target].column
        if flow.amount:
            canvas.curve("c-flow-lost" if stages[flow.target].lost else "c-flow", _fall(x1, y1, x2, y2, thick))
    for at, those in columns.items():
        y, end = 24 + _LEVEL * at, 6.0
        for stage in those:
            wide = max(sizes[stage.key] * per_unit, 2)
            canvas.rect(
                "c-bar-grey" if stage.lost else "c-bar",
                lefts[stage.key],
                y,
                wide,
                _BAR,
                f"{stage.name}: {sizes[stage.key]}",
            )
            end = max(end, lefts[stage.key] + wide)
        for row, stage in enumerate(those):
            words = wrap(f"{sizes[stage.key]:,} {stage.name}", int((PHONE - end - 14) / PER_LETTER), 2)
            canvas.lines("c-text" if stage.lost else "c-name", end + 10, y + 6 + row * 32, words)
    return canvas


def _fall(x1: float, y1: float, x2: float, y2: float, thick: float) -> str:
    middle = (y1 + y2) / 2
    return (
        f"M{x1:.1f} {y1:.1f} C{x1:.1f} {middle:.1f} {x2:.1f} {middle:.1f} {x2:.1f} {y2:.1f} "
        f"L{x2 + thick:.1f} {y2:.1f} C{x2 + thick:.1f} {middle:.1f} {x1 + thick:.1f} {middle:.1f} {x1 + thick:.1f} {y1:.1f} Z"
    )


def _sizes(data: SankeyData, stages: Mapping[str, Stage]) -> dict[str, int]:
    """How much goes through each box."""
    return {
        key: max(
            sum(f.amount for f in data.flows if f.source == key), sum(f.amount for f in data.flows if f.target == key)
        )
        for key in stages
    }


def _check(data: SankeyData, stages: Mapping[str, Stage]) -> None:
    for flow in data.flows:
        if flow.source not in stages or flow.target not in stages:
            raise ValueError(f"The flow from {flow.source!r} to {flow.target!r} names a stage that is not given.")
        if stages[flow.source].column >= stages[flow.target].column:
            raise ValueError(f"The flow from {flow.source!r} to {flow.target!r} does not run to the right.")
        if flow.amount < 0:
            raise ValueError("A flow cannot be negative.")


def _place(data: SankeyData, stages: Mapping[str, Stage]) -> tuple[float, dict[str, _Box]]:
    """Pixels per unit, and where each box stands: columns share the width, boxes stand one under the other."""
    sizes = _sizes(data, stages)
    columns: dict[int, list[str]] = {}
    for stage in data.stages:
        columns.setdefault(stage.column, []).append(stage.key)
    room = data.height - _TOP - 12
    loads = [(room - _GAP * len(keys)) / max(sum(sizes[key] for key in keys), 1) for keys in columns.values()]
    per_unit = max(min(loads, default=1.0), 0.0)
    last = max(columns, default=0)
    boxes: dict[str, _Box] = {}
    for column, keys in columns.items():
        x = column / max(last, 1) * (data.width - _END)
        top = _TOP + _GAP - 16
        for key in keys:
            boxes[key] = _Box(x, top, sizes[key])
            top += sizes[key] * per_unit + _GAP
    return per_unit, boxes


def _bands(
    canvas: Canvas, data: SankeyData, stages: Mapping[str, Stage], boxes: Mapping[str, _Box], per_unit: float
) -> None:
    order = {stage.key: at for at, stage in enumerate(data.stages)}
    out: dict[str, float] = dict.fromkeys(boxes, 0.0)
    into: dict[str, float] = dict.fromkeys(boxes, 0.0)
    for flow in sorted(data.flows, key=lambda one: (order[one.source], order[one.target])):
        source, target = boxes[flow.source], boxes[flow.target]
        thick = flow.amount * per_unit
        y1, y2 = source.top + out[flow.source], target.top + into[flow.target]
        out[flow.source] += thick
        into[flow.target] += thick
        if flow.amount:
            look = "c-flow-lost" if stages[flow.target].lost else "c-flow"
            canvas.curve(look, _band(source.x + _BAR, y1, target.x, y2, thick))


def _band(x1: float, y1: float, x2: float, y2: float, thick: float) -> str:
    middle = (x1 + x2) / 2
    return (
        f"M{x1:.1f} {y1:.1f} C{middle:.1f} {y1:.1f} {middle:.1f} {y2:.1f} {x2:.1f} {y2:.1f} "
        f"L{x2:.1f} {y2 + thick:.1f} C{middle:.1f} {y2 + thick:.1f} {middle:.1f} {y1 + thick:.1f} {x1:.1f} {y1 + thick:.1f} Z"
    )


def _summary(data: SankeyData, stages: Mapping[str, Stage], boxes: Mapping[str, _Box]) -> str:
    kept = [stage for stage in data.stages if not stage.lost]
    if not kept:
        return "There is nothing to follow yet."
    steps = ", ".join(f"{boxes[stage.key].size:,} {stage.name}" for stage in kept)
    lost = sum(boxes[stage.key].size for stage in stages.values() if stage.lost)
    return f"From left to right: {steps}.{f' {lost:,} went no further.' if lost else ''}"
