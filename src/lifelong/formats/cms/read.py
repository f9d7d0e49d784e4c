"""Reading a public quality-measure file: `read(file, filename)` gives points, hospitals, windows and refusals, one by one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from typing import IO

from lifelong.formats.cms import tables
from lifelong.formats.cms.cells import NotANumber, ccn, measure_id, number
from lifelong.formats.cms.layouts import plain, recognise, release_of, why_unknown
from lifelong.formats.cms.measures import find, unit_of
from lifelong.formats.cms.records import Item, Layout, Limits, Point, Refusal
from lifelong.formats.cms.rows import Rows, Unreadable

RELEASE = re.compile(r"20\d\d-(0[1-9]|1[0-2])")
Reader = Callable[[Layout, Rows, Iterator[list[str]], str], Iterator[Item]]


def read(
    file: IO[bytes] | IO[str], filename: str, *, release: str = "", limits: Limits | None = None
) -> Iterator[Item]:
    """Read one file of any known layout, plain or gzip, in constant memory.

    `release` (yyyy-mm) is needed where neither the file nor its path says when it was published. A line that cannot be taken
    becomes a `Refusal` and reading goes on; a file that cannot be read ends with one. Never raises on what a file holds.
    """
    bounds = limits or Limits()
    refused = 0
    try:
        rows = Rows(file, bounds)
        lines = iter(rows)
        header = next(lines, [])
        if len(header) > bounds.columns:
            yield Refusal(
                1,
                "header",
                str(len(header)),
                f"the file has {len(header):,} columns",
                "No measure table is so wide; check the file.",
            )
            return
        layout = recognise(header, filename)
        if layout is None:
            reason = why_unknown(header, filename)
            yield Refusal(1, "header", ",".join(header)[:60], reason.sentence, reason.next_step)
            return
        for item in READERS[layout.kind](layout, rows, lines, release or release_of(filename)):
            if isinstance(item, Refusal):
                refused += 1
                if refused > bounds.refusals:
                    continue
            yield item
        if refused > bounds.refusals:
            more = f"{refused - bounds.refusals:,} more lines were refused"
            yield Refusal(rows.line, "file", "", more, "Mend the first ones; the rest are probably of the same kind.")
    except Unreadable as problem:
        yield problem.refusal


def panel(layout: Layout, rows: Rows, lines: Iterator[list[str]], given: str) -> Iterator[Item]:
    """One line per hospital and release, one column per measure. An empty cell is no point: the panel does not say why.

    This is the widest and the hottest file, so the plan of columns is worked out once and a point is built straight as a tuple.
    """
    plan = _panel_plan(layout.header)
    width = len(layout.header)
    ccn_at, date_at = layout.columns["ccn"], layout.columns.get("report_date", -1)
    build: Callable[[type[Point], tuple[object, ...]], Point] = tuple.__new__
    for row in lines:
        if len(row) != width:
            if row:
                yield tables.wrong_width(rows.line, row, width)
            continue
        try:
            place = ccn(row[ccn_at])
        except ValueError as problem:
            yield tables.bad_place(rows.line, layout.header[ccn_at], row[ccn_at], problem)
            continue
        release = row[date_at][:7] if date_at >= 0 else given
        if date_at >= 0 and not RELEASE.fullmatch(release):
            yield Refusal(
                rows.line,
                layout.header[date_at],
                row[date_at][:60],
                "the release date is not a date",
                "Write it as 2023-01-01.",
            )
            continue
        for value_at, denominator_at, measure, unit, percent in plan:
            if text := row[value_at]:
                try:
                    value = number(text)
                    base = number(row[denominator_at]) if denominator_at >= 0 else None
                except NotANumber as problem:
                    wrong = value_at if str(problem) == text else denominator_at
                    yield tables.bad_number(rows.line, layout.header[wrong], str(problem))
                    continue
                if value is not None:
                    if percent:
                        value = round(value * 100.0, 9)
                    yield build(
                        Point,
                        (
                            "hospital",
                            place,
                            measure,
                            value,
                            base,
                            None,
                            None,
                            None,
                            None,
                            release,
                            unit,
                            "",
                            False,
                            False,
                        ),
                    )


def _panel_plan(header: tuple[str, ...]) -> list[tuple[int, int, str, str, bool]]:
    """(value column, denominator column or -1, measure id, unit, is a fraction to be shown as percent)."""
    at = {measure_id(name): position for position, name in enumerate(header)}
    surveys = at.get("H_NUMB_COMP", -1)
    plan = []
    for identifier, position in at.items():
        if identifier in ("REPORT_DATE", "PROVIDER_ID", "STATE", "H_NUMB_COMP") or identifier.endswith(
            ("_DEN", "_DEN_PRED")
        ):
            continue
        if identifier.endswith("_DEN_VOL"):  # device days, procedures or patient days behind an infection ratio
            plan.append((position, -1, identifier.removesuffix("_DEN_VOL") + "_DOPC", "count", False))
            continue
        base = (
            surveys
            if identifier.startswith("H_")
            else at.get(f"{identifier}_DEN", at.get(f"{identifier}_DEN_PRED", -1))
        )
        known = find(identifier)
        plan.append((position, base, identifier, unit_of(identifier), bool(known and known.panel_fraction)))
    return plan


def outcome_wide(layout: Layout, rows: Rows, lines: Iterator[list[str]], release: str) -> Iterator[Item]:
    """One line per hospital, six columns per measure (2012-2013). The extra columns name the measure after a dash."""
    plan = _outcome_plan(layout.header)
    for row in tables.whole(layout, rows, lines):
        if isinstance(row, Refusal):
            yield row
            continue
        try:
            place = ccn(row[layout.columns["ccn"]])
        except ValueError as problem:
            yield tables.bad_place(rows.line, "Provider Number", row[layout.columns["ccn"]], problem)
            continue
        for identifier, at in plan:
            try:
                value, low, high, base = (
                    number(row[at[part]]) if part in at else None for part in ("value", "low", "high", "base")
                )
            except NotANumber as problem:
                yield tables.bad_number(rows.line, layout.header[at["value"]], str(problem))
                continue
            note = (
                "" if value is not None else tables.withheld(row[at["value"]], row[at["note"]] if "note" in at else "")
            )
            yield Point("hospital", place, identifier, value, base, low, high, None, None, release, "percent", note)


OUTCOME_PARTS = (
    ("low", r"^lower .*estimate - "),
    ("high", r"^upper .*estimate - "),
    ("base", r"^number of patients - "),
    ("note", r"^footnote - "),
    ("compare", r"^comparison to u\W*s\W* "),
    ("value", ""),
)


def _outcome_plan(header: tuple[str, ...]) -> list[tuple[str, dict[str, int]]]:
    found: dict[str, dict[str, int]] = {}
    for position, heading in enumerate(header):
        name = plain(heading)
        if not any(word in name for word in ("mortality", "death", "readmission", "complication")):
            continue
        part = next(part for part, pattern in OUTCOME_PARTS if re.search(pattern, name))
        identifier = tables.id_of_label("", name)
        found.setdefault(identifier, {}).setdefault(part, position)
    return [(identifier, parts) for identifier, parts in found.items() if "value" in parts]


def purchasing(layout: Layout, rows: Rows, lines: Iterator[list[str]], release: str) -> Iterator[Item]:
    """Value-based purchasing: baseline and performance rate of each measure, both kept as points."""
    year_at = layout.columns.get("fiscal_year", -1)
    plan = []
    for position, heading in enumerate(layout.header):
        if match := re.fullmatch(r"(.+?) (baseline|performance) rate", plain(heading).replace("_", " ")):
            plan.append((position, tables.dimension_id(match[1]), match[2]))
    for row in tables.whole(layout, rows, lines):
        if isinstance(row, Refusal):
            yield row
            continue
        try:
            place = ccn(row[layout.columns["ccn"]])
        except ValueError as problem:
            yield tables.bad_place(rows.line, "Facility ID", row[layout.columns["ccn"]], problem)
            continue
        year = int(row[year_at]) if year_at >= 0 and re.fullmatch(r"20\d\d", row[year_at], re.ASCII) else 0
        for position, identifier, phase in plan:
            yield _purchased(
                rows.line, layout.header[position], row[position], (place, identifier, phase, year, release)
            )


def _purchased(line: int, heading: str, text: str, key: tuple[str, str, str, int, str]) -> Item:
    place, identifier, phase, year, release = key
    try:
        value = number(text)
    except NotANumber:
        return tables.bad_number(line, heading, text)
    unit = unit_of(identifier)
    if value is not None and unit == "percent" and not text.rstrip().endswith("%"):
        value = round(value * 100.0, 9)  # rates are printed 0-1, survey shares with a percent sign
    start: date | None
    start, end = tables.purchasing_window(year, identifier, phase)
    note = phase if value is not None else f"{phase}; {tables.withheld(text, '')}"
    return Point("hospital", place, identifier, value, None, None, None, start, end, release, unit, note)


READERS: dict[str, Reader] = {
    "panel": panel,
    "hospitals": tables.hospitals,
    "long": tables.long,
    "counts": tables.counts,
    "purchasing": purchasing,
    "readmission": tables.readmission,
    "outcome_wide": outcome_wide,
    "measure_dates": tables.measure_dates,
}
