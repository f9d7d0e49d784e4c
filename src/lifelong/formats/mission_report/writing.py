"""A mission report as canonical JSON and as tagged PDF."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lifelong.formats.mission_report.facts import MissionReport, ResultSection, TrendPoint
from lifelong.formats.mission_report.trend import description, drawing
from lifelong.formats.typeset import FONTS, credit_parts, plain, press, shorten, template

LISTED = 10  # activities named in a section; all stand in the table at the end
_SOURCE = template(Path(__file__).with_name("mission_report.typ"))


def to_json(report: MissionReport) -> bytes:
    """Canonical: keys sorted, no white space, UTF-8, times in UTC. Suppressed values are left out, here as on paper."""
    document = asdict(replace(report, results=tuple(_publishable(result) for result in report.results)))
    return json.dumps(
        document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_utc, allow_nan=False
    ).encode()


def render_pdf(report: MissionReport, font_paths: Sequence[Path] = (FONTS,)) -> bytes:
    """US Letter: one page for a dean, a section for each expected result, the activities, and where the numbers come from.

    PDF/UA-1 and PDF/A-2a. Equal facts give equal bytes: the creation date is the day of `generated_at`.
    """
    results = [_publishable(result) for result in report.results]
    facts = {
        **_front(report),
        "results": [_section(result, report, index) for index, result in enumerate(results)],
    }
    drawings = {
        f"trend-{index}": drawing(_inert(result.trend), result.unit, result.target, report.accent, "Inter")
        for index, result in enumerate(results)
        if _has_trend(result)
    }
    return press(_SOURCE, facts, report.generated_at.astimezone(UTC).date(), font_paths, drawings)


def _publishable(result: ResultSection) -> ResultSection:
    """The result without what too few people stand behind."""
    if not result.suppressed:
        return result
    return replace(result, value=None, low=None, high=None, n=None, trend=())


def _front(report: MissionReport) -> dict[str, Any]:
    program = report.program
    names = {result.tag: result.title for result in report.results}
    return {
        "provider": shorten(plain(report.provider), 120),
        "year": str(report.year),
        "summary": [plain(line) for line in report.summary.splitlines() if line.strip()],
        "statements": [
            {"text": plain(each.text), "tags": [plain(names.get(tag, tag)) for tag in each.tags]}
            for each in report.statements
        ],
        "totals": [
            [f"{program.activities:,}", "activities"],
            [f"{program.sessions:,}", "sessions"],
            [_number(program.hours), "hours of education"],
            [f"{program.learners:,}", "learners"],
        ],
        "by_profession": [[plain(name), f"{number:,}"] for name, number in program.by_profession],
        "reach": [[plain(name), f"{number:,}"] for name, number in program.reach],
        "activities": [
            {
                "reference": plain(line.reference),
                "title": credit_parts(shorten(plain(line.title), 300)),
                "format": plain(line.format),
                "date": plain(line.date_text),
                "hours": _number(line.hours),
                "learners": f"{line.learners:,}",
                "tags": ", ".join(plain(names.get(tag, tag)) for tag in line.tags),
            }
            for line in report.activities
        ],
        "rule_books": ", ".join(f"{plain(name)} {plain(version)}" for name, version in report.rule_books),
        "snapshot": plain(report.snapshot),
        "generated_at": f"{report.generated_at.astimezone(UTC):%-d %B %Y, %H:%M} UTC",
        "accent": report.accent,
        "lang": report.lang,
    }


def _section(result: ResultSection, report: MissionReport, index: int) -> dict[str, Any]:
    titles = {line.reference: line.title for line in report.activities}
    return {
        "tag": plain(result.tag).replace("_", " "),
        "title": plain(result.title),
        "indicator": plain(result.indicator),
        "measure": plain(result.measure),
        "value": _number(result.value),
        "unit": plain(result.unit) if result.value is not None else "",
        "evidence": plain(_evidence(result)),
        "target": _with_unit(result.target, result.unit) if result.target is not None else "",
        "standing": _standing(result),
        "suppressed": result.suppressed,
        "conclusion": plain(result.conclusion),
        "priority": plain(result.priority),
        "activities": [
            f"{plain(each)} {shorten(plain(titles.get(each, '')), 70)}".strip() for each in result.activities[:LISTED]
        ],
        "more": max(len(result.activities) - LISTED, 0),
        "trend": f"trend-{index}" if _has_trend(result) else "",
        "trend_words": plain(description(result.trend, result.unit, result.target)) if _has_trend(result) else "",
    }


def _evidence(result: ResultSection) -> str:
    """Interval and n, as far as they are known: no number stands alone."""
    if result.suppressed:
        return "Too few people to publish a number."
    if result.value is None:
        return "Not measured this year."
    parts = []
    if result.low is not None and result.high is not None:
        parts.append(f"{result.interval} {_number(result.low)} to {_with_unit(result.high, result.unit)}")
    parts.append(f"n {result.n:,}" if result.n is not None else "n not known")
    return ", ".join(parts)


def _standing(result: ResultSection) -> str:
    """Where the result stands to its target, no surer than its interval allows."""
    if result.value is None or result.target is None:
        return ""
    if result.low is not None and result.low >= result.target:
        return "Above the target"
    if result.high is not None and result.high < result.target:
        return "Below the target"
    if result.low is None or result.high is None:
        return (
            "At or above the target, uncertainty not known"
            if result.value >= result.target
            else "Below the target, uncertainty not known"
        )
    return "The interval includes the target"


def _has_trend(result: ResultSection) -> bool:
    return any(point.value is not None for point in result.trend)


def _inert(points: Sequence[TrendPoint]) -> list[TrendPoint]:
    return [replace(point, period=shorten(plain(point.period), 12)) for point in points]


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:,.1f}".rstrip("0").rstrip(".")


def _with_unit(value: float | None, unit: str) -> str:
    return f"{_number(value)} {plain(unit)}".strip() if value is not None else "–"


def _utc(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    raise TypeError(f"{type(value).__name__} has no place in a mission report")
