"""The year: its numbers measured, conclusions written beside them, the report frozen."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from django.db.models import QuerySet

from lifelong.kernel import clock, files
from lifelong.kernel.access import Actor, Permission, may
from lifelong.kernel.action import Unchanged, action
from lifelong.kernel.problems import NotAllowed, problem, refuse_if_any
from lifelong.loop.improvement import kept
from lifelong.loop.improvement import report as reporting
from lifelong.loop.improvement.actions.carrying import check_priority
from lifelong.loop.improvement.indicators import INDICATORS, NAMED, counted
from lifelong.loop.improvement.measured import Measured
from lifelong.loop.improvement.models import Attainment, Conclusion, ConclusionDraft, KeptFigures, MissionReport
from lifelong.loop.program.models import AccreditedProvider, ExpectedResult
from lifelong.rules.verdict import Reason

P = Permission
NUMBERS = ("value", "low", "high", "n", "asked", "is_suppressed")


def measure_year(actor: Actor, provider: AccreditedProvider, year: int) -> tuple[Attainment, ...]:
    """Compute every expected result of the year from the activities behind it and keep the numbers.

    Counting a nation's year takes minutes, so it is done before the door opens: no writer waits for it.
    """
    if not may(actor, P.EDIT_IMPROVEMENT, provider):
        raise NotAllowed(P.EDIT_IMPROVEMENT.value.replace("_", " "))
    at = clock.now()
    keys = _results(provider).values_list("indicator", flat=True)
    found = counted(provider, keys, year)
    if kept.is_large(provider, year):
        kept.keep(provider, year, {f"{NAMED}{key}": one for key, one in found.items() if key in INDICATORS}, at)
    return keep_numbers(actor, provider, year, found, at)


@action(needs=P.EDIT_IMPROVEMENT, audit="attainment.measured")
def keep_numbers(
    actor: Actor, provider: AccreditedProvider, year: int, found: Mapping[str, Measured], at: dt.datetime
) -> tuple[Attainment, ...] | Unchanged:
    """Keep what was counted from `at` on for the expected results of the year, by the keys of their indicators."""
    rows, changed = _keep(provider, year, found, at)
    return rows if changed else Unchanged(rows)


def measure_results(
    provider: AccreditedProvider, year: int, indicators: frozenset[str] | None = None
) -> tuple[tuple[Attainment, ...], bool]:
    """The rows as they now stand, and whether a number moved. `indicators`: only these keys. Call with writes open.

    A large year is not counted here, where writers wait: its numbers stay as `measure_year` left them within the last hour.
    """
    if kept.is_large(provider, year):
        return tuple(Attainment.objects.filter(expected_result__in=_results(provider, indicators), year=year)), False
    at = clock.now()
    found = counted(provider, _results(provider, indicators).values_list("indicator", flat=True), year)
    return _keep(provider, year, found, at)


def _results(provider: AccreditedProvider, indicators: frozenset[str] | None = None) -> QuerySet[ExpectedResult]:
    results = ExpectedResult.objects.filter(provider=provider, retired_on=None)
    return results if indicators is None else results.filter(indicator__in=indicators)


def _keep(
    provider: AccreditedProvider, year: int, found: Mapping[str, Measured], at: dt.datetime
) -> tuple[tuple[Attainment, ...], bool]:
    """Write the numbers beside their results; a number counted later than `at` stays."""
    results = _results(provider, frozenset(found))
    known = {row.expected_result_id: row for row in Attainment.objects.filter(expected_result__in=results, year=year)}
    rows, changed = [], False
    for result in results:
        row = known.get(result.pk) or Attainment(expected_result=result, year=year)
        rows.append(row)
        if row.pk and row.measured_at > at:
            continue
        before = tuple(getattr(row, name) for name in NUMBERS) if row.pk else None
        for name in NUMBERS:
            setattr(row, name, getattr(found[result.indicator], name))
        row.measured_at = at
        changed = changed or before != tuple(getattr(row, name) for name in NUMBERS)
    Attainment.objects.bulk_update([row for row in rows if row.pk], [*NUMBERS, "measured_at"])
    Attainment.objects.bulk_create([row for row in rows if not row.pk])
    return tuple(rows), changed


@action(needs=P.EDIT_IMPROVEMENT, audit="figures.asked")
def count_again(actor: Actor, provider: AccreditedProvider, year: int) -> AccreditedProvider | Unchanged:
    """Ask for all kept figures of a large year to be counted again. A small year keeps none, and what waits is not asked for twice."""
    names = KeptFigures.objects.filter(provider=provider, year=year).values_list("name", flat=True)
    return provider if kept.ask(provider, year, list(names)) else Unchanged(provider)


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
