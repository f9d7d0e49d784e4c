"""Program profiles: what makes one installation five different offices."""

from __future__ import annotations

from pathlib import Path

import click

from lifelong.entrypoints.cli.main import set_up, tell


@click.group()
def profile() -> None:
    """Load program profiles."""


@profile.command("load")
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--all", "every", is_flag=True, help="All profiles that come with Lifelong.")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
def load_one(file: Path | None, every: bool, as_json: bool) -> None:
    """Make a program what its profile FILE says; the same profile twice changes nothing."""
    from lifelong.formats.profile.read import read_profile
    from lifelong.formats.profile.records import ProfileError
    from lifelong.kernel.access import SYSTEM
    from lifelong.kernel.problems import problem

    if (file is None) == (not every):
        raise click.UsageError("Name one profile file, or say --all.")
    set_up()
    from lifelong.loop.program.actions import load_profile

    files = (
        sorted((Path(__file__).parents[2] / "loop" / "program" / "profiles").glob("*.toml")) if file is None else [file]
    )
    loaded = []
    for one in files:
        try:
            read = read_profile(one.read_bytes(), one.name)
        except ProfileError as wrong:
            raise problem("profile.wrong", str(wrong), "Correct the file and load it again.", one.name) from None
        provider = load_profile(SYSTEM, profile=read)
        loaded.append({"provider": provider.slug, "name": provider.name, "file": one.name})
    tell(
        {"loaded": loaded},
        as_json=as_json,
        sentence="\n".join(f"{row['provider']}: {row['name']} is as its profile says." for row in loaded),
    )


@profile.command("list")
@click.option("--json", "as_json", is_flag=True, help="Answer as JSON.")
def list_all(as_json: bool) -> None:
    """The programs of this installation."""
    set_up()
    from lifelong.loop.program.reads import providers

    rows = [{"provider": one.slug, "name": one.name, "time_zone": one.time_zone} for one in providers()]
    sentence = "\n".join(f"{row['provider']}: {row['name']}, {row['time_zone']}" for row in rows)
    tell(
        {"programs": rows}, as_json=as_json, sentence=sentence or "No program is loaded. ./lifelong profile load --all"
    )
