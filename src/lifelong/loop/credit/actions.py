"""What we do with credit: award, correct, stop. The ledger only grows; a correction is an entry that names what it corrects."""

from __future__ import annotations

import secrets
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import IntegrityError, connection, transaction

from lifelong.kernel import clock
from lifelong.kernel.access import Actor, Permission
from lifelong.kernel.action import Unchanged, action
from lifelong.kernel.problems import NotFound, problem, refuse_unless
from lifelong.loop.credit.facts import claim_facts
from lifelong.loop.credit.models import Award, RepeatedSession
from lifelong.loop.credit.systems import amount_text, books_of
from lifelong.loop.delivery.models import Attendance
from lifelong.loop.designation.models import Designation
from lifelong.loop.people.models import Person
from lifelong.loop.planning.models import Session
from lifelong.loop.program.models import AccreditedProvider
from lifelong.rules.books import book_version
from lifelong.rules.claim import may_claim

P = Permission
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford: no I, L, O, U


def new_serial() -> str:
    """130 random bits as 26 characters: nobody finds a certificate by trying."""
    bits = secrets.randbits(130)
    return "".join(_ALPHABET[bits >> 5 * place & 31] for place in range(26))


@action(needs=P.RECORD_OWN, audit="credit.awarded")
def claim_credit(actor: Actor, attendance: Attendance, *, designation_id: int, amount: Decimal) -> Award | Unchanged:
    """Claim credit for a session attended. One award a learner, designation and session, whatever the retries."""
    designation = _designation(attendance, designation_id)
    held = _held(attendance, designation)
    if held is not None:
        return _again(held, amount)
    _take_turns(attendance.person_id)
    refuse_unless(may_claim(claim_facts(attendance, designation, amount)))
    return _award(attendance, designation, amount)


@action(needs=P.CORRECT_CREDIT, audit="credit.awarded_late")
def claim_late(
    actor: Actor, attendance: Attendance, *, designation_id: int, amount: Decimal, reason: str
) -> Award | Unchanged:
    """Award credit after the window has closed, on the learner's request: a second person decides, and the award is marked late."""
    if actor.person_id is not None and actor.person_id == attendance.person_id:
        raise problem(
            "claim.own_late", "A late claim is decided by a second person.", "Ask a colleague to enter it.", "person"
        )
    text = _reason(reason)
    designation = _designation(attendance, designation_id)
    held = _held(attendance, designation)
    if held is not None:
        return _again(held, amount)
    _take_turns(attendance.person_id)
    refuse_unless(may_claim(claim_facts(attendance, designation, amount, late_claim_approved=True)))
    return _award(attendance, designation, amount, is_late=True, reason=text)


@action(needs=P.CORRECT_CREDIT, audit="credit.corrected")
def correct_award(actor: Actor, award: Award, *, amount: Decimal, reason: str) -> Award | Unchanged:
    """Set what an award is worth to `amount` (0 takes it back): a new entry with the difference, which names the entry it corrects."""
    return _correct(actor, award, amount, reason)


@action(needs=P.CORRECT_CREDIT, audit="credit.reversed")
def reverse_award(actor: Actor, award: Award, *, reason: str) -> Award | Unchanged:
    """Take an award back, with a reason that stays in the ledger."""
    return _correct(actor, award, Decimal(0), reason)


@action(needs=P.DESIGNATE_CREDIT, audit="session.declared_repeat")
def declare_repeat(actor: Actor, session: Session, *, first: Session) -> RepeatedSession | Unchanged:
    """Say that `session` offers the content of `first` again: a learner is awarded one of them. Chains lead to the very first."""
    if session.activity.provider_id != first.activity.provider_id or session.starts_at <= first.starts_at:
        raise problem(
            "repeat.order",
            "A repeat follows its first session, in the same program.",
            "Give the number of the earlier session.",
            "first",
        )
    earlier = RepeatedSession.objects.filter(session=first).values_list("first_id", flat=True).first()
    row, made = RepeatedSession.objects.get_or_create(session=session, defaults={"first_id": earlier or first.pk})
    RepeatedSession.objects.filter(first=session).update(first_id=row.first_id)
    return row if made else Unchanged(row)


@action(needs=P.PAUSE_CREDIT, audit="credit.paused")
def pause(actor: Actor, provider: AccreditedProvider, *, reason: str = "") -> AccreditedProvider | Unchanged:
    """The stop switch: no award and no certificate until it is lifted. Attendance is still recorded."""
    if provider.credit_paused_at is not None:
        return Unchanged(provider)
    provider.credit_paused_at = clock.now()
    provider.save(update_fields=["credit_paused_at"])
    return provider


@action(needs=P.PAUSE_CREDIT, audit="credit.resumed")
def resume(actor: Actor, provider: AccreditedProvider) -> AccreditedProvider | Unchanged:
    """Lift the stop switch."""
    if provider.credit_paused_at is None:
        return Unchanged(provider)
    provider.credit_paused_at = None
    provider.save(update_fields=["credit_paused_at"])
    return provider


def _designation(attendance: Attendance, designation_id: int) -> Designation:
    found = Designation.objects.filter(pk=designation_id, activity_id=attendance.session.activity_id).first()
    if found is None:
        raise NotFound("credit")
    return found  # type: ignore[no-any-return]


def _held(attendance: Attendance, designation: Designation) -> Award | None:
    session: Any = attendance.session_id if designation.is_per_session else None
    rows = Award.objects.filter(
        person_id=attendance.person_id, designation=designation, session_id=session, reverses=None
    )
    return rows.first()


def _again(held: Award, amount: Decimal) -> Unchanged:
    """A retry gets its award; a second claim with another amount is told that the first one stands."""
    if held.amount == amount:
        return Unchanged(held)
    raise problem(
        "claim.already",
        f"You already claimed {amount_text(held.amount)} for this.",
        "Ask the CE office to correct the amount if it is wrong.",
        "amount",
    )


def _take_turns(person_id: int) -> None:
    """Two claims of one learner at once are decided one after the other, so that the same hour cannot count twice."""
    if connection.features.has_select_for_update:
        list(Person.objects.select_for_update().filter(pk=person_id).values_list("pk"))


def _award(
    attendance: Attendance, designation: Designation, amount: Decimal, *, is_late: bool = False, reason: str = ""
) -> Award | Unchanged:
    session = attendance.session
    row = Award(
        provider_id=session.activity.provider_id,
        person_id=attendance.person_id,
        activity_id=session.activity_id,
        session_id=session.pk if designation.is_per_session else None,
        designation=designation,
        serial=new_serial(),
        credit_system=designation.credit_system,
        profession=designation.profession,
        amount=amount,
        earned_on=session.starts_at.astimezone(ZoneInfo(session.activity.time_zone)).date(),
        awarded_at=clock.now(),
        rule_book_version=book_version(books_of(designation.credit_system)),
        evidence=attendance.evidence,
        is_late=is_late,
        reason=reason,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        held = _held(attendance, designation)
        if held is None:
            raise
        return _again(held, amount)
    return row


def _correct(actor: Actor, award: Award, amount: Decimal, reason: str) -> Award | Unchanged:
    text = _reason(reason)
    if actor.person_id is not None and actor.person_id == award.person_id:
        raise problem("credit.own", "Nobody corrects their own credit.", "Ask a colleague of the CE office.", "person")
    _take_turns(award.person_id)
    entries = list(Award.objects.select_related("designation").filter(**award.claim_key).order_by("id"))
    last, held = entries[-1], sum((entry.amount for entry in entries), Decimal(0))
    step, most = last.designation.increment, last.designation.maximum
    if not amount.is_finite() or amount < 0 or amount > most or amount % step:
        raise problem(
            "R-CR-1", f"Credit is given in steps of {step}, from 0 to {most}.", f"Enter a multiple of {step}.", "amount"
        )
    if amount == held:
        return Unchanged(last)
    copied = (
        "provider_id",
        "person_id",
        "activity_id",
        "session_id",
        "designation_id",
        "credit_system",
        "profession",
        "earned_on",
        "evidence",
    )
    row = Award(
        **{name: getattr(last, name) for name in copied},
        serial=new_serial(),
        amount=amount - held,
        awarded_at=clock.now(),
        rule_book_version=book_version(books_of(last.credit_system)),
        is_late=last.is_late,
        reverses=last,
        reason=text,
    )
    row.save(force_insert=True)
    return row


def _reason(reason: str) -> str:
    text = reason.strip()
    if len(text) < 5:
        raise problem(
            "credit.reason", "The reason is missing.", "Say in a sentence why; it stays in the ledger.", "reason"
        )
    return text[:300]
