"""Rows into CSV or TSV (RFC 4180, UTF-8), one at a time, so that memory stays flat."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal

Cell = str | int | float | Decimal | bool | date | datetime | time | None

BYTE_ORDER_MARK = "\ufeff"

# A formula may start a cell, or follow what another program takes for a border of cells (a semicolon, a tab, a line end, a
# quote). The full-width forms are formulas to some spreadsheets too. A tab or line end in front would hide the formula.
_FORMULA = "=+\\-@＝＋－＠"
# What an ordinary text lacks: one look spares the rest for nearly every cell.
_SUSPECT = re.compile(f"[;\t\r\n\"\0]|^['{_FORMULA}\ufffd]")
_BORDER = re.compile(f"([;\t\r\n\"])(?='*[{_FORMULA}])")
_GUARDED_BORDER = re.compile(f"([;\t\r\n\"])'(?='*[{_FORMULA}])")
_START = re.compile(f"'*[{_FORMULA}\t\r\n\ufffd]")


def write(header: Sequence[str], rows: Iterable[Sequence[Cell]], delimiter: str = ",", mark: bool = True) -> bytes:
    """A whole file. `mark` puts a byte order mark first, without which Excel misreads accents. Raises ValueError on a ragged row."""
    text = "".join(lines(header, rows, delimiter))
    return ((BYTE_ORDER_MARK if mark else "") + text).encode()


def lines(
    header: Sequence[str], rows: Iterable[Sequence[Cell]], delimiter: str = ",", block: int = 500
) -> Iterator[str]:
    """The same file in pieces of `block` rows, for a streamed answer; without byte order mark."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=delimiter, quoting=csv.QUOTE_MINIMAL, lineterminator="\r\n")
    writer.writerow([guard(name) for name in header])
    width = len(header)
    for number, row in enumerate(rows, 1):
        if len(row) != width:
            raise ValueError(f"Row {number} has {len(row)} cells, the header has {width}.")
        writer.writerow([_cell(value) for value in row])
        if number % block == 0:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def guard(text: str) -> str:
    """`text` as it may safely stand in a cell. NUL, which no file and no database keeps, becomes U+FFFD."""
    if _SUSPECT.search(text) is None:
        return text
    bordered = _BORDER.sub(r"\1'", text.replace("\0", "\ufffd"))
    return f"'{bordered}" if _START.match(bordered) else bordered


def restore(text: str) -> str:
    """The text that `guard` was given."""
    bordered = text[1:] if text.startswith("'") and _START.match(text) else text
    return _GUARDED_BORDER.sub(r"\1", bordered)


def _cell(value: Cell) -> str:
    """Numbers and dates stand as they are, also below zero; texts are guarded."""
    if isinstance(value, str):
        return guard(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)
