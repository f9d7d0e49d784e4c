"""Holes are as visible as what is covered; people are counted once, and never in groups that tell who they are."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lifelong.loop.improvement import audience, coverage
from lifelong.loop.improvement.audience import safe_rows
from lifelong.loop.people.models import Affiliation, LearnerProfile
from lifelong.loop.planning.models import Activity, ActivityTerm
from lifelong.loop.program.models import ReachBand, Term
from loop.improvement.a_year import YEAR, Year


def carries(activity: Activity, taxonomy: str, key: str, label: str = "") -> None:
    term, _ = Term.objects.get_or_create(
        provider=activity.provider,
        taxonomy=taxonomy,
        key=key,
        defaults={"label": label or key.replace("_", " ").capitalize()},
    )
    ActivityTerm.objects.create(activity=activity, term=term)


@pytest.mark.requirement("WASHU-06", "TUFTS-25", "TUFTS-26", "TUFTS-27", "TUFTS-28", "WASHU-34")
def test_an_entry_that_no_activity_takes_up_is_named_as_empty(year: Year) -> None:
    Term.objects.create(provider=year.cast.home, taxonomy="theme", key="value", label="Value")
    for title in ("One", "Two"):
        carries(year.activity(title), "theme", "quality")
    found = {one.key: one for one in coverage.matrices(year.cast.actor("evaluator"), year.cast.home, YEAR)}
    theme = found["theme"]
    assert dict(zip((key for key, _ in theme.rows), theme.totals, strict=True)) == {"quality": 2, "value": 0}
    assert theme.empty == ("Value",)
    assert theme.counts[[key for key, _ in theme.rows].index("quality")][theme.columns.index("Live course")] == 2


@pytest.mark.parametrize("across", list(coverage.ACROSS))
def test_every_column_adds_up_to_the_activities_of_the_row(year: Year, across: str) -> None:
    carries(year.activity("One", intended_change="performance", organisation=year.cast.department), "theme", "quality")
    carries(year.activity("Two"), "theme", "quality")
    matrix = next(
        m for m in coverage.matrices(year.cast.actor("evaluator"), year.cast.home, YEAR, across) if m.key == "theme"
    )
    assert [sum(row) for row in matrix.counts] == list(matrix.totals) and sum(matrix.totals) == 2


def test_the_map_costs_the_same_whatever_the_number_of_activities(year: Year) -> None:
    viewer = year.cast.actor("evaluator")

    def cost() -> int:
        with CaptureQueriesContext(connection) as seen:
            coverage.matrices(viewer, year.cast.home, YEAR)
            coverage.shares(viewer, year.cast.home, YEAR)
            audience.audience(viewer, year.cast.home, YEAR)
        return len(seen)

    carries(year.activity("One"), "theme", "quality")
    first = cost()
    for n in range(6):
        carries(year.activity(f"Further {n}"), "theme", "quality")
    assert cost() == first <= 16


@pytest.mark.requirement("TUFTS-14")
def test_the_five_core_competencies_are_counted_once_an_activity_through_the_lists(year: Year) -> None:
    for key in ("patient_centered_care", "informatics", "quality_improvement"):
        Term.objects.create(provider=year.cast.home, taxonomy="iom", key=key, label=key)
    both = year.activity("Both ways")
    carries(both, "competency", "patient_care")
    carries(both, "iom", "patient_centered_care")
    carries(year.activity("By theme"), "theme", "quality_improvement")
    found = coverage.iom(year.cast.actor("evaluator"), year.cast.home, YEAR)
    assert found is not None
    assert dict(zip(found.columns, found.counts[-1], strict=True)) == {
        "informatics": 0,
        "patient_centered_care": 1,
        "quality_improvement": 1,
    }


@pytest.mark.requirement("TUFTS-04", "TUFTS-05", "UMASS-02")
def test_profession_by_affiliation_and_reach_add_up_to_the_learners(year: Year) -> None:
    home = year.cast.home
    for position, (key, states, nations) in enumerate(
        (("local", "MA", ""), ("national", "", "US"), ("international", "", ""))
    ):
        ReachBand.objects.create(provider=home, key=key, label=key, position=position, states=states, nations=nations)
    here, abroad = year.people(12, "here"), year.people(6, "abroad", country="IE")
    LearnerProfile.objects.filter(person__in=here).update(state="MA")
    LearnerProfile.objects.filter(person__in=here[:6]).update(profession="nurse")
    Affiliation.objects.bulk_create([Affiliation(person=one, provider=home) for one in here])
    first = year.activity("One")
    year.attended(first, here)
    year.attended(year.activity("Two"), [*here[:3], *abroad])
    found = audience.audience(year.cast.actor("director"), home, YEAR)
    assert found.learners == 18 == found.by_profession.total == found.by_reach.total
    assert dict(found.by_profession.rows) == {"Physicians": (6, 6), "Nurses": (6, 0)}
    assert dict(found.by_reach.rows) == {"local": (0, 12), "international": (0, 6)}
    LearnerProfile.objects.filter(person__in=here[:6]).update(country="IE", state="")
    moved = audience.audience(year.cast.actor("director"), home, YEAR)
    assert dict(moved.by_reach.rows)["international"] == (0, 12), "a change of country moves the learner"


@pytest.mark.parametrize(
    ("rows", "shown"),
    [
        ({"a": (9, 9), "b": (7, 8)}, {"a": (9, 9), "b": (7, 8)}),
        ({"a": (9, 9), "b": (7, 8), "c": (1, 20)}, {"a": (9, 9), "Several together": (8, 28)}),
        ({"a": (90, 9), "b": (2, 2), "c": (3, 3)}, {"a": (90, 9), "Several together": (5, 5)}),
        ({"a": (3, 0)}, {}),
        ({"a": (9, 2), "b": (9, 1)}, {}),
    ],
)
def test_no_small_group_can_be_had_by_subtraction(
    rows: dict[str, tuple[int, int]], shown: dict[str, tuple[int, int]]
) -> None:
    assert dict(safe_rows(rows, 5)) == shown


@pytest.mark.requirement("TUFTS-44", "TUFTS-59", "TUFTS-61", "HMS-06")
def test_methods_teams_and_pharmacy_are_shares_of_activities(year: Year) -> None:
    team = year.activity("Team rounds", is_interprofessional=True)
    carries(team, "audience", "pharmacist")
    alone = year.activity("Drug update")
    carries(alone, "audience", "pharmacist")
    Activity.objects.filter(pk=alone.pk).update(format="enduring_web")
    year.activity("Grand rounds")
    found = coverage.shares(year.cast.actor("evaluator"), year.cast.home, YEAR)
    assert found.activities == 3 and dict(found.methods)["Lecture"] == 3 and dict(found.methods)["Simulation"] == 0
    assert found.years == ((YEAR, 3, 1, 2, 1),)
    assert dict(found.pharmacy_formats) == {"Live course": 1, "Web module": 1}


@pytest.mark.requirement("HMS-17", "WASHU-09")
def test_specialties_split_into_medical_and_surgical_and_the_empty_ones_are_named(year: Year) -> None:
    surgeons, few = year.people(6, "surgeon"), year.people(2, "rare")
    LearnerProfile.objects.filter(person__in=surgeons).update(specialty="General surgery")
    LearnerProfile.objects.filter(person__in=few).update(specialty="Dermatology")
    year.attended(year.activity("Theatre safety"), [*surgeons, *few])
    found = coverage.specialties(year.cast.actor("evaluator"), year.cast.home, YEAR)
    assert ("General surgery", "surgical", 1) in found.lines and ("Dermatology", "medical", None) in found.lines
    assert dict(found.groups) == {"medical": 1, "surgical": 1, "other": 0}
    assert "Urology" in found.empty and "General surgery" not in found.empty
