"""The credit ledger: sealing what waits, and walking the chain."""

from __future__ import annotations

import click

from lifelong.entrypoints.cli.main import set_up, tell


@click.group()
def ledger() -> None:
    """Seal and verify the credit ledger."""


@ledger.command("seal")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
def seal(as_json: bool) -> None:
    """Seal every award that waits, those left behind too, and write a signed checkpoint."""
    set_up()
    from lifelong.kernel.guard import writes_open
    from lifelong.loop.credit import ledger as chain

    sealed = 0
    while True:
        with writes_open("ledger.sealed"):
            found = chain.seal_waiting(sweep=True)
        sealed += found
        if not found:
            break
    file = chain.checkpoint()
    where = f" Checkpoint: {file}" if file else ""
    tell(
        {"sealed": sealed, "checkpoint": str(file) if file else None},
        as_json=as_json,
        sentence=f"{sealed} entries sealed.{where}",
    )


@ledger.command("verify")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
def verify(as_json: bool) -> None:
    """Walk the chain from its first entry; exits 2 and names the first entry that does not hold."""
    set_up()
    from lifelong.loop.credit.ledger import verify as walk

    report = walk()
    tell(
        {
            "ok": report.ok,
            "entries": report.entries,
            "first_bad_seq": report.first_bad_seq,
            "unsealed": report.unsealed,
            "head": report.head,
            "sentence": report.sentence,
        },
        as_json=as_json,
        sentence=report.sentence,
    )
    if not report.ok:
        raise SystemExit(2)
