"""The code lists of PARS and JA-PARS, read from `vocabulary.toml` with their source and how sure they are."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

_BOOK: dict[str, dict[str, Any]] = tomllib.loads(
    Path(__file__).with_name("vocabulary.toml").read_text(encoding="utf-8")
)


@dataclass(frozen=True, slots=True)
class CodeList:
    """Allowed `values`, their `source`, and `status`: confirmed, draft or unconfirmed (then nobody is refused for it)."""

    name: str
    values: tuple[str, ...]
    source: str
    status: str

    def __contains__(self, value: object) -> bool:
        return value in self.values

    @property
    def unconfirmed(self) -> bool:
        return self.status == "unconfirmed"


@dataclass(frozen=True, slots=True)
class Dialect:
    """Spellings that ACCME's drafts leave open; all unconfirmed."""

    participation_key: str
    apostrophe: str
    wrapper_namespace: str
    extension_namespace: str
    birth_year: int
    time_of_day: str


def code_list(name: str) -> CodeList:
    """The list called `name` in `vocabulary.toml`. Raises KeyError if there is none."""
    entry = _BOOK[name]
    return CodeList(name, tuple(entry["values"]), entry["source"], entry["status"])


def code_lists() -> tuple[CodeList, ...]:
    """Every list, for a page that shows what we know and how well."""
    return tuple(code_list(name) for name, entry in _BOOK.items() if "values" in entry)


def _some(name: str, key: str) -> frozenset[str]:
    return frozenset(_BOOK[name][key])


ENDURING = _some("formats", "enduring")
PER_SESSION = _some("formats", "per_session")
JOURNAL = _some("formats", "journal")
WITH_DELIVERY = _some("formats", "with_delivery")
PHYSICIANS = _some("count_categories", "physicians")
ONE_A_DAY = _some("boards", "one_a_day")
OUTCOME_KINDS = _some("outcomes", "kinds")
IN_PERSON: str = _BOOK["delivery_methods"]["in_person"]
REMS_SUPPORTER: str = _BOOK["rems"]["supporter"]
STATES = MappingProxyType({code: name for code, name in _BOOK["states"].items() if len(code) == 2})
BOARD_CREDIT_TYPES = MappingProxyType(
    {board: tuple(types) for board, types in _BOOK["board_credit_types"].items() if isinstance(types, list)}
)
DIALECT = Dialect(**{key: value for key, value in _BOOK["dialect"].items() if key not in {"status", "source"}})
