"""The measures of an activity before and after, with intervals, windows, peers, and the verb that the design allows."""

from __future__ import annotations

from collections import defaultdict

from lifelong.formats.outcome_report import Measured, Reading
from lifelong.loop.needs.models import MeasurePoint
from lifelong.loop.outcomes.models import OutcomeMeasure
from lifelong.loop.outcomes.windows import moved_as_wanted, notes
from lifelong.loop.planning.models import Activity
from lifelong.methods.proportions import newcombe_independent
from lifelong.methods.result import Verb

COMPARED = ("state", "nation")
Peers = dict[tuple[int, str], list[tuple[str, str, float]]]


def remeasured(of: Activity) -> tuple[Measured, ...]:
    """Every outcome measure of the activity, lowest level first. Two queries."""
    rows = list(
        OutcomeMeasure.objects.filter(activity=of)
        .select_related("activity", "measure", "place", "baseline__source", "result__source")
        .order_by("moore_level", "pk")
    )
    peers = _peers(rows)
    return tuple(_measured(one, peers) for one in rows)


def _peers(rows: list[OutcomeMeasure]) -> Peers:
    """(measure, release) -> (place, state code, value) of states and the nation."""
    releases = {point.release for one in rows for point in (one.baseline, one.result) if point is not None}
    points = MeasurePoint.objects.filter(
        measure__in={one.measure_id for one in rows if one.measure_id}, release__in=releases, place__kind__in=COMPARED
    ).values_list("measure_id", "release", "place__name", "place__state", "place__kind", "value")
    found: Peers = defaultdict(list)
    for measure, release, name, state, kind, value in points:
        found[measure, release].append((name, state if kind == "state" else "", value))
    return found


def _measured(one: OutcomeMeasure, peers: Peers) -> Measured:
    before, after = one.baseline, one.result
    low, high = _interval(one)
    return Measured(
        label=one.label,
        level=one.moore_level,
        is_objective=one.is_objective,
        unit=one.measure.unit if one.measure else "",
        before=_reading(before),
        after=_reading(after),
        difference=after.value - before.value if before is not None and after is not None else None,
        low=low,
        high=high,
        moved=moved_as_wanted(one),
        verb=Verb.ASSOCIATED.value,  # two readings of one place, nothing to compare with
        notes=notes(one),
        source=before.source.filename if before is not None else "",
        peers=_compared(one, peers),
    )


def _reading(point: MeasurePoint | None) -> Reading | None:
    if point is None:
        return None
    n = round(point.denominator) if point.denominator else None
    return Reading(point.value, n, point.period_start, point.period_end, point.release)


def _interval(one: OutcomeMeasure) -> tuple[float | None, float | None]:
    """Newcombe's interval of the difference of two percentages; (None, None) where the cases are not known."""
    before, after = one.baseline, one.result
    if one.measure is None or "percent" not in one.measure.unit.lower() or before is None or after is None:
        return None, None
    if not before.denominator or not after.denominator or not all(0 <= p.value <= 100 for p in (before, after)):
        return None, None
    low, high = newcombe_independent(
        before.value / 100 * before.denominator,
        before.denominator,
        after.value / 100 * after.denominator,
        after.denominator,
    )
    return round(100 * low, 2), round(100 * high, 2)


def _compared(one: OutcomeMeasure, peers: Peers) -> tuple[tuple[str, float | None, float | None], ...]:
    """The place's own state, and the nation."""
    if one.measure_id is None or one.baseline is None or one.place is None:
        return ()
    own = one.place.state
    values: dict[str, list[float | None]] = defaultdict(lambda: [None, None])
    for at, point in enumerate((one.baseline, one.result)):
        for name, state, value in peers.get((one.measure_id, point.release), ()) if point is not None else ():
            if state in ("", own) and name != one.place.name:
                values[name][at] = value
    return tuple((name, before, after) for name, (before, after) in sorted(values.items()))
