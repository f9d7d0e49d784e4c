"""Quality and excellence: which activities are below a threshold, what reviewers found, and the level each reached."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse

from lifelong.entrypoints.web.forms import apply
from lifelong.entrypoints.web.page import page, viewer_of
from lifelong.kernel import clock
from lifelong.kernel.access import Permission, may
from lifelong.loop.outcomes import actions, quality
from lifelong.loop.outcomes.levels import NAMES
from lifelong.rules.verdict import counted

P = Permission
SHOWN = 100
YEARS = range(2000, 2100)


class ThresholdForm(forms.Form):
    """One percentage an indicator."""

    def __init__(self, *args: Any, holds: dict[str, float], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for one in quality.indicators():
            self.fields[one.key] = forms.FloatField(
                label=f"{one.label}: at least, in percent", initial=f"{holds[one.key]:g}", help_text=f"Share who {one.about}.",
                widget=forms.NumberInput(attrs={"min": 0, "max": 100, "step": "any"}),
            )  # fmt: skip


@page(needs=P.SEE_OUTCOMES)
def board(request: HttpRequest) -> HttpResponse:
    """Activities of a year against the thresholds of the program. POST sets the thresholds."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    edits = may(viewer, P.EDIT_OUTCOMES, provider)
    holds = quality.thresholds(provider)
    form = ThresholdForm(request.POST if request.method == "POST" and edits else None, holds=holds)
    valid = request.method == "POST" and edits and form.is_valid()
    if valid and apply(form, lambda: actions.set_thresholds(viewer, provider, percents=form.cleaned_data)) is not None:
        messages.success(request, "The thresholds are set; the list below follows them.")
        return redirect("office-outcomes-quality", provider.slug)
    year = _year(request, clock.today(provider.time_zone).year)
    rows = quality.quality(viewer, provider, year)
    review, everything = quality.for_review(rows), request.GET.get("show") == "all"
    context = {
        "page_title": f"Quality of activities, {year}",
        "answer": f"{counted(len(review), 'activity is', 'activities are')} below a threshold and to be reviewed."
        if review else "No activity is below a threshold." if any(one.n for row in rows for one in row.figures) else "Too few have evaluated yet.",
        "breadcrumbs": [{"label": "Outcomes", "url": reverse("office-outcomes", args=[provider.slug])}],
        "years": [{"label": str(one), "url": f"?year={one}", "current": one == year} for one in (year - 1, year, year + 1)],
        "table": _table(rows if everything else review, len(review), len(rows), everything, provider.slug, year),
        "benchmark": _benchmark(rows, provider.slug), "form": form if edits else None, "label": "Set the thresholds",
        "holds": [(one.label, f"{holds[one.key]:g} %", one.about) for one in quality.indicators()],
    }  # fmt: skip
    return render(request, "office/outcome_quality.html", context, status=422 if form.errors else 200)


def _year(request: HttpRequest, usual: int) -> int:
    asked = request.GET.get("year", "")
    return int(asked) if asked.isdecimal() and int(asked) in YEARS else usual


def _table(rows: Any, below: int, total: int, everything: bool, slug: str, year: int) -> dict[str, Any]:
    labels = [one.label for one in quality.indicators()]
    return {
        "id": "quality", "caption": "Activities and their figures", "stack": True,
        "columns": [{"label": "Activity"}, *({"label": label, "number": True} for label in labels)],
        "rows": [{"cells": [_name(one, slug), *(figure_cell(each) for each in one.figures)]} for one in rows[:SHOWN]],
        "filters": [
            {"label": "For review", "count": below, "url": f"?year={year}", "current": not everything},
            {"label": "All activities", "count": total, "url": f"?year={year}&show=all", "current": everything},
        ],
        "count_text": f"{min(len(rows), SHOWN)} of {len(rows)}",
        "empty": {"title": "Nothing to review", "text": "An activity stands here when a share lies below its threshold; fewer than five answers are never judged."},
    }  # fmt: skip


def _name(one: quality.Quality, slug: str) -> dict[str, Any]:
    return {"head": True, "text": one.title, "url": reverse("office-outcomes-activity", args=[slug, one.activity_id])}


def figure_cell(one: quality.Figure, *, judged: bool = True) -> dict[str, Any]:
    """A share with its interval and n; `judged`: below the threshold with a word, not with colour alone."""
    if one.percent is None:
        return {
            "number": True,
            "text": "–",
            "sub": "too few answers" if one.is_asked else "not asked",
            "label": one.label,
        }
    words = f"{one.low:.0f} to {one.high:.0f}, n {one.n:,}"
    if one.is_below and judged:
        words = f"{words}; below {one.threshold:g} %{', perhaps by chance' if one.may_be_chance else ''}"
        return {"number": True, "chip": "warn", "text": f"{one.percent:.0f} %", "sub": words, "label": one.label}
    return {"number": True, "text": f"{one.percent:.0f} %", "sub": words, "label": one.label}


def _benchmark(rows: Any, slug: str) -> dict[str, Any]:
    """Excellence: what reviewers found and how far outcomes were followed, the furthest first."""
    ordered = sorted(rows, key=lambda one: (one.levels.objective, one.levels.any, _passed(one)), reverse=True)
    return {
        "id": "benchmark", "caption": "Content review and level of outcome, the furthest first", "stack": True,
        "columns": [{"label": "Activity"}, {"label": "Content review"}, {"label": "Highest level measured"}, {"label": "Highest level at all"}],
        "rows": [
            {"cells": [
                _name(one, slug),
                {"text": f"{one.review[0]} of {one.review[1]} checks passed" if one.review else "not reviewed", "label": "Content review"},
                {"text": _level(one.levels.objective), "label": "Highest level measured"}, {"text": _level(one.levels.any), "label": "Highest level at all"},
            ]}
            for one in ordered[:SHOWN]
        ],
        "count_text": f"{min(len(rows), SHOWN)} of {len(rows)}",
        "empty": {"title": "No activity this year", "text": "Activities with a session in the year stand here."},
    }  # fmt: skip


def _passed(one: quality.Quality) -> float:
    return one.review[0] / one.review[1] if one.review else 0.0


def _level(level: str) -> str:
    return f"{level} {NAMES[level]}" if level else "none yet"


urlpatterns = [path("quality/", board, name="office-outcomes-quality")]
