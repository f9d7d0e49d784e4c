"""Walk-through script 9, UConn: an item serves LCME and ACGME, teaching becomes learning, answers leave for a study without their people."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import office_acts as office
import pytest
from playwright.sync_api import Page, expect

ITEM, STUDY = "Teaching residents to ask first", "Do plans in own words last?"
REGISTERS = "/office/uconn/improvement/registers/"
YEAR = datetime.now(ZoneInfo("America/New_York")).year
LIST = b"code,title\nD1,Teachers are prepared for teaching\nD9,Learning becomes part of the school\n"


@pytest.mark.requirement("UCONN-30", "UCONN-31", "WASHU-35")
def test_an_item_of_faculty_development_serves_an_element(sign_in, clean: Callable[[Page], None]) -> None:
    desk = sign_in("director", "uconn")
    desk.goto(REGISTERS)
    clean(desk)
    desk.get_by_role("link", name="Faculty development").click()
    desk.get_by_role("link", name="Add an item").first.click()
    clean(desk)
    desk.get_by_label("Item").fill(ITEM)
    desk.get_by_label("What it is").fill("An hour with a colleague who watched you teach.")
    desk.get_by_role("button", name="Keep the entry").click()
    office.told(desk, "The entry is kept")
    expect(desk.locator("main")).to_contain_text("It serves no element yet")
    desk.get_by_role("link", name="All elements").click()
    clean(desk)
    desk.get_by_label("Body").select_option("lcme")
    desk.get_by_label("List as CSV").set_input_files({"name": "lcme.csv", "mimeType": "text/csv", "buffer": LIST})
    desk.get_by_role("button", name="Import the list").click()
    office.told(desk, "is taken in")
    desk.get_by_role("link", name="LCME D9").click()
    clean(desk)
    desk.get_by_label("Or faculty development").select_option(label=ITEM)
    desk.get_by_label("How it serves the element").fill("Residents teach students; both are watched.")
    desk.get_by_role("button", name="Keep the mapping").click()
    office.told(desk, "The mapping is kept")
    desk.goto(f"{REGISTERS}elements/?body=lcme")
    expect(desk.get_by_role("row").filter(has_text="LCME D9")).to_contain_text(ITEM)
    rows = list(
        csv.reader(io.StringIO(desk.request.get(f"{REGISTERS}elements/?body=lcme&as=csv").text().lstrip("\ufeff")))
    )
    assert [row[4] for row in rows if row[1] == "D9"] == [ITEM]


@pytest.mark.requirement("UCONN-31", "WASHU-35", "WASHU-36")
def test_a_day_of_teaching_becomes_credit_when_a_second_person_confirms_it(
    sign_in, clean: Callable[[Page], None]
) -> None:
    phone = sign_in("learner", "uconn", phone=True)
    phone.goto("/me/transcript/")
    phone.get_by_role("link", name=re.compile("your log of it")).click()
    clean(phone)
    expect(phone.get_by_role("heading", name="Your pathway as a leader")).to_be_visible()
    phone.get_by_role("link", name="Log a day of teaching").click()
    clean(phone)
    phone.get_by_label("Minutes with learners").fill("60")
    phone.get_by_label("Whom you taught").select_option("residents")
    phone.get_by_label("What you taught").fill("Chest drains, at the bench")
    phone.get_by_label("What you learned yourself").fill("Much.")
    phone.get_by_role("button", name="Put it into my log").click()
    expect(phone.locator("main")).to_contain_text("It is not said what you learned yourself")
    phone.get_by_label("What you learned yourself").fill(
        "A resident asked why the drain goes in above the rib; I could not say, and looked it up."
    )
    phone.get_by_role("button", name="Put it into my log").click()
    office.told(phone, "It is in your log")
    clean(phone)
    officer = sign_in("credit_officer", "uconn")
    officer.get_by_role("link", name=re.compile("Chest drains")).first.click()
    clean(officer)
    expect(officer.locator("main")).to_contain_text("2 credits an hour")
    officer.get_by_label("Yes, confirm it").check()
    officer.get_by_role("button", name="Keep the decision").click()
    office.told(officer, "2.00 credits are in the ledger")
    clean(officer)
    phone.goto("/me/teaching/")
    expect(phone.locator("li").filter(has_text="Chest drains")).to_contain_text("Confirmed")
    phone.goto("/me/transcript/")
    expect(phone.locator("main")).to_contain_text(f"Learning from teaching {YEAR}")
    clean(phone)


@pytest.mark.requirement("UCONN-28", "UCONN-29")
def test_answers_leave_for_a_study_only_with_approval_and_only_in_groups(
    sign_in, clean: Callable[[Page], None]
) -> None:
    desk = sign_in("director", "uconn")
    desk.goto(f"{REGISTERS}research/new/")
    clean(desk)
    desk.get_by_label("Project").fill(STUDY)
    desk.get_by_label("Whose").select_option("supported")
    desk.get_by_label("Led by").fill("Petra Quillmere, nursing")
    desk.get_by_label("Question").fill("Are plans that learners word themselves kept more often?")
    desk.get_by_role("button", name="Keep the entry").click()
    office.told(desk, "The entry is kept")
    entry = desk.url
    export(desk, [])
    expect(desk.locator("main")).to_contain_text("no ethics number")
    desk.goto(entry)
    desk.get_by_text("Correct the entry").click()
    desk.get_by_label("Ethics board").fill("Board for research with people")
    desk.get_by_label("Number of its decision").fill("DEMO-2026-099")
    desk.get_by_role("button", name="Keep the entry").click()
    office.told(desk, "on record")
    export(desk, ["Profession", "Activity, by its number", "Quarter of the year"])
    clean(desk)
    expect(desk.locator("main")).to_contain_text("are too rare to leave")
    export(desk, ["Format of the activity"], entry)
    office.told(desk, "It is in the log")
    expect(desk.locator("main")).to_contain_text("ethics number DEMO-2026-099")
    clean(desk)
    address = desk.get_by_role("link", name="the file").first.get_attribute("href")
    head, *rows = csv.reader(io.StringIO(desk.request.get(address).text().lstrip("\ufeff")))
    assert len(rows) >= 5 and not {"name", "email", "person", "reflection", "comment", "answered_on"} & set(head)
    assert "@" not in "".join("".join(row) for row in rows)
    desk.get_by_label("Step", exact=True).select_option("submitted")
    desk.get_by_label("Day", exact=True).fill(f"{YEAR}-01-20")
    desk.get_by_label("Where", exact=True).fill("Journal of Invented Education")
    desk.get_by_role("button", name="Record the step").click()
    office.told(desk, "on record")
    desk.goto(f"{REGISTERS}research/")
    expect(desk.get_by_role("row").filter(has_text=STUDY)).to_contain_text("Supported by us")


def export(desk: Page, columns: list[str], entry: str = "") -> None:
    if entry:
        desk.goto(entry)
    if "/export/" not in desk.url:
        desk.get_by_role("link", name="Make a de-identified file").click()
    for box in desk.get_by_role("checkbox").all():
        box.uncheck()
    for name in columns:
        desk.get_by_label(name, exact=True).check()
    desk.get_by_role("button", name="Make the file").click()
