"""Whether two answers to one question are the same: rows in any order, numbers of any type, nothing and not-a-number alike."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

Row = Sequence[Any]


def differences(
    one: Iterable[Row], other: Iterable[Row], *, places: int = 3, relative: float = 1e-9, most: int = 5
) -> list[str]:
    """Sentences that say where two answers differ, at most `most`; none where they are equal.

    Texts must be equal, and whole numbers; other numbers within half a unit of the last of `places` decimals, or `relative`.
    """
    left, right = sorted(map(_plain, one), key=_order), sorted(map(_plain, other), key=_order)
    if len(left) != len(right):
        return [f"{len(left)} rows against {len(right)}"]
    found = []
    for number, (a, b) in enumerate(zip(left, right, strict=True), 1):
        if len(a) != len(b) or not all(_same(x, y, places, relative) for x, y in zip(a, b, strict=True)):
            found.append(f"row {number}: {a} against {b}")
            if len(found) == most:
                break
    return found


def _plain(row: Row) -> tuple[Any, ...]:
    return tuple(_value(value) for value in row)


def _value(value: Any) -> Any:
    if isinstance(value, Decimal):
        value = float(value)
    if isinstance(value, float):
        if math.isnan(value):
            return None
        if value.is_integer():
            return int(value)
    return value


def _order(row: tuple[Any, ...]) -> list[tuple[int, Any]]:
    # keys of a group are texts and whole numbers; a fraction may differ in its last place, so it orders coarsely
    return [
        (0, 0) if v is None else (1, float(round(v, 2))) if isinstance(v, int | float) else (2, str(v)) for v in row
    ]


def _same(a: Any, b: Any, places: int, relative: float) -> bool:
    if isinstance(a, float) or isinstance(b, float):
        return (
            isinstance(a, int | float)
            and isinstance(b, int | float)
            and abs(a - b) <= max(0.5 * 10**-places, relative * abs(a))
        )
    return bool(a == b)
