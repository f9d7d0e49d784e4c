"""The product's own addresses, and those of the modules under test where the product does not hold them yet."""

from __future__ import annotations

from django.urls import include, path

from lifelong.entrypoints.web.invited import follow_up
from lifelong.entrypoints.web.learner import check_in, claim, evaluate, home, transcript
from lifelong.entrypoints.web.office import credit, evaluation
from lifelong.entrypoints.web.public import verify
from lifelong.project.urls import urlpatterns as product

urlpatterns = [
    path("", include(verify)),
    *(path("me/", include(module)) for module in (home, evaluate, claim, transcript, check_in)),
    path("i/", include(follow_up)),
    path("office/<slug:slug>/credit/", include(credit)),
    path("office/<slug:slug>/evaluation/", include(evaluation)),
    *product,
]
