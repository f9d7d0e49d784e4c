"""Delivery: today's sessions, the screen of the room, the roster."""

from __future__ import annotations

import datetime as dt

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse

from lifelong.entrypoints.web.forms import apply
from lifelong.entrypoints.web.page import page, viewer_of
from lifelong.formats import qr
from lifelong.kernel import clock
from lifelong.kernel.access import Permission
from lifelong.kernel.problems import Problem
from lifelong.loop.credit.actions import void_attendance
from lifelong.loop.delivery import actions, reads
from lifelong.rules.attendance import Channel

P = Permission


class DayForm(forms.Form):
    on = forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"}), label="Day")


class VoidForm(forms.Form):
    reason = forms.CharField(max_length=300, label="Why is the mark taken back?")


@page(needs=P.SEE_DELIVERY)
def today(request: HttpRequest) -> HttpResponse:
    """The sessions of a day, by hour, with how many are checked in."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]
    form = DayForm(request.GET or None)
    on = (form.cleaned_data.get("on") if form.is_valid() else None) or clock.today(provider.time_zone)
    sessions = reads.sessions_of_day(viewer, provider, on)[:200]
    week = reads.sessions_between(viewer, provider, clock.now(), clock.now() + dt.timedelta(days=7))[:50]
    context = {
        "page_title": "Delivery",
        "on": on,
        "day_before": on - dt.timedelta(days=1),
        "day_after": on + dt.timedelta(days=1),
        "sessions": sessions,
        "week": week,
        "form": form,
        "may_run": bool(viewer.grants_for(P.RUN_SESSION, provider.pk)),
    }
    return render(request, "office/delivery.html", context)


@page(needs=P.SEE_DELIVERY)
def session(request: HttpRequest, session_id: int) -> HttpResponse:
    """One session: its codes, its roster, marking by hand."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]
    row = reads.session_in(viewer, provider, session_id)
    facts = reads.session_facts(row.pk)
    search, after = request.GET.get("q", "")[:80], request.GET.get("after", "")[:200]
    people = reads.roster(viewer, row, search=search, after=after, present_only=request.GET.get("show") == "present")
    more = people[reads.ROSTER_PAGE - 1] if len(people) > reads.ROSTER_PAGE else None
    context = {
        "page_title": row.title,
        "session": row,
        "facts": facts,
        "people": people[: reads.ROSTER_PAGE],
        "next_after": f"{more.sort_name}|{more.person_id}" if more else "",
        "search": search,
        "present_only": request.GET.get("show") == "present",
        "attended": reads.attended_count(row),
        "may_run": bool(viewer.grants_for(P.RUN_SESSION, provider.pk)),
    }
    return render(request, "office/delivery_session.html", context)


@page(needs=P.RUN_SESSION)
def mark(request: HttpRequest, session_id: int) -> HttpResponse:
    """Mark the ticked people present (POST)."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]
    row = reads.session_in(viewer, provider, session_id, P.RUN_SESSION)
    if request.method == "POST":
        chosen = [int(number) for number in request.POST.getlist("person") if number.isdecimal() and len(number) < 19]
        try:
            if len(chosen) == 1:
                actions.record_attendance(
                    viewer, reads.session_facts(row.pk), person_id=chosen[0], channel=Channel.STAFF
                )
            elif chosen:
                actions.mark_many(viewer, row, person_ids=chosen)
            noun = "person" if len(chosen) == 1 else "people"
            messages.success(
                request,
                f"{len(chosen)} {noun} marked present." if chosen else "Nobody was ticked, so nothing was changed.",
            )
        except Problem as refusal:
            messages.error(request, " ".join(f"{reason.sentence} {reason.next_step}" for reason in refusal.reasons))
    return redirect("office-delivery-session", slug=provider.slug, session_id=row.pk)


@page(needs=P.RUN_SESSION)
def void(request: HttpRequest, session_id: int, person_id: int) -> HttpResponse:
    """Take one mark back, with its reason."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]
    row = reads.session_in(viewer, provider, session_id, P.RUN_SESSION)
    attendance = reads.mark_of(row, person_id)
    form = VoidForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        done = apply(form, lambda: void_attendance(viewer, attendance, reason=form.cleaned_data["reason"]))
        if done is not None:
            messages.success(request, "The mark was taken back; the reason is kept.")
            return redirect("office-delivery-session", slug=provider.slug, session_id=row.pk)
    context = {"page_title": "Take a mark back", "session": row, "attendance": attendance, "form": form}
    return render(request, "office/delivery_void.html", context, status=422 if form.is_bound else 200)


@page(needs=P.RUN_SESSION)
def screen(request: HttpRequest, session_id: int) -> HttpResponse:
    """The screen of the room: large code and QR, both renewed every few seconds."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]
    row = reads.session_in(viewer, provider, session_id, P.RUN_SESSION)
    qr_of_room = _now(provider.slug, row.pk) | {
        "meaning": f"check in to {row.title}",
        "refresh_url": reverse("office-delivery-screen-now", kwargs={"slug": provider.slug, "session_id": row.pk}),
        "refresh_seconds": 4,
    }
    return render(request, "office/delivery_screen.html", {"page_title": row.title, "session": row, "qr": qr_of_room})


@page(needs=P.RUN_SESSION)
def screen_now(request: HttpRequest, session_id: int) -> HttpResponse:
    """The present code, for the screen to renew itself."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]
    return JsonResponse(_now(provider.slug, reads.session_in(viewer, provider, session_id, P.RUN_SESSION).pk))


@page(needs=P.RUN_SESSION)
def screen_qr(request: HttpRequest, session_id: int, code: str) -> HttpResponse:
    """The QR of a code, drawn by us: it leads to the check-in page of the session."""
    viewer, provider = viewer_of(request), request.provider  # type: ignore[attr-defined]
    row = reads.session_in(viewer, provider, session_id, P.RUN_SESSION)
    address = request.build_absolute_uri(reverse("learner-scan", kwargs={"session_id": row.pk, "code": code}))
    return HttpResponse(qr.svg(address, f"Check in to {row.title}"), content_type="image/svg+xml")


def _now(slug: str, session_id: int) -> dict[str, object]:
    code = reads.current_code(reads.session_facts(session_id), clock.now())
    image = reverse("office-delivery-screen-qr", kwargs={"slug": slug, "session_id": session_id, "code": code})
    count = reads.kept_count(session_id)
    return {
        "code": code,
        "image_url": image,
        "sentence": "Scan it, or type it on the check-in page. It changes every few seconds.",
        "attended": count,
    }


urlpatterns = [
    path("", today, name="office-delivery"),
    path("session/<int:session_id>/", session, name="office-delivery-session"),
    path("session/<int:session_id>/mark/", mark, name="office-delivery-mark"),
    path("session/<int:session_id>/void/<int:person_id>/", void, name="office-delivery-void"),
    path("session/<int:session_id>/screen/", screen, name="office-delivery-screen"),
    path("session/<int:session_id>/screen/now/", screen_now, name="office-delivery-screen-now"),
    path("session/<int:session_id>/screen/<str:code>.svg", screen_qr, name="office-delivery-screen-qr"),
]
