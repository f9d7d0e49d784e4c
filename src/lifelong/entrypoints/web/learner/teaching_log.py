"""Learning from teaching: a teacher logs a day; beside it the own pathway and what the program offers to those who teach."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse

from lifelong.entrypoints.web.forms import apply
from lifelong.entrypoints.web.page import page, viewer_of
from lifelong.kernel import clock
from lifelong.kernel.access import Actor
from lifelong.loop.improvement import actions
from lifelong.loop.improvement import teaching as logs


class LogForm(forms.Form):
    activity = forms.TypedChoiceField(label="Log", coerce=int)
    taught_on = forms.DateField(label="Day", widget=forms.DateInput(attrs={"type": "date"}))
    minutes = forms.IntegerField(label="Minutes with learners", min_value=1, max_value=720)
    taught = forms.ChoiceField(
        label="Whom you taught",
        choices=[("students", "Medical students"), ("residents", "Residents or fellows"), ("both", "Both")],
    )
    about = forms.CharField(label="What you taught", max_length=200)
    learned = forms.CharField(
        label="What you learned yourself", widget=forms.Textarea(attrs={"rows": 4}), max_length=4000,
        help_text="The credit is for your own learning: a question you could not answer, what you looked up, what you will do differently.",
    )  # fmt: skip

    def __init__(self, *args: Any, open_logs: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["activity"].choices = open_logs  # type: ignore[attr-defined]  # a choice field
        if len(open_logs) == 1:
            self.fields["activity"].widget = forms.HiddenInput()
            self.fields["activity"].initial = open_logs[0][0]


def development(viewer: Actor) -> dict[str, Any]:
    """For the page "My teaching": the own log, where to log, the own pathway, what is offered."""
    return {
        "logs": [_shown(one) for one in logs.own_log(viewer)],
        "log_url": reverse("learner-teaching-log") if logs.open_logs(viewer) else "",
        "pathway": logs.own_pathway(viewer),
        "offers": logs.offers(viewer),
    }


def _shown(one: logs.Logged) -> dict[str, Any]:
    row = one.row
    if row.is_confirmed:
        said = f"Worth {one.worth:f} credits; it is on your transcript." if row.award_id else "Kept in the register."
        return {"row": row, "kind": "done", "word": "Confirmed", "said": said}
    if row.is_confirmed is False:
        again = "Log the same day and subject once more with what is asked for."
        return {"row": row, "kind": "warn", "word": "Sent back", "said": f"{row.reason} {again}"}
    said = f"Worth {one.worth:f} credits once it is confirmed." if one.worth is not None else ""
    return {"row": row, "kind": "wait", "word": "Waits for the office", "said": said}


@page(signed_in=True)
def teaching_log(request: HttpRequest) -> HttpResponse:
    """Log a day of teaching, where a program has opened a log for its teachers."""
    viewer = viewer_of(request)
    open_ones = logs.open_logs(viewer)
    choices = [(row.pk, f"{row.title}, {row.provider.short_name}") for row in open_ones]
    zone = open_ones[0].time_zone if open_ones else "UTC"
    form = LogForm(
        request.POST if request.method == "POST" else None, open_logs=choices, initial={"taught_on": clock.today(zone)}
    )
    if request.method == "POST" and form.is_valid() and viewer.person_id is not None:
        who, data = viewer.person_id, dict(form.cleaned_data)
        activity = logs.open_log(viewer, data.pop("activity"))
        if apply(form, lambda: actions.log_teaching(viewer, activity, person_id=who, **data)) is not None:
            messages.success(request, "It is in your log. The office looks at it; the credit follows.")
            return redirect("learner-teaching")
    context = {
        "page_title": "Log a day of teaching", "form": form if open_ones else None, "label": "Put it into my log",
        "cancel_url": reverse("learner-teaching"),
        "empty": {"title": "No log is open", "text": "No program that knows you has opened a log of learning from teaching."},
    }  # fmt: skip
    return render(request, "learner/teaching_log.html", context, status=422 if form.errors else 200)


urlpatterns = [path("teaching/log/", teaching_log, name="learner-teaching-log")]
