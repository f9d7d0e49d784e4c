"""How a method declares its columns and options once, so that checking, running and the reference page agree."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any

from lifelong.methods.result import MethodResult


@dataclass(frozen=True, slots=True)
class Role:
    """A column the method needs: `kind` is `number` or `text`; `many` takes a list of columns."""

    name: str
    doc: str
    kind: str
    many: bool
    optional: bool


@dataclass(frozen=True, slots=True)
class Option:
    """A choice of the method. `kind`: text, number, integer, flag, texts, numbers, table or moment (number or ISO date)."""

    name: str
    doc: str
    kind: str
    default: Any
    required: bool
    choices: tuple[str, ...]
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Method:
    """A registered method: its declaration (`spec`), the function that runs it, and the estimates it can return."""

    name: str
    family: str
    spec: type[Any]
    run: Callable[[Any, Any, Collection[str]], MethodResult]
    yields: Mapping[str, str]
    refusals: tuple[str, ...] = ()

    @property
    def roles(self) -> tuple[Role, ...]:
        return tuple(
            Role(f.name, f.metadata["doc"], f.metadata["kind"], f.metadata["many"], f.metadata["optional"])
            for f in fields(self.spec)
            if f.metadata.get("is") == "column"
        )

    @property
    def options(self) -> tuple[Option, ...]:
        return tuple(
            Option(
                f.name,
                f.metadata["doc"],
                f.metadata["kind"],
                None if f.default is MISSING else f.default,
                f.default is MISSING,
                f.metadata["choices"],
                f.metadata["low"],
                f.metadata["high"],
            )
            for f in fields(self.spec)
            if f.metadata.get("is") == "option"
        )

    def can_yield(self, name: str) -> bool:
        """Whether an estimate may carry this name; a name ending in `*` in `yields` stands for any ending."""
        return any(name == known or (known.endswith("*") and name.startswith(known[:-1])) for known in self.yields)


def column(doc: str, *, kind: str = "number", many: bool = False, optional: bool = False) -> Any:
    """A dataclass field that names a column of the data (or several, with `many`)."""
    metadata = {"is": "column", "doc": doc, "kind": kind, "many": many, "optional": optional}
    empty: Any = () if many else None
    return field(default=empty, metadata=metadata) if optional else field(metadata=metadata)


def option(
    doc: str,
    default: Any = MISSING,
    *,
    kind: str = "text",
    choices: tuple[str, ...] = (),
    low: float | None = None,
    high: float | None = None,
) -> Any:
    """A dataclass field that holds a choice; without `default` the plan must state it."""
    metadata = {"is": "option", "doc": doc, "kind": kind, "choices": choices, "low": low, "high": high}
    return field(metadata=metadata) if default is MISSING else field(default=default, metadata=metadata)


def level_option() -> Any:
    return option("Confidence level of every interval.", 0.95, kind="number", low=0.5, high=0.999)
