"""Needs: sources of evidence and practice gaps."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse

from lifelong.entrypoints.web.forms import apply
from lifelong.entrypoints.web.office.needs_frame import crumb, figure_of, form_page, links, may_edit, source_kinds
from lifelong.entrypoints.web.page import page, viewer_of
from lifelong.entrypoints.web.shell import reachable
from lifelong.kernel.access import Permission
from lifelong.loop.needs import actions, reads
from lifelong.loop.planning import reads as planning
from lifelong.loop.program import reads as program
from lifelong.rules.verdict import counted

P = Permission
NEED_KINDS = ("knowledge", "competence", "performance")


# --- sources


class SourceForm(forms.Form):
    kind = forms.ChoiceField(label="Kind of source")
    title = forms.CharField(
        max_length=300, label="Title", help_text="A guideline, a survey, a meeting, a report: what it is."
    )
    citation = forms.CharField(
        required=False,
        label="Citation",
        widget=forms.Textarea,
        help_text="So that somebody else can find it: authors, year, DOI; for a meeting its date and members.",
    )
    publisher = forms.CharField(required=False, max_length=200, label="Publisher or committee")
    published_on = forms.DateField(required=False, label="Date", widget=forms.DateInput(attrs={"type": "date"}))
    link = forms.URLField(required=False, label="Link", assume_scheme="https")
    finding = forms.CharField(required=False, label="What it found", widget=forms.Textarea)

    def __init__(self, kinds: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]


@page(needs=P.SEE_NEEDS)
def sources(request: HttpRequest) -> HttpResponse:
    """Where gaps are known from."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]
    search, after, kind = (request.GET.get(name, "")[:80] for name in ("q", "after", "kind"))
    found = reads.sources(viewer, provider, kind=kind, search=search, after=after)
    labels = dict(source_kinds(request))
    rows = [
        {
            "cells": [
                {"text": one.title, "sub": one.citation[:160], "head": True},
                {"text": labels.get(one.kind, one.kind.replace("_", " ")), "label": "Kind"},
                {"text": one.publisher or "–", "label": "Publisher"},
                {"text": one.published_on.isoformat() if one.published_on else "–", "label": "Date"},
                {"text": one.finding[:80] or "–", "label": "Finding"},
            ]
        }
        for one in found.rows
    ]
    table = {
        "id": "sources", "caption": "Sources", "hide_caption": True, "stack": True, "rows": rows,
        "columns": [{"label": label} for label in ("Source", "Kind", "Publisher", "Date", "Finding")],
        "filters": links(request, "office-needs-sources"), "search": {"label": "Search sources", "name": "q", "value": search, "keep": {"kind": kind} if kind else {}},
        "count_text": f"{len(rows)} shown", "next_url": f"?{urlencode({'q': search, 'kind': kind, 'after': found.next_after})}" if found.next_after else "",
        "empty": {"title": "No source yet", "text": "A gap is only as good as its source: add a guideline, a survey, committee minutes or a report."},
    }  # fmt: skip
    context: dict[str, Any] = {
        "page_title": "Sources",
        "table": table,
        "breadcrumbs": [crumb(request, "office-needs", "Needs")],
    }
    if may_edit(request):
        context["page_actions"] = [
            {"label": "Add a source", "url": reverse("office-needs-source-new", args=[provider.slug]), "main": True}
        ]
    return render(request, "office/needs_list.html", context)


@page(needs=P.EDIT_NEEDS)
def source_new(request: HttpRequest) -> HttpResponse:
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]
    form = SourceForm(source_kinds(request), request.POST if request.method == "POST" else None)
    if (
        request.method == "POST"
        and form.is_valid()
        and apply(form, lambda: actions.add_source(viewer, provider, **form.cleaned_data)) is not None
    ):
        messages.success(request, "The source is kept and can be cited by any gap.")
        return redirect("office-needs-sources", slug=provider.slug)
    return form_page(request, form, "Add a source", "Add the source", "office-needs-sources")


# --- gaps


class GapForm(forms.Form):
    title = forms.CharField(max_length=200, label="Gap in a few words")
    description = forms.CharField(
        label="What is the difference between care as it is and as it could be?",
        widget=forms.Textarea,
        help_text="At most 100 words.",
    )
    kind = forms.ChoiceField(
        label="A gap in", choices=[("knowledge", "Knowledge"), ("quality", "Quality"), ("performance", "Performance")]
    )
    owner = forms.ChoiceField(
        label="Whose gap is it?", choices=[("individual", "Individual clinicians"), ("team", "A team")]
    )
    setting = forms.ChoiceField(
        label="Where",
        choices=[
            ("clinical", "Clinical practice"),
            ("research", "Research"),
            ("teaching", "Teaching"),
            ("leadership", "Leadership"),
            ("community", "Community health"),
        ],
    )
    cause = forms.CharField(required=False, label="Why does it exist?", widget=forms.Textarea)
    knowledge = forms.CharField(
        required=False,
        label="Need: what do people not know?",
        widget=forms.Textarea,
        help_text="At most 50 words. At least one of the three needs is asked for.",
    )
    competence = forms.CharField(required=False, label="Need: what are they not able to do?", widget=forms.Textarea)
    performance = forms.CharField(required=False, label="Need: what do they not do in practice?", widget=forms.Textarea)
    disciplines = forms.CharField(
        required=False,
        max_length=200,
        label="Professions and specialties involved",
        help_text="With commas between them, for example: physician, nurse.",
    )
    disparity = forms.CharField(required=False, label="Does it weigh more on some patients?", widget=forms.Textarea)
    sources = forms.MultipleChoiceField(required=False, label="Sources", widget=forms.CheckboxSelectMultiple)
    expected_result_id = forms.ChoiceField(required=False, label="Expected result of the mission")
    target = forms.FloatField(required=False, label="Target", help_text="In the unit of the measure.")
    priority = forms.TypedChoiceField(
        label="Priority", coerce=int, initial=3, choices=[(1, "1, first"), (2, "2"), (3, "3"), (4, "4"), (5, "5, last")]
    )
    priority_reason = forms.CharField(max_length=300, label="Why this priority?")
    organisation_id = forms.ChoiceField(required=False, label="Department or hospital")
    education_can_close = forms.BooleanField(required=False, initial=True, label="Education can help to close it")

    def __init__(
        self, sources: list[Any], results: list[Any], organisations: list[Any], *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sources"].choices = [(one.pk, one.title) for one in sources]  # type: ignore[attr-defined]
        none = [("", "None")]
        self.fields["expected_result_id"].choices = none + [(one.pk, one.label) for one in results]  # type: ignore[attr-defined]
        self.fields["organisation_id"].choices = none + [(one.pk, one.name) for one in organisations]  # type: ignore[attr-defined]

    def values(self) -> dict[str, Any]:
        """What the action takes."""
        said = dict(self.cleaned_data)
        said["needs"] = [(kind, said.pop(kind).strip()) for kind in NEED_KINDS]
        said["needs"] = [(kind, text) for kind, text in said["needs"] if text]
        said["sources"] = [int(one) for one in said["sources"]]
        for name in ("expected_result_id", "organisation_id"):
            said[name] = int(said[name]) if said[name] else None
        return said


@page(needs=P.SEE_NEEDS)
def gaps(request: HttpRequest) -> HttpResponse:
    """Gaps by priority."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]
    search, after, state = (
        request.GET.get("q", "")[:80],
        request.GET.get("after", "")[:30],
        request.GET.get("state", "open"),
    )
    across = request.GET.get("across") == "1"
    found = reads.gaps(viewer, provider, state=state, search=search, after=after, inter_specialty=across)
    rows = [
        {
            "cells": [
                {"text": str(one.priority), "number": True, "label": "Priority"},
                {
                    "text": one.title,
                    "url": reverse("office-needs-gap", args=[provider.slug, one.pk]),
                    "sub": one.priority_reason,
                    "head": True,
                },
                {"text": one.get_kind_display(), "label": "Kind"},
                {
                    "text": f"{one.baseline.value:.4g} {one.measure.unit}" if one.baseline and one.measure else "–",
                    "sub": one.place.name if one.place else "",
                    "label": "Baseline",
                },
                {"text": one.expected_result.label if one.expected_result else "–", "label": "Expected result"},
            ]
        }
        for one in found.rows
    ]
    base = {"q": search} if search else {}
    chips = [
        {"label": label, "url": f"?{urlencode({**base, **more})}", "current": current}
        for label, more, current in (
            ("Open", {"state": "open"}, state == "open" and not across),
            ("Closed", {"state": "closed"}, state == "closed"),
            ("Across specialties", {"state": "open", "across": "1"}, across),
        )
    ]
    table = {
        "id": "gaps", "caption": "Practice gaps", "hide_caption": True, "stack": True, "rows": rows, "filters": [*links(request, "office-needs-gaps"), *chips],
        "columns": [{"label": "Priority", "number": True}, *({"label": label} for label in ("Gap", "Kind", "Baseline", "Expected result"))],
        "search": {"label": "Search gaps", "name": "q", "value": search, "keep": {"state": state}}, "count_text": f"{len(rows)} shown",
        "next_url": f"?{urlencode({**base, 'state': state, 'after': found.next_after})}" if found.next_after else "",
        "empty": {"title": "No gap here", "text": "Register one from a measure, a survey or a guideline; every activity begins with a gap."},
    }  # fmt: skip
    context: dict[str, Any] = {
        "page_title": "Practice gaps",
        "table": table,
        "breadcrumbs": [crumb(request, "office-needs", "Needs")],
    }
    if may_edit(request):
        context["page_actions"] = [
            {"label": "Register a gap", "url": reverse("office-needs-gap-new", args=[provider.slug]), "main": True}
        ]
    return render(request, "office/needs_list.html", context)


@page(needs=P.EDIT_NEEDS)
def gap_new(request: HttpRequest) -> HttpResponse:
    """Register a gap; with `?point=` from one figure of a measure."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]
    asked = request.GET.get("point", "")
    point = reads.point(viewer, provider, int(asked)) if asked.isdecimal() else None
    initial = {}
    if point:
        initial = {"title": f"{point.measure.title}, {point.place.name}"[:200], "kind": "quality"}
    form = GapForm(
        list(reads.sources(viewer, provider, limit=60).rows), list(program.expected_results(provider)), list(program.organisations(provider)),
        request.POST if request.method == "POST" else None, initial=initial,
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        values = form.values() | {"measure_point_id": point.pk if point else None}
        gap_row = apply(form, lambda: actions.register_gap(viewer, provider, **values))
        if gap_row is not None:
            messages.success(request, "The gap is registered. Plan an activity from it when its turn comes.")
            return redirect("office-needs-gap", slug=provider.slug, gap_id=gap_row.pk)
    return form_page(request, form, "Register a gap", "Register the gap", "office-needs-gaps", point=point, draft="gap")


@page(needs=P.SEE_NEEDS)
def gap(request: HttpRequest, gap_id: int) -> HttpResponse:
    """One gap with its evidence, its thread and what is planned from it."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]
    row = reads.gap(viewer, provider, gap_id)
    planned = planning.activities_of_gap(viewer, provider, gap_id)
    labels = dict(source_kinds(request))
    context: dict[str, Any] = {
        "page_title": row.title, "kicker": f"Practice gap, priority {row.priority}", "gap": row, "activities": planned,
        "sources": [(labels.get(link.source.kind, link.source.kind.replace("_", " ")), link.source) for link in row.gap_sources.all()],
        "page_states": [{"kind": "done", "word": "Closed"}] if row.closed_at else [], "thread": _gap_thread(request, row, planned),
        "breadcrumbs": [crumb(request, "office-needs", "Needs"), crumb(request, "office-needs-gaps", "Gaps")],
    }  # fmt: skip
    if row.baseline and row.measure and row.place:
        series = reads.series(viewer, provider, row.measure.pk, row.place.pk)
        context["figure"] = figure_of(request, series)
    if not row.closed_at and may_edit(request):
        context["page_actions"] = [
            {
                "label": "Plan an activity",
                "url": f"{reverse('office-planning-new', args=[provider.slug])}?gap={row.pk}",
                "main": True,
            },
            {"label": "Close the gap", "url": reverse("office-needs-gap-close", args=[provider.slug, row.pk])},
        ]
    return render(request, "office/needs_gap.html", context)


def _gap_thread(request: HttpRequest, row: Any, planned: list[planning.PlannedFromGap]) -> list[dict[str, Any]]:
    slug = request.provider.slug  # type: ignore[attr-defined]
    first = planned[0] if planned else None
    here = reverse("office-planning-activity", args=[slug, first.activity_id]) if first else ""
    held = sum(one.held for one in planned)
    stops = (
        ("Gap", "exists", "", row.registered_at.date().isoformat(), True),
        (
            "Need",
            "exists" if row.needs.all() else "missing",
            "#needs",
            counted(len(row.needs.all()), "need", "needs"),
            False,
        ),
        (
            "Objective",
            "exists" if any(one.objectives for one in planned) else "missing",
            f"{here}#objectives" if here else "",
            "",
            False,
        ),
        ("Independence", _state(planned, "published"), here, "", False),
        ("Delivery", _state(planned, "held"), here, f"{held} sessions held" if held else "", False),
        ("Evaluation", "waiting" if held else "missing", f"/office/{slug}/evaluation/" if held else "", "", False),
        (
            "Outcome",
            "waiting" if held and row.baseline_id else "missing",
            f"/office/{slug}/outcomes/" if held else "",
            "",
            False,
        ),
        (
            "Mission",
            "exists" if row.expected_result_id else "missing",
            "",
            row.expected_result.label if row.expected_result else "",
            False,
        ),
    )
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]
    return [
        {"label": label, "state": state, "url": reachable(viewer, provider, url), "text": text, "current": current}
        for label, state, url, text, current in stops
    ]


def _state(planned: list[planning.PlannedFromGap], what: str) -> str:
    if any(getattr(one, what) for one in planned):
        return "exists"
    return "waiting" if planned else "missing"


class CloseForm(forms.Form):
    note = forms.CharField(max_length=400, label="Was it reached, and how do you know?", widget=forms.Textarea)


@page(needs=P.EDIT_NEEDS)
def gap_close(request: HttpRequest, gap_id: int) -> HttpResponse:
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]
    row = reads.gap(viewer, provider, gap_id)
    form = CloseForm(request.POST if request.method == "POST" else None)
    if (
        request.method == "POST"
        and form.is_valid()
        and apply(form, lambda: actions.close_gap(viewer, row, note=form.cleaned_data["note"])) is not None
    ):
        messages.success(request, "The gap is closed; its story stays.")
        return redirect("office-needs-gap", slug=provider.slug, gap_id=row.pk)
    return form_page(
        request, form, f"Close “{row.title}”", "Close the gap", "office-needs-gap", back_to={"gap_id": row.pk}
    )


urlpatterns = [
    path("sources/", sources, name="office-needs-sources"),
    path("sources/new/", source_new, name="office-needs-source-new"),
    path("gaps/", gaps, name="office-needs-gaps"),
    path("gaps/new/", gap_new, name="office-needs-gap-new"),
    path("gaps/<int:gap_id>/", gap, name="office-needs-gap"),
    path("gaps/<int:gap_id>/close/", gap_close, name="office-needs-gap-close"),
]
