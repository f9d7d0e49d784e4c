"""Planning: the calendar rule of a series, sessions, breaks."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse

from lifelong.entrypoints.web.forms import apply
from lifelong.entrypoints.web.office.planning_frame import form_page, one_activity
from lifelong.entrypoints.web.page import page, viewer_of
from lifelong.kernel.access import Permission
from lifelong.kernel.problems import Problem
from lifelong.loop.planning import actions, reads
from lifelong.loop.planning.calendar import local

P = Permission
WEEKDAYS = [
    (n, day) for n, day in enumerate(("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"))
]
KINDS = [
    ("lecture", "Lecture"),
    ("workshop", "Workshop"),
    ("cases", "Case discussion"),
    ("simulation", "Simulation"),
    ("panel", "Panel"),
    ("other", "Other"),
]
DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
TIME = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class SeriesForm(forms.Form):
    weekday = forms.TypedChoiceField(label="Weekday", coerce=int, choices=WEEKDAYS)
    every_weeks = forms.IntegerField(label="Every how many weeks", min_value=1, max_value=26, initial=1)
    starts_at = forms.TimeField(label="Starts at", widget=TIME, help_text="Wall time where the activity is.")
    minutes = forms.IntegerField(label="Minutes", min_value=15, max_value=960, initial=60)
    first_on = forms.DateField(label="First day", widget=DAY)
    last_on = forms.DateField(label="Last day", widget=DAY)
    room = forms.CharField(required=False, max_length=120, label="Room")
    skipped = forms.CharField(
        required=False,
        label="Days without a session",
        widget=forms.Textarea,
        help_text="One day a line, as 2026-12-29. Holidays of the office are left out anyway.",
    )

    def clean_skipped(self) -> list[dt.date]:
        days = []
        for line in self.cleaned_data["skipped"].split():
            try:
                days.append(dt.date.fromisoformat(line))
            except ValueError as error:
                raise forms.ValidationError(f"“{line[:20]}” is not a day. Write it as 2026-12-29.") from error
        return days


@page(needs=P.EDIT_PLANNING)
def series(request: HttpRequest, activity_id: int) -> HttpResponse:
    """The calendar rule: sessions ahead that nobody touched follow it."""
    row = one_activity(request, activity_id, P.EDIT_PLANNING)
    rule = reads.series_rule(row)
    initial: dict[str, Any] = {}
    if rule:
        initial = {
            name: getattr(rule, name)
            for name in ("weekday", "every_weeks", "starts_at", "minutes", "first_on", "last_on")
        }
        initial["skipped"] = "\n".join(rule.skipped)
    form = SeriesForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        done = apply(form, lambda: actions.schedule_series(viewer_of(request), row, **form.cleaned_data))
        if done is not None:
            messages.success(
                request, "The series is scheduled. Sessions that were held or edited stayed where they were."
            )
            return redirect("office-planning-activity", slug=row.provider.slug, activity_id=row.pk)
    return form_page(request, form, f"Calendar of “{row.title}”", "Schedule the series", row)


class SlotForm(forms.Form):
    title = forms.CharField(max_length=200, label="Title")
    on = forms.DateField(label="Day", widget=DAY)
    starts_at = forms.TimeField(label="From", widget=TIME, help_text="Wall time where the activity is.")
    ends_at = forms.TimeField(label="Until", widget=TIME, help_text="An end before the start is on the next day.")
    track = forms.CharField(
        required=False, max_length=60, label="Track", help_text="Only where several sessions run at once."
    )

    def times(self) -> dict[str, Any]:
        said = self.cleaned_data
        last_day = said["on"] + dt.timedelta(days=said["ends_at"] <= said["starts_at"])
        return {
            "starts_at": dt.datetime.combine(said["on"], said["starts_at"]),
            "ends_at": dt.datetime.combine(last_day, said["ends_at"]),
        }


class SessionForm(SlotForm):
    kind = forms.ChoiceField(label="Kind", choices=KINDS)
    room = forms.CharField(required=False, max_length=120, label="Room")
    join_link = forms.URLField(required=False, label="Link to join", assume_scheme="https")
    break_minutes = forms.IntegerField(
        required=False, min_value=0, initial=0, label="Minutes of break inside", help_text="They carry no credit."
    )

    def clean_break_minutes(self) -> int:
        return self.cleaned_data["break_minutes"] or 0


DETAILS = ("title", "kind", "track", "room", "join_link", "break_minutes")


@page(needs=P.EDIT_PLANNING)
def session_new(request: HttpRequest, activity_id: int) -> HttpResponse:
    row = one_activity(request, activity_id, P.EDIT_PLANNING)
    form = SessionForm(
        request.POST if request.method == "POST" else None, initial={"on": row.ends_on, "room": row.place}
    )
    if request.method == "POST" and form.is_valid():
        said = {name: form.cleaned_data[name] for name in DETAILS}
        if apply(form, lambda: actions.add_session(viewer_of(request), row, **said, **form.times())) is not None:
            messages.success(request, "The session is added.")
            return redirect("office-planning-activity", slug=row.provider.slug, activity_id=row.pk)
    return form_page(request, form, "Add a session", "Add the session", row)


@page(needs=P.EDIT_PLANNING)
def session_edit(request: HttpRequest, session_id: int) -> HttpResponse:
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]
    row = reads.session(viewer, provider, session_id, P.EDIT_PLANNING)
    zone = row.activity.time_zone
    begin, end = local(row.starts_at, zone), local(row.ends_at, zone)
    initial = {name: getattr(row, name) for name in DETAILS} | {
        "on": begin.date(),
        "starts_at": begin.time(),
        "ends_at": end.time(),
    }
    form = SessionForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():

        def keep() -> object:
            times = form.times()
            if (times["starts_at"], times["ends_at"]) != (begin, end):
                actions.move_session(viewer, row, **times)
            return actions.edit_session(viewer, row, **{name: form.cleaned_data[name] for name in DETAILS})

        if apply(form, keep) is not None:
            messages.success(request, "The session is changed.")
            return redirect("office-planning-activity", slug=provider.slug, activity_id=row.activity_id)
    cancel = {
        "label": "Cancel this session", "url": reverse("office-planning-session-cancel", args=[provider.slug, row.pk]), "post": True,
        "danger": True, "confirm": f"Cancel “{row.title}”? Learners see it as cancelled.",
    }  # fmt: skip
    return form_page(
        request, form, row.title, "Keep the changes", row.activity, page_actions=[] if row.cancelled_at else [cancel]
    )


@page(needs=P.EDIT_PLANNING)
def session_cancel(request: HttpRequest, session_id: int) -> HttpResponse:
    """Cancel one session (POST)."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]
    row = reads.session(viewer, provider, session_id, P.EDIT_PLANNING)
    if request.method == "POST":
        try:
            actions.cancel_session(viewer, row)
            messages.success(request, "The session is cancelled; it stays in the calendar as cancelled.")
        except Problem as refusal:
            messages.error(request, " ".join(f"{one.sentence} {one.next_step}" for one in refusal.reasons))
    return redirect("office-planning-activity", slug=provider.slug, activity_id=row.activity_id)


@page(needs=P.EDIT_PLANNING)
def break_new(request: HttpRequest, activity_id: int) -> HttpResponse:
    row = one_activity(request, activity_id, P.EDIT_PLANNING)
    form = SlotForm(request.POST if request.method == "POST" else None, initial={"on": row.starts_on, "title": "Break"})
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        if (
            apply(
                form,
                lambda: actions.add_break(
                    viewer_of(request), row, title=said["title"], track=said["track"], **form.times()
                ),
            )
            is not None
        ):
            messages.success(request, "The break is in the agenda and out of the credit.")
            return redirect("office-planning-activity", slug=row.provider.slug, activity_id=row.pk)
    return form_page(request, form, "Add a break", "Add the break", row)


urlpatterns = [
    path("<int:activity_id>/series/", series, name="office-planning-series"),
    path("<int:activity_id>/sessions/new/", session_new, name="office-planning-session-new"),
    path("sessions/<int:session_id>/", session_edit, name="office-planning-session"),
    path("sessions/<int:session_id>/cancel/", session_cancel, name="office-planning-session-cancel"),
    path("<int:activity_id>/breaks/new/", break_new, name="office-planning-break-new"),
]
