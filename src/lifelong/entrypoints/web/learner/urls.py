"""Addresses of a learner's own pages."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from lifelong.entrypoints.web.learner import check_in, claim, evaluate, home, teaching, teaching_log, transcript

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include(home)),
    path("", include(check_in)),
    path("", include(evaluate)),
    path("", include(claim)),
    path("", include(teaching)),
    path("", include(teaching_log)),
    path("", include(transcript)),
]
