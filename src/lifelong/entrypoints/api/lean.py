"""The machine paths that a full room uses at once: attendance by API, text messages by webhook.

They carry their own proof (a token, a signature), so they run without session, cookie and CSRF layers.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse

from lifelong.entrypoints.sms import inbound
from lifelong.kernel.access import Actor
from lifelong.kernel.problems import NotFound, Problem, problem
from lifelong.loop.delivery import actions, reads
from lifelong.loop.people import reads as people
from lifelong.rules.attendance import Channel

log = logging.getLogger(__name__)
MARK = re.compile(r"^/api/attendance/(\d{1,18})/?$")
SMS = re.compile(r"^/sms/([a-z]{1,20})/?$")
LARGEST_BODY = 4_096


class NoToken(Problem):
    status = 401


def answer(request: HttpRequest) -> HttpResponse:
    """Route one lean request; refusals in the one shape."""
    try:
        if request.method != "POST":
            raise problem("method", "This address takes POST only.", "Send the request as POST.")
        if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_BODY:
            raise problem("too_large", "The message is too large.", f"Send at most {LARGEST_BODY} bytes.")
        if found := MARK.match(request.path_info):
            return _mark(request, int(found.group(1)))
        if found := SMS.match(request.path_info):
            return inbound.receive(request, found.group(1))
        raise NotFound("address")
    except Problem as refusal:
        return JsonResponse(refusal.as_dict(), status=refusal.status)
    except Exception:  # the last door before a person: no stack trace leaves
        log.exception("fault at %s", request.path_info)
        connection.close()
        return JsonResponse(
            {"code": "fault", "sentence": "Something went wrong here.", "next_step": "Try again in a minute."},
            status=500,
        )


def token_actor(request: HttpRequest) -> Actor:
    """The machine behind the request's bearer token."""
    kind, _, secret = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    actor = (
        people.token_actor(hashlib.sha256(secret.strip().encode()).hexdigest())
        if kind.lower() == "bearer" and secret
        else None
    )
    if actor is None:
        raise NoToken(
            *problem(
                "token", "The access token is missing or no longer valid.", "Ask the CE office for a new one."
            ).reasons
        )
    return actor


def _mark(request: HttpRequest, session_id: int) -> HttpResponse:
    """POST /api/attendance/SESSION {"person": id} -> 201 with the attendance; a repeat gets 200 and the same receipt."""
    actor = token_actor(request)
    try:
        body = json.loads(request.body)
        person_id = body["person"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise problem("body", "The message is not JSON with a person.", 'Send {"person": 17}.', "person") from None
    if not isinstance(person_id, int) or isinstance(person_id, bool) or not 0 < person_id < 2**63:
        raise problem("body.person", "The person is not a number.", 'Send {"person": 17}.', "person")
    facts = reads.session_facts(session_id)
    if facts.provider_id not in actor.provider_ids():
        raise NotFound("session")
    mark = actions.record_attendance(actor, facts, person_id=person_id, channel=Channel.STAFF)
    return JsonResponse(
        {"attendance": mark.pk, "session": facts.id, "person": person_id, "recorded_at": mark.recorded_at.isoformat()},
        status=201,
    )
