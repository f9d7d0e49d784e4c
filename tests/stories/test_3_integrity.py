"""Step 3, independence: who controls content discloses first; owners are kept out; learners read it beforehand."""

from __future__ import annotations

from collections.abc import Callable

import office_acts as office
import pytest
from playwright.sync_api import Page, expect

COURSE = "Safe opioid prescribing"  # a draft of the demo


def ask(site, desk: Page, clean: Callable[[Page], None], email: str, name: str) -> str:
    """Into a role of a draft, and asked for the disclosure; returns the address of the mailed link."""
    desk.goto(f"/office/umass/planning/?q={COURSE.replace(' ', '+')}")
    desk.get_by_role("link", name=COURSE).first.click()
    office.ask_into_role(desk, clean, desk.url, email, "faculty")
    office.ask_to_disclose(desk, clean, "umass", [name])
    return site.link_in_mail("/i/disclosure/", to=email)


@pytest.mark.requirement("TUFTS-10")
def test_an_owner_is_kept_out_unless_an_exception_is_on_file(site, sign_in, clean: Callable[[Page], None]) -> None:
    desk, phone = sign_in("coordinator", "umass"), sign_in.new(phone=True)
    phone.goto(ask(site, desk, clean, "evaluator@umass.demo.example", "Evan Evaluator"))
    office.disclose_company(phone, clean, "Fogmere Devices", "employee")
    reviewer = sign_in("reviewer", "umass")
    office.open_role(reviewer, "umass", "Evan Evaluator", COURSE)
    expect(reviewer.locator("main")).to_contain_text("Owner or employee of a company", use_inner_text=True)
    expect(reviewer.get_by_role("button", name="Let Evan Evaluator")).to_have_count(0)
    clean(reviewer)
    form = reviewer.locator("form", has=reviewer.get_by_role("button", name="Keep the decision")).first
    form.get_by_label("Relevant", exact=True).check()
    form.get_by_label("Why", exact=True).fill("The company sells pumps used in the talk.")
    form.get_by_role("button", name="Keep the decision").click()
    expect(reviewer.get_by_role("button", name="Let Evan Evaluator")).to_have_count(0)
    clean(reviewer)
    form.get_by_label("If it is relevant: what was done").select_option("peer_review")
    form.get_by_label("If the person is owner or employee: exception").select_option(index=1)
    form.get_by_label("Why the exception applies").fill(
        "The talk is about research of the company that touches no product of it."
    )
    form.get_by_role("button", name="Keep the decision").click()
    office.told(reviewer, "Decided")
    expect(reviewer.get_by_role("button", name="Let Evan Evaluator")).to_be_visible()
    clean(reviewer)


def test_nobody_begins_before_disclosure_and_the_page_says_whose_move_it_is(
    site, sign_in, clean: Callable[[Page], None]
) -> None:
    desk, phone = sign_in("coordinator", "umass"), sign_in.new(phone=True)
    link = ask(site, desk, clean, "nurse@umass.demo.example", "Nan Nurse")
    reviewer = sign_in("reviewer", "umass")
    office.open_role(reviewer, "umass", "Nan Nurse", COURSE)
    expect(reviewer.locator("main")).to_contain_text("has not disclosed")
    expect(reviewer.get_by_role("button", name="begin")).to_have_count(0)
    phone.goto(link)
    phone.get_by_role("button", name="Send my disclosure").click()
    clean(phone)
    expect(phone.get_by_role("alert").first).to_contain_text("mend")
    office.disclose_nothing(phone, clean)
    site.work()  # the role begins in a job
    desk.goto("/office/umass/independence/")
    expect(desk.get_by_role("row").filter(has_text=COURSE).filter(has_text="Nan Nurse")).to_have_count(0)


def test_learners_read_the_disclosure_before_the_session(sign_in, clean: Callable[[Page], None]) -> None:
    phone = sign_in.new(phone=True)
    phone.goto("/p/umass/catalogue/?q=Medicine+grand+rounds")
    phone.get_by_role("link", name="Medicine grand rounds").first.click()
    clean(phone)
    expect(phone.locator("main")).to_contain_text("disclos", ignore_case=True)
