"""A text-message gateway on the console: what a phone would send, and the reply it would show. No vendor needed."""

from __future__ import annotations

import uuid

import click

from lifelong.entrypoints.cli.asking import Asking, asks, find_person
from lifelong.entrypoints.cli.main import set_up, tell


@click.group()
def sms() -> None:
    """A text-message gateway on the console: no vendor needed."""


@sms.command("send")
@click.argument("text", nargs=-1, required=True)
@click.option("--from", "number", required=True, help="The phone that sends it.")
@click.option(
    "--id", "external_id", default="", help="The gateway's id of the message; the same id again does nothing twice."
)
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
def send(text: tuple[str, ...], number: str, external_id: str, as_json: bool) -> None:
    """Send TEXT as that phone would, and print the reply."""
    set_up()
    from lifelong.loop.delivery.actions import receive_text
    from lifelong.loop.people.identifiers import phone_number

    wanted = phone_number(number) or number
    message_id = external_id or uuid.uuid4().hex
    reply = receive_text(gateway="console", external_id=message_id, from_number=wanted, text=" ".join(text))
    tell({"from": wanted, "id": message_id, "reply": reply}, as_json=as_json, sentence=reply)


@sms.command("link")
@click.option("--person", "email", required=True, help="Whose phone it is.")
@click.option("--number", required=True)
@asks(program=False)
def link(ask: Asking, email: str, number: str) -> None:
    """Link a phone to a person, with the code that a phone would have received (this console is the phone)."""
    from lifelong.kernel.problems import NotAllowed
    from lifelong.loop.people.actions import link_phone, verify_phone

    who = find_person(email)
    if not ask.actor.is_system and ask.actor.person_id != who.pk:
        raise NotAllowed("linking the phone of somebody else")
    row = link_phone(ask.actor, who, number=number)
    proven = verify_phone(ask.actor, row, code=row.verify_code) if row.verify_code else row
    ask.tell({"person": who.email, "number": proven.number}, f"{proven.number} is the phone of {who.full_name}.")
