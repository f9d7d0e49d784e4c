"""A survey behind a secret link: a campaign's, or the form of a team. Opening it changes nothing; touching it says that it was begun."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from lifelong.entrypoints.web.learner.survey_form import AnswerForm
from lifelong.entrypoints.web.page import page
from lifelong.kernel.access import NOBODY, Actor
from lifelong.kernel.problems import Problem
from lifelong.loop.evaluation import further, further_reads, own_plan
from lifelong.loop.surveys import campaign_reads, campaigns, reads


@page(by_link=True)
def survey(request: HttpRequest, token: str) -> HttpResponse:
    """The form, then a word of thanks. It opens this one form and nothing else."""
    invitation = campaign_reads.invitation_by_token(token)
    request.provider = invitation.instrument.provider  # type: ignore[attr-defined]  # shown in the layout
    if invitation.answered_on is not None:
        return _headed(
            _card(
                request,
                invitation.instrument.title,
                "Thank you.",
                "Your answer is in.",
                _draft(invitation),
                invitation.instrument.kind,
            )
        )
    holder = Actor(person_id=invitation.person_id, channel="link")
    if invitation.subject_type == "team":
        member = further_reads.own_member(holder, invitation.subject_id)
        form_shown = further_reads.form_for(member.team.activity, "team")
        title, about = member.team.activity.title, f"For {member.team.name}: one of you answers for all."
        if form_shown is None or member.team.answered_on is not None:
            return _headed(_card(request, title, "Thank you.", "Your team has answered."))
        act: Any = lambda answers: further.answer_for_team(holder, member, answers=answers)  # noqa: E731
    else:
        campaign = campaign_reads.campaign_of(invitation)
        if not campaign_reads.is_open(campaign):
            return _headed(_card(request, campaign.title, "This survey has ended.", "You need not do anything."))
        form_shown = reads.form(campaign.instrument)
        title, about = (
            campaign.title,
            f"{len(form_shown.questions)} questions. You need not answer; nothing depends on it.",
        )
        act = lambda answers: campaigns.answer_campaign(holder, invitation, answers=answers)  # noqa: E731
    form = AnswerForm(form_shown, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid() and _sent(form, act):
        fits = _fits(request, form_shown, form) if invitation.instrument.kind == "needs" else ""
        if fits:  # said at once: afterwards nobody knows who wrote what
            thanks = (
                invitation.instrument.title,
                "Thank you.",
                "Your answer is in.",
                _draft(invitation),
                "needs",
                fits,
            )
            return _headed(_card(request, *thanks))
        return redirect("invited-survey", token=token)
    context = {
        "page_title": title, "kicker": form_shown.title if form_shown.title != title else "", "answer": about, "survey": form_shown,
        "form": form, "label": "Send my answers", "draft": _draft(invitation), "layout": "base/invited.html",
        "begun_url": "" if invitation.started_on else reverse("invited-survey-begun", args=[token]),
    }  # fmt: skip
    return _headed(render(request, "invited/survey.html", context, status=422 if form.is_bound else 200))


def _sent(form: AnswerForm, act: Any) -> bool:
    try:
        act(form.answers())
    except Problem as refusal:
        form.take(refusal)
        return False
    return True


def _fits(request: HttpRequest, asked: Any, form: AnswerForm) -> str:
    """What of the catalogue fits the words of the answer, in a sentence; "" for nothing."""
    said = form.answers()
    words = " ".join(str(said.get(one.key) or "") for one in asked.questions if one.kind == "text")
    found = own_plan.offered_for(NOBODY, request.provider, words)  # type: ignore[attr-defined]  # set above
    return f"On this we offer: {'; '.join(one.title for one in found)}." if found else ""


def _draft(invitation: Any) -> str:
    """Under which typing stays on the device until it is sent."""
    return f"survey-{invitation.pk}"


def _card(
    request: HttpRequest, title: str, says: str, text: str, draft: str = "", kind: str = "", fits: str = ""
) -> HttpResponse:
    card: dict[str, Any] = {"title": says, "text": text, "kind": "done" if says == "Thank you." else "info"}
    if kind == "needs":  # what they said stays without a name; a plan of their own is another thing
        ask = "What do you want to learn next? Your own plan shows what we offer for it."
        card["note"] = f"{fits} Take it into your own plan, or look for something else there." if fits else ask
        card["action"] = {"url": reverse("learner-own-plan"), "label": "Open my own plan"}
    return render(request, "invited/survey_done.html", {"page_title": title, "card": card, "draft": draft})


def _headed(response: HttpResponse) -> HttpResponse:
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Referrer-Policy"] = "no-referrer"  # the address is the secret
    return response


@page(by_link=True)
@require_POST
def begun(request: HttpRequest, token: str) -> HttpResponse:
    """The first answer was touched."""
    invitation = campaign_reads.invitation_by_token(token)
    campaigns.begin_survey(Actor(person_id=invitation.person_id, channel="link"), invitation)
    return _headed(HttpResponse(status=204))


urlpatterns = [
    path("survey/<str:token>/", survey, name="invited-survey"),
    path("survey/<str:token>/begun/", begun, name="invited-survey-begun"),
]
