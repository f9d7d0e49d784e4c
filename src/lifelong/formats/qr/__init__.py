"""QR codes (ISO/IEC 18004) as inline SVG: crisp in print, named for screen readers, safe under a strict content policy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from xml.sax.saxutils import escape, quoteattr

import segno

QUIET_ZONE = 4
"""Modules of white around the code; the standard asks for four."""

_LEVEL = "m"
# Any of the eight masks is readable: the code itself names its mask. Fixing one saves four fifths of the work and,
# for random identifiers, costs nothing in contrast.
_MASK = 3
# Patterns of a length are worth having from this many codes for each byte of that length.
_WORTH_A_BASIS = 4


def matrix(text: str) -> tuple[tuple[bool, ...], ...]:
    """The dark (True) and light modules of the code for `text`, without quiet zone. Raises ValueError if `text` is empty or too long.

    At most 2,331 bytes of UTF-8 fit (version 40, level M).
    """
    bits, size = _modules(text.encode())
    row = (1 << size) - 1
    rows = ((bits >> (size * index)) & row for index in range(size))
    return tuple(tuple(bool(line >> column & 1) for column in range(size)) for line in rows)


def svg(text: str, title: str) -> str:
    """An inline `<svg>` with the code for `text`, named `title`. Four pixels a module until a style sheet says otherwise."""
    path, side = path_of(text)
    name = escape(title)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="qr" role="img" aria-label={quoteattr(title)} '
        f'viewBox="0 0 {side} {side}" width="{side * 4}" height="{side * 4}" shape-rendering="crispEdges">'
        f'<title>{name}</title><path fill="#fff" d="M0 0h{side}v{side}H0z"/><path fill="#000" d="{path}"/></svg>'
    )


def path_of(text: str) -> tuple[str, int]:
    """The dark modules as one SVG path, and the side of the drawing in modules, quiet zone included.

    Runs of dark modules in a row become one rectangle, so no hairlines appear between modules at any scale.
    """
    return _path(*_modules(text.encode()))


def paths_of(texts: Sequence[str]) -> list[tuple[str, int]]:
    """`path_of` for many texts at once: the same drawings, several times faster when many texts have one length."""
    lengths = Counter(len(text.encode()) for text in texts)
    return [
        _path(*(_sum_of_patterns(data) if lengths[len(data)] >= _WORTH_A_BASIS * len(data) else _modules(data)))
        for data in (text.encode() for text in texts)
    ]


def _path(bits: int, size: int) -> tuple[str, int]:
    steps: list[str] = []
    for y in range(size):
        line = format((bits >> (size * y)) & ((1 << size) - 1), f"0{size}b")[::-1]
        x = line.find("1")
        while x >= 0:
            end = line.find("0", x)
            end = size if end < 0 else end
            steps.append(f"M{x + QUIET_ZONE} {y + QUIET_ZONE}h{end - x}v1h-{end - x}z")
            x = line.find("1", end)
    return "".join(steps), size + 2 * QUIET_ZONE


def _modules(data: bytes) -> tuple[int, int]:
    """All modules as one integer (bit `row * size + column`), and the size."""
    if not data:
        raise ValueError("A QR code needs a text.")
    try:
        code = segno.make(data, error=_LEVEL, mask=_MASK, mode="byte", boost_error=False, micro=False)
    except segno.DataOverflowError as error:
        raise ValueError(f"A text of {len(data)} bytes is too long for a QR code.") from error
    size = len(code.matrix)
    bits = sum(
        module << (row * size + column) for row, line in enumerate(code.matrix) for column, module in enumerate(line)
    )
    return bits, size


def _sum_of_patterns(data: bytes) -> tuple[int, int]:
    """The same as `_modules`, as a sum of patterns kept from earlier codes of this length.

    With version, level and mask fixed, data bits, Reed-Solomon check bits and mask are all exclusive-ors: the drawing is an
    affine function of the data. So the code of any text is the code of a blank of the same length, changed by one known
    pattern for each bit that is set. A code in a batch then costs a tenth of a millisecond.
    """
    bits, size = _blank(len(data))
    for position, byte in enumerate(data):
        for bit in range(8):
            if byte >> bit & 1:
                bits ^= _pattern(len(data), position, bit)
    return bits, size


@lru_cache(maxsize=64)
def _blank(length: int) -> tuple[int, int]:
    return _modules(bytes(length))


@lru_cache(maxsize=1 << 15)
def _pattern(length: int, position: int, bit: int) -> int:
    one = bytearray(length)
    one[position] = 1 << bit
    return _modules(bytes(one))[0] ^ _blank(length)[0]
