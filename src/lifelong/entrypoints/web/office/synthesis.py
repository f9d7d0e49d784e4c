"""The guided year-end: figures, one section per expected result, findings, the review meeting, the frozen report."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse

from lifelong.entrypoints.web.forms import apply
from lifelong.entrypoints.web.leadership.mission import Paper, behind_table, trend
from lifelong.entrypoints.web.office.kept_figures import standing
from lifelong.entrypoints.web.page import page, viewer_of
from lifelong.kernel import clock
from lifelong.kernel.access import Permission
from lifelong.kernel.problems import NotFound, Problem
from lifelong.loop.improvement import actions, reads
from lifelong.loop.improvement import synthesis as year_ends
from lifelong.rules.verdict import counted

P = Permission
PRIORITIES = [(n, f"{n}{' (first)' if n == 1 else ' (last)' if n == 5 else ''}") for n in range(1, 6)]


class NoteForm(forms.Form):
    note = forms.CharField(
        label="What a reader should know", required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="A change in counting, a month without a system, a department that joined.",
    )  # fmt: skip


class ConclusionForm(forms.Form):
    text = forms.CharField(
        label="Conclusion", widget=forms.Textarea(attrs={"rows": 5}),
        help_text="How far was the result attained, how sure are you, and why is it so?",
    )  # fmt: skip
    priority = forms.TypedChoiceField(label="Priority", coerce=int, choices=PRIORITIES, initial=3)
    priority_reason = forms.CharField(label="Why it comes here", max_length=300)


class MeetingForm(forms.Form):
    met_on = forms.DateField(label="Date", widget=forms.DateInput(attrs={"type": "date"}))
    members = forms.CharField(label="Who met, one a line", widget=forms.Textarea(attrs={"rows": 4}))
    looked_at = forms.CharField(label="Data that were looked at", widget=forms.Textarea(attrs={"rows": 2}))


class DecisionForm(forms.Form):
    text = forms.CharField(label="Decision", max_length=200)
    expected_result = forms.TypedChoiceField(label="From the data of", required=False, coerce=int, empty_value=None)
    opens = forms.BooleanField(label="Open an improvement from it", required=False, initial=True)

    def __init__(self, *args: Any, results: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["expected_result"].choices = [("", "The whole program"), *results]  # type: ignore[attr-defined]  # a choice field


def _year(request: HttpRequest, year: int) -> int:
    """Years an office could have kept; others do not exist."""
    now = clock.today(request.provider.time_zone).year  # type: ignore[attr-defined]  # set by @page
    if not now - 20 <= year <= now + 1:
        raise NotFound("year")
    return year


def _address(slug: str, year: int, step: str = "") -> str:
    return f"{reverse('office-improvement-synthesis', args=[slug, year])}{step + '/' if step else ''}"


def _frame(request: HttpRequest, seen: year_ends.YearEnd, step: str) -> dict[str, Any]:
    """What every step shows: the steps with their state, and the one that follows."""
    slug = request.provider.slug  # type: ignore[attr-defined]  # set by @page
    steps = seen.steps
    at = next((n for n, one in enumerate(steps) if one.key == step), -1)
    following = steps[at + 1] if at + 1 < len(steps) else None
    done = sum(one.is_done for one in steps)
    may_edit = bool(viewer_of(request).grants_for(P.EDIT_IMPROVEMENT, request.provider.pk))  # type: ignore[attr-defined]
    begin = {"label": "Begin the year-end", "url": _address(slug, seen.year), "post": True, "main": True}
    return {
        "may_edit": may_edit,
        "page_actions": [begin] if may_edit and seen.row is None else [],
        "kicker": f"Year-end {seen.year}, {done} of {len(steps)} steps done",
        "breadcrumbs": [
            {"label": "Improvement", "url": f"{reverse('office-improvement', args=[slug])}?year={seen.year}"},
            *([{"label": f"Year-end {seen.year}", "url": _address(slug, seen.year)}] if step else []),
        ],
        "steps": [
            {"label": one.label, "state": "current" if one.key == step else "done" if one.is_done else "later", "url": _address(slug, seen.year, one.key)}
            for one in steps
        ],
        "following": {"label": following.label, "url": _address(slug, seen.year, following.key)} if following else None,
    }  # fmt: skip


@page(needs=P.SEE_IMPROVEMENT)
def overview(request: HttpRequest, year: int) -> HttpResponse:
    """Where the year-end stands; opening it is the first act."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    on = _year(request, year)
    if request.method == "POST":
        actions.measure_year(viewer, provider, on)
        actions.open_synthesis(viewer, provider, year=on)
        messages.success(
            request, f"The year-end {on} is open; its numbers are measured from the answers of this moment."
        )
        return redirect(_address(provider.slug, on, "figures"))
    seen = year_ends.year_end(viewer, provider, on)
    steps = seen.steps
    ahead = next((one for one in steps if not one.is_done), None)
    frame = _frame(request, seen, "")
    if seen.row is None:
        answer, act = f"Nobody has begun the year-end of {on}.", None
    elif ahead is None:
        answer, act = "Everything is done and frozen.", None
    else:
        answer = f"Next: {ahead.label}, {ahead.waits}."
        act = {"label": "Go on", "about": f"with {ahead.label}", "url": _address(provider.slug, on, ahead.key), "main": True}  # fmt: skip
    context = frame | {
        "page_title": f"Year-end {on}",
        "answer": answer,
        "page_actions": [act] if act and frame["may_edit"] else frame["page_actions"],
        "lines": [
            {"what": one.label, "url": _address(provider.slug, on, one.key), "kind": "done" if one.is_done else "wait", "word": "Done" if one.is_done else "Open", "why": "" if one.is_done else one.waits}
            for one in steps
        ]
        if seen.row
        else [],
        "years": [
            {"label": str(one), "url": _address(provider.slug, one), "current": one == on}
            for one in (on - 1, on, on + 1)
            if one <= clock.today(provider.time_zone).year
        ],
        # what the steps say themselves is not said twice
        "findings": [_as_finding(reason) for reason in seen.findings if reason.field != "conclusion"] if seen.row else [],
    }  # fmt: skip
    return render(request, "office/improvement_synthesis.html", context)


def _as_finding(reason: Any) -> dict[str, Any]:
    return {"sentence": reason.sentence, "next_step": f"{reason.next_step} ({reason.rule})" if reason.rule.startswith("R-") else reason.next_step, "severity": str(reason.severity)}  # fmt: skip


@page(needs=P.SEE_IMPROVEMENT)
def figures(request: HttpRequest, year: int) -> HttpResponse:
    """The year in numbers, each with its basis and where it comes from; the office confirms that it looked."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    on = _year(request, year)
    seen = year_ends.year_end(viewer, provider, on)
    initial = {"note": seen.row.figures_note} if seen.row else {}
    form = NoteForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        row = year_ends.synthesis(viewer, provider, on)
        if apply(form, lambda: actions.check_figures(viewer, row, **form.cleaned_data)) is not None:
            messages.success(request, "The figures are confirmed.")
            return redirect(_frame(request, seen, "figures")["following"]["url"])
    frame = _frame(request, seen, "figures")
    results = [
        year_ends.Figure("", line.result.label, f"{line.value:,.0f} {line.unit}" if line.value is not None else "–", _basis(line), line.result.indicator_label, "improvement")
        for line in seen.lines
    ]  # fmt: skip
    said, again = standing(request, on, "figures", [year_ends.FIGURES.name])
    table = {
        "id": "figures", "caption": f"{on} in numbers, filled in from all activities", "stack": True,
        "columns": [{"label": "Figure"}, {"label": "Value", "number": True}, {"label": "n, interval, basis"}, {"label": "Comes from"}],
        "rows": [
            {"cells": [
                {"head": True, "text": one.label}, {"number": True, "text": one.value, "label": "Value"}, {"text": one.basis, "label": "Basis"},
                {"text": one.source, "label": "Comes from", "url": reverse(f"office-{one.place}", args=[provider.slug])},
            ]}
            for one in (*year_ends.figures(viewer, provider, on), *results)
        ],
        "count_text": f"{said or 'Counted from the rows of this moment'}; nothing is typed in.",
    }  # fmt: skip
    context = frame | {
        "page_title": f"Figures of {on}", "answer": "Look at each number; say below what a reader should know.", "table": table,
        "page_actions": frame["page_actions"] + again,
        "form": form if frame["may_edit"] and seen.row else None, "label": "Confirm the figures",
    }  # fmt: skip
    return render(request, "office/improvement_synthesis_step.html", context, status=422 if form.errors else 200)


def _basis(line: reads.ResultLine) -> str:
    """Interval and n of a result; where there is no number, why."""
    if line.value is None:
        return line.spoken
    interval = (
        f"{line.low:.0f} to {line.high:.0f} {line.unit}, " if line.low is not None and line.high is not None else ""
    )
    return f"{interval}n {line.n:,} of {line.asked:,}{f'; {line.standing}' if line.standing else ''}"


@page(needs=P.SEE_IMPROVEMENT)
def result(request: HttpRequest, year: int, result_id: int) -> HttpResponse:
    """One expected result: data, trend, conclusion, priority with its reason."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    on = _year(request, year)
    seen = year_ends.year_end(viewer, provider, on)
    drill = reads.drill(viewer, provider, result_id, on)
    kept = seen.drafts.get(result_id) or drill.line.conclusion
    initial = {"text": kept.text, "priority": kept.priority, "priority_reason": kept.priority_reason} if kept else {}
    form = ConclusionForm(request.POST if request.method == "POST" else None, initial=initial)
    frame = _frame(request, seen, f"result/{result_id}")
    if request.method == "POST" and "draft" in request.POST:
        _keep_draft(request, drill.line.result, on)
        messages.success(request, "The draft is kept. You can go on from any computer.")
        return redirect(request.path)
    valid = request.method == "POST" and form.is_valid()
    if valid:
        kept = apply(form, lambda: actions.conclude(viewer, drill.line.result, year=on, **form.cleaned_data))
        if kept is not None:
            messages.success(request, "The conclusion is kept beside the number.")
            return redirect(frame["following"]["url"])
    behind = behind_table(drill)
    behind["rows"] = behind["rows"][:12]
    context = frame | {
        "page_title": drill.line.result.label, "answer": drill.line.spoken, "drill": drill, "figure": trend(drill),
        "behind": behind, "form": form if frame["may_edit"] else None, "has_draft": result_id in seen.drafts,
        "all_url": f"{reverse('office-improvement-result', args=[provider.slug, result_id])}?year={on}",
    }  # fmt: skip
    return render(request, "office/improvement_synthesis_result.html", context, status=422 if form.errors else 200)


def _keep_draft(request: HttpRequest, of: Any, on: int) -> None:
    priority = request.POST.get("priority", "")
    actions.draft_conclusion(
        viewer_of(request), of, year=on, text=request.POST.get("text", "")[:20_000],
        priority=int(priority) if priority in "12345" and priority else 3, priority_reason=request.POST.get("priority_reason", ""),
    )  # fmt: skip


@page(needs=P.SEE_IMPROVEMENT)
def improvements(request: HttpRequest, year: int) -> HttpResponse:
    """What the year shows that could be better; one press puts a finding into the register."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    on = _year(request, year)
    found = year_ends.found_in(viewer, provider, on)
    if request.method == "POST":
        one = next((each for each in found if each.key == request.POST.get("finding")), None)
        if one is None:
            raise NotFound("finding")
        served = reads.expected_result(viewer, provider, one.result_id) if one.result_id else None
        try:
            actions.open_improvement(
                viewer, provider, title=one.title, year=on, finding=one.sentence, expected_result=served,
                priority=one.priority, priority_reason=one.priority_reason,
            )  # fmt: skip
            messages.success(request, f"“{one.title}” is in the register. Give it an owner, a plan and a day.")
        except Problem as refusal:
            messages.error(request, " ".join(f"{reason.sentence} {reason.next_step}" for reason in refusal.reasons))
        return redirect(request.path)
    seen = year_ends.year_end(viewer, provider, on)
    frame = _frame(request, seen, "improvements")
    slug = provider.slug
    context = frame | {
        "page_title": "Findings and improvements",
        "answer": f"{sum(one.improvement_id is not None for one in found)} of {len(found)} findings are in the register.",
        "found": [
            {
                "finding": one,
                "url": reverse("office-improvement-item", args=[slug, one.improvement_id]) if one.improvement_id else "",
                "action": {"label": "Make it an improvement", "about": one.title, "url": request.path, "post": True, "fields": {"finding": one.key}},
            }
            for one in found
        ],
        "register": [
            {
                "item": row, "url": reverse("office-improvement-item", args=[slug, row.pk]),
                "missing": [word for word, value in (("owner", row.owner_id), ("plan", row.plan), ("due day", row.due_on)) if not value and row.state != "dropped"],
            }
            for row in reads.improvements(viewer, provider, year=on)
        ],
    }  # fmt: skip
    return render(request, "office/improvement_synthesis_findings.html", context)


@page(needs=P.SEE_IMPROVEMENT)
def meeting(request: HttpRequest, year: int) -> HttpResponse:
    """The review meetings of the year; a new one is recorded below."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    on = _year(request, year)
    seen = year_ends.year_end(viewer, provider, on)
    frame = _frame(request, seen, "meeting")
    usual = {
        "met_on": clock.today(provider.time_zone), "looked_at": f"Figures and results of {on}, findings, and the improvements in hand.",
    }  # fmt: skip
    form = MeetingForm(request.POST if request.method == "POST" else None, initial=usual)
    if request.method == "POST" and form.is_valid():
        made = apply(form, lambda: actions.record_meeting(viewer, provider, year=on, **form.cleaned_data))
        if made is not None:
            messages.success(request, "The meeting is on record. Add its decisions.")
            return redirect("office-improvement-meeting", provider.slug, on, made.pk)
    results = [(line.result.pk, line.result.label) for line in seen.lines]
    context = frame | {
        "page_title": "Review meeting", "answer": "Who looked at the data of the year, and what was decided.",
        "meetings": [
            {"meeting": row, "form": DecisionForm(results=results), "members": row.members.splitlines(), "url": reverse("office-improvement-meeting", args=[provider.slug, on, row.pk])}
            for row in seen.meetings
        ],
        "form": form if frame["may_edit"] else None,
    }  # fmt: skip
    return render(request, "office/improvement_synthesis_meeting.html", context, status=422 if form.errors else 200)


@page(needs=P.SEE_IMPROVEMENT)
def decisions(request: HttpRequest, year: int, meeting_id: int) -> HttpResponse:
    """One meeting: its decisions, and a further one."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    on = _year(request, year)
    seen = year_ends.year_end(viewer, provider, on)
    row = next((one for one in seen.meetings if one.pk == meeting_id), None)
    if row is None:
        raise NotFound("meeting")
    results = [(line.result.pk, line.result.label) for line in seen.lines]
    form = DecisionForm(request.POST if request.method == "POST" else None, results=results)
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        served = data.pop("expected_result")
        about = reads.expected_result(viewer, provider, served) if served else None
        mine = year_ends.meeting(viewer, provider, meeting_id)
        if apply(form, lambda: actions.decide(viewer, mine, expected_result=about, **data)) is not None:
            messages.success(request, "The decision is on record.")
            return redirect(request.path)
    frame = _frame(request, seen, "meeting")
    context = frame | {
        "page_title": f"Review meeting of {row.met_on:%-d %B %Y}", "answer": row.looked_at, "meeting": row,
        "members": row.members.splitlines(), "form": form if frame["may_edit"] else None,
    }  # fmt: skip
    return render(request, "office/improvement_meeting.html", context, status=422 if form.errors else 200)


def _ready(year: int, today: dt.date) -> str:
    left = (dt.date(year, 12, 31) - today).days
    if left <= 0:
        return "Nothing is missing."
    return f"Nothing is missing, but {year} has {counted(left, 'day', 'days')} left: what is held in them will not be in the report."


@page(needs=P.SEE_IMPROVEMENT)
def final(request: HttpRequest, year: int) -> HttpResponse:
    """What is still missing, and the act that freezes the report."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    on = _year(request, year)
    if request.method == "POST":
        try:
            actions.finalise(viewer, year_ends.synthesis(viewer, provider, on))
            messages.success(request, "The year is final: its report is frozen, the PDF follows in a moment.")
        except Problem as refusal:
            messages.error(request, " ".join(f"{reason.sentence} {reason.next_step}" for reason in refusal.reasons))
        return redirect(request.path)
    seen = year_ends.year_end(viewer, provider, on)
    frame = _frame(request, seen, "final")
    ready = seen.row is not None and not seen.missing
    context = frame | {
        "page_title": f"{on} is final" if seen.is_final else f"Make {on} final",
        "answer": "The report is frozen." if seen.is_final else _ready(on, clock.today(provider.time_zone)) if ready else f"{len(seen.missing)} things are missing." if seen.row else "Nobody has begun this year-end.",
        "missing": [_as_finding(reason) for reason in seen.missing], "findings": [_as_finding(reason) for reason in seen.findings],
        "action": {"label": "Make it final and freeze the report", "url": request.path, "post": True, "main": True} if ready and frame["may_edit"] and not seen.is_final else None,
        "papers": [Paper.of(row, "office-improvement-report", provider.slug) for row in reads.reports(viewer, provider, on)],
    }  # fmt: skip
    return render(request, "office/improvement_synthesis_final.html", context)


urlpatterns = [
    path("synthesis/<int:year>/", overview, name="office-improvement-synthesis"),
    path("synthesis/<int:year>/figures/", figures, name="office-improvement-figures"),
    path("synthesis/<int:year>/result/<int:result_id>/", result, name="office-improvement-section"),
    path("synthesis/<int:year>/improvements/", improvements, name="office-improvement-findings"),
    path("synthesis/<int:year>/meeting/", meeting, name="office-improvement-meetings"),
    path("synthesis/<int:year>/meeting/<int:meeting_id>/", decisions, name="office-improvement-meeting"),
    path("synthesis/<int:year>/final/", final, name="office-improvement-final"),
]
