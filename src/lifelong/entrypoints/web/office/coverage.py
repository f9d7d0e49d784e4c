"""Coverage: what the year's activities take up and what they leave empty; who came, and from where."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse

from lifelong.entrypoints.web.leadership.mission import year_of
from lifelong.entrypoints.web.office import kept_figures
from lifelong.entrypoints.web.page import page, viewer_of
from lifelong.entrypoints.web.templatetags.lifelong_ui import day
from lifelong.formats.charts import Bar, BarData, CoverageData, bars, coverage_matrix
from lifelong.formats.tabular import write
from lifelong.kernel.access import Permission
from lifelong.kernel.problems import NotFound
from lifelong.loop.improvement import audience, coverage, kept_reads, marks

P = Permission
SHOWN_EMPTY = 12
PARTS = {"own": "the program's own lists", "told": "what activities say of themselves"}
NO_HOLES = ("specialty", "reference")  # nobody teaches every specialty; evidence of one kind is evidence
ENTRIES_OF = {"specialty_profession": "specialty"}
KINDS = {"mark": "Share", "reference": "Evidence cited"}


def _figure(matrix: coverage.Matrix, year: int, slug: str, across: str) -> dict[str, Any]:
    """A matrix as a figure, its empty entries in words, and each entry as a link to its activities."""
    hollow = matrix.empty
    said = f"{len(hollow)} of {len(matrix.rows)} are empty" if hollow else f"all {len(matrix.rows)} are covered"
    if matrix.key == "reference":
        totals = dict(zip((key for key, _ in matrix.rows), matrix.totals, strict=True))
        hollow = tuple(label for key, label in matrix.rows if key != "none" and not totals[key])
        cited = totals["clinical_study"]
        said = f"{cited} {'activity cites' if cited == 1 else 'activities cite'} a clinical study"
    if matrix.key == "specialty_profession":
        said = f"{len(matrix.rows)} of {matrix.listed} specialties {'is' if len(matrix.rows) == 1 else 'are'} named"
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
        "title": title, "entries": [
            {"label": label, "count": total, "url": f"{reverse('office-improvement-covered', args=[slug, ENTRIES_OF.get(matrix.key, matrix.key), key])}?{urlencode({'year': year})}"}
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
    """Each list of the program, or each that all programs share, against the activities of the year; the holes come first, in words."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    year, slug = year_of(request), provider.slug
    across = request.GET.get("across", "")
    across = across if across in coverage.ACROSS else "format"
    part = request.GET.get("part", "")
    part = part if part in PARTS else "own"
    found = list(coverage.matrices(viewer, provider, year, across, own=part == "own"))
    context = _frame(request, year) | (_own(request, year) if part == "own" else _told(request, year))
    holes = [label for matrix in found for label in matrix.empty if matrix.key not in NO_HOLES] + context.pop(
        "holes", []
    )
    found += context.pop("matrices", [])
    said, actions = kept_figures.standing(request, year, "coverage", [coverage.MATRICES[across, part == "own"].name])
    context |= {
        "page_title": f"Coverage {year}",
        "kicker": said,
        "page_actions": actions,
        "answer": _answer(holes),
        "folded": part == "told",
        "parts": _links(request, year, "part", PARTS, part),
        "across": _links(request, year, "across", coverage.ACROSS, across),
        "maps": [_figure(matrix, year, slug, across) for matrix in found],
    }
    return render(request, "office/improvement_coverage.html", context)


def _links(request: HttpRequest, year: int, name: str, words: dict[str, str], now: str) -> list[dict[str, Any]]:
    kept = {key: value for key, value in request.GET.items() if key in ("across", "part")} | {"year": str(year)}
    return [
        {"label": label, "url": f"?{urlencode(kept | {name: key})}", "current": key == now}
        for key, label in words.items()
    ]


def _own(request: HttpRequest, year: int) -> dict[str, Any]:
    """Beside the program's own lists: how broad the year is, the five core competencies, the specialties of those who came."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    special = coverage.specialties(viewer, provider, year)
    core = coverage.iom(viewer, provider, year)
    holes = [name for name, n in zip(core.columns, core.counts[-1], strict=True) if not n] if core else []
    return {
        "holes": holes,
        "variety": _variety(marks.variety(viewer, provider, year), year, provider.slug),
        "core": _core(core, year, provider.slug) if core else None,
        "special": special,
        "split": [{"label": f"{group.capitalize()} specialties", "value": n, "basis": "activities that reached them"} for group, n in special.groups],
        "specialties": _specialties(special),
    }  # fmt: skip


def _told(request: HttpRequest, year: int) -> dict[str, Any]:
    """Beside the lists all programs share: the shares asked for, and the audience as professions by specialties."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    matrix = coverage.specialties_by_profession(viewer, provider, year)
    stats = [
        {
            "label": mark.label, "value": "–" if mark.percent is None else f"{mark.percent:.0f} %",
            "basis": f"{mark.n} of {mark.of} activities; {mark.of - mark.said} do not say",
            "url": f"{reverse('office-improvement-covered', args=[provider.slug, 'mark', mark.key])}?{urlencode({'year': year})}" if mark.n else "",
        }
        for mark in kept_reads.marks(viewer, provider, year)
    ]  # fmt: skip
    return {"matrices": [matrix] if matrix else [], "marks": stats}


def _variety(found: tuple[marks.Variety, ...], year: int, slug: str) -> dict[str, Any] | None:
    if not found:
        return None
    least = min(found, key=lambda one: one.used / one.of)
    title = f"Broadest where every entry is taken up; narrowest in: {least.label.lower()}"
    drawn = bars(BarData(title=title, bars=tuple(Bar(f"{one.label} ({one.used} of {one.of})", 100 * one.used / one.of) for one in found), unit="%"))  # fmt: skip
    return {
        "id": "variety", "title": title, "chart": drawn,
        "measure": f"Variety of {year}: the share of each list's entries that at least one activity takes up.",
        "csv_url": f"{reverse('office-improvement-coverage-csv', args=[slug, 'variety'])}?{urlencode({'year': year})}",
    }  # fmt: skip


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
    keep = {key: value for key, value in request.GET.items() if key in ("across", "part")}
    return {
        "breadcrumbs": [{"label": "Improvement", "url": f"{reverse('office-improvement', args=[slug])}?year={year}"}],
        "years": [
            {"label": str(one), "url": f"?{urlencode({**keep, 'year': one})}", "current": one == year}
            for one in (year - 2, year - 1, year)
        ],
    }


def _behind(
    request: HttpRequest, year: int, taxonomy: str, key: str
) -> tuple[str, list[str], list[tuple[Any, list[str]]]]:
    """The entry's label, further columns, and its activities with what stands in those."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    if (taxonomy, key) == ("mark", "translation"):
        label = coverage.behind(viewer, provider, year, taxonomy, key, 0)[0]
        lines = marks.translations(viewer, provider, year)
        return label, ["Source study", "Change in practice"], [
            (one.activity, ["; ".join(one.studies) or "not named yet", one.change or "not said yet"]) for one in lines
        ]  # fmt: skip
    label, rows = coverage.behind(viewer, provider, year, taxonomy, key)
    return label, [], [(row, []) for row in rows]


@page(needs=P.SEE_IMPROVEMENT)
def covered(request: HttpRequest, taxonomy: str, key: str) -> HttpResponse:
    """The activities behind one entry."""
    year, slug = year_of(request), request.provider.slug  # type: ignore[attr-defined]  # set by @page
    label, further, rows = _behind(request, year, taxonomy, key)
    names = coverage.LISTS | coverage.shared() | KINDS
    csv = reverse("office-improvement-covered-csv", args=[slug, taxonomy, key])
    context = _frame(request, year) | {
        "page_title": label, "kicker": f"{names.get(taxonomy, 'List')}, {year}",
        "answer": f"{len(rows)} {'activity takes' if len(rows) == 1 else 'activities take'} this up in {year}.",
        "table": {
            "id": "covered", "caption": f"Activities: {label}", "stack": True, "csv_url": f"{csv}?{urlencode({'year': year})}",
            "columns": [{"label": "Number", "number": True}, {"label": "Activity"}, {"label": "Begins"}, *({"label": one} for one in further)],
            "rows": [
                {"cells": [
                    {"number": True, "text": row.number, "label": "Number"},
                    {"head": True, "text": row.title, "url": reverse("office-planning-activity", args=[slug, row.pk])},
                    {"text": day(row.starts_on), "label": "Begins"},
                    *({"text": text, "label": one} for one, text in zip(further, said, strict=True)),
                ]}
                for row, said in rows
            ],
            "count_text": f"{len(rows)} activities", "empty": {"title": "Nothing covers this", "text": "Plan an activity that takes it up."},
        },
    }  # fmt: skip
    context["breadcrumbs"].append({"label": "Coverage", "url": f"{reverse('office-improvement-coverage', args=[slug])}?year={year}"})  # fmt: skip
    return render(request, "office/improvement_covered.html", context)


@page(needs=P.SEE_IMPROVEMENT)
def covered_csv(request: HttpRequest, taxonomy: str, key: str) -> HttpResponse:
    """The activities behind one entry as CSV."""
    year = year_of(request)
    _, further, rows = _behind(request, year, taxonomy, key)
    header = ["Number", "Activity", "Begins", *further]
    return _csv(
        f"{taxonomy}-{key}-{year}", header, [[row.number, row.title, row.starts_on, *said] for row, said in rows]
    )


def _csv(name: str, header: list[str], rows: list[list[Any]]) -> HttpResponse:
    response = HttpResponse(write(header, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


@page(needs=P.SEE_IMPROVEMENT)
def matrix_csv(request: HttpRequest, key: str) -> HttpResponse:
    """One matrix as CSV: entry, columns, all."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    year = year_of(request)
    if key == "variety":
        lines = marks.variety(viewer, provider, year)
        return _csv(
            f"variety-{year}", ["List", "Entries taken up", "Entries"], [[v.label, v.used, v.of] for v in lines]
        )
    found = _matrix(request, year, key)
    if found is None:
        raise NotFound("coverage")
    rows = [
        [label, *counts, total]
        for (_, label), counts, total in zip(found.rows, found.counts, found.totals, strict=True)
    ]
    return _csv(f"coverage-{key}-{year}", [found.title, *found.columns, "All"], rows)


def _matrix(request: HttpRequest, year: int, key: str) -> coverage.Matrix | None:
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    if key == "iom":
        return coverage.iom(viewer, provider, year)
    if key == "specialty_profession":
        return coverage.specialties_by_profession(viewer, provider, year)
    across = request.GET.get("across", "")
    own = key in coverage.LISTS
    return next((one for one in coverage.matrices(viewer, provider, year, across, own=own) if one.key == key), None)


# --- who came


@page(needs=P.SEE_IMPROVEMENT)
def reached(request: HttpRequest) -> HttpResponse:
    """Learners by profession, affiliation, training and place; methods, teams and pharmacy."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    year, slug = year_of(request), provider.slug
    who = audience.audience(viewer, provider, year)
    shares = coverage.shares(viewer, provider, year)
    csv = reverse("office-improvement-reach-csv", args=[slug])
    said, actions = kept_figures.standing(request, year, "reach", [audience.AUDIENCE.name, coverage.SHARES.name])
    context = _frame(request, year) | {
        "page_title": f"Who came in {year}",
        "kicker": said,
        "page_actions": actions,
        "answer": f"{who.learners:,} learners, each counted once. Groups of fewer than {who.least} people are folded together.",
        "tables": [_people(table, f"{csv}?{urlencode({'year': year})}") for table in (who.by_profession, who.by_reach)],
        "places": [_places("states", "Learners in the United States by state of practice", who.states), _places("licences", "Learners by state of licence", who.licences), _places("nations", "Learners by country", who.nations)],
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
    for title, lines in (
        ("State of practice", who.states),
        ("State of licence", who.licences),
        ("Countries", who.nations),
    ):
        rows += [[title, name, "", n] for name, n in lines]
    return _csv(f"learners-{year}", ["Table", "Group", "Column", "Learners"], rows)


urlpatterns = [
    path("coverage/", maps, name="office-improvement-coverage"),
    path("coverage/<slug:key>.csv", matrix_csv, name="office-improvement-coverage-csv"),
    path("coverage/<slug:taxonomy>/<slug:key>/", covered, name="office-improvement-covered"),
    path("coverage/<slug:taxonomy>/<slug:key>.csv", covered_csv, name="office-improvement-covered-csv"),
    path("reach/", reached, name="office-improvement-reach"),
    path("reach/learners.csv", reach_csv, name="office-improvement-reach-csv"),
    *kept_figures.urlpatterns,
]
