"""Certificates: one tagged, printable page for one award, with the address where anyone can check it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lifelong.formats import qr
from lifelong.formats.typeset import FONTS, credit_parts, plain, press, shorten, template


class Kind(StrEnum):
    """`CREDIT` awards credit to its owner; `PARTICIPATION` names the designation and awards nothing (non-physicians, students)."""

    CREDIT = "credit"
    PARTICIPATION = "participation"


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """What a certificate says; what the AMA asks of a physician's record, and ours: statements, serial and address of the check.

    `credit_lines` are ready phrases (`ama_credit_line`), the amounts claimed and not the maximum. `statements` are frozen texts of
    the activity. `verify_url` is the full address with host; ValueError if it has none, hides another host or is not plain ASCII.
    """

    learner: str
    provider: str
    activity: str
    format_word: str
    date_text: str
    serial: str
    verify_url: str
    issued_on: date
    credit_lines: tuple[str, ...] = ()
    statements: tuple[str, ...] = ()
    profession: str = ""
    place: str = ""
    kind: Kind = Kind.CREDIT
    accent: str = "#1d4e79"
    reference: str = ""
    signatory: str = ""
    signatory_role: str = ""
    lang: str = "en"

    def __post_init__(self) -> None:
        parts = urlsplit(self.verify_url)
        if parts.scheme not in {"https", "http"} or not parts.hostname or parts.username is not None:
            raise ValueError(
                "The address of the check must be a full web address, such as https://cme.example.edu/verify/…."
            )
        if not _ADDRESS.fullmatch(self.verify_url):
            raise ValueError("The address of the check must be plain ASCII, so that no look-alike host can be printed.")
        if not _COLOUR.fullmatch(self.accent):
            raise ValueError("The accent must be a colour such as #1d4e79.")


_ADDRESS = re.compile(r"[!-~]{1,400}")
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}")
_SOURCE = template(Path(__file__).with_name("certificate.typ"))
_HEADINGS = {Kind.CREDIT: "Certificate of credit", Kind.PARTICIPATION: "Certificate of participation"}


def ama_credit_line(amount: Decimal, category: int = 1) -> str:
    """`1.00 AMA PRA Category 1 Credit™`, in the plural above one. The page sets the phrase in italics, as the AMA asks."""
    return f"{amount:.2f} AMA PRA Category {category} Credit{'s' if amount > 1 else ''}™"


def render(facts: CertificateFacts, font_paths: Sequence[Path] = (FONTS,)) -> bytes:
    """One page, US Letter landscape: PDF/UA-1 and PDF/A-2a. Equal facts give equal bytes."""
    return _render(facts, qr.path_of(facts.verify_url), font_paths)


def render_many(
    many: Iterable[CertificateFacts], font_paths: Sequence[Path] = (FONTS,), threads: int | None = None
) -> list[bytes]:
    """One file each, in the given order, on `threads` cores (default: all). The same bytes as `render`."""
    chosen = list(many)
    codes = qr.paths_of([facts.verify_url for facts in chosen])
    with ThreadPoolExecutor(threads or os.cpu_count() or 1) as pool:
        return list(pool.map(lambda pair: _render(pair[0], pair[1], font_paths), zip(chosen, codes, strict=True)))


def _render(facts: CertificateFacts, code: tuple[str, int], font_paths: Sequence[Path]) -> bytes:
    path, side = code
    drawing = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}"><path d="{path}"/></svg>'
    return press(_SOURCE, _printed(facts), facts.issued_on, font_paths, drawings={"qr": drawing})


def _printed(facts: CertificateFacts) -> dict[str, Any]:
    """The texts as they stand on the page. A name of more than 300 characters is shortened: the page stays one."""
    form = plain(facts.format_word)
    article = "an" if form[:1].lower() in set("aeiou") else "a"
    where_and_when = [text for text in (facts.date_text, facts.place) if text]
    return {
        "kind": facts.kind.value,
        "heading": _HEADINGS[facts.kind],
        "learner": shorten(plain(facts.learner), 300),
        "profession": shorten(plain(facts.profession), 120),
        "provider": shorten(plain(facts.provider), 110),
        "activity": shorten(plain(facts.activity), 400),
        "format_phrase": shorten(f"the {form}" if form.startswith("the ") else f"{article} {form}", 80) if form else "",
        "when_and_where": shorten(plain(" · ".join(where_and_when)), 130),
        "credit_lines": [credit_parts(shorten(plain(line), 160)) for line in facts.credit_lines],
        "statements": [credit_parts(shorten(plain(text), 1500)) for text in facts.statements],
        "serial": shorten(plain(facts.serial), 60),
        "verify_url": facts.verify_url,
        "reference": shorten(plain(facts.reference), 40),
        "signatory": shorten(plain(facts.signatory), 60),
        "signatory_role": shorten(plain(facts.signatory_role), 60),
        "issued_on": f"{facts.issued_on.day} {facts.issued_on:%B %Y}",
        "crowded": _crowded(facts),
        "accent": facts.accent,
        "lang": facts.lang,
    }


def _crowded(facts: CertificateFacts) -> bool:
    """Whether any text may need a smaller size than the usual one. Errs towards yes; an M is as wide as it is high."""
    return (
        len(facts.learner) > 34
        or len(facts.activity) > 95
        or len(facts.credit_lines) > 2
        or any(len(line) > 55 for line in facts.credit_lines)
        or sum(len(statement) // 130 + 1 for statement in facts.statements) > 6
        or len(facts.provider) > 70
        or max(len(facts.profession), len(facts.date_text) + len(facts.place)) > 85
        or not (facts.learner + facts.activity).isascii()
    )
