"""Can this figure show what the activity did? The window of a measure against the days of the activity, and how small a change it could show."""

from __future__ import annotations

import datetime as dt

from lifelong.loop.needs.models import OWN_TABLE, MeasurePoint
from lifelong.loop.outcomes.models import OutcomeMeasure
from lifelong.loop.planning.models import Activity
from lifelong.methods.proportions import minimum_detectable_change
from lifelong.rules.verdict import Reason, Severity


def window_reason(activity: Activity, point: MeasurePoint) -> Reason | None:
    """A window that ends before the activity begins cannot show it (block); one that began earlier shows it in part (warning)."""
    first_day = activity.starts_on
    if first_day is None or point.period_end is None:
        return None
    if point.period_end < first_day:
        return Reason(
            "outcome.window",
            f"The figure covers care until {_day(point.period_end)}, before the activity began on {_day(first_day)}; it cannot show it.",
            "Choose a later release, whose window begins after the activity.",
            "result",
        )
    if point.period_start is not None and point.period_start < first_day:
        whole = (point.period_end - point.period_start).days + 1
        after = (point.period_end - first_day).days + 1
        sentence = f"Only {after} of the {whole} days that the figure covers lie after the activity began."
        return Reason("outcome.window_part", sentence, "Say so beside the result.", "result", Severity.WARN)
    return None


def _day(on: dt.date) -> str:
    return f"{on.day} {on:%B %Y}"


def detectable_note(outcome: OutcomeMeasure) -> str:
    """The smallest change that figures of this size could show, as a sentence; "" where the measure is not a share or has no n."""
    baseline, result, measure = outcome.baseline, outcome.result, outcome.measure
    if baseline is None or measure is None or "percent" not in measure.unit.lower() and "%" not in measure.unit:
        return ""
    before, after = baseline.denominator, (result or baseline).denominator
    if not before or not after or not 0 < baseline.value < 100:
        return ""
    # the rise of the complement is the fall of the share
    share = baseline.value / 100 if measure.higher_is_better is not False else 1 - baseline.value / 100
    points = 100 * minimum_detectable_change(share, before, after)
    return (
        f"With {before:,.0f} cases before and {after:,.0f} after, a change of less than {points:.1f} percentage points "
        "would usually go unseen (80 % power)."
    )


def notes(outcome: OutcomeMeasure) -> tuple[str, ...]:
    """Everything to be read beside the figure."""
    found: list[str] = []
    result = outcome.result
    if result is not None:
        reason = window_reason(outcome.activity, result)
        if reason is not None:
            found.append(reason.sentence)
        if result.is_frozen:
            found.append("The release repeats the figure of an earlier window.")
        elif result.overlaps_previous:
            found.append("The window shares months with the release before it.")
    if hands := other_hand(outcome):
        found.append(hands)
    if outcome.measure is not None and outcome.measure.higher_is_better is None:
        found.append("The source does not say whether a higher figure is better.")
    if detectable := detectable_note(outcome):
        found.append(detectable)
    return tuple(found)


def other_hand(outcome: OutcomeMeasure) -> str:
    """Said where one figure is the publisher's and the other the office's own; "" where both are of one hand."""
    if outcome.baseline is None or outcome.result is None:
        return ""
    before, after = (point.source.layout == OWN_TABLE for point in (outcome.baseline, outcome.result))
    if before == after:
        return ""
    hands = ("our own", "the publisher's") if before else ("the publisher's figure", "our own")
    return f"The baseline is {hands[0]} and the later one {hands[1]}: they may be counted differently."


def tells(outcome: OutcomeMeasure) -> bool:
    """Whether there is a later figure whose window the activity could have touched."""
    if outcome.result is None:
        return False
    reason = window_reason(outcome.activity, outcome.result)
    return reason is None or reason.severity is not Severity.BLOCK


def moved_as_wanted(outcome: OutcomeMeasure) -> bool | None:
    """Whether the result lies on the better side of the baseline; None: no result, no known direction, or a window before the activity."""
    baseline, result, measure = outcome.baseline, outcome.result, outcome.measure
    if baseline is None or result is None or measure is None or measure.higher_is_better is None or not tells(outcome):
        return None
    return result.value > baseline.value if measure.higher_is_better else result.value < baseline.value


def shown_in(point: MeasurePoint) -> int | None:
    """The year in which a figure counts: the end of its window, else the year of its release."""
    if isinstance(point.period_end, dt.date):
        return point.period_end.year
    return int(point.release[:4]) if point.release[:4].isdecimal() else None
