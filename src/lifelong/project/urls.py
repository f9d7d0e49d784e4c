"""Every address of the installation."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("lifelong.entrypoints.web.urls")),
    path("account/", include("allauth.urls")),
]
handler500 = "lifelong.project.faults.fault"
handler404 = "lifelong.project.faults.not_found"
handler400 = "lifelong.project.faults.bad_request"
