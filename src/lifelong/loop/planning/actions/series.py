"""The calendar rule of a series, and the sessions it makes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence

from django.db.models import Max

from lifelong.kernel import clock
from lifelong.kernel.access import Actor, Permission
from lifelong.kernel.action import action, already
from lifelong.kernel.problems import problem, refuse_if_any
from lifelong.loop.planning.actions.sessions import new_code_keys, new_codes, span_activity
from lifelong.loop.planning.calendar import instant, local, rule_days
from lifelong.loop.planning.models import Activity, SeriesRule, Session
from lifelong.loop.program.models import Holiday
from lifelong.rules.verdict import Reason

MOST = 400  # sessions of one series: more than one a day for a year is a slip of the pen


@action(needs=Permission.EDIT_PLANNING, audit="series.scheduled")
def schedule_series(
    actor: Actor,
    activity: Activity,
    *,
    weekday: int,
    starts_at: dt.time,
    minutes: int,
    first_on: dt.date,
    last_on: dt.date,
    every_weeks: int = 1,
    skipped: Collection[dt.date] = (),
    room: str = "",
) -> Activity:
    """Every n weeks on a weekday (0 = Monday) at a wall time where the activity is; the office's holidays and `skipped` are left out.

    Makes the sessions. Said again with another rule, it moves only what is ahead and untouched: a session that was held, edited,
    staffed or cancelled stays. Raises Problem for a time that does not exist on one of the days.
    """
    refuse_if_any(_reasons(activity, weekday, minutes, first_on, last_on, every_weeks))
    holidays = set(
        Holiday.objects.filter(provider_id=activity.provider_id, on__range=(first_on, last_on)).values_list(
            "on", flat=True
        )
    )
    days = rule_days(
        first_on=first_on, last_on=last_on, weekday=weekday, every_weeks=every_weeks, skipped={*holidays, *skipped}
    )
    if not 0 < len(days) <= MOST:
        sentence = f"The rule makes {len(days)} sessions." if days else "No day fits the rule."
        raise problem("planning.series_days", sentence, "Check first day, last day and weekday.", "last_on")
    starts = [instant(dt.datetime.combine(day, starts_at), activity.time_zone) for day in days]
    values = {
        "weekday": weekday, "every_weeks": every_weeks, "starts_at": starts_at, "minutes": minutes, "first_on": first_on, "last_on": last_on,
        "skipped": sorted(day.isoformat() for day in skipped),
    }  # fmt: skip
    rule = SeriesRule.objects.filter(activity=activity).first()
    if (
        rule is not None
        and all(getattr(rule, name) == value for name, value in values.items())
        and activity.sessions.exists()
    ):
        return already(activity)
    SeriesRule.objects.update_or_create(activity=activity, defaults=values)
    _place(activity, starts, dt.timedelta(minutes=minutes), room or activity.place)
    span_activity(activity)
    return activity


def _place(activity: Activity, starts: Sequence[dt.datetime], length: dt.timedelta, room: str) -> None:
    """Fit the sessions to the starts: what stands is kept, untouched ones ahead are moved, missing ones are made, surplus goes."""
    now = clock.now()
    free, fixed_days = [], set()
    for session in activity.sessions.order_by("starts_at").prefetch_related("planning_roles", "references"):
        if _is_free(session, now):
            free.append(session)
        else:
            fixed_days.add(local(session.starts_at, activity.time_zone).date())
    wanted = [at for at in starts if at > now and local(at, activity.time_zone).date() not in fixed_days]
    wanted_past = [at for at in starts if at <= now and local(at, activity.time_zone).date() not in fixed_days]
    if not fixed_days and not free:
        wanted = wanted_past + wanted  # a first schedule may begin in the past: an office records what it holds already
    moved = []
    for session, at in zip(free, wanted, strict=False):
        if (session.starts_at, session.ends_at) != (at, at + length):
            session.starts_at, session.ends_at = at, at + length
            moved.append(session)
    Session.objects.bulk_update(moved, ["starts_at", "ends_at"], batch_size=200)
    _drop(activity, free[len(wanted) :], now)
    _make(activity, wanted[len(free) :], length, room)


def _is_free(session: Session, now: dt.datetime) -> bool:
    """Whether the rule may move it: made by the rule, ahead, nobody in a role, no evidence attached, not cancelled."""
    return (
        session.is_from_rule
        and session.cancelled_at is None
        and session.starts_at > now + dt.timedelta(hours=1)  # codes open before the start
        and not session.planning_roles.all()
        and not session.references.all()
    )


def _drop(activity: Activity, surplus: Sequence[Session], now: dt.datetime) -> None:
    """Surplus sessions vanish from a draft; once published they are cancelled, because calendars hold them."""
    rows = Session.objects.filter(id__in=[session.pk for session in surplus])
    if activity.published_at is None:
        rows.delete()
    else:
        rows.update(cancelled_at=now)


def _make(activity: Activity, starts: Sequence[dt.datetime], length: dt.timedelta, room: str) -> None:
    last = activity.sessions.aggregate(last=Max("number"))["last"] or 0
    codes, keys = new_codes(len(starts)), new_code_keys(len(starts))
    Session.objects.bulk_create(
        [
            Session(
                activity=activity, number=last + n, title=f"{activity.title}: {local(at, activity.time_zone):%d %b %Y}"[:200], starts_at=at,
                ends_at=at + length, room=room, code=code, code_key=key, is_from_rule=True,
            )
            for n, (at, code, key) in enumerate(zip(starts, codes, keys, strict=True), 1)
        ],
        batch_size=200,
    )  # fmt: skip


def _reasons(
    activity: Activity, weekday: int, minutes: int, first_on: dt.date, last_on: dt.date, every_weeks: int
) -> list[Reason]:
    checks = (
        (
            activity.is_series,
            "planning.not_a_series",
            "Only a series has a calendar rule.",
            "Add single sessions instead.",
            "format",
        ),
        (weekday in range(7), "planning.weekday", "The weekday is not one.", "Choose Monday to Sunday.", "weekday"),
        (
            15 <= minutes <= 960,
            "planning.minutes",
            "A session lasts between 15 minutes and 16 hours.",
            "Correct its length.",
            "minutes",
        ),
        (
            first_on <= last_on,
            "planning.dates",
            "The last day is before the first.",
            "Correct one of the two days.",
            "last_on",
        ),
        (
            (last_on - first_on).days <= 800,
            "planning.dates",
            "The rule spans more than two years.",
            "Plan one year at a time.",
            "last_on",
        ),
        (
            1 <= every_weeks <= 26,
            "planning.every_weeks",
            "The rule repeats every 1 to 26 weeks.",
            "Choose how often.",
            "every_weeks",
        ),
    )
    return [Reason(rule, sentence, step, field) for holds, rule, sentence, step, field in checks if not holds]
