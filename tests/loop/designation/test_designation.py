"""Credit is promised by the agenda's arithmetic, statements are frozen, and nothing opens while something is missing."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
import time_machine

from cast import Cast
from lifelong.kernel.guard import writes_open
from lifelong.kernel.problems import NotAllowed, Problem
from lifelong.loop.designation import actions, gates, reads
from lifelong.loop.designation.models import Designation, RequiredStatement
from lifelong.loop.integrity.models import LearnerDisclosure
from lifelong.loop.planning import actions as planning
from lifelong.loop.planning.models import Activity
from lifelong.loop.planning.reads import gates_passed
from lifelong.loop.program.models import Accreditation, Organisation
from lifelong.rules.gates import Gate, State
from planned import a_ready_course, an_activity, day, results

NOW = dt.datetime(2026, 11, 22, 15, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _today() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


def ama(cast: Cast, activity: object, amount: str) -> Designation:
    return actions.designate(
        cast.actor("coordinator"), activity, credit_system="ama", profession="physician", maximum=Decimal(amount)
    )


@pytest.mark.requirement("TUFTS-34")
def test_breaks_and_parallel_tracks_do_not_count_twice(cast: Cast) -> None:
    activity = an_activity(cast)
    director = cast.actor("director")
    planning.add_session(director, activity, title="Plenary", starts_at=day(9), ends_at=day(12))
    planning.add_session(director, activity, title="Track A", starts_at=day(13), ends_at=day(15), track="A")
    planning.add_session(director, activity, title="Track B", starts_at=day(13), ends_at=day(15), track="B")
    planning.add_break(director, activity, title="Coffee", starts_at=day(10), ends_at=day(10, 30))
    with pytest.raises(Problem) as refusal:
        ama(cast, activity, "4.75")
    assert "270 minutes" in str(refusal.value)
    assert refusal.value.code == "R-CR-1"
    row = ama(cast, activity, "4.5")
    assert (row.maximum, row.minutes, row.unit) == (Decimal("4.5"), Decimal(270), "AMA PRA Category 1 Credit")


def test_a_second_press_designates_once(cast: Cast) -> None:
    activity = a_ready_course(cast)
    assert ama(cast, activity, "2.5").pk == ama(cast, activity, "2.5").pk
    with pytest.raises(Problem, match="designated already"):
        ama(cast, activity, "1.0")


@pytest.mark.parametrize(("amount", "code"), [("2.6", "R-CR-1"), ("0", "R-CR-1"), ("-1", "R-CR-1"), ("2.75", "R-CR-1")])
def test_an_amount_out_of_step_or_above_the_agenda_is_refused(cast: Cast, amount: str, code: str) -> None:
    activity = a_ready_course(cast)
    with pytest.raises(Problem) as refusal:
        ama(cast, activity, amount)
    assert refusal.value.code == code
    assert not activity.designations.exists()


def test_credit_is_never_designated_after_the_start(cast: Cast) -> None:
    activity = a_ready_course(cast)
    with time_machine.travel(dt.datetime(2027, 3, 3, 20, tzinfo=dt.UTC)), pytest.raises(Problem) as refusal:
        ama(cast, activity, "2.5")
    assert refusal.value.code == "R-CR-2"


def test_a_session_over_the_night_the_clocks_change_is_worth_its_elapsed_hour(cast: Cast) -> None:
    activity = an_activity(cast, time_zone="America/Chicago")
    night = dt.date(2027, 3, 14)
    session = planning.add_session(
        cast.actor("director"), activity, title="Night round", starts_at=day(1, 30, night), ends_at=day(3, 30, night)
    )
    assert session.ends_at - session.starts_at == dt.timedelta(minutes=60)
    assert ama(cast, activity, "1.0").minutes == 60


def test_a_series_carries_credit_per_session_by_its_shortest(cast: Cast) -> None:
    activity = an_activity(cast, format="series", title="Medicine grand rounds")
    director = cast.actor("director")
    planning.schedule_series(
        director,
        activity,
        weekday=1,
        starts_at=dt.time(12),
        minutes=60,
        first_on=dt.date(2027, 1, 5),
        last_on=dt.date(2027, 3, 9),
    )
    row = ama(cast, activity, "1.0")
    assert (row.is_per_session, row.maximum) == (True, Decimal("1.0"))


def test_nursing_needs_a_nurse_planner(cast: Cast) -> None:
    activity = a_ready_course(cast)
    ask = {"credit_system": "ancc", "profession": "nurse", "maximum": Decimal("2.5")}
    with pytest.raises(Problem) as refusal:
        actions.designate(cast.actor("coordinator"), activity, **ask)
    assert refusal.value.code == "R-ANCC-1"
    planning.add_role(cast.actor("director"), activity, person=cast.person("nurse"), kind="planner")
    assert actions.designate(cast.actor("coordinator"), activity, **ask).unit == "contact hour"


def test_pharmacy_needs_a_number_a_type_and_objectives_for_its_audience(cast: Cast) -> None:
    activity = a_ready_course(cast)
    ask = {"credit_system": "acpe", "profession": "pharmacist", "maximum": Decimal("2.5")}
    with pytest.raises(Problem) as refusal:
        actions.designate(cast.actor("coordinator"), activity, **ask, uan="0034-0000-26-001-L01-T", acpe_type="A")
    assert {reason.rule for reason in refusal.value.reasons} == {"R-ACPE-2"}
    planning.set_objectives(
        cast.actor("director"),
        activity,
        objectives=[{"text": "Choose the antibiotic", "kind": "skill", "audience": "pharmacist"}],
    )
    row = actions.designate(cast.actor("coordinator"), activity, **ask, uan="0034-0000-26-001-L01-P", acpe_type="A")
    assert row.uan.endswith("-P")


@pytest.mark.requirement("WASHU-29")
def test_each_profession_sees_its_own_credit(cast: Cast) -> None:
    activity = a_ready_course(cast)
    planning.add_role(cast.actor("director"), activity, person=cast.person("nurse"), kind="planner")
    ama(cast, activity, "2.5")
    coordinator = cast.actor("coordinator")
    actions.designate(coordinator, activity, credit_system="ancc", profession="nurse", maximum=Decimal("2.5"))
    actions.designate(coordinator, activity, credit_system="participation", maximum=Decimal("2.5"))
    seen = {
        who: [one.credit_system for one in reads.credit_for(activity, who)] for who in ("physician", "nurse", "student")
    }
    assert seen == {
        "physician": ["ama", "participation"],
        "nurse": ["ancc", "participation"],
        "student": ["participation"],
    }


def test_interprofessional_credit_asks_all_six_conditions(cast: Cast) -> None:
    activity = a_ready_course(cast)
    with pytest.raises(Problem) as refusal:
        actions.designate(
            cast.actor("coordinator"),
            activity,
            credit_system="ipce",
            maximum=Decimal("2.5"),
            conditions=["team_outcome"],
        )
    assert {reason.rule for reason in refusal.value.reasons} == {"R-IPCE-1"}
    assert "team_outcome" not in {reason.field for reason in refusal.value.reasons}


@pytest.mark.requirement("UCONN-10")
def test_education_for_the_public_carries_no_credit(cast: Cast) -> None:
    activity = an_activity(cast, track="community")
    with pytest.raises(Problem, match="carries no credit"):
        ama(cast, activity, "1.0")


def test_a_course_is_published_once_with_its_statements_and_gates_frozen(cast: Cast) -> None:
    activity = a_ready_course(cast)
    ama(cast, activity, "2.5")
    published = actions.publish(cast.actor("coordinator"), activity)
    assert published.published_at == NOW
    assert gates_passed(activity) == frozenset(tuple(Gate)[:8])
    texts = [one.text for one in reads.statements(activity)]
    assert any("2.50 AMA PRA Category 1 Credits" in text for text in texts)
    assert all(one.is_frozen for one in reads.statements(activity))
    assert LearnerDisclosure.objects.filter(activity=activity).exists()
    count = RequiredStatement.objects.count()
    actions.publish(cast.actor("coordinator"), activity)
    activity.published_at = None  # a second press, from a page that was loaded before the first
    assert actions.publish(cast.actor("coordinator"), activity).published_at == NOW
    assert RequiredStatement.objects.count() == count


def test_a_frozen_statement_outlives_a_change_of_the_designation(cast: Cast) -> None:
    activity = a_ready_course(cast)
    first = ama(cast, activity, "2.5")
    actions.publish(cast.actor("coordinator"), activity)
    with time_machine.travel(NOW + dt.timedelta(days=1)):
        actions.withdraw(cast.actor("coordinator"), first)
        ama(cast, activity, "2.25")
    kept = RequiredStatement.objects.filter(activity=activity, kind="ama").values_list("text", flat=True)
    assert [("2.50" in text, "2.25" in text) for text in kept] == [(True, False), (False, True)]
    assert [one.text for one in reads.statements(activity) if one.kind == "ama"] == [kept[1]]


@pytest.mark.requirement("TUFTS-08")
def test_what_is_missing_is_named_by_rule(cast: Cast) -> None:
    activity = an_activity(cast, format_rationale="", intended_change="", outcome_plan="")
    with pytest.raises(Problem) as refusal:
        actions.publish(cast.actor("coordinator"), activity)
    rules = {reason.rule for reason in refusal.value.reasons}
    assert {"R-NEED-1", "R-DTC-1", "R-FMT-1", "R-CMP-1", "R-S1-1", "gate.designation", "gate.planners"} <= rules
    assert activity.published_at is None


def test_content_is_not_reviewed_by_who_teaches_it(cast: Cast) -> None:
    activity = a_ready_course(cast)
    planning.add_role(cast.actor("director"), activity, person=cast.person("reviewer"), kind="faculty")
    with pytest.raises(Problem, match="review"):
        actions.review_content(
            cast.actor("reviewer"), activity, is_valid=True, is_balanced=True, is_free_of_marketing=False
        )


@pytest.mark.requirement("WASHU-28")
def test_a_jointly_accredited_program_prints_the_joint_statement(cast: Cast) -> None:
    activity = a_ready_course(cast)
    with writes_open("test"):
        Accreditation.objects.create(
            provider=cast.home, body="JA", kind="joint", statement="joint_accreditation", confirmed=True
        )
    assert "jointly accredited" in reads.statements(activity)[0].text


def test_an_unconfirmed_accreditation_is_shown_as_such(cast: Cast) -> None:
    activity = a_ready_course(cast)
    with writes_open("test"):
        Accreditation.objects.update(confirmed=False)
    assert reads.statements(activity)[0].status == "unconfirmed"


def test_gates_are_passed_in_order_and_opened_again_with_a_reason(cast: Cast) -> None:
    activity = a_ready_course(cast)
    coordinator = cast.actor("coordinator")
    with pytest.raises(Problem) as refusal:
        gates.pass_gate(coordinator, activity, gate="G3")
    assert refusal.value.code == "gate.order"
    for gate in ("G1", "G2", "G3"):
        row = gates.pass_gate(coordinator, activity, gate=gate)
    assert gates.pass_gate(coordinator, activity, gate="G3").pk == row.pk
    assert "accme:" in row.rule_book_version
    assert reads.gate_rail(activity)[2].state is State.PASSED
    planning.reopen_gate(coordinator, activity, gate="G3", reason="The gap changed.")
    assert Gate.DESIGN not in gates_passed(activity)
    assert activity.gates.filter(gate="G3").count() == 2


@pytest.mark.parametrize("who", ["learner", "evaluator", "other_director", "leader", "stranger"])
def test_without_the_role_nothing_is_designated_or_published(cast: Cast, who: str) -> None:
    activity = a_ready_course(cast)
    with pytest.raises(NotAllowed):
        actions.designate(cast.actor(who), activity, credit_system="ama", profession="physician", maximum=Decimal(1))
    with pytest.raises(NotAllowed):
        actions.publish(cast.actor(who), activity)
    with pytest.raises(NotAllowed):
        gates.pass_gate(cast.actor(who), activity, gate="G1")


def test_an_ineligible_joint_provider_is_refused(cast: Cast) -> None:
    with writes_open("test"):
        company = Organisation.objects.create(
            provider=cast.home, name="Example Devices", kind="joint_provider", is_eligible=False
        )
    with pytest.raises(Problem) as refusal:
        an_activity(cast, joint_provider_id=company.pk, expected_results=results(cast))
    assert refusal.value.code == "gate.partner"


@pytest.mark.requirement("WASHU-32")
def test_performance_improvement_is_designated_by_its_stages_and_not_by_time(cast: Cast) -> None:
    activity = a_ready_course(cast)
    with writes_open("test"):
        Activity.objects.filter(pk=activity.pk).update(format="performance_improvement")
    activity.refresh_from_db()
    with pytest.raises(Problem, match="worth 20, not 20.25"):
        ama(cast, activity, "20.25")
    assert ama(cast, activity, "20").maximum == 20
