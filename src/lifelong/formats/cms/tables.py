"""Readers of the long tables (one line per place and measure), the hospital list and the table of windows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from lifelong.formats.cms.cells import STATE, NotANumber, ccn, day, is_band, measure_id, number
from lifelong.formats.cms.measures import dimension_id, id_of_label, purchasing_window, unit_of
from lifelong.formats.cms.records import Hospital, Item, Layout, MeasureWindow, Point, Refusal, Scope
from lifelong.formats.cms.rows import Rows

__all__ = [
    "counts",
    "dimension_id",
    "hospitals",
    "id_of_label",
    "long",
    "measure_dates",
    "purchasing_window",
    "readmission",
]

LOOKS_LIKE_ID = re.compile(r"[A-Z]{2,6}[-_][A-Za-z0-9]+([-_][A-Za-z0-9]+)*")
COMPARISONS = ("worse", "same", "better", "too_few", "fewer", "average", "more", "too_small")
BOUNDS = {"_CILOWER": "low", "_CIUPPER": "high", "_LOWER": "low", "_UPPER": "high"}


def wrong_width(line: int, row: list[str], width: int) -> Refusal:
    return Refusal(
        line,
        "row",
        ",".join(row)[:60],
        f"the line has {len(row):,} cells where the header has {width:,}",
        "Mend the line or take it out.",
    )


def bad_number(line: int, heading: str, text: str) -> Refusal:
    return Refusal(
        line,
        heading[:60],
        text[:60],
        "this is not a figure",
        "Write a plain number, or leave the cell empty if there is none.",
    )


def bad_place(line: int, heading: str, text: str, problem: Exception) -> Refusal:
    return Refusal(
        line,
        heading[:60],
        text[:60],
        str(problem),
        "Use the six-character hospital number, the state's two letters, or US.",
    )


def bad_day(line: int, heading: str, text: str) -> Refusal:
    return Refusal(line, heading[:60], text[:60], "this is not a date", "Write it as month/day/year or year-month-day.")


def withheld(text: str, footnote: str) -> str:
    """Why a figure is missing, in few words, with the publisher's footnote code or its first words."""
    code = " ".join(footnote.split())
    if code:
        return f"withheld: footnote {code}" if code[0].isdigit() else f"withheld: {code[:60].lower()}"
    words = " ".join(text.split())[:60].lower()
    if is_band(words):
        return f"in words: {words}"
    return f"withheld: {words or 'empty'}"


def whole(layout: Layout, rows: Rows, lines: Iterator[list[str]]) -> Iterator[list[str] | Refusal]:
    """Rows as wide as the header; empty lines pass silently, others become refusals."""
    width = len(layout.header)
    for row in lines:
        if not any(row):
            continue  # some releases are padded with empty lines
        if len(row) == width:
            yield row
        else:
            yield wrong_width(rows.line, row, width)


def place_of(layout: Layout, row: list[str]) -> tuple[Scope, str]:
    """Hospital, state or nation. A two-letter "provider" is a state (2012 and 2013 state tables)."""
    columns = layout.columns
    if "ccn" in columns:
        text = row[columns["ccn"]].strip()
        return ("state", text.upper()) if STATE.fullmatch(text.upper()) else ("hospital", ccn(text))
    if "state" in columns:
        text = row[columns["state"]].strip().upper()
        if text in ("US", "NATION"):
            return "nation", "US"
        if not STATE.fullmatch(text):
            raise ValueError(f"{text[:40]!r} is not a state's two letters")
        return "state", text
    return "nation", "US"


def name_of_measure(layout: Layout, row: list[str]) -> str:
    columns = layout.columns
    if "measure" in columns:
        return measure_id(row[columns["measure"]])
    condition = row[columns["condition"]] if "condition" in columns else ""
    label = row[columns["label"]]
    if LOOKS_LIKE_ID.fullmatch(label.strip()):
        return measure_id(label)
    return id_of_label(condition, label)


def window_of(layout: Layout, row: list[str]) -> tuple[date | None, date | None]:
    start, end = layout.columns.get("start", -1), layout.columns.get("end", -1)
    return (day(row[start]) if start >= 0 else None, day(row[end]) if end >= 0 else None)


def long(layout: Layout, rows: Rows, lines: Iterator[list[str]], release: str) -> Iterator[Item]:
    """One line per place and measure. The limits of an infection ratio come as lines of their own and are joined to it."""
    held: dict[str, Point] = {}  # the lines of one place and infection, until the place or the infection changes
    group: tuple[str, str] | None = None
    for row in whole(layout, rows, lines):
        item = row if isinstance(row, Refusal) else _long_row(layout, rows.line, row, release)
        if not isinstance(item, Point):
            yield item
            continue
        base = item.measure_id.partition("_CI")[0] if item.measure_id.startswith("HAI_") else ""
        base = "_".join(base.split("_")[:2]) if base else ""
        if group and (item.place_id, base) != group:
            yield from _joined(held)
            held = {}
        group = (item.place_id, base) if base else None
        if base and item.measure_id not in held:
            held[item.measure_id] = item
        else:
            yield item
    yield from _joined(held)


def _joined(held: dict[str, Point]) -> Iterator[Point]:
    bounds: dict[str, dict[str, float | None]] = {}
    for identifier in list(held):
        for ending, side in BOUNDS.items():
            base = identifier.removesuffix(ending)
            if base != identifier and base in held:
                bounds.setdefault(base, {})[side] = held.pop(identifier).value
    for identifier, point in held.items():
        expected = held.get(f"{identifier}_ELIGCASES")
        if identifier in bounds or expected:
            point = point._replace(
                low=bounds.get(identifier, {}).get("low"),
                high=bounds.get(identifier, {}).get("high"),
                denominator=expected.value if expected else point.denominator,
            )
        yield point


def _long_row(layout: Layout, line: int, row: list[str], release: str) -> Point | Refusal:
    columns = layout.columns
    try:
        scope, place = place_of(layout, row)
    except ValueError as problem:
        heading = layout.header[columns.get("ccn", columns.get("state", 0))]
        return bad_place(line, heading, row[columns.get("ccn", columns.get("state", 0))], problem)
    identifier = name_of_measure(layout, row)
    if not identifier:
        return Refusal(line, "measure", "", "the line names no measure", "Fill in the measure id.")
    try:
        start, end = window_of(layout, row)
    except ValueError:
        return bad_day(line, "start or end date", f"{row[columns.get('start', 0)]} / {row[columns.get('end', 0)]}")
    value_at = _value_column(columns, identifier)
    try:
        value = number(row[value_at])
        base, low, high = (
            number(row[columns[role]]) if role in columns else None for role in ("denominator", "low", "high")
        )
    except NotANumber as problem:
        return bad_number(line, layout.header[value_at], str(problem))
    footnote = row[columns["footnote"]].strip() if "footnote" in columns else ""
    note = f"footnote {footnote[:60].lower()}" if footnote else ""
    if value is None:
        note = withheld(row[value_at], footnote)
    return Point(scope, place, identifier, value, base, low, high, start, end, release, unit_of(identifier), note)


def _value_column(columns: dict[str, int], identifier: str) -> int:
    """A survey line prints its figure in one of three columns, by what the id counts."""
    if identifier.endswith("STAR_RATING") and "star" in columns:
        return columns["star"]
    if identifier.endswith("LINEAR_SCORE") and "linear" in columns:
        return columns["linear"]
    return columns.get("value", columns.get("linear", 0))


def counts(layout: Layout, rows: Rows, lines: Iterator[list[str]], release: str) -> Iterator[Item]:
    """Hospitals by how they compare with the nation: one point per comparison (`MORT_30_HF:worse`), of all hospitals counted.

    A national table prints the rate itself too; it comes first.
    """
    columns = layout.columns
    present = [(role, columns[role]) for role in COMPARISONS if role in columns]
    for row in whole(layout, rows, lines):
        if isinstance(row, Refusal):
            yield row
            continue
        if "value" in columns:
            yield _long_row(layout, rows.line, row, release)
        try:
            scope, place = place_of(layout, row)
            start, end = window_of(layout, row)
            figures = {role: number(row[at]) for role, at in present}
        except ValueError as problem:
            yield Refusal(
                rows.line,
                "row",
                ",".join(row)[:60],
                f"{problem} is not what belongs there",
                "Compare the line with its neighbours.",
            )
            continue
        identifier = name_of_measure(layout, row)
        total = sum(figure for figure in figures.values() if figure is not None)
        for role, figure in figures.items():
            if figure is not None:
                yield Point(
                    scope, place, f"{identifier}:{role}", figure, total, None, None, start, end, release, "hospitals"
                )


def readmission(layout: Layout, rows: Rows, lines: Iterator[list[str]], release: str) -> Iterator[Item]:
    """Excess readmission ratio per hospital and condition; the number of discharges is the denominator."""
    columns = layout.columns
    for row in whole(layout, rows, lines):
        if isinstance(row, Refusal):
            yield row
            continue
        try:
            place = ccn(row[columns["ccn"]])
        except ValueError as problem:
            yield bad_place(rows.line, layout.header[columns["ccn"]], row[columns["ccn"]], problem)
            continue
        try:
            start, end = window_of(layout, row)
            value, base = number(row[columns["ratio"]]), number(row[columns["denominator"]])
        except NotANumber as problem:
            yield bad_number(rows.line, "Excess Readmission Ratio or Number of Discharges", str(problem))
            continue
        except ValueError as problem:
            yield bad_day(rows.line, "Start Date or End Date", str(problem))
            continue
        note = (
            ""
            if value is not None
            else withheld(row[columns["ratio"]], row[columns["footnote"]] if "footnote" in columns else "")
        )
        identifier = name_of_measure(layout, row).removesuffix("_HRRP") + "_HRRP"  # FY2013 prints sentences
        yield Point("hospital", place, identifier, value, base, None, None, start, end, release, "ratio", note)


def hospitals(layout: Layout, rows: Rows, lines: Iterator[list[str]], _release: str) -> Iterator[Item]:
    """The hospital list."""
    columns = layout.columns
    for row in whole(layout, rows, lines):
        if isinstance(row, Refusal):
            yield row
            continue

        def cell(role: str, row: list[str] = row) -> str:
            return " ".join(row[columns[role]].split()) if role in columns else ""

        try:
            identifier = ccn(cell("ccn"))
        except ValueError as problem:
            yield bad_place(rows.line, layout.header[columns["ccn"]], cell("ccn"), problem)
            continue
        zip_code = cell("zip")
        yield Hospital(
            ccn=identifier,
            name=cell("name"),
            state=cell("state").upper(),
            city=cell("city"),
            zip=zip_code.zfill(5) if zip_code.isdecimal() else zip_code,
            address=cell("address"),
            county=cell("county"),
            type=cell("type"),
            ownership=cell("ownership"),
            emergency={"yes": True, "no": False, "true": True, "false": False}.get(cell("emergency").lower()),
            star_rating=int(cell("rating")) if cell("rating") in ("1", "2", "3", "4", "5") else None,
        )


def measure_dates(layout: Layout, rows: Rows, lines: Iterator[list[str]], _release: str) -> Iterator[Item]:
    """The table that says which months each measure of a release covers."""
    columns = layout.columns
    for row in whole(layout, rows, lines):
        if isinstance(row, Refusal):
            yield row
            continue
        try:
            start, end = window_of(layout, row)
        except ValueError as problem:
            yield bad_day(rows.line, "Start Date or End Date", str(problem))
            continue
        if start is None or end is None:
            continue  # a measure listed without dates is not yet reported
        if end < start:
            yield Refusal(rows.line, "End Date", str(end), "the window ends before it starts", "Check the two dates.")
            continue
        yield MeasureWindow(name_of_measure(layout, row), " ".join(row[columns["label"]].split()), start, end)
