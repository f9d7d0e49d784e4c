"""Records for PARS: written to files, or sent to a test body that checks as PARS does and opens no network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from lifelong.entrypoints.cli.asking import Asking, asks


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
    from lifelong.loop.reporting import actions, pars_records, records
    from lifelong.rules.verdict import Severity

    actions.refresh_records(ask.actor, ask.provider, year=year)
    body, today = pars_records.body_for(ask.provider), clock.today(ask.provider.time_zone)
    numbers = records.numbers_given(ask.provider, body)
    activities = records.activities_to_report(ask.provider, year)
    told = pars_records.activity_records(ask.provider, activities, body, numbers)
    awards = records.awards_of_year(ask.provider, year)
    permitted = pars_records.consent_times([award.person_id for award in awards], body)
    learners = [
        pars_records.completion(ask.provider, award, numbers.get(award.activity_id, ""), permitted.get(award.person_id))
        for award in awards
    ]
    findings = []
    for activity in activities:
        reasons = wire.validate_activity(told[activity.pk], pars_records.status_of(activity, today), today)
        findings += [("activity", str(activity.number), one) for one in reasons]
    for award, learner in zip(awards, learners, strict=True):
        of = told.get(award.activity_id)
        status = pars_records.status_of(award.activity, today) if of is not None else None
        findings += [("learner", learner.credit_id, one) for one in wire.validate_learner(learner, today, of, status)]
    content = {
        "activities.json": wire.write_activities(told.values()),
        "activities.xml": wire.write_activities_xml(told.values()),
        "learners.json": wire.write_completions(learners, clock.now()),
        "learners.txt": wire.write_template(learners),
        "findings.csv": _findings(findings),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in content.items():
        (folder / name).write_bytes(data)
    blocking = sum(1 for _, _, one in findings if one.severity is Severity.BLOCK)
    ask.tell(
        {"body": body, "activities": len(told), "learners": len(learners), "findings": len(findings),
         "blocking": blocking, "files": [str(folder / name) for name in content]},
        f"{body} {year}: {len(told)} activity record(s), {len(learners)} learner record(s), "
        f"{len(findings)} finding(s) of which {blocking} block. Files are in {folder}.",
    )  # fmt: skip


def _findings(rows: list[tuple[str, str, Any]]) -> bytes:
    from lifelong.formats.tabular import write

    head = ("record", "reference", "rule", "weight", "field", "finding", "next step")
    return write(
        head,
        [(kind, of, one.rule, one.severity.value, one.field, one.sentence, one.next_step) for kind, of, one in rows],
    )


@pars.command("send")
@click.option("--year", type=int, required=True)
@asks()
def send(ask: Asking, year: int) -> None:
    """Send what is ready to the built-in test body, and take its answers: activities first, then learners."""
    from lifelong.connectors.pars import FakeBody
    from lifelong.kernel import clock, files
    from lifelong.kernel.problems import Problem
    from lifelong.loop.reporting import actions, pars_records, reads

    actions.refresh_records(ask.actor, ask.provider, year=year)
    body = FakeBody(clock.today(ask.provider.time_zone))
    for earlier in reads.answered_batches(ask.actor, ask.provider):
        body.receive(files.read(earlier.file))  # equal histories give equal answers: the test body remembers
    name, sent = pars_records.body_for(ask.provider), []
    while True:
        try:
            batch: Any = actions.make_batch(ask.actor, ask.provider, body=name, year=year)
        except Problem as nothing:
            if not sent or nothing.code != "reporting.nothing":
                raise
            break
        batch = actions.mark_sent(ask.actor, batch)
        answered: Any = actions.take_answer(ask.actor, batch, answer=body.receive(files.read(batch.file)))
        sent.append(answered)
    rows = [{"batch": one.pk, "kind": one.kind, "accepted": one.accepted, "refused": one.refused} for one in sent]
    refusals = [
        {"kind": record.kind, "finding": found["sentence"], "next_step": found["next_step"]}
        for record in reads.refused_records(ask.actor, ask.provider, sent)
        for found in record.findings
    ]
    lines = [f"{name}, {row['kind']} records: {row['accepted']} accepted, {row['refused']} refused." for row in rows]
    lines += [f"  {row['kind']}: {row['finding']} {row['next_step']}" for row in refusals]
    ask.tell({"body": name, "batches": rows, "refusals": refusals}, "\n".join(lines))
