"""Every page that a role can reach by links is accessible, fits its screen, and answers.

All roles walk one program: what looks the same for two of them is looked at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page

FILES = re.compile(r"\.(pdf|csv|json|svg|ics|rss|xml)$|/document/$|/rss/$|/feed/")
MOST = 70  # pages of one role


def pattern(address: str) -> str:
    """An address without numbers, serials and tokens: pages of one kind look alike."""
    path = urlsplit(address).path
    return re.sub(r"\d+|[A-Za-z0-9_-]{20,}", "0", path)


def walk(page: Page, clean: Callable[[Page], None], *starts: str) -> set[str]:
    """Follow links from the starts, one page of every kind; returns the kinds seen."""
    waiting, kinds = list(starts), set[str]()
    while waiting and len(kinds) < MOST:
        address = waiting.pop(0)
        if pattern(address) in kinds:
            continue
        kinds.add(pattern(address))
        answer = page.goto(address)
        assert answer is not None and answer.status < 400, (
            f"{address} answers {answer and answer.status}, but a page links to it"
        )
        if "text/html" not in answer.headers.get("content-type", ""):
            continue
        clean(page)
        links = page.evaluate(
            "[...document.querySelectorAll('a[href]')].map(a => a.href).filter(a => a.startsWith(location.origin))"
        )
        waiting += [link.split("#")[0] for link in links if not FILES.search(urlsplit(link).path)]
    return kinds


def test_every_page_of_the_office(sign_in, clean: Callable[[Page], None]) -> None:
    kinds = walk(sign_in("director", "umass"), clean, "/office/umass/")
    for key in (
        "needs",
        "planning",
        "independence",
        "delivery",
        "credit",
        "evaluation",
        "outcomes",
        "reporting",
        "improvement",
    ):
        assert f"/office/umass/{key}/" in kinds


ROLES = [
    "coordinator",
    "reviewer",
    "evaluator",
    "credit_officer",
    "accreditation_manager",
    "accreditor",
    "series_coordinator",
]


@pytest.mark.parametrize("role", ROLES)
def test_no_link_of_a_role_leads_nowhere(sign_in, clean: Callable[[Page], None], role: str) -> None:
    page = sign_in(role, "umass")
    assert len(walk(page, clean, "/home/")) >= 3


def test_every_page_of_a_leader(sign_in, clean: Callable[[Page], None]) -> None:
    kinds = walk(sign_in("leader", "umass"), clean, "/lead/umass/")
    assert {"/lead/umass/", "/lead/umass/report/"} <= kinds


def test_every_page_of_a_learner_on_a_phone(sign_in, clean: Callable[[Page], None]) -> None:
    kinds = walk(sign_in("learner", "umass", phone=True), clean, "/me/", "/me/in/", "/me/profile/")
    assert {"/me/", "/me/claim/", "/me/transcript/", "/me/profile/"} <= kinds


@pytest.mark.parametrize("phone", [True, False])
def test_every_public_page(sign_in, clean: Callable[[Page], None], phone: bool) -> None:
    kinds = walk(sign_in.new(phone=phone), clean, "/", "/p/umass/")
    assert {"/p/umass/", "/p/umass/mission/", "/p/umass/catalogue/", "/p/umass/contact/"} <= kinds


def test_at_twice_the_size_nothing_is_lost(sign_in, clean: Callable[[Page], None]) -> None:
    """200 % zoom of a desk of 1280 px is a viewport of 640 px."""
    desk = sign_in("director", "umass", width=640)
    for path in (
        "",
        "needs/",
        "planning/",
        "independence/",
        "delivery/",
        "credit/",
        "outcomes/",
        "reporting/",
        "improvement/",
    ):
        desk.goto(f"/office/umass/{path}")
        clean(desk)
    leader = sign_in("leader", "umass", width=640)
    leader.goto("/lead/umass/")
    clean(leader)
