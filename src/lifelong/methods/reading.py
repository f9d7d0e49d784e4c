"""Data files as tables: ids (CCN, ZIP, NPI …) stay text, numbers become numbers, a stray word is named with its row."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from lifelong.methods.plan import Outcome, Plan, PlanError
from lifelong.methods.spec import Method, Role

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
    """Every cell of a text file as text, missing values as None. `PlanError` if the file cannot be read as planned."""
    name = path.name.lower()
    separator = next((sep for suffix, sep in SUFFIXES.items() if name.endswith(suffix)), None)
    if separator is None and not name.endswith(".parquet"):
        raise PlanError("data", f"{path.name} is neither .csv, .tsv (or .gz of these) nor .parquet.", "Save it as CSV.")
    try:
        if separator is None:
            table = pd.read_parquet(path)
        else:
            table = pd.read_csv(
                path,
                sep=separator,
                dtype=str,
                keep_default_na=False,
                na_values=list(plan.missing),
                encoding="utf-8-sig" if plan.encoding.lower().replace("-", "") == "utf8" else plan.encoding,
                comment=plan.comment,
                skipinitialspace=True,
            )
    except (UnicodeDecodeError, LookupError) as error:
        raise PlanError(
            "encoding", f"{path.name} is not {plan.encoding}: {error}.", 'State encoding, for example "cp1252".'
        ) from None
    except (pd.errors.ParserError, pd.errors.EmptyDataError, OSError, ValueError) as error:
        raise PlanError("data", f"{path.name} cannot be read: {error}.", "Open and save it again as CSV.") from None
    table.columns = [str(column).strip() for column in table.columns]
    doubled = sorted({c for c in table.columns if list(table.columns).count(c) > 1})
    if doubled:
        raise PlanError("data", f"Column {doubled[0]} occurs twice.", "Give each column its own name.")
    return table


def select_rows(table: Any, where: Mapping[str, tuple[str, ...]]) -> Any:
    """Rows that pass every filter of the plan, compared as text."""
    for name, values in where.items():
        _known(name, table, f"where.{name}")
        table = table[[_text(cell) in values for cell in table[name]]]
    if not len(table):
        raise PlanError(
            "where" if where else "data", "No row is left to analyse.", "Check the filters against the data."
        )
    return table


def typed(table: Any, outcome: Outcome, method: Method) -> tuple[Any, Outcome]:
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
                found[name] = _column(table[name], name, role, key)
    for name in _margin_columns(outcome):
        _known(name, table, f"options.margins.{name}")
        found[name] = _texts(table[name])
    frame = pd.DataFrame(found, index=table.index).reset_index(drop=True)
    return frame, Outcome(outcome.name, columns, outcome.options, outcome.where)


def _data_columns(names: list[str], role: Role) -> list[str]:
    if role.name != "predictors":
        return names
    return list(dict.fromkeys(part for name in names for part in name.split(":")))


def _margin_columns(outcome: Outcome) -> list[str]:
    margins = outcome.options.get("margins") or {}
    for name, levels in margins.items():
        if not isinstance(levels, dict) or not all(isinstance(v, (int, float)) for v in levels.values()):
            raise PlanError(
                f"options.margins.{name}",
                "A margin lists its levels with their counts.",
                "Write stype = { E = 4421, H = 755 }.",
            )
    return list(margins)


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
    return out


def _known(name: str, table: Any, key: str) -> None:
    if name not in table.columns:
        close = difflib.get_close_matches(name, list(table.columns), n=1)
        advice = f"Did you mean {close[0]!r}?" if close else f"It has: {', '.join(list(table.columns)[:12])}."
        raise PlanError(key, f"The data have no column {name!r}.", advice)


def _text(cell: Any) -> str:
    if cell is None or cell != cell:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return cell.isoformat()[:10] if hasattr(cell, "isoformat") else str(cell).strip()


def _texts(values: Any) -> Any:
    return pd.Series([_text(cell) or None for cell in values], index=values.index, dtype=object)


def _column(values: Any, name: str, role: Role, key: str) -> Any:
    if role.kind == "text":
        return _texts(values)
    words = _texts(values)
    filled = [word for word in words if word is not None]
    if role.kind == "any" and _looks_like_ids(filled):
        return words
    numbers = pd.to_numeric(words, errors="coerce")
    bad = [
        i
        for i, (word, number) in enumerate(zip(words, numbers, strict=True))
        if word is not None and (number != number or np.isinf(number))
    ]
    if not bad:
        return numbers.astype(float)
    if role.kind == "any":
        return words
    raise PlanError(
        key,
        f"Column {name} holds {words.iloc[bad[0]]!r} in data row {bad[0] + 1} ({len(bad)} such cells): not a number.",
        "Correct the cells, or add the word to the key missing if it means no answer.",
    )


def _looks_like_ids(words: list[str]) -> bool:
    """Digits with leading zeros are codes (ZIP, CCN), not quantities."""
    return any(len(word) > 1 and word.isdigit() and word[0] == "0" for word in words)
