"""The years judged: last year's conclusions, review and frozen report, and improvements on their way from finding to effect."""

from __future__ import annotations

import datetime as dt

from lifelong.kernel import files
from lifelong.kernel.action import enqueue
from lifelong.loop.demo import corpus
from lifelong.loop.demo.closing import Office
from lifelong.loop.demo.rows import in_bulk
from lifelong.loop.improvement import report as reports
from lifelong.loop.improvement.models import (
    Attainment,
    Conclusion,
    ConclusionDraft,
    Improvement,
    ImprovementStep,
    MissionReport,
    ReviewDecision,
    ReviewMeeting,
    Synthesis,
)
from lifelong.loop.people.models import Person
from lifelong.loop.program.models import AccreditedProvider, ExpectedResult

State = Improvement.State


def write_years(provider: AccreditedProvider, today: dt.date, office: Office) -> None:
    """Last year is closed: concluded, reviewed, frozen. This year's improvements are under way; its synthesis is still to be begun."""
    results = list(ExpectedResult.objects.filter(provider=provider, retired_on=None).order_by("position"))
    last = today.year - 1
    reviewed_at = _noon(dt.date(today.year, 1, 14))
    in_bulk(Conclusion, [_conclusion(result, last, office.director, reviewed_at) for result in results])
    done = _carried(provider, last, results, office, today)
    _review(provider, last, results, office.director, reviewed_at, done[0])
    _freeze(provider, last, office.director, _noon(dt.date(today.year, 1, 21)))
    _carried(provider, today.year, results, office, today)
    draft = corpus.DRAFT
    in_bulk(ConclusionDraft, [ConclusionDraft(expected_result=results[-1], year=today.year, text=draft, saved_at=_noon(today - dt.timedelta(days=3)))])  # fmt: skip


def _noon(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(17), dt.UTC)


def _conclusion(result: ExpectedResult, year: int, by: Person, at: dt.datetime) -> Conclusion:
    kept = result.attainments.filter(year=year).first()
    text, priority, why = corpus.CONCLUSIONS[_stands(result, kept)]
    return Conclusion(expected_result=result, year=year, text=text, priority=priority, priority_reason=why, written_by=by, written_at=at)  # fmt: skip


def _stands(result: ExpectedResult, kept: Attainment | None) -> str:
    """How a number stands to its target, its interval considered."""
    if kept is None or kept.value is None:
        return "unknown"
    target, low = result.target or 0.0, kept.value if kept.low is None else kept.low
    high = kept.value if kept.high is None else kept.high
    return "reached" if low >= target else "short" if high < target else "open"


def _carried(
    provider: AccreditedProvider, year: int, results: list[ExpectedResult], office: Office, today: dt.date
) -> list[Improvement]:
    """The improvements of a year with their steps: those of the year before are over, those of this year are in hand."""
    owners = (office.coordinator, office.evaluator, office.director)
    rows, steps = [], []
    for at, (of_year, title, finding, plan, state, opened, due, priority, why, effect) in enumerate(
        corpus.IMPROVEMENTS
    ):
        if of_year != today.year - year:
            continue
        opened_at = _noon(today + dt.timedelta(days=opened))
        done_at = _noon(today + dt.timedelta(days=due - 9)) if state == State.DONE else None
        row = Improvement(
            provider=provider, expected_result=results[at % len(results)], year=year, title=title, finding=finding, plan=plan,
            owner=owners[at % 3] if plan else None, due_on=today + dt.timedelta(days=due) if plan else None, priority=priority,
            priority_reason=why, state=state, effect=effect, opened_at=opened_at, done_at=done_at,
        )  # fmt: skip
        rows.append(row)
        steps.append(_steps(row, office.director))
    kept = in_bulk(Improvement, rows)
    in_bulk(ImprovementStep, [step for row, of_row in zip(kept, steps, strict=True) for step in _of(row, of_row)])
    return kept


Told = tuple[str, str, dt.datetime, Person]


def _steps(row: Improvement, by: Person) -> list[Told]:
    told: list[Told] = [(State.IDENTIFIED.value, row.finding, row.opened_at, by)]
    if row.plan:
        told.append((State.PLANNED.value, "Plan, owner and day agreed.", row.opened_at + dt.timedelta(days=12), by))
    if row.state == State.DONE:
        told.append((row.state, "", row.done_at or row.opened_at, row.owner or by))
    if row.state == State.DROPPED:
        told.append((row.state, corpus.DROPPED_BECAUSE, row.opened_at + dt.timedelta(days=40), by))
    return told


def _of(row: Improvement, told: list[Told]) -> list[ImprovementStep]:
    return [ImprovementStep(improvement=row, state=state, note=note, at=at, by=by) for state, note, at, by in told]


def _review(
    provider: AccreditedProvider, year: int, results: list[ExpectedResult], director: Person, at: dt.datetime, opened: Improvement
) -> None:  # fmt: skip
    meeting = ReviewMeeting(
        provider=provider, year=year, met_on=at.date(), members="\n".join(corpus.REVIEWERS), looked_at=corpus.LOOKED_AT,
        recorded_by=director, recorded_at=at,
    )  # fmt: skip
    in_bulk(ReviewMeeting, [meeting])
    decided = [
        ReviewDecision(meeting=meeting, text=opened.title, expected_result=opened.expected_result, improvement=opened),
        ReviewDecision(meeting=meeting, text=corpus.DECIDED, expected_result=results[-1]),
    ]
    in_bulk(ReviewDecision, decided)


def _freeze(provider: AccreditedProvider, year: int, director: Person, at: dt.datetime) -> None:
    """The report as it was frozen in January; its PDF is made after the commit, as always."""
    built = reports.build(provider, year, at)
    facts = files.store(reports.facts_of(built), f"mission-report-{provider.slug}-{year}-v1.json", "application/json")
    report: MissionReport = in_bulk(
        MissionReport,
        [MissionReport(provider=provider, year=year, version=1, facts=facts, snapshot=built.snapshot, frozen_at=at, frozen_by=director)],
    )[0]  # fmt: skip
    in_bulk(
        Synthesis,
        [Synthesis(provider=provider, year=year, opened_at=at - dt.timedelta(days=12), opened_by=director, figures_note=corpus.FIGURES_NOTE, figures_checked_at=at - dt.timedelta(days=9), report=report, final_at=at)],
    )  # fmt: skip
    enqueue("make_report_pdf", [report.pk])
