"""What stands between a completion and PARS: rules LRN-01 to LRN-10 of the exchange reference."""

from __future__ import annotations

import calendar
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal

from lifelong.formats.pars.records import Activity, BoardCredit, LearnerAction, LearnerCompletion, Status
from lifelong.formats.pars.vocabulary import JOURNAL, ONE_A_DAY, STATES
from lifelong.rules.verdict import Reason, Severity

_QUARTER = Decimal("0.25")
_CREDIT_ID = re.compile(r"ccid:[A-Za-z0-9.-]+:\S+")
WARN_AFTER_DAYS, ALARM_AFTER_DAYS = 20, 30


def validate_learner(
    record: LearnerCompletion,
    today: date,
    activity: Activity | None = None,
    activity_status: Status | None = None,
) -> tuple[Reason, ...]:
    """Everything that keeps `record` out of PARS on the day `today`, and what deserves a look. Empty when all is well.

    Without the `activity` the rules that compare with it are not asked. A deletion needs only what finds the record.
    """
    found = [*_person(record), *_identifiers(record)]
    if record.action is LearnerAction.DELETE:
        return tuple(found)
    found += [*_permission(record), *_license(record), *_amounts(record), *_when(record, today)]
    for credit in record.board_credits:
        found += _board(record, credit, activity)
    if activity is not None:
        found += _against(record, activity)
    if activity_status is Status.DRAFT:
        sentence = f"Activity {record.activity_id} is still a draft in PARS."
        found.append(Reason("LRN-07", sentence, "Complete the activity until it is active.", "activity_id"))
    return tuple(found)


def validate_learners(
    records: Iterable[LearnerCompletion], activities: Mapping[str, Activity] | None = None
) -> tuple[Reason, ...]:
    """What only a look at several records shows: corrections without deletion (LRN-09), doubles, ABP credits of one day (LRN-10).

    `activities` by ACCME activity ID; with it, journal activities are exempt from LRN-10.
    """
    known = activities or {}
    several = list(records)
    deleted = {record.credit_id for record in several if record.action is LearnerAction.DELETE}
    added = [record for record in several if record.action is LearnerAction.ADD]
    return tuple([*_corrections(added, deleted), *_doubles(added), *_once_a_day(added, known)])


def valid_npi(npi: str) -> bool:
    """Ten digits that pass the check digit of the National Provider Identifier (Luhn over 80840 and the number)."""
    if not re.fullmatch("[0-9]{10}", npi):
        return False
    digits = [int(digit) for digit in reversed("80840" + npi)]
    return sum(d if i % 2 == 0 else sum(divmod(2 * d, 10)) for i, d in enumerate(digits)) % 10 == 0


def _permission(r: LearnerCompletion) -> Iterator[Reason]:
    if r.permission_at is None or not r.permission_wording.strip():
        sentence = "The learner's permission to report is not on record with its time and wording."
        yield Reason("LRN-01", sentence, "Ask the learner to give permission in the profile.", "permission_at")


def _person(r: LearnerCompletion) -> Iterator[Reason]:
    for field, value, what in (("given_name", r.given_name, "first"), ("family_name", r.family_name, "last")):
        if not value.strip():
            yield Reason("LRN-02", f"The {what} name is missing.", f"Enter the {what} name as licensed.", field)
    days = calendar.monthrange(2024, r.birth_month)[1] if 1 <= r.birth_month <= 12 else 0
    if not 1 <= r.birth_day <= days:
        sentence = f"“{r.birth_month:02d}/{r.birth_day:02d}” is not a month and day of birth."
        yield Reason("LRN-02", sentence, "Ask the learner for month and day; no year is needed.", "birth_day")


def _license(r: LearnerCompletion) -> Iterator[Reason]:
    if r.npi and not valid_npi(r.npi):
        sentence = f"The NPI “{r.npi}” fails its check digit."
        yield Reason("LRN-03", sentence, "Ask the learner for the NPI of ten digits.", "npi")
    if r.credits is None:
        return
    if r.license_state not in STATES:
        sentence = "The state of licensure is missing or is not a code of two letters."
        yield Reason("LRN-03", sentence, "Ask the learner for the state of licensure.", "license_state")
    if not r.license_number.strip() and not r.npi:
        sentence = "Neither a licence number nor an NPI is given."
        yield Reason("LRN-03", sentence, "Ask the learner for one of the two.", "license_number")


def _board(r: LearnerCompletion, credit: BoardCredit, activity: Activity | None) -> Iterator[Reason]:
    if not credit.board_id.strip():
        sentence = f"The learner's number at {credit.board} is missing."
        yield Reason("LRN-04", sentence, f"Ask the learner for the {credit.board} number.", "board_credits")
    if credit.points <= 0 or credit.points % _QUARTER:
        sentence = f"{credit.points} points for {credit.board} are not in quarter steps over zero."
        yield Reason("LRN-04", sentence, "Correct the points.", "board_credits")
    if activity is None:
        return
    registered = next((board for board in activity.boards if board.board == credit.board), None)
    if registered is None:
        sentence = f"The activity is not registered with {credit.board}."
        yield Reason("LRN-04", sentence, "Register it in PARS, or report without these points.", "board_credits")
        return
    same_kind = [
        each.points for each in r.board_credits if (each.board, each.credit_type) == (credit.board, credit.credit_type)
    ]
    if sum(same_kind) > registered.points:
        sentence = f"{sum(same_kind)} points are more than the {registered.points} registered with {credit.board}."
        yield Reason("LRN-04", sentence, "Correct the points.", "board_credits")
    if credit.credit_type not in registered.credit_types:
        sentence = f"“{credit.credit_type}” is not a credit type registered with {credit.board}."
        yield Reason("LRN-04", sentence, f"Choose one of: {', '.join(registered.credit_types)}.", "board_credits")


def _when(r: LearnerCompletion, today: date) -> Iterator[Reason]:
    if r.completed_on > today:
        sentence = f"The completion date {r.completed_on} lies in the future."
        yield Reason("LRN-05", sentence, "Correct the completion date.", "completed_on")
    waited = (today - r.completed_on).days
    if r.board_credits and waited >= WARN_AFTER_DAYS:
        late = waited >= ALARM_AFTER_DAYS
        sentence = (
            f"{waited} days have passed since the completion; boards expect MOC points within {ALARM_AFTER_DAYS}."
        )
        step = "Send it today and tell the learner." if late else "Send it with the next batch."
        yield Reason("LRN-08", sentence, step, "completed_on", Severity.WARN)


def _amounts(r: LearnerCompletion) -> Iterator[Reason]:
    if r.credits is None and not r.board_credits:
        yield Reason("LRN-06", "There is no credit to report.", "Enter the credit claimed.", "credits")
    if r.credits is not None and (r.credits <= 0 or r.credits % _QUARTER):
        sentence = f"{r.credits} credits are not in quarter steps over zero."
        yield Reason("LRN-06", sentence, "Correct the credit claimed.", "credits")


def _against(r: LearnerCompletion, a: Activity) -> Iterator[Reason]:
    if a.starts_on and a.ends_on and not a.starts_on <= r.completed_on <= a.ends_on:
        sentence = f"The completion on {r.completed_on} lies outside the activity ({a.starts_on} to {a.ends_on})."
        yield Reason("LRN-05", sentence, "Correct the completion date.", "completed_on")
    if r.credits is not None and a.credits is not None and r.credits > a.credits:
        sentence = f"{r.credits} credits are more than the {a.credits} of the activity."
        yield Reason("LRN-06", sentence, "Correct the credit claimed.", "credits")


def _identifiers(r: LearnerCompletion) -> Iterator[Reason]:
    if not re.fullmatch("[0-9]{9}", r.activity_id):
        sentence = (
            f"The ACCME activity ID “{r.activity_id}” does not have 9 digits."
            if r.activity_id
            else "The activity has no ACCME activity ID yet."
        )
        yield Reason("LRN-07", sentence, "Report the activity first; PARS gives it this ID.", "activity_id")
    if r.provider_id and not re.fullmatch("[0-9]{7}", r.provider_id):
        sentence = f"The provider ID “{r.provider_id}” does not have 7 digits."
        yield Reason("PARS-15", sentence, "Enter it with its leading zeros.", "provider_id")
    if len(r.credit_id) > 300 or not _CREDIT_ID.fullmatch(r.credit_id):
        sentence = f"The credit ID “{r.credit_id[:60]}” is not of the form ccid:domain:number, at most 300 characters."
        yield Reason("pars.credit-id", sentence, "Mint the credit ID again.", "credit_id")


def _corrections(added: list[LearnerCompletion], deleted: set[str]) -> Iterator[Reason]:
    for record in added:
        if record.replaces and record.replaces not in deleted:
            sentence = f"{record.credit_id} corrects {record.replaces}, which this batch does not delete."
            yield Reason("LRN-09", sentence, "Put the deletion of the old record into the same batch.", "replaces")


def _doubles(added: list[LearnerCompletion]) -> Iterator[Reason]:
    for credit_id, times in Counter(record.credit_id for record in added).items():
        if times > 1:
            sentence = f"The credit ID {credit_id} is used {times} times in this batch."
            yield Reason("pars.duplicate", sentence, "Send each completion once.", "credit_id")


def _once_a_day(added: list[LearnerCompletion], known: Mapping[str, Activity]) -> Iterator[Reason]:
    taken = Counter(
        (credit.board, credit.board_id, record.activity_id, record.completed_on)
        for record in added
        for credit in record.board_credits
        if credit.board in ONE_A_DAY and not _is_journal(known.get(record.activity_id))
    )
    for (board, board_id, activity_id, day), times in taken.items():
        if times > 1:
            sentence = f"{board} takes one credit a day and activity; number {board_id} has {times} for {activity_id} on {day}."
            yield Reason("LRN-10", sentence, "Keep one of them for that day.", "board_credits", Severity.WARN)


def _is_journal(activity: Activity | None) -> bool:
    return activity is not None and activity.format in JOURNAL
