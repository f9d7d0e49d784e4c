"""Credit in the office: the ledger's entries, corrections with their reasons, late claims, the stop switch, the state of the chain."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse

from lifelong.entrypoints.web.forms import apply
from lifelong.entrypoints.web.page import page, viewer_of
from lifelong.entrypoints.web.templatetags.lifelong_ui import credit, day
from lifelong.kernel.access import Permission, may
from lifelong.loop.credit import actions, ledger, reads
from lifelong.rules.claim import parse_amount

P = Permission
PAGE = 25


class AmountField(forms.Field):
    """An amount as people write it; anything else is refused, never guessed. 0 is an amount here."""

    def to_python(self, value: Any) -> Decimal | None:
        text = str(value or "").strip()
        if text in ("", "0"):
            return Decimal(0) if text else None
        read = parse_amount(text)
        if isinstance(read, Decimal):
            return read
        raise forms.ValidationError(f"{read.sentence} {read.next_step}")


class CorrectForm(forms.Form):
    amount = AmountField(label="Credit after the correction", help_text="0 takes the award back.")
    reason = forms.CharField(
        max_length=300, label="Why", help_text="A sentence; it stays in the ledger and cannot be changed."
    )


class LateForm(forms.Form):
    session_id = forms.IntegerField(
        label="Number of the session", help_text="As in the address of its page under Delivery."
    )
    email = forms.EmailField(label="E-mail of the learner")
    designation_id = forms.IntegerField(
        label="Number of the designation", help_text="As on the planning page of the activity."
    )
    amount = AmountField(label="Credit")
    reason = forms.CharField(
        max_length=300, label="Why it is late", help_text="The award is marked late, with this reason."
    )


class RepeatForm(forms.Form):
    session_id = forms.IntegerField(
        label="Number of the session", help_text="As in the address of its page under Delivery."
    )
    first = forms.IntegerField(
        label="Number of the session it repeats", help_text="A learner is awarded one of the two."
    )


@page(needs=P.SEE_CREDIT)
def awards(request: HttpRequest) -> HttpResponse:
    """The ledger of the program, newest first, and whether awards are being made."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    search, before = request.GET.get("q", "").strip()[:80], request.GET.get("before", "")
    rows = reads.awards(
        viewer, provider, search=search, before=int(before) if before.isdecimal() else None, limit=PAGE + 1
    )
    state = reads.ledger_state()
    paused = provider.credit_paused_at
    context = {
        "page_title": "Credit",
        "answer": f"Awards are stopped since {day(paused)}." if paused else "Awards are being made.",
        "page_states": [{"kind": "block", "word": "Stopped"}] if paused else [],
        "page_actions": _switch(viewer, provider),
        "stats": [
            {"label": "Entries sealed", "value": f"{state.sealed:,}", "basis": "all programs of this installation"},
            {"label": "Waiting for their seal", "value": f"{state.waiting:,}", "basis": "sealed within minutes"},
            {"label": "Head of the chain", "value": state.head[:12] or "–", "basis": "first 12 of 64 digits"},
        ],
        "table": _table(rows, provider.slug, search),
        "may_correct": may(viewer, P.CORRECT_CREDIT, provider),
        "may_designate": may(viewer, P.DESIGNATE_CREDIT, provider),
        "may_check": may(viewer, P.SEE_AUDIT, provider),
    }
    return render(request, "office/credit.html", context)


def _switch(viewer: Any, provider: Any) -> list[dict[str, Any]]:
    if not may(viewer, P.PAUSE_CREDIT, provider):
        return []
    if provider.credit_paused_at:
        return [
            {
                "label": "Award credit again",
                "url": reverse("office-credit-resume", args=[provider.slug]),
                "post": True,
                "main": True,
            }
        ]
    question = "Stop all awards and certificates of this program? Attendance is still recorded."
    return [
        {
            "label": "Stop awards",
            "url": reverse("office-credit-pause", args=[provider.slug]),
            "post": True,
            "danger": True,
            "confirm": question,
        }
    ]


def _table(rows: list[Any], slug: str, search: str) -> dict[str, Any]:
    shown = rows[:PAGE]
    more = f"?{urlencode({'q': search, 'before': shown[-1].pk})}" if len(rows) > PAGE else ""
    return {
        "id": "awards",
        "caption": "Entries of the ledger, newest first",
        "columns": [
            {"label": "Learner"}, {"label": "Activity"}, {"label": "Credit", "number": True}, {"label": "Earned"}, {"label": "State"},
        ],
        "rows": [{"cells": _cells(row, slug)} for row in shown],
        "search": {"label": "Family name, activity or serial", "value": search},
        "count_text": f"{len(shown)} entries",
        "next_url": more,
        "empty": {"title": "No entries", "text": "Awards appear here as learners claim them."},
    }  # fmt: skip


def _cells(row: Any, slug: str) -> list[dict[str, Any]]:
    kind, word = ("warn", "Correction") if row.reverses_id else ("info", "Late") if row.is_late else ("done", "Awarded")
    return [
        {
            "head": True,
            "text": row.person.full_name,
            "url": reverse("office-credit-award", args=[slug, row.pk]),
            "sub": row.serial,
        },
        {"text": row.activity.title, "sub": row.session.title if row.session else ""},
        {"number": True, "text": credit(row.amount), "sub": row.designation.unit},
        {"text": day(row.earned_on)},
        {"chip": kind, "text": word},
    ]


@page(needs=P.SEE_CREDIT)
def award(request: HttpRequest, award_id: int) -> HttpResponse:
    """One award with its corrections; correcting it asks for the amount and a reason."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    row = reads.award(viewer, provider, award_id)
    entries = reads.entries_of(row)
    standing = sum((entry.amount for entry in entries), Decimal(0))
    form = CorrectForm(request.POST or None, initial={"amount": credit(standing)})
    if request.method == "POST" and form.is_valid():
        amount, reason = form.cleaned_data["amount"], form.cleaned_data["reason"]
        if apply(form, lambda: actions.correct_award(viewer, row, amount=amount, reason=reason)) is not None:
            messages.success(request, f"The award stands at {credit(amount)} now. The learner's transcript shows it.")
            return redirect("office-credit-award", slug=provider.slug, award_id=row.pk)
    context = {
        "page_title": f"{row.person.full_name}: {credit(standing)} {row.designation.unit}",
        "kicker": row.activity.title,
        "breadcrumbs": [{"label": "Credit", "url": reverse("office-credit", args=[provider.slug])}],
        "award": row,
        "entries": entries,
        "form": form,
        "may_correct": may(viewer, P.CORRECT_CREDIT, row),
        "check_url": reverse("public-verify", args=[row.serial]),
    }
    return render(request, "office/credit_award.html", context, status=422 if form.is_bound else 200)


@page(needs=P.CORRECT_CREDIT)
def late(request: HttpRequest) -> HttpResponse:
    """A claim after its time, entered by a second person."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    form = LateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = apply(form, lambda: _late(viewer, provider, form.cleaned_data))
        if made is not None:
            messages.success(request, f"{credit(made.amount)} awarded to {made.person.full_name}, marked late.")
            return redirect("office-credit-award", slug=provider.slug, award_id=made.pk)
    context = {
        "page_title": "Award a late claim",
        "answer": "For a learner whose attendance is recorded and whose time to claim has ended.",
        "breadcrumbs": [{"label": "Credit", "url": reverse("office-credit", args=[provider.slug])}],
        "form": form,
        "label": "Award this credit",
        "cancel_url": reverse("office-credit", args=[provider.slug]),
    }
    return render(request, "office/credit_late.html", context, status=422 if form.is_bound else 200)


def _late(viewer: Any, provider: Any, said: dict[str, Any]) -> Any:
    attendance = reads.attendance_for(viewer, provider, session_id=said["session_id"], email=said["email"])
    return actions.claim_late(
        viewer, attendance, designation_id=said["designation_id"], amount=said["amount"], reason=said["reason"]
    )


@page(needs=P.DESIGNATE_CREDIT)
def repeat(request: HttpRequest) -> HttpResponse:
    """Say that a session offers the content of an earlier one again."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]  # set by @page
    form = RepeatForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = apply(form, lambda: _repeat(viewer, provider, form.cleaned_data))
        if made is not None:
            messages.success(
                request, f"{made.session.title} repeats {made.first.title}: learners are awarded one of them."
            )
            return redirect("office-credit", slug=provider.slug)
    context = {
        "page_title": "Declare a repeat",
        "answer": "The same content counts once for each learner.",
        "breadcrumbs": [{"label": "Credit", "url": reverse("office-credit", args=[provider.slug])}],
        "form": form,
        "label": "Declare the repeat",
        "cancel_url": reverse("office-credit", args=[provider.slug]),
    }
    return render(request, "office/credit_repeat.html", context, status=422 if form.is_bound else 200)


def _repeat(viewer: Any, provider: Any, said: dict[str, Any]) -> Any:
    session = reads.session_of(viewer, provider, said["session_id"])
    return actions.declare_repeat(viewer, session, first=reads.session_of(viewer, provider, said["first"]))


@page(needs=P.PAUSE_CREDIT)
def pause(request: HttpRequest) -> HttpResponse:
    provider = request.provider  # type: ignore[attr-defined]  # set by @page
    if request.method == "POST":
        actions.pause(viewer_of(request), provider)
        messages.warning(request, "Awards and certificates are stopped. Attendance is still recorded.")
    return redirect("office-credit", slug=provider.slug)


@page(needs=P.PAUSE_CREDIT)
def resume(request: HttpRequest) -> HttpResponse:
    provider = request.provider  # type: ignore[attr-defined]  # set by @page
    if request.method == "POST":
        actions.resume(viewer_of(request), provider)
        messages.success(request, "Awards are being made again.")
    return redirect("office-credit", slug=provider.slug)


@page(needs=P.SEE_AUDIT)
def check(request: HttpRequest) -> HttpResponse:
    """Walk the whole chain now and say what was found."""
    provider = request.provider  # type: ignore[attr-defined]  # set by @page
    report = ledger.verify()
    context = {
        "page_title": "The ledger holds" if report.ok else f"The ledger is broken at entry {report.first_bad_seq}",
        "answer": report.sentence,
        "page_states": [{"kind": "done" if report.ok else "block", "word": "Checked"}],
        "breadcrumbs": [{"label": "Credit", "url": reverse("office-credit", args=[provider.slug])}],
        "report": report,
        "checkpoints": [
            {"seq": one.seq, "digest": one.digest, "made_at": dt.datetime.fromisoformat(one.made_at)}
            for one in ledger.checkpoints()
        ],
    }
    return render(request, "office/credit_check.html", context)


urlpatterns = [
    path("", awards, name="office-credit"),
    path("award/<int:award_id>/", award, name="office-credit-award"),
    path("late/", late, name="office-credit-late"),
    path("repeat/", repeat, name="office-credit-repeat"),
    path("pause/", pause, name="office-credit-pause"),
    path("resume/", resume, name="office-credit-resume"),
    path("check/", check, name="office-credit-check"),
]
