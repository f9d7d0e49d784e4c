"""Running an analysis plan: a file in, a result out. No database is touched."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import click

from lifelong.entrypoints.cli.main import tell


@click.group()
def outcomes() -> None:
    """Run an analysis plan."""


@outcomes.command("analyse")
@click.argument("plan", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--data", "data_root", type=click.Path(exists=True, file_okay=False, path_type=Path), default=None,
              help="Folder of the data; the plan's own folder if not given.")  # fmt: skip
@click.option("--accept", multiple=True, metavar="CODE", help="Override a refusal by its code; the result prints that it was. Repeat.")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
def analyse(plan: Path, data_root: Path | None, accept: tuple[str, ...], as_json: bool) -> None:
    """Run the analysis PLAN (TOML) on its data and say what came out, with what would be printed beside it."""
    from lifelong.kernel.problems import Problem
    from lifelong.methods.plan import PlanError
    from lifelong.methods.result import RefusedError
    from lifelong.methods.run import run_plan

    today = dt.datetime.now(dt.UTC).date()
    try:
        answer = run_plan(plan, today=today, data_root=data_root, **({"accept": accept} if accept else {}))
    except (PlanError, RefusedError) as refused:
        raise Problem(refused.reason) from None
    tell(answer, as_json=as_json, sentence=_words(answer))


def _words(answer: dict[str, Any]) -> str:
    lines = [answer["title"], f"  {answer['question']}", "", answer["statement"], "", answer["methods_paragraph"]]
    warnings = answer["result"]["warnings"]
    overridden = answer["result"]["overridden"]
    lines += [f"Note: {one['sentence']} {one['next_step']}".rstrip() for one in warnings]
    lines += [f"Overridden ({one['rule']}): {one['sentence']}" for one in overridden]
    return "\n".join(line for line in lines if line is not None)
