"""What the regular letter to leaders says: the few figures of the program, nothing that tells of a handful of people."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from lifelong.kernel import clock
from lifelong.kernel.access import SYSTEM, Actor, Permission, Role
from lifelong.loop.improvement import reads
from lifelong.loop.improvement.indicators import attendances_of, sessions_of
from lifelong.loop.improvement.models import Improvement, LeaderLetter, LetterPlan
from lifelong.loop.people.models import Person, RoleGrant
from lifelong.loop.program.models import AccreditedProvider
from lifelong.loop.surveys.reads import minimum_group
from lifelong.rules.verdict import counted

P = Permission
PERIODS = {1: "Every month", 3: "Every quarter", 6: "Twice a year"}
LEADS = (Role.LEADER, Role.DIRECTOR)
State = Improvement.State


def period_of(day: dt.date, every_months: int) -> dt.date:
    """The first day of the period that holds `day`; periods begin in January."""
    return dt.date(day.year, 1 + (day.month - 1) // every_months * every_months, 1)


def readers_of(provider: AccreditedProvider) -> list[Person]:
    """Leaders and directors of the whole program who can be written to."""
    rows = RoleGrant.objects.filter(
        provider=provider, role__in=[role.value for role in LEADS], organisation=None, activity_id=None, revoked_at=None
    )
    found = {row.person_id: row.person for row in rows.select_related("person").order_by("pk")}
    return [person for person in found.values() if person.is_active and person.email]


@dataclass(frozen=True, slots=True)
class Letter:
    """The figures of a letter, ready to be read. `results`: (expected result, number with interval and n, standing)."""

    provider: AccreditedProvider
    year: int
    held: str
    came: str
    results: tuple[tuple[str, str, str], ...]
    reached: int
    improvements: tuple[str, ...]


def letter(provider: AccreditedProvider, *, viewer: Actor = SYSTEM) -> Letter:
    """The letter as it would be written now."""
    reads.see(viewer, provider, P.SEE_MISSION_RESULTS, "letter")
    today = clock.today(provider.time_zone)
    held = sessions_of(provider, today.year)
    activities = held.order_by().values("activity").distinct().count()
    people = attendances_of(provider, today.year).order_by().values("person").distinct().count()
    few = 0 < people < minimum_group()
    lines = reads.attainment(viewer, provider, today.year)
    return Letter(
        provider=provider,
        year=today.year,
        held=f"{counted(activities, 'activity', 'activities')} with {counted(held.count(), 'session', 'sessions')}",
        came=f"fewer than {minimum_group()} people came" if few else f"{counted(people, 'person', 'people')} came, each counted once",
        results=tuple((line.result.label, line.spoken, line.standing) for line in lines),
        reached=sum(line.met is True for line in lines),
        improvements=tuple(_improvements(provider, today)),
    )  # fmt: skip


def _improvements(provider: AccreditedProvider, today: dt.date) -> list[str]:
    """What is in hand, the first in order first; what is late says so."""
    rows = Improvement.objects.filter(provider=provider, state__in=(State.IDENTIFIED, State.PLANNED))
    return [
        f"{row.title}{f' (was due on {row.due_on:%-d %B})' if row.due_on and row.due_on < today else f' (due on {row.due_on:%-d %B})' if row.due_on else ' (nobody has it yet)'}"
        for row in rows.order_by("priority", "opened_at", "pk")[:5]
    ]


def plan_of(viewer: Actor, provider: AccreditedProvider) -> LetterPlan | None:
    reads.see(viewer, provider, P.SEE_IMPROVEMENT, "letters")
    found: LetterPlan | None = LetterPlan.objects.filter(provider=provider).first()
    return found


def sent(viewer: Actor, provider: AccreditedProvider) -> list[LeaderLetter]:
    """The latest letters with the day they went."""
    reads.see(viewer, provider, P.SEE_IMPROVEMENT, "letters")
    return list(LeaderLetter.objects.filter(provider=provider).select_related("person")[:24])


def letter_by_id(letter_id: int) -> LeaderLetter | None:
    """For the effect that mails it; None when it went already or its reader no longer leads."""
    row = LeaderLetter.objects.select_related("provider__contact", "person").filter(pk=letter_id, sent_at=None).first()
    return row if row is not None and row.person in readers_of(row.provider) else None


def mark_sent(row: LeaderLetter) -> None:
    """After its mail went out; called by the effect that sent it."""
    LeaderLetter.objects.filter(pk=row.pk).update(sent_at=clock.now())


def with_letters_on() -> list[AccreditedProvider]:
    """Programs that write to their leaders, for the calendar."""
    return [plan.provider for plan in LetterPlan.objects.filter(is_on=True).select_related("provider")]
