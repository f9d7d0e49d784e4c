"""Step 4, designation: one jointly accredited activity with physician, nurse and pharmacist credit and hours for everybody else."""

from __future__ import annotations

from collections.abc import Callable

import office_acts as office
from playwright.sync_api import Page, expect

GAP = "Sepsis bundle not finished in time"


def test_four_credits_stand_on_one_activity_with_their_statements(sign_in, clean: Callable[[Page], None]) -> None:
    desk = sign_in("coordinator", "washu")
    desk.goto("/office/washu/planning/new/")
    activity = office.plan_activity(desk, clean, "Sepsis as a team", format="live_course", gap=GAP)
    office.choose_terms(desk, clean, activity, {"Who it is for": ["physician", "nurse", "pharmacist"]})
    office.write_objectives(
        desk, clean, activity, "Share the first hour between professions.", GAP, audience="pharmacist"
    )
    office.ask_into_role(
        desk, clean, activity, "nurse@washu.demo.example", "planner"
    )  # contact hours need a nurse among the planners
    office.add_session(desk, clean, activity, "One team", starts_in=60 * 24 * 30, minutes=120, zone=office.ST_LOUIS)
    boss = sign_in("director", "washu")
    office.designate(boss, clean, activity, "ama:physician", "2")
    office.designate(boss, clean, activity, "ancc:nurse", "2")
    office.designate(boss, clean, activity, "acpe:pharmacist", "2", uan="JA0000099-0000-26-901-L01-P", acpe_type="K")
    boss.goto(f"{activity}credit/")
    clean(boss)
    expect(boss.locator("main")).to_contain_text("120")  # what the agenda is worth stands above the form
    office.designate(boss, clean, activity, "participation:", "2")
    credit = boss.locator("#credit")
    expect(credit.get_by_role("region", name="Credit designated").get_by_role("row")).to_have_count(5)
    expect(credit).to_contain_text("AMA PRA Category 1")
    expect(credit).to_contain_text(
        "jointly accredited by the Accreditation Council for Continuing Medical Education (ACCME)"
    )
    expect(credit).to_contain_text("JA0000099-0000-26-901-L01-P")
    clean(boss)


def test_more_credit_than_the_agenda_holds_is_refused_with_the_sum(sign_in, clean: Callable[[Page], None]) -> None:
    boss = sign_in("director", "washu")
    boss.goto("/office/washu/planning/?q=Safe+opioid+prescribing")
    boss.get_by_role("link", name="Safe opioid prescribing").first.click()
    boss.goto(f"{boss.url}credit/")
    boss.get_by_label("Credit", exact=True).select_option("ama:physician")
    boss.get_by_label("At most, for one learner").fill("40")
    boss.get_by_role("button", name="Designate the credit").click()
    expect(boss.get_by_role("alert").first).to_be_visible()
    clean(boss)
