"""Is this certificate genuine? What the ledger says of its serial, for anybody who holds the paper."""

from __future__ import annotations

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path

from lifelong.entrypoints.web.page import page
from lifelong.entrypoints.web.templatetags.lifelong_ui import credit, day
from lifelong.kernel.problems import NotFound, Problem
from lifelong.loop.credit import reads
from lifelong.rules.verdict import Reason

MISSES_A_MINUTE = 20


class TooManyTries(Problem):
    status = 429


class NoSuchCertificate(Problem):
    status = 404


@page(anyone=True)
def verify(request: HttpRequest, serial: str) -> HttpResponse:
    """The facts of one award. Whatever does not exist gets one answer; an address that keeps missing is slowed down."""
    key = f"verify-misses-{request.META.get('REMOTE_ADDR', '')}"
    if cache.get(key, 0) >= MISSES_A_MINUTE:
        raise TooManyTries(
            Reason(
                "verify.slow",
                "There were too many wrong serials from here.",
                "Wait a minute, then type the serial as it is printed.",
            )
        )
    try:
        award = reads.verify(serial)
    except NotFound:
        cache.add(key, 0, timeout=60)
        cache.incr(key)
        step = "Compare the serial with the paper letter by letter, and the host in your browser with the one printed there."
        raise NoSuchCertificate(Reason("not_found", "There is no such certificate here.", step)) from None
    response = render(request, "public/verify.html", _context(award))
    response.headers["X-Robots-Tag"] = "noindex, noarchive"
    response.headers["Cache-Control"] = "no-store"
    return response


@page(anyone=True)
def type_serial(request: HttpRequest) -> HttpResponse:
    """For who holds the paper and no address: the serial as it is printed."""
    serial = "".join(sign for sign in request.GET.get("serial", "") if sign.isascii() and sign.isalnum()).upper()[:40]
    if serial:
        return redirect("public-verify", serial=serial)
    return render(request, "public/verify_type.html", {"page_title": "Check a certificate"})


def _context(award: reads.PublicAward) -> dict[str, object]:
    if award.is_reversed:
        card = {
            "kind": "block",
            "title": "This credit was taken back",
            "text": f"on {day(award.corrected_on)}. It is no longer valid.",
        }
    elif award.corrected_on:
        text = f"on {day(award.corrected_on)}: now {credit(award.current_amount)} {award.unit}."
        card = {"kind": "warn", "title": "This credit was corrected", "text": text}
    else:
        card = {
            "kind": "done",
            "title": "This certificate is genuine",
            "text": "Compare every line below with the paper.",
        }
    facts = [
        {"label": "Awarded to", "value": award.learner},
        {"label": "Activity", "value": f"{award.activity}: {award.session}" if award.session else award.activity},
        {"label": "Provider", "value": award.provider},
        {"label": "Credit on this certificate", "value": f"{credit(award.amount)} {award.unit}"},
        {"label": "Credit system", "value": award.label},
        {"label": "Earned on", "value": day(award.earned_on)},
        {"label": "Awarded on", "value": day(award.awarded_on), "note": "late, by the office" if award.is_late else ""},
        {"label": "Serial", "value": award.serial},
        {"label": "In the sealed ledger", "value": "Yes" if award.is_sealed else "Within minutes"},
    ]
    return {"page_title": "Check of a certificate", "card": card, "facts": facts}


urlpatterns = [
    path("verify/", type_serial, name="public-verify-type"),
    path("verify/<str:serial>/", verify, name="public-verify"),
]
