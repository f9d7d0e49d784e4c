"""Addresses of the leadership pages."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from lifelong.entrypoints.web.leadership import dashboard, mission

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include(mission)),
    path("", include(dashboard)),
]
