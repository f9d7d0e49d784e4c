"""What the mission expects of performance and of patients' health, with the measures attached to it: baseline and last figure."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from lifelong.loop.needs.models import MeasurePoint
from lifelong.loop.outcomes.levels import NAMES
from lifelong.loop.outcomes.models import OutcomeMeasure
from lifelong.loop.program.models import AccreditedProvider, ExpectedResult

# which of Moore's levels a kind of expected result is measured at; team competence is competence of teams (HMS-41)
LEVELS_OF = {
    "performance": ("5",),
    "patient_care": ("5", "6"),
    "patient_outcomes": ("6", "7"),
    "population_health": ("7",),
}


@dataclass(frozen=True, slots=True)
class Attached:
    """A measure behind an expected result: its activity, its baseline, and the last figure of the same measure and place.

    `last_on` is the end of the window of that figure (None: not said); `is_result`: it is set as the activity's result.
    """

    activity_id: int
    activity: str
    label: str
    level: str
    is_objective: bool
    is_concordance: bool
    unit: str
    baseline: float | None
    last: float | None
    last_on: dt.date | None
    release: str
    is_result: bool

    @property
    def level_words(self) -> str:
        return f"Level {self.level} {NAMES[self.level]}, {'measured' if self.is_objective else 'by own report'}"


@dataclass(frozen=True, slots=True)
class Expected:
    """An expected result of the mission and the measures attached to it, the newest figure first."""

    label: str
    kind: str
    measures: tuple[Attached, ...]


def expected(provider: AccreditedProvider, activity_ids: list[int]) -> tuple[Expected, ...]:
    """Expected results of performance and patients' health (TUFTS-02, TUFTS-06) with the measures of these activities.

    A measure belongs to a result by its level, or because its gap or an objective of its activity names the result. Three queries.
    """
    results = list(ExpectedResult.objects.filter(provider=provider, kind__in=LEVELS_OF, retired_on=None))
    rows = list(
        OutcomeMeasure.objects.filter(activity__in=activity_ids)
        .select_related("activity", "measure", "place", "baseline", "result")
        .prefetch_related("activity__activity_gaps__gap", "activity__objectives")
        .order_by("activity__number", "pk")
    )
    last = _last_figures(rows)
    return tuple(
        Expected(one.label, one.kind, _newest_first(_attached(row, last) for row in rows if _serves(row, one)))
        for one in results
    )  # fmt: skip


def _serves(row: OutcomeMeasure, result: ExpectedResult) -> bool:
    if row.moore_level in LEVELS_OF[result.kind]:
        return True
    of_gaps = (link.gap for link in row.activity.activity_gaps.all())
    if any(gap.expected_result_id == result.pk and gap.measure_id in (None, row.measure_id) for gap in of_gaps):
        return True
    return row.measure_id is None and any(one.expected_result_id == result.pk for one in row.activity.objectives.all())


def _last_figures(rows: list[OutcomeMeasure]) -> dict[tuple[int, int], MeasurePoint]:
    """(measure, place) -> its newest figure."""
    wanted = {(row.measure_id, row.place_id) for row in rows if row.measure_id and row.place_id}
    if not wanted:
        return {}
    measures, places = ({pair[at] for pair in wanted} for at in (0, 1))
    by_series: dict[tuple[int, int], list[MeasurePoint]] = defaultdict(list)
    for point in MeasurePoint.objects.filter(measure__in=measures, place__in=places):
        if (point.measure_id, point.place_id) in wanted:
            by_series[point.measure_id, point.place_id].append(point)
    return {
        key: max(points, key=lambda one: (one.period_end or dt.date.min, one.release))
        for key, points in by_series.items()
    }


def _attached(row: OutcomeMeasure, last: dict[tuple[int, int], MeasurePoint]) -> Attached:
    point = row.result or (last.get((row.measure_id, row.place_id)) if row.measure_id and row.place_id else None)
    if point is not None and row.baseline_id == point.pk:
        point = None  # the baseline is no later figure
    return Attached(
        activity_id=row.activity_id, activity=row.activity.title, label=row.label, level=row.moore_level, is_objective=row.is_objective,
        is_concordance=row.is_concordance, unit=row.measure.unit if row.measure else "", baseline=row.baseline.value if row.baseline else None,
        last=point.value if point else None, last_on=point.period_end if point else None, release=point.release if point else "",
        is_result=row.result_id is not None,
    )  # fmt: skip


def _newest_first(rows: Iterable[Attached]) -> tuple[Attached, ...]:
    return tuple(sorted(rows, key=lambda one: one.last_on or dt.date.min, reverse=True))
