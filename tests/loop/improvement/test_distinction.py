"""Standing beside others: signs with their basis, criteria from the registers, the nation with year and source."""

from __future__ import annotations

import datetime as dt

import pytest

from lifelong.loop.improvement import actions, distinction
from lifelong.loop.people.models import Affiliation, LearnerProfile
from lifelong.loop.program.models import ReachBand
from loop.improvement.a_year import YEAR, Year


@pytest.mark.requirement("UMASS-23")
def test_the_dashboard_shows_commendation_awards_presentations_and_learners_from_other_states(year: Year) -> None:
    home, director = year.cast.home, year.cast.actor("director")
    ReachBand.objects.create(provider=home, key="state", label="Massachusetts", position=0, states="MA")
    here, away = year.people(15, "here"), year.people(5, "away")
    LearnerProfile.objects.filter(person__in=here).update(state="MA")
    LearnerProfile.objects.filter(person__in=away).update(state="NH")
    year.attended(year.activity("Rounds"), [*here, *away])
    for title, kind, on in (
        ("Six years", "commendation", dt.date(2024, 7, 1)),
        ("Prize", "award", dt.date(YEAR, 5, 1)),
        ("Older prize", "award", dt.date(2023, 5, 1)),
        ("Talk", "presentation", dt.date(YEAR, 6, 1)),
    ):
        actions.keep_distinction(director, home, title=title, kind=kind, by_whom="Council", on=on)
    seen = {sign.key: sign for sign in distinction.stands(director, home, YEAR).signs}
    assert (seen["commendation"].value, seen["awards"].value, seen["awards"].basis) == (
        "Yes",
        "1",
        f"in {YEAR}; 2 on record",
    )
    assert seen["presentations"].value == "1"
    assert (seen["afar"].label, seen["afar"].value, seen["afar"].basis) == (
        "Learners from outside MA",
        "25 %",
        "5 of 20 whose place is known",
    )


def test_too_few_people_from_afar_are_not_shown(year: Year) -> None:
    ReachBand.objects.create(provider=year.cast.home, key="state", label="Massachusetts", position=0, states="MA")
    here, away = year.people(9, "here"), year.people(2, "away")
    LearnerProfile.objects.filter(person__in=here).update(state="MA")
    year.attended(year.activity("Rounds"), [*here, *away])
    seen = {sign.key: sign for sign in distinction.stands(year.cast.actor("leader"), year.cast.home, YEAR).signs}
    assert seen["afar"].value == "–"


@pytest.mark.requirement("UMASS-07", "UMASS-13", "UCONN-29")
def test_registers_count_towards_commendation(year: Year) -> None:
    home, director = year.cast.home, year.cast.actor("director")
    for number in range(4):
        actions.keep_innovation(
            director, home, title=f"Own {number}", origin="own", approach="x", evidence="Shown" if number else ""
        )
    actions.keep_innovation(
        director, home, title="Seen elsewhere", origin="others", source="Elsewhere", approach="x", evidence="Shown"
    )
    found = {one.standing.criterion: one.standing for one in distinction.stands(director, home, YEAR).criteria}
    assert (found["INNOV"].count, found["INNOV"].needed, found["INNOV"].with_evidence, found["INNOV"].met) == (
        4,
        4,
        3,
        False,
    )
    assert (found["COLL"].count, found["COLL"].needed, found["RES"].needed) == (0, 4, 2)


def test_every_national_figure_has_its_year_and_source(year: Year) -> None:
    year.attended(year.activity("Rounds"), year.people(8))
    lines = {one.label: one for one in distinction.compared(year.cast.actor("leader"), year.cast.home, YEAR)}
    assert all(2010 < one.year < YEAR and one.source and one.url.startswith("https://") for one in lines.values())
    assert (lines["Activities"].ours, lines["Learner interactions"].ours, lines["Accredited providers"].ours) == (
        1,
        8,
        None,
    )
    assert (
        lines["Physicians among interactions, percent"].ours == 100
        and lines["Physicians among interactions, percent"].per_100_000 is None
    )
    assert lines["Activities"].per_100_000 == pytest.approx(100_000 / 230_000)


@pytest.mark.requirement("UCONN-32")
def test_learning_as_part_of_the_institution_is_counted(year: Year) -> None:
    home = year.cast.home
    ours = year.people(8, "ours")
    Affiliation.objects.filter(provider=home).delete()
    Affiliation.objects.bulk_create([Affiliation(person=one, provider=home) for one in ours])
    LearnerProfile.objects.filter(person__in=ours[:2]).update(career_level="resident")
    year.attended(year.activity("Rounds"), ours[:6])
    year.attended(year.activity("Course for practice"), ours[3:5])
    seen = {sign.key: sign for sign in distinction.stands(year.cast.actor("leader"), home, YEAR).signs}
    assert (seen["participation"].value, seen["participation"].basis) == ("75 %", "of 8 affiliated people")
    assert (seen["continuum"].value, seen["continuum"].basis[:13]) == ("1", "of 2 attended")
