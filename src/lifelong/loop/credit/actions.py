"""What we do with credit: award, correct, stop. The ledger only grows; a correction is an entry that names what it corrects."""

from __future__ import annotations

import datetime as dt
import secrets
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Q, Sum

from lifelong.kernel import clock
from lifelong.kernel.access import Actor, Permission
from lifelong.kernel.action import Unchanged, action, enqueue
from lifelong.kernel.insert import insert
from lifelong.kernel.problems import NotFound, problem, refuse_unless
from lifelong.loop.credit.facts import attendance_to_claim, claim_facts
from lifelong.loop.credit.models import Award, RepeatedSession
from lifelong.loop.credit.systems import amount_text, books_of
from lifelong.loop.delivery.models import Attendance
from lifelong.loop.designation.models import Designation
from lifelong.loop.people.models import Person
from lifelong.loop.people.reads import accounts_of
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
    return _claim(attendance, designation_id, amount)


@action(needs=P.CORRECT_CREDIT, audit="credit.awarded_late")
def claim_late(
    actor: Actor, attendance: Attendance, *, designation_id: int, amount: Decimal, reason: str
) -> Award | Unchanged:
    """Award credit after the window has closed, on the learner's request: a second person decides, and the award is marked late."""
    if actor.person_id is not None and actor.person_id == attendance.person_id:
        raise problem(
            "claim.own_late", "A late claim is decided by a second person.", "Ask a colleague to enter it.", "person"
        )
    return _claim(attendance, designation_id, amount, is_late=True, reason=_reason(reason))


@action(needs=P.CORRECT_CREDIT, audit="credit.corrected")
def correct_award(actor: Actor, award: Award, *, amount: Decimal, reason: str) -> Award | Unchanged:
    """Set what an award is worth to `amount` (0 takes it back): a new entry with the difference, which names the entry it corrects."""
    return _correct(actor, award, amount, reason)


@action(needs=P.CORRECT_CREDIT, audit="credit.reversed")
def reverse_award(actor: Actor, award: Award, *, reason: str) -> Award | Unchanged:
    """Take an award back, with a reason that stays in the ledger."""
    return _correct(actor, award, Decimal(0), reason)


@action(needs=P.RUN_SESSION, audit="attendance.voided")
def void_attendance(actor: Actor, attendance: Attendance, *, reason: str) -> Attendance | Unchanged:
    """Take a mark back, with a reason. Refused while credit stands on it: that is taken back first, by a reversal.

    It is here, and not with delivery, because what it must know last is the ledger.
    """
    _take_turns(attendance.person_id)
    mark = attendance_to_claim(attendance.pk)
    if mark.voided_at is not None:
        return Unchanged(mark)
    if not reason.strip():
        raise problem("attendance.void_reason", "A reason is missing.", "Say why the mark is taken back.", "reason")
    if _carries_credit(mark):
        sentence = "Credit was awarded on this attendance."
        raise problem(
            "attendance.credited", sentence, "Take the credit back first, under Credit; then the mark.", "reason"
        )
    mark.voided_at, mark.void_reason = clock.now(), reason.strip()[:300]
    mark.save(update_fields=["voided_at", "void_reason"])
    enqueue("count_in_session", [mark.session_id])
    return mark


def _carries_credit(mark: Attendance) -> bool:
    """Whether credit of the session stands, or of the whole activity and this is the only session attended."""
    held = Award.objects.filter(person_id=mark.person_id, activity_id=mark.session.activity_id)
    others = Attendance.objects.filter(
        person_id=mark.person_id, session__activity_id=mark.session.activity_id, voided_at=None
    ).exclude(pk=mark.pk)
    rests = Q(session_id=mark.session_id) if others.exists() else Q(session_id=mark.session_id) | Q(session=None)
    standing = held.filter(rests).values("designation_id", "session_id").annotate(total=Sum("amount"))
    return any(row["total"] > 0 for row in standing.order_by())


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
    """The stop switch: no award and no certificate until it is lifted. Attendance is still recorded. The trail keeps the reason."""
    done = _switch(provider, clock.now())
    if reason and isinstance(done, AccreditedProvider):
        done.audit_facts = {"reason": reason[:200]}  # type: ignore[attr-defined]  # read by the door for the trail
    return done


@action(needs=P.PAUSE_CREDIT, audit="credit.resumed")
def resume(actor: Actor, provider: AccreditedProvider) -> AccreditedProvider | Unchanged:
    """Lift the stop switch."""
    return _switch(provider, None)


def _switch(provider: AccreditedProvider, paused_at: dt.datetime | None) -> AccreditedProvider | Unchanged:
    """Set the switch as it stands now, not as it stood when the page was loaded; a second press keeps the first moment."""
    kept: AccreditedProvider = AccreditedProvider.objects.select_for_update().get(pk=provider.pk)
    if (kept.credit_paused_at is None) is (paused_at is None):
        return Unchanged(kept)
    kept.credit_paused_at = provider.credit_paused_at = paused_at
    kept.save(update_fields=["credit_paused_at"])
    return kept


def _claim(
    attendance: Attendance, designation_id: int, amount: Decimal, *, is_late: bool = False, reason: str = ""
) -> Award | Unchanged:
    """The claim, on facts that are read here and now: what the page showed may be minutes old."""
    _take_turns(attendance.person_id)
    mark = attendance_to_claim(attendance.pk)
    rows = Designation.objects.filter(pk=designation_id, activity_id=mark.session.activity_id)
    designation: Designation | None = rows.first()
    if designation is None:
        raise NotFound("credit")
    held = _held(mark, designation)
    if held:
        return _again(held, amount)
    refuse_unless(may_claim(claim_facts(mark, designation, amount, late_claim_approved=is_late)))
    return _award(mark, designation, amount, is_late=is_late, reason=reason)


def _held(attendance: Attendance, designation: Designation) -> list[Award]:
    """The entries of this claim, by this or another account of the same human being; the first is the award, then its corrections."""
    session: Any = attendance.session_id if designation.is_per_session else None
    rows = Award.objects.filter(
        person__in=accounts_of(attendance.person_id), designation=designation, session_id=session
    )
    return list(rows.order_by("id"))


def _again(held: list[Award], amount: Decimal) -> Unchanged:
    """A retry gets its award; a second claim with another amount, or after a correction, is told what stands."""
    standing = sum((entry.amount for entry in held), Decimal(0))
    if standing == amount == held[0].amount:
        return Unchanged(held[0])
    sentence = f"You already claimed {amount_text(held[0].amount)} for this."
    if standing != held[0].amount:
        sentence += f" It was corrected to {amount_text(standing)}."
    raise problem("claim.already", sentence, "Ask the CE office to correct the amount if it is wrong.", "amount")


def _take_turns(person_id: int) -> None:
    """Two claims of one learner at once are decided one after the other, so that the same hour cannot count twice."""
    if connection.features.has_select_for_update:
        list(Person.objects.select_for_update().filter(pk=person_id).values_list("pk"))


def _award(attendance: Attendance, designation: Designation, amount: Decimal, *, is_late: bool, reason: str) -> Award:
    """The entry. Where a constraint finds a twin, the door runs the claim once more and finds it held."""
    session = attendance.session
    return insert(
        Award(
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
    )


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
