"""Codes of countries become names."""

from __future__ import annotations

import pytest

from lifelong.formats.countries import name_of, names


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("US", "United States"),
        ("ke", "Kenya"),
        (" ie ", "Ireland"),
        ("not stated", "not stated"),
        ("ZZ", "ZZ"),
        ("", ""),
    ],
)
def test_a_code_becomes_a_name_and_anything_else_stays(code: str, name: str) -> None:
    assert name_of(code) == name


def test_every_key_is_a_code_of_two_capital_letters() -> None:
    assert [code for code in names() if len(code) != 2 or not code.isalpha() or code != code.upper()] == []
    assert len(set(names().values())) == len(names())
