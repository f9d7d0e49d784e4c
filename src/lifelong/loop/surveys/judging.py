"""Whether a form can be answered. Knows no database; the kinds are those of `Question.Kind` and `Instrument.Kind`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from lifelong.kernel.problems import problem
from lifelong.loop.surveys.models import Instrument, Question

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
        seen.add(key)
    if not seen:
        raise problem("survey.empty", "A form needs at least one question.", "Add a question.", "questions")


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
