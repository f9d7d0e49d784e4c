"""The audit trail: who did what to which thing, when, and through which door. It cannot be changed."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from lifelong.entrypoints.web.page import page, viewer_of
from lifelong.entrypoints.web.templatetags.lifelong_ui import when
from lifelong.kernel import audit
from lifelong.kernel.access import Permission
from lifelong.kernel.action import ACTIONS
from lifelong.loop.people import reads as people

PAGE = 50
BIGGEST = 2**62  # an id; more digits are no id
CHANNELS = {
    "web": "on a page", "api": "by a machine", "sms": "by text message", "link": "by a link", "job": "by the program itself",
    "cli": "from the command line",
}  # fmt: skip


class TrailForm(forms.Form):
    """What to look for. Everything may be left out."""

    verb = forms.ChoiceField(required=False, label="What was done")
    email = forms.EmailField(required=False, label="Who did it (e-mail address)")
    kind = forms.SlugField(required=False, max_length=40, label="Kind of thing, such as award or activity")
    number = forms.IntegerField(required=False, min_value=1, max_value=BIGGEST, label="Number of the thing")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        verbs = sorted({declared.audit for declared in ACTIONS.values()})
        groups = sorted({verb.split(".")[0] for verb in verbs})
        everything = [(group, f"All of {_words(group)}") for group in groups] + [(verb, _words(verb)) for verb in verbs]
        self.fields["verb"].choices = [("", "Everything"), *everything]  # type: ignore[attr-defined]  # a choice field


def _words(verb: str) -> str:
    return verb.replace(".", " ").replace("_", " ").capitalize()


@page(needs=Permission.SEE_AUDIT)
def trail(request: HttpRequest) -> HttpResponse:
    """The trail, newest first, narrowed by act, person or thing."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    form = TrailForm(request.GET or None)
    said = form.cleaned_data if form.is_valid() else {}
    before = request.GET.get("before", "")
    person_id = _person_id(said.get("email", ""))
    rows = audit.events(
        viewer,
        provider.pk,
        verb=said.get("verb", ""),
        person_id=person_id,
        subject=(said.get("kind", ""), said.get("number")),
        before=int(before) if before.isdecimal() and int(before) < BIGGEST else None,
        limit=PAGE + 1,
    )
    names = people.names_of(row.person_id for row in rows if row.person_id)
    context = {
        "page_title": "What was done here, and by whom",
        "answer": "Every change is written down as it happens. Nothing here can be changed or removed.",
        "form": form,
        "table": _table(rows, names, provider.time_zone, {key: value for key, value in said.items() if value}),
    }
    return render(request, "office/audit.html", context, status=422 if form.is_bound and form.errors else 200)


def _person_id(email: str) -> int | None:
    """Whose acts are asked for; somebody unknown did nothing."""
    if not email:
        return None
    found = people.person_by_email(email)
    return found.pk if found else 0


def _table(rows: list[Any], names: dict[int, str], zone: str, keep: dict[str, Any]) -> dict[str, Any]:
    shown = rows[:PAGE]
    more = f"?{urlencode({**keep, 'before': shown[-1].pk})}" if len(rows) > PAGE else ""
    return {
        "id": "trail", "caption": "Acts, newest first", "hide_caption": True,
        "columns": [{"label": "What was done"}, {"label": "Who"}, {"label": "When"}, {"label": "Thing"}],
        "rows": [{"cells": _cells(row, names, zone)} for row in shown],
        "count_text": f"{len(shown)} acts",
        "next_url": more,
        "empty": {"title": "Nothing of this kind", "text": "Nothing that fits was done in this program."},
    }  # fmt: skip


def _cells(row: Any, names: dict[int, str], zone: str) -> list[dict[str, Any]]:
    who = names.get(row.person_id, f"person {row.person_id}") if row.person_id else "Lifelong"
    facts = ", ".join(f"{key} {value}" for key, value in row.facts.items())
    return [
        {"head": True, "text": _words(row.verb), "sub": facts},
        {"text": who, "sub": CHANNELS.get(row.channel, row.channel)},
        {"text": when(row.at, zone)},
        {"text": f"{row.subject_type} {row.subject_id}" if row.subject_id is not None else "–"},
    ]


urlpatterns = [path("audit/", trail, name="office-audit")]
