"""The gap mark: a ring not quite closed. It is the logo, and it shows progress."""

from __future__ import annotations

from html import escape
from math import pi


def ring_svg(share: float, number: str = "", text: str = "", size: str = "large") -> str:
    """A ring closed by `share` (0 to 1, clipped). `number` stands inside, `text` is what a screen reader says.

    Without `text` the ring is decoration (aria-hidden), for places where the words stand beside it.
    """
    part = min(max(share, 0.0), 1.0)
    side, width = (88, 8) if size == "large" else (24, 4)
    radius = (side - width) / 2
    around = 2 * pi * radius
    middle = side / 2
    names = f'role="img" aria-label="{escape(text)}"' if text else 'aria-hidden="true"'
    done = " ring--done" if share >= 1 else ""
    circle = f'cx="{middle:g}" cy="{middle:g}" r="{radius:g}" stroke-width="{width}"'
    drawn = (
        f'<circle class="ring__value" {circle} stroke-dasharray="{part * around:.2f} {around:.2f}" '
        f'transform="rotate(-90 {middle:g} {middle:g})"/>'
        if part > 0
        else ""
    )
    inside = f'<text class="ring__number" x="{middle:g}" y="{middle:g}">{escape(number)}</text>' if number else ""
    return (
        f'<span class="ring ring--{escape(size)}{done}"><svg viewBox="0 0 {side} {side}" {names}>'
        f'<circle class="ring__track" {circle}/>{drawn}{inside}</svg></span>'
    )
