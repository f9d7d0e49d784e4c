"""Evaluating: one form on a phone, the reflection first; and, for whoever is signed in, the later questions."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from lifelong.entrypoints.web.invited.follow_up import ended_card, questions
from lifelong.entrypoints.web.learner import further_forms, own_plan, player
from lifelong.entrypoints.web.learner.survey_form import (
    MOST_BARRIERS,
    AnswerForm,
    PlanForm,
    answers_sent,
    plans_nothing,
)
from lifelong.entrypoints.web.page import page, viewer_of
from lifelong.kernel.access import Actor
from lifelong.kernel.problems import NotFound, Problem
from lifelong.loop.evaluation import actions, further_reads, reads
from lifelong.loop.evaluation.barriers import barrier_kinds
from lifelong.loop.evaluation.waves import MOST_COMMITMENTS, waves
from lifelong.loop.surveys import campaign_reads
from lifelong.loop.surveys.campaigns import begin_survey
from lifelong.loop.surveys.forms import SurveyForm


@page(signed_in=True)
def evaluate(request: HttpRequest, attendance_id: int) -> HttpResponse:
    """The evaluation of a session attended; then on to the claim."""
    viewer = viewer_of(request)
    attendance = reads.own_to_evaluate(viewer, attendance_id)
    onward = reverse("learner-claim", args=[attendance.pk])
    if hasattr(attendance, "evaluation_done"):
        messages.info(request, "You have evaluated this session already. Thank you.")
        return redirect(onward)
    if further_reads.asks_speakers(attendance):
        onward = reverse("learner-speakers", args=[attendance.pk])
    return _page(request, viewer, attendance, "base/learner.html", onward)


@page(by_link=True)
def by_link(request: HttpRequest, token: str) -> HttpResponse:
    """The same form behind the link of an invitation: this session, this learner, nothing else. Opening it changes nothing (A37)."""
    try:
        attendance = reads.attendance_by_token(token)
    except NotFound:
        raise
    except Problem as ended:
        return ended_card(request, ended)
    request.provider = attendance.session.activity.provider  # type: ignore[attr-defined]  # shown in the layout
    claim = reverse("learner-claim", args=[attendance.pk])
    if hasattr(attendance, "evaluation_done"):
        card = {
            "title": "Thank you.",
            "text": "Your evaluation is in.",
            "action": {"url": claim, "label": "Sign in and claim credit"},
        }
        return _headed(
            render(
                request,
                "learner/evaluated.html",
                {"page_title": attendance.session.title, "card": card, "draft": f"evaluation-{attendance.pk}"},
            )
        )
    holder = Actor(person_id=attendance.person_id, channel="link")
    here = reverse("learner-evaluate-link", args=[token])
    begun_url = reverse("learner-evaluate-begun", args=[token])
    return _headed(_page(request, holder, attendance, "base/invited.html", here, begun_url))


def _headed(response: HttpResponse) -> HttpResponse:
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Referrer-Policy"] = "no-referrer"  # the address is the secret
    return response


def _page(
    request: HttpRequest, actor: Actor, attendance: Any, layout: str, onward: str, begun_url: str = ""
) -> HttpResponse:
    survey = reads.form_of(attendance.session.activity, attendance.session_id)
    form: AnswerForm | SafeString
    plans: Sequence[PlanForm | SafeString]
    if request.method == "POST":
        again = _answered(survey, request.POST, actor, attendance)
        if again is None:
            messages.success(request, "Your evaluation is in. Thank you.")
            return redirect(onward)
        form, plans, status = again
    else:
        form, plan = _drawn(survey)
        plans, status = [plan], 200
    context = {
        "page_title": "What did you learn?",
        "kicker": f"{attendance.session.title} · {attendance.session.activity.title}",
        "layout": layout,
        "survey": survey,
        "form": form,
        "plans": plans,
        "may_add": len(plans) < MOST_COMMITMENTS,
        "barriers": barrier_kinds().values(),
        "draft": f"evaluation-{attendance.pk}",
        "is_small": survey.is_anonymous and reads.is_small_room(attendance.session_id),
        "begun_url": begun_url,
        "waves": " and ".join(str(days) for days in waves(attendance.session.activity.provider_id)),
    }
    return render(request, "learner/evaluate.html", context, status=status)


def _answered(
    survey: SurveyForm, sent: QueryDict, actor: Actor, attendance: Any
) -> tuple[AnswerForm, list[PlanForm], int] | None:
    """None when the evaluation is in; else what to show again: with one more plan as it was asked for, or with what is wrong."""
    said = sent.get("plans", "1")
    count = min(max(int(said) if said.isdecimal() else 1, 1), MOST_COMMITMENTS)
    if "add" in sent:
        return _typed(survey, sent), _one_more(sent, count), 200
    if _taken_as_sent(survey, sent, count, actor, attendance):
        return None
    form = AnswerForm(survey, sent)
    plans = [PlanForm(sent, prefix=f"p{number}", barriers=MOST_BARRIERS) for number in range(count)]
    return None if _submitted(form, plans, actor, attendance) else (form, plans, 422)


def _one_more(sent: QueryDict, count: int) -> list[PlanForm]:
    """The plans as they were typed, and an empty one."""
    plans = []
    for number in range(count):
        plan = PlanForm(prefix=f"p{number}", barriers=MOST_BARRIERS)
        plan.initial = {name: sent.get(plan.add_prefix(name), "") for name in plan.fields}
        plans.append(plan)
    return plans + ([PlanForm(prefix=f"p{count}", barriers=MOST_BARRIERS)] if count < MOST_COMMITMENTS else [])


@lru_cache(maxsize=256)
def _drawn(survey: SurveyForm) -> tuple[SafeString, SafeString]:
    """The empty form and one empty plan: the same for everybody who is asked this, so drawn once by each process."""
    return AnswerForm(survey).render(), PlanForm(prefix="p0").render()


def _taken_as_sent(survey: SurveyForm, sent: QueryDict, count: int, actor: Actor, attendance: Any) -> bool:
    """A complete evaluation without plans needs no form fields: the survey itself judges it. Anything else goes through them."""
    if not plans_nothing(sent, count) or any("\x00" in value for value in sent.values()):
        return False
    try:
        actions.submit(actor, attendance, answers=answers_sent(survey, sent), form=survey)
    except Problem:
        return False  # the form says what is wrong beside the field
    return True


def _typed(survey: Any, data: Any) -> AnswerForm:
    """Everything typed, and nothing judged: one more plan was asked for."""
    form = AnswerForm(survey)
    form.initial = {
        name: data.getlist(name) if getattr(field.widget, "allow_multiple_selected", False) else data.get(name, "")
        for name, field in form.fields.items()
    }
    return form


def _submitted(form: AnswerForm, plans: list[PlanForm], actor: Actor, attendance: Any) -> bool:
    if not all([form.is_valid(), *[plan.is_valid() for plan in plans]]):
        return False
    try:
        commitments = [plan.commitment() for plan in plans]
        actions.submit(actor, attendance, answers=form.answers(), commitments=commitments, form=form.survey)
    except Problem as refusal:
        form.take(refusal)
        return False
    return True


@page(signed_in=True)
def follow_up(request: HttpRequest, follow_up_id: int) -> HttpResponse:
    """What became of the plans that were asked about together."""
    viewer = viewer_of(request)
    return questions(
        request, viewer, reads.own_follow_ups(viewer, follow_up_id), "base/learner.html", reverse("learner-home")
    )


@page(by_link=True)
@require_POST
def begun(request: HttpRequest, token: str) -> HttpResponse:
    """The first answer behind an invitation's link was touched."""
    invitation = campaign_reads.invitation_by_token(token)
    begin_survey(Actor(person_id=invitation.person_id, channel="link"), invitation)
    return _headed(HttpResponse(status=204))


urlpatterns = [
    *further_forms.urlpatterns,
    *player.urlpatterns,
    *own_plan.urlpatterns,
    path("evaluate/link/<str:token>/begun/", begun, name="learner-evaluate-begun"),
    path("evaluate/<int:attendance_id>/", evaluate, name="learner-evaluate"),
    path("evaluate/link/<str:token>/", by_link, name="learner-evaluate-link"),
    path("follow-up/<int:follow_up_id>/", follow_up, name="learner-follow-up"),
]
