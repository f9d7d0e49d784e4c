"""Disclosures: asked for, submitted, decided, and the roles that may then start."""

from __future__ import annotations

import datetime as dt

import click

from lifelong.entrypoints.cli.asking import Asking, asks


@click.group()
def disclosure() -> None:
    """Ask for, submit and decide disclosures."""


@disclosure.command("request")
@click.argument("role_id", metavar="ROLE", type=int)
@asks()
def request(ask: Asking, role_id: int) -> None:
    """Send the person in a role the link to disclose."""
    from lifelong.kernel.access import Permission
    from lifelong.loop.integrity import reads
    from lifelong.loop.integrity.actions import request_disclosure

    role = reads.role(ask.actor, ask.provider, role_id, needs=Permission.REQUEST_DISCLOSURE)
    made, _ = request_disclosure(ask.actor, role)
    ask.tell(
        {"request": made.pk, "role": role.pk, "person": role.person.email, "expires_at": made.expires_at},
        f"{role.person.full_name} is asked to disclose, until {made.expires_at:%d %B %Y}.",
    )


@disclosure.command("submit")
@click.option("--nothing", is_flag=True, help="There is nothing to disclose.")
@click.option("--relationship", "lines", multiple=True, metavar="NATURE:COMPANY[:ENDED-ON]",
              help="consultant:Example Pharma, or with the day on which it ended. Repeat.")  # fmt: skip
@click.option("--private", "private", multiple=True, metavar="COMPANY", help="This company is privately held. Repeat.")
@click.option("--attest", is_flag=True, help="I confirm that this is complete for the last 24 months.")
@asks(program=False, own=True)
def submit(ask: Asking, nothing: bool, lines: tuple[str, ...], private: tuple[str, ...], attest: bool) -> None:
    """A person's own disclosure for the 24 months before today."""
    from lifelong.loop.integrity.actions import submit_disclosure

    made = submit_disclosure(
        ask.actor,
        ask.person,
        relationships=[_relationship(line, private) for line in lines],
        nothing_to_disclose=nothing,
        attested=attest,
    )
    ask.tell(
        {"disclosure": made.pk, "version": made.version, "nothing_to_disclose": made.nothing_to_disclose},
        f"{ask.person.full_name} has disclosed (version {made.version}): "
        + ("nothing." if made.nothing_to_disclose else f"{len(lines)} relationship(s)."),
    )


def _relationship(line: str, private: tuple[str, ...]) -> dict[str, object]:
    nature, _, rest = line.partition(":")
    company, _, ended = rest.partition(":")
    if not company.strip():
        raise click.UsageError(f"{line!r} is not NATURE:COMPANY.")
    try:
        ended_on = dt.date.fromisoformat(ended.strip()) if ended.strip() else None
    except ValueError:
        raise click.UsageError(f"{ended!r} is not a day such as 2026-01-31.") from None
    return {
        "nature": nature.strip(),
        "company": company.strip(),
        "is_private_equity": company.strip() in private,
        "ended_on": ended_on,
    }


@disclosure.command("show")
@click.argument("role_id", metavar="ROLE", type=int)
@asks()
def show(ask: Asking, role_id: int) -> None:
    """Where a role stands: its relationships, what was decided, what still keeps it from starting."""
    from lifelong.loop.integrity import reads

    state = reads.role_state(reads.role(ask.actor, ask.provider, role_id))
    rows = [
        {
            "relationship": one.relationship.pk,
            "company": one.relationship.company.name,
            "nature": one.relationship.nature,
            "decided": "not decided"
            if one.decision is None
            else "relevant"
            if one.decision.is_relevant
            else "not relevant",
            "mitigation": one.decision.mitigation if one.decision else "",
        }
        for one in state.relationships
    ]
    missing = [f"{reason.sentence} {reason.next_step}" for reason in state.verdict.blocking]
    lines = [
        f"{state.role.person.full_name}, {state.role.kind}: {'started' if state.role.started_at else 'not started'}",
        *(
            f"  relationship {row['relationship']}  {row['company']}  {row['nature']}  {row['decided']}  {row['mitigation']}".rstrip()
            for row in rows
        ),
        *(f"  {text}" for text in missing),
    ]
    ask.tell({"role": role_id, "relationships": rows, "missing": missing}, "\n".join(lines))


@disclosure.command("decide")
@click.argument("role_id", metavar="ROLE", type=int)
@click.argument("relationship_id", metavar="RELATIONSHIP", type=int)
@click.option("--relevant/--not-relevant", "is_relevant", required=True, default=None)
@click.option("--reason", required=True)
@click.option("--mitigation", default="", help="A strategy that suits the role.")
@click.option("--note", default="", help="What was done.")
@click.option("--exception", default="", help="For an owner or employee: a, b or c.")
@click.option("--exception-reason", default="")
@asks()
def decide(
    ask: Asking,
    role_id: int,
    relationship_id: int,
    is_relevant: bool,
    reason: str,
    mitigation: str,
    note: str,
    exception: str,
    exception_reason: str,
) -> None:
    """Decide whether a relationship bears on a role, and what was done about it. Needs a reviewer without a conflict."""
    from lifelong.kernel.access import Permission
    from lifelong.kernel.problems import NotFound
    from lifelong.loop.integrity import reads
    from lifelong.loop.integrity.actions import decide_relevance

    role = reads.role(ask.actor, ask.provider, role_id, needs=Permission.REVIEW_DISCLOSURES)
    seen = [one.relationship for one in reads.role_state(role).relationships]
    relationship = next((one for one in seen if one.pk == relationship_id), None)
    if relationship is None:
        raise NotFound("relationship of this role")
    made = decide_relevance(
        ask.actor,
        role,
        relationship=relationship,
        is_relevant=is_relevant,
        reason=reason,
        mitigation=mitigation,
        mitigation_note=note,
        exception=exception,
        exception_reason=exception_reason,
    )
    words = "relevant" if made.is_relevant else "not relevant"
    done = f", mitigated: {made.mitigation.replace('_', ' ')}" if made.mitigation else ""
    ask.tell(
        {"role": role.pk, "relationship": relationship.pk, "relevant": made.is_relevant, "mitigation": made.mitigation},
        f"{relationship.company.name} is {words} to the role of {role.person.full_name}{done}.",
    )


@disclosure.command("start")
@click.argument("role_id", metavar="ROLE", type=int)
@asks()
def start(ask: Asking, role_id: int) -> None:
    """Let a role begin: disclosed, decided and mitigated before, or refused with every reason."""
    from lifelong.kernel.access import Permission
    from lifelong.loop.integrity import reads
    from lifelong.loop.integrity.actions import start_role

    role = reads.role(ask.actor, ask.provider, role_id, needs=Permission.REVIEW_DISCLOSURES)
    started = start_role(ask.actor, role)
    ask.tell(
        {"role": started.pk, "started_at": started.started_at}, f"{role.person.full_name} may begin as {role.kind}."
    )


@disclosure.command("list")
@asks()
def waiting(ask: Asking) -> None:
    """Roles that wait for a disclosure, a decision, mitigation or their start."""
    from lifelong.loop.integrity import reads

    rows = [
        {
            "role": one.state.role.pk,
            "name": one.state.role.person.full_name,
            "kind": one.state.role.kind,
            "activity": one.state.role.activity.title,
            "waits_for": next((reason.sentence for reason in one.state.verdict.blocking), "its start"),
        }
        for one in reads.open_disclosures(ask.actor, ask.provider)
    ]
    ask.tell_rows("roles", rows, ("role", "name", "kind", "activity", "waits_for"), "Nothing is waiting.")
