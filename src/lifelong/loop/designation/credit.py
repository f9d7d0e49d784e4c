"""Credit systems as an office chooses them, and the arithmetic behind an amount."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

from lifelong.loop.planning.models import Activity, AgendaBreak, SeriesRule, Session
from lifelong.loop.program.models import Term
from lifelong.rules.books import load_book
from lifelong.rules.designation import Slot, credit_for_minutes, learning_minutes
from lifelong.rules.verdict import counted


@dataclass(frozen=True, slots=True)
class CreditSystem:
    """A system of the rule books: `unit` as it is printed; `professions` the office may designate for ("" = every profession)."""

    key: str
    label: str
    unit: str
    professions: tuple[str, ...]


SYSTEMS: dict[str, CreditSystem] = {
    system.key: system
    for system in (
        CreditSystem("ama", "AMA PRA Category 1", "AMA PRA Category 1 Credit", ("physician",)),
        CreditSystem("ancc", "Nursing contact hours (ANCC)", "contact hour", ("nurse",)),
        CreditSystem("acpe", "Pharmacy contact hours (ACPE)", "contact hour", ("pharmacist", "pharmacy_technician")),
        CreditSystem("ipce", "Interprofessional (IPCE)", "IPCE credit", ("",)),
        CreditSystem("participation", "Certificate of participation", "hour of participation", ("",)),
    )
}
ACPE_TYPES = {"K": "knowledge", "A": "application", "P": "practice"}
ACPE_AUDIENCES = {"pharmacist": "P", "pharmacy_technician": "T"}
PRACTISED = (Session.Kind.WORKSHOP, Session.Kind.SIMULATION)


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Counted minutes of learning, what they are worth, and the lines they come from (title, minutes)."""

    minutes: Fraction
    worth: Decimal
    lines: tuple[tuple[str, Fraction], ...]
    sentence: str


def arithmetic(activity: Activity, credit_system: str, *, per_session: bool) -> Arithmetic | None:
    """What the agenda is worth. Per session: the shortest one, so that no session promises more than it holds.

    None where the activity has no agenda: credit is then not by time (enduring material, point of care).
    """
    sessions = list(Session.objects.filter(activity=activity, cancelled_at=None).order_by("starts_at", "id"))
    breaks = list(AgendaBreak.objects.filter(activity=activity))
    if not sessions:
        rule = SeriesRule.objects.filter(activity=activity).first()
        return _of_minutes(Fraction(rule.minutes), credit_system, "The rule of the series") if rule else None
    if per_session:
        shortest = min(sessions, key=lambda one: learning_minutes(slots([one], breaks)))
        return _of_minutes(
            learning_minutes(slots([shortest], breaks)), credit_system, f"The shortest session, “{shortest.title}”,"
        )
    minutes = learning_minutes(slots(sessions, breaks))
    lines = tuple((one.title, learning_minutes(slots([one], breaks))) for one in sessions)
    worth = credit_for_minutes(minutes, credit_system)
    parallel = sum((part for _, part in lines), Fraction(0)) > minutes
    sentence = f"{counted(len(sessions), 'session holds', 'sessions hold')} {_number(minutes)} minutes of learning without breaks, worth {worth}."
    if parallel:
        sentence += " Sessions at the same time count once."
    return Arithmetic(minutes, worth, lines, sentence)


def slots(sessions: Sequence[Session], breaks: Sequence[AgendaBreak]) -> list[Slot]:
    """An agenda as the rule reads it; the break inside a session is taken from its end."""
    found = [
        Slot(starts_at=one.starts_at, ends_at=one.ends_at - timedelta(minutes=one.break_minutes), track=one.track)
        for one in sessions
    ]
    found += [Slot(starts_at=one.starts_at, ends_at=one.ends_at, counts=False, track=one.track) for one in breaks]
    return found


def credit_format(activity: Activity) -> str:
    """The format word of the credit statement: `live`, `series`, `enduring` ...; `none` where the format carries no credit."""
    named = (
        Term.objects.filter(provider_id=activity.provider_id, taxonomy="format", key=activity.format)
        .values_list("standard_label", flat=True)
        .first()
    )
    known = load_book("ama").table("format.words")
    if named in known or named == "none":
        return str(named)
    if activity.format in known:
        return activity.format
    return "enduring" if activity.format.startswith("enduring") else "live"


def _of_minutes(minutes: Fraction, credit_system: str, what: str) -> Arithmetic:
    worth = credit_for_minutes(minutes, credit_system)
    return Arithmetic(minutes, worth, (), f"{what} holds {_number(minutes)} minutes of learning, worth {worth}.")


def _number(minutes: Fraction) -> str:
    return f"{float(minutes):g}"
