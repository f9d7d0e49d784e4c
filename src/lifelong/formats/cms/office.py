"""A hospital's or practice's own measure table: figures only, never a patient.

Columns: `measure_id`, `place`, `period_start`, `period_end`, and either `numerator` and `denominator`, or `value`
(with `denominator` if known). Also read: `place_kind` (hospital or practice), `unit`, `note`. Other columns are left alone,
but a column that looks like patient identity refuses the whole file before a single figure is taken.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO

from lifelong.formats.cms.cells import NotANumber, day, measure_id, number
from lifelong.formats.cms.measures import unit_of
from lifelong.formats.cms.records import Limits, Point, Refusal, Scope
from lifelong.formats.cms.rows import Rows, Unreadable
from lifelong.rules.verdict import Reason

NEEDED = ("measure_id", "place", "period_start", "period_end")
ALSO_CALLED = {
    "measure": "measure_id",
    "hospital": "place",
    "practice": "place",
    "facility": "place",
    "site": "place",
    "ccn": "place",
    "start_date": "period_start",
    "end_date": "period_end",
    "start": "period_start",
    "end": "period_end",
    "num": "numerator",
    "den": "denominator",
    "n": "denominator",
    "rate": "value",
    "score": "value",
    "result": "value",
}
# Names of things, not of people, that end in "name".
THING_NAMES = frozenset(
    [
        "measure",
        "hospital",
        "facility",
        "practice",
        "site",
        "unit",
        "place",
        "ward",
        "clinic",
        "department",
        "system",
        "file",
        "metric",
        "indicator",
        "benchmark",
    ]
)
IDENTITY = re.compile(
    r"^(patient|pt|person|subject)$|(^|_)("
    r"mrn|ssn|dob|born|(year|month|date|day)_?of_?birth|birth_?(date|day|dt|year|month)|"
    r"(patient|pt|person|subject)s?_?(id|ids|identifier|number|nbr|no|num|name|names|initials|address|contact|key|code)|"
    r"medical_?record\w*|social_?security\w*|(first|last|middle|given|family|full|sur|maiden|nick)_?names?|initials|"
    r"phone\w*|telephone\w*|mobile|cell_?phone|e_?mail\w*|fax\w*|street\w*|home_?address|address\w*|"
    r"(account|encounter|visit|medicare|medicaid|member|insurance|policy|subscriber|chart)_?(id|number|no|nbr|num)|"
    r"csn|fin|mbi|hicn?|subscriber|health_?card\w*|passport\w*|next_?of_?kin|guardian"
    r")(_|$)"
)
SSN = re.compile(r"(?<!\d)\d{3}-\d{2}-\d{4}(?!\d)")
KINDS: dict[str, Scope] = {"": "hospital", "hospital": "hospital", "practice": "practice", "clinic": "practice"}


@dataclass(frozen=True, slots=True)
class OfficeReading:
    """Either `refused` (nothing was taken) or the points and the lines that were not taken."""

    points: tuple[Point, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    refused: Reason | None = None


def read_office_csv(
    file: IO[bytes] | IO[str], filename: str, *, place_kind: Scope = "hospital", limits: Limits | None = None
) -> OfficeReading:
    """Read an office's own figures. The whole file is judged before anything is handed over (TUFTS-22, TUFTS-23).

    `place_kind` holds for lines that do not say. A rate from numerator and denominator is in percent.
    """
    bounds = limits or Limits(rows=200_000, bytes=50_000_000)
    points: list[Point] = []
    refusals: list[Refusal] = []
    try:
        rows = Rows(file, bounds)
        lines = iter(rows)
        header = next(lines, [])
        if reason := _header_reason(header, filename, bounds):
            return OfficeReading(refused=reason)
        columns = _columns(header)
        for row in lines:
            if not any(row):
                continue
            if any(SSN.search(cell) for cell in row):
                return OfficeReading(
                    refused=_person(f"line {rows.line} holds what looks like a social security number")
                )
            item = _line(columns, rows.line, row, len(header), place_kind)
            if isinstance(item, Point):
                points.append(item)
            elif len(refusals) < bounds.refusals:
                refusals.append(item)
    except Unreadable as problem:
        found = problem.refusal
        return OfficeReading(
            refused=Reason("cms.unreadable", f"Line {found.line}: {found.reason}.", found.next_step, "file")
        )
    return OfficeReading(tuple(points), tuple(refusals))


def identity_columns(header: Sequence[str]) -> tuple[str, ...]:
    """The columns that look like patient identity: names, record numbers, birth dates, social security numbers, ways to reach a person."""
    return tuple(heading for heading in header if _is_identity(_plain(heading)))


def _is_identity(name: str) -> bool:
    if name == "name" or (name.endswith("_name") and name.removesuffix("_name").rsplit("_", 1)[-1] not in THING_NAMES):
        return True
    return bool(IDENTITY.search(name))


def _plain(heading: str) -> str:
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", heading.replace("\ufeff", ""))
    return re.sub(r"[^a-z0-9]+", "_", spaced.lower()).strip("_")


def _person(what: str) -> Reason:
    return Reason(
        rule="cms.patient_identity",
        sentence=f"Nothing was taken: {what}. Quality figures are kept without any trace of a patient.",
        next_step="Take these columns out of the table, keep one line per measure, place and period, and upload it again.",
        field="file",
    )


def _header_reason(header: list[str], filename: str, bounds: Limits) -> Reason | None:
    if len(header) > bounds.columns:
        return Reason(
            "cms.too_wide", f"The file has {len(header):,} columns.", "Keep only the columns of the template.", "file"
        )
    if found := identity_columns(header):
        shown = ", ".join(repr(heading.strip()[:40]) for heading in found[:5])
        return _person(
            f"the column{'s' if len(found) > 1 else ''} {shown} look{'' if len(found) > 1 else 's'} like patient identity"
        )
    names = [_plain(heading) for heading in header if heading.strip()]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        return Reason(
            "cms.same_column", f"The column {twice[0][:40]!r} is there twice.", "Keep the one that counts.", "file"
        )
    columns = _columns(header)
    missing = [name for name in NEEDED if name not in columns]
    if not missing and "value" not in columns and not {"numerator", "denominator"} <= columns.keys():
        missing = ["value (or numerator and denominator)"]
    if missing:
        return Reason(
            rule="cms.missing_columns",
            sentence=f"{filename[-80:] or 'The file'} lacks the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}.",
            next_step="Use the template: measure_id, place, period_start, period_end, numerator, denominator (or value).",
            field="file",
        )
    return None


def _columns(header: Sequence[str]) -> dict[str, int]:
    columns: dict[str, int] = {}
    for position, heading in enumerate(header):
        name = _plain(heading)
        columns.setdefault(ALSO_CALLED.get(name, name), position)
    return columns


def _line(columns: dict[str, int], line: int, row: list[str], width: int, place_kind: Scope) -> Point | Refusal:
    if len(row) != width:
        return Refusal(line, "row", "", f"the line has {len(row)} cells where the header has {width}", "Mend the line.")

    def cell(name: str) -> str:
        return row[columns[name]].strip() if name in columns else ""

    identifier, place = measure_id(cell("measure_id")), cell("place")
    if not identifier or not place:
        return Refusal(
            line,
            "place" if identifier else "measure_id",
            "",
            "the cell is empty",
            "Say which measure and which place this is.",
        )
    try:
        start, end = day(cell("period_start")), day(cell("period_end"))
    except ValueError as problem:
        return Refusal(line, "period_start or period_end", "", str(problem), "Write dates as 2026-01-31 or 1/31/2026.")
    if start is None or end is None or end < start:
        return Refusal(
            line,
            "period_end",
            cell("period_end"),
            "the period is empty or ends before it starts",
            "Give both its first and last day.",
        )
    scope = KINDS.get(cell("place_kind").lower()) if cell("place_kind") else place_kind
    if scope is None:
        return Refusal(
            line,
            "place_kind",
            cell("place_kind")[:60],
            "this is neither hospital nor practice",
            "Write hospital or practice.",
        )
    figures = _figures(line, cell("value"), cell("numerator"), cell("denominator"), cell("unit"))
    if isinstance(figures, Refusal):
        return figures
    value, base, counted = figures
    unit = cell("unit") or ("percent" if counted else unit_of(identifier))
    note = cell("note")[:200] if value is not None else "withheld: empty"
    return Point(scope, place[:120], identifier, value, base, None, None, start, end, "", unit, note)


def _figures(
    line: int, value: str, numerator: str, denominator: str, unit: str
) -> tuple[float | None, float | None, bool] | Refusal:
    """(value, denominator, was worked out from counts)."""
    try:
        figure, top, base = number(value), number(numerator), number(denominator)
    except NotANumber as problem:
        return Refusal(
            line, "value, numerator or denominator", str(problem)[:60], "this is not a figure", "Write plain numbers."
        )
    if base is not None and base < 0 or top is not None and top < 0:
        return Refusal(
            line,
            "numerator or denominator",
            f"{numerator}/{denominator}"[:60],
            "a count is below zero",
            "Check the two counts.",
        )
    if figure is not None or top is None:
        return figure, base, False
    if not base:
        return Refusal(
            line,
            "denominator",
            denominator[:60],
            "there is a numerator but nobody to count it among",
            "Give the denominator.",
        )
    if top > base and unit in ("", "percent"):
        return Refusal(
            line,
            "numerator",
            f"{top:g}/{base:g}",
            "more cases than people counted",
            "Check whether the two counts are swapped.",
        )
    return 100.0 * top / base, base, True
