"""What must be reported, by when, and what is still missing?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from lifelong.rules.books import Value, load_book
from lifelong.rules.verdict import Reason, Severity, Verdict, counted, verdict

PARS_STATUSES = ("draft", "active", "ready_to_close", "closed")


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityReportFacts:
    """An activity as it would be reported. `filled`: names of the fields that have a value (zero is a value)."""

    status: str
    filled: frozenset[str]
    in_person: bool = False
    listed: bool = False
    joint: bool = False
    commercial_support: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class YearEndFacts:
    """Steps of the yearly report that are done; `reporting_year` is the year that is reported on."""

    today: date
    reporting_year: int
    done: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionFacts:
    """One learner's completion on its way to CPE Monitor or a board. `reported_on` None: not yet."""

    completed_on: date
    today: date
    reported_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardFacts:
    """A board chosen for an activity. `passing_percent` None: the activity states none."""

    board: str
    attested: bool = False
    practice_areas: tuple[str, ...] = ()
    credit_types: tuple[str, ...] = ()
    amount: Decimal = Decimal(0)
    statement_shown: bool = False
    gives_feedback: bool = False
    passing_percent: int | None = None


def pars_fields_missing(facts: ActivityReportFacts) -> Verdict:
    """R-REP-1 (warning): one reason per field that the status asks for. Raises ValueError for an unknown status."""
    if facts.status not in PARS_STATUSES:
        raise ValueError(f"unknown status {facts.status!r}; known are {', '.join(PARS_STATUSES)}")
    book = load_book("accme")
    wanted = list(book.names("pars.fields.draft" if facts.status == "draft" else "pars.fields.active"))
    if facts.status != "draft":
        wanted += book.names("pars.fields.in_person") if facts.in_person else ()
        wanted += book.names("pars.fields.listed") if facts.listed else ()
    if facts.status == "closed":
        wanted += book.names("pars.fields.closed")
        wanted += ["joint_providers"] if facts.joint else []
        wanted += ["support_sources"] if facts.commercial_support else []
    return verdict(
        Reason(
            "R-REP-1",
            f"The report lacks: {field.replace('_', ' ')}.",
            "Fill it in on the activity.",
            field,
            Severity.WARN,
        )
        for field in wanted
        if field not in facts.filled
    )


def year_end_open(facts: YearEndFacts) -> Verdict:
    """R-REP-2 (warning): steps of the yearly report still open from a month before the accreditor's date."""
    due = year_end_due_on(facts.reporting_year)
    warn_month, warn_day = _month_day(load_book("lifelong").text("report.year_end_warn_from"))
    if facts.today < date(facts.reporting_year + 1, warn_month, warn_day):
        return Verdict()
    return verdict(
        Reason("R-REP-2", f"Yearly report, due {due.isoformat()}: {words}.", "Do this step.", step, Severity.WARN)
        for step, words in load_book("accme").table("pars.year_end_steps").items()
        if step not in facts.done
    )


def year_end_due_on(reporting_year: int) -> date:
    """The day on which the report of that year is due."""
    month, day = _month_day(load_book("accme").text("pars.year_end"))
    return date(reporting_year + 1, month, day)


def pharmacy_due_on(completed_on: date) -> date:
    """The last day on which CPE Monitor takes the completion."""
    return completed_on + timedelta(days=load_book("acpe").integer("report.last_day"))


def pharmacy_report_due(facts: CompletionFacts) -> Verdict:
    """R-ACPE-3: a warning from day thirty, a block after day sixty."""
    if facts.reported_on is not None:
        return Verdict()
    book = load_book("acpe")
    last, warn = pharmacy_due_on(facts.completed_on), book.integer("report.warn_days")
    if facts.today > last:
        sentence = f"CPE Monitor took this completion until {last.isoformat()}; it cannot be reported any more."
        return Verdict((Reason("R-ACPE-3", sentence, "Tell the learner and write to ACPE.", "completed_on"),))
    if (facts.today - facts.completed_on).days < warn:
        return Verdict()
    left = (last - facts.today).days
    sentence = f"This completion is not reported to CPE Monitor; {counted(left, 'day is', 'days are')} left."
    step = "Report it now; ask the learner for the e-Profile ID and birthday if they are missing."
    return Verdict((Reason("R-ACPE-3", sentence, step, "reported_on", Severity.WARN),))


def board_due_on(completed_on: date) -> date:
    """The last day for reporting a completion to a board."""
    return completed_on + timedelta(days=load_book("accme").integer("moc.report_days"))


def board_report_due(facts: CompletionFacts) -> Verdict:
    """R-MOC-2 (warning): a completion that is not reported shortly before the thirty days are over."""
    warn = load_book("lifelong").integer("moc.warn_days")
    if facts.reported_on is not None or (facts.today - facts.completed_on).days < warn:
        return Verdict()
    due = board_due_on(facts.completed_on)
    sentence = f"This completion should be reported to the board by {due.isoformat()}."
    return Verdict((Reason("R-MOC-2", sentence, "Report it now.", "reported_on", Severity.WARN),))


def board_ready(facts: BoardFacts) -> Verdict:
    """R-MOC-1: what a chosen board needs before credit for it is offered."""
    book = load_book("accme")
    boards, known_types = book.table("moc.boards"), book.table("moc.credit_types").get(facts.board, ())
    if facts.board not in boards:
        return Verdict(
            (_board(f"{facts.board} is not a board that takes part.", f"Choose {', '.join(boards)}.", "board"),)
        )
    unknown = [kind for kind in facts.credit_types if isinstance(known_types, tuple) and kind not in known_types]
    checks = (
        (facts.attested, "the attestation to the board's rules is missing", "attested"),
        (bool(facts.practice_areas), "no practice area is chosen", "practice_areas"),
        (bool(facts.credit_types), "no credit type is chosen", "credit_types"),
        (facts.amount > 0, "no amount is given", "amount"),
        (facts.gives_feedback, "the assessment gives learners no feedback", "gives_feedback"),
        (
            facts.statement_shown or facts.board not in book.names("moc.statement_required"),
            "the recognition statement is not shown",
            "statement_shown",
        ),
        (not (unknown and known_types), f"it has no credit type {', '.join(unknown)}", "credit_types"),
        (_passing_reached(facts, book.table("moc.passing_percent")), "the passing level is too low", "passing_percent"),
    )
    return verdict(
        _board(f"{facts.board}: {text}.", "Complete it.", field) for holds, text, field in checks if not holds
    )


def _passing_reached(facts: BoardFacts, least: Mapping[str, Value]) -> bool:
    needed = least.get(facts.board)
    return not isinstance(needed, int) or (facts.passing_percent or 0) >= needed


def _board(sentence: str, next_step: str, field: str) -> Reason:
    return Reason("R-MOC-1", sentence, next_step, field)


def _month_day(text: str) -> tuple[int, int]:
    month, day = text.split("-")
    return int(month), int(day)
