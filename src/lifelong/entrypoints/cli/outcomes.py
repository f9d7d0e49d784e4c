"""Running an analysis plan: a file in, a result out. No database is touched."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from lifelong.entrypoints.cli.main import set_up, tell


@click.group()
def outcomes() -> None:
    """Run an analysis plan."""


@outcomes.command("analyse")
@click.argument("plan", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--data", "data_root", type=click.Path(exists=True, file_okay=False, path_type=Path), default=None,
              help="Folder of the data; the plan's own folder if not given.")  # fmt: skip
@click.option(
    "--accept",
    multiple=True,
    metavar="CODE",
    help="Override a refusal by its code; the result prints that it was. Repeat.",
)
@click.option("--received", type=click.DateTime(("%Y-%m-%d", "%Y-%m-%dT%H:%M:%S")), default=None, metavar="WHEN",
              help="When the data came in (UTC, 2026-10-01 or 2026-10-01T09:00:00); the answer then says whether the plan is older.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
def analyse(
    plan: Path, data_root: Path | None, accept: tuple[str, ...], received: datetime | None, as_json: bool
) -> None:
    """Run the analysis PLAN (TOML) on its data and say what came out, with what would be printed beside it."""
    set_up()
    from lifelong.kernel import clock
    from lifelong.kernel.problems import Problem
    from lifelong.methods.plan import PlanError
    from lifelong.methods.result import RefusedError
    from lifelong.methods.run import run_plan

    came = received.replace(tzinfo=UTC) if received is not None else None
    with tempfile.TemporaryDirectory() as folder:
        asked = _accepting(plan, accept, Path(folder)) if accept else plan
        try:
            answer = run_plan(asked, today=clock.today(), data_root=data_root or plan.parent, data_modified_at=came)
        except (PlanError, RefusedError) as refused:
            raise Problem(refused.reason) from None
    answer["accepted_when_run"] = list(accept)
    tell(answer, as_json=as_json, sentence=_words(answer))


def _accepting(plan: Path, codes: Sequence[str], folder: Path) -> Path:
    """The plan with these refusals overridden: another plan with another hash, and the result says so."""
    from lifelong.kernel.problems import problem

    text = plan.read_text(encoding="utf-8")
    if re.search(r"^\s*accept\s*=", text, re.MULTILINE):
        sentence = "The plan itself says which refusals it overrides."
        raise problem("plan.accept", sentence, "Add the code to its `accept` list, or take that list out.", "accept")
    other = folder / plan.name
    other.write_text(f"accept = {json.dumps(list(codes))}\n{text}", encoding="utf-8")
    return other


def _words(answer: dict[str, Any]) -> str:
    lines = [answer["title"], f"  {answer['question']}", "", answer["statement"], "", answer["methods_paragraph"]]
    warnings = answer["result"]["warnings"]
    overridden = answer["result"]["overridden"]
    lines += [f"Note: {one['sentence']} {one['next_step']}".rstrip() for one in warnings]
    lines += [f"Overridden ({one['rule']}): {one['sentence']}" for one in overridden]
    if answer["accepted_when_run"]:
        lines.append(f"Overridden when it was run, not in the plan: {', '.join(answer['accepted_when_run'])}.")
    return "\n".join(lines)
