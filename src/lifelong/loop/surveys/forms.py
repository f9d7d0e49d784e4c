"""A survey form as plain data: what to show, what was given, what is wrong with it. Knows no database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from lifelong.rules.verdict import Reason

LONGEST_TEXT = 4000
ONE_OF = ("likert", "choice")
BEFORE_NOW = (("before", "Before"), ("now", "Now"))
NOT_APPLICABLE = "na"  # the value that stands beside a scale, in no share and no mean


@dataclass(frozen=True, slots=True)
class Option:
    """`feedback`: of a case, what is said to whoever chose it."""

    value: str
    label: str
    feedback: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a matrix, or `before`/`now` of a retrospective pair."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class FormQuestion:
    """One question as it is shown. `rows` only for matrix and retro; `show_if` is (key of another question, its value)."""

    id: int
    key: str
    kind: str
    text: str
    help: str = ""
    is_required: bool = False
    options: tuple[Option, ...] = ()
    rows: tuple[Row, ...] = ()
    show_if: tuple[str, str] | None = None
    objective_id: int | None = None
    moore_level: str = ""
    correct_value: str = ""  # of a test; "" for a question that is not scored
    rationale: str = ""

    @property
    def values(self) -> frozenset[str]:
        return frozenset(option.value for option in self.options)

    @property
    def scale(self) -> tuple[Option, ...]:
        """The options that are counted: without the one that says it does not apply."""
        return tuple(option for option in self.options if option.value != NOT_APPLICABLE)


@dataclass(frozen=True, slots=True)
class SurveyForm:
    """A published instrument, ready to show. `version` is the one the answers will belong to."""

    instrument_id: int
    key: str
    version: int
    kind: str
    title: str
    intro: str
    is_anonymous: bool
    questions: tuple[FormQuestion, ...]
    is_matched: bool = False
    passing_percent: int | None = None

    @property
    def promise(self) -> str:
        """What the form says about names, kept by how the answers are stored."""
        return promise(is_anonymous=self.is_anonymous, is_matched=self.is_matched, kind=self.kind)

    @property
    def scored(self) -> tuple[FormQuestion, ...]:
        return tuple(question for question in self.questions if question.correct_value)

    def question(self, key: str) -> FormQuestion | None:
        return next((question for question in self.questions if question.key == key), None)

    def with_rows(self, source: str, rows: Sequence[Row]) -> SurveyForm:
        """Fill rows that come from the activity (`objectives`, `speakers`); a matrix without rows is left out."""
        filled = []
        for question in self.questions:
            if question.rows and question.rows[0].key == f"from:{source}":
                if rows:
                    filled.append(replace(question, rows=tuple(rows)))
            else:
                filled.append(question)
        return replace(self, questions=tuple(filled))


OWN_RECORD = {
    "reflect": "What you write goes into your own record. Only you read it, unless you share it; the office sees how many have written.",
    "case": "Your way through the case is kept in your own record. The office sees sums only.",
}


def promise(*, is_anonymous: bool, is_matched: bool, kind: str = "") -> str:
    """The sentence learners read: anonymous, anonymous but paired by a code, named, or of a team."""
    if kind in OWN_RECORD:
        return OWN_RECORD[kind]
    if kind == "team":
        return "Your answers are kept with the name of your team, not with yours."
    if not is_anonymous:
        return "Your answers are kept with your name."
    if is_matched:
        return (
            "Your answers are kept without your name. A code pairs them with your own earlier answers; it names nobody."
        )
    return "Your answers are kept without your name or the time of day; nobody can tell who gave them."


@dataclass(frozen=True, slots=True)
class Given:
    """One answer to keep: a choice (with its number where it is one), a number, or a text."""

    question_id: int
    row: str = ""
    choice: str = ""
    number: float | None = None
    text: str = ""


def shown(form: SurveyForm, answers: Mapping[str, Any]) -> tuple[FormQuestion, ...]:
    """The questions that these answers open, in order. A hidden question also hides what hangs on it."""
    visible: dict[str, FormQuestion] = {}
    for question in form.questions:
        if question.show_if is None or (
            question.show_if[0] in visible and question.show_if[1] in _chosen(answers.get(question.show_if[0]))
        ):
            visible[question.key] = question
    return tuple(visible.values())


def check(form: SurveyForm, answers: Mapping[str, Any]) -> tuple[list[Given], list[Reason]]:
    """Read answers as people and machines send them: {key: "4"}, {key: ["a", "b"]}, {key: {row: "4"}}.

    Returns what to keep and what is wrong. Answers to questions that are not shown, or not on the form, are left out.
    """
    given: list[Given] = []
    reasons: list[Reason] = []
    for question in shown(form, answers):
        found, wrong = _read(question, answers.get(question.key))
        given += found
        reasons += wrong
        if question.is_required and not found and not wrong:
            reasons.append(
                Reason("survey.missing", f"“{question.text}” has no answer yet.", "Answer it, then send.", question.key)
            )
    return given, reasons


def percent_right(form: SurveyForm, given: Iterable[Given]) -> int:
    """Whole percent of the scored questions that were answered right; an empty answer is wrong. 0 for a form without any."""
    chosen = {one.question_id: one.choice for one in given}
    scored = form.scored
    right = sum(chosen.get(question.id) == question.correct_value for question in scored)
    return 100 * right // len(scored) if scored else 0


def _read(question: FormQuestion, value: Any) -> tuple[list[Given], list[Reason]]:
    if value is None or value in ("", [], {}):
        return [], []
    if question.kind == "text":
        return _text(question, value)
    if question.kind == "number":
        return _number(question, value)
    if question.kind in ("matrix", "retro"):
        return _rows(question, value)
    values = list(_chosen(value)) if question.kind == "multi" else [value]
    if any(not isinstance(one, str) or one not in question.values for one in values):
        return [], [_unknown(question)]
    return [_choice(question, one) for one in dict.fromkeys(values)], []


def _rows(question: FormQuestion, value: Any) -> tuple[list[Given], list[Reason]]:
    if not isinstance(value, Mapping):
        return [], [_unknown(question)]
    given = []
    for row in question.rows:
        one = value.get(row.key)
        if one in (None, ""):
            if question.is_required:
                missing = Reason(
                    "survey.missing", f"“{row.label}” has no answer yet.", "Answer every line, then send.", question.key
                )
                return [], [missing]
            continue
        if one not in question.values:
            return [], [_unknown(question)]
        given.append(_choice(question, one, row.key))
    return given, []


def _choice(question: FormQuestion, value: str, row: str = "") -> Given:
    number = float(value) if value.isascii() and value.isdigit() else None
    return Given(question.id, row, value, number)


def _text(question: FormQuestion, value: Any) -> tuple[list[Given], list[Reason]]:
    if not isinstance(value, str):
        return [], [_unknown(question)]
    text = value.replace("\x00", "").strip()
    if len(text) > LONGEST_TEXT:
        too_long = Reason(
            "survey.too_long", f"This text has {len(text)} characters.", f"Keep it below {LONGEST_TEXT}.", question.key
        )
        return [], [too_long]
    return ([Given(question.id, text=text)] if text else []), []


def _number(question: FormQuestion, value: Any) -> tuple[list[Given], list[Reason]]:
    written = str(value).strip() if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
    digits = written.replace(".", "", 1)
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 9):
        return [], [
            Reason(
                "survey.number", f"“{question.text}” asks for a number.", "Write digits, for example 12.", question.key
            )
        ]
    return [Given(question.id, number=float(written))], []


def _unknown(question: FormQuestion) -> Reason:
    return Reason(
        "survey.unknown",
        f"The answer to “{question.text}” is not one of those offered.",
        "Choose one of them.",
        question.key,
    )


def _chosen(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list | tuple | set) else ()
