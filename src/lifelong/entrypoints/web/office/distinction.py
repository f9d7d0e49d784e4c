"""Distinction: signs of standing, what the registers give to commendation, the year beside the national totals."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse

from lifelong.entrypoints.web.leadership.mission import year_of
from lifelong.entrypoints.web.office import kept_figures
from lifelong.entrypoints.web.page import page, viewer_of
from lifelong.entrypoints.web.templatetags.lifelong_ui import day
from lifelong.kernel.access import Permission
from lifelong.loop.improvement import distinction as standing
from lifelong.loop.improvement import registers

P = Permission
# which register feeds a criterion
FEEDS = {"INNOV": "innovation", "COLL": "collaboration", "RES": "research"}


@page(needs=P.SEE_IMPROVEMENT)
def dashboard(request: HttpRequest) -> HttpResponse:
    """The standing of the program in one page."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    year, slug = year_of(request), provider.slug
    seen = standing.stands(viewer, provider, year)
    kept = registers.kept_by(provider)
    said, again = kept_figures.standing(request, year, "distinction", [standing.PEOPLE.name, standing.TOTALS.name])
    met = sum(one.standing.met for one in seen.criteria)
    context = {
        "page_title": f"Distinction {year}",
        "kicker": said,
        "answer": f"{met} of {len(seen.criteria)} criteria of commendation that rest on registers are met.",
        "breadcrumbs": [{"label": "Improvement", "url": f"{reverse('office-improvement', args=[slug])}?year={year}"}],
        "page_actions": [
            *([{"label": "Add a distinction", "url": reverse("office-improvement-entry-new", args=[slug, "distinction"]), "main": True}]
              if viewer.grants_for(P.EDIT_IMPROVEMENT, provider.pk) else []),
            *again,
        ],
        "years": [{"label": str(one), "url": f"?year={one}", "current": one == year} for one in (year - 2, year - 1, year)],
        "stats": [{"label": one.label, "value": one.value, "basis": one.basis} for one in seen.signs],
        "entries": [
            {"text": f"{row.get_kind_display()}, {day(row.on)}: {row.title} ({row.by_whom})", "url": reverse("office-improvement-entry", args=[slug, "distinction", row.pk])}
            for row in seen.entries
        ],
        "criteria": _criteria(seen, slug, kept),
        "benchmark": _benchmark(standing.compared(viewer, provider, year), year),
    }  # fmt: skip
    return render(request, "office/improvement_distinction.html", context)


def _criteria(seen: standing.Stands, slug: str, kept: tuple[str, ...]) -> dict[str, Any]:
    def cells(one: standing.Standing) -> list[dict[str, Any]]:
        row, key = one.standing, FEEDS[one.standing.criterion]
        link = {"url": reverse("office-improvement-register", args=[slug, key])} if key in kept else {}
        state = {"chip": "done", "text": "Met"} if row.met else {"chip": "wait", "text": "Not yet"}
        return [
            {"head": True, "text": one.label, "sub": row.criterion, **link},
            {"number": True, "text": f"{row.count} of {row.needed}", "label": "Counted"},
            {"number": True, "text": f"{row.with_evidence} of {row.evidence_needed}", "label": "With evidence"},
            {"label": "State", **state},
        ]

    return {
        "id": "criteria", "caption": "Commendation: what the registers give", "stack": True,
        "columns": [{"label": "Criterion"}, {"label": "Counted", "number": True}, {"label": "With evidence", "number": True}, {"label": "State"}],
        "rows": [{"cells": cells(one)} for one in seen.criteria],
        "count_text": f"In the {standing.TERM_YEARS} years of a term; what is needed depends on the size of the program.",
    }  # fmt: skip


def _benchmark(lines: tuple[standing.Compared, ...], year: int) -> dict[str, Any]:
    def ours(one: standing.Compared) -> str:
        return "–" if one.ours is None else f"{one.ours:,.0f}"

    return {
        "id": "benchmark", "caption": f"{year} beside the national totals", "stack": True,
        "columns": [{"label": "Figure"}, {"label": f"Ours, {year}", "number": True}, {"label": "Nation", "number": True}, {"label": "Of 100,000", "number": True}, {"label": "Source"}],
        "rows": [
            {"cells": [
                {"head": True, "text": one.label}, {"number": True, "text": ours(one), "label": "Ours"},
                {"number": True, "text": f"{'about ' if one.about else ''}{one.national:,.0f}", "sub": str(one.year), "label": "Nation"},
                {"number": True, "text": "–" if one.per_100_000 is None else f"{one.per_100_000:,.1f}", "label": "Of 100,000"},
                {"text": one.source, "url": one.url, "label": "Source"},
            ]}
            for one in lines
        ],
        "count_text": "Years differ: each national figure stands with its own. Interactions are counted wider since 2017.",
    }  # fmt: skip


urlpatterns = [path("distinction/", dashboard, name="office-improvement-distinction")]
