"""Thresholds are the program's own; an activity below one is listed; few answers are never judged; excellence stands beside."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from cast import Cast
from lifelong.kernel import clock
from lifelong.kernel.guard import writes_open
from lifelong.kernel.problems import NotAllowed, NotFound, Problem
from lifelong.loop.integrity.models import ContentReview
from lifelong.loop.outcomes import actions, quality
from lifelong.loop.outcomes.models import QualityThreshold
from lifelong.loop.planning.models import Activity
from lifelong.loop.surveys.actions import keep_response
from lifelong.loop.surveys.forms import Given
from lifelong.loop.surveys.models import Instrument, Question
from loop.improvement.a_year import YEAR, Year

SCALES = {"relevance": ("1", "2", "3", "4", "5"), "objectives_met": ("1", "2", "3", "4"), "bias": ("no", "yes")}


@pytest.fixture
def year(cast: Cast) -> Iterator[Year]:
    with writes_open("test"):
        yield Year(cast)


def answered(activity: Activity, **answers: list[str]) -> None:
    """question key -> choices, one an evaluation."""
    form, made = Instrument.objects.get_or_create(
        provider=activity.provider,
        key="own",
        version=1,
        defaults={"kind": "evaluation", "title": "Own", "published_at": clock.now()},
    )
    for at, (key, scale) in enumerate(SCALES.items() if made else ()):
        options = [{"value": value, "label": value} for value in scale]
        Question.objects.create(instrument=form, position=at, key=key, kind="likert", text=key, options=options)
    for key, choices in answers.items():
        question = form.questions.get(key=key)
        for choice in choices:
            number = float(choice) if choice.isdigit() else None
            keep_response(
                form.pk, [Given(question.pk, choice=choice, number=number)], subject_type="session", subject_id=activity.sessions.get().pk,
                activity_id=activity.pk, on=activity.starts_on,
            )  # fmt: skip


@pytest.mark.requirement("UMASS-08", "UMASS-15")
def test_an_activity_below_a_threshold_is_listed_for_review_with_share_interval_and_n(year: Year) -> None:
    weak, strong, few = (year.activity(title) for title in ("Weak", "Strong", "Few"))
    answered(weak, relevance=["5"] * 6 + ["3"] * 4, bias=["no"] * 10)
    answered(strong, relevance=["4"] * 9 + ["1"], objectives_met=["3"] * 10)
    answered(few, relevance=["1"] * 4)
    evaluator = year.cast.actor("evaluator")
    (one,) = quality.below_threshold(evaluator, year.cast.home, YEAR)
    figure = one.figure("relevance")
    assert (one.title, figure.percent, figure.n, figure.threshold) == ("Weak", 60.0, 10, 70.0)
    assert [each.label for each in one.below] == ["Relevance"] and figure.may_be_chance
    told = {one.title: one for one in quality.quality(evaluator, year.cast.home, YEAR)}
    assert told["Few"].figure("relevance").percent is None and told["Strong"].figure("objectives").percent == 100.0


@pytest.mark.requirement("UMASS-08")
def test_the_program_sets_its_own_thresholds_and_no_other_programs(year: Year) -> None:
    activity = year.activity()
    answered(activity, relevance=["4"] * 9 + ["1"])
    evaluator = year.cast.actor("evaluator")
    assert quality.below_threshold(evaluator, year.cast.home, YEAR) == ()
    actions.set_thresholds(evaluator, year.cast.home, percents={"relevance": 95.0})
    assert len(quality.below_threshold(evaluator, year.cast.home, YEAR)) == 1
    assert quality.thresholds(year.cast.elsewhere)["relevance"] == 70.0
    first = QualityThreshold.objects.get().set_at
    actions.set_thresholds(evaluator, year.cast.home, percents={"relevance": 95.0})
    assert QualityThreshold.objects.get().set_at == first
    with pytest.raises(Problem, match="threshold of Relevance is 120"):
        actions.set_thresholds(evaluator, year.cast.home, percents={"relevance": 120.0})
    with pytest.raises(NotAllowed):
        actions.set_thresholds(year.cast.actor("leader"), year.cast.home, percents={"relevance": 10.0})


@pytest.mark.requirement("UMASS-08")
def test_bias_noticed_by_one_in_ten_is_below_the_usual_threshold(year: Year) -> None:
    activity = year.activity()
    answered(activity, bias=["no"] * 9 + ["yes"])
    (one,) = quality.below_threshold(year.cast.actor("evaluator"), year.cast.home, YEAR)
    assert one.figure("bias_free").percent == 90.0


@pytest.mark.requirement("HMS-04")
def test_excellence_is_the_newest_content_review_and_the_level_measured_beside_the_level_at_all(year: Year) -> None:
    activity = year.activity()
    year.followed(activity, ["fully"] * 6)
    year.measured(activity, 50, 60, level="4")
    for valid in (False, True):
        ContentReview.objects.create(
            activity=activity, reviewer=year.cast.person("reviewer"), is_valid=valid, is_balanced=True, is_free_of_marketing=False, reviewed_at=clock.now()
        )  # fmt: skip
    (one,) = quality.quality(year.cast.actor("evaluator"), year.cast.home, YEAR)
    assert (one.review, one.levels.objective, one.levels.any) == ((2, 3), "4", "5")


def test_quality_takes_a_fixed_number_of_queries(year: Year, django_assert_max_num_queries: object) -> None:
    for at in range(6):
        answered(year.activity(f"Activity {at}"), relevance=["4"] * 5)
    with django_assert_max_num_queries(16):  # type: ignore[operator]  # pytest-django's own
        assert len(quality.quality(year.cast.actor("evaluator"), year.cast.home, YEAR)) == 6


def test_new_years_eve_belongs_to_the_old_year_where_the_program_is(year: Year) -> None:
    activity = year.activity(on=dt.date(YEAR, 12, 31))
    at = dt.datetime(YEAR + 1, 1, 1, 1, tzinfo=dt.UTC)  # eight in the evening in Boston
    activity.sessions.update(starts_at=at, ends_at=at + dt.timedelta(hours=1))
    evaluator, home = year.cast.actor("evaluator"), year.cast.home
    assert [len(quality.quality(evaluator, home, one)) for one in (YEAR, YEAR + 1)] == [1, 0]


def test_another_program_and_a_learner_see_no_quality(year: Year) -> None:
    answered(year.activity(), relevance=["1"] * 10)
    for who in ("other_director", "learner", "stranger"):
        try:
            seen = quality.quality(year.cast.actor(who), year.cast.home, YEAR)
        except NotFound:
            seen = ()
        assert seen == (), who
    with pytest.raises(NotAllowed):
        actions.set_thresholds(year.cast.actor("other_director"), year.cast.home, percents={"relevance": 1.0})
