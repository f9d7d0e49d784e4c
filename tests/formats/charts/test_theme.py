"""Whatever accent a program chooses, its pages stay readable."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lifelong.formats.charts import accent_shades, pdf_accent, theme_css
from lifelong.formats.charts.colour import contrast, mix, reach
from lifelong.formats.charts.theme import DARK, DARK_TINTS, DEFAULT_ACCENT, LIGHT, LIGHT_TINTS

STATIC = Path(__file__).parents[3] / "src" / "lifelong" / "static"
ACCENTS = ["#a51417", "#3e8ede", "#ffd100", "#000000", "#ffffff", "#777777", "#7fffd4", "#00f", DEFAULT_ACCENT]


@pytest.mark.parametrize(
    ("one", "other", "ratio"), [("#000", "#fff", 21), ("#777777", "#ffffff", 4.48), ("#fff", "#fff", 1)]
)
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=0.01)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("accent", ACCENTS)
def test_every_accent_reads_on_every_paper(accent: str, dark: bool) -> None:
    shades, papers, tints = accent_shades(accent, dark), DARK if dark else LIGHT, DARK_TINTS if dark else LIGHT_TINTS
    for paper in (papers["paper"], papers["raised"], papers["sunk"], shades["accent-tint"], *tints):
        assert contrast(shades["accent-text"], paper) >= 4.5
    assert contrast(shades["accent-on"], shades["accent"]) >= 4.5
    assert contrast(shades["accent-on"], shades["accent-deep"]) >= 4.5
    assert contrast(papers["ink"], shades["accent-tint"]) >= 7


def test_an_accent_that_reads_is_left_alone() -> None:
    assert accent_shades("#a51417")["accent"] == "#a51417"
    assert reach("#1f5a6b", ("#ffffff",), 4.5) == "#1f5a6b"


@pytest.mark.parametrize("accent", ACCENTS)
def test_printed_accent_reads_on_white(accent: str) -> None:
    assert contrast(pdf_accent(accent), "#ffffff") >= 4.5


def test_style_sheet_sets_the_five_tokens_for_light_dark_and_print() -> None:
    css = theme_css("#a51417")
    for token in ("--accent:", "--accent-text:", "--accent-on:", "--accent-deep:", "--accent-tint:"):
        assert css.count(token) == 3
    assert "prefers-color-scheme:dark" in css and "@media print" in css


@pytest.mark.parametrize("wrong", ["", "red", "#12345", "#fff;}body{display:none", "javascript:1"])
def test_what_is_no_colour_is_refused_and_never_reaches_the_sheet(wrong: str) -> None:
    with pytest.raises(ValueError, match="not a colour"):
        theme_css(wrong)


def _tokens() -> tuple[dict[str, str], dict[str, str]]:
    light, _, dark = (STATIC / "css" / "tokens.css").read_text().partition("prefers-color-scheme: dark")
    found = [dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6})", part)) for part in (light, dark)]
    return found[0], found[1]


def test_papers_of_the_style_sheet_and_of_the_computation_are_the_same() -> None:
    light, dark = _tokens()
    states = ("block", "warn", "done", "info")
    for tokens, papers, tints in ((light, LIGHT, LIGHT_TINTS), (dark, DARK, DARK_TINTS)):
        assert (tokens["paper"], tokens["paper-raised"], tokens["paper-sunk"], tokens["ink"]) == tuple(papers.values())
        assert tuple(tokens[f"{state}-tint"] for state in states) == tints


@pytest.mark.parametrize("at", [0, 1])
def test_inks_and_states_of_the_style_sheet_read(at: int) -> None:
    tokens = _tokens()[at]
    for paper in (tokens["paper"], tokens["paper-raised"], tokens["paper-sunk"]):
        assert contrast(tokens["ink"], paper) >= 7
        assert contrast(tokens["grey-1"], paper) >= 4.5
        assert contrast(tokens["grey-2"], paper) >= 4.5
        assert contrast(tokens["grey-3"], paper) >= 3  # edges of controls: WCAG 2.2, 1.4.11
    for state in ("block", "warn", "done", "info"):
        assert contrast(tokens[state], tokens[f"{state}-tint"]) >= 4.5
        assert contrast(tokens[state], tokens["paper"]) >= 4.5


def test_mix_meets_its_ends() -> None:
    assert (mix("#ff0000", "#0000ff", 1), mix("#ff0000", "#0000ff", 0)) == ("#ff0000", "#0000ff")
