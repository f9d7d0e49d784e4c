"""The doors without a browser, under hostile use: attendance by token, text messages, addresses of others, headers (A33, A39, A40)."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from hostile_strings import EVERYWHERE

from cast import Cast
from lifelong.entrypoints.sms.inbound import sign
from lifelong.kernel.access import SYSTEM
from lifelong.kernel.guard import writes_open
from lifelong.loop.delivery import reads
from lifelong.loop.delivery.models import Attendance, InboundMessage
from lifelong.loop.people.actions import issue_token, revoke_token
from lifelong.loop.people.models import Person
from lifelong.loop.planning.models import Session
from taught import teach

JSON = "application/json"


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    reads.forget_sessions()


@pytest.fixture
def session(cast: Cast) -> Session:
    return teach(cast.home, ended_hours_ago=-0.5).session


def token(cast: Cast, slug: str = "home") -> str:
    provider = {"home": cast.home, "elsewhere": cast.elsewhere}[slug]
    return str(issue_token(replace(SYSTEM, person_id=cast.person("director").pk), provider, name="kiosk")[1])


def mark(session_id: Any, body: Any, secret: str) -> Any:
    client = Client(raise_request_exception=False)
    sent = body if isinstance(body, str | bytes) else json.dumps(body)
    return client.post(
        f"/api/attendance/{session_id}", sent, content_type=JSON, headers={"Authorization": f"Bearer {secret}"}
    )


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b"\x00", b"[" * 4_000, '{"person": "1"}', '{"person": true}', '{"person": [1]}', '{"person": null}',
        '{"person": 1.5}', '{"person": -1}', '{"person": 0}', '{"person": 1e309}', '{"person": NaN}', '{"person": 99999999999999999999}',
        '{"person": {"_connector": "OR 1=1"}}', '{"person": ' + "9" * 4_000 + "}",
    ],
)  # fmt: skip
def test_a_kiosk_that_sends_nonsense_is_told_which_field(cast: Cast, session: Session, body: Any) -> None:
    answer = mark(session.pk, body, token(cast))
    assert answer.status_code in (404, 422)
    assert {"code", "sentence", "next_step", "field"} <= set(answer.json())
    assert not Attendance.objects.exists()


def test_a_body_larger_than_any_mark_is_not_read(cast: Cast, session: Session) -> None:
    answer = mark(session.pk, b'{"person": 1, "x": "' + b"y" * 100_000 + b'"}', token(cast))
    assert answer.json()["code"] == "too_large"


@pytest.mark.parametrize("number", ["0", "9" * 18, "9" * 40, "1%00", "-1", "1;--", "../1", "x"])
def test_no_session_number_breaks_the_door(cast: Cast, session: Session, number: str) -> None:
    assert mark(number, {"person": cast.person("learner").pk}, token(cast)).status_code == 404


def test_a_token_works_in_its_own_program_until_it_is_revoked(cast: Cast, session: Session) -> None:
    """A39: a foreign token gets the answer of a session that does not exist."""
    learner = {"person": cast.person("learner").pk}
    foreign, missing = mark(session.pk, learner, token(cast, "elsewhere")), mark(999_999, learner, token(cast))
    assert (foreign.status_code, foreign.json()) == (404, missing.json())
    row, secret = issue_token(replace(SYSTEM, person_id=cast.person("director").pk), cast.home, name="door")
    assert mark(session.pk, learner, secret).status_code == 201
    revoke_token(cast.actor("director"), row)
    assert mark(session.pk, learner, secret).status_code == 401
    for wrong in ("", "x", secret.upper(), secret + " ", "Bearer", "\u00e9"):
        assert mark(session.pk, learner, wrong).status_code == 401


def test_fifty_copies_of_one_mark_are_one_attendance_with_one_receipt(cast: Cast, session: Session) -> None:
    """A01."""
    secret = token(cast)
    receipts = {mark(session.pk, {"person": cast.person("learner").pk}, secret).content for _ in range(50)}
    assert len(receipts) == 1
    assert Attendance.objects.count() == 1


def text(body: Any, *, key: str = "only-for-tests", at: int | None = None, signature: str | None = None) -> Any:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    when = int(time.time()) if at is None else at
    headers = {
        "X-Lifelong-Time": str(when),
        "X-Lifelong-Signature": sign(key, when, raw) if signature is None else signature,
    }
    return Client(raise_request_exception=False).post("/sms/console/", raw, content_type=JSON, headers=headers)


HELLO = {"id": "m1", "from": "+15550109999", "text": "123456"}


@pytest.mark.django_db
def test_a_text_without_a_good_and_fresh_signature_is_refused(settings: Any) -> None:
    """A33: no signature, a wrong one, an old one, a long one; and no key at all means nobody."""
    settings.SMS_WEBHOOK_KEY = "only-for-tests"
    old = int(time.time()) - 3_600
    for answer in (
        text(HELLO, signature=""),
        text(HELLO, key="other"),
        text(HELLO, at=old),
        text(HELLO, signature="é" * 64),
        text(HELLO, at=10**15),
    ):
        assert answer.status_code == 403, answer.content
    settings.SMS_WEBHOOK_KEY = ""
    assert text(HELLO, key="").status_code == 403
    assert not InboundMessage.objects.exists()


def test_texts_of_strangers_create_nobody_and_a_replay_repeats_the_reply(cast: Cast, settings: Any) -> None:
    """A33: an unknown number creates nothing; the same message again has no second effect; 100 kB are not read."""
    settings.SMS_WEBHOOK_KEY = "only-for-tests"
    before = Person.objects.count()
    replies = {text(HELLO).content for _ in range(20)}
    assert len(replies) == 1
    assert b"not linked" in replies.pop()
    assert (InboundMessage.objects.count(), Person.objects.count()) == (1, before)
    assert text({**HELLO, "id": "m2", "text": "y" * 100_000}).status_code == 422


def test_no_text_message_breaks_the_gateway(cast: Cast, settings: Any) -> None:
    settings.SMS_WEBHOOK_KEY = "only-for-tests"
    for number, hostile in enumerate(EVERYWHERE):
        answer = text({"id": f"h{number}", "from": "+15550109999", "text": hostile[:2_000]})
        assert answer.status_code < 500, hostile[:40]
        answer = text({"id": hostile[:80], "from": hostile[:40], "text": "123456"})
        assert answer.status_code < 500, hostile[:40]


@pytest.mark.parametrize(
    "onward",
    [
        "//evil.example",
        "/\\evil.example",
        "https:evil.example",
        "http://evil.example/",
        "%0d%0aSet-Cookie:x=1",
        "javascript:alert(1)",
    ],
)
def test_sign_in_leads_nowhere_outside(cast: Cast, onward: str) -> None:
    """A40: `next` is followed inside the installation only."""
    client = Client(raise_request_exception=False)
    with writes_open("login"):
        client.force_login(cast.person("learner"))
    for address in ("/account/login/", "/account/logout/", "/account/demo/", "/home/"):
        answer = client.get(address, {"next": onward})
        assert answer.status_code < 500
        assert "evil" not in answer.headers.get("Location", "")
    answer = client.post("/account/logout/", {"next": onward})
    assert "evil" not in answer.headers.get("Location", "")


def test_a_foreign_host_is_not_believed(cast: Cast) -> None:
    """A40: mail and links come from the configured address; a made-up host is refused."""
    assert Client(raise_request_exception=False).get("/", headers={"Host": "evil.example"}).status_code == 400


@pytest.mark.parametrize("method", ["put", "patch", "delete", "trace", "options", "head"])
def test_unusual_methods_neither_break_nor_change_anything(cast: Cast, session: Session, method: str) -> None:
    """A40."""
    client = Client(raise_request_exception=False)
    with writes_open("login"):
        client.force_login(cast.person("director"))
    for address in (
        "/",
        "/me/",
        "/office/home/planning/",
        "/office/home/planning/new/",
        f"/api/attendance/{session.pk}",
        "/sms/console/",
    ):
        answer = getattr(client, method)(address, headers={"X-HTTP-Method-Override": "DELETE"})
        assert answer.status_code < 500, (method, address)
    assert Session.objects.filter(pk=session.pk).exists()


def test_a_form_from_another_site_is_refused(cast: Cast) -> None:
    """A40: no token, no change; and no page lets itself be framed."""
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    with writes_open("login"):
        client.force_login(cast.person("director"))
    answer = client.post(
        "/office/home/planning/new/",
        '{"title": "x"}',
        content_type="text/plain",
        headers={"Origin": "https://evil.example"},
    )
    assert answer.status_code == 403
    page = client.get("/office/home/planning/")
    assert page.headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
