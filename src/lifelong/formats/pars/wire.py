"""Reading JSON that others wrote, place by place, so that a refusal can say where; and writing small values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from lifelong.formats.pars.vocabulary import DIALECT, Dialect
from lifelong.rules.verdict import Reason

Choice = TypeVar("Choice", bound=StrEnum)

MAX_BYTES = 64 * 1024 * 1024


class Unreadable(ValueError):
    """A document that cannot be read; `reason` says where and what to do."""

    def __init__(self, sentence: str, field: str = "", rule: str = "pars.unreadable") -> None:
        super().__init__(sentence)
        self.reason = Reason(rule, sentence, "Send the document again in the published form.", field)


@dataclass(frozen=True, slots=True)
class Node:
    """A JSON object at a named place. What is absent reads as empty; what has the wrong type raises `Unreadable`."""

    value: Mapping[str, Any]
    at: str = ""
    present: bool = True

    def has(self, key: str) -> bool:
        return self.value.get(key) is not None

    def node(self, key: str) -> Node:
        found = self.value.get(key)
        if found is None:
            return Node({}, self._at(key), present=False)
        if not isinstance(found, dict):
            raise Unreadable(f"{self._at(key)} must be an object.", self._at(key))
        return Node(found, self._at(key))

    def nodes(self, key: str) -> tuple[Node, ...]:
        return tuple(self._item(item, f"{self._at(key)}[{index}]") for index, item in enumerate(self._list(key)))

    def text(self, key: str) -> str:
        found = self.value.get(key)
        if found is None:
            return ""
        if not isinstance(found, str):
            raise Unreadable(f"{self._at(key)} must be a text.", self._at(key))
        return found

    def texts(self, key: str) -> tuple[str, ...]:
        found = self._list(key)
        if not all(isinstance(item, str) for item in found):
            raise Unreadable(f"{self._at(key)} must be a list of texts.", self._at(key))
        return tuple(found)

    def flag(self, key: str) -> bool | None:
        found = self.value.get(key)
        if found is not None and not isinstance(found, bool):
            raise Unreadable(f"{self._at(key)} must be true or false.", self._at(key))
        return found

    def amount(self, key: str) -> Decimal | None:
        found = self.value.get(key)
        if found is None:
            return None
        if isinstance(found, bool) or not isinstance(found, int | Decimal):
            raise Unreadable(f"{self._at(key)} must be a number.", self._at(key))
        return Decimal(found)

    def whole(self, key: str) -> int:
        found = self.value.get(key)
        if isinstance(found, bool) or not isinstance(found, int):
            raise Unreadable(f"{self._at(key)} must be a whole number.", self._at(key))
        return found

    def day(self, key: str) -> date | None:
        text = self.text(key)
        try:
            return date.fromisoformat(text) if text else None
        except ValueError as error:
            raise Unreadable(f"{self._at(key)} must be a day such as 2026-03-12.", self._at(key)) from error

    def midnight(self, key: str) -> date | None:
        """The day of a date-time, which must stand at midnight: a time of day can move the date (PARS-14)."""
        text = self.text(key)
        if text and not text.endswith(DIALECT.time_of_day):
            raise Unreadable(f"{self._at(key)} must end in {DIALECT.time_of_day}.", self._at(key), "PARS-14")
        try:
            return date.fromisoformat(text.removesuffix(DIALECT.time_of_day)) if text else None
        except ValueError as error:
            raise Unreadable(f"{self._at(key)} must be a day such as 2026-03-12T00:00:00.", self._at(key)) from error

    def choice(self, key: str, of: type[Choice]) -> Choice:
        try:
            return of(self.text(key))
        except ValueError as error:
            allowed = ", ".join(of)
            raise Unreadable(f"{self._at(key)} must be one of: {allowed}.", self._at(key)) from error

    def _list(self, key: str) -> list[Any]:
        found = self.value.get(key, [])
        if not isinstance(found, list):
            raise Unreadable(f"{self._at(key)} must be a list.", self._at(key))
        return found

    def _item(self, item: Any, at: str) -> Node:
        if not isinstance(item, dict):
            raise Unreadable(f"{at} must be an object.", at)
        return Node(item, at)

    def _at(self, key: str) -> str:
        return f"{self.at}.{key}" if self.at else key


def load(data: bytes) -> Node:
    """A JSON object from bytes. Raises `Unreadable` for anything else, and for more than 64 MiB."""
    if len(data) > MAX_BYTES:
        raise Unreadable("The document is larger than 64 MiB.")
    try:
        found = json.loads(data, parse_float=Decimal, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Unreadable("The document is not JSON in UTF-8.") from error
    if not isinstance(found, dict):
        raise Unreadable("The document is not a JSON object.")
    return Node(found)


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is no JSON number")


def compact(members: Mapping[str, Any]) -> dict[str, Any]:
    """The members that say something: neither None nor an empty text, list or object."""
    return {key: value for key, value in members.items() if value is not None and value not in ("", [], {})}


def day(value: date | None) -> str | None:
    return value.isoformat() if value else None


def midnight(value: date | None, dialect: Dialect) -> str | None:
    return value.isoformat() + dialect.time_of_day if value else None


def number(value: Decimal | None) -> int | float | None:
    """A JSON number: whole where it is whole, so 2.00 is written 2."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)
