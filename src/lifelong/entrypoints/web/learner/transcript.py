"""The transcript across programs, and certificates: for their owner alone."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse

from lifelong.entrypoints.web.page import page, viewer_of
from lifelong.entrypoints.web.templatetags.lifelong_ui import credit, day
from lifelong.formats import transcript as written
from lifelong.kernel import clock
from lifelong.kernel.problems import NotFound
from lifelong.loop.credit import reads
from lifelong.loop.people import reads as people

TYPES = {"pdf": "application/pdf", "csv": "text/csv; charset=utf-8", "json": "application/json"}


@page(signed_in=True)
def transcript(request: HttpRequest) -> HttpResponse:
    """All credit, newest first, with filters that live in the address."""
    chosen = _chosen(request)
    record = reads.transcript(viewer_of(request), request.user, chosen)  # type: ignore[arg-type]  # a page of a signed-in person
    keep = {"year": chosen.year or "", "system": chosen.credit_system, "provider": chosen.provider}
    context = {
        "page_title": "Transcript",
        "answer": ", ".join(f"{credit(amount)} {label}" for label, amount in record.totals) or "No credit here yet.",
        "table": _table(record, keep),
        "downloads": [
            {"label": f"As {kind.upper()}", "url": f"{reverse('learner-transcript-file', args=[kind])}{_query(keep)}"}
            for kind in TYPES
        ],
    }
    return render(request, "learner/transcript.html", context)


@page(signed_in=True)
def transcript_file(request: HttpRequest, kind: str) -> HttpResponse:
    """The same rows as PDF, CSV or JSON."""
    if kind not in TYPES:
        raise NotFound("file")
    record = reads.transcript(viewer_of(request), request.user, _chosen(request))  # type: ignore[arg-type]  # a page of a signed-in person
    years = [line.earned_on.year for line in record.lines]
    period = "" if not years else str(years[0]) if min(years) == max(years) else f"{min(years)} to {max(years)}"
    facts = written.TranscriptFacts(
        learner=record.name,
        profession=str(people.profile_facts(request.user)["profession"]).replace("_", " "),  # type: ignore[arg-type]  # as above
        issued_on=clock.today(),
        period=period,
        rows=tuple(
            written.TranscriptRow(
                completed_on=line.earned_on, provider=line.provider, activity=line.activity, session=line.session, system=line.label,
                amount=line.amount, evidence=line.evidence.replace("_", " "), serial=line.serial,
            )
            for line in record.lines
            if line.amount
        ),
    )  # fmt: skip
    write = {"pdf": written.render_pdf, "csv": written.to_csv, "json": written.to_json}[kind]
    response = HttpResponse(write(facts), content_type=TYPES[kind])
    response.headers["Content-Disposition"] = f'attachment; filename="transcript.{kind}"'
    return response


@page(signed_in=True)
def certificate(request: HttpRequest, serial: str) -> HttpResponse:
    """The PDF of an own certificate; while it is being made, a page that says so."""
    content = reads.certificate_pdf(viewer_of(request), serial)
    if content is None:
        return render(
            request, "learner/certificate_waits.html", {"page_title": "Your certificate is being made"}, status=202
        )
    response = HttpResponse(content, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="certificate-{serial}.pdf"'
    return response


def _chosen(request: HttpRequest) -> reads.TranscriptFilter:
    year = request.GET.get("year", "")
    return reads.TranscriptFilter(
        year=int(year) if year.isdecimal() and len(year) == 4 else None,
        credit_system=request.GET.get("system", "")[:20],
        provider=request.GET.get("provider", "")[:20],
    )


def _query(keep: dict[str, Any], **changed: Any) -> str:
    kept = {key: value for key, value in {**keep, **changed}.items() if value}
    return f"?{urlencode(kept)}" if kept else "?"


def _table(record: reads.Transcript, keep: dict[str, Any]) -> dict[str, Any]:
    choices = [
        ("year", [(year, str(year)) for year in record.years]),
        ("system", record.systems),
        ("provider", record.providers),
    ]
    filters = [{"label": "All", "url": "?", "current": not any(keep.values())}]
    for name, options in choices:
        if len(options) > 1:
            filters += [
                {
                    "label": label,
                    "url": _query(keep, **{name: "" if keep[name] == value else value}),
                    "current": keep[name] == value,
                }
                for value, label in options
            ]
    return {
        "id": "transcript",
        "caption": "Credit, newest first",
        "hide_caption": True,
        "stack": True,
        "columns": [
            {"label": "What"},
            {"label": "When"},
            {"label": "Credit"},
            {"label": "Certificate"},
        ],
        "rows": [{"cells": _cells(line)} for line in record.lines],
        "filters": filters if len(filters) > 1 else [],
        "count_text": "1 award" if len(record.lines) == 1 else f"{len(record.lines)} awards",
        "empty": {"title": "No credit here yet", "text": "What you claim appears here, from every program."},
    }


def _cells(line: reads.TranscriptLine) -> list[dict[str, Any]]:
    state = "taken back" if not line.amount else "corrected" if line.is_corrected else "late" if line.is_late else ""
    amount = {
        "label": "Credit",
        "text": credit(line.amount),
        "sub": " · ".join(part for part in (line.label, state) if part),
    }
    paper = (
        {"label": "Certificate", "text": "Open", "url": reverse("learner-certificate", args=[line.serial])}
        if line.amount
        else {"text": "–"}
    )
    title = f"{line.activity}: {line.session}" if line.session else line.activity
    return [
        {"head": True, "text": title, "sub": line.provider},
        {"label": "When", "text": day(line.earned_on)},
        amount,
        paper,
    ]


urlpatterns = [
    path("transcript/", transcript, name="learner-transcript"),
    path("transcript.<str:kind>", transcript_file, name="learner-transcript-file"),
    path("certificate/<str:serial>.pdf", certificate, name="learner-certificate"),
]
