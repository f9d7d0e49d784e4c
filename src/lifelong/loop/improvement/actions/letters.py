"""The regular letter to leaders: switched on and off by the office, written once a period whoever asks and how often."""

from __future__ import annotations

from lifelong.kernel import clock
from lifelong.kernel.access import Actor, Permission
from lifelong.kernel.action import Unchanged, action, enqueue
from lifelong.kernel.problems import problem
from lifelong.loop.improvement.letters import PERIODS, period_of, readers_of
from lifelong.loop.improvement.models import LeaderLetter, LetterPlan
from lifelong.loop.program.models import AccreditedProvider

P = Permission


@action(needs=P.EDIT_IMPROVEMENT, audit="letters.planned")
def plan_letters(
    actor: Actor, provider: AccreditedProvider, *, is_on: bool, every_months: int = 1
) -> LetterPlan | Unchanged:
    """Switch the letter on or off, and say how often it goes. The first goes with the next round of the calendar."""
    if every_months not in PERIODS:
        raise problem("letters.every", "This is not a period.", "Choose a month, a quarter or half a year.", "every_months")  # fmt: skip
    row = LetterPlan.objects.filter(provider=provider).first()
    if row is not None and (row.is_on, row.every_months) == (is_on, every_months):
        return Unchanged(row)
    row = row or LetterPlan(provider=provider)
    row.is_on, row.every_months = is_on, every_months
    row.changed_at, row.changed_by_id = clock.now(), actor.person_id
    row.save()
    return row


@action(needs=P.EDIT_IMPROVEMENT, audit="letters.written")
def write_letters(actor: Actor, provider: AccreditedProvider) -> AccreditedProvider | Unchanged:
    """The letters of the present period for everybody who leads and has none yet; mail follows. Nothing while it is switched off."""
    plan = LetterPlan.objects.filter(provider=provider, is_on=True).first()
    if plan is None:
        return Unchanged(provider)
    period = period_of(clock.today(provider.time_zone), plan.every_months)
    # whoever had a letter within the period has had it, also where the office wrote more often until now
    had = LeaderLetter.objects.filter(provider=provider, period_on__gte=period)
    known = set(had.values_list("person_id", flat=True))
    rows = [
        LeaderLetter(provider=provider, person=person, period_on=period, made_at=clock.now())
        for person in readers_of(provider)
        if person.pk not in known
    ]
    if not rows:
        return Unchanged(provider)
    enqueue("mail_leader_letter", [row.pk for row in LeaderLetter.objects.bulk_create(rows)])
    return provider
