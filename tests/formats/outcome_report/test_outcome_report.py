"""An outcome report answers on one page, keeps measured apart from reported, claims no more than its interval, and hides small groups."""

from __future__ import annotations

import csv
import io
import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import date

import pytest
from docx import Document
from pypdf import PdfReader

from formats.outcome_report.sample import REPORT
from lifelong.formats.outcome_report import (
    AnswerLine,
    ItemLine,
    Items,
    Measured,
    OutcomeReport,
    Reading,
    Step,
    figures,
    item_tables,
    measure_sentence,
    render_docx,
    render_pdf,
    tables_of,
    to_csv,
    to_json,
)
from lifelong.formats.outcome_report.window import window_strip

pytestmark = pytest.mark.files_only


def pages(pdf: bytes) -> list[str]:
    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages]


@pytest.mark.requirement("HMS-47", "HMS-48", "TUFTS-11")
def test_the_first_page_carries_gap_reach_levels_results_and_limits() -> None:
    first = pages(render_pdf(REPORT))[0]
    for shown in (
        "Sepsis in the first hour", "Level 5 Performance, measured. Closed on 20 November 2026.", "84 attended", "84 of 100 places were taken",
        "Antibiotics come late", "36 % of all plans after 90 days (24 to 51, n 44).", "by own report", "No comparison group.", "Night shifts.",
        "Physicians, Nurses",
    ):  # fmt: skip
        assert shown in first


def test_the_detail_follows_with_every_denominator_and_the_silent() -> None:
    rest = " ".join(pages(render_pdf(REPORT))[1:])
    for shown in (
        "16 of 44 plans were fully carried out after 90 days, counting silence as no", "1 smaller group not shown", "70 of 84 evaluated (83 %).",
        "No time: the barrier named most", "No time environment Departments and teams 20 yes", "under 5", "Level change 4.2", "Shares carry Wilson intervals at 95 %.",
    ):  # fmt: skip
        assert shown in rest


def test_equal_facts_give_equal_bytes() -> None:
    assert render_pdf(REPORT) == render_pdf(REPORT)
    assert to_json(REPORT) == to_json(REPORT)


def test_every_drawing_is_sound_and_says_itself_in_words() -> None:
    drawn = figures(REPORT)
    assert [one.part for one in drawn] == [
        "participation", "participation", "satisfaction", "test", "test", "test", "self-rating", "team", "team", "plans", "plans", "follow-up", "measures", "measures",
    ]  # fmt: skip
    for one in drawn:
        ET.fromstring(one.chart.svg)
        assert one.chart.summary_text and len(one.chart.table_rows) > 1


def test_hidden_numbers_stay_hidden_in_every_file() -> None:
    rows = list(csv.reader(io.StringIO(to_csv(REPORT).decode("utf-8-sig"))))
    assert ["professions", "pharmacist", "people", "hidden", "", "", "", ""] in rows
    assert json.loads(to_json(REPORT))["professions"][2] == ["pharmacist", None]
    assert "Lactate: 14" not in " ".join(pages(render_pdf(REPORT)))


def test_the_csv_holds_each_estimate_with_its_interval_and_disarms_formulas() -> None:
    report = replace(REPORT, themes=(replace(REPORT.themes[0], name="=HYPERLINK(1)"),))
    rows = list(csv.reader(io.StringIO(to_csv(report).decode("utf-8-sig"))))
    assert ["follow-up", "after 90 days", "of all plans", "36.4", "23.8", "51.1", "44", "%"] in rows
    assert ["measure", "Sepsis bundle, Example Hospital", "difference", "9.0", "-3.8", "21.3", "", "percent"] in rows
    assert [row[1] for row in rows if "HYPERLINK" in row[1]] == ["'=HYPERLINK(1)"] * 2


def test_the_word_file_can_be_edited_and_has_every_number() -> None:
    paper = Document(io.BytesIO(render_docx(REPORT)))
    words = " ".join(paragraph.text for paragraph in paper.paragraphs)
    assert "Sepsis in the first hour" in words and "Treatment begins sooner" in words
    assert paper.tables[-1].rows[0].cells[0].text == "part" and len(paper.tables[-1].rows) > 40


def measured(low: float | None, high: float | None, moved: bool | None = True) -> Measured:
    return Measured(
        "Bundle", "5", True, "percent", Reading(54, 113), Reading(63, 118), 9.0, low, high, moved, "associated with"
    )


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (measured(1.0, 17.0), "The change is associated with the activity; the design allows no stronger word."),
        (measured(-3.8, 21.3), "The interval includes no change: nothing can be claimed."),
        (measured(None, None, False), "not in the wanted direction"),
        (
            replace(measured(None, None), after=None, difference=None),
            "Bundle: 54 percent (n 113); no later figure yet.",
        ),
    ],
)
def test_the_words_fit_the_design_and_the_interval(one: Measured, said: str) -> None:
    assert said in measure_sentence(one)


def test_the_window_strip_says_how_many_days_can_show_the_activity() -> None:
    windows = [
        ("Figure before", date(2024, 10, 1), date(2025, 9, 30)),
        ("Figure after", date(2026, 4, 1), date(2026, 6, 30)),
    ]
    chart = window_strip("Windows", windows, (date(2026, 5, 4), date(2026, 5, 4)))
    assert [row[3] for row in chart.rows] == ["0", "58"]
    ET.fromstring(chart.svg)


def test_an_activity_without_data_is_still_a_report() -> None:
    empty = OutcomeReport(provider="Example School", title="Not held", number=1, generated_at=REPORT.generated_at)
    first = pages(render_pdf(empty))[0]
    assert "No data yet. Not closed yet: numbers may still change." in first
    assert figures(empty) == () and render_docx(empty) and to_csv(empty)


def test_more_people_than_places_is_not_a_share() -> None:
    assert replace(REPORT, people=130).reach_words == "130 people came where 100 were planned for."


def test_sizes_of_effect_are_explained_where_they_first_stand() -> None:
    first, second = tables_of("test", REPORT)
    assert "d_av: the mean change divided by" in first.note and "d_z: the mean change divided by" in first.note
    assert "d_av" not in second.note


def test_hidden_answers_of_a_test_are_hidden_in_table_and_csv() -> None:
    line = ItemLine(
        "Which first?", 92.3, None, (), (AnswerLine("Now", None, True, False), AnswerLine("Later", None, False, False))
    )
    told = replace(
        REPORT, scores=replace(REPORT.scores, analysis=Items(13, lines=(line,), reason="13 people answered."))
    )
    assert [row[2] for row in item_tables(told.scores)[1].rows] == ["not shown", "not shown"]
    assert '"test, answers",Which first?,Later,hidden' in to_csv(told).decode("utf-8-sig")


def test_no_step_of_few_is_drawn() -> None:
    funnel = (Step("Attended", 37), Step("Evaluated", 30), Step("Planned a change", 28))
    assert "trace" not in {one.key for one in figures(replace(REPORT, funnel=funnel))}
