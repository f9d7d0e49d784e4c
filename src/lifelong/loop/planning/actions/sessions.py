"""Sessions of an activity: added, moved, edited, cancelled; and the breaks of an agenda."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import F, Max, Min

from lifelong.kernel import clock
from lifelong.kernel.access import Actor, Permission
from lifelong.kernel.action import action, already
from lifelong.kernel.problems import problem, refuse_if_any
from lifelong.loop.planning.calendar import instant
from lifelong.loop.planning.models import Activity, AgendaBreak, Session
from lifelong.rules.verdict import Reason

LONGEST = dt.timedelta(hours=16)
EDITABLE = frozenset(["title", "kind", "track", "room", "join_link", "break_minutes"])


@action(needs=Permission.EDIT_PLANNING, audit="session.added")
def add_session(
    actor: Actor,
    activity: Activity,
    *,
    title: str,
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    track: str = "",
    kind: str = Session.Kind.LECTURE,
    room: str = "",
    join_link: str = "",
    break_minutes: int = 0,
) -> Session:
    """Add one session. Times without a zone are wall time where the activity is. Natural key: title, track and start.

    Raises Problem for a wall time that does not exist, an end before the start, or two sessions in one track at one time.
    """
    begin, end = instant(starts_at, activity.time_zone), instant(ends_at, activity.time_zone)
    same = activity.sessions.filter(
        title=title.strip(), track=track, starts_at=begin, ends_at=end, cancelled_at=None
    ).first()
    if same is not None:
        return already(same)  # type: ignore[no-any-return]
    refuse_if_any(_reasons(activity, title, begin, end, track, break_minutes))
    number = (activity.sessions.aggregate(last=Max("number"))["last"] or 0) + 1
    session = Session.objects.create(
        activity=activity, number=number, title=title.strip(), kind=kind, track=track, starts_at=begin, ends_at=end, room=room, join_link=join_link,
        break_minutes=break_minutes, code=new_codes(1)[0], code_key=new_code_keys(1)[0],
    )  # fmt: skip
    span_activity(activity)
    return session


@action(needs=Permission.EDIT_PLANNING, audit="session.moved")
def move_session(
    actor: Actor,
    session: Session,
    *,
    starts_at: dt.datetime,
    ends_at: dt.datetime | None = None,
    room: str | None = None,
) -> Session:
    """Another time (and room). Without `ends_at` the session keeps its length. A session that has begun stays where it was."""
    zone = session.activity.time_zone
    begin = instant(starts_at, zone)
    end = instant(ends_at, zone) if ends_at else begin + (session.ends_at - session.starts_at)
    if (begin, end) == (session.starts_at, session.ends_at) and room in (None, session.room):
        return already(session)
    _not_begun(session, "moved")
    refuse_if_any(
        _reasons(session.activity, session.title, begin, end, session.track, session.break_minutes, besides=session)
    )
    session.starts_at, session.ends_at, session.is_from_rule = begin, end, False
    session.room = session.room if room is None else room
    session.save(update_fields=["starts_at", "ends_at", "room", "is_from_rule"])
    span_activity(session.activity)
    return session


@action(needs=Permission.EDIT_PLANNING, audit="session.edited")
def edit_session(actor: Actor, /, session: Session, **fields: Any) -> Session:
    """Change title, kind, track, room, join_link or break_minutes. An edited session is no longer moved by its series rule."""
    unknown = sorted(set(fields) - EDITABLE)
    if unknown:
        raise TypeError(f"a session has no editable {', '.join(unknown)}")
    changed = {name: value for name, value in fields.items() if getattr(session, name) != value}
    if not changed:
        return already(session)
    for name, value in changed.items():
        setattr(session, name, value)
    refuse_if_any(
        _reasons(
            session.activity,
            session.title,
            session.starts_at,
            session.ends_at,
            session.track,
            session.break_minutes,
            besides=session,
        )
    )
    session.is_from_rule = False
    session.save()
    return session


@action(needs=Permission.EDIT_PLANNING, audit="session.cancelled")
def cancel_session(actor: Actor, session: Session) -> Session:
    """Cancel one session; it stays in the calendar as cancelled. One that has begun can no longer be cancelled."""
    if session.cancelled_at is not None:
        return already(session)
    _not_begun(session, "cancelled")
    session.cancelled_at = clock.now()
    session.save(update_fields=["cancelled_at"])
    span_activity(session.activity)
    return session


@action(needs=Permission.EDIT_PLANNING, audit="break.added")
def add_break(
    actor: Actor, activity: Activity, *, title: str, starts_at: dt.datetime, ends_at: dt.datetime, track: str = ""
) -> AgendaBreak:
    """A break, a meal or business in the agenda: it carries no credit. Without a track it holds for all of them."""
    begin, end = instant(starts_at, activity.time_zone), instant(ends_at, activity.time_zone)
    if end <= begin:
        raise problem("planning.times", "The break ends before it starts.", "Correct one of the two times.", "ends_at")
    row, made = AgendaBreak.objects.get_or_create(
        activity=activity, track=track, starts_at=begin, defaults={"title": title.strip(), "ends_at": end}
    )
    return row if made else already(row)


def new_codes(count: int) -> list[str]:
    """Six digits each, unique among sessions that are still open anywhere in this installation."""
    found: set[str] = set()
    since = clock.now() - dt.timedelta(days=2)
    while len(found) < count:
        drawn = {f"{secrets.randbelow(900_000) + 100_000}" for _ in range(count - len(found))} - found
        taken = Session.objects.filter(code__in=drawn, ends_at__gt=since, cancelled_at=None).values_list(
            "code", flat=True
        )
        found |= drawn - set(taken)
    return sorted(found, key=lambda _: secrets.randbits(32))


def new_code_keys(count: int) -> list[str]:
    """Keys of rotating codes: 256 random bits each, in hex."""
    return [secrets.token_hex(32) for _ in range(count)]


def span_activity(activity: Activity) -> None:
    """The days of an activity follow its sessions."""
    span = activity.sessions.filter(cancelled_at=None).aggregate(first=Min("starts_at"), last=Max("ends_at"))
    if span["first"] is None:
        return
    zone = ZoneInfo(activity.time_zone)
    first_on, last_on = span["first"].astimezone(zone).date(), span["last"].astimezone(zone).date()
    if (first_on, last_on) != (activity.starts_on, activity.ends_on):
        activity.starts_on, activity.ends_on = first_on, last_on
        activity.save(update_fields=["starts_on", "ends_on"])


def _not_begun(session: Session, what: str) -> None:
    if session.starts_at <= clock.now():
        raise problem(
            "planning.session_begun",
            f"This session has begun and can no longer be {what}.",
            "Add another session, or correct its attendance.",
            "starts_at",
        )


def _reasons(
    activity: Activity,
    title: str,
    begin: dt.datetime,
    end: dt.datetime,
    track: str,
    break_minutes: int,
    besides: Session | None = None,
) -> list[Reason]:
    found = []
    if not title.strip():
        found.append(Reason("planning.session_title", "The session has no title.", "Say what it is about.", "title"))
    if end <= begin:
        found.append(
            Reason("planning.times", "The session ends before it starts.", "Correct one of the two times.", "ends_at")
        )
    elif end - begin > LONGEST:
        found.append(
            Reason("planning.times", "The session is longer than sixteen hours.", "Make one session a day.", "ends_at")
        )
    elif dt.timedelta(minutes=break_minutes) >= end - begin:
        found.append(
            Reason("planning.break", "The break is as long as the session.", "Shorten the break.", "break_minutes")
        )
    at_once = activity.sessions.filter(track=track, cancelled_at=None, starts_at__lt=end, ends_at__gt=begin)
    other = at_once.exclude(pk=besides.pk if besides else None).order_by(F("starts_at")).first()
    if other is not None:
        where = f" in the track “{track}”" if track else ""
        found.append(
            Reason(
                "planning.overlap",
                f"“{other.title}” is at the same time{where}.",
                "Choose another time, or a track of its own.",
                "starts_at",
            )
        )
    return found
