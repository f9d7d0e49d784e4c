"""Claiming credit for a session attended."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import click

from lifelong.entrypoints.cli.asking import EXACT, Asking, asks
from lifelong.entrypoints.cli.evaluation import own_attendance


@click.group()
def credit() -> None:
    """Claim credit."""


@credit.command("list")
@asks(program=False, own=True)
def list_claimable(ask: Asking) -> None:
    """What a person may still claim, the first to close first."""
    from lifelong.loop.credit.reads import claimable

    rows = [
        {
            "attendance": one.attendance_id,
            "designation": one.designation_id,
            "credit": one.label,
            "session": one.session_title,
            "program": one.provider_name,
        }
        for one in claimable(ask.person)
    ]
    ask.tell_rows(
        "claimable", rows, ("attendance", "designation", "credit", "session", "program"), "Nothing waits to be claimed."
    )


@credit.command("claim")
@click.argument("amount", type=EXACT)
@click.option("--session", "session_id", type=int, default=None, help="The newest one attended, if not said.")
@click.option(
    "--attendance", "attendance_id", type=int, default=None, help="Instead of --session, as `credit list` names it."
)
@click.option(
    "--designation", "designation_id", type=int, default=None, help="The one of the person's profession, if not said."
)
@asks(program=False, own=True)
def claim(
    ask: Asking, amount: Decimal, session_id: int | None, attendance_id: int | None, designation_id: int | None
) -> None:
    """Claim AMOUNT of credit for a session attended; the same claim again gets the same award."""
    from lifelong.kernel.problems import NotFound
    from lifelong.loop.credit import reads
    from lifelong.loop.credit.actions import claim_credit

    attendance = own_attendance(ask, session_id, attendance_id)
    if designation_id is None:
        offers = reads.offers(ask.actor, attendance)
        if not offers:
            raise NotFound("credit for your profession")
        designation_id = offers[0].designation_id
    award: Any = claim_credit(ask.actor, attendance, designation_id=designation_id, amount=amount)
    ask.tell(
        {
            "serial": award.serial,
            "amount": award.amount,
            "system": award.credit_system,
            "session": attendance.session_id,
        },
        f"{ask.person.full_name} is awarded {award.amount} {award.designation.unit}.\n"
        f"Certificate {award.serial}; anybody may check it at /verify/{award.serial}/",
    )
