"""A transcript spans providers, adds only what may be added, and leaves as PDF, table and JSON with the same rows."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from pypdf import PdfReader

from lifelong.formats.transcript import TranscriptFacts, TranscriptRow, render_pdf, to_csv, to_json

AMA = "AMA PRA Category 1 Credit™"
FACTS = TranscriptFacts(
    learner="Avery Learner, MD",
    profession="Physician",
    period="2025 to 2026",
    issued_on=date(2026, 11, 22),
    verify_url="https://cme.example.edu/transcript/q7Xk2mZtB4vN9sLwR1yHcD3f",
    rows=(
        TranscriptRow(date(2025, 3, 1), "Example School", "Sepsis", AMA, Decimal("1.25"), "", "Signed in", "C-1"),
        TranscriptRow(
            date(2026, 5, 2), "Fictional Health", "Grand rounds", AMA, Decimal("0.5"), "Falls", "By code", "C-2"
        ),
        TranscriptRow(
            date(2026, 5, 2),
            "Fictional Health",
            "Grand rounds",
            "IPCE credit",
            Decimal("0.5"),
            "Falls",
            "By code",
            "C-3",
        ),
    ),
)


def read(pdf: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(pdf))


def text(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in read(pdf).pages).split())


@pytest.mark.requirement("TUFTS-03")
def test_awards_of_several_years_and_providers_stand_together_newest_first() -> None:
    page = text(render_pdf(FACTS))
    assert page.index("2 May 2026") < page.index("1 Mar 2025")
    for shown in (
        "Avery Learner, MD",
        "Example School",
        "Fictional Health",
        "Falls",
        "C-3",
        "By code",
        FACTS.verify_url,
    ):
        assert shown in page


def test_amounts_of_different_systems_are_never_added() -> None:
    assert FACTS.totals == ((AMA, Decimal("1.75"), 2), ("IPCE credit", Decimal("0.5"), 1))
    page = text(render_pdf(FACTS))
    assert "1.75" in page and "2.25" not in page


def test_the_file_is_tagged_with_a_table_and_titled() -> None:
    pdf = render_pdf(FACTS)
    root = read(pdf).root_object
    assert root["/MarkInfo"]["/Marked"] and root["/Lang"].startswith("en")
    assert "Transcript of Avery Learner, MD" in root["/Metadata"].get_object().get_data().decode()
    kinds = set(kinds_of(root["/StructTreeRoot"]))
    assert {"/H1", "/H2", "/Table", "/TH", "/TD", "/Figure"} <= kinds


def kinds_of(node: object) -> list[str]:
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, list):
        return [kind for child in node for kind in kinds_of(child)]
    if isinstance(node, dict):
        return [*([node["/S"]] if "/S" in node else []), *kinds_of(node.get("/K"))]
    return []


def test_a_long_life_of_learning_runs_over_pages_with_the_head_repeated() -> None:
    pages = read(render_pdf(replace(FACTS, rows=FACTS.rows * 20))).pages
    assert len(pages) > 2
    assert all("Completed" in page.extract_text() for page in list(pages)[:-1])


def test_no_award_is_said_in_words() -> None:
    assert "No credit has been awarded in this period." in text(render_pdf(replace(FACTS, rows=(), verify_url="")))


def test_table_json_and_pdf_hold_the_same_rows() -> None:
    rows = list(csv.DictReader(io.StringIO(to_csv(FACTS).decode("utf-8-sig"))))
    awards = json.loads(to_json(FACTS))["awards"]
    assert [row["Certificate"] for row in rows] == [award["serial"] for award in awards] == ["C-2", "C-3", "C-1"]
    assert [Decimal(row["Amount"]) for row in rows] == [Decimal(award["amount"]) for award in awards]


def test_a_formula_in_a_title_leaves_as_text() -> None:
    risky = replace(FACTS, rows=(replace(FACTS.rows[0], activity="=HYPERLINK(1)"),))
    assert b",'=HYPERLINK(1)," in to_csv(risky)
    assert "=HYPERLINK(1)" in text(render_pdf(risky))


def test_equal_facts_give_equal_bytes() -> None:
    assert render_pdf(FACTS) == render_pdf(FACTS) and to_json(FACTS) == to_json(FACTS)
