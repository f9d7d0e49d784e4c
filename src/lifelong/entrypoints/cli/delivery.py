"""At the door: the code of a session, a room marked present, one's own check-in."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import click

from lifelong.entrypoints.cli.asking import Asking, asks, find_person


@click.group()
def attendance() -> None:
    """Show a session's code and record attendance."""


@attendance.command("code")
@click.argument("session_id", metavar="SESSION", type=int)
@asks()
def code(ask: Asking, session_id: int) -> None:
    """The codes of a session: six digits to text or print, and the one that changes on the room's screen."""
    from lifelong.kernel import clock
    from lifelong.kernel.access import Permission
    from lifelong.loop.delivery import reads
    from lifelong.rules.attendance import Channel

    reads.session_in(ask.actor, ask.provider, session_id, Permission.RUN_SESSION)
    facts = reads.session_facts(session_id)
    zone = ZoneInfo(facts.time_zone)
    opens, closes = (at.astimezone(zone) for at in (facts.opens_at(Channel.TEXT), facts.closes_at(Channel.TEXT)))
    screen = reads.current_code(facts, clock.now())
    ask.tell(
        {
            "session": session_id,
            "title": facts.title,
            "code": facts.code,
            "screen_code": screen,
            "opens_at": opens,
            "closes_at": closes,
        },
        f"{facts.title}\n  text code    {facts.code}\n  screen code  {screen}\n"
        f"  taken from {opens:%d %b %H:%M} to {closes:%d %b %H:%M} ({facts.time_zone})",
    )


@attendance.command("mark")
@click.argument("session_id", metavar="SESSION", type=int)
@click.argument("emails", metavar="EMAIL...", nargs=-1, required=True)
@asks()
def mark(ask: Asking, session_id: int, emails: tuple[str, ...]) -> None:
    """Mark people present, as from a sign-in sheet. An unknown address refuses the whole list."""
    from lifelong.kernel.access import Permission
    from lifelong.loop.delivery import reads
    from lifelong.loop.delivery.actions import mark_many

    session = reads.session_in(ask.actor, ask.provider, session_id, Permission.RUN_SESSION)
    people = [find_person(email) for email in emails]
    mark_many(ask.actor, session, person_ids=[one.pk for one in people])
    count = reads.attended_count(session)
    ask.tell({"session": session_id, "attended": count}, f"{session.title}: {count} present.")


@attendance.command("checkin")
@click.argument("given", metavar="CODE")
@click.option("--session", "session_id", type=int, default=None, help="Needed for the code on the room's screen.")
@asks(program=False, own=True)
def checkin(ask: Asking, given: str, session_id: int | None) -> None:
    """Check in with a session's CODE."""
    from lifelong.loop.delivery import actions, reads
    from lifelong.rules.attendance import Channel

    if session_id is None:
        row = actions.check_in_by_code(ask.actor, person_id=ask.person.pk, code=given, channel=Channel.SCREEN_CODE)
    else:
        facts = reads.session_facts(session_id)
        row = actions.check_in_by_screen(ask.actor, facts, person_id=ask.person.pk, code=given)
    facts = reads.session_facts(row.session_id)
    at = row.recorded_at.astimezone(ZoneInfo(facts.time_zone))
    ask.tell(
        {"session": facts.id, "title": facts.title, "recorded_at": row.recorded_at, "evidence": row.evidence},
        f"{ask.person.full_name} is checked in: {facts.title}, {at:%H:%M}.",
    )


@attendance.command("list")
@asks(program=False, own=True)
def list_own(ask: Asking) -> None:
    """The sessions a person attended, newest first."""
    from lifelong.loop.delivery import reads

    rows = [
        {
            "session": row.session_id,
            "on": row.recorded_at.astimezone(ZoneInfo(row.session.activity.time_zone)).date(),
            "title": row.session.title,
            "evidence": row.evidence,
        }
        for row in reads.attendances_of(ask.person.pk)[:200]
    ]
    ask.tell_rows("attendances", rows, ("session", "on", "title", "evidence"), "No attendance is recorded.")
