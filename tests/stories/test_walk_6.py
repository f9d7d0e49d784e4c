"""Walk-through script 6, Harvard: an activity for a team, a form the team answers once, words coded by two, a report that comes back opened."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import office_acts as office
import pytest
from installation import Site
from playwright.sync_api import Page, expect

LAST_YEARS, SERIES = "Updates in practice", "Pediatrics grand rounds"
MEMBERS = ("learner@hms.demo.example", "nurse@hms.demo.example", "reviewer@hms.demo.example")
KINDS = {
    "Knowledge": "Name the first signs of sepsis",
    "Skill": "Start the bundle together",
    "Attitude": "Ask the others what they see",
}
CHANGED = "Whoever sees the first sign says it aloud."
YEAR = datetime.now(ZoneInfo("America/New_York")).year


@pytest.mark.requirement("HMS-38")
def test_objectives_of_three_kinds_stand_on_an_activity_for_several_professions(
    sign_in, clean: Callable[[Page], None]
) -> None:
    desk = sign_in("coordinator", "hms")
    desk.goto("/office/hms/planning/new/")
    activity = office.plan_activity(
        desk, clean, "The ward as one team", format="hybrid", gap="Sepsis bundle not finished in time"
    )
    desk.goto(f"{activity}edit/")
    desk.get_by_label("Planned by and for several professions together").check()
    desk.get_by_role("button", name=re.compile("^Keep")).first.click()
    desk.goto(f"{activity}objectives/")
    clean(desk)
    for number, (kind, text) in enumerate(KINDS.items(), start=1):
        desk.get_by_label(f"Objective {number}: learners will be able to").fill(text)
        desk.get_by_label(f"Objective {number} is about").select_option(label=kind)
    desk.get_by_role("button", name="Keep the objectives").click()
    office.told(desk, "The objectives are kept")
    for kind, text in KINDS.items():
        expect(desk.get_by_role("listitem").filter(has_text=text).first).to_contain_text(kind)


def test_a_team_of_three_answers_once_for_all(site: Site, sign_in, clean: Callable[[Page], None]) -> None:
    desk = sign_in("director", "hms")
    came_together(desk)
    desk.goto(evaluation_of(desk, SERIES))
    desk.get_by_label("Team form").select_option(index=1)
    desk.get_by_role("button", name="Ask these forms").click()
    office.told(desk, "asks these forms")
    desk.get_by_role("link", name="Make a team").click()
    clean(desk)
    desk.get_by_label("Name of the team").fill("Ward 9")
    desk.get_by_label("E-mail addresses of its members").fill("\n".join(MEMBERS))
    desk.get_by_role("button", name="Make this team").click()
    office.told(desk, "Ward 9 is a team")
    phone = sign_in.new(phone=True)
    phone.goto(site.link_in_mail("/i/survey/", to=MEMBERS[0], about="Ward 9"))
    expect(phone.locator("main")).to_contain_text("one of you answers for all")
    clean(phone)
    for group in phone.locator("form fieldset").all():
        for row in group.locator("fieldset").all() or [group]:
            if row.get_by_role("radio").count():
                row.get_by_role("radio").last.check()
    phone.get_by_label("What will your team do differently?").fill(CHANGED)
    phone.get_by_role("button", name=re.compile("Send")).click()
    expect(phone.locator("main")).to_contain_text("Thank you")
    desk.reload()
    team = desk.locator("details").filter(has_text="Ward 9, 3 people")
    expect(team).to_contain_text("answered")
    team.locator("summary").click()
    expect(team).to_contain_text(CHANGED)
    clean(desk)


def came_together(desk: Page) -> None:
    """A session of the series that just ran, and three people marked present by the staff."""
    desk.goto(f"/office/hms/planning/?q={SERIES.replace(' ', '+')}")
    desk.get_by_role("link", name=SERIES).first.click()
    office.add_session(desk, lambda page: None, desk.url, "Teams on the ward", starts_in=-20)
    desk.goto("/office/hms/delivery/")
    desk.get_by_role("link", name="Teams on the ward", exact=True).first.click()
    roster = desk.url.split("?")[0]
    for name in ("Learner", "Nurse", "Reviewer"):
        desk.goto(f"{roster}?q={name}")
        desk.get_by_role("row").filter(has_text=name).first.get_by_role("checkbox").check()
        desk.get_by_role("button", name="Mark the ticked people present").click()
        office.told(desk, "marked present")


def evaluation_of(desk: Page, title: str) -> str:
    """The address of the page of an activity under Evaluation."""
    desk.goto("/office/hms/evaluation/")
    return str(desk.get_by_role("link", name=title, exact=True).first.get_attribute("href"))


@pytest.mark.requirement("HMS-43")
def test_two_people_code_apart_agree_in_numbers_and_settle_the_rest(sign_in, clean: Callable[[Page], None]) -> None:
    first, second = sign_in("evaluator", "hms"), sign_in("coordinator", "hms")
    first.goto(evaluation_of(first, LAST_YEARS))
    first.get_by_role("link", name="Choose texts of this activity to code").click()
    clean(first)
    first.get_by_label("Question", exact=True).select_option("plans")
    first.get_by_role("button", name="Open these texts").click()
    expect(first.locator("main")).to_contain_text("You have coded 0 of")
    clean(first)
    address = first.url
    code_all(first, lambda at: [0])
    expect(first.locator("main")).to_contain_text("Their agreement is shown when both are done")
    second.goto(address)
    expect(second.locator("main")).not_to_contain_text("First coder")
    code_all(second, lambda at: [0] if at % 4 else [1])
    expect(second.get_by_role("heading", name="Agreement")).to_be_visible()
    expect(second.locator("main")).to_contain_text("Kappa")
    clean(second)
    while (settle := second.get_by_role("button", name="Settle on these codes")).count():
        settle.first.click()
    expect(second.locator("main")).to_contain_text("texts are settled")
    expect(second.get_by_role("heading", name="Themes")).to_be_visible()


def code_all(page: Page, chosen: Callable[[int], list[int]]) -> None:
    """Every text that waits for this coder; `chosen`: the ticks of the n-th."""
    at = 0
    while (keep := page.get_by_role("button", name="Keep these codes")).count():
        form = page.locator("form", has=keep)
        for tick in chosen(at):
            form.get_by_role("checkbox").nth(tick).check()
        keep.click()
        at += 1


@pytest.mark.requirement("HMS-47", "HMS-48")
def test_the_report_goes_to_planners_and_leader_and_comes_back_as_opened(
    site: Site, sign_in, clean: Callable[[Page], None]
) -> None:
    boss = sign_in("director", "hms")
    boss.goto(f"/office/hms/planning/?q={LAST_YEARS.replace(' ', '+')}")
    boss.get_by_role("link", name=LAST_YEARS).first.click()
    number = boss.url.rstrip("/").split("/")[-1]
    boss.goto(f"/office/hms/outcomes/activity/{number}/")
    boss.get_by_role("link", name="Read the report").click()
    boss.get_by_role("link", name="Close the activity").click()
    clean(boss)
    boss.get_by_label("What changed, and how do you know?").fill(
        "Half of the plans were kept at ninety days; nights lag behind."
    )
    boss.get_by_label("What remains to be done").fill("The change of shift.")
    boss.get_by_role("button", name="Close the activity").click()
    office.told(boss, "closed")
    leader = sign_in.new()
    leader.goto(site.link_in_mail("/i/report/", to="leader@hms.demo.example", about=LAST_YEARS))
    clean(leader)
    leader.get_by_role("button", name="Open the report").click()
    expect(leader.locator("main")).to_contain_text("Half of the plans were kept")
    clean(leader)
    boss.goto(f"/office/hms/outcomes/activity/{number}/report/")
    row = boss.get_by_role("row").filter(has_text="Lee Dean")
    expect(row).to_contain_text(str(YEAR))
    lead = sign_in("leader", "hms")
    lead.get_by_role("link", name="Dashboard").click()
    expect(lead.get_by_role("heading", name="Education and quality improvement")).to_be_visible()
    clean(lead)
