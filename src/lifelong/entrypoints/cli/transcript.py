"""A learner's transcript across programs, as PDF, table or JSON."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from lifelong.entrypoints.cli.asking import find_person
from lifelong.entrypoints.cli.main import set_up


@click.command()
@click.argument("email")
@click.option("--format", "kind", type=click.Choice(["json", "csv", "pdf"]), default="json", show_default=True)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default=None,
    help="Write to this file; otherwise to the terminal.",
)
@click.option("--year", type=int, default=None)
def transcript(email: str, kind: str, out: Path | None, year: int | None) -> None:
    """The credit of the person EMAIL, across programs, corrections included."""
    if kind == "pdf" and out is None and sys.stdout.isatty():
        raise click.UsageError("A PDF does not go to a terminal. Name a file with --out.")
    set_up()
    from lifelong.formats.transcript import TranscriptFacts, TranscriptRow, render_pdf, to_csv, to_json
    from lifelong.kernel import clock
    from lifelong.loop.credit import reads
    from lifelong.loop.people.reads import actor_of, person, profile_facts

    who = person(find_person(email).pk)
    found = reads.transcript(actor_of(who, channel="cli"), who, reads.TranscriptFilter(year=year))
    facts = TranscriptFacts(
        learner=found.name,
        rows=tuple(
            TranscriptRow(
                completed_on=line.earned_on,
                provider=line.provider,
                activity=line.activity,
                system=line.label,
                amount=line.amount,
                session=line.session,
                serial=line.serial,
            )
            for line in found.lines
        ),
        issued_on=clock.today(),
        profession=profile_facts(who)["profession"],
        period=str(year) if year else "",
    )
    content = {"json": to_json, "csv": to_csv, "pdf": render_pdf}[kind](facts)
    if out is None:
        click.echo(content if kind == "pdf" else content.decode(), nl=kind == "json")
    else:
        out.write_bytes(content)
        click.echo(f"{out}: {len(found.lines)} award(s) of {found.name}.")
