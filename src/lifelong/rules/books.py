"""Rule books: what each body prescribes, kept as data with its source, its status and its dates.

A book is one TOML file in `books/`; an edition that was replaced moves unchanged to `books/earlier/`, because awards name the
edition that decided them. A number that decides is read through `integer`, `amount`, `text`, `names` or `table`: these refuse an
entry whose status is `unconfirmed`, so that what nobody has read in a source can be shown, but never decides.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeAlias

Value: TypeAlias = "bool | int | Decimal | str | tuple[Value, ...] | Mapping[str, Value]"

FOLDER = Path(__file__).parent / "books"
_BOOK_FIELDS = {"body", "version", "title", "read_on", "usual_effective_from", "entry"}
_ENTRY_FIELDS = {"key", "value", "source", "status", "effective_from", "effective_until", "note"}


class BookError(ValueError):
    """A rule book that cannot be trusted, or a question it cannot answer. Names file, key and reason."""

    def __init__(self, file: str, key: str, reason: str) -> None:
        self.file, self.key, self.reason = file, key, reason
        super().__init__(f"{file}: {key or 'book'}: {reason}")


class Status(StrEnum):
    """`confirmed`: read in the body's own text; `secondary`: read elsewhere; `unconfirmed`: to be checked, never decides."""

    CONFIRMED = "confirmed"
    SECONDARY = "secondary"
    UNCONFIRMED = "unconfirmed"


@dataclass(frozen=True, slots=True)
class Entry:
    """One prescription. `date_stated` is false where the source names no start and the book's usual one stands in."""

    key: str
    value: Value
    source: str
    status: Status
    effective_from: date
    effective_until: date | None = None
    note: str = ""
    date_stated: bool = True

    def in_force(self, on: date) -> bool:
        """Whether the entry applies on that day; `effective_until` is the last day."""
        return self.effective_from <= on and (self.effective_until is None or on <= self.effective_until)


@dataclass(frozen=True, slots=True)
class Book:
    """One edition of one body's book. Lookups without a day give the newest entry of the key."""

    body: str
    version: str
    title: str
    read_on: date
    entries: tuple[Entry, ...]

    @property
    def name(self) -> str:
        return f"{self.body}:{self.version}"

    def __contains__(self, key: object) -> bool:
        return any(entry.key == key for entry in self.entries)

    def under(self, prefix: str) -> tuple[Entry, ...]:
        """All entries whose key starts with `prefix`."""
        return tuple(entry for entry in self.entries if entry.key.startswith(prefix))

    def entry(self, key: str, on: date | None = None) -> Entry:
        """The entry in force on that day (the newest when no day is given), whatever its status. Raises BookError."""
        found = [entry for entry in self.entries if entry.key == key and (on is None or entry.in_force(on))]
        if not found:
            when = f" on {on.isoformat()}" if on else ""
            raise BookError(self.name, key, f"the book has no such entry{when}")
        return max(found, key=lambda entry: entry.effective_from)

    def integer(self, key: str, on: date | None = None) -> int:
        value = self._deciding(key, on)
        if isinstance(value, bool) or not isinstance(value, int):
            raise BookError(self.name, key, "a whole number is expected here")
        return value

    def amount(self, key: str, on: date | None = None) -> Decimal:
        value = self._deciding(key, on)
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise BookError(self.name, key, "a number is expected here")
        return Decimal(value)

    def text(self, key: str, on: date | None = None) -> str:
        value = self._deciding(key, on)
        if not isinstance(value, str):
            raise BookError(self.name, key, "a text is expected here")
        return value

    def names(self, key: str, on: date | None = None) -> tuple[str, ...]:
        value = self._deciding(key, on)
        if not isinstance(value, tuple):
            raise BookError(self.name, key, "a list is expected here")
        return tuple(str(item) for item in value)

    def table(self, key: str, on: date | None = None) -> Mapping[str, Value]:
        value = self._deciding(key, on)
        if not isinstance(value, Mapping):
            raise BookError(self.name, key, "a table is expected here")
        return value

    def _deciding(self, key: str, on: date | None) -> Value:
        entry = self.entry(key, on)
        if entry.status is Status.UNCONFIRMED:
            raise BookError(self.name, key, "this entry is unconfirmed: it may be shown, it may not decide")
        return entry.value


def parse_book(content: str, file: str) -> Book:
    """Read one book from its TOML text; `file` names it in refusals. Raises BookError."""
    try:
        raw = tomllib.loads(content, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise BookError(file, "", f"is not valid TOML ({error})") from error
    _only_known(file, "", raw, _BOOK_FIELDS)
    for field in ("body", "version", "title"):
        if not isinstance(raw.get(field), str) or not raw[field].strip():
            raise BookError(file, field, "must be a text that is not empty")
    usual, read_on = raw.get("usual_effective_from"), raw.get("read_on")
    if type(usual) is not date or type(read_on) is not date:
        raise BookError(file, "read_on, usual_effective_from", "both must be given as days")
    if not isinstance(raw.get("entry"), list) or not raw["entry"]:
        raise BookError(file, "entry", "a book needs at least one entry")
    entries = tuple(_entry(file, row, usual) for row in raw["entry"])
    _refuse_overlaps(file, entries)
    return Book(raw["body"], raw["version"], raw["title"], read_on, entries)


def load_book(body: str, version: str | None = None, folder: Path = FOLDER) -> Book:
    """The current edition of a body's book, or the named one. Raises BookError when there is none."""
    for book in _all_editions(folder):
        if book.body == body and (version is None or book.version == version):
            return book
    known = ", ".join(sorted({book.name for book in _all_editions(folder)}))
    raise BookError(f"{body}:{version or 'current'}", "", f"there is no such book; known are {known}")


def books(folder: Path = FOLDER) -> tuple[Book, ...]:
    """The current edition of every book, ordered by body."""
    return tuple(load_book(body, None, folder) for body in sorted({book.body for book in _all_editions(folder)}))


def book_version(bodies: Iterable[str]) -> str:
    """The editions that decide now, as one short text to store on an award: `accme:2026.1+ama:2026.1`."""
    return "+".join(load_book(body).name for body in sorted(set(bodies)))


@lru_cache(maxsize=8)
def _all_editions(folder: Path) -> tuple[Book, ...]:
    current = [_read(path) for path in sorted(folder.glob("*.toml"))]
    for book in current:
        if not (folder / f"{book.body}.toml").is_file():
            raise BookError(book.name, "body", "the file of a current book is named after its body")
    found = current + [_read(path) for path in sorted((folder / "earlier").glob("*.toml"), reverse=True)]
    seen: set[str] = set()
    for book in found:
        if book.name in seen:
            raise BookError(book.name, "version", "two files carry the same edition")
        seen.add(book.name)
    return tuple(found)


def _read(path: Path) -> Book:
    return parse_book(path.read_text(encoding="utf-8"), path.name)


def _entry(file: str, row: Any, usual: date) -> Entry:
    if not isinstance(row, dict) or not isinstance(row.get("key"), str) or not row["key"].strip():
        raise BookError(file, "entry", "every entry needs a key")
    key: str = row["key"]
    _only_known(file, key, row, _ENTRY_FIELDS)
    if "value" not in row:
        raise BookError(file, key, "has no value")
    source = row.get("source")
    if not isinstance(source, str) or not source.strip():
        raise BookError(file, key, "has no source")
    if row.get("status") not in set(Status):
        raise BookError(file, key, f"status must be one of {', '.join(Status)}, not {row.get('status')!r}")
    begins, ends = row.get("effective_from", usual), row.get("effective_until")
    if type(begins) is not date or (ends is not None and type(ends) is not date):
        raise BookError(file, key, "effective_from and effective_until must be days")
    if ends is not None and ends < begins:
        raise BookError(file, key, "ends before it begins")
    status, note = Status(row["status"]), str(row.get("note", ""))
    return Entry(key, _frozen(file, key, row["value"]), source, status, begins, ends, note, "effective_from" in row)


def _frozen(file: str, key: str, value: Any) -> Value:
    if isinstance(value, dict):
        return MappingProxyType({name: _frozen(file, f"{key}.{name}", item) for name, item in value.items()})
    if isinstance(value, list):
        return tuple(_frozen(file, key, item) for item in value)
    if isinstance(value, Decimal) and not value.is_finite():
        raise BookError(file, key, "is not a finite number")
    if isinstance(value, bool | int | Decimal | str):
        return value
    raise BookError(file, key, f"holds a value of a kind that books do not use ({type(value).__name__})")


def _only_known(file: str, key: str, row: Mapping[str, Any], known: set[str]) -> None:
    unknown = sorted(set(row) - known)
    if unknown:
        raise BookError(file, key or unknown[0], f"unknown field {', '.join(unknown)}")


def _refuse_overlaps(file: str, entries: tuple[Entry, ...]) -> None:
    spans: dict[str, list[Entry]] = {}
    for entry in entries:
        for other in spans.get(entry.key, []):
            if entry.in_force(other.effective_from) or other.in_force(entry.effective_from):
                raise BookError(file, entry.key, "two entries of this key are in force at the same time")
        spans.setdefault(entry.key, []).append(entry)
