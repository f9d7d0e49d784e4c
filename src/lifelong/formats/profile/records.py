"""A program profile as frozen records: what a school's office is, what its mission says, and in which words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time


class ProfileError(ValueError):
    """A profile that cannot be used: names the file and the key, says what is wrong and what to do next."""

    def __init__(self, file: str, key: str, sentence: str, next_step: str) -> None:
        self.file, self.key, self.sentence, self.next_step = file, key, sentence, next_step
        super().__init__(f"{file}: {key or 'file'}: {sentence} {next_step}")


@dataclass(frozen=True, slots=True)
class Hours:
    """One weekday's opening; `weekday` 0 is Monday; times are local to the profile's zone."""

    weekday: int
    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class Contact:
    """How to reach the office. `demo` marks details that are made up until the office fills in its own."""

    address: tuple[str, ...]
    phone: str
    email: str
    hours: tuple[Hours, ...]
    fax: str = ""
    out_of_hours: str = ""
    demo: bool = True


@dataclass(frozen=True, slots=True)
class Accreditation:
    """One accreditor as the mission names it. Unconfirmed ones are shown as such and decide nothing."""

    body: str
    kind: str
    statement: str
    confirmed: bool
    since: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of the mission in our words; tags say what it is about, whatever heading it stands under."""

    key: str
    text: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A passage of the mission; the heading is the program's own and may be empty."""

    heading: str
    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Mission:
    version: str
    title: str
    effective_from: date
    sections: tuple[Section, ...]

    @property
    def statements(self) -> tuple[Statement, ...]:
        return tuple(statement for section in self.sections for statement in section.statements)

    def tagged(self, tag: str) -> tuple[Statement, ...]:
        """The statements about one thing, wherever they stand."""
        return tuple(statement for statement in self.statements if tag in statement.tags)


@dataclass(frozen=True, slots=True)
class Indicator:
    """How attainment is counted: `key` names the computation, `counts` what is counted, in this program's words."""

    key: str
    counts: str
    unit: str
    target: float
    direction: str


@dataclass(frozen=True, slots=True)
class ExpectedResult:
    """What the mission says will come of the program. `statement` is the mission statement it stands in."""

    key: str
    kind: str
    label: str
    statement: str
    indicator: Indicator
    supports_institution: bool = False


@dataclass(frozen=True, slots=True)
class Goal:
    """A vision, a goal beside the mission, or an objective; `expected_results` are the keys it serves."""

    key: str
    kind: str
    title: str
    text: str
    expected_results: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Term:
    """One entry of a program's list. `standard` is the body's own name or key (for exports), `parent` the entry above."""

    key: str
    label: str
    standard: str = ""
    parent: str = ""


@dataclass(frozen=True, slots=True)
class SharedList:
    """A list that all programs have. `facet` heads it in the catalogue (empty: not offered there); `source` names the file of its
    entries where they are not here; `single`: an activity carries one entry at most."""

    key: str
    label: str
    question: str
    help: str = ""
    facet: str = ""
    source: str = ""
    single: bool = False
    entries: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True)
class ListGroup:
    """Shared lists that a planner meets together."""

    title: str
    hint: str
    lists: tuple[SharedList, ...]


@dataclass(frozen=True, slots=True)
class ReachBand:
    """A band of where learners come from: the first band that holds a learner's place decides. An empty one takes the rest."""

    key: str
    label: str
    states: tuple[str, ...] = ()
    nations: tuple[str, ...] = ()

    def holds(self, state: str, nation: str) -> bool:
        """True for a place (state code, two-letter nation) in this band."""
        if self.states:
            return nation == "US" and state in self.states
        return not self.nations or nation in self.nations


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy the program keeps: for which track, under which rule id, and how often it is looked at again."""

    key: str
    title: str
    track: str
    rule: str
    review_months: int


@dataclass(frozen=True, slots=True)
class Page:
    """A public page: its title and what it shows, in this order."""

    key: str
    title: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """Everything in which one accredited provider differs from another."""

    slug: str
    name: str
    office_name: str
    short_name: str
    accent: str
    time_zone: str
    place: str
    institutional_mission: str
    contact: Contact
    vocabulary: dict[str, str]
    accreditations: tuple[Accreditation, ...]
    mission: Mission
    expected_results: tuple[ExpectedResult, ...]
    goals: tuple[Goal, ...]
    competencies: tuple[Term, ...]
    competency_required: bool
    iom: tuple[Term, ...]
    themes: tuple[Term, ...]
    content_domains: tuple[Term, ...]
    content_areas: tuple[Term, ...]
    formats: tuple[Term, ...]
    audiences: tuple[Term, ...]
    needs_sources: tuple[Term, ...]
    reach: tuple[ReachBand, ...]
    pages: tuple[Page, ...]
    policies: tuple[Policy, ...]
    registers: frozenset[str]
    specialties: str  # "shared": the list all programs share

    def goals_of(self, kind: str) -> tuple[Goal, ...]:
        """The visions, goals or objectives, in order."""
        return tuple(goal for goal in self.goals if goal.kind == kind)

    def reach_of(self, state: str, nation: str) -> str:
        """The band a learner's place belongs to; an empty string where no band takes it."""
        return next((band.key for band in self.reach if band.holds(state, nation)), "")
