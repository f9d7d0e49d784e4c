"""A gap has a description, a need, a source and a place in the order; a figure can be all its evidence."""

from __future__ import annotations

import io
from typing import Any

import pytest

from cast import Cast
from lifelong.kernel.problems import NotAllowed, NotFound, Problem
from lifelong.loop.needs import actions, reads
from lifelong.loop.needs.models import MeasurePoint, NeedsSource, PracticeGap
from lifelong.loop.program.models import ExpectedResult
from planned import a_gap, an_activity

OWN = b"measure_id,place,period_start,period_end,numerator,denominator\nSEP-1,Example Hospital,2026-01-01,2026-03-31,54,100\n"


@pytest.fixture
def point(cast: Cast) -> MeasurePoint:
    actions.import_measures(cast.actor("director"), cast.home, file=io.BytesIO(OWN), filename="own.csv")
    return MeasurePoint.objects.get()


@pytest.mark.requirement("TUFTS-07")
@pytest.mark.parametrize("kind", ["knowledge", "quality", "performance"])
def test_every_type_of_gap_is_taken(cast: Cast, kind: str) -> None:
    assert a_gap(cast, kind=kind).kind == kind


@pytest.mark.requirement("TUFTS-24", "TUFTS-22")
def test_a_figure_is_baseline_and_source_at_once(cast: Cast, point: MeasurePoint) -> None:
    gap = a_gap(cast, sources=[], measure_point_id=point.pk, target=80.0)
    assert (gap.baseline_id, gap.measure_id, gap.place_id) == (point.pk, point.measure_id, point.place_id)
    source = NeedsSource.objects.get(gap_sources__gap=gap)
    assert source.kind == "public_quality_data"
    assert "54 percent at Example Hospital, n 100" in source.citation


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"description": ""}, "R-NEED-1"),
        ({"description": "word " * 101}, "R-NEED-1"),
        ({"kind": "boredom"}, "R-NEED-1"),
        ({"needs": []}, "R-NEED-2"),
        ({"needs": [("wish", "More time.")]}, "R-NEED-2"),
        ({"needs": [("competence", "word " * 51)]}, "R-NEED-2"),
        ({"sources": []}, "R-NEED-2"),
        ({"priority": 9}, "needs.priority"),
        ({"priority_reason": " "}, "needs.priority"),
        ({"title": ""}, "needs.gap_title"),
    ],
)
@pytest.mark.requirement("HMS-29")
def test_a_gap_without_its_parts_is_refused(cast: Cast, changes: dict[str, Any], code: str) -> None:
    with pytest.raises(Problem) as refusal:
        a_gap(cast, **changes)
    assert code in {reason.rule for reason in refusal.value.reasons}
    assert not PracticeGap.objects.exists()


def test_a_retry_finds_its_gap_and_a_namesake_is_refused(cast: Cast) -> None:
    assert a_gap(cast).pk == a_gap(cast).pk
    with pytest.raises(Problem, match="An open gap has this title"):
        a_gap(cast, description="Something else entirely.")


def test_nothing_of_another_program_is_linked(cast: Cast, point: MeasurePoint) -> None:
    foreign = ExpectedResult.objects.filter(provider=cast.elsewhere).first()
    assert foreign is not None
    with pytest.raises(Problem, match="not one of the program"):
        a_gap(cast, expected_result_id=foreign.pk)
    with pytest.raises(Problem, match="not among the program's measures"):
        actions.register_gap(
            cast.actor("other_director"), cast.elsewhere, title="x", description="x", kind="quality", priority_reason="x",
            needs=[("competence", "x")], measure_point_id=point.pk,
        )  # fmt: skip


@pytest.mark.requirement("UMASS-33")
def test_a_gap_that_education_cannot_close_is_kept_and_nothing_is_planned_from_it(cast: Cast) -> None:
    gap = a_gap(cast, education_can_close=False)
    with pytest.raises(Problem, match="education cannot close"):
        an_activity(cast, gaps=[gap])


@pytest.mark.requirement("UMASS-34", "HMS-30", "HMS-05")
def test_gaps_across_specialties_are_found_in_their_order(cast: Cast) -> None:
    a_gap(cast, title="Third", priority=3, setting="research")
    a_gap(cast, title="Second", priority=2, disciplines="surgery, medicine", owner="team")
    a_gap(cast, title="First", priority=1)
    director = cast.actor("director")
    assert [gap.title for gap in reads.gaps(director, cast.home).rows] == ["First", "Second", "Third"]
    assert [gap.title for gap in reads.gaps(director, cast.home, inter_specialty=True).rows] == ["Second"]
    first = reads.gaps(director, cast.home, limit=2)
    assert [gap.title for gap in reads.gaps(director, cast.home, after=first.next_after).rows] == ["Third"]


def test_a_gap_is_closed_once_and_with_a_word(cast: Cast) -> None:
    gap = a_gap(cast)
    with pytest.raises(Problem, match="without a word why"):
        actions.close_gap(cast.actor("director"), gap, note=" ")
    closed = actions.close_gap(cast.actor("director"), gap, note="Reached.")
    assert (
        actions.close_gap(cast.actor("director"), gap, note="Again.").closing_note == closed.closing_note == "Reached."
    )
    assert a_gap(cast).pk != gap.pk


@pytest.mark.requirement("TUFTS-18", "TUFTS-19", "UMASS-30")
def test_a_source_is_of_the_program_s_list_and_can_be_found(cast: Cast) -> None:
    director = cast.actor("director")
    with pytest.raises(Problem) as refusal:
        actions.add_source(director, cast.home, kind="rumour", title="", citation="")
    assert [reason.rule for reason in refusal.value.reasons] == ["needs.source_kind", "needs.source_title", "R-NEED-2"]
    one = actions.add_source(director, cast.home, kind="guideline", title="G", citation="C 2026", publisher="Society")
    assert actions.add_source(director, cast.home, kind="guideline", title="G", citation="C 2026").pk == one.pk


@pytest.mark.parametrize("who", ["learner", "accreditor", "applicant", "other_director"])
def test_without_the_role_nothing_is_registered(cast: Cast, who: str) -> None:
    actor = cast.actor(who)
    with pytest.raises(NotAllowed):
        actions.add_source(actor, cast.home, kind="guideline", title="G", citation="C")
    with pytest.raises(NotAllowed):
        actions.register_gap(actor, cast.home, title="x", description="x", kind="quality")
    gap = a_gap(cast)
    with pytest.raises(NotAllowed):
        actions.close_gap(actor, gap, note="x")


def test_a_stranger_does_not_learn_that_a_gap_exists(cast: Cast) -> None:
    gap = a_gap(cast)
    for who in ("stranger", "other_director", "neighbour_applicant"):
        with pytest.raises(NotFound):
            reads.gap(cast.actor(who), cast.home, gap.pk)
