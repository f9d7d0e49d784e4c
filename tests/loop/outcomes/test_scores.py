"""A test before and after: pairs only of the matched, first attempts, interval before p, the family said, the unmatched beside."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterator

import pytest
from scipy import stats

from cast import Cast
from lifelong.kernel.guard import writes_open
from lifelong.loop.evaluation.models import FormDone
from lifelong.loop.outcomes import actions
from lifelong.loop.outcomes.reads import levels
from lifelong.loop.outcomes.scores import joined_changes, scores
from lifelong.loop.planning.models import Activity
from lifelong.methods.proportions import newcombe_paired
from loop.improvement.a_year import Year
from loop.outcomes.learners import sat, with_test

pytestmark = pytest.mark.slow  # loads the statistics packages
PLAN = """
title = "Score before and after"
method = "paired_means"
data = "scores.csv"
primary_outcome = "mean_difference"
[columns]
id = "learner"
pre = "before"
post = "after"
"""


@pytest.fixture
def year(cast: Cast) -> Iterator[Year]:
    with writes_open("test"):
        yield Year(cast)


def taught(year: Year, before: list[str], after: list[str], items: int = 3) -> Activity:
    """Learner n answers `before[n]` and `after[n]`; "" is a test not taken."""
    activity = year.activity()
    form = with_test(year, activity, items)
    for at, (first, second) in enumerate(zip(before, after, strict=True)):
        for part, answers in (("before", first), ("after", second)):
            if answers:
                sat(activity, form, f"{at:064x}", part, answers)
    return activity


BEFORE = ["abb"] * 20 + ["bbb"] * 12 + ["aab"] * 8
AFTER = ["aab"] * 20 + ["abb"] * 9 + ["bbb"] * 3 + ["aaa"] * 8


@pytest.mark.requirement("HMS-46")
def test_each_objective_and_item_carries_the_paired_difference_with_newcombes_interval_and_mcnemars_exact_p(
    year: Year,
) -> None:
    told = scores(taught(year, BEFORE, AFTER))
    assert told is not None and told.analysis is not None
    first, second, _ = told.items
    low, high = newcombe_paired(28, 9, 0, 3)
    assert (first.n, first.before, first.after) == (40, 70.0, 92.5)
    assert (first.difference, first.low, first.high) == pytest.approx((22.5, 100 * low, 100 * high))
    assert first.p == pytest.approx(stats.binomtest(9, 9, 0.5).pvalue)
    assert (first.label, first.objective, second.objective) == ("Item 1?", "Begin within the hour", "Name the bundle")
    assert [line.label for line in told.objectives] == ["Begin within the hour", "Name the bundle"]
    assert {size.name for size in told.overall.effects} == {"d_av", "d_z"} and told.overall.low is not None
    assert "d_av is the one to read beside it" in told.benchmark


@pytest.mark.requirement("HMS-46")
def test_holm_is_taken_over_the_items_and_the_family_is_said(year: Year) -> None:
    told = scores(taught(year, BEFORE, AFTER))
    assert told is not None
    p = [line.p for line in told.items if line.p is not None]
    ordered = sorted(p)
    assert min(line.adjusted for line in told.items if line.adjusted is not None) == pytest.approx(
        min(1, len(p) * ordered[0])
    )
    assert "the 2 objectives, and the 3 items" in told.family and told.overall.adjusted is None


@pytest.mark.requirement("HMS-46")
def test_the_primary_outcome_is_that_of_a_plan_fixed_before_the_first_test_afterwards(year: Year) -> None:
    activity = taught(year, BEFORE, AFTER)
    assert "every p value here is exploratory" in scores(activity).primary  # type: ignore[union-attr]  # there is a test
    plan = actions.fix_plan(year.cast.actor("evaluator"), year.cast.home, text=PLAN, activity=activity)
    assert "exploratory" in scores(activity).primary, "a plan of today comes after the data of March"  # type: ignore[union-attr]  # there is a test
    plan.fixed_at = plan.fixed_at.replace(year=2025)
    plan.save()
    assert plan.plan_hash[:12] in scores(activity).primary  # type: ignore[union-attr]  # there is a test


@pytest.mark.requirement("HMS-46")
def test_unmatched_learners_are_counted_and_in_no_pair_and_later_attempts_do_not_count(year: Year) -> None:
    activity = taught(year, [*BEFORE, *["aaa"] * 6, *[""] * 5], [*AFTER, *[""] * 6, *["aaa"] * 5])
    form = activity.forms.get(use="test").instrument
    for at in range(7):
        sat(activity, form, f"{at:064x}", "again", "aaa")
    told = scores(activity)
    assert told is not None
    assert (told.overall.n, told.only_before, told.only_after, told.later_attempts) == (40, 6, 5, 7)
    assert told.items[2].after == 20.0, "the later attempts had all of it right"
    said = " ".join(told.notes)
    assert (
        "With all 51 who took either test (GEE" in said and "those who took the test only then had 100 % right" in said
    )
    assert (
        "6 only before and 5 only after took it and are in no pair. 7 later attempts are left out" in told.matched_words
    )


def test_mostly_unmatched_answers_are_not_tested(year: Year) -> None:
    told = scores(taught(year, [*BEFORE[:12], *["bbb"] * 30], [*AFTER[:12], *[""] * 30]))
    assert told is not None
    assert told.overall.p is None and told.overall.low is None and {line.p for line in told.items} == {None}
    assert "Only 12 of 42 people have both answers" in told.notes[0]


@pytest.mark.parametrize(("n", "before", "low"), [(4, None, None), (7, 0.0, None), (12, 0.0, 100.0)])
def test_few_pairs_are_hidden_some_are_described_and_enough_carry_an_interval(
    year: Year, n: int, before: float | None, low: float | None
) -> None:
    told = scores(taught(year, ["bbb"] * n, ["aaa"] * n))
    assert told is not None
    line = told.items[0]
    assert line.before == before and (line.low is None) == (low is None)


@pytest.mark.requirement("HMS-46")
def test_the_items_are_analysed_with_kr20_distractors_and_flags(year: Year) -> None:
    after = ["aaab"] * 10 + ["aabb"] * 10 + ["abbb"] * 10 + ["bbbb"] * 4 + ["bbba"] * 1
    told = scores(taught(year, ["bbbb"] * 35, after, items=4))
    assert told is not None and told.analysis is not None
    analysis = told.analysis
    assert (
        analysis.n == 35
        and analysis.kr20 is not None
        and analysis.low is not None
        and analysis.low < analysis.kr20 < analysis.high
    )
    first, *_, last = analysis.lines
    right, rest = [1] * 30 + [0] * 5, [2] * 10 + [1] * 10 + [0] * 14 + [1]
    assert first.difficulty == pytest.approx(100 * 30 / 35) and first.rest == pytest.approx(
        statistics.correlation(right, rest)
    )
    assert first.flags == ()
    assert set(last.flags) == {"too hard", "weak", "a wrong answer drew more than the key"}
    assert [(one.text, one.chosen, one.is_key) for one in last.answers] == [
        ("Answer b", None, False),
        ("Answer a", None, True),
    ]


@pytest.mark.parametrize(
    ("steps", "shown"),
    [
        ({0: 20, 1: 24, 2: 12, -1: 6}, (("1 item fewer", 6), ("no change", 20), ("1 item more", 24), ("2 items more", 12))),
        ({0: 20, 1: 24, 2: 10, 3: 3}, (("no change", 20), ("1 item more", 24), ("2 to 3 items more", 13))),
        ({0: 20, 1: 2, 2: 10, 3: 3}, (("no change", 20), ("1 to 3 items more", 15))),
        ({0: 20, 1: 9, -1: 1}, (("as many right or fewer", 21), ("1 item more", 9))),
        ({-2: 8, 0: 20, 1: 1}, (("2 items fewer", 8), ("1 item fewer", 0), ("as many right or more", 21))),
        ({-1: 3, 0: 20, 1: 3}, ()),
    ],
)  # fmt: skip
def test_no_bar_of_the_distribution_tells_of_few(steps: dict[int, int], shown: tuple[tuple[str, int], ...]) -> None:
    assert joined_changes(Counter(steps), 5) == shown


def test_of_few_people_items_are_counted_and_the_reason_is_told(year: Year) -> None:
    told = scores(taught(year, BEFORE[:12], AFTER[:12]))
    assert told is not None and told.analysis is not None
    assert told.analysis.kr20 is None and "12 people answered" in told.analysis.reason
    first = told.analysis.lines[0]
    assert (first.difficulty, first.rest, [(one.text, one.chosen) for one in first.answers]) == (
        100.0,
        None,
        [("Answer a", 12)],
    )


def test_a_test_taken_afterwards_is_objective_at_the_level_of_its_items(year: Year) -> None:
    activity = taught(year, BEFORE, AFTER)
    FormDone.objects.create(activity=activity, person=year.people(1)[0], part="after", done_on=activity.starts_on)
    assert levels([activity.pk])[activity.pk].objective == "3b"


def test_without_a_test_nothing_is_said_of_it(year: Year) -> None:
    assert scores(year.activity()) is None
