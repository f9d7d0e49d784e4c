"""One TOML table under examination: each key is asked for by name and kind, and what nobody asked for is an error."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from datetime import date, time
from typing import Any, TypeVar

from lifelong.formats.profile.records import ProfileError

KEY = re.compile(r"[a-z][a-z0-9_]*")
T = TypeVar("T")


class Table:
    """Reads a table key by key; `done` refuses the keys that were not read. `path` is how a person finds the place."""

    def __init__(self, file: str, path: str, data: dict[str, Any]) -> None:
        self.file, self.path = file, path
        self._data = dict(data)
        self._asked: set[str] = set()

    def error(self, key: str, sentence: str, next_step: str) -> ProfileError:
        return ProfileError(self.file, f"{self.path}.{key}".strip("."), sentence, next_step)

    def _take(self, key: str, kind: type[T], called: str, default: T | None = None) -> T:
        self._asked.add(key)
        if key not in self._data:
            if default is None:
                raise self.error(key, f"{called} is missing.", f"Add {key} here.")
            return default
        value = self._data[key]
        if not isinstance(value, kind) or (kind is not bool and isinstance(value, bool)):
            found = type(value).__name__
            raise self.error(
                key,
                f"{called} is expected here, a value of kind {found} was found.",
                "Write it as in the other profiles.",
            )
        return value

    def text(self, key: str, default: str | None = None) -> str:
        value = " ".join(self._take(key, str, "A text", default).split())
        if not value and default is None:
            raise self.error(key, "The text is empty.", "Write it, or take the entry out.")
        return value

    def texts(self, key: str, *, optional: bool = False) -> tuple[str, ...]:
        found: list[Any] = self._take(key, list, "A list of texts", [] if optional else None)
        if not all(isinstance(item, str) and item.strip() for item in found):
            raise self.error(key, "The list holds something that is not a text.", "Put each entry in quotation marks.")
        return tuple(" ".join(item.split()) for item in found)

    def slug(self, key: str = "key") -> str:
        value = self.text(key)
        if not KEY.fullmatch(value):
            raise self.error(
                key,
                f"{value!r} is not a key.",
                "Use lower-case letters, digits and underscores, beginning with a letter.",
            )
        return value

    def one_of(self, key: str, allowed: Collection[str], default: str | None = None) -> str:
        value = self.text(key, default)
        if value not in allowed:
            raise self.error(key, f"{value!r} is not known here.", f"Choose one of: {', '.join(sorted(allowed))}.")
        return value

    def some_of(self, key: str, allowed: Collection[str], *, optional: bool = False) -> tuple[str, ...]:
        values = self.texts(key, optional=optional)
        for value in values:
            if value not in allowed:
                raise self.error(key, f"{value!r} is not known here.", f"Choose from: {', '.join(sorted(allowed))}.")
        if len(set(values)) < len(values):
            raise self.error(key, "An entry is listed twice.", "Keep it once.")
        return values

    def flag(self, key: str, default: bool | None = None) -> bool:
        return self._take(key, bool, "true or false", default)

    def number(self, key: str) -> float:
        self._asked.add(key)
        value = self._data.get(key)
        if isinstance(value, int) and not isinstance(value, bool):
            return float(value)
        return self._take(key, float, "A number")

    def whole(self, key: str) -> int:
        return self._take(key, int, "A whole number")

    def day(self, key: str) -> date:
        return self._take(key, date, "A date (2026-01-31)")

    def day_if_any(self, key: str) -> date | None:
        self._asked.add(key)
        return self.day(key) if key in self._data else None

    def clock(self, key: str) -> time:
        return self._take(key, time, "A time (09:00:00)")

    def words(self, key: str, allowed: Collection[str]) -> dict[str, str]:
        table = self.table(key)
        return {name: table.text(name) for name in table.one_by_one(allowed)}

    def one_by_one(self, allowed: Collection[str]) -> Iterator[str]:
        for name in self._data:
            if name not in allowed:
                raise self.error(name, "This key is not known here.", f"Choose from: {', '.join(sorted(allowed))}.")
            yield name

    def table(self, key: str) -> Table:
        path = f"{self.path}.{key}".strip(".")
        return Table(self.file, path, self._take(key, dict, "A table"))

    def tables(self, key: str, *, optional: bool = False) -> list[Table]:
        found: list[Any] = self._take(key, list, "A list of tables", [] if optional else None)
        if not all(isinstance(item, dict) for item in found):
            raise self.error(key, "The list holds something that is not a table.", "Write each entry as a table.")
        if not found and not optional:
            raise self.error(key, "The list is empty.", "Add at least one entry.")
        base = f"{self.path}.{key}".strip(".")
        return [Table(self.file, f"{base}[{item.get('key', number)}]", item) for number, item in enumerate(found, 1)]

    def done(self) -> None:
        if unknown := sorted(self._data.keys() - self._asked):
            known = ", ".join(sorted(self._asked))
            raise self.error(unknown[0], "This key is not known here.", f"Take it out, or spell it as one of: {known}.")


def once(rows: list[tuple[Table, T]], key_of: Callable[[T], str]) -> tuple[T, ...]:
    """The records, refusing one whose key came before."""
    seen: set[str] = set()
    for table, record in rows:
        if key_of(record) in seen:
            raise table.error("key", f"{key_of(record)!r} is used twice.", "Give each entry its own key.")
        seen.add(key_of(record))
    return tuple(record for _, record in rows)
