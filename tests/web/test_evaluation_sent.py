"""An evaluation sent by a browser: what is taken without form fields is what the form would have taken."""

from __future__ import annotations

import pytest
from django.http import QueryDict

from lifelong.entrypoints.web.learner.survey_form import AnswerForm, answers_sent, plans_nothing
from lifelong.loop.surveys.forms import FormQuestion, Option, Row, SurveyForm, check

SCALE = (Option("1", "No"), Option("2", "Yes"))
QUESTIONS = (
    FormQuestion(1, "words", "text", "What?", is_required=True),
    FormQuestion(2, "scale", "likert", "How much?", is_required=True, options=SCALE),
    FormQuestion(3, "lines", "matrix", "Each?", is_required=True, options=SCALE, rows=(Row("a", "A"), Row("b", "B"))),
    FormQuestion(4, "both", "retro", "Then?", options=SCALE, rows=(Row("before", "Before"), Row("now", "Now"))),
    FormQuestion(5, "some", "multi", "Which?", options=SCALE),
    FormQuestion(6, "hours", "number", "How long?"),
    FormQuestion(7, "why", "text", "Why?", show_if=("scale", "2")),
)
SURVEY = SurveyForm(1, "evaluation", 1, "evaluation", "Evaluation", "", True, QUESTIONS)
FULL = "words=+Ask+first+&scale=2&lines__a=1&lines__b=2&both__before=1&both__now=2&some=1&some=2&hours=+1.5&why=Because"


@pytest.mark.parametrize(
    "sent",
    [
        FULL,
        FULL.replace("&some=1&some=2", "&some=2"),
        FULL.replace("&some=1&some=2", ""),
        FULL.replace("&both__now=2", ""),
        FULL.replace("scale=2", "scale=1"),
        FULL.replace("&hours=+1.5", "&hours="),
        FULL + "&unasked=1",
    ],
)
def test_a_complete_form_is_read_the_same_with_and_without_form_fields(sent: str) -> None:
    data = QueryDict(sent)
    form = AnswerForm(SURVEY, data)
    assert form.is_valid(), form.errors
    given, wrong = check(SURVEY, answers_sent(SURVEY, data))
    assert (given, wrong) == check(SURVEY, form.answers())
    assert given
    assert not wrong


@pytest.mark.parametrize(
    ("instead", "of"),
    [
        ("", "&scale=2"), ("&scale=9", "&scale=2"), ("&lines__a=", "&lines__a=1"), ("&both__now=7", "&both__now=2"), ("&some=3", "&some=1"),
        ("&hours=many", "&hours=+1.5"), ("words=+", "words=+Ask+first+"), ("&why=" + "x" * 4001, "&why=Because"),
    ],
)  # fmt: skip
def test_whatever_the_form_would_refuse_is_refused_without_it(instead: str, of: str) -> None:
    assert of in FULL
    _, wrong = check(SURVEY, answers_sent(SURVEY, QueryDict(FULL.replace(of, instead))))
    assert wrong


@pytest.mark.parametrize(
    ("sent", "nothing"),
    [("plans=1", True), ("plans=1&p0-text=+&p0-level=", True), ("p0-text=Ask", False), ("p0-barrier1=Time", False), ("p1-text=Ask", False)],
)  # fmt: skip
def test_a_plan_that_says_anything_is_never_passed_over(sent: str, nothing: bool) -> None:
    assert plans_nothing(QueryDict(sent), 2) is nothing
