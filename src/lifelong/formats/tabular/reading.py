"""CSV or TSV from strangers: all of it is read, or none; every fault names its row."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from lifelong.formats.tabular.writing import restore
from lifelong.rules.verdict import Reason


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may hold. `faults` bounds the report, not the refusal: a file with any fault is refused."""

    bytes: int = 20_000_000
    rows: int = 200_000
    columns: int = 200
    characters: int = 20_000
    faults: int = 200


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its `number` as a spreadsheet counts (the header is 1), and its cells by column name, trimmed."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What was read. With `reasons` the file is refused and `rows` is empty: a part of a file is never taken."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    reasons: tuple[Reason, ...] = ()

    @property
    def holds(self) -> bool:
        return not self.reasons


def read(
    data: bytes, required: Sequence[str] = (), delimiter: str = ",", limits: Limits | None = None, guarded: bool = False
) -> Sheet:
    """Read UTF-8 with a header row, with or without byte order mark. Never raises on content; faults are `reasons`.

    `required` names columns that must be there, compared without regard to case and space; other columns are kept.
    `guarded` undoes the apostrophes of our own exports.
    """
    bounds = limits or Limits()
    text = _decoded(data, bounds)
    if isinstance(text, Reason):
        return _refused(text)
    try:
        found = list(_parsed(text, delimiter, bounds))
    except _TooMuch as much:
        return _refused(much.reason)
    except csv.Error as error:
        return _refused(
            _reason("quotes", f"The quotes in the file do not match ({error}).", "Save the file again as CSV.")
        )
    if not found:
        return _refused(_reason("empty", "The file is empty.", "Choose a file with a header row."))
    (_, header), *body = found
    columns = tuple(name.strip() for name in header)
    faults = [*_header_faults(columns, required), *_row_faults(body, len(columns), bounds)]
    if faults:
        return Sheet(columns, (), tuple(faults[: bounds.faults]))
    canonical = _canonical(columns, required)
    clean = restore if guarded else str.strip
    return Sheet(
        canonical,
        tuple(
            Row(number, MappingProxyType(dict(zip(canonical, map(clean, cells), strict=True))))
            for number, cells in body
        ),
    )


class _TooMuch(Exception):
    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.sentence)
        self.reason = reason


def _decoded(data: bytes, bounds: Limits) -> str | Reason:
    if len(data) > bounds.bytes:
        sentence = f"The file has {len(data):,} bytes; at most {bounds.bytes:,} are taken."
        return _reason("size", sentence, "Split the file into smaller ones.")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _reason("encoding", "The file is in UTF-16.", "Save it as “CSV UTF-8”.")
    if b"\0" in data:
        row = data[: data.index(b"\0")].count(b"\n") + 1
        return _reason("nul", f"Row {row} contains a NUL byte; this is not a text file.", "Save the table as CSV.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = data[: error.start].count(b"\n") + 1
        sentence = f"Row {row} contains a character that is not UTF-8."
        return _reason("encoding", sentence, "Save the file as “CSV UTF-8”.")


def _parsed(text: str, delimiter: str, bounds: Limits) -> list[tuple[int, list[str]]]:
    """Rows that are not blank, numbered as a spreadsheet numbers them."""
    found: list[tuple[int, list[str]]] = []
    for number, cells in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), 1):
        if len(cells) > bounds.columns:
            sentence = f"Row {number} has {len(cells):,} columns; at most {bounds.columns} are taken."
            raise _TooMuch(_reason("columns", sentence, "Keep only the columns that are asked for."))
        if not any(cell.strip() for cell in cells):
            continue
        if len(found) > bounds.rows:
            sentence = f"The file has more than {bounds.rows:,} rows."
            raise _TooMuch(_reason("rows", sentence, "Split the file into smaller ones."))
        found.append((number, cells))
    return found


def _header_faults(columns: tuple[str, ...], required: Sequence[str]) -> list[Reason]:
    names = Counter(_key(name) for name in columns)
    faults = [
        _reason("header", f"The column “{name}” stands {times} times in the header.", "Keep one of them.", name)
        for name, times in names.items()
        if times > 1 and name
    ]
    faults += [
        _reason("header", f"Column {number} has no name.", "Name it in the first row, or delete it.")
        for number, name in enumerate(columns, 1)
        if not name
    ]
    faults += [
        _reason("header", f"The column “{name}” is missing.", f"Add a column with the header “{name}”.", name)
        for name in required
        if _key(name) not in names
    ]
    return faults


def _row_faults(body: list[tuple[int, list[str]]], width: int, bounds: Limits) -> list[Reason]:
    faults = []
    for number, cells in body:
        if len(cells) != width:
            sentence = f"Row {number} has {len(cells)} cells; the header has {width}."
            faults.append(_reason("ragged", sentence, "Check the commas and quotes of this row."))
        longest = max(map(len, cells))
        if longest > bounds.characters:
            sentence = f"A cell in row {number} has {longest:,} characters; at most {bounds.characters:,} are taken."
            faults.append(_reason("cell", sentence, "Shorten this cell."))
    return faults


def _canonical(columns: tuple[str, ...], required: Sequence[str]) -> tuple[str, ...]:
    """The columns under the names that were asked for, where they differ only in case or space."""
    asked = {_key(name): name for name in required}
    return tuple(asked.get(_key(name), name) for name in columns)


def _key(name: str) -> str:
    return " ".join(name.casefold().split())


def _refused(reason: Reason) -> Sheet:
    return Sheet((), (), (reason,))


def _reason(code: str, sentence: str, next_step: str, field: str = "file") -> Reason:
    return Reason(f"table.{code}", sentence, next_step, field)
