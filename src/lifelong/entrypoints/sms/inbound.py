"""Inbound text messages, neutral of any vendor: JSON with a signature over time and body.

POST /sms/<gateway>/   X-Lifelong-Time: unix seconds   X-Lifelong-Signature: hex HMAC-SHA256(key, time + "." + body)
{"id": "...", "from": "+15550101", "text": "402913"}   ->   {"reply": "..."}
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import time

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

from lifelong.kernel.problems import Problem, problem
from lifelong.loop.delivery import actions

SIGNED_WITHIN_SECONDS = 300
NUMBER = re.compile(r"^\+[1-9]\d{6,14}$")


class BadSignature(Problem):
    status = 403


def sign(key: str, at: int, body: bytes) -> str:
    """The signature a gateway must send; the command line's console gateway uses it too."""
    return hmac.new(key.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()


def receive(request: HttpRequest, gateway: str) -> HttpResponse:
    _check_signature(request)
    try:
        message = json.loads(request.body)
        # NUL cannot be kept by a database and means nothing in a text
        external_id, number, text = (str(message[name]).replace("\x00", "") for name in ("id", "from", "text"))
    except (ValueError, KeyError, TypeError, RecursionError):
        raise problem(
            "sms.body", "The message is not JSON with id, from and text.", "Check the gateway's template."
        ) from None
    if not NUMBER.match(number) or not 0 < len(external_id) <= 80:
        raise problem(
            "sms.from", "The sender is not a phone number with its country code.", "Send numbers as +15550101.", "from"
        )
    return JsonResponse(
        {"reply": actions.receive_text(gateway=gateway, external_id=external_id, from_number=number, text=text[:320])}
    )


def _check_signature(request: HttpRequest) -> None:
    refused = BadSignature(
        *problem("sms.signature", "The signature does not fit.", "Check key and clock of the gateway.").reasons
    )
    key = settings.SMS_WEBHOOK_KEY
    given, at = request.headers.get("X-Lifelong-Signature", ""), request.headers.get("X-Lifelong-Time", "")
    if not key or not at.isdecimal() or len(at) > 12 or abs(time.time() - int(at)) > SIGNED_WITHIN_SECONDS:
        raise refused
    if not hmac.compare_digest(sign(key, int(at), request.body).encode(), given.encode()):
        raise refused
