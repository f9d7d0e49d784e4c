"""Was the change measured that the activity was designed for?"""

from __future__ import annotations

from dataclasses import dataclass

from lifelong.rules.books import load_book
from lifelong.rules.verdict import Reason, Verdict, verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureFacts:
    """An outcome measure of the activity: the kind of change it tells about, and how many answers or cases it holds."""

    kind: str
    responses: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisFacts:
    """`designed_for`: the kinds of change the activity was designed for; `summary`: the written impact summary."""

    designed_for: tuple[str, ...]
    measures: tuple[MeasureFacts, ...] = ()
    summary: str = ""


def change_analysed(facts: AnalysisFacts) -> Verdict:
    """R-ANL-1 at close: data at each designed level, and a summary of what they say."""
    designed = [kind for kind in facts.designed_for if kind in load_book("accme").names("change.types")]
    return verdict([*(_unmeasured(kind, facts) for kind in designed), _undesigned(designed), _unsummarised(facts)])


def group_is_shown(responses: int) -> bool:
    """Whether a group of answers is large enough to be shown."""
    return responses >= load_book("lifelong").integer("evaluation.minimum_group")


def cell_is_shown(count: int) -> bool:
    """Whether a count of people may be shown: zero, or not below the small-cell limit."""
    return count == 0 or count >= load_book("lifelong").integer("privacy.small_cell")


def _unmeasured(kind: str, facts: AnalysisFacts) -> Reason | None:
    if any(measure.kind == kind and measure.responses > 0 for measure in facts.measures):
        return None
    words = kind.replace("_", " ")
    return Reason(
        "R-ANL-1",
        f"The activity was designed to change {words}, and no data tell whether it did.",
        "Add a measure with data, for example from the follow-up.",
        "measures",
    )


def _undesigned(designed: list[str]) -> Reason | None:
    if designed:
        return None
    return Reason("R-ANL-1", "The activity has no intended change to analyse.", "Choose one in the design.", "changes")


def _unsummarised(facts: AnalysisFacts) -> Reason | None:
    if facts.summary.strip():
        return None
    return Reason("R-ANL-1", "The impact summary is not written.", "Say what changed and how you know.", "summary")
