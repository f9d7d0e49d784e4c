"""Moore's levels as data: their order, their names, and the Kirkpatrick level each stands beside (outcomes §1)."""

from __future__ import annotations

from collections.abc import Iterable

LEVELS = ("1", "2", "3a", "3b", "4", "5", "6", "7")
NAMES = {
    "1": "Participation",
    "2": "Satisfaction",
    "3a": "Knowledge: knows what",
    "3b": "Knowledge: knows how",
    "4": "Competence",
    "5": "Performance",
    "6": "Patient health",
    "7": "Community health",
}
# Barr's variant splits 2 and 4; both codes are kept because faculty development and team education ask for Kirkpatrick
KIRKPATRICK = {"1": "", "2": "1", "3a": "2b", "3b": "2b", "4": "2b", "5": "3", "6": "4b", "7": "4b"}
KIRKPATRICK_CODES = ("1", "2", "2a", "2b", "3", "4", "4a", "4b")
# PARS knows five outcome levels; participation and satisfaction are none of them
PARS_LEVELS = {
    "3a": "Learner Knowledge",
    "3b": "Learner Knowledge",
    "4": "Learner Competence",
    "5": "Learner Performance",
    "6": "Patient Health",
    "7": "Community Health",
}
# the kinds of change an activity may be designed for (rule book accme, change.types)
CHANGE_OF = {"4": "competence", "5": "performance", "6": "patient_outcomes", "7": "patient_outcomes"}


def highest(levels: Iterable[str]) -> str:
    """The highest of these levels; "" of none."""
    return max(levels, key=LEVELS.index, default="")
