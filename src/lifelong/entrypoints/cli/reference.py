"""Writes the generated pages of docs/reference from what the code declares; `--check` says which are stale."""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import import_module, util
from pathlib import Path
from pkgutil import walk_packages

import click

from lifelong.entrypoints.cli.main import cli, set_up
from lifelong.entrypoints.cli.options import SETTINGS

ROOT = Path(__file__).parents[4]
FOLDER = ROOT / "docs" / "reference"
# how many requirements each of the five programs' profiles made, numbered from 01
REQUIREMENTS = {"TUFTS": 68, "UMASS": 40, "HMS": 49, "UCONN": 37, "WASHU": 39}
GENERATED = "This page is generated (`make docs`); change {source}, not this page."


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    for row in rows:
        lines.append(f"| {' | '.join(str(cell).replace('|', chr(92) + '|').replace(chr(10), ' ') for cell in row)} |")
    return "\n".join(lines)


def page(title: str, source: str, *parts: str) -> str:
    return "\n\n".join([f"# {title}", GENERATED.format(source=source), *parts]) + "\n"


# --- commands -------------------------------------------------------------------------------------------------------------


def walked(
    command: click.Command, name: str, parent: click.Context | None = None
) -> Iterator[tuple[str, click.Command]]:
    """Every command that can be run, with its whole name."""
    ctx = click.Context(command, info_name=name, parent=parent)
    if not isinstance(command, click.Group):
        yield ctx.command_path, command
        return
    for child in command.list_commands(ctx):
        found = command.get_command(ctx, child)
        if found is not None:
            yield from walked(found, child, ctx)


def commands_page() -> str:
    parts = [
        "Every command answers `--help`. It ends with 0 when done and with 2 when refused; a refusal is a code, a sentence and a next "
        "step (with `--json` as an object on the error stream). `--provider` and `--as` may be set once for a whole script, see "
        "[settings](settings.md). The [tour](../tour.md) shows them at work."
    ]
    for path, command in walked(cli, "./lifelong"):
        ctx = click.Context(command, info_name=path)
        usage = " ".join([path, *command.collect_usage_pieces(ctx)])
        rows = []
        for parameter in command.params:
            record = parameter.get_help_record(ctx)
            if record is not None:
                rows.append((f"`{record[0]}`", record[1]))
        parts.append(f"## {path.removeprefix('./lifelong ')}\n\n{command.help or ''}\n\n```text\n{usage}\n```")
        if rows:
            parts.append(table(("option", "meaning"), rows))
    return page("Commands", "`src/lifelong/entrypoints/cli/`", *parts)


def settings_page() -> str:
    rows = [(f"`{one.name}`", one.default, one.about) for one in SETTINGS]
    return page(
        "Settings",
        "`src/lifelong/entrypoints/cli/options.py`",
        "An installation is set up through its environment. Everything has a default; the demo and a first look need none of it.",
        table(("variable", "without it", "what it decides"), rows),
    )


# --- actions, roles, rules ------------------------------------------------------------------------------------------------


def declare_actions() -> None:
    """Import every module of the loop, so that its actions are on the list; models come with Django."""
    import lifelong.loop as loop

    for found in walk_packages(loop.__path__, "lifelong.loop."):
        if ".migrations" not in found.name and ".management" not in found.name:
            import_module(found.name)


def actions_page() -> str:
    declare_actions()
    from lifelong.entrypoints.jobs.effects import EFFECTS
    from lifelong.kernel.action import ACTIONS

    by_stage: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for key in sorted(ACTIONS):
        one = ACTIONS[key]
        effects = ", ".join(f"`{effect.__name__}`" for effect in EFFECTS.get(one.audit, ()))
        stage = one.module.split(".")[2] if one.module.startswith("lifelong.loop.") else ""
        if stage:
            by_stage[stage].append((f"`{one.name}`", f"`{one.needs.value}`", f"`{one.audit}`", effects))
    parts = [
        f"## {stage}\n\n" + table(("action", "needs", "audited as", "what follows"), rows)
        for stage, rows in sorted(by_stage.items())
    ]
    intro = (
        "Every write of the product is one of these. Web, API, text messages, command line and jobs call the same ones."
    )
    return page("Actions", "the `@action` that a function wears, and `entrypoints/jobs/effects.py`", intro, *parts)


def roles_page() -> str:
    from lifelong.kernel.access import INCLUDES, Permission, Role

    parts = []
    for role in Role:
        names = sorted(permission.value for permission in INCLUDES[role])
        parts.append((f"`{role.value}`", ", ".join(f"`{name}`" for name in names)))
    holders = [
        (
            f"`{permission.value}`",
            ", ".join(role.value.replace("_", " ") for role in Role if permission in INCLUDES[role]),
        )
        for permission in Permission
    ]
    return page(
        "Roles and permissions",
        "`src/lifelong/kernel/access.py`",
        "What a role includes. One's own things (`record_own`, `see_own`) need no role: being the person is the right.",
        "## By role\n\n" + table(("role", "includes"), parts),
        "## By permission\n\n" + table(("permission", "held by"), holders),
    )


def rules_page() -> str:
    from lifelong.rules.catalogue import rules

    groups: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for rule in rules():
        family = "Of the accreditation bodies" if rule.id.startswith("R-") else "Of our own"
        row = (
            rule.id,
            rule.severity.value,
            rule.sentence,
            rule.gate,
            rule.source,
            f"`{rule.function.removeprefix('lifelong.')}`",
        )
        groups[family].append(row)
    head = ("rule", "weight", "what must hold", "gate", "source", "decided by")
    parts = [f"## {family}\n\n{table(head, rows)}" for family, rows in groups.items()]
    intro = "The weight `block` stops a step, `warn` asks for attention, `info` only tells. Sources are listed in the rule books."
    return page("Rules", "`src/lifelong/rules/catalogue.toml`", intro, *parts)


# --- requirements ---------------------------------------------------------------------------------------------------------


def requirement_ids() -> list[str]:
    return [f"{seed}-{number:02d}" for seed, count in REQUIREMENTS.items() for number in range(1, count + 1)]


def tests_by_requirement(folder: Path) -> dict[str, list[str]]:
    """Requirement id -> the tests that carry its marker, as `path::name`; a mark on a module or class counts for what is in it."""
    found: dict[str, list[str]] = defaultdict(list)
    for file in sorted(folder.rglob("test_*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        path = file.relative_to(folder.parent).as_posix()
        for node in tree.body:
            if isinstance(node, ast.Assign) and any(
                isinstance(t, ast.Name) and t.id == "pytestmark" for t in node.targets
            ):
                for one in _marked([node.value]):
                    found[one].append(path)
        for one_part in ast.walk(tree):
            if isinstance(one_part, ast.FunctionDef | ast.ClassDef):
                for one in _marked(one_part.decorator_list):
                    found[one].append(f"{path}::{one_part.name}")
    return found


def _marked(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        for call in ast.walk(node):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "requirement":
                yield from (
                    arg.value for arg in call.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
                )


def requirements_page() -> str:
    proven = tests_by_requirement(ROOT / "tests")
    ids = requirement_ids()
    parts = []
    for seed, count in REQUIREMENTS.items():
        mine = [one for one in ids if one.startswith(f"{seed}-")]
        done = sum(1 for one in mine if one in proven)
        rows = [(one, ", ".join(f"`{test}`" for test in proven.get(one, ())) or "open") for one in mine]
        parts.append(f"## {seed}: {done} of {count}\n\n{table(('requirement', 'proven by'), rows)}")
    others = [
        (one, ", ".join(f"`{test}`" for test in tests)) for one, tests in sorted(proven.items()) if one not in set(ids)
    ]
    if others:
        parts.append(
            "## Further marks\n\nAttacks, cross-cutting promises and other numbered lists.\n\n"
            + table(("mark", "proven by"), others)
        )
    total = sum(1 for one in ids if one in proven)
    intro = f"{total} of {len(ids)} requirements of the five programs carry a test. A requirement without one is open, whatever the code does."
    return page("Requirements and their tests", "the markers of the tests", intro, *parts)


def methods_page() -> str:
    return str(import_module("lifelong.methods.reference").methods_reference())


def pages() -> dict[str, Callable[[], str]]:
    """File name -> what writes it."""
    found: dict[str, Callable[[], str]] = {
        "commands.md": commands_page,
        "settings.md": settings_page,
        "actions.md": actions_page,
        "roles.md": roles_page,
        "rules.md": rules_page,
        "requirements.md": requirements_page,
    }
    if util.find_spec("lifelong.methods.reference") is not None:
        found["methods.md"] = methods_page
    return found


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; exit 1 and name the pages that are stale.")
def main(check: bool) -> None:
    """Write docs/reference."""
    set_up()
    stale = []
    for name, write in pages().items():
        file, text = FOLDER / name, write()
        if file.exists() and file.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if not check:
            FOLDER.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
    if check and stale:
        click.echo(f"Stale: {', '.join(stale)}. Run `make docs`.")
        sys.exit(1)
    click.echo("The reference is up to date." if not stale else f"Written: {', '.join(stale)}.")


if __name__ == "__main__":
    main()
