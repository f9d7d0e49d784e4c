"""Names in quotes of a full activity: found by the words of the texts, whatever the number of people."""

from __future__ import annotations

import time

import pytest

from lifelong.loop.surveys.quotes import Names, without_names, words_of

pytestmark = pytest.mark.files_only
MANY = [f"Given{n} Family{n}" for n in range(50_000)]


@pytest.mark.parametrize(
    ("name", "said", "quoted"),
    [
        ("Mary Ann van Dyk", "Ask mary ann VAN DYK first.", "Ask [name] first."),
        ("Seán O'Neil", "seán o'neil knows.", "[name] knows."),
        ("Ana St. John", "With Ana St. John again", "With [name] again"),
        ("Ana Example", "Ana wrote an example", "Ana wrote an example"),
    ],
)
def test_a_full_name_is_left_out_however_it_is_written(name: str, said: str, quoted: str) -> None:
    assert without_names(said, Names([name, *MANY[:10]])) == quoted
    given, family = name.rsplit(" ", 1)
    possible = words_of([said])
    assert "[name]" not in quoted or given.lower() in possible or family.lower() in possible, (
        "or nobody would look it up"
    )


def test_the_time_does_not_grow_with_the_number_of_people() -> None:
    """Two hundred comments beside fifty thousand names; a pattern of all names would take minutes."""
    names = Names(MANY)
    began = time.process_time()
    said = [without_names(f"Given{n} Family{n} and I looked again at dose and time.", names) for n in range(200)]
    assert time.process_time() - began < 1
    assert set(said) == {"[name] and I looked again at dose and time."}
