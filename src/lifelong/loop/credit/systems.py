"""Credit systems: whose rule book decides, how credit is written, and who may hold it."""

from __future__ import annotations

from decimal import Decimal

from lifelong.rules.claim import professions_of

# designations may name an edition of a system; the book is the body's
BODIES = {
    "ama_pra_1": "ama",
    "ama_pra": "ama",
    "ancc_contact_hours": "ancc",
    "acpe_contact_hours": "acpe",
    "ipce_credit": "ipce",
}
SHORT = {
    "ama": "AMA PRA Category 1",
    "ancc": "Nursing contact hours",
    "acpe": "Pharmacy contact hours",
    "ipce": "Interprofessional (IPCE)",
    "participation": "Participation",
}


def body_of(credit_system: str) -> str:
    """The body whose rule book decides this system: `ama` of `ama_pra_1`."""
    return BODIES.get(credit_system, credit_system)


def label_of(credit_system: str) -> str:
    return SHORT.get(body_of(credit_system), credit_system.replace("_", " "))


def books_of(credit_system: str) -> list[str]:
    """Bodies of the rule books that decide a claim of this system (interprofessional credit stands in the book of joint accreditation)."""
    body = {"ipce": "ja"}.get(body_of(credit_system), body_of(credit_system))
    return ["lifelong", body] if body in ("ama", "ancc", "acpe", "ja") else ["lifelong"]


def holders(credit_system: str, profession: str) -> tuple[str, ...]:
    """Professions that may hold a designation: its own, else those of the system's book; empty means everybody.

    Books tell kinds of physician apart (`physician_md`), profiles may only say `physician`; either serves.
    """
    named = (profession,) if profession else professions_of(body_of(credit_system))
    if any(name.split("_")[0] == "physician" for name in named):
        named = (*named, "physician", "physician_md", "physician_do")
    return tuple(dict.fromkeys(named))


def may_hold(credit_system: str, designated_for: str, profession: str) -> bool:
    allowed = holders(credit_system, designated_for)
    return not allowed or profession in allowed


def is_participation(credit_system: str) -> bool:
    """A certificate of participation: for those whose profession no designated credit serves."""
    return body_of(credit_system) == "participation"


def amount_text(amount: Decimal) -> str:
    """1.0, 1.25, 31.5: at least one decimal, no idle zeros."""
    exact = amount.normalize()
    places = max(1, -int(exact.as_tuple().exponent))
    return f"{exact:.{places}f}"
