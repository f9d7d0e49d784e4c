"""Learning from teaching: a teacher logs, a second person confirms, credit follows at the rate of the book (UCONN-31)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Sum

from lifelong.kernel import clock
from lifelong.kernel.access import Actor, Permission, Scope
from lifelong.kernel.action import Unchanged, action
from lifelong.kernel.problems import NotFound, problem, refuse_unless
from lifelong.loop.credit.actions import correct_award, new_serial
from lifelong.loop.credit.models import Award
from lifelong.loop.credit.systems import books_of
from lifelong.loop.designation.models import Designation
from lifelong.loop.improvement.models import TeachingLog
from lifelong.loop.improvement.teaching import credit_for, is_log
from lifelong.loop.people.models import Person
from lifelong.loop.planning.models import Activity
from lifelong.rules.attendance import EvidenceLevel
from lifelong.rules.books import book_version
from lifelong.rules.teaching import TeachingFacts, may_log_teaching, teaching_credit

P = Permission


def _own(activity: Activity, *, person_id: int, **kwargs: Any) -> Scope:
    scope = activity.scope
    return Scope(scope.provider_id, scope.organisation_id, scope.activity_id, person_id)


@action(needs=P.RECORD_OWN, audit="teaching.logged", on=_own)
def log_teaching(
    actor: Actor, activity: Activity, *, person_id: int, taught_on: dt.date, minutes: int, taught: str, about: str, learned: str
) -> TeachingLog | Unchanged:  # fmt: skip
    """Log a day of teaching and what was learned by it. Natural key: person, day and subject.

    What nobody has confirmed yet may be written again: an entry that was sent back waits anew.
    """
    if not is_log(activity):
        raise NotFound("log")
    if taught not in TeachingLog.Taught.values:
        raise problem("teaching.taught", "It is not said who was taught.", "Choose one of the list.", "taught")
    if not about.strip():
        raise problem("teaching.about", "It is not said what was taught.", "Name the subject.", "about")
    _take_turns(person_id)
    subject, said = about.strip()[:200], {"minutes": minutes, "taught": taught, "learned": learned.strip()}
    same_day = TeachingLog.objects.filter(person_id=person_id, taught_on=taught_on)
    row = same_day.filter(activity=activity, about=subject).first()
    if row is not None and (again := _again(row, said)) is not None:
        return again
    others = same_day.exclude(is_confirmed=False).exclude(pk=row.pk if row else None)
    refuse_unless(
        may_log_teaching(_facts(activity, taught_on, minutes, learned, others.aggregate(n=Sum("minutes"))["n"] or 0))
    )
    row = row or TeachingLog(activity=activity, person_id=person_id, taught_on=taught_on, about=subject)
    for name, value in (
        said | {"logged_at": clock.now(), "is_confirmed": None, "decided_at": None, "decided_by": None, "reason": ""}
    ).items():
        setattr(row, name, value)
    row.save()
    return row


def _again(row: TeachingLog, said: dict[str, Any]) -> Unchanged | None:
    """A second press; None where the entry may be written anew."""
    same = all(getattr(row, name) == value for name, value in said.items())
    if same and row.is_confirmed is False:
        raise problem(
            "teaching.sent_back",
            f"The office sent this entry back: {row.reason}",
            "Change what it asks for.",
            "learned",
        )
    if not same and row.is_confirmed:
        raise problem(
            "teaching.decided",
            "This entry is confirmed already.",
            "Log further hours of this day with their own subject.",
            "about",
        )
    return Unchanged(row) if same else None


def _facts(activity: Activity, taught_on: dt.date, minutes: int, learned: str, minutes_that_day: int) -> TeachingFacts:
    first = activity.designations.filter(withdrawn_at=None).order_by("designated_at").first()
    return TeachingFacts(
        taught_on=taught_on, today=clock.today(activity.time_zone), minutes=minutes, learned=learned, zone=ZoneInfo(activity.time_zone),
        minutes_that_day=minutes_that_day, begins_on=activity.starts_on, ends_on=activity.ends_on,
        designated_at=first.designated_at if first else None,
    )  # fmt: skip


def _take_turns(person_id: int) -> None:
    """Entries of one teacher are written and decided one after the other: their minutes are added up."""
    list(Person.objects.select_for_update().filter(pk=person_id).values_list("pk"))


@action(needs=P.CORRECT_CREDIT, audit="teaching.decided")
def decide_teaching(actor: Actor, log: TeachingLog, *, confirmed: bool, reason: str = "") -> TeachingLog | Unchanged:
    """A second person confirms the entry or sends it back with a reason. Confirmed, its credit is in the ledger at once."""
    if actor.person_id is not None and actor.person_id == log.person_id:
        raise problem("teaching.own", "Nobody confirms their own teaching.", "Ask a colleague of the CE office.", "")
    _take_turns(log.person_id)
    log = TeachingLog.objects.select_related("activity__provider").get(pk=log.pk)  # the page may be stale
    if log.is_confirmed is not None:
        if log.is_confirmed == confirmed:
            return Unchanged(log)
        raise problem("teaching.decided", "This entry is decided.", "Correct its credit in the ledger instead.", "")
    if not confirmed and not reason.strip():
        raise problem("teaching.reason", "It is not said why.", "Write a sentence that the teacher reads.", "reason")
    log.is_confirmed, log.reason = confirmed, reason.strip()[:300]
    log.decided_at, log.decided_by_id = clock.now(), actor.person_id
    log.save()
    designation = credit_for(log.person_id, log.activity) if confirmed else None
    if designation is not None:
        log.award = _credit(actor, log, designation)
        log.save(update_fields=["award"])
    return log


def _credit(actor: Actor, log: TeachingLog, designation: Designation) -> Award:
    """One record of the year: the first entry is awarded, each later one corrects it to the sum of what is confirmed."""
    if log.activity.provider.credit_paused_at is not None:
        raise problem("credit.paused", "Credit is paused.", "Lift the stop switch first, then confirm.", "")
    mine = TeachingLog.objects.filter(activity=log.activity, person_id=log.person_id, is_confirmed=True)
    minutes = mine.aggregate(n=Sum("minutes"))["n"] or 0
    total = min(teaching_credit(minutes, designation.increment), designation.maximum)
    key = {"person_id": log.person_id, "designation": designation, "session": None, "reverses": None}
    first = Award.objects.filter(**key).first()
    if first is None:
        return award_teaching(actor, log, designation=designation, amount=total)
    return correct_award(actor, first, amount=total, reason=f"Learning from teaching: {mine.count()} entries confirmed")


@action(needs=P.CORRECT_CREDIT, audit="credit.awarded")
def award_teaching(actor: Actor, log: TeachingLog, *, designation: Designation, amount: Decimal) -> Award | Unchanged:
    """The first credit of a teacher's log. What follows is what follows every award: seal, certificate, total, record."""
    row = Award(
        provider_id=log.activity.provider_id, person_id=log.person_id, activity=log.activity, session=None, designation=designation,
        serial=new_serial(), credit_system=designation.credit_system, profession=designation.profession, amount=amount,
        earned_on=log.taught_on, awarded_at=clock.now(), rule_book_version=book_version(books_of(designation.credit_system)),
        evidence=EvidenceLevel.SELF_REPORTED.value,
    )  # fmt: skip
    row.save(force_insert=True)
    return row
