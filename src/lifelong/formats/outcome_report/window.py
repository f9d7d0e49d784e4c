"""The window strip: which days a figure covers, against the days of the activity."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from lifelong.formats.charts import Chart
from lifelong.formats.charts.draw import Canvas, linear

LEFT, RIGHT, TOP, STEP = 150.0, 24.0, 26.0, 34.0


def window_strip(
    title: str, windows: Sequence[tuple[str, date, date]], activity: tuple[date, date], width: int = 640
) -> Chart:
    """One bar a window (name, first day, last day) and the days of the activity as a dashed line. Windows run from the left."""
    first = min([start for _, start, _ in windows] + [activity[0]])
    last = max([end for _, _, end in windows] + [activity[1]])
    height = TOP + STEP * len(windows) + 30
    canvas = Canvas(width, height)
    x = linear((first.toordinal(), last.toordinal()), (LEFT, width - RIGHT))
    floor = TOP + STEP * len(windows)
    for year in range(first.year, last.year + 2):
        day = date(year, 1, 1)
        if first <= day <= last:
            canvas.line("c-grid", x(day.toordinal()), TOP - 4, x(day.toordinal()), floor)
            canvas.text("c-quiet", x(day.toordinal()), floor + 14, str(year), "middle")
    for at, (name, start, end) in enumerate(windows):
        middle = TOP + STEP * (at + 0.5)
        canvas.text("c-text", LEFT - 12, middle, name, "end")
        looks = "c-bar" if end >= activity[0] else "c-bar-grey"
        after = max(start, activity[0])
        canvas.rect(
            "c-bar-grey",
            x(start.toordinal()),
            middle - 8,
            x(end.toordinal()) - x(start.toordinal()),
            16,
            f"{name}: {_span(start, end)}",
        )
        if looks == "c-bar":
            canvas.rect(
                looks,
                x(after.toordinal()),
                middle - 8,
                x(end.toordinal()) - x(after.toordinal()),
                16,
                f"{name}: {_span(start, end)}",
            )
    canvas.line("c-target", x(activity[0].toordinal()), TOP - 10, x(activity[0].toordinal()), floor)
    near_end = x(activity[0].toordinal()) > width - 120
    canvas.text(
        "c-name",
        x(activity[0].toordinal()) + (-6 if near_end else 6),
        TOP - 14,
        "activity begins",
        "end" if near_end else "start",
    )
    rows = [("Window", "From", "To", "Days after the activity began")]
    for name, start, end in windows:
        after_days = max((end - max(start, activity[0])).days + 1, 0)
        rows.append((name, start.isoformat(), end.isoformat(), str(after_days)))
    return canvas.finish(title, _words(windows, activity[0]), rows)


def _words(windows: Sequence[tuple[str, date, date]], begins: date) -> str:
    said = []
    for name, start, end in windows:
        whole, after = (end - start).days + 1, max((end - max(start, begins)).days + 1, 0)
        said.append(f"{name} covers {_span(start, end)}: {after} of its {whole} days lie after the activity began.")
    return " ".join(said)


def _span(start: date, end: date) -> str:
    return f"{start.day} {start:%b %Y} to {end.day} {end:%b %Y}"
