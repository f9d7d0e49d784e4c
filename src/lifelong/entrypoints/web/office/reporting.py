"""Reporting: the records of a year by state, what is missing, batches, the body's answers and refusals."""

from __future__ import annotations

from collections import Counter
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse

from lifelong.connectors.pars import FakeBody
from lifelong.entrypoints.web.page import page, viewer_of
from lifelong.entrypoints.web.templatetags.lifelong_ui import day
from lifelong.kernel import clock
from lifelong.kernel.access import Permission
from lifelong.kernel.problems import Problem, problem
from lifelong.loop.reporting import actions, reads

P = Permission
PAGE = 50
CHIPS = {"ready": "info", "incomplete": "warn", "sent": "wait", "accepted": "done", "refused": "block"}
STATES = (
    ("", "All"),
    ("refused", "Refused"),
    ("incomplete", "Missing something"),
    ("ready", "Ready"),
    ("sent", "Sent"),
    ("accepted", "Accepted"),
)


def _year(request: HttpRequest, zone: str) -> int:
    text = request.GET.get("year") or request.POST.get("year") or ""
    now = clock.today(zone).year
    return int(text) if text.isdecimal() and now - 10 <= int(text) <= now + 1 else now


@page(needs=P.SEE_REPORTING)
def records(request: HttpRequest) -> HttpResponse:
    """Records of a year."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    year, state, kind = _year(request, provider.time_zone), request.GET.get("state", ""), request.GET.get("kind", "")
    before = request.GET.get("before", "")
    rows = reads.records(
        viewer,
        provider,
        year,
        kind=kind,
        state=state,
        before=int(before) if before.isdecimal() else None,
        limit=PAGE + 1,
    )
    counts: Counter[str] = Counter()
    for line in reads.counts(viewer, provider, year):
        counts[line.state] += line.n
        counts[""] += line.n
    may_run = bool(viewer.grants_for(P.RUN_REPORTING, provider.pk))
    body = reads.body_for(provider)
    context = {
        "page_title": f"Reporting {year} to {body}",
        "answer": _answer(counts),
        "page_actions": _actions(provider.slug, year) if may_run else [],
        "table": _table(rows, provider.slug, year, state, kind, counts),
        "batches": reads.batches(viewer, provider, year) if viewer.grants_for(P.SEE_REPORTING, provider.pk) else [],
        "years": [
            {"label": str(one), "url": f"?year={one}", "current": one == year} for one in (year - 1, year, year + 1)
        ],
    }
    return render(request, "office/reporting.html", context)


def _answer(counts: Counter[str]) -> str:
    if counts["refused"]:
        return f"{counts['refused']} refused: mend them and send them again."
    if counts["incomplete"]:
        return f"{counts['incomplete']} cannot be sent yet; each says what is missing."
    return f"{counts['ready']} ready to send, {counts['accepted']} accepted."


def _actions(slug: str, year: int) -> list[dict[str, Any]]:
    fields = {"year": year}
    return [
        {
            "label": "Make a batch",
            "url": reverse("office-reporting-batch-new", args=[slug]),
            "post": True,
            "fields": fields,
            "main": True,
        },
        {
            "label": "Refresh the records",
            "url": reverse("office-reporting-refresh", args=[slug]),
            "post": True,
            "fields": fields,
        },
    ]


def _table(
    rows: list[reads.RecordLine], slug: str, year: int, state: str, kind: str, counts: Counter[str]
) -> dict[str, Any]:
    shown = rows[:PAGE]
    keep = {"year": year, **({"kind": kind} if kind else {})}
    return {
        "id": "records", "caption": f"Records of {year}", "hide_caption": True, "stack": True,
        "columns": [{"label": "What"}, {"label": "State"}, {"label": "Stands there as"}, {"label": "Finding"}, {"label": "Number there"}],
        "rows": [{"cells": _cells(row, slug)} for row in shown],
        "filters": [
            {"label": label, "count": counts[key], "url": f"?{urlencode({**keep, 'state': key})}", "current": key == state} for key, label in STATES
        ],
        "count_text": f"{len(shown)} records",
        "next_url": f"?{urlencode({**keep, 'state': state, 'before': shown[-1].id})}" if len(rows) > PAGE else "",
        "empty": {"title": "No record here", "text": "No record of the year is in this state." if state else "Records appear when activities carry credit; refresh to look again."},
    }  # fmt: skip


def _cells(row: reads.RecordLine, slug: str) -> list[dict[str, Any]]:
    first = row.findings[0]["sentence"] if row.findings else ""
    more = f"and {len(row.findings) - 1} more" if len(row.findings) > 1 else ""
    return [
        {
            "head": True, "text": row.title, "sub": row.learner or f"activity {row.number}",
            "url": reverse("office-reporting-record", args=[slug, row.id]),
        },
        {"chip": CHIPS[row.state], "text": row.state_words, "label": "State"},
        {"text": row.status or "completion", "label": "Stands there as"},
        {"text": first, "sub": more, "label": "Finding"},
        {"text": row.body_id or "–", "label": "Number there"},
    ]  # fmt: skip


@page(needs=P.SEE_REPORTING)
def record(request: HttpRequest, record_id: int) -> HttpResponse:
    """One record with all it lacks, or what the body said."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    row = reads.record(viewer, provider, record_id)
    if request.method == "POST":
        mine = reads.record(viewer, provider, record_id, P.RUN_REPORTING)
        _try(request, lambda: actions.send_again(viewer, mine), "The record goes into the next batch as it is.")
        return redirect("office-reporting-record", provider.slug, row.pk)
    may_run = bool(viewer.grants_for(P.RUN_REPORTING, provider.pk))
    again = {
        "label": "Send again as it is",
        "url": request.path,
        "post": True,
        "confirm": "Did the body mend its own data?",
    }
    context = {
        "page_title": row.activity.title,
        "kicker": row.award.person.full_name if row.award else f"Activity {row.activity.number}",
        "page_states": [{"kind": CHIPS[row.state], "word": row.get_state_display()}],
        "page_actions": [again] if may_run and row.state == "refused" else [],
        "breadcrumbs": [{"label": "Reporting", "url": f"{reverse('office-reporting', args=[provider.slug])}?year={row.year}"}],
        "findings": row.findings,
        "facts": [
            {"label": "Body", "value": row.body},
            {"label": "Stands there as", "value": row.status or "completion"},
            {"label": "Number there", "value": row.body_id or "–"},
            {"label": "Due", "value": day(row.due_on)},
        ],
        "record": row,
    }  # fmt: skip
    return render(request, "office/reporting_record.html", context)


def _try(request: HttpRequest, act: Any, success: str) -> Any:
    try:
        done = act()
    except Problem as refusal:
        messages.error(request, " ".join(f"{reason.sentence} {reason.next_step}" for reason in refusal.reasons))
        return None
    messages.success(request, success)
    return done


@page(needs=P.RUN_REPORTING)
def refresh(request: HttpRequest) -> HttpResponse:
    """Bring the records of a year up to date (POST)."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    year = _year(request, provider.time_zone)
    if request.method == "POST":
        _try(
            request,
            lambda: actions.refresh_records(viewer, provider, year=year),
            f"The records of {year} are up to date.",
        )
    return redirect(f"{reverse('office-reporting', args=[provider.slug])}?year={year}")


@page(needs=P.RUN_REPORTING)
def batch_new(request: HttpRequest) -> HttpResponse:
    """Bundle what is ready (POST)."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    year = _year(request, provider.time_zone)
    if request.method == "POST":
        body = reads.body_for(provider)
        made = _try(
            request,
            lambda: actions.make_batch(viewer, provider, body=body, year=year),
            "The batch is made; look at it, then send it.",
        )
        if made is not None:
            return redirect("office-reporting-batch", provider.slug, made.pk)
    return redirect(f"{reverse('office-reporting', args=[provider.slug])}?year={year}")


@page(needs=P.SEE_REPORTING)
def batch(request: HttpRequest, batch_id: int) -> HttpResponse:
    """One batch: its bytes, and the body's answer."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    row = reads.batch(viewer, provider, batch_id)
    may_run = bool(viewer.grants_for(P.RUN_REPORTING, provider.pk))
    send = {
        "label": "Send to the test body",
        "url": reverse("office-reporting-send", args=[provider.slug, row.pk]),
        "post": True,
        "main": True,
    }
    download = {
        "label": "Download the document",
        "url": reverse("office-reporting-document", args=[provider.slug, row.pk]),
        "icon": "download",
    }
    answered = row.answered_at is not None
    context = {
        "page_title": f"Batch {row.pk} to {row.body}",
        "answer": f"{row.accepted} accepted, {row.refused} refused."
        if answered
        else "Its records wait for the answer.",
        "page_actions": ([send] if may_run and not answered and settings.DEMO else [])
        + ([download] if may_run else []),
        "breadcrumbs": [
            {"label": "Reporting", "url": f"{reverse('office-reporting', args=[provider.slug])}?year={row.year}"}
        ],
        "batch": row,
        "may_answer": may_run and not answered,
    }
    return render(request, "office/reporting_batch.html", context)


@page(needs=P.RUN_REPORTING)
def document(request: HttpRequest, batch_id: int) -> HttpResponse:
    """The bytes of a batch, as they are or would be sent."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    row = reads.batch(viewer, provider, batch_id, P.RUN_REPORTING)
    response = HttpResponse(reads.content(row), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{row.file.name}"'
    return response


@page(needs=P.RUN_REPORTING)
def send(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Send a batch to the test body and take its answer (POST). The test body is told again what it was told before."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    row = reads.batch(viewer, provider, batch_id, P.RUN_REPORTING)
    if request.method == "POST":
        if not settings.DEMO:
            raise problem(
                "reporting.demo",
                "The test body answers only in a demonstration.",
                "Send the document in PARS and enter its answer.",
            )
        body = FakeBody(clock.today(provider.time_zone))
        for earlier in reads.said_before(row):
            body.receive(earlier)
        if _try(request, lambda: actions.mark_sent(viewer, row), "The batch is sent.") is not None:
            answer = body.receive(reads.content(row))
            _try(request, lambda: actions.take_answer(viewer, row, answer=answer), "The body has answered.")
    return redirect("office-reporting-batch", provider.slug, row.pk)


@page(needs=P.RUN_REPORTING)
def answer(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Take the body's answer from a file (POST)."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    row = reads.batch(viewer, provider, batch_id, P.RUN_REPORTING)
    file = request.FILES.get("answer")
    if request.method == "POST":
        if file is None or (file.size or 0) > 20_000_000:
            messages.error(request, "Choose the file with the body's answer (at most 20 MB).")
        else:
            content = file.read()
            _try(request, lambda: actions.take_answer(viewer, row, answer=content), "The answer is taken in.")
    return redirect("office-reporting-batch", provider.slug, row.pk)


urlpatterns = [
    path("", records, name="office-reporting"),
    path("refresh/", refresh, name="office-reporting-refresh"),
    path("record/<int:record_id>/", record, name="office-reporting-record"),
    path("batch/new/", batch_new, name="office-reporting-batch-new"),
    path("batch/<int:batch_id>/", batch, name="office-reporting-batch"),
    path("batch/<int:batch_id>/document/", document, name="office-reporting-document"),
    path("batch/<int:batch_id>/send/", send, name="office-reporting-send"),
    path("batch/<int:batch_id>/answer/", answer, name="office-reporting-answer"),
]
