"""Pen and paper of the charts: shapes with a class and its printed colours, scales, ticks, numbers as words.

Every shape carries a class of charts.css (which follows the program's accent and dark mode) and, for documents that
know no style sheet, the same look as presentation attributes in the light tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from html import escape
from math import ceil, floor, isfinite, log10

from lifelong.formats.charts.model import Chart
from lifelong.formats.charts.theme import DEFAULT_ACCENT, pdf_accent

INK, GREY_1, GREY_2, GREY_3, HAIRLINE, PAPER = "#1d1b18", "#4c4841", "#6a655c", "#8f887b", "#dfd8ca", "#fbf9f4"
SIGNAL = "#9c1f1f"
ACCENT = DEFAULT_ACCENT
SIZE = 13  # px of the labels
NARROW = "\u00a0"  # number and unit stay on one line
PER_LETTER = 0.56 * SIZE  # mean width of Inter, close enough to leave room for a label

#: class -> its look without a style sheet
LOOKS: dict[str, str] = {
    "c-axis": f'stroke="{GREY_3}" stroke-width="1" fill="none"',
    "c-grid": f'stroke="{HAIRLINE}" stroke-width="1" fill="none"',
    "c-line": f'stroke="{ACCENT}" stroke-width="2.25" fill="none" stroke-linejoin="round" stroke-linecap="round"',
    "c-other": f'stroke="{GREY_3}" stroke-width="1.5" fill="none" stroke-linejoin="round"',
    "c-target": f'stroke="{INK}" stroke-width="1.25" fill="none" stroke-dasharray="5 4"',
    "c-expected": f'stroke="{GREY_1}" stroke-width="1.75" fill="none" stroke-dasharray="2 4" stroke-linecap="round"',
    "c-limit": f'stroke="{GREY_2}" stroke-width="1" fill="none" stroke-dasharray="7 3"',
    "c-whisker": f'stroke="{INK}" stroke-width="1.5" fill="none"',
    "c-halo": f'stroke="{PAPER}" stroke-width="4.5" fill="none"',
    "c-band": f'fill="{ACCENT}" fill-opacity="0.15" stroke="none"',
    "c-band-grey": f'fill="{GREY_3}" fill-opacity="0.2" stroke="none"',
    "c-phase": f'stroke="{GREY_1}" stroke-width="1" fill="none" stroke-dasharray="1 3"',
    "c-dot": f'fill="{ACCENT}" stroke="{PAPER}" stroke-width="1.5"',
    "c-dot-grey": f'fill="{GREY_3}" stroke="{PAPER}" stroke-width="1.5"',
    "c-dot-open": f'fill="{PAPER}" stroke="{ACCENT}" stroke-width="2"',
    "c-signal": f'fill="{SIGNAL}" stroke="{PAPER}" stroke-width="1.5"',
    "c-signal-ring": f'fill="none" stroke="{SIGNAL}" stroke-width="1.5"',
    "c-bar": f'fill="{ACCENT}"',
    "c-bar-grey": f'fill="{GREY_3}"',
    "c-flow": f'fill="{ACCENT}" fill-opacity="0.26"',
    "c-flow-lost": f'fill="{GREY_3}" fill-opacity="0.24"',
    "c-cell-empty": f'fill="none" stroke="{GREY_3}" stroke-width="1" stroke-dasharray="3 3"',
    "c-scale-1": f'fill="{GREY_1}"',
    "c-scale-2": f'fill="{GREY_3}" fill-opacity="0.75"',
    "c-scale-3": f'fill="{HAIRLINE}"',
    "c-scale-4": f'fill="{ACCENT}" fill-opacity="0.5"',
    "c-scale-5": f'fill="{ACCENT}"',
    "c-text": f'fill="{GREY_1}" font-size="{SIZE}"',
    "c-quiet": f'fill="{GREY_2}" font-size="12"',
    "c-name": f'fill="{INK}" font-size="{SIZE}" font-weight="600"',
    "c-mine": f'fill="{ACCENT}" font-size="{SIZE}" font-weight="600"',
    "c-alarm": f'fill="{SIGNAL}" font-size="12" font-weight="600"',
    "c-on": f'fill="{PAPER}" font-size="12" font-weight="600"',
}

Scale = Callable[[float], float]


class Canvas:
    """Collects the shapes of one chart, back to front."""

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self._shapes: list[str] = []

    def line(self, look: str, x1: float, y1: float, x2: float, y2: float) -> None:
        self._add(f'<line class="{look}" {LOOKS[look]} x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>')

    def path(self, look: str, points: Sequence[tuple[float, float]], closed: bool = False) -> None:
        if len(points) > 1:
            steps = " ".join(f"{'M' if not at else 'L'}{x:.1f} {y:.1f}" for at, (x, y) in enumerate(points))
            self._add(f'<path class="{look}" {LOOKS[look]} d="{steps}{" Z" if closed else ""}"/>')

    def curve(self, look: str, d: str) -> None:
        self._add(f'<path class="{look}" {LOOKS[look]} d="{d}"/>')

    def dot(self, look: str, x: float, y: float, radius: float = 4, tip: str = "") -> None:
        self._add(f'<circle class="{look}" {LOOKS[look]} cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}"{_tip("circle", tip)}')

    def square(self, look: str, x: float, y: float, side: float, tip: str = "") -> None:
        self.rect(look, x - side / 2, y - side / 2, side, side, tip)

    def rect(
        self, look: str, x: float, y: float, width: float, height: float, tip: str = "", radius: float = 0
    ) -> None:
        rounded = f' rx="{radius:g}"' if radius else ""
        self._add(
            f'<rect class="{look}" {LOOKS[look]} x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" '
            f'height="{max(height, 0):.1f}"{rounded}{_tip("rect", tip)}'
        )

    def text(self, look: str, x: float, y: float, words: str, anchor: str = "start") -> None:
        """One line of text, its middle at height y."""
        self._add(
            f'<text class="{look}" {LOOKS[look]} x="{x:.1f}" y="{y + 4.4:.1f}" text-anchor="{anchor}">{escape(words)}</text>'
        )

    def lines(self, look: str, x: float, y: float, lines: Sequence[str], anchor: str = "start") -> None:
        """Several lines, the middle of the block at height y."""
        for at, words in enumerate(lines):
            self.text(look, x, y + (at - (len(lines) - 1) / 2) * 15, words, anchor)

    def finish(self, title: str, summary: str, rows: Iterable[Sequence[str]]) -> Chart:
        svg = (
            f'<svg class="chart" viewBox="0 0 {self.width:g} {self.height:g}" width="{self.width:g}" height="{self.height:g}" role="img" '
            f'font-family="Inter, sans-serif" xmlns="http://www.w3.org/2000/svg"><title>{escape(title)}</title>'
            f"<desc>{escape(summary)}</desc>{''.join(self._shapes)}</svg>"
        )
        return Chart(svg, summary, tuple(tuple(cell.replace(NARROW, " ") for cell in row) for row in rows))

    def _add(self, shape: str) -> None:
        self._shapes.append(shape)


PHONE = 340  # px: what a phone shows of a page


def on_both(wide: Canvas, phone: Canvas, title: str, summary: str, rows: Iterable[Sequence[str]]) -> Chart:
    """One chart from its two drawings: as wide as the page, and as wide as a phone."""
    drawn = wide.finish(title, summary, rows)
    return Chart(drawn.svg, summary, drawn.table_rows, phone.finish(title, summary, ()).svg)


def _tip(tag: str, words: str) -> str:
    return f"><title>{escape(words)}</title></{tag}>" if words else "/>"


def linear(domain: tuple[float, float], pixels: tuple[float, float]) -> Scale:
    """A straight scale from values to pixels; a domain without width maps to the middle."""
    (low, high), (start, end) = domain, pixels
    if high == low:
        return lambda value: (start + end) / 2
    return lambda value: start + (value - low) / (high - low) * (end - start)


def ticks(low: float, high: float, wanted: int = 4) -> list[float]:
    """Round values that enclose low and high, about `wanted` steps of 1, 2, 2.5 or 5 times a power of ten."""
    if high <= low:
        high = low + (abs(low) or 1)
    rough = (high - low) / wanted
    power = 10.0 ** floor(log10(rough))
    step = next(size * power for size in (1, 2, 2.5, 5, 10) if size * power >= rough * 0.999)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    return [round(at * step, 10) for at in range(first, last + 1)]


def amount(value: float | None, unit: str = "", decimals: int = 0) -> str:
    """A number with its unit as people write it: "54 %", "1,240", "0.8 days"; a dash for nothing."""
    if value is None or not isfinite(value):
        return "–"
    text = f"{value:,.{decimals}f}"
    if float(text.replace(",", "")) == 0:
        text = text.lstrip("-")
    return f"{text.replace('-', '−')}{NARROW}{unit}".strip(NARROW)


def between(low: float | None, high: float | None, decimals: int = 0) -> str:
    """An interval: "61 to 81"; empty when there is none."""
    if low is None or high is None:
        return ""
    return f"{amount(low, '', decimals)} to {amount(high, '', decimals)}"


def basis(low: float | None, high: float | None, n: int | None, decimals: int = 0) -> str:
    """What stands behind a number: " (61 to 81, n 84)", or nothing."""
    parts = [between(low, high, decimals), f"n {n:,}" if n is not None else ""]
    inside = ", ".join(part for part in parts if part)
    return f" ({inside})" if inside else ""


def wrap(words: str, letters: int, most: int = 3) -> list[str]:
    """Break a label into lines of about `letters`; what does not fit into `most` lines ends in an ellipsis."""
    lines: list[str] = []
    for word in words.split():
        if lines and len(lines[-1]) + 1 + len(word) <= letters:
            lines[-1] += " " + word
        else:
            lines.append(word)
    if len(lines) > most:
        lines = [*lines[: most - 1], lines[most - 1][: max(letters - 1, 1)].rstrip() + "…"]
    return lines or [""]


def spread(heights: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Move labels apart so that none is nearer than `gap`, staying within low and high where they fit."""
    order = sorted(range(len(heights)), key=lambda at: heights[at])
    placed = [0.0] * len(heights)
    floor_ = low
    for at in order:
        placed[at] = max(heights[at], floor_)
        floor_ = placed[at] + gap
    ceiling = high
    for at in reversed(order):
        placed[at] = min(placed[at], ceiling)
        ceiling = placed[at] - gap
    return placed


def every(count: int, room: float, label_width: float) -> int:
    """Of `count` labels along `room` pixels, show each how-manieth."""
    fitting = max(1, int(room // max(label_width, 1)))
    return max(1, ceil(count / fitting))


def value_axis(
    canvas: Canvas, scale: Scale, marks: Sequence[float], left: float, right: float, unit: str, decimals: int
) -> None:
    """Horizontal hairlines with their values at the left; the highest carries the unit."""
    for mark in marks:
        canvas.line("c-grid", left, scale(mark), right, scale(mark))
        last = mark == marks[-1]
        canvas.text("c-quiet", left - 8, scale(mark), amount(mark, unit if last else "", decimals), "end")


def tick_decimals(marks: Sequence[float]) -> int:
    """How many decimals the marks of an axis need so that none is rounded."""
    for places in range(5):
        if all(abs(round(mark, places) - mark) < 1e-9 for mark in marks):
            return places
    return 5


def for_print(svg: str, accent: str) -> str:
    """The drawing for a PDF: the program's accent, at AA on white, instead of the default one."""
    return svg.replace(ACCENT, pdf_accent(accent))
