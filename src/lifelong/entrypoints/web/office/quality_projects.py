"""The register of quality projects: what education is tied to, and the stages of performance improvement."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse

from lifelong.entrypoints.web.forms import apply
from lifelong.entrypoints.web.page import page, viewer_of
from lifelong.entrypoints.web.templatetags.lifelong_ui import day
from lifelong.kernel.access import Permission, may
from lifelong.loop.outcomes import actions, reads, registers

P = Permission
STAGES = (("A", "Practice assessed"), ("B", "Change made"), ("C", "Practice assessed again"))
DAY = {"type": "date"}


def _chosen(label: str, choices: list[tuple[int, str]]) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=label, coerce=int, empty_value=None, required=False, choices=[("", "Not said"), *choices]
    )


class ProjectForm(forms.Form):
    title = forms.CharField(label="Project", max_length=200)
    aim = forms.CharField(
        label="What it is to change", widget=forms.Textarea(attrs={"rows": 3}), max_length=2000, required=False
    )
    opened_on = forms.DateField(label="Begins", widget=forms.DateInput(attrs=DAY))

    def __init__(
        self, *args: Any, owners: list[tuple[int, str]], measures: list[tuple[int, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner_id"] = _chosen("Who owns it", owners)
        self.fields["measure_id"] = _chosen("Measure it is to move", measures)


class TieForm(forms.Form):
    activity = forms.TypedChoiceField(label="Activity", coerce=int)

    def __init__(self, *args: Any, activities: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["activity"].choices = activities  # type: ignore[attr-defined]  # a choice field


class StageForm(forms.Form):
    stage = forms.ChoiceField(label="Stage", choices=[(key, f"{key}: {words}") for key, words in STAGES])
    done_on = forms.DateField(label="Finished on", widget=forms.DateInput(attrs=DAY))
    found = forms.CharField(
        label="What was found", widget=forms.Textarea(attrs={"rows": 3}), max_length=2000, required=False
    )


@page(needs=P.SEE_OUTCOMES)
def projects(request: HttpRequest) -> HttpResponse:
    """The register, and a form for the next."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    rows = registers.projects(viewer, provider)
    edits = may(viewer, P.EDIT_OUTCOMES, provider)
    owners, measures = registers.choices(provider) if edits else ([], [])
    form = ProjectForm(request.POST if request.method == "POST" and edits else None, owners=owners, measures=measures)
    if request.method == "POST" and edits and form.is_valid():
        row = apply(form, lambda: actions.register_project(viewer, provider, **form.cleaned_data))
        if row is not None:
            messages.success(request, "The project is in the register.")
            return redirect("office-outcomes-project", provider.slug, row.pk)
    table = {
        "id": "projects", "caption": "Quality projects, newest first", "stack": True,
        "columns": [{"label": "Project"}, {"label": "Owner"}, {"label": "Measure"}, {"label": "Activities", "number": True}, {"label": "Stages"}],
        "rows": [{"cells": _cells(row, provider.slug)} for row in rows],
        "empty": {"title": "No project yet", "text": "Name a project of your institution; activities are then tied to it."},
    }  # fmt: skip
    context = {
        "page_title": "Quality projects", "table": table, "form": form if edits else None, "label": "Add the project",
        "breadcrumbs": [{"label": "Outcomes", "url": reverse("office-outcomes", args=[provider.slug])}],
    }  # fmt: skip
    return render(request, "office/quality_projects.html", context, status=422 if form.errors else 200)


def _cells(row: Any, slug: str) -> list[dict[str, Any]]:
    stages = " ".join(one.stage for one in row.stages.all())
    return [
        {"head": True, "text": row.title, "url": reverse("office-outcomes-project", args=[slug, row.pk])},
        {"text": str(row.owner or "–"), "label": "Owner"}, {"text": str(row.measure or "–"), "label": "Measure"},
        {"number": True, "text": row.tied, "label": "Activities"}, {"text": stages or "–", "label": "Stages"},
    ]  # fmt: skip


@page(needs=P.SEE_OUTCOMES)
def project(request: HttpRequest, project_id: int) -> HttpResponse:
    """One project: its activities with before and after, its stages. POST `act` ties, unties or finishes a stage."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    row = registers.project(viewer, provider, project_id)
    edits = may(viewer, P.EDIT_OUTCOMES, provider)
    act = request.POST.get("act", "") if request.method == "POST" and edits else ""
    tie = TieForm(request.POST if act == "tie" else None, activities=registers.free_activities(row) if edits else [])
    done = {one.stage for one in row.stages.all()}
    following = next((key for key, _ in STAGES if key not in done), "")
    stage = StageForm(request.POST if act == "stage" else None, initial={"stage": following})
    if act == "untie" and request.POST.get("activity", "").isdecimal():
        actions.untie_activity(
            viewer, row, activity=registers.activity_of_choice(provider, int(request.POST["activity"]))
        )
        return redirect("office-outcomes-project", provider.slug, project_id)
    if act == "tie" and tie.is_valid() and _tied(viewer, provider, row, tie):
        messages.success(request, "The activity belongs to the project.")
        return redirect("office-outcomes-project", provider.slug, project_id)
    if (
        act == "stage"
        and stage.is_valid()
        and apply(stage, lambda: actions.finish_stage(viewer, row, **stage.cleaned_data)) is not None
    ):
        messages.success(request, "The stage is finished.")
        return redirect("office-outcomes-project", provider.slug, project_id)
    sees = row.measure_id and may(viewer, P.SEE_NEEDS, provider)
    figures_url = reverse("office-needs-measure", args=[provider.slug, row.measure_id]) if sees else ""
    context = _context(row, provider.slug, edits, figures_url) | {
        "tie_form": tie if edits else None,
        "stage_form": stage if edits and following else None,
    }
    return render(request, "office/quality_project.html", context, status=422 if tie.errors or stage.errors else 200)


def _tied(viewer: Any, provider: Any, row: Any, form: TieForm) -> bool:
    activity = registers.activity_of_choice(provider, form.cleaned_data["activity"])
    return apply(form, lambda: actions.tie_activity(viewer, row, activity=activity)) is not None


def _context(row: Any, slug: str, edits: bool, figures_url: str) -> dict[str, Any]:
    done = {one.stage: one for one in row.stages.all()}
    following = next((key for key, _ in STAGES if key not in done), "")
    activities = registers.activities_of(row)
    reached = reads.levels([one.pk for one in activities])
    return {
        "page_title": row.title, "kicker": "Quality project", "project": row,
        "breadcrumbs": [
            {"label": "Outcomes", "url": reverse("office-outcomes", args=[slug])},
            {"label": "Quality projects", "url": reverse("office-outcomes-projects", args=[slug])},
        ],
        "facts": [
            {"label": "Owner", "value": str(row.owner or "Not said")}, {"label": "Measure", "value": str(row.measure or "Not said"), "url": figures_url},
            {"label": "Began", "value": day(row.opened_on)}, {"label": "Aim", "value": row.aim or "Not said"},
        ],
        "steps": [
            {"label": f"{key}: {words}" + (f", {day(done[key].done_on, 'short')}" if key in done else ""),
             "state": "done" if key in done else "current" if key == following else "later"}
            for key, words in STAGES
        ],
        "found": [(one.stage, one.found) for one in done.values() if one.found],
        "table": {
            "id": "tied", "caption": "Activities of the project", "stack": True,
            "columns": [{"label": "Activity"}, {"label": "Begins"}, {"label": "Level reached"}, {"label": ""}],
            "rows": [{"cells": _activity_cells(one, reached[one.pk].words, slug, edits)} for one in activities],
            "empty": {"title": "No activity yet", "text": "Tie the activities that are to help the project."},
        },
    }  # fmt: skip


def _activity_cells(one: Any, words: str, slug: str, edits: bool) -> list[dict[str, Any]]:
    untie = {
        "label": "Take out",
        "about": one.title,
        "post": True,
        "url": "",
        "fields": {"act": "untie", "activity": one.pk},
    }
    return [
        {"head": True, "text": one.title, "url": reverse("office-outcomes-activity", args=[slug, one.pk])},
        {"text": day(one.starts_on), "label": "Begins"}, {"text": words, "label": "Level reached"},
        {"text": "", **({"action": untie} if edits else {})},
    ]  # fmt: skip


urlpatterns = [
    path("projects/", projects, name="office-outcomes-projects"),
    path("projects/<int:project_id>/", project, name="office-outcomes-project"),
]
