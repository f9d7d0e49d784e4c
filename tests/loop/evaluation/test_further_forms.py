"""Tests before and after paired without a name, speakers, teams that answer once, checklists their learners read."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.core import mail

from cast import Cast, make_person
from lifelong.entrypoints.jobs import effects as _page_of_effects  # noqa: F401 -- the mails
from lifelong.kernel import clock
from lifelong.kernel.access import Actor
from lifelong.kernel.effects import perform_all
from lifelong.kernel.guard import writes_open
from lifelong.kernel.problems import NotAllowed, NotFound, Problem
from lifelong.loop.delivery.models import Registration
from lifelong.loop.evaluation import further_reads as reads
from lifelong.loop.evaluation import reads as evaluation
from lifelong.loop.evaluation.actions import choose_instrument
from lifelong.loop.evaluation.further import (
    answer_for_team,
    choose_form,
    make_team,
    rate_speakers,
    record_observation,
    take_test,
)
from lifelong.loop.evaluation.models import FormDone, TeamMember
from lifelong.loop.people.models import Person
from lifelong.loop.planning.models import Activity, PlanningRole
from lifelong.loop.surveys.actions import publish_instrument, save_instrument
from lifelong.loop.surveys.defaults import usual_forms
from lifelong.loop.surveys.models import Instrument, Response, SurveyInvitation
from lifelong.loop.surveys.tokens import pseudonym
from taught import Taught, attend, teach


def published(cast: Cast, key: str, **changed: Any) -> Instrument:
    fields = {**usual_forms()[key], **changed}
    fields.pop("about")
    director = cast.actor("director")
    return publish_instrument(director, save_instrument(director, cast.home, key=f"our_{key}", **fields))  # type: ignore[return-value]


def items(taught: Taught) -> list[dict[str, Any]]:
    first, second = taught.activity.objectives.values_list("pk", flat=True)
    options = [{"value": one, "label": one.upper()} for one in "abc"]
    common = {
        "kind": "choice",
        "options": options,
        "correct_value": "b",
        "rationale": "The trial showed it.",
        "is_required": True,
    }
    return [
        {"key": "q1", "text": "First?", "objective_id": first, **common},
        {"key": "q2", "text": "Second?", "objective_id": second, **common},
        {"key": "q3", "text": "Third?", "objective_id": second, **common},
    ]


@pytest.fixture
def coming(cast: Cast) -> Taught:
    """An activity of tomorrow with a test."""
    taught = teach(cast.home, ended_hours_ago=-25)
    choose_form(
        cast.actor("evaluator"),
        taught.activity,
        use="test",
        instrument=published(cast, "test", questions=items(taught)),
    )
    return taught


def crowd(cast: Cast, taught: Taught, number: int) -> list[Person]:
    with writes_open("test"):
        found = [make_person(f"doctor_{index}", "physician", cast.home) for index in range(number)]
        for person in found:
            Registration.objects.create(
                activity=taught.activity, person=person, state="registered", registered_at=clock.now()
            )
    return found


def sits(person: Person, activity: Activity, answers: str, days: int = 0) -> FormDone:
    with time_machine.travel(clock.now() + dt.timedelta(days=days), tick=False):
        said = {f"q{number}": one for number, one in enumerate(answers, start=1)}
        return take_test(Actor(person_id=person.pk), activity, person_id=person.pk, answers=said)  # type: ignore[return-value]


@pytest.mark.requirement("HMS-46", "HMS-41")
def test_before_and_after_pair_by_a_code_and_are_told_per_objective_with_n(cast: Cast, coming: Taught) -> None:
    people = crowd(cast, coming, 8)
    for person in people[:7]:
        sits(person, coming.activity, "baa")
    for person in people[1:]:
        sits(person, coming.activity, "bba", days=2)
    result = reads.test_result(cast.actor("evaluator"), cast.home, coming.activity)
    assert result is not None
    assert (result.paired, result.only_before, result.only_after) == (6, 1, 1)
    told = {line.label: (line.n, line.before, line.after, line.difference) for line in result.lines}
    assert told["Begin treatment of sepsis within the hour"] == (6, 100.0, 100.0, 0.0)
    assert told["Name the bundle"] == (6, 0.0, 50.0, 50.0)
    assert result.lines[0].low is None
    assert "without an interval" in result.note


def test_the_code_names_nobody_and_differs_between_activities(cast: Cast, coming: Taught) -> None:
    (person,) = crowd(cast, coming, 1)
    sits(person, coming.activity, "baa")
    sits(person, coming.activity, "bbb", days=2)
    codes = set(Response.objects.values_list("pseudonym", "person_id"))
    assert codes == {(pseudonym("our_test", coming.activity.pk, person.pk), None)}
    assert pseudonym("our_test", 1, person.pk) != pseudonym("our_test", 2, person.pk)


@pytest.mark.requirement("HMS-46")
def test_the_first_attempt_is_the_outcome_and_later_ones_teach(cast: Cast, coming: Taught) -> None:
    people = crowd(cast, coming, 5)
    for person in people:
        sits(person, coming.activity, "aaa")
        assert sits(person, coming.activity, "baa", days=2).passed_on is None
    done = sits(people[0], coming.activity, "bbb", days=3)
    assert (done.attempts, done.passed_on is not None) == (2, True)
    result = reads.test_result(cast.actor("evaluator"), cast.home, coming.activity)
    assert result is not None
    assert (round(result.lines[0].after or 0), result.passed) == (33, 1)
    assert sits(people[0], coming.activity, "aaa", days=4).attempts == 2, "passed is passed"


def test_right_answers_are_told_only_when_nothing_is_left_to_pass(cast: Cast, coming: Taught) -> None:
    (person,) = crowd(cast, coming, 1)
    viewer = Actor(person_id=person.pk)
    sits(person, coming.activity, "aaa")
    sits(person, coming.activity, "baa", days=2)
    waits = reads.own_test(viewer, coming.activity, "after")
    assert waits is not None
    assert (waits.percent, waits.passed, waits.items) == (33, False, ())
    sits(person, coming.activity, "bbb", days=2)
    told = reads.own_test(viewer, coming.activity, "after")
    assert told is not None
    assert [(one.right, one.rationale) for one in told.items] == [("B", "The trial showed it.")] * 3


def test_the_test_before_closes_when_the_activity_begins(cast: Cast, coming: Taught) -> None:
    (person,) = crowd(cast, coming, 1)
    assert reads.open_test(person.pk, coming.activity)[1] == "before"
    with time_machine.travel(clock.now() + dt.timedelta(days=2), tick=False):
        assert reads.open_test(person.pk, coming.activity)[1] == "after"
    with pytest.raises(NotAllowed):
        take_test(cast.actor("nurse"), coming.activity, person_id=person.pk, answers={})
    with pytest.raises(NotFound):
        reads.open_activity(cast.actor("stranger"), coming.activity.pk)


def test_fewer_than_five_pairs_tell_only_how_many(cast: Cast, coming: Taught) -> None:
    for person in crowd(cast, coming, 4):
        sits(person, coming.activity, "aaa")
        sits(person, coming.activity, "bbb", days=2)
    result = reads.test_result(cast.actor("evaluator"), cast.home, coming.activity)
    assert result is not None
    assert all(line.is_small and line.before is None for line in result.lines)


def test_each_speaker_of_a_session_is_rated_apart(cast: Cast) -> None:
    taught = teach(cast.home)
    now = clock.now()
    with writes_open("test"):
        for who in ("speaker", "reviewer"):
            PlanningRole.objects.create(
                activity=taught.activity, session=taught.session, person=cast.person(who), kind="faculty", asked_at=now
            )
    choose_form(cast.actor("evaluator"), taught.activity, use="speaker", instrument=published(cast, "speaker"))
    first, second = (str(cast.person(who).pk) for who in ("speaker", "reviewer"))
    for person in crowd(cast, taught, 5):
        row = attend(taught.session, person)
        answers = {"clear": {first: "5", second: "2"}, "useful": {first: "4", second: "4"}}
        rate_speakers(Actor(person_id=person.pk), row, answers=answers)
        rate_speakers(Actor(person_id=person.pk), row, answers=answers)
    form = reads.form_for(taught.activity, "speaker")
    assert form is not None
    stats = {(one.key, one.row): one.mean for one in evaluation.surveys.stats(form, [taught.activity.pk])}
    assert stats["clear", cast.person("speaker").full_name] == 5.0
    assert stats["clear", cast.person("reviewer").full_name] == 2.0
    assert Response.objects.count() == 5


@pytest.mark.requirement("HMS-40", "HMS-41")
def test_a_team_of_three_answers_once(cast: Cast) -> None:
    taught = teach(cast.home)
    people = crowd(cast, taught, 3)
    coordinator = cast.actor("coordinator")
    choose_form(coordinator, taught.activity, use="team", instrument=published(cast, "team"))
    team = make_team(coordinator, taught.activity, name="Ward 4", emails=[person.email for person in people])
    assert SurveyInvitation.objects.filter(subject_type="team").count() == 1
    said = {"team_skill": {"before": "2", "now": "4"}, "team_roles": "5", "team_change": "Huddle at seven"}
    for person in people[:2]:
        member = TeamMember.objects.select_related("team__activity").get(person=person)
        answer_for_team(Actor(person_id=person.pk), member, answers=said)
    assert Response.objects.filter(subject_type="team", person=None, pseudonym="").count() == 1
    (line,) = reads.teams(cast.actor("evaluator"), cast.home, taught.activity)
    assert (line.name, line.members, line.answered) == ("Ward 4", 3, True)
    assert ("What will your team do differently?", "", "Huddle at seven") in line.said
    with pytest.raises(NotFound):
        reads.own_member(cast.actor("nurse"), team.pk)  # type: ignore[union-attr]


def test_a_team_is_made_of_people_who_take_part(cast: Cast) -> None:
    taught = teach(cast.home)
    with pytest.raises(Problem, match="Not registered"):
        make_team(
            cast.actor("coordinator"), taught.activity, name="Ward 4", emails=["who@example.org", "nurse@example.org"]
        )


@pytest.mark.requirement("HMS-42")
def test_an_observer_ticks_and_the_learner_reads_it(cast: Cast) -> None:
    taught = teach(cast.home)
    (person,) = crowd(cast, taught, 1)
    coordinator = cast.actor("coordinator")
    choose_form(coordinator, taught.activity, use="observer", instrument=published(cast, "observer"))
    ticks = {"steps": {"prepare": "2", "perform": "1", "safe": "2", "talk": "na"}, "ready": "soon"}
    given = {"person_id": person.pk, "answers": ticks, "observed_on": clock.today("UTC") - dt.timedelta(days=1)}
    with pytest.raises(Problem, match="without a word"):
        record_observation(coordinator, taught.activity, feedback=" ", **given)
    for _ in range(2):
        record_observation(coordinator, taught.activity, feedback="Good order. Try to name each step.", **given)
    (seen,) = reads.own_observations(Actor(person_id=person.pk))
    assert seen.feedback.startswith("Good order")
    assert ("What the learner did", "Performs the steps in order", "Done in part") in reads.observed(seen)
    assert reads.own_observations(cast.actor("nurse")) == []
    with pytest.raises(NotAllowed):
        record_observation(cast.actor("learner"), taught.activity, feedback="x", **given)


@pytest.mark.requirement("WASHU-37")
def test_an_activity_takes_only_published_forms_of_the_right_kind(cast: Cast) -> None:
    taught = teach(cast.home)
    evaluator = cast.actor("evaluator")
    needs = published(cast, "needs")
    with pytest.raises(Problem):
        choose_instrument(evaluator, taught.activity, instrument=needs)
    with pytest.raises(Problem):
        choose_form(evaluator, taught.activity, use="team", instrument=needs)
    series = published(cast, "series")
    choose_instrument(evaluator, taught.activity, instrument=series)
    assert [one.key for one in evaluation.form_of(taught.activity).questions][0] == "reflection"
    assert evaluation.form_of(taught.activity).instrument_id == series.pk


@pytest.mark.requirement("HMS-46")
def test_items_answered_before_must_read_the_same_after(cast: Cast, coming: Taught) -> None:
    evaluator = cast.actor("evaluator")
    asked = items(coming)
    reworded = published(cast, "test", questions=[{**asked[0], "text": "First, really?"}, *asked[1:]])
    longer = published(cast, "test", questions=[*asked, {**asked[0], "key": "q4", "text": "Fourth?"}])
    (person,) = crowd(cast, coming, 1)
    sits(person, coming.activity, "baa")
    with pytest.raises(Problem, match="does not read the same"):
        choose_form(evaluator, coming.activity, use="test", instrument=reworded)
    chosen = choose_form(evaluator, coming.activity, use="test", instrument=longer)
    assert chosen.instrument == longer  # type: ignore[union-attr]


def test_the_key_waits_for_the_wave_that_asks_the_items_once_more(cast: Cast, coming: Taught) -> None:
    evaluator = cast.actor("evaluator")
    form = reads.chosen_forms(coming.activity)["test"]
    with pytest.raises(Problem, match="cannot be asked again then"):
        choose_form(evaluator, coming.activity, use="test", instrument=form, later_days=20)
    choose_form(evaluator, coming.activity, use="test", instrument=form, later_days=60)
    people = crowd(cast, coming, 6)
    for person in people:
        sits(person, coming.activity, "aaa")
        sits(person, coming.activity, "bbb", days=2)
    viewer = Actor(person_id=people[0].pk)
    waits = reads.own_test(viewer, coming.activity, "after")
    assert waits is not None
    assert (waits.passed, waits.items, waits.later_days) == (True, (), 60)
    for person in people:
        assert sits(person, coming.activity, "bba", days=65).part == "later"
        assert sits(person, coming.activity, "bbb", days=66).attempts == 1, "asked once"
    told = reads.own_test(viewer, coming.activity, "later")
    assert told is not None
    assert (told.percent, len(told.items)) == (66, 3)
    kept = reads.test_result(evaluator, cast.home, coming.activity, reads.LATER)
    after = reads.test_result(evaluator, cast.home, coming.activity)
    assert kept is not None
    assert after is not None
    assert (round(kept.lines[0].after or 0), round(after.lines[0].after or 0)) == (67, 100)


def test_the_later_wave_is_asked_by_mail_on_its_day_and_reminded_twice(cast: Cast, coming: Taught) -> None:
    form = reads.chosen_forms(coming.activity)["test"]
    choose_form(cast.actor("evaluator"), coming.activity, use="test", instrument=form, later_days=60)
    talks, silent = crowd(cast, coming, 2)
    for person in (talks, silent):
        sits(person, coming.activity, "bbb", days=2)
    sits(talks, coming.activity, "aaa", days=62)
    for days in (3, 50, 63, 64, 71, 79, 87, 95):
        with time_machine.travel(clock.now() + dt.timedelta(days=days), tick=False):
            perform_all()
    asked = [message.to[0] for message in mail.outbox if "stayed with you" in message.subject]
    assert asked == [silent.email] * 3
