"""An activity closes once, on data; groups hidden cannot be had by subtraction; projects and links keep their rules."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

import pytest

from cast import Cast, make_person
from lifelong.formats.outcome_report import Asked, NonResponse, figures
from lifelong.kernel import clock
from lifelong.kernel.guard import writes_open
from lifelong.kernel.models import Effect
from lifelong.kernel.problems import NotAllowed, NotFound, Problem
from lifelong.loop.credit.actions import claim_credit, correct_award
from lifelong.loop.evaluation.actions import submit
from lifelong.loop.evaluation.models import FollowUp
from lifelong.loop.integrity.models import LearnerDisclosure
from lifelong.loop.outcomes import actions, sharing
from lifelong.loop.outcomes.closing import missing_to_close
from lifelong.loop.outcomes.models import SharedReport
from lifelong.loop.outcomes.nonresponse import nonresponse
from lifelong.loop.outcomes.participation import groups, participation
from lifelong.loop.outcomes.report import outcome_report
from lifelong.loop.people.reads import actor_of
from lifelong.loop.planning.models import Activity, GatePassed
from lifelong.loop.planning.reads import gates_passed
from lifelong.loop.reporting.models import Record
from lifelong.rules.gates import Gate
from loop.improvement.a_year import Year
from taught import answers, attend, teach


@pytest.fixture
def year(cast: Cast) -> Iterator[Year]:
    with writes_open("test"):
        yield Year(cast)


def ready(year: Year) -> Activity:
    """Everything is over and told but the summary."""
    activity = year.activity(intended_change="performance", claim_days=30)
    year.attended(activity, year.people(8, "guest1x"))
    year.followed(activity, ["fully"] * 6 + ["", ""])
    FollowUp.objects.update(asked_at=clock.now() - dt.timedelta(days=100))
    for gate in range(1, 9):
        GatePassed.objects.create(activity=activity, gate=f"G{gate}", at=clock.now(), rule_book_version="test")
    begins = activity.sessions.get().starts_at
    LearnerDisclosure.objects.create(activity=activity, text="Told.", shown_from=begins - dt.timedelta(days=9))
    return activity


@pytest.mark.requirement("TUFTS-11")
def test_closing_passes_the_last_gates_once_and_shares_the_report(year: Year) -> None:
    activity, director = ready(year), year.cast.actor("director")
    actions.write_summary(director, activity, text="Six of eight changed.")
    closed = actions.close_activity(director, activity)
    assert closed.closed_at and {Gate.DELIVERY, Gate.CREDIT, Gate.REPORTING, Gate.CLOSING} <= gates_passed(activity)
    rows = GatePassed.objects.count()
    assert actions.close_activity(director, activity).pk == activity.pk and GatePassed.objects.count() == rows
    assert Effect.objects.filter(name="share_with_readers", subject_id=activity.pk).count() == 1
    with pytest.raises(Problem, match="is closed"):
        actions.write_summary(director, activity, text="Otherwise.")


def later_question(activity: Activity) -> None:
    FollowUp.objects.filter(answered_at=None).update(asked_at=None)


def young(activity: Activity) -> None:
    activity.claim_days = 3000


def refused_record(activity: Activity) -> None:
    Record.objects.create(
        provider=activity.provider, body="PARS", kind="activity", activity=activity, state="refused", year=2026, changed_at=clock.now()
    )  # fmt: skip


def unseen(activity: Activity) -> None:
    LearnerDisclosure.objects.filter(activity=activity).delete()


def unpublished(activity: Activity) -> None:
    activity.gates.model.objects.create(
        activity=activity, gate="G8", at=clock.now(), reopened=True, reason="Speaker changed.", rule_book_version="test"
    )


@pytest.mark.requirement("TUFTS-11")
@pytest.mark.parametrize(
    ("happens", "rule"),
    [
        (later_question, "gate.follow_up"), (young, "gate.claims"), (refused_record, "gate.reports"), (unseen, "R-S3-5"),
        (unpublished, "gate.order"),
    ],
)  # fmt: skip
def test_whatever_is_open_keeps_an_activity_open_and_is_named(year: Year, happens: object, rule: str) -> None:
    activity = ready(year)
    assert missing_to_close(activity, summary="Six of eight changed.") == ()
    happens(activity)
    assert [reason.rule for reason in missing_to_close(activity, summary="Six of eight changed.")] == [rule]


def test_data_at_another_level_than_designed_do_not_count(year: Year) -> None:
    activity = ready(year)
    activity.intended_change = "patient_outcomes"
    (reason,) = missing_to_close(activity, summary="Six of eight changed.")
    assert "designed to change patient outcomes" in reason.sentence
    year.measured(activity, 9, 7, level="6", higher=False)
    assert missing_to_close(activity, summary="Six of eight changed.") == ()


@pytest.mark.parametrize("who", ["leader", "coordinator", "learner", "other_evaluator", "course_director_of_nobody"])
def test_only_evaluators_and_directors_write_summaries_projects_and_links(year: Year, who: str) -> None:
    activity = year.activity()
    actor = year.cast.actor("stranger" if who == "course_director_of_nobody" else who)
    for act in (
        lambda: actions.write_summary(actor, activity, text="Good."),
        lambda: actions.register_project(actor, year.cast.home, title="Falls", opened_on=dt.date(2026, 1, 5)),
        lambda: actions.share_report(actor, activity, person=year.cast.person("leader"), reader="leader"),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_only_the_reader_opens_a_shared_report_and_old_links_open_nothing(year: Year) -> None:
    activity, director = year.activity(), year.cast.actor("director")
    shared = actions.share_report(director, activity, person=year.cast.person("leader"), reader="leader")
    with pytest.raises(NotAllowed):
        actions.open_report(director, shared)
    token = sharing.token_of(shared)
    assert sharing.shared_by_token(token).pk == shared.pk
    SharedReport.objects.update(shared_at=clock.now() - dt.timedelta(days=400))
    for wrong in (token, "", "x"):
        with pytest.raises(NotFound):
            sharing.shared_by_token(wrong)


def test_an_activity_of_another_program_joins_no_project(year: Year) -> None:
    evaluator = year.cast.actor("evaluator")
    project = actions.register_project(evaluator, year.cast.home, title="Falls", opened_on=dt.date(2026, 1, 5))
    assert (
        actions.register_project(evaluator, year.cast.home, title=" Falls ", opened_on=dt.date(2026, 2, 5)).pk
        == project.pk
    )
    foreign = year.activity(provider=year.cast.elsewhere)
    with pytest.raises(Problem, match="another program"):
        actions.tie_activity(evaluator, project, activity=foreign)
    with pytest.raises(Problem) as refusal:
        actions.finish_stage(evaluator, project, stage="A", done_on=clock.today() + dt.timedelta(days=9))
    assert refusal.value.reasons[0].field == "done_on"


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ({"physician": 40, "nurse": 20, "pharmacist": 3}, (("physician", 40), ("nurse", None), ("pharmacist", None))),
        ({"physician": 40, "nurse": 3, "pharmacist": 2}, (("physician", 40), ("nurse", None), ("pharmacist", None))),
        ({"physician": 40, "nurse": 20}, (("physician", 40), ("nurse", 20))),
        ({"physician": 3}, (("physician", None),)),
    ],
)
def test_a_hidden_group_cannot_be_had_by_subtraction(
    counts: dict[str, int], shown: tuple[tuple[str, int | None], ...]
) -> None:
    assert groups(Counter(counts), 5) == shown


def test_a_corrected_claim_is_a_claim_and_one_taken_back_is_none(cast: Cast) -> None:
    taught, officer = teach(cast.home), cast.actor("credit_officer")
    with writes_open("test"):
        people = [make_person(f"doctor{n}", provider=cast.home) for n in range(7)]
    for number, person in enumerate(people):
        mark = attend(taught.session, person)
        submit(actor_of(person), mark, answers=answers(taught.activity))
        award = claim_credit(actor_of(person), mark, designation_id=taught.ama.pk, amount=Decimal(1))
        if number < 2:
            correct_award(officer, award, amount=Decimal("0.75") * number, reason="Left early")
    assert {step.name: step.n for step in participation(taught.activity).steps}["Claimed credit"] == 6


def test_few_people_are_not_counted_aloud(year: Year) -> None:
    activity = year.activity()
    year.attended(activity, year.people(4), planned=2)
    came = participation(activity)
    assert came.people is None and {step.n for step in came.steps if step.name in ("Attended", "Evaluated")} == {None}
    assert nonresponse(activity) == NonResponse((Asked("Evaluation", None, 0, None, None),))
    assert came.words == ("Too few evaluated to say who did.",)


def test_the_report_is_gathered_in_a_fixed_number_of_queries(year: Year, django_assert_max_num_queries: object) -> None:
    activity = ready(year)
    year.measured(activity, 54, 63)
    with django_assert_max_num_queries(60):
        report = outcome_report(activity, with_words=True)
    assert report.waves[0].fully == 6 and report.results[0].is_objective


def test_later_answers_of_few_are_told_by_no_number_of_the_report(year: Year) -> None:
    activity = year.activity()
    year.attended(activity, year.people(14, f"guest{activity.number}x"))
    year.followed(activity, ["fully"] * 12 + ["not_yet", ""])
    told = outcome_report(activity, with_words=False)
    (wave,) = told.waves
    assert (wave.answered, wave.fully, wave.shares) == (13, None, ())
    assert {step.name: step.n for step in told.funnel}["Changed practice"] is None
    assert not any("12" in words for words in (*told.response_words, *(one.sentence for one in told.results)))


def test_in_part_is_hidden_with_the_few_who_did_not(year: Year) -> None:
    activity = year.activity()
    year.followed(activity, ["fully"] * 16 + ["partly"] * 6 + ["not_yet"] * 2)
    (wave,) = outcome_report(activity, with_words=False).waves
    assert (wave.fully, wave.partly, len(wave.shares)) == (16, None, 3)


def test_nobody_asked_later_is_no_step_and_a_limit(year: Year) -> None:
    activity = year.activity()
    year.attended(activity, year.people(9, "guest1x"), planned=9)
    told = outcome_report(activity, with_words=False)
    assert "Changed practice" not in {step.name for step in told.funnel}
    assert "Nobody was asked yet what became of the plans." in told.limits
    assert not any("changed their practice" in one.title for one in figures(told))


@pytest.mark.requirement("TUFTS-11")
def test_open_questions_end_by_themselves_and_the_office_is_told_the_day(year: Year) -> None:
    activity = ready(year)
    asked = clock.now() - dt.timedelta(days=10)
    row = activity.commitments.first().follow_ups.get()
    FollowUp.objects.filter(pk=row.pk).update(asked_at=asked, answered_at=None, answer="")
    (reason,) = missing_to_close(activity, summary="Six of eight changed.")
    last = (asked + dt.timedelta(days=60)).date()
    assert reason.rule == "gate.follow_up" and "end them" not in reason.next_step
    assert any(f"{day.day} {day:%B %Y}" in reason.next_step for day in (last, last - dt.timedelta(days=1)))
    FollowUp.objects.filter(pk=row.pk).update(asked_at=clock.now() - dt.timedelta(days=61))
    assert missing_to_close(activity, summary="Six of eight changed.") == ()
