"""May this credit be designated, how much time is it worth, and which statements must be shown?"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from lifelong.rules.books import load_book
from lifelong.rules.claim import designated_before_delivery
from lifelong.rules.statements import StatedCredit as StatedCredit
from lifelong.rules.statements import Statement as Statement
from lifelong.rules.statements import StatementFacts as StatementFacts
from lifelong.rules.statements import statements as statements
from lifelong.rules.timespans import Span, to_step, union, without
from lifelong.rules.verdict import Reason, Verdict, counted, verdict

IMPROVEMENT = "performance_improvement"  # key of the AMA format whose credit is by stages


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One line of an agenda. A line that does not count (break, meal, business) is taken out of its track, or out of all
    tracks when it names none."""

    starts_at: datetime
    ends_at: datetime
    counts: bool = True
    track: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InterprofessionalFacts:
    """The six conditions of interprofessional credit, each answered."""

    integrated_planning: bool = False
    planners_mirror_audience: bool = False
    team_outcome: bool = False
    interprofessional_competency: bool = False
    learning_together: bool = False
    evaluates_team: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignationFacts:
    """One designation: so much credit of one system for one activity or session.

    `credit_system` is the body of a rule book (ama, acpe, ancc, ipce, …), `amount` in its unit, `format` a key of the AMA
    format words. `minutes`: counted learning time, None where credit is not by time. Pharmacy: `acpe_type` (knowledge,
    application, practice), `audiences` and `audiences_with_objectives` (P, T), `uans`. `stages` of performance improvement.
    """

    credit_system: str
    amount: Decimal
    format: str = "live"
    increment: Decimal | None = None
    minutes: Fraction | int | None = None
    designated_at: datetime | None = None
    delivered_from: datetime | None = None
    assessment_exists: bool = False
    passing_level_published: bool = False
    items_without_feedback: int = 0
    acpe_type: str = ""
    has_practice_experience: bool = False
    audiences: tuple[str, ...] = ()
    audiences_with_objectives: tuple[str, ...] = ()
    uans: tuple[str, ...] = ()
    nurse_planner_assigned: bool = False
    interprofessional: InterprofessionalFacts | None = None
    stages: tuple[str, ...] = ()
    measures_first_stage: frozenset[str] = frozenset()
    measures_last_stage: frozenset[str] = frozenset()


def may_designate(facts: DesignationFacts) -> Verdict:
    """Every rule that applies to the credit system and the format, together."""
    checks = [credit_amount(facts), designated_before_delivery(facts.designated_at, facts.delivered_from)]
    checks += [passing_level_published(facts)]
    if facts.credit_system == "acpe":
        checks += [acpe_minimum(facts), *uans_complete(facts), items_give_feedback(facts)]
    if facts.credit_system == "ancc":
        checks += [nurse_planner_assigned(facts)]
    if facts.credit_system == "ipce":
        checks += list(interprofessional_conditions(facts))
    if facts.format == IMPROVEMENT:
        checks += [improvement_stages_in_order(facts)]
    return verdict(checks)


def learning_minutes(slots: Iterable[Slot]) -> Fraction:
    """Minutes of learning: simultaneous slots once, breaks and other parts out. Elapsed time, also when the clocks change."""
    agenda = list(slots)
    spans: list[Span] = []
    for slot in (slot for slot in agenda if slot.counts):
        holes = [Span(out.starts_at, out.ends_at) for out in agenda if not out.counts and out.track in ("", slot.track)]
        spans.extend(without(Span(slot.starts_at, slot.ends_at), holes))
    return sum((span.minutes for span in union(spans)), Fraction(0))


def live_credit(slots: Iterable[Slot], credit_system: str = "ama") -> Decimal:
    """The credit that an agenda is worth: sixty minutes are one, in quarter-hour steps, exactly half a step up."""
    return credit_for_minutes(learning_minutes(slots), credit_system)


def credit_for_minutes(minutes: Fraction | int, credit_system: str = "ama") -> Decimal:
    """Minutes as credit of the system, by its own hour and step; systems without a book of their own follow AMA PRA."""
    body = credit_system if credit_system in ("ama", "acpe") else "ama"
    book = load_book(body)
    hour = book.integer("credit.minutes_per_credit" if body == "ama" else "credit.minutes_per_hour")
    return to_step(Fraction(minutes) / hour, book.amount("credit.increment"))


def credit_increment(credit_system: str) -> Decimal:
    """The step of a system; where its book holds none that is confirmed, the step of AMA PRA."""
    if credit_system == "acpe":
        return load_book("acpe").amount("credit.increment")
    if credit_system == "ipce":
        return load_book("ja").amount("ipce.increment")
    return load_book("ama").amount("credit.increment")


def credit_amount(facts: DesignationFacts) -> Reason | None:
    """R-CR-1: a positive multiple of the step, and never more than the time is worth."""
    step = facts.increment or credit_increment(facts.credit_system)
    if not is_multiple(facts.amount, step):
        return Reason(
            "R-CR-1", f"Credit is designated in steps of {step}, above zero.", f"Use a multiple of {step}.", "amount"
        )
    if facts.format == IMPROVEMENT and facts.credit_system == "ama":
        return _improvement_amount(facts)
    if facts.minutes is None:
        return None
    worth = credit_for_minutes(facts.minutes, facts.credit_system)
    if facts.amount > worth:
        return Reason(
            "R-CR-1",
            f"The agenda holds {float(facts.minutes):g} minutes of learning, which are worth {worth}, not {facts.amount}.",
            f"Designate {worth} or less, or correct the agenda.",
            "amount",
        )
    return None


def _improvement_amount(facts: DesignationFacts) -> Reason | None:
    """R-CR-1 where credit is by stages, not by time. How the sum is split over the stages is unconfirmed, so that no rule asks for it."""
    worth = load_book("ama").integer("format.performance_improvement.credits_all_stages")
    if facts.amount <= worth:
        return None
    return Reason(
        "R-CR-1",
        f"All stages of performance improvement are worth {worth}, not {facts.amount}.",
        f"Designate {worth} or less.",
        "amount",
    )


def improvement_stages() -> tuple[str, ...]:
    """The stages of performance improvement, in their order."""
    return load_book("ama").names("format.performance_improvement.stages")


def is_multiple(amount: Decimal, step: Decimal) -> bool:
    """Whether the amount is above zero, not absurdly large, and a multiple of the step."""
    digits = load_book("lifelong").integer("claim.amount_whole_digits")
    return amount.is_finite() and amount > 0 and amount.adjusted() < digits and not amount % step


def passing_level_published(facts: DesignationFacts) -> Reason | None:
    """R-CR-3: enduring and journal material needs an assessment whose passing level learners know beforehand."""
    if facts.format not in load_book("ama").names("format.needs_assessment"):
        return None
    if facts.assessment_exists and facts.passing_level_published:
        return None
    missing = "an assessment" if not facts.assessment_exists else "a passing level that learners are told beforehand"
    return Reason("R-CR-3", f"This format needs {missing}.", f"Add {missing}.", "assessment")


def improvement_stages_in_order(facts: DesignationFacts) -> Reason | None:
    """R-CR-6: stages A, B, C in order, and the same measures in the first and the last."""
    order = improvement_stages()
    if facts.stages != order[: len(facts.stages)] or not facts.stages:
        return Reason(
            "R-CR-6",
            f"A performance improvement activity runs in the stages {', '.join(order)}, starting with {order[0]}.",
            "Put the stages in order.",
            "stages",
        )
    if facts.stages == order and facts.measures_first_stage != facts.measures_last_stage:
        return Reason(
            "R-CR-6",
            f"Stage {order[0]} and stage {order[-1]} do not use the same measures.",
            "Measure the same things before and after.",
            "measures",
        )
    return None


def acpe_minimum(facts: DesignationFacts) -> Reason | None:
    """R-ACPE-1: least hours by type; a practice-based activity also has practice experience."""
    book = load_book("acpe")
    minimum = book.table("type.minimum_hours")
    if facts.acpe_type not in minimum:
        kinds = ", ".join(minimum)
        return Reason("R-ACPE-1", "The pharmacy activity has no type.", f"Choose one of {kinds}.", "acpe_type")
    least = minimum[facts.acpe_type]
    assert isinstance(least, int | Decimal)
    if facts.amount < least:
        return Reason(
            "R-ACPE-1",
            f"A {facts.acpe_type} activity has at least {least} contact hours; this one has {facts.amount}.",
            "Lengthen the activity or choose another type.",
            "amount",
        )
    if facts.acpe_type in book.names("type.needs_practice_experience") and not facts.has_practice_experience:
        return Reason(
            "R-ACPE-1",
            f"A {facts.acpe_type} activity needs a part in which learners practise.",
            "Add the practice experience to the agenda.",
            "has_practice_experience",
        )
    return None


def uans_complete(facts: DesignationFacts) -> tuple[Reason, ...]:
    """R-ACPE-2: one well-formed activity number per audience, and objectives written for that audience."""
    pattern = load_book("acpe").text("uan.pattern")
    found: list[Reason] = []
    for number in facts.uans:
        if not re.fullmatch(pattern, number, re.ASCII):
            found.append(
                _uan(f"{number[:40]} is not a universal activity number.", "Copy it as ACPE issued it.", "uans")
            )
    if not facts.audiences:
        found.append(
            _uan("The activity names no pharmacy audience.", "Choose pharmacists, technicians or both.", "audiences")
        )
    for audience in facts.audiences:
        whom = "Pharmacy technicians" if audience == "T" else "Pharmacists"
        count = sum(number.endswith(f"-{audience}") for number in facts.uans)
        if count != 1:
            found.append(
                _uan(
                    f"{whom} need one activity number of their own; {count} given.",
                    "Enter the number as ACPE issued it.",
                    "uans",
                )
            )
        if audience not in facts.audiences_with_objectives:
            found.append(_uan(f"{whom} have no objectives of their own.", "Write them.", "objectives"))
    return tuple(found)


def items_give_feedback(facts: DesignationFacts) -> Reason | None:
    """R-ACPE-4: every item of the assessment tells the learner why."""
    if not facts.items_without_feedback:
        return None
    return Reason(
        "R-ACPE-4",
        f"Feedback is missing in {counted(facts.items_without_feedback, 'assessment item', 'assessment items')}.",
        "Explain the right answer in every item.",
        "items_without_feedback",
    )


def nurse_planner_assigned(facts: DesignationFacts) -> Reason | None:
    """R-ANCC-1: contact hours need a nurse planner."""
    if facts.nurse_planner_assigned:
        return None
    return Reason(
        "R-ANCC-1",
        "Nursing contact hours need a nurse planner, and none is assigned.",
        "Assign a nurse planner.",
        "planners",
    )


def interprofessional_conditions(facts: DesignationFacts) -> tuple[Reason, ...]:
    """R-IPCE-1: all six conditions, or no interprofessional credit."""
    answers = facts.interprofessional or InterprofessionalFacts()
    return tuple(
        Reason(
            "R-IPCE-1",
            f"Interprofessional credit is not possible unless {words}.",
            "Change the plan, or leave this credit out.",
            condition,
        )
        for condition, words in load_book("ja").table("ipce.conditions").items()
        if not getattr(answers, condition)
    )


def _uan(sentence: str, next_step: str, field: str) -> Reason:
    return Reason("R-ACPE-2", sentence, next_step, field)
