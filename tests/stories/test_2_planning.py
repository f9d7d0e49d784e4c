"""Step 2, planning: a weekly series and a one-day course; the gates say what is missing, with the rule."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

import office_acts as office
import pytest
from playwright.sync_api import Page, expect

GAP = "Sepsis bundle not finished in time"


def test_a_weekly_series_is_planned_and_its_rule_makes_the_sessions(sign_in, clean: Callable[[Page], None]) -> None:
    desk = sign_in("coordinator")
    desk.goto("/office/tufts/planning/")
    clean(desk)
    desk.get_by_role("link", name="Plan an activity").click()
    activity = office.plan_activity(desk, clean, "Sepsis case conference", format="series", gap=GAP)
    desk.get_by_role("link", name="Schedule the series").click()
    clean(desk)
    first = dt.datetime.now(office.BOSTON).date() + dt.timedelta(days=14)
    desk.get_by_label("Weekday").select_option(str(first.weekday()))
    desk.get_by_label("Starts at").fill("07:30")
    desk.get_by_label("First day").fill(first.isoformat())
    desk.get_by_label("Last day").fill((first + dt.timedelta(weeks=5)).isoformat())
    desk.get_by_label("Days without a session").fill((first + dt.timedelta(weeks=2)).isoformat())
    desk.get_by_role("button", name="Schedule the series").click()
    office.told(desk, "The series is scheduled")
    clean(desk)
    planned = desk.get_by_role("region", name="Sessions").get_by_role("row")
    expect(planned).not_to_have_count(1)
    assert 3 <= planned.count() - 1 <= 5  # six weeks, less the day left out and any holiday of the office
    skipped = (first + dt.timedelta(weeks=2)).strftime("%-d %b %Y")
    expect(desk.get_by_role("region", name="Sessions")).not_to_contain_text(skipped)
    assert activity in desk.url


def test_a_course_shows_at_its_gates_what_is_missing_and_which_rule_says_so(
    sign_in, clean: Callable[[Page], None]
) -> None:
    desk = sign_in("coordinator")
    desk.goto("/office/tufts/planning/new/")
    activity = office.plan_activity(desk, clean, "Sepsis in one day", format="live_course", gap=GAP)
    gates = desk.locator(".gates")
    expect(gates).to_contain_text("Intake accepted")
    expect(gates).to_contain_text("audience", ignore_case=True)
    office.write_objectives(desk, clean, activity, "Start the sepsis bundle on suspicion.", GAP)
    office.choose_terms(
        desk, clean, activity, {"Who it is for": ["physician", "nurse"], "Competencies": ["patient_care"]}
    )
    office.add_session(desk, clean, activity, "The first hour", starts_in=60 * 24 * 20, minutes=90)
    expect(desk.locator("#objectives")).to_contain_text("Start the sepsis bundle")
    expect(desk.locator("#aims")).to_contain_text("Short and repeatable")
    expect(desk.locator("#aims")).to_contain_text("Patient care")
    boss = sign_in("director")
    boss.goto(activity)
    boss.get_by_role("button", name="Publish the activity").click()
    clean(boss)
    expect(boss.locator(".messages")).to_contain_text(re.compile(r"R-[A-Z0-9]+(-\d+)?: "))
    boss.goto(activity)
    boss.get_by_text("missing before publication").click()
    expect(boss.locator("details[open]")).to_contain_text(re.compile(r"R-[A-Z0-9]+"))


@pytest.mark.requirement("WASHU-38")
def test_last_years_course_is_held_again_and_the_form_asks_what_changed(sign_in, clean: Callable[[Page], None]) -> None:
    """Walk-through script 11."""
    desk = sign_in("coordinator", "washu")
    desk.goto("/office/washu/planning/?q=Updates+in+practice")
    desk.get_by_role("link", name="Updates in practice").first.click()
    clean(desk)
    desk.get_by_role("link", name="Hold it again").click()
    clean(desk)
    expect(desk.locator("main")).to_contain_text("Look at how it went")
    desk.get_by_label("First day").fill((dt.datetime.now(office.BOSTON).date() + dt.timedelta(days=120)).isoformat())
    desk.get_by_label("Title").fill("Updates in practice, refined")
    desk.get_by_role("button", name="Plan it again").click()
    expect(desk.get_by_role("alert").first).to_contain_text(
        "changed", ignore_case=True
    )  # the question may not be left out
    clean(desk)
    desk.get_by_label("What was changed because of the last results?").fill(
        "Half of the lectures became cases, because plans named no barrier."
    )
    desk.get_by_role("button", name="Plan it again").click()
    office.told(desk, "The activity is planned again")
    clean(desk)
    expect(desk.locator("main")).to_contain_text("Half of the lectures became cases")
