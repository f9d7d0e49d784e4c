"""Commercial support, marketing near the education, and learner data: Standards 2, 4 and 5."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from lifelong.rules.books import load_book
from lifelong.rules.timespans import Span
from lifelong.rules.verdict import Reason, counted


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpenseFacts:
    """A cost paid from support: `kind` (honoraria, travel, lodging, …), `for_learners`."""

    kind: str
    amount: Decimal
    for_learners: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportFacts:
    """Support from one ineligible company. `received` money, `unspent` left or returned; in-kind support has neither."""

    company: str
    signed_by_provider_at: datetime | None
    signed_by_company_at: datetime | None
    activity_starts_at: datetime
    received: Decimal = Decimal(0)
    expenses: tuple[ExpenseFacts, ...] = ()
    unspent: Decimal = Decimal(0)
    in_kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketingFacts:
    """A time and a room: of the education, or of an exhibit, advertisement or education that a company influenced."""

    room: str
    starts_at: datetime
    ends_at: datetime
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DataReleaseFacts:
    """An export. `without_consent`: how many learners with name or contact in it have not agreed to this recipient."""

    recipient: str
    recipient_is_ineligible: bool
    holds_names_or_contacts: bool
    without_consent: int


def agreement_signed(facts: SupportFacts) -> Reason | None:
    """R-S4-1: signed by both before the activity."""
    for signed, who in ((facts.signed_by_provider_at, "the provider"), (facts.signed_by_company_at, facts.company)):
        if signed is None:
            sentence = f"The agreement on the support of {facts.company} is not signed by {who}."
        elif signed >= facts.activity_starts_at:
            sentence = f"The agreement on the support of {facts.company} was signed by {who} after the start."
        else:
            continue
        return Reason("R-S4-1", sentence, "Have it signed before the activity, or decline the support.", "agreement")
    return None


def expense_allowed(expense: ExpenseFacts) -> Reason | None:
    """R-S4-2: support never pays travel, lodging, honoraria or personal expenses of learners; lower fees for all are fine."""
    kinds = load_book("accme").names("sii.learner_expense_kinds")
    if not expense.for_learners or expense.kind not in kinds:
        return None
    return Reason(
        "R-S4-2",
        f"Commercial support cannot pay {expense.kind} of learners.",
        "Pay it from other money, or lower the fee for all learners.",
        "expense",
    )


def support_accounted(facts: SupportFacts) -> Reason | None:
    """R-S4-3 at close: what came in is what was used plus what is left."""
    used = sum((expense.amount for expense in facts.expenses), Decimal(0))
    difference = facts.received - used - facts.unspent
    if not difference:
        return None
    return Reason(
        "R-S4-3",
        f"The account of {facts.company} does not add up: received {facts.received}, used {used}, left {facts.unspent} "
        f"(difference {difference}).",
        "Correct the expenses or what is left.",
        "unspent",
    )


def marketing_apart(education: Sequence[MarketingFacts], marketing: Sequence[MarketingFacts]) -> tuple[Reason, ...]:
    """R-S5-1: no marketing in the room of the education, from half an hour before until half an hour after."""
    minutes = load_book("accme").integer("sii.marketing_gap_minutes")
    gap = timedelta(minutes=minutes)
    return tuple(
        Reason(
            "R-S5-1",
            f"“{slot.title or 'Marketing'}” is in {slot.room} within {minutes} minutes of “{session.title or 'the session'}”.",
            f"Move it to another room, or at least {minutes} minutes away.",
            "marketing",
        )
        for session in education
        for slot in marketing
        if slot.room.strip().casefold() == session.room.strip().casefold()
        and Span(slot.starts_at, slot.ends_at).overlaps(Span(session.starts_at - gap, session.ends_at + gap))
    )


def learner_data_may_leave(facts: DataReleaseFacts) -> Reason | None:
    """R-S2-1: names and contacts of learners reach an ineligible company only with each learner's explicit consent."""
    if not (facts.recipient_is_ineligible and facts.holds_names_or_contacts and facts.without_consent):
        return None
    return Reason(
        "R-S2-1",
        f"{counted(facts.without_consent, 'learner', 'learners')} in this file did not agree that {facts.recipient} gets their name or contact.",
        "Leave them out, or ask for their consent; a refusal must not block registration.",
        "consent",
    )


def support_acknowledgement(companies: Sequence[str]) -> str:
    """What learners read about support before they engage; empty without support."""
    if not companies:
        return ""
    names = f"{', '.join(companies[:-1])} and {companies[-1]}" if len(companies) > 1 else companies[0]
    return load_book("accme").text("sii.support.acknowledgement").format(supporters=names)
