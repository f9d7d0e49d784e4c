"""Learning with questions, on a phone: test oneself, think it over, decide a case step by step, answer the room's poll."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse

from lifelong.entrypoints.web.learner.survey_form import AnswerForm
from lifelong.entrypoints.web.page import page, viewer_of
from lifelong.formats.charts import Bar, BarData, bars
from lifelong.kernel.problems import NotFound, Problem
from lifelong.loop.evaluation import further_reads, player
from lifelong.loop.evaluation import player_reads as known
from lifelong.loop.surveys import reads as surveys

USE = further_reads.USE
FEWEST_FOR_SHARES = 10  # below it a percent says little (outcomes, section 5)
PHONE = 328  # px: what a narrow phone leaves for a chart
View = Callable[..., HttpResponse]


def for_participants(view: View) -> View:
    """A published activity may be known to everybody: whoever does not take part, or is offered no such thing, goes home with a word why."""

    @functools.wraps(view)
    def opened(request: HttpRequest, **kwargs: int) -> HttpResponse:
        try:
            return view(request, **kwargs)
        except NotFound:
            if not known.is_known(**kwargs):
                raise
            messages.info(request, "This is for people who take part in the activity, while it is offered.")
            return redirect("learner-home")

    return opened


@page(signed_in=True)
@for_participants
def self_assessment(request: HttpRequest, activity_id: int) -> HttpResponse:
    """Answer for oneself; then every item says what is right and why. A repeat is practice and is not kept."""
    viewer = viewer_of(request)
    activity = further_reads.open_activity(viewer, activity_id)
    survey = known.form_or_none(activity, USE.SELF)
    here = reverse("learner-self", args=[activity.pk])
    first = known.own_self_assessment(viewer, activity)
    practice = first is not None and ("again" in request.GET or request.method == "POST")
    if first is not None and not practice:
        return _explained(request, activity, survey, first, here, answer="Your first answers, and why each answer is right.")  # fmt: skip
    form = AnswerForm(survey, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        if practice:
            items = known.explained(survey, form.answers())
            return _explained(request, activity, survey, items, here, answer="Practice: these answers are not kept.")
        try:
            player.answer_self_assessment(viewer, activity, person_id=viewer.person_id or 0, answers=form.answers())
            return redirect(here)
        except Problem as refusal:
            form.take(refusal)
    context = {
        "page_title": activity.title, "kicker": survey.title, "answer": "For yourself: there is nothing to pass.", "survey": survey,
        "form": form, "layout": "base/learner.html", "label": "Show me what is right", "draft": f"self-{activity.pk}",
    }  # fmt: skip
    return render(request, "learner/further_form.html", context, status=422 if form.is_bound else 200)


def _explained(request: HttpRequest, activity: Any, survey: Any, items: Any, here: str, answer: str) -> HttpResponse:
    context = {"page_title": activity.title, "kicker": survey.title, "answer": answer, "items": items, "here": here, "draft_done": f"self-{activity.pk}"}  # fmt: skip
    return render(request, "learner/self_assessment.html", context)


@page(signed_in=True)
@for_participants
def reflect(request: HttpRequest, activity_id: int) -> HttpResponse:
    """Write for oneself, come back, share it or take that back."""
    viewer = viewer_of(request)
    activity = further_reads.open_activity(viewer, activity_id)
    survey = known.form_or_none(activity, USE.REFLECTION)
    here = reverse("learner-reflect", args=[activity.pk])
    person_id = viewer.person_id or 0
    if request.method == "POST" and "share" in request.POST:
        shared = request.POST["share"] == "yes"
        player.share_reflection(viewer, activity, person_id=person_id, shared=shared)
        messages.success(request, "The office can read it now." if shared else "It is in confidence again.")
        return redirect(here)
    form = AnswerForm(survey, request.POST if request.method == "POST" else None)
    kept = known.own_reflection(viewer, activity)
    form.initial = {key: row.text for key, row in kept.items()}
    if form.is_bound and form.is_valid():
        try:
            player.write_reflection(viewer, activity, person_id=person_id, texts=form.answers())
            messages.success(request, "It is in your record.")
            return redirect(here)
        except Problem as refusal:
            form.take(refusal)
    context = {
        "page_title": activity.title, "kicker": survey.title, "survey": survey, "form": form, "kept": kept,
        "shared": any(row.shared_on for row in kept.values()), "draft": f"reflect-{activity.pk}",
    }  # fmt: skip
    return render(request, "learner/reflect.html", context, status=422 if form.is_bound else 200)


@page(signed_in=True)
def reflections(request: HttpRequest) -> HttpResponse:
    """All that the viewer wrote, in every activity."""
    written = known.own_reflections(viewer_of(request))
    context = {"page_title": "What you wrote for yourself", "answer": "Only you read this, unless you shared it.", "written": written}  # fmt: skip
    return render(request, "learner/reflections.html", context)


@page(signed_in=True)
@for_participants
def case(request: HttpRequest, activity_id: int) -> HttpResponse:
    """The way so far, what was said to each choice, and the decision that waits."""
    viewer = viewer_of(request)
    activity = further_reads.open_activity(viewer, activity_id)
    survey, steps, waits = known.own_case(viewer, activity)
    missing = False
    if request.method == "POST":
        key = request.POST.get("step", "")
        try:
            player.decide_step(
                viewer, activity, person_id=viewer.person_id or 0, key=key, value=request.POST.get("choice", "")
            )
            return redirect(reverse("learner-case", args=[activity.pk]) + "#now")
        except Problem as refusal:
            missing = True
            messages.error(request, f"{refusal.reasons[0].sentence} {refusal.reasons[0].next_step}")
    context = {
        "page_title": activity.title, "kicker": survey.title, "survey": survey, "steps": steps, "waits": waits,
        "answer": "Decide step by step." if waits else "You have reached the end of the case.",
    }  # fmt: skip
    return render(request, "learner/case.html", context, status=422 if missing else 200)


@page(signed_in=True)
@for_participants
def poll(request: HttpRequest, poll_id: int) -> HttpResponse:
    """Answer while it is open; look at the chart when it is closed."""
    viewer = viewer_of(request)
    row, activity, answered = known.own_poll(viewer, poll_id)
    survey = surveys.form(row.instrument)
    closed = row.closed_at is not None
    form = AnswerForm(survey, request.POST if request.method == "POST" and not (closed or answered) else None)
    if form.is_bound and form.is_valid():
        try:
            player.answer_poll(viewer, activity, person_id=viewer.person_id or 0, poll=row, answers=form.answers())
            return redirect("learner-poll", poll_id=row.pk)
        except Problem as refusal:
            form.take(refusal)
    context = {
        "page_title": survey.title, "kicker": activity.title, "survey": survey, "form": form, "closed": closed, "answered": answered,
        "figures": poll_figures(known.poll_results(row), PHONE) if closed else [],
    }  # fmt: skip
    return render(request, "learner/poll.html", context, status=422 if form.is_bound else 200)


def poll_figures(stats: Any, width: int = 640) -> list[dict[str, Any]]:
    """A chart with its numbers for each question that enough have answered."""
    return [
        {
            "id": f"poll-{one.key}", "title": one.text,
            "measure": f"Share of {one.n} who answered" + ("" if one.n >= FEWEST_FOR_SHARES else "; drawn grey, because few have answered"),
            "chart": bars(BarData(title=one.text, bars=tuple(Bar(bar.label, 100 * bar.share, n=bar.count, highlight=one.n >= FEWEST_FOR_SHARES) for bar in one.bars), unit="%", width=width)),
        }
        for one in stats if not one.is_small
    ]  # fmt: skip


urlpatterns = [
    path("self/<int:activity_id>/", self_assessment, name="learner-self"),
    path("reflect/<int:activity_id>/", reflect, name="learner-reflect"),
    path("reflections/", reflections, name="learner-reflections"),
    path("case/<int:activity_id>/", case, name="learner-case"),
    path("poll/<int:poll_id>/", poll, name="learner-poll"),
]
