"""Each expected result is measured from what happened; the number says how sure it is and how many stand behind it."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lifelong.formats.profile.words import INDICATORS as WORDS
from lifelong.kernel import clock
from lifelong.loop.improvement.indicators import INDICATORS, measure
from lifelong.loop.needs.models import PracticeGap
from lifelong.loop.outcomes.models import ReachCount
from lifelong.loop.planning.models import ActivityGap, ActivityResult
from lifelong.loop.surveys.models import Answer, Instrument, Question, Response
from loop.improvement.a_year import YEAR, Year


def test_every_indicator_a_profile_may_name_is_computed() -> None:
    assert set(INDICATORS) == set(WORDS)


@pytest.mark.requirement("WASHU-24", "HMS-41")
def test_planned_change_is_a_share_of_evaluations_with_its_interval(year: Year) -> None:
    year.attended(year.activity(), year.people(10), planned=6, evaluated=8)
    found = measure(year.cast.home, "competence_planned_change", YEAR)
    assert (found.value, found.n, found.asked) == (75.0, 8, 10)
    assert found.low is not None and found.high is not None
    assert 40 < found.low < 75 < found.high < 93  # Wilson, 6 of 8


@pytest.mark.requirement("WASHU-25", "HMS-42")
def test_change_made_counts_full_and_part_and_tells_how_many_were_asked(year: Year) -> None:
    activity = year.activity()
    year.followed(activity, ["fully"] * 4 + ["partly"] * 2 + ["not_yet", "no_longer"] + [""] * 4)
    made = measure(year.cast.home, "performance_change_made", YEAR)
    adopted = measure(year.cast.home, "adoption_rate", YEAR)
    assert (made.value, made.n, made.asked) == (75.0, 8, 12)
    assert adopted.value == 50.0


def test_a_plan_asked_twice_counts_once_by_its_last_answer(year: Year) -> None:
    activity = year.activity()
    year.followed(activity, ["not_yet"] * 6, wave=45)
    year.followed(activity, ["fully"] * 5 + [""], wave=90)
    made = measure(year.cast.home, "performance_change_made", YEAR)
    assert (made.n, made.asked) == (6, 6)
    assert made.value == pytest.approx(100 * 5 / 6)


@pytest.mark.requirement("WASHU-23")
def test_knowledge_counts_activities_whose_matched_test_rose(year: Year) -> None:
    test = Instrument.objects.create(provider=year.cast.home, key="test", kind="test", title="Test")
    question = Question.objects.create(
        instrument=test, position=1, key="q1", kind="choice", text="?", correct_value="b"
    )
    for activity, right_before, right_after, pairs in (
        (year.activity(), 1, 5, 6),
        (year.activity(), 4, 2, 6),
        (year.activity(), 0, 3, 3),
    ):
        for wave, right in (("before", right_before), ("after", right_after)):
            for learner in range(pairs):
                response = Response.objects.create(
                    id=uuid.uuid4(), instrument=test, subject_type=wave, subject_id=1, activity_id=activity.pk, answered_on=activity.starts_on,
                    pseudonym=f"p{learner}",
                )  # fmt: skip
                Answer.objects.create(response=response, question=question, choice="b" if learner < right else "a")
    found = measure(year.cast.home, "knowledge_gain", YEAR)
    assert (found.value, found.n, found.asked) == (50.0, 2, 3), "one rose, one fell, one has too few pairs"


@pytest.mark.requirement("WASHU-26", "WASHU-27", "UMASS-37", "UMASS-38", "TUFTS-52", "TUFTS-53")
@pytest.mark.parametrize(
    ("key", "level"),
    [("care_process_improved", "5"), ("patient_outcomes_improved", "6"), ("population_measure_improved", "7")],
)
def test_figures_move_in_the_wanted_direction(year: Year, key: str, level: str) -> None:
    year.measured(year.activity(), 54, 61, level=level)
    year.measured(year.activity(), 12, 9, level=level, higher=False, key="HAI_1")
    year.measured(year.activity(), 70, 66, level=level)
    year.measured(year.activity(), 70, None, level=level)
    year.measured(year.activity(), 3, 4, level=level, higher=None, key="UNKNOWN")
    found = measure(year.cast.home, key, YEAR)
    assert (round(found.value or 0), found.n, found.asked) == (67, 3, 5)
    assert not found.is_suppressed, "published figures speak of no single person"


def test_one_figure_is_one_figure_however_many_activities_carry_it(year: Year) -> None:
    shared = year.measured(year.activity(), 54, 61, level="6")
    for _ in range(8):
        shared.pk, shared.activity = None, year.activity()
        shared.save(force_insert=True)
    year.measured(year.activity(), 70, 66, level="6")
    found = measure(year.cast.home, "patient_outcomes_improved", YEAR)
    assert (found.value, found.n, found.asked) == (50.0, 2, 2)
    assert len(found.behind) == 10


def test_a_window_before_the_activity_shows_nothing(year: Year) -> None:
    year.measured(year.activity(on=dt.date(2026, 11, 2)), 54, 61)
    found = measure(year.cast.home, "care_process_improved", YEAR)
    assert (found.value, found.n, found.asked) == (None, 0, 1)


@pytest.mark.requirement("HMS-43")
def test_reach_counts_people_countries_and_those_who_come_again(year: Year) -> None:
    community = year.activity("Heart health at the library", track="community")
    year.attended(community, year.people(6))
    ReachCount.objects.create(activity=community, on=community.starts_on, people=240, how="head count")
    abroad = year.activity()
    year.attended(abroad, year.people(2, "abroad", "CH") + year.people(6))
    year.attended(year.activity(on=dt.date(2025, 5, 5)), year.people(6)[:3])
    home = year.cast.home
    assert measure(home, "community_people_reached", YEAR).value == 246
    assert measure(home, "countries_reached", YEAR).value == 2
    again = measure(home, "returning_learners", YEAR)
    assert (again.value, again.n) == (37.5, 8)


def test_research_and_system_change_look_only_at_activities_meant_for_them(year: Year) -> None:
    research, system, other = year.activity(), year.activity(), year.activity()
    gap = PracticeGap.objects.create(
        provider=year.cast.home,
        title="Consent",
        description="d",
        kind="performance",
        setting="research",
        registered_at=clock.now(),
    )
    ActivityGap.objects.create(activity=research, gap=gap)
    wanted = year.result("system_changes_made")
    wanted.kind = "system_change"
    wanted.save()
    ActivityResult.objects.create(activity=system, expected_result=wanted)
    for activity, answers in ((research, ["fully"] * 5), (system, ["partly"] * 6), (other, ["no_longer"] * 9)):
        year.followed(activity, answers)
    assert measure(year.cast.home, "research_practice_change_made", YEAR).n == 5
    assert measure(year.cast.home, "system_changes_made", YEAR).n == 6


@pytest.mark.requirement("HMS-41")
def test_team_forms_are_counted_apart_from_single_evaluations(year: Year) -> None:
    form = Instrument.objects.create(provider=year.cast.home, key="team", kind="team", title="Team")
    question = Question.objects.create(instrument=form, position=1, key="team_change", kind="text", text="?")
    activity = year.activity(is_interprofessional=True)
    for said in ("Huddle at seven", "Closed loop", "Roles named", "Debrief", "", ""):
        response = Response.objects.create(
            id=uuid.uuid4(),
            instrument=form,
            subject_type="activity",
            subject_id=activity.pk,
            activity_id=activity.pk,
            answered_on=activity.starts_on,
        )
        Answer.objects.create(response=response, question=question, text=said)
    found = measure(year.cast.home, "team_competence_change", YEAR)
    assert (round(found.value or 0), found.n) == (67, 6)


@pytest.mark.parametrize("key", sorted(WORDS))
def test_nothing_happened_is_not_zero(year: Year, key: str) -> None:
    found = measure(year.cast.home, key, YEAR)
    assert (found.value, found.n, found.is_suppressed) == (None, 0, False)


def test_fewer_than_five_people_are_not_shown(year: Year) -> None:
    year.followed(year.activity(), ["fully"] * 4)
    found = measure(year.cast.home, "performance_change_made", YEAR)
    assert found.is_suppressed and found.value is None and found.low is None


def test_the_other_program_counts_nothing_of_this_one(year: Year) -> None:
    year.followed(year.activity(), ["fully"] * 9)
    assert measure(year.cast.elsewhere, "performance_change_made", YEAR).n == 0


@pytest.mark.parametrize("key", sorted(WORDS))
def test_the_number_of_queries_does_not_grow_with_the_activities(year: Year, key: str) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            measure(year.cast.home, key, YEAR)
        return len(seen)

    def one_more() -> None:
        activity = year.activity()
        year.attended(activity, year.people(5), planned=2)
        year.followed(activity, ["fully"] * 5)
        year.measured(activity, 50, 60, level="6")

    one_more()
    first = queries()
    one_more()
    one_more()
    assert queries() == first <= 6  # two of them ask whether the figure is kept or must be
