"""People of the program: find, add, give and end roles, merge duplicates. Beside it the program's machines and organisations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse

from lifelong.entrypoints.web.forms import apply
from lifelong.entrypoints.web.page import page, viewer_of
from lifelong.entrypoints.web.templatetags.lifelong_ui import day
from lifelong.kernel.access import Permission, Role, may
from lifelong.kernel.problems import NotFound, problem
from lifelong.loop.integrity import reads as integrity
from lifelong.loop.people import actions, reads
from lifelong.loop.planning import reads as planning
from lifelong.loop.program import actions as program_actions
from lifelong.loop.program import reads as program

P = Permission
PAGE = 50
ASKED_EMAIL = "asked-email"  # of somebody who was asked into a role and is not known yet; kept in the session until the form opens
REACHES = [("", "Not said")] + [(reach, reach.capitalize()) for reach in actions.REACHES]
#: what an office gives to people; machines have keys instead
ROLES = [
    (role.value, role.value.replace("_", " ").capitalize())
    for role in Role
    if role not in actions.NEVER_GRANTED and role is not Role.INTEGRATION
]
PROFESSIONS = [("", "Not said"), *((key, key.replace("_", " ").capitalize()) for key in (
    "physician", "nurse", "pharmacist", "pharmacy_technician", "pa", "student", "community", "other",
))]  # fmt: skip
ORGANISATIONS = [
    (kind, kind.replace("_", " ").capitalize())
    for kind in ("department", "division", "hospital", "agency", "joint_provider")
]


class PersonForm(forms.Form):
    email = forms.EmailField(
        label="E-mail address", help_text="Somebody who is known by this address is not added twice."
    )
    given_name = forms.CharField(max_length=80, label="Given name")
    family_name = forms.CharField(max_length=80, label="Family name")
    suffix = forms.CharField(max_length=30, required=False, label="Degrees", help_text="Such as MD or RN.")
    profession = forms.ChoiceField(required=False, choices=PROFESSIONS, label="Profession")
    reach = forms.ChoiceField(required=False, choices=REACHES, label="As a teacher, known")
    is_affiliated = forms.BooleanField(required=False, initial=True, label="Belongs to this institution")


class ReachForm(forms.Form):
    reach = forms.ChoiceField(required=False, choices=REACHES, label="As a teacher, known")
    is_affiliated = forms.BooleanField(required=False, label="Belongs to this institution")


class GrantForm(forms.Form):
    role = forms.ChoiceField(choices=ROLES, label="Role")
    organisation = forms.ChoiceField(
        required=False, label="Only in", help_text="Series coordinators and applicants need one."
    )
    activity_id = forms.IntegerField(
        required=False, min_value=1, max_value=2**62, label="Only on the activity with the number",
        help_text="As in the address of its page. Course directors, planners, faculty and joint partners need one.",
    )  # fmt: skip

    def __init__(self, provider: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(one.pk), one.name) for one in program.organisations(provider)]
        self.fields["organisation"].choices = [("", "The whole program"), *choices]  # type: ignore[attr-defined]  # a choice field


class MergeForm(forms.Form):
    email = forms.EmailField(
        label="E-mail address of the other account",
        help_text="It may no longer sign in; its records are read together with these.",
    )


class KeyForm(forms.Form):
    name = forms.CharField(max_length=80, label="Which machine uses it", help_text="Such as: kiosk in lecture hall 2.")


class OrganisationForm(forms.Form):
    name = forms.CharField(max_length=200, label="Name")
    kind = forms.ChoiceField(choices=ORGANISATIONS, label="Kind")
    parent = forms.ChoiceField(required=False, label="Part of")
    place = forms.CharField(max_length=120, required=False, label="Place")
    is_eligible = forms.BooleanField(
        required=False,
        initial=True,
        label="Eligible",
        help_text="Not a company whose business is products used by or on patients.",
    )

    def __init__(self, provider: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(one.pk), one.name) for one in program.organisations(provider)]
        self.fields["parent"].choices = [("", "None"), *choices]  # type: ignore[attr-defined]  # a choice field


# --- the list -------------------------------------------------------------------------------------------------------------


@page(needs=P.SEE_PEOPLE)
def people(request: HttpRequest) -> HttpResponse:
    """Everybody the program knows, by family name or exact e-mail address."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    text, reach = request.GET.get("q", "").strip()[:254], request.GET.get("reach", "")
    rows = reads.search(
        viewer, provider, text=text, reach=reach, after=_cursor(request.GET.get("after", "")), limit=PAGE + 1
    )
    context = {
        "page_title": "People",
        "answer": "Search by family name, or by the whole e-mail address.",
        "page_actions": _doors(viewer, provider),
        "table": _table(rows, provider.slug, text, reach),
    }
    return render(request, "office/people.html", context)


def _cursor(text: str) -> tuple[str, int] | None:
    name, bar, number = text[:200].rpartition("|")
    return (name, int(number)) if bar and number.isdecimal() and len(number) < 19 else None


def _doors(viewer: Any, provider: Any) -> list[dict[str, Any]]:
    doors = [("Add a person", "office-people-new", P.REQUEST_DISCLOSURE), ("Organisations", "office-organisations", P.SEE_PEOPLE),
             ("Keys of machines", "office-keys", P.MANAGE_PROGRAM), ("What was done", "office-audit", P.SEE_AUDIT)]  # fmt: skip
    return [
        {"label": label, "url": reverse(name, args=[provider.slug]), "main": name == "office-people-new"}
        for label, name, needs in doors
        if may(viewer, needs, provider)
    ]


def _table(rows: list[reads.FoundPerson], slug: str, text: str, reach: str) -> dict[str, Any]:
    shown = rows[:PAGE]
    keep = {key: value for key, value in (("q", text), ("reach", reach)) if value}
    last = f"{shown[-1].sort_name}|{shown[-1].id}" if shown else ""
    return {
        "id": "people", "caption": "People of the program, by name", "hide_caption": True,
        "columns": [{"label": "Name"}, {"label": "Profession"}, {"label": "As a teacher, known"}, {"label": "Belongs here"}],
        "rows": [{"cells": _cells(row, slug)} for row in shown],
        "search": {"label": "Family name or e-mail address", "value": text, "keep": {"reach": reach} if reach else {}},
        "filters": [
            {"label": label if key else "Everybody", "url": f"?{urlencode({**({'q': text} if text else {}), 'reach': key})}", "current": key == reach}
            for key, label in REACHES
        ],
        "count_text": f"{len(shown)} people",
        "next_url": f"?{urlencode({**keep, 'after': last})}" if len(rows) > PAGE else "",
        "empty": {"title": "Nobody found", "text": "Names are found from the beginning of the family name."},
    }  # fmt: skip


def _cells(row: reads.FoundPerson, slug: str) -> list[dict[str, Any]]:
    return [
        {"head": True, "text": row.name, "sub": row.email, "url": reverse("office-person", args=[slug, row.id])},
        {"text": row.profession.replace("_", " ") or "–"},
        {"text": row.reach or "–"},
        {"text": "yes" if row.is_affiliated else "no"},
    ]


@page(needs=P.REQUEST_DISCLOSURE)
def person_new(request: HttpRequest) -> HttpResponse:
    """Add a person before giving them a role. Somebody known is opened instead."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    asked = request.session.pop(ASKED_EMAIL, "") if request.method == "GET" else ""
    form = PersonForm(request.POST if request.method == "POST" else None, initial={"email": asked})
    if request.method == "POST" and form.is_valid():
        made = apply(form, lambda: actions.create_person(viewer, provider=provider, **form.cleaned_data))
        if made is not None:
            messages.success(request, f"{made.full_name} is known to this program.")
            if may(viewer, P.SEE_PEOPLE, provider):
                return redirect("office-person", slug=provider.slug, person_id=made.pk)
            return redirect("office-today", slug=provider.slug)
    return _form_page(request, form, "Add a person", "Add this person")


def _form_page(request: HttpRequest, form: forms.Form, title: str, label: str) -> HttpResponse:
    context = {
        "page_title": title,
        "form": form,
        "label": label,
        "breadcrumbs": [_crumb(request)],
        "cancel_url": _crumb(request)["url"],
    }
    return render(request, "office/people_form.html", context, status=422 if form.is_bound else 200)


def _crumb(request: HttpRequest) -> dict[str, str]:
    return {"label": "People", "url": reverse("office-people", args=[request.provider.slug])}  # type: ignore[attr-defined]  # set by @page


# --- one person -----------------------------------------------------------------------------------------------------------


@page(needs=P.SEE_PEOPLE)
def person(request: HttpRequest, person_id: int) -> HttpResponse:
    """Who somebody is here: ties, roles, consents, and where their disclosures and awards are."""
    return _person_page(request, person_id)


def _person_page(request: HttpRequest, person_id: int, **bound: forms.Form) -> HttpResponse:
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    row = reads.person_in(viewer, provider, person_id)
    tie = reads.affiliation(provider, row.pk)
    may_manage = may(viewer, P.MANAGE_PEOPLE, provider)
    reach = {"reach": tie.reach, "is_affiliated": tie.is_affiliated} if tie else {}
    context = {
        "page_title": row.full_name,
        "answer": row.email,
        "page_states": [{"kind": "none", "word": "Merged into another account"}] if row.merged_into_id else [],
        "breadcrumbs": [_crumb(request)],
        "facts": _facts(viewer, provider, reads.person(row.pk), tie),
        "may_manage": may_manage,
        "roles": [_role(grant, provider.slug) for grant in reads.grants_in(viewer, provider, row.pk)] if may_manage else [],
        "duplicates": [(one, _apart(one, row.pk, provider.slug)) for one in reads.merged_accounts(provider, row.pk)],
        "grant_form": bound.get("grant") or GrantForm(provider, prefix="grant"),
        "reach_form": bound.get("reach") or ReachForm(initial=reach, prefix="reach"),
        "merge_form": bound.get("merge") or MergeForm(prefix="merge"),
        "may_reach": may(viewer, P.REQUEST_DISCLOSURE, provider),
        "urls": {what: reverse(f"office-person-{what}", args=[provider.slug, row.pk]) for what in ("grant", "reach", "merge")},
    }  # fmt: skip
    return render(request, "office/people_person.html", context, status=422 if bound else 200)


def _facts(viewer: Any, provider: Any, row: Any, tie: Any) -> list[dict[str, Any]]:
    said = reads.profile_facts(row)
    consents = [f"{one.body}, since {day(one.given_at.date())}" for one in reads.consents(row)]
    facts = [
        {"label": "Profession", "value": said["profession"].replace("_", " ") or None, "note": said["specialty"]},
        {"label": "Place", "value": ", ".join(filter(None, (said["city"], said["state"]))) or None},
        {"label": "Belongs to", "value": (tie.organisation.name if tie and tie.organisation else provider.short_name) if tie and tie.is_affiliated else "another institution"},
        {"label": "As a teacher, known", "value": (tie.reach if tie else "") or None},
        {"label": "May be reported to", "value": "\n".join(consents) or "nobody: no consent given"},
    ]  # fmt: skip
    if may(viewer, P.SEE_DISCLOSURES, provider) and _disclosed(viewer, provider, row.pk):
        address = reverse("office-independence-person", args=[provider.slug, row.pk])
        facts.append({"label": "Disclosures", "value": "What was disclosed", "url": address})
    if may(viewer, P.SEE_CREDIT, provider):
        address = f"{reverse('office-credit', args=[provider.slug])}?{urlencode({'q': row.email})}"
        facts.append({"label": "Credit", "value": "Awards of this program", "url": address})
    return facts


def _disclosed(viewer: Any, provider: Any, person_id: int) -> bool:
    """Whether somebody with a role here has disclosed; what they disclosed elsewhere does not show."""
    try:
        return bool(integrity.history(viewer, provider, person_id))
    except NotFound:
        return False


def _role(grant: Any, slug: str) -> dict[str, Any]:
    where = grant.organisation.name if grant.organisation else "the whole program"
    return {
        "words": grant.role.replace("_", " ").capitalize(),
        "where": f"activity {grant.activity_id}" if grant.activity_id else where,
        "url": reverse("office-planning-activity", args=[slug, grant.activity_id]) if grant.activity_id else "",
        "since": grant.granted_at,
        "action": {
            "label": "End", "about": f"the role {grant.role.replace('_', ' ')}", "post": True, "confirm": "End this role now?",
            "url": reverse("office-person-revoke", args=[slug, grant.person_id, grant.pk]),
        },
    }  # fmt: skip


def _apart(one: Any, person_id: int, slug: str) -> dict[str, Any]:
    address = reverse("office-person-separate", args=[slug, person_id, one.pk])
    return {"label": "Take apart", "about": f"from {one.email}", "url": address, "post": True}


def _changed(
    request: HttpRequest, person_id: int, name: str, form: forms.Form, act: Callable[[], Any], done: str
) -> HttpResponse:
    """What every small form of the page does: act and come back, or show the page with what was refused."""
    reads.person_in(viewer_of(request), request.provider, person_id)  # type: ignore[attr-defined]  # set by @page
    if request.method == "POST":
        if not form.is_valid() or apply(form, act) is None:
            return _person_page(request, person_id, **{name: form})
        messages.success(request, done)
    return redirect("office-person", slug=request.provider.slug, person_id=person_id)  # type: ignore[attr-defined]  # set by @page


@page(needs=P.MANAGE_PEOPLE)
def grant(request: HttpRequest, person_id: int) -> HttpResponse:
    """Give a role (POST)."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    form = GrantForm(provider, request.POST, prefix="grant")

    def act() -> Any:
        said = form.cleaned_data
        activity = planning.activity(viewer, provider, said["activity_id"]) if said["activity_id"] else None
        organisation = program.organisation(provider, int(said["organisation"])) if said["organisation"] else None
        row = reads.person_in(viewer, provider, person_id)
        return actions.grant_role(
            viewer, provider, person=row, role=said["role"], organisation=organisation, activity=activity
        )

    return _changed(request, person_id, "grant", form, act, "The role is given. It counts from now on.")


@page(needs=P.MANAGE_PEOPLE)
def revoke(request: HttpRequest, person_id: int, grant_id: int) -> HttpResponse:
    """End a role (POST)."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    row = reads.grant_in(viewer, provider, person_id, grant_id)
    form = GrantForm(provider, {"grant-role": row.role}, prefix="grant")
    return _changed(request, person_id, "grant", form, lambda: actions.revoke_role(viewer, row), "The role is ended.")


@page(needs=P.REQUEST_DISCLOSURE)
def set_reach(request: HttpRequest, person_id: int) -> HttpResponse:
    """How far a teacher is known, and whether they belong here (POST)."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    form = ReachForm(request.POST, prefix="reach")

    def act() -> Any:
        row = reads.person_in(viewer, provider, person_id)
        return actions.set_reach(viewer, provider, person=row, **form.cleaned_data)

    return _changed(request, person_id, "reach", form, act, "Kept.")


@page(needs=P.MANAGE_PEOPLE)
def merge(request: HttpRequest, person_id: int) -> HttpResponse:
    """Say that another account is this person too (POST)."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    form = MergeForm(request.POST, prefix="merge")

    def act() -> Any:
        found = reads.search(viewer, provider, text=form.cleaned_data["email"], limit=1)
        if not found:
            sentence = "Nobody in this program has this e-mail address."
            raise problem("merge.strangers", sentence, "Look the account up in the list of people.", "email")
        duplicate = reads.person_in(viewer, provider, found[0].id)
        return actions.merge_people(
            viewer, provider, duplicate=duplicate, into=reads.person_in(viewer, provider, person_id)
        )

    return _changed(request, person_id, "merge", form, act, "The two accounts are read as one.")


@page(needs=P.MANAGE_PEOPLE)
def separate(request: HttpRequest, person_id: int, duplicate_id: int) -> HttpResponse:
    """Take a merge back (POST)."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    duplicate = reads.merged_account(provider, person_id, duplicate_id)
    form = MergeForm({"merge-email": duplicate.email}, prefix="merge")

    def act() -> Any:
        return actions.separate_people(viewer, provider, duplicate=duplicate)

    return _changed(request, person_id, "merge", form, act, "The accounts are apart again.")


# --- keys and organisations -----------------------------------------------------------------------------------------------


@page(needs=P.MANAGE_PROGRAM)
def keys(request: HttpRequest) -> HttpResponse:
    """The program's machines and their keys. A new key is shown once, on the page that answers."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    form, secret = KeyForm(request.POST if request.method == "POST" else None), ""
    if request.method == "POST" and form.is_valid():
        made = apply(form, lambda: actions.issue_token(viewer, provider, name=form.cleaned_data["name"]))
        if made is not None:
            secret, form = made[1], KeyForm()
    context = {
        "page_title": "Keys of machines",
        "answer": "A kiosk or another system signs in with its own key. It may record attendance, and nothing else.",
        "breadcrumbs": [_crumb(request)],
        "secret": secret,
        "keys": [
            (one, {} if one.revoked_at else _end_key(one, provider.slug)) for one in reads.tokens(viewer, provider)
        ],
        "form": form,
    }
    return render(request, "office/people_keys.html", context, status=422 if form.is_bound else 200)


def _end_key(one: Any, slug: str) -> dict[str, Any]:
    question = f"End the key of {one.name}? The machine stops working at once."
    return {
        "label": "End", "about": f"the key of {one.name}", "url": reverse("office-key-end", args=[slug, one.pk]), "post": True,
        "danger": True, "confirm": question,
    }  # fmt: skip


@page(needs=P.MANAGE_PROGRAM)
def key_end(request: HttpRequest, token_id: int) -> HttpResponse:
    """End a key (POST)."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    row = reads.token_in(viewer, provider, token_id)
    if request.method == "POST":
        actions.revoke_token(viewer, row)
        messages.success(request, f"The key of {row.name} is ended.")
    return redirect("office-keys", slug=provider.slug)


@page(needs=P.SEE_PEOPLE)
def organisations(request: HttpRequest) -> HttpResponse:
    """Departments, hospitals, agencies and joint providers of the program."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    form = OrganisationForm(provider, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        made = apply(form, lambda: _add(viewer, provider, dict(form.cleaned_data)))
        if made is not None:
            messages.success(request, f"{made.name} is on the list.")
            return redirect("office-organisations", slug=provider.slug)
    context = {
        "page_title": "Organisations",
        "answer": "Whoever plans or hosts with this program.",
        "breadcrumbs": [_crumb(request)],
        "organisations": program.organisations(provider).select_related("parent"),
        "may_add": may(viewer, P.MANAGE_PROGRAM, provider),
        "form": form,
    }
    return render(request, "office/people_organisations.html", context, status=422 if form.is_bound else 200)


def _add(viewer: Any, provider: Any, said: dict[str, Any]) -> Any:
    parent = said.pop("parent")
    above = program.organisation(provider, int(parent)) if parent else None
    return program_actions.add_organisation(viewer, provider, parent=above, **said)


urlpatterns = [
    path("people/", people, name="office-people"),
    path("people/new/", person_new, name="office-people-new"),
    path("people/keys/", keys, name="office-keys"),
    path("people/keys/<int:token_id>/end/", key_end, name="office-key-end"),
    path("people/organisations/", organisations, name="office-organisations"),
    path("people/<int:person_id>/", person, name="office-person"),
    path("people/<int:person_id>/roles/", grant, name="office-person-grant"),
    path("people/<int:person_id>/roles/<int:grant_id>/end/", revoke, name="office-person-revoke"),
    path("people/<int:person_id>/reach/", set_reach, name="office-person-reach"),
    path("people/<int:person_id>/merge/", merge, name="office-person-merge"),
    path("people/<int:person_id>/separate/<int:duplicate_id>/", separate, name="office-person-separate"),
]
