"""Wall time and instants: what people write on a calendar, and what the database keeps. Pure: time comes in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from zoneinfo import ZoneInfo

from lifelong.kernel.problems import problem


def instant(wall: dt.datetime, zone: str) -> dt.datetime:
    """The UTC instant of a wall time in `zone`; an aware time is taken as it is.

    Raises Problem for a time that the clocks jump over (02:30 on the night they go forward), naming the next time there is.
    A time that comes twice means its first coming.
    """
    if wall.tzinfo is not None:
        return wall.astimezone(dt.UTC)
    there = ZoneInfo(zone)
    found = wall.replace(tzinfo=there).astimezone(dt.UTC)
    back = found.astimezone(there).replace(tzinfo=None)
    if back != wall:
        raise problem(
            "planning.impossible_time",
            f"There is no {wall:%H:%M} on {wall:%d %b %Y} in {zone}: the clocks go forward that night.",
            f"Choose {max(back, wall):%H:%M}, or another time of that day.",
            "starts_at",
        )
    return found


def local(at: dt.datetime, zone: str) -> dt.datetime:
    """The wall time of an instant, without zone."""
    return at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def shifted(at: dt.datetime, days: int, zone: str) -> dt.datetime:
    """The same wall time so many days later: what stays the same in people's calendars when the clocks change."""
    return instant(local(at, zone) + dt.timedelta(days=days), zone)


def rule_days(
    *, first_on: dt.date, last_on: dt.date, weekday: int, every_weeks: int, skipped: Collection[dt.date] = ()
) -> list[dt.date]:
    """The days of a series: every n weeks on a weekday, from the first such day on or after `first_on`, without the skipped ones."""
    day = first_on + dt.timedelta(days=(weekday - first_on.weekday()) % 7)
    found = []
    while day <= last_on:
        if day not in skipped:
            found.append(day)
        day += dt.timedelta(weeks=every_weeks)
    return found
