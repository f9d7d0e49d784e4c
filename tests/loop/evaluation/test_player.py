"""Learning with questions: a self-assessment explains, a reflection stays in confidence, a case answers each choice, a poll speaks when closed."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cast import Cast, make_person
from lifelong.kernel import clock
from lifelong.kernel.access import Actor
from lifelong.kernel.guard import writes_open
from lifelong.kernel.problems import NotAllowed, NotFound, Problem
from lifelong.loop.delivery.models import Registration
from lifelong.loop.evaluation import player
from lifelong.loop.evaluation import player_reads as reads
from lifelong.loop.evaluation.further import choose_form, make_team, rate_speakers, record_observation, take_test
from lifelong.loop.evaluation.models import FormDone
from lifelong.loop.evaluation.waiting import waiting_forms
from lifelong.loop.people.models import Person
from lifelong.loop.planning.models import PlanningRole
from lifelong.loop.surveys.actions import publish_instrument, save_instrument
from lifelong.loop.surveys.defaults import usual_forms
from lifelong.loop.surveys.models import CasePlay, Instrument, Reflection, Response
from taught import Taught, attend, teach


def published(cast: Cast, key: str, **changed: Any) -> Instrument:
    fields = {name: value for name, value in {**usual_forms()[key], **changed}.items() if name != "about"}
    director = cast.actor("director")
    return publish_instrument(director, save_instrument(director, cast.home, key=f"our_{key}", **fields))  # type: ignore[return-value]


def asks(cast: Cast, use: str, **changed: Any) -> Taught:
    taught = teach(cast.home)
    choose_form(cast.actor("evaluator"), taught.activity, use=use, instrument=published(cast, use, **changed))
    return taught


def crowd(cast: Cast, taught: Taught, number: int) -> list[Actor]:
    with writes_open("test"):
        found = [make_person(f"doctor_{index}", "physician", cast.home) for index in range(number)]
    for person in found:
        attend(taught.session, person)
    return [Actor(person_id=person.pk) for person in found]


def own(one: Actor) -> int:
    assert one.person_id is not None
    return one.person_id


# --- self-assessment


@pytest.mark.requirement("TUFTS-43")
def test_a_self_assessment_tells_what_is_right_and_why_and_passes_nobody(cast: Cast) -> None:
    taught = asks(cast, "self")
    one, *others = crowd(cast, taught, 5)
    assert reads.own_self_assessment(one, taught.activity) is None
    done = player.answer_self_assessment(one, taught.activity, person_id=own(one), answers={"item_1": "b"})
    assert done.passed_on is None  # type: ignore[union-attr]
    items = reads.own_self_assessment(one, taught.activity)
    assert items is not None
    (item,) = items
    assert (item.chosen, item.right, item.is_right) == ("Second answer", "First answer", False)
    assert item.rationale.startswith("Say why")
    player.answer_self_assessment(one, taught.activity, person_id=own(one), answers={"item_1": "a"})
    assert reads.own_self_assessment(one, taught.activity) == items, "a repeat is practice"
    assert Response.objects.get().person_id is None
    evaluator = cast.actor("evaluator")
    assert reads.self_assessment_stats(evaluator, cast.home, taught.activity)[1][0].is_small
    for person in others:
        player.answer_self_assessment(person, taught.activity, person_id=own(person), answers={"item_1": "a"})
    n, (told,) = reads.self_assessment_stats(evaluator, cast.home, taught.activity)
    assert (n, told.n, [bar.count for bar in told.bars]) == (5, 5, [4, 1, 0])
    assert not FormDone.objects.exclude(passed_on=None).exists()


# --- reflection


@pytest.mark.requirement("TUFTS-42")
def test_a_reflection_is_the_learners_own_and_the_office_sees_only_how_many(cast: Cast) -> None:
    taught = asks(cast, "reflect")
    one, other = crowd(cast, taught, 2)
    player.write_reflection(one, taught.activity, person_id=own(one), texts={"otherwise": "Ask sooner.", "next": ""})
    seen = reads.reflections(cast.actor("evaluator"), cast.home, taught.activity)
    assert (seen.people, seen.sharing, seen.shared) == (1, 0, ())
    assert {key: row.text for key, row in reads.own_reflection(one, taught.activity).items()} == {"otherwise": "Ask sooner."}  # fmt: skip
    assert reads.own_reflection(other, taught.activity) == {}
    assert reads.own_reflections(other) == []
    ((title, (row,)),) = reads.own_reflections(one)
    assert (title, row.text) == (taught.activity.title, "Ask sooner.")


@pytest.mark.requirement("TUFTS-42")
def test_a_reflection_is_shared_and_taken_back(cast: Cast) -> None:
    taught = asks(cast, "reflect")
    (one,) = crowd(cast, taught, 1)
    evaluator = cast.actor("evaluator")
    player.write_reflection(one, taught.activity, person_id=own(one), texts={"otherwise": "Ask sooner."})
    player.share_reflection(one, taught.activity, person_id=own(one), shared=True)
    ((question, (said,)),) = reads.reflections(evaluator, cast.home, taught.activity).shared
    assert question.startswith("What would you do otherwise")
    assert said.startswith("Ask sooner. (")
    player.share_reflection(one, taught.activity, person_id=own(one), shared=False)
    assert reads.reflections(evaluator, cast.home, taught.activity).shared == ()
    player.write_reflection(one, taught.activity, person_id=own(one), texts={"otherwise": ""})
    assert not Reflection.objects.exists()


def test_nobody_writes_into_the_record_of_another(cast: Cast) -> None:
    taught = asks(cast, "reflect")
    one, other = crowd(cast, taught, 2)
    with pytest.raises(NotAllowed):
        player.write_reflection(other, taught.activity, person_id=own(one), texts={"otherwise": "x"})
    with pytest.raises(NotAllowed):
        player.share_reflection(cast.actor("director"), taught.activity, person_id=own(one), shared=True)


def test_who_takes_no_part_answers_nothing(cast: Cast) -> None:
    taught, stranger = asks(cast, "reflect"), cast.actor("stranger")
    poll: Any = player.open_poll(cast.actor("coordinator"), taught.session, instrument=published(cast, "poll"))
    for use in ("self", "case", "test"):
        choose_form(cast.actor("evaluator"), taught.activity, use=use, instrument=published(cast, use))
    at, me = taught.activity, {"person_id": own(stranger)}
    for act in (
        lambda: player.write_reflection(stranger, at, **me, texts={"otherwise": "x"}),
        lambda: player.answer_self_assessment(stranger, at, **me, answers={"item_1": "a"}),
        lambda: player.decide_step(stranger, at, **me, key="first", value="act"),
        lambda: player.answer_poll(stranger, at, **me, poll=poll, answers={"question": "a"}),
        lambda: take_test(stranger, at, **me, answers={"item_1": "a"}),
    ):
        with pytest.raises(NotFound):
            act()
    assert not Response.objects.exists() and not Reflection.objects.exists() and not CasePlay.objects.exists()


# --- case


@pytest.mark.requirement("TUFTS-41")
def test_a_case_answers_each_choice_leads_elsewhere_and_keeps_the_way(cast: Cast) -> None:
    taught = asks(cast, "case")
    detour, straight = crowd(cast, taught, 2)

    def decides(one: Actor, key: str, value: str) -> CasePlay:
        return player.decide_step(one, taught.activity, person_id=own(one), key=key, value=value)  # type: ignore[return-value]

    assert decides(straight, "first", "act").finished_on is not None
    assert decides(detour, "first", "wait").finished_on is None
    _, (step,), waits = reads.own_case(detour, taught.activity)
    assert step.feedback.startswith("Say what this leads to")
    assert waits is not None
    assert waits.key == "after_wait"
    decides(detour, "first", "act")
    assert reads.own_case(detour, taught.activity)[1] == (step,), "the first decision counts"
    decides(detour, "after_wait", "act")
    assert reads.own_case(detour, taught.activity)[2] is None
    assert [one["value"] for one in CasePlay.objects.get(person_id=own(detour)).steps] == ["wait", "act"]
    with pytest.raises(Problem, match="another step"):
        decides(straight, "after_wait", "act")


def test_the_office_sees_a_step_of_a_case_from_five_learners_on(cast: Cast) -> None:
    taught = asks(cast, "case")
    people = crowd(cast, taught, 6)
    for number, one in enumerate(people):
        player.decide_step(one, taught.activity, person_id=own(one), key="first", value="wait" if number < 2 else "act")
    played = reads.case_stats(cast.actor("evaluator"), cast.home, taught.activity)
    assert played is not None
    assert (played.begun, played.finished) == (6, 4)
    first, after = played.steps
    assert [(bar.value, bar.count) for bar in first.bars] == [("act", 4), ("wait", 2)]
    assert after.is_small


# --- poll


@pytest.mark.requirement("TUFTS-40")
def test_a_poll_takes_one_answer_each_and_shows_its_numbers_when_closed(cast: Cast) -> None:
    taught = teach(cast.home)
    people = crowd(cast, taught, 6)
    coordinator = cast.actor("coordinator")
    poll = player.open_poll(coordinator, taught.session, instrument=published(cast, "poll"))
    for number, one in enumerate(people):
        for choice in ("a" if number < 4 else "b", "c"):
            player.answer_poll(one, taught.activity, person_id=own(one), poll=poll, answers={"question": choice})  # type: ignore[arg-type]
    (line,) = reads.polls(coordinator, cast.home, taught.activity)
    assert (line.is_open, line.answered, line.results) == (True, 6, ())
    player.close_poll(coordinator, taught.session, poll=poll)  # type: ignore[arg-type]
    (line,) = reads.polls(coordinator, cast.home, taught.activity)
    assert [(bar.label, bar.count) for bar in line.results[0].bars] == [("First answer", 4), ("Second answer", 2), ("Third answer", 0)]  # fmt: skip
    assert set(Response.objects.values_list("person_id", "pseudonym")) == {(None, "")}


def test_a_series_of_many_polls_takes_as_many_queries_as_one_of_few(cast: Cast) -> None:
    taught, form, coordinator = teach(cast.home), published(cast, "poll"), cast.actor("coordinator")
    people = crowd(cast, taught, 5)
    counts = []
    for rows in (2, 6):
        for _ in range(rows):
            poll: Any = player.open_poll(coordinator, taught.session, instrument=form)
            for one in people:
                player.answer_poll(one, taught.activity, person_id=own(one), poll=poll, answers={"question": "b"})
            player.close_poll(coordinator, taught.session, poll=poll)
        with CaptureQueriesContext(connection) as asked:
            lines = reads.polls(coordinator, cast.home, taught.activity)
        counts.append(len(asked))
        assert all([bar.count for bar in line.results[0].bars] == [0, 5, 0] for line in lines)
    assert counts[0] == counts[1]


def test_a_poll_of_four_shows_nothing_and_a_closed_one_takes_nothing(cast: Cast) -> None:
    taught = teach(cast.home)
    people = crowd(cast, taught, 5)
    coordinator = cast.actor("coordinator")
    poll: Any = player.open_poll(coordinator, taught.session, instrument=published(cast, "poll"))
    with pytest.raises(Problem, match="Another poll"):
        player.open_poll(coordinator, taught.session, instrument=published(cast, "poll", title="Second"))
    for one in people[:4]:
        player.answer_poll(one, taught.activity, person_id=own(one), poll=poll, answers={"question": "a"})
    poll = player.close_poll(coordinator, taught.session, poll=poll)
    assert reads.poll_results(poll)[0].is_small
    with pytest.raises(Problem, match="closed"):
        player.answer_poll(people[4], taught.activity, person_id=own(people[4]), poll=poll, answers={"question": "a"})
    with pytest.raises(NotFound):
        reads.own_poll(cast.actor("stranger"), poll.pk)
    with pytest.raises(NotAllowed):
        player.open_poll(cast.actor("learner"), taught.session, instrument=poll.instrument)


# --- what waits


def kinds(person: Person | Actor, days: float = 0) -> list[str]:
    person_id = person.person_id if isinstance(person, Actor) else person.pk
    with time_machine.travel(clock.now() + dt.timedelta(days=days), tick=False):
        return [one.kind for one in waiting_forms(person_id or 0, clock.today())]


def test_a_test_before_an_evening_is_open_until_that_evening(cast: Cast) -> None:
    """Nine in the evening in Boston is the next day in UTC."""
    taught, (one,) = teach(cast.home, ended_hours_ago=-48), crowd(cast, teach(cast.home), 1)
    with writes_open("test"):
        Registration.objects.create(
            activity=taught.activity, person_id=own(one), state="registered", registered_at=clock.now()
        )
        evening = dt.datetime.combine(clock.today() + dt.timedelta(days=3), dt.time(2), dt.UTC)
        taught.activity.sessions.update(starts_at=evening, ends_at=evening + dt.timedelta(hours=1))
    choose_form(cast.actor("evaluator"), taught.activity, use="test", instrument=published(cast, "test"))
    (found,) = [form for form in waiting_forms(own(one), clock.today()) if form.kind == "test"]
    assert found.until == evening.date() - dt.timedelta(days=1)


def test_all_that_waits_for_a_learner_is_listed_until_it_is_done(cast: Cast) -> None:
    taught = teach(cast.home)
    evaluator, coordinator = cast.actor("evaluator"), cast.actor("coordinator")
    with writes_open("test"):
        PlanningRole.objects.create(
            activity=taught.activity, session=taught.session, person=cast.person("speaker"), kind="faculty", asked_at=clock.now()
        )  # fmt: skip
        first, second = (make_person(f"doctor_{index}", "physician", cast.home) for index in range(2))
    marks = [attend(taught.session, person) for person in (first, second)]
    for use in ("test", "speaker", "team", "observer", "self", "reflect", "case"):
        choose_form(evaluator, taught.activity, use=use, instrument=published(cast, use))
    make_team(coordinator, taught.activity, name="Ward 4", emails=[first.email, second.email])
    player.open_poll(coordinator, taught.session, instrument=published(cast, "poll"))
    record_observation(
        coordinator, taught.activity, person_id=first.pk, feedback="Good order.", observed_on=clock.today(),
        answers={"steps": {"prepare": "2", "perform": "1", "safe": "2", "talk": "na"}, "ready": "soon"},
    )  # fmt: skip
    assert kinds(first) == ["poll", "test", "speaker", "team", "self", "reflect", "case", "checklist"]
    assert kinds(cast.person("stranger")) == []
    speaker = str(cast.person("speaker").pk)
    rate_speakers(Actor(person_id=first.pk), marks[0], answers={"clear": {speaker: "5"}, "useful": {speaker: "5"}})
    one = Actor(person_id=first.pk)
    player.write_reflection(one, taught.activity, person_id=first.pk, texts={"next": "More."})
    player.decide_step(one, taught.activity, person_id=first.pk, key="first", value="act")
    player.answer_self_assessment(one, taught.activity, person_id=first.pk, answers={"item_1": "a"})
    assert kinds(first) == ["poll", "test", "team", "checklist"]
    assert kinds(second, days=70) == ["team"], "what nobody did in sixty days is let go"
