"""Practice gaps: what differs from good care, how we know, and why."""

from __future__ import annotations

import click

from lifelong.entrypoints.cli.asking import Asking, asks, find_organisation, find_result, pairs


@click.group()
def gap() -> None:
    """Register and list practice gaps."""


@gap.command("register")
@click.argument("title")
@click.option("--description", required=True, help="What is done now, and what should be.")
@click.option("--kind", required=True, help="knowledge, competence, performance or patient_outcomes.")
@click.option("--cause", default="", help="Why it is so.")
@click.option("--priority", type=int, default=3, show_default=True, help="1 (first) to 5 (last).")
@click.option("--reason", "priority_reason", default="", help="Why it has this priority.")
@click.option("--need", "needs", multiple=True, metavar="KIND:TEXT", help="The educational need behind it. Repeat.")
@click.option("--source", "sources", type=int, multiple=True, help="Id of a source. Repeat.")
@click.option(
    "--figure", type=int, default=None, help="Number of a figure (./lifelong measures show): baseline and source."
)
@click.option("--target", type=float, default=None, help="What the measure should reach.")
@click.option("--result", default="", help="Expected result of the mission that it serves, by its key.")
@click.option("--organisation", default="", help="Department or hospital whose gap it is.")
@asks()
def register(
    ask: Asking,
    title: str,
    description: str,
    kind: str,
    cause: str,
    priority: int,
    priority_reason: str,
    needs: tuple[str, ...],
    sources: tuple[int, ...],
    figure: int | None,
    target: float | None,
    result: str,
    organisation: str,
) -> None:
    """Register a practice gap with its needs and the evidence for it."""
    from lifelong.loop.needs.actions import register_gap

    where = find_organisation(ask.provider, organisation)
    made = register_gap(
        ask.actor,
        ask.provider,
        title=title,
        description=description,
        kind=kind,
        cause=cause,
        priority=priority,
        priority_reason=priority_reason,
        needs=pairs(needs, ":", "a need such as knowledge:TEXT"),
        sources=sources,
        measure_point_id=figure,
        target=target,
        expected_result_id=find_result(ask.provider, result).pk if result else None,
        organisation_id=where.pk if where else None,
    )
    ask.tell({"gap": made.pk, "title": made.title}, f"Gap {made.pk} is registered: {made.title}")


@gap.command("source")
@click.argument("title")
@click.option("--kind", required=True, help="Key of one of the program's kinds of source.")
@click.option("--citation", default="", help="So that somebody else can find it.")
@click.option("--link", default="")
@click.option("--finding", default="", help="What it says about the gap.")
@asks()
def source(ask: Asking, title: str, kind: str, citation: str, link: str, finding: str) -> None:
    """Keep a piece of evidence that gaps may cite."""
    from lifelong.loop.needs.actions import add_source

    made = add_source(ask.actor, ask.provider, kind=kind, title=title, citation=citation, link=link, finding=finding)
    ask.tell({"source": made.pk, "title": made.title}, f"Source {made.pk} is kept: {made.title}")


@gap.command("list")
@click.option("--state", type=click.Choice(["open", "closed", "all"]), default="open", show_default=True)
@click.option("--search", default="")
@asks()
def list_gaps(ask: Asking, state: str, search: str) -> None:
    """Gaps by priority."""
    from lifelong.loop.needs import reads

    rows = [
        {"gap": one.pk, "priority": f"priority {one.priority}", "kind": one.kind, "title": one.title}
        for one in reads.gaps(ask.actor, ask.provider, state=state, search=search).rows
    ]
    ask.tell_rows("gaps", rows, ("gap", "priority", "kind", "title"), "No gap is registered.")


@gap.command("show")
@click.argument("gap_id", metavar="GAP", type=int)
@asks()
def show(ask: Asking, gap_id: int) -> None:
    """One gap with its needs, sources and baseline."""
    from lifelong.loop.needs import reads

    one = reads.gap(ask.actor, ask.provider, gap_id)
    needs = [{"kind": need.kind, "text": need.text} for need in one.needs.all()]
    sources = [
        {"source": link.source.pk, "title": link.source.title, "citation": link.source.citation}
        for link in one.gap_sources.all()
    ]
    baseline = ""
    if one.baseline and one.measure and one.place:
        baseline = f"{one.baseline.value:g} {one.measure.unit} ({one.place.name}, {one.baseline.release})"
    lines = [
        f"Gap {one.pk}: {one.title}",
        f"  {one.description}",
        f"  kind {one.kind}, priority {one.priority}: {one.priority_reason}",
        *([f"  baseline {baseline}"] if baseline else []),
        *(f"  need ({need['kind']}): {need['text']}" for need in needs),
        *(f"  source {row['source']}: {row['title']}" for row in sources),
    ]
    facts = {
        "gap": one.pk,
        "title": one.title,
        "description": one.description,
        "kind": one.kind,
        "priority": one.priority,
    }
    ask.tell({**facts, "baseline": baseline, "needs": needs, "sources": sources}, "\n".join(lines))
