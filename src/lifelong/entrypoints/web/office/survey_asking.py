"""How often the office asks: when plans are asked about again, reminders, and the load on one person."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse

from lifelong.entrypoints.web.forms import apply
from lifelong.entrypoints.web.office.survey_frame import crumbs, form_page
from lifelong.entrypoints.web.page import page, viewer_of
from lifelong.kernel.access import Permission
from lifelong.loop.surveys import asking

P = Permission


class AskingForm(forms.Form):
    first = forms.IntegerField(
        min_value=asking.FIRST_WAVE, max_value=asking.LAST_WAVE, label="Days until a plan is asked about",
        help_text=f"From {asking.FIRST_WAVE} to {asking.LAST_WAVE}.",
    )  # fmt: skip
    second = forms.IntegerField(required=False, min_value=asking.FIRST_WAVE, max_value=asking.LAST_WAVE, label="A second time, after days")  # fmt: skip
    third = forms.IntegerField(required=False, min_value=asking.FIRST_WAVE, max_value=asking.LAST_WAVE, label="A third time, after days")  # fmt: skip
    reminders = forms.IntegerField(
        min_value=0, max_value=asking.MOST_REMINDERS, label="Reminders to whoever is silent",
        help_text=f"At most {asking.MOST_REMINDERS} of each question or survey.",
    )  # fmt: skip
    most_per_quarter = forms.IntegerField(
        min_value=1, max_value=asking.MOST_A_QUARTER, label="Surveys that one person gets in 90 days",
        help_text="All surveys of the office together. The evaluation of a session attended is not counted.",
    )  # fmt: skip


@page(needs=P.EDIT_EVALUATION)
def defaults(request: HttpRequest) -> HttpResponse:
    """One form; what is planned already keeps its day."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    now = asking.asking(provider.pk)
    initial = dict(zip(("first", "second", "third"), now.waves, strict=False))
    form = AskingForm(request.POST or None, initial={**initial, "reminders": now.reminders, "most_per_quarter": now.most_per_quarter})  # fmt: skip
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        days = [said[name] for name in ("first", "second", "third") if said[name]]
        done = apply(form, lambda: asking.save_asking(viewer, provider, waves=days, reminders=said["reminders"], most_per_quarter=said["most_per_quarter"]))  # fmt: skip
        if done is not None:
            messages.success(request, "Kept. Plans made from now on are asked about on these days.")
            return redirect("office-evaluation-asking", slug=provider.slug)
    return form_page(
        request, form, "How often we ask", "Keep these", reverse("office-evaluation", args=[provider.slug]),
        answer="Questions that are planned already keep their day.", breadcrumbs=crumbs(request),
    )  # fmt: skip


urlpatterns = [path("asking/", defaults, name="office-evaluation-asking")]
