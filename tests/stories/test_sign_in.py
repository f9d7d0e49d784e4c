"""Signing in without a password: a code by mail, a passkey, an authenticator app as the second step. And: nothing typed is lost."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import struct
import time

import pytest
from browsers import Browsers
from installation import Site
from learner_acts import Clean, sign_in_by_code
from playwright.sync_api import Page, expect

EMAIL = "learner@umass.demo.example"
DEVICE = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True,
    "automaticPresenceSimulation": True,
}  # fmt: skip


def app_code(secret: str) -> str:
    """What an authenticator app shows now (RFC 6238)."""
    made = hmac.new(base64.b32decode(secret), struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    at = made[-1] & 15
    return f"{(struct.unpack('>I', made[at : at + 4])[0] & 0x7FFFFFFF) % 10**6:06d}"


def sign_out(page: Page) -> None:
    page.goto("/account/logout/")
    page.locator("main").get_by_role("button", name="Sign out").click()
    page.wait_for_url(re.compile(r"/$"))


def prove_again(page: Page) -> None:
    """What guards the account asks for a fresh proof; the key gives it."""
    if "reauthenticate" not in page.url:
        return
    page.get_by_role("link", name="Use a security key").click()
    page.get_by_role("button", name="Use a security key").click()
    page.wait_for_url(lambda address: "/reauthenticate/" not in address)


@pytest.mark.parametrize("phone", [True, False])
def test_a_passkey_signs_in_alone_and_stands_beside_the_code_of_an_app(
    site: Site, sign_in: Browsers, clean: Clean, phone: bool
) -> None:
    email = EMAIL if phone else "learner@uconn.demo.example"
    page = sign_in.new(phone=phone)
    keys = page.context.new_cdp_session(page)
    keys.send("WebAuthn.enable")
    keys.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    sign_in_by_code(page, site, clean, email)
    page.wait_for_url("**/me/**")

    page.goto("/account/2fa/")
    clean(page)
    page.get_by_role("link", name="Add").click()
    clean(page)
    page.get_by_label("Name").fill("My own device")
    page.get_by_label("Passwordless").check()
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_text("Security key added.")).to_be_visible()
    prove_again(page)
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    page.goto("/account/2fa/webauthn/")
    clean(page)
    expect(page.locator(".row-title")).to_have_text("My own device")

    sign_out(page)
    page.goto("/account/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/me/**")

    page.goto("/account/2fa/totp/activate/")
    prove_again(page)
    clean(page)
    assert page.locator(".qr img").evaluate("one => one.complete && one.naturalWidth > 0"), "the code to scan is drawn"
    secret = page.locator("#authenticator_secret").text_content() or ""
    page.get_by_label("code").fill("000000")
    page.get_by_role("button", name="Use this app").click()
    expect(page.locator("[data-error-summary]")).to_be_visible()
    page.get_by_label("code").fill(app_code(secret))
    page.get_by_role("button", name="Use this app").click()
    expect(page.get_by_text("Authenticator app activated.")).to_be_visible()
    clean(page)

    sign_out(page)
    sign_in_by_code(page, site, clean, email)
    page.wait_for_url("**/account/2fa/authenticate/**")
    clean(page)
    page.get_by_role("button", name="Use a security key").click()
    page.wait_for_url("**/me/**")


def test_what_was_typed_is_there_after_going_back_from_a_refusal(sign_in: Browsers) -> None:
    """Pages are not stored by the browser; the tab keeps what was typed, and forgets it at sign-out."""
    page = sign_in("coordinator", "umass")
    page.goto("/office/umass/people/new/")
    page.get_by_label("E-mail address").fill("not an address")
    page.get_by_label("Family name").fill("Birchfield")
    page.get_by_label("Belongs to this institution").uncheck()
    page.get_by_role("button", name="Add this person").click()
    expect(page.locator("[data-error-summary]")).to_be_visible()
    page.go_back()
    expect(page.locator("[data-error-summary]")).to_have_count(0)
    expect(page.get_by_label("Family name")).to_have_value("Birchfield")
    expect(page.get_by_label("E-mail address")).to_have_value("not an address")
    expect(page.get_by_label("Belongs to this institution")).not_to_be_checked()
    page.goto("/office/umass/people/new/")
    expect(page.get_by_label("Family name")).to_have_value("")  # a new visit begins anew
    sign_out(page)
    assert page.evaluate("Object.keys(sessionStorage).filter(key => key.startsWith('lifelong-draft')).length") == 0
