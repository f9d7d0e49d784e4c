"""The outcome report behind a secret link. Opening is an act of the reader, so that a mail scanner is not taken for one."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse

from lifelong.entrypoints.web.office.outcome_report import file_of, paper_context
from lifelong.entrypoints.web.page import page
from lifelong.kernel.access import Actor
from lifelong.kernel.problems import NotFound
from lifelong.loop.outcomes import actions, sharing
from lifelong.loop.outcomes.report import outcome_report


@page(by_link=True)
def shared_report(request: HttpRequest, token: str) -> HttpResponse:
    """First a button, which records the day (HMS-47); then the report. A link that was taken back opens nothing."""
    shared = sharing.shared_by_token(token)
    request.provider = shared.activity.provider  # type: ignore[attr-defined]  # shown in the layout
    here = reverse("invited-report", args=[token])
    if request.method == "POST":
        reader = Actor(person_id=shared.person_id, channel="link", link=frozenset({f"outcome_report:{shared.pk}"}))
        actions.open_report(reader, shared)
        return redirect(here)
    context = {
        "page_title": shared.activity.title,
        "kicker": "Outcome report",
        "invited_as": f"For {shared.person.full_name}",
        "opened": shared.opened_on is not None,
    }
    if shared.opened_on is not None:
        facts = outcome_report(shared.activity, with_words=shared.reader != "leader")
        context |= paper_context(facts, lambda kind: reverse("invited-report-file", args=[token, kind]))
        pdf = reverse("invited-report-file", args=[token, "pdf"])
        context["page_actions"] = [{"label": "Get the PDF", "url": pdf, "icon": "download"}]
        if shared.activity.closed_at is None:
            context["page_states"] = [{"kind": "wait", "word": "Not closed: numbers may still change"}]
    return _unlisted(render(request, "invited/shared_report.html", context))


@page(by_link=True)
def shared_report_file(request: HttpRequest, token: str, kind: str) -> HttpResponse:
    """The report as a file, once the link was opened."""
    shared = sharing.shared_by_token(token)
    if shared.opened_on is None:
        raise NotFound("report")
    figure = request.GET.get("figure", "")
    return _unlisted(file_of(shared.activity, kind, with_words=shared.reader != "leader", figure=figure))


def _unlisted(response: HttpResponse) -> HttpResponse:
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Referrer-Policy"] = "no-referrer"  # the address is the secret
    return response


urlpatterns = [
    path("report/<str:token>/", shared_report, name="invited-report"),
    path("report/<str:token>/report.<str:kind>", shared_report_file, name="invited-report-file"),
]
