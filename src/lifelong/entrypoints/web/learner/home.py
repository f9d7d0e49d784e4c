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
from lifelong.loop.delivery import reads as delivery
from lifelong.loop.evaluation import reads as evaluation
from lifelong.loop.evaluation.waiting import WaitingForm, waiting_forms

GOAL = Decimal(50)  # a round year of a physician; a goal of one's own replaces it


@page(signed_in=True)
def home(request: HttpRequest) -> HttpResponse:
    """What waits for me? Six queries beside those of every signed-in page; further forms come in a part of their own."""
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
        "seats": _seats(delivery.coming_seats(person_id)),
        "year": _year(credits.totals_of_year(person_id, today.year), today.year),
    }
    return render(request, "learner/home.html", context)


@page(signed_in=True)
def forms(request: HttpRequest) -> HttpResponse:
    """Tests, surveys, team forms and checklists that wait: a part of the home, and a page of its own without script."""
    found = waiting_forms(viewer_of(request).person_id or 0, clock.today("America/New_York"))
    part = "HX-Request" in request.headers
    context = {
        "forms": [_form(one) for one in found],
        "page_title": "Forms that wait for you" if found else "No form waits for you",
    }
    return render(request, "learner/forms_part.html" if part else "learner/forms.html", context)


#: kind of form -> address; those of a survey go by their link, a checklist is read on the page of all
ADDRESSES = {
    "poll": "learner-poll", "test": "learner-test", "speaker": "learner-speakers", "team": "learner-team", "self": "learner-self",
    "reflect": "learner-reflect", "case": "learner-case",
}  # fmt: skip


#: one activity may ask several of these at once: each line says which it is
SEVERAL = frozenset({"test", "speaker", "self", "reflect", "case"})


def _form(one: WaitingForm) -> dict[str, Any]:
    if one.kind == "survey":
        url = reverse("invited-survey", args=[one.token])
    elif one.kind in ADDRESSES:
        url = reverse(ADDRESSES[one.kind], args=[one.id])
    else:
        url = reverse("learner-observations")
    if one.kind in SEVERAL:
        until = f"Until {day(one.until, 'short')}" if one.until else "Whenever you like"
        return {"what": f"{one.title}: {one.why[:1].lower()}{one.why[1:]}", "why": until, "url": url}
    until = f" · until {day(one.until, 'short')}" if one.until else ""
    return {"what": one.title, "why": one.why + until, "url": url}


def _seats(rows: list[delivery.Seat]) -> list[dict[str, Any]]:
    return [
        {
            "what": one.title,
            "why": "Your seat is kept" if one.has_seat else "You are on the waiting list",
            "url": reverse("learner-register", args=[one.activity_id]),
            "seat": one,
        }
        for one in rows
    ]


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


urlpatterns = [path("", home, name="learner-home"), path("forms/", forms, name="learner-forms")]
