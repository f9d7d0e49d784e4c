"""Evaluation in the office: who answered, what they said in sums, what they plan, what stands in the way, what became of it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse

from lifelong.entrypoints.web.forms import apply
from lifelong.entrypoints.web.office import coding, further_forms, survey_campaigns, surveys
from lifelong.entrypoints.web.office.survey_frame import links
from lifelong.entrypoints.web.page import page, viewer_of
from lifelong.entrypoints.web.templatetags.lifelong_ui import day
from lifelong.formats.charts import Answers, Bar, BarData, LikertData, bars, stacked_likert
from lifelong.kernel.access import Permission, may
from lifelong.loop.evaluation import actions, reads
from lifelong.rules.verdict import counted

P = Permission
PAGE = 25
CODED_AT_ONCE = 5
SHARES = {
    "implemented_of_answered": "Made the change, of those who answered",
    "implemented_of_asked": "Made the change, of those asked (silence counts as no)",
    "implemented_of_committed": "Made the change, of all plans",
    "answered_of_asked": "Answered, of those asked",
}


class ThemeForm(forms.Form):
    theme = forms.CharField(max_length=60, label="Theme")
    matches_objective = forms.ChoiceField(
        required=False, label="Is it what was taught?",
        choices=[("", "Not judged"), ("yes", "Yes"), ("partly", "Partly"), ("no", "No"), ("unplanned", "Unplanned learning")],
    )  # fmt: skip


@page(needs=P.SEE_EVALUATION)
def activities(request: HttpRequest) -> HttpResponse:
    """Activities with their response, newest first."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    search, before = request.GET.get("q", "").strip()[:80], request.GET.get("before", "")
    rows = reads.evaluated_activities(
        viewer, provider, search=search, before=int(before) if before.isdecimal() else None, limit=PAGE + 1
    )
    shown = rows[:PAGE]
    columns = ("Activity", "Begins", "Attended", "Evaluated", "Response", "Plans")
    table = {
        "id": "activities",
        "caption": "Activities that were attended, newest first",
        "columns": [{"label": label, "number": label not in ("Activity", "Begins")} for label in columns],
        "rows": [{"cells": _cells(row, provider.slug)} for row in shown],
        "search": {"label": "Title", "value": search},
        "filters": links(request, "office-evaluation"),
        "count_text": counted(len(shown), "activity", "activities"),
        "next_url": f"?{urlencode({'q': search, 'before': shown[-1].id})}" if len(rows) > PAGE else "",
        "empty": {
            "title": "Nothing to evaluate yet",
            "text": "Every activity is evaluated; figures appear when learners have attended.",
        },
    }
    return render(request, "office/evaluation.html", {"page_title": "Evaluation", "table": table})


def _cells(row: reads.EvaluatedActivity, slug: str) -> list[dict[str, Any]]:
    rate = f"{row.evaluated / row.attended:.0%}" if row.attended else "–"
    return [
        {"head": True, "text": row.title, "url": reverse("office-evaluation-activity", args=[slug, row.id])},
        {"text": day(row.starts_on)},
        {"number": True, "text": row.attended},
        {"number": True, "text": row.evaluated},
        {"number": True, "text": rate},
        {"number": True, "text": row.commitments},
    ]


@page(needs=P.SEE_EVALUATION)
def activity(request: HttpRequest, activity_id: int) -> HttpResponse:
    """One activity: figures with n, nothing about fewer than five."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    row = reads.activity(viewer, provider, activity_id)
    response = reads.response_figures(row)
    aftermath = reads.aftermath(viewer, provider, row)
    barriers = reads.barriers(viewer, provider, activity=row, quoted=False)
    context = {
        "page_title": row.title,
        "kicker": "Evaluation",
        "answer": f"{response.answered} of {response.invited} who attended have evaluated it."
        + ("" if response.rate is None else f" That is {response.rate:.0%}."),
        "breadcrumbs": [{"label": "Evaluation", "url": reverse("office-evaluation", args=[provider.slug])}],
        "stats": [
            {"label": "Attended and asked", "value": response.invited},
            {"label": "Invited by mail", "value": response.delivered},
            {"label": "Begun", "value": response.started},
            {"label": "Answered", "value": response.answered},
            {"label": "Silent", "value": response.silent},
        ],
        "figures": _figures(reads.question_stats(row)),
        "reflections": reads.comments_written(row, "reflection"),
        "themes": reads.themes(viewer, provider, activity=row, quoted=False),
        "barriers": barriers,
        "barrier_figure": _barrier_figure(barriers),
        "follow_up": [_wave(figures) for figures in aftermath.waves],
        "to_code": _to_code(viewer, provider, row),
        "activity": row,
        **further_forms.of_activity(request, row, has_system_changes=aftermath.has_system_changes),
    }
    return render(request, "office/evaluation_activity.html", context)


@page(needs=P.SEE_EVALUATION)
def words(request: HttpRequest, activity_id: int) -> HttpResponse:
    """Own words behind one line of the page, read when it is opened: a part of that page, and a page of its own without script."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    row = reads.activity(viewer, provider, activity_id)
    about, name = request.GET.get("about", "reflection"), request.GET.get("name", "")[:60]
    texts = reads.words(viewer, provider, row, about, name)
    context = {
        "page_title": {"theme": "What they will change", "barrier": "How it could be overcome"}.get(
            about, "What they learned"
        ),
        "kicker": row.title,
        "answer": "In their own words, without names and in no order.",
        "breadcrumbs": [
            {"label": "Evaluation", "url": reverse("office-evaluation", args=[provider.slug])},
            {"label": row.title, "url": reverse("office-evaluation-activity", args=[provider.slug, row.pk])},
        ],
        "texts": texts,
        "is_cut": len(texts) == (reads.MOST_COMMENTS if about == "reflection" else reads.MOST_QUOTES),
    }
    part = "HX-Request" in request.headers
    return render(request, "parts/words.html" if part else "office/evaluation_words.html", context)


def _to_code(viewer: Any, provider: Any, row: Any) -> list[tuple[int, str, ThemeForm]]:
    """The next few plans without a theme, each with its own small form."""
    if not may(viewer, P.EDIT_EVALUATION, row):
        return []
    plans = reads.plans_to_code(viewer, provider, row, limit=CODED_AT_ONCE)
    return [(plan_id, text, ThemeForm(auto_id=f"plan{plan_id}_%s")) for plan_id, text in plans]


def _figures(stats: Any) -> list[dict[str, Any]]:
    """Lines on one ordered scale share a stacked chart, low to high; a choice among kinds gets bars of its own."""
    scales: dict[tuple[str, ...], list[Any]] = {}
    found = []
    for stat in stats:
        if stat.is_small or not 2 <= len(stat.bars) <= 5:
            continue
        if stat.bars[0].value.isdigit():
            ordered = sorted(stat.bars, key=lambda bar: bar.value)
            scales.setdefault((stat.key, *(bar.label for bar in ordered)), []).append((stat, ordered))
        else:
            drawn = bars(
                BarData(
                    title=stat.text,
                    bars=tuple(Bar(bar.label, 100 * bar.share, n=stat.n) for bar in stat.bars),
                    unit="%",
                )
            )
            found.append(
                {
                    "id": f"chosen-{stat.key}",
                    "title": stat.text,
                    "measure": f"Share of {stat.n} answers",
                    "chart": drawn,
                }
            )
    for number, ((_, *scale), lines) in enumerate(scales.items(), start=1):
        title = lines[0][0].text
        rows = tuple(Answers(stat.row or stat.text, tuple(bar.count for bar in ordered)) for stat, ordered in lines)
        drawn = stacked_likert(LikertData(title=title, scale=tuple(scale), rows=rows))
        least, most = min(stat.n for stat, _ in lines), max(stat.n for stat, _ in lines)
        measure = f"n {least}" if least == most else f"n {least} to {most}"
        found.insert(number - 1, {"id": f"scale-{number}", "title": title, "measure": measure, "chart": drawn})
    return found


def _barrier_figure(lines: list[reads.BarrierLine]) -> dict[str, Any] | None:
    counted = [line for line in lines if line.people is not None]
    if not counted:
        return None
    drawn = bars(
        BarData(
            title="Barriers", bars=tuple(Bar(line.label, float(line.people or 0)) for line in counted), unit="learners"
        )
    )
    return {"id": "barriers-met", "title": "What stands in the way", "measure": "Learners who named it", "chart": drawn}


def _wave(figures: reads.FollowUpFigures) -> dict[str, Any]:
    shares = [
        {
            "label": SHARES[estimate.name],
            "value": f"{estimate.value:.0%}",
            "basis": f"95 % interval {estimate.low:.0%} to {estimate.high:.0%}, {estimate.how.split(', ')[-1]}"
            if estimate.low is not None and estimate.high is not None
            else estimate.how,
        }
        for estimate in (figures.shares if figures.asked else ())
    ]
    return {"figures": figures, "stats": shares}


@page(needs=P.EDIT_EVALUATION)
def code(request: HttpRequest, commitment_id: int) -> HttpResponse:
    """Put one plan under a theme."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    row = reads.commitment(viewer, provider, commitment_id)
    form = ThemeForm(request.POST or None)
    if request.method == "POST":
        done = None
        if form.is_valid():
            done = apply(form, lambda: actions.code_commitment(viewer, row, **form.cleaned_data))
        if done is not None:
            messages.success(request, f"Under “{row.theme}” now.")
        else:
            messages.error(request, "The plan was not put under a theme. Write the theme, then send it again.")
    return redirect("office-evaluation-activity", slug=provider.slug, activity_id=row.activity_id)


urlpatterns = [
    *surveys.urlpatterns,
    *survey_campaigns.urlpatterns,
    *coding.urlpatterns,
    *further_forms.urlpatterns,
    path("", activities, name="office-evaluation"),
    path("activity/<int:activity_id>/", activity, name="office-evaluation-activity"),
    path("activity/<int:activity_id>/words/", words, name="office-evaluation-words"),
    path("plan/<int:commitment_id>/", code, name="office-evaluation-code"),
]
