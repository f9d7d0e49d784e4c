"""The thirteen gates of an activity, in order: what is missing before each, and where the activity stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from lifelong.rules.analysis import AnalysisFacts, change_analysed
from lifelong.rules.content import ContentFacts, may_release
from lifelong.rules.designation import DesignationFacts, may_designate
from lifelong.rules.integrity import DisclosureShownFacts, RoleFacts, disclosure_shown, may_start_role
from lifelong.rules.planning import PlanFacts, gap_described, may_leave_design
from lifelong.rules.reporting import BoardFacts, board_ready
from lifelong.rules.support import (
    MarketingFacts,
    SupportFacts,
    agreement_signed,
    expense_allowed,
    marketing_apart,
    support_accounted,
)
from lifelong.rules.verdict import Reason, Verdict, counted, verdict


class Gate(StrEnum):
    """The gates in the order of the work."""

    INTAKE = "G1"
    PLANNING = "G2"
    DESIGN = "G3"
    FACULTY = "G4"
    SUPPORT = "G5"
    CONTENT = "G6"
    DESIGNATION = "G7"
    PUBLICATION = "G8"
    DELIVERY = "G9"
    CREDIT = "G10"
    REPORTING = "G11"
    CLOSING = "G12"
    RETENTION = "G13"

    @property
    def words(self) -> str:
        return _TITLES[self]


_TITLES = {
    Gate.INTAKE: "Intake accepted",
    Gate.PLANNING: "Planning starts",
    Gate.DESIGN: "Design complete",
    Gate.FACULTY: "Faculty confirmed",
    Gate.SUPPORT: "Support agreed",
    Gate.CONTENT: "Content reviewed",
    Gate.DESIGNATION: "Credit designated",
    Gate.PUBLICATION: "Published",
    Gate.DELIVERY: "Delivered",
    Gate.CREDIT: "Credit awarded",
    Gate.REPORTING: "Reported",
    Gate.CLOSING: "Analysed and closed",
    Gate.RETENTION: "Retained",
}


class State(StrEnum):
    """`passed`: recorded and still true; `waiting`: nothing is missing, somebody may pass it; `missing`: see the verdict."""

    PASSED = "passed"
    WAITING = "waiting"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicationFacts:
    """What the public page shows. Each is true when it is there."""

    accreditation_statement: bool = False
    credit_statements: bool = False
    objectives: bool = False
    audience: bool = False
    disclosure: bool = False
    support_acknowledged: bool = False
    completion_criteria: bool = False
    contact: bool = False
    privacy: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GateFacts:
    """All that the gates ask about one activity. Leave out what does not apply: no support, no boards, no marketing.

    `passed` holds the gates that are recorded as passed. Counts are of things that are still open.
    """

    now: datetime
    passed: frozenset[Gate] = frozenset()
    applicant: str = ""
    ineligible_partners: tuple[str, ...] = ()
    audience: tuple[str, ...] = ()
    plan: PlanFacts = field(default_factory=PlanFacts)
    planners: tuple[RoleFacts, ...] = ()
    objectives: int = 0
    objectives_without_evaluation: int = 0
    outcome_plan: bool = False
    faculty: tuple[RoleFacts, ...] = ()
    sessions_without_faculty: int = 0
    supports: tuple[SupportFacts, ...] = ()
    contents: tuple[ContentFacts, ...] = ()
    designations: tuple[DesignationFacts, ...] = ()
    boards: tuple[BoardFacts, ...] = ()
    publication: PublicationFacts = field(default_factory=PublicationFacts)
    ends_at: datetime | None = None
    disclosure_shown: DisclosureShownFacts | None = None
    attendances: int = 0
    education_slots: tuple[MarketingFacts, ...] = ()
    marketing_slots: tuple[MarketingFacts, ...] = ()
    credit_closes_at: datetime | None = None
    claims_undecided: int = 0
    reports_open: int = 0
    analysis: AnalysisFacts | None = None
    follow_ups_open: int = 0
    retention_set: bool = False


@dataclass(frozen=True, slots=True)
class GateState:
    """One step of the rail."""

    gate: Gate
    name: str
    state: State
    verdict: Verdict


def missing_before(gate: Gate | str, facts: GateFacts) -> Verdict:
    """All that stands between the activity and this gate: its own facts, and earlier gates that were not passed."""
    asked = Gate(gate)
    earlier = [before for before in Gate if _position(before) < _position(asked) and before not in facts.passed]
    order = Reason(
        "gate.order",
        f"{asked.words} comes after {', '.join(before.words for before in earlier)}.",
        f"Complete “{earlier[0].words}” first." if earlier else "",
        "gate",
    )
    return verdict([*facts_missing(asked, facts).reasons, order if earlier else None])


def facts_missing(gate: Gate | str, facts: GateFacts) -> Verdict:
    """What this gate itself asks for, whatever was passed before."""
    return verdict(_CHECKS[Gate(gate)](facts))


def rail(facts: GateFacts) -> tuple[GateState, ...]:
    """Every gate with its state. A gate that was passed and no longer holds is missing again."""
    states = []
    for gate in Gate:
        own = facts_missing(gate, facts)
        done = State.PASSED if gate in facts.passed else State.WAITING
        states.append(GateState(gate, gate.words, done if own.holds else State.MISSING, own))
    return tuple(states)


def next_gate(facts: GateFacts) -> Gate | None:
    """The first gate that is not passed, or no longer holds; None when the activity is through."""
    return next((step.gate for step in rail(facts) if step.state is not State.PASSED), None)


def _intake(facts: GateFacts) -> Iterable[Reason | None]:
    yield _when(not facts.applicant.strip(), "gate.applicant", "Nobody is named as applicant.", "Name the applicant.")
    yield _when(not facts.audience, "gate.audience", "No audience is chosen.", "Choose the professions.", "audience")
    for partner in facts.ineligible_partners:
        sentence = f"{partner} is an ineligible company and cannot be a joint provider."
        yield Reason("gate.partner", sentence, "Plan without this partner.", "partners")
    yield from gap_described(facts.plan)


def _planning(facts: GateFacts) -> Iterable[Reason | None]:
    yield _when(not facts.planners, "gate.planners", "No planner is named.", "Name the planners.", "planners")
    for role in facts.planners:
        yield from may_start_role(role).reasons


def _design(facts: GateFacts) -> Iterable[Reason | None]:
    yield from may_leave_design(facts.plan).reasons
    yield _when(not facts.objectives, "gate.objectives", "No objective is written.", "Write what learners will do.")
    count = facts.objectives_without_evaluation
    sentence = f"{counted(count, 'objective is', 'objectives are')} neither assessed nor evaluated."
    yield _when(count > 0, "gate.objectives", sentence, "Link each to an item or question.", "objectives")
    sentence = "It is not planned how the change will be measured."
    yield _when(not facts.outcome_plan, "gate.outcome_plan", sentence, "Choose a measure and a time.", "outcome_plan")


def _faculty(facts: GateFacts) -> Iterable[Reason | None]:
    sentence = f"{counted(facts.sessions_without_faculty, 'session has', 'sessions have')} no faculty."
    yield _when(facts.sessions_without_faculty > 0, "gate.faculty", sentence, "Assign faculty.", "faculty")
    for role in facts.faculty:
        yield from may_start_role(role).reasons


def _support(facts: GateFacts) -> Iterable[Reason | None]:
    for support in facts.supports:
        yield agreement_signed(support)
        for expense in support.expenses:
            yield expense_allowed(expense)


def _content(facts: GateFacts) -> Iterable[Reason | None]:
    yield _when(
        not facts.contents, "gate.content", "No content was reviewed.", "Send the content to review.", "content"
    )
    for content in facts.contents:
        yield from may_release(content).reasons


def _designation(facts: GateFacts) -> Iterable[Reason | None]:
    sentence = "No credit is designated."
    yield _when(not facts.designations, "gate.designation", sentence, "Designate credit.", "designations")
    for designation in facts.designations:
        yield from may_designate(designation).reasons
    for board in facts.boards:
        yield from board_ready(board).reasons


def _publication(facts: GateFacts) -> Iterable[Reason | None]:
    page = facts.publication
    shown = (
        ("accreditation_statement", page.accreditation_statement),
        ("credit_statements", page.credit_statements),
        ("objectives", page.objectives),
        ("audience", page.audience),
        ("disclosure", page.disclosure),
        ("support_acknowledged", page.support_acknowledged or not facts.supports),
        ("completion_criteria", page.completion_criteria),
        ("contact", page.contact),
        ("privacy", page.privacy),
    )
    for name, there in shown:
        sentence = f"The public page lacks the {name.replace('_', ' ')}."
        yield _when(not there, "gate.publication", sentence, "Add it to the page.", name)


def _delivery(facts: GateFacts) -> Iterable[Reason | None]:
    over = facts.ends_at is not None and facts.ends_at <= facts.now
    yield _when(not over, "gate.delivery", "The activity has not ended.", "Wait for its end.", "ends_at")
    yield _when(
        not facts.attendances, "gate.attendance", "Nobody's attendance is recorded.", "Record it.", "attendance"
    )
    if facts.disclosure_shown is not None:
        yield from disclosure_shown(facts.disclosure_shown)
    else:
        yield Reason("R-S3-5", "Learners have not been shown the disclosure.", "Publish it.", "disclosure_text")
    yield from marketing_apart(facts.education_slots, facts.marketing_slots)


def _credit(facts: GateFacts) -> Iterable[Reason | None]:
    sentence = f"{counted(facts.claims_undecided, 'claim waits', 'claims wait')} for a decision."
    yield _when(facts.claims_undecided > 0, "gate.claims", sentence, "Decide them.", "claims")
    still_open = facts.credit_closes_at is None or facts.now < facts.credit_closes_at
    yield _when(still_open, "gate.claims", "Learners may still claim credit.", "Wait until claims close.", "claims")


def _reporting(facts: GateFacts) -> Iterable[Reason | None]:
    sentence = f"{counted(facts.reports_open, 'report is', 'reports are')} not accepted yet."
    yield _when(facts.reports_open > 0, "gate.reports", sentence, "Send or correct them.", "reports")


def _closing(facts: GateFacts) -> Iterable[Reason | None]:
    yield from change_analysed(facts.analysis or AnalysisFacts(designed_for=())).reasons
    sentence = f"{counted(facts.follow_ups_open, 'follow-up is', 'follow-ups are')} still open."
    yield _when(
        facts.follow_ups_open > 0,
        "gate.follow_up",
        sentence,
        "Wait for them: each closes by itself when its link ends, and silence then counts as no.",
        "follow_ups",
    )
    for support in facts.supports:
        yield support_accounted(support)


def _retention(facts: GateFacts) -> Iterable[Reason | None]:
    sentence = "The records are still kept."
    step = "Nothing is to be done: the rule book says for how long, and nothing is deleted before."
    yield _when(not facts.retention_set, "gate.retention", sentence, step, "retention")


_CHECKS: dict[Gate, Callable[[GateFacts], Iterable[Reason | None]]] = {
    Gate.INTAKE: _intake,
    Gate.PLANNING: _planning,
    Gate.DESIGN: _design,
    Gate.FACULTY: _faculty,
    Gate.SUPPORT: _support,
    Gate.CONTENT: _content,
    Gate.DESIGNATION: _designation,
    Gate.PUBLICATION: _publication,
    Gate.DELIVERY: _delivery,
    Gate.CREDIT: _credit,
    Gate.REPORTING: _reporting,
    Gate.CLOSING: _closing,
    Gate.RETENTION: _retention,
}


def _position(gate: Gate) -> int:
    return list(Gate).index(gate)


def _when(missing: bool, rule: str, sentence: str, next_step: str, field: str = "") -> Reason | None:
    return Reason(rule, sentence, next_step, field or rule.partition(".")[2]) if missing else None
