"""What became of your plan? Asked behind a secret link, 45 and 90 days on, with the learner's own words."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse

from lifelong.entrypoints.web.forms import apply
from lifelong.entrypoints.web.learner.survey_form import FollowUpForm
from lifelong.entrypoints.web.page import page
from lifelong.kernel.access import Actor
from lifelong.kernel.problems import NotFound, Problem
from lifelong.loop.evaluation import actions, reads


@page(by_link=True)
def follow_up(request: HttpRequest, token: str) -> HttpResponse:
    """Opening the link changes nothing; sending the form answers. It opens these questions and nothing else."""
    try:
        rows = reads.follow_ups_by_token(token)
    except NotFound:
        raise
    except Problem as ended:
        return ended_card(request, ended)
    first = rows[0].commitment
    request.provider = first.activity.provider  # type: ignore[attr-defined]  # shown in the layout
    holder = Actor(person_id=first.person_id, channel="link", link=frozenset(f"follow_up:{row.pk}" for row in rows))
    response = questions(request, holder, rows, "base/invited.html", reverse("invited-follow-up", args=[token]))
    return _headed(response)


def _headed(response: HttpResponse) -> HttpResponse:
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Referrer-Policy"] = "no-referrer"  # the address is the secret
    return response


def ended_card(request: HttpRequest, ended: Problem) -> HttpResponse:
    """An old link tells that its time is over; it opens nothing."""
    (reason,) = ended.reasons
    card = {"kind": "info", "title": reason.sentence, "text": reason.next_step}
    return _headed(render(request, "invited/survey_done.html", {"page_title": "This link has ended", "card": card}))


def questions(request: HttpRequest, actor: Actor, rows: list[Any], layout: str, onward: str) -> HttpResponse:
    """One question a plan, all on one page; those answered show their answer and may be corrected while the link is open."""
    data = request.POST if request.method == "POST" else None
    forms = [FollowUpForm(reads.FOLLOW_UP_ANSWERS, data, prefix=f"q{row.pk}", initial=_said(row)) for row in rows]
    if data is not None and all([form.is_valid() for form in forms]):
        done = [_answered(actor, row, form) for row, form in zip(rows, forms, strict=True)]
        if all(done):
            messages.success(request, "Thank you. Your answer is in.")
            return redirect(onward)
    answered = all(row.answered_at for row in rows)
    context = {
        "page_title": "What became of your plan?",
        "kicker": rows[0].commitment.activity.title,
        "answer": "Your answer is in; you may still correct it." if answered else "A minute is enough.",
        "layout": layout,
        "asked": list(zip(rows, forms, strict=True)),
        "draft": f"follow-up-{rows[0].pk}",
    }
    return render(request, "invited/follow_up.html", context, status=422 if data is not None else 200)


def _said(row: Any) -> dict[str, str]:
    return {
        "answer": row.answer,
        "barrier_code": row.barrier_code,
        "text": row.text,
        "system_change": row.system_change,
    }


def _answered(actor: Actor, row: Any, form: FollowUpForm) -> bool:
    return apply(form, lambda: actions.answer_follow_up(actor, row, **form.cleaned_data)) is not None


urlpatterns = [path("follow-up/<str:token>/", follow_up, name="invited-follow-up")]
