"""Figures that are costly to count. A small year is counted whenever somebody looks; a large one by a job, and the page reads what it kept.

Facts are of a whole program, and already without small groups where the page may not show them. Whoever reads them asks for the
viewer's reach first, as for any other figure of the program.
"""

from __future__ import annotations

import datetime as dt
import types
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from functools import lru_cache
from typing import Any, Generic, TypeVar, Union, get_args, get_origin, get_type_hints

from django.db import transaction

from lifelong.kernel import clock
from lifelong.kernel.action import enqueue
from lifelong.kernel.guard import writes_open
from lifelong.kernel.problems import Problem
from lifelong.kernel.turn import turn
from lifelong.loop.delivery.models import Attendance
from lifelong.loop.improvement.models.kept import KeptFigures
from lifelong.loop.program.models import AccreditedProvider
from lifelong.rules.verdict import Reason

LARGE = 20_000  # attendances of a year: the costliest page counts that many in some 60 ms
FORGOTTEN = dt.timedelta(hours=2)  # a job that has not counted by then never will: it is asked again

Facts = TypeVar("Facts")
Count = Callable[[AccreditedProvider, int], Facts]


class BeingCounted(Problem):
    """The year is large and has not been counted yet; the job has been asked."""

    status = 503

    def __init__(self, year: int) -> None:
        super().__init__(
            Reason(
                "figures.being_counted", f"The figures of {year} are being counted.",
                "Come back in a few minutes. A year of this size is counted by the machine, not while you wait.",
            )
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figures(Generic[Facts]):
    """One costly read by its name. Calling it gives the kept facts, or counts a small year at once; `count` always counts.

    `kind` is the type of the facts: dataclasses, tuples, numbers, words and days.
    """

    name: str
    kind: Any
    count: Count[Facts]

    def __call__(self, provider: AccreditedProvider, year: int) -> Facts:
        """Raises `BeingCounted` for a large year that has no facts yet, and asks the job for them."""
        row = KeptFigures.objects.filter(provider=provider, year=year, name=self.name).first()
        if row is None and not is_large(provider, year):
            return self.count(provider, year)
        if row is not None and row.computed_at is not None:
            with suppress(KeyError, TypeError, ValueError):  # an older version kept another shape: counted again
                return unpacked(self.kind, row.facts)  # type: ignore[no-any-return]  # `kind` says what it is
        ask(provider, year, [self.name])
        raise BeingCounted(year)


FIGURES: dict[str, Figures[Any]] = {}


def register(name: str, kind: Any, count: Count[Facts]) -> Figures[Facts]:
    """Name a costly read of (provider, year), so that the job knows it too."""
    FIGURES[name] = Figures(name, kind, count)
    return FIGURES[name]


def is_large(provider: AccreditedProvider, year: int) -> bool:
    """Whether the year is too large to be counted while somebody waits. Never looks at more than `LARGE` rows."""
    came = Attendance.objects.filter(session__activity__provider=provider, session__starts_at__year=year)
    return bool(came.order_by()[: LARGE + 1].count() > LARGE)


def as_of(provider: AccreditedProvider, year: int, names: Iterable[str]) -> dt.datetime | None:
    """When the oldest of these was counted; None: all are counted at this moment."""
    rows = KeptFigures.objects.filter(provider=provider, year=year, name__in=list(names), computed_at__isnull=False)
    return rows.order_by("computed_at").values_list("computed_at", flat=True).first()


def ask(provider: AccreditedProvider, year: int, names: Iterable[str]) -> int:
    """Ask the job to count these; what somebody waits for already is not asked again. Returns how many were asked for."""
    at = clock.now()
    asked: list[int] = []
    rows = KeptFigures.objects.filter(provider=provider, year=year, asked_at__gt=at - FORGOTTEN)
    waiting = set(rows.values_list("name", flat=True))
    wanted = [name for name in names if name not in waiting]
    if not wanted:
        return 0
    with turn(), transaction.atomic(), writes_open("figures.asked"):
        for name in wanted:
            row = _row(provider, year, name)
            if row.asked_at is not None and row.asked_at > at - FORGOTTEN:
                continue
            # of two who ask at once, one changes the row
            if KeptFigures.objects.filter(pk=row.pk, asked_at=row.asked_at).update(asked_at=at):
                asked.append(row.pk)
        enqueue("count_figures", asked)
    return len(asked)


def count_figures(row_id: int) -> None:
    """The job: count what was asked for, then keep it in one short write. Counted once however often it is repeated."""
    row = KeptFigures.objects.select_related("provider").filter(pk=row_id, asked_at__isnull=False).first()
    if row is None:
        return
    figures, at = FIGURES.get(row.name), clock.now()
    if figures is not None:
        keep(row.provider, row.year, {row.name: figures.count(row.provider, row.year)}, at)
        return
    with turn(), transaction.atomic(), writes_open("figures.counted"):
        row.delete()  # a name that this version no longer counts


def keep(provider: AccreditedProvider, year: int, facts: dict[str, Any], at: dt.datetime) -> None:
    """Keep facts whose counting began at `at`; newer ones stay. A short write a name: what is behind a number may be long."""
    for name, value in facts.items():
        ready = packed(value)
        with turn(), transaction.atomic(), writes_open("figures.counted"):
            row = _row(provider, year, name)
            if row.computed_at is None or row.computed_at <= at:
                KeptFigures.objects.filter(pk=row.pk).update(facts=ready, computed_at=at, asked_at=None)


def _row(provider: AccreditedProvider, year: int, name: str) -> KeptFigures:
    """The row of this name, made if need be, without its facts."""
    row, _ = KeptFigures.objects.defer("facts").get_or_create(provider=provider, year=year, name=name)
    return row  # type: ignore[no-any-return]  # a queryset is untyped


# --- facts as JSON


def packed(value: Any) -> Any:
    """Facts as JSON keeps them: dataclasses by the names of their fields, tuples as lists, days as text."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: packed(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple | list):
        return [packed(one) for one in value]
    if isinstance(value, dt.date):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value


def unpacked(kind: Any, data: Any) -> Any:
    """The facts again, as `kind` says. Raises KeyError, TypeError or ValueError where they have another shape."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (types.UnionType, Union):
        return None if data is None else unpacked(next(one for one in inner if one is not type(None)), data)
    if origin is tuple:
        if inner[1:] != (Ellipsis,):
            return tuple(unpacked(one, part) for one, part in zip(inner, data, strict=True))
        if hasattr(inner[0], "_make"):  # thousands of lines: a named tuple each, at once
            return tuple(map(inner[0]._make, data))
        return tuple(unpacked(inner[0], part) for part in data)
    if not isinstance(kind, type):
        raise TypeError(f"{kind} is no kind of facts")
    if is_dataclass(kind):
        return kind(**{name: unpacked(one, data[name]) for name, one in _fields(kind).items()})
    if issubclass(kind, dt.date):
        return kind.fromisoformat(data)
    return kind(data) if issubclass(kind, Enum) else data


@lru_cache(maxsize=64)
def _fields(kind: type[Any]) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}
