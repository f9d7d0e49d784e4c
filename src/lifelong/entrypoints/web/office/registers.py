"""Registers of a program: innovation, collaboration, research, LCME and ACGME, faculty development, distinction."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse

from lifelong.entrypoints.web.forms import apply
from lifelong.entrypoints.web.office.registers_forms import (
    CollaborationForm,
    DecisionForm,
    DisseminationForm,
    DistinctionForm,
    ElementsForm,
    EnrolForm,
    ExportForm,
    FacultyForm,
    InnovationForm,
    MappingForm,
    ProjectForm,
    StepForm,
)
from lifelong.entrypoints.web.page import page, viewer_of
from lifelong.entrypoints.web.templatetags.lifelong_ui import day
from lifelong.formats.tabular import write
from lifelong.kernel import clock
from lifelong.kernel.access import Permission
from lifelong.kernel.problems import NotFound, Problem
from lifelong.loop.improvement import actions, registers
from lifelong.loop.people import reads as people
from lifelong.rules.verdict import counted

P = Permission
DECIDED = {"open": "wait", "adopt": "done", "adapt": "done", "reject": "none"}


@dataclass(frozen=True, slots=True)
class Spec:
    """How a register looks: its words, its form, the columns of its list, and the act that keeps an entry."""

    title: str
    about: str
    new: str
    form: type[forms.Form]
    keep: Callable[..., Any]
    columns: tuple[str, ...]
    cells: Callable[[Any], list[Any]]


SPECS = {
    "innovation": Spec(
        "Innovation", "Approaches of our own and of others: looked at, decided on with a reason, and the activities that use them.",
        "Add an approach", InnovationForm, actions.keep_innovation, ("Origin", "Source", "Decision", "Activities"),
        lambda row: [row.get_origin_display(), row.source or "–", {"chip": DECIDED[row.decision], "text": row.get_decision_display()}, row.used],
    ),
    "collaboration": Spec(
        "Collaboration", "Organisations we work with: what for, in which role, since when, and what came of it.",
        "Add a collaboration", CollaborationForm, actions.keep_collaboration, ("Partner", "Since", "Until", "Activities"),
        lambda row: [row.partner, day(row.effective_from), day(row.effective_until), row.used],
    ),
    "research": Spec(
        "Research", "Research on education, our own and others' that we support. Data leave only with an ethics number, de-identified and logged.",
        "Add a project", ProjectForm, actions.keep_project, ("Whose", "Ethics number", "Submitted", "Presented", "Published"),
        lambda row: [row.get_kind_display(), row.ethics_number or {"chip": "warn", "text": "missing"}, row.submitted, row.presented, row.published],
    ),
    "faculty": Spec(
        "Faculty development", "What the program offers to people who teach, and the steps of the pathway for leaders.",
        "Add an item", FacultyForm, actions.keep_faculty_item, ("For", "Step", "Activity"),
        lambda row: [row.get_track_display(), row.position, row.activity.title if row.activity else "–"],
    ),
    "distinction": Spec(
        "Distinction", "Awards, presentations, publications and commendations.",
        "Add a distinction", DistinctionForm, actions.keep_distinction, ("Kind", "By whom", "Day"),
        lambda row: [row.get_kind_display(), row.by_whom, day(row.on)],
    ),
}  # fmt: skip
TITLES = {key: spec.title for key, spec in SPECS.items()} | {"elements": "LCME and ACGME"}


def _address(slug: str, key: str) -> str:
    if key == "elements":
        return reverse("office-improvement-elements", args=[slug])
    return reverse("office-improvement-register", args=[slug, key])


def _crumbs(slug: str, *more: tuple[str, str]) -> list[dict[str, str]]:
    base = (
        ("Improvement", reverse("office-improvement", args=[slug])),
        ("Registers", reverse("office-improvement-registers", args=[slug])),
    )
    return [{"label": label, "url": url} for label, url in (*base, *more)]


def _edits(request: HttpRequest) -> bool:
    return bool(viewer_of(request).grants_for(P.EDIT_IMPROVEMENT, request.provider.pk))  # type: ignore[attr-defined]


@page(needs=P.SEE_IMPROVEMENT)
def every(request: HttpRequest) -> HttpResponse:
    """The registers that the program's profile turns on."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    counts = registers.counts(viewer, provider)
    context = {
        "page_title": "Registers", "answer": f"This program keeps {len(counts)} registers.", "breadcrumbs": _crumbs(provider.slug)[:1],
        "registers": [
            {"title": TITLES[key], "about": SPECS[key].about if key in SPECS else "Which activities and items of faculty development serve which element of the two bodies.", "count": n, "url": _address(provider.slug, key)}
            for key, n in counts.items()
        ],
    }  # fmt: skip
    return render(request, "office/registers.html", context)


@page(needs=P.SEE_IMPROVEMENT)
def register(request: HttpRequest, key: str) -> HttpResponse:
    """One register: its entries; for faculty development also the pathway."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    if key not in SPECS:
        raise NotFound("register")
    rows, spec, slug = registers.entries(viewer, provider, key), SPECS[key], provider.slug
    may_edit = _edits(request)
    new = {"label": spec.new, "url": reverse("office-improvement-entry-new", args=[slug, key]), "main": True}
    context = {
        "page_title": spec.title, "answer": spec.about, "breadcrumbs": _crumbs(slug), "page_actions": [new] if may_edit else [],
        "table": {
            "id": key, "caption": f"{spec.title}: entries", "hide_caption": True, "stack": True,
            "columns": [{"label": "Title"}, *({"label": name} for name in spec.columns)],
            "rows": [
                {"cells": [
                    {"head": True, "text": row.title, "url": reverse("office-improvement-entry", args=[slug, key, row.pk])},
                    *({"label": name, **(cell if isinstance(cell, dict) else {"text": cell})} for name, cell in zip(spec.columns, spec.cells(row), strict=True)),
                ]}
                for row in rows
            ],
            "count_text": counted(len(rows), "entry", "entries"), "empty": {"title": "Nothing is kept here yet", "text": spec.about, "action": new if may_edit else None},
        },
    }  # fmt: skip
    if key == "faculty":
        context |= _pathway(request)
    return render(request, "office/register.html", context)


def _pathway(request: HttpRequest) -> dict[str, Any]:
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    slug, may_edit = provider.slug, _edits(request)
    walkers = registers.pathway(viewer, provider)
    return {
        "walkers": [
            {"who": one, "url": reverse("office-improvement-step", args=[slug, one.ahead.pk]) if one.ahead and may_edit else ""}
            for one in walkers
        ],
        "enrol": EnrolForm(people=registers.colleagues(viewer, provider)) if may_edit else None,
        "enrol_url": reverse("office-improvement-enrol", args=[slug]),
        "ratings_url": reverse("office-evaluation", args=[slug]),
        "logs_url": reverse("office-credit-teaching", args=[slug]) if viewer.grants_for(P.CORRECT_CREDIT, provider.pk) else "",
    }  # fmt: skip


def _initial(row: Any, form: type[forms.Form]) -> dict[str, Any]:
    known = {name: getattr(row, name) for name in form.base_fields if hasattr(row, name) and name != "activities"}
    return known | ({"activities": [one.pk for one in registers.activities_of(row)]} if "activities" in form.base_fields else {})  # fmt: skip


def _form(request: HttpRequest, key: str, row: Any = None) -> Any:
    """The form of an entry, filled from the row, with the activities it may name; bound only when it is the one that was sent."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    form = SPECS[key].form
    initial = _initial(row, form) if row else {}
    sent = request.POST if request.method == "POST" and "act" not in request.POST else None
    found = form(sent, initial=initial)
    for name in ("activities", "activity_id"):
        if name in found.fields:
            choices = registers.activity_choices(viewer, provider, initial.get("activities", ()))
            found.fields[name].choices = choices if name == "activities" else [("", "None"), *choices]  # type: ignore[attr-defined]
    return found


@page(needs=P.EDIT_IMPROVEMENT)
def entry_new(request: HttpRequest, key: str) -> HttpResponse:
    """A new entry."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    registers.check(viewer, provider, key if key in SPECS else "", P.EDIT_IMPROVEMENT)
    form = _form(request, key)
    if request.method == "POST" and form.is_valid():
        made = apply(form, lambda: SPECS[key].keep(viewer, provider, **form.cleaned_data))
        if made is not None:
            messages.success(request, "The entry is kept.")
            return redirect("office-improvement-entry", provider.slug, key, made.pk)
    context = {
        "page_title": SPECS[key].new, "breadcrumbs": _crumbs(provider.slug, (SPECS[key].title, _address(provider.slug, key))),
        "form": form, "label": "Keep the entry", "cancel_url": _address(provider.slug, key),
    }  # fmt: skip
    return render(request, "office/improvement_form.html", context, status=422 if form.errors else 200)


@page(needs=P.SEE_IMPROVEMENT)
def entry(request: HttpRequest, key: str, entry_id: int) -> HttpResponse:
    """One entry: its words, what belongs to it, and the acts on it."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    row = registers.entry(viewer, provider, key, entry_id)
    form = _form(request, key, row)
    extra = _extra_form(request, key, row)
    sent = None
    if request.method == "POST":
        sent = extra if "act" in request.POST else form
        if sent is None:
            raise NotFound("act")
        if sent.is_valid() and apply(sent, lambda: _act(request, key, row, sent)) is not None:
            messages.success(request, "It is on record.")
            return redirect(request.path)
    may_edit = _edits(request)
    context = {
        "page_title": row.title, "kicker": SPECS[key].title, "key": key,
        "breadcrumbs": _crumbs(provider.slug, (SPECS[key].title, _address(provider.slug, key))),
        "facts": _facts(row, SPECS[key].form),
        "activities": [
            {"text": f"{one.number}: {one.title}", "url": reverse("office-planning-activity", args=[provider.slug, one.pk])}
            for one in (registers.activities_of(row) if hasattr(row, "activities") else [])
        ],
        "form": form if may_edit else None, "extra": extra if may_edit else None, "extra_label": EXTRA_LABELS.get(key, ""),
        "editing": form.is_bound and bool(form.errors),
    } | _log(request, key, row)  # fmt: skip
    return render(
        request, "office/register_entry.html", context, status=422 if sent is not None and sent.errors else 200
    )


EXTRA_LABELS = {"innovation": "Record the decision", "research": "Record the step"}


def _extra_form(request: HttpRequest, key: str, row: Any) -> Any:
    sent = request.POST if request.method == "POST" and "act" in request.POST else None
    if key == "innovation":
        return DecisionForm(sent, initial={"decision": row.decision, "reason": row.decision_reason})
    return DisseminationForm(sent) if key == "research" else None


def _act(request: HttpRequest, key: str, row: Any, form: Any) -> Any:
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    data = form.cleaned_data
    if "act" not in request.POST:
        return SPECS[key].keep(viewer, provider, entry=row, **data)
    if key == "innovation":
        return actions.decide_innovation(viewer, row, **data)
    return actions.add_dissemination(viewer, row, **data)


def _facts(row: Any, form: type[forms.Form]) -> list[dict[str, Any]]:
    found = []
    for name, field in form.base_fields.items():
        if name in ("title", "activities", "activity_id"):
            continue
        shown = getattr(row, f"get_{name}_display", None)
        value: Any = shown() if shown else getattr(row, name, "")
        found.append({"label": str(field.label), "value": day(value) if hasattr(value, "year") else value or "–"})
    return found


def _log(request: HttpRequest, key: str, row: Any) -> dict[str, Any]:
    """What only some registers show: the decision, the dissemination, what left."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    if key == "innovation":
        return {"decided": row if row.decision != "open" else None}
    if key == "faculty":
        kept = "elements" in registers.kept_by(provider)
        return {
            "serves": registers.served_by(viewer, provider, row),
            "elements_url": _address(provider.slug, "elements") if kept else "",
        }
    if key != "research":
        return {}
    return {
        "steps_done": registers.dissemination(viewer, provider, row), "exports": registers.exports(viewer, provider, row),
        "export_url": reverse("office-improvement-export", args=[provider.slug, row.pk])
        if viewer.grants_for(P.EXPORT, provider.pk)
        else "",
    }  # fmt: skip


@page(needs=P.EXPORT)
def export(request: HttpRequest, project_id: int) -> HttpResponse:
    """Make a de-identified file for a project; a refusal says which groups are too small."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    project = registers.entry(viewer, provider, "research", project_id)
    here = reverse("office-improvement-entry", args=[provider.slug, "research", project.pk])
    now = clock.today(provider.time_zone).year
    form = ExportForm(request.POST if request.method == "POST" else None, initial={"year": now})
    if request.method == "POST" and form.is_valid():
        doors = {"research.ethics": ("Open the project and correct the entry", here)}
        made = apply(form, lambda: actions.export_answers(viewer, project, **form.cleaned_data), doors=doors)
        if made is not None:
            messages.success(
                request,
                f"{made.rows:,} answers left, the smallest group holds {made.smallest_group}. It is in the log.",
            )
            return redirect("office-improvement-entry", provider.slug, "research", project.pk)
    context = {
        "page_title": "Answers for research", "kicker": project.title, "form": form, "label": "Make the file",
        "answer": "Names, own words and days never leave. Each combination of the columns must stand for enough people.",
        "breadcrumbs": _crumbs(provider.slug, ("Research", _address(provider.slug, "research")), (project.title, here)),
        "cancel_url": here,
    }  # fmt: skip
    return render(request, "office/improvement_form.html", context, status=422 if form.errors else 200)


@page(needs=P.EXPORT)
def export_file(request: HttpRequest, export_id: int) -> HttpResponse:
    """A file as it left."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    content, name = registers.export_bytes(viewer, provider, export_id)
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


# --- LCME and ACGME


@page(needs=P.SEE_IMPROVEMENT)
def elements(request: HttpRequest) -> HttpResponse:
    """Every element with what serves it; the list is imported as CSV, the report leaves as CSV."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    body = request.GET.get("body", "")
    lines = registers.by_element(viewer, provider, body)
    if request.GET.get("as") == "csv":
        rows = [
            [line.element.get_body_display(), line.element.code, line.element.title, kind, title]
            for line in lines
            for kind, title in (
                *(("activity", one.title) for one in line.activities), *(("faculty development", one.title) for one in line.items),
                *([("", "")] if not line.activities and not line.items else []),
            )
        ]  # fmt: skip
        response = HttpResponse(
            write(["Body", "Element", "Title", "Kind", "Served by"], rows), content_type="text/csv; charset=utf-8"
        )
        response["Content-Disposition"] = 'attachment; filename="elements.csv"'
        return response
    form = ElementsForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data["file"].read()
        if apply(form, lambda: actions.import_elements(viewer, provider, body=form.cleaned_data["body"], data=data)) is not None:  # fmt: skip
            messages.success(request, "The list of elements is taken in.")
            return redirect(request.path)
    served = sum(bool(line.activities or line.items) for line in lines)
    context = {
        "page_title": "LCME and ACGME", "answer": f"{served} of {len(lines)} elements are served." if lines else "No list is imported yet.",
        "breadcrumbs": _crumbs(provider.slug), "form": form if _edits(request) else None,
        "table": {
            "id": "elements", "caption": "Elements and what serves them", "stack": True, "tall": True,
            "filters": [{"label": name, "url": f"?body={key}", "current": body == key} for key, name in (("", "Both"), ("lcme", "LCME"), ("acgme", "ACGME"))],
            "columns": [{"label": "Element"}, {"label": "Activities"}, {"label": "Faculty development"}],
            "rows": [
                {"cells": [
                    {"head": True, "text": str(line.element), "sub": line.element.title, "url": reverse("office-improvement-element", args=[provider.slug, line.element.pk])},
                    _served([one.title for one in line.activities]) | {"label": "Activities"}, _served([one.title for one in line.items]) | {"label": "Faculty development"},
                ]}
                for line in lines
            ],
            "csv_url": f"?body={body}&as=csv", "count_text": counted(len(lines), "element", "elements"),
            "empty": {"title": "No list is imported", "text": "The wording of the elements belongs to the two bodies. Import their list as CSV with the columns code and title."},
        },
    }  # fmt: skip
    return render(request, "office/register_elements.html", context, status=422 if form.errors else 200)


def _served(titles: list[str]) -> dict[str, Any]:
    if not titles:
        return {"text": "nothing", "chip": "warn"}
    return {"text": "; ".join(titles[:3]) + (f" and {len(titles) - 3} more" if len(titles) > 3 else "")}


@page(needs=P.SEE_IMPROVEMENT)
def element(request: HttpRequest, element_id: int) -> HttpResponse:
    """One element: what serves it, and a further mapping."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    line = registers.element(viewer, provider, element_id)
    items = [(row.pk, row.title) for row in registers.entries(viewer, provider, "faculty")]
    form = MappingForm(request.POST or None, activities=registers.activity_choices(viewer, provider), items=items)
    if request.method == "POST" and form.is_valid():
        kept = apply(form, lambda: actions.map_element(viewer, line.element, **form.cleaned_data))
        if kept is not None:
            messages.success(request, "The mapping is kept.")
            return redirect(request.path)
    context = {
        "page_title": str(line.element), "answer": line.element.title, "line": line, "form": form if _edits(request) else None,
        "breadcrumbs": _crumbs(provider.slug, ("LCME and ACGME", _address(provider.slug, "elements"))),
    }  # fmt: skip
    return render(request, "office/register_element.html", context, status=422 if form.errors else 200)


# --- the pathway


@page(needs=P.EDIT_IMPROVEMENT)
def enrol(request: HttpRequest) -> HttpResponse:
    """Put a colleague on the pathway (POST)."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    form = EnrolForm(request.POST or None, people=registers.colleagues(viewer, provider))
    if request.method == "POST" and form.is_valid():
        try:
            actions.enrol(viewer, provider, person=people.person(form.cleaned_data["person"]))
            messages.success(request, "The colleague is on the pathway.")
        except Problem as refusal:
            messages.error(request, " ".join(f"{reason.sentence} {reason.next_step}" for reason in refusal.reasons))
    return redirect("office-improvement-register", provider.slug, "faculty")


@page(needs=P.EDIT_IMPROVEMENT)
def step(request: HttpRequest, step_id: int) -> HttpResponse:
    """A step of the pathway is done."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    row = registers.step(viewer, provider, step_id)
    form = StepForm(request.POST or None, initial={"done_on": clock.today(provider.time_zone)})
    if request.method == "POST" and form.is_valid():
        kept = apply(form, lambda: actions.complete_step(viewer, row, **form.cleaned_data))
        if kept is not None:
            messages.success(request, "The step is done.")
            return redirect("office-improvement-register", provider.slug, "faculty")
    context = {
        "page_title": row.item.title, "kicker": f"Pathway of {row.person.full_name}", "form": form, "label": "The step is done",
        "cancel_url": _address(provider.slug, "faculty"), "breadcrumbs": _crumbs(provider.slug, ("Faculty development", _address(provider.slug, "faculty"))),
    }  # fmt: skip
    return render(request, "office/improvement_form.html", context, status=422 if form.errors else 200)


urlpatterns = [
    path("registers/", every, name="office-improvement-registers"),
    path("registers/elements/", elements, name="office-improvement-elements"),
    path("registers/elements/<int:element_id>/", element, name="office-improvement-element"),
    path("registers/pathway/enrol/", enrol, name="office-improvement-enrol"),
    path("registers/pathway/<int:step_id>/", step, name="office-improvement-step"),
    path("registers/research/<int:project_id>/export/", export, name="office-improvement-export"),
    path("registers/exports/<int:export_id>.csv", export_file, name="office-improvement-export-file"),
    path("registers/<slug:key>/", register, name="office-improvement-register"),
    path("registers/<slug:key>/new/", entry_new, name="office-improvement-entry-new"),
    path("registers/<slug:key>/<int:entry_id>/", entry, name="office-improvement-entry"),
]
