"""A partner that behaves as PARS does, for demonstrations and tests: it checks for real, remembers, and opens no network.

ACCME's test site needs an account of the office. Until then `FakeBody` answers: from the same rules that guard the way out,
plus what only a body knows (its activities, the licensed people, the records it already has).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from lifelong.formats.pars import (
    Activity,
    ActivityAction,
    Answer,
    Failure,
    Kind,
    LearnerAction,
    LearnerCompletion,
    Line,
    Outcome,
    Refusal,
    Status,
    Unreadable,
    read_activities,
    read_completions,
    validate_activity,
    validate_learner,
    write_answer,
)
from lifelong.rules.verdict import Reason, Severity

# What the learner document cannot carry: consent stays with us, and an NPI travels without its state.
_NOT_SENT = frozenset({"permission_at"})


@dataclass(frozen=True, slots=True)
class Licensee:
    """A person as a licensing or certifying body knows them; `identifiers` are licence, NPI and board numbers."""

    given_name: str
    family_name: str
    birth_month: int
    birth_day: int
    identifiers: frozenset[str]


class FakeBody:
    """Takes the bytes of one document and answers in bytes that `parse_answer` reads. Equal histories give equal answers.

    `licensees` switches matching on: without it every well-formed person is known. `today` is the body's calendar day.
    """

    def __init__(self, today: date, licensees: Iterable[Licensee] | None = None) -> None:
        self.today = today
        self._licensees = None if licensees is None else tuple(licensees)
        self._activities: dict[str, Activity] = {}
        self._records: dict[str, tuple[object, ...]] = {}

    def receive(self, document: bytes) -> bytes:
        """The answer to an activity or a learner document; what is neither is refused as a whole."""
        try:
            lines = self._answer(document)
        except Unreadable as unreadable:
            refusal = Refusal(
                Failure.INVALID, unreadable.reason.sentence, unreadable.reason.field, unreadable.reason.rule
            )
            lines = [Line(Kind.DOCUMENT, "", Outcome.REFUSED, refusals=(refusal,))]
        return write_answer(Answer(tuple(lines)))

    def _answer(self, document: bytes) -> list[Line]:
        activities = read_activities(document)
        completions = () if activities else read_completions(document)
        if not activities and not completions:
            raise Unreadable("The document holds neither activities nor learner reports.")
        return [*(self._activity(each) for each in activities), *(self._completion(each) for each in completions)]

    def _activity(self, record: Activity) -> Line:
        known_as = self._known_as(record)
        status = _status(record, self.today)
        before = self._activities.get(known_as or "")
        refusals = _blocking(validate_activity(record, status, self.today, before), record)
        if record.action is ActivityAction.ADD and known_as:
            refusals.append(
                Refusal(Failure.EXISTS, f"The activity is on record as {known_as}.", "provider_activity_id")
            )
        if record.action is not ActivityAction.ADD and not known_as:
            refusals.append(Refusal(Failure.NO_MATCH, "No activity matches this record.", "accme_activity_id"))
        if refusals:
            return Line(Kind.ACTIVITY, record.provider_activity_id, Outcome.REFUSED, known_as or "", tuple(refusals))
        body_id = known_as or f"{202600001 + len(self._activities):09d}"
        # A deleted activity keeps its number, so that no number is ever given twice.
        self._activities[body_id] = record
        return Line(Kind.ACTIVITY, record.provider_activity_id, Outcome.ACCEPTED, body_id)

    def _known_as(self, record: Activity) -> str | None:
        """The number under which the activity stands: by its number, else by provider ID, start and format, as PARS looks up."""
        for body_id, known in self._activities.items():
            if known.action is ActivityAction.DELETE:
                continue
            if record.accme_activity_id:
                if body_id == record.accme_activity_id:
                    return body_id
            elif _key(known) == _key(record):
                return body_id
        return None

    def _completion(self, record: LearnerCompletion) -> Line:
        if record.action is LearnerAction.DELETE:
            return self._deletion(record)
        activity = self._activities.get(record.activity_id)
        if activity is not None and activity.action is ActivityAction.DELETE:
            activity = None
        status = _status(activity, self.today) if activity else None
        refusals = _blocking(self._rules(record, activity, status), record)
        if activity is None:
            message = f"Activity {record.activity_id} is not known."
            refusals.append(Refusal(Failure.NO_MATCH, message, "activity_id", "LRN-07"))
        if not refusals and not self._matches(record):
            message = "No learner matches the name, birth month and day and number given."
            refusals.append(Refusal(Failure.NO_MATCH, message, "birth_day", "LRN-02"))
        if not refusals and self._is_double(record):
            message = "This completion of this learner is already on record."
            refusals.append(Refusal(Failure.EXISTS, message, "credit_id"))
        if refusals:
            return Line(Kind.COMPLETION, record.credit_id, Outcome.REFUSED, refusals=tuple(refusals))
        self._records[record.credit_id] = _completion_key(record)
        return Line(Kind.COMPLETION, record.credit_id, Outcome.ACCEPTED, record.credit_id)

    def _deletion(self, record: LearnerCompletion) -> Line:
        if self._records.pop(record.credit_id, None) is None:
            refusal = Refusal(Failure.NO_MATCH, "No record has this credit ID.", "credit_id")
            return Line(Kind.COMPLETION, record.credit_id, Outcome.REFUSED, refusals=(refusal,))
        return Line(Kind.COMPLETION, record.credit_id, Outcome.ACCEPTED, record.credit_id)

    def _rules(self, record: LearnerCompletion, activity: Activity | None, status: Status | None) -> list[Reason]:
        reasons = validate_learner(record, self.today, activity, status)
        by_npi = bool(record.npi)
        return [r for r in reasons if r.field not in _NOT_SENT and not (by_npi and r.field == "license_state")]

    def _matches(self, record: LearnerCompletion) -> bool:
        if self._licensees is None:
            return True
        numbers = {record.license_number, record.npi, *(credit.board_id for credit in record.board_credits)} - {""}
        return any(
            (person.given_name.casefold(), person.family_name.casefold(), person.birth_month, person.birth_day)
            == (record.given_name.casefold(), record.family_name.casefold(), record.birth_month, record.birth_day)
            and numbers <= person.identifiers
            for person in self._licensees
        )

    def _is_double(self, record: LearnerCompletion) -> bool:
        return record.credit_id in self._records or _completion_key(record) in self._records.values()


def _status(record: Activity, today: date) -> Status:
    """The status that a record asks for: closing it, or open until its last day has passed."""
    if record.close:
        return Status.CLOSED
    over = record.ends_on is not None and record.ends_on < today
    return Status.READY_TO_CLOSE if over else Status.ACTIVE


def _blocking(reasons: Iterable[Reason], record: Activity | LearnerCompletion) -> list[Refusal]:
    return [
        Refusal(_failure(reason, record), reason.sentence, reason.field, reason.rule)
        for reason in reasons
        if reason.severity is Severity.BLOCK
    ]


def _failure(reason: Reason, record: Activity | LearnerCompletion) -> Failure:
    empty = getattr(record, reason.field.partition(".")[0], None) in (None, "", ())
    return Failure.MISSING if empty else Failure.INVALID


def _key(record: Activity) -> tuple[object, ...]:
    return (record.provider_id, record.provider_activity_id, record.starts_on, record.format)


def _completion_key(record: LearnerCompletion) -> tuple[object, ...]:
    who = (record.given_name.casefold(), record.family_name.casefold(), record.birth_month, record.birth_day)
    bodies = tuple(sorted((credit.board, credit.credit_type) for credit in record.board_credits))
    return (who, record.activity_id, record.completed_on, record.credits is not None, bodies)
