"""Independence: who has not disclosed, what waits for a decision, and the evidence of both."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse

from lifelong.entrypoints.web.forms import apply
from lifelong.entrypoints.web.page import page, viewer_of
from lifelong.kernel.access import Permission, may
from lifelong.kernel.problems import NotFound, Problem
from lifelong.loop.integrity import actions, reads

P = Permission
Step = reads.Step
NOT_RELEVANT = "Outside the content of this role."
#: step -> (chip, what it waits for)
WAITS = {
    Step.DISCLOSURE: ("block", "has not disclosed"),
    Step.EXCLUDED: ("block", "owner or employee of a company"),
    Step.REVIEW: ("warn", "waits for a decision"),
    Step.START: ("info", "may begin"),
    Step.STARTED: ("done", "has begun"),
}


class DecisionForm(forms.Form):
    """One relationship seen from one role."""

    is_relevant = forms.ChoiceField(
        label="Does it bear on the content of this role?",
        widget=forms.RadioSelect,
        choices=[("no", "Not relevant"), ("yes", "Relevant")],
    )
    reason = forms.CharField(max_length=400, label="Why", help_text="A few words for the file.")
    mitigation = forms.ChoiceField(required=False, label="If it is relevant: what was done")
    mitigation_note = forms.CharField(max_length=400, required=False, label="How, by whom")
    exception = forms.ChoiceField(required=False, label="If the person is owner or employee: exception")
    exception_reason = forms.CharField(max_length=400, required=False, label="Why the exception applies")

    def __init__(self, kind: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["mitigation"].choices = [("", "Nothing yet"), *reads.mitigations(kind)]  # type: ignore[attr-defined]  # a choice field
        self.fields["exception"].choices = [("", "None"), *reads.exceptions()]  # type: ignore[attr-defined]  # a choice field


class ConclusionForm(forms.Form):
    conclusion = forms.CharField(label="What was found and done", widget=forms.Textarea(attrs={"rows": 4}))


@page(needs=P.SEE_DISCLOSURES)
def worklist(request: HttpRequest) -> HttpResponse:
    """Everybody who keeps something from going on, the soonest first."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]
    lines = reads.open_disclosures(viewer, provider)
    chosen = request.GET.get("show", "")
    shown = [line for line in lines if not chosen or line.state.step == chosen]
    waiting = sum(line.state.step is Step.DISCLOSURE for line in lines)
    decide = sum(line.state.step is Step.REVIEW for line in lines)
    filters = [{"label": "All", "url": "?", "current": not chosen, "count": len(lines)}]
    for step in (Step.DISCLOSURE, Step.EXCLUDED, Step.REVIEW, Step.START):
        count = sum(line.state.step is step for line in lines)
        label = WAITS[step][1][0].upper() + WAITS[step][1][1:]
        filters.append({"label": label, "url": f"?show={step}", "current": chosen == step, "count": count})
    context = {
        "page_title": "Independence",
        "answer": _answer(waiting, decide),
        "lines": [_shown(line, provider.slug) for line in shown],
        "filters": filters,
        "cases": reads.cases(viewer, provider),
        "may_ask": bool(viewer.grants_for(P.REQUEST_DISCLOSURE, provider.pk)),
    }
    return render(request, "office/independence.html", context)


def _answer(waiting: int, decide: int) -> str:
    if not waiting and not decide:
        return "Nobody keeps an activity waiting."
    people = "1 person has" if waiting == 1 else f"{waiting} people have"
    roles = "1 role waits" if decide == 1 else f"{decide} roles wait"
    return f"{people} not disclosed; {roles} for a decision."


def _shown(line: reads.OpenRole, slug: str) -> dict[str, Any]:
    kind, word = WAITS[line.state.step]
    address = {"slug": slug, "role_id": line.role.pk}
    return {
        "line": line,
        "role": line.role,
        "chip": kind,
        "word": word,
        "asked": line.state.request is not None,
        "url": reverse("office-independence-role", kwargs=address),
        "ask_url": reverse("office-independence-ask", kwargs=address),
        "is_disclosure": line.state.step is Step.DISCLOSURE,
    }


@page(needs=P.REQUEST_DISCLOSURE)
def ask(request: HttpRequest, role_id: int) -> HttpResponse:
    """Ask for a disclosure, or remind (POST). Also from the planning pages: `next` leads back within the office."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]
    role = reads.role(viewer, provider, role_id, needs=P.REQUEST_DISCLOSURE)
    if request.method == "POST":
        try:
            if reads.open_request(role.pk) is None:
                actions.request_disclosure(viewer, role)
                messages.success(request, f"{role.person.full_name} gets a mail with the link.")
            else:
                actions.remind_disclosure(viewer, role)
                messages.success(request, f"{role.person.full_name} gets a reminder with the same link.")
        except Problem as refusal:
            for reason in refusal.reasons:
                messages.error(request, f"{reason.sentence} {reason.next_step}")
    if may(viewer, P.SEE_DISCLOSURES, role):
        return redirect("office-independence", slug=provider.slug)
    return redirect(f"/office/{provider.slug}/")


@page(needs=P.SEE_DISCLOSURES)
def role(request: HttpRequest, role_id: int) -> HttpResponse:
    """One role: what was disclosed, each relationship with its decision, and whether the role may begin."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]
    return _role_page(request, reads.role(viewer, provider, role_id))


def _role_page(request: HttpRequest, row: Any, bound: DecisionForm | None = None, bound_id: int = 0) -> HttpResponse:
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]
    state = reads.role_state(row)
    may_review = may(viewer, P.REVIEW_DISCLOSURES, row)
    lines: list[dict[str, Any]] = []
    for one in state.relationships:
        form = bound if bound is not None and bound_id == one.relationship.pk else _decision_form(row.kind, one)
        conflict = reads.has_conflict(viewer.person_id or 0, row, one.relationship) if may_review else ""
        lines.append({"state": one, "form": form, "conflict": conflict})
    kind, word = WAITS[state.step]
    context = {
        "page_title": f"{row.person.full_name}, {row.get_kind_display().lower()}",
        "kicker": row.activity.title,
        "page_states": [{"kind": kind, "word": word[0].upper() + word[1:]}],
        "answer": state.verdict.blocking[0].sentence
        if state.verdict.blocking
        else "Nothing stands in the way of this role.",
        "breadcrumbs": [
            {"label": "Independence", "url": reverse("office-independence", kwargs={"slug": provider.slug})}
        ],
        "state": state,
        "role": row,
        "lines": lines,
        "undecided": [line for line in lines if line["state"].decision is None],
        "may_review": may_review,
        "may_ask": may(viewer, P.REQUEST_DISCLOSURE, row),
        "may_start": may_review and state.step is Step.START,
        "not_relevant": NOT_RELEVANT,
        "shown": [one for one in reads.shown_disclosures(row.activity) if one.session_id in (None, row.session_id)][:5],
    }
    return render(request, "office/independence_role.html", context, status=422 if bound is not None else 200)


def _decision_form(kind: str, one: reads.RelationshipState) -> DecisionForm:
    decision = one.decision
    prefix = f"r{one.relationship.pk}"
    if decision is None:
        return DecisionForm(kind, prefix=prefix)
    initial = {
        "is_relevant": "yes" if decision.is_relevant else "no",
        "reason": decision.reason,
        "mitigation": decision.mitigation,
        "mitigation_note": decision.mitigation_note,
        "exception": decision.exception,
        "exception_reason": decision.exception_reason,
    }
    return DecisionForm(kind, prefix=prefix, initial=initial)


@page(needs=P.REVIEW_DISCLOSURES)
def decide(request: HttpRequest, role_id: int, relationship_id: int) -> HttpResponse:
    """Decide on one relationship (POST)."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]
    row = reads.role(viewer, provider, role_id, needs=P.REVIEW_DISCLOSURES)
    one = next((one for one in reads.role_state(row).relationships if one.relationship.pk == relationship_id), None)
    if one is None:
        raise NotFound("relationship")
    if request.method != "POST":
        return redirect("office-independence-role", slug=provider.slug, role_id=row.pk)
    form = DecisionForm(row.kind, request.POST, prefix=f"r{relationship_id}")
    if not form.is_valid():
        return _role_page(request, row, form, relationship_id)
    said = dict(form.cleaned_data)
    is_relevant = said.pop("is_relevant") == "yes"
    made = apply(
        form,
        lambda: actions.decide_relevance(viewer, row, relationship=one.relationship, is_relevant=is_relevant, **said),
    )
    if made is None:
        return _role_page(request, row, form, relationship_id)
    messages.success(
        request, f"Decided: {one.relationship.company.name} is {'relevant' if is_relevant else 'not relevant'} here."
    )
    return redirect("office-independence-role", slug=provider.slug, role_id=row.pk)


@page(needs=P.REVIEW_DISCLOSURES)
def decide_none(request: HttpRequest, role_id: int) -> HttpResponse:
    """None of the undecided relationships is relevant (POST): one click."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]
    row = reads.role(viewer, provider, role_id, needs=P.REVIEW_DISCLOSURES)
    if request.method == "POST":
        try:
            for one in reads.role_state(row).relationships:
                if one.decision is None:
                    actions.decide_relevance(
                        viewer, row, relationship=one.relationship, is_relevant=False, reason=NOT_RELEVANT
                    )
            messages.success(request, "Decided: none of them is relevant to this role.")
        except Problem as refusal:
            messages.error(request, f"{refusal.reasons[0].sentence} {refusal.reasons[0].next_step}")
    return redirect("office-independence-role", slug=provider.slug, role_id=row.pk)


@page(needs=P.REVIEW_DISCLOSURES)
def start(request: HttpRequest, role_id: int) -> HttpResponse:
    """Let the role begin (POST)."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]
    row = reads.role(viewer, provider, role_id, needs=P.REVIEW_DISCLOSURES)
    if request.method == "POST":
        try:
            actions.start_role(viewer, row)
            messages.success(request, f"{row.person.full_name} may begin and is told so.")
        except Problem as refusal:
            for reason in refusal.reasons:
                messages.error(request, f"{reason.sentence} {reason.next_step}")
    return redirect("office-independence-role", slug=provider.slug, role_id=row.pk)


@page(needs=P.SEE_DISCLOSURES)
def person(request: HttpRequest, person_id: int) -> HttpResponse:
    """All versions of what a person disclosed: nothing is ever edited or removed."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]
    versions = reads.history(viewer, provider, person_id)
    name = versions[0].person.full_name if versions else ""
    context = {
        "page_title": f"Disclosures of {name}" if name else "No disclosure yet",
        "answer": f"{len(versions)} on file; the newest counts." if versions else "This person has not disclosed.",
        "breadcrumbs": [
            {"label": "Independence", "url": reverse("office-independence", kwargs={"slug": provider.slug})}
        ],
        "versions": versions,
    }
    return render(request, "office/independence_person.html", context)


@page(needs=P.SEE_DISCLOSURES)
def case(request: HttpRequest, case_id: int) -> HttpResponse:
    """A compliance case: what was seen, and how it ended."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]
    row = reads.case(viewer, provider, case_id)
    form = ConclusionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        closed = apply(form, lambda: actions.close_case(viewer, row, conclusion=form.cleaned_data["conclusion"]))
        if closed is not None:
            messages.success(request, "The case is closed.")
            return redirect("office-independence", slug=provider.slug)
    context = {
        "page_title": row.summary,
        "kicker": row.kind.replace("_", " ").capitalize(),
        "case": row,
        "form": form,
        "may_close": may(viewer, P.REVIEW_DISCLOSURES, row),
        "breadcrumbs": [
            {"label": "Independence", "url": reverse("office-independence", kwargs={"slug": provider.slug})}
        ],
    }
    return render(request, "office/independence_case.html", context, status=422 if form.errors else 200)


urlpatterns = [
    path("", worklist, name="office-independence"),
    path("role/<int:role_id>/", role, name="office-independence-role"),
    path("role/<int:role_id>/ask/", ask, name="office-independence-ask"),
    path("role/<int:role_id>/none-relevant/", decide_none, name="office-independence-none"),
    path("role/<int:role_id>/decide/<int:relationship_id>/", decide, name="office-independence-decide"),
    path("role/<int:role_id>/start/", start, name="office-independence-start"),
    path("person/<int:person_id>/", person, name="office-independence-person"),
    path("case/<int:case_id>/", case, name="office-independence-case"),
]
