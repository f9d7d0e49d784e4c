"""A learner's further forms: the test, the rating of speakers, the form of a team, and checklists others filled about them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse

from lifelong.entrypoints.web.learner.survey_form import AnswerForm
from lifelong.entrypoints.web.page import page, viewer_of
from lifelong.kernel.problems import NotFound, Problem
from lifelong.loop.evaluation import further, reads
from lifelong.loop.evaluation import further_reads as known

USE = known.USE
WAVES = {
    known.BEFORE: "This is the test before the activity.",
    known.AFTER: "This is the test after the activity.",
    known.LATER: "The same questions once more: what has stayed with you?",
}


def _asked(request: HttpRequest, survey: Any, title: str, act: Callable[[dict[str, Any]], Any], onward: str, thanks: str, **more: Any) -> HttpResponse:  # fmt: skip
    """Show a form; when it is sent and accepted, say thanks and go on."""
    form = AnswerForm(survey, request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        try:
            act(form.answers())
        except Problem as refusal:
            form.take(refusal)
        else:
            if thanks:
                messages.success(request, thanks)
            return redirect(onward)
    context = {"page_title": title, "kicker": survey.title, "survey": survey, "form": form, "layout": "base/learner.html", "label": "Send my answers", **more}  # fmt: skip
    return render(request, "learner/further_form.html", context, status=422 if form.is_bound else 200)


@page(signed_in=True)
def test(request: HttpRequest, activity_id: int) -> HttpResponse:
    """The test of an activity as it is open now; what was reached, where it was taken already."""
    viewer = viewer_of(request)
    try:
        activity = known.open_activity(viewer, activity_id)
        survey, part = known.open_test(viewer.person_id or 0, activity)
    except NotFound:
        if not known.is_published(activity_id):
            raise
        messages.info(request, "No test of this activity is open for you now.")
        return redirect("learner-home")
    own = known.own_test(viewer, activity, part)
    again = "again" in request.GET or request.method == "POST"
    may_repeat = own is not None and part == known.AFTER and own.passing_percent is not None and not own.passed
    here = reverse("learner-test", args=[activity.pk])
    if own is not None and not (again and may_repeat):
        context = {"page_title": activity.title, "kicker": survey.title, "own": own, "part": part, "may_repeat": may_repeat, "here": here, "draft": f"test-{activity.pk}-{part}"}  # fmt: skip
        return render(request, "learner/test_result.html", context)

    def take(answers: dict[str, Any]) -> None:
        further.take_test(viewer, activity, person_id=viewer.person_id or 0, answers=answers)

    return _asked(
        request, survey, activity.title, take, here, "", answer=WAVES[part], draft=f"test-{activity.pk}-{part}"
    )


@page(signed_in=True)
def speakers(request: HttpRequest, attendance_id: int) -> HttpResponse:
    """Rate who taught in a session attended."""
    viewer = viewer_of(request)
    attendance = reads.own_attendance(viewer, attendance_id)
    onward = reverse("learner-claim", args=[attendance.pk])
    survey = known.form_for(attendance.session.activity, USE.SPEAKER, attendance.session_id)
    if survey is None or known.is_rated(attendance):
        return redirect(onward)

    def rate(answers: dict[str, Any]) -> None:
        further.rate_speakers(viewer, attendance, answers=answers)

    return _asked(request, survey, attendance.session.title, rate, onward, "Thank you. Your rating is in.", skip_url=onward, skip_label="Claim without rating", draft=f"speakers-{attendance.pk}")  # fmt: skip


@page(signed_in=True)
def team(request: HttpRequest, team_id: int) -> HttpResponse:
    """The form of a team the viewer belongs to; the first answer counts for all."""
    viewer = viewer_of(request)
    member = known.own_member(viewer, team_id)
    survey = known.form_for(member.team.activity, USE.TEAM)
    home = reverse("learner-home")
    if survey is None or member.team.answered_on is not None:
        messages.info(
            request, "Your team has answered already. Thank you." if survey else "Your team is not asked anything now."
        )
        return redirect(home)

    def answer(answers: dict[str, Any]) -> None:
        further.answer_for_team(viewer, member, answers=answers)

    return _asked(request, survey, member.team.activity.title, answer, home, "Thank you. Your team's answer is in.", answer=f"For {member.team.name}: one of you answers for all.", draft=f"team-{member.team_id}")  # fmt: skip


@page(signed_in=True)
def observations(request: HttpRequest) -> HttpResponse:
    """Checklists about the viewer, with the observers' words."""
    seen = [(one, known.observed(one)) for one in known.own_observations(viewer_of(request))]
    return render(request, "office/surveys_observed.html", {"page_title": "What others saw you do", "seen": seen, "layout": "base/learner.html"})  # fmt: skip


urlpatterns = [
    path("test/<int:activity_id>/", test, name="learner-test"),
    path("speakers/<int:attendance_id>/", speakers, name="learner-speakers"),
    path("team/<int:team_id>/", team, name="learner-team"),
    path("checklists/", observations, name="learner-observations"),
]
