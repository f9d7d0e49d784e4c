"""Addresses for the tests of Needs and Planning: the product's own, with these two mounted where the office mounts them."""

from __future__ import annotations

from django.urls import include, path

from lifelong.entrypoints.web.office import needs, planning

urlpatterns = [
    path("office/<slug:slug>/needs/", include(needs)),
    path("office/<slug:slug>/planning/", include(planning)),
    path("", include("lifelong.project.urls")),
]
