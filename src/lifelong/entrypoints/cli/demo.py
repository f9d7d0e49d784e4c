"""The fictional year: loaded once, and its clock moved forward to see what falls due."""

from __future__ import annotations

import os
import sys

import click

from lifelong.entrypoints.cli.main import set_up, tell


@click.group()
@click.pass_context
def demo(ctx: click.Context) -> None:
    """Load the fictional year, or move its clock forward."""
    ctx.obj = os.environ.get("LIFELONG_DEMO") == "1"  # whether the installation was declared a demo beforehand
    os.environ["LIFELONG_DEMO"] = "1"


def _only_a_demo(declared: bool) -> None:
    """Refuse on an installation with people of its own: their follow-ups would be sent before their day."""
    from lifelong.kernel.problems import problem
    from lifelong.loop.people.reads import demo_people

    if not declared and not demo_people():
        sentence = "This installation is not a demo, and its time is not moved."
        raise problem("demo.not_a_demo", sentence, "Use another LIFELONG_HOME, or set LIFELONG_DEMO=1 on a test copy.")


@demo.command("load")
@click.option("--size", type=click.Choice(["small", "medium", "large"]), default="small", show_default=True)
@click.pass_obj
def load_year(declared: bool, size: str) -> None:
    """Load a fictional year for every program; an installation that has it is left alone."""
    set_up()
    from lifelong.loop.program.reads import providers

    if providers().exists():
        _only_a_demo(declared)
    from lifelong.loop.demo.load import expected_rows, is_loaded, load

    if is_loaded():
        click.echo("The fictional year is loaded already.")
        return
    with click.progressbar(length=expected_rows(size), label="The fictional year", file=sys.stderr) as bar:
        load(size, bar.update)
    click.echo("The fictional year is loaded. ./lifelong demo signins says who may sign in.")


@demo.command("advance")
@click.option("--days", type=click.IntRange(1, 400), required=True, help="How many days.")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
@click.pass_obj
def advance(declared: bool, days: int, as_json: bool) -> None:
    """Move the clock of a demo installation forward, and do what fell due."""
    set_up()
    import threading

    from lifelong.entrypoints.jobs.worker import work
    from lifelong.kernel import clock

    _only_a_demo(declared)
    now = clock.advance(days)
    work(threading.Event(), until_idle=True)
    tell({"now": now}, as_json=as_json, sentence=f"It is now {now:%d %B %Y, %H:%M} UTC.")


@demo.command("signins")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
def signins(as_json: bool) -> None:
    """Who may be signed in as, by program and role."""
    set_up()
    from lifelong.loop.demo.load import sign_ins

    lines = list(sign_ins())
    tell({"signins": lines}, as_json=as_json, sentence="\n".join(lines))
