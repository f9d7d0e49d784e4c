"""Data files as tables: ids (CCN, ZIP, NPI …) stay text, numbers become numbers, a stray word is named with its row."""

from __future__ import annotations

import codecs
import csv
import difflib
import gzip
import math
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lifelong.methods.plan import Outcome, Plan, PlanError
from lifelong.methods.spec import Method, Role

TRUTH = {"true": "1", "false": "0"}
NO_TABLES = {  # how files begin that people take for data
    b"\x89PNG": "a picture (PNG)",
    b"\xff\xd8\xff": "a picture (JPEG)",
    b"GIF8": "a picture (GIF)",
    b"%PDF": "a PDF",
    b"PK\x03\x04": "a workbook or another packed file",
    b"\xd0\xcf\x11\xe0": "an old Office file",
}
SUFFIXES = {".csv": ",", ".csv.gz": ",", ".tsv": "\t", ".tsv.gz": "\t"}


def data_path(plan: Plan, root: Path) -> Path:
    """The data file; it must lie below `root`, so that a plan from elsewhere cannot read other files."""
    found = (root / plan.data).resolve()
    if not found.is_relative_to(root.resolve()):
        raise PlanError(
            "data",
            f"{plan.data} lies outside the data folder.",
            "Put the file into the data folder and name it relative to that.",
        )
    if not found.is_file():
        raise PlanError(
            "data", f"There is no file {plan.data} in the data folder.", "Check the name, or state the data folder."
        )
    return found


def read_table(path: Path, plan: Plan) -> Any:
    """Every cell of a text file as text; a parquet file as it is. `PlanError` if the file cannot be read as planned."""
    name = path.name.lower()
    separator = next((sep for suffix, sep in SUFFIXES.items() if name.endswith(suffix)), None)
    if separator is None and not name.endswith(".parquet"):
        raise PlanError("data", f"{path.name} is neither .csv, .tsv (or .gz of these) nor .parquet.", "Save it as CSV.")
    with path.open("rb") as opened:
        begins = opened.read(8)
    if what := next((words for start, words in NO_TABLES.items() if begins.startswith(start)), None):
        raise PlanError(
            "data",
            f"What was given as {path.name} is {what}, not a table.",
            "Save the data as CSV and choose that file.",
        )
    try:
        table = pd.read_parquet(path) if separator is None else _read_text(path, plan.separator or separator, plan)
    except (UnicodeError, LookupError) as error:
        raise PlanError(
            "encoding", f"{path.name} is not {plan.encoding}: {error}.", 'State encoding, for example "cp1252".'
        ) from None
    except (csv.Error, OSError, EOFError, zlib.error, ValueError) as error:
        raise PlanError("data", f"{path.name} cannot be read: {error}.", "Open and save it again as CSV.") from None
    table.columns = [str(column).strip() or f"(column {i})" for i, column in enumerate(table.columns, start=1)]
    doubled = sorted({c for c in table.columns if list(table.columns).count(c) > 1})
    if doubled:
        raise PlanError("data", f"Column {doubled[0]} occurs twice.", "Give each column its own name.")
    return table.reset_index(drop=True)


def _read_text(path: Path, separator: str, plan: Plan) -> Any:
    """Rows of a text file. A row with more or fewer cells than the header is refused: its cells would slip into other columns."""
    utf8 = codecs.lookup(plan.encoding).name == "utf-8"
    encoding = "utf-8-sig" if utf8 else plan.encoding
    opened = gzip.open if path.name.lower().endswith(".gz") else open
    with opened(path, "rt", encoding=encoding, newline="") as text:
        reader = csv.reader(
            _without_comments(text, plan.comment), delimiter=separator, skipinitialspace=True, strict=True
        )
        header = next(reader, None)
        if not header:
            raise PlanError(
                "data", f"{path.name} has no header.", "Write the names of the columns into the first line."
            )
        _check_separator(path, header, separator)
        rows = [_row(row, len(header), number, path) for number, row in enumerate(reader, start=1) if row]
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(header)
    table = pd.DataFrame({i: np.array(column, dtype=object) for i, column in enumerate(columns)})
    table.columns = pd.Index(header)
    return table


def _without_comments(lines: Any, comment: str | None) -> Iterator[str]:
    return (line for line in lines if comment is None or not line.startswith(comment))


def _check_separator(path: Path, header: list[str], separator: str) -> None:
    other = next((sep for sep in ";\t|," if sep != separator and sep in header[0]), None)
    if len(header) == 1 and other is not None:
        raise PlanError(
            "separator",
            f"The header of {path.name} is one column with {other!r} in it: {header[0][:60]!r}.",
            f'Add separator = {other!r} to the plan (and decimal = "," if its numbers have decimal commas).'.replace(
                "'", '"'
            ),
        )


def _row(row: list[str], width: int, number: int, path: Path) -> tuple[str, ...]:
    if len(row) > width and not any(cell.strip() for cell in row[width:]):
        row = row[:width]  # separators at the end of a line, as spreadsheets write them
    if len(row) != width:
        raise PlanError(
            "data",
            f"Data row {number} of {path.name} has {len(row)} cells, the header has {width}.",
            "Correct the row: quote cells that hold the separator, or state separator.",
        )
    return tuple(cell.strip() for cell in row)


def recoded(table: Any, plan: Plan) -> tuple[Any, dict[str, int]]:
    """The table with the plan's words replaced, and how many cells of each column were."""
    counts: dict[str, int] = {}
    table = table.copy()
    for key, words in plan.recode.items():
        names = _expanded((key,), table, f"recode.{key}")
        for name in names:
            _known(name, table, f"recode.{key}")
        cells = {name: [_text(cell) for cell in table[name]] for name in names}
        seen = list(dict.fromkeys(cell for column in cells.values() for cell in column))
        never = [word for word in words if word not in set(seen)]
        if never:
            raise PlanError(
                f"recode.{key}",
                f"No cell of {key} is {' or '.join(repr(word) for word in never[:3])}.",
                f"Its values are: {', '.join(seen[:8])}{' …' if len(seen) > 8 else ''}.",
            )
        for name, column in cells.items():
            counts[name] = sum(cell in words for cell in column)
            table[name] = pd.Series([words.get(cell, cell) for cell in column], index=table.index, dtype=object)
    return table, counts


def select_rows(table: Any, where: Mapping[str, tuple[str, ...]], missing: tuple[str, ...]) -> Any:
    """Rows that pass every filter of the plan, compared as text; the filter "" keeps rows without an answer."""
    for name, values in where.items():
        _known(name, table, f"where.{name}")
        cells = [_text(cell) for cell in table[name]]
        kept = [cell in values or ("" in values and cell in missing) for cell in cells]
        if cells and not any(kept):
            seen = list(dict.fromkeys(cells))
            raise PlanError(
                f"where.{name}",
                f"No row is left: no row has {name} = {' or '.join(values)}.",
                f"Its values are: {', '.join(seen[:8])}{' …' if len(seen) > 8 else ''}.",
            )
        table = table[kept]
    if not len(table):
        raise PlanError("data", "No row is left to analyse: the file has a header only.", "Check the file.")
    return table


def typed(table: Any, outcome: Outcome, method: Method, plan: Plan) -> tuple[Any, Outcome]:
    """The columns that the method uses, as numbers or text; ranges of columns (`Q1..Q9`) written out."""
    columns = dict(outcome.columns)
    found: dict[str, Any] = {}
    for role in method.roles:
        named = columns.get(role.name)
        if named is None or named == ():
            continue
        key = f"columns.{role.name}"
        names = _expanded(named, table, key) if role.many else [named]
        if role.many:
            columns[role.name] = tuple(names)
        for name in _data_columns(names, role):
            _known(name, table, key)
            if name not in found or role.kind == "number":
                found[name] = _column(table[name], name, role, key, plan)
    for name in _margin_columns(outcome):
        _known(name, table, f"options.margins.{name}")
        found[name] = _texts(table[name], plan.missing)
    frame = pd.DataFrame(found, index=table.index).reset_index(drop=True)
    return frame, Outcome(outcome.name, columns, outcome.options, outcome.where)


def _data_columns(names: list[str], role: Role) -> list[str]:
    if role.name != "predictors":
        return names
    return list(dict.fromkeys(part for name in names for part in name.split(":")))


def _margin_columns(outcome: Outcome) -> list[str]:
    margins = outcome.options.get("margins") or {}
    for name, levels in margins.items():
        if not isinstance(levels, dict) or not levels or not all(_is_head_count(v) for v in levels.values()):
            raise PlanError(
                f"options.margins.{name}",
                "A margin lists its levels with their counts of people, zero or more and not all zero.",
                "Write stype = { E = 4421, H = 755 }.",
            )
    return list(margins)


def _is_head_count(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) and value >= 0


def _expanded(names: tuple[str, ...], table: Any, key: str) -> list[str]:
    header, out = list(table.columns), []
    for name in names:
        first, dots, last = name.partition("..")
        if not dots or name in header:
            out.append(name)
            continue
        for end in (first, last):
            _known(end, table, key)
        low, high = header.index(first), header.index(last)
        if low > high:
            raise PlanError(
                key, f"{last} comes before {first} in the file.", "Write the range in the order of the file."
            )
        out += header[low : high + 1]
    doubled = sorted({name for name in out if out.count(name) > 1})
    if doubled:
        raise PlanError(key, f"Column {doubled[0]} is named twice.", "Name each column once.")
    return out


def _known(name: str, table: Any, key: str) -> None:
    if name not in table.columns:
        close = difflib.get_close_matches(name, list(table.columns), n=1)
        advice = f"Did you mean {close[0]!r}?" if close else f"It has: {', '.join(list(table.columns)[:12])}."
        raise PlanError(key, f"The data have no column {name!r}.", advice)


def _text(cell: Any) -> str:
    if cell is None or cell != cell:
        return ""
    if isinstance(cell, (bool, np.bool_)):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return cell.isoformat()[:10] if hasattr(cell, "isoformat") else str(cell).strip()


def _texts(values: Any, missing: tuple[str, ...]) -> Any:
    words = [_text(cell) for cell in values]
    return pd.Series(
        [None if not word or word in missing else word for word in words], index=values.index, dtype=object
    )


def _column(values: Any, name: str, role: Role, key: str, plan: Plan) -> Any:
    words = _texts(values.astype(int) if values.dtype == bool and role.kind != "text" else values, plan.missing)
    if role.kind == "text":
        return words
    filled = [word for word in words if word is not None]
    if role.kind == "number" and filled and {word.casefold() for word in filled} <= TRUTH.keys():
        words = words.map(lambda word: word if word is None else TRUTH[word.casefold()])
    if role.kind == "any" and _looks_like_ids(filled):
        return words
    numbers = pd.to_numeric(_with_points(words, plan.decimal), errors="coerce").astype(float)
    bad = [
        i
        for i, (word, number) in enumerate(zip(words, numbers, strict=True))
        if word is not None and (number != number or np.isinf(number))
    ]
    if not bad:
        return numbers.mask(numbers.isin(_missing_numbers(plan.missing)))
    if role.kind == "any":
        return words
    word, row = words.iloc[bad[0]], words.index[bad[0]] + 1
    comma = plan.decimal == "." and "," in word and word.replace(",", "", 1).replace("-", "", 1).isdigit()
    raise PlanError(
        key,
        f"Column {name} holds {word!r} in data row {row} ({len(bad)} such cells): not a number.",
        'Add decimal = "," to the plan if these are decimal commas.'
        if comma
        else "Correct the cells, add the word to the key missing if it means no answer, or turn words into numbers by recode.",
    )


def _missing_numbers(missing: tuple[str, ...]) -> list[float]:
    """The numbers among the words for no answer: -9 also means -9.0."""
    return [float(word) for word in missing if word.lstrip("-").replace(".", "", 1).isdigit()]


def _with_points(words: Any, decimal: str) -> Any:
    """Numbers with decimal points; where the decimal is a comma, a point is no part of a number."""
    if decimal == ".":
        return words
    return words.map(lambda word: word if word is None else word.replace(".", "?").replace(",", "."))


def _looks_like_ids(words: list[str]) -> bool:
    """Digits with leading zeros are codes (ZIP, CCN), not quantities."""
    return any(len(word) > 1 and word.isdigit() and word[0] == "0" for word in words)
