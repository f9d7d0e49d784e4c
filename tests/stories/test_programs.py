"""Walk-through script 12: five programs in one installation, each with its own words, and nothing that crosses."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

NAMES = {
    "tufts": "Tufts University School of Medicine",
    "umass": "University of Massachusetts Chan Medical School",
    "hms": "Harvard Medical School",
    "uconn": "University of Connecticut School of Medicine",
    "washu": "Washington University School of Medicine",
}


@pytest.mark.parametrize("program", NAMES)
def test_each_program_speaks_of_itself_alone(sign_in, clean: Callable[[Page], None], program: str) -> None:
    phone = sign_in.new(phone=True)
    for path in ("", "mission/", "catalogue/", "about/", "contact/"):
        phone.goto(f"/p/{program}/{path}")
        clean(phone)
        words = phone.locator("body").inner_text()
        assert path or NAMES[program] in words
        for other, name in NAMES.items():
            assert other == program or name not in words, f"{name} on the page {path} of {program}"
    phone.goto(f"/p/{program}/contact/")
    assert phone.locator("main a[href^='mailto:']").first.get_attribute("href").endswith(f"{program}.example.org")


def test_expected_results_and_gaps_of_one_office_are_not_those_of_another(
    sign_in, clean: Callable[[Page], None]
) -> None:
    seen: dict[str, list[str]] = {}
    for program in NAMES:
        desk = sign_in("coordinator", program)
        desk.goto(f"/office/{program}/planning/new/")
        group = desk.get_by_role("group", name="Expected results")
        seen[program] = sorted(group.locator("label").all_inner_texts())
        assert seen[program]
        other = next(name for name in NAMES if name != program)
        for path in (
            "",
            "needs/",
            "planning/",
            "independence/",
            "delivery/",
            "credit/",
            "evaluation/",
            "outcomes/",
            "reporting/",
            "improvement/",
        ):
            answer = desk.request.get(f"/office/{other}/{path}")
            assert answer.status == 404, f"the coordinator of {program} opened {path} of {other}"
        assert desk.request.get(f"/lead/{other}/").status == 404
    assert len({tuple(results) for results in seen.values()}) == 5


def test_an_address_inside_the_own_office_with_a_number_of_another_is_not_found(sign_in) -> None:
    theirs = sign_in("coordinator", "washu")
    theirs.goto("/office/washu/planning/")
    number = theirs.locator("#activities tbody a").first.get_attribute("href").rstrip("/").split("/")[-1]
    ours = sign_in("coordinator", "tufts")
    assert ours.request.get(f"/office/tufts/planning/{number}/").status == 404
    assert ours.request.get(f"/office/tufts/planning/{number}/edit/").status == 404
    expect(ours.locator("body")).not_to_contain_text("WashU")
