"""`./lifelong doctor`: is this installation well, and what should be mended."""

from __future__ import annotations

import shutil

import click

from lifelong.entrypoints.cli.main import set_up, tell


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
def doctor(as_json: bool) -> None:
    """Check database, files, outbox, ledger and settings. Exits 0 when nothing blocks, 2 otherwise."""
    set_up()
    from lifelong.entrypoints.health import checks

    found = checks()
    bad = [check for check in found if check.state == "bad"]
    lines = [
        f"{'ok  ' if c.state == 'ok' else 'LOOK' if c.state == 'look' else 'BAD '} {c.name}: {c.sentence} {c.next_step}".rstrip()
        for c in found
    ]
    width = shutil.get_terminal_size().columns
    tell(
        {"ok": not bad, "checks": [check.__dict__ for check in found]},
        as_json=as_json,
        sentence="\n".join(line[: max(width, 100)] for line in lines),
    )
    if bad:
        raise SystemExit(2)
