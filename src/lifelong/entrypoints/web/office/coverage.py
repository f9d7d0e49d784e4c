"""Coverage: what the year's activities take up and what they leave empty; who came, and from where."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse

from lifelong.entrypoints.web.leadership.mission import year_of
from lifelong.entrypoints.web.page import page, viewer_of
from lifelong.entrypoints.web.templatetags.lifelong_ui import day
from lifelong.formats.charts import Bar, BarData, CoverageData, bars, coverage_matrix
from lifelong.formats.tabular import write
from lifelong.kernel.access import Permission
from lifelong.kernel.problems import NotFound
from lifelong.loop.improvement import audience, coverage

P = Permission
SHOWN_EMPTY = 12


def _figure(matrix: coverage.Matrix, year: int, slug: str, across: str) -> dict[str, Any]:
    """A matrix as a figure, its empty entries in words, and each entry as a link to its activities."""
    hollow = matrix.empty
    said = f"{len(hollow)} of {len(matrix.rows)} are empty" if hollow else f"all {len(matrix.rows)} are covered"
    title = f"{matrix.title}: {said}"
    chart = coverage_matrix(
        CoverageData(title=title, rows=tuple(label for _, label in matrix.rows), columns=matrix.columns, counts=matrix.counts)
    )  # fmt: skip
    query = urlencode({"year": year, "across": across})
    return {
        "figure": {
            "id": matrix.key, "title": title, "measure": f"Activities that met in {year}; an activity counts in every row it names.",
            "chart": chart, "csv_url": f"{reverse('office-improvement-coverage-csv', args=[slug, matrix.key])}?{query}",
        },
        "unused": matrix.unused, "empty": hollow[:SHOWN_EMPTY], "more": max(len(hollow) - SHOWN_EMPTY, 0),
        "entries": [
            {"label": label, "count": total, "url": f"{reverse('office-improvement-covered', args=[slug, matrix.key, key])}?{urlencode({'year': year})}"}
            for (key, label), total in zip(matrix.rows, matrix.totals, strict=True)
            if total
        ],
    }  # fmt: skip


def _answer(holes: list[str]) -> str:
    if not holes:
        return "Every entry of the program's lists has an activity."
    named = "; ".join(holes[:4]) + (f" and {len(holes) - 4} more" if len(holes) > 4 else "")
    return f"Nothing takes up: {named}."


@page(needs=P.SEE_IMPROVEMENT)
def maps(request: HttpRequest) -> HttpResponse:
    """Each list of the program against the activities of the year; the holes come first, in words."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    year, slug = year_of(request), provider.slug
    across = request.GET.get("across", "")
    across = across if across in coverage.ACROSS else "format"
    found = coverage.matrices(viewer, provider, year, across)
    special = coverage.specialties(viewer, provider, year)
    core = coverage.iom(viewer, provider, year)
    holes = [label for matrix in found for label in matrix.empty]
    holes += [name for name, n in zip(core.columns, core.counts[-1], strict=True) if not n] if core else []
    context = _frame(request, year) | {
        "page_title": f"Coverage {year}",
        "answer": _answer(holes),
        "across": [
            {"label": words, "url": f"?{urlencode({'year': year, 'across': key})}", "current": key == across}
            for key, words in coverage.ACROSS.items()
        ],
        "maps": [_figure(matrix, year, slug, across) for matrix in found],
        "core": _core(core, year, slug) if core else None,
        "special": special,
        "split": [{"label": f"{group.capitalize()} specialties", "value": n, "basis": "activities that reached them"} for group, n in special.groups],
        "specialties": _specialties(special),
    }  # fmt: skip
    return render(request, "office/improvement_coverage.html", context)


def _core(matrix: coverage.Matrix, year: int, slug: str) -> dict[str, Any]:
    zero = [name for name, n in zip(matrix.columns, matrix.counts[-1], strict=True) if not n]
    title = f"Nothing serves: {', '.join(zero)}" if zero else "All five core competencies are served"
    chart = coverage_matrix(
        CoverageData(title=title, rows=tuple(label for _, label in matrix.rows), columns=matrix.columns, counts=matrix.counts)
    )  # fmt: skip
    return {
        "id": "iom", "title": title, "chart": chart, "source": "our reading of both lists: loop/improvement/coverage.toml",
        "measure": f"The program in {year} against the five core competencies of the National Academies; not asked of each activity.",
        "csv_url": f"{reverse('office-improvement-coverage-csv', args=[slug, 'iom'])}?{urlencode({'year': year})}",
    }  # fmt: skip


def _specialties(special: coverage.Specialties) -> dict[str, Any]:
    return {
        "id": "specialties", "caption": "Specialties of those who came", "tall": True,
        "columns": [{"label": "Specialty"}, {"label": "Group"}, {"label": "Activities", "number": True}],
        "rows": [
            {"cells": [{"head": True, "text": label}, {"text": group.capitalize()}, {"number": True, "text": "too few people" if n is None else n}]}
            for label, group, n in special.lines
        ],
        "count_text": f"{len(special.lines)} reached, {len(special.empty)} not",
        "empty": {"title": "Nobody with a known specialty came", "text": "Specialties come from the profiles of learners."},
    }  # fmt: skip


def _frame(request: HttpRequest, year: int) -> dict[str, Any]:
    slug = request.provider.slug  # type: ignore[attr-defined]  # set by @page
    keep = {key: value for key, value in request.GET.items() if key == "across"}
    return {
        "breadcrumbs": [{"label": "Improvement", "url": f"{reverse('office-improvement', args=[slug])}?year={year}"}],
        "years": [
            {"label": str(one), "url": f"?{urlencode({**keep, 'year': one})}", "current": one == year}
            for one in (year - 2, year - 1, year)
        ],
    }


@page(needs=P.SEE_IMPROVEMENT)
def covered(request: HttpRequest, taxonomy: str, key: str) -> HttpResponse:
    """The activities behind one entry."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    year, slug = year_of(request), provider.slug
    label, rows = coverage.behind(viewer, provider, year, taxonomy, key)
    context = _frame(request, year) | {
        "page_title": label, "kicker": f"{coverage.LISTS.get(taxonomy, 'List')}, {year}", "answer": f"{len(rows)} activities of {year} take this up.",
        "table": {
            "id": "covered", "caption": f"Activities: {label}", "stack": True,
            "columns": [{"label": "Number", "number": True}, {"label": "Activity"}, {"label": "Begins"}],
            "rows": [
                {"cells": [
                    {"number": True, "text": row.number, "label": "Number"},
                    {"head": True, "text": row.title, "url": reverse("office-planning-activity", args=[slug, row.pk])},
                    {"text": day(row.starts_on), "label": "Begins"},
                ]}
                for row in rows
            ],
            "count_text": f"{len(rows)} activities", "empty": {"title": "Nothing covers this", "text": "Plan an activity that takes it up."},
        },
    }  # fmt: skip
    context["breadcrumbs"].append({"label": "Coverage", "url": f"{reverse('office-improvement-coverage', args=[slug])}?year={year}"})  # fmt: skip
    return render(request, "office/improvement_covered.html", context)


def _csv(name: str, header: list[str], rows: list[list[Any]]) -> HttpResponse:
    response = HttpResponse(write(header, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


@page(needs=P.SEE_IMPROVEMENT)
def matrix_csv(request: HttpRequest, key: str) -> HttpResponse:
    """One matrix as CSV: entry, columns, all."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    year = year_of(request)
    if key == "iom":
        found = coverage.iom(viewer, provider, year)
    else:
        across = request.GET.get("across", "")
        found = next((one for one in coverage.matrices(viewer, provider, year, across) if one.key == key), None)
    if found is None:
        raise NotFound("coverage")
    rows = [
        [label, *counts, total]
        for (_, label), counts, total in zip(found.rows, found.counts, found.totals, strict=True)
    ]
    return _csv(f"coverage-{key}-{year}", [found.title, *found.columns, "All"], rows)


# --- who came


@page(needs=P.SEE_IMPROVEMENT)
def reached(request: HttpRequest) -> HttpResponse:
    """Learners by profession, affiliation, training and place; methods, teams and pharmacy."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    year, slug = year_of(request), provider.slug
    who = audience.audience(viewer, provider, year)
    shares = coverage.shares(viewer, provider, year)
    csv = reverse("office-improvement-reach-csv", args=[slug])
    context = _frame(request, year) | {
        "page_title": f"Who came in {year}",
        "answer": f"{who.learners:,} learners, each counted once. Groups of fewer than {who.least} people are folded together.",
        "tables": [_people(table, f"{csv}?{urlencode({'year': year})}") for table in (who.by_profession, who.by_reach)],
        "places": [_places("states", "Learners in the United States by state", who.states), _places("nations", "Learners by country", who.nations)],
        "methods": _methods(shares, year),
        "teams": _teams(shares, year),
        "findings": [{"sentence": one.sentence, "next_step": f"{one.next_step} ({one.rule})", "severity": "warn"} for one in shares.rule],
        "rule_basis": shares.rule_basis,
        "pharmacy": shares.pharmacy_formats,
    }  # fmt: skip
    return render(request, "office/improvement_reach.html", context)


def _people(table: audience.Crossed, csv_url: str) -> dict[str, Any]:
    every = [("All learners", table.totals)] if table.rows else []
    return {
        "id": f"people-{table.columns[0].split()[0].lower()}", "caption": table.title, "csv_url": csv_url,
        "columns": [{"label": "Learners"}, *({"label": name, "number": True} for name in table.columns), {"label": "All", "number": True}],
        "rows": [
            {"cells": [{"head": True, "text": label}, *({"number": True, "text": f"{n:,}"} for n in counts), {"number": True, "text": f"{sum(counts):,}"}]}
            for label, counts in (*table.rows, *every)
        ],
        "count_text": f"{table.total:,} learners in all",
        "empty": {"title": "The groups are too small to be shown", "text": "Or nobody came in this year."},
    }  # fmt: skip


def _places(key: str, caption: str, lines: tuple[tuple[str, int], ...]) -> dict[str, Any]:
    return {
        "id": key, "caption": caption, "tall": len(lines) > 15, "columns": [{"label": "Place"}, {"label": "Learners", "number": True}],
        "rows": [{"cells": [{"head": True, "text": name}, {"number": True, "text": f"{n:,}"}]} for name, n in lines],
        "count_text": f"{sum(n for _, n in lines):,} learners", "empty": {"title": "Nothing to show", "text": "Nobody came, or the groups are too small."},
    }  # fmt: skip


def _methods(shares: coverage.Shares, year: int) -> dict[str, Any] | None:
    if not shares.activities:
        return None
    used = [(name, n) for name, n in shares.methods if n]
    title = f"{len(used)} of {len(shares.methods)} methods of engagement are used"
    drawn = bars(BarData(title=title, bars=tuple(Bar(name, 100 * n / shares.activities, n=n) for name, n in shares.methods), unit="%"))  # fmt: skip
    return {
        "id": "methods", "title": title, "chart": drawn,
        "measure": f"Share of the {shares.activities:,} activities of {year} with at least one session of the kind; all are counted, so there is no interval.",
    }  # fmt: skip


def _teams(shares: coverage.Shares, year: int) -> dict[str, Any]:
    def share(part: int, whole: int) -> str:
        return f"{100 * part / whole:.0f} % ({part:,} of {whole:,})" if whole else "–"

    return {
        "id": "teams", "caption": "Interprofessional activities, with the trend",
        "columns": [{"label": "Year"}, {"label": "Of all activities", "number": True}, {"label": "Of pharmacy activities", "number": True}],
        "rows": [
            {"cells": [{"head": True, "text": str(at)}, {"number": True, "text": share(inter, every)}, {"number": True, "text": share(both, pharmacy)}]}
            for at, every, inter, pharmacy, both in shares.years
        ],
        "count_text": f"Activities that met in the year, up to {year}", "empty": {"title": "No activity met", "text": "The share begins with the first activity."},
    }  # fmt: skip


@page(needs=P.SEE_IMPROVEMENT)
def reach_csv(request: HttpRequest) -> HttpResponse:
    """The tables of people as CSV, folded as on the page."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    year = year_of(request)
    who = audience.audience(viewer, provider, year)
    rows: list[list[Any]] = []
    for table in (who.by_profession, who.by_reach):
        for label, counts in (*table.rows, ("All learners", table.totals)):
            rows += [[table.title, label, name, n] for name, n in zip(table.columns, counts, strict=True)]
    rows += [["States", name, "", n] for name, n in who.states] + [
        ["Countries", name, "", n] for name, n in who.nations
    ]
    return _csv(f"learners-{year}", ["Table", "Group", "Column", "Learners"], rows)


urlpatterns = [
    path("coverage/", maps, name="office-improvement-coverage"),
    path("coverage/<slug:key>.csv", matrix_csv, name="office-improvement-coverage-csv"),
    path("coverage/<slug:taxonomy>/<slug:key>/", covered, name="office-improvement-covered"),
    path("reach/", reached, name="office-improvement-reach"),
    path("reach/learners.csv", reach_csv, name="office-improvement-reach-csv"),
]
