"""Steps 6 and 7, evaluation and credit: reflection first, a planned change, a claim in steps, papers that anybody can check."""

from __future__ import annotations

import csv
import io
import re
import time
from collections.abc import Callable

import office_acts as office
import pytest
from learner_acts import claim, evaluate
from playwright.sync_api import Page, expect
from pypdf import PdfReader

SERIES = "Surgery grand rounds"


def a_session_just_over(desk: Page, program: str, title: str) -> str:
    """Its six digits."""
    desk.goto(f"/office/{program}/planning/?q={SERIES.replace(' ', '+')}")
    desk.get_by_role("link", name=SERIES).first.click()
    office.add_session(desk, lambda page: None, desk.url, title, starts_in=-62)
    desk.goto(f"/office/{program}/delivery/")
    desk.get_by_role("link", name=title, exact=True).first.click()
    return desk.locator("dl.facts strong").inner_text()


def paper(page: Page, address: str) -> str:
    """The text of a PDF once it is made."""
    until = time.time() + 30
    while True:
        answer = page.request.get(address)
        if answer.headers["content-type"] == "application/pdf":
            return "\n".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(answer.body())).pages)
        assert answer.status == 202 and time.time() < until, f"{address}: {answer.status}"
        time.sleep(0.5)


@pytest.mark.requirement("TUFTS-47", "TUFTS-48")
def test_a_learner_evaluates_claims_and_holds_papers_that_anybody_can_check(
    sign_in, clean: Callable[[Page], None]
) -> None:
    code = a_session_just_over(sign_in("coordinator", "uconn"), "uconn", "Hands that are washed")
    phone = sign_in("learner", "uconn", phone=True)
    phone.goto("/me/in/")
    phone.get_by_label("Code of the session").fill(code)
    phone.get_by_role("button", name="Check in").click()
    phone.goto("/me/")
    clean(phone)
    expect(phone.locator("main")).to_contain_text("Evaluate, then claim")
    phone.get_by_role("link", name="Evaluate, then claim").first.click()
    evaluate(phone, clean, "I will ask on every round whether the line is still needed")
    phone.get_by_label("How much of it did you take part in?").fill("0.6")
    phone.get_by_role("button", name="Claim this credit").click()
    expect(phone.get_by_role("alert").first).to_contain_text("0.25")  # the step of the system, in words
    clean(phone)
    claim(phone, clean, "0.75")
    certificate = phone.get_by_role("link", name="Open the certificate").get_attribute("href")
    text = paper(phone, certificate)
    assert "Lou Learner" in text and "0.75" in text and "Hands that are washed" in text
    serial = re.search(r"/certificate/([^/]+)\.pdf", certificate).group(1)
    anybody = sign_in.new(phone=True)
    anybody.goto(f"/verify/{serial}/")
    clean(anybody)
    expect(anybody.locator("main")).to_contain_text("This certificate is genuine")
    expect(anybody.locator("main")).to_contain_text("Lou Learner")
    anybody.goto("/verify/AAAA-BBBB-CCCC/")
    clean(anybody)
    assert (
        phone.request.get(certificate).ok
        and anybody.request.get(certificate).headers["content-type"] != "application/pdf"
    )
    phone.goto("/me/transcript/")
    clean(phone)
    expect(phone.locator("main")).to_contain_text("0.75")
    assert "Hands that are washed" in paper(phone, "/me/transcript.pdf")
    rows = list(csv.reader(io.StringIO(phone.request.get("/me/transcript.csv").text())))
    assert any("Hands that are washed" in cell for row in rows for cell in row)


def test_by_keyboard_alone_a_learner_signs_in_checks_in_and_claims(
    site, sign_in, clean: Callable[[Page], None]
) -> None:
    code = a_session_just_over(sign_in("coordinator", "tufts"), "tufts", "Keys only")
    page = sign_in.new()
    page.goto("/account/login/code/?next=/me/in/")
    on(page, "Email", "learner@tufts.demo.example")
    page.wait_for_url(re.compile("confirm"))
    mailed = site.mailed(r"(?m)^\s*([A-Z0-9]{3,4}-[A-Z0-9]{3,4})\s*$", to="learner@tufts.demo.example").group(1)
    on(page, "Code", mailed)
    page.wait_for_url("**/me/in/")
    on(page, "Code of the session", code)
    page.wait_for_url("**/done/")
    follow(page, "Evaluate and claim")
    page.wait_for_url("**/me/evaluate/**")
    evaluate(page, clean, "I will reconcile the list of medicines with the pharmacist")
    page.wait_for_url("**/me/claim/**")
    on(page, "How much of it did you take part in?", "1")
    page.wait_for_url("**/done/")


def tab_to(page: Page, name: str, *, most: int = 60) -> None:
    """Tab until the focus is on the control of that name; its focus must be visible."""
    for _ in range(most):
        page.keyboard.press("Tab")
        found = page.evaluate("""() => { const at = document.activeElement; const style = getComputedStyle(at);
            return [at.labels?.[0]?.innerText || at.innerText || '', style.outlineStyle !== 'none' || style.boxShadow !== 'none']; }""")
        if name in found[0]:
            assert found[1], f"the focus on {name} cannot be seen"
            return
    raise AssertionError(f"{name} is not reached by Tab on {page.url}")


def on(page: Page, label: str, text: str) -> None:
    tab_to(page, label)
    page.keyboard.press("Control+a")
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def follow(page: Page, name: str) -> None:
    tab_to(page, name)
    page.keyboard.press("Enter")
