"""What PARS is told: counted as PARS counts, only of those who allow it; what it refuses comes back to the office in its own words."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from decimal import Decimal

import pytest
import time_machine

from cast import Cast, make_person
from lifelong.connectors.pars import FakeBody, Licensee
from lifelong.formats import pars
from lifelong.kernel import clock
from lifelong.kernel.guard import writes_open
from lifelong.kernel.problems import NotAllowed, NotFound, Problem
from lifelong.loop.credit.models import Award
from lifelong.loop.delivery.models import Attendance
from lifelong.loop.designation.models import Designation
from lifelong.loop.people.models import ConsentToReport, LearnerProfile, Person
from lifelong.loop.planning.models import Activity, Session
from lifelong.loop.program.models import Accreditation
from lifelong.loop.reporting import actions, effects, reads
from lifelong.loop.reporting.counting import learners_of
from lifelong.loop.reporting.models import Batch, Record
from lifelong.loop.reporting.pars_records import completions
from lifelong.loop.reporting.records import awards_of_year

TODAY = dt.date(2026, 11, 22)
YEAR = 2026


class Office:
    """An office with a series of three sessions and a course, people of several professions, awards."""

    def __init__(self, cast: Cast) -> None:
        self.cast, self.home = cast, cast.home
        self.home.contact.address = "CE office\n1 Example Street\nBoston, MA 02111"
        self.home.contact.save()
        self.series = self.activity(
            1, "Medicine grand rounds", dt.date(2026, 1, 6), dt.date(2026, 12, 15), is_series=True, format="series"
        )
        for number, month in enumerate((2, 3, 4), 1):
            self.session(self.series, number, dt.date(2026, month, 3))
        self.course = self.activity(2, "Sepsis workshop", dt.date(2026, 5, 4), dt.date(2026, 5, 5))
        for number, day in enumerate((4, 5), 1):
            self.session(self.course, number, dt.date(2026, 5, day))
        self.officer = cast.actor("credit_officer")

    def activity(self, number: int, title: str, first: dt.date, last: dt.date, **facts: object) -> Activity:
        facts.setdefault("format", "live_course")
        row = Activity.objects.create(
            provider=self.home, number=number, title=title, summary=f"What is new in {title}.", time_zone="America/New_York", starts_on=first,
            ends_on=last, published_at=clock.now(), created_at=clock.now(), **facts,
        )  # fmt: skip
        Designation.objects.create(
            activity=row, credit_system="ama", profession="physician", maximum=Decimal("1"), increment=Decimal("0.25"),
            is_per_session=row.is_series, unit="credit", rule_book_version="ama 2026", designated_at=clock.now(),
        )  # fmt: skip
        return row

    def session(self, activity: Activity, number: int, on: dt.date) -> Session:
        at = dt.datetime.combine(on, dt.time(17), tzinfo=dt.UTC)
        return Session.objects.create(
            activity=activity, number=number, title=f"Part {number}", starts_at=at, ends_at=at + dt.timedelta(hours=1)
        )

    def came(self, session: Session, person: Person, profession: str = "physician") -> Attendance:
        return Attendance.objects.create(
            session=session,
            person=person,
            recorded_at=session.starts_at,
            channel="phone",
            evidence="text_code",
            profession=profession,
        )

    def award(self, person: Person, activity: Activity, serial: str = "A" * 26, **facts: object) -> Award:
        return Award.objects.create(
            provider=self.home, person=person, activity=activity, session=None, designation=activity.designations.get(), serial=serial,
            credit_system="ama", amount=facts.pop("amount", Decimal("1")), earned_on=activity.starts_on, awarded_at=clock.now(),
            rule_book_version="ama 2026", evidence="text_code", **facts,
        )  # fmt: skip

    def allows(self, person: Person, body: str = "PARS") -> None:
        ConsentToReport.objects.create(person=person, body=body, given_at=clock.now())

    def refresh(self) -> None:
        actions.refresh_records(self.officer, self.home, year=YEAR)

    def record(self, **facts: object) -> Record:
        return Record.objects.get(**facts)

    def exchange(self, body: FakeBody) -> Batch:
        batch = actions.make_batch(self.officer, self.home, body="PARS", year=YEAR)
        actions.mark_sent(self.officer, batch)
        return actions.take_answer(self.officer, batch, answer=body.receive(reads.content(batch)))


@pytest.fixture
def office(cast: Cast) -> Iterator[Office]:
    with writes_open("test"), time_machine.travel(dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC), tick=False):
        yield Office(cast)


def test_a_series_counts_each_attendance_of_each_session_a_course_each_person_once(office: Office) -> None:
    people = [make_person(f"ref_{n}") for n in range(3)]
    for session in office.series.sessions.all():
        for person in people:
            office.came(session, person)
    for session in office.course.sessions.all():
        office.came(session, people[0])
        office.came(session, people[1], "nurse")
    counted = learners_of([office.series, office.course])
    assert (counted[office.series.pk].total, counted[office.series.pk].sessions) == (9, (3, 3, 3))
    assert (counted[office.course.pk].total, counted[office.course.pk].physicians) == (2, 1)


def test_a_series_is_one_activity_with_the_credit_of_all_its_sessions(office: Office) -> None:
    office.refresh()
    batch = actions.make_batch(office.officer, office.home, body="PARS", year=YEAR)
    told = {record.provider_activity_id: record for record in pars.read_activities(reads.content(batch))}
    assert (told["1"].format, told["1"].credits) == ("Regularly Scheduled Series", Decimal(3))
    assert (told["2"].format, told["2"].credits) == ("Live Course", Decimal(1))
    assert told["2"].place == pars.Place("Boston", "USA", "MA")


@pytest.mark.parametrize(
    ("change", "status", "state"),
    [
        ({"published_at": None}, "Draft", "incomplete"),
        ({"ends_on": dt.date(2026, 12, 1)}, "Active", "ready"),
        ({}, "Ready to Close", "ready"),
        ({"closed_at": dt.datetime(2026, 6, 1, tzinfo=dt.UTC)}, "Closed", "incomplete"),
    ],
)
def test_the_status_follows_publication_calendar_and_closing(
    office: Office, change: dict[str, object], status: str, state: str
) -> None:
    Activity.objects.filter(pk=office.course.pk).update(**change)
    office.refresh()
    row = office.record(activity=office.course)
    assert (row.status, row.state) == (status, state)


def test_what_is_missing_is_said_with_what_to_do(office: Office) -> None:
    Activity.objects.filter(pk=office.course.pk).update(summary="", closed_at=clock.now())
    office.refresh()
    row = office.record(activity=office.course)
    sentences = {finding["field"]: finding for finding in row.findings}
    assert row.state == "incomplete"
    assert sentences["description"]["sentence"] == "The activity has no description."
    assert sentences["outcomes"]["next_step"] == "Name at least one outcome level."


def test_nothing_of_a_learner_is_prepared_without_consent(office: Office) -> None:
    office.award(office.cast.person("learner"), office.course)
    office.refresh()
    assert not Record.objects.filter(kind="learner").exists()
    office.allows(office.cast.person("learner"))
    office.refresh()
    assert office.record(kind="learner").state == "incomplete", "the activity has no number of the body yet"
    ConsentToReport.objects.update(withdrawn_at=clock.now())
    office.refresh()
    assert not Record.objects.filter(kind="learner").exists(), "what was prepared is forgotten with the consent"


def test_activities_go_first_then_completions_with_the_number_the_body_gave(office: Office) -> None:
    learner = office.cast.person("learner")
    office.allows(learner)
    award = office.award(learner, office.course)
    office.refresh()
    body = FakeBody(TODAY)
    first = office.exchange(body)
    assert (first.kind, first.accepted, first.refused) == ("activity", 2, 0)
    number = office.record(activity=office.course, kind="activity").body_id
    assert len(number) == 9
    assert office.record(kind="learner").state == "ready"
    second = office.exchange(body)
    assert (second.kind, second.accepted) == ("learner", 1)
    (told,) = pars.read_completions(reads.content(second))
    assert (told.activity_id, told.credits, told.credit_id) == (number, Decimal(1), f"ccid:home:{award.serial}")


def test_incomplete_identity_keeps_a_completion_back(office: Office) -> None:
    learner = office.cast.person("learner")
    office.allows(learner)
    LearnerProfile.objects.filter(person=learner).update(licence_number="", npi="", birth_month_day="")
    office.award(learner, office.course)
    office.refresh()
    office.exchange(FakeBody(TODAY))
    row = office.record(kind="learner")
    assert row.state == "incomplete"
    assert {"LRN-02", "LRN-03"} <= {finding["rule"] for finding in row.findings}


def test_a_refusal_lands_on_the_worklist_in_the_bodys_words_until_it_is_mended(office: Office) -> None:
    learner = office.cast.person("learner")
    office.allows(learner)
    office.award(learner, office.course)
    office.refresh()
    known = Licensee("Learner", "Example", 4, 12, frozenset({"999999"}))
    body = FakeBody(TODAY, [known])
    office.exchange(body)
    assert office.exchange(body).refused == 1
    (line,) = reads.refused(office.officer, office.home)
    assert line.findings[0]["sentence"] == "No learner matches the name, birth month and day and number given."
    office.refresh()
    assert office.record(kind="learner").state == "refused", "unchanged data are not sent into the same wall"
    LearnerProfile.objects.filter(person=learner).update(licence_number="999999", npi="")
    office.refresh()
    assert office.record(kind="learner").state == "ready"
    assert office.exchange(body).accepted == 1
    assert reads.refused(office.officer, office.home) == []


def test_a_reversal_is_told_as_a_deletion_only_if_the_award_was_told(office: Office) -> None:
    learner = office.cast.person("learner")
    office.allows(learner)
    award = office.award(learner, office.course)
    office.refresh()
    body = FakeBody(TODAY)
    office.exchange(body)
    office.exchange(body)
    back = office.award(learner, office.course, "B" * 26, reverses=award, amount=Decimal("-1"))
    effects.write_learner_record(back.pk)
    batch = office.exchange(body)
    (told,) = pars.read_completions(reads.content(batch))
    assert (told.action, told.credit_id) == (pars.LearnerAction.DELETE, f"ccid:home:{award.serial}")
    assert batch.accepted == 1


def test_a_corrected_award_is_told_with_what_is_left_of_it(office: Office) -> None:
    """The body's record is deleted and added anew, however often the office corrects; its sum is the transcript's."""
    learner = office.cast.person("learner")
    office.allows(learner)
    award = office.award(learner, office.course)
    office.refresh()
    body = FakeBody(TODAY)
    office.exchange(body)
    office.exchange(body)
    less = office.award(learner, office.course, "B" * 26, reverses=award, amount=Decimal("-0.5"))
    more = office.award(learner, office.course, "C" * 26, reverses=less, amount=Decimal("0.25"))
    for entry in (less, more):
        effects.write_learner_record(entry.pk)
        office.refresh()
    batch = office.exchange(body)
    told = pars.read_completions(reads.content(batch))
    assert [(one.action.name, one.credit_id[-1], one.credits) for one in told] == [
        ("DELETE", "A", Decimal("1")), ("ADD", "C", Decimal("0.75")),
    ]  # fmt: skip
    assert (batch.accepted, batch.refused) == (2, 0)
    office.refresh()
    with pytest.raises(Problem, match="No record of 2026 is ready"):
        actions.make_batch(office.officer, office.home, body="PARS", year=YEAR)


def test_an_award_corrected_before_it_was_told_is_told_once_with_what_is_left(office: Office) -> None:
    learner = office.cast.person("learner")
    office.allows(learner)
    award = office.award(learner, office.course)
    office.refresh()
    less = office.award(learner, office.course, "B" * 26, reverses=award, amount=Decimal("-0.25"))
    effects.write_learner_record(less.pk)
    body = FakeBody(TODAY)
    office.exchange(body)
    (told,) = pars.read_completions(reads.content(office.exchange(body)))
    assert (told.action, told.credits) == (pars.LearnerAction.ADD, Decimal("0.75"))
    (filed,) = completions(
        office.home, awards_of_year(office.home, YEAR), "PARS", {}
    )  # the file of the year says the same
    assert (filed.credit_id, filed.credits) == (told.credit_id, told.credits)


def test_who_withdrew_after_the_records_were_prepared_is_in_no_batch(office: Office) -> None:
    learner = office.cast.person("learner")
    office.allows(learner)
    office.award(learner, office.course)
    office.refresh()
    body = FakeBody(TODAY)
    office.exchange(body)  # the activities
    assert office.record(kind="learner").state == "ready"
    ConsentToReport.objects.update(withdrawn_at=clock.now())
    with pytest.raises(Problem, match="is ready"):
        actions.make_batch(office.officer, office.home, body="PARS", year=YEAR)
    assert not Batch.objects.filter(kind="learner").exists()


def test_an_award_taken_back_before_it_was_told_is_never_told(office: Office) -> None:
    learner = office.cast.person("learner")
    office.allows(learner)
    award = office.award(learner, office.course)
    effects.write_learner_record(award.pk)
    back = office.award(learner, office.course, "B" * 26, reverses=award, amount=Decimal("-1"))
    effects.write_learner_record(back.pk)
    assert not Record.objects.filter(kind="learner").exists()


def test_a_change_after_acceptance_is_sent_as_an_update(office: Office) -> None:
    office.refresh()
    body = FakeBody(TODAY)
    office.exchange(body)
    office.refresh()
    assert set(Record.objects.values_list("state", flat=True)) == {"accepted"}
    office.came(office.course.sessions.first(), office.cast.person("learner"))
    effects.write_activity_record(office.course.pk)
    batch = office.exchange(body)
    (told,) = pars.read_activities(reads.content(batch))
    assert told.action is pars.ActivityAction.UPDATE
    assert (batch.accepted, batch.refused) == (1, 0)


def test_one_batch_waits_for_its_answer_and_retries_are_harmless(office: Office) -> None:
    office.refresh()
    batch = actions.make_batch(office.officer, office.home, body="PARS", year=YEAR)
    assert actions.make_batch(office.officer, office.home, body="PARS", year=YEAR).pk == batch.pk
    answer = FakeBody(TODAY).receive(reads.content(batch))
    actions.take_answer(office.officer, batch, answer=answer)
    assert actions.take_answer(office.officer, batch, answer=answer).pk == batch.pk
    with pytest.raises(Problem, match="answered before"):
        actions.take_answer(office.officer, batch, answer=b'{"answers": []}')
    with pytest.raises(Problem, match="No record of 2026 is ready"):
        actions.make_batch(office.officer, office.home, body="PARS", year=YEAR)


@pytest.mark.parametrize("answer", [b"", b"<html>", b"[]", b'{"hello": 1}'])
def test_what_is_no_answer_changes_nothing(office: Office, answer: bytes) -> None:
    office.refresh()
    batch = actions.make_batch(office.officer, office.home, body="PARS", year=YEAR)
    actions.mark_sent(office.officer, batch)
    with pytest.raises(Problem):
        actions.take_answer(office.officer, batch, answer=answer)
    assert set(Record.objects.values_list("state", flat=True)) == {"sent"}


def test_a_refusal_of_the_whole_document_lands_on_every_record(office: Office) -> None:
    office.refresh()
    batch = actions.make_batch(office.officer, office.home, body="PARS", year=YEAR)
    actions.take_answer(office.officer, batch, answer=json.dumps({"code": 7, "message": "Invalid provider"}).encode())
    assert [line.findings[0]["sentence"] for line in reads.refused(office.officer, office.home)] == [
        "Invalid provider"
    ] * 2


@pytest.mark.requirement("WASHU-28")
def test_a_jointly_accredited_program_tells_ja_pars_by_profession(office: Office) -> None:
    Accreditation.objects.create(provider=office.home, body="JA", kind="joint")
    for who in ("learner", "nurse", "pharmacist", "student"):
        office.came(office.course.sessions.first(), office.cast.person(who), {"learner": "physician"}.get(who, who))
    office.refresh()
    batch = actions.make_batch(office.officer, office.home, body="JA-PARS", year=YEAR)
    told = {record.provider_activity_id: record for record in pars.read_activities(reads.content(batch))}
    assert dict(told["2"].counts) == {"physician": 1, "nurse": 1, "pharmacist": 1, "other": 1}


def test_refreshing_again_changes_nothing_and_costs_no_more_queries_for_more_activities(
    office: Office, django_assert_max_num_queries: object
) -> None:
    office.refresh()
    before = list(Record.objects.order_by("pk").values_list("pk", "changed_at"))
    for number in range(3, 9):
        office.activity(number, f"Course {number}", dt.date(2026, 6, number), dt.date(2026, 6, number))
    with django_assert_max_num_queries(32):
        office.refresh()
    assert list(Record.objects.order_by("pk").values_list("pk", "changed_at"))[:2] == before


@pytest.mark.parametrize("who", ["leader", "evaluator", "accreditor", "learner", "other_credit_officer", "stranger"])
def test_only_those_who_report_may(office: Office, who: str) -> None:
    office.refresh()
    batch = actions.make_batch(office.officer, office.home, body="PARS", year=YEAR)
    actor = office.cast.actor(who)
    for act in (
        lambda: actions.refresh_records(actor, office.home, year=YEAR),
        lambda: actions.make_batch(actor, office.home, body="PARS", year=YEAR),
        lambda: actions.take_answer(actor, batch, answer=b"{}"),
    ):
        with pytest.raises(NotAllowed):
            act()


def test_strangers_see_no_record(office: Office) -> None:
    office.refresh()
    row = Record.objects.first()
    for who in ("stranger", "other_director", "leader", "learner"):
        assert reads.records(office.cast.actor(who), office.home, YEAR) == []
        with pytest.raises(NotFound):
            reads.record(office.cast.actor(who), office.home, row.pk)


def test_the_calendar_refreshes_once_a_day(office: Office) -> None:
    assert effects.refresh_due() == 1
    assert effects.refresh_due() == 0


def test_a_second_press_on_send_does_not_undo_an_answer(office: Office) -> None:
    """The page of the second press was loaded before the first; what the body accepted stays accepted."""
    office.refresh()
    batch = actions.make_batch(office.officer, office.home, body="PARS", year=YEAR)
    stale = Batch.objects.get(pk=batch.pk)
    actions.mark_sent(office.officer, batch)
    actions.take_answer(office.officer, batch, answer=FakeBody(TODAY).receive(reads.content(batch)))
    actions.mark_sent(office.officer, stale)
    assert set(Record.objects.filter(batch=batch).values_list("state", flat=True)) == {"accepted"}
    with pytest.raises(Problem, match="answered before"):
        actions.take_answer(office.officer, stale, answer=b'{"answers": []}')
