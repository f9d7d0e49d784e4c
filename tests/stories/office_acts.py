"""What an office does in its browser, in the order of the loop. Each act ends on the page the office lands on."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from zoneinfo import ZoneInfo

from playwright.sync_api import Page, expect

Clean = Callable[[Page], None]

BOSTON, ST_LOUIS = ZoneInfo("America/New_York"), ZoneInfo("America/Chicago")


def told(page: Page, words: str) -> None:
    """The page says so, where it says what happened."""
    expect(page.locator(".messages")).to_contain_text(words)


def register_gap(page: Page, clean: Clean, title: str, *, from_point: str = "") -> None:
    """A gap with need, cause and priority; `from_point`: the address of the form that starts from a figure."""
    page.goto(from_point or "../../needs/gaps/new/")
    clean(page)
    page.get_by_label("Gap in a few words").fill(title)
    page.get_by_label("What is the difference").fill(
        "One patient in three with sepsis does not receive the whole bundle in three hours; two in three should become nine in ten."
    )
    page.get_by_label("Why does it exist?").fill("Cultures are drawn late because the first hour has no clear leader.")
    page.get_by_label("Need: what are they not able to do?").fill("Teams need to start the bundle from the first sign.")
    page.get_by_label("Professions and specialties involved").fill("physician, nurse")
    page.get_by_label("Expected result of the mission").select_option(index=1)
    page.get_by_label("Priority", exact=True).select_option("1")
    page.get_by_label("Why this priority?").fill("Frequent, deadly, and behind the state for a year.")
    page.get_by_role("button", name="Register the gap").click()
    told(page, "The gap is registered")
    clean(page)


def plan_activity(page: Page, clean: Clean, title: str, *, format: str, gap: str = "") -> str:
    """From the page of a gap (or with the first gap) to a planned activity; returns the address of its page."""
    clean(page)
    page.get_by_label("Title that learners will read").fill(title)
    page.get_by_label("Format", exact=True).select_option(format)
    page.get_by_label("Why does this format fit").fill(
        "Short and repeatable; nurses and physicians of one ward can learn together."
    )
    if gap:
        page.get_by_role("group", name="Gaps it addresses").get_by_label(gap, exact=True).check()
    page.get_by_role("group", name="Expected results").get_by_role("checkbox").first.check()
    page.get_by_label("What is it designed to change?").select_option("performance")
    page.get_by_label("The change in your words").fill("The bundle is started within the first hour.")
    page.get_by_label("How will you know?").fill("Share of whole bundles in the two quarters after, by run chart.")
    page.get_by_role("button", name="Plan the activity").click()
    told(page, "The activity is planned")
    clean(page)
    return page.url


def write_objectives(page: Page, clean: Clean, activity: str, text: str, gap: str, audience: str = "") -> None:
    page.goto(f"{activity}objectives/")
    clean(page)
    page.get_by_label("Objective 1: learners will be able to").fill(text)
    page.get_by_label("Objective 1 answers the gap").select_option(gap)
    if audience:
        page.get_by_label("Objective 2: learners will be able to").fill(text)
        page.get_by_label("Objective 2 is for").select_option(audience)
    page.get_by_role("button", name="Keep the objectives").click()
    told(page, "The objectives are kept")


def choose_terms(page: Page, clean: Clean, activity: str, terms: dict[str, list[str]]) -> None:
    """`terms`: words of the legend of each group -> keys."""
    page.goto(f"{activity}terms/")
    clean(page)
    for legend, keys in terms.items():
        group = page.get_by_role("group", name=legend)
        for key in keys:
            group.locator(f'input[value="{key}"]').check()
    page.get_by_role("button", name="Keep the choice").click()
    told(page, "Audience and topics are kept")


def add_session(
    page: Page, clean: Clean, activity: str, title: str, starts_in: int, minutes: int = 60, zone: ZoneInfo = BOSTON
) -> None:
    """A session that starts in so many minutes from now, by the wall clock of the activity."""
    begin = dt.datetime.now(zone).replace(second=0, microsecond=0) + dt.timedelta(minutes=starts_in)
    end = begin + dt.timedelta(minutes=minutes)
    page.goto(f"{activity}sessions/new/")
    clean(page)
    page.get_by_label("Title").fill(title)
    page.get_by_label("Day", exact=True).fill(begin.date().isoformat())
    page.get_by_label("From").fill(f"{begin:%H:%M}")
    page.get_by_label("Until").fill(f"{end:%H:%M}")
    page.get_by_label("Room").fill("Auditorium")
    page.get_by_role("button", name="Add the session").click()
    told(page, "The session is added")


def ask_into_role(page: Page, clean: Clean, activity: str, email: str, kind: str, session: str = "") -> None:
    page.goto(f"{activity}people/")
    clean(page)
    page.get_by_label("E-mail of the person").fill(email)
    page.get_by_label("Role", exact=True).select_option(kind)
    if session:
        page.get_by_label("Session").select_option(label=session)
    page.get_by_role("button", name="Ask into the role").click()
    told(page, "is asked into the role")


def name_evidence(page: Page, clean: Clean, activity: str, citation: str) -> None:
    page.goto(f"{activity}references/")
    clean(page)
    page.get_by_label("Citation").fill(citation)
    page.get_by_label("Kind").select_option("guideline")
    page.get_by_role("button", name="Add the reference").click()
    told(page, "The reference is kept")


def ask_to_disclose(page: Page, clean: Clean, slug: str, names: list[str]) -> None:
    """The office asks each person on its worklist of independence."""
    for name in names:
        page.goto(f"/office/{slug}/independence/")
        clean(page)
        page.get_by_role("button", name=re.compile(f"^(Ask|Remind) {name}")).first.click()
        told(page, name)


def disclose_nothing(page: Page, clean: Clean) -> None:
    clean(page)
    page.get_by_label("I had no financial relationship").check()
    page.get_by_label("This is complete").check()
    page.get_by_role("button", name="Send my disclosure").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Thank you")
    clean(page)


def disclose_company(page: Page, clean: Clean, company: str, nature: str) -> None:
    clean(page)
    page.get_by_label("I had the relationships listed here").check()
    if not page.locator('[name="c0-company"]').is_visible():
        page.get_by_text("List the companies").click()
    page.locator('[name="c0-company"]').fill(company)
    page.locator('[name="c0-nature"]').select_option(nature)
    page.get_by_label("This is complete").check()
    page.get_by_role("button", name="Send my disclosure").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Thank you")
    clean(page)


def open_role(page: Page, slug: str, name: str, activity: str = "") -> None:
    """From the worklist of independence to the role of that person."""
    page.goto(f"/office/{slug}/independence/")
    rows = page.get_by_role("row").filter(has=page.get_by_role("link", name=name))
    (rows.filter(has_text=activity) if activity else rows).first.get_by_role("link", name=name).first.click()


def decide(
    page: Page, clean: Clean, *, relevant: str = "", not_relevant: str = "", mitigation: str = "", note: str = ""
) -> None:
    """On the page of a role: the first relationship that waits."""
    clean(page)
    form = page.locator("section.panel form", has=page.get_by_role("button", name="Keep the decision")).first
    form.get_by_label("Relevant", exact=True).check() if relevant else form.get_by_label("Not relevant").check()
    form.get_by_label("Why", exact=True).fill(relevant or not_relevant)
    if mitigation:
        form.get_by_label("If it is relevant: what was done").select_option(mitigation)
        form.get_by_label("How, by whom").fill(note)
    form.get_by_role("button", name="Keep the decision").click()
    told(page, "Decided")
    clean(page)


def let_begin(page: Page, clean: Clean, slug: str, name: str, activity: str = "") -> None:
    open_role(page, slug, name, activity)
    clean(page)
    page.get_by_role("button", name=re.compile(f"^Let {name}.* begin$")).click()
    told(page, "may begin")


def designate(page: Page, clean: Clean, activity: str, credit: str, maximum: str, **more: str) -> None:
    """`credit` as `ama:physician`; `more` by name of the field."""
    page.goto(f"{activity}credit/")
    clean(page)
    page.get_by_label("Credit", exact=True).select_option(credit)
    page.get_by_label("At most, for one learner").fill(maximum)
    for name, value in more.items():
        field = page.locator(f'[name="{name}"]')
        if field.evaluate("element => element.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    page.get_by_role("button", name="Designate the credit").click()
    told(page, "Designated")


def review_content(page: Page, clean: Clean, activity: str) -> None:
    page.goto(f"{activity}review/")
    clean(page)
    for words in ("It is valid", "It is balanced", "It is free of logos"):
        page.get_by_label(words).check()
    page.get_by_role("button", name="Keep the review").click()
    told(page, "The review is kept")


def pass_gates(page: Page, activity: str) -> int:
    """Pass every gate that is ready, one after the other; returns how many."""
    page.goto(activity)
    passed = 0
    while (button := page.get_by_role("button", name=re.compile("^Pass “"))).count():
        button.click()
        told(page, "is passed")
        passed += 1
    return passed
