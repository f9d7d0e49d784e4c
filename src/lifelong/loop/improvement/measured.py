"""The one shape of an indicator: a value with its interval, how many answered of how many asked, and the activities behind it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from lifelong.methods.proportions import wilson


class Behind(NamedTuple):
    """What one activity contributes: `count` of `n` (of `asked`), by `people` distinct people (0: no people are counted)."""

    activity_id: int
    count: int  # type: ignore[assignment]  # hides tuple.count, which nobody asks a line for
    n: int
    asked: int
    people: int = 0


@dataclass(frozen=True, slots=True)
class Measured:
    """An indicator in one year. `value`, `low`, `high` in percent for shares, else in the unit; None: nothing measured or too few.

    `counts_people`: the number speaks of people, so that small groups are not shown; else it counts activities or measures.
    `is_suppressed`: fewer people answered than the smallest group; value and interval are then None whatever was counted.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int
    asked: int
    behind: tuple[Behind, ...] = ()
    is_suppressed: bool = False
    counts_people: bool = True


NOTHING = Measured(None, None, None, 0, 0)


def share(
    behind: Iterable[Behind], *, people: int, least: int, counts_people: bool = True, total: tuple[int, int, int] | None = None
) -> Measured:  # fmt: skip
    """A share over all activities with its Wilson interval (outcomes §2). `people`: distinct people who answered, over all.

    `total`: (count, n, asked) where the sum over activities would count somebody twice.
    """
    lines = tuple(behind)
    count, n, asked = total or (sum(b.count for b in lines), sum(b.n for b in lines), sum(b.asked for b in lines))
    if n == 0:
        return Measured(None, None, None, 0, asked, lines, False, counts_people)
    if counts_people and min(people, n) < least:
        return Measured(None, None, None, n, asked, lines, True, True)
    low, high = wilson(count, n)
    return Measured(100 * count / n, 100 * low, 100 * high, n, asked, lines, False, counts_people)


def amount(value: float, behind: Iterable[Behind], *, n: int, asked: int) -> Measured:
    """A count (people, countries): no interval, it is not an estimate."""
    return Measured(float(value) if n else None, None, None, n, asked, tuple(behind))


@dataclass(frozen=True, slots=True)
class ShownLine:
    """One activity of a drill-down as it may be shown; a line without an id holds the rest together (None: nothing may be shown)."""

    activity_id: int | None
    activities: int
    count: int | None
    n: int | None
    asked: int | None

    @property
    def percent(self) -> int | None:
        """Whole percent: decimals of a small group would tell its members."""
        return round(100 * self.count / self.n) if self.n and self.count is not None else None


def shown_lines(
    behind: Iterable[Behind], least: int, counts_people: bool = True, most: int | None = None
) -> list[ShownLine]:
    """Lines that may be shown, largest first, so that no small group can be had by subtraction (A20).

    Activities with fewer than `least` answers or people are folded into one rest. If the rest is one activity only, or holds
    fewer than `least` people, the next smallest activities are folded in too until it is safe; then total minus the shown lines is
    the rest itself, which is a group that may be shown. If nothing else is left to fold in, nothing is shown.
    `most`: only the first so many lines.
    """
    lines = sorted((b for b in behind if b.n or b.asked), key=lambda b: (-b.n, -b.asked, b.activity_id))
    if not counts_people:
        return [ShownLine(b.activity_id, 1, b.count, b.n, b.asked) for b in lines[:most]]
    answered = [b for b in lines if b.n]
    shown = [b for b in answered if min(b.n, b.people) >= least]
    folded = [b for b in answered if min(b.n, b.people) < least]
    # people of different activities may be the same: the safe bound is the largest single line, so answers and people both count
    while folded and shown and (len(folded) < 2 or sum(b.n for b in folded) < least or _people(folded) < least):
        folded.append(shown.pop())
    found = [ShownLine(b.activity_id, 1, b.count, b.n, b.asked) for b in shown[:most]]
    silent = [ShownLine(b.activity_id, 1, None, 0, b.asked) for b in lines if not b.n and b.asked >= least][:most]
    if not folded:
        return (found + silent)[:most]
    safe = len(folded) > 1 and sum(b.n for b in folded) >= least and _people(folded) >= least
    rest = ShownLine(
        None, len(folded), sum(b.count for b in folded) if safe else None, sum(b.n for b in folded) if safe else None,
        sum(b.asked for b in folded) if safe else None,
    )  # fmt: skip
    return [*found, rest, *silent][:most]


def _people(lines: Iterable[Behind]) -> int:
    """A bound from below of the distinct people of several activities."""
    return max((line.people for line in lines), default=0)


def fold_small(counts: Mapping[str, int], least: int, rest: str) -> list[tuple[str, int]]:
    """A table of people by group in which no cell is small and none can be had by subtraction; what is folded stands under `rest`."""
    lines = sorted(((name, n) for name, n in counts.items() if n), key=lambda line: (-line[1], line[0]))
    shown = [line for line in lines if line[1] >= least]
    folded = [line for line in lines if line[1] < least]
    while folded and shown and (len(folded) < 2 or sum(n for _, n in folded) < least):
        folded.append(shown.pop())
    total = sum(n for _, n in folded)
    return [*shown, (rest, total)] if folded and total >= least else shown
