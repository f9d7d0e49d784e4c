"""A learner's own plan: goals in their own words, and what of the catalogue fits them."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cast import Cast
from lifelong.kernel.access import Actor
from lifelong.kernel.guard import writes_open
from lifelong.kernel.problems import NotAllowed, NotFound, Problem
from lifelong.loop.evaluation import own_plan as plans
from lifelong.loop.planning.models import Activity
from lifelong.loop.surveys.models import LearningGoal
from taught import teach


def learner(cast: Cast) -> Actor:
    return Actor(person_id=cast.person("learner").pk)


def wants(cast: Cast, text: str) -> LearningGoal:
    viewer = learner(cast)
    return plans.write_goal(viewer, cast.home, person_id=viewer.person_id or 0, text=text)  # type: ignore[return-value]


@pytest.mark.requirement("UCONN-13")
def test_a_goal_is_suggested_the_activities_whose_words_fit(cast: Cast) -> None:
    for title in ("Hypertension in pregnancy", "Antibiotics: the shortest course that works", "Hand surgery"):
        teach(cast.home, title, ended_hours_ago=-48)
    goal = wants(cast, "When should I stop an antibiotic?")
    ((told,), _) = plans.own_plan(learner(cast))
    assert [one.title for one in told.suggested] == ["Antibiotics: the shortest course that works"]
    plans.choose_activity(learner(cast), goal, activity_id=told.suggested[0].pk)
    ((told,), _) = plans.own_plan(learner(cast))
    assert (told.chosen and told.chosen.title, told.suggested) == ("Antibiotics: the shortest course that works", ())


def test_what_nothing_fits_gets_no_suggestion_and_what_is_learned_is_kept(cast: Cast) -> None:
    teach(cast.home, "Hand surgery", ended_hours_ago=-48)
    goal = wants(cast, "Talking about prognosis")
    assert wants(cast, "  Talking  about prognosis ") == goal
    ((told,), _) = plans.own_plan(learner(cast))
    assert told.suggested == ()
    plans.finish_goal(learner(cast), goal)
    assert [one.row.text for one in plans.own_plan(learner(cast))[1]] == ["Talking about prognosis"]
    plans.remove_goal(learner(cast), goal)
    assert not LearningGoal.objects.exists()


@pytest.mark.parametrize("who", ["nurse", "director", "evaluator", "stranger"])
def test_nobody_else_reads_or_changes_the_plan(cast: Cast, who: str) -> None:
    goal, other = wants(cast, "Talking about prognosis"), cast.actor(who)
    with pytest.raises(NotFound):
        plans.own_goal(other, goal.pk)
    for act in (plans.finish_goal, plans.remove_goal):
        with pytest.raises(NotAllowed):
            act(other, goal)
    assert plans.own_plan(other) == ([], [])


def test_a_goal_has_words_and_a_plan_an_end(cast: Cast) -> None:
    with pytest.raises(Problem, match="no words"):
        wants(cast, "  ")
    with pytest.raises(Problem, match="below 300|characters"):
        wants(cast, "x" * 301)
    for number in range(plans.MOST_GOALS):
        wants(cast, f"Goal {number}")
    with pytest.raises(Problem, match="already"):
        wants(cast, "One more")


def test_an_activity_that_is_not_offered_cannot_be_chosen(cast: Cast) -> None:
    goal = wants(cast, "Sepsis")
    hidden = teach(cast.elsewhere, "Sepsis elsewhere")
    with pytest.raises(NotFound):
        plans.choose_activity(learner(cast), goal, activity_id=hidden.activity.pk)


def test_an_activity_for_other_people_cannot_be_chosen_by_its_number(cast: Cast) -> None:
    kept = teach(cast.home, "Sepsis for our own").activity
    outside = cast.actor("stranger")
    with writes_open("test"):
        Activity.objects.filter(pk=kept.pk).update(is_open_to_all=False)
    goal = plans.write_goal(outside, cast.home, person_id=outside.person_id or 0, text="Sepsis")
    with pytest.raises(NotFound):
        plans.choose_activity(outside, goal, activity_id=kept.pk)  # type: ignore[arg-type]  # written just now


def test_twenty_goals_search_the_catalogue_once(cast: Cast) -> None:
    teach(cast.home, "Sepsis", ended_hours_ago=-48)
    counts = []
    for rows in (1, 9):
        for number in range(rows):
            wants(cast, f"Sepsis {rows}-{number}")
        with CaptureQueriesContext(connection) as asked:
            assert all(one.suggested for one in plans.own_plan(learner(cast))[0])
        counts.append(len(asked))
    assert counts[0] == counts[1]
