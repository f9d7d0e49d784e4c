"""The regular letter to leaders: on or off, how often, what it says, whom it reached."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse

from lifelong.entrypoints.web.forms import apply
from lifelong.entrypoints.web.leadership.letter_mail import text_of
from lifelong.entrypoints.web.page import page, viewer_of
from lifelong.entrypoints.web.templatetags.lifelong_ui import day
from lifelong.kernel.access import Permission, may
from lifelong.loop.improvement import actions
from lifelong.loop.improvement import letters as reads
from lifelong.rules.verdict import counted

P = Permission


class PlanForm(forms.Form):
    is_on = forms.BooleanField(label="Write to the leaders of the program", required=False)
    every_months = forms.TypedChoiceField(label="How often", coerce=int, choices=list(reads.PERIODS.items()))


@page(needs=P.SEE_IMPROVEMENT)
def letters(request: HttpRequest) -> HttpResponse:
    """Switch, preview and list."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    plan = reads.plan_of(viewer, provider)
    initial = {"is_on": plan.is_on, "every_months": plan.every_months} if plan else {}
    form = PlanForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        kept = apply(form, lambda: actions.plan_letters(viewer, provider, **form.cleaned_data))
        if kept is not None:
            said = "The letter is on; the first goes out within the hour." if kept.is_on else "The letter is off."
            messages.success(request, said)
            return redirect(request.path)
    readers = reads.readers_of(provider)
    subject, text = text_of(reads.letter(provider, viewer=viewer), readers[0].full_name if readers else "Reader")
    context = {
        "page_title": "Letter to leaders",
        "answer": f"{reads.PERIODS[plan.every_months]}, to {counted(len(readers), 'person', 'people')}." if plan and plan.is_on else "The letter is off.",
        "breadcrumbs": [{"label": "Improvement", "url": reverse("office-improvement", args=[provider.slug])}],
        "form": form if may(viewer, P.EDIT_IMPROVEMENT, provider) else None, "label": "Keep it so",
        "readers": [person.full_name for person in readers], "subject": subject, "text": text, "table": _table(reads.sent(viewer, provider)),
    }  # fmt: skip
    return render(request, "office/letters.html", context, status=422 if form.errors else 200)


def _table(rows: list[Any]) -> dict[str, Any]:
    return {
        "id": "letters", "caption": "Letters", "stack": True,
        "columns": [{"label": "To"}, {"label": "Period from"}, {"label": "Sent"}],
        "rows": [
            {"cells": [
                {"head": True, "text": row.person.full_name}, {"text": day(row.period_on), "label": "Period from"},
                {"text": day(row.sent_at.date()), "label": "Sent"} if row.sent_at else {"chip": "wait", "text": "On its way", "label": "Sent"},
            ]}
            for row in rows
        ],
        "empty": {"title": "No letter was written yet", "text": "The first goes out when the letter is switched on."},
    }  # fmt: skip


urlpatterns = [path("letters/", letters, name="office-improvement-letters")]
