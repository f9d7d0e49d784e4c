"""What a page of kept figures says of them: as of when, and the button that has them counted again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse

from lifelong.entrypoints.web.leadership.mission import year_of
from lifelong.entrypoints.web.page import page, viewer_of
from lifelong.entrypoints.web.templatetags.lifelong_ui import day
from lifelong.kernel import clock
from lifelong.kernel.access import Permission
from lifelong.loop.improvement import kept
from lifelong.loop.improvement.actions.year import count_again

P = Permission
# the pages that have the button, and where it leads back to
PAGES = {
    "dashboard": "lead-dashboard", "coverage": "office-improvement-coverage", "reach": "office-improvement-reach",
    "figures": "office-improvement-figures", "distinction": "office-improvement-distinction",
}  # fmt: skip


def standing(request: HttpRequest, year: int, back: str, names: Iterable[str]) -> tuple[str, list[dict[str, Any]]]:
    """("As of 14:00", the button for those who may press it); ("", []) where everything is counted at this moment.

    `back`: a key of `PAGES`; `names`: of the kept figures that stand on the page.
    """
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    at = kept.as_of(provider, year, names)
    if at is None:
        return "", []
    again = {
        "label": "Count again", "post": True, "fields": {"page": back},
        "url": f"{reverse('office-improvement-count-again', args=[provider.slug])}?year={year}",
    }  # fmt: skip
    may_ask = bool(viewer.grants_for(P.EDIT_IMPROVEMENT, provider.pk))
    return f"As of {_when(at, provider.time_zone)}", [again] if may_ask else []


def _when(at: dt.datetime, zone: str) -> str:
    """The hour of today, else the day, by the clock of the program."""
    local = at.astimezone(ZoneInfo(zone))
    hour, is_today = f"{local:%H:%M}", local.date() == clock.today(zone)
    return hour if is_today else f"{day(local.date())}, {hour}"


@page(needs=P.EDIT_IMPROVEMENT)
def again(request: HttpRequest) -> HttpResponse:
    """Have the kept figures of the year counted again (POST), and go back to the page."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    year = year_of(request)
    if request.method == "POST":
        count_again(viewer, provider, year)
        messages.success(request, f"The figures of {year} are being counted again; they change here in a few minutes.")
    back = request.POST.get("page", "")
    if back == "figures":
        return redirect(reverse(PAGES[back], args=[provider.slug, year]))
    return redirect(f"{reverse(PAGES.get(back, 'office-improvement-coverage'), args=[provider.slug])}?year={year}")


urlpatterns = [path("count-again/", again, name="office-improvement-count-again")]
