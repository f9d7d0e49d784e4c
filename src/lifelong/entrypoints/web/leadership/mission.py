"""Leadership: the living mission, what is behind each number, the annual report. Nothing here writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse

from lifelong.entrypoints.web.page import page, viewer_of
from lifelong.entrypoints.web.templatetags.lifelong_ui import day
from lifelong.formats.charts import Chart, LineData, Point, Series, line_series, sparkline
from lifelong.kernel import clock
from lifelong.kernel.access import Permission
from lifelong.kernel.problems import NotFound
from lifelong.loop.improvement import reads
from lifelong.rules.verdict import counted

P = Permission
KINDS = {"json": "application/json", "pdf": "application/pdf"}


def year_of(request: HttpRequest) -> int:
    """The year asked for, within reason; else the present one of the provider."""
    provider = request.provider  # type: ignore[attr-defined]  # set by @page
    text = request.GET.get("year") or request.POST.get("year") or ""
    now = clock.today(provider.time_zone).year
    return int(text) if text.isdecimal() and now - 20 <= int(text) <= now + 1 else now


@dataclass(frozen=True, slots=True)
class Paper:
    """A frozen report as a page lists it."""

    title: str
    frozen_at: Any
    snapshot: str
    json_url: str
    pdf_url: str  # "" while it is being made

    @classmethod
    def of(cls, row: Any, name: str, slug: str) -> Paper:
        pdf = reverse(name, args=[slug, row.pk, "pdf"]) if hasattr(row, "pdf") else ""
        return cls(
            f"{row.year}, version {row.version}",
            row.frozen_at,
            row.snapshot,
            reverse(name, args=[slug, row.pk, "json"]),
            pdf,
        )

    @staticmethod
    def response(row: Any, kind: str) -> HttpResponse:
        """The bytes with their name. Raises NotFound for another kind, and while the PDF is being made."""
        if kind not in KINDS:
            raise NotFound("report")
        content, name = reads.report_bytes(row, kind)
        response = HttpResponse(content, content_type=KINDS[kind])
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        return response


@page(needs=P.SEE_MISSION_RESULTS)
def mission(request: HttpRequest) -> HttpResponse:
    """The mission in the office's own words, each measured statement underlined by its attainment."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    year = year_of(request)
    lines = reads.living_mission(viewer, provider, year)
    # blocks in the order of the mission's own text: measured statements that follow each other stand in one list
    blocks: list[dict[str, Any]] = []
    for line in lines:
        if line.heading:
            blocks.append({"heading": line.heading})
        if not line.results:
            blocks.append({"words": line.text})
            continue
        if not blocks or "measured" not in blocks[-1]:
            blocks.append({"measured": []})
        lines_of = [_statement(one, provider.slug) for one in line.results]
        blocks[-1]["measured"].append({"words": f"“{line.text}”", "results": lines_of})
    measured = [one for line in lines for one in line.results]
    reached = sum(one.met is True for one in measured)
    context = {
        "page_title": f"The mission in {year}",
        "answer": f"{reached} of {len(measured)} expected results reached their target.",
        "blocks": blocks,
        "years": [
            {"label": str(one), "url": f"?year={one}", "current": one == year} for one in (year - 2, year - 1, year)
        ],
    }
    return render(request, "leadership/mission.html", context)


def _statement(one: reads.ResultLine, slug: str) -> dict[str, Any]:
    url = f"{reverse('lead-result', args=[slug, one.result.pk])}?year={one.year}"
    return {
        "label": one.result.label, "spoken": f"{one.result.label}, {one.spoken[:1].lower()}{one.spoken[1:]}{'; ' + one.standing if one.standing else ''}",
        "share": None if one.share is None else round(one.share, 1), "url": url,
        "chart": spark(one),
    }  # fmt: skip


@page(needs=P.SEE_MISSION_RESULTS)
def result(request: HttpRequest, result_id: int) -> HttpResponse:
    """One expected result: number, trend, target, activities."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    seen = reads.drill(viewer, provider, result_id, year_of(request))
    line = seen.line
    context = {
        "page_title": line.result.label,
        "kicker": f"Expected result, {line.year}",
        "answer": line.spoken,
        "seen": seen,
        "figure": trend(seen),
        "behind": behind_table(seen),
        "back": f"{reverse('lead-mission', args=[provider.slug])}?year={line.year}",
    }
    return render(request, "leadership/result.html", context)


def points_of(line: reads.ResultLine) -> tuple[Point, ...]:
    """The measured years of a result."""
    return tuple(
        Point(row.year, str(row.year), row.value, row.low, row.high, row.n)
        for row in line.trend
        if row.value is not None
    )


def spark(line: reads.ResultLine) -> Chart | None:
    """The trend as a line in a sentence; None with fewer than two measured years."""
    points = points_of(line)
    return sparkline(Series(line.result.label, points), unit=line.unit) if len(points) > 1 else None


def trend(seen: reads.Drill) -> dict[str, Any] | None:
    """The years of a result as a figure; None with fewer than two measured."""
    line = seen.line
    points = points_of(line)
    if len(points) < 2:
        return None
    title = f"{line.result.label}, {points[0].label} to {points[-1].label}"
    drawn = line_series(
        LineData(title=title, series=Series(line.result.label, points), target=line.result.target, unit=line.unit)
    )
    return {
        "id": "trend",
        "title": title,
        "measure": f"{line.result.indicator_label}; counted: {seen.computed}",
        "chart": drawn,
    }


def behind_table(seen: reads.Drill) -> dict[str, Any]:
    """The activities behind a number; what may not be shown stands as words."""

    def cells(line: reads.DrillLine) -> list[dict[str, Any]]:
        shown = line.shown
        share = f"{shown.percent} %" if shown.percent is not None and seen.line.unit == "%" else "–"
        return [
            {"head": True, "text": line.title},
            {"text": day(line.starts_on), "label": "Begins"},
            {"number": True, "text": share, "label": "Share"},
            {"number": True, "text": "not shown" if shown.n is None else f"{shown.n:,}", "label": "n"},
            {"number": True, "text": "–" if shown.asked is None else f"{shown.asked:,}", "label": "Asked"},
        ]

    return {
        "id": "behind", "caption": "Activities behind the number", "stack": True,
        "columns": [{"label": "Activity"}, {"label": "Begins"}, {"label": "Share", "number": True}, {"label": "n", "number": True}, {"label": "Asked", "number": True}],
        "rows": [{"cells": cells(line)} for line in seen.lines],
        "count_text": counted(seen.activities, "activity", "activities"),
        "empty": {"title": "No activity may be shown", "text": "Nothing was measured, or too few people answered."},
    }  # fmt: skip


@page(needs=P.SEE_MISSION_RESULTS)
def report(request: HttpRequest) -> HttpResponse:
    """The annual report: results, ties to the institution, improvements in order, and the frozen copies."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    year = year_of(request)
    sees_improvement = bool(viewer.grants_for(P.SEE_IMPROVEMENT, provider.pk))
    lines = reads.attainment(viewer, provider, year)
    context = {
        "page_title": f"Annual report {year}",
        "answer": f"{sum(line.met is True for line in lines)} of {len(lines)} expected results reached their target.",
        "lines": lines,
        "ties": reads.year_ties(viewer, provider, year),
        "by_change": reads.by_intended_change(viewer, provider, year),
        "improvements": reads.improvements(viewer, provider, year=year) if sees_improvement else [],
        "papers": [Paper.of(row, "lead-report-file", provider.slug) for row in reads.reports(viewer, provider, year)],
        "years": [
            {"label": str(one), "url": f"?year={one}", "current": one == year} for one in (year - 2, year - 1, year)
        ],
        "slug": provider.slug,
    }
    return render(request, "leadership/report.html", context)


@page(needs=P.SEE_MISSION_RESULTS)
def report_file(request: HttpRequest, report_id: int, kind: str) -> HttpResponse:
    """A frozen report as PDF or as its facts."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    return Paper.response(reads.report(viewer, provider, report_id), kind)


urlpatterns = [
    path("", mission, name="lead-mission"),
    path("result/<int:result_id>/", result, name="lead-result"),
    path("report/", report, name="lead-report"),
    path("report/<int:report_id>.<str:kind>", report_file, name="lead-report-file"),
]
