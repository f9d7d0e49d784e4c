"""The block on non-response: funnels, standardised differences, early beside late, weighted beside unweighted, tipping point, and patients."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cast import Cast
from lifelong.kernel import clock
from lifelong.kernel.guard import writes_open
from lifelong.loop.delivery.models import Attendance
from lifelong.loop.evaluation.models import FollowUp
from lifelong.loop.outcomes import nonresponse_methods
from lifelong.loop.outcomes.nonresponse import nonresponse
from lifelong.loop.outcomes.patients import patients
from lifelong.loop.planning.models import Activity
from lifelong.loop.surveys.actions import keep_response
from lifelong.loop.surveys.forms import Given
from lifelong.loop.surveys.models import Instrument, Question
from lifelong.methods.result import RefusedError
from lifelong.rules.verdict import Reason
from loop.improvement.a_year import Year
from loop.outcomes.learners import crowd, evaluated, planned, sat, with_test

pytestmark = pytest.mark.slow  # loads the statistics packages


@pytest.fixture
def year(cast: Cast) -> Iterator[Year]:
    with writes_open("test"):
        yield Year(cast)


@pytest.fixture
def held(year: Year) -> Activity:
    """30 physicians of Massachusetts and 20 nurses of Connecticut came; all physicians evaluated, 24 of them on the day, and 10 nurses late.

    Physicians answered later more often (20 of 30, 15 of them fully) than nurses (6 of 20, none fully).
    """
    activity = year.activity()
    ids = crowd(year, activity, {("physician", "MA"): 30, ("nurse", "CT"): 20})
    for at, person in enumerate(ids[:40]):
        evaluated(activity, person, days_later=0 if at < 24 else 2)
    for at, person in enumerate(ids):
        answer = ("fully" if at < 15 else "partly" if at < 20 else "") if at < 30 else ("not_yet" if at < 36 else "")
        planned(activity, person, answer, reminders=int(at >= 12))
    return activity


def test_those_who_answered_stand_beside_all_with_standardised_differences(held: Activity) -> None:
    block = nonresponse(held)
    told = {(row.compared, row.field): row for row in block.contrasts}
    row = told["evaluated / all who came", "profession: physician"]
    assert (row.first, row.second) == (75.0, 60.0)
    assert row.standardised == pytest.approx(0.15 / ((0.75 * 0.25 + 0.6 * 0.4) / 2) ** 0.5) and row.is_large
    assert ("answered after 90 days / all who came", "credit, mean") in told
    late = told["evaluated on the day / later", "state: MA"]
    assert (late.first, round(late.second)) == (100.0, 38)
    said = told["answered after 90 days unprompted / after a reminder", "plans fully carried out"]
    assert (said.first, round(said.second)) == (100.0, 21)


def test_the_weighted_share_stands_beside_the_unweighted_with_its_effective_n(held: Activity) -> None:
    (one,) = nonresponse(held).weighted
    assert (one.n, round(one.plain, 1)) == (26, 57.7)
    assert one.weighted == pytest.approx(100 * (30 * 15 / 20 + 20 * 0) / 50), (
        "each profession stands for all of its own"
    )
    assert one.low < one.weighted < one.high and one.effective_n < one.n and one.trimmed == 0
    assert one.margins == "profession, specialty, state"


def test_a_weighted_share_of_all_is_not_certain(year: Year) -> None:
    activity = year.activity()
    for at, person in enumerate(crowd(year, activity, {("physician", "MA"): 20, ("nurse", "CT"): 20})):
        planned(activity, person, "fully" if at % 2 else "")
    (one,) = nonresponse(activity).weighted
    assert (one.weighted, one.high) == (100.0, 100.0) and 80 < one.low < 90


def test_every_form_has_its_funnel(held: Activity, year: Year) -> None:
    form = with_test(year, held)
    for at in range(20):
        sat(held, form, f"{at:064x}", "before", "bbb" if at < 8 else "abb")
        if at < 12:
            sat(held, form, f"{at:064x}", "after", "aab")
    block = nonresponse(held)
    assert [(one.form, one.invited, one.completed, one.matched) for one in block.asked] == [
        ("Evaluation", 50, 40, None), ("Test before and after", 50, 12, 12), ("Question about plans, 90 days", 50, 26, 26),
    ]  # fmt: skip
    row = next(row for row in block.contrasts if row.field == "score before, mean")
    assert (round(row.first, 1), round(row.second, 1)) == (11.1, 20.0)
    assert "the 8 who took the test only before had changed by −83 points" in block.tipping[0]


def test_small_groups_are_compared_with_nobody(year: Year) -> None:
    activity = year.activity()
    for person in crowd(year, activity, {("physician", "MA"): 20, ("nurse", "CT"): 3})[:15]:
        evaluated(activity, person)
    assert {row.field for row in nonresponse(activity).contrasts} == set()


def test_answers_of_people_whose_attendance_was_voided_do_not_stop_the_report(held: Activity) -> None:
    answered = FollowUp.objects.filter(commitment__activity=held).exclude(answer="").values("commitment__person")
    Attendance.objects.filter(session__activity=held, person__in=answered).update(voided_at=clock.now())
    block = nonresponse(held)
    assert "answered after 90 days / all who came" not in {row.compared for row in block.contrasts}
    assert not block.weighted


def test_a_method_that_refuses_says_why_in_its_block(held: Activity, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise RefusedError(Reason("weighting.cell", "The margins do not meet.", "Join levels."))

    monkeypatch.setattr(nonresponse_methods, "weighting", refuse)
    block = nonresponse(held)
    assert block.contrasts and not block.weighted
    assert "Plans, weighted: not computed, because the margins do not meet." in block.notes


# --- patients


def asks(held: Activity, **answers: list[float]) -> None:
    """An evaluation form with these number questions and their answers."""
    form = Instrument.objects.create(
        provider=held.provider, key="own", kind="evaluation", title="Own", published_at=held.published_at
    )
    for at, (key, numbers) in enumerate(answers.items()):
        question = Question.objects.create(instrument=form, position=at, key=key, kind="number", text=key)
        for number in numbers:
            keep_response(
                form.pk, [Given(question.pk, number=number)], subject_type="session", subject_id=held.sessions.get().pk,
                activity_id=held.pk, on=held.starts_on,
            )  # fmt: skip


def test_patients_are_an_estimate_with_inputs_and_a_range_and_only_where_learners_were_asked(held: Activity) -> None:
    assert patients(held) is None
    asks(held, patients_per_week=[2, 4, 6, 8, 10], patients_share=[50, 50, 50, 100, 100])
    told = patients(held)
    assert told is not None
    assert (told.low, told.middle, told.high) == (15 * 4 * 50 // 100, 20 * 6 * 50 // 100, 20 * 8 * 100 // 100)
    assert "an estimate from self-report" in told.sentence
    assert dict(told.inputs)["Learners who changed, fully or in part"].startswith("20 of 26 who answered later")
    assert dict(told.inputs)["Patients a week whom it concerns, for one learner"] == "median 6, quartiles 4 to 8, n 5"


def test_without_the_share_the_estimate_says_that_it_is_an_upper_bound(held: Activity) -> None:
    asks(held, patients_per_week=[2, 4, 6, 8, 10])
    told = patients(held)
    assert (
        told is not None
        and told.middle == 120
        and "upper bounds" in dict(told.inputs)["Share of them for whom the change is right"]
    )
