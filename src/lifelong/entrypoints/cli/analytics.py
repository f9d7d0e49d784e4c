"""Numbers about many learners: pseudonymous snapshots, rollups of them, and the named questions asked of either."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lifelong.entrypoints.cli.asking import Asking, asks, find_provider, in_columns

if TYPE_CHECKING:
    from lifelong.analytics.asking import Told

FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
NEW_FOLDER = click.Path(path_type=Path)
MOST_SHOWN = 60


@click.group()
def analytics() -> None:
    """Take pseudonymous snapshots, and ask measures of them."""


@contextmanager
def _refusals() -> Iterator[None]:
    """Whatever analytics refuses, in the shape of every refusal; also where its packages are not installed."""
    from lifelong.kernel.problems import Problem, problem

    try:
        from lifelong.analytics.allowed import SnapshotError
        from lifelong.analytics.measure import MeasureError
    except ModuleNotFoundError as missing:
        sentence = f"Analytics needs the package {missing.name}, which is not installed."
        raise problem("analytics.extra", sentence, "Install the product with its extra `analysis`.") from None
    try:
        yield
    except (SnapshotError, MeasureError) as refused:
        raise Problem(refused.reason) from None


@analytics.command("snapshot")
@click.option("--out", "target", type=NEW_FOLDER, required=True, help="A folder that does not exist yet.")
@click.option("--key", "key_file", type=click.Path(exists=True, dir_okay=False, path_type=Path), default=None,
              help="File of 32 secret bytes or more, for pseudonyms that stay the same from one snapshot to the next.")  # fmt: skip
@asks()
def take_snapshot(ask: Asking, target: Path, key_file: Path | None) -> None:
    """Write the program's allow-listed columns as Parquet, with pseudonyms instead of people."""
    with _refusals():
        from lifelong.analytics.taking import take

        taken = take(ask.actor, ask.provider, target, key=key_file.read_bytes() if key_file else None)
    rows = [{"table": one.table, "rows": one.rows, "kilobytes": one.bytes // 1024} for one in taken.files]
    ask.tell(
        {
            "folder": str(target),
            "program": taken.program,
            "taken_at": taken.taken_at,
            "digest": taken.digest,
            "tables": rows,
        },
        f"{in_columns(rows, ('table', 'rows', 'kilobytes'))}\nTaken to {target}. Digest {taken.digest[:16]}.",
    )


@analytics.command("rollup")
@click.argument("source", type=FOLDER)
@click.option("--out", "target", type=NEW_FOLDER, required=True, help="A folder that does not exist yet.")
@click.option("--year", "year", type=int, default=None, help="Which year of a snapshot; this year if not said.")
@asks(program=False)
def build_rollups(ask: Asking, source: Path, target: Path, year: int | None) -> None:
    """Build rollups of SOURCE, a snapshot or a folder of the year's tables: then every question is answered at once."""
    from lifelong.kernel import clock

    with _refusals():
        from lifelong.analytics.asking import roll_up

        roll_up(source, target, of=year or clock.today().year)
    ask.tell(
        {"folder": str(target)}, f"Rollups are in {target}. Ask them: ./lifelong analytics ask QUESTION --from {target}"
    )


@analytics.command("questions")
@asks(program=False)
def list_questions(ask: Asking) -> None:
    """The questions there are, with their units."""
    with _refusals():
        from lifelong.analytics.measure import all_measures

        rows = [
            {"name": one.name, "question": one.question, "unit": one.unit, "caveat": one.caveat}
            for one in all_measures().values()
        ]
    ask.tell_rows("questions", rows, ("name", "question"), "No question is there.")


@analytics.command("ask")
@click.argument("question")
@click.option(
    "--from", "source", type=FOLDER, default=None, help="A snapshot, rollups, or a folder of the year's tables."
)
@click.option("--provider", "program", envvar="LIFELONG_PROVIDER", default="", metavar="PROVIDER",
              help="Without --from: the program whose newest nightly snapshot is asked.")  # fmt: skip
@click.option("--year", "year", type=int, default=None, help="Which year of a snapshot; this year if not said.")
@asks(program=False)
def ask_question(ask: Asking, question: str, source: Path | None, program: str, year: int | None) -> None:
    """Ask QUESTION by its name, as `analytics questions` lists them. Small cells of a program's own figures stay hidden."""
    from lifelong.kernel import clock
    from lifelong.loop.surveys.reads import minimum_group

    with _refusals():
        from lifelong.analytics import asking
        from lifelong.analytics.taking import newest

        measure = asking.measure_named(question)
        if source is None and not program:
            raise click.UsageError("What is asked? Name a folder with --from, or a program with --provider.")
        folder = source or newest(find_provider(program))
        told = asking.ask(folder, measure, of=year or clock.today().year, least=minimum_group())
    _tell(ask, told, minimum_group())


def _tell(ask: Asking, told: Told, least: int) -> None:
    measure = told.answer.measure
    rows = [dict(zip(told.answer.columns, map(_number, row), strict=True)) for row in told.answer.rows]
    shown = [{name: _short(value) for name, value in row.items()} for row in rows]
    head = {name: name for name in told.answer.columns}
    lines = [measure.question, f"Unit: {measure.unit}.", f"Caveat: {measure.caveat}", ""]
    lines.append(in_columns([head, *shown[:MOST_SHOWN]], told.answer.columns) if rows else "Nobody is counted here.")
    if len(rows) > MOST_SHOWN:
        lines.append(f"... and {len(rows) - MOST_SHOWN} more lines; all of them with --json.")
    if told.hidden:
        lines.append(
            f"{told.hidden} figures stay hidden: fewer than {least} stand behind them, or they would give such away."
        )
    about = {"name": measure.name, "question": measure.question, "unit": measure.unit, "caveat": measure.caveat}
    ask.tell({**about, "hidden": told.hidden, "rows": rows}, "\n".join(lines))


def _number(value: Any) -> Any:
    """The engine adds whole numbers up as decimals; scripts get numbers."""
    if isinstance(value, Decimal):
        return int(value) if value == int(value) else float(value)
    return value


def _short(value: Any) -> Any:
    return (
        f"{value:,.3f}".rstrip("0").rstrip(".")
        if isinstance(value, float)
        else f"{value:,}"
        if isinstance(value, int)
        else value
    )
