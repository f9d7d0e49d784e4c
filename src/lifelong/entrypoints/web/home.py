"""Where a person lands after signing in, and the state of the installation."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import path

from lifelong.entrypoints.health import checks
from lifelong.entrypoints.web.page import page, viewer_of
from lifelong.entrypoints.web.shell import places
from lifelong.kernel.access import Permission
from lifelong.kernel.problems import NotFound


@page(signed_in=True)
def home(request: HttpRequest) -> HttpResponse:
    """The first place this person works in: an office, a mission page, else their own education."""
    viewer = viewer_of(request)
    work = [place for place in places("", viewer) if not place.url.startswith("/me/")]
    if len({place.url.split("/")[2] for place in work}) > 1:
        return render(request, "public/places.html", {"work": work, "page_title": "Where do you want to work?"})
    return redirect(work[0].url if work else "/me/")


@page(anyone=True)
def healthy(request: HttpRequest) -> HttpResponse:
    """For monitoring: 200 when the installation works, 503 when not. Tells nothing else."""
    well = all(check.state != "bad" for check in checks(whole_ledger=False))
    return JsonResponse({"ok": well}, status=200 if well else 503)


@page(signed_in=True)
def state(request: HttpRequest) -> HttpResponse:
    """The state of the installation, for its operator."""
    if not viewer_of(request).grants_for(Permission.OPERATE, None):
        raise NotFound
    kinds = {"ok": "done", "look": "warn", "bad": "block"}
    found = [(kinds[check.state], check) for check in checks()]
    return render(request, "public/state.html", {"found": found, "page_title": "State of the installation"})


urlpatterns = [
    path("home/", home, name="home"),
    path("health/", healthy, name="health"),
    path("operate/", state, name="operate"),
]
