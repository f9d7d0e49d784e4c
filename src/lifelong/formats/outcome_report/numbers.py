"""Every number of an outcome report as rows, for the CSV and the Word file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from lifelong.formats.outcome_report.facts import Measured, OutcomeReport, Share
from lifelong.formats.outcome_report.nonresponse import NonResponse
from lifelong.formats.outcome_report.scores import Items, Scores

HEADER = ("part", "item", "quantity", "value", "low", "high", "n", "unit")
Row = tuple[str, str, str, str, str, str, str, str]


def to_csv(report: OutcomeReport) -> bytes:
    """UTF-8 with a byte order mark, so that spreadsheets read it; formulas are disarmed. Hidden numbers are the word `hidden`."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(HEADER)
    writer.writerows([_inert(cell) for cell in row] for row in numbers(report))
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def numbers(report: OutcomeReport) -> tuple[Row, ...]:
    """All rows in the order of the report."""
    return tuple(_rows(report))


def _rows(report: OutcomeReport) -> Iterator[Row]:
    yield _row("summary", "level reached", "at all", report.level_any)
    yield _row("summary", "level reached", "with objective data", report.level_objective)
    yield _row("reach", "people who came", "count", report.people)
    yield _row("reach", "places planned", "count", report.target if report.target else "")
    yield _row("reach", "reached without checking in", "count", report.reached_elsewhere)
    for step in report.funnel:
        yield _row("participation", step.name, step.of or "people", step.n)
    for part, pairs in (("professions", report.professions), ("places", report.places)):
        for name, n in pairs:
            yield _row(part, name, "people", n)
    yield from _said(report)
    yield from _planned(report)
    for one in report.measures:
        yield from _measure(one)
    yield from score_rows(report.scores)
    yield from response_rows(report.nonresponse)
    if report.patients is not None:
        few = report.patients
        yield _row("patients", "estimate from self-report", "patients a week", few.middle, few.low, few.high)
        for name, words in few.inputs:
            yield _row("patients", name, "input", words)


def _said(report: OutcomeReport) -> Iterator[Row]:
    for rated in report.rated:
        for label, count in zip(rated.scale, rated.counts, strict=True):
            yield _row("satisfaction", rated.question, label, count, n=sum(rated.counts), unit="answers")
    if report.bias is not None:
        yield _share("satisfaction", "noticed commercial bias", report.bias)
    for pair in (*report.before_now, *(report.team.before_now if report.team else ())):
        for name, value in (("mean before", pair.before), ("mean now", pair.now)):
            yield _row("learning", pair.question, name, round(value, 3), n=pair.n, unit=f"1 to {pair.top}")
        yield _share("learning", pair.question, pair.rose)


def _planned(report: OutcomeReport) -> Iterator[Row]:
    for theme in report.themes:
        yield _row("plans", theme.name, "plans", theme.plans)
        yield _row("plans", theme.name, "people", theme.people)
    for barrier in report.barriers:
        yield _row(
            "barriers",
            f"{barrier.label} ({barrier.domain})" if barrier.domain else barrier.label,
            "people",
            barrier.people,
        )
    for wave in report.waves:
        name = f"after {wave.days} days"
        for quantity, n in (("committed", wave.committed), ("asked", wave.asked), ("answered", wave.answered)):
            yield _row("follow-up", name, quantity, n, unit="plans")
        for quantity, shown in (("fully", wave.fully), ("partly", wave.partly)):
            yield _row("follow-up", name, quantity, shown, unit="plans")
        for share in wave.shares:
            yield _share("follow-up", name, share)


def _measure(one: Measured) -> Iterator[Row]:
    for name, reading in (("before", one.before), ("after", one.after)):
        if reading is not None:
            window = f"{reading.start or '?'} to {reading.end or reading.release}"
            yield _row("measure", one.label, f"{name} ({window})", reading.value, n=reading.n, unit=one.unit)
    if one.difference is not None:
        change = (round(one.difference, 4), one.low, one.high)
        yield _row("measure", one.label, "difference", change[0], _round(one.low), _round(one.high), unit=one.unit)
    for name, before, after in one.peers:
        for when, value in (("before", before), ("after", after)):
            if value is not None:
                yield _row("measure", f"{one.label}: {name}", when, value, unit=one.unit)


def _share(part: str, item: str, one: Share) -> Row:
    return _row(part, item, one.name, _round(one.value), _round(one.low), _round(one.high), one.n, "%")


def score_rows(scores: Scores | None) -> Iterator[Row]:
    """The test before and after: matched learners, per line before, after, difference, p, sizes of effect; then the items."""
    if scores is None:
        return
    for name, n in (("matched", scores.overall.n), ("only before", scores.only_before), ("only after", scores.only_after),
                    ("later attempts left out", scores.later_attempts)):  # fmt: skip
        yield _row("test", "learners", name, n)
    lines = [
        ("whole", scores.overall),
        *(("objective", one) for one in scores.objectives),
        *(("item", one) for one in scores.items),
    ]
    for kind, line in lines:
        part = f"test, {kind}"
        for name, value in (("right before", line.before), ("right after", line.after)):
            yield _row(part, line.label, name, None if value is None else round(value, 2), n=line.n, unit="%")
        if line.difference is not None:
            yield _row(
                part,
                line.label,
                "paired difference",
                round(line.difference, 2),
                _round(line.low),
                _round(line.high),
                line.n,
                "points",
            )
        for name, p in (("p", line.p), ("p adjusted (Holm)", line.adjusted)):
            if p is not None:
                yield _row(part, line.label, f"{name}, {line.test}", f"{p:.4g}", n=line.n)
        for size in line.effects:
            yield _row(part, line.label, size.name, round(size.value, 3), _small(size.low), _small(size.high), line.n)
    for words, people in scores.change:
        yield _row("test, change", words, "people", people)
    yield from _item_rows(scores.analysis)


def _item_rows(items: Items | None) -> Iterator[Row]:
    if items is None:
        return
    if items.kr20 is not None:
        yield _row(
            "test, reliability", "KR-20", "value", round(items.kr20, 3), _small(items.low), _small(items.high), items.n
        )
    for line in items.lines:
        yield _row(
            "test, item analysis", line.label, "difficulty (right)", round(line.difficulty, 1), n=items.n, unit="%"
        )
        yield _row("test, item analysis", line.label, "corrected item-rest correlation", _small(line.rest), n=items.n)
        for flag in line.flags:
            yield _row("test, item analysis", line.label, "flag", flag)
        for answer in line.answers:
            yield _row(
                "test, answers",
                line.label,
                f"{answer.text}{' (key)' if answer.is_key else ''}",
                answer.chosen,
                n=items.n,
                unit="people",
            )


def response_rows(block: NonResponse) -> Iterator[Row]:
    """Funnels, comparisons, weighted beside unweighted."""
    for one in block.asked:
        for name, n in (
            ("invited", one.invited),
            ("delivered", one.delivered),
            ("started", one.started),
            ("completed", one.completed),
            ("matched", one.matched),
        ):
            if n is not None or name in ("invited", "completed"):
                yield _row("response", one.form, name, n)
    for row in block.contrasts:
        yield _row("response, compared", f"{row.compared}: {row.field}", "first", round(row.first, 2), unit=row.unit)
        yield _row("response, compared", f"{row.compared}: {row.field}", "second", round(row.second, 2), unit=row.unit)
        yield _row(
            "response, compared",
            f"{row.compared}: {row.field}",
            "standardised difference",
            _small(row.standardised),
            unit="SD",
        )
    for each in block.weighted:
        yield _row(
            "response, weighted",
            each.name,
            "unweighted",
            round(each.plain, 2),
            _round(each.plain_low),
            _round(each.plain_high),
            each.n,
            "%",
        )
        yield _row(
            "response, weighted",
            each.name,
            f"weighted to {each.margins}",
            round(each.weighted, 2),
            _round(each.low),
            _round(each.high),
            each.n,
            "%",
        )
        yield _row("response, weighted", each.name, "effective n", round(each.effective_n, 1))
        yield _row("response, weighted", each.name, "largest weight, medians", round(each.largest_weight, 2))
        yield _row("response, weighted", each.name, "weights trimmed", each.trimmed)


def _small(value: float | None) -> float | str:
    return "" if value is None else round(value, 3)


def _round(value: float | None) -> float | str:
    return "" if value is None else round(value, 2)


def _row(
    part: str,
    item: str,
    quantity: str,
    value: object,
    low: object = "",
    high: object = "",
    n: object = "",
    unit: str = "",
) -> Row:
    shown = "hidden" if value is None else str(value)
    return (part, item, quantity, shown, str(low), str(high), "" if n is None else str(n), unit)


def _inert(cell: str) -> str:
    """A cell that a spreadsheet will not take for a formula."""
    if cell[:1] in ("=", "+", "@", "\t", "\r") or (cell[:1] == "-" and not _is_number(cell)):
        return "'" + cell
    return cell


def _is_number(cell: str) -> bool:
    return cell.lstrip("-").replace(".", "", 1).isdigit()
