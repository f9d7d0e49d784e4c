"""Step 5, delivery: the room's screen, and learners who check in by code, by QR, by text, and by the staff."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import office_acts as office
import pytest
from browsers import Browsers
from learner_acts import sign_in_by_code
from playwright.sync_api import Browser, Page, expect

SERIES = "Medicine grand rounds"


@pytest.fixture(scope="module")
def room(site, browser_here: Browser) -> Iterator[Page]:
    """The roster page of a session that runs now, on the coordinator's desk."""
    browsers = Browsers(site, browser_here)
    desk = browsers("coordinator", "hms")
    desk.goto(f"/office/hms/planning/?q={SERIES.replace(' ', '+')}")
    desk.get_by_role("link", name=SERIES).first.click()
    office.add_session(desk, lambda page: None, desk.url, "Sepsis on the ward", starts_in=-20)
    desk.goto("/office/hms/delivery/")
    desk.get_by_role("link", name="Sepsis on the ward", exact=True).first.click()
    yield desk
    browsers.close()


def screen(desk: Page) -> tuple[str, str, Page]:
    """The screen of the room in a window of its own: code, address behind the QR, the page."""
    page = desk.context.new_page()
    page.goto(f"{desk.url.split('?')[0]}screen/")
    code = page.locator("[data-refresh-text]").inner_text()
    number = re.search(r"/session/(\d+)/", desk.url).group(1)
    return code, f"/me/in/{number}/{code}/", page


def test_the_rooms_screen_shows_code_and_qr_and_renews_them(room: Page, clean: Callable[[Page], None]) -> None:
    clean(room)
    code, _, page = screen(room)
    clean(page)
    assert page.request.get(page.locator(".qr img").get_attribute("src")).headers["content-type"] == "image/svg+xml"
    first = page.locator(".qr img").get_attribute("src")
    expect(page.locator("[data-refresh-text]")).not_to_have_text(code, timeout=15_000)
    assert page.locator(".qr img").get_attribute("src") != first
    page.close()


def test_a_learner_scans_signs_in_by_a_mailed_code_and_is_checked_in(
    site, sign_in, room: Page, clean: Callable[[Page], None]
) -> None:
    _, address, page = screen(room)
    phone = sign_in.new(phone=True)
    phone.goto(address)
    page.close()
    clean(phone)
    phone.get_by_role("link", name="Sign in with a code by e-mail").click()
    sign_in_by_code(phone, site, clean, "nurse@hms.demo.example")
    phone.wait_for_url("**/me/in/**")
    clean(phone)
    phone.get_by_role("button", name="Check in").click()
    expect(phone.get_by_role("heading", name="You are checked in.")).to_be_visible()
    clean(phone)


def test_a_learner_types_the_code_of_the_screen_and_twice_is_once(
    sign_in, room: Page, clean: Callable[[Page], None]
) -> None:
    phone = sign_in("learner", "hms", phone=True)
    for _ in range(2):
        code, _, page = screen(room)
        phone.goto("/me/in/")
        clean(phone)
        phone.get_by_label("Code of the session").fill(code.lower())
        phone.get_by_role("button", name="Check in").click()
        expect(phone.get_by_role("heading", name="You are checked in.")).to_be_visible()
        page.close()
    room.reload()
    room.get_by_role("link", name="Show only those present").click()
    expect(room.get_by_role("row").filter(has_text="Lou Learner")).to_have_count(1)
    clean(room)


def test_a_text_message_checks_in_and_other_codes_get_a_plain_answer(site, sign_in, room: Page) -> None:
    code = room.locator("dl.facts strong").inner_text()
    phone = "+15550207"
    site.cli("sms", "link", "--person", "evaluator@hms.demo.example", "--number", phone)
    assert "Sepsis on the ward" in site.cli("sms", "send", code, "--from", phone)
    assert "Sepsis on the ward" in site.cli("sms", "send", code, "--from", phone)  # again: the same receipt
    wrong = site.cli("sms", "send", "000001", "--from", phone)
    assert "code" in wrong.lower() and "Traceback" not in wrong
    stranger = site.cli("sms", "send", code, "--from", "+15550999")
    assert "link" in stranger.lower() or "know" in stranger.lower()
    room.reload()
    expect(room.get_by_role("row").filter(has_text="Evan Evaluator")).to_contain_text("Present")


def test_early_and_forwarded_codes_answer_plainly(sign_in, room: Page, clean: Callable[[Page], None]) -> None:
    phone = sign_in("leader", "hms", phone=True)
    _, address, page = screen(room)
    page.wait_for_timeout(17_000)  # two slots of the rotating code, then it is an old one
    page.close()
    phone.goto(address)
    phone.get_by_role("button", name="Check in").click()
    clean(phone)
    expect(phone.get_by_role("alert").first).to_contain_text("has run out")
    desk = room.context.new_page()
    desk.goto(f"/office/hms/planning/?q={SERIES.replace(' ', '+')}")
    desk.get_by_role("link", name=SERIES).first.click()
    office.add_session(desk, clean, desk.url, "Later today", starts_in=300)
    desk.goto("/office/hms/delivery/")
    desk.get_by_role("link", name="Later today", exact=True).first.click()
    code = desk.locator("dl.facts strong").inner_text()
    desk.close()
    phone.goto("/me/in/")
    phone.get_by_label("Code of the session").fill(code)
    phone.get_by_role("button", name="Check in").click()
    expect(phone.get_by_role("alert").first).to_contain_text("opens", ignore_case=True)
    clean(phone)


def test_staff_mark_and_take_back_with_a_reason(room: Page, clean: Callable[[Page], None]) -> None:
    room.goto(f"{room.url.split('?')[0]}?q=Surveyor")
    row = room.get_by_role("row").filter(has_text="Surveyor")
    row.get_by_role("checkbox").check()
    room.get_by_role("button", name="Mark the ticked people present").click()
    office.told(room, "1 person marked present")
    room.goto(f"{room.url.split('?')[0]}?q=Surveyor")
    room.get_by_role("row").filter(has_text="Surveyor").get_by_role("link", name="Take back").click()
    clean(room)
    room.get_by_label("Why is the mark taken back?").fill("Sat in another room.")
    room.get_by_role("button", name="Take the mark back").click()
    office.told(room, "The mark was taken back")
    clean(room)
