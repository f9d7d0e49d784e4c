"""What a mission report is made of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class MissionStatement:
    """A statement of the mission as the office wrote it; `tags` name the expected results that attain it."""

    text: str
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """One period of an indicator. `value` None: not measured or suppressed in that period; n as counted."""

    period: str
    value: float | None
    low: float | None = None
    high: float | None = None
    n: int | None = None


@dataclass(frozen=True, slots=True)
class ResultSection:
    """One expected result. Values are in `unit` (such as `%`); `interval` names how low and high were made (`95 % interval`).

    `suppressed`: too few people to publish; then value, interval and trend are not shown, whatever they hold.
    `activities` are the references of those behind the number; `measure` says how it was measured.
    """

    tag: str
    title: str
    indicator: str
    unit: str = ""
    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    interval: str = "95 % interval"
    target: float | None = None
    trend: tuple[TrendPoint, ...] = ()
    activities: tuple[str, ...] = ()
    suppressed: bool = False
    conclusion: str = ""
    priority: str = ""
    measure: str = ""


@dataclass(frozen=True, slots=True)
class ActivityLine:
    """One activity of the year as the table shows it; `hours` of instruction, `learners` as counted for reporting."""

    reference: str
    title: str
    format: str
    date_text: str
    hours: float
    learners: int
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Program:
    """The program in numbers: `learners` counts people once, `by_profession` and `reach` are (name, number)."""

    activities: int
    sessions: int
    hours: float
    learners: int
    by_profession: tuple[tuple[str, int], ...] = ()
    reach: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class MissionReport:
    """All facts of one report. `generated_at` in UTC; `rule_books` are (name, version); `snapshot` is the hash of the data."""

    provider: str
    year: int
    statements: tuple[MissionStatement, ...]
    results: tuple[ResultSection, ...]
    program: Program
    activities: tuple[ActivityLine, ...]
    rule_books: tuple[tuple[str, str], ...]
    snapshot: str
    generated_at: datetime
    summary: str = ""
    accent: str = "#1d4e79"
    lang: str = "en"
