"""Holes are as visible as what is covered; people are counted once, and never in groups that tell who they are."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from lifelong.loop.improvement import audience, coverage, marks
from lifelong.loop.improvement.audience import safe_rows
from lifelong.loop.people.models import Affiliation, LearnerProfile
from lifelong.loop.planning.models import Activity, ActivityTerm, AudienceCell, ContentReference
from lifelong.loop.program.models import ReachBand, Term
from loop.improvement.a_year import YEAR, Year
from loop.planning.lists import with_lists


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
    assert cost() == first <= 20  # of each of three reads, two ask whether its figures are kept or must be


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


# --- what activities say of themselves


def numbers(year: Year) -> dict[str, tuple[int, int, int]]:
    found = marks.marks(year.cast.actor("evaluator"), year.cast.home, YEAR)
    return {one.key: (one.n, one.said, one.of) for one in found}


@pytest.mark.requirement("HMS-27", "WASHU-17", "UMASS-35", "UMASS-25", "UCONN-34")
def test_shares_say_how_many_carry_a_mark_and_how_many_do_not_say(year: Year) -> None:
    with_lists(year.cast.home)
    Term.objects.create(provider=year.cast.home, taxonomy="content_area", key="leadership", label="Leadership")
    first, second, _silent = year.activity("First"), year.activity("Second"), year.activity("Silent")
    for taxonomy, key in (
        *(
            ("interactivity", "cases"),
            ("content_for", "allied_health"),
            ("content_for", "nurses"),
            ("population", "complex"),
        ),
        *(("ce_purpose", "professional_relationships"), ("content_area", "leadership")),
    ):
        carries(first, taxonomy, key)
    carries(second, "interactivity", "listening")
    carries(second, "content_for", "nurses")
    for activity, kind in ((first, "clinical_study"), (first, "clinical_study"), (second, "guideline")):
        ContentReference.objects.create(activity=activity, citation=kind, kind=kind)
    assert numbers(year) == {
        "interactive": (1, 2, 3), "allied_health": (1, 2, 3), "complex": (1, 1, 3), "relationships": (1, 1, 3),
        "primary_research": (1, 2, 3), "leadership": (1, 1, 3),
    }  # fmt: skip
    viewer, home = year.cast.actor("evaluator"), year.cast.home
    for key in numbers(year):
        label, rows = coverage.behind(viewer, home, YEAR, "mark", key)
        assert [row.title for row in rows] == ["First"], label


@pytest.mark.requirement("UMASS-25")
def test_the_shared_lists_and_the_evidence_are_maps_with_their_holes(year: Year) -> None:
    with_lists(year.cast.home)
    activity = year.activity("Advanced airway")
    carries(activity, "level", "advanced")
    carries(activity, "beneficiary", "public")
    ContentReference.objects.create(activity=activity, citation="A trial", kind="clinical_study")
    year.activity("Silent")
    viewer = year.cast.actor("evaluator")
    found = {one.key: one for one in coverage.matrices(viewer, year.cast.home, YEAR, own=False)}
    assert found["level"].empty == ("Introductory", "Intermediate")
    assert found["beneficiary"].empty == ("Patients", "The profession")
    cited = dict(zip((key for key, _ in found["reference"].rows), found["reference"].totals, strict=True))
    assert cited == {"clinical_study": 1, "guideline": 0, "review": 0, "other": 0, "none": 1}
    assert "theme" not in found and "level" not in {m.key for m in coverage.matrices(viewer, year.cast.home, YEAR)}


@pytest.mark.requirement("WASHU-31")
def test_translation_leads_from_the_study_to_the_change_in_practice(year: Year) -> None:
    told = year.activity("Statins after stroke", intended_change_text="Start before discharge.")
    bare = year.activity("From bench to bed")
    for activity in (told, bare):
        carries(activity, "theme", "research_translation")
    year.activity("Rounds")
    ContentReference.objects.create(activity=told, citation="A trial, 2025", kind="clinical_study")
    ContentReference.objects.create(activity=told, citation="A guideline", kind="guideline")
    found = marks.translations(year.cast.actor("evaluator"), year.cast.home, YEAR)
    assert [(one.activity.title, one.studies, one.change) for one in found] == [
        ("Statins after stroke", ("A trial, 2025",), "Start before discharge."), ("From bench to bed", (), ""),
    ]  # fmt: skip


@pytest.mark.requirement("UMASS-15")
def test_variety_is_how_much_of_each_list_is_taken_up(year: Year) -> None:
    with_lists(year.cast.home)
    carries(year.activity("One"), "level", "advanced")
    carries(year.activity("Two"), "level", "advanced")
    found = {one.label: (one.used, one.of) for one in marks.variety(year.cast.actor("evaluator"), year.cast.home, YEAR)}
    assert (found["Formats"], found["Level"], found["Themes"]) == ((1, 3), (1, 3), (0, 1))


def test_specialties_by_professions_count_activities_cell_by_cell(year: Year) -> None:
    with_lists(year.cast.home)
    viewer, home = year.cast.actor("evaluator"), year.cast.home
    assert coverage.specialties_by_profession(viewer, home, YEAR) is None
    Term.objects.create(provider=home, taxonomy="audience", key="residents", label="Residents", position=40)
    for title in ("All cells", "One cell"):
        activity = year.activity(title)
        for taxonomy, key in (*AUDIENCES, ("specialty", "general_surgery"), ("specialty", "dermatology")):
            carries(activity, taxonomy, key)
    mine = Term.objects.filter(provider=home)
    AudienceCell.objects.create(
        activity=activity, profession=mine.get(taxonomy="audience", key="nurses"), specialty=mine.get(key="dermatology")
    )
    found = coverage.specialties_by_profession(viewer, home, YEAR)
    assert found is not None
    counts = {
        key: dict(zip(found.columns, line, strict=True))
        for (key, _), line in zip(found.rows, found.counts, strict=True)
    }
    assert counts == {
        "dermatology": {"Physicians": 1, "Nurses": 2, "Residents": 0}, "general_surgery": {"Physicians": 1, "Nurses": 1, "Residents": 0},
    }  # fmt: skip
    assert found.totals == (2, 1) and found.unused == ("Residents",)


AUDIENCES = (("audience", "physicians"), ("audience", "nurses"))


@pytest.mark.requirement("UMASS-12")
def test_learners_are_counted_by_state_of_practice_and_by_state_of_licence(year: Year) -> None:
    ours, over_the_border = year.people(12, "ours"), year.people(6, "border")
    LearnerProfile.objects.filter(person__in=ours).update(state="MA", licence_state="MA")
    LearnerProfile.objects.filter(person__in=over_the_border).update(state="NH", licence_state="MA")
    year.attended(year.activity(), [*ours, *over_the_border])
    found = audience.audience(year.cast.actor("evaluator"), year.cast.home, YEAR)
    assert dict(found.states) == {"MA": 12, "NH": 6} and dict(found.licences) == {"MA": 18}
