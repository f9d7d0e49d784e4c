"""The machine paths that a full room uses at once: attendance by API, text messages by webhook."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse

from lifelong.kernel.problems import NotFound, Problem


def answer(request: HttpRequest) -> HttpResponse:
    """Route one lean request; refusals in the one shape."""
    try:
        raise NotFound("address")
    except Problem as refusal:
        return JsonResponse(refusal.as_dict(), status=refusal.status)
