"""What happens at the door: registration, attendance by code, by text, by staff."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from zoneinfo import ZoneInfo

from django.db import connection

from lifelong.kernel import clock
from lifelong.kernel.access import Actor, Permission, Scope
from lifelong.kernel.action import Unchanged, action, enqueue
from lifelong.kernel.guard import writes_open
from lifelong.kernel.insert import insert
from lifelong.kernel.problems import NotFound, Problem, problem, refuse_unless
from lifelong.loop.delivery import reads
from lifelong.loop.delivery.models import Attendance, CodeAttempt, InboundMessage, Registration, SessionCount
from lifelong.loop.delivery.reads import LearnerAtDoor, SessionFacts
from lifelong.loop.people import reads as people
from lifelong.loop.people.models import Affiliation, Person
from lifelong.loop.planning.models import Activity, Session
from lifelong.rules.attendance import (
    AttendanceFacts,
    Channel,
    EvidenceLevel,
    evidence_level,
    may_record_attendance,
    rotating_code_expired,
    rotating_code_matches,
    typed_code,
)
from lifelong.rules.verdict import counted

P = Permission
WRONG_CODES_BEFORE_PAUSE = 6
PAUSE = dt.timedelta(minutes=10)
TEXT_CODE = re.compile(r"\b(\d{6})\b")


# --- registration ------------------------------------------------------------------------------------------------------


def _own_at_activity(activity: Activity, *, person: Person, **_: object) -> Scope:
    return Scope(activity.provider_id, activity.organisation_id, activity.pk, person.pk)


@action(needs=P.RECORD_OWN, audit="registration.made", on=_own_at_activity)
def register(actor: Actor, activity: Activity, *, person: Person) -> Registration | Unchanged:
    """Take a seat, or a place on the waiting list once the seats are gone. Twice changes nothing."""
    locked = Activity.objects.select_for_update().get(pk=activity.pk)  # seats are counted under this lock
    mine = Affiliation.objects.filter(person=person, provider_id=locked.provider_id, is_affiliated=True)
    if not locked.is_open_to_all and not mine.exists():
        raise NotFound("activity")  # for people of the institution only: nobody else learns of it
    if locked.published_at is None or locked.closed_at is not None:
        raise problem(
            "registration.closed",
            "Registration for this activity is not open.",
            "Look for its next date in the catalogue.",
        )
    existing = Registration.objects.filter(activity=locked, person=person).first()
    if existing is not None and existing.state != Registration.State.CANCELLED:
        return Unchanged(existing)
    taken = Registration.objects.filter(activity=locked, state=Registration.State.REGISTERED).count()
    full = locked.capacity is not None and taken >= locked.capacity
    state = Registration.State.WAITING if full else Registration.State.REGISTERED
    sort_name = f"{person.family_name}, {person.given_name}".lower()
    row, _ = Registration.objects.update_or_create(
        activity=locked, person=person, defaults={"state": state, "registered_at": clock.now(), "sort_name": sort_name}
    )
    return row


def _own_registration(registration: Registration) -> Scope:
    return _own_at_activity(registration.activity, person=registration.person)


@action(needs=P.RECORD_OWN, audit="registration.cancelled", on=_own_registration)
def cancel_registration(actor: Actor, registration: Registration) -> Registration | Unchanged:
    """Give the seat back; the first on the waiting list gets it."""
    activity = Activity.objects.select_for_update().get(pk=registration.activity_id)
    mine = Registration.objects.get(pk=registration.pk)
    if mine.state == Registration.State.CANCELLED:
        return Unchanged(mine)
    had_seat = mine.state == Registration.State.REGISTERED
    mine.state = Registration.State.CANCELLED
    mine.save(update_fields=["state"])
    if had_seat:
        next_one = (
            Registration.objects.filter(activity=activity, state=Registration.State.WAITING)
            .order_by("registered_at", "id")
            .first()
        )
        if next_one is not None:
            next_one.state = Registration.State.REGISTERED
            next_one.save(update_fields=["state"])
            enqueue("tell_seat", [next_one.pk])
    return mine


# --- attendance --------------------------------------------------------------------------------------------------------


def _check(facts: SessionFacts, learner: LearnerAtDoor, channel: Channel, now: dt.datetime) -> None:
    """Window, registration and cancellation, the same for every way in."""
    refuse_unless(
        may_record_attendance(
            AttendanceFacts(
                now=now,
                session_starts_at=facts.starts_at,
                session_ends_at=facts.ends_at,
                opens_at=facts.opens_at(channel),
                closes_at=facts.closes_at(channel),
                code_required=False,
                already_recorded_at=learner.recorded_at,
                registration_required=facts.registration_required,
                registered=learner.registration == Registration.State.REGISTERED,
                session_cancelled=facts.cancelled,
                learner_is_faculty=learner.person_id in facts.faculty,
                zone=ZoneInfo(facts.time_zone),
            )
        )
    )


def _write(
    facts: SessionFacts, person_id: int, *, channel: Channel, evidence: EvidenceLevel, by: int | None, now: dt.datetime
) -> Attendance | Unchanged:
    learner = reads.learner_at_door(facts, person_id)
    if learner.attendance_id is not None and not learner.taken_back:
        return Unchanged(Attendance.objects.get(pk=learner.attendance_id))
    if learner.attendance_id is not None:
        if channel is not Channel.STAFF:
            sentence = "The staff took back your mark for this session."
            raise problem("attendance.taken_back", sentence, "Speak to them: they can mark you present again.", "code")
        _check(facts, replace(learner, recorded_at=None), channel, now)
        return _marked_again(learner.attendance_id, by, now)
    _check(facts, learner, channel, now)
    return insert(
        Attendance(
            session_id=facts.id,
            person_id=person_id,
            recorded_at=now,
            channel=channel.value,
            evidence=evidence.value,
            recorded_by_id=by,
            profession=learner.profession,
        )
    )


def _marked_again(attendance_id: int, by: int | None, now: dt.datetime) -> Attendance:
    """A mark that was taken back stands again, on the word of the staff; the audit trail keeps both."""
    row: Attendance = Attendance.objects.select_related("session__activity").get(pk=attendance_id)
    row.voided_at, row.void_reason, row.recorded_at, row.recorded_by_id = None, "", now, by
    row.channel, row.evidence = Channel.STAFF.value, EvidenceLevel.STAFF_VERIFIED.value
    row.save()
    return row


@action(needs=P.RUN_SESSION, audit="attendance.recorded")
def record_attendance(
    actor: Actor, facts: SessionFacts, *, person_id: int, channel: Channel = Channel.STAFF
) -> Attendance | Unchanged:
    """Staff, a kiosk or an integration marks one learner present. One a learner and session, whatever the retries.

    Refused outside the window, for a cancelled session, or without a registration where one is needed.
    """
    evidence = evidence_level(channel)
    return _write(facts, person_id, channel=channel, evidence=evidence, by=actor.person_id, now=clock.now())


def _own_at_session(facts: SessionFacts, *, person_id: int, **_: object) -> Scope:
    return Scope(facts.provider_id, facts.organisation_id, facts.activity_id, person_id)


@action(needs=P.RECORD_OWN, audit="attendance.recorded", on=_own_at_session)
def _record_own(
    actor: Actor, facts: SessionFacts, *, person_id: int, channel: Channel, evidence: EvidenceLevel, at: dt.datetime
) -> Attendance | Unchanged:
    return _write(facts, person_id, channel=channel, evidence=evidence, by=None, now=at)


def check_in_by_screen(
    actor: Actor, facts: SessionFacts, *, person_id: int, code: str, seen_at: dt.datetime | None = None
) -> Attendance:
    """Check in with the code on the room's screen (typed or by its QR). `seen_at`: when the phone first showed a good code
    (held for a few minutes while its owner signs in); the server's own clock in both cases."""
    now = clock.now()
    at = seen_at or now
    key = bytes.fromhex(facts.code_key)
    _not_guessing(person_id, now)
    if (
        typed_code(code) == facts.code and facts.code
    ):  # the session's printed or texted code also works here, as weaker evidence
        return _record_own(
            actor,
            facts,
            person_id=person_id,
            channel=Channel.SCREEN_CODE,
            evidence=evidence_level(Channel.SCREEN_CODE),
            at=at,
        )
    if not rotating_code_matches(code, key, facts.id, at):
        expired = rotating_code_expired(code, key, facts.id, at)
        raise _refused_code(facts, person_id, "forwarded" if expired else "wrong", now)
    evidence = evidence_level(Channel.SCREEN_CODE, rotating=True)
    return _record_own(actor, facts, person_id=person_id, channel=Channel.SCREEN_CODE, evidence=evidence, at=at)


def check_in_by_code(actor: Actor, *, person_id: int, code: str, channel: Channel) -> Attendance:
    """Check in with a code typed on a page (the six digits, or what the screen shows) or sent by text message (the digits)."""
    now = clock.now()
    _not_guessing(person_id, now)
    facts = reads.session_by_code(typed_code(code), now)
    if facts is None and channel is Channel.SCREEN_CODE:
        shown = reads.session_on_screen(code, now)
        if shown is not None:
            return check_in_by_screen(actor, shown, person_id=person_id, code=code)
    if facts is None:
        raise _refused_code(None, person_id, "wrong", now)
    return _record_own(actor, facts, person_id=person_id, channel=channel, evidence=evidence_level(channel), at=now)


def _not_guessing(person_id: int, now: dt.datetime) -> None:
    tries = CodeAttempt.objects.filter(person_id=person_id, at__gt=now - PAUSE, reason="wrong").count()
    if tries >= WRONG_CODES_BEFORE_PAUSE:
        raise problem(
            "attendance.too_many",
            "Too many wrong codes from this account.",
            "Wait ten minutes, or ask the staff in the room to record you.",
            "code",
        )


def _refused_code(facts: SessionFacts | None, person_id: int, reason: str, now: dt.datetime) -> Problem:
    """Keep the refused attempt, and make the plain answer for it."""
    with writes_open("attendance.refused"):
        CodeAttempt.objects.create(person_id=person_id, at=now, reason=reason, session_id=facts.id if facts else None)
    instant = now
    given = AttendanceFacts(
        now=instant,
        session_starts_at=instant,
        session_ends_at=instant,
        opens_at=instant,
        closes_at=instant + dt.timedelta(seconds=1),
        code_valid=False,
        code_is_expired_slot=reason == "forwarded",
    )
    return Problem(*may_record_attendance(given).blocking)


@action(needs=P.RUN_SESSION, audit="attendance.recorded_many")
def mark_many(actor: Actor, session: Session, *, person_ids: list[int]) -> Session:
    """Mark a room present in one go (a sign-in sheet, a pasted list), also after the window: the staff answer for the sheet.

    All or nothing: an unknown person refuses the whole, as does a session that was cancelled or has not opened, and somebody
    without the registration that it asks for.
    """
    now = clock.now()
    known = dict(
        Person.objects.filter(pk__in=person_ids, is_active=True, merged_into=None).values_list(
            "pk", "profile__profession"
        )
    )
    if set(person_ids) - set(known):
        raise NotFound("learner")
    _check_sheet(session, set(known), now)
    marks = {mark.person_id: mark for mark in Attendance.objects.filter(session=session, person_id__in=known)}
    fresh = [
        Attendance(
            session=session,
            person_id=person_id,
            recorded_at=now,
            channel=Channel.STAFF.value,
            evidence=EvidenceLevel.STAFF_VERIFIED.value,
            recorded_by_id=actor.person_id,
            profession=profession or "",
        )
        for person_id, profession in known.items()
        if person_id not in marks
    ]
    Attendance.objects.bulk_create(fresh, batch_size=500)
    again = [_marked_again(mark.pk, actor.person_id, now) for mark in marks.values() if mark.voided_at is not None]
    new = {row.person_id for row in (*fresh, *again)}
    enqueue("count_in_session", [session.pk])
    enqueue(
        "invite_to_evaluate",
        Attendance.objects.filter(session=session, person_id__in=new).values_list("pk", flat=True),
    )
    return session


def _check_sheet(session: Session, person_ids: set[int], now: dt.datetime) -> None:
    """What stands against a sheet as a whole."""
    facts = reads.session_facts(session.pk)
    if facts.cancelled:
        raise problem("attendance.cancelled", "This session was cancelled.", "Mark the people at its new date.")
    opens_at = facts.opens_at(Channel.STAFF)
    if now < opens_at:
        at = opens_at.astimezone(ZoneInfo(facts.time_zone)).strftime("%H:%M on %d %b %Y")
        raise problem("attendance.early", f"Attendance is taken from {at}.", "Come back then.")
    if facts.registration_required:
        seats = Registration.objects.filter(
            activity_id=facts.activity_id, person_id__in=person_ids, state=Registration.State.REGISTERED
        )
        missing = len(person_ids - set(seats.values_list("person_id", flat=True)))
        if missing:
            sentence = (
                f"{counted(missing, 'person is', 'people are')} not registered, and this session asks for registration."
            )
            raise problem("attendance.not_registered", sentence, "Register them first, or leave them out.")


# --- text messages -----------------------------------------------------------------------------------------------------


def receive_text(*, gateway: str, external_id: str, from_number: str, text: str) -> str:
    """Answer one inbound text message. The same message again gets the same reply and does nothing.

    Returns the reply (at most 480 characters). A text never creates or changes an identity.
    """
    earlier = InboundMessage.objects.filter(gateway=gateway, external_id=external_id).first()
    if earlier is not None:
        return earlier.reply  # type: ignore[no-any-return]
    reply = _reply_to(from_number, text)[:480]
    with writes_open("text.received"):
        row, _ = InboundMessage.objects.get_or_create(
            gateway=gateway[:20],
            external_id=external_id[:80],
            defaults={"from_number": from_number[:20], "text": text[:320], "received_at": clock.now(), "reply": reply},
        )
    return row.reply


def _reply_to(from_number: str, text: str) -> str:
    person = people.person_of_phone(from_number)
    if person is None:
        return "This phone is not linked to an account yet. Sign in, add it under Profile, then text the code again."
    found = TEXT_CODE.search(text)
    if found is None:
        return "No six-digit code found. Text only the code shown in the session, for example 402913."
    actor = Actor(person_id=person.pk, name=person.full_name, channel="sms")
    try:
        mark = check_in_by_code(actor, person_id=person.pk, code=found.group(1), channel=Channel.TEXT)
    except Problem as refusal:
        return " ".join(f"{reason.sentence} {reason.next_step}" for reason in refusal.reasons)
    facts = reads.session_facts(mark.session_id)
    when = mark.recorded_at.astimezone(ZoneInfo(facts.time_zone)).strftime("%H:%M")
    return f"You are checked in: {facts.title}, {when}. Evaluate and claim your credit on your home page."


# --- effects -----------------------------------------------------------------------------------------------------------


def count_in_session(session_id: int) -> None:
    """Keep the number of attendances of a session."""
    session = Session.objects.select_related("activity").filter(pk=session_id).first()
    if session is None:
        return
    if connection.features.has_select_for_update:  # of two counts at once the later one is kept
        list(SessionCount.objects.select_for_update().filter(session=session).values_list("pk"))
    count = reads.attended_count(session)
    SessionCount.objects.update_or_create(
        session=session, defaults={"provider_id": session.activity.provider_id, "attended": count}
    )


def count_attendance(attendance_id: int) -> None:
    """Recount the room after the commit, so that nobody at the door waits for a shared row. A recount may be repeated."""
    session_id = Attendance.objects.filter(pk=attendance_id).values_list("session_id", flat=True).first()
    if session_id is not None:
        count_in_session(session_id)
