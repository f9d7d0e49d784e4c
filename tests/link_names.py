"""The addresses that mails and certificates carry, for tests below the pages."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path


def nothing(request: HttpRequest, **kwargs: str) -> HttpResponse:
    return HttpResponse()


urlpatterns = [
    path("me/evaluate/link/<str:token>/", nothing, name="learner-evaluate-link"),
    path("i/follow-up/<str:token>/", nothing, name="invited-follow-up"),
    path("me/test/<int:activity_id>/", nothing, name="learner-test"),
    path("verify/<str:serial>/", nothing, name="public-verify"),
]
