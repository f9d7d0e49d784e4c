"""A program's accent as a style sheet: every shade computed to AA contrast, in light and in dark."""

from __future__ import annotations

from lifelong.formats.charts.colour import contrast, mix, reach, rgb, shade

#: The papers of static/css/tokens.css; a test holds the two together.
LIGHT = {"paper": "#fbf9f4", "raised": "#fffefb", "sunk": "#f3efe6", "ink": "#1d1b18"}
DARK = {"paper": "#191816", "raised": "#211f1c", "sunk": "#121110", "ink": "#ece7dd"}
LIGHT_TINTS = ("#fbeae6", "#fbf0d7", "#e6f1e6", "#e8eef7")  # block, warn, done, info
DARK_TINTS = ("#3a1f1c", "#362a14", "#1c2e21", "#1d2838")
DEFAULT_ACCENT = "#1f5a6b"
TEXT_CONTRAST = 4.5  # WCAG 2.2, 1.4.3


def accent_shades(accent: str, dark: bool = False) -> dict[str, str]:
    """The five accent tokens for one paper: accent, accent-text, accent-on, accent-deep, accent-tint.

    accent-text reaches 4.5:1 on every paper, on its own tint and on the tints of the four states; accent does so
    on the papers; accent-on reaches 4.5:1 on accent and on accent-deep. Raises ValueError when `accent` is no colour.
    """
    papers = DARK if dark else LIGHT
    tint = mix(accent, papers["paper"], 0.16 if dark else 0.10)
    ground = (papers["paper"], papers["raised"], papers["sunk"], tint)
    surface = reach(accent, ground, TEXT_CONTRAST)
    readable = reach(surface, (*ground, *(DARK_TINTS if dark else LIGHT_TINTS)), TEXT_CONTRAST)
    on = max(("#ffffff", papers["paper"] if dark else papers["ink"]), key=lambda text: contrast(text, surface))
    if contrast(on, surface) < TEXT_CONTRAST:
        on = "#000000"
    deep = mix(surface, "#ffffff" if dark else "#000000", 0.8)
    return {"accent": surface, "accent-text": readable, "accent-on": on, "accent-deep": deep, "accent-tint": tint}


def theme_css(accent_hex: str) -> str:
    """The style sheet of one program, served as /p/<slug>/theme.css. Raises ValueError when the accent is no colour."""
    return f":root{{{_block(accent_hex)}}}\n@media (prefers-color-scheme:dark){{:root{{{_block(accent_hex, True)}}}}}\n@media print{{:root{{{_block(accent_hex)}}}}}\n"


def pdf_accent(accent_hex: str) -> str:
    """The accent as it is printed: AA on white."""
    return reach(accent_hex, ("#ffffff",), TEXT_CONTRAST)


def _block(accent: str, dark: bool = False) -> str:
    return "".join(f"--{name}:{value};" for name, value in accent_shades(accent, dark).items())


__all__ = ["DARK", "DEFAULT_ACCENT", "LIGHT", "accent_shades", "pdf_accent", "rgb", "shade", "theme_css"]
