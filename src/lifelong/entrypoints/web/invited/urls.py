"""Addresses behind secret links."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from lifelong.entrypoints.web.invited import disclosure, follow_up, shared_report, survey

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include(disclosure)),
    path("", include(follow_up)),
    path("", include(shared_report)),
    path("", include(survey)),
]
