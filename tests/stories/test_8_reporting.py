"""Step 8, reporting: records, a batch, the body's answer, and what it refused."""

from __future__ import annotations

import json
from collections.abc import Callable

import office_acts as office
from playwright.sync_api import Page, expect


def test_a_batch_goes_to_the_test_body_and_refusals_come_back_in_its_words(
    sign_in, clean: Callable[[Page], None]
) -> None:
    desk = sign_in("accreditation_manager", "tufts")
    desk.goto("/office/tufts/reporting/")
    clean(desk)
    desk.get_by_role("button", name="Refresh the records").click()
    office.told(desk, "are up to date")
    incomplete = desk.get_by_role("link", name="Missing something")
    incomplete.click()
    clean(desk)
    first = desk.locator("#records tbody tr").first
    expect(first).to_be_visible()
    first.get_by_role("link").first.click()
    clean(desk)
    expect(desk.locator("main")).to_contain_text("What stands in the way")
    desk.goto("/office/tufts/reporting/")
    desk.get_by_role("button", name="Make a batch").click()
    office.told(desk, "The batch is made")
    clean(desk)
    document = desk.request.get(desk.get_by_role("link", name="Download the document").get_attribute("href"))
    assert json.loads(document.body())
    desk.get_by_role("button", name="Send to the test body").click()
    office.told(desk, "The body has answered")
    clean(desk)
    expect(desk.locator(".answer")).to_contain_text("accepted")
    desk.goto("/office/tufts/reporting/?state=accepted")
    expect(desk.locator("#records tbody tr").first).to_contain_text("Accepted")
    clean(desk)
