"""`./lifelong`: one command line for everything a person or a script asks of the installation.

Exit code 0: done. 2: refused, with code, sentence and next step (as JSON where `--json` was asked for). Never a stack trace.
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import sys
from typing import Any

import click

# command -> (module below entrypoints/cli, one line for the list): modules load when asked for, so `--help` answers at once
COMMANDS: dict[str, tuple[str, str]] = {
    "run": ("serve", "Start web server and job worker, with the demo on a first start."),
    "serve": ("serve", "Start web server and job worker on an existing installation."),
    "worker": ("serve", "Start a job worker alone."),
    "migrate": ("serve", "Bring the database to this version."),
    "doctor": ("doctor", "Check this installation and say what to mend."),
    "demo": ("demo", "Load the fictional year, or move its clock forward."),
    "profile": ("program", "Load program profiles."),
    "person": ("people", "Add people and give them roles."),
    "measures": ("measures", "Import and list quality measures."),
    "gap": ("needs", "Register and list practice gaps."),
    "activity": ("planning", "Plan, publish and list activities."),
    "disclosure": ("integrity", "Ask for, submit and decide disclosures."),
    "attendance": ("delivery", "Show a session's code and record attendance."),
    "sms": ("sms", "A text-message gateway on the console: no vendor needed."),
    "evaluation": ("evaluation", "Submit an evaluation and answer a follow-up."),
    "credit": ("credit", "Claim credit."),
    "transcript": ("transcript", "A learner's transcript across programs."),
    "ledger": ("ledger", "Seal and verify the credit ledger."),
    "outcomes": ("outcomes", "Run an analysis plan."),
    "analytics": ("analytics", "Pseudonymous snapshots, rollups and the named questions."),
    "pars": ("pars", "Records for PARS: export, send to the test body."),
    "mission": ("mission", "The mission page and the annual mission report."),
}


class Lazy(click.Group):
    """Loads the module of a command only when that command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module = importlib.import_module(f"lifelong.entrypoints.cli.{COMMANDS[name][0]}")
        return getattr(module, name)  # type: ignore[no-any-return]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, about) for name, (_, about) in COMMANDS.items()])


@click.command(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Lifelong: the open system of record for accredited continuing education."""


def set_up() -> None:
    """Make Django ready; called by every command that needs the database."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lifelong.project.settings")
    import django

    django.setup()


def tell(answer: dict[str, Any], *, as_json: bool, sentence: str) -> None:
    """The answer of a command: one JSON object for scripts, one sentence for people."""
    click.echo(json.dumps(answer, indent=2, default=str) if as_json else sentence)


def main() -> None:
    """Run the command line; every refusal and every fault ends as a sentence."""
    try:
        code = cli.main(prog_name="./lifelong", standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as usage:
        usage.show()
        code = 0
    except click.ClickException as usage:
        code = _misread(usage)
    except click.Abort:
        code = 130
    except Exception as error:
        code = _refusal(error)
    sys.exit(code if isinstance(code, int) else 0)


def _misread(usage: click.ClickException) -> int:
    """A command that was typed wrongly: usage for people, the shape of a refusal for scripts."""
    if "--json" not in sys.argv:
        usage.show()
        return 2
    command = usage.ctx.command_path if isinstance(usage, click.UsageError) and usage.ctx else "./lifelong"
    step = f"Run {command} --help."
    click.echo(json.dumps({"code": "usage", "sentence": usage.format_message(), "next_step": step}, indent=2), err=True)
    return 2


def _refusal(error: Exception) -> int:
    from lifelong.kernel.problems import Problem

    if isinstance(error, Problem):
        if "--json" in sys.argv:
            click.echo(json.dumps(error.as_dict(), indent=2), err=True)
        else:
            for reason in error.reasons:
                click.echo(f"{reason.rule}: {reason.sentence} {reason.next_step}".rstrip(), err=True)
        return 2
    known = {
        "OperationalError": (
            "database",
            "The database does not answer or is not set up.",
            "Run `./lifelong migrate`, then `./lifelong doctor`.",
        ),
        "ProgrammingError": ("database", "The database is not set up for this version.", "Run `./lifelong migrate`."),
        "FileNotFoundError": ("file", f"There is no file {getattr(error, 'filename', '')}.", "Check the path."),
        "PermissionError": ("file", f"No permission for {getattr(error, 'filename', '')}.", "Check who owns the file."),
    }
    code, sentence, step = known.get(
        type(error).__name__,
        (
            "fault",
            f"Something went wrong: {type(error).__name__}.",
            "Run it again with LIFELONG_LOG=DEBUG to see the details.",
        ),
    )
    if os.environ.get("LIFELONG_LOG") == "DEBUG":
        logging.getLogger(__name__).exception("fault")
    click.echo(
        json.dumps({"code": code, "sentence": sentence, "next_step": step})
        if "--json" in sys.argv
        else f"{code}: {sentence} {step}",
        err=True,
    )
    return 2
