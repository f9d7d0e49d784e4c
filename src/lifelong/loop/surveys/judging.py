"""Whether a form can be answered. Knows no database; the kinds are those of `Question.Kind` and `Instrument.Kind`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from lifelong.kernel.problems import problem
from lifelong.loop.surveys.forms import NOT_APPLICABLE
from lifelong.loop.surveys.models import Instrument, Question

MOORE = ("1", "2", "3a", "3b", "4", "5", "6", "7")
KIRKPATRICK = ("1", "2", "2a", "2b", "3", "4", "4a", "4b")
LEAST_ITEMS = 3  # of one objective (outcomes, section 4)
POLLED = ("choice", "multi", "likert")
_LEADING = re.compile(
    r"\b(as a result of|because of|thanks to|after) (this|the|our) (activity|course|session|program)", re.I
)
_TWO_IDEAS = re.compile(r"\band\b", re.I)
_KEY = re.compile(r"[a-z0-9_-]{1,60}")


def refuse_unusable(title: str, kind: str, questions: Sequence[Mapping[str, Any]]) -> None:
    if not title.strip():
        raise problem("survey.title", "The form has no title.", "Give it one.", "title")
    if kind not in Instrument.Kind.values:
        raise problem(
            "survey.kind",
            "This kind of form is not known.",
            f"Choose one of {', '.join(Instrument.Kind.values)}.",
            "kind",
        )
    seen: set[str] = set()
    for question in questions:
        key, asks = question["key"], question.get("show_if_key", "")
        if key in seen:
            raise problem("survey.key", f"Two questions are called {key}.", "Give each its own key.", "questions")
        if not _KEY.fullmatch(key):
            raise problem(
                "survey.key", f"{key} cannot be the key of a question.", "Use small letters, digits and _.", "questions"
            )
        if not str(question.get("text", "")).strip():
            raise problem("survey.text", "A question asks nothing.", "Write its text.", "text")
        if asks and asks not in seen:
            raise problem(
                "survey.branch",
                f"{key} waits for a question that does not come before it.",
                "Move it behind that question.",
                "questions",
            )
        if question["kind"] not in Question.Kind.values:
            raise problem("survey.kind", f"{key} has an unknown kind.", "Choose a kind from the list.", "questions")
        if question["kind"] not in ("text", "number") and not question.get("options") and not question.get("rows"):
            raise problem(
                "survey.options", f"{key} offers nothing to choose.", "Add at least two options.", "questions"
            )
        _refuse_options(question, key)
        _refuse_levels(question, key)
        seen.add(key)


def refuse_unfinished(kind: str, questions: Sequence[Mapping[str, Any]]) -> None:
    """What a draft may still lack, and a published form may not."""
    if not questions:
        raise problem("survey.empty", "A form needs at least one question.", "Add a question.", "questions")
    fits = {Instrument.Kind.CASE: ("choice",), Instrument.Kind.REFLECTION: ("text",), Instrument.Kind.POLL: POLLED}.get(
        kind
    )  # type: ignore[call-overload]  # a plain str
    other = next((one["text"] for one in questions if fits and one["kind"] not in fits), None)
    if other is not None:
        raise problem(
            "survey.kind", f"“{other}” is not a kind of question that this form can ask.",
            {"case": "A case asks one of a list at each step.", "reflect": "A reflection asks for own words."}.get(
                kind, "A poll asks for a choice or a scale."
            ),
            "questions",
        )  # fmt: skip


def _refuse_options(question: Mapping[str, Any], key: str) -> None:
    values = [option["value"] for option in question.get("options", ())]
    if len(values) != len(set(values)):
        raise problem("survey.options", f"{key} offers one answer twice.", "Give each its own value.", "options")
    rows = [row["key"] for row in question.get("rows", ())]
    if len(rows) != len(set(rows)):
        raise problem("survey.rows", f"{key} has one line twice.", "Write each line once.", "rows")
    if question["kind"] in ("matrix", "retro", "likert") and len(values) < 2:
        raise problem("survey.options", f"{key} has no scale.", "Choose a ready scale, or write your own.", "options")
    if question["kind"] == "matrix" and not rows:
        raise problem(
            "survey.rows", f"{key} has no lines to rate.", "Write them, or take them from the activity.", "rows"
        )
    right = question.get("correct_value", "")
    if right and right not in values:
        raise problem(
            "survey.correct",
            f"The right answer of {key} is not among its answers.",
            "Choose one of them.",
            "correct_value",
        )


def _refuse_levels(question: Mapping[str, Any], key: str) -> None:
    """Levels are stored as they were told; a level that does not exist, or a self-rating called objective, is refused."""
    if question.get("moore_level", "") not in ("", *MOORE):
        raise problem("survey.level", f"{key} has no level of Moore's.", "Choose 1 to 7.", "moore_level")
    if question.get("kirkpatrick", "") not in ("", *KIRKPATRICK):
        raise problem("survey.level", f"{key} has no level of Kirkpatrick's.", "Choose one of the list.", "kirkpatrick")
    if question["kind"] == "retro" and question.get("is_objective_measure"):
        raise problem(
            "survey.objective", f"{key} looks back at oneself; that is self-rated.", "Call it self-rated.", "evidence"
        )


def advice(kind: str, questions: Sequence[Mapping[str, Any]]) -> list[str]:
    """What a careful evaluator would change, in sentences; nothing here is refused."""
    found = []
    items: dict[int, int] = {}
    for one in questions:
        text, options = one["text"], [value for value in one["options"] if value["value"] != NOT_APPLICABLE]
        if _LEADING.search(text):
            found.append(f"“{text}” leads towards one answer. Ask what is so now, not what the activity did.")
        if one["kind"] in ("likert", "matrix", "retro") and len(options) not in (0, 4, 5):
            found.append(f"“{text}” has a scale of {len(options)}. Five labelled steps can be compared with other forms.")  # fmt: skip
        if one["kind"] in ("likert", "retro") and _TWO_IDEAS.search(text):
            found.append(f"“{text}” may ask two things at once. One idea a question.")
        if one.get("correct_value") and not one.get("moore_level"):
            found.append(f"“{text}” has no level: is it what learners know (3a) or how to use it (3b)?")
        if one.get("correct_value") and one.get("objective_id"):
            items[one["objective_id"]] = items.get(one["objective_id"], 0) + 1
    if kind == "test" and items and min(items.values()) < LEAST_ITEMS:
        found.append(f"An objective has fewer than {LEAST_ITEMS} items. Three to five let chance even out.")
    return found
