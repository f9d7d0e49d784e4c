"""Asking a measure of whatever lies in a folder: a snapshot of one program, the year's tables, or rollups of them.

Answers about one program's people leave with small cells hidden. Figures of a nation are told as they are: nobody in them is few.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lifelong.analytics import engine, rollups, year
from lifelong.analytics.engine import Answer
from lifelong.analytics.measure import MeasureError, MeasureFile, all_measures
from lifelong.analytics.rollups import Rollups
from lifelong.loop.surveys import suppression

OF_PROGRAM = "of_program"  # an empty file beside rollups of one program


@dataclass(frozen=True, slots=True)
class Told:
    """An answer as it may be shown: `hidden` figures were left out because too few people stand behind them, or behind another."""

    answer: Answer
    hidden: int


def measure_named(name: str) -> MeasureFile:
    """Raises MeasureError that lists the names there are."""
    known = all_measures()
    if name not in known:
        raise MeasureError(name, "there is no such question", f"Choose one of: {', '.join(known)}.")
    return known[name]


def ask(folder: Path, measure: MeasureFile, *, of: int, least: int) -> Told:
    """The answer from `folder`. `of`: the year, where a snapshot is asked; `least`: the smallest group a snapshot may show.

    Raises MeasureError for a folder that holds nothing to ask, SnapshotError for a broken snapshot.
    """
    if year.is_snapshot(folder):
        with tempfile.TemporaryDirectory(prefix="lifelong-year-") as private:
            return without_small(_from_files(year.of_snapshot(folder, Path(private) / "year", of), measure), least)
    if (folder / "rollups.duckdb").exists():
        with Rollups(folder) as kept:
            table = kept.answer(measure)
        found = Answer(
            measure, tuple(table.column_names), tuple(zip(*(c.to_pylist() for c in table.columns), strict=True))
        )
        return without_small(found, least) if (folder / OF_PROGRAM).exists() else Told(found, 0)
    return Told(_from_files(folder, measure), 0)


def _from_files(folder: Path, measure: MeasureFile) -> Answer:
    with engine.opened(folder) as connection:
        return engine.answer(connection, measure)


def roll_up(source: Path, target: Path, *, of: int) -> None:
    """Rollups of `source` in the new folder `target`; those of a snapshot remember that they speak of one program's people."""
    if target.exists():
        raise MeasureError(str(target), "it exists already", "Choose a new folder.")
    if not year.is_snapshot(source):
        rollups.build(source, target).close()
        return
    with tempfile.TemporaryDirectory(prefix="lifelong-year-") as private:
        rollups.build(year.of_snapshot(source, Path(private) / "year", of), target).close()
    (target / OF_PROGRAM).touch()


def without_small(found: Answer, least: int) -> Told:
    """Hide lines that count fewer than `least`, and with them as many others as it takes that no sum gives them away.

    The sums that others may know are those over all lines that share one key, and over all lines.
    """
    if not found.measure.counts:
        return Told(found, 0)
    places = [found.columns.index(name) for name in found.measure.counts]
    first = min(places)
    counts = {number: min((row[place] or 0 for place in places), default=0) for number, row in enumerate(found.rows)}
    lost = {number for number, row in enumerate(found.rows) if any(0 < (row[place] or 0) < least for place in places)}
    lines = _lines([row[:first] for row in found.rows])
    while more := {number for line in lines for number in _company(line, lost, counts, least)}:
        lost |= more
    kept, parts = [], [found.columns.index(name) for name in found.measure.parts]
    hidden = len(lost)
    for number, row in enumerate(found.rows):
        if number not in lost:
            small = suppression.hidden({place: row[place] or 0 for place in parts}, least)
            kept.append(tuple(None if place in small else value for place, value in enumerate(row)))
            hidden += len(small)
    return Told(replace(found, rows=tuple(kept)), hidden)


def _lines(keys: Sequence[Sequence[Any]]) -> list[list[int]]:
    """Numbers of the rows that somebody may know the sum of. Margins, which have an empty key, are sums themselves."""
    inner = [number for number, key in enumerate(keys) if None not in key]
    lines: dict[tuple[int, Any], list[int]] = defaultdict(list)
    for number in inner:
        for place, value in enumerate(keys[number]):
            lines[place, value].append(number)
    return [inner, *lines.values()]


def _company(line: Sequence[int], lost: set[int], counts: Mapping[int, int], least: int) -> set[int]:
    """The next smallest of a line whose hidden ones together are fewer than `least`; none where they are enough."""
    gone = [number for number in line if number in lost]
    rest = [number for number in line if number not in lost]
    if not gone or not rest or sum(counts[number] for number in gone) >= least:
        return set()
    return {min(rest, key=lambda number: (counts[number], number))}
