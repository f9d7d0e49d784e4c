"""At the door: every way in, every plain answer, one attendance whatever the retries."""

from __future__ import annotations

import datetime as dt
import json
import threading
import time

import pytest
import time_machine
from django.db import connection
from django.test import Client

from cast import Cast
from lifelong.entrypoints.sms.inbound import sign
from lifelong.kernel import clock
from lifelong.kernel.guard import writes_open
from lifelong.kernel.models import AuditEvent
from lifelong.kernel.problems import NotAllowed, NotFound, Problem
from lifelong.loop.credit.actions import void_attendance
from lifelong.loop.delivery import actions, reads
from lifelong.loop.delivery.models import Attendance, Registration
from lifelong.loop.people.models import AccessToken, PhoneNumber
from lifelong.loop.planning.models import Activity, Session
from lifelong.rules.attendance import Channel

NOON = dt.datetime(2026, 11, 24, 17, 0, tzinfo=dt.UTC)  # 12:00 in Boston


@pytest.fixture
def session(cast: Cast) -> Session:
    reads.forget_sessions()
    with writes_open("test"):
        activity = Activity.objects.create(
            provider=cast.home, organisation=cast.department, number=1, title="Medicine grand rounds", format="series", is_series=True,
            time_zone="America/New_York", published_at=NOON - dt.timedelta(days=9), created_at=NOON - dt.timedelta(days=10),
        )  # fmt: skip
        return Session.objects.create(
            activity=activity, number=1, title="Sepsis in the first hour", starts_at=NOON, ends_at=NOON + dt.timedelta(hours=1),
            code="402913", code_key="ab" * 32,
        )  # fmt: skip


def minutes(count: float) -> dt.datetime:
    return NOON + dt.timedelta(minutes=count)


def check_in(cast: Cast, code: str, at: dt.datetime, who: str = "learner") -> str:
    """What a learner who sends `code` at `at` gets: "ok" or the code of the refusal."""
    with time_machine.travel(at, tick=False):
        try:
            actions.check_in_by_code(cast.actor(who), person_id=cast.person(who).pk, code=code, channel=Channel.TEXT)
        except Problem as refusal:
            return refusal.code
    return "ok"


@pytest.mark.requirement("TUFTS-33", "HMS-34", "WASHU-20")
@pytest.mark.parametrize(
    ("code", "at", "answer"),
    [
        ("402913", minutes(4), "ok"),
        (" 402 913 ", minutes(4), "ok"),
        ("402914", minutes(4), "attendance.wrong"),
        ("402913", minutes(-240), "attendance.early"),
        ("402913", minutes(60 * 30), "attendance.late"),
    ],
)
def test_a_code_gets_a_plain_answer(cast: Cast, session: Session, code: str, at: dt.datetime, answer: str) -> None:
    assert check_in(cast, code, at) == answer
    assert Attendance.objects.count() == (1 if answer == "ok" else 0)


def test_twice_is_one_attendance_with_the_first_receipt(cast: Cast, session: Session) -> None:
    assert check_in(cast, "402913", minutes(4)) == "ok"
    first = Attendance.objects.get()
    assert check_in(cast, "402913", minutes(9)) == "ok"
    assert Attendance.objects.get().recorded_at == first.recorded_at
    assert AuditEvent.objects.filter(verb="attendance.recorded").count() == 1


def test_a_forwarded_code_is_named_as_such_and_a_good_one_is_stronger_evidence(cast: Cast, session: Session) -> None:
    facts = reads.session_facts(session.pk)
    with time_machine.travel(minutes(5), tick=False):
        shown = reads.current_code(facts, clock.now())
        actions.check_in_by_screen(cast.actor("learner"), facts, person_id=cast.person("learner").pk, code=shown)
    assert Attendance.objects.get().evidence == "rotating_code"
    with time_machine.travel(minutes(12), tick=False), pytest.raises(Problem) as refusal:
        actions.check_in_by_screen(cast.actor("nurse"), facts, person_id=cast.person("nurse").pk, code=shown)
    assert refusal.value.code == "attendance.forwarded"


def test_guessing_is_slowed_down(cast: Cast, session: Session) -> None:
    answers = [check_in(cast, f"{n:06d}", minutes(3)) for n in range(8)]
    assert answers[:6] == ["attendance.wrong"] * 6
    assert answers[6] == "attendance.too_many"
    assert check_in(cast, "402913", minutes(3), "nurse") == "ok", "an honest learner still gets in"


def test_nobody_records_for_another_and_no_stranger_marks(cast: Cast, session: Session) -> None:
    facts = reads.session_facts(session.pk)
    with time_machine.travel(minutes(3), tick=False):
        for who in ("learner", "stranger", "other_coordinator", "neighbour_series_coordinator", "leader"):
            with pytest.raises(NotAllowed):
                actions.record_attendance(cast.actor(who), facts, person_id=cast.person("nurse").pk)
        with pytest.raises(NotAllowed):
            actions.check_in_by_code(
                cast.actor("nurse"), person_id=cast.person("learner").pk, code="402913", channel=Channel.TEXT
            )
        actions.record_attendance(cast.actor("series_coordinator"), facts, person_id=cast.person("nurse").pk)
    assert Attendance.objects.get().evidence == "staff_verified"


def test_a_cancelled_session_and_a_missing_registration_are_said(cast: Cast, session: Session) -> None:
    with writes_open("test"):
        Activity.objects.filter(pk=session.activity_id).update(registration_required=True)
    reads.forget_sessions()
    assert check_in(cast, "402913", minutes(2)) == "attendance.not_registered"
    with writes_open("test"):
        Session.objects.filter(pk=session.pk).update(cancelled_at=NOON)
    reads.forget_sessions()
    assert check_in(cast, "402913", minutes(2)) == "attendance.cancelled"


# --- text messages


def text(client: Client, body: dict[str, str], key: str = "only-for-tests", at: int | None = None) -> object:
    raw = json.dumps(body).encode()
    stamp = int(time.time()) if at is None else at
    return client.post(
        "/sms/demo/", raw, content_type="application/json",
        headers={"X-Lifelong-Time": str(stamp), "X-Lifelong-Signature": sign(key, stamp, raw)},
    )  # fmt: skip


def test_a_text_checks_in_once_whatever_the_gateway_repeats(cast: Cast, session: Session, client: Client) -> None:
    with writes_open("test"):
        PhoneNumber.objects.create(person=cast.person("learner"), number="+15550101", verified_at=NOON)
    with time_machine.travel(minutes(3), tick=False):
        message = {"id": "m1", "from": "+15550101", "text": "here 402913 thanks"}
        first, again = text(client, message), text(client, message)
    assert first.json() == again.json()
    assert first.json()["reply"].startswith("You are checked in: Sepsis in the first hour, 12:03.")
    assert Attendance.objects.get().evidence == "text_message"


@pytest.mark.parametrize(
    ("body", "key", "shift", "status", "says"),
    [
        ({"id": "1", "from": "+15550199", "text": "402913"}, "only-for-tests", 0, 200, "not linked"),
        ({"id": "1", "from": "+15550101", "text": "hello"}, "only-for-tests", 0, 200, "No six-digit code"),
        ({"id": "1", "from": "+15550101", "text": "402913"}, "another key", 0, 403, "signature"),
        ({"id": "1", "from": "+15550101", "text": "402913"}, "only-for-tests", -3600, 403, "signature"),
        ({"id": "1", "from": "nobody", "text": "402913"}, "only-for-tests", 0, 422, "phone number"),
        ({"id": "1"}, "only-for-tests", 0, 422, "not JSON with"),
    ],
)
def test_a_bad_text_creates_nothing(
    cast: Cast, session: Session, client: Client, body: dict[str, str], key: str, shift: int, status: int, says: str
) -> None:
    with writes_open("test"):
        PhoneNumber.objects.create(person=cast.person("learner"), number="+15550101", verified_at=NOON)
    response = text(client, body, key, int(time.time()) + shift)
    assert (response.status_code, says in response.content.decode()) == (status, True)
    assert not Attendance.objects.exists()


# --- the API of a kiosk


def test_a_kiosk_marks_with_its_token_and_nothing_else_does(cast: Cast, session: Session, client: Client) -> None:
    with writes_open("test"):
        AccessToken.objects.create(
            person=cast.person("integration"),
            provider=cast.home,
            name="kiosk",
            created_at=NOON,
            digest="2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b",
        )  # fmt: skip -- the SHA-256 of "secret"

    def mark(person: object, token: str = "secret", session_id: int = session.pk) -> int:
        response = client.post(
            f"/api/attendance/{session_id}",
            json.dumps({"person": person}),
            content_type="application/json",
            headers={"Authorization": f"Bearer {token}"},
        )
        assert "Traceback" not in response.content.decode()
        return int(response.status_code)

    nurse = cast.person("nurse").pk
    with time_machine.travel(minutes(3), tick=False):
        assert mark(nurse, token="guess") == 401
        assert [mark(bad) for bad in ("17", None, True, -1, 1.5, 10**30, [nurse])] == [422] * 7
        assert mark(10**9) == 404
        assert mark(nurse, session_id=10**9) == 404
        assert not Attendance.objects.exists()
        assert (mark(nurse), mark(nurse)) == (201, 201)
    assert Attendance.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_fifty_at_once_are_one_attendance(transactional_db: None) -> None:
    from cast import make_cast

    cast = make_cast()
    with writes_open("test"):
        activity = Activity.objects.create(
            provider=cast.home,
            number=1,
            title="Rounds",
            format="series",
            time_zone="UTC",
            published_at=clock.now(),
            created_at=clock.now(),
        )
        row = Session.objects.create(
            activity=activity,
            number=1,
            title="One",
            starts_at=clock.now(),
            ends_at=clock.now() + dt.timedelta(hours=1),
            code="111111",
            code_key="ab" * 32,
        )
    facts, actor, person_id = reads.session_facts(row.pk), cast.actor("coordinator"), cast.person("learner").pk
    receipts: list[int] = []

    def knock() -> None:
        try:
            for _ in range(5):
                receipts.append(actions.record_attendance(actor, facts, person_id=person_id).pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=knock) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(receipts) == 50
    assert len(set(receipts)) == 1
    assert AuditEvent.objects.filter(verb="attendance.recorded").count() == 1


# --- seats


@pytest.mark.requirement("UMASS-17")
def test_the_thirteenth_waits_and_moves_up(cast: Cast, session: Session) -> None:
    with writes_open("test"):
        Activity.objects.filter(pk=session.activity_id).update(capacity=2)
    activity = Activity.objects.get(pk=session.activity_id)
    rows = {
        who: actions.register(cast.actor(who), activity, person=cast.person(who))
        for who in ("learner", "nurse", "pharmacist", "student")
    }
    assert [row.state for row in rows.values()] == ["registered", "registered", "waiting", "waiting"]
    actions.cancel_registration(cast.actor("nurse"), rows["nurse"])
    assert Registration.objects.get(person=cast.person("pharmacist")).state == "registered"
    assert Registration.objects.get(person=cast.person("student")).state == "waiting"


def test_staff_mark_a_room_and_an_unknown_name_refuses_the_whole(cast: Cast, session: Session) -> None:
    ids = [cast.person(who).pk for who in ("learner", "nurse")]
    with time_machine.travel(minutes(60 * 20), tick=False):  # the sheet is typed in the next morning
        with pytest.raises(NotFound):
            actions.mark_many(cast.actor("coordinator"), session, person_ids=[*ids, 10**9])
        assert not Attendance.objects.exists()
        actions.mark_many(cast.actor("coordinator"), session, person_ids=ids)
        actions.mark_many(cast.actor("coordinator"), session, person_ids=ids)
    assert Attendance.objects.count() == 2


@pytest.mark.parametrize(
    ("change", "at", "code"),
    [
        ({}, -31, "attendance.early"),
        ({"cancelled": True}, 5, "attendance.cancelled"),
        ({"registration": True}, 5, "attendance.not_registered"),
    ],
)
def test_a_sheet_obeys_the_session(cast: Cast, session: Session, change: dict[str, bool], at: float, code: str) -> None:
    with writes_open("test"):
        if change.get("cancelled"):
            Session.objects.filter(pk=session.pk).update(cancelled_at=NOON)
        if change.get("registration"):
            Activity.objects.update(registration_required=True)
    with time_machine.travel(minutes(at), tick=False), pytest.raises(Problem) as refused:
        actions.mark_many(cast.actor("coordinator"), session, person_ids=[cast.person("learner").pk])
    assert refused.value.code == code
    assert not Attendance.objects.exists()


@pytest.mark.parametrize("together", [False, True])
def test_a_mark_that_was_taken_back_stands_again_on_the_word_of_the_staff_alone(
    cast: Cast, session: Session, together: bool
) -> None:
    staff, learner = cast.actor("coordinator"), cast.person("learner")
    assert check_in(cast, "402913", minutes(4)) == "ok"
    void_attendance(staff, Attendance.objects.get(), reason="Was in another room")
    assert check_in(cast, "402913", minutes(5)) == "attendance.taken_back"
    assert reads.attendance_of(learner.pk, session.pk) is None
    with time_machine.travel(minutes(6), tick=False):
        if together:
            actions.mark_many(staff, session, person_ids=[learner.pk, cast.person("nurse").pk])
        else:
            actions.record_attendance(staff, reads.session_facts(session.pk), person_id=learner.pk)
    mark = reads.attendance_of(learner.pk, session.pk)
    assert mark is not None
    assert (mark.evidence, mark.void_reason, mark.recorded_by_id) == ("staff_verified", "", staff.person_id)


def test_an_activity_of_the_house_registers_its_own_people_only(cast: Cast, session: Session) -> None:
    with writes_open("test"):
        Activity.objects.update(is_open_to_all=False)
    activity = Activity.objects.get()
    assert actions.register(cast.actor("learner"), activity, person=cast.person("learner")).pk
    with pytest.raises(NotFound):
        actions.register(cast.actor("stranger"), activity, person=cast.person("stranger"))
