"""Windows of observation: a series of releases is not a series of independent figures.

A release prints figures over rolling windows. The next release may share eleven of twelve months with it, or print the very
same window again. Whoever draws a trend must know; these two functions say it on every point.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from lifelong.formats.cms.measures import find
from lifelong.formats.cms.records import Hospital, Item, MeasureWindow, Point, Refusal


def with_windows(items: Iterable[Item], windows: Iterable[MeasureWindow]) -> Iterator[Item]:
    """Fill in the window of points that print none, from the Measure_Dates table of the same release."""
    known = {window.measure_id: window for window in windows}
    for item in items:
        if isinstance(item, Point) and item.period_end is None and item.measure_id in known:
            window = known[item.measure_id]
            item = item._replace(period_start=window.period_start, period_end=window.period_end)
        yield item


def mark_windows(items: Iterable[Item]) -> Iterator[Item]:
    """Mark each point against the point before it in its series (place and measure). Items must come oldest release first.

    With printed windows: equal windows are the same window, shared days are an overlap. Without: the window length of the
    catalogue against the months between releases tells the overlap, and a figure that repeats with its denominator inside an
    overlap is the same window. Memory grows with the number of series, not of points.
    """
    last: dict[tuple[str, str, str], Point] = {}
    for item in items:
        if not isinstance(item, Point) or item.value is None:
            yield item
            continue
        key = _series(item)
        before = last.get(key)
        last[key] = item
        if before is not None:
            overlaps, same = _against(before, item)
            if overlaps:
                item = item._replace(overlaps_previous=True, same_window=same)
        yield item


def independent(items: Iterable[Item]) -> Iterator[Point]:
    """Only points that share no day with the point kept before them: what a trend may be drawn from. Oldest first."""
    kept: dict[tuple[str, str, str], Point] = {}
    for item in items:
        if isinstance(item, Point) and item.value is not None:
            key = _series(item)
            before = kept.get(key)
            if before is None or not _against(before, item)[0]:
                kept[key] = item
                yield item


def _series(point: Point) -> tuple[str, str, str]:
    return point.place_id, point.measure_id, point.note if point.note in ("baseline", "performance") else ""


def _against(before: Point, point: Point) -> tuple[bool, bool]:
    """(shares days, is the same window)."""
    if before.period_end and point.period_start and before.period_start and point.period_end:
        same = (before.period_start, before.period_end) == (point.period_start, point.period_end)
        return point.period_start <= before.period_end, same
    measure = find(point.measure_id)
    apart = months_between(before.release, point.release)
    if measure is None or apart is None or apart >= measure.window_months:
        return False, False
    repeated = point.denominator is not None and (point.value, point.denominator) == (before.value, before.denominator)
    return True, repeated


def months_between(earlier: str, later: str) -> int | None:
    """Months from release yyyy-mm to release yyyy-mm; None where one is unknown."""
    if len(earlier) != 7 or len(later) != 7:
        return None
    return (int(later[:4]) - int(earlier[:4])) * 12 + int(later[5:]) - int(earlier[5:])


@dataclass
class Tally:
    """What a reading brought: counts for the office, with withheld figures by the publisher's reason."""

    points: int = 0
    hospitals: int = 0
    windows: int = 0
    refusals: list[Refusal] = field(default_factory=list)
    suppressed: dict[str, int] = field(default_factory=dict)

    def through(self, items: Iterable[Item]) -> Iterator[Item]:
        """Count items while they pass."""
        for item in items:
            if isinstance(item, Point):
                self.points += 1
                if item.value is None:
                    self.suppressed[item.note] = self.suppressed.get(item.note, 0) + 1
            elif isinstance(item, Hospital):
                self.hospitals += 1
            elif isinstance(item, Refusal):
                self.refusals.append(item)
            else:
                self.windows += 1
            yield item
