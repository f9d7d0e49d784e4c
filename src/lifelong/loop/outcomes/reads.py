"""What we know of outcomes: levels reached, the trace from gap to outcome, plans and results. Small groups stay hidden."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet

from lifelong.kernel.access import Actor, Permission, reach
from lifelong.kernel.problems import NotFound
from lifelong.loop.delivery.models import Attendance
from lifelong.loop.evaluation.models import ActivityForm, Commitment, EvaluationDone, FollowUp, FormDone, Observation
from lifelong.loop.needs.models import MeasurePoint, PracticeGap
from lifelong.loop.outcomes.levels import NAMES, highest
from lifelong.loop.outcomes.models import AnalysisPlan, ImpactSummary, OutcomeMeasure, ReachCount
from lifelong.loop.outcomes.participation import told_apart
from lifelong.loop.outcomes.windows import moved_as_wanted, notes, tells
from lifelong.loop.planning.models import Activity, Objective
from lifelong.loop.planning.reads import latest_first
from lifelong.loop.program.models import AccreditedProvider
from lifelong.loop.surveys.models import Question
from lifelong.loop.surveys.reads import minimum_group

P = Permission
PAGE = 25


def activities_within(
    viewer: Actor, provider: AccreditedProvider, needs: Permission = P.SEE_OUTCOMES
) -> QuerySet[Activity]:
    """The activities of the program that the viewer may see outcomes of."""
    everything, organisations, activities = reach(viewer, needs, provider.pk)
    rows = Activity.objects.filter(provider=provider)
    if not everything:
        rows = rows.filter(Q(organisation_id__in=organisations) | Q(pk__in=activities))
    return rows


def activity(viewer: Actor, provider: AccreditedProvider, activity_id: int) -> Activity:
    found = activities_within(viewer, provider).select_related("provider").filter(pk=activity_id).first()
    if found is None:
        raise NotFound("activity")
    return found


def outcome(
    viewer: Actor, provider: AccreditedProvider, outcome_id: int, needs: Permission = P.SEE_OUTCOMES
) -> OutcomeMeasure:
    found = _outcomes().filter(pk=outcome_id, activity__in=activities_within(viewer, provider, needs)).first()
    if found is None:
        raise NotFound("outcome measure")
    return found


def _outcomes() -> QuerySet[OutcomeMeasure]:
    return OutcomeMeasure.objects.select_related("activity", "measure", "place", "baseline__source", "result__source")


# --- levels


@dataclass(frozen=True, slots=True)
class Levels:
    """The highest of Moore's levels an activity has data for: with objective data, and at all ("" when there are none)."""

    objective: str
    any: str

    @property
    def words(self) -> str:
        if not self.any:
            return "No data yet"
        if self.objective == self.any:
            return f"Level {self.any} {NAMES[self.any]}, measured"
        measured = f"level {self.objective} {NAMES[self.objective]} measured" if self.objective else "nothing measured"
        return f"Level {self.any} {NAMES[self.any]} by own report; {measured}"


def levels(activity_ids: Iterable[int]) -> dict[int, Levels]:
    """Levels reached by each activity. Attendance is level 1; evaluations 2, plans 4 and answered follow-ups 5 are self-report;
    tests taken afterwards and skills checklists count by the level written at their items. Six queries."""
    ids = list(activity_ids)
    objective: dict[int, set[str]] = defaultdict(set)
    reported: dict[int, set[str]] = defaultdict(set)
    came = Attendance.objects.filter(session__activity=OuterRef("pk"), voided_at=None)
    told = EvaluationDone.objects.filter(attendance__session__activity=OuterRef("pk"), attendance__voided_at=None)
    planned = Commitment.objects.filter(activity=OuterRef("pk"))
    later = FollowUp.objects.filter(commitment__activity=OuterRef("pk"), answered_at__isnull=False)
    # whether there is one at all: the first row found answers, however many came
    any_of = Activity.objects.filter(pk__in=ids).annotate(
        came=Exists(came), told=Exists(told), planned=Exists(planned), later=Exists(later)
    )
    for pk, *there in any_of.values_list("pk", "came", "told", "planned", "later"):
        objective[pk].update(["1"] if there[0] else [])
        reported[pk].update(level for level, found in zip(("2", "4", "5"), there[1:], strict=True) if found)
    for pk, level, is_objective in _answered_levels(ids):
        (objective if is_objective else reported)[pk].add(level)
    for one in _outcomes().filter(activity_id__in=ids, result__isnull=False):
        if tells(one):
            (objective if one.is_objective else reported)[one.activity_id].add(one.moore_level)
    return {pk: Levels(highest(objective[pk]), highest(objective[pk] | reported[pk])) for pk in ids}


def _answered_levels(ids: list[int]) -> set[tuple[int, str, bool]]:
    """(activity, level, objective) of the items that learners answered in a test afterwards, or an observer ticked. Four queries at most."""
    tested = FormDone.objects.filter(activity_id__in=ids, part="after", session=None).values_list(
        "activity_id", flat=True
    )
    forms = ActivityForm.objects.filter(use=ActivityForm.Use.TEST, activity_id__in=set(tested))
    asked = set(forms.values_list("activity_id", "instrument_id"))
    asked |= set(Observation.objects.filter(activity_id__in=ids).values_list("activity_id", "instrument_id"))
    if not asked:
        return set()
    items = Question.objects.filter(instrument_id__in={instrument for _, instrument in asked}).exclude(moore_level="")
    levels_of: dict[int, set[tuple[str, bool]]] = defaultdict(set)
    for instrument, level, is_objective in items.values_list("instrument_id", "moore_level", "is_objective_measure"):
        levels_of[instrument].add((level, is_objective))
    return {(pk, level, is_objective) for pk, instrument in asked for level, is_objective in levels_of[instrument]}


def level_tested(of: Activity) -> str:
    """The highest level of the items of the activity's test; "" where none is written."""
    chosen = ActivityForm.objects.filter(activity=of, use=ActivityForm.Use.TEST).values("instrument_id")
    items = Question.objects.filter(instrument_id__in=chosen).exclude(moore_level="")
    return highest(items.values_list("moore_level", flat=True))


@dataclass(frozen=True, slots=True)
class ActivityLine:
    """One line of the office's list. `results`: outcome measures that have a later figure; `improved`: those that moved as wanted."""

    id: int
    title: str
    starts_on: dt.date | None
    closed: bool
    measures: int
    results: int
    improved: int
    levels: Levels

    @property
    def has_impact(self) -> bool:
        """There are data at competence or above (TUFTS-11)."""
        return self.levels.any >= "4"


def activity_lines(
    viewer: Actor, provider: AccreditedProvider, *, search: str = "", measured_only: bool = False, before: int | None = None,
    limit: int = PAGE,
) -> list[ActivityLine]:  # fmt: skip
    """Activities that have a day, the latest first; `before` is the id of the last line seen. Eight queries whatever the length."""
    rows = activities_within(viewer, provider)
    if search:
        rows = rows.filter(sort_title__contains=search.lower()) | rows.filter(title__icontains=search)
    if measured_only:
        rows = rows.filter(outcome_measures__isnull=False).distinct()
    page = list(latest_first(rows, before)[:limit])
    ids = [row.pk for row in page]
    reached = levels(ids)
    outcomes: dict[int, list[OutcomeMeasure]] = defaultdict(list)
    for one in _outcomes().filter(activity_id__in=ids):
        outcomes[one.activity_id].append(one)
    return [
        ActivityLine(
            row.pk, row.title, row.starts_on, row.closed_at is not None, len(outcomes[row.pk]),
            sum(tells(one) for one in outcomes[row.pk]),
            sum(moved_as_wanted(one) is True for one in outcomes[row.pk]), reached[row.pk],
        )
        for row in page
    ]  # fmt: skip


def impact_summaries(viewer: Actor, provider: AccreditedProvider) -> tuple[int, int]:
    """(activities closed, of them with an impact summary), TUFTS-11."""
    rows = activities_within(viewer, provider).filter(closed_at__isnull=False)
    counts = rows.aggregate(closed=Count("pk"), told=Count("impact_summary"))
    return counts["closed"], counts["told"]


# --- the trace


@dataclass(frozen=True, slots=True)
class OutcomeLine:
    """One outcome measure with its two figures; `improved` None: cannot be told."""

    outcome: OutcomeMeasure
    level_name: str
    difference: float | None
    improved: bool | None
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """From gap to outcome, as data. Counts are None below the smallest group of learners."""

    activity: Activity
    gaps: tuple[PracticeGap, ...]
    objectives: tuple[Objective, ...]
    levels: Levels
    outcomes: tuple[OutcomeLine, ...]
    attended: int
    evaluated: int | None
    committed: int | None
    asked: int | None
    answered: int | None
    changed: int | None  # fully or in part
    reached: int  # counted without check-in


def trace(viewer: Actor, provider: AccreditedProvider, activity_id: int) -> Trace:
    """Gap, baseline, objectives, plans, follow-up and result of one activity (TUFTS-11)."""
    of = activity(viewer, provider, activity_id)
    gaps = PracticeGap.objects.filter(activity_gaps__activity=of).select_related("measure", "place", "baseline")
    attended = Attendance.objects.filter(session__activity=of, voided_at=None).count()
    evaluated = EvaluationDone.objects.filter(attendance__session__activity=of, attendance__voided_at=None).count()
    plans = Commitment.objects.filter(activity=of).aggregate(n=Count("pk"), people=Count("person", distinct=True))
    asked, answered, answerers, changed = _follow_ups(of)
    least = minimum_group()
    # nobody is a number that tells of nobody; one to four would
    few, few_answers = 0 < plans["people"] < least, 0 < answerers < least
    return Trace(
        activity=of,
        gaps=tuple(gaps.order_by("priority", "pk")),
        objectives=tuple(of.objectives.select_related("gap", "expected_result")),
        levels=levels([of.pk])[of.pk],
        outcomes=outcome_lines(of),
        attended=attended,
        evaluated=None if 0 < evaluated < least else evaluated,
        committed=None if few else plans["n"],
        asked=None if few else asked,
        answered=None if few or few_answers else answered,
        changed=None
        if few or few_answers
        else told_apart({"changed": changed, "not": answered - changed}, least)["changed"],
        reached=sum(ReachCount.objects.filter(activity=of).values_list("people", flat=True)),
    )


def _follow_ups(of: Activity) -> tuple[int, int, int, int]:
    """(asked, answered, people who answered, changed) in plans: the last answer of each plan counts."""
    asked: set[int] = set()
    answer: dict[int, tuple[int, str]] = {}
    people: set[int] = set()
    rows = FollowUp.objects.filter(commitment__activity=of, asked_at__isnull=False).order_by("wave")
    for plan, person, given in rows.values_list("commitment_id", "commitment__person_id", "answer"):
        asked.add(plan)
        if given:
            answer[plan] = (person, given)
            people.add(person)
    changed = sum(given in (FollowUp.Answer.FULLY, FollowUp.Answer.PARTLY) for _, given in answer.values())
    return len(asked), len(answer), len(people), changed


def outcome_lines(of: Activity) -> tuple[OutcomeLine, ...]:
    return tuple(_line(one) for one in _outcomes().filter(activity=of).order_by("moore_level", "pk"))


def _line(one: OutcomeMeasure) -> OutcomeLine:
    baseline, result = one.baseline, one.result
    difference = result.value - baseline.value if baseline is not None and result is not None else None
    return OutcomeLine(one, NAMES[one.moore_level], difference, moved_as_wanted(one), notes(one))


def summary(of: Activity) -> ImpactSummary | None:
    """The written impact summary."""
    return ImpactSummary.objects.filter(activity=of).first()


def figures_for(outcome: OutcomeMeasure, limit: int = 60) -> list[MeasurePoint]:
    """Figures of the same measure and place that may be set as result, the newest first."""
    if outcome.measure_id is None or outcome.place_id is None:
        return []
    rows = MeasurePoint.objects.filter(measure_id=outcome.measure_id, place_id=outcome.place_id)
    rows = rows.exclude(pk=outcome.baseline_id) if outcome.baseline_id else rows
    if outcome.activity.starts_on:
        rows = rows.filter(Q(period_end=None) | Q(period_end__gte=outcome.activity.starts_on))
    return list(rows.order_by("-period_end", "-release")[:limit])


def gaps_with_measures(of: Activity) -> list[PracticeGap]:
    """Gaps of the activity whose measure can be attached as its outcome."""
    rows = PracticeGap.objects.filter(activity_gaps__activity=of, measure__isnull=False)
    return list(rows.select_related("measure", "place", "baseline").order_by("priority", "pk"))


def plans(viewer: Actor, provider: AccreditedProvider, limit: int = 50) -> list[AnalysisPlan]:
    """Analysis plans, the newest first, with the number of results and when the last ran."""
    if not reach(viewer, P.SEE_OUTCOMES, provider.pk)[0]:
        raise NotFound("analysis plan")
    rows = AnalysisPlan.objects.filter(provider=provider).select_related("activity", "fixed_by")
    return list(rows.annotate(runs=Count("results"), last_run_at=Max("results__ran_at")).order_by("-fixed_at")[:limit])


def plan(viewer: Actor, provider: AccreditedProvider, plan_id: int) -> AnalysisPlan:
    found = next((row for row in plans(viewer, provider, limit=1000) if row.pk == plan_id), None)
    if found is None:
        raise NotFound("analysis plan")
    return found
