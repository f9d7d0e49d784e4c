"""What a public quality-measure file says, in one shape whatever its layout."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

Scope = Literal["hospital", "practice", "state", "nation"]


class Point(NamedTuple):
    """One figure of one measure at one place for one window.

    A named tuple, not a dataclass: a release holds hundreds of thousands and building one must stay cheap.
    `value` is None where the publisher withheld it (`note` says why). `place_id` is a six-character CCN, a state code, "US" or a
    practice's own name. `release` is yyyy-mm of publication, which is NOT when patients were seen: that is `period_start` to
    `period_end` (both inclusive; None where the file does not say). `low` and `high` are the publisher's interval.
    """

    scope: Scope
    place_id: str
    measure_id: str
    value: float | None
    denominator: float | None = None
    low: float | None = None
    high: float | None = None
    period_start: date | None = None
    period_end: date | None = None
    release: str = ""
    unit: str = ""
    note: str = ""
    overlaps_previous: bool = False  # shares months with the point before it in its series
    same_window: bool = False  # the window did not move since the point before it: the same figure printed again

    @property
    def suppressed(self) -> bool:
        return self.value is None


class Hospital(NamedTuple):
    """One line of the hospital list. `ccn` is the six-character CMS Certification Number as text."""

    ccn: str
    name: str
    state: str
    city: str
    zip: str
    address: str = ""
    county: str = ""
    type: str = ""
    ownership: str = ""
    emergency: bool | None = None
    star_rating: int | None = None


class MeasureWindow(NamedTuple):
    """Which months a measure covers in a release (from its Measure_Dates table)."""

    measure_id: str
    title: str
    period_start: date
    period_end: date


@dataclass(frozen=True, slots=True)
class Refusal:
    """A line or a whole file that was not taken: where, what was found, why, and what to do. `line` 1 is the header."""

    line: int
    field: str
    value: str
    reason: str
    next_step: str


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds against hostile or broken files; a reader stops with a sentence when one is passed."""

    line_characters: int = 1_000_000
    columns: int = 2_000
    rows: int = 5_000_000
    bytes: int = 2_000_000_000
    refusals: int = 1_000


@dataclass(frozen=True, slots=True)
class Layout:
    """A recognised file: `kind` names the reader, `columns` maps a role ("ccn", "value", ...) to its position."""

    kind: Literal["panel", "hospitals", "long", "counts", "purchasing", "readmission", "outcome_wide", "measure_dates"]
    title: str
    columns: dict[str, int]
    header: tuple[str, ...]


Item = Point | Hospital | MeasureWindow | Refusal
