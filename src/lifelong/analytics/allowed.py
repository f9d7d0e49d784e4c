"""The allow-list of `columns.toml`: what may leave the database for analysis, and in which form."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from lifelong.rules.verdict import Reason

FILE = Path(__file__).parent / "columns.toml"
CLASSES = ("free", "pseudonymous")
TYPES = ("whole", "number", "amount", "text", "day", "moment", "flag")


class SnapshotError(ValueError):
    """A snapshot that must not, or cannot, be taken. `reason` is the refusal as every screen shows it."""

    def __init__(self, what: str, next_step: str, field: str = "") -> None:
        self.reason = Reason("analytics.snapshot", what, next_step, field)
        super().__init__(f"{what} {next_step}")


@dataclass(frozen=True, slots=True)
class Column:
    """A column that may leave: `name` in the database, `called` in the snapshot; `of` is what a pseudonym stands for.

    `counted_by`: a value that too few of these share leaves empty.
    """

    name: str
    called: str
    kind: str
    of: str = ""
    counted_by: str = ""

    @property
    def is_pseudonymous(self) -> bool:
        return bool(self.of)


@dataclass(frozen=True, slots=True)
class Table:
    """A table that may leave, with the columns of it that may."""

    name: str
    source: str
    columns: tuple[Column, ...]

    def only(self, names: Sequence[str]) -> Table:
        """The same table with fewer columns. Raises SnapshotError for a column that is not on the list."""
        known = {column.name: column for column in self.columns}
        for name in names:
            if name not in known:
                raise SnapshotError(
                    f"Column {name} of {self.name} is not on the list of what may leave.",
                    "Leave it out, or have it classed in columns.toml by whoever answers for privacy.",
                    f"{self.name}.{name}",
                )
        return Table(self.name, self.source, tuple(known[name] for name in names))


@lru_cache(maxsize=2)
def allowed(file: Path = FILE) -> Mapping[str, Table]:
    """The tables of the list by name. Raises SnapshotError that names the entry that is wrong."""
    with file.open("rb") as opened:
        raw = tomllib.load(opened)
    return {name: _table(name, entry) for name, entry in raw.items()}


def choose(chosen: Mapping[str, Sequence[str]] | None) -> tuple[Table, ...]:
    """The tables to take: all of the list, or the chosen columns of some. Raises SnapshotError for anything not listed."""
    tables = allowed()
    if chosen is None:
        return tuple(tables.values())
    for name in chosen:
        if name not in tables:
            raise SnapshotError(
                f"Table {name} is not on the list of what may leave.", f"Choose from {', '.join(tables)}.", name
            )
    return tuple(tables[name].only(columns) for name, columns in chosen.items())


def _table(name: str, entry: Mapping[str, Any]) -> Table:
    columns = tuple(_column(name, one) for one in entry["columns"])
    if len({column.called for column in columns}) != len(columns):
        raise SnapshotError(f"Two columns of {name} have one name.", "Mend columns.toml.", name)
    return Table(name, entry["source"], columns)


def _column(table: str, entry: Mapping[str, str]) -> Column:
    where = f"{table}.{entry.get('name', '?')}"
    if set(entry) - {"name", "class", "of", "type", "as", "counted_by"} or not {"name", "class", "type"} <= set(entry):
        raise SnapshotError(
            f"{where} has fields that are unknown or missing.",
            "Give name, class and type; as, of and counted_by where needed.",
            where,
        )
    if entry["class"] not in CLASSES or entry["type"] not in TYPES:
        raise SnapshotError(
            f"{where} has an unknown class or type.",
            f"Classes: {', '.join(CLASSES)}; types: {', '.join(TYPES)}.",
            where,
        )
    if (entry["class"] == "pseudonymous") != ("of" in entry):
        raise SnapshotError(
            f"{where} must name what its pseudonym stands for, and only then.", "Add or remove `of`.", where
        )
    called = entry.get("as", entry["name"])
    return Column(entry["name"], called, entry["type"], entry.get("of", ""), entry.get("counted_by", ""))
