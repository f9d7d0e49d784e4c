"""Pair forms from elsewhere (paper, another system) by the codes that people made themselves. Nothing typed here is kept."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from lifelong.entrypoints.web.office.survey_frame import crumbs
from lifelong.entrypoints.web.page import page
from lifelong.kernel.access import Permission
from lifelong.kernel.problems import Problem
from lifelong.loop.surveys import codes

P = Permission
EXAMPLE = "One form a line: the elements of the code, separated by commas; after a semicolon the score. For example: a, 03, m, oslo, 2; 7"


class PairingForm(forms.Form):
    before = forms.CharField(label="Forms before", help_text=EXAMPLE, max_length=200_000, widget=forms.Textarea(attrs={"rows": 6}))  # fmt: skip
    after = forms.CharField(label="Forms after", help_text="The same elements in the same order.", max_length=200_000, widget=forms.Textarea(attrs={"rows": 6}))  # fmt: skip
    tolerance = forms.TypedChoiceField(
        label="How many elements may differ", coerce=int, choices=[(0, "None"), (1, "One"), (2, "Two")], initial=1
    )


@page(needs=P.SEE_EVALUATION)
def pairing(request: HttpRequest) -> HttpResponse:
    """Who could be paired, who fits several, who fits nobody; the pairs as a file."""
    form = PairingForm(request.POST or None)
    found: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            before, after = codes.read_forms(said["before"], "before"), codes.read_forms(said["after"], "after")
            paired = codes.pair(before, after, said["tolerance"])
            if "csv" in request.POST:
                return _file(codes.as_csv(before, after, paired))
            found = {"table": _table(before, after, paired), "told": codes.compared(before, after, paired), "paired": paired}  # fmt: skip
        except Problem as refusal:
            for reason in refusal.reasons:
                field = reason.field if reason.field in form.fields else None
                form.add_error(field, f"{reason.sentence} {reason.next_step}")
    context = {
        "page_title": "Pair forms by own codes", "form": form, "breadcrumbs": crumbs(request, ("Forms", "office-evaluation-forms", [])),
        "answer": "For forms from elsewhere. Our own forms pair by a code that the product makes, which nobody can misremember.", **found,
    }  # fmt: skip
    return render(request, "office/surveys_pairing.html", context, status=422 if form.errors else 200)


def _table(before: list[Any], after: list[Any], paired: codes.Paired) -> dict[str, Any]:
    lines = (
        ("Forms", len(before), len(after)),
        ("Paired", len(paired.pairs), len(paired.pairs)),
        ("Fit more than one: in no pair", len(paired.ambiguous_before), len(paired.ambiguous_after)),
        ("Fit nobody", len(paired.unmatched_before), len(paired.unmatched_after)),
    )
    return {
        "id": "paired", "caption": "Who could be paired", "hide_caption": True,
        "columns": [{"label": "Forms"}, {"label": "Before", "number": True}, {"label": "After", "number": True}],
        "rows": [{"cells": [{"head": True, "text": label}, {"text": first, "number": True}, {"text": second, "number": True}]} for label, first, second in lines],
    }  # fmt: skip


def _file(text: str) -> HttpResponse:
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="pairs.csv"'
    return response


urlpatterns = [path("pairing/", pairing, name="office-evaluation-pairing")]
