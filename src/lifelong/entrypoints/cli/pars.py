"""Records for PARS: written to files, or sent to a test body that checks as PARS does and opens no network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lifelong.entrypoints.cli.asking import Asking, asks

if TYPE_CHECKING:
    from lifelong.loop.reporting.reads import RecordLine


@click.group()
def pars() -> None:
    """Records for PARS: export, send to the test body."""


@pars.command("export")
@click.option("--year", type=int, required=True)
@click.option(
    "--out", "folder", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder for the files."
)
@asks()
def export(ask: Asking, year: int, folder: Path) -> None:
    """Write the year's records as PARS reads them: activities as JSON and XML, learners as JSON and template, findings as CSV."""
    from lifelong.formats import pars as wire
    from lifelong.kernel import clock
    from lifelong.loop.reporting import actions, pars_records, reads, records

    actions.refresh_records(ask.actor, ask.provider, year=year)
    body = reads.body_for(ask.provider)
    kept = reads.records(ask.actor, ask.provider, year, limit=1_000_000)
    numbers = {one.activity_id: one.body_id for one in kept if one.kind == "activity" and one.body_id}
    activities = records.activities_to_report(ask.provider, year)
    told = list(pars_records.activity_records(ask.provider, activities, body, numbers).values())
    learners = pars_records.completions(ask.provider, records.awards_of_year(ask.provider, year), body, numbers)
    content = {
        "activities.json": wire.write_activities(told),
        "activities.xml": wire.write_activities_xml(told),
        "learners.json": wire.write_completions(learners, clock.now()),
        "learners.txt": wire.write_template(learners),
        "findings.csv": _findings(kept),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in content.items():
        (folder / name).write_bytes(data)
    incomplete = sum(1 for one in kept if one.state in ("incomplete", "refused"))
    ask.tell(
        {
            "body": body,
            "activities": len(told),
            "learners": len(learners),
            "incomplete": incomplete,
            "files": [str(folder / name) for name in content],
        },
        f"{body} {year}: {len(told)} activity record(s), {len(learners)} learner record(s), {incomplete} not complete.\n"
        f"Files are in {folder}: {', '.join(content)}.",
    )


def _findings(kept: Sequence[RecordLine]) -> bytes:
    from lifelong.formats.tabular import write

    head = ("record", "activity", "learner", "state", "rule", "field", "finding", "next step")
    rows = [
        (
            one.kind,
            one.title,
            one.learner,
            one.state,
            found["rule"],
            found["field"],
            found["sentence"],
            found["next_step"],
        )
        for one in kept
        for found in one.findings
    ]
    return write(head, rows)


@pars.command("send")
@click.option("--year", type=int, required=True)
@asks()
def send(ask: Asking, year: int) -> None:
    """Send what is ready to the built-in test body, and take its answers: activities first, then learners."""
    from lifelong.connectors.pars import FakeBody
    from lifelong.kernel import clock
    from lifelong.kernel.problems import Problem
    from lifelong.loop.reporting import actions, reads

    actions.refresh_records(ask.actor, ask.provider, year=year)
    body = FakeBody(clock.today(ask.provider.time_zone))
    for earlier in reversed(reads.batches(ask.actor, ask.provider, year, limit=1_000_000)):
        if earlier.answered_at is not None:
            body.receive(reads.content(earlier))  # equal histories give equal answers: so the test body remembers
    name = reads.body_for(ask.provider)
    sent: list[Any] = []
    while True:
        try:
            batch: Any = actions.make_batch(ask.actor, ask.provider, body=name, year=year)
        except Problem as nothing:
            if not sent or nothing.code != "reporting.nothing":
                raise
            break
        batch = actions.mark_sent(ask.actor, batch)
        answered: Any = actions.take_answer(ask.actor, batch, answer=body.receive(reads.content(batch)))
        sent.append(answered)
    rows = [{"batch": one.pk, "kind": one.kind, "accepted": one.accepted, "refused": one.refused} for one in sent]
    refusals = [
        {
            "kind": record.kind,
            "activity": record.title,
            "finding": found["sentence"],
            "next_step": found["next_step"],
        }
        for record in (reads.refused(ask.actor, ask.provider, limit=200) if any(one.refused for one in sent) else ())
        for found in record.findings
    ]
    lines = [f"{name}, {row['kind']} records: {row['accepted']} accepted, {row['refused']} refused." for row in rows]
    lines += [f"  {row['kind']} of {row['activity']}: {row['finding']} {row['next_step']}" for row in refusals]
    ask.tell({"body": name, "batches": rows, "refusals": refusals}, "\n".join(lines))
