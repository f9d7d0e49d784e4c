"""Codes people make themselves: pairs where each is the other's nearest, and everything else told."""

from __future__ import annotations

import pytest

from lifelong.kernel.problems import Problem
from lifelong.loop.surveys.codes import as_csv, compared, pair, read_forms

ANNA, BERT, CARL = "a,03,m,oslo,2", "b,17,k,rome,1", "c,09,t,bern,3"


def paired(before: str, after: str, tolerance: int = 1) -> tuple[int, int, int, int, int]:
    """Pairs, ambiguous before and after, unmatched before and after."""
    found = pair(read_forms(before, "before"), read_forms(after, "after"), tolerance)
    return (
        len(found.pairs), len(found.ambiguous_before), len(found.ambiguous_after), len(found.unmatched_before), len(found.unmatched_after)
    )  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "tolerance", "expected"),
    [
        (f"{ANNA}\n{BERT}", f"{BERT}\n{ANNA.upper()}", 0, (2, 0, 0, 0, 0)),
        (ANNA, "a,03,m,oslo,4", 0, (0, 0, 0, 1, 1)),
        (ANNA, "a,03,m,oslo,4", 1, (1, 0, 0, 0, 0)),
        (ANNA, "a,03,x,oslo,4", 1, (0, 0, 0, 1, 1)),
        (ANNA, "a,03,x,oslo,4", 2, (1, 0, 0, 0, 0)),
        (f"{ANNA}\n{ANNA}", ANNA, 1, (0, 2, 1, 0, 0)),
        (ANNA, "a,03,m,oslo,4\na,03,m,oslo,5", 1, (0, 1, 2, 0, 0)),
        (ANNA, f"{ANNA}\na,03,m,oslo,5", 1, (1, 0, 1, 0, 0)),
        ("a,,m,oslo,2", "a,,m,oslo,2", 0, (0, 0, 0, 1, 1)),
        (f"{ANNA}\n{BERT}", CARL, 2, (0, 0, 0, 2, 1)),
        ("", CARL, 1, (0, 0, 0, 0, 1)),
    ],
)
def test_each_form_is_paired_with_its_one_nearest_or_told(
    before: str, after: str, tolerance: int, expected: tuple[int, ...]
) -> None:
    assert paired(before, after, tolerance) == expected


def test_those_who_could_not_be_paired_stand_beside_the_pairs() -> None:
    before, after = read_forms(f"{ANNA};4\n{BERT};1", "before"), read_forms(f"{ANNA};8\n{CARL};2", "after")
    found = pair(before, after, 0)
    told = compared(before, after, found)
    assert (told.n, told.before, told.after, told.difference) == (1, 4.0, 8.0, 4.0)
    assert (told.all_before, told.all_after) == (2.5, 5.0)
    assert as_csv(before, after, found).split() == ["id,pre,post,differ", "pair0001,4.0,8.0,0"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a,b,c,d", "4 elements"),
        ("';=1", "1 elements"),
        (";4", "0 elements"),
        ("x" * 200_000, "0 elements"),
        (f"{ANNA}\na,b,c,d,e,f", "Line 2 has 6"),
        (f"{ANNA};many", "not a number"),
        (f"{ANNA};nan", "not a number"),
    ],
)
def test_lines_that_are_no_codes_are_named(text: str, says: str) -> None:
    with pytest.raises(Problem, match=says):
        read_forms(text, "before")


def test_a_loose_match_is_refused() -> None:
    with pytest.raises(Problem, match="finds strangers"):
        pair(read_forms(ANNA, "before"), read_forms(ANNA, "after"), 3)
