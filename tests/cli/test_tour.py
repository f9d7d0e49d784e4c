"""The tour in the documents is run as it stands, on an empty installation; what it says is printed is printed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOUR = (ROOT / "docs" / "tour.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```(?:\n```text\n(.*?)^```)?", TOUR, re.MULTILINE | re.DOTALL)
TITLES = [f"{number}: {block.strip().splitlines()[0][:60]}" for number, (block, _) in enumerate(BLOCKS, 1)]
MARK = "---- end of block"


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[list[str], Path, str]]:
    """What each block printed, the folder it ran in, and the error stream. One shell, so that variables stay."""
    folder = tmp_path_factory.mktemp("tour")
    launcher = folder / "lifelong"
    launcher.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT / "src"}" exec "{sys.executable}" -m lifelong "$@"\n')
    launcher.chmod(0o755)
    script = "set -eu\n" + "".join(f"{block}\necho '{MARK}'\n" for block, _ in BLOCKS)
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("LIFELONG_", "DJANGO_", "PYTHON"))
    }
    run = subprocess.run(
        ["sh", "-c", script], cwd=folder, env=kept, capture_output=True, text=True, timeout=600, check=False
    )
    yield run.stdout.split(f"{MARK}\n"), folder, run.stderr


def _pattern(text: str) -> re.Pattern[str]:
    """`…` alone stands for any lines, inside a line for the rest of a word or sentence."""
    lines = []
    for line in text.splitlines():
        if line == "…":
            lines.append(r"(?:.*\n)*?")
        else:
            lines.append(".*?".join(re.escape(part) for part in line.split("…")) + r"\n")
    return re.compile("".join(lines))


# about 60 commands, each a process of its own: the whole loop as a person at a shell meets it
@pytest.mark.slow
@pytest.mark.files_only
@pytest.mark.requirement("TUFTS-10", "TUFTS-55")
@pytest.mark.parametrize("number", range(len(BLOCKS)), ids=TITLES)
def test_what_the_tour_says_is_printed(said: tuple[list[str], Path, str], number: int) -> None:
    answers, _, errors = said
    assert len(answers) > number + 1, f"the tour stopped in this block or before: {answers[-1]}{errors}"
    expected = BLOCKS[number][1]
    if expected:
        assert _pattern(expected).fullmatch(answers[number]), answers[number]


@pytest.mark.slow
@pytest.mark.files_only
def test_the_tour_leaves_its_files(said: tuple[list[str], Path, str]) -> None:
    _, folder, _ = said
    for name in ("report.pdf", "transcript.pdf"):
        assert (folder / name).read_bytes().startswith(b"%PDF-")
    for name in ("activities.json", "activities.xml", "learners.json", "learners.txt", "findings.csv"):
        assert (folder / "pars" / name).stat().st_size > 0


@pytest.mark.files_only
def test_a_wrong_answer_would_be_noticed() -> None:
    pattern = _pattern("one\n…\nlast ….\n")
    assert pattern.fullmatch("one\nx\ny\nlast word.\n")
    assert not pattern.fullmatch("two\nlast word.\n")
    assert not pattern.fullmatch("one\nlast word\n")
