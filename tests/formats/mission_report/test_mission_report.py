"""A mission report answers a dean first, shows every number with its doubt, hides small groups, and can be made again."""

from __future__ import annotations

import io
import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from pypdf import PdfReader

from lifelong.formats.mission_report import (
    ActivityLine,
    MissionReport,
    MissionStatement,
    Program,
    ResultSection,
    TrendPoint,
    render_pdf,
    to_json,
)
from lifelong.formats.mission_report.trend import description, drawing

CHANGE = ResultSection(
    tag="performance",
    title="Clinicians change what they do",
    indicator="Confirmed commitments at 90 days",
    unit="%",
    value=72.0,
    low=61.2,
    high=81.4,
    n=84,
    target=60.0,
    trend=(
        TrendPoint("2024", 48.0, 40.0, 57.0, 120),
        TrendPoint("2025", None),
        TrendPoint("2026", 72.0, 61.2, 81.4, 84),
    ),
    activities=("CE-0042",),
    conclusion="Change rose.",
    priority="Raise the answers",
    measure="Share of those asked.",
)
FALLS = ResultSection(
    tag="health", title="Fewer falls", indicator="Falls", unit="per 1,000", value=3.14159, low=1.0, high=9.0, n=4,
    trend=(TrendPoint("2026", 3.14159, 1.0, 9.0, 4),), suppressed=True, conclusion="Too few wards.",
)  # fmt: skip
REPORT = MissionReport(
    provider="Example School of Medicine",
    year=2026,
    statements=(MissionStatement("We improve the performance of clinicians.", ("performance",)),),
    results=(CHANGE, FALLS),
    program=Program(41, 318, 612.5, 3204, (("Physician", 1811), ("Nurse", 902)), (("This state", 2610),)),
    activities=(
        ActivityLine("CE-0042", "Sepsis in the first hour", "Live course", "12 March 2026", 1.5, 84, ("performance",)),
    ),
    rule_books=(("ACCME", "2026.1"),),
    snapshot="9f2c" * 16,
    generated_at=datetime(2026, 11, 22, 16, 30, tzinfo=UTC),
    summary="More clinicians changed their practice.",
)


def pages(pdf: bytes) -> list[str]:
    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages]


@pytest.mark.requirement("HMS-48", "TUFTS-55")
def test_the_first_page_answers_a_dean() -> None:
    first = pages(render_pdf(REPORT))[0]
    for shown in (
        "Mission report 2026",
        "More clinicians changed their practice.",
        "41 activities",
        "3,204 learners",
        "Clinicians change what they do",
        "72 %",
        "95 % interval 61.2 to 81.4 %, n 84",
        "Above the target (60 %)",
        "Raise the answers",
        "We improve the performance of clinicians.",
    ):
        assert shown in first


def test_each_result_has_its_section_with_conclusion_activities_and_measure() -> None:
    rest = " ".join(pages(render_pdf(REPORT))[1:])
    for shown in (
        "Change rose.",
        "CE-0042 Sepsis in the first hour",
        "Share of those asked.",
        "Too few wards.",
        "Physician",
        "1,811",
    ):
        assert shown in rest


@pytest.mark.requirement("TUFTS-54")
def test_the_report_says_where_its_numbers_come_from() -> None:
    last = pages(render_pdf(REPORT))[-1]
    assert "22 November 2026, 16:30 UTC" in last and "ACCME 2026.1" in last and "9f2c" * 16 in last


def test_a_suppressed_number_appears_nowhere() -> None:
    assert "3.1" not in " ".join(pages(render_pdf(REPORT))).replace("per 1,000", "")
    assert b"3.14" not in to_json(REPORT)
    kept = json.loads(to_json(REPORT))["results"][1]
    assert (kept["value"], kept["n"], kept["trend"]) == (None, None, []) and kept["conclusion"]


@pytest.mark.parametrize(
    ("low", "high", "target", "says"),
    [
        (61.2, 81.4, 60.0, "Above the target"),
        (61.2, 81.4, 70.0, "The interval includes the target"),
        (61.2, 81.4, 85.0, "Below the target"),
        (None, None, 70.0, "At or above the target, uncertainty not known"),
    ],
)
def test_a_result_is_called_no_surer_than_its_interval(low: float, high: float, target: float, says: str) -> None:
    result = replace(CHANGE, low=low, high=high, target=target)
    assert says in pages(render_pdf(replace(REPORT, results=(result,))))[0]


def test_the_same_facts_make_the_same_report() -> None:
    boston = REPORT.generated_at.astimezone(timezone(timedelta(hours=-5)))
    assert render_pdf(REPORT) == render_pdf(REPORT)
    assert to_json(REPORT) == to_json(replace(REPORT, generated_at=boston))


def test_the_json_is_canonical_and_whole() -> None:
    document = json.loads(to_json(REPORT))
    again = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert again == to_json(REPORT)
    assert document["generated_at"] == "2026-11-22T16:30:00Z" and document["program"]["hours"] == 612.5


def test_the_creation_date_comes_from_the_facts() -> None:
    info = PdfReader(io.BytesIO(render_pdf(REPORT))).metadata
    assert info is not None and info.creation_date is not None
    assert info.creation_date.date() == REPORT.generated_at.date()


def test_the_file_is_tagged_and_its_drawings_are_told_in_words() -> None:
    root = PdfReader(io.BytesIO(render_pdf(REPORT))).root_object
    assert root["/MarkInfo"]["/Marked"] and root["/Lang"].startswith("en")
    assert "Trend. 2024: 48 %; 2026: 72 %. Target 60 %." in alternatives(root["/StructTreeRoot"])


def alternatives(node: object) -> list[str]:
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, list):
        return [words for child in node for words in alternatives(child)]
    if isinstance(node, dict):
        return [*([str(node["/Alt"])] if "/Alt" in node else []), *alternatives(node.get("/K"))]
    return []


def test_a_year_without_a_value_leaves_a_gap_in_the_line() -> None:
    root = ET.fromstring(drawing(CHANGE.trend, "%", 60.0, "#1d4e79", "Inter"))
    assert len([e for e in root if e.tag.endswith("circle")]) == 2
    lines = [e.get("d", "") for e in root if e.get("stroke-width") == "1.6"]
    assert len(lines) == 2 and all("L" not in line for line in lines)


def test_a_trend_without_any_value_or_above_zero_is_still_drawn() -> None:
    for points in ([], [TrendPoint("2026", 0.0)], [TrendPoint("2026", None)]):
        assert ET.fromstring(drawing(points, "", None, "#1d4e79", "Inter")).tag.endswith("svg")
    assert description([TrendPoint("2026", 1234.5)], "points", None) == "Trend in points. 2026: 1,234.5."


def test_hostile_text_stays_text() -> None:
    hostile = '#read("/etc/passwd") </text><script>alert(1)</script> *b* $x$'
    result = replace(
        CHANGE,
        title=hostile,
        conclusion=hostile,
        unit=hostile,
        trend=(TrendPoint(hostile, 1.0), TrendPoint("2026", 2.0)),
    )
    report = replace(
        REPORT, provider=hostile, summary=hostile, results=(result,), statements=(MissionStatement(hostile),)
    )
    words = " ".join(pages(render_pdf(report)))
    assert '#read("/etc/passwd")' in words and "root:" not in words


def test_an_empty_year_still_makes_a_report() -> None:
    empty = replace(
        REPORT, results=(), activities=(), statements=(), program=Program(0, 0, 0.0, 0), rule_books=(), summary=""
    )
    assert "0 activities" in pages(render_pdf(empty))[0]
