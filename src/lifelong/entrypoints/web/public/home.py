"""The installation's front door, what machines ask of it, and each program's colours."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.cache import cache_control

from lifelong.entrypoints.web.page import page
from lifelong.formats.charts.theme import theme_css
from lifelong.loop.program import reads

PRIVATE = ("/me/", "/office/", "/lead/", "/i/", "/account/", "/api/", "/sms/", "/operate/")


@page(anyone=True)
def front(request: HttpRequest) -> HttpResponse:
    """The programs of this installation."""
    programs = list(reads.providers())
    context = {
        "page_title": "Continuing education for the health professions",
        "answer": "Choose a program to see what it teaches, for whom, and what comes of it.",
        "programs": programs,
        "is_demo": settings.DEMO,
    }
    return render(request, "public/home.html", context)


@page(anyone=True)
@cache_control(public=True, max_age=3600)
def theme(request: HttpRequest) -> HttpResponse:
    """The program's accent, every shade computed to contrast."""
    provider = request.provider  # type: ignore[attr-defined]
    return HttpResponse(theme_css(provider.accent), content_type="text/css; charset=utf-8")


@page(anyone=True)
@cache_control(public=True, max_age=3600)
def robots(request: HttpRequest) -> HttpResponse:
    """Public pages may be found; a demo and what belongs to a person may not."""
    closed = ["/"] if settings.DEMO else PRIVATE
    lines = ["User-agent: *", *(f"Disallow: {place}" for place in closed)]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


urlpatterns = [
    path("", front, name="public-home"),
    path("robots.txt", robots, name="public-robots"),
    path("p/<slug:slug>/theme.css", theme, name="public-theme"),
]
