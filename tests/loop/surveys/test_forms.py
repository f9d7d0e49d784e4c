"""One engine of forms: what is shown, what is accepted, what stays fixed once published."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from asked import people
from cast import Cast
from lifelong.kernel import clock
from lifelong.kernel.problems import NotAllowed, Problem
from lifelong.loop.evaluation.actions import choose_instrument, submit
from lifelong.loop.evaluation.reads import question_stats
from lifelong.loop.people.reads import actor_of
from lifelong.loop.surveys import reads
from lifelong.loop.surveys.actions import publish_instrument, save_instrument
from lifelong.loop.surveys.campaigns import create_campaign, launch_campaign, token_of
from lifelong.loop.surveys.defaults import default_instruments, usual_forms
from lifelong.loop.surveys.defaults import scales as usual_scales
from lifelong.loop.surveys.forms import OWN_RECORD, FormQuestion, Option, Row, SurveyForm, check, shown
from lifelong.loop.surveys.judging import advice
from lifelong.loop.surveys.models import Instrument, SurveyInvitation
from lifelong.loop.surveys.quotes import without_names
from taught import answers, attend, teach

YES_NO = (Option("yes", "Yes"), Option("no", "No"))
SCALE = tuple(Option(str(value), str(value)) for value in range(1, 6))
FORM = SurveyForm(
    1, "f", 1, "evaluation", "Form", "", True,
    (
        FormQuestion(1, "why", "text", "Why?", is_required=True),
        FormQuestion(2, "bias", "choice", "Bias?", options=YES_NO),
        FormQuestion(3, "where", "text", "Where?", show_if=("bias", "yes"), is_required=True),
        FormQuestion(4, "fit", "likert", "Fits", options=SCALE),
        FormQuestion(5, "many", "multi", "Which?", options=YES_NO),
        FormQuestion(6, "met", "matrix", "Met?", options=SCALE, rows=(Row("a", "First"), Row("b", "Second")), is_required=True),
        FormQuestion(7, "patients", "number", "Patients"),
        FormQuestion(8, "skill", "retro", "My skill", options=SCALE, rows=(Row("before", "Before"), Row("now", "Now"))),
    ),
)  # fmt: skip
STEPS: list[dict[str, str]] = [{"value": str(n), "label": f"Step {n}"} for n in (5, 4, 3, 2, 1)]
GOOD: dict[str, Any] = {"why": "Because", "met": {"a": "4", "b": "5"}}


@pytest.mark.requirement("TUFTS-47")
def test_the_reflection_comes_before_every_other_question() -> None:
    first = default_instruments()["evaluation"]["questions"][0]
    assert (first["kind"], first["is_required"]) == ("text", True)
    assert "learn" in first["text"]


def test_a_branch_is_shown_only_where_its_question_opens_it() -> None:
    assert "where" not in [question.key for question in shown(FORM, {"bias": "no"})]
    assert "where" in [question.key for question in shown(FORM, {"bias": "yes"})]
    _, reasons = check(FORM, GOOD | {"bias": "yes"})
    assert [reason.field for reason in reasons] == ["where"]
    given, _ = check(FORM, GOOD | {"bias": "no", "where": "typed, then hidden"})
    assert not [one for one in given if one.question_id == 3]


def test_answers_become_choices_numbers_and_texts() -> None:
    given, reasons = check(
        FORM, GOOD | {"fit": "5", "many": ["yes", "no"], "patients": "12", "skill": {"before": "2", "now": "4"}}
    )
    assert not reasons
    kept = {(one.question_id, one.row, one.choice): (one.number, one.text) for one in given}
    assert kept[1, "", ""] == (None, "Because")
    assert kept[4, "", "5"] == (5.0, "")
    assert kept[6, "b", "5"] == (5.0, "")
    assert kept[7, "", ""] == (12.0, "")
    assert {kept[8, "before", "2"][0], kept[8, "now", "4"][0]} == {2.0, 4.0}
    assert {key[2] for key in kept if key[0] == 5} == {"yes", "no"}


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"why": ""}, "why"),
        ({"why": "x" * 4001}, "why"),
        ({"why": ["a", "list"]}, "why"),
        ({"fit": "6"}, "fit"),
        ({"fit": ["5"]}, "fit"),
        ({"fit": 5}, "fit"),
        ({"many": ["yes", "perhaps"]}, "many"),
        ({"met": {"a": "4"}}, "met"),
        ({"met": {"a": "4", "b": "9"}}, "met"),
        ({"met": "4"}, "met"),
        ({"patients": "many"}, "patients"),
        ({"patients": "1e309"}, "patients"),
        ({"patients": True}, "patients"),
    ],
)
def test_what_does_not_fit_is_named_with_its_question(changed: dict[str, Any], field: str) -> None:
    _, reasons = check(FORM, GOOD | changed)
    assert [reason.field for reason in reasons] == [field]


def test_a_matrix_without_rows_of_the_activity_is_left_out() -> None:
    question = FormQuestion(9, "objectives_met", "matrix", "Met?", options=SCALE, rows=(Row("from:objectives", ""),))
    form = SurveyForm(1, "f", 1, "evaluation", "Form", "", True, (question,))
    assert form.with_rows("objectives", []).questions == ()
    assert form.with_rows("objectives", [Row("1", "Treat")]).questions[0].rows[0].label == "Treat"


DRAFT: list[dict[str, Any]] = [{"key": "a", "kind": "text", "text": "First?"}]


def test_a_published_version_never_changes_and_an_edit_makes_the_next(cast: Cast) -> None:
    director = cast.actor("director")
    first = save_instrument(director, cast.home, key="own", kind="evaluation", title="Own", questions=DRAFT)
    again = save_instrument(director, cast.home, key="own", kind="evaluation", title="Own form", questions=DRAFT)
    assert (again.pk, again.version) == (first.pk, 1)
    publish_instrument(director, again)
    second = save_instrument(
        director, cast.home, key="own", kind="evaluation", title="Own", questions=[{**DRAFT[0], "text": "Changed?"}]
    )
    assert second.version == 2
    assert reads.published(cast.home, "own") == first
    assert reads.form(Instrument.objects.get(pk=first.pk)).questions[0].text == "First?"


@pytest.mark.parametrize(
    "questions",
    [
        [*DRAFT, *DRAFT],
        [{**DRAFT[0], "moore_level": "8"}],
        [{**DRAFT[0], "kirkpatrick": "5"}],
        [{**DRAFT[0], "kind": "retro", "options": STEPS, "is_objective_measure": True}],
        [{**DRAFT[0], "show_if_key": "later", "show_if_value": "yes"}],
        [{**DRAFT[0], "kind": "likert"}],
        [{**DRAFT[0], "kind": "hologram"}],
    ],
)
def test_a_form_that_cannot_be_answered_is_refused(cast: Cast, questions: list[dict[str, Any]]) -> None:
    with pytest.raises(Problem):
        save_instrument(
            cast.actor("director"), cast.home, key="own", kind="evaluation", title="Own", questions=questions
        )
    assert not Instrument.objects.filter(key="own").exists()


@pytest.mark.parametrize(
    ("kind", "questions"), [("evaluation", []), ("case", DRAFT), ("reflect", [{"key": "n", "kind": "number", "text": "N?"}]), ("poll", DRAFT)]
)  # fmt: skip
def test_a_draft_may_be_unfinished_and_a_published_form_not(
    cast: Cast, kind: str, questions: list[dict[str, Any]]
) -> None:
    director = cast.actor("director")
    row = save_instrument(
        director, cast.home, key="own", kind=kind, title="Own", questions=questions, is_anonymous=kind not in OWN_RECORD
    )
    with pytest.raises(Problem):
        publish_instrument(director, row)
    row.refresh_from_db()
    assert row.published_at is None


def test_does_not_apply_stands_apart_from_the_scale(cast: Cast) -> None:
    question = FormQuestion(
        1, "q", "likert", "Q?", options=(Option("2", "Yes"), Option("1", "No"), Option("na", "Not me"))
    )
    sums = {(1, "", ""): (8, 10.0), (1, "", "2"): (4, 8.0), (1, "", "1"): (2, 2.0), (1, "", "na"): (2, 0.0)}
    told = reads._stat(question, Row("", ""), sums, 5)
    assert (told.n, told.mean, told.not_applicable) == (6, pytest.approx(10 / 6), 2)
    assert [(bar.label, bar.count, round(bar.share, 2)) for bar in told.bars] == [("Yes", 4, 0.67), ("No", 2, 0.33)]
    assert reads._stat(question, Row("", ""), sums, 7).is_small, "six have rated it, not eight"


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ({"kind": "likert", "text": "As a result of this activity I know more."}, "leads towards"),
        ({"kind": "likert", "text": "Good?", "options": STEPS[:2]}, "Five labelled steps"),
        ({"kind": "likert", "text": "I know and treat patients with sepsis."}, "two things"),
        ({"kind": "choice", "text": "Which?", "correct_value": "1"}, "no level"),
    ],
)
def test_a_draft_gets_the_advice_of_a_careful_evaluator(question: dict[str, Any], says: str) -> None:
    (one,) = advice("evaluation", [{"key": "q", "options": STEPS, **question}])
    assert says in one


def test_the_usual_forms_need_no_advice_but_their_placeholders() -> None:
    for key, usual in usual_forms().items():
        assert [one for one in advice(usual["kind"], usual["questions"]) if "leads" in one or "level" in one] == [], key


@pytest.mark.parametrize("who", ["learner", "other_director", "leader", "accreditor"])
def test_only_those_who_edit_evaluations_write_forms(cast: Cast, who: str) -> None:
    with pytest.raises(NotAllowed):
        save_instrument(cast.actor(who), cast.home, key="own", kind="evaluation", title="Own", questions=DRAFT)


@pytest.mark.parametrize(
    ("said", "quoted"),
    [
        ("Ask ana@example.org", "Ask [address]"),
        ("call 617 555 0100 please", "call [number] please"),
        ("Dr. Rivera was clear", "[name] was clear"),
        ("ana example helped", "[name] helped"),
        ("give 2 litres in 30 minutes", "give 2 litres in 30 minutes"),
    ],
)
def test_quotes_carry_no_names(said: str, quoted: str) -> None:
    assert without_names(said, ["Ana Example"]) == quoted


@pytest.mark.requirement("WASHU-37")
def test_a_new_version_keeps_the_answers_to_whatever_reads_the_same(cast: Cast) -> None:
    taught, director = teach(cast.home), cast.actor("director")
    first = reads.published(cast.home, "evaluation")
    assert first is not None
    people = [cast.person(who) for who in ("learner", "nurse", "speaker", "coordinator", "reviewer", "stranger")]
    for person in people[:5]:
        submit(actor_of(person), attend(taught.session, person), answers=answers(taught.activity))
    questions = [
        {**one, "text": "It fits my patients."} if one["key"] == "relevance" else one for one in reads.editable(first)
    ]
    draft = save_instrument(director, cast.home, key="evaluation", kind="evaluation", title="Second", questions=questions)  # fmt: skip
    choose_instrument(director, taught.activity, instrument=publish_instrument(director, draft))
    submit(actor_of(people[5]), attend(taught.session, people[5]), answers=answers(taught.activity))
    told = {(one.key, one.row): one for one in question_stats(taught.activity)}
    assert told["bias", ""].n == 6
    assert told["relevance", ""].is_small, "other words, other question"


def test_a_form_of_every_kind_of_question_stays_small(cast: Cast, client: Client) -> None:
    scale = [{"value": value, "label": label} for value, label in usual_scales()["agree"]]
    kinds = ("text", "likert", "choice", "multi", "number", "matrix", "retro", "likert", "choice", "text")
    questions = [
        {"key": f"q{n}", "kind": kind, "text": f"Question {n} asks one thing in ten plain words, not more?", "is_required": n < 3,
         "options": [] if kind in ("text", "number") else scale, "rows": [{"key": f"r{m}", "label": f"Line {m} of the matrix"} for m in range(4)] if kind == "matrix" else []}
        for n, kind in enumerate(kinds)
    ]  # fmt: skip
    director = cast.actor("director")
    form = publish_instrument(director, save_instrument(director, cast.home, key="all", kind="needs", title="All", questions=questions))  # fmt: skip
    person = people(cast, 1, "dentist")[0]
    campaign = create_campaign(
        director, cast.home, instrument=form, title="All", closes_on=clock.today() + dt.timedelta(days=9)
    )
    launch_campaign(director, campaign)
    row = SurveyInvitation.objects.get(person=person)
    page = client.get(f"/i/survey/{token_of(row)}/")
    assert b"Line 3 of the matrix" in page.content
    assert len(page.content) < 10_000
