"""Every form of the product with hostile text in every field: no fault, nothing that runs, nothing live in an export (A21-A26)."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest
from django.core import mail
from django.http import HttpResponse
from forms_of_pages import PageForm, filled, forms_of
from hostile_strings import AMOUNTS, EVERYWHERE, FILTERS, FORMULAS, MARK, XSS
from hostile_world import World, filled_in, make_world, patterns

from cast import Cast

RUNS = re.compile(rf"<script>[^<]*{MARK}|<(?:img|svg|iframe|math)[^>]*{MARK}|href=[\"']?\s*javascript:", re.IGNORECASE)
LEAVES = ("logout", "account-demo")  # ends the session that walks
WHO = ("director", "learner")


@pytest.fixture
def world(cast: Cast) -> World:
    return make_world(cast)


def text_of(response: Any) -> str:
    return (
        b"".join(response.streaming_content).decode()
        if response.streaming
        else response.content.decode("utf-8", "replace")
    )


def checked(response: HttpResponse, what: str, faults: list[str]) -> str:
    """The body of an answer, with anything that must not be in it noted."""
    body = text_of(response)
    if response.status_code >= 500:
        faults.append(f"{response.status_code} {what}")
    if "Traceback (most recent" in body:
        faults.append(f"traceback {what}")
    kind = response.headers.get("Content-Type", "")
    if kind.startswith("text/html") and (found := RUNS.search(body)):
        faults.append(f"runs: {found.group(0)[:60]} in {what}")
    if kind.startswith("text/csv"):
        faults += [
            f"live formula {cell[:40]!r} in {what}"
            for row in csv.reader(io.StringIO(body))
            for cell in row
            if live(cell)
        ]
    return body


def live(cell: str) -> bool:
    """Whether a spreadsheet would calculate this cell."""
    return cell[:1] in ("=", "+", "-", "@", "\t", "\r", "＝") and not re.fullmatch(r"-?\d+(\.\d+)?", cell)


def offered(world: World, who: str, faults: list[str]) -> list[tuple[str, PageForm]]:
    """All forms that this person is offered anywhere, once each."""
    client, found, seen = world.signed_in(who), [], set()
    for address, name in world.addresses():
        if any(part in name for part in LEAVES):
            continue
        response = client.get(address)
        body = checked(response, f"GET {address}", faults)
        for form in forms_of(body) if response.status_code == 200 else ():
            target = form.action.partition("?")[0] or address
            key = (form.method, re.sub(r"\d+", "0", target), tuple(form.written), tuple(form.chosen))
            if key not in seen and not target.startswith("/account/"):
                seen.add(key)
                found.append((form.action or address, form))
    return found


@pytest.mark.slow  # some thousand requests: every form, every string
@pytest.mark.requirement("HMS-85")
@pytest.mark.parametrize("who", WHO)
def test_no_form_breaks_under_hostile_text_and_nothing_of_it_runs(world: World, who: str) -> None:
    faults: list[str] = []
    forms = offered(world, who, faults)
    client = world.signed_in(who)
    assert len([form for _, form in forms if form.method == "post"]) >= 8
    for target, form in forms:
        for text in EVERYWHERE:
            sent = filled(form, **dict.fromkeys(form.written, text))
            what = f"{who} {form.method} {target} {text[:30]!r}"
            checked(client.post(target, sent) if form.method == "post" else client.get(target, sent), what, faults)
        for name in form.written if form.method == "post" else ():
            for text in (XSS[0], FORMULAS[0]):
                checked(client.post(target, filled(form, **{name: text})), f"{who} post {target} {name}", faults)
    for reader in WHO:  # what was kept is shown to others
        eyes = world.signed_in(reader)
        for address, name in world.addresses():
            if not any(part in name for part in LEAVES):
                checked(eyes.get(address), f"afterwards, {reader} GET {address}", faults)
    assert not [message.subject for message in mail.outbox if "\n" in message.subject or "\r" in message.subject]
    assert faults == []


@pytest.mark.slow  # every address with every hostile filter
def test_no_filter_cursor_or_page_of_an_address_breaks_a_page(world: World) -> None:
    """A26: nothing in the query string reaches the database as anything but a value."""
    faults: list[str] = []
    client = world.signed_in("director")
    names = (
        "q",
        "after",
        "page",
        "sort",
        "order",
        "kind",
        "state",
        "year",
        "place",
        "point",
        "next",
        "from",
        "gap",
        "format",
        "topic",
    )
    for address, name in world.addresses():
        if any(part in name for part in LEAVES):
            continue
        for text in (*FILTERS, "nul\x00", XSS[1], "a|b|c", "2026-99-99"):
            checked(client.get(address, dict.fromkeys(names, text)), f"GET {address}?…={text[:30]!r}", faults)
    assert faults == []


@pytest.mark.parametrize("number", [0, 10**30, 2**63])
def test_no_number_in_an_address_is_too_large(world: World, number: int) -> None:
    faults: list[str] = []
    client = world.signed_in("director")
    for pattern, name in patterns():
        if "<int:" in pattern and not pattern.startswith("account/"):
            address = filled_in(re.sub(r"<int:\w+>", str(number), pattern), world.values)
            for response in (client.get(address), client.post(address, {})):
                checked(response, f"{response.status_code} {name} {address}", faults)
    assert faults == []


@pytest.mark.parametrize("amount", AMOUNTS)
def test_an_absurd_amount_is_refused_beside_its_field(world: World, amount: str) -> None:
    """A08, through the page."""
    address = f"/me/claim/{world.values['attendance_id']}/"
    client = world.signed_in("learner")
    form = next(form for form in forms_of(client.get(address).content.decode()) if "designation" in form.values)
    field = next(name for name in form.written if name.endswith("amount"))
    answer = client.post(address, filled(form, **{field: amount}))
    assert answer.status_code == 422
    assert f'id="id_{field}"' in answer.content.decode()
