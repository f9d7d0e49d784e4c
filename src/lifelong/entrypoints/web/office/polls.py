"""Polls in the room, and what learners did for themselves: self-assessments, reflections, cases. Sums, and what was shared."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse

from lifelong.entrypoints.web.learner.player import poll_figures
from lifelong.entrypoints.web.office.survey_frame import choices_of, crumbs
from lifelong.entrypoints.web.page import page, viewer_of
from lifelong.entrypoints.web.templatetags.lifelong_ui import day
from lifelong.kernel import clock
from lifelong.kernel.access import Permission, may
from lifelong.kernel.problems import NotFound, Problem
from lifelong.loop.evaluation import player, reads
from lifelong.loop.evaluation import player_reads as known

P = Permission
SOON_HOURS = 12  # a poll is opened in the room: of the latest session, or of the one about to begin


def _on(session: Any) -> dt.date:
    """The day of a session where it takes place."""
    return session.starts_at.astimezone(ZoneInfo(session.activity.time_zone)).date()  # type: ignore[no-any-return]  # a time


class PollForm(forms.Form):
    session = forms.ChoiceField(label="Session")
    instrument = forms.ChoiceField(label="Poll")

    def __init__(self, sessions: list[Any], polls: list[Any], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices_of(self, "session").choices = [
            (str(one.pk), f"{one.title}, {day(_on(one), 'short')}") for one in sessions
        ]
        soon = clock.now() + dt.timedelta(hours=SOON_HOURS)
        self.fields["session"].initial = next((str(one.pk) for one in sessions if one.starts_at <= soon), None)
        choices_of(self, "instrument").choices = [(str(one.pk), f"{one.title}, version {one.version}") for one in polls]


@page(needs=P.SEE_EVALUATION)
def learning(request: HttpRequest, activity_id: int) -> HttpResponse:
    """Polls of the activity, and how learners used what it offers them for themselves."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    activity = reads.activity(viewer, provider, activity_id)
    runs = may(viewer, P.RUN_SESSION, activity)
    forms_known, sessions = known.poll_forms(provider), known.recent_sessions(activity)
    form = PollForm(sessions, forms_known, request.POST or None)
    if request.method == "POST" and runs and form.is_valid():
        said = form.cleaned_data
        chosen = next(one for one in forms_known if str(one.pk) == said["instrument"])
        return _done(request, activity, lambda: player.open_poll(viewer, known.session_of(activity, int(said["session"])), instrument=chosen), "The poll is open.")  # fmt: skip
    self_done, self_stats = known.self_assessment_stats(viewer, provider, activity)
    played = known.case_stats(viewer, provider, activity)
    polls = known.polls(viewer, provider, activity)
    context = {
        "page_title": "Learning with questions", "kicker": activity.title, "activity": activity, "runs": runs,
        "answer": "Polls in the room, and what learners did for themselves. Nothing here is passed or failed.",
        "breadcrumbs": crumbs(request, (activity.title, "office-evaluation-activity", [activity.pk])),
        "form": form if runs and forms_known and sessions else None, "forms_url": reverse("office-evaluation-forms", args=[provider.slug]),
        "polls": [(one, poll_figures(one.results), request.build_absolute_uri(reverse("learner-poll", args=[one.id]))) for one in polls],
        "self_done": self_done, "self_figures": poll_figures(self_stats),
        "played": played, "case_figures": poll_figures(played.steps) if played else [],
        "reflected": known.reflections(viewer, provider, activity),
    }  # fmt: skip
    return render(request, "office/surveys_learning.html", context, status=422 if form.errors else 200)


@page(needs=P.SEE_EVALUATION)
def close(request: HttpRequest, activity_id: int, poll_id: int) -> HttpResponse:
    """Close a poll; the room then sees its result."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    activity = reads.activity(viewer, provider, activity_id)
    found = known.poll_of(activity, poll_id)
    if request.method != "POST":
        return redirect("office-evaluation-learning", slug=provider.slug, activity_id=activity.pk)
    session = known.session_of(activity, found.session_id)
    return _done(request, activity, lambda: player.close_poll(viewer, session, poll=found), "The poll is closed.")


def _done(request: HttpRequest, activity: Any, act: Any, says: str) -> HttpResponse:
    try:
        act()
        messages.success(request, says)
    except NotFound:
        raise
    except Problem as refusal:
        for reason in refusal.reasons:
            messages.error(request, f"{reason.sentence} {reason.next_step}")
    return redirect("office-evaluation-learning", slug=request.provider.slug, activity_id=activity.pk)  # type: ignore[attr-defined]


ONE = "activity/<int:activity_id>/learning/"
urlpatterns = [
    path(ONE, learning, name="office-evaluation-learning"),
    path(ONE + "<int:poll_id>/close/", close, name="office-evaluation-poll-close"),
]
