"""Who one is: one code from the mail is enough, and it is needed."""

from __future__ import annotations

import re

import pytest
from django.core import mail
from django.test import Client

from cast import Cast
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
