"""Step 1, needs: figures come in, are seen against state and nation, and one becomes a gap."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import office_acts as office
import pytest
from playwright.sync_api import Page, expect

HEAD = "Facility ID,Facility Name,State,Measure ID,Measure Name,Score,Sample,Footnote,Start Date,End Date\n"
LIST = "Facility ID,Facility Name,Address,City/Town,State,ZIP Code,County/Parish,Hospital Type,Hospital Ownership,Emergency Services,Hospital overall rating\n"
NAME = "Percentage of patients who received appropriate care for severe sepsis and septic shock. Higher percentages are better"
STATE = f"State,Condition,Measure ID,Measure Name,Score,Footnote,Start Date,End Date\nMA,Sepsis Care,SEP_1,{NAME},58,,10/01/2022,09/30/2023\n"
NATION = f"Measure ID,Measure Name,Condition,Category,Score,Footnote,Start Date,End Date\nSEP_1,{NAME},Sepsis Care,Sepsis,61,,10/01/2022,09/30/2023\n"


def files(folder: Path, shared: Path) -> list[Path]:
    """Our hospital is invented; state and nation are as published where the reference data lie beside the checkout."""
    ours = folder / "Timely_and_Effective_Care-Hospital.csv"
    ours.write_text(f"{HEAD}99Z700,Storybook Memorial Hospital,MA,SEP_1,{NAME},44,120,,10/01/2022,09/30/2023\n")
    published = shared / "data" / "cms" / "release_2024-07"
    hospitals = folder / "Hospital_General_Information.csv"
    hospitals.write_text(
        f"{LIST}99Z700,Storybook Memorial Hospital,1 Invented Street,Storyville,MA,00000,NOWHERE,Acute Care Hospitals,Voluntary non-profit,Yes,3\n"
    )
    found = [hospitals]
    for name, plain in (
        ("Timely_and_Effective_Care-State.csv", STATE),
        ("Timely_and_Effective_Care-National.csv", NATION),
    ):
        if (published / name).exists():
            lines = (published / name).read_text(encoding="utf-8-sig").splitlines(keepends=True)
            plain = lines[0] + "".join(line for line in lines[1:] if "SEP_1," in line)
        (folder / name).write_text(plain)
        found.append(folder / name)
    return [*found, ours]


@pytest.mark.requirement("TUFTS-24")
def test_a_figure_is_seen_against_state_and_nation_and_becomes_a_gap(
    sign_in, clean: Callable[[Page], None], tmp_path: Path, shared: Path
) -> None:
    desk = sign_in("coordinator")
    for file in files(tmp_path, shared):
        desk.goto("/office/tufts/needs/import/")
        clean(desk)
        desk.get_by_label("Quality file").set_input_files(file)
        desk.get_by_label("Month of the release").fill("2024-07")
        desk.get_by_role("button", name="Import").click()
        clean(desk)
        desk.get_by_role("link", name="See what was imported").click(timeout=30_000)
        clean(desk)
        expect(desk.locator("main")).to_contain_text("No line was refused")
    desk.goto("/office/tufts/needs/?q=sepsis")
    desk.get_by_role("link", name="sepsis").first.click()
    desk.get_by_placeholder("Hospital, city or number").fill("Storybook")
    desk.get_by_placeholder("Hospital, city or number").press("Enter")
    desk.get_by_role("link", name="Storybook Memorial Hospital").click()
    clean(desk)
    expect(desk.locator(".answer")).to_contain_text("44 percent at Storybook Memorial Hospital")
    expect(desk.locator(".answer")).to_contain_text("58 in MA")
    expect(desk.locator(".answer")).to_contain_text("61 in United States")
    office.register_gap(
        desk,
        clean,
        "Storybook is behind the state",
        from_point=desk.get_by_role("link", name="Register a gap").first.get_attribute("href"),
    )
    expect(desk.locator("main")).to_contain_text("44")
    expect(desk.locator("main")).to_contain_text("Teams need to start the bundle")


def test_a_file_that_may_hold_patients_is_refused_in_plain_words(
    sign_in, clean: Callable[[Page], None], tmp_path: Path
) -> None:
    file = tmp_path / "sepsis.csv"
    file.write_text(
        "measure_id,place,mrn,date_of_birth,period_start,period_end,numerator,denominator\nSEP,Ours,123,1950-01-01,2025-01-01,2025-03-31,1,2\n"
    )
    desk = sign_in("coordinator")
    desk.goto("/office/tufts/needs/import/")
    desk.get_by_label("Quality file").set_input_files(file)
    desk.get_by_role("button", name="Import").click()
    expect(desk.get_by_role("alert")).to_contain_text("patient")
    clean(desk)
