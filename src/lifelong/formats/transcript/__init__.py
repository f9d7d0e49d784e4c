"""A learner's transcript across providers: as tagged PDF, as a table, and as JSON for other programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from lifelong.formats import qr
from lifelong.formats.tabular import write
from lifelong.formats.typeset import FONTS, credit_parts, plain, press, shorten, template


@dataclass(frozen=True, slots=True)
class TranscriptRow:
    """One award: the amount claimed, in the unit of its credit system; `evidence` says what it rests on, `serial` its certificate."""

    completed_on: date
    provider: str
    activity: str
    system: str
    amount: Decimal
    session: str = ""
    evidence: str = ""
    serial: str = ""


@dataclass(frozen=True, slots=True)
class TranscriptFacts:
    """What a transcript says. `period` in words (`2024 to 2026`); `verify_url` checks the transcript, if there is such a page."""

    learner: str
    rows: tuple[TranscriptRow, ...]
    issued_on: date
    profession: str = ""
    period: str = ""
    verify_url: str = ""
    accent: str = "#1d4e79"
    lang: str = "en"

    @property
    def totals(self) -> tuple[tuple[str, Decimal, int], ...]:
        """(system, sum, number of awards), by system; amounts of different systems are never added."""
        systems = sorted({row.system for row in self.rows})
        return tuple(
            (system, sum((row.amount for row in mine), Decimal(0)), len(mine))
            for system in systems
            for mine in [[row for row in self.rows if row.system == system]]
        )


COLUMNS = ("Completed on", "Provider", "Activity", "Session", "Credit system", "Amount", "Evidence", "Certificate")
_SOURCE = template(Path(__file__).with_name("transcript.typ"))


def render_pdf(facts: TranscriptFacts, font_paths: Sequence[Path] = (FONTS,)) -> bytes:
    """US Letter pages with a repeated table head: PDF/UA-1 and PDF/A-2a. Newest award first; equal facts give equal bytes."""
    drawings = {"qr": ""}
    if facts.verify_url:
        path, side = qr.path_of(facts.verify_url)
        drawings["qr"] = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}"><path d="{path}"/></svg>'
    return press(_SOURCE, _printed(facts), facts.issued_on, font_paths, drawings)


def to_csv(facts: TranscriptFacts) -> bytes:
    """The rows in the order of the PDF, without live formulas."""
    return write(COLUMNS, [_cells(row) for row in _newest_first(facts)])


def to_json(facts: TranscriptFacts) -> bytes:
    """Rows and totals; amounts as exact decimal texts, days as ISO 8601. The same bytes for the same facts."""
    document = {
        "learner": facts.learner,
        "profession": facts.profession,
        "period": facts.period,
        "issued_on": facts.issued_on.isoformat(),
        "awards": [
            {
                "completed_on": row.completed_on.isoformat(),
                "provider": row.provider,
                "activity": row.activity,
                "session": row.session,
                "system": row.system,
                "amount": f"{row.amount:.2f}",
                "evidence": row.evidence,
                "serial": row.serial,
            }
            for row in _newest_first(facts)
        ],
        "totals": [{"system": system, "amount": f"{amount:.2f}", "awards": n} for system, amount, n in facts.totals],
    }
    return json.dumps(document, ensure_ascii=False, sort_keys=True, indent=1).encode()


def _newest_first(facts: TranscriptFacts) -> list[TranscriptRow]:
    return sorted(facts.rows, key=lambda row: (-row.completed_on.toordinal(), row.provider, row.activity, row.serial))


def _cells(row: TranscriptRow) -> tuple[str | date | Decimal, ...]:
    return (row.completed_on, row.provider, row.activity, row.session, row.system, row.amount, row.evidence, row.serial)


def _printed(facts: TranscriptFacts) -> dict[str, Any]:
    return {
        "learner": shorten(plain(facts.learner), 200),
        "profession": shorten(plain(facts.profession), 120),
        "period": shorten(plain(facts.period), 80),
        "issued_on": f"{facts.issued_on.day} {facts.issued_on:%B %Y}",
        "verify_url": facts.verify_url,
        "accent": facts.accent,
        "lang": facts.lang,
        "totals": [
            {"system": credit_parts(plain(system)), "amount": f"{amount:,.2f}", "awards": n}
            for system, amount, n in facts.totals
        ],
        "rows": [
            {
                "day": f"{row.completed_on.day} {row.completed_on:%b %Y}",
                "provider": shorten(plain(row.provider), 120),
                "activity": shorten(plain(row.activity), 300),
                "session": shorten(plain(row.session), 200),
                "system": credit_parts(shorten(plain(row.system), 80)),
                "amount": f"{row.amount:.2f}",
                "evidence": shorten(plain(row.evidence), 80),
                "serial": shorten(plain(row.serial), 60),
            }
            for row in _newest_first(facts)
        ],
    }
