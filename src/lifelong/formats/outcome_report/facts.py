"""What the outcome report of an activity is made of. None stands for a number that too few people stand behind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from lifelong.formats.outcome_report.nonresponse import NonResponse, Patients
from lifelong.formats.outcome_report.scores import Scores


@dataclass(frozen=True, slots=True)
class Share:
    """A percentage with its 95 % interval; `n` of it, counted among `of` (words)."""

    name: str
    value: float | None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    of: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """One of the three results on the first page; `sentence` carries number, interval and n."""

    title: str
    sentence: str
    level: str
    is_objective: bool


@dataclass(frozen=True, slots=True)
class Gap:
    title: str
    description: str
    baseline: str = ""
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One step of participation; `n` None: fewer than the smallest group."""

    name: str
    n: int | None
    of: str = ""  # what is counted


@dataclass(frozen=True, slots=True)
class Rated:
    """One question on an ordered scale, `scale` and `counts` from low to high."""

    question: str
    scale: tuple[str, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class BeforeNow:
    """A retrospective pair: means on the scale from 1 to `top`, and the share (percent) who put themselves higher now."""

    question: str
    top: int
    n: int
    before: float
    now: float
    rose: Share


@dataclass(frozen=True, slots=True)
class Theme:
    name: str
    plans: int
    people: int | None
    quotes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Barrier:
    """`domain`: of the theoretical domains framework, in words; `addressable`: education can do something about it; `who` can."""

    label: str
    domain: str
    people: int | None
    addressable: bool
    who: str = ""


@dataclass(frozen=True, slots=True)
class Wave:
    """Follow-up `days` after the plan. `shares` always hold all denominators, the worst case (of all plans) last."""

    days: int
    committed: int
    asked: int
    answered: int
    fully: int | None
    partly: int | None
    shares: tuple[Share, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """One figure of a measure: value in the measure's unit, cases behind it, and the window it covers."""

    value: float
    n: int | None = None
    start: date | None = None
    end: date | None = None
    release: str = ""


@dataclass(frozen=True, slots=True)
class Measured:
    """A measure before and after. `moved`: as wanted (True), not (False), cannot be told (None). `peers`: (name, before, after)."""

    label: str
    level: str
    is_objective: bool
    unit: str
    before: Reading | None
    after: Reading | None
    difference: float | None
    low: float | None
    high: float | None
    moved: bool | None
    verb: str
    notes: tuple[str, ...] = ()
    source: str = ""
    peers: tuple[tuple[str, float | None, float | None], ...] = ()


@dataclass(frozen=True, slots=True)
class Teams:
    """What teams said of themselves, apart from what single learners said. `teams` formed, `answered` of them; ratings count teams."""

    teams: int
    answered: int | None
    before_now: tuple[BeforeNow, ...] = ()
    rated: tuple[Rated, ...] = ()


@dataclass(frozen=True, slots=True)
class Analysed:
    """A result of an analysis plan: its own sentence and the verb its design allows."""

    title: str
    sentence: str
    verb: str
    plan_hash: str
    fixed_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeReport:
    """All facts of one report. Counts are as of `generated_at` (UTC); `level_any` and `level_objective` are Moore levels or ""."""

    provider: str
    title: str
    number: int
    generated_at: datetime
    level_any: str = ""
    level_objective: str = ""
    level_words: str = "No data yet"
    dates: str = ""
    starts_on: date | None = None
    ends_on: date | None = None
    format: str = ""
    place: str = ""
    credit: tuple[str, ...] = ()
    audience: tuple[str, ...] = ()
    objectives: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()
    supporters: tuple[str, ...] = ()
    disclosure: str = ""
    people: int | None = None
    target: int | None = None
    reached_elsewhere: int = 0
    results: tuple[Result, ...] = ()
    summary: str = ""
    limits: tuple[str, ...] = ()
    next_gap: str = ""
    closed_on: date | None = None
    funnel: tuple[Step, ...] = ()
    professions: tuple[tuple[str, int | None], ...] = ()
    places: tuple[tuple[str, int | None], ...] = ()
    rated: tuple[Rated, ...] = ()
    before_now: tuple[BeforeNow, ...] = ()
    bias: Share | None = None
    themes: tuple[Theme, ...] = ()
    barriers: tuple[Barrier, ...] = ()
    waves: tuple[Wave, ...] = ()
    measures: tuple[Measured, ...] = ()
    analyses: tuple[Analysed, ...] = ()
    scores: Scores | None = None
    team: Teams | None = None
    patients: Patients | None = None
    nonresponse: NonResponse = NonResponse()
    response_words: tuple[str, ...] = ()
    standard_of_care: str = ""
    methods: str = ""
    smallest_group: int = 5
    accent: str = "#1d4e79"
    lang: str = "en"

    @property
    def reach_words(self) -> str:
        """Reach against the target, in a sentence."""
        if self.people is None:
            return "Fewer people came than may be shown."
        elsewhere = (
            f"; {self.reached_elsewhere:,} more were reached without checking in" if self.reached_elsewhere else ""
        )
        if not self.target:
            return f"{self.people:,} people came; no target was set{elsewhere}."
        if self.people > self.target:
            return f"{self.people:,} people came where {self.target:,} were planned for{elsewhere}."
        return f"{self.people:,} of {self.target:,} places were taken ({100 * self.people / self.target:.0f} %){elsewhere}."
