"""Addresses of the office: the loop, in its order."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from lifelong.entrypoints.web.office import (
    audit,
    credit,
    delivery,
    evaluation,
    improvement,
    independence,
    needs,
    outcomes,
    people,
    planning,
    reporting,
    teaching_logs,
    today,
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include(today)),
    path("", include(people)),
    path("", include(audit)),
    path("needs/", include(needs)),
    path("planning/", include(planning)),
    path("independence/", include(independence)),
    path("delivery/", include(delivery)),
    path("credit/", include(credit)),
    path("credit/", include(teaching_logs)),
    path("evaluation/", include(evaluation)),
    path("outcomes/", include(outcomes)),
    path("reporting/", include(reporting)),
    path("improvement/", include(improvement)),
]
