"""Nobody is found by subtraction: what is hidden stays hidden when everything shown is taken from the total (A20)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lifelong.kernel.problems import NotFound
from lifelong.loop.improvement import reads
from lifelong.loop.improvement.actions import measure_year
from lifelong.loop.improvement.measured import Behind, fold_small, shown_lines
from loop.improvement.a_year import YEAR, Year

LEAST = 5
lines = st.lists(
    st.integers(0, 30).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n), st.integers(min(n, 1), max(n, 1)), st.integers(n, n + 20))),
    max_size=12,
)  # fmt: skip


@given(lines)
def test_total_minus_what_is_shown_is_never_a_small_group(drawn: list[tuple[int, int, int, int]]) -> None:
    behind = [Behind(i, count, n, asked, min(people, n)) for i, (count, n, people, asked) in enumerate(drawn)]
    shown = shown_lines(behind, LEAST)
    told = [line for line in shown if line.n]
    assert all(line.n >= LEAST for line in told if line.n is not None)
    hidden = sum(b.n for b in behind) - sum(line.n or 0 for line in told)
    alone = [line for line in shown if line.activity_id is not None]
    by_id = {b.activity_id: b for b in behind}
    assert all(line.n is None or by_id[line.activity_id or 0].people >= LEAST or not line.n for line in alone)
    if any(line.n for line in alone):  # something is shown by itself: then the rest is nothing or a group
        rest = sum(b.n for b in behind) - sum(line.n or 0 for line in alone)
        assert rest == 0 or rest >= LEAST
    assert hidden == 0 or not any(line.n for line in alone)


@given(st.dictionaries(st.text("abcdefgh", min_size=1, max_size=3), st.integers(0, 40), max_size=9))
def test_tables_of_people_have_no_small_cell_and_none_by_subtraction(counts: dict[str, int]) -> None:
    shown = fold_small(counts, LEAST, "others")
    assert all(n >= LEAST for _, n in shown)
    hidden = sum(counts.values()) - sum(n for _, n in shown)
    assert hidden == 0 or not shown


def test_seven_and_twenty_three_of_thirty(year: Year) -> None:
    """The classic: with 3, 7 and 23 the 3 would be the total minus the others."""
    behind = [Behind(1, 2, 3, 3, 3), Behind(2, 5, 7, 7, 7), Behind(3, 20, 23, 23, 23)]
    shown = shown_lines(behind, LEAST)
    assert [(line.activity_id, line.n) for line in shown] == [(3, 23), (None, 10)]


@pytest.mark.requirement("HMS-44")
def test_from_a_number_to_its_activities_and_single_answers_without_names(year: Year) -> None:
    (result,) = year.only("performance_change_made")
    big, small, middle = year.activity("Sepsis"), year.activity("Stroke"), year.activity("Asthma")
    year.followed(big, ["fully"] * 9 + ["no_longer"], words="Done, ask Guest1X3 Example4 or call 617 555 0100")
    year.followed(middle, ["fully"] * 6)
    year.followed(small, ["fully"] * 2, words="Told by the two of us")
    measure_year(year.cast.actor("director"), year.cast.home, YEAR)
    seen = reads.drill(year.cast.actor("director"), year.cast.home, result.pk, YEAR)
    assert [(line.title, line.shown.n) for line in seen.lines] == [("Sepsis", 10), ("2 smaller activities together", 8)]
    assert len(seen.quotes) == 10
    words = " ".join(seen.quotes)
    assert "Example" not in words and "617" not in words and "two of us" not in words
    assert reads.drill(year.cast.actor("leader"), year.cast.home, result.pk, YEAR).quotes == (), "leaders read numbers"


def test_of_a_suppressed_number_nothing_is_listed(year: Year) -> None:
    (result,) = year.only("performance_change_made")
    year.followed(year.activity(), ["fully"] * 3, words="x")
    measure_year(year.cast.actor("director"), year.cast.home, YEAR)
    seen = reads.drill(year.cast.actor("director"), year.cast.home, result.pk, YEAR)
    assert (seen.lines, seen.quotes, seen.line.value) == ((), (), None)
    assert "no number is shown" in seen.line.spoken


@pytest.mark.parametrize(
    "who", ["stranger", "learner", "other_director", "other_leader", "finance", "series_coordinator"]
)
def test_strangers_see_no_result(year: Year, who: str) -> None:
    result = year.result("performance_change_made")
    for look in (
        lambda viewer: reads.drill(viewer, year.cast.home, result.pk, YEAR),
        lambda viewer: reads.attainment(viewer, year.cast.home, YEAR),
        lambda viewer: reads.improvements(viewer, year.cast.home),
        lambda viewer: reads.reports(viewer, year.cast.home),
    ):
        with pytest.raises(NotFound):
            look(year.cast.actor(who))
