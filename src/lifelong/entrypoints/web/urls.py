"""Addresses by audience."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from lifelong.entrypoints.web import account, home

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include(home)),
    path("", include(account)),
    path("", include("lifelong.entrypoints.web.public.urls")),
    path("me/", include("lifelong.entrypoints.web.learner.urls")),
    path("i/", include("lifelong.entrypoints.web.invited.urls")),
    path("office/<slug:slug>/", include("lifelong.entrypoints.web.office.urls")),
    path("lead/<slug:slug>/", include("lifelong.entrypoints.web.leadership.urls")),
]
