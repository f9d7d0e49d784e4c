"""What the documents promise exists: commands and their options, make targets, links, settings."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest
from django.urls import resolve

from lifelong.entrypoints.cli.main import cli
from lifelong.entrypoints.cli.options import SETTINGS
from lifelong.entrypoints.cli.reference import walked

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
IDS = [page.relative_to(ROOT).as_posix() for page in PAGES]

pytestmark = pytest.mark.files_only


def _code(text: str) -> str:
    """Everything in fenced blocks and code face; continued lines joined."""
    fenced = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    inline = re.findall(
        r"`(\./lifelong[^`]*|make [^`]*)`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    )
    return "\n".join([*fenced, *inline]).replace("\\\n", " ")


def _asked(text: str) -> list[list[str]]:
    """Every command line that begins with ./lifelong, as words; shell around it is cut off."""
    found = []
    for line in re.findall(r"\./lifelong([^\n]*)", _code(text)):
        lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;()<>")
        lexer.whitespace_split = True
        words = []
        for word in lexer:
            if set(word) <= set("|&;()<>"):
                break
            words.append(word)
        found.append(words)
    return found


def _resolve(words: list[str]) -> click.Command:
    """The command these words ask for. Raises LookupError for one that does not exist, or an option it does not have."""
    command: click.Command = cli
    rest = list(words)
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        name = rest.pop(0)
        child = command.get_command(click.Context(command), name)
        if child is None:
            raise LookupError(name)
        command = child
    known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    unknown = {word.partition("=")[0] for word in rest if word.startswith("--")} - known - {"--help"}
    if unknown:
        raise LookupError(", ".join(sorted(unknown)))
    return command


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_every_command_named_exists(page: Path) -> None:
    for words in _asked(page.read_text(encoding="utf-8")):
        _resolve(words)


def test_a_command_that_does_not_exist_is_noticed() -> None:
    with pytest.raises(LookupError, match="fly"):
        _resolve(["activity", "fly"])
    with pytest.raises(LookupError, match="--wings"):
        _resolve(["activity", "list", "--wings"])


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_every_make_target_named_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    asked = re.findall(r"(?:^|`)make ([a-z-]+)", _code(page.read_text(encoding="utf-8")), re.MULTILINE)
    assert set(asked) <= targets


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_every_relative_link_resolves(page: Path) -> None:
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    links = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text)
    gone = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert gone == []


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_every_address_of_the_product_exists(page: Path) -> None:
    for path in re.findall(r"http://localhost:8000(/[^)\s>]*)", page.read_text(encoding="utf-8")):
        assert resolve(path)


def test_every_command_explains_itself() -> None:
    mute = [path for path, command in walked(cli, "./lifelong") if not (command.help or "").strip()]
    assert mute == []


def test_every_variable_that_is_read_is_declared() -> None:
    read = {
        name
        for file in (ROOT / "src").rglob("*.py")
        for name in re.findall(
            r"(?:environ(?:\.get\(|\[)|envvar=)\"(LIFELONG_\w+|PORT)\"", file.read_text(encoding="utf-8")
        )
    }
    read |= set(re.findall(r"\$\{(LIFELONG_\w+)", (ROOT / "lifelong").read_text(encoding="utf-8")))
    of_the_tests = {"LIFELONG_TEST_MIGRATIONS"}
    declared = {setting.name for setting in SETTINGS}
    assert read - of_the_tests - declared == set()
    assert declared - read == set()
