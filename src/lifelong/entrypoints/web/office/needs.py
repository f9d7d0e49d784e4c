"""Needs: measures and their series, and the files they come from."""

from __future__ import annotations

import csv
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse

from lifelong.entrypoints.web.forms import apply
from lifelong.entrypoints.web.office import gaps
from lifelong.entrypoints.web.office.needs_frame import crumb, figure_of, finding, links, may_edit
from lifelong.entrypoints.web.page import page, viewer_of
from lifelong.kernel.access import Permission
from lifelong.loop.needs import actions, reads

P = Permission
NEED_KINDS = (
    ("knowledge", "do not know"),
    ("competence", "are not able to do"),
    ("performance", "do not do in practice"),
)
LEAST_CHART = 2  # figures that make a line


# --- measures


@page(needs=P.SEE_NEEDS)
def measures(request: HttpRequest) -> HttpResponse:
    """All measures, with search."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]
    search, after = request.GET.get("q", "")[:80], request.GET.get("after", "")[:60]
    found = reads.measures(viewer, provider, search=search, after=after)
    rows = [
        {
            "cells": [
                {
                    "text": row.title,
                    "url": reverse("office-needs-measure", args=[provider.slug, row.pk]),
                    "sub": row.key,
                    "head": True,
                },
                {"text": row.topic or "–", "label": "Topic"},
                {"text": row.unit or "–", "label": "Unit"},
                {"text": _better(row.higher_is_better), "label": "Better when"},
                {"text": "Outcome" if row.is_outcome else "Process", "label": "Kind"},
            ]
        }
        for row in found.rows
    ]
    table = {
        "id": "measures", "caption": "Quality measures", "hide_caption": True, "stack": True, "rows": rows,
        "columns": [{"label": label} for label in ("Measure", "Topic", "Unit", "Better when", "Kind")],
        "filters": links(request, "office-needs"),
        "search": {"label": "Search measures", "name": "q", "value": search, "keep": {}},
        "count_text": f"{len(rows)} shown",
        "next_url": f"?{urlencode({'q': search, 'after': found.next_after})}" if found.next_after else "",
        "empty": {
            "title": "No measure found" if search else "No measures yet",
            "text": "Search for another word." if search else "Import a published quality file or your own table; each figure becomes evidence for a gap.",
            "action": {"label": "Import measures", "url": reverse("office-needs-import", args=[provider.slug])},
        },
    }  # fmt: skip
    context: dict[str, Any] = {
        "page_title": "Needs",
        "answer": "Where is care not yet what it could be?",
        "table": table,
    }
    if may_edit(request):
        context["page_actions"] = [
            {"label": "Import measures", "url": reverse("office-needs-import", args=[provider.slug])},
            {"label": "Register a gap", "url": reverse("office-needs-gap-new", args=[provider.slug]), "main": True},
        ]
    return render(request, "office/needs_list.html", context)


def _better(higher: bool | None) -> str:
    return {True: "higher", False: "lower"}.get(higher, "not known") if higher is not None else "not known"


@page(needs=P.SEE_NEEDS)
def measure(request: HttpRequest, measure_id: int) -> HttpResponse:
    """One measure: choose a place, see its figures against state and nation, take one as a baseline."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]
    row = reads.measure(viewer, provider, measure_id)
    search = request.GET.get("q", "")[:80]
    places = reads.places(viewer, provider, measure_id=measure_id, search=search, limit=12)
    own = reads.own_places(viewer, provider, measure_id) if not search else []
    chosen = request.GET.get("place", "")
    first = own[0] if own else places.rows[0] if places.rows else None
    place_id = int(chosen) if chosen.isdecimal() else first.pk if first else None
    context: dict[str, Any] = {
        "page_title": row.title,
        "kicker": f"{row.key}, better when {_better(row.higher_is_better)}",
        "measure": row,
        "places": [*own, *(one for one in places.rows if one not in own)],
        "place_id": place_id,
        "search": search,
        "breadcrumbs": [crumb(request, "office-needs", "Needs")],
        "may_edit": may_edit(request),
    }
    if place_id is not None:
        series = reads.series(viewer, provider, measure_id, place_id)
        context |= {"series": series, "figure": figure_of(request, series), "notes": _notes(series)}
        if series.last:
            context["answer"] = finding(series)
    return render(request, "office/needs_measure.html", context)


def _notes(series: reads.Series) -> list[str]:
    found = []
    overlapping = sum(point.overlaps_previous for point in series.own.points)
    frozen = sum(point.is_frozen for point in series.own.points)
    if overlapping:
        found.append(
            f"{overlapping} of {len(series.own.points)} figures share months with the figure before them: this is no series of independent points."
        )
    if frozen:
        found.append(f"{frozen} figures repeat the window before them: the publisher printed the same months again.")
    if not series.place.state and series.place.kind == "hospital":
        found.append(
            "The state of this hospital is not known here. Import the hospital list of a release to compare with the state."
        )
    return found


@page(needs=P.SEE_NEEDS)
def figures(request: HttpRequest, measure_id: int) -> HttpResponse:
    """The figures behind the chart, as CSV."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]
    place = request.GET.get("place", "0")
    series = reads.series(viewer, provider, measure_id, int(place) if place.isdecimal() else 0)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{series.measure.key}.csv"'
    writer = csv.writer(response)
    writer.writerow(
        [
            "whose",
            "release",
            "from",
            "until",
            "value",
            "unit",
            "n",
            "low",
            "high",
            "shares months with previous",
            "same window as previous",
        ]
    )
    for line in (series.own, *series.comparisons):
        for one in line.points:
            writer.writerow(
                [
                    _plain_cell(line.label),
                    one.release,
                    one.period_start,
                    one.period_end,
                    one.value,
                    series.measure.unit,
                    one.n,
                    one.low,
                    one.high,
                    one.overlaps_previous,
                    one.is_frozen,
                ]
            )
    return response


def _plain_cell(text: str) -> str:
    """A text that a spreadsheet does not take for a formula."""
    return f"'{text}" if text[:1] in "=+-@\t\r" else text


# --- imports


class ImportForm(forms.Form):
    file = forms.FileField(
        label="Quality file",
        help_text="A published CMS file (CSV, also .gz) or your own table. Figures only: no patient, no name, no record number.",
    )
    release = forms.RegexField(
        r"^20\d\d-(0[1-9]|1[0-2])$", required=False, label="Month of the release",
        help_text="Only where neither the file nor its name says it, for example 2024-07.",
        error_messages={"invalid": "Write year and month, for example 2024-07."},
    )  # fmt: skip


@page(needs=P.SEE_NEEDS)
def imports(request: HttpRequest) -> HttpResponse:
    """Hand in a file; see what was imported before."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]
    form = ImportForm(request.POST or None, request.FILES or None)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            file = form.cleaned_data["file"]
            upload = apply(
                form,
                lambda: actions.upload_measures(
                    viewer, provider, file=file, filename=file.name, release=form.cleaned_data["release"]
                ),
            )
            if upload is not None:
                return redirect("office-needs-upload", slug=provider.slug, upload_id=upload.pk)
        status = 422
    rows = [
        {
            "cells": [
                {
                    "text": one.filename,
                    "url": reverse("office-needs-imported", args=[provider.slug, one.pk]),
                    "sub": one.layout,
                    "head": True,
                },
                {"text": f"{one.points_kept:,}", "number": True, "label": "Kept"},
                {"text": f"{one.points_same:,}", "number": True, "label": "Already here"},
                {"text": f"{one.suppressed:,}", "number": True, "label": "Withheld"},
                {"text": f"{one.refused:,}", "number": True, "label": "Refused"},
            ]
        }
        for one in reads.imports(viewer, provider)
    ]
    table = {
        "id": "imports", "caption": "Files taken in", "rows": rows, "stack": True,
        "columns": [{"label": "File"}, *({"label": label, "number": True} for label in ("Kept", "Already here", "Withheld", "Refused"))],
        "count_text": f"{len(rows)} newest", "empty": {"title": "Nothing imported yet", "text": "Each file is kept here with what was taken and what was refused."},
    }  # fmt: skip
    context = {
        "page_title": "Import measures", "form": form, "table": table, "links": links(request, "office-needs-import"),
        "may_edit": may_edit(request), "breadcrumbs": [crumb(request, "office-needs", "Needs")],
    }  # fmt: skip
    return render(request, "office/needs_import.html", context, status=status)


@page(needs=P.SEE_NEEDS)
def upload(request: HttpRequest, upload_id: int) -> HttpResponse:
    """How far the worker has come; answers with the meter alone when the page asks for it."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]
    row, job = reads.upload(viewer, provider, upload_id)
    finished = row.state != "waiting"
    if row.state == "done" and row.measure_import_id and "HX-Request" not in request.headers:
        return redirect("office-needs-imported", slug=provider.slug, import_id=row.measure_import_id)
    progress = {
        "title": row.filename, "done": job.done if job and job.done else None, "total": job.total if job else 0,
        "sentence": (row.sentence or (job.sentence if job else "")) if finished else "The file is being read.",
        "finished": finished, "poll_url": reverse("office-needs-upload", args=[provider.slug, row.pk]),
        "result_url": reverse("office-needs-imported", args=[provider.slug, row.measure_import_id]) if row.measure_import_id else "",
        "result_label": "See what was imported",
    }  # fmt: skip
    if "HX-Request" in request.headers:
        return render(request, "parts/progress.html", {"progress": progress})
    context = {
        "page_title": "The file was refused" if row.state == "refused" else "The import runs", "upload": row, "progress": progress,
        "breadcrumbs": [crumb(request, "office-needs", "Needs"), crumb(request, "office-needs-import", "Imports")],
    }  # fmt: skip
    return render(request, "office/needs_upload.html", context)


@page(needs=P.SEE_NEEDS)
def imported(request: HttpRequest, import_id: int) -> HttpResponse:
    """What one file brought, and the lines that were refused."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]
    row = reads.measure_import(viewer, provider, import_id)
    refusals = [
        {
            "cells": [
                {"text": str(one.line) if one.line else "–", "head": True, "label": "Line"},
                {"text": one.field or "–", "sub": one.value, "label": "Where"},
                {"text": one.reason, "label": "Why"},
                {"text": one.next_step, "label": "What to do"},
            ]
        }
        for one in row.refusals.all()
    ]
    context = {
        "page_title": row.filename, "answer": actions.sentence_of(row), "kicker": row.layout, "import": row,
        "stats": [
            {"label": "Figures kept", "value": f"{row.points_kept:,}"},
            {"label": "Already here", "value": f"{row.points_same:,}"},
            {"label": "Withheld by the publisher", "value": f"{row.suppressed:,}"},
            {"label": "Lines refused", "value": f"{row.refused:,}"},
        ],
        "table": {
            "id": "refusals", "caption": "Lines that were refused", "rows": refusals, "stack": True,
            "columns": [{"label": label} for label in ("Line", "Where", "Why", "What to do")],
            "count_text": f"{len(refusals)} of {row.refused} shown",
            "empty": {"title": "No line was refused", "text": "Everything in the file was taken, or withheld by its publisher."},
        },
        "breadcrumbs": [crumb(request, "office-needs", "Needs"), crumb(request, "office-needs-import", "Imports")],
    }  # fmt: skip
    return render(request, "office/needs_imported.html", context)


urlpatterns = [
    path("", measures, name="office-needs"),
    path("measures/<int:measure_id>/", measure, name="office-needs-measure"),
    path("measures/<int:measure_id>/figures.csv", figures, name="office-needs-figures"),
    path("import/", imports, name="office-needs-import"),
    path("import/<int:upload_id>/", upload, name="office-needs-upload"),
    path("imports/<int:import_id>/", imported, name="office-needs-imported"),
    *gaps.urlpatterns,
]
