"""Learning from teaching: the office looks at what teachers logged; confirmed, the credit follows."""

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
from lifelong.kernel.access import Permission
from lifelong.loop.improvement import actions
from lifelong.loop.improvement import teaching as logs
from lifelong.rules.teaching import teaching_rate

P = Permission


class DecideForm(forms.Form):
    confirmed = forms.TypedChoiceField(
        label="Is it learning from teaching?", choices=[("yes", "Yes, confirm it"), ("no", "No, send it back")],
        coerce=lambda value: value == "yes", widget=forms.RadioSelect,
    )  # fmt: skip
    reason = forms.CharField(
        label="If it goes back: why", required=False, max_length=300, help_text="The teacher reads it."
    )


@page(needs=P.CORRECT_CREDIT)
def every(request: HttpRequest) -> HttpResponse:
    """What waits, then what was decided."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    waiting, decided = logs.waiting(viewer, provider), logs.decided(viewer, provider)
    context = {
        "page_title": "Learning from teaching",
        "answer": f"{len(waiting)} wait for you." if waiting else "Nothing waits.",
        "breadcrumbs": [{"label": "Credit", "url": reverse("office-credit", args=[provider.slug])}],
        "table": _table(waiting, "waiting", "Waits for a second person", provider.slug),
        "decided": _table(decided, "decided", "Decided", provider.slug) if decided else None,
    }
    return render(request, "office/teaching_logs.html", context)


def _table(rows: list[logs.Logged], key: str, caption: str, slug: str) -> dict[str, Any]:
    def cells(one: logs.Logged) -> list[dict[str, Any]]:
        row = one.row
        state = {True: ("done", "Confirmed"), False: ("warn", "Sent back"), None: ("wait", "Waits")}[row.is_confirmed]
        return [
            {"head": True, "text": row.person.full_name, "sub": row.about, "url": reverse("office-credit-teaching-log", args=[slug, row.pk])},
            {"text": day(row.taught_on), "label": "Day"}, {"number": True, "text": row.minutes, "label": "Minutes"},
            {"number": True, "text": "–" if one.worth is None else f"{one.worth:f}", "label": "Credit"},
            {"chip": state[0], "text": state[1], "label": "State"},
        ]  # fmt: skip

    return {
        "id": key, "caption": caption, "stack": True,
        "columns": [{"label": "Teacher"}, {"label": "Day"}, {"label": "Minutes", "number": True}, {"label": "Credit", "number": True}, {"label": "State"}],
        "rows": [{"cells": cells(one)} for one in rows],
        "empty": {"title": "Nothing waits", "text": "Teachers log on their page “My teaching”."},
    }  # fmt: skip


@page(needs=P.CORRECT_CREDIT)
def one(request: HttpRequest, log_id: int) -> HttpResponse:
    """One entry, and the decision."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    row = logs.entry(viewer, provider, log_id)
    form = DecideForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        kept = apply(form, lambda: actions.decide_teaching(viewer, row, **form.cleaned_data))
        if kept is not None:
            said = f"Confirmed: {kept.award.amount:f} credits are in the ledger." if kept.award else "It is decided."
            messages.success(request, said)
            return redirect("office-credit-teaching", provider.slug)
    rate, sure = teaching_rate()
    context = {
        "page_title": row.about, "kicker": f"{row.person.full_name}, {day(row.taught_on)}",
        "breadcrumbs": [{"label": "Learning from teaching", "url": reverse("office-credit-teaching", args=[provider.slug])}],
        "facts": [
            {"label": "Taught", "value": row.get_taught_display()}, {"label": "Minutes with learners", "value": row.minutes},
            {"label": "What the teacher learned", "value": row.learned},
            {"label": "Rate", "value": f"{rate} credits an hour with learners", "note": f"Book of AMA PRA; the source is {sure}."},
            *([{"label": "Sent back", "value": row.reason}] if row.is_confirmed is False else []),
        ],
        "form": form if row.is_confirmed is None and row.person_id != viewer.person_id else None, "label": "Keep the decision",
    }  # fmt: skip
    return render(request, "office/teaching_log.html", context, status=422 if form.errors else 200)


urlpatterns = [
    path("teaching/", every, name="office-credit-teaching"),
    path("teaching/<int:log_id>/", one, name="office-credit-teaching-log"),
]
