"""What a learner does on a phone: sign in by a mailed code, check in, evaluate, claim."""

from __future__ import annotations

import re
from collections.abc import Callable

from installation import Site
from playwright.sync_api import Page, expect

Clean = Callable[[Page], None]


def sign_in_by_code(page: Page, site: Site, clean: Clean, email: str) -> None:
    """With the code by e-mail; `page` is on the form that asks for the address, or is sent there."""
    if "/account/login/code/" not in page.url:
        page.goto("/account/login/code/")
    clean(page)
    page.get_by_label("Email").fill(email)
    page.get_by_role("button", name=re.compile("code", re.I)).first.click()
    page.wait_for_url(re.compile("/account/login/code/confirm/"))
    clean(page)
    code = site.mailed(r"(?m)^\s*([A-Z0-9]{3,4}-[A-Z0-9]{3,4})\s*$", to=email).group(1)
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name=re.compile("Sign in|Confirm|Continue", re.I)).first.click()


def evaluate(page: Page, clean: Clean, plan: str) -> None:
    """The evaluation as it is asked: what was learned first, then the change, what stands in its way, how to overcome it."""
    clean(page)
    fields = page.locator("form textarea, form input:not([type=hidden]), form select")
    assert fields.first.evaluate("element => element.tagName") == "TEXTAREA", "the reflection comes first, in own words"
    fields.first.fill("The first hour decides more than I thought.")
    for group in page.locator("form fieldset").all():
        answer = (
            group.get_by_label("No", exact=True) if "bias" in group.inner_text() else group.get_by_role("radio").first
        )
        if answer.count():
            answer.check()
    page.get_by_label("What will you do differently").fill(plan)
    page.get_by_label("How firmly do you intend to?").select_option("4")
    page.get_by_label("How confident are you").fill("8")
    page.get_by_label("What may stand in the way?").first.fill("Time")
    page.get_by_label("How could that be overcome?").first.fill("Agree on it at the team meeting.")
    page.get_by_role("button", name="Send my evaluation").click()


def claim(page: Page, clean: Clean, amount: str) -> None:
    clean(page)
    panel = page.locator("form", has=page.get_by_role("button", name="Claim this credit")).first
    panel.get_by_label("How much of it did you take part in?").fill(amount)
    panel.get_by_role("button", name="Claim this credit").click()
    expect(page.locator(".messages")).to_contain_text("You hold")
    clean(page)
