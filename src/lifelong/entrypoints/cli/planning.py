"""Activities: planned, staffed, reviewed, designated, published."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import click

from lifelong.entrypoints.cli import designation
from lifelong.entrypoints.cli.asking import (
    Asking,
    asks,
    find_organisation,
    find_person,
    find_result,
    pairs,
)

ACTIVITY = click.argument("activity_id", metavar="ACTIVITY", type=int)
DAY = click.DateTime(["%Y-%m-%d"])
MOMENT = click.DateTime(["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"])
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@click.group()
def activity() -> None:
    """Plan, publish and list activities."""


def found(ask: Asking, activity_id: int) -> Any:
    """An activity that the asker may plan."""
    from lifelong.kernel.access import Permission
    from lifelong.loop.planning import reads

    return reads.activity(ask.actor, ask.provider, activity_id, Permission.EDIT_PLANNING)


@activity.command("create")
@click.argument("title")
@click.option("--format", "kind", required=True, help="Key of one of the program's formats: series, live_course ...")
@click.option("--rationale", default="", help="Why this format suits the gap, in up to 25 words.")
@click.option("--gap", "gaps", type=int, multiple=True, help="Gap it addresses. Repeat.")
@click.option("--result", "results", multiple=True, help="Expected result of the mission it serves, by key. Repeat.")
@click.option("--change", default="", help="What is to change: competence, performance or patient_outcomes.")
@click.option("--change-text", default="", help="That change in words.")
@click.option("--outcome-plan", default="", help="How the change will be measured.")
@click.option("--summary", default="", help="For the catalogue.")
@click.option("--place", default="")
@click.option("--organisation", default="", help="Department or hospital that holds it.")
@asks()
def create(
    ask: Asking,
    title: str,
    kind: str,
    rationale: str,
    gaps: tuple[int, ...],
    results: tuple[str, ...],
    change: str,
    change_text: str,
    outcome_plan: str,
    summary: str,
    place: str,
    organisation: str,
) -> None:
    """Make an activity from gaps and expected results."""
    from lifelong.loop.needs.reads import gap
    from lifelong.loop.planning.actions import create_activity

    made = create_activity(
        ask.actor,
        ask.provider,
        title=title,
        format=kind,
        format_rationale=rationale,
        organisation=find_organisation(ask.provider, organisation),
        gaps=[gap(ask.actor, ask.provider, one) for one in gaps],
        expected_results=[find_result(ask.provider, key) for key in results],
        intended_change=change,
        intended_change_text=change_text,
        outcome_plan=outcome_plan,
        summary=summary,
        place=place,
    )
    ask.tell(
        {"activity": made.pk, "number": made.number, "title": made.title},
        f"Activity {made.pk} is planned: {made.title}",
    )


@activity.command("objectives")
@ACTIVITY
@click.option("--objective", "texts", multiple=True, required=True, metavar="KIND:TEXT",
              help="knowledge:, skill: or attitude: and what learners will be able to do. Repeat; the list is replaced.")  # fmt: skip
@asks()
def objectives(ask: Asking, activity_id: int, texts: tuple[str, ...]) -> None:
    """Write the objectives of an activity; with one gap or result, each is tied to it."""
    from lifelong.loop.planning.actions import set_objectives

    of = found(ask, activity_id)
    gap_ids = [link.gap_id for link in of.activity_gaps.all()]
    result_ids = [link.expected_result_id for link in of.activity_results.all()]
    ties = {
        "gap_id": gap_ids[0] if len(gap_ids) == 1 else None,
        "expected_result_id": result_ids[0] if len(result_ids) == 1 else None,
    }
    read = pairs(texts, ":", "an objective such as skill:TEXT")
    set_objectives(ask.actor, of, objectives=[{"kind": kind, "text": text, **ties} for kind, text in read])
    ask.tell({"activity": of.pk, "objectives": len(read)}, f"{of.title} has {len(read)} objective(s).")


@activity.command("terms")
@ACTIVITY
@click.argument("taxonomy")
@click.argument("keys", nargs=-1)
@asks()
def terms(ask: Asking, activity_id: int, taxonomy: str, keys: tuple[str, ...]) -> None:
    """Choose KEYS from one of the program's lists (audience, competency, theme, content_area ...)."""
    from lifelong.loop.planning.actions import set_terms

    of = found(ask, activity_id)
    set_terms(ask.actor, of, taxonomy=taxonomy, keys=keys)
    ask.tell(
        {"activity": of.pk, "taxonomy": taxonomy, "keys": list(keys)},
        f"{of.title}, {taxonomy.replace('_', ' ')}: {', '.join(keys) or 'none'}.",
    )


@activity.command("schedule")
@ACTIVITY
@click.option("--weekday", type=click.Choice(WEEKDAYS), required=True)
@click.option("--at", "at", type=click.DateTime(["%H:%M"]), required=True, help="Wall time where the activity is.")
@click.option("--minutes", type=int, default=60, show_default=True)
@click.option("--from", "first", type=DAY, required=True, help="First day.")
@click.option("--until", "last", type=DAY, required=True, help="Last day.")
@click.option("--every-weeks", type=int, default=1, show_default=True)
@click.option("--skip", "skipped", type=DAY, multiple=True, help="A day without a session. Repeat.")
@click.option("--room", default="")
@asks()
def schedule(
    ask: Asking,
    activity_id: int,
    weekday: str,
    at: dt.datetime,
    minutes: int,
    first: dt.datetime,
    last: dt.datetime,
    every_weeks: int,
    skipped: tuple[dt.datetime, ...],
    room: str,
) -> None:
    """Make the sessions of a series from its calendar rule; the office's holidays are left out."""
    from lifelong.loop.planning import reads
    from lifelong.loop.planning.actions import schedule_series

    of = schedule_series(
        ask.actor,
        found(ask, activity_id),
        weekday=WEEKDAYS.index(weekday),
        starts_at=at.time(),
        minutes=minutes,
        first_on=first.date(),
        last_on=last.date(),
        every_weeks=every_weeks,
        skipped=[one.date() for one in skipped],
        room=room,
    )
    rows = [_session_row(one) for one in reads.sessions(of).rows]
    ask.tell_rows("sessions", rows, ("session", "starts", "title"), "No session was made.")


@activity.command("session")
@ACTIVITY
@click.argument("title")
@click.option("--starts", type=MOMENT, default=None, help="Wall time where the activity is, such as 2026-09-03T12:00.")
@click.option("--in-minutes", type=int, default=None, help="Instead of --starts: so many minutes from now.")
@click.option("--minutes", type=int, default=60, show_default=True)
@click.option("--room", default="")
@asks()
def session(
    ask: Asking,
    activity_id: int,
    title: str,
    starts: dt.datetime | None,
    in_minutes: int | None,
    minutes: int,
    room: str,
) -> None:
    """Add one session."""
    from lifelong.kernel import clock
    from lifelong.loop.planning.actions import add_session

    if (starts is None) == (in_minutes is None):
        raise click.UsageError("Say when it starts: --starts or --in-minutes.")
    begin = starts or (clock.now() + dt.timedelta(minutes=in_minutes or 0)).replace(second=0, microsecond=0)
    of = found(ask, activity_id)
    made = add_session(
        ask.actor, of, title=title, starts_at=begin, ends_at=begin + dt.timedelta(minutes=minutes), room=room
    )
    row = _session_row(made)
    ask.tell(row, f"Session {made.pk} is planned: {made.title}, {row['starts']}.")


@activity.command("role")
@ACTIVITY
@click.argument("email")
@click.argument("kind")
@click.option("--session", "session_id", type=int, default=None, help="For one session only.")
@click.option("--topic", default="")
@asks()
def role(ask: Asking, activity_id: int, email: str, kind: str, session_id: int | None, topic: str) -> None:
    """Ask a person into a role: director, planner, faculty, moderator or reviewer. It starts after disclosure."""
    from lifelong.loop.planning import reads
    from lifelong.loop.planning.actions import add_role

    of = found(ask, activity_id)
    who = find_person(email)
    where = reads.session(ask.actor, ask.provider, session_id) if session_id else None
    made = add_role(ask.actor, of, person=who, kind=kind, session=where, topic=topic)
    ask.tell(
        {"role": made.pk, "person": who.email, "kind": kind},
        f"Role {made.pk}: {who.full_name} is asked to be {kind} of {of.title}.",
    )


@activity.command("reference")
@ACTIVITY
@click.argument("citation")
@click.option("--kind", default="other", help="clinical_study, guideline, review or other.")
@asks()
def reference(ask: Asking, activity_id: int, citation: str, kind: str) -> None:
    """Name the evidence behind the content."""
    from lifelong.loop.planning.actions import add_reference

    of = found(ask, activity_id)
    made = add_reference(ask.actor, of, citation=citation, kind=kind)
    ask.tell({"reference": made.pk}, f"{of.title} cites: {made.citation}")


@activity.command("list")
@click.option("--search", default="")
@click.option("--state", default="all", show_default=True, help="all, draft, published, upcoming, series or closed.")
@asks()
def list_activities(ask: Asking, search: str, state: str) -> None:
    """The newest activities."""
    from lifelong.loop.planning import reads

    page = reads.activities(ask.actor, ask.provider, reads.ActivityQuery(search=search, state=state))
    rows = [
        {"activity": one.pk, "starts_on": one.starts_on, "format": one.format, "title": one.title} for one in page.rows
    ]
    ask.tell_rows("activities", rows, ("activity", "starts_on", "format", "title"), "No activity was found.")


@activity.command("show")
@ACTIVITY
@asks()
def show(ask: Asking, activity_id: int) -> None:
    """One activity: sessions, people, credit, gates passed and what is missing before the next."""
    from lifelong.loop.designation import reads as credit
    from lifelong.loop.planning import reads

    one = reads.activity(ask.actor, ask.provider, activity_id)
    sessions = [_session_row(row) for row in reads.sessions(one).rows]
    people = [
        {"role": row.pk, "kind": row.kind, "name": row.person.full_name, "started": row.started_at is not None}
        for row in one.planning_roles.all()
    ]
    rail = credit.gate_rail(one)
    gates = [
        {"gate": step.gate.value, "name": step.name, "state": step.state.value,
         "missing": [f"{reason.sentence} {reason.next_step}" for reason in step.verdict.blocking]}
        for step in rail
    ]  # fmt: skip
    state = f"published {one.published_at:%d %b %Y}" if one.published_at else "not published"
    lines = [
        f"Activity {one.pk}: {one.title} ({one.format}), {state}",
        *(f"  session {row['session']}  {row['starts']}  {row['title']}" for row in sessions),
        *(
            f"  role {row['role']}  {row['kind']}  {row['name']}{'' if row['started'] else ' (not started)'}"
            for row in people
        ),
        *(f"  {row['gate']:<4}{row['state']:<8} {row['name']}" for row in gates),
    ]
    following = next((row for row in gates if row["state"] == "missing"), None)
    if following:
        lines += [f"Before “{following['name']}”:", *(f"  {text}" for text in following["missing"])]
    ask.tell(
        {"activity": one.pk, "title": one.title, "published": one.published_at is not None, "sessions": sessions,
         "roles": people, "gates": gates},
        "\n".join(lines),
    )  # fmt: skip


def _session_row(one: Any) -> dict[str, Any]:
    starts = one.starts_at.astimezone(ZoneInfo(one.activity.time_zone))
    return {"session": one.pk, "starts": f"{starts:%Y-%m-%d %H:%M}", "title": one.title}


for command in (designation.review, designation.designate, designation.publish):
    activity.add_command(command)
