"""Today: what blocks something in the next days, what waits for whom, and the rooms of this day."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse

from lifelong.entrypoints.web.page import page, viewer_of
from lifelong.entrypoints.web.shell import LOOP
from lifelong.entrypoints.web.templatetags.lifelong_ui import WEEKDAYS, day
from lifelong.kernel import clock
from lifelong.kernel.access import INCLUDES, Actor, Permission
from lifelong.loop.improvement.worklist import Item, worklist

P = Permission
# which page opens what, by kind of item
OPENS = {
    "disclosure": "office-independence-role",
    "decision": "office-independence-role",
    "publication": "office-planning-activity",
    "agreement": "office-planning-activity",
    "record": "office-reporting-record",
    "improvement": "office-improvement-item",
    "case": "office-independence-case",
    "teaching": "office-credit-teaching-log",
    "application": "office-intake-application",
    "condition": "office-intake-application",
    "quality": "office-outcomes-activity",
}
SHOWN = 50


@page(needs=P.SEE_OFFICE)
def today(request: HttpRequest) -> HttpResponse:
    """The worklist of whoever opens it."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    waits = worklist(viewer, provider)
    shows_others = request.GET.get("show") == "others"
    shown = waits.others if shows_others else waits.mine
    context = {
        "page_title": _title(len(waits.blocking)),
        "kicker": day(clock.today(provider.time_zone)),
        "blocking": [_row(item, provider.slug, provider.time_zone, viewer) for item in waits.blocking],
        "table": _table(shown, provider.slug, len(waits.mine), len(waits.others), shows_others, viewer),
        "sessions": waits.sessions,
        "checked_in": waits.checked_in,
        "may_deliver": bool(viewer.grants_for(P.SEE_DELIVERY, provider.pk)),
        "stats": [
            {"label": "Done by you this week", "value": waits.done_this_week, "basis": "acts on record in the last seven days"}
        ],
    }  # fmt: skip
    return render(request, "office/today.html", context)


def _title(blocking: int) -> str:
    if not blocking:
        return "Nothing blocks the next 5 days"
    return (
        "1 thing blocks something in the next 5 days"
        if blocking == 1
        else f"{blocking} things block something in the next 5 days"
    )


def _url(item: Item, slug: str, viewer: Actor) -> str:
    """Where the item is done; nothing for whom that stage of the loop is closed."""
    url = reverse(OPENS[item.kind], args=[slug, item.subject_id])
    needs = next((permission for key, _, permission in LOOP if key == url.split("/")[3]), None)
    return url if needs is None or any(needs in INCLUDES[grant.role] for grant in viewer.grants) else ""


def _row(item: Item, slug: str, zone: str, viewer: Actor) -> dict[str, Any]:
    local = item.when.astimezone(ZoneInfo(zone)) if item.when else None
    row: dict[str, Any] = {
        "what": item.what, "why": item.why, "url": _url(item, slug, viewer), "kind": "block",
        "word": f"Blocks {WEEKDAYS[local.weekday()]}" if local else "Blocks",
    }  # fmt: skip
    if item.kind == "disclosure" and item.may_remind and row["url"]:
        label = "Remind" if item.for_whom != "the office" else "Ask"
        row["action"] = {"label": label, "url": _url(item, slug, viewer), "about": item.why}
    return row


def _table(
    items: Iterable[Item], slug: str, mine: int, others: int, shows_others: bool, viewer: Actor
) -> dict[str, Any]:
    rows = [
        {
            "cells": [
                {"head": True, "text": item.what, "sub": item.why, "url": _url(item, slug, viewer), "label": "What"},
                {"text": "you" if item.mine else item.for_whom, "label": "For whom"},
                {"text": day(item.since.date() if item.since else None), "label": "Since"},
                {"action": {"label": "Open", "url": _url(item, slug, viewer), "about": item.what}}
                if _url(item, slug, viewer)
                else {"text": ""},
            ]
        }
        for item in items
    ]
    empty_title = "Nothing waits for others" if shows_others else "Nothing waits for you"
    return {
        "id": "waits", "caption": "Waits for others" if shows_others else "Waits for you", "hide_caption": True, "stack": True,
        "columns": [{"label": "What"}, {"label": "For whom"}, {"label": "Since"}, {"label": ""}],
        "rows": rows[:SHOWN], "count_text": f"{min(len(rows), SHOWN)} of {len(rows)}",
        "filters": [
            {"label": "Waits for you", "count": mine, "url": "?", "current": not shows_others},
            {"label": "Waits for others", "count": others, "url": "?show=others", "current": shows_others},
        ],
        "empty": {"title": empty_title, "text": "What comes in stands here, the oldest first."},
    }  # fmt: skip


urlpatterns = [path("", today, name="office-today")]
