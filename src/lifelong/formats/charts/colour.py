"""Contrast as WCAG 2.2 defines it, and the nearest shade that reaches it."""

from __future__ import annotations

import re
from colorsys import hls_to_rgb, rgb_to_hls

_HEX = re.compile(r"#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})")


def rgb(colour: str) -> tuple[float, float, float]:
    """Red, green, blue from 0 to 1 of `#abc` or `#aabbcc`. Raises ValueError for anything else."""
    found = _HEX.fullmatch(colour.strip())
    if not found:
        raise ValueError(f"{colour!r} is not a colour like #1f5a6b.")
    digits = found.group(1)
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    red, green, blue = (int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    return red, green, blue


def as_hex(red: float, green: float, blue: float) -> str:
    return "#" + "".join(f"{round(min(max(part, 0), 1) * 255):02x}" for part in (red, green, blue))


def luminance(colour: str) -> float:
    """Relative luminance, 0 (black) to 1 (white); WCAG 2.2, glossary."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in rgb(colour)
    )  # fmt: skip
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio, 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def mix(one: str, other: str, share: float) -> str:
    """`share` of one, the rest of the other."""
    return as_hex(*(a * share + b * (1 - share) for a, b in zip(rgb(one), rgb(other), strict=True)))


def shade(colour: str, lightness: float) -> str:
    """The same hue and saturation at another lightness (0 to 1)."""
    hue, _, saturation = rgb_to_hls(*rgb(colour))
    return as_hex(*hls_to_rgb(hue, lightness, saturation))


def reach(colour: str, papers: tuple[str, ...], ratio: float) -> str:
    """The shade nearest to `colour` whose contrast is at least `ratio` on every paper; black or white if none of its hue does."""

    def enough(candidate: str) -> bool:
        return all(contrast(candidate, paper) >= ratio for paper in papers)

    if enough(colour):
        return as_hex(*rgb(colour))
    _, start, _ = rgb_to_hls(*rgb(colour))
    darker = luminance(papers[0]) > 0.18
    for step in range(1, 101):
        lightness = start * (1 - step / 100) if darker else start + (1 - start) * step / 100
        candidate = shade(colour, lightness)
        if enough(candidate):
            return candidate
    return "#000000" if darker else "#ffffff"
