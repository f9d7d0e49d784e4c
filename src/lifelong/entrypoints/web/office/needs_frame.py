"""What the pages of Needs have in common: their links, their forms, the figure of a series."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from lifelong.entrypoints.web.page import viewer_of
from lifelong.formats import charts
from lifelong.kernel.access import Permission
from lifelong.loop.needs import reads
from lifelong.loop.program import reads as program

P = Permission
LEAST_CHART = 2  # figures that make a line


def links(request: HttpRequest, current: str) -> list[dict[str, Any]]:
    """The parts of Needs, as links above each list."""
    slug = request.provider.slug  # type: ignore[attr-defined]
    parts = (
        ("office-needs", "Measures"),
        ("office-needs-gaps", "Gaps"),
        ("office-needs-sources", "Sources"),
        ("office-needs-import", "Imports"),
    )
    return [
        {"label": label, "url": reverse(name, kwargs={"slug": slug}), "current": name == current}
        for name, label in parts
    ]


def may_edit(request: HttpRequest) -> bool:
    return bool(viewer_of(request).grants_for(P.EDIT_NEEDS, request.provider.pk))  # type: ignore[attr-defined]


def crumb(request: HttpRequest, name: str, label: str, **kwargs: Any) -> dict[str, str]:
    return {"label": label, "url": reverse(name, kwargs={"slug": request.provider.slug, **kwargs})}  # type: ignore[attr-defined]


def source_kinds(request: HttpRequest) -> list[tuple[str, str]]:
    return [(term.key, term.label) for term in program.terms(request.provider, "needs_source")]  # type: ignore[attr-defined]


def form_page(request: HttpRequest, form: forms.Form, title: str, label: str, back: str, **more: Any) -> HttpResponse:
    slug = request.provider.slug  # type: ignore[attr-defined]
    context = {
        "page_title": title, "form": form, "label": label, "cancel_url": reverse(back, kwargs={"slug": slug, **more.pop("back_to", {})}),
        "breadcrumbs": [crumb(request, "office-needs", "Needs")], **more,
    }  # fmt: skip
    return render(request, "office/needs_form.html", context, status=422 if form.errors else 200)


def finding(series: reads.Series) -> str:
    last = series.last
    assert last is not None
    text = f"{last.value:.4g} {series.measure.unit} at {series.place.name}"
    known = [
        (line.label, [one for one in line.points if one.label <= last.label])
        for line in series.comparisons
        if line.kind != "office"
    ]
    others = [
        f"{points[-1].value:.4g} in {label}" for label, points in known if points
    ]  # of the same release, or the last before
    return f"{text}{'; ' + ', '.join(others) if others else ''}."


def figure_of(request: HttpRequest, series: reads.Series) -> dict[str, Any]:
    slug = request.provider.slug  # type: ignore[attr-defined]
    unit = "%" if series.measure.unit == "percent" else series.measure.unit
    figure: dict[str, Any] = {
        "id": "series", "title": finding(series) if series.last else "No figure yet", "measure": f"{series.measure.title} ({series.measure.unit or 'no unit'})",
        "csv_url": f"{reverse('office-needs-figures', args=[slug, series.measure.pk])}?place={series.place.pk}",
        "source": source_of(series),
    }  # fmt: skip
    if len(series.own.points) >= LEAST_CHART:
        order = order_of(series)
        data = charts.LineData(
            title=figure["title"], series=line_of(series.own, order),
            comparisons=tuple(line_of(line, order) for line in series.comparisons), unit=unit, decimals=1,
        )  # fmt: skip
        figure["chart"] = charts.line_series(data)
    return figure


def source_of(series: reads.Series) -> str:
    """Whose figures the chart shows: a publisher is named only for what it published."""
    publisher = series.measure.steward or "the publisher"
    if not series.is_published:
        return "own figures"
    ours = any(line.kind == "office" for line in series.comparisons)
    return f"{publisher}; open dots are our own figures and not those of {publisher}" if ours else publisher


def order_of(series: reads.Series) -> dict[str, float]:
    """Releases on one axis: months where they say months, else their order."""
    releases = sorted({point.label for line in (series.own, *series.comparisons) for point in line.points})
    if all(len(one) == 7 and one[4] == "-" for one in releases):
        return {one: int(one[:4]) * 12 + int(one[5:]) for one in releases}
    return {one: float(position) for position, one in enumerate(releases)}


def line_of(line: reads.SeriesLine, order: dict[str, float]) -> charts.Series:
    name = f"{line.label} (mean of {line.computed_from} places here)" if line.computed_from else line.label
    points = sorted(line.points, key=lambda point: order[point.label])
    return charts.Series(
        name,
        tuple(
            charts.Point(
                order[one.label], one.label, one.value, one.low, one.high, int(one.n) if one.n is not None else None
            )
            for one in points
        ),
        marked=line.kind == "office",
    )
