"""Pairing forms by codes that people made themselves (first letter of ..., day of ...): some are misremembered. Pure.

Yurek 2008 and others (outcomes, section 4): two thirds match letter by letter; allowing one or two elements to differ finds more,
and sometimes the wrong one. So a pair is made only where each is the other's one nearest; whatever fits two is told, not guessed.
"""

from __future__ import annotations

import csv
import io
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from lifelong.kernel.problems import problem

FEWEST_ELEMENTS, MOST_ELEMENTS = 5, 12
MOST_MISMATCHES = 2
MOST_FORMS = 1000
Code = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Coded:
    """One form: its code in elements, and a score where there is one."""

    code: Code
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Paired:
    """`pairs` are (place before, place after, elements that differ). `ambiguous` fit more than one form and are in no pair."""

    pairs: tuple[tuple[int, int, int], ...]
    ambiguous_before: tuple[int, ...]
    ambiguous_after: tuple[int, ...]
    unmatched_before: tuple[int, ...]
    unmatched_after: tuple[int, ...]

    @property
    def exact(self) -> int:
        return sum(differ == 0 for _, _, differ in self.pairs)


def read_forms(text: str, field: str) -> list[Coded]:
    """One form a line: the elements separated by commas; after a semicolon its score, if any. Raises `Problem` with the line."""
    found: list[Coded] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        code, _, score = line.partition(";")
        elements = _elements(code)
        if not FEWEST_ELEMENTS <= len(elements) <= MOST_ELEMENTS:
            raise problem(
                "codes.elements", f"Line {number} has {len(elements)} elements.", f"A code needs {FEWEST_ELEMENTS} to {MOST_ELEMENTS}, separated by commas.", field
            )  # fmt: skip
        if found and len(found[0].code) != len(elements):
            raise problem("codes.uneven", f"Line {number} has {len(elements)} elements, the first has {len(found[0].code)}.", "Give each code the same elements; leave a forgotten one empty.", field)  # fmt: skip
        found.append(Coded(elements, _score(score.strip(), number, field)))
    if len(found) > MOST_FORMS:
        raise problem("codes.many", f"There are {len(found)} forms.", f"Pair at most {MOST_FORMS} at once.", field)
    return found


def _elements(code: str) -> Code:
    try:
        cells = next(csv.reader([code]), [])
    except csv.Error:  # a cell beyond all measure: no code has one
        cells = []
    return tuple(one.strip().casefold() for one in cells)


def _score(text: str, number: int, field: str) -> float | None:
    if not text:
        return None
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise problem("codes.score", f"The score of line {number} is not a number: {text[:20]}.", "Write digits after the semicolon.", field)  # fmt: skip
    return found


def differing(one: Code, other: Code) -> int:
    """Elements that are not the same; an empty one is the same as none."""
    return sum(a != b or not a for a, b in zip(one, other, strict=True))


def pair(before: Sequence[Coded], after: Sequence[Coded], tolerance: int) -> Paired:
    """Pair each form with the one nearest on the other side, within `tolerance` differing elements (0 to 2)."""
    if not 0 <= tolerance <= MOST_MISMATCHES:
        raise problem("codes.tolerance", "So loose a match finds strangers.", f"Allow 0 to {MOST_MISMATCHES} elements to differ.", "tolerance")  # fmt: skip
    if before and after and len(before[0].code) != len(after[0].code):
        raise problem("codes.uneven", "The codes before and after have not the same number of elements.", "Ask for the same elements both times.", "after")  # fmt: skip
    near: dict[int, dict[int, int]] = defaultdict(dict)
    back: dict[int, dict[int, int]] = defaultdict(dict)
    for place, one in enumerate(before):
        for other_place, other in enumerate(after):
            differ = differing(one.code, other.code)
            if differ <= tolerance:
                near[place][other_place] = back[other_place][place] = differ
    pairs = []
    for place, others in near.items():
        best = _nearest(others)
        if best is not None and _nearest(back[best]) == place:
            pairs.append((place, best, others[best]))
    first, second = {one for one, _, _ in pairs}, {other for _, other, _ in pairs}
    return Paired(
        tuple(pairs),
        tuple(place for place in near if place not in first), tuple(place for place in sorted(back) if place not in second),
        tuple(place for place in range(len(before)) if place not in near),
        tuple(place for place in range(len(after)) if place not in back),
    )  # fmt: skip


def _nearest(others: dict[int, int]) -> int | None:
    """The one place that is nearest; None where two are equally near."""
    least = min(others.values())
    nearest = [place for place, differ in others.items() if differ == least]
    return nearest[0] if len(nearest) == 1 else None


@dataclass(frozen=True, slots=True)
class Compared:
    """Means of the pairs, and of all forms as two samples: where they disagree, who could not be paired matters."""

    n: int
    before: float | None
    after: float | None
    difference: float | None
    all_before: float | None
    all_after: float | None


def compared(before: Sequence[Coded], after: Sequence[Coded], paired: Paired) -> Compared:
    scored = [
        (one, other)
        for place, other_place, _ in paired.pairs
        if (one := before[place].score) is not None and (other := after[other_place].score) is not None
    ]
    first, second = _mean([one for one, _ in scored]), _mean([other for _, other in scored])
    return Compared(
        len(scored), first, second, None if first is None or second is None else second - first,
        _mean([one.score for one in before if one.score is not None]), _mean([one.score for one in after if one.score is not None]),
    )  # fmt: skip


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def as_csv(before: Sequence[Coded], after: Sequence[Coded], paired: Paired) -> str:
    """The pairs as an analysis plan reads them (wide): id, pre, post, how many elements differ. The ids say nothing."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["id", "pre", "post", "differ"])
    for number, (place, other, differ) in enumerate(sorted(paired.pairs), start=1):
        writer.writerow([f"pair{number:04}", before[place].score, after[other].score, differ])
    return out.getvalue()
