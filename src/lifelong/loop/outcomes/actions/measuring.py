"""The measure of a gap becomes the measure of its activity; later figures; people reached without checking in."""

from __future__ import annotations

import datetime as dt
from typing import Any

from lifelong.kernel import clock
from lifelong.kernel.access import Actor, Permission
from lifelong.kernel.action import Unchanged, action
from lifelong.kernel.problems import Problem, problem
from lifelong.loop.needs.models import Measure, MeasurePlace, MeasurePoint
from lifelong.loop.outcomes.levels import KIRKPATRICK, KIRKPATRICK_CODES, LEVELS
from lifelong.loop.outcomes.models import OutcomeMeasure, ReachCount
from lifelong.loop.outcomes.windows import window_reason
from lifelong.loop.planning.models import Activity, ActivityGap
from lifelong.rules.verdict import Severity

P = Permission


@action(needs=P.EDIT_OUTCOMES, audit="outcome_measure.attached")
def attach_measure(
    actor: Actor,
    activity: Activity,
    *,
    moore_level: str,
    is_objective: bool,
    is_concordance: bool = False,
    label: str = "",
    kirkpatrick: str = "",
    gap_id: int | None = None,
    measure_id: int | None = None,
    place_id: int | None = None,
    baseline_id: int | None = None,
) -> OutcomeMeasure | Unchanged:
    """Say by what the activity is judged. With `gap_id` measure, place and baseline are the gap's own records (WASHU-33).

    `moore_level` is one of `levels.LEVELS`; level, objectivity and whether it says how far care
    follows a guideline (UMASS-37) are stored as told, never guessed. Natural key: activity and label.
    """
    if moore_level not in LEVELS:
        raise problem("outcome.level", "This is not one of Moore's levels.", "Choose 1 to 7.", "moore_level")
    if kirkpatrick and kirkpatrick not in KIRKPATRICK_CODES:
        raise problem("outcome.kirkpatrick", "This is not a Kirkpatrick level.", "Choose 1 to 4b.", "kirkpatrick")
    measure, place, baseline = _from_gap(activity, gap_id) if gap_id else (None, None, None)
    measure = measure or _own(Measure, activity, measure_id, "measure_id")
    place = place or _own(MeasurePlace, activity, place_id, "place_id")
    baseline = baseline or _own(MeasurePoint, activity, baseline_id, "baseline_id")
    if baseline is not None:
        _same_series(baseline, measure, place, "baseline_id")
        measure, place = baseline.measure, baseline.place
    name = (
        label.strip() or (f"{measure.title}, {place.name}" if measure and place else measure.title if measure else "")
    )[:200]
    if not name:
        raise problem(
            "outcome.label", "The outcome has no name.", "Choose a measure, or write what is measured.", "label"
        )
    row, made = OutcomeMeasure.objects.get_or_create(
        activity=activity, label=name,
        defaults={
            "measure": measure, "place": place, "baseline": baseline, "moore_level": moore_level, "is_objective": is_objective,
            "is_concordance": is_concordance,
            "kirkpatrick": kirkpatrick or KIRKPATRICK[moore_level], "added_at": clock.now(),
        },
    )  # fmt: skip
    return row if made else Unchanged(row)


def _from_gap(activity: Activity, gap_id: int) -> tuple[Measure | None, MeasurePlace | None, MeasurePoint | None]:
    link = ActivityGap.objects.select_related("gap__measure", "gap__place", "gap__baseline").filter(
        activity=activity, gap_id=gap_id
    ).first()  # fmt: skip
    if link is None:
        raise problem(
            "outcome.gap", "This gap is not one of the activity's.", "Choose a gap of the activity.", "gap_id"
        )
    gap = link.gap
    if gap.measure is None and gap.baseline is None:
        raise problem(
            "outcome.gap_measure", "This gap names no measure.", "Add the measure to the gap first.", "gap_id"
        )
    return gap.measure, gap.place, gap.baseline


def _own(model: type[Any], activity: Activity, pk: int | None, field: str) -> Any:
    if pk is None:
        return None
    found = model.objects.filter(provider_id=activity.provider_id, pk=pk).first()
    if found is None:
        raise problem("outcome.unknown", "This is not a record of this program.", "Choose one from the list.", field)
    return found


def _same_series(point: MeasurePoint, measure: Measure | None, place: MeasurePlace | None, field: str) -> None:
    if (measure is not None and point.measure_id != measure.pk) or (place is not None and point.place_id != place.pk):
        raise problem(
            "outcome.other_series", "The figure is of another measure or another place.", "Choose a figure of the same measure and place.", field
        )  # fmt: skip


@action(needs=P.EDIT_OUTCOMES, audit="outcome.result_set")
def set_result(actor: Actor, outcome: OutcomeMeasure, *, point_id: int) -> OutcomeMeasure | Unchanged:
    """The later figure of the same measure at the same place. A window that lies before the activity is refused."""
    if outcome.result_id == point_id:
        return Unchanged(outcome)
    point = _own(MeasurePoint, outcome.activity, point_id, "point_id")
    _same_series(point, outcome.measure, outcome.place, "point_id")
    if outcome.baseline_id == point.pk:
        raise problem("outcome.same_figure", "This figure is the baseline.", "Choose a later one.", "point_id")
    reason = window_reason(outcome.activity, point)
    if reason is not None and reason.severity is Severity.BLOCK:
        raise Problem(reason)
    outcome.result = point
    outcome.measure, outcome.place = point.measure, point.place
    outcome.save(update_fields=["result", "measure", "place"])
    return outcome


@action(needs=P.EDIT_OUTCOMES, audit="reach.counted")
def count_reach(actor: Actor, activity: Activity, *, on: dt.date, people: int, how: str) -> ReachCount | Unchanged:
    """People reached without checking in, and how they were counted. Counting the same day the same way again corrects the number."""
    if not 0 < people <= 100_000_000:
        raise problem(
            "reach.people", "The number of people is not plausible.", "Enter a whole number above zero.", "people"
        )
    if not how.strip():
        raise problem("reach.how", "It is not said how people were counted.", "Write for example “head count”.", "how")
    row = ReachCount.objects.filter(activity=activity, on=on, how=how.strip()[:200]).first()
    if row is not None and row.people == people:
        return Unchanged(row)
    row = row or ReachCount(activity=activity, on=on, how=how.strip()[:200])
    row.people, row.counted_by_id = people, actor.person_id
    row.save()
    return row
