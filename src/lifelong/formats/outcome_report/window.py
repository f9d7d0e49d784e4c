"""The window strip: which days a figure covers, against the days of the activity."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from lifelong.formats.charts import Chart
from lifelong.formats.charts.draw import PHONE, Canvas, linear, on_both

LEFT, RIGHT, TOP, STEP = 150.0, 24.0, 26.0, 34.0


def window_strip(
    title: str, windows: Sequence[tuple[str, date, date]], activity: tuple[date, date], width: int = 640
) -> Chart:
    """One bar a window (name, first day, last day) and the days of the activity as a dashed line. Windows run from the left."""
    rows = [("Window", "From", "To", "Days after the activity began")]
    for name, start, end in windows:
        after_days = max((end - max(start, activity[0])).days + 1, 0)
        rows.append((name, start.isoformat(), end.isoformat(), str(after_days)))
    wide, phone = _drawn(windows, activity, width, LEFT), _drawn(windows, activity, PHONE, 96.0)
    return on_both(wide, phone, title, _words(windows, activity[0]), rows)


def _drawn(windows: Sequence[tuple[str, date, date]], activity: tuple[date, date], width: int, left: float) -> Canvas:
    first = min([start for _, start, _ in windows] + [activity[0]])
    last = max([end for _, _, end in windows] + [activity[1]])
    floor = TOP + STEP * len(windows)
    canvas = Canvas(width, floor + 30)
    x = linear((first.toordinal(), last.toordinal()), (left, width - RIGHT))
    for year in range(first.year, last.year + 2):
        day = date(year, 1, 1)
        if first <= day <= last:
            canvas.line("c-grid", x(day.toordinal()), TOP - 4, x(day.toordinal()), floor)
            canvas.text("c-quiet", x(day.toordinal()), floor + 14, str(year), "middle")
    for at, (name, start, end) in enumerate(windows):
        middle, tip = TOP + STEP * (at + 0.5), f"{name}: {_span(start, end)}"
        canvas.text("c-text", left - 12, middle, name, "end")
        whole = x(end.toordinal()) - x(start.toordinal())
        canvas.rect("c-bar-grey", x(start.toordinal()), middle - 8, whole, 16, tip)
        if end >= activity[0]:
            after = max(start, activity[0]).toordinal()
            canvas.rect("c-bar", x(after), middle - 8, x(end.toordinal()) - x(after), 16, tip)
    begins = x(activity[0].toordinal())
    canvas.line("c-target", begins, TOP - 10, begins, floor)
    near_end = begins > width - 120
    canvas.text("c-name", begins + (-6 if near_end else 6), TOP - 14, "activity begins", "end" if near_end else "start")
    return canvas


def _words(windows: Sequence[tuple[str, date, date]], begins: date) -> str:
    said = []
    for name, start, end in windows:
        whole, after = (end - start).days + 1, max((end - max(start, begins)).days + 1, 0)
        said.append(f"{name} covers {_span(start, end)}: {after} of its {whole} days lie after the activity began.")
    return " ".join(said)


def _span(start: date, end: date) -> str:
    return f"{start.day} {start:%b %Y} to {end.day} {end:%b %Y}"
