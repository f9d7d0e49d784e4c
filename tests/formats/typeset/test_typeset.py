"""Facts become pages as data: nothing in them is run, and what no font has is marked."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import pytest
import typst
from pypdf import PdfReader

from lifelong.formats.typeset import MISSING_GLYPH, credit_parts, plain, press, shorten, template

PAGE = b'#let facts = json(bytes(sys.inputs.facts))\n#set document(title: "A page")\n#set text(lang: "en")\n= #facts.name\n#facts.undrawn'
DAY = date(2026, 11, 22)


def text(pdf: bytes) -> str:
    return PdfReader(io.BytesIO(pdf)).pages[0].extract_text()


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("  Avery \t\r\n Learner ", "Avery Learner"),
        ("A\x00v\x07e\u202ery\ufeff\ue000\ufffe\ud800", "Avery"),
        ("Jose\u0301", "José"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("", ""),
    ],
)
def test_plain_keeps_what_can_be_read(given: str, shown: str) -> None:
    assert plain(given) == shown


def test_a_word_without_end_may_break() -> None:
    assert plain("W" * 100).split("\u200b") == ["W" * 40, "W" * 40, "W" * 20]


def test_the_credit_phrase_is_every_second_part() -> None:
    assert credit_parts("1.00 AMA PRA Category 1 Credit™ and more") == [
        "1.00 ",
        "AMA PRA Category 1 Credit",
        "™ and more",
    ]
    assert credit_parts("no phrase") == ["no phrase"]


def test_a_cut_is_shown() -> None:
    assert shorten("Grand rounds", 6) == "Grand…" and shorten("Grand", 5) == "Grand"


def test_what_no_font_has_is_marked_and_told() -> None:
    assert text(press(PAGE, {"name": "張 Avery"}, DAY)).split() == [MISSING_GLYPH, "Avery", "true"]
    assert text(press(PAGE, {"name": "Avery"}, DAY)).split() == ["Avery", "false"]


def test_without_our_fonts_the_embedded_one_stands_in(tmp_path: Path) -> None:
    assert text(press(PAGE, {"name": "Avery"}, DAY, [tmp_path / "absent"])).split() == ["Avery", "false"]


def test_a_faulty_template_says_so() -> None:
    with pytest.raises(typst.TypstError):
        press(b"#let", {"name": "Avery"}, DAY)


def test_the_house_style_stands_before_a_template(tmp_path: Path) -> None:
    (tmp_path / "page.typ").write_text("= Title", encoding="utf-8")
    source = template(tmp_path / "page.typ").decode()
    assert source.index("gap-mark") < source.index("= Title")
