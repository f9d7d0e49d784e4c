"""Facts into tagged PDF (PDF/UA-1 and PDF/A-2a in one file) with Typst.

Facts reach a template as JSON data and are never spliced into its markup, so no text of a person can become an instruction.
A template is its own source behind `house.typ` (type, colours, the gap mark); it reads no other file and fetches nothing.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import typst

FONTS = Path(__file__).parents[2] / "static" / "fonts" / "pdf"
"""Where the product's own type lies. While the folder is absent, Typst's embedded Libertinus stands in."""

MISSING_GLYPH = "□"
"""Drawn for a character that none of the fonts has; archival PDF allows no undefined glyphs."""

_STANDARDS: Final = ["ua-1", "a-2a"]
_SERIF = ("Source Serif 4", "Libertinus Serif")
_SANS = ("Inter", "Libertinus Serif")
_HOUSE = Path(__file__).with_name("house.typ").read_text(encoding="utf-8")
_UNDRAWN = re.compile(r'(?:the text|the codepoint|disallowed codepoint|contains the codepoint) `"(.+?)"`', re.DOTALL)
_RUST_ESCAPE = re.compile(r"\\u\{([0-9a-f]+)\}")


def template(path: Path) -> bytes:
    """The source of a template with the house style in front of it."""
    return (_HOUSE + "\n" + path.read_text(encoding="utf-8")).encode()


def press(
    source: bytes,
    facts: Mapping[str, Any],
    made_on: date,
    font_paths: Sequence[Path] = (FONTS,),
    drawings: Mapping[str, str] = MappingProxyType({}),
) -> bytes:
    """One tagged PDF from a template and JSON-able facts. `made_on` becomes its creation date, so equal facts give equal bytes.

    Texts are cleaned as by `plain`; `drawings` are SVG made by this product. Characters that no font can draw become
    `MISSING_GLYPH`, and the template is told (`facts.undrawn`). Safe to call from several threads; the typesetting itself
    runs outside Python's lock. Raises `typst.TypstError` if the template itself is wrong.
    """
    fonts, families = _case(tuple(font_paths))
    told: dict[str, Any] = {**_clean(facts), **drawings, "fonts": families, "undrawn": False}
    text = json.dumps(told, ensure_ascii=False)
    stamp = int(datetime.combine(made_on, time(12), tzinfo=UTC).timestamp())
    for _ in range(64):
        try:
            pdf: bytes = typst.compile(  # type: ignore[call-overload]  # the stub ties root to the type of input
                source,
                font_paths=fonts,
                format="pdf",
                sys_inputs={"facts": text},
                pdf_standards=_STANDARDS,
                timestamp=stamp,
                root=str(Path(__file__).parent),
            )
        except typst.TypstError as error:
            undrawn = _undrawn(str(error))
            if not undrawn & set(text):
                raise
            text = text.translate({ord(character): MISSING_GLYPH for character in undrawn})
            text = json.dumps({**json.loads(text), "undrawn": True}, ensure_ascii=False)
        else:
            return pdf
    raise ValueError(
        "This text uses too many characters that no installed font can draw. Install a font for its script."
    )


def plain(text: str) -> str:
    """`text` without what cannot be drawn or may deceive: controls, private use, unassigned, direction overrides; spaces joined.

    Words of more than 40 characters may break across lines.
    """
    return _LONG_WORD.sub("\\g<0>\u200b", _inert(text).strip())


@lru_cache(maxsize=1024)  # the statements of an activity come again on each of its certificates
def _inert(text: str) -> str:
    if text.isascii() and text.isprintable():
        return re.sub(" {2,}", " ", text)
    kept = "".join(
        " " if character.isspace() else character
        for character in unicodedata.normalize("NFC", text)
        if character.isspace() or character in _JOINERS or unicodedata.category(character) not in _UNPRINTABLE
    )
    return re.sub(" {2,}", " ", kept)


_UNPRINTABLE = frozenset({"Cc", "Cf", "Co", "Cn", "Cs"})
# Persian and the scripts of India spell names with these two.
_JOINERS = frozenset("\u200c\u200d")


_LONG_WORD = re.compile(r"\S{40}(?=\S)")


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters of `text`, the cut shown by an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def credit_parts(text: str) -> list[str]:
    """`text` cut at the AMA's credit phrase, which the house style sets in italics: every second part is such a phrase."""
    return _CREDIT_PHRASE.split(text)


_CREDIT_PHRASE = re.compile(r"(AMA PRA Category [12] Credit(?:\(s\)|s)?)")


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return _inert(value)
    if isinstance(value, Mapping):
        return {key: _clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(item) for item in value]
    return value


def _undrawn(message: str) -> set[str]:
    """The characters that Typst says it cannot draw; those of ASCII stay, the text itself is at stake."""
    quoted = "".join(_UNDRAWN.findall(message))
    return {c for c in _RUST_ESCAPE.sub(lambda found: chr(int(found[1], 16)), quoted) if ord(c) > 126}


@lru_cache(maxsize=8)
def _case(paths: tuple[Path, ...]) -> tuple[typst.Fonts, dict[str, list[str]]]:
    """The fonts, loaded once for the process, and the families of them that the house style may ask for."""
    fonts = typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=True,
        font_paths=[str(path) for path in paths if path.is_dir()],
    )
    here = set(fonts.families())
    return fonts, {
        "serif": [family for family in _SERIF if family in here],
        "sans": [family for family in _SANS if family in here],
    }
