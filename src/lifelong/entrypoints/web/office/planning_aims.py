"""Planning: objectives, terms, people in roles, references of one activity."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse

from lifelong.entrypoints.web.forms import apply
from lifelong.entrypoints.web.office.people import ASKED_EMAIL
from lifelong.entrypoints.web.office.planning_frame import form_page, one_activity
from lifelong.entrypoints.web.page import page, viewer_of
from lifelong.kernel.access import Permission, may
from lifelong.kernel.problems import NotAllowed, problem
from lifelong.loop.people import reads as people
from lifelong.loop.planning import actions, reads
from lifelong.loop.program import reads as program

P = Permission
TAXONOMIES = (
    ("audience", "Who it is for"),
    ("competency", "Competencies it addresses"),
    ("theme", "Themes"),
    ("content_domain", "Content domains"),
    ("content_area", "Content areas"),
    ("iom", "Core competencies of the health professions"),
)
ROWS = 8  # objectives on one form
PROFESSIONS = [
    ("", "Every learner"),
    ("pharmacist", "Pharmacists"),
    ("pharmacy_technician", "Pharmacy technicians"),
    ("nurse", "Nurses"),
    ("physician", "Physicians"),
]


class ObjectivesForm(forms.Form):
    """One line each; empty lines are left out."""

    def __init__(self, activity: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        gaps = [("", "No single gap"), *((link.gap_id, link.gap.title) for link in activity.activity_gaps.all())]
        here = list(activity.objectives.all())
        for n in range(1, max(ROWS, len(here) + 2) + 1):
            one = here[n - 1] if n <= len(here) else None
            self.fields[f"text_{n}"] = forms.CharField(
                required=False,
                max_length=400,
                label=f"Objective {n}: learners will be able to",
                initial=one.text if one else "",
            )
            self.fields[f"kind_{n}"] = forms.ChoiceField(
                required=False, label=f"Objective {n} is about", initial=one.kind if one else "skill",
                choices=[("knowledge", "Knowledge"), ("skill", "Skill"), ("attitude", "Attitude")],
            )  # fmt: skip
            self.fields[f"gap_{n}"] = forms.ChoiceField(
                required=False, label=f"Objective {n} answers the gap", choices=gaps, initial=one.gap_id if one else ""
            )
            self.fields[f"audience_{n}"] = forms.ChoiceField(
                required=False, label=f"Objective {n} is for", choices=PROFESSIONS, initial=one.audience if one else ""
            )

    def objectives(self) -> list[dict[str, Any]]:
        said, found, n = self.cleaned_data, [], 1
        while f"text_{n}" in said:
            if said[f"text_{n}"].strip():
                gap = said[f"gap_{n}"]
                found.append(
                    {
                        "text": said[f"text_{n}"],
                        "kind": said[f"kind_{n}"],
                        "gap_id": int(gap) if gap else None,
                        "audience": said[f"audience_{n}"],
                    }
                )
            n += 1
        return found


@page(needs=P.EDIT_PLANNING)
def objectives(request: HttpRequest, activity_id: int) -> HttpResponse:
    row = one_activity(request, activity_id, P.EDIT_PLANNING)
    form = ObjectivesForm(row, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        done = apply(form, lambda: actions.set_objectives(viewer_of(request), row, objectives=form.objectives()))
        if done is not None:
            messages.success(request, "The objectives are kept.")
            return redirect("office-planning-activity", slug=row.provider.slug, activity_id=row.pk)
    return form_page(request, form, "Objectives", "Keep the objectives", row)


class TermsForm(forms.Form):
    """The program's own lists first, then those all programs share, in groups that stay folded until somebody wants them."""

    def __init__(self, provider: Any, activity: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lists = program.terms_by_list(provider)
        self.chosen: dict[str, list[str]] = {}
        for link in activity.activity_terms.all():
            self.chosen.setdefault(link.term.taxonomy, []).append(link.term.key)
        for taxonomy, label in TAXONOMIES:
            self._ask(taxonomy, label)
        for one in program.shared_lists():
            self._ask(one.key, one.question, one.help, single=one.single)

    def _ask(self, taxonomy: str, label: str, help_text: str = "", *, single: bool = False) -> None:
        options = [(term.key, term.label) for term in self.lists.get(taxonomy, [])]
        chosen = self.chosen.get(taxonomy, [])
        facts: dict[str, Any] = {"required": False, "label": label, "help_text": help_text}
        if options and single:
            facts |= {"choices": [("", "Not said"), *options], "initial": "".join(chosen[:1])}
            self.fields[taxonomy] = forms.ChoiceField(widget=forms.RadioSelect, **facts)
        elif options:
            facts |= {"choices": options, "initial": chosen}
            self.fields[taxonomy] = forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple, **facts)

    def groups(self) -> list[dict[str, Any]]:
        """Title, hint, fields and what is chosen already, for the page. The first group, the program's own lists, has no title."""
        found: list[dict[str, Any]] = [{"fields": [self[key] for key, _ in TAXONOMIES if key in self.fields]}]
        for group in program.list_groups():
            keys = [one.key for one in group.lists if one.key in self.fields]
            said = [t.label for key in keys for t in self.lists[key] if t.key in self.chosen.get(key, [])]
            wrong = any(key in self.errors for key in keys)
            found.append(
                {
                    "title": group.title,
                    "hint": group.hint,
                    "fields": [self[key] for key in keys],
                    "said": said,
                    "open": wrong,
                }
            )
        return [group for group in found if group["fields"]]

    def error_fields(self) -> list[tuple[Any, Any]]:
        """Each field with its errors, as the summary of a form names them."""
        return [(self[name], self.errors[name]) for name in self.fields if name in self.errors]

    def keys(self) -> dict[str, list[str]]:
        """What was chosen, by list."""
        return {
            name: list(said) if isinstance(said, list) else [said] if said else []
            for name, said in self.cleaned_data.items()
        }


def _keep_terms(request: HttpRequest, row: Any, chosen: dict[str, list[str]]) -> Any:
    for taxonomy, keys in chosen.items():
        actions.set_terms(viewer_of(request), row, taxonomy=taxonomy, keys=keys)
    return row


@page(needs=P.EDIT_PLANNING)
def terms(request: HttpRequest, activity_id: int) -> HttpResponse:
    """Audience, competencies and topics in the program's own words; level, purpose and team as all programs ask."""
    row = one_activity(request, activity_id, P.EDIT_PLANNING)
    form = TermsForm(row.provider, row, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        done = apply(form, lambda: _keep_terms(request, row, form.keys()))
        if done is not None:
            messages.success(request, "Audience and topics are kept.")
            return redirect("office-planning-activity", slug=row.provider.slug, activity_id=row.pk)
    return form_page(
        request, form, "Audience and topics", "Keep the choice", row, template="office/planning_terms.html"
    )


class AudienceForm(forms.Form):
    pairs = forms.MultipleChoiceField(
        required=False, label="Professions and the specialties they work in", widget=forms.CheckboxSelectMultiple,
        help_text="All are meant until you take some away.",
    )  # fmt: skip

    def __init__(self, matrix: reads.AudienceMatrix, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["pairs"].choices = [  # type: ignore[attr-defined]  # a choice field
            (row.label, [(f"{row.key}:{column.key}", column.label) for column in matrix.specialties])
            for row in matrix.professions
        ]
        self.fields["pairs"].initial = [f"{row.key}:{column.key}" for row, column in matrix.cells]


@page(needs=P.EDIT_PLANNING)
def audience(request: HttpRequest, activity_id: int) -> HttpResponse:
    """Which professions are meant in which specialties."""
    row = one_activity(request, activity_id, P.EDIT_PLANNING)
    form = AudienceForm(reads.audience(row), request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        pairs = [(left, right) for left, _, right in (one.partition(":") for one in form.cleaned_data["pairs"])]
        if apply(form, lambda: actions.set_audience(viewer_of(request), row, pairs=pairs)) is not None:
            messages.success(request, "The audience is kept.")
            return redirect("office-planning-activity", slug=row.provider.slug, activity_id=row.pk)
    return form_page(request, form, "Professions and specialties", "Keep the audience", row)


class RoleForm(forms.Form):
    email = forms.EmailField(label="E-mail of the person", help_text="Somebody this installation knows already.")
    kind = forms.ChoiceField(
        label="Role",
        choices=[
            ("faculty", "Faculty"),
            ("planner", "Planner"),
            ("moderator", "Moderator"),
            ("director", "Course director"),
            ("reviewer", "Reviewer"),
        ],
    )
    session_id = forms.ChoiceField(required=False, label="Session")
    topic = forms.CharField(required=False, max_length=300, label="Topic")

    def __init__(self, sessions: list[Any], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["session_id"].choices = [("", "The whole activity"), *((one.pk, one.title) for one in sessions)]  # type: ignore[attr-defined]


@page(needs=P.EDIT_PLANNING)
def role_new(request: HttpRequest, activity_id: int) -> HttpResponse:
    """Ask somebody into a role; it starts after disclosure, decision and mitigation."""
    viewer = viewer_of(request)
    row = one_activity(request, activity_id, P.EDIT_PLANNING)
    sessions = [one for one in reads.sessions(row, limit=400).rows if one.cancelled_at is None]
    form = RoleForm(
        sessions,
        request.POST if request.method == "POST" else None,
        initial={"session_id": request.GET.get("session", "")},
    )
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        session = next((one for one in sessions if str(one.pk) == said["session_id"]), None)

        def ask() -> object:
            person = people.person_by_email(said["email"])
            if person is None:
                raise problem(
                    "planning.person",
                    "Nobody here has this e-mail address.",
                    "Add the person under People first.",
                    "email",
                )
            try:
                return actions.add_role(
                    viewer, row, person=person, kind=said["kind"], session=session, topic=said["topic"]
                )
            except NotAllowed as refusal:
                raise problem(
                    "not_allowed", refusal.reasons[0].sentence, refusal.reasons[0].next_step, "kind"
                ) from refusal

        if apply(form, ask, doors=_add_a_person(request, row, said["email"])) is not None:
            messages.success(
                request, "The person is asked into the role. It starts once disclosure and review are done."
            )
            return redirect("office-planning-activity", slug=row.provider.slug, activity_id=row.pk)
    return form_page(request, form, "Ask somebody into a role", "Ask into the role", row)


def _add_a_person(request: HttpRequest, row: Any, email: str) -> dict[str, tuple[str, str]]:
    """Where somebody nobody knows yet is added, for those who may."""
    if not may(viewer_of(request), P.REQUEST_DISCLOSURE, row.provider):
        return {}
    request.session[ASKED_EMAIL] = email  # the form there begins with it; an address of a person stands in no URL
    return {"planning.person": (f"Add {email}", reverse("office-people-new", args=[row.provider.slug]))}


@page(needs=P.EDIT_PLANNING)
def role_end(request: HttpRequest, role_id: int) -> HttpResponse:
    """End a role (POST)."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]
    role = reads.role(viewer, provider, role_id)
    if request.method == "POST":
        actions.end_role(viewer, role)
        messages.success(request, f"{role.person.full_name} no longer has this role.")
    return redirect("office-planning-activity", slug=provider.slug, activity_id=role.activity_id)


class ReferenceForm(forms.Form):
    citation = forms.CharField(label="Citation", widget=forms.Textarea, help_text="So that a reviewer can find it.")
    kind = forms.ChoiceField(
        label="Kind",
        choices=[
            ("clinical_study", "Clinical study"),
            ("guideline", "Guideline"),
            ("review", "Review"),
            ("other", "Other"),
        ],
    )
    session_id = forms.ChoiceField(required=False, label="Session")

    def __init__(self, sessions: list[Any], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["session_id"].choices = [("", "The whole activity"), *((one.pk, one.title) for one in sessions)]  # type: ignore[attr-defined]


@page(needs=P.EDIT_PLANNING)
def reference_new(request: HttpRequest, activity_id: int) -> HttpResponse:
    row = one_activity(request, activity_id, P.EDIT_PLANNING)
    sessions = list(reads.sessions(row, limit=400).rows)
    form = ReferenceForm(sessions, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        session = next((one for one in sessions if str(one.pk) == said["session_id"]), None)
        if (
            apply(
                form,
                lambda: actions.add_reference(
                    viewer_of(request), row, citation=said["citation"], kind=said["kind"], session=session
                ),
            )
            is not None
        ):
            messages.success(request, "The reference is kept.")
            return redirect("office-planning-activity", slug=row.provider.slug, activity_id=row.pk)
    return form_page(request, form, "Name the evidence", "Add the reference", row)


urlpatterns = [
    path("<int:activity_id>/objectives/", objectives, name="office-planning-objectives"),
    path("<int:activity_id>/terms/", terms, name="office-planning-terms"),
    path("<int:activity_id>/audience/", audience, name="office-planning-audience"),
    path("<int:activity_id>/people/", role_new, name="office-planning-role"),
    path("roles/<int:role_id>/end/", role_end, name="office-planning-role-end"),
    path("<int:activity_id>/references/", reference_new, name="office-planning-reference"),
]
