"""Applications: what a department writes step by step, what the office decides, and the calendar they share."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.core.validators import EMPTY_VALUES
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse

from lifelong.entrypoints.web.forms import apply
from lifelong.entrypoints.web.office.planning_frame import crumb, form_page
from lifelong.entrypoints.web.page import page, viewer_of
from lifelong.entrypoints.web.templatetags.lifelong_ui import day
from lifelong.kernel import clock
from lifelong.kernel.access import Permission, may
from lifelong.kernel.problems import Problem
from lifelong.loop.planning import actions, intake, reads
from lifelong.loop.program import reads as program

P = Permission
DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
LABELS = {
    "title": "Title", "gap_now": "What is done today?", "gap_wanted": "What should be done?", "gap_kind": "What kind of gap is it?",
    "source_kind": "Where is it known from?", "citation": "The source, so that somebody else can find it",
    "need_kind": "What is missing?", "need_text": "In your words", "intended_change": "What is it designed to change?",
    "intended_change_text": "The change in your words", "format": "Format", "planned_on": "A day of the month you have in mind",
}  # fmt: skip
CHOICES = {
    "gap_kind": [("knowledge", "Knowledge: they do not know it"), ("quality", "Quality: care is not as it could be"),
                 ("performance", "Performance: they know, and do otherwise")],
    "need_kind": [("knowledge", "Knowledge"), ("competence", "Competence: knowing how"), ("performance", "Performance: doing it")],
    "intended_change": [("competence", "What learners are able to do"), ("performance", "What learners do"),
                        ("patient_outcomes", "What patients gain")],
}  # fmt: skip
LONG = ("gap_now", "gap_wanted", "citation", "need_text", "intended_change_text")
CHIPS = {"draft": "draft", "submitted": "wait", "approved": "done", "declined": "none"}
CONDITIONS = 3  # on one form


class Later:
    """A field that is needed before the application is sent, not before it is kept."""

    def validate(self, value: Any) -> None:
        if value not in EMPTY_VALUES:
            super().validate(value)  # type: ignore[misc]  # of the field it is mixed into


class LaterText(Later, forms.CharField):
    pass


class LaterChoice(Later, forms.ChoiceField):
    pass


class LaterDay(Later, forms.DateField):
    pass


class StepForm(forms.Form):
    """The fields of one step; nothing but the title is required before it is sent."""

    def __init__(self, step: dict[str, Any], provider: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        lists = {"source_kind": "needs_source", "format": "format"}
        for name in step["fields"]:
            label = LABELS[name]
            if name in CHOICES or name in lists:
                options = CHOICES.get(name) or [(t.key, t.label) for t in program.terms(provider, lists[name])]
                self.fields[name] = LaterChoice(label=label, choices=[("", "Choose one"), *options])
            elif name == "planned_on":
                self.fields[name] = LaterDay(label=label, widget=DAY)
            elif name in LONG:
                self.fields[name] = LaterText(label=label, widget=forms.Textarea(attrs={"rows": 4}))
            else:
                self.fields[name] = forms.CharField(label=label, max_length=200)


class NewForm(StepForm):
    organisation_id = forms.TypedChoiceField(label="Department", coerce=int)
    request_key = forms.CharField(max_length=40, widget=forms.HiddenInput)


class ExplainerForm(forms.Form):
    read = forms.BooleanField(label="I have read this", error_messages={"required": "Tick it once you have read it."})


# --- the list


@page(needs=P.SEE_PLANNING)
def applications(request: HttpRequest) -> HttpResponse:
    """What departments ask for: those that wait first; conditions that are late stand above."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    rows = intake.applications(viewer, provider)
    waiting = sum(row.state == "submitted" for row in rows)
    late = intake.overdue(viewer, provider)
    context: dict[str, Any] = {
        "page_title": "Applications",
        "answer": f"{waiting} {'waits' if waiting == 1 else 'wait'} for the office; {len(late)} {'condition is' if len(late) == 1 else 'conditions are'} overdue.",
        "breadcrumbs": [crumb(request, "office-planning", "Planning")],
        "late": [
            {
                "text": one.text, "due_on": one.due_on, "application": one.application,
                "url": reverse("office-intake-application", args=[provider.slug, one.application_id]),
            }
            for one in late
        ],
        "table": {
            "id": "applications", "caption": "Applications", "hide_caption": True, "stack": True,
            "columns": [{"label": one} for one in ("Application", "Applicant", "Sent", "Open conditions", "State")],
            "rows": [{"cells": _cells(provider.slug, row)} for row in rows],
            "count_text": f"{len(rows)} shown",
            "empty": {"title": "No application yet", "text": "A department begins with the gap it has found."},
        },
    }  # fmt: skip
    context["page_actions"] = [
        {"label": "Shared calendar", "url": reverse("office-intake-calendar", args=[provider.slug])}
    ]
    if viewer.grants_for(P.EDIT_PLANNING, provider.pk):
        url = reverse("office-intake-new", args=[provider.slug])
        context["page_actions"].insert(0, {"label": "Apply for an activity", "url": url, "main": True})
    return render(request, "office/intake.html", context)


def _cells(slug: str, row: Any) -> list[dict[str, Any]]:
    url = reverse("office-intake-application", args=[slug, row.pk])
    return [
        {"head": True, "text": row.title, "url": url, "sub": row.organisation.name},
        {"text": row.applicant.full_name, "label": "Applicant"},
        {"text": day(row.submitted_at.date()) if row.submitted_at else "not yet", "label": "Sent"},
        {"text": str(row.open_conditions or "–"), "label": "Open conditions"},
        {"chip": CHIPS[row.state], "text": row.get_state_display(), "label": "State"},
    ]  # fmt: skip


# --- the wizard


@page(needs=P.EDIT_PLANNING)
def new(request: HttpRequest) -> HttpResponse:
    """Begin: the explainer once, then the first step."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    mine = list(reads.may_plan_for(viewer, provider)[1])
    if not mine:
        return form_page(
            request,
            forms.Form(),
            "Apply for an activity",
            "",
            template="office/intake_nowhere.html",
            answer="An application is a department's.",
        )
    if intake.explainer_read(viewer.person_id, provider) is None:
        return _explainer(request, mine[0])
    step = intake.steps()[0]
    initial = {"request_key": str(uuid.uuid4()), "organisation_id": mine[0].pk}
    form = NewForm(step, provider, request.POST if request.method == "POST" else None, initial=initial)
    form.fields["organisation_id"].choices = [(one.pk, one.name) for one in mine]  # type: ignore[attr-defined]
    form.order_fields(["title", "organisation_id"])
    if request.method == "POST" and form.is_valid():
        said = dict(form.cleaned_data)
        where = next(one for one in mine if one.pk == said.pop("organisation_id"))
        row = apply(form, lambda: actions.begin_application(viewer, where, **said))
        if row is not None:
            return redirect(_step_url(provider.slug, row.pk, intake.steps()[1]["key"]))
    return _step_page(request, form, step, None)


def _explainer(request: HttpRequest, organisation: Any) -> HttpResponse:
    form = ExplainerForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        actions.confirm_explainer(viewer_of(request), organisation)
        messages.success(request, "Thank you. You will not be asked again.")
        return redirect("office-intake-new", slug=organisation.provider.slug)
    text = intake.explainer()
    return form_page(
        request, form, text["title"], "Go on to the application", template="office/intake_explainer.html", points=text["points"],
        answer=f"It takes {text['minutes']} minutes, once.",
    )  # fmt: skip


@page(needs=P.EDIT_PLANNING)
def step(request: HttpRequest, application_id: int) -> HttpResponse:
    """One step of the wizard; what is written is kept, complete or not."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    row = intake.application(viewer, provider, application_id, P.EDIT_PLANNING)
    steps = intake.steps()
    at = next((n for n, one in enumerate(steps) if one["key"] == request.GET.get("step")), 0)
    asked = steps[at]
    initial = {name: getattr(row, name) for name in asked["fields"]}
    form = StepForm(asked, provider, request.POST if request.method == "POST" else None, initial=initial)
    kept = None
    if request.method == "POST" and form.is_valid():
        kept = apply(form, lambda: actions.write_application(viewer, row, **form.cleaned_data))
    if kept is not None and at + 1 < len(steps):
        return redirect(_step_url(provider.slug, row.pk, steps[at + 1]["key"]))
    if kept is not None:
        return redirect("office-intake-application", slug=provider.slug, application_id=row.pk)
    return _step_page(request, form, asked, row)


def _step_url(slug: str, application_id: int, key: str) -> str:
    return f"{reverse('office-intake-step', args=[slug, application_id])}?step={key}"


def _step_page(request: HttpRequest, form: forms.Form, asked: dict[str, Any], row: Any) -> HttpResponse:
    slug, steps = request.provider.slug, intake.steps()  # type: ignore[attr-defined]  # set by @page
    at = steps.index(asked)
    lacking = {one.field for one in intake.missing(row)} if row else set()
    trail = [
        {
            "label": one["title"], "url": _step_url(slug, row.pk, one["key"]) if row else "",
            "state": "current" if n == at else "later" if not row or lacking & set(one["fields"]) else "done",
        }
        for n, one in enumerate(steps)
    ]  # fmt: skip
    label = "Keep and go on" if at + 1 < len(steps) else "Keep and look at it whole"
    back = reverse("office-intake-application", args=[slug, row.pk]) if row else reverse("office-intake", args=[slug])
    return form_page(
        request, form, asked["title"], label, template="office/intake_step.html", steps=trail, step=asked, cancel_url=back,
        kicker=f"Step {at + 1} of {len(steps)}{f', {row.title}' if row else ''}", answer=asked["help"],
    )  # fmt: skip


# --- one application


@page(needs=P.SEE_PLANNING)
def application(request: HttpRequest, application_id: int) -> HttpResponse:
    """Everything that was written, what is missing, who else plans the same, and what the office decided."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    row = intake.application(viewer, provider, application_id)
    words = {name: dict(options) for name, options in CHOICES.items()}
    for name, taxonomy in (("source_kind", "needs_source"), ("format", "format")):
        words[name] = dict(program.terms(provider, taxonomy).values_list("key", "label"))
    may_edit, may_decide = may(viewer, P.EDIT_PLANNING, row), may(viewer, P.PASS_GATE, row)
    steps = [
        {
            "title": one["title"], "url": _step_url(provider.slug, row.pk, one["key"]),
            "lines": [(LABELS[name], _said(row, name, words)) for name in one["fields"] if name != "title"],
        }
        for one in intake.steps()
    ]  # fmt: skip
    missing = intake.missing(row) if row.state == "draft" else ()
    context = {
        "page_title": row.title, "kicker": f"Application of {row.organisation.name}", "application": row, "steps_of": steps,
        "page_states": [{"kind": CHIPS[row.state], "word": row.get_state_display()}], "answer": _answer(row, len(missing)),
        "breadcrumbs": [crumb(request, "office-planning", "Planning"), crumb(request, "office-intake", "Applications")],
        "missing": [{"reason": one, "url": _step_url(provider.slug, row.pk, _step_of(one.field))} for one in missing],
        "overlaps": intake.overlaps(viewer, row), "conditions": _conditions(row), "may_edit": may_edit and row.state == "draft",
        "may_decide": may_decide and row.state == "submitted", "may_meet": may_decide,
        "read_at": intake.explainer_read(row.applicant_id, provider),
    }  # fmt: skip
    return render(request, "office/intake_application.html", context)


def _said(row: Any, name: str, words: dict[str, dict[str, str]]) -> str:
    value = getattr(row, name)
    if name == "planned_on":
        return str(day(value)) if value else ""
    return words[name].get(value, value) if name in words else str(value)


def _step_of(field: str) -> str:
    return next((str(one["key"]) for one in intake.steps() if field in one["fields"]), str(intake.steps()[0]["key"]))


def _answer(row: Any, missing: int) -> str:
    if row.state == "draft":
        if missing:
            return f"{missing} {'thing is' if missing == 1 else 'things are'} missing before it can be sent."
        return "Nothing is missing: it can be sent."
    if row.state == "submitted":
        return "The office decides."
    return str(row.decision_note)


def _conditions(row: Any) -> list[dict[str, Any]]:
    today = clock.today(row.provider.time_zone)
    return [{"row": one, "is_late": one.met_at is None and one.due_on < today} for one in row.conditions.all()]


@page(needs=P.EDIT_PLANNING)
def submit(request: HttpRequest, application_id: int) -> HttpResponse:
    """Send it to the office (POST)."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    row = intake.application(viewer, provider, application_id, P.EDIT_PLANNING)
    if request.method == "POST":
        try:
            actions.submit_application(viewer, row)
            messages.success(request, "The application is sent. The office decides; you read it here.")
        except Problem as refusal:
            messages.error(request, " ".join(f"{one.sentence} {one.next_step}" for one in refusal.reasons))
    return redirect("office-intake-application", slug=provider.slug, application_id=row.pk)


class DecisionForm(forms.Form):
    decision = forms.ChoiceField(
        label="Decision", widget=forms.RadioSelect,
        choices=[("approve", "Approve"), ("return", "Return it for changes"), ("decline", "Decline")],
    )  # fmt: skip
    note = forms.CharField(
        required=False, label="What the applicant reads", widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Needed unless you approve.",
    )  # fmt: skip
    expected_results = forms.MultipleChoiceField(
        required=False, label="Expected results of the mission it serves", widget=forms.CheckboxSelectMultiple,
        help_text="Needed when you approve.",
    )  # fmt: skip

    def __init__(self, provider: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["expected_results"].choices = [(one.pk, one.label) for one in program.expected_results(provider)]  # type: ignore[attr-defined]
        for n in range(1, CONDITIONS + 1):
            self.fields[f"condition_{n}"] = forms.CharField(required=False, max_length=300, label=f"Condition {n}")
            self.fields[f"due_{n}"] = forms.DateField(required=False, label=f"Condition {n} is due on", widget=DAY)

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        for n in range(1, CONDITIONS + 1):
            if said.get(f"condition_{n}") and not said.get(f"due_{n}") and f"due_{n}" not in self.errors:
                self.add_error(f"due_{n}", "Say by when; a condition without a day is never late.")
        return said

    def conditions(self) -> list[tuple[str, dt.date]]:
        said = self.cleaned_data
        return [(said[f"condition_{n}"], said[f"due_{n}"]) for n in range(1, CONDITIONS + 1) if said[f"due_{n}"]]


@page(needs=P.PASS_GATE)
def decide(request: HttpRequest, application_id: int) -> HttpResponse:
    """The office's decision, with conditions and their days."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    row = intake.application(viewer, provider, application_id, P.PASS_GATE)
    form = DecisionForm(provider, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        results = [one for one in program.expected_results(provider) if str(one.pk) in said["expected_results"]]
        done = apply(
            form,
            lambda: actions.decide_application(
                viewer, row, decision=said["decision"], note=said["note"], expected_results=results,
                conditions=form.conditions(),
            ),
        )  # fmt: skip
        if done is not None:
            messages.success(request, "The decision is kept; the applicant reads it with the application.")
            return redirect("office-intake-application", slug=provider.slug, application_id=row.pk)
    back = reverse("office-intake-application", args=[provider.slug, row.pk])
    return form_page(request, form, f"Decide on “{row.title}”", "Keep the decision", cancel_url=back)


@page(needs=P.PASS_GATE)
def met(request: HttpRequest, condition_id: int) -> HttpResponse:
    """The office has seen that a condition is met (POST)."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    row = intake.condition(viewer, provider, condition_id, P.PASS_GATE)
    if request.method == "POST":
        actions.meet_condition(viewer, row)
        messages.success(request, "The condition is met.")
    return redirect("office-intake-application", slug=provider.slug, application_id=row.application_id)


# --- the calendar of all departments


@page(needs=P.SEE_PLANNING)
def calendar(request: HttpRequest) -> HttpResponse:
    """What all departments plan in a month. Of what is out of reach only topic and department are told."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    first = _month(request.GET.get("month", ""), clock.today(provider.time_zone))
    lines = intake.calendar(viewer, provider, first)
    later, earlier = (first + dt.timedelta(days=32)).replace(day=1), (first - dt.timedelta(days=1)).replace(day=1)
    departments = len({line.organisation for line in lines})
    context = {
        "page_title": f"{first:%B %Y}", "kicker": "Shared calendar",
        "answer": f"{len(lines)} planned, by {departments} {'department' if departments == 1 else 'departments'}." if lines else "Nothing is planned yet.",
        "breadcrumbs": [crumb(request, "office-planning", "Planning"), crumb(request, "office-intake", "Applications")],
        "page_actions": [
            {"label": f"{one:%B}", "url": f"?month={one:%Y-%m}", "about": f"{one:%Y}"} for one in (earlier, later)
        ],
        "table": {
            "id": "calendar", "caption": f"Planned in {first:%B %Y}", "hide_caption": True, "stack": True,
            "columns": [{"label": one} for one in ("Day", "What", "Department", "Sessions")],
            "rows": [{"cells": _calendar_cells(provider.slug, line)} for line in lines],
            "count_text": f"{len(lines)} lines",
            "empty": {"title": "Nothing is planned yet", "text": "Look at another month, or be the first."},
        },
    }  # fmt: skip
    return render(request, "office/planning.html", context)


def _month(text: str, today: dt.date) -> dt.date:
    try:
        found = dt.date.fromisoformat(f"{text}-01")
    except ValueError:
        found = today
    return found.replace(day=1) if 2000 < found.year < 2100 else today.replace(day=1)


def _calendar_cells(slug: str, line: intake.Planned) -> list[dict[str, Any]]:
    what: dict[str, Any] = {
        "head": True,
        "text": line.title or (f"On {', '.join(line.topic)}" if line.topic else "Planned"),
    }
    if line.activity_id:
        what["url"] = reverse("office-planning-activity", args=[slug, line.activity_id])
    if line.is_application:
        what["sub"] = "asked for, not decided"
    return [
        {"text": day(line.on), "label": "Day"},
        what,
        {"text": line.organisation, "label": "Department"},
        {"text": str(line.sessions or "–"), "label": "Sessions"},
    ]


urlpatterns = [
    path("applications/", applications, name="office-intake"),
    path("applications/new/", new, name="office-intake-new"),
    path("applications/<int:application_id>/", application, name="office-intake-application"),
    path("applications/<int:application_id>/edit/", step, name="office-intake-step"),
    path("applications/<int:application_id>/submit/", submit, name="office-intake-submit"),
    path("applications/<int:application_id>/decide/", decide, name="office-intake-decide"),
    path("applications/conditions/<int:condition_id>/met/", met, name="office-intake-met"),
    path("calendar/", calendar, name="office-intake-calendar"),
]
