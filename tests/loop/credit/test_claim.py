"""Claims: what may be claimed, once each, whatever is sent and however often."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import connection

from cast import Cast
from lifelong.kernel import clock
from lifelong.kernel.effects import perform_all
from lifelong.kernel.guard import writes_open
from lifelong.kernel.models import AuditEvent
from lifelong.kernel.problems import NotAllowed, NotFound, Problem
from lifelong.loop.credit import reads
from lifelong.loop.credit.actions import (
    claim_credit,
    claim_late,
    correct_award,
    declare_repeat,
    new_serial,
    pause,
    resume,
    reverse_award,
    void_attendance,
)
from lifelong.loop.credit.models import Award, Certificate, CreditTotal
from lifelong.loop.delivery.models import Attendance
from lifelong.loop.designation.models import Designation
from lifelong.loop.evaluation.actions import submit
from lifelong.loop.planning.models import Activity, PlanningRole, Session
from lifelong.loop.program.models import AccreditedProvider
from taught import Taught, answers, attend, teach

ONE = Decimal("1.00")


def ready(cast: Cast, taught: Taught, who: str = "learner", session: Session | None = None) -> Attendance:
    """Attended and evaluated: only the claim is missing."""
    attendance = attend(session or taught.session, cast.person(who))
    submit(cast.actor(who), attendance, answers=answers(taught.activity))
    return attendance


def test_a_claim_becomes_an_award_with_certificate_seal_and_sum(cast: Cast) -> None:
    taught = teach(cast.home)
    award = claim_credit(cast.actor("learner"), ready(cast, taught), designation_id=taught.ama.pk, amount=ONE)
    perform_all()
    assert (award.amount, award.credit_system, award.evidence, award.is_late) == (ONE, "ama", "rotating_code", False)
    assert award.rule_book_version == "ama:2026.1+lifelong:2026.1"
    assert len(award.serial) == 26
    assert Award.objects.get().seal.seq == 1
    assert CreditTotal.objects.get().amount == ONE
    pdf = reads.certificate_pdf(cast.actor("learner"), award.serial)
    assert pdf is not None
    assert pdf.startswith(b"%PDF")


def test_fifty_retries_give_one_award_one_certificate_and_one_audit_row(cast: Cast) -> None:
    """A01, A02: a lost answer is asked for again; the first receipt comes back."""
    taught = teach(cast.home)
    learner, attendance = cast.actor("learner"), ready(cast, taught)
    receipts = {claim_credit(learner, attendance, designation_id=taught.ama.pk, amount=ONE).serial for _ in range(50)}
    perform_all()
    perform_all()
    assert len(receipts) == 1
    assert (
        Award.objects.count(),
        Certificate.objects.count(),
        AuditEvent.objects.filter(verb="credit.awarded").count(),
    ) == (1, 1, 1)
    with pytest.raises(Problem, match="already claimed 1.0"):
        claim_credit(learner, attendance, designation_id=taught.ama.pk, amount=Decimal("0.5"))


@pytest.mark.parametrize("amount", ["1.25", "-0.25", "0.1", "0.333", "1e309", "NaN", "Infinity", "0", "9" * 400])
def test_absurd_amounts_are_refused_at_their_field(cast: Cast, amount: str) -> None:
    """A08; what is written as text is read by `rules.claim.parse_amount` before it comes here."""
    taught = teach(cast.home)
    with pytest.raises(Problem) as refused:
        claim_credit(cast.actor("learner"), ready(cast, taught), designation_id=taught.ama.pk, amount=Decimal(amount))
    assert [reason.field for reason in refused.value.reasons] == ["amount"]
    assert not Award.objects.exists()


@pytest.mark.parametrize("first", [0, 1])
def test_overlapping_sessions_carry_their_time_once_in_either_order(cast: Cast, first: int) -> None:
    """A06: 10:00-11:00 in room A and 10:30-11:30 in room B are worth an hour and a half."""
    with time_machine.travel(dt.datetime(2026, 11, 24, 20, 0, tzinfo=dt.UTC), tick=False):
        rooms = [teach(cast.home, "Room A", ended_hours_ago=4), teach(cast.home, "Room B", ended_hours_ago=3.5)]
        rooms = [rooms[first], rooms[1 - first]]
        claim_credit(cast.actor("learner"), ready(cast, rooms[0]), designation_id=rooms[0].ama.pk, amount=ONE)
        second = ready(cast, rooms[1])
        with pytest.raises(Problem) as refused:
            claim_credit(cast.actor("learner"), second, designation_id=rooms[1].ama.pk, amount=ONE)
        assert refused.value.code == "claim.overlap"
        assert rooms[0].session.title in str(refused.value)
        (offer,) = reads.offers(cast.actor("learner"), second)
        assert offer.most == Decimal("0.50")
        claim_credit(cast.actor("learner"), second, designation_id=rooms[1].ama.pk, amount=Decimal("0.50"))
    assert sum(Award.objects.values_list("amount", flat=True)) == Decimal("1.50")


def test_overlap_counts_against_whole_activities_too(cast: Cast) -> None:
    with time_machine.travel(dt.datetime(2026, 11, 24, 20, 0, tzinfo=dt.UTC), tick=False):
        whole = teach(cast.home, "Workshop", ended_hours_ago=4, is_per_session=False)
        other = teach(cast.elsewhere, "Other workshop", ended_hours_ago=4, is_per_session=False)
        claim_credit(cast.actor("learner"), ready(cast, whole), designation_id=whole.ama.pk, amount=ONE)
        with pytest.raises(Problem, match="Workshop 1"):
            claim_credit(cast.actor("learner"), ready(cast, other), designation_id=other.ama.pk, amount=ONE)


def test_speakers_hold_no_learner_credit_for_their_own_talk(cast: Cast) -> None:
    """A07"""
    taught = teach(cast.home, sessions=2)
    speaker = cast.person("speaker")
    with writes_open("test"):
        PlanningRole.objects.create(
            activity=taught.activity, session=taught.sessions[0], person=speaker, kind="faculty", asked_at=clock.now()
        )
    own, other = (ready(cast, taught, "speaker", session) for session in taught.sessions)
    with pytest.raises(Problem) as refused:
        claim_credit(cast.actor("speaker"), own, designation_id=taught.ama.pk, amount=ONE)
    assert refused.value.code == "R-CR-5"
    assert claim_credit(cast.actor("speaker"), other, designation_id=taught.ama.pk, amount=ONE).amount == ONE


def test_the_same_content_is_awarded_once(cast: Cast) -> None:
    """A07: the repeat of last month's session is refused with the rule's words; other sessions are not touched."""
    taught = teach(cast.home, sessions=4)
    first, repeat, again, other = taught.sessions
    coordinator = cast.actor("coordinator")
    declare_repeat(coordinator, repeat, first=first)
    declare_repeat(coordinator, again, first=repeat)
    present = [ready(cast, taught, session=session) for session in taught.sessions]
    learner = cast.actor("learner")
    award = claim_credit(learner, present[1], designation_id=taught.ama.pk, amount=ONE)
    for attendance in (present[0], present[2]):
        with pytest.raises(Problem) as refused:
            claim_credit(learner, attendance, designation_id=taught.ama.pk, amount=ONE)
        assert refused.value.code == "claim.repeat"
    assert claim_credit(learner, present[3], designation_id=taught.ama.pk, amount=ONE).session_id == other.pk
    reverse_award(cast.actor("credit_officer"), award, reason="Was in another room")
    assert claim_credit(learner, present[2], designation_id=taught.ama.pk, amount=ONE)
    with pytest.raises(Problem, match="follows its first"):
        declare_repeat(coordinator, first, first=other)
    with pytest.raises(NotAllowed):
        declare_repeat(cast.actor("series_coordinator"), other, first=first)


def test_a_speakers_own_talk_is_taken_off_a_whole_course(cast: Cast) -> None:
    taught = teach(cast.home, sessions=3, maximum="3.00", is_per_session=False)
    speaker = cast.person("speaker")
    with writes_open("test"):
        PlanningRole.objects.create(
            activity=taught.activity, session=taught.sessions[0], person=speaker, kind="faculty", asked_at=clock.now()
        )
    attendance = ready(cast, taught, "speaker", taught.sessions[1])
    with pytest.raises(Problem, match="At most 2.00"):
        claim_credit(cast.actor("speaker"), attendance, designation_id=taught.ama.pk, amount=Decimal("3.00"))
    assert (
        claim_credit(cast.actor("speaker"), attendance, designation_id=taught.ama.pk, amount=Decimal("2.00")).session_id
        is None
    )


@pytest.mark.requirement("UMASS-11", "WASHU-29")
@pytest.mark.parametrize("who", ["nurse", "student", "pharmacist"])
def test_ama_credit_is_for_physicians_and_others_get_a_certificate_of_participation(cast: Cast, who: str) -> None:
    taught = teach(cast.home)
    attendance = ready(cast, taught, who)
    with pytest.raises(Problem) as refused:
        claim_credit(cast.actor(who), attendance, designation_id=taught.ama.pk, amount=ONE)
    assert refused.value.code == "R-CR-4"
    assert [offer.credit_system for offer in reads.offers(cast.actor(who), attendance)] == ["participation"]
    award = claim_credit(cast.actor(who), attendance, designation_id=taught.participation.pk, amount=ONE)
    perform_all()
    assert reads.certificate_pdf(cast.actor(who), award.serial)


def test_an_evaluation_is_asked_first_where_the_activity_says_so(cast: Cast) -> None:
    taught = teach(cast.home)
    attendance = attend(taught.session, cast.person("learner"))
    with pytest.raises(Problem) as refused:
        claim_credit(cast.actor("learner"), attendance, designation_id=taught.ama.pk, amount=ONE)
    assert refused.value.code == "claim.evaluation_missing"


def test_after_the_window_only_a_second_person_awards_and_the_award_is_marked_late(cast: Cast) -> None:
    """T04"""
    taught = teach(cast.home, ended_hours_ago=24 * 32)
    attendance = ready(cast, taught)
    with pytest.raises(Problem) as refused:
        claim_credit(cast.actor("learner"), attendance, designation_id=taught.ama.pk, amount=ONE)
    assert refused.value.code == "claim.window_closed"
    late = {"designation_id": taught.ama.pk, "amount": ONE, "reason": "Was on leave; the roster shows him."}
    for who in ("learner", "coordinator", "other_credit_officer"):
        with pytest.raises(NotAllowed):
            claim_late(cast.actor(who), attendance, **late)
    with pytest.raises(Problem, match="reason"):
        claim_late(cast.actor("credit_officer"), attendance, **late | {"reason": " "})
    award = claim_late(cast.actor("credit_officer"), attendance, **late)
    assert (award.is_late, award.reason) == (True, late["reason"])
    own = ready(cast, taught, "credit_officer")
    with pytest.raises(Problem, match="second person"):
        claim_late(cast.actor("credit_officer"), own, **late)


def test_the_stop_switch_stops_awards_and_nothing_else(cast: Cast) -> None:
    taught = teach(cast.home)
    attendance = ready(cast, taught)
    with pytest.raises(NotAllowed):
        pause(cast.actor("coordinator"), cast.home)
    pause(cast.actor("credit_officer"), cast.home, reason="Wrong maximum")
    assert AuditEvent.objects.get(verb="credit.paused").facts == {"reason": "Wrong maximum"}
    fresh = _fresh(attendance)
    with pytest.raises(Problem) as refused:
        claim_credit(cast.actor("learner"), fresh, designation_id=taught.ama.pk, amount=ONE)
    assert refused.value.code == "claim.paused"
    assert reads.claimable(cast.person("learner"))[0].paused
    other = teach(cast.elsewhere, ended_hours_ago=5)
    assert claim_credit(cast.actor("learner"), ready(cast, other), designation_id=other.ama.pk, amount=ONE)
    resume(cast.actor("credit_officer"), AccreditedProvider.objects.get(pk=cast.home.pk))
    assert claim_credit(cast.actor("learner"), _fresh(attendance), designation_id=taught.ama.pk, amount=ONE)


def test_papers_wait_while_awards_are_stopped(cast: Cast) -> None:
    taught = teach(cast.home)
    award = claim_credit(cast.actor("learner"), ready(cast, taught), designation_id=taught.ama.pk, amount=ONE)
    pause(cast.actor("credit_officer"), cast.home)
    perform_all()
    assert reads.certificate_pdf(cast.actor("learner"), award.serial) is None
    resume(cast.actor("credit_officer"), cast.home)
    with time_machine.travel(clock.now() + dt.timedelta(minutes=11)):
        perform_all()
    assert reads.certificate_pdf(cast.actor("learner"), award.serial)


def _fresh(attendance: Attendance) -> Attendance:
    return Attendance.objects.select_related("session__activity__provider").get(pk=attendance.pk)


@pytest.mark.parametrize("who", ["nurse", "director", "stranger", "credit_officer"])
def test_nobody_claims_for_somebody_else(cast: Cast, who: str) -> None:
    taught = teach(cast.home)
    attendance = ready(cast, taught)
    with pytest.raises(NotAllowed):
        claim_credit(cast.actor(who), attendance, designation_id=taught.ama.pk, amount=ONE)
    with pytest.raises(NotFound):
        reads.offers(cast.actor(who), attendance)


def test_a_designation_of_another_activity_does_not_exist_here(cast: Cast) -> None:
    taught, other = teach(cast.home), teach(cast.elsewhere)
    with pytest.raises(NotFound):
        claim_credit(cast.actor("learner"), ready(cast, taught), designation_id=other.ama.pk, amount=ONE)


def test_credit_designated_after_the_session_is_refused(cast: Cast) -> None:
    """T05: never retroactively."""
    taught = teach(cast.home)
    with writes_open("test"):
        Designation.objects.filter(pk=taught.ama.pk).update(designated_at=clock.now())
    with pytest.raises(Problem) as refused:
        claim_credit(cast.actor("learner"), ready(cast, taught), designation_id=taught.ama.pk, amount=ONE)
    assert refused.value.code == "R-CR-2"


def test_a_correction_is_an_entry_that_names_what_it_corrects(cast: Cast) -> None:
    taught = teach(cast.home)
    award = claim_credit(cast.actor("learner"), ready(cast, taught), designation_id=taught.ama.pk, amount=ONE)
    officer = cast.actor("credit_officer")
    down = correct_award(officer, award, amount=Decimal("0.50"), reason="Left at half time")
    up = correct_award(officer, award, amount=Decimal("0.75"), reason="Came back for the discussion")
    assert (down.amount, down.reverses, up.amount, up.reverses) == (Decimal("-0.50"), award, Decimal("0.25"), down)
    assert correct_award(officer, award, amount=Decimal("0.75"), reason="The same again") == up
    for amount in ("1.25", "-1", "0.3", "NaN"):
        with pytest.raises(Problem):
            correct_award(officer, award, amount=Decimal(amount), reason="Does not fit")
    perform_all()
    assert CreditTotal.objects.get().amount == Decimal("0.75")
    (line,) = reads.transcript(cast.actor("learner"), cast.person("learner")).lines
    assert (line.amount, line.is_corrected, line.serial) == (Decimal("0.75"), True, up.serial)
    reverse_award(officer, award, reason="The session was cancelled")
    perform_all()
    assert reads.verify(award.serial).is_reversed
    assert reads.transcript(cast.actor("learner"), cast.person("learner")).lines[0].amount == 0
    assert CreditTotal.objects.get().amount == 0


@pytest.mark.parametrize("who", ["learner", "coordinator", "accreditor", "other_credit_officer", "leader"])
def test_only_those_who_may_correct_credit_reverse_it(cast: Cast, who: str) -> None:
    taught = teach(cast.home)
    award = claim_credit(cast.actor("learner"), ready(cast, taught), designation_id=taught.ama.pk, amount=ONE)
    with pytest.raises(NotAllowed):
        reverse_award(cast.actor(who), award, reason="Because I can")
    assert Award.objects.count() == 1


@pytest.mark.requirement("TUFTS-03", "HMS-13", "WASHU-01")
def test_the_transcript_spans_programs_and_years_in_one_query(cast: Cast, django_assert_num_queries: object) -> None:
    here, there = teach(cast.home), teach(cast.elsewhere, ended_hours_ago=5)
    for taught in (here, there):
        claim_credit(cast.actor("learner"), ready(cast, taught), designation_id=taught.ama.pk, amount=ONE)
    learner, person = cast.actor("learner"), cast.person("learner")
    with django_assert_num_queries(1):  # type: ignore[operator]
        whole = reads.transcript(learner, person)
    assert {line.provider_slug for line in whole.lines} == {"home", "elsewhere"}
    assert whole.totals == (("AMA PRA Category 1", Decimal("2.00")),)
    part = reads.transcript(
        learner, person, reads.TranscriptFilter(provider="elsewhere", year=clock.now().year, credit_system="ama")
    )
    assert [line.provider_slug for line in part.lines] == ["elsewhere"]
    assert reads.transcript(learner, person, reads.TranscriptFilter(year=1999)).lines == ()


@pytest.mark.parametrize("who", ["nurse", "director", "credit_officer", "stranger", "operator"])
def test_a_transcript_and_a_certificate_are_their_owners_alone(cast: Cast, who: str) -> None:
    """A16"""
    taught = teach(cast.home)
    award = claim_credit(cast.actor("learner"), ready(cast, taught), designation_id=taught.ama.pk, amount=ONE)
    perform_all()
    with pytest.raises(NotFound) as transcript:
        reads.transcript(cast.actor(who), cast.person("learner"))
    with pytest.raises(NotFound) as of_another:
        reads.certificate_pdf(cast.actor(who), award.serial)
    with pytest.raises(NotFound) as of_nobody:
        reads.certificate_pdf(cast.actor(who), new_serial())
    assert of_another.value.as_dict() == of_nobody.value.as_dict()
    assert transcript.value.status == 404


def test_serials_cannot_be_found_by_trying(cast: Cast) -> None:
    """A15: random, near misses and changed case are all the same miss."""
    taught = teach(cast.home)
    award = claim_credit(cast.actor("learner"), ready(cast, taught), designation_id=taught.ama.pk, amount=ONE)
    near = [
        award.serial[:place] + ("Z" if award.serial[place] != "Z" else "Y") + award.serial[place + 1 :]
        for place in range(26)
    ]
    others = [
        award.serial.lower(),
        award.serial + " ",
        award.serial[:-1],
        "",
        "0" * 26,
        *(new_serial() for _ in range(50)),
    ]
    misses = set()
    for serial in near + others:
        with pytest.raises(NotFound) as missed:
            reads.verify(serial)
        misses.add(str(missed.value.as_dict()))
    assert len(misses) == 1
    assert reads.verify(award.serial).learner == "Learner Example"


def test_what_can_be_claimed_is_listed_by_its_closing_time_in_few_queries(
    cast: Cast, django_assert_max_num_queries: object
) -> None:
    soon, later = teach(cast.home, "Soon", ended_hours_ago=24 * 29), teach(cast.home, "Later", sessions=3)
    attend(soon.session, cast.person("learner"))
    for session in later.sessions:
        attend(session, cast.person("learner"))
    person = cast.person("learner")
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        lines = reads.claimable(person)
    ama = [line for line in lines if line.credit_system == "ama"]
    assert ama[0].activity_title == "Soon"
    assert len(ama) == 4
    assert all(line.needs_evaluation for line in ama)


def test_staff_see_the_awards_of_their_program_page_by_page(cast: Cast) -> None:
    taught = teach(cast.home, sessions=3)
    for session in taught.sessions:
        claim_credit(
            cast.actor("learner"), ready(cast, taught, session=session), designation_id=taught.ama.pk, amount=ONE
        )
    officer = cast.actor("credit_officer")
    first = reads.awards(officer, cast.home, limit=2)
    rest = reads.awards(officer, cast.home, before=first[-1].pk, limit=2)
    assert [row.pk for row in first + rest] == sorted(Award.objects.values_list("pk", flat=True), reverse=True)
    assert len(reads.awards(officer, cast.home, search="exam")) == 3
    assert len(reads.awards(officer, cast.home, search=first[0].serial.lower())) == 1
    for who in ("learner", "stranger", "other_credit_officer", "leader"):
        assert reads.awards(cast.actor(who), cast.home) == []
        with pytest.raises(NotFound):
            reads.award(cast.actor(who), cast.home, first[0].pk)


def test_credit_is_claimed_when_the_session_has_ended_and_not_before(cast: Cast) -> None:
    """Who checks in at the start has not taken part yet. The evaluation may be done before."""
    taught = teach(cast.home, ended_hours_ago=-0.5)
    attendance = ready(cast, taught)
    (line,) = [one for one in reads.claimable(cast.person("learner")) if one.designation_id == taught.ama.pk]
    assert (line.is_open, line.opens_at) == (False, taught.session.ends_at)
    (offer,) = reads.offers(cast.actor("learner"), attendance)
    assert not offer.open
    for late in (False, True):
        with pytest.raises(Problem) as refused:
            if late:
                claim_late(
                    cast.actor("credit_officer"),
                    attendance,
                    designation_id=taught.ama.pk,
                    amount=ONE,
                    reason="Asked early",
                )
            else:
                claim_credit(cast.actor("learner"), attendance, designation_id=taught.ama.pk, amount=ONE)
        assert refused.value.code == "claim.too_early"
    with time_machine.travel(taught.session.ends_at, tick=False):
        assert claim_credit(cast.actor("learner"), attendance, designation_id=taught.ama.pk, amount=ONE).amount == ONE


def test_credit_of_a_whole_activity_opens_and_closes_with_its_last_session(cast: Cast) -> None:
    taught = teach(cast.home, sessions=2, ended_hours_ago=-24, is_per_session=False)
    attendance = ready(cast, taught)
    with pytest.raises(Problem) as refused:
        claim_credit(cast.actor("learner"), attendance, designation_id=taught.ama.pk, amount=ONE)
    assert refused.value.code == "claim.too_early"
    last = taught.sessions[-1].ends_at
    (line,) = reads.claimable(cast.person("learner"))
    assert line.opens_at == last
    with time_machine.travel(
        last + dt.timedelta(days=taught.activity.claim_days - 1), tick=False
    ):  # weeks after the first
        (line,) = reads.claimable(cast.person("learner"))
        assert line.is_open and line.closes_at > clock.now()
        assert claim_credit(cast.actor("learner"), attendance, designation_id=taught.ama.pk, amount=ONE)


def test_material_for_ones_own_time_is_claimed_when_it_is_done(cast: Cast) -> None:
    taught = teach(cast.home, ended_hours_ago=-24 * 90, minutes=60 * 24 * 180)
    with writes_open("test"):
        type(taught.activity).objects.filter(pk=taught.activity.pk).update(format="enduring_web")
    assert claim_credit(cast.actor("learner"), ready(cast, taught), designation_id=taught.ama.pk, amount=ONE)


def test_a_retry_after_a_correction_is_told_what_stands(cast: Cast) -> None:
    """Nobody is told that they hold what was taken back."""
    taught = teach(cast.home)
    attendance = ready(cast, taught)
    award = claim_credit(cast.actor("learner"), attendance, designation_id=taught.ama.pk, amount=ONE)
    reverse_award(cast.actor("credit_officer"), award, reason="Was in another room")
    with pytest.raises(Problem, match=r"claimed 1.0 for this. It was corrected to 0.0"):
        claim_credit(cast.actor("learner"), attendance, designation_id=taught.ama.pk, amount=ONE)
    assert Award.objects.count() == 2


def test_accounts_that_were_merged_are_read_as_one_human_being(cast: Cast) -> None:
    """Transcript, certificate and yearly sum hold both accounts' credit, and the same hour counts once for the two."""
    taught, parallel = teach(cast.home), teach(cast.home, "In parallel")
    award = claim_credit(
        cast.actor("nurse"), ready(cast, taught, "nurse"), designation_id=taught.participation.pk, amount=ONE
    )
    perform_all()
    student = ready(cast, taught, "student")
    also = ready(cast, parallel, "student")
    with writes_open("test"):
        nurse = cast.person("nurse")
        nurse.merged_into, nurse.is_active = cast.person("student"), False
        nurse.save()
    viewer, person = cast.actor("student"), cast.person("student")
    assert [line.serial for line in reads.transcript(viewer, person).lines] == [award.serial]
    assert reads.own_award(viewer, award.serial).pk == award.pk
    assert reads.totals_of_year(person.pk, award.earned_on.year) == {"participation": ONE}
    assert [line.session_title for line in reads.claimable(person)] == [parallel.session.title]
    with pytest.raises(Problem, match="same time counts once|already carries credit"):
        claim_credit(viewer, also, designation_id=parallel.participation.pk, amount=ONE)
    assert claim_credit(viewer, student, designation_id=taught.participation.pk, amount=ONE).pk == award.pk
    with pytest.raises(NotFound):
        reads.own_award(cast.actor("learner"), award.serial)


def test_a_claim_reads_its_facts_once(cast: Cast, django_assert_max_num_queries: Any) -> None:
    taught = teach(cast.home)
    attendance = ready(cast, taught)
    # two the transaction's own, six the facts, four the rows; and a lock where the database takes locks
    most = 12 + connection.features.has_select_for_update
    with django_assert_max_num_queries(most):
        claim_credit(cast.actor("learner"), attendance, designation_id=taught.ama.pk, amount=ONE)


@pytest.mark.parametrize("is_per_session", [True, False])
def test_a_mark_is_not_taken_back_under_standing_credit(cast: Cast, is_per_session: bool) -> None:
    taught = teach(cast.home, is_per_session=is_per_session)
    attendance = ready(cast, taught)
    award = claim_credit(cast.actor("learner"), attendance, designation_id=taught.ama.pk, amount=ONE)
    with pytest.raises(Problem) as refused:
        void_attendance(cast.actor("coordinator"), attendance, reason="Was in another room")
    assert refused.value.code == "attendance.credited"
    reverse_award(cast.actor("credit_officer"), award, reason="Was in another room")
    assert void_attendance(cast.actor("coordinator"), attendance, reason="Was in another room").voided_at
    with pytest.raises(NotAllowed):
        void_attendance(cast.actor("learner"), attendance, reason="Was in another room")


@pytest.mark.requirement("WASHU-32")
def test_performance_improvement_earns_its_twenty_credits_after_all_three_stages(cast: Cast) -> None:
    taught = teach(cast.home, sessions=3, maximum="20", is_per_session=False, claim_days=60)
    with writes_open("test"):
        Activity.objects.filter(pk=taught.activity.pk).update(format="performance_improvement")
        for session, stage in zip(taught.sessions, "ABC", strict=True):
            Session.objects.filter(pk=session.pk).update(title=f"Stage {stage}")
    learner, twenty = cast.actor("learner"), Decimal(20)
    first = ready(cast, taught)
    with pytest.raises(Problem, match="not taken part in Stage B, Stage C"):
        claim_credit(learner, first, designation_id=taught.ama.pk, amount=twenty)
    for session in taught.sessions[1:]:
        attend(session, cast.person("learner"))
    assert claim_credit(learner, first, designation_id=taught.ama.pk, amount=twenty).amount == 20
