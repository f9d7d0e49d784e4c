"""Addresses of the public pages."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from lifelong.entrypoints.web.public import catalogue, home, program, verify

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include(home)),
    path("", include(verify)),
    path("", include(catalogue)),
    path("", include(program)),  # last: it takes any page name of a program
]
