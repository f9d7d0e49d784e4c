"""Addresses for tests of single page modules: the product's own, and the modules named here where those do not hold them yet."""

from __future__ import annotations

from django.urls import include, path

from lifelong.entrypoints.web import account
from lifelong.entrypoints.web.invited import disclosure
from lifelong.entrypoints.web.office import independence
from lifelong.entrypoints.web.public import catalogue, home, program
from lifelong.project.urls import urlpatterns as product

urlpatterns = [
    path("", include(account)),
    path("", include(home)),
    path("", include(catalogue)),
    path("", include(program)),
    path("i/", include(disclosure)),
    path("office/<slug:slug>/independence/", include(independence)),
    *product,
]
