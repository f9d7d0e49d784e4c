"""Free text: two coders apart, agreement before they talk, the machine as a third voice afterwards, themes without names."""

from __future__ import annotations

import importlib.util

import pytest

from cast import Cast, make_person
from lifelong.kernel.access import Actor
from lifelong.kernel.guard import writes_open
from lifelong.kernel.problems import NotAllowed, NotFound, Problem
from lifelong.loop.evaluation import coding_reads as reads
from lifelong.loop.evaluation.actions import submit
from lifelong.loop.evaluation.coding import code_text, open_round, publish_codebook, save_codebook, settle_text
from lifelong.loop.evaluation.kappa import kappa
from lifelong.loop.evaluation.models import Codebook, Coding, CodingRound
from lifelong.loop.people.reads import actor_of
from taught import PLAN, answers, attend, teach

CODES = [
    {"label": "Timing", "meaning": "When treatment begins or ends", "words": "antibiotics early hour"},
    {"label": "Teamwork", "meaning": "Who does it with whom", "words": "nurse team together"},
]


@pytest.fixture
def opened(cast: Cast) -> CodingRound:
    """Ten comments: five on timing, five on teamwork."""
    taught = teach(cast.home)
    for index in range(10):
        with writes_open("test"):
            person = make_person(f"doctor_{index}", "physician", cast.home)
        said = f"Antibiotics early, says {person.full_name}" if index < 5 else "Do it together with the nurse"
        submit(
            actor_of(person),
            attend(taught.session, person),
            answers=answers(taught.activity, reflection=said),
            commitments=[PLAN],
        )
    evaluator = cast.actor("evaluator")
    book = publish_codebook(evaluator, save_codebook(evaluator, cast.home, title="Changes", codes=CODES))
    return open_round(evaluator, cast.home, codebook=book, question_key="reflection", activity=taught.activity)  # type: ignore[arg-type, return-value]


def judge(actor: Actor, of: CodingRound, wrong: int = 0) -> None:
    """Code all texts; the first `wrong` ones on timing get no code."""
    timing, team = of.codebook.codes.all()
    for text in of.texts.all():
        codes = [timing.pk] if "Antibiotics" in text.text else [team.pk]
        if wrong and "Antibiotics" in text.text:
            codes, wrong = [], wrong - 1
        code_text(actor, text, codes=codes)


@pytest.mark.requirement("HMS-45")
def test_ten_comments_become_themes_with_quotes_and_no_names(cast: Cast, opened: CodingRound) -> None:
    judge(cast.actor("evaluator"), opened)
    assert reads.agreement(opened) == []
    assert reads.coded_themes(opened) == []
    judge(cast.actor("coordinator"), opened)
    themes = reads.coded_themes(opened)
    assert [(theme.label, theme.texts) for theme in themes] == [("Teamwork", 5), ("Timing", 5)]
    assert all("Doctor" not in quote for theme in themes for quote in theme.quotes)


@pytest.mark.requirement("HMS-45")
def test_agreement_is_that_before_the_consensus_and_each_coders_codes_stay(cast: Cast, opened: CodingRound) -> None:
    evaluator, coordinator = cast.actor("evaluator"), cast.actor("coordinator")
    judge(evaluator, opened)
    judge(coordinator, opened, wrong=2)
    before = {one.code.label: one.kappa for one in reads.agreement(opened)}
    assert (before["Timing"].both, before["Timing"].first_only, before["Timing"].agreement) == (3, 2, 0.8)
    assert before["Timing"].value == pytest.approx(0.6)
    assert before["Timing"].low is not None
    waiting = reads.to_settle(opened)
    assert len(waiting) == 2
    assert reads.coded_themes(opened) == []
    for one in waiting:
        settle_text(coordinator, one.text, codes=one.first)
    assert {theme.label: theme.texts for theme in reads.coded_themes(opened)} == {"Timing": 5, "Teamwork": 5}
    assert {one.code.label: one.kappa for one in reads.agreement(opened)} == before
    assert Coding.objects.filter(kind="human").count() == 20


def test_nobody_sees_the_others_codes_or_the_machines_before_both_are_done(cast: Cast, opened: CodingRound) -> None:
    evaluator, coordinator = cast.actor("evaluator"), cast.actor("coordinator")
    judge(evaluator, opened)
    assert reads.own_codes(coordinator, opened) == {}
    assert reads.to_settle(opened) == []
    assert not Coding.objects.filter(kind="machine").exists()
    judge(coordinator, opened, wrong=1)
    (waits,) = reads.to_settle(opened)
    timing = opened.codebook.codes.all()[0]
    assert waits.machine == {timing.pk}


def test_a_third_coder_and_late_changes_are_refused(cast: Cast, opened: CodingRound) -> None:
    judge(cast.actor("evaluator"), opened)
    judge(cast.actor("coordinator"), opened)
    with pytest.raises(Problem, match="Two people"):
        code_text(cast.actor("director"), opened.texts.all()[0], codes=[])
    with pytest.raises(Problem, match="kept as they are"):
        code_text(cast.actor("evaluator"), opened.texts.all()[0], codes=[])
    with pytest.raises(NotAllowed):
        code_text(cast.actor("learner"), opened.texts.all()[0], codes=[])
    with pytest.raises(NotFound):
        reads.round_of(cast.actor("other_director"), cast.home, opened.pk)


def test_a_published_codebook_never_changes(cast: Cast) -> None:
    evaluator = cast.actor("evaluator")
    first = publish_codebook(evaluator, save_codebook(evaluator, cast.home, title="Changes", codes=CODES))
    second = save_codebook(evaluator, cast.home, title="Changes", codes=[*CODES, {"label": "Cost", "meaning": "Money"}])
    assert second.version == 2
    assert Codebook.objects.get(pk=first.pk).codes.count() == 2  # type: ignore[union-attr]
    with pytest.raises(Problem):
        save_codebook(
            evaluator, cast.home, title="Other", codes=[{"label": "A", "meaning": ""}, {"label": "B", "meaning": "b"}]
        )


def test_fewer_than_five_texts_are_not_coded(cast: Cast) -> None:
    taught = teach(cast.home)
    submit(cast.actor("learner"), attend(taught.session, cast.person("learner")), answers=answers(taught.activity))
    evaluator = cast.actor("evaluator")
    book = publish_codebook(evaluator, save_codebook(evaluator, cast.home, title="Changes", codes=CODES))
    with pytest.raises(Problem, match="Fewer than 5"):
        open_round(evaluator, cast.home, codebook=book, question_key="reflection", activity=taught.activity)  # type: ignore[arg-type]


def test_kappa_of_a_known_table() -> None:
    """Fifty texts: 20 both, 5 first only, 10 second only, 15 neither (the usual textbook table): kappa 0.4."""
    pairs = [(True, True)] * 20 + [(True, False)] * 5 + [(False, True)] * 10 + [(False, False)] * 15
    found = kappa(pairs)
    assert found.value == pytest.approx(0.4)
    assert (found.low, found.high) == (pytest.approx(0.1511, abs=2e-3), pytest.approx(0.6489, abs=2e-3))
    assert kappa([(True, True)] * 5).value is None
    with pytest.raises(ValueError, match="at least one"):
        kappa([])


def test_our_kappa_is_that_of_the_statistics_package() -> None:
    assert importlib.util.find_spec("statsmodels"), "the tests run with the analysis extra"
    import pandas as pd

    from lifelong.methods.agreement import CohenKappa, cohen_kappa

    pairs = [(True, True)] * 12 + [(True, False)] * 7 + [(False, True)] * 3 + [(False, False)] * 30
    frame = pd.DataFrame([{"a": str(first), "b": str(second)} for first, second in pairs])
    theirs = cohen_kappa(frame, CohenKappa(rater1="a", rater2="b")).estimates[0]
    ours = kappa(pairs)
    assert ours.value == pytest.approx(theirs.value)
    assert (ours.low, ours.high) == (pytest.approx(theirs.low), pytest.approx(theirs.high))
