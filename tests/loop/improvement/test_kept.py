"""A large year is counted by a job, and pages read what it kept; a small year is counted whenever somebody looks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from lifelong.kernel import clock
from lifelong.kernel import effects as outbox
from lifelong.kernel.access import Actor, Role
from lifelong.kernel.models import AuditEvent, Effect
from lifelong.kernel.problems import NotAllowed, NotFound
from lifelong.loop.improvement import actions, audience, counting, coverage, indicators, kept, kept_reads, synthesis
from lifelong.loop.improvement.actions.year import count_again
from lifelong.loop.improvement.kept import BeingCounted
from lifelong.loop.improvement.models import Attainment, KeptFigures
from lifelong.loop.people.models import RoleGrant
from lifelong.loop.people.reads import actor_of
from lifelong.loop.program.models import AccreditedProvider
from loop.improvement.a_year import YEAR, Year

ANSWERED = "competence_planned_change"


@pytest.fixture
def large(year: Year, monkeypatch: pytest.MonkeyPatch) -> Year:
    """A year with twelve attendances, where more than ten are many."""
    monkeypatch.setattr(kept, "LARGE", 10)
    year.only(ANSWERED)
    year.attended(year.activity("Sepsis rounds"), year.people(12), planned=6)
    return year


def jobs() -> int:
    return Effect.objects.filter(name="count_figures", state="waiting").count()


def counted(year: Year) -> None:
    counting.ask_for_due()
    outbox.perform_all()


READS: dict[str, Callable[[Actor, AccreditedProvider, int], Any]] = {
    "dashboard": kept_reads.dashboard,
    "year-end": synthesis.figures,
    "lists": coverage.matrices,
    "core": coverage.iom,
    "specialties": coverage.specialties,
    "crossed": coverage.specialties_by_profession,
    "shares": coverage.shares,
    "marks": kept_reads.marks,
    "audience": audience.audience,
}


@pytest.mark.parametrize("name", kept.FIGURES)
def test_kept_facts_are_read_as_they_were_counted(large: Year, name: str) -> None:
    figures, home = kept.FIGURES[name], large.cast.home
    found = figures.count(home, YEAR)
    kept.keep(home, YEAR, {name: found}, clock.now())
    assert figures(home, YEAR) == found


@pytest.mark.parametrize("name", READS)
def test_a_small_year_is_counted_whenever_somebody_looks(year: Year, name: str) -> None:
    activity, director, home = year.activity(), year.cast.actor("director"), year.cast.home
    year.attended(activity, year.people(12))
    READS[name](director, home, YEAR)
    assert not KeptFigures.objects.exists() and jobs() == 0


def test_in_a_small_year_who_comes_now_is_counted_now(year: Year) -> None:
    activity, director, home = year.activity(), year.cast.actor("director"), year.cast.home
    year.attended(activity, year.people(12))
    assert audience.audience(director, home, YEAR).learners == 12
    year.attended(year.activity(), year.people(3, "late"))
    assert audience.audience(director, home, YEAR).learners == 15


@pytest.mark.parametrize("name", READS)
def test_a_large_year_asks_the_job_once_and_says_so(large: Year, name: str) -> None:
    director, home = large.cast.actor("director"), large.cast.home
    for _ in range(3):
        with pytest.raises(BeingCounted) as refusal:
            READS[name](director, home, YEAR)
        assert refusal.value.reasons[0].sentence == f"The figures of {YEAR} are being counted."
    assert jobs() == 1
    outbox.perform_all()
    READS[name](director, home, YEAR)
    assert jobs() == 0 and KeptFigures.objects.get().asked_at is None


def test_a_page_of_a_large_year_reads_what_was_kept(large: Year) -> None:
    director, home = large.cast.actor("director"), large.cast.home
    counted(large)
    large.attended(large.activity("Late rounds"), large.people(3, "late"))
    assert audience.audience(director, home, YEAR).learners == 12
    assert kept_reads.dashboard(director, home, YEAR).people == 12
    KeptFigures.objects.update(computed_at=clock.now() - dt.timedelta(hours=2))
    counted(large)
    assert audience.audience(director, home, YEAR).learners == 15
    assert kept_reads.dashboard(director, home, YEAR).people == 15


def test_the_calendar_counts_each_figure_once_an_hour(large: Year) -> None:
    assert counting.ask_for_due() == len(counting.HOURLY)
    assert counting.ask_for_due() == 0  # asked for, not yet counted
    outbox.perform_all()
    assert counting.ask_for_due() == 0
    KeptFigures.objects.update(computed_at=clock.now() - dt.timedelta(minutes=61))
    assert counting.ask_for_due() == len(counting.HOURLY)
    assert set(KeptFigures.objects.values_list("provider", flat=True)) == {
        large.cast.home.pk
    }  # the other program is small


def test_a_year_gone_by_is_counted_again_once_a_day(large: Year) -> None:
    home, past = large.cast.home, YEAR - 3
    kept.keep(
        home, past, {"audience": kept.FIGURES["audience"].count(home, past)}, clock.now() - dt.timedelta(hours=20)
    )
    counted(large)
    assert KeptFigures.objects.get(year=past).computed_at < clock.now() - dt.timedelta(hours=19)
    KeptFigures.objects.filter(year=past).update(computed_at=clock.now() - dt.timedelta(hours=25))
    counted(large)
    assert KeptFigures.objects.get(year=past).computed_at > clock.now() - dt.timedelta(hours=1)


def test_a_job_that_was_lost_is_asked_for_again(large: Year) -> None:
    counting.ask_for_due()
    Effect.objects.all().delete()
    KeptFigures.objects.update(asked_at=clock.now() - dt.timedelta(hours=3))
    assert counting.ask_for_due() == len(counting.HOURLY)


def test_a_job_repeated_counts_nothing_twice_and_newer_facts_stay(large: Year) -> None:
    home, at = large.cast.home, clock.now()
    counted(large)
    row = KeptFigures.objects.get(name="audience")
    kept.count_figures(row.pk)
    kept.keep(home, YEAR, {"audience": 0}, at - dt.timedelta(minutes=5))
    again = KeptFigures.objects.get(name="audience")
    assert (again.computed_at, again.facts) == (row.computed_at, row.facts)


@pytest.mark.parametrize("facts", [None, {}, {"learners": 3}, [1]])
def test_facts_of_another_shape_are_counted_again_not_shown(large: Year, facts: object) -> None:
    counted(large)
    KeptFigures.objects.filter(name="audience").update(facts=facts)
    with pytest.raises(BeingCounted):
        audience.audience(large.cast.actor("director"), large.cast.home, YEAR)
    outbox.perform_all()
    assert audience.audience(large.cast.actor("director"), large.cast.home, YEAR).learners == 12


def test_a_name_this_version_does_not_count_is_let_go(large: Year) -> None:
    kept.ask(large.cast.home, YEAR, ["gone"])
    outbox.perform_all()
    assert not KeptFigures.objects.filter(name="gone").exists()


# --- who may see them


@pytest.mark.parametrize("name", READS)
@pytest.mark.parametrize("who", ["series_coordinator", "stranger", "learner", "other_director"])
def test_kept_figures_of_the_program_do_not_exist_for_a_smaller_reach(large: Year, who: str, name: str) -> None:
    counted(large)
    with pytest.raises(NotFound):
        READS[name](large.cast.actor(who), large.cast.home, YEAR)


@pytest.mark.parametrize("name", READS)
def test_a_director_of_one_department_sees_no_figures_of_the_program_and_asks_for_none(large: Year, name: str) -> None:
    cast = large.cast
    person = cast.person("stranger")
    for role in (Role.DIRECTOR, Role.LEADER):
        RoleGrant.objects.create(
            person=person, role=role.value, provider=cast.home, organisation=cast.department, granted_at=clock.now()
        )
    with pytest.raises(NotFound):
        READS[name](actor_of(person), cast.home, YEAR)
    assert jobs() == 0
    counted(large)
    with pytest.raises(NotFound):
        READS[name](actor_of(person), cast.home, YEAR)


def test_small_groups_stay_hidden_in_what_is_kept(large: Year) -> None:
    large.attended(large.activity("Rare rounds"), large.people(3, "rare", "IS"))
    counted(large)
    cast = large.cast
    board = kept_reads.dashboard(cast.actor("leader"), cast.home, YEAR)
    assert dict(board.countries)["IS"] is None
    assert "IS" not in dict(audience.audience(cast.actor("director"), cast.home, YEAR).nations)


# --- the year measured


def test_a_large_year_keeps_what_is_behind_its_numbers(large: Year) -> None:
    cast = large.cast
    with pytest.raises(BeingCounted):
        indicators.measure(cast.home, ANSWERED, YEAR)
    actions.measure_year(cast.actor("director"), cast.home, YEAR)
    assert indicators.measure(cast.home, ANSWERED, YEAR) == indicators.counted(cast.home, [ANSWERED], YEAR)[ANSWERED]
    assert Attainment.objects.get(year=YEAR).value == 50


def test_an_answer_does_not_count_a_large_year_while_writers_wait(large: Year) -> None:
    cast = large.cast
    actions.measure_year(cast.actor("director"), cast.home, YEAR)
    large.attended(large.activity(), large.people(12), planned=12)
    rows, changed = actions.measure_results(cast.home, YEAR)
    assert not changed and [row.value for row in rows] == [50]
    actions.measure_year(cast.actor("director"), cast.home, YEAR)
    assert Attainment.objects.get(year=YEAR).value == 75


def test_the_year_is_counted_before_the_write_begins(large: Year, monkeypatch: pytest.MonkeyPatch) -> None:
    order: list[str] = []
    figures = indicators.INDICATORS[ANSWERED]
    told = kept.Figures(figures.name, figures.kind, lambda *asked: (order.append("counted"), figures.count(*asked))[1])
    monkeypatch.setitem(indicators.INDICATORS, ANSWERED, told)

    class Turn:
        def __enter__(self) -> None:
            order.append("write")

        def __exit__(self, *fault: object) -> None:
            order.append("written")

    monkeypatch.setattr("lifelong.kernel.action.turn", Turn)
    actions.measure_year(large.cast.actor("director"), large.cast.home, YEAR)
    assert order == ["counted", "write", "written"]


def test_a_number_counted_later_stays(year: Year) -> None:
    (result,) = year.only(ANSWERED)
    year.attended(year.activity(), year.people(12), planned=6)
    found, home = indicators.counted(year.cast.home, [ANSWERED], YEAR), year.cast.home
    began = clock.now() - dt.timedelta(minutes=3)
    Attainment.objects.create(expected_result=result, year=YEAR, value=75, n=9, asked=9, measured_at=clock.now())
    actions.year.keep_numbers(year.cast.actor("director"), home, YEAR, found, began)
    assert Attainment.objects.get(year=YEAR).value == 75


# --- count again


def test_who_improves_may_have_a_large_year_counted_again_and_it_is_on_record(large: Year) -> None:
    cast = large.cast
    counted(large)
    count_again(cast.actor("director"), cast.home, YEAR)
    count_again(cast.actor("director"), cast.home, YEAR)
    assert jobs() == len(counting.HOURLY)
    assert AuditEvent.objects.filter(verb="figures.asked").count() == 1
    for who in ("leader", "accreditor", "other_director"):
        with pytest.raises(NotAllowed):
            count_again(cast.actor(who), cast.home, YEAR)
