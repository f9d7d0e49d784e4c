"""What commands have in common: who asks, in which program, and whether the answer is for a person or a script."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click

from lifelong.entrypoints.cli.main import set_up, tell

if TYPE_CHECKING:
    from lifelong.kernel.access import Actor
    from lifelong.loop.people.models import Person
    from lifelong.loop.program.models import AccreditedProvider


@dataclass(frozen=True, slots=True)
class Asking:
    """One command as asked: by whom, in which program, and in which form the answer is wanted."""

    actor: Actor
    as_json: bool
    in_program: AccreditedProvider | None = None
    myself: Person | None = None

    @property
    def provider(self) -> AccreditedProvider:
        assert self.in_program is not None, "declared with program=True"
        return self.in_program

    @property
    def person(self) -> Person:
        assert self.myself is not None, "declared with own=True"
        return self.myself

    def tell(self, answer: dict[str, Any], sentence: str) -> None:
        tell(answer, as_json=self.as_json, sentence=sentence)

    def tell_rows(self, name: str, rows: Sequence[dict[str, Any]], columns: Sequence[str], empty: str) -> None:
        """A list: all facts for scripts, `columns` in line with each other for people."""
        tell({name: list(rows)}, as_json=self.as_json, sentence=in_columns(rows, columns) if rows else empty)


def asks(*, program: bool = True, own: bool = False) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command `--as`, `--json` and (with `program`) `--provider`; it receives an `Asking` first.

    Without `--as` the server itself acts. A person's own affairs (`own`) need a person.
    """

    def wrap(command: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(command)
        def run(as_email: str, as_json: bool, slug: str = "", **given: Any) -> None:
            set_up()
            person = find_person(as_email) if as_email else None
            if own and person is None:
                raise click.UsageError("Whose is it? Name the person with --as EMAIL.")
            command(Asking(_actor(person), as_json, find_provider(slug) if program else None, person), **given)

        options = [
            click.option("--as", "as_email", envvar="LIFELONG_AS", default="", metavar="EMAIL",
                         help="Who does it; without it the server itself."),
            click.option("--json", "as_json", is_flag=True, help="Answer as JSON."),
        ]  # fmt: skip
        if program:
            options.append(
                click.option("--provider", "slug", envvar="LIFELONG_PROVIDER", required=True, metavar="PROVIDER",
                             help="Which program, by its short name.")
            )  # fmt: skip
        for option in options:
            run = option(run)
        return run

    return wrap


def _actor(person: Person | None) -> Actor:
    from lifelong.kernel.access import SYSTEM
    from lifelong.loop.people.reads import actor_of

    return actor_of(person, channel="cli") if person is not None else SYSTEM


def find_person(email: str) -> Person:
    """The person with this address, or a refusal that says how to add one."""
    from lifelong.kernel.problems import problem
    from lifelong.loop.people.reads import person_by_email

    found = person_by_email(email)
    if found is None:
        step = "Check the address, or add the person: ./lifelong person add EMAIL --given NAME --family NAME."
        raise problem("person.unknown", f"Nobody here has the address {email}.", step, "email")
    return found


def find_provider(slug: str) -> AccreditedProvider:
    from lifelong.kernel.problems import problem
    from lifelong.loop.program import reads

    known = {one.slug: one for one in reads.providers()}
    if slug not in known:
        step = (
            f"Choose one of: {', '.join(sorted(known))}."
            if known
            else "Load a profile first: ./lifelong profile load --all."
        )
        raise problem("program.unknown", f"There is no program {slug} here.", step, "provider")
    return known[slug]


def find_result(provider: AccreditedProvider, key: str) -> Any:
    """An expected result of the program's mission by its key."""
    from lifelong.kernel.problems import problem
    from lifelong.loop.program import reads

    known = {one.key: one for one in reads.expected_results(provider)}
    if key not in known:
        raise problem(
            "program.result",
            f"The mission has no expected result {key}.",
            f"Choose one of: {', '.join(known)}.",
            "result",
        )
    return known[key]


def find_organisation(provider: AccreditedProvider, name: str) -> Any:
    """An organisation of the program by its name; None for no name."""
    from lifelong.kernel.problems import problem
    from lifelong.loop.program import reads

    if not name:
        return None
    for one in reads.organisations(provider):
        if one.name.casefold() == name.strip().casefold():
            return one
    raise problem("program.organisation", f"The program has no organisation {name}.", "Check the name.", "organisation")


class Exact(click.ParamType):  # type: ignore[type-arg]  # generic for the checker only, not at run time
    """An amount of credit or money, exact to its last digit."""

    name = "amount"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        from lifelong.rules.claim import parse_amount

        if isinstance(value, Decimal):
            return value
        found = parse_amount(value)
        if isinstance(found, Decimal):
            return found
        self.fail(f"{found.sentence} {found.next_step}", param, ctx)


EXACT = Exact()


def in_columns(rows: Iterable[dict[str, Any]], columns: Sequence[str]) -> str:
    """Rows as text, each column as wide as its widest cell."""
    cells = [["" if row.get(name) is None else str(row[name]) for name in columns] for row in rows]
    widths = [max(len(line[i]) for line in cells) for i in range(len(columns))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells
    )


def pairs(values: Sequence[str], separator: str, what: str) -> list[tuple[str, str]]:
    """`kind: text` as people type it. Raises a usage error for one without its separator."""
    found = []
    for value in values:
        left, sep, right = value.partition(separator)
        if not sep or not left.strip() or not right.strip():
            raise click.UsageError(f"{value!r} is not {what}.")
        found.append((left.strip(), right.strip()))
    return found
