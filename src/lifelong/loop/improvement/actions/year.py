"""The year: its numbers measured, conclusions written beside them, the report frozen."""

from __future__ import annotations

from lifelong.kernel import clock, files
from lifelong.kernel.access import Actor, Permission
from lifelong.kernel.action import Unchanged, action
from lifelong.kernel.problems import problem, refuse_if_any
from lifelong.loop.improvement import report as reporting
from lifelong.loop.improvement.actions.carrying import check_priority
from lifelong.loop.improvement.indicators import measure
from lifelong.loop.improvement.models import Attainment, Conclusion, ConclusionDraft, MissionReport
from lifelong.loop.program.models import AccreditedProvider, ExpectedResult
from lifelong.rules.verdict import Reason

P = Permission


@action(needs=P.EDIT_IMPROVEMENT, audit="attainment.measured")
def measure_year(actor: Actor, provider: AccreditedProvider, year: int) -> tuple[Attainment, ...] | Unchanged:
    """Compute every expected result of the year from the activities behind it and keep the numbers."""
    rows, changed = measure_results(provider, year)
    return rows if changed else Unchanged(rows)


def measure_results(
    provider: AccreditedProvider, year: int, indicators: frozenset[str] | None = None
) -> tuple[tuple[Attainment, ...], bool]:
    """The rows as they now stand, and whether a number moved. `indicators`: only these keys. Call with writes open."""
    results = ExpectedResult.objects.filter(provider=provider, retired_on=None)
    if indicators is not None:
        results = results.filter(indicator__in=indicators)
    kept = {row.expected_result_id: row for row in Attainment.objects.filter(expected_result__in=results, year=year)}
    rows, changed, at = [], False, clock.now()
    numbers = ("value", "low", "high", "n", "asked", "is_suppressed")
    for result in results:
        found = measure(provider, result.indicator, year)
        row = kept.get(result.pk) or Attainment(expected_result=result, year=year)
        before = tuple(getattr(row, name) for name in numbers) if row.pk else None
        for name in numbers:
            setattr(row, name, getattr(found, name))
        row.measured_at = at
        changed = changed or before != tuple(getattr(row, name) for name in numbers)
        rows.append(row)
    Attainment.objects.bulk_update([row for row in rows if row.pk], [*numbers, "measured_at"])
    Attainment.objects.bulk_create([row for row in rows if not row.pk])
    return tuple(rows), changed


@action(needs=P.EDIT_IMPROVEMENT, audit="conclusion.written")
def conclude(
    actor: Actor, expected_result: ExpectedResult, *, year: int, text: str, priority: int = 3, priority_reason: str = ""
) -> Conclusion | Unchanged:
    """What the office concludes beside the number, and how urgent it is (1 first .. 5 last) with the reason."""
    wanted = {"text": text.strip(), "priority": priority, "priority_reason": priority_reason.strip()[:300]}
    if not wanted["text"]:
        raise problem(
            "conclusion.text", "The conclusion is empty.", "Say how far the result was attained, and why.", "text"
        )
    check_priority(priority, priority_reason)
    row = Conclusion.objects.filter(expected_result=expected_result, year=year).first()
    ConclusionDraft.objects.filter(expected_result=expected_result, year=year).delete()
    if row is not None and all(getattr(row, name) == value for name, value in wanted.items()):
        return Unchanged(row)
    row = row or Conclusion(expected_result=expected_result, year=year)
    for name, value in wanted.items():
        setattr(row, name, value)
    row.written_by_id, row.written_at = actor.person_id, clock.now()
    row.save()
    return row


@action(needs=P.EDIT_IMPROVEMENT, audit="report.frozen")
def freeze_report(actor: Actor, provider: AccreditedProvider, year: int) -> MissionReport | Unchanged:
    """Freeze the annual mission report as the next version. The same data are frozen once; the PDF follows after the commit.

    Refused while an expected result has no conclusion (TUFTS-55).
    """
    measure_results(provider, year)
    refuse_if_any(without_conclusion(provider, year))
    at = clock.now()
    built = reporting.build(provider, year, at)
    last = MissionReport.objects.filter(provider=provider, year=year).order_by("-version").first()
    if last is not None and last.snapshot == built.snapshot:
        return Unchanged(last)
    version = last.version + 1 if last else 1
    name = f"mission-report-{provider.slug}-{year}-v{version}.json"
    facts = files.store(reporting.facts_of(built), name, "application/json")
    return MissionReport.objects.create(
        provider=provider, year=year, version=version, facts=facts, snapshot=built.snapshot, frozen_at=at,
        frozen_by_id=actor.person_id,
    )  # fmt: skip


def without_conclusion(provider: AccreditedProvider, year: int) -> list[Reason]:
    """One reason per expected result that nobody has concluded on."""
    missing = ExpectedResult.objects.filter(provider=provider, retired_on=None).exclude(conclusions__year=year)
    return [
        Reason(
            "conclusion.missing", f"“{result.label}” has no conclusion.", "Write one beside its number, then freeze.", "conclusion"
        )
        for result in missing.order_by("position")
    ]  # fmt: skip


@action(needs=P.EDIT_IMPROVEMENT, audit="conclusion.drafted")
def draft_conclusion(
    actor: Actor, expected_result: ExpectedResult, *, year: int, text: str, priority: int = 3, priority_reason: str = ""
) -> ConclusionDraft:
    """Keep what is written so far, complete or not; it becomes a conclusion by `conclude`."""
    row = ConclusionDraft.objects.filter(expected_result=expected_result, year=year).first()
    row = row or ConclusionDraft(expected_result=expected_result, year=year)
    row.text, row.priority_reason, row.saved_at = text.strip(), priority_reason.strip()[:300], clock.now()
    row.priority = priority if 1 <= priority <= 5 else 3
    row.save()
    return row
