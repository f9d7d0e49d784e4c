"""Counts that people typed: whole, not negative, none missing. A rate in a column of counts is a wrong plan, not a small error."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifelong.methods.result import Findings

Array = NDArray[np.float64]


def checked_counts(values: Any, column: str, field: str, findings: Findings) -> Array:
    """The counts as numbers. Refuses a missing, negative or fractional one with its first row."""
    found = np.asarray(values, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        wrong = np.flatnonzero(~((found >= 0) & (found == np.floor(found))))
    first = float(found[wrong[0]]) if len(wrong) else 0.0
    findings.must(
        not len(wrong),
        "counts.not_counts",
        f"Column {column} must hold whole numbers, zero or more; {len(wrong)} do not, the first is "
        f"{'empty' if first != first else format(first, 'g')}.",
        "Write how many there were, not a rate or a share; leave rows without a count out.",
        field,
    )
    return found


def check_spellings(codes: Collection[str], findings: Findings, field: str = "columns") -> None:
    """Refuse codes that are the same number written in two ways: a table program turned 2 into 2.0 in one column."""
    numbers: dict[float, str] = {}
    twice: list[str] = []
    for code in sorted(codes):
        try:
            number = float(code)
        except ValueError:
            continue
        if number in numbers:
            twice.append(f"{numbers[number]!r} and {code!r}")
        numbers[number] = code
    findings.must(
        not twice,
        "agreement.same_code_twice",
        f"The same code is written in two ways: {', '.join(twice[:3])}.",
        "Write each code alike in every column.",
        field,
    )
    folded: dict[str, str] = {}
    alike = [f"{folded.setdefault(code.casefold(), code)!r} and {code!r}" for code in sorted(codes)]
    alike = [words for words in alike if len(set(words.split(" and "))) > 1]
    findings.warn_if(
        bool(alike),
        "agreement.alike_codes",
        f"Codes differ only in capitals: {', '.join(alike[:3])}; they count as different.",
        "Write each code alike if it is one.",
    )
