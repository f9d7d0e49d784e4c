"""Walk-through script 1: one gap of a Tufts office, from the public figure to the prioritised improvement."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Callable
from zoneinfo import ZoneInfo

import office_acts as office
import pytest
from learner_acts import claim, evaluate
from playwright.sync_api import Page, expect
from pypdf import PdfReader

YEAR = dt.datetime.now(ZoneInfo("America/New_York")).year  # of the fictional year; the story itself runs ahead
PLAN = "I will draw both cultures before the first dose"
GAP, TITLE, TALK = "Sepsis bundle is late in our hospital", "Sepsis: the first hour, together", "Sepsis: the first hour"


@pytest.mark.requirement(
    "TUFTS-07", "TUFTS-10", "TUFTS-13", "TUFTS-24", "TUFTS-47", "TUFTS-48", "TUFTS-49", "TUFTS-50", "TUFTS-51"
)
def test_a_gap_becomes_an_activity_and_a_changed_practice(
    later_site, sign_in_later, clean: Callable[[Page], None]
) -> None:
    site, sign_in = later_site, sign_in_later
    desk = sign_in("coordinator")
    activity = plan_it(desk, clean)
    make_it_independent(site, sign_in, desk, clean, activity)
    promise_credit(sign_in, clean, activity)
    phone = learn_it(site, sign_in, desk, clean)
    assert phone.url.endswith("/done/")
    hear_later(site, sign_in, clean)
    improve(site, sign_in, clean)


def plan_it(desk: Page, clean: Callable[[Page], None]) -> str:
    desk.goto("/office/tufts/needs/")
    clean(desk)
    desk.get_by_role("link", name=re.compile("sepsis", re.I)).first.click()
    clean(desk)
    start = desk.get_by_role("link", name=re.compile("^Register a gap")).first.get_attribute("href")
    office.register_gap(desk, clean, GAP, from_point=start)
    expect(desk.locator("main")).to_contain_text("Cultures are drawn late")
    desk.get_by_role("link", name="Plan an activity").click()
    activity = office.plan_activity(desk, clean, TITLE, format="webcast")
    expect(desk.locator(".gates")).to_contain_text("bjective")
    office.write_objectives(desk, clean, activity, "Start the sepsis bundle on suspicion.", GAP)
    office.choose_terms(
        desk,
        clean,
        activity,
        {"Who it is for": ["physician", "nurse"], "Competencies": ["patient_care", "systems_based_practice"]},
    )
    office.add_session(desk, clean, activity, TALK, starts_in=12)
    office.name_evidence(desk, clean, activity, "Example Society of Critical Care. Sepsis guideline. 2025.")
    office.ask_into_role(desk, clean, activity, "evaluator@tufts.demo.example", "planner")
    office.ask_into_role(desk, clean, activity, "nurse@tufts.demo.example", "faculty", TALK)
    return activity


def make_it_independent(site, sign_in, desk: Page, clean: Callable[[Page], None], activity: str) -> None:
    office.ask_to_disclose(desk, clean, "tufts", ["Evan Evaluator", "Nan Nurse"])
    phone = sign_in.new(phone=True)
    phone.goto(site.link_in_mail("/i/disclosure/", to="evaluator@tufts.demo.example"))
    office.disclose_nothing(phone, clean)  # with nothing to decide the role begins at once
    phone.goto(site.link_in_mail("/i/disclosure/", to="nurse@tufts.demo.example"))
    office.disclose_company(phone, clean, "Larkspur Diagnostics", "advisor")
    reviewer = sign_in("reviewer")
    office.open_role(reviewer, "tufts", "Nan Nurse", TITLE)
    office.decide(
        reviewer,
        clean,
        relevant="It makes a lactate test.",
        mitigation="peer_review",
        note="Slides read by the reviewer; names removed.",
    )
    office.let_begin(reviewer, clean, "tufts", "Nan Nurse", TITLE)
    office.review_content(reviewer, clean, activity)


def promise_credit(sign_in, clean: Callable[[Page], None], activity: str) -> None:
    manager = sign_in("director")
    office.designate(manager, clean, activity, "ama:physician", "1")
    office.pass_gates(manager, activity)
    clean(manager)
    manager.get_by_role("button", name="Publish the activity").click()
    office.told(manager, "The activity is published")
    clean(manager)


def learn_it(site, sign_in, desk: Page, clean: Callable[[Page], None]) -> Page:
    desk.goto("/office/tufts/delivery/")
    clean(desk)
    desk.get_by_role("link", name=f"Show the code of {TALK}").click()
    code = desk.locator("[data-refresh-text]").inner_text()
    phone = sign_in("learner", phone=True)
    phone.goto("/me/in/")
    phone.get_by_label("Code of the session").fill(code)
    phone.get_by_role("button", name="Check in").click()
    expect(phone.get_by_role("heading", name="You are checked in.")).to_be_visible()
    clean(phone)
    site.cli("demo", "advance", "--days", "1")  # the session is over: its credit may be claimed
    phone.get_by_role("link", name="Evaluate and claim").click()
    evaluate(phone, clean, PLAN)
    claim(phone, clean, "1")
    return phone


def hear_later(site, sign_in, clean: Callable[[Page], None]) -> None:
    """Ninety days on a mail quotes the learner's own words, and one page takes the answer."""
    site.cli("demo", "advance", "--days", "90")
    phone = sign_in.new(phone=True)
    phone.goto(site.link_in_mail("/i/follow-up/", to="learner@tufts.demo.example", about=PLAN))
    expect(phone.locator("blockquote").first).to_contain_text(PLAN)
    clean(phone)
    phone.get_by_role("radio").first.check()
    phone.get_by_label("What happened").first.fill("We start from the first sign; the order set helps.")
    phone.get_by_role("button", name="Send my answer").click()
    expect(phone.locator("main")).to_contain_text("Your answer is in")
    clean(phone)


def improve(site, sign_in, clean: Callable[[Page], None]) -> None:
    """The leader reads; the director concludes, opens an improvement and freezes the report; the leader takes it away."""
    leader = sign_in("leader")
    leader.goto("/lead/tufts/")
    clean(leader)
    expect(leader.locator(".mission").first).to_be_visible()
    leader.get_by_role("link", name="Trend, target and the activities behind it").first.click()
    clean(leader)
    boss = sign_in("director")
    boss.goto(f"/office/tufts/improvement/?year={YEAR}")
    clean(boss)
    while (open_ones := boss.get_by_role("link", name=re.compile("^Write the conclusion"))).count():
        open_ones.first.click()
        clean(boss)
        boss.get_by_label("Conclusion").fill(
            "Plans are made and half are kept; what is missing is a second look on the ward."
        )
        boss.get_by_label("Why it comes here").fill("It concerns every course.")
        boss.get_by_role("button", name="Keep the conclusion").click()
        office.told(boss, "The conclusion is kept")
    boss.get_by_role("link", name="Open an improvement", exact=True).first.click()
    clean(boss)
    boss.get_by_label("What will be better").fill("Every course ends with a plan for the ward")
    boss.get_by_label("Priority").select_option("1")
    boss.get_by_label("Why it comes here").fill("Barriers named most often are about the ward.")
    boss.get_by_role("button", name="Open the improvement").click()
    office.told(boss, "in the register")
    clean(boss)
    boss.goto(f"/office/tufts/improvement/?year={YEAR}")
    boss.get_by_role("button", name="Freeze the report").click()
    office.told(boss, "is frozen")
    site.work()
    leader.goto(f"/lead/tufts/report/?year={YEAR}")
    clean(leader)
    pdf = leader.request.get(leader.get_by_role("link", name="(PDF)").first.get_attribute("href"))
    text = "\n".join(sheet.extract_text() for sheet in PdfReader(io.BytesIO(pdf.body())).pages)
    assert "second look on the ward" in text
    facts = leader.request.get(leader.get_by_role("link", name="The facts (JSON)").first.get_attribute("href"))
    assert "Every course ends with a plan for the ward" in facts.text()
