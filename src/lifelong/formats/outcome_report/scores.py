"""Facts of a test taken before and after: per objective and per item, with what stands behind each figure. None: too few people."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Effect:
    """A size of effect by its name (d_av, d_z, odds ratio ...): a bare number without its name is none."""

    name: str
    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """Share right (percent) of the same learners before and after, first attempts; `difference` in percentage points.

    `p` and `adjusted` (Holm, within the family) are None where nothing was tested; `test` says what was.
    """

    label: str
    items: int
    n: int
    before: float | None = None
    after: float | None = None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    adjusted: float | None = None
    test: str = ""
    effects: tuple[Effect, ...] = ()
    objective: str = ""  # of an item


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """One answer offered by an item: how many chose it after the activity (None: hidden), and whether it is the key or drew more than the key."""

    text: str
    chosen: int | None
    is_key: bool
    more_than_key: bool


@dataclass(frozen=True, slots=True)
class ItemLine:
    """One item after the activity: `difficulty` is the share right, `rest` the correlation with all other items."""

    label: str
    difficulty: float
    rest: float | None
    flags: tuple[str, ...] = ()
    answers: tuple[AnswerLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Items:
    """The item analysis of the test after the activity: KR-20 with its interval, and the items; only counts, with a reason, where it does not run."""

    n: int
    kr20: float | None = None
    low: float | None = None
    high: float | None = None
    lines: tuple[ItemLine, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Scores:
    """A test before and after. Nobody unmatched is in a pair: `only_before` and `only_after` count them, `notes` say what they change.

    `later_attempts` were left out; `change`: (words, people) from worse to better; `benchmark` is printed beside the effect size.
    """

    overall: ScoreLine
    objectives: tuple[ScoreLine, ...]
    items: tuple[ScoreLine, ...]
    only_before: int
    only_after: int
    later_attempts: int
    primary: str
    family: str
    benchmark: str = ""
    change: tuple[tuple[str, int], ...] = ()
    analysis: Items | None = None
    notes: tuple[str, ...] = ()

    @property
    def matched_words(self) -> str:
        """Who is in the pairs and who is not, in a sentence."""
        apart = [
            f"{n:,} {words}" for n, words in ((self.only_before, "only before"), (self.only_after, "only after")) if n
        ]
        left = f"; {' and '.join(apart)} took it and are in no pair" if apart else "; nobody took it only once"
        later = (
            f" {self.later_attempts:,} later attempts are left out: the first is the outcome."
            if self.later_attempts
            else ""
        )
        return f"{self.overall.n:,} learners took the test before and after, paired by their own code{left}.{later}"


def p_words(p: float | None) -> str:
    """A p value as journals print it: "0.032", "< 0.001", a dash where nothing was tested."""
    if p is None:
        return "–"
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def effect_words(line: ScoreLine) -> str:
    """The effect sizes of a line by name with their intervals."""
    said = []
    for one in line.effects:
        span = f" ({_size(one.low)} to {_size(one.high)})" if one.low is not None and one.high is not None else ""
        said.append(_minus(f"{one.name} {_size(one.value)}{span}"))
    return ", ".join(said) or "–"


def _size(value: float) -> str:
    """Two decimals of a small number; a ratio of hundreds is only said to be large."""
    if abs(value) >= 100:
        return "over 100"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _minus(words: str) -> str:
    """A true minus sign before numbers, never in words."""
    return re.sub(r"(?<![\w])-(?=\d)", "−", words)


def difference_words(line: ScoreLine) -> str:
    """The paired difference in percentage points with its interval."""
    if line.difference is None:
        return "–"
    span = f" ({line.low:+.0f} to {line.high:+.0f})" if line.low is not None and line.high is not None else ""
    return _minus(f"{line.difference:+.0f}{span}")


def score_sentence(scores: Scores) -> str:
    """The whole test in a sentence for the first page; "" where too few took it twice."""
    one = scores.overall
    if one.before is None or one.after is None or one.difference is None:
        return ""
    span = f" (95 % interval {one.low:+.0f} to {one.high:+.0f})" if one.low is not None and one.high is not None else ""
    sizes = f"; {effect_words(one)}" if one.effects else ""
    found = _minus(
        f"{one.before:.0f} % right before, {one.after:.0f} % after: {one.difference:+.0f} points{span}, n {one.n:,} matched{sizes}."
    )
    if one.low is not None and one.high is not None and one.low <= 0 <= one.high:
        return f"{found} The interval includes no change."
    return found
