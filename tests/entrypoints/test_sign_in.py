"""Who one is: one code from the mail is enough, and it is needed."""

from __future__ import annotations

import re

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.models import Session
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cast import Cast
from lifelong.entrypoints.web.sessions import SessionStore
from lifelong.kernel.access import SYSTEM
from lifelong.loop.people.actions import create_person


def ask_for_code(client: Client, email: str) -> str:
    client.post("/account/login/code/", {"email": email})
    found = re.search(r"\b([A-Z0-9]{4,}-?[A-Z0-9]{2,})\b", mail.outbox[-1].body.split("\n\n", 1)[1])
    return found.group(1) if found else ""


@pytest.mark.parametrize("shown_as", ["new.person@example.org", "New.Person@Example.org"])
def test_one_code_signs_in_a_person_the_office_added(cast: Cast, client: Client, shown_as: str) -> None:
    person = create_person(
        SYSTEM, email="new.person@example.org", given_name="New", family_name="Person", provider=cast.home
    )
    code = ask_for_code(client, shown_as)
    answer = client.post("/account/login/code/confirm/", {"code": code})
    assert client.session["_auth_user_id"] == str(person.pk), answer.content.decode()[:500]


def test_a_wrong_code_signs_nobody_in(cast: Cast, client: Client) -> None:
    create_person(SYSTEM, email="new.person@example.org", given_name="New", family_name="Person", provider=cast.home)
    ask_for_code(client, "new.person@example.org")
    client.post("/account/login/code/confirm/", {"code": "000000"})
    assert "_auth_user_id" not in client.session


def test_an_address_nobody_has_gets_the_same_page(cast: Cast, client: Client) -> None:
    known = client.post("/account/login/code/", {"email": cast.person("learner").email})
    unknown = Client().post("/account/login/code/", {"email": "nobody@example.org"})
    assert (known.status_code, known.headers["Location"]) == (unknown.status_code, unknown.headers["Location"])


def test_signing_in_gives_the_session_a_new_key_and_forgets_the_old_one(cast: Cast, client: Client) -> None:
    """Whoever planted or read the key before the sign-in holds nothing after it."""
    person = create_person(
        SYSTEM, email="new.person@example.org", given_name="New", family_name="Person", provider=cast.home
    )
    code = ask_for_code(client, person.email)
    before = client.cookies["lifelong_session"].value
    client.post("/account/login/code/confirm/", {"code": code})
    after = client.cookies["lifelong_session"].value
    assert before != after
    assert set(Session.objects.values_list("session_key", flat=True)) == {after}
    stale = Client()
    stale.cookies["lifelong_session"] = before
    assert stale.get("/me/").status_code == 302
    assert client.get("/me/").status_code == 200


def test_a_code_that_was_used_signs_nobody_in_again(cast: Cast, client: Client) -> None:
    """A37: neither here nor in another browser."""
    person = create_person(
        SYSTEM, email="new.person@example.org", given_name="New", family_name="Person", provider=cast.home
    )
    code = ask_for_code(client, person.email)
    other = Client()
    other.post("/account/login/code/confirm/", {"code": code})
    assert "_auth_user_id" not in other.session
    client.post("/account/login/code/confirm/", {"code": code})
    client.post("/account/logout/")
    client.post("/account/login/code/confirm/", {"code": code})
    assert "_auth_user_id" not in client.session


def test_signing_in_by_code_writes_twice(cast: Cast, client: Client) -> None:
    """The session and the day of the sign-in. Goal 5: each further write waits for the disk."""
    person = create_person(
        SYSTEM, email="new.person@example.org", given_name="New", family_name="Person", provider=cast.home
    )
    for _ in range(2):  # the first time proves the mailbox and writes that, too
        code = ask_for_code(client, person.email)
        with CaptureQueriesContext(connection) as seen:
            client.post("/account/login/code/confirm/", {"code": code})
        assert "_auth_user_id" in client.session
        writes = [one["sql"] for one in seen.captured_queries if one["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
        client.post("/account/logout/")
    assert len(writes) == 2, writes


def test_signing_out_in_the_same_request_leaves_no_session(cast: Cast) -> None:
    store = SessionStore()
    store["kept"] = "yes"
    store.save()
    again = SessionStore(store.session_key)
    again.cycle_key()
    again.flush()
    assert not Session.objects.exists()
    moved = SessionStore()
    moved["kept"] = "yes"
    moved.save()
    gone = SessionStore(moved.session_key)
    gone.cycle_key()
    Session.objects.all().delete()  # signed out elsewhere meanwhile
    with pytest.raises(UpdateError):
        gone.save()
