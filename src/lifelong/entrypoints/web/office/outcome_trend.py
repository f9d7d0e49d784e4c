"""A series from session to session, for the office: attendance and rating as control charts."""

from __future__ import annotations

import csv
import io
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse

from lifelong.entrypoints.web.page import page, viewer_of
from lifelong.entrypoints.web.templatetags.lifelong_ui import day
from lifelong.formats.charts import spc
from lifelong.kernel.access import Permission
from lifelong.loop.outcomes import reads
from lifelong.loop.outcomes.trend import Control, attendance_chart, rating_chart, session_points

P = Permission


@page(needs=P.SEE_OUTCOMES)
def trend(request: HttpRequest, activity_id: int) -> HttpResponse:
    """How many came and how they rated it, each time; what is more than chance is ringed."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    row = reads.activity(viewer, provider, activity_id)
    points = session_points(row)
    csv_url = reverse("office-outcomes-trend-csv", args=[provider.slug, activity_id])
    charts = [
        ("attendance", attendance_chart(points), "people"),
        ("rating", rating_chart(points), "mean of the labelled scales, sessions with enough answers"),
    ]
    figures = [_figure(key, one, words, csv_url) for key, one, words in charts if one is not None]
    context = {
        "page_title": f"{row.title}, session by session", "kicker": "Trend of the series",
        "answer": _answer([one for _, one, _ in charts if one is not None]),
        "breadcrumbs": [
            {"label": "Outcomes", "url": reverse("office-outcomes", args=[provider.slug])},
            {"label": row.title, "url": reverse("office-outcomes-activity", args=[provider.slug, activity_id])},
        ],
        "figures": figures,
        "table": {
            "id": "sessions", "caption": "The sessions, the last first", "stack": True, "csv_url": csv_url,
            "columns": [{"label": "Session"}, {"label": "Day"}, {"label": "Came", "number": True}, {"label": "Rating", "number": True}, {"label": "n", "number": True}],
            "rows": [{"cells": _cells(one)} for one in reversed(points)],
            "empty": {"title": "No session was held yet", "text": "Each session adds a point."},
        },
    }  # fmt: skip
    return render(request, "office/outcome_trend.html", context)


def _figure(key: str, one: Control, words: str, csv_url: str) -> dict[str, Any]:
    return {
        "id": key,
        "title": one.data.title,
        "measure": f"{words}; {one.caption}",
        "chart": spc(one.data),
        "csv_url": csv_url,
    }


def _answer(charts: list[Control]) -> str:
    if not charts:
        return "A trend is drawn from six sessions on."
    signals = sum(bool(point.signal) for one in charts for point in one.data.points)
    shifts = sum(one.runs_signal for one in charts)
    if signals or shifts:
        return f"{signals} session{'' if signals == 1 else 's'} beyond the limits, {shifts} lasting shift{'' if shifts == 1 else 's'}: look for what changed then."
    return "What varies is what chance alone would give."


def _cells(one: Any) -> list[dict[str, Any]]:
    return [
        {"head": True, "text": one.title}, {"text": day(one.on), "label": "Day"}, {"number": True, "text": one.came, "label": "Came"},
        {"number": True, "text": "–" if one.rating is None else f"{one.rating:.1f}", "label": "Rating"},
        {"number": True, "text": one.n or "–", "label": "n"},
    ]  # fmt: skip


@page(needs=P.SEE_OUTCOMES)
def trend_csv(request: HttpRequest, activity_id: int) -> HttpResponse:
    """The points of the charts."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    points = session_points(reads.activity(viewer, provider, activity_id))
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(("session", "day", "came", "rating", "n"))
    writer.writerows(
        (at, one.on, one.came, "hidden" if one.rating is None else f"{one.rating:.3f}", one.n or "")
        for at, one in enumerate(points, start=1)
    )
    response = HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="trend-{activity_id}.csv"'
    return response


urlpatterns = [
    path("activity/<int:activity_id>/trend/", trend, name="office-outcomes-trend"),
    path("activity/<int:activity_id>/trend.csv", trend_csv, name="office-outcomes-trend-csv"),
]
