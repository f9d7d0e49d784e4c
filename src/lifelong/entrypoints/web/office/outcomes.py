"""Outcomes: which level each activity reached, and the trace from its gap to its result."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, URLResolver, include, path, reverse

from lifelong.entrypoints.web.forms import apply
from lifelong.entrypoints.web.office import (
    outcome_plans,
    outcome_quality,
    outcome_report,
    outcome_trend,
    quality_projects,
)
from lifelong.entrypoints.web.page import page, viewer_of
from lifelong.entrypoints.web.templatetags.lifelong_ui import day
from lifelong.formats.charts import Change, SlopeData, slope
from lifelong.kernel import clock
from lifelong.kernel.access import Permission, may
from lifelong.loop.outcomes import actions, quality, reads
from lifelong.loop.outcomes.levels import KIRKPATRICK_CODES, LEVELS, NAMES
from lifelong.loop.outcomes.remeasured import remeasured
from lifelong.methods.examples import EXAMPLES
from lifelong.rules.verdict import counted

P = Permission
PAGE = 25
UNTOLD = "under 5"


class AttachForm(forms.Form):
    gap = forms.TypedChoiceField(label="Measure of the gap", coerce=int, empty_value=None)
    moore_level = forms.ChoiceField(
        label="Level (Moore)", choices=[(level, f"{level} {NAMES[level]}") for level in LEVELS[2:]], initial="5"
    )
    kirkpatrick = forms.ChoiceField(
        label="Level (Kirkpatrick)", required=False, choices=[("", "As usual for this level"), *((code, code) for code in KIRKPATRICK_CODES)],
    )  # fmt: skip
    is_objective = forms.BooleanField(label="Measured, not by own report", required=False, initial=True)
    is_concordance = forms.BooleanField(
        label="Says how far care follows a guideline",
        required=False,
        help_text="Concordance with the standard of care.",
    )

    def __init__(self, *args: Any, gaps: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["gap"].choices = gaps  # type: ignore[attr-defined]  # a choice field


class ResultForm(forms.Form):
    point_id = forms.TypedChoiceField(label="Later figure of the same measure and place", coerce=int)

    def __init__(self, *args: Any, figures: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["point_id"].choices = figures  # type: ignore[attr-defined]  # a choice field


class ReachForm(forms.Form):
    on = forms.DateField(label="Day", widget=forms.DateInput(attrs={"type": "date"}))
    people = forms.IntegerField(label="People reached", min_value=1)
    how = forms.CharField(
        label="How they were counted", max_length=200, help_text="Head count, page visits, a broadcaster's figure ..."
    )


class PlanForm(forms.Form):
    text = forms.CharField(label="Analysis plan (TOML)", widget=forms.Textarea(attrs={"rows": 14}))


@page(needs=P.SEE_OUTCOMES)
def outcomes(request: HttpRequest) -> HttpResponse:
    """Activities with the level they reached, newest first."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    search, before = request.GET.get("q", "").strip()[:80], request.GET.get("before", "")
    measured = request.GET.get("show") == "measured"
    rows = reads.activity_lines(
        viewer,
        provider,
        search=search,
        measured_only=measured,
        before=int(before) if before.isdecimal() else None,
        limit=PAGE + 1,
    )
    shown = rows[:PAGE]
    rated = quality.figures(provider, [row.id for row in shown])
    keep = {"q": search, **({"show": "measured"} if measured else {})}
    table = {
        "id": "outcomes", "caption": "Activities and the level they reached, newest first",
        "columns": [{"label": "Activity"}, {"label": "Begins"}, {"label": "Level reached"}, {"label": "Relevance", "number": True}, {"label": "Measures", "number": True},
                    {"label": "With result", "number": True}, {"label": "As wanted", "number": True}],
        "rows": [{"cells": _cells(row, provider.slug, rated[row.id])} for row in shown],
        "search": {"label": "Title", "value": search, "keep": {"show": "measured"} if measured else {}},
        "filters": [
            {"label": "All activities", "url": "?", "current": not measured},
            {"label": "With an outcome measure", "url": "?show=measured", "current": measured},
        ],
        "count_text": counted(len(shown), "activity", "activities"),
        "next_url": f"?{urlencode({**keep, 'before': shown[-1].id})}" if len(rows) > PAGE else "",
        "empty": {"title": "No activity here yet", "text": "Activities appear when they are planned; levels when data come in."},
    }  # fmt: skip
    review = {"label": "Quality and review", "url": reverse("office-outcomes-quality", args=[provider.slug])}
    may_plan = bool(viewer.grants_for(P.EDIT_OUTCOMES, provider.pk))
    actions_ = [review] + (
        [
            {"label": "Quality projects", "url": reverse("office-outcomes-projects", args=[provider.slug])},
            {"label": "Analysis plans", "url": reverse("office-outcomes-plans", args=[provider.slug])},
        ]
        if may_plan
        else []
    )
    closed, told = reads.impact_summaries(viewer, provider)
    below = len(quality.below_threshold(viewer, provider, clock.today(provider.time_zone).year))
    context = {
        "page_title": "Outcomes", "table": table, "page_actions": actions_,
        "answer": (f"{told} of {closed} closed activities have an impact summary." if closed else "No activity is closed yet.")
        + (f" {counted(below, 'activity is', 'activities are')} below a quality threshold and to be reviewed." if below else ""),
    }  # fmt: skip
    return render(request, "office/outcomes.html", context)


def _cells(row: reads.ActivityLine, slug: str, rated: tuple[quality.Figure, ...]) -> list[dict[str, Any]]:
    return [
        {"head": True, "text": row.title, "url": reverse("office-outcomes-activity", args=[slug, row.id])},
        {"text": day(row.starts_on)},
        {"text": row.levels.words, "sub": "" if row.has_impact or not row.closed else "closed without data on change"},
        outcome_quality.figure_cell(next(one for one in rated if one.indicator == "relevance"), judged=False),
        {"number": True, "text": row.measures},
        {"number": True, "text": row.results},
        {"number": True, "text": row.improved},
    ]


@page(needs=P.SEE_OUTCOMES)
def activity(request: HttpRequest, activity_id: int) -> HttpResponse:
    """One activity from its gap to its result."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    trace = reads.trace(viewer, provider, activity_id)
    return render(
        request,
        "office/outcomes_activity.html",
        _context(trace, may(viewer, P.EDIT_OUTCOMES, trace.activity), provider.slug),
    )


def _context(trace: reads.Trace, may_edit: bool, slug: str) -> dict[str, Any]:
    gaps = [
        (gap.pk, f"{gap.measure}, {gap.place or 'no place'}: {gap.title}")
        for gap in reads.gaps_with_measures(trace.activity)
    ]
    by_chance = _could_be_chance(trace.activity) if trace.outcomes else frozenset()
    return {
        "page_title": trace.activity.title,
        "answer": trace.levels.words + ".",
        "breadcrumbs": [{"label": "Outcomes", "url": reverse("office-outcomes", args=[slug])}],
        "trace": trace,
        "quality": _quality_table(trace),
        "thread": _thread(trace),
        "lines": [_line(line, slug, may_edit, by_chance) for line in trace.outcomes],
        "stats": [
            {"label": "Attended", "value": trace.attended, "basis": "attendances"},
            {"label": "Evaluated", "value": _told(trace.evaluated), "basis": f"of {trace.attended} attendances"},
            {"label": "Plans to change", "value": _told(trace.committed), "basis": f"asked about {_told(trace.asked)}, answered {_told(trace.answered)}"},
            {"label": "Changes made", "value": "–", "basis": "nobody was asked yet"} if trace.asked == 0 else
            {"label": "Changes made", "value": _told(trace.changed), "basis": f"of {_told(trace.answered)} answered, of {_told(trace.asked)} asked"},
        ],
        "page_actions": [
            {"label": "Read the report", "url": reverse("office-outcomes-report", args=[slug, trace.activity.pk]), "main": True},
            {"label": "Session by session", "url": reverse("office-outcomes-trend", args=[slug, trace.activity.pk])},
            *([{"label": "Fix an analysis plan", "url": f"{reverse('office-outcomes-plans', args=[slug])}?activity={trace.activity.pk}"}] if may_edit else []),
        ],
        "attach_form": AttachForm(gaps=gaps) if may_edit and gaps else None,
        "reach_form": ReachForm() if may_edit else None,
    }  # fmt: skip


def _quality_table(trace: reads.Trace) -> dict[str, Any]:
    """The figures of quality with their thresholds, and what reviewers found."""
    (one,) = quality.of_activities(trace.activity.provider, [trace.activity])
    rows = [
        {"cells": [
            {"head": True, "text": each.label}, outcome_quality.figure_cell(each),
            {"number": True, "text": f"{each.threshold:g} %", "label": "Threshold"},
        ]}
        for each in one.figures
    ]  # fmt: skip
    if one.review:
        words = f"{one.review[0]} of {one.review[1]}"
        rows.append(
            {"cells": [{"head": True, "text": "Content review"}, {"number": True, "text": words, "sub": "checks passed", "label": "Share"},
                       {"number": True, "text": "all", "label": "Threshold"}]}
        )  # fmt: skip
    columns = [{"label": "Figure"}, {"label": "Share", "number": True}, {"label": "Threshold", "number": True}]
    return {
        "id": "quality",
        "caption": "Quality of the activity",
        "hide_caption": True,
        "columns": columns,
        "rows": rows,
    }


def _told(number: int | None) -> str:
    return UNTOLD if number is None else str(number)


def _thread(trace: reads.Trace) -> list[dict[str, Any]]:
    has_result = any(line.outcome.result_id for line in trace.outcomes)
    stops = (
        ("gap", bool(trace.gaps), trace.gaps[0].title if trace.gaps else "No gap"),
        ("need", bool(trace.gaps), "Needs stand with the gap"),
        ("objective", bool(trace.objectives), f"{len(trace.objectives)} objectives"),
        ("independence", trace.activity.published_at is not None, "Checked before publication"),
        ("delivery", trace.attended > 0, f"{trace.attended} attendances"),
        ("evaluation", trace.evaluated is None or trace.evaluated > 0, f"{_told(trace.evaluated)} evaluated"),
        ("outcome", has_result, "A later figure is set" if has_result else "No later figure yet"),
        ("mission", any(one.expected_result_id for one in trace.objectives), "Objectives serve the mission"),
    )
    waits = bool(trace.outcomes) and not has_result
    return [
        {
            "label": label.capitalize(), "text": text, "current": label == "outcome",
            "state": "exists" if there else "waiting" if label == "outcome" and waits else "missing",
        }
        for label, there, text in stops
    ]  # fmt: skip


def _could_be_chance(activity: Any) -> frozenset[str]:
    """Labels of the measures whose interval of the difference takes in no change."""
    return frozenset(
        one.label
        for one in remeasured(activity)
        if one.low is not None and one.high is not None and one.low <= 0 <= one.high
    )


def _line(line: reads.OutcomeLine, slug: str, may_edit: bool, by_chance: frozenset[str]) -> dict[str, Any]:
    one = line.outcome
    chart, title = None, ""
    if one.baseline is not None and one.result is not None:
        title = f"{one.baseline.value:g} before, {one.result.value:g} after"
        chart = slope(
            SlopeData(
                title=title,
                changes=(Change("here", one.baseline.value, one.result.value, highlight=True),),
                unit=_unit(one),
                decimals=1,
                least=30.0 if _unit(one) else 0.0,
            )
        )
    word = {
        True: ("done", "Moved as wanted"),
        False: ("warn", "Did not move as wanted"),
        None: ("wait", "Cannot be told yet"),
    }[line.improved]
    if line.improved and one.label in by_chance:
        word = ("info", "Moved as wanted, but chance could do the same")
    return {
        "line": line, "figure": {"id": f"outcome-{one.pk}", "title": title, "level": 4, "chart": chart} if chart else None,
        "kind": word[0], "word": word[1], "set_url": reverse("office-outcomes-result", args=[slug, one.pk]) if may_edit else "",
    }  # fmt: skip


def _unit(one: Any) -> str:
    return "%" if one.measure is not None and "percent" in one.measure.unit.lower() else ""


@page(needs=P.EDIT_OUTCOMES)
def attach(request: HttpRequest, activity_id: int) -> HttpResponse:
    """Attach the measure of a gap (POST)."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    trace = reads.trace(viewer, provider, activity_id)
    context = _context(trace, True, provider.slug)
    choices = context["attach_form"].fields["gap"].choices if context["attach_form"] else []
    form = AttachForm(request.POST, gaps=list(choices))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        done = apply(
            form,
            lambda: actions.attach_measure(
                viewer, trace.activity, gap_id=data["gap"], moore_level=data["moore_level"], kirkpatrick=data["kirkpatrick"],
                is_objective=data["is_objective"], is_concordance=data["is_concordance"],
            ),
        )  # fmt: skip
        if done is not None:
            messages.success(request, "The measure is attached; set its later figure when it is published.")
            return redirect("office-outcomes-activity", provider.slug, activity_id)
    if request.method != "POST":
        return redirect("office-outcomes-activity", provider.slug, activity_id)
    return render(request, "office/outcomes_activity.html", {**context, "attach_form": form}, status=422)


@page(needs=P.EDIT_OUTCOMES)
def reach(request: HttpRequest, activity_id: int) -> HttpResponse:
    """People reached without checking in (POST)."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    trace = reads.trace(viewer, provider, activity_id)
    form = ReachForm(request.POST if request.method == "POST" else None)
    valid = request.method == "POST" and form.is_valid()
    if valid and apply(form, lambda: actions.count_reach(viewer, trace.activity, **form.cleaned_data)) is not None:
        messages.success(request, "The people reached are counted.")
        return redirect("office-outcomes-activity", provider.slug, activity_id)
    if request.method != "POST":
        return redirect("office-outcomes-activity", provider.slug, activity_id)
    context = _context(trace, True, provider.slug)
    return render(request, "office/outcomes_activity.html", {**context, "reach_form": form}, status=422)


@page(needs=P.EDIT_OUTCOMES)
def result(request: HttpRequest, outcome_id: int) -> HttpResponse:
    """Set the later figure of an outcome measure."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    one = reads.outcome(viewer, provider, outcome_id, P.EDIT_OUTCOMES)
    figures = [
        (point.pk, f"{point.value:g} ({point.period_start or '?'} to {point.period_end or point.release})")
        for point in reads.figures_for(one)
    ]
    form = ResultForm(request.POST if request.method == "POST" else None, figures=figures)
    valid = request.method == "POST" and form.is_valid()
    if (
        valid
        and apply(form, lambda: actions.set_result(viewer, one, point_id=form.cleaned_data["point_id"])) is not None
    ):
        messages.success(request, "The later figure is set.")
        return redirect("office-outcomes-activity", provider.slug, one.activity_id)
    here = reverse("office-outcomes-activity", args=[provider.slug, one.activity_id])
    context = {
        "breadcrumbs": [{"label": "Outcomes", "url": reverse("office-outcomes", args=[provider.slug])}, {"label": one.activity.title, "url": here}],
        "page_title": f"Later figure of {one.label}", "form": form, "outcome": one, "label": "Set the figure", "figures": figures,
        "cancel_url": reverse("office-outcomes-activity", args=[provider.slug, one.activity_id]),
        "empty": {"title": "No later figure yet", "text": "Import the next release of this measure; figures before the activity are not offered."},
    }  # fmt: skip
    return render(request, "office/outcomes_result.html", context, status=422 if form.errors else 200)


@page(needs=P.SEE_OUTCOMES)
def plans(request: HttpRequest) -> HttpResponse:
    """Analysis plans: fixed with their hash before the data."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    may_edit = bool(viewer.grants_for(P.EDIT_OUTCOMES, provider.pk))
    rows = reads.plans(viewer, provider)
    about = request.GET.get("activity", "")
    activity = reads.trace(viewer, provider, int(about)).activity if about.isdecimal() else None
    examples = [
        {"name": one.family, "data": one.data, "plan": one.plan, "reading": one.reading.replace("`", "")}
        for one in EXAMPLES
    ]
    chosen = next((one["plan"] for one in examples if one["name"] == request.GET.get("example")), "")
    form = PlanForm(request.POST if request.method == "POST" else None, initial={"text": chosen})
    if request.method == "POST" and form.is_valid():
        fixed = apply(
            form, lambda: actions.fix_plan(viewer, provider, text=form.cleaned_data["text"], activity=activity)
        )
        if fixed is not None:
            messages.success(request, "The plan is fixed; its hash and time are on record. Now run it on its data.")
            return redirect("office-outcomes-plan", provider.slug, fixed.pk)
    context = {
        "page_title": "Analysis plans", "form": form if may_edit else None, "label": "Fix the plan", "plans": rows, "examples": examples,
        "about": activity,
        "answer": "" if rows else "No plan is fixed yet.",
        "breadcrumbs": [{"label": "Outcomes", "url": reverse("office-outcomes", args=[provider.slug])}],
    }  # fmt: skip
    return render(request, "office/outcomes_plans.html", context, status=422 if form.errors else 200)


urlpatterns: list[URLPattern | URLResolver] = [
    path("", outcomes, name="office-outcomes"),
    path("activity/<int:activity_id>/", activity, name="office-outcomes-activity"),
    path("activity/<int:activity_id>/attach/", attach, name="office-outcomes-attach"),
    path("activity/<int:activity_id>/reach/", reach, name="office-outcomes-reach"),
    path("measure/<int:outcome_id>/result/", result, name="office-outcomes-result"),
    path("plans/", plans, name="office-outcomes-plans"),
    path("", include(outcome_plans)),
    path("", include(outcome_quality)),
    path("", include(outcome_report)),
    path("", include(outcome_trend)),
    path("", include(quality_projects)),
]
