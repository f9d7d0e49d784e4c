"""A certificate is one tagged page that says what was claimed, where to check it, and never obeys the text in it."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from pypdf import PdfReader

from lifelong.formats.certificate import CertificateFacts, Kind, ama_credit_line, render, render_many

ADDRESS = "https://cme.example.edu/verify/q7Xk2mZtB4vN9sLwR1yHcD3f"
FACTS = CertificateFacts(
    learner="Avery Learner, MD",
    profession="Physician",
    provider="Example School of Medicine",
    activity="Sepsis bundle in the first hour",
    format_word="live activity",
    date_text="24 November 2026",
    place="Springfield, Massachusetts",
    serial="C-2026-000042",
    verify_url=ADDRESS,
    issued_on=date(2026, 11, 24),
    credit_lines=(ama_credit_line(Decimal("1.5")),),
    statements=("Example designates this live activity for a maximum of 2.00 AMA PRA Category 1 Credit(s)™.",),
    reference="CE-2026-0042",
    signatory="Jordan Sample, MD",
    signatory_role="Associate Dean",
)


def read(pdf: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(pdf))


def text(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in read(pdf).pages).split())


def tags(pdf: bytes) -> list[tuple[str, str]]:
    """Every structure element as (kind, alternative text), in reading order."""
    found: list[tuple[str, str]] = []

    def walk(node: object) -> None:
        node = node.get_object() if hasattr(node, "get_object") else node
        if isinstance(node, list):
            for child in node:
                walk(child)
        elif isinstance(node, dict):
            if "/S" in node:
                found.append((node["/S"], str(node.get("/Alt", ""))))
            walk(node.get("/K"))

    walk(read(pdf).root_object["/StructTreeRoot"])
    return found


def test_the_page_shows_everything_a_physicians_record_must_show() -> None:
    page = text(render(FACTS))
    for shown in (
        "Avery Learner, MD",
        "Example School of Medicine",
        "Sepsis bundle in the first hour",
        "has completed a live activity",
        "24 November 2026 · Springfield, Massachusetts",
        "1.50 AMA PRA Category 1 Credits™",
        "C-2026-000042",
        "CE-2026-0042",
        ADDRESS,
    ):
        assert shown in page


def test_the_file_is_tagged_titled_and_in_a_language() -> None:
    root = read(render(FACTS)).root_object
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"].startswith("en")
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    meta = root["/Metadata"].get_object().get_data().decode()
    assert "Certificate of credit C-2026-000042" in meta
    assert "<pdfuaid:part>1<" in meta and "<pdfaid:part>2<" in meta and "<pdfaid:conformance>A<" in meta


def test_the_code_is_named_with_the_address_it_opens() -> None:
    kinds = tags(render(FACTS))
    assert ("/Figure", f"QR code that opens {ADDRESS}") in kinds
    assert {"/H1", "/Link"} <= {kind for kind, _ in kinds}


@pytest.mark.requirement("UMASS-11")
def test_a_participant_who_is_no_physician_is_awarded_nothing() -> None:
    page = text(render(replace(FACTS, kind=Kind.PARTICIPATION, profession="Registered nurse")))
    assert "Certificate of participation" in page
    assert "This activity was designated for 1.50" in page
    assert "awarded" not in page and "certifies" not in page


def test_many_are_the_same_files_as_one_by_one() -> None:
    facts = [replace(FACTS, serial=f"C-{n}", verify_url=f"{ADDRESS}{n}") for n in range(4)]
    assert render_many(facts, threads=2) == [render(each) for each in facts]


@pytest.mark.parametrize(
    ("amount", "line"),
    [
        ("0.25", "0.25 AMA PRA Category 1 Credit™"),
        ("1", "1.00 AMA PRA Category 1 Credit™"),
        ("1.25", "1.25 AMA PRA Category 1 Credits™"),
        ("10.5", "10.50 AMA PRA Category 1 Credits™"),
    ],
)
def test_the_credit_phrase_has_its_singular_and_plural(amount: str, line: str) -> None:
    assert ama_credit_line(Decimal(amount)) == line


def test_the_credit_phrase_stands_in_italics() -> None:
    runs: list[tuple[str, str]] = []
    page = read(render(FACTS)).pages[0]
    page.extract_text(
        visitor_text=lambda run, _cm, _tm, font, _size: runs.append((run, (font or {}).get("/BaseFont", "")))
    )
    slanted = "".join(run for run, font in runs if "It" in font)
    assert "AMA PRA Category 1 Credits" in slanted and "1.50" not in slanted and "™" not in slanted


HOSTILE = [
    "</title><script>alert(1)</script>",
    ") /OpenAction << /S /JavaScript /JS (app.alert(1)) >>",
    '<img src="file:///etc/passwd">',
    "<link rel=attachment href=file:///etc/passwd>",
    '<font color="[__import__(1)]">',
    '#read("/etc/passwd") #eval("1") $x$ *b* `c` @ref <label> \\',
    "= heading",
    "אבגד مرحبا",
]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_stays_text_on_one_page(hostile: str) -> None:
    pdf = render(every_text(hostile))
    reader = read(pdf)
    assert len(reader.pages) == 1
    assert "/OpenAction" not in reader.root_object and "/Names" not in reader.root_object
    assert not reader.attachments
    assert b"root:" not in pdf
    if hostile.isascii():
        assert hostile.replace(" ", "") in text(pdf).replace(" ", "").replace("\u200b", "")


@pytest.mark.parametrize("long", ["W" * 5000, "word " * 1000, "M" * 34, "é" * 300])
def test_any_length_stays_on_one_page_with_its_address(long: str) -> None:
    pdf = render(every_text(long))
    assert len(read(pdf).pages) == 1
    assert ADDRESS in text(pdf)


def test_controls_and_direction_overrides_never_reach_the_page() -> None:
    assert "Avery Learner" in text(render(replace(FACTS, learner="Ave\x00ry\u202e\ufeff \r\n\t Learner\ue000\ufffe")))


def test_a_character_without_a_font_is_marked_and_explained() -> None:
    page = text(render(replace(FACTS, learner="張 Learner")))
    assert "□ Learner" in page and "could not be printed" in page


@pytest.mark.parametrize(
    "address",
    [
        "/verify/abc",
        "cme.example.edu/verify/a",
        "https://cme.example.edu@evil.example/v",
        "https://cmе.example.edu/v",
        "file:///etc/passwd",
    ],
)
def test_an_address_that_could_mislead_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="address of the check"):
        replace(FACTS, verify_url=address)


def every_text(words: str) -> CertificateFacts:
    return replace(
        FACTS,
        learner=words,
        profession=words,
        provider=words,
        activity=words,
        format_word=words,
        place=words,
        date_text=words,
        credit_lines=(words,) * 3,
        statements=(words,) * 4,
        serial=words,
        reference=words,
        signatory=words,
        signatory_role=words,
    )
