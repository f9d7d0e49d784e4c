"""A learner's home: what waits, and the year so far."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse

from lifelong.entrypoints.web.learner.claim import waiting
from lifelong.entrypoints.web.page import page, viewer_of
from lifelong.entrypoints.web.templatetags.lifelong_ui import credit, day
from lifelong.kernel import clock
from lifelong.loop.credit import reads as credits
from lifelong.loop.evaluation import reads as evaluation

GOAL = Decimal(50)  # a round year of a physician; a goal of one's own replaces it


@page(signed_in=True)
def home(request: HttpRequest) -> HttpResponse:
    """What waits for me? Five queries beside those of every signed-in page."""
    viewer = viewer_of(request)
    person_id = viewer.person_id
    assert person_id is not None  # the page is for people who signed in
    claims = waiting(credits.claimable(request.user))  # type: ignore[arg-type]  # a page of a signed-in person
    questions = _questions(evaluation.open_follow_ups(person_id))
    count = len(claims) + len(questions)
    today = clock.today("America/New_York")
    context = {
        "page_title": "1 thing waits for you"
        if count == 1
        else f"{count} things wait for you"
        if count
        else "Nothing waits for you",
        "kicker": day(today),
        "claims": claims,
        "questions": questions,
        "year": _year(credits.totals_of_year(person_id, today.year), today.year),
    }
    return render(request, "learner/home.html", context)


def _questions(rows: list[Any]) -> list[dict[str, Any]]:
    """Questions about plans, one line for those asked together, quoting the first in the learner's own words."""
    together: dict[str, list[Any]] = {}
    for row in rows:
        together.setdefault(row.token_digest, []).append(row)
    return [
        {
            "what": f"“{group[0].commitment.text}”" + (f" and {len(group) - 1} more" if len(group) > 1 else ""),
            "why": f"What became of it? Your plan of {day(group[0].commitment.committed_on, 'short')}, after {group[0].commitment.activity.title}",
            "url": reverse("learner-follow-up", args=[group[0].pk]),
        }
        for group in together.values()
    ]


def _year(totals: dict[str, Decimal], year: int) -> dict[str, Any]:
    system, earned = next(iter(totals.items()), ("", Decimal(0)))
    label = credits.label_of(system) if system else "credit"
    return {
        "earned": earned,
        "goal": GOAL,
        "spoken": f"{credit(earned)} of {credit(GOAL)} {label} in {year}",
        "title": f"{year}: {credit(earned)} of {credit(GOAL)}",
        "lines": [f"{credit(amount)} {credits.label_of(name)}" for name, amount in totals.items()]
        or ["No credit yet this year."],
        "url": reverse("learner-transcript"),
        "link": "Transcript",
    }


urlpatterns = [path("", home, name="learner-home")]
