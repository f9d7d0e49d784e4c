"""Evaluations: attached to everything, unlinkable to their authors, plans kept with their barriers."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.core import mail

from cast import Cast, make_person
from lifelong.kernel import clock
from lifelong.kernel.access import Actor
from lifelong.kernel.effects import perform_all
from lifelong.kernel.guard import writes_open
from lifelong.kernel.problems import NotAllowed, NotFound, Problem
from lifelong.loop.evaluation import effects, reads
from lifelong.loop.evaluation.actions import (
    answer_follow_up,
    ask_due_follow_ups,
    attach_default,
    code_commitment,
    link_token,
    submit,
)
from lifelong.loop.evaluation.barriers import barrier_kinds
from lifelong.loop.evaluation.models import ActivityEvaluation, Barrier, Commitment, EvaluationDone, FollowUp
from lifelong.loop.integrity.models import ComplianceCase
from lifelong.loop.people.models import Person
from lifelong.loop.people.reads import actor_of
from lifelong.loop.planning.models import Activity
from lifelong.loop.surveys.models import Answer, Response, SurveyInvitation, Tally
from lifelong.loop.surveys.tokens import digest_of, token_for
from taught import PLAN, Taught, answers, attend, teach

SYSTEM_DAY = dt.datetime(2026, 11, 24, 18, 0, tzinfo=dt.UTC)


def crowd(cast: Cast, number: int, profession: str = "physician") -> list[Person]:
    with writes_open("test"):
        return [make_person(f"{profession}_{index}", profession, cast.home) for index in range(number)]


def evaluated(taught: Taught, people: list[Person], **changed: object) -> None:
    for person in people:
        submit(
            actor_of(person),
            attend(taught.session, person),
            answers=answers(taught.activity, **changed),
            commitments=[PLAN],
        )


@pytest.mark.requirement("TUFTS-46", "WASHU-37")
def test_every_activity_gets_the_default_form_once(cast: Cast) -> None:
    with writes_open("test"):
        activity = Activity.objects.create(
            provider=cast.home, number=7, title="New", format="series", time_zone="UTC", created_at=clock.now()
        )
    effects.attach_evaluation(activity.pk)
    effects.attach_evaluation(activity.pk)
    attached = ActivityEvaluation.objects.get(activity=activity)
    assert attached.instrument.published_at is not None
    assert [question.key for question in reads.form_of(activity).questions][0] == "reflection"
    assert attach_default(cast.actor("director"), activity) == attached


def test_has_answered_and_what_was_answered_share_no_key_person_or_time(cast: Cast) -> None:
    """T15, A19: nothing in the answers names a learner, a moment or an order of arrival."""
    taught = teach(cast.home)
    people = crowd(cast, 12)
    evaluated(taught, people)
    columns = {field.attname for model in (Response, Answer) for field in model._meta.fields}
    assert not columns & {
        "attendance_id",
        "evaluation_done_id",
        "invitation_id",
        "created_at",
        "answered_at",
        "submitted_at",
    }
    assert set(Response.objects.values_list("person_id", "pseudonym")) == {(None, "")}
    assert {type(value) for value in Response.objects.values_list("answered_on", flat=True)} == {dt.date}
    from django.db import connection

    arrival = "rowid" if connection.vendor == "sqlite" else "('x' || left(md5(id::text), 12))::bit(48)::bigint"
    with connection.cursor() as cursor:  # PostgreSQL numbers no row: its key alone is there, and it is random
        cursor.execute(f"SELECT {arrival} FROM lifelong_response ORDER BY answered_on, subject_id")
        rows = [row[0] for row in cursor.fetchall()]
        cursor.execute("SELECT MIN(id) FROM lifelong_answer GROUP BY response_id ORDER BY response_id")
        firsts = [row[0] for row in cursor.fetchall()]
    assert max(rows) > 1_000_000, "rows are not numbered by arrival"
    assert max(firsts) > 1_000_000
    assert sorted(rows) != list(range(min(rows), min(rows) + len(rows)))


def test_a_lone_profession_is_not_kept_with_its_answer(cast: Cast) -> None:
    taught = teach(cast.home)
    evaluated(taught, [cast.person("pharmacist"), *crowd(cast, 4)])
    assert set(Response.objects.values_list("profession", flat=True)) == {""}
    for person in crowd(cast, 6, "nurse"):
        attend(taught.session, person)
    evaluated(taught, [cast.person("nurse")])
    assert "nurse" in set(Response.objects.values_list("profession", flat=True))
    assert "pharmacist" not in set(Response.objects.values_list("profession", flat=True))


def test_a_second_submission_changes_nothing(cast: Cast) -> None:
    taught = teach(cast.home)
    learner, attendance = cast.actor("learner"), attend(taught.session, cast.person("learner"))
    first = submit(learner, attendance, answers=answers(taught.activity), commitments=[PLAN])
    again = submit(learner, attendance, answers=answers(taught.activity, relevance="1"), commitments=[PLAN, PLAN])
    assert again == first
    assert (Response.objects.count(), Commitment.objects.count(), EvaluationDone.objects.count()) == (1, 1, 1)
    assert sum(Tally.objects.filter(question__key="relevance", choice="").values_list("count", flat=True)) == 1


def test_nobody_evaluates_for_somebody_else(cast: Cast) -> None:
    taught = teach(cast.home)
    attendance = attend(taught.session, cast.person("learner"))
    for who in ("nurse", "director", "stranger"):
        with pytest.raises(NotAllowed):
            submit(cast.actor(who), attendance, answers=answers(taught.activity))
        with pytest.raises(NotFound):
            reads.own_attendance(cast.actor(who), attendance.pk)
    assert not Response.objects.exists()


@pytest.mark.requirement("TUFTS-48", "TUFTS-49", "TUFTS-50")
def test_a_plan_keeps_its_words_its_barriers_and_how_each_is_overcome(cast: Cast) -> None:
    taught = teach(cast.home)
    plan = PLAN | {
        "barriers": [{"code": "time", "how_overcome": "A nurse starts it."}, {"code": "other", "other": "Old pumps"}]
    }
    submit(
        cast.actor("learner"),
        attend(taught.session, cast.person("learner")),
        answers=answers(taught.activity),
        commitments=[plan],
    )
    commitment = Commitment.objects.get()
    assert (commitment.text, commitment.level, commitment.confidence) == (PLAN["text"], 4, 7)
    assert set(Barrier.objects.values_list("code", "other", "how_overcome")) == {
        ("time", "", "A nurse starts it."),
        ("other", "Old pumps", ""),
    }


def test_every_barrier_has_a_domain_and_says_whether_education_can_address_it() -> None:
    kinds = barrier_kinds()
    assert {"time", "cost", "confidence", "evidence", "patient_adherence", "none", "other"} <= set(kinds)
    assert all(kind.tdf or kind.code == "none" for kind in kinds.values())
    assert {kind.addressable for kind in kinds.values()} == {True, False}


@pytest.mark.parametrize(
    ("plans", "rule"),
    [
        ([PLAN] * 4, "commitment.many"),
        ([PLAN | {"level": 6}], "commitment.scale"),
        ([PLAN | {"confidence": -1}], "commitment.scale"),
        ([PLAN | {"barriers": [{"code": "weather"}]}], "commitment.barrier"),
        ([PLAN | {"barriers": [{"code": "other"}]}], "commitment.barrier"),
        ([PLAN | {"text": "x" * 1001}], "commitment.long"),
    ],
)
def test_a_plan_that_does_not_fit_is_refused_whole(cast: Cast, plans: list[dict[str, object]], rule: str) -> None:
    taught = teach(cast.home)
    with pytest.raises(Problem) as refused:
        submit(
            cast.actor("learner"),
            attend(taught.session, cast.person("learner")),
            answers=answers(taught.activity),
            commitments=plans,
        )
    assert refused.value.code == rule
    assert not EvaluationDone.objects.exists()
    assert not Response.objects.exists()


def test_seen_bias_opens_one_case_that_names_nobody(cast: Cast) -> None:
    taught = teach(cast.home)
    evaluated(taught, [cast.person("learner"), cast.person("nurse")], bias="yes", bias_where="Slide 4 by the vendor")
    case = ComplianceCase.objects.get()
    assert (case.kind, case.activity_id, case.closed_at) == ("perceived_bias", taught.activity.pk, None)
    assert "Learner" not in case.summary.replace("A learner", "")


def test_sums_are_kept_with_each_answer_and_hidden_below_five(cast: Cast) -> None:
    taught = teach(cast.home)
    people = crowd(cast, 5)
    evaluated(taught, people[:4])
    assert all(stat.is_small and stat.n == 0 and not stat.bars for stat in reads.question_stats(taught.activity))
    assert reads.comments(taught.activity, "reflection") == []
    evaluated(taught, people[4:], relevance="1")
    relevance = next(stat for stat in reads.question_stats(taught.activity) if stat.key == "relevance")
    assert {bar.value: bar.count for bar in relevance.bars} == {"5": 4, "4": 0, "3": 0, "2": 0, "1": 1}
    assert (relevance.n, relevance.mean) == (5, 4.2)
    met = [stat for stat in reads.question_stats(taught.activity) if stat.key == "objectives_met"]
    assert [stat.n for stat in met] == [5, 5]
    assert len(reads.comments(taught.activity, "reflection")) == 5


def test_statistics_read_a_few_rows_whatever_the_number_of_answers(
    cast: Cast, django_assert_max_num_queries: object
) -> None:
    taught = teach(cast.home)
    evaluated(taught, crowd(cast, 8))
    with django_assert_max_num_queries(4):  # type: ignore[operator]
        reads.question_stats(taught.activity)
    assert Tally.objects.filter(activity_id=taught.activity.pk).count() < 40


@pytest.mark.requirement("TUFTS-49", "TUFTS-50")
def test_barriers_are_ranked_with_their_solutions_and_without_names(cast: Cast) -> None:
    taught = teach(cast.home)
    for index, person in enumerate(crowd(cast, 6)):
        codes = [{"code": "time", "how_overcome": f"Ask {person.given_name} {person.family_name} to help"}]
        codes += [{"code": "cost", "how_overcome": "Use the generic"}] if index == 0 else []
        submit(
            actor_of(person),
            attend(taught.session, person),
            answers=answers(taught.activity),
            commitments=[PLAN | {"barriers": codes}],
        )
    lines = reads.barriers(cast.actor("evaluator"), cast.home, activity=taught.activity)
    assert [(line.code, line.people) for line in lines] == [("time", 6), ("cost", None)]
    assert lines[0].solutions == ("Ask [name] to help",) * 6
    assert lines[0].tdf == "Environmental Context and Resources"


@pytest.mark.requirement("TUFTS-48", "HMS-45")
def test_plans_are_reported_by_theme_and_only_for_five_learners(cast: Cast) -> None:
    taught = teach(cast.home)
    people = crowd(cast, 5)
    evaluated(taught, people[:4])
    evaluator = cast.actor("evaluator")
    assert reads.themes(evaluator, cast.home, activity=taught.activity) == []
    evaluated(taught, people[4:])
    for commitment in Commitment.objects.select_related("activity"):
        code_commitment(evaluator, commitment, theme="Early antibiotics", matches_objective="yes")
    (theme,) = reads.themes(evaluator, cast.home, activity=taught.activity)
    assert (theme.name, theme.plans, theme.people) == ("Early antibiotics", 5, 5)


@pytest.mark.parametrize("who", ["learner", "stranger", "other_director", "neighbour_series_coordinator", "finance"])
def test_strangers_to_an_activity_see_no_figures(cast: Cast, who: str) -> None:
    taught = teach(cast.home, organisation=cast.department)
    for look in (reads.barriers, reads.themes, reads.follow_up_figures):
        with pytest.raises(NotFound):
            look(cast.actor(who), cast.home, activity=taught.activity)
        with pytest.raises(NotFound):
            look(cast.actor(who), cast.home)
    assert reads.evaluated_activities(cast.actor(who), cast.home) == []


def test_an_invitation_is_mailed_once_after_the_session_and_its_link_is_narrow(cast: Cast) -> None:
    with time_machine.travel(SYSTEM_DAY, tick=False):
        taught = teach(cast.home, ended_hours_ago=-0.5)
        attendance = attend(taught.session, cast.person("learner"))
        for _ in range(3):
            _as_effect("invite_to_evaluate", attendance.pk)
        perform_all()
        assert not mail.outbox, "the session still runs"
    with time_machine.travel(SYSTEM_DAY + dt.timedelta(hours=1), tick=False):
        perform_all()
        _as_effect("mail_evaluation_invitation", SurveyInvitation.objects.get().pk)
        perform_all()
        assert [message.to for message in mail.outbox] == [["learner@example.org"]]
        row = SurveyInvitation.objects.get()
        token = token_for("evaluate", row.instrument_id, row.person_id, row.subject_type, row.subject_id)
        assert token in mail.outbox[0].body
        assert row.token_digest == digest_of(token) != token
        assert reads.attendance_by_token(token) == attendance
        with pytest.raises(NotFound):
            reads.attendance_by_token(token[:-1] + "x")
    late = time_machine.travel(SYSTEM_DAY + dt.timedelta(days=62), tick=False)
    with late, pytest.raises(Problem, match="The time to evaluate this session has ended"):
        reads.attendance_by_token(token)


def _as_effect(name: str, subject_id: int) -> None:
    from lifelong.kernel.models import Effect

    with writes_open("test"):
        Effect.objects.create(name=name, subject_id=subject_id, due_at=clock.now())


@pytest.mark.requirement("TUFTS-51")
def test_after_45_and_90_days_learners_are_asked_with_their_own_words(cast: Cast) -> None:
    with time_machine.travel(SYSTEM_DAY, tick=False):
        taught = teach(cast.home)
        two = [PLAN, PLAN | {"text": "I will teach the residents."}]
        submit(
            cast.actor("learner"),
            attend(taught.session, cast.person("learner")),
            answers=answers(taught.activity),
            commitments=two,
        )
        perform_all()
        assert sorted(FollowUp.objects.values_list("wave", flat=True)) == [45, 45, 90, 90]
        assert ask_due_follow_ups(_system()) == []
    with time_machine.travel(SYSTEM_DAY + dt.timedelta(days=46), tick=False):
        ask_due_follow_ups(_system())
        perform_all()
        assert ask_due_follow_ups(_system()) == []
        (message,) = mail.outbox
        assert PLAN["text"] in message.body
        assert "I will teach the residents." in message.body
        token = link_token(FollowUp.objects.filter(wave=45).select_related("commitment")[0])
        assert f"/i/follow-up/{token}/" in message.body
        rows = reads.follow_ups_by_token(token)
        assert [row.commitment.text for row in rows] == [PLAN["text"], "I will teach the residents."]
        link = Actor(person_id=rows[0].commitment.person_id, channel="link")
        answer_follow_up(link, rows[0], answer="partly", barrier_code="time", text="Busy")
        with pytest.raises(NotAllowed):
            answer_follow_up(cast.actor("nurse"), rows[1], answer="fully")
    assert FollowUp.objects.filter(answer="partly", barrier_code="time").count() == 1


def _system() -> Actor:
    from lifelong.kernel.access import SYSTEM

    return SYSTEM


@pytest.mark.requirement("TUFTS-51")
def test_the_silent_are_reminded_twice_and_then_left_alone(cast: Cast) -> None:
    with time_machine.travel(SYSTEM_DAY, tick=False):
        taught = teach(cast.home)
        evaluated(taught, [cast.person("learner")])
        perform_all()
    for days in (46, 50, 54, 58, 62, 70, 80):
        with time_machine.travel(SYSTEM_DAY + dt.timedelta(days=days), tick=False):
            ask_due_follow_ups(_system())
            perform_all()
    assert len(mail.outbox) == 3
    assert FollowUp.objects.get(wave=45).reminders == 2


def test_an_old_link_and_a_closed_question_answer_nothing(cast: Cast) -> None:
    with time_machine.travel(SYSTEM_DAY, tick=False):
        taught = teach(cast.home)
        evaluated(taught, [cast.person("learner")])
        perform_all()
    with time_machine.travel(SYSTEM_DAY + dt.timedelta(days=46), tick=False):
        ask_due_follow_ups(_system())
        row = FollowUp.objects.select_related("commitment").get(wave=45)
    with time_machine.travel(SYSTEM_DAY + dt.timedelta(days=46 + 61), tick=False):
        with pytest.raises(Problem, match="The time to answer these questions has ended"):
            reads.follow_ups_by_token(link_token(row))
        with pytest.raises(Problem, match="has ended"):
            answer_follow_up(actor_of(cast.person("learner")), row, answer="fully")


@pytest.mark.requirement("TUFTS-51", "UMASS-36", "UMASS-04")
def test_figures_always_carry_three_denominators_and_the_worst_case(cast: Cast) -> None:
    with time_machine.travel(SYSTEM_DAY, tick=False):
        taught = teach(cast.home)
        people = crowd(cast, 10)
        evaluated(taught, people)
        perform_all()
    evaluator = cast.actor("evaluator")
    with time_machine.travel(SYSTEM_DAY + dt.timedelta(days=91), tick=False):
        ask_due_follow_ups(_system())
        for index, row in enumerate(FollowUp.objects.filter(wave=90).select_related("commitment").order_by("id")[:8]):
            answer_follow_up(Actor(person_id=row.commitment.person_id), row, answer="fully" if index < 6 else "partly")
        figures = reads.follow_up_figures(evaluator, cast.home, activity=taught.activity)
        year = reads.follow_up_figures(evaluator, cast.home, year=2026)
    assert (figures.committed, figures.asked, figures.answered, figures.implemented, figures.partly) == (
        10,
        10,
        8,
        6,
        2,
    )
    shares = {estimate.name: estimate for estimate in figures.shares}
    assert shares["implemented_of_answered"].value == 0.75
    assert shares["implemented_of_asked"].value == 0.6
    assert shares["implemented_of_committed"].value == 0.6
    low, high = shares["implemented_of_answered"].low, shares["implemented_of_answered"].high
    assert (round(low or 0, 3), round(high or 0, 3)) == (0.409, 0.929)  # Wilson, 6 of 8
    assert year == figures


def test_figures_of_fewer_than_five_learners_tell_nothing(cast: Cast) -> None:
    taught = teach(cast.home)
    evaluated(taught, crowd(cast, 4))
    figures = reads.follow_up_figures(cast.actor("evaluator"), cast.home, activity=taught.activity)
    assert figures.is_small
    assert (figures.committed, figures.asked, figures.shares) == (0, 0, ())
