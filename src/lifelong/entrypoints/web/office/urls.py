"""Addresses of the office: the loop, in its order."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from lifelong.entrypoints.web.office import delivery

urlpatterns: list[URLPattern | URLResolver] = [
    path("delivery/", include(delivery)),
]
