"""A series from session to session: attendance and rating as control charts; without the statistics packages as run charts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db.models import Avg, Count

from lifelong.formats.charts import SpcData, Subgroup
from lifelong.kernel import clock
from lifelong.loop.delivery.models import Attendance
from lifelong.loop.planning.models import Activity
from lifelong.loop.surveys.models import Answer, Question
from lifelong.loop.surveys.reads import minimum_group

LONGEST = 120
NEEDED = 6  # points before a line is drawn
Rows = Sequence[tuple[dt.date, float, int | None]]


@dataclass(frozen=True, slots=True)
class SessionPoint:
    """A session: `came` in people; `rating` is the mean of the labelled scales with `n` answers (None below the smallest group)."""

    session_id: int
    title: str
    on: dt.date
    came: int
    rating: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Control:
    """A chart's data with what was judged: `caption` names chart and rules; `runs_signal` by the rules of Anhøj."""

    data: SpcData
    caption: str
    runs_signal: bool
    has_limits: bool


def session_points(of: Activity) -> tuple[SessionPoint, ...]:
    """The last sessions held, in order. Three queries."""
    held = list(of.sessions.filter(cancelled_at=None, ends_at__lte=clock.now()).order_by("-starts_at")[:LONGEST])[::-1]
    ids = [one.pk for one in held]
    marks = Attendance.objects.filter(session__in=ids, voided_at=None).order_by()
    came = dict(marks.values("session").annotate(n=Count("pk")).values_list("session", "n"))
    answers = Answer.objects.filter(
        response__subject_type="session", response__subject_id__in=ids, question__kind=Question.Kind.LIKERT, number__isnull=False
    )  # fmt: skip
    rated = {
        pk: (n, mean)
        for pk, n, mean in answers.order_by().values("response__subject_id")
        .annotate(n=Count("response", distinct=True), mean=Avg("number"))
        .values_list("response__subject_id", "n", "mean")
    }  # fmt: skip
    least, zone = minimum_group(), ZoneInfo(of.time_zone)
    points = []
    for one in held:
        n, mean = rated.get(one.pk, (0, None))
        few = n < least
        points.append(
            SessionPoint(
                one.pk, one.title, one.starts_at.astimezone(zone).date(), came.get(one.pk, 0), None if few else mean, 0 if few else n
            )
        )  # fmt: skip
    return tuple(points)


def attendance_chart(points: tuple[SessionPoint, ...]) -> Control | None:
    """How many came to each session."""
    rows = [(one.on, float(one.came), None) for one in points]
    return _chart("Attendance, session by session", rows, 0)


def rating_chart(points: tuple[SessionPoint, ...]) -> Control | None:
    """The mean rating of each session that enough people rated."""
    rows = [(one.on, one.rating, one.n) for one in points if one.rating is not None]
    return _chart("Rating, session by session", rows, 1)


def _chart(title: str, rows: Rows, decimals: int) -> Control | None:
    if len(rows) < NEEDED:
        return None
    return _with_limits(title, rows, decimals) or _run_chart(title, rows, decimals)


def _with_limits(title: str, rows: Rows, decimals: int) -> Control | None:
    """Individuals chart with three sigma and the rules of Anhøj; None where the packages are missing or the method refuses."""
    try:
        import pandas as pd  # noqa: PLC0415 -- an extra

        from lifelong.methods.control_chart import ControlChart, control_chart  # noqa: PLC0415 -- an extra
        from lifelong.methods.result import RefusedError  # noqa: PLC0415 -- an extra
    except ImportError:
        return None
    frame = pd.DataFrame({"session": range(1, len(rows) + 1), "value": [value for _, value, _ in rows]})
    try:
        result = control_chart(frame, ControlChart(period="session", value="value", chart="i"))
    except RefusedError:
        return None
    judged = result.tables["points"]
    points = tuple(
        Subgroup(_label(on), value, row["centre"], max(row["low"], 0.0), row["high"], n, row["why"])
        for (on, value, n), row in zip(rows, judged, strict=True)
    )
    runs = bool(result.details["runs_signal"])
    words = "runs point to a lasting shift" if runs else "no run points to a shift"
    caption = f"individuals chart, limits 3 sigma, rules of Anhøj: {words}"
    return Control(SpcData(title=title, points=points, decimals=decimals), caption, runs, True)


def _run_chart(title: str, rows: Rows, decimals: int) -> Control:
    ordered = sorted(value for _, value, _ in rows)
    half = len(ordered) // 2
    median = ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2
    points = tuple(Subgroup(_label(on), value, median, n=n) for on, value, n in rows)
    caption = "run chart around the median; limits need the statistics packages"
    return Control(SpcData(title=title, points=points, decimals=decimals), caption, False, False)


def _label(on: dt.date) -> str:
    return f"{on.day} {on:%b %y}"
