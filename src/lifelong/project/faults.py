"""The last pages before a person sees a fault: plain words, no stack trace, no database needed."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from lifelong.entrypoints.web.middleware import problem_response
from lifelong.kernel.problems import NotFound

_PAGE = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    "<title>{title}</title><h1>{title}</h1><p>{text}</p><p><a href='/'>To the start page</a></p></html>"
)


def fault(request: HttpRequest) -> HttpResponse:
    """Something broke here. What was accepted before is kept; what was just sent may be sent again."""
    page = _PAGE.format(
        title="Something went wrong here", text="It is not your doing and it has been noted. Try again in a minute."
    )
    return HttpResponse(page, status=500)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return HttpResponse(_PAGE.format(title="This request cannot be read", text="Go back and try again."), status=400)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """No such address: the same answer as for a thing the viewer may not know of."""
    return problem_response(request, NotFound())
