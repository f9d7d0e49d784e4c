"""An outcome report as JSON and as tagged PDF."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from lifelong.formats.charts import for_print
from lifelong.formats.outcome_report.facts import Measured, OutcomeReport, Reading
from lifelong.formats.outcome_report.figures import Figure, figures
from lifelong.formats.outcome_report.nonresponse import Patients
from lifelong.formats.outcome_report.tables import Table, item_tables, response_tables, tables_of
from lifelong.formats.typeset import FONTS, credit_parts, plain, press, shorten, template

_SOURCE = template(Path(__file__).with_name("outcome_report.typ"))
PARTS = (
    ("participation", "Who came, and how far they went"),
    ("satisfaction", "What they thought of it"),
    ("test", "What they knew before and after"),
    ("self-rating", "What they say of themselves"),
    ("team", "What teams say they can do together"),
    ("plans", "What they plan, and what stands in the way"),
    ("follow-up", "What became of their plans"),
    ("measures", "What the measures show"),
)


def to_json(report: OutcomeReport) -> bytes:
    """Canonical: keys sorted, no white space, UTF-8, times in UTC. Hidden numbers are null."""
    return json.dumps(
        {"schema": "lifelong.outcome_report/1", **asdict(report)},
        sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_text, allow_nan=False,
    ).encode()  # fmt: skip


def render_pdf(report: OutcomeReport, font_paths: Sequence[Path] = (FONTS,)) -> bytes:
    """US Letter: one page that answers, then the detail behind it. PDF/UA-1 and PDF/A-2a; equal facts give equal bytes."""
    drawn = figures(report)
    told = {
        **_front(report),
        "parts": [_part(key, title, report, drawn) for key, title in PARTS if _has_part(key, report, drawn)],
        "back": _back(report),
    }
    drawings = {one.key: for_print(one.chart.svg, report.accent) for one in drawn}
    return press(_SOURCE, told, report.generated_at.astimezone(UTC).date(), font_paths, drawings)


def _front(report: OutcomeReport) -> dict[str, Any]:
    return {
        "provider": shorten(plain(report.provider), 120),
        "title": credit_parts(shorten(plain(report.title), 200)),
        "name": shorten(plain(report.title), 120),
        "about": plain(" · ".join(filter(None, (f"Activity {report.number}", report.format, report.dates, report.place)))),
        "answer": plain(_answer(report)),
        "summary": plain(report.summary),
        "totals": _totals(report),
        "results": [
            {"title": plain(one.title), "sentence": plain(one.sentence), "level": f"Level {one.level}",
             "how": "measured" if one.is_objective else "by own report"}
            for one in report.results
        ],
        "gaps": [
            {"title": plain(gap.title), "text": shorten(plain(gap.description), 400), "baseline": plain(gap.baseline),
             "sources": plain("; ".join(gap.sources))}
            for gap in report.gaps
        ],
        "audience": plain(", ".join(report.audience)),
        "reach": plain(report.reach_words),
        "limits": [plain(one) for one in report.limits],
        "next_gap": plain(report.next_gap),
        "level_any": report.level_any,
        "level_objective": report.level_objective,
        "accent": report.accent,
        "lang": report.lang,
        "generated_at": f"{report.generated_at.astimezone(UTC):%-d %B %Y, %H:%M} UTC",
    }  # fmt: skip


def _answer(report: OutcomeReport) -> str:
    closed = (
        f" Closed on {report.closed_on.day} {report.closed_on:%B %Y}."
        if report.closed_on
        else " Not closed yet: numbers may still change."
    )
    return f"{report.level_words}.{closed}"


def _totals(report: OutcomeReport) -> list[list[str]]:
    shown = [step for step in report.funnel if step.name != "Registered"][:4]
    return [
        [f"under {report.smallest_group}" if step.n is None else f"{step.n:,}", plain(step.name.lower())]
        for step in shown
    ]


def _has_part(key: str, report: OutcomeReport, drawn: Sequence[Figure]) -> bool:
    if key == "measures":
        return bool(report.measures or report.analyses)
    if key in ("test", "team"):
        return (report.scores if key == "test" else report.team) is not None
    return any(one.part == key for one in drawn) or (key == "participation" and bool(report.funnel))


def _part(key: str, title: str, report: OutcomeReport, drawn: Sequence[Figure]) -> dict[str, Any]:
    return {
        "title": title,
        "figures": [
            {
                "key": one.key,
                "title": plain(one.title),
                "measure": plain(one.measure),
                "summary": plain(one.chart.summary_text),
            }
            for one in drawn
            if one.part == key
        ],
        "notes": [plain(note) for note in notes(key, report)],
        "tables": [_plain_table(one) for one in tables_of(key, report)],
        "quotes": [plain(quote) for quote in quotes_of(report)] if key == "plans" else [],
    }


def _plain_table(one: Table) -> dict[str, Any]:
    rows = [[shorten(plain(cell), 160) for cell in row] for row in one.rows]
    return {
        "title": plain(one.title),
        "head": [plain(cell) for cell in one.head],
        "rows": rows,
        "note": plain(one.note),
        "wide": one.wide,
        "tail": one.tail,
    }


def quotes_of(report: OutcomeReport) -> tuple[str, ...]:
    """Up to six different plans in learners' own words."""
    return tuple(dict.fromkeys(quote for theme in report.themes for quote in theme.quotes))[:6]


def notes(key: str, report: OutcomeReport) -> list[str]:
    """The sentences under the drawings of a part."""
    if key == "participation":
        return [words for words in (_groups(report.professions, report), _groups(report.places, report)) if words]
    if key == "satisfaction" and report.bias is not None and report.bias.value is not None:
        return [f"Commercial bias was noticed by {report.bias.value:.0f} % (n {report.bias.n or 0:,})."]
    if key == "test" and report.scores is not None:
        one = report.scores
        return [words for words in (one.matched_words, one.primary, one.family, one.benchmark, *one.notes) if words]
    if key == "team" and report.team is not None:
        answered = (
            "too few answered to be shown" if report.team.answered is None else f"{report.team.answered:,} answered"
        )
        return [
            f"{report.team.teams:,} teams were formed; {answered}. Teams answer for themselves: it is a self-report."
        ]
    if key == "self-rating":
        return [
            f"{pair.question}: {pair.rose.value:.0f} % put themselves higher now than before ({_between(pair.rose.low, pair.rose.high)}, n {pair.n:,})."
            for pair in report.before_now
            if pair.rose.value is not None
        ]
    if key == "follow-up":
        waves = [
            f"After {w.days} days: {w.committed:,} plans, {w.asked:,} asked about, {w.answered:,} answered."
            for w in report.waves
        ]
        return waves + (_patients(report.patients) if report.patients is not None else [])
    if key == "measures":
        said = [sentence for one in report.measures for sentence in (measure_sentence(one), *one.notes)]
        return said + [f"{one.title}: {one.sentence} Plan {one.plan_hash[:12]}." for one in report.analyses]
    return []


def measure_sentence(one: Measured) -> str:
    """A measure before and after with its interval, in the words its design allows."""
    if one.before is None:
        return f"{one.label}: no baseline."
    if one.after is None or one.difference is None:
        return f"{one.label}: {_reading(one.before, one.unit)}; no later figure yet."
    span = (
        f" (95 % interval {signed(one.low)} to {signed(one.high)})"
        if one.low is not None and one.high is not None
        else ""
    )
    direction = {True: ", in the wanted direction", False: ", not in the wanted direction", None: ""}[one.moved]
    found = f"{one.label}: from {_reading(one.before, one.unit)} to {_reading(one.after, one.unit)}, a change of {signed(one.difference)}"
    return f"{found}{span}{direction}. {_claim(one)}"


def _patients(one: Patients) -> list[str]:
    inputs = "; ".join(f"{name.lower()}: {words}" for name, words in one.inputs)
    return [f"Patients it may reach. {one.sentence}", f"It rests on: {inputs}."]


def signed(value: float) -> str:
    """A change as people write it: "+5.8", "−6.2"."""
    return f"{value:+.1f}".replace("-", "−")


def _claim(one: Measured) -> str:
    """The strongest words the design and the interval allow."""
    if one.low is not None and one.high is not None and one.low <= 0 <= one.high:
        return "The interval includes no change: nothing can be claimed."
    return f"The change is {one.verb} the activity; the design allows no stronger word."


def _reading(one: Reading, unit: str) -> str:
    n = f" (n {one.n:,})" if one.n else ""
    return f"{one.value:g} {unit}".strip() + n


def _between(low: float | None, high: float | None) -> str:
    return "interval not known" if low is None or high is None else f"{low:.0f} to {high:.0f}"


def _groups(pairs: Sequence[tuple[str, int | None]], report: OutcomeReport) -> str:
    """Groups with their numbers; the hidden ones in one word."""
    known = [f"{name} {n:,}" for name, n in pairs if n is not None]
    hidden = sum(n is None for _, n in pairs)
    if hidden:
        known.append(f"{hidden} smaller group{'' if hidden == 1 else 's'} not shown")
    words = ", ".join(known)
    return f"{words[0].upper()}{words[1:]}." if words else ""


def _shown(n: int | None, report: OutcomeReport) -> str:
    return f"under {report.smallest_group}" if n is None else f"{n:,}"


def _back(report: OutcomeReport) -> dict[str, Any]:
    return {
        "objectives": [plain(one) for one in report.objectives],
        "credit": [credit_parts(plain(one)) for one in report.credit],
        "disclosure": shorten(plain(report.disclosure), 1500),
        "support": plain(
            f"Commercial support: {', '.join(report.supporters)}."
            if report.supporters
            else "No commercial support is on record."
        ),
        "response": [_plain_table(one) for one in response_tables(report.nonresponse, report.smallest_group)],
        "response_words": [
            plain(words) for words in (*report.response_words, *report.nonresponse.tipping, *report.nonresponse.notes)
        ],
        "items": [_plain_table(one) for one in item_tables(report.scores)],
        "standard_of_care": plain(report.standard_of_care),
        "methods": plain(report.methods),
    }


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in an outcome report")
