"""A speaker's own teaching: what learners said of it. Nobody else's, never before evaluation has closed, never from a few."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from lifelong.entrypoints.web.learner.teaching_log import development
from lifelong.entrypoints.web.page import page, viewer_of
from lifelong.entrypoints.web.templatetags.lifelong_ui import day
from lifelong.formats.charts import Answers, LikertData, stacked_likert
from lifelong.formats.outcome_report import Rated
from lifelong.loop.outcomes.teaching import TaughtSession, taught_sessions


@page(signed_in=True)
def teaching(request: HttpRequest) -> HttpResponse:
    """The sessions the viewer taught, with ratings and comments where they may be read."""
    viewer = viewer_of(request)
    sessions = taught_sessions(viewer)
    ready = [one for one in sessions if not one.few]
    context = {
        "page_title": "My teaching",
        "answer": f"{len(ready)} of your {len(sessions)} sessions have answers to read." if sessions else "",
        "sessions": [_shown(one) for one in sessions],
        **development(viewer),
        "empty": {"title": "No session taught yet", "text": "After you have spoken, what learners said of it appears here."},
    }  # fmt: skip
    return render(request, "learner/teaching.html", context)


def _shown(one: TaughtSession) -> dict[str, Any]:
    rows = [(rated, "yourself") for rated in one.own] + [(rated, "the session") for rated in one.of_session]
    figures = [_figure(one, at, rated, of) for at, (rated, of) in enumerate(rows)]
    if one.opens_on is not None:
        waits = f"Answers may be read from {day(one.opens_on)}, when evaluation has closed."
    elif one.few:
        waits = "Too few answered to show anything, so that nobody can be recognised."
    else:
        waits = ""
    return {"session": one, "figures": figures, "waits": waits}


def _figure(one: TaughtSession, at: int, rated: Rated, of: str) -> dict[str, Any]:
    half = (len(rated.counts) + 1) // 2
    total = sum(rated.counts)
    title = (
        f"{rated.question}: {100 * sum(rated.counts[half:]) / total:.0f} % {' or '.join(rated.scale[half:]).lower()}"
    )
    width = 240 + sum(33 + 7 * len(name) for name in rated.scale)
    chart = stacked_likert(
        LikertData(title=title, scale=rated.scale, rows=(Answers(rated.question, rated.counts),), width=max(width, 560))
    )
    key = f"session-{one.session_id}-{at}"
    return {
        "id": key,
        "title": title,
        "measure": f"about {of}, answers without names, n {total}",
        "chart": chart,
        "level": 3,
    }


urlpatterns = [path("teaching/", teaching, name="learner-teaching")]
