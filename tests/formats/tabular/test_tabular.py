"""A table leaves without a live formula, comes back as it was, and a faulty one is refused whole with its rows named."""

from __future__ import annotations

import csv
import io
import time
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifelong.formats.tabular import Limits, guard, lines, read, restore, write

FORMULAS = [
    '=HYPERLINK("https://evil.example","x")',
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "\t",
    "＝1",
    "＋1",
    '"=1',
    ";=1",
    "a;=1",
    "a\n=1",
    "'=1",
    "''=1",
]


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_cell_begins_with_a_formula_and_reading_it_back_restores_it(formula: str) -> None:
    data = write(["note", "n"], [[formula, 1]])
    cell = next(iter(list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))[1:]))[0]
    for piece in cell.replace('"', ";").replace("\t", ";").replace("\r", ";").replace("\n", ";").split(";"):
        assert piece[:1] not in set("=+-@＝＋－＠")
    assert cell[:1] not in set("\t\r\n")
    assert read(data, guarded=True).rows[0].cells["note"] == formula


def test_a_nul_in_front_does_not_hide_a_formula() -> None:
    assert guard("\0=1").startswith("'")
    assert b"\0" not in write(["note"], [["\0=1"]])


@given(st.text(alphabet=st.sampled_from("'=+-@;\"\t\r\nab＝ "), max_size=12))
def test_guarding_loses_nothing(text: str) -> None:
    assert restore(guard(text)) == text


@pytest.mark.parametrize("text", ["Avery Learner", "O'Neil", "a-b", "x=1", "1+1", "mail@example.edu", "", "¿=?"])
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert guard(text) == text


def test_numbers_and_days_stay_numbers_and_days() -> None:
    row = [-2, -1.5, Decimal("-0.25"), date(2026, 11, 22), True, None]
    assert write(list("abcdef"), [row], mark=False) == b"a,b,c,d,e,f\r\n-2,-1.5,-0.25,2026-11-22,true,\r\n"


def test_a_ragged_row_is_never_written() -> None:
    with pytest.raises(ValueError, match="Row 1 has 1 cells"):
        write(["a", "b"], [[1]])


def test_a_streamed_file_is_the_whole_file() -> None:
    rows = [[n, f"name {n}"] for n in range(1203)]
    pieces = list(lines(["n", "name"], rows))
    assert len(pieces) == 3
    assert "".join(pieces).encode() == write(["n", "name"], rows, mark=False)


def test_tabs_separate_when_asked() -> None:
    assert write(["a", "b"], [["x", "y\tz"]], delimiter="\t", mark=False) == b'a\tb\r\nx\t"y\tz"\r\n'


def test_a_good_file_is_read_with_the_row_numbers_of_the_spreadsheet() -> None:
    sheet = read(
        b'\xef\xbb\xbfName , E-Mail\r\n"Learner, Avery", a@example.edu \r\n\r\n"two\r\nlines",b@example.edu\r\n',
        ["e-mail"],
    )
    assert sheet.holds and sheet.columns == ("Name", "e-mail")
    assert [(row.number, dict(row.cells)) for row in sheet.rows] == [
        (2, {"Name": "Learner, Avery", "e-mail": "a@example.edu"}),
        (4, {"Name": "two\r\nlines", "e-mail": "b@example.edu"}),
    ]


FAULTY = [
    ("table.empty", b"", ""),
    ("table.encoding", "name\nÄ".encode("latin-1"), "Row 2"),
    ("table.encoding", "name\nx".encode("utf-16"), "UTF-16"),
    ("table.nul", b"name\nx\ny\x00\n", "Row 3"),
    ("table.header", b"name, NAME\nx,y\n", "2 times"),
    ("table.header", b"name,\nx,y\n", "Column 2"),
    ("table.header", b"other\nx\n", "“name” is missing"),
    ("table.quotes", b'name\n"x\n', "quotes"),
    ("table.quotes", b'name\n"x"y\n', "quotes"),
    ("table.ragged", b"name,b\nx,y\nx\nx,y\n", "Row 3"),
    ("table.columns", b"name" + b"," * 1_000_000 + b"\n", "1,000,001"),
    ("table.rows", b"name\n" + b"x\n" * 60, "50 rows"),
    ("table.cell", b"name\n" + b"x" * 30_000 + b"\n", "row 2"),
    ("table.size", b"x" * 3_000_001, "bytes"),
]


@pytest.mark.parametrize(
    ("rule", "data", "told"), FAULTY, ids=[f"{row[0]}-{index}" for index, row in enumerate(FAULTY)]
)
def test_a_faulty_file_is_refused_whole_and_says_where(rule: str, data: bytes, told: str) -> None:
    sheet = read(data, ["name"], limits=Limits(bytes=3_000_000, rows=50, columns=200))
    assert sheet.rows == () and not sheet.holds
    assert rule in {reason.rule for reason in sheet.reasons}
    assert any(told in reason.sentence and reason.next_step for reason in sheet.reasons)


def test_one_bad_row_of_ten_thousand_refuses_all_and_is_named() -> None:
    rows = [b"a,b"] * 10_000
    rows[5_000] = b"a"
    sheet = read(b"x,y\n" + b"\n".join(rows))
    assert sheet.rows == () and [reason.sentence[:9] for reason in sheet.reasons] == ["Row 5002 "]


def test_a_thousand_rows_are_written_in_a_blink() -> None:
    rows = [["Avery Learner", "avery@example.edu", "physician", "MA", "2026-11-22", 1.25]] * 1000
    started = time.process_time()
    write(list("abcdef"), rows)
    assert time.process_time() - started < 0.05  # J6 allows 8 ms for a thousand; slow machines get room
