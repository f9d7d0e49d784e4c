"""People and their roles: what an installation needs before the first sign-in."""

from __future__ import annotations

import click

from lifelong.entrypoints.cli.asking import Asking, asks, find_organisation, find_person


@click.group()
def person() -> None:
    """Add people and give them roles."""


@person.command("add")
@click.argument("email")
@click.option("--given", "given_name", required=True, help="Given name.")
@click.option("--family", "family_name", required=True, help="Family name.")
@click.option("--profession", default="", help="physician, nurse, pharmacist ...")
@asks()
def add(ask: Asking, email: str, given_name: str, family_name: str, profession: str) -> None:
    """Add a person to a program; one who exists already is only affiliated."""
    from lifelong.loop.people.actions import create_person

    made = create_person(
        ask.actor,
        email=email,
        given_name=given_name,
        family_name=family_name,
        profession=profession,
        provider=ask.provider,
    )
    ask.tell({"person": made.pk, "email": made.email}, f"{made.full_name} <{made.email}> is known here.")


@person.command("grant")
@click.argument("email")
@click.argument("role")
@click.option("--organisation", default="", help="Department or hospital, for roles that belong to one.")
@click.option("--activity", "activity_id", type=int, default=None, help="For roles that belong to one activity.")
@asks()
def grant(ask: Asking, email: str, role: str, organisation: str, activity_id: int | None) -> None:
    """Give a person a ROLE in a program (director, coordinator, reviewer ...)."""
    from lifelong.loop.people.actions import grant_role
    from lifelong.loop.planning import reads as planning

    who = find_person(email)
    where = find_organisation(ask.provider, organisation)
    on = planning.activity(ask.actor, ask.provider, activity_id) if activity_id else None
    grant_role(ask.actor, ask.provider, person=who, role=role, organisation=where, activity=on)
    ask.tell({"email": who.email, "role": role}, f"{who.full_name} is {role.replace('_', ' ')} of {ask.provider.name}.")


@person.command("profile")
@click.option(
    "--set", "values", multiple=True, metavar="FIELD=VALUE", help="profession=physician, state=MA, npi=... Repeat."
)
@click.option("--consent", default="", metavar="BODY", help="Allow completions to be sent to a body, such as PARS.")
@asks(program=False, own=True)
def profile(ask: Asking, values: tuple[str, ...], consent: str) -> None:
    """Show or change one's own profile, and consent to reporting."""
    from lifelong.entrypoints.cli.asking import pairs
    from lifelong.loop.people.actions import give_consent, save_profile
    from lifelong.loop.people.reads import person as person_with_profile
    from lifelong.loop.people.reads import profile_facts

    fields = dict(pairs(values, "=", "FIELD=VALUE"))
    if fields:
        save_profile(ask.actor, ask.person, **fields)
    if consent:
        give_consent(ask.actor, ask.person, body=consent)
    facts = profile_facts(person_with_profile(ask.person.pk))
    ask.tell(
        {"email": ask.person.email, **facts},
        "\n".join(
            [ask.person.full_name, *(f"  {name.replace('_', ' ')}: {value}" for name, value in facts.items() if value)]
        ),
    )


@person.command("list")
@click.option("--search", default="", help="Beginning of the family name, or a whole e-mail address.")
@asks()
def list_people(ask: Asking, search: str) -> None:
    """People of a program, by name."""
    from lifelong.loop.people.reads import search as find

    rows = [
        {"name": one.name, "email": one.email, "profession": one.profession}
        for one in find(ask.actor, ask.provider, text=search)
    ]
    ask.tell_rows("people", rows, ("name", "email", "profession"), "Nobody was found.")
