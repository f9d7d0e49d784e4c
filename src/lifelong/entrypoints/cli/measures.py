"""Quality measures: published files and the office's own tables come in, and are listed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from lifelong.entrypoints.cli.asking import Asking, asks, in_columns

DIRECTION = {True: "higher is better", False: "lower is better", None: "direction not known"}


@click.group()
def measures() -> None:
    """Import and list quality measures."""


@measures.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--release", default="", help="yyyy-mm, where neither the file nor its name says it.")
@asks()
def import_file(ask: Asking, file: Path, release: str) -> None:
    """Take in a published quality FILE (CSV, .gz) or an office's own table. The same bytes are taken once."""
    from lifelong.kernel.progress import begin
    from lifelong.loop.needs import reads
    from lifelong.loop.needs.actions import import_measures

    progress = begin("measures", file.name, provider_id=ask.provider.pk, person_id=ask.actor.person_id)
    with file.open("rb") as stream:
        taken = import_measures(
            ask.actor, ask.provider, file=stream, filename=file.name, meter=_drawn(progress), release=release
        )
    kept = reads.measure_import(ask.actor, ask.provider, taken.pk)
    refusals = [
        {"line": one.line, "field": one.field, "reason": one.reason, "next_step": one.next_step}
        for one in kept.refusals.all()
    ]
    counts = {
        "rows_read": kept.rows_read,
        "points_kept": kept.points_kept,
        "points_same": kept.points_same,
        "suppressed": kept.suppressed,
        "refused": kept.refused,
    }
    lines = [
        f"{kept.filename} ({kept.layout})",
        f"  rows read     {kept.rows_read:>10,}",
        f"  points kept   {kept.points_kept:>10,}",
        f"  already here  {kept.points_same:>10,}",
        f"  suppressed    {kept.suppressed:>10,}",
        f"  refused       {kept.refused:>10,}",
        *(f"  line {one['line']}: {one['reason']}. {one['next_step']}".replace("..", ".") for one in refusals),
    ]
    ask.tell({"file": kept.filename, "layout": kept.layout, **counts, "refusals": refusals}, "\n".join(lines))


def _drawn(progress: Any) -> Any:
    """The kept progress of an import, also drawn on a terminal; nothing is drawn into a pipe or file."""
    from lifelong.kernel.progress import Meter

    on_terminal = sys.stderr.isatty()

    class Drawn(Meter):
        def step(self, count: int = 1) -> None:
            super().step(count)
            if on_terminal:
                click.echo(f"\r{self.done:,} rows read", nl=False, err=True)

        def finish(self, sentence: str, *, state: str = "done") -> None:
            super().finish(sentence, state=state)
            if on_terminal:
                click.echo("\r\033[K", nl=False, err=True)

    return Drawn(progress)


@measures.command("list")
@click.option("--search", default="", help="Words in key, title or topic.")
@asks()
def list_measures(ask: Asking, search: str) -> None:
    """The program's measures."""
    from lifelong.loop.needs import reads

    rows = [
        {
            "key": one.key,
            "title": one.title,
            "unit": one.unit,
            "better": DIRECTION[one.higher_is_better],
        }
        for one in reads.measures(ask.actor, ask.provider, search=search).rows
    ]
    empty = "No measure was found. Import a file: ./lifelong measures import FILE."
    ask.tell_rows("measures", rows, ("key", "title", "unit", "better"), empty)


@measures.command("show")
@click.argument("key")
@click.option(
    "--place", default="", help="Words of the place's name, or its number; the first that has figures is shown."
)
@asks()
def show(ask: Asking, key: str, place: str) -> None:
    """The figures of measure KEY at one place over time, beside state and nation. A gap may cite a figure by its number."""
    from lifelong.kernel.problems import NotFound
    from lifelong.loop.needs import reads

    measure = next((one for one in reads.measures(ask.actor, ask.provider, search=key).rows if one.key == key), None)
    if measure is None:
        raise NotFound("measure")
    places = reads.places(ask.actor, ask.provider, measure_id=measure.pk, search=place, limit=1).rows
    if not places:
        raise NotFound("place with figures of this measure")
    series = reads.series(ask.actor, ask.provider, measure.pk, places[0].pk)
    rows = [
        {
            "whose": line.label,
            "figure": point.point_id,
            "until": point.period_end or point.release,
            "value": point.value,
            "n": point.n,
        }
        for line in (series.own, *series.comparisons)
        for point in line.points
    ]
    shown = [
        {
            **row,
            "figure": f"figure {row['figure']}",
            "value": f"{row['value']:.4g} {measure.unit}",
            "n": f"n {row['n']:g}" if row["n"] else "",
        }
        for row in rows
    ]
    lines = in_columns(shown, ("figure", "whose", "until", "value", "n"))
    ask.tell(
        {"key": measure.key, "title": measure.title, "unit": measure.unit, "figures": rows},
        f"{measure.title} ({DIRECTION[measure.higher_is_better]})\n{lines}",
    )
