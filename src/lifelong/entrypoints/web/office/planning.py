"""Planning: the list of activities, a new one, one activity with its thread and gates, its aims and people."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse

from lifelong.entrypoints.web.forms import apply
from lifelong.entrypoints.web.office import designation, intake, planning_aims, planning_sessions
from lifelong.entrypoints.web.office.needs_frame import figure_of
from lifelong.entrypoints.web.office.planning_frame import (
    crumb,
    form_page,
    may_edit,
    mended_at,
    one_activity,
    tick_choices,
)
from lifelong.entrypoints.web.office.planning_told import told
from lifelong.entrypoints.web.page import page, viewer_of
from lifelong.entrypoints.web.shell import reachable
from lifelong.entrypoints.web.templatetags.lifelong_ui import day
from lifelong.kernel import clock
from lifelong.kernel.access import Permission, may
from lifelong.kernel.problems import Problem
from lifelong.loop.designation import reads as designations
from lifelong.loop.needs import reads as needs
from lifelong.loop.planning import actions, reads
from lifelong.loop.planning import intake as intake_reads
from lifelong.loop.program import reads as program
from lifelong.rules.gates import Gate, GateState, State

P = Permission
CHANGES = [
    ("", "Choose one"),
    ("competence", "Competence: what learners are able to do"),
    ("performance", "Performance: what learners do in practice"),
    ("patient_outcomes", "Patient outcomes: what patients gain"),
]
STATES = (
    ("all", "All"),
    ("draft", "Drafts"),
    ("published", "Published"),
    ("upcoming", "Upcoming"),
    ("series", "Series"),
    ("closed", "Closed"),
)
SORTS = {"Activity": "title", "Starts": "start", "No.": "newest"}


@page(needs=P.SEE_PLANNING)
def activities(request: HttpRequest) -> HttpResponse:
    """All activities; search, state and order live in the address."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]
    asked = {name: request.GET.get(name, "")[:240] for name in ("q", "state", "sort", "after")}
    query = reads.ActivityQuery(
        search=asked["q"], state=asked["state"] or "all", sort=asked["sort"] or "newest", after=asked["after"]
    )
    found = reads.activities(viewer, provider, query)

    def address(**changes: str) -> str:
        kept = {name: value for name, value in {**asked, "after": "", **changes}.items() if value}
        return f"?{urlencode(kept)}"

    formats = program.format_words(provider)
    table = {
        "id": "activities", "caption": "Activities", "hide_caption": True, "stack": True,
        "columns": [
            {"label": label, "sort_url": address(sort=SORTS[label]), "sorted": _sorted(query.sort, label), "number": label == "No."}
            if label in SORTS else {"label": label}
            for label in ("Activity", "No.", "Format", "Starts", "State")
        ],
        "rows": [{"cells": _cells(provider.slug, row, formats)} for row in found.rows],
        "filters": [
            {"label": label, "url": address(state=key), "current": query.state == key} for key, label in STATES
        ],
        "search": {
            "label": "Search activities", "name": "q", "value": query.search,
            "keep": {name: asked[name] for name in ("state", "sort") if asked[name]},
        },
        "count_text": f"{len(found.rows)} shown",
        "next_url": address(after=found.next_after) if found.next_after else "",
        "empty": {
            "title": "No activity found" if query.search or query.state != "all" else "No activities yet",
            "text": "An activity begins with a gap and an expected result of the mission.",
        },
    }  # fmt: skip
    context: dict[str, Any] = {
        "page_title": "Planning",
        "answer": "What is planned, and what does it still need?",
        "table": table,
    }
    waiting = intake_reads.waiting(viewer, provider)
    label = f"Applications: {waiting} {'waits' if waiting == 1 else 'wait'}" if waiting else "Applications"
    context["page_actions"] = [{"label": label, "url": reverse("office-intake", args=[provider.slug])}]
    if viewer.grants_for(P.EDIT_PLANNING, provider.pk):
        new = reverse("office-planning-new", args=[provider.slug])
        context["page_actions"].insert(0, {"label": "Plan an activity", "url": new, "main": True})
    return render(request, "office/planning.html", context)


def _sorted(sort: str, label: str) -> str:
    if SORTS.get(label) != sort:
        return ""
    return "ascending" if sort == "title" else "descending"


def _cells(slug: str, row: Any, formats: Mapping[str, str]) -> list[dict[str, Any]]:
    kind, word = (
        ("done", "Closed") if row.closed_at else ("done", "Published") if row.published_at else ("draft", "Draft")
    )
    return [
        {
            "text": row.title, "url": reverse("office-planning-activity", args=[slug, row.pk]), "head": True,
            "sub": row.organisation.name if row.organisation else "",
        },
        {"text": str(row.number), "number": True, "label": "No."},
        {"text": formats[row.format], "label": "Format"},
        {"text": day(row.starts_on) if row.starts_on else "not scheduled", "label": "Starts"},
        {"chip": kind, "text": word, "label": "State"},
    ]  # fmt: skip


# --- a new activity, and its basic facts


class ActivityForm(forms.Form):
    title = forms.CharField(max_length=200, label="Title that learners will read")
    format = forms.ChoiceField(label="Format")
    format_rationale = forms.CharField(
        required=False, max_length=400, label="Why does this format fit content, aims and audience?",
        widget=forms.Textarea(attrs={"data-words": "25"}), help_text="At most 25 words.",
    )  # fmt: skip
    organisation_id = forms.ChoiceField(required=False, label="Department or hospital")
    gaps = forms.MultipleChoiceField(required=False, label="Gaps it addresses", widget=forms.CheckboxSelectMultiple)
    expected_results = forms.MultipleChoiceField(
        label="Expected results of the mission it serves", widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "No expected result of the mission is chosen. Choose at least one that this activity serves."},
    )  # fmt: skip
    intended_change = forms.ChoiceField(required=False, label="What is it designed to change?", choices=CHANGES)
    intended_change_text = forms.CharField(
        required=False, label="The change in your words", widget=forms.Textarea, help_text="At most 50 words."
    )
    outcome_plan = forms.CharField(
        required=False, label="How will you know?", widget=forms.Textarea, help_text="A measure and a time."
    )

    def __init__(self, choices: dict[str, list[tuple[Any, str]]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, options in choices.items():
            if name in self.fields:
                self.fields[name].choices = options  # type: ignore[attr-defined]


class NewActivityForm(ActivityForm):
    request_key = forms.CharField(max_length=40, widget=forms.HiddenInput)


class EditActivityForm(ActivityForm):
    summary = forms.CharField(required=False, label="What learners read about it", widget=forms.Textarea)
    place = forms.CharField(required=False, max_length=200, label="Place")
    capacity = forms.IntegerField(required=False, min_value=1, label="Places in the room")
    passing_percent = forms.IntegerField(
        required=False, min_value=1, max_value=100, label="Passing level of its test in percent",
        help_text="Only where the format has a test; learners read it beforehand.",
    )  # fmt: skip
    joint_provider_id = forms.ChoiceField(required=False, label="Joint provider")
    registration_required = forms.BooleanField(required=False, label="Learners register beforehand")
    is_open_to_all = forms.BooleanField(required=False, label="Open to learners outside our institution")
    is_interprofessional = forms.BooleanField(required=False, label="Planned by and for several professions together")


def _choices(request: HttpRequest, of: Any = None) -> dict[str, list[tuple[Any, str]]]:
    """What may be chosen: of organisations only those the viewer plans for, and where the activity is already."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]
    whole, mine = reads.may_plan_for(viewer, provider)
    organisations: list[tuple[Any, str]] = [(one.pk, one.name) for one in mine]
    if whole or (of and of.organisation_id is None):
        organisations.insert(0, ("", "The office itself"))
    if of and of.organisation_id and of.organisation_id not in dict(organisations):
        organisations.append((of.organisation_id, of.organisation.name))
    partners = [(one.pk, one.name) for one in program.organisations(provider) if one.kind == "joint_provider"]
    return {
        "format": [(term.key, term.label) for term in program.terms(provider, "format")],
        "organisation_id": organisations,
        "joint_provider_id": [("", "None"), *partners],
        "gaps": [(one.pk, one.title) for one in needs.gaps(viewer, provider, limit=100).rows],
        "expected_results": [(one.pk, one.label) for one in program.expected_results(provider)],
    }


def _values(request: HttpRequest, said: dict[str, Any]) -> dict[str, Any]:
    """Chosen ids as rows of this program."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]
    gap_ids, result_ids = {int(one) for one in said.pop("gaps")}, {int(one) for one in said.pop("expected_results")}
    said["gaps"] = [one for one in needs.gaps(viewer, provider, limit=100).rows if one.pk in gap_ids]
    said["expected_results"] = [one for one in program.expected_results(provider) if one.pk in result_ids]
    return said


@page(needs=P.EDIT_PLANNING)
def activity_new(request: HttpRequest) -> HttpResponse:
    """Plan an activity, on one page."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]
    initial = {"request_key": str(uuid.uuid4()), "gaps": [request.GET.get("gap", "")]}
    form = NewActivityForm(_choices(request), request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        said = _values(request, dict(form.cleaned_data))
        organisation_id = said.pop("organisation_id")
        organisation = program.organisation(provider, int(organisation_id)) if organisation_id else None
        row = apply(form, lambda: actions.create_activity(viewer, provider, organisation=organisation, **said))
        if row is not None:
            messages.success(request, "The activity is planned. The gates at its right say what it still needs.")
            return redirect("office-planning-activity", slug=provider.slug, activity_id=row.pk)
    return form_page(request, form, "Plan an activity", "Plan the activity", draft="activity")


@page(needs=P.EDIT_PLANNING)
def activity_edit(request: HttpRequest, activity_id: int) -> HttpResponse:
    viewer = viewer_of(request)
    row = one_activity(request, activity_id, P.EDIT_PLANNING)
    names = [name for name in EditActivityForm.base_fields if name not in ("gaps", "expected_results")]
    initial = {name: getattr(row, name) for name in names} | {
        "gaps": [link.gap_id for link in row.activity_gaps.all()],
        "expected_results": [link.expected_result_id for link in row.activity_results.all()],
    }
    choices = tick_choices(_choices(request, row), row)
    form = EditActivityForm(choices, request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        said = _values(request, dict(form.cleaned_data))
        kept = {link.gap_id for link in row.activity_gaps.all()} & {int(one) for one in form.cleaned_data["gaps"]}
        said["gaps"] = list(
            {
                gap.pk: gap
                for gap in [*said["gaps"], *(link.gap for link in row.activity_gaps.all() if link.gap_id in kept)]
            }.values()
        )
        for name in ("organisation_id", "joint_provider_id"):
            said[name] = int(said[name]) if said[name] else None
        if apply(form, lambda: actions.edit_activity(viewer, row, **said)) is not None:
            messages.success(request, "The plan is changed.")
            return redirect("office-planning-activity", slug=row.provider.slug, activity_id=row.pk)
    return form_page(request, form, f"Edit “{row.title}”", "Keep the changes", row)


# --- one activity


@page(needs=P.SEE_PLANNING)
def activity(request: HttpRequest, activity_id: int) -> HttpResponse:
    """One activity: its thread, its evidence, its parts, and the gates with what is missing."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]
    row = one_activity(request, activity_id)
    everything = request.GET.get("sessions") == "all" or "after" in request.GET or not row.is_series
    ahead = None if everything else clock.now()
    sessions = reads.sessions(row, after=request.GET.get("after", "")[:80], since=ahead, limit=60 if everything else 8)
    rail = designations.gate_rail(row)
    missing = designations.missing_to_publish(row)
    gap = min((link.gap for link in row.activity_gaps.all()), key=lambda one: one.priority, default=None)
    edit_url = reverse("office-planning-edit", args=[provider.slug, row.pk])
    context: dict[str, Any] = {
        "page_title": row.title, "kicker": f"No. {row.number}, {program.format_words(provider)[row.format]}", "activity": row, "sessions": sessions.rows,
        "sessions_next": f"?{urlencode({'after': sessions.next_after})}" if sessions.next_after else "", "only_ahead": not everything,
        "moment": clock.now(), "any_over": any(role.session and role.session.ends_at < clock.now() for role in row.planning_roles.all()), "breaks": reads.breaks(row),
        "rule": reads.series_rule(row), "rail": rail, "mended_at": mended_at(request, row),
        "missing": missing, "next_gate": _next_gate(rail), "designations": designations.designations(row),
        "statements": designations.statements(row), "thread": _thread(request, row, rail), "may_edit": may_edit(request, row),
        "may_designate": may_edit(request, row, P.DESIGNATE_CREDIT), "may_publish": may_edit(request, row, P.PUBLISH),
        "may_pass": may_edit(request, row, P.PASS_GATE), "may_review": may_edit(request, row, P.REVIEW_CONTENT),
        "sees_needs": may(viewer, P.SEE_NEEDS, provider),
        "breadcrumbs": [crumb(request, "office-planning", "Planning")], **told(request, row),
        "page_states": [{"kind": "done", "word": "Published"} if row.published_at else {"kind": "draft", "word": "Draft"}],
    }  # fmt: skip
    if gap is not None and gap.measure and gap.place and viewer.grants_for(P.SEE_NEEDS, provider.pk):
        context["figure"] = figure_of(request, needs.series(viewer, provider, gap.measure_id, gap.place_id))
    if not row.published_at:
        count = len(missing)
        context["answer"] = (
            "Nothing is missing: it may be published."
            if not count
            else f"{count} {'thing is' if count == 1 else 'things are'} missing before it may be published."
        )
    if context["may_edit"]:
        context["page_actions"] = [
            {"label": "Edit the plan", "url": edit_url},
            {"label": "Hold it again", "url": reverse("office-planning-copy", args=[provider.slug, row.pk])},
        ]
    return render(request, "office/planning_activity.html", context)


def _next_gate(rail: tuple[GateState, ...]) -> GateState | None:
    """The gate somebody may pass now: the first that is not passed, when nothing is missing."""
    first = next((step for step in rail if step.state is not State.PASSED), None)
    return first if first and first.state is State.WAITING and first.gate is not Gate.PUBLICATION else None


def _thread(request: HttpRequest, row: Any, rail: tuple[GateState, ...]) -> list[dict[str, Any]]:
    slug = request.provider.slug  # type: ignore[attr-defined]
    gaps = [link.gap for link in row.activity_gaps.all()]
    gap_url = reverse("office-needs-gap", args=[slug, gaps[0].pk]) if gaps else ""
    state = {step.gate: step.state for step in rail}
    cleared = state[Gate.PLANNING] is not State.MISSING and state[Gate.FACULTY] is not State.MISSING
    held = bool(row.starts_on and row.published_at and reads.has_begun(row))
    stops = (
        ("Gap", "exists" if gaps else "missing", gap_url, gaps[0].title if gaps else ""),
        ("Need", "exists" if any(gap.needs.all() for gap in gaps) else "missing", f"{gap_url}#needs" if gap_url else "", ""),
        ("Objective", "exists" if row.objectives.all() else "missing", "#objectives", f"{len(row.objectives.all())} objectives"),
        ("Independence", "exists" if cleared else "waiting", f"/office/{slug}/independence/", ""),
        ("Delivery", "exists" if held else "waiting" if row.starts_on else "missing", "#sessions", day(row.starts_on) if row.starts_on else ""),
        ("Evaluation", "waiting" if held else "missing", reverse("office-evaluation-activity", args=[slug, row.pk]) if held else "", ""),
        ("Outcome", "waiting" if held else "missing", reverse("office-outcomes-activity", args=[slug, row.pk]) if held else "", ""),
        ("Mission", "exists" if row.activity_results.all() else "missing", "#aims", ", ".join(link.expected_result.label for link in row.activity_results.all())),
    )  # fmt: skip
    viewer = viewer_of(request)
    return [
        {"label": label, "state": now, "url": reachable(viewer, row, url), "text": text}
        for label, now, url, text in stops
    ]


# --- hold it again


class CopyForm(forms.Form):
    starts_on = forms.DateField(label="First day", widget=forms.DateInput(attrs={"type": "date"}))
    title = forms.CharField(max_length=200, label="Title")
    what_changed = forms.CharField(
        required=False, label="What was changed because of the last results?", widget=forms.Textarea,
        help_text="Look at the last evaluation first. If nothing was changed, say why.",
    )  # fmt: skip
    request_key = forms.CharField(max_length=40, widget=forms.HiddenInput)


@page(needs=P.EDIT_PLANNING)
def copy(request: HttpRequest, activity_id: int) -> HttpResponse:
    """Hold an activity again with new dates; the old one is kept."""
    viewer = viewer_of(request)
    row = one_activity(request, activity_id, P.EDIT_PLANNING)
    initial = {"title": row.title, "request_key": str(uuid.uuid4())}
    form = CopyForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        new = apply(form, lambda: actions.copy_activity(viewer, row, **form.cleaned_data))
        if new is not None:
            messages.success(request, "The activity is planned again; the earlier one stays as it was.")
            return redirect("office-planning-activity", slug=row.provider.slug, activity_id=new.pk)
    return form_page(
        request, form, f"Hold “{row.title}” again", "Plan it again", row, last_results=reads.has_begun(row)
    )


@page(needs=P.PASS_GATE)
def gate(request: HttpRequest, activity_id: int, gate: str) -> HttpResponse:
    """Pass a gate (POST)."""
    viewer = viewer_of(request)
    row = one_activity(request, activity_id, P.PASS_GATE)
    if request.method == "POST" and gate in list(Gate):
        try:
            designation.pass_gate(viewer, row, gate=gate)
            messages.success(request, f"“{Gate(gate).words}” is passed.")
        except Problem as refusal:
            messages.error(request, " ".join(f"{one.sentence} {one.next_step}" for one in refusal.reasons))
    return redirect("office-planning-activity", slug=row.provider.slug, activity_id=row.pk)


urlpatterns = [
    path("", activities, name="office-planning"),
    path("new/", activity_new, name="office-planning-new"),
    path("<int:activity_id>/", activity, name="office-planning-activity"),
    path("<int:activity_id>/edit/", activity_edit, name="office-planning-edit"),
    path("<int:activity_id>/copy/", copy, name="office-planning-copy"),
    path("<int:activity_id>/gates/<str:gate>/", gate, name="office-planning-gate"),
    *planning_aims.urlpatterns,
    *planning_sessions.urlpatterns,
    *designation.urlpatterns,
    *intake.urlpatterns,
]
