"""What stands between the server and a page."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import DataError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from lifelong.kernel.guard import writes_open
from lifelong.kernel.problems import NotFound, Problem, problem

log = logging.getLogger(__name__)
Next = Callable[[HttpRequest], HttpResponse]

# Written by the login library, not by our actions: it keeps Person.last_login and Person.password.
LOGIN_PATHS = "/account/"
LONGEST_QUERY = 4_000  # characters; also keeps every number in it short enough to be read
LEAN_PREFIXES = ("/api/attendance", "/sms/")


class LeanPaths:
    """Machine paths with their own proof of identity (token, signature) skip sessions, cookies and CSRF: a room full at once.

    They set no cookie and answer no browser, so nothing that those layers guard is lost.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(LEAN_PREFIXES):
            return self.get_response(request)
        from lifelong.entrypoints.api.lean import answer  # noqa: PLC0415 -- urls are not loaded when middleware is built

        response = answer(request)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"
        response.headers["Cache-Control"] = "no-store"
        return response


class ProblemPages:
    """Turns refusals into pages (or JSON) with what is wrong and what to do next. No stack trace reaches a person."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        query = request.META.get("QUERY_STRING", "")
        # no row is named by a NUL, and PostgreSQL cannot be asked for one
        if len(query) > LONGEST_QUERY or "%00" in query:
            return problem_response(request, NotFound())
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Http404 | OverflowError):
            exception = NotFound()  # a number too large for any row names nothing
        if isinstance(exception, DataError):
            exception = problem(
                "text.not_kept", "Something in this form cannot be kept: a control character, or a text that is far too long.",
                "Go back, take it out, and send again.",
            )  # fmt: skip
        if isinstance(exception, Problem):
            return problem_response(request, exception)
        log.exception("unexpected fault at %s", request.path)
        return None


def problem_response(request: HttpRequest, refusal: Problem) -> HttpResponse:
    if request.path.startswith("/api/") or "application/json" in request.headers.get("Accept", ""):
        return JsonResponse(refusal.as_dict(), status=refusal.status)
    response = render(
        request,
        "parts/problem_page.html",
        {"problem": refusal, "page_title": refusal.reasons[0].sentence},
        status=refusal.status,
    )
    patch_vary_headers(response, ["Accept"])
    return response


class SignedIn:
    """Opens the door of writing for the login library alone."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(LOGIN_PATHS):
            with writes_open("login"):
                return self.get_response(request)
        return self.get_response(request)
