"""Improvement: the year against the mission, conclusions, the register, the frozen report."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse

from lifelong.entrypoints.web.forms import apply
from lifelong.entrypoints.web.leadership.mission import Paper, behind_table, spark, year_of
from lifelong.entrypoints.web.office import coverage, distinction, letters, registers, synthesis
from lifelong.entrypoints.web.page import page, viewer_of
from lifelong.entrypoints.web.templatetags.lifelong_ui import day
from lifelong.kernel import clock
from lifelong.kernel.access import Actor, Permission
from lifelong.kernel.problems import Problem
from lifelong.loop.improvement import actions, reads
from lifelong.loop.people import reads as people
from lifelong.rules.verdict import counted

P = Permission
PRIORITIES = [(n, f"{n}{' (first)' if n == 1 else ' (last)' if n == 5 else ''}") for n in range(1, 6)]
BESIDE = (
    ("coverage", "Coverage", "what the activities take up, and what they leave empty"),
    ("reach", "Who came", "by profession, affiliation, training and place"),
    ("registers", "Registers", "innovation, collaboration, research and what else the program keeps"),
    ("distinction", "Distinction", "standing, commendation, the national totals"),
    ("letters", "Letter to leaders", "the few figures, by mail, on or off"),
)
CHIPS = {"identified": "warn", "planned": "wait", "done": "done", "dropped": "none"}


class ConclusionForm(forms.Form):
    text = forms.CharField(label="Conclusion", widget=forms.Textarea(attrs={"rows": 5}))
    priority = forms.TypedChoiceField(label="Priority", coerce=int, choices=PRIORITIES, initial=3)
    priority_reason = forms.CharField(label="Why it comes here", max_length=300)


class ImprovementForm(forms.Form):
    title = forms.CharField(label="What will be better", max_length=200)
    finding = forms.CharField(label="Finding", required=False, widget=forms.Textarea(attrs={"rows": 3}))
    expected_result = forms.TypedChoiceField(label="Expected result", required=False, coerce=int, empty_value=None)
    plan = forms.CharField(label="Plan", required=False, widget=forms.Textarea(attrs={"rows": 3}))
    owner = forms.TypedChoiceField(label="Owner", required=False, coerce=int, empty_value=None)
    due_on = forms.DateField(label="Due", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    priority = forms.TypedChoiceField(label="Priority", coerce=int, choices=PRIORITIES, initial=3)
    priority_reason = forms.CharField(label="Why it comes here", max_length=300)

    def __init__(
        self, *args: Any, owners: list[tuple[int, str]], results: list[tuple[int, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].choices = [("", "Nobody yet"), *owners]  # type: ignore[attr-defined]  # a choice field
        self.fields["expected_result"].choices = [("", "The whole program"), *results]  # type: ignore[attr-defined]


class StepForm(forms.Form):
    state = forms.ChoiceField(label="Step", choices=[("planned", "Planned"), ("done", "Done"), ("dropped", "Dropped")])
    note = forms.CharField(label="Note", required=False, widget=forms.Textarea(attrs={"rows": 2}))
    plan = forms.CharField(label="Plan", required=False, widget=forms.Textarea(attrs={"rows": 3}))
    owner = forms.TypedChoiceField(label="Owner", required=False, coerce=int, empty_value=None)
    due_on = forms.DateField(label="Due", required=False, widget=forms.DateInput(attrs={"type": "date"}))
    effect = forms.CharField(label="What came of it", required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, owners: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].choices = [("", "As it is"), *owners]  # type: ignore[attr-defined]  # a choice field


class PriorityForm(forms.Form):
    priority = forms.TypedChoiceField(label="Priority", coerce=int, choices=PRIORITIES)
    reason = forms.CharField(label="Why it comes here", max_length=300)


@page(needs=P.SEE_IMPROVEMENT)
def year(request: HttpRequest) -> HttpResponse:
    """Attainment per expected result, findings, the register, the reports of a year."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    on = year_of(request)
    lines = reads.attainment(viewer, provider, on)
    may_edit = bool(viewer.grants_for(P.EDIT_IMPROVEMENT, provider.pk))
    slug = provider.slug
    reached = sum(line.met is True for line in lines)
    page_actions = [
        {"label": f"Year-end {on}", "url": reverse("office-improvement-synthesis", args=[slug, on]), "main": True},
        # before every result has its conclusion it would be refused; the year-end leads to what is missing
        *([{"label": "Freeze the report", "url": reverse("office-improvement-freeze", args=[slug]), "post": True, "fields": {"year": on}}] if all(line.conclusion for line in lines) else []),
        {"label": "Measure again", "url": reverse("office-improvement-measure", args=[slug]), "post": True, "fields": {"year": on}},
        {"label": "Open an improvement", "url": f"{reverse('office-improvement-new', args=[slug])}?year={on}"},
    ]  # fmt: skip
    context = {
        "page_title": f"{on} against the mission",
        "answer": f"{reached} of {len(lines)} expected results reached their target.",
        "page_actions": page_actions if may_edit else [],
        "years": [
            {"label": str(one), "url": f"?year={one}", "current": one == on}
            for one in (on - 1, on, on + 1)
            if one <= clock.today(provider.time_zone).year
        ],
        "results": [_result(line, slug) for line in lines],
        "findings": _findings(viewer, provider, on, may_edit),
        "register": _register(reads.improvements(viewer, provider, year=on), slug),
        "papers": [Paper.of(row, "office-improvement-report", slug) for row in reads.reports(viewer, provider, on)],
        "by_change": reads.by_intended_change(viewer, provider, on),
        "may_edit": may_edit,
        "beside": [
            {"label": label, "url": f"{reverse(f'office-improvement-{name}', args=[slug])}?year={on}", "about": about}
            for name, label, about in BESIDE
        ],
    }
    return render(request, "office/improvement.html", context)


def _result(line: reads.ResultLine, slug: str) -> dict[str, Any]:
    return {
        "line": line,
        "chart": spark(line),
        "url": f"{reverse('office-improvement-result', args=[slug, line.result.pk])}?year={line.year}",
        "kind": "wait" if line.value is None else "done" if line.met else "warn" if line.met is False else "info",
        "word": line.standing
        or ("too few" if line.is_suppressed else "nothing measured" if line.value is None else "no target"),
    }


def _findings(viewer: Actor, provider: Any, on: int, may_edit: bool) -> list[dict[str, Any]]:
    """What the analysis lacks, each with the page that mends it. Missing conclusions have their button beside the number already."""
    rows = {row.title: row.pk for row in reads.improvements(viewer, provider)} if may_edit else {}
    return [
        _finding(reason, provider.slug, on, may_edit, rows)
        for reason in reads.findings(viewer, provider, on)
        if reason.field != "conclusion"
    ]


def _finding(reason: Any, slug: str, on: int, may_edit: bool, rows: dict[str, int]) -> dict[str, Any]:
    """An unfinished improvement leads to itself, anything else to a new one."""
    named = next((pk for title, pk in rows.items() if f"“{title}”" in reason.sentence), None)
    new = f"{reverse('office-improvement-new', args=[slug])}?{urlencode({'year': on, 'finding': reason.sentence})}"
    url = reverse("office-improvement-item", args=[slug, named]) if named else new
    return {
        "sentence": f"{reason.sentence} {reason.next_step}",
        "severity": "warn",
        "next_step": ("Open it" if named else "Open an improvement") if may_edit else "",
        "url": url if may_edit else "",
    }


def _register(rows: list[Any], slug: str) -> dict[str, Any]:
    return {
        "id": "register", "caption": "Improvements in order of priority", "stack": True,
        "columns": [{"label": "Priority", "number": True}, {"label": "Improvement"}, {"label": "State"}, {"label": "Owner"}, {"label": "Due"}],
        "rows": [
            {"cells": [
                {"number": True, "text": row.priority, "label": "Priority"},
                {"head": True, "text": row.title, "sub": row.priority_reason, "url": reverse("office-improvement-item", args=[slug, row.pk])},
                {"chip": CHIPS[row.state], "text": row.get_state_display(), "label": "State"},
                {"text": row.owner.full_name if row.owner else "nobody yet", "label": "Owner"},
                {"text": day(row.due_on), "label": "Due", **({"chip": "warn", "text": f"Was due {day(row.due_on)}"} if row.is_late else {})},
            ]}
            for row in rows
        ],
        "count_text": counted(len(rows), "improvement", "improvements"),
        "empty": {"title": "No improvement is open", "text": "Open one from a finding."},
    }  # fmt: skip


@page(needs=P.SEE_IMPROVEMENT)
def result(request: HttpRequest, result_id: int) -> HttpResponse:
    """What is behind a number, and what the office concludes."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    on = year_of(request)
    seen = reads.drill(viewer, provider, result_id, on)
    may_edit = bool(viewer.grants_for(P.EDIT_IMPROVEMENT, provider.pk))
    kept = seen.line.conclusion
    initial = {"text": kept.text, "priority": kept.priority, "priority_reason": kept.priority_reason} if kept else {}
    form = ConclusionForm(request.POST if request.method == "POST" else None, initial=initial)
    valid = request.method == "POST" and form.is_valid()
    if (
        valid
        and apply(form, lambda: actions.conclude(viewer, seen.line.result, year=on, **form.cleaned_data)) is not None
    ):
        messages.success(request, "The conclusion is kept beside the number.")
        return redirect(f"{reverse('office-improvement', args=[provider.slug])}?year={on}")
    context = {
        "page_title": seen.line.result.label,
        "kicker": f"Expected result, {on}",
        "answer": seen.line.spoken,
        "breadcrumbs": [
            {"label": "Improvement", "url": f"{reverse('office-improvement', args=[provider.slug])}?year={on}"}
        ],
        "seen": seen,
        "behind": behind_table(seen),
        "form": form if may_edit else None,
        "label": "Keep the conclusion",
        "action": f"?year={on}",
    }
    return render(request, "office/improvement_result.html", context, status=422 if form.errors else 200)


@page(needs=P.EDIT_IMPROVEMENT)
def new(request: HttpRequest) -> HttpResponse:
    """Open an improvement, from a finding or from nothing."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    on = year_of(request)
    results = [(line.result.pk, line.result.label) for line in reads.attainment(viewer, provider, on)]
    form = ImprovementForm(
        request.POST if request.method == "POST" else None, owners=reads.owners(viewer, provider), results=results,
        initial={"finding": request.GET.get("finding", "")[:1000]},
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        made = apply(form, lambda: _open(viewer, provider, on, dict(form.cleaned_data)))
        if made is not None:
            messages.success(request, "The improvement is in the register.")
            return redirect("office-improvement-item", provider.slug, made.pk)
    context = {
        "page_title": "Open an improvement", "form": form, "breadcrumbs": [{"label": "Improvement", "url": f"{reverse('office-improvement', args=[provider.slug])}?year={on}"}], "label": "Open the improvement", "action": f"?year={on}",
        "cancel_url": f"{reverse('office-improvement', args=[provider.slug])}?year={on}",
    }  # fmt: skip
    return render(request, "office/improvement_form.html", context, status=422 if form.errors else 200)


def _open(viewer: Any, provider: Any, on: int, data: dict[str, Any]) -> Any:
    owner, served = data.pop("owner"), data.pop("expected_result")
    return actions.open_improvement(
        viewer, provider, year=on, owner=people.person(owner) if owner else None,
        expected_result=reads.expected_result(viewer, provider, served) if served else None, **data,
    )  # fmt: skip


@page(needs=P.SEE_IMPROVEMENT)
def item(request: HttpRequest, improvement_id: int) -> HttpResponse:
    """One improvement with its history; the next step."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    row = reads.improvement(viewer, provider, improvement_id)
    may_edit = bool(viewer.grants_for(P.EDIT_IMPROVEMENT, provider.pk))
    owners = reads.owners(viewer, provider) if may_edit else []
    posted = request.method == "POST"
    asks_priority = posted and "reason" in request.POST
    form = StepForm(request.POST if posted and not asks_priority else None, owners=owners)
    order = PriorityForm(
        request.POST if asks_priority else None, initial={"priority": row.priority, "reason": row.priority_reason}
    )
    chosen = order if asks_priority else form
    if posted and chosen.is_valid():
        mine = reads.improvement(viewer, provider, improvement_id, P.EDIT_IMPROVEMENT)
        act = (
            (lambda: actions.prioritise(viewer, mine, **order.cleaned_data))
            if asks_priority
            else (lambda: _step(viewer, mine, dict(form.cleaned_data)))
        )
        if apply(chosen, act) is not None:
            messages.success(request, "The step is on record.")
            return redirect("office-improvement-item", provider.slug, row.pk)
    context = {
        "page_title": row.title, "kicker": f"Improvement of {row.year}", "item": row, "form": form if may_edit else None,
        "order_form": order if may_edit else None, "page_states": [{"kind": CHIPS[row.state], "word": row.get_state_display()}],
        "breadcrumbs": [{"label": "Improvement", "url": f"{reverse('office-improvement', args=[provider.slug])}?year={row.year}"}],
        "facts": [
            {"label": "Priority", "value": row.priority, "note": row.priority_reason},
            {"label": "Owner", "value": row.owner.full_name if row.owner else "nobody yet"},
            {"label": "Due", "value": day(row.due_on)},
            {"label": "Finding", "value": row.finding or "–"},
            {"label": "Plan", "value": row.plan or "–"},
            {"label": "What came of it", "value": row.effect or "–"},
            *_served(reads.number_served(viewer, row), row),
        ],
    }  # fmt: skip
    return render(request, "office/improvement_item.html", context, status=422 if chosen.errors else 200)


def _served(rows: list[Any], row: Any) -> list[dict[str, Any]]:
    """The number the improvement was to move, year by year with interval and n: its effect, measured later."""

    def said(one: Any) -> str:
        if one.value is None:
            return f"{one.year}: no number"
        span = f" ({one.low:.0f} to {one.high:.0f})" if one.low is not None else ""
        return f"{one.year}: {one.value:.0f}{span}, n {one.n:,}"

    if not rows:
        return []
    note = "" if len(rows) > 1 else "Its effect shows from next year on."
    return [{"label": f"{row.expected_result.label}, measured", "value": "; ".join(map(said, rows)), "note": note}]


def _step(viewer: Any, row: Any, data: dict[str, Any]) -> Any:
    owner = data.pop("owner")
    return actions.step_improvement(viewer, row, owner=people.person(owner) if owner else None, **data)


@page(needs=P.EDIT_IMPROVEMENT)
def measure(request: HttpRequest) -> HttpResponse:
    """Measure the year again (POST)."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    on = year_of(request)
    if request.method == "POST":
        actions.measure_year(viewer, provider, on)
        messages.success(request, f"{on} is measured from the answers of this moment.")
    return redirect(f"{reverse('office-improvement', args=[provider.slug])}?year={on}")


@page(needs=P.EDIT_IMPROVEMENT)
def freeze(request: HttpRequest) -> HttpResponse:
    """Freeze the report of the year (POST)."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    on = year_of(request)
    if request.method == "POST":
        try:
            actions.freeze_report(viewer, provider, on)
            row = reads.reports(viewer, provider, on)[0]
            messages.success(request, f"Version {row.version} is frozen; its PDF follows in a moment.")
        except Problem as refusal:
            messages.error(request, " ".join(f"{reason.sentence} {reason.next_step}" for reason in refusal.reasons))
    return redirect(f"{reverse('office-improvement', args=[provider.slug])}?year={on}")


@page(needs=P.SEE_IMPROVEMENT)
def report(request: HttpRequest, report_id: int, kind: str) -> HttpResponse:
    """A frozen report as PDF or as its facts."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    return Paper.response(reads.report(viewer, provider, report_id), kind)


urlpatterns = [
    path("", year, name="office-improvement"),
    path("result/<int:result_id>/", result, name="office-improvement-result"),
    path("new/", new, name="office-improvement-new"),
    path("item/<int:improvement_id>/", item, name="office-improvement-item"),
    *synthesis.urlpatterns,
    *coverage.urlpatterns,
    *registers.urlpatterns,
    *distinction.urlpatterns,
    *letters.urlpatterns,
    path("measure/", measure, name="office-improvement-measure"),
    path("freeze/", freeze, name="office-improvement-freeze"),
    path("report/<int:report_id>.<str:kind>", report, name="office-improvement-report"),
]
