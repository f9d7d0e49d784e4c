"""What others wrote is unchanged, named, licensed and small."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

import lifelong

STATIC = Path(lifelong.__file__).parent / "static"
KIT = json.loads((STATIC / "vendor" / "vendor.json").read_text())
SEALED = [(path, digest) for entry in KIT for path, digest in entry["files"].items()]


@pytest.mark.parametrize(("path", "digest"), SEALED)
def test_a_vendored_file_is_the_one_that_was_recorded(path: str, digest: str) -> None:
    assert hashlib.sha256((STATIC / path).read_bytes()).hexdigest() == digest


def test_every_font_and_vendored_script_is_recorded() -> None:
    there = {path.relative_to(STATIC).as_posix() for suffix in ("woff2", "ttf") for path in STATIC.rglob(f"*.{suffix}")}
    there |= {path.relative_to(STATIC).as_posix() for path in (STATIC / "vendor").rglob("*.min.*")}
    assert there == {path for path, _ in SEALED} - {"img/icons.svg"}


def test_every_licence_lies_beside_the_work() -> None:
    assert {entry["licence"] for entry in KIT} == {"MIT", "0BSD", "OFL-1.1"}
    for place in (
        "vendor/bootstrap/LICENSE",
        "vendor/htmx/LICENSE",
        "vendor/bootstrap-icons/LICENSE",
        "fonts/OFL-inter.txt",
        "fonts/OFL-source-serif-4.txt",
    ):
        assert (STATIC / place).stat().st_size > 500


def test_web_fonts_weigh_at_most_120_kilobytes() -> None:
    assert sum(font.stat().st_size for font in (STATIC / "fonts").glob("*.woff2")) <= 120_000


def test_our_styles_and_scripts_fetch_nothing_from_elsewhere() -> None:
    ours = [*STATIC.glob("css/*.css"), *STATIC.glob("js/*.js")]
    assert len(ours) >= 6
    for path in ours:
        assert not re.search(r"https?://|data:image|@import", path.read_text().replace('a[href^="http"]', "")), (
            path.name
        )


def test_every_file_a_style_sheet_names_exists() -> None:
    named = re.findall(r'url\("([^"]+)"\)', (STATIC / "css" / "tokens.css").read_text())
    assert len(named) == 5
    assert all((STATIC / "css" / place).resolve().is_file() for place in named)
