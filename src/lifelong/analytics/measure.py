"""Measures: one SQL file each, which says in its head what it asks, in which unit, and what it does not say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import sqlglot
from sqlglot import exp

from lifelong.rules.verdict import Reason

FOLDER = Path(__file__).parent / "measures"
_HEAD = ("name", "question", "unit", "caveat", "columns")
_MAY = ("counts", "parts")
_LINE = re.compile(r"--\s*(\w+):\s*(.*\S)\s*$")


class MeasureError(ValueError):
    """A measure, or the data under it, that cannot be used. `reason` is the refusal as every screen shows it."""

    def __init__(self, file: str, what: str, next_step: str) -> None:
        self.reason = Reason("analytics.measure", f"{file}: {what}.", next_step, file)
        super().__init__(f"{file}: {what}. {next_step}")


@dataclass(frozen=True, slots=True)
class MeasureFile:
    """A named question. `columns` are those of its answer; `sql` is one SELECT in the dialect of DuckDB.

    `counts`: the columns that count people or what they did, behind the columns that name the line; `parts`: columns that together
    make up the first of these. Small ones among them are hidden where one program's people are asked about.
    """

    name: str
    question: str
    unit: str
    caveat: str
    columns: tuple[str, ...]
    sql: str
    file: str
    counts: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()


def read(path: Path) -> MeasureFile:
    """The measure in a file. Raises MeasureError that says what is missing or not allowed."""
    return parse(path.read_text(encoding="utf-8"), path.name)


def parse(text: str, file: str) -> MeasureFile:
    head: dict[str, str] = {}
    for line in text.splitlines():
        if not line.startswith("--"):
            break
        found = _LINE.match(line)
        if found and found[1] in _HEAD + _MAY and found[1] not in head:
            head[found[1]] = found[2]
    missing = [key for key in _HEAD if key not in head]
    if missing:
        raise MeasureError(
            file, f"its head lacks {', '.join(missing)}", f"Begin the file with lines `-- {missing[0]}: ...`."
        )
    if not re.fullmatch(r"[a-z][a-z0-9_]*", head["name"]):
        raise MeasureError(file, f"{head['name']!r} is no name", "Use small letters, digits and underscores.")
    _one_select(text, file)
    sql = text.strip().removesuffix(";")
    columns, counts, parts = (tuple(head.get(key, "").split()) for key in ("columns", "counts", "parts"))
    if unknown := {*counts, *parts} - {*columns}:
        raise MeasureError(
            file, f"its head counts {', '.join(sorted(unknown))}, which no column is", "Name columns of the answer."
        )
    return MeasureFile(head["name"], head["question"], head["unit"], head["caveat"], columns, sql, file, counts, parts)


def _one_select(text: str, file: str) -> None:
    try:
        statements = [s for s in sqlglot.parse(text, read="duckdb") if s is not None]
    except sqlglot.errors.ParseError as problem:
        raise MeasureError(
            file, f"its SQL cannot be read: {str(problem).splitlines()[0]}", "Mend the statement."
        ) from problem
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise MeasureError(
            file, "it must be exactly one SELECT", "Keep one question a file; a measure changes nothing."
        )
    reads = {
        t.sql("duckdb")
        for t in statements[0].find_all(exp.Table)
        if not re.fullmatch(r"[a-z_]+", t.sql("duckdb").split(" ")[0])
    }
    if reads:
        raise MeasureError(
            file, f"it reads {', '.join(sorted(reads))} itself", "Name the table; the engine knows where it lies."
        )


@lru_cache(maxsize=4)
def all_measures(folder: Path = FOLDER) -> dict[str, MeasureFile]:
    """Every measure of a folder by name, in the order of the file names. Two of one name are refused."""
    found: dict[str, MeasureFile] = {}
    for path in sorted(folder.glob("*.sql")):
        one = read(path)
        if one.name in found:
            raise MeasureError(
                one.file, f"{found[one.name].file} is called {one.name} too", "Give each measure its own name."
            )
        found[one.name] = one
    return found
