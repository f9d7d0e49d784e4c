"""The measure that showed the gap shows the result; the window must fit, and plans are fixed before their data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from cast import Cast
from lifelong.kernel import clock
from lifelong.kernel.guard import writes_open
from lifelong.kernel.problems import NotAllowed, NotFound, Problem
from lifelong.loop.needs.models import Measure, MeasureImport, MeasurePlace, MeasurePoint, PracticeGap
from lifelong.loop.outcomes import actions, reads
from lifelong.loop.outcomes.models import AnalysisPlan, OutcomeMeasure
from lifelong.loop.planning.models import Activity, ActivityGap
from loop.improvement.a_year import Year

PLAN = """
title = "Scores before and after"
method = "paired_means"
data = "scores.csv"
primary_outcome = "mean_difference"
[columns]
id = "who"
pre = "before"
post = "after"
"""


class Scene:
    """An activity of May 2026 whose gap rests on a measure with figures before, around and after it."""

    def __init__(self, cast: Cast) -> None:
        self.cast, home = cast, cast.home
        source = MeasureImport.objects.create(
            provider=home, sha256="b" * 64, filename="f.csv", layout="own", imported_at=clock.now()
        )
        self.measure = Measure.objects.create(
            provider=home, key="SEP_1", title="Sepsis bundle", unit="percent", higher_is_better=True
        )
        self.place = MeasurePlace.objects.create(provider=home, kind="hospital", code="220001", name="Example Hospital")
        other = Measure.objects.create(provider=home, key="OTHER", title="Other", unit="percent", higher_is_better=True)

        def point(
            release: str, value: float, start: dt.date, end: dt.date, measure: Measure = self.measure
        ) -> MeasurePoint:
            return MeasurePoint.objects.create(
                provider=home, measure=measure, place=self.place, release=release, value=value, denominator=113, period_start=start,
                period_end=end, source=source,
            )  # fmt: skip

        self.baseline = point("2025-07", 54, dt.date(2024, 10, 1), dt.date(2025, 9, 30))
        self.before = point("2026-01", 56, dt.date(2025, 4, 1), dt.date(2026, 3, 31))
        self.around = point("2026-07", 58, dt.date(2025, 10, 1), dt.date(2026, 9, 30))
        self.after = point("2026-10", 63, dt.date(2026, 6, 1), dt.date(2026, 9, 30))
        self.foreign = point("2026-10", 9, dt.date(2026, 6, 1), dt.date(2026, 9, 30), other)
        self.gap = PracticeGap.objects.create(
            provider=home, title="Sepsis bundle is late", description="d", kind="quality", measure=self.measure, place=self.place,
            baseline=self.baseline, registered_at=clock.now(),
        )  # fmt: skip
        self.activity = Activity.objects.create(
            provider=home, number=1, title="Sepsis workshop", format="live_course", time_zone="America/New_York", starts_on=dt.date(2026, 5, 4),
            ends_on=dt.date(2026, 5, 4), created_at=clock.now(),
        )  # fmt: skip
        ActivityGap.objects.create(activity=self.activity, gap=self.gap)
        self.evaluator = cast.actor("evaluator")

    def attach(self, **facts: object) -> OutcomeMeasure:
        wanted = {"moore_level": "5", "is_objective": True, "gap_id": self.gap.pk, **facts}
        return actions.attach_measure(self.evaluator, self.activity, **wanted)


@pytest.fixture
def scene(cast: Cast) -> Iterator[Scene]:
    with writes_open("test"):
        yield Scene(cast)


@pytest.mark.requirement("WASHU-33", "TUFTS-52", "TUFTS-53")
def test_one_measure_is_the_baseline_of_the_gap_and_later_the_result(scene: Scene) -> None:
    outcome = scene.attach()
    assert (outcome.measure, outcome.baseline, outcome.kirkpatrick) == (scene.measure, scene.baseline, "3")
    actions.set_result(scene.evaluator, outcome, point_id=scene.after.pk)
    (line,) = reads.trace(scene.evaluator, scene.cast.home, scene.activity.pk).outcomes
    assert (line.difference, line.improved) == (9, True)
    assert line.outcome.measure_id == scene.gap.measure_id


def test_attaching_twice_is_one_measure(scene: Scene) -> None:
    assert scene.attach().pk == scene.attach().pk


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"moore_level": "9"}, "moore_level"),
        ({"kirkpatrick": "7"}, "kirkpatrick"),
        ({"gap_id": 999999}, "gap_id"),
        ({"gap_id": None}, "label"),
        ({"gap_id": None, "measure_id": 999999}, "measure_id"),
    ],
)
def test_what_cannot_be_attached_is_refused_at_its_field(scene: Scene, facts: dict[str, object], field: str) -> None:
    with pytest.raises(Problem) as refusal:
        scene.attach(**facts)
    assert refusal.value.reasons[0].field == field


@pytest.mark.parametrize(
    ("point", "rule"),
    [("before", "outcome.window"), ("foreign", "outcome.other_series"), ("baseline", "outcome.same_figure")],
)
def test_a_figure_that_cannot_show_the_activity_is_refused(scene: Scene, point: str, rule: str) -> None:
    outcome = scene.attach()
    with pytest.raises(Problem) as refusal:
        actions.set_result(scene.evaluator, outcome, point_id=getattr(scene, point).pk)
    assert refusal.value.code == rule


@pytest.mark.requirement("TUFTS-53")
def test_beside_a_public_figure_stands_what_it_could_show_at_all(scene: Scene) -> None:
    outcome = actions.set_result(scene.evaluator, scene.attach(), point_id=scene.around.pk)
    (line,) = reads.outcome_lines(scene.activity)
    part, detectable = line.notes
    assert part == "Only 150 of the 365 days that the figure covers lie after the activity began."
    assert "a change of less than 17.7 percentage points" in detectable and outcome.result_id == scene.around.pk


def test_objective_levels_stand_apart_from_reported_ones(scene: Scene) -> None:
    actions.set_result(scene.evaluator, scene.attach(moore_level="4"), point_id=scene.after.pk)
    actions.set_result(
        scene.evaluator, scene.attach(moore_level="6", is_objective=False, label="Own view"), point_id=scene.after.pk
    )
    reached = reads.levels([scene.activity.pk])[scene.activity.pk]
    assert (reached.objective, reached.any) == ("4", "6")
    assert reached.words == "Level 6 Patient health by own report; level 4 Competence measured"


def test_an_activity_moved_behind_its_figure_has_reached_no_level_by_it(scene: Scene) -> None:
    actions.set_result(scene.evaluator, scene.attach(), point_id=scene.after.pk)
    scene.activity.starts_on = dt.date(2026, 12, 7)
    scene.activity.save()
    (line,) = reads.activity_lines(scene.evaluator, scene.cast.home)
    assert (line.measures, line.results, line.improved, line.levels.any) == (1, 0, 0, "")


def test_the_list_begins_with_the_latest_and_pages_on_from_the_last_line_seen(scene: Scene) -> None:
    for number, month in ((2, 9), (3, 1), (4, 9)):
        Activity.objects.create(
            provider=scene.cast.home, number=number, title=str(number), format="live_course", time_zone="America/New_York",
            starts_on=dt.date(2026, month, 1), created_at=clock.now(),
        )  # fmt: skip
    first = reads.activity_lines(scene.evaluator, scene.cast.home, limit=2)
    rest = reads.activity_lines(scene.evaluator, scene.cast.home, before=first[-1].id)
    assert [line.title for line in (*first, *rest)] == ["4", "2", "Sepsis workshop", "3"]


@pytest.mark.requirement("TUFTS-11")
def test_the_trace_leads_from_gap_to_result_and_hides_small_groups(scene: Scene) -> None:
    year = Year(scene.cast)
    year.number = 1
    activity = year.activity(on=dt.date(2026, 2, 2))
    year.attended(activity, year.people(7))
    year.followed(activity, ["fully"] * 3 + ["partly"] * 2 + ["not_yet"] * 5 + [""] * 5)
    seen = reads.trace(scene.evaluator, scene.cast.home, activity.pk)
    assert (seen.attended, seen.evaluated, seen.committed, seen.asked, seen.answered, seen.changed) == (
        7,
        7,
        15,
        15,
        10,
        5,
    )
    lone = year.activity(on=dt.date(2026, 2, 4))
    year.followed(lone, ["fully"] * 12 + ["not_yet"])
    seen = reads.trace(scene.evaluator, scene.cast.home, lone.pk)
    assert (seen.answered, seen.changed) == (13, None), "the one who did not would be had by subtraction"
    few = year.activity(on=dt.date(2026, 2, 3))
    year.followed(few, ["fully"] * 3)
    seen = reads.trace(scene.evaluator, scene.cast.home, few.pk)
    assert (seen.committed, seen.answered, seen.changed) == (None, None, None)


def test_the_list_tells_which_activities_have_impact(scene: Scene) -> None:
    actions.set_result(scene.evaluator, scene.attach(), point_id=scene.after.pk)
    (line,) = reads.activity_lines(scene.evaluator, scene.cast.home)
    assert (line.measures, line.results, line.improved, line.has_impact) == (1, 1, 1, True)


def test_people_reached_without_checking_in_are_counted_once_a_day_and_way(scene: Scene) -> None:
    for people in (120, 140):
        row = actions.count_reach(
            scene.evaluator, scene.activity, on=dt.date(2026, 5, 4), people=people, how="head count"
        )
    assert row.people == 140
    assert reads.trace(scene.evaluator, scene.cast.home, scene.activity.pk).reached == 140


@pytest.mark.requirement("HMS-46")
def test_a_plan_is_fixed_with_its_hash_before_the_data_and_keeps_its_results(scene: Scene) -> None:
    plan = actions.fix_plan(scene.evaluator, scene.cast.home, text=PLAN, activity=scene.activity)
    spaced = PLAN.replace("pre = ", "pre    =   ")
    assert actions.fix_plan(scene.evaluator, scene.cast.home, text=spaced).pk == plan.pk, "spacing is not content"
    answer = {"plan": {"sha256": plan.plan_hash}, "data": {"sha256": "c" * 64}, "statement": "Scores rose."}
    first = actions.store_result(scene.evaluator, plan, result=answer)
    assert actions.store_result(scene.evaluator, plan, result=answer).pk == first.pk
    with pytest.raises(Problem, match="another plan"):
        actions.store_result(scene.evaluator, plan, result={**answer, "plan": {"sha256": "d" * 64}})


def test_a_wrong_plan_is_refused_with_its_key(scene: Scene) -> None:
    with pytest.raises(Problem) as refusal:
        actions.fix_plan(scene.evaluator, scene.cast.home, text=PLAN.replace("paired_means", "paired_meens"))
    assert refusal.value.reasons[0].field == "method"
    assert not AnalysisPlan.objects.exists()


@pytest.mark.parametrize("who", ["leader", "coordinator", "course_of_nobody", "learner", "other_evaluator"])
def test_only_evaluators_and_directors_write_outcomes(scene: Scene, who: str) -> None:
    actor = scene.cast.actor("stranger" if who == "course_of_nobody" else who)
    for act in (
        lambda: actions.attach_measure(actor, scene.activity, moore_level="5", is_objective=True, gap_id=scene.gap.pk),
        lambda: actions.fix_plan(actor, scene.cast.home, text=PLAN),
    ):
        with pytest.raises(NotAllowed):
            act()


@pytest.mark.parametrize("who", ["stranger", "other_director", "learner", "finance"])
def test_strangers_see_no_outcomes(scene: Scene, who: str) -> None:
    with pytest.raises(NotFound):
        reads.trace(scene.cast.actor(who), scene.cast.home, scene.activity.pk)
    assert reads.activity_lines(scene.cast.actor(who), scene.cast.home) == []
