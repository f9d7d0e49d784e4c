"""A learner in a corridor with a phone: scan or type, one tap, done."""

from __future__ import annotations

import datetime as dt

from django import forms
from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.http import urlencode

from lifelong.entrypoints.web.forms import apply
from lifelong.entrypoints.web.page import page, viewer_of
from lifelong.kernel import clock
from lifelong.kernel.access import Permission, Scope, may
from lifelong.kernel.problems import NotFound
from lifelong.loop.delivery import actions, reads
from lifelong.loop.integrity import reads as integrity
from lifelong.loop.planning import reads as planning
from lifelong.rules.attendance import Channel, rotating_code_matches

HELD_FOR = dt.timedelta(minutes=10)  # time to sign in after a good scan


HOW = {"staff": "by the staff", "screen_code": "by code", "text": "by text message", "join_log": "by joining online"}


class CodeForm(forms.Form):
    code = forms.CharField(
        label="Code of the session",
        help_text="Six letters or digits from the screen, or the six digits of the sheet.",
        max_length=20,
        widget=forms.TextInput(
            attrs={"autocapitalize": "characters", "autocomplete": "off", "spellcheck": "false", "class": "code-entry"}
        ),
    )


class Confirm(forms.Form):
    """One button."""


@page(signed_in=True)
def type_code(request: HttpRequest) -> HttpResponse:
    viewer = viewer_of(request)
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and viewer.person_id:
        person_id = viewer.person_id
        code = form.cleaned_data["code"]
        mark = apply(
            form, lambda: actions.check_in_by_code(viewer, person_id=person_id, code=code, channel=Channel.SCREEN_CODE)
        )
        if mark is not None:
            return redirect("learner-checked-in", session_id=mark.session_id)
    return render(request, "learner/check_in_code.html", {"form": form, "page_title": "Check in"})


@page(anyone=True)
def scan(request: HttpRequest, session_id: int, code: str) -> HttpResponse:
    """The address behind the room's QR. Opening it changes nothing; the button checks in. A good code is held while its owner signs in."""
    facts = reads.session_facts(session_id)
    viewer = viewer_of(request)
    now = clock.now()
    held_key = f"held-{facts.id}"
    seen_at = _held(request, held_key, code)
    if seen_at is None and rotating_code_matches(code, bytes.fromhex(facts.code_key), facts.id, now):
        seen_at = now
        request.session[held_key] = signing.dumps([code, now.isoformat()], salt="held-code")
    if not facts.published and seen_at is None:
        raise NotFound("session")  # whoever tries numbers learns of no plan
    if viewer.person_id is None:
        here = request.get_full_path()
        return render(
            request,
            "learner/check_in_sign_in.html",
            {
                "facts": facts,
                "sign_in_url": f"/account/login/code/?{urlencode({'next': here})}",
                "page_title": "Check in",
            },
        )
    if reads.attendance_of(viewer.person_id, facts.id):
        return redirect("learner-checked-in", session_id=facts.id)
    form = Confirm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        person_id = viewer.person_id
        mark = apply(
            form, lambda: actions.check_in_by_screen(viewer, facts, person_id=person_id, code=code, seen_at=seen_at)
        )
        if mark is not None:
            request.session.pop(held_key, None)
            return redirect("learner-checked-in", session_id=facts.id)
    return render(request, "learner/check_in.html", {"facts": facts, "form": form, "page_title": "Check in"})


def _held(request: HttpRequest, key: str, code: str) -> dt.datetime | None:
    """When this browser first showed this good code, if that was a few minutes ago."""
    try:
        held_code, seen = signing.loads(request.session.get(key, ""), salt="held-code", max_age=HELD_FOR)
    except signing.BadSignature:
        return None
    return dt.datetime.fromisoformat(seen) if held_code == code else None


@page(signed_in=True)
def checked_in(request: HttpRequest, session_id: int) -> HttpResponse:
    viewer = viewer_of(request)
    mark = reads.attendance_of(viewer.person_id or 0, session_id)
    if mark is None:
        raise NotFound("check-in")
    facts = reads.session_facts(session_id)
    shown = integrity.shown_disclosure(mark.session.activity, mark.session)
    context = {
        "mark": mark,
        "facts": facts,
        "disclosure": shown.text if shown else "",
        "how": HOW.get(mark.channel, mark.channel),
        "next_url": reverse("learner-evaluate", kwargs={"attendance_id": mark.pk}),
        "next_label": "Evaluate and claim",
        "page_title": "You are checked in",
    }
    return render(request, "learner/checked_in.html", context)


@page(signed_in=True)
def register(request: HttpRequest, activity_id: int) -> HttpResponse:
    """Register for a published activity, or give the seat back."""
    viewer = viewer_of(request)
    activity, person = reads.activity_open_to(viewer, activity_id)
    mine = reads.registration_of(person.pk, activity)
    form = Confirm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if request.POST.get("do") == "cancel" and mine is not None:
            done = apply(form, lambda: actions.cancel_registration(viewer, mine))
        else:
            done = apply(form, lambda: actions.register(viewer, activity, person=person))
        if done is not None:
            messages.success(request, f"{done.get_state_display()}: {activity.title}.")
            return redirect("learner-register", activity_id=activity.pk)
    may_act = may(viewer, Permission.RECORD_OWN, Scope(person_id=person.pk))
    return render(
        request,
        "learner/register.html",
        {
            "activity": activity,
            "registration": mine,
            "form": form,
            "may_act": may_act,
            "page_title": activity.title,
            "coming": next(
                (one for one in planning.sessions(activity, since=clock.now()).rows if one.cancelled_at is None), None
            ),
        },
    )


urlpatterns = [
    path("in/", type_code, name="learner-check-in"),
    path("in/<int:session_id>/done/", checked_in, name="learner-checked-in"),
    path("in/<int:session_id>/<str:code>/", scan, name="learner-scan"),
    path("register/<int:activity_id>/", register, name="learner-register"),
]
