"""A drawing as PNG, for files that cannot hold one as lines."""

from __future__ import annotations

from functools import lru_cache

import typst

from lifelong.formats.typeset import FONTS

DOTS = 190.0  # an inch: sharp in print, and a page of drawings stays under half a megabyte
_SHEET = (
    b'#set page(width: auto, height: auto, margin: 2pt, fill: white)\n#image(bytes(sys.inputs.drawing), format: "svg")'
)


def picture(svg: str) -> bytes:
    """The SVG of a chart as PNG bytes on white, in the product's own type. Equal drawings give equal bytes."""
    drawn: bytes = typst.compile(_SHEET, format="png", ppi=DOTS, font_paths=_fonts(), sys_inputs={"drawing": svg})
    return drawn


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    paths = [str(FONTS)] if FONTS.is_dir() else []
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=paths)
