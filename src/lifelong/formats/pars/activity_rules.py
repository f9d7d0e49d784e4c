"""What stands between an activity record and PARS: rules PARS-01 to PARS-16 of the exchange reference."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from lifelong.formats.pars.records import Activity, ActivityAction, BoardRegistration, Status
from lifelong.formats.pars.vocabulary import (
    BOARD_CREDIT_TYPES,
    ENDURING,
    IN_PERSON,
    OUTCOME_KINDS,
    PER_SESSION,
    PHYSICIANS,
    REMS_SUPPORTER,
    STATES,
    WITH_DELIVERY,
    CodeList,
    code_list,
)
from lifelong.rules.verdict import Reason, Severity

DESCRIPTION_LIMIT = 2500
_QUARTER = Decimal("0.25")
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def validate_activity(
    record: Activity, status: Status, today: date, previous: Activity | None = None
) -> tuple[Reason, ...]:
    """Everything that keeps `record` from `status` on the day `today`, and what deserves a look. Empty when all is well.

    `previous` is the record as PARS has it, for an update. What ACCME has not confirmed never blocks.
    """
    if record.action is ActivityAction.DELETE:
        return tuple(_identifiers(record, deleting=True))
    found = [*_identifiers(record), *_core(record), *_text(record), *_codes(record), *_span(record)]
    if status is not Status.DRAFT:
        found += [*_open(record, status, today), *_place(record), *_listing(record)]
    if status is Status.CLOSED:
        found += _closing(record)
    found += [*_support(record), *_series_count(record), *_moc(record), *_rems(record)]
    if previous is not None and record.action is ActivityAction.UPDATE:
        found += _forks(record, previous)
    return tuple(found)


def _core(r: Activity) -> Iterator[Reason]:
    if not r.title.strip():
        yield _missing("PARS-01", "title", "The activity has no title.", "Give the activity its title.")
    if not r.format.strip():
        yield _missing("PARS-01", "format", "The activity has no format.", "Choose the format of the activity.")
    if r.starts_on is None:
        yield _missing("PARS-01", "starts_on", "The activity has no start date.", "Enter the first day.")
    if r.ends_on is None:
        yield _missing("PARS-01", "ends_on", "The activity has no end date.", "Enter the last day.")
    if r.starts_on and r.ends_on and r.ends_on < r.starts_on:
        sentence = f"The activity ends on {r.ends_on}, before it starts on {r.starts_on}."
        yield Reason("PARS-01", sentence, "Correct the start or the end date.", "ends_on")


def _open(r: Activity, status: Status, today: date) -> Iterator[Reason]:
    if r.format in WITH_DELIVERY and not r.delivery_methods:
        yield _missing("PARS-04", "delivery_methods", "No delivery method is given.", "Choose how people take part.")
    length = len(r.description)
    if not r.description.strip() or length > DESCRIPTION_LIMIT:
        sentence = (
            f"The description has {length} characters; PARS takes at most {DESCRIPTION_LIMIT:,}."
            if length
            else "The activity has no description."
        )
        yield Reason(
            "PARS-02", sentence, f"Write a description of 1 to {DESCRIPTION_LIMIT:,} characters.", "description"
        )
    if r.credits is None or r.credits < _QUARTER or r.credits % _QUARTER:
        shown = "not given" if r.credits is None else f"{r.credits}"
        sentence = f"The credit amount is {shown}; PARS takes quarter steps from 0.25."
        yield Reason("PARS-03", sentence, "Enter an amount such as 0.25, 1 or 10.5.", "credits")
    if r.providership not in {"direct", "joint"}:
        sentence = "It is not said whether the activity is directly or jointly provided."
        yield Reason("PARS-06", sentence, "Choose direct or joint providership.", "providership")
    if r.ends_on is None:
        return
    if status is Status.ACTIVE and r.ends_on < today:
        sentence = f"The activity ended on {r.ends_on}, so it cannot be active."
        yield Reason("PARS-09", sentence, "Report it as ready to close, or correct the end date.", "ends_on")
    if status in {Status.READY_TO_CLOSE, Status.CLOSED} and r.ends_on >= today:
        sentence = f"The activity ends on {r.ends_on}; it can be closed only after that day."
        yield Reason("PARS-09", sentence, "Wait until the activity is over, or correct the end date.", "ends_on")


def _place(r: Activity) -> Iterator[Reason]:
    if IN_PERSON not in r.delivery_methods:
        return
    if r.place is None or not r.place.city.strip():
        yield _missing("PARS-04", "place.city", "People meet in person, but no city is given.", "Enter the city.")
    if r.place is None or not re.fullmatch("[A-Z]{3}", r.place.country):
        sentence = "People meet in person, but the country is not a code of three letters."
        yield Reason("PARS-04", sentence, "Enter the country, such as USA.", "place.country")
    elif r.place.country == "USA" and r.place.state not in STATES:
        sentence = f"The state “{r.place.state}” is not a state code of two letters."
        yield Reason("PARS-04", sentence, "Enter the state, such as MA.", "place.state")


def _listing(r: Activity) -> Iterator[Reason]:
    if r.listed_publicly is None:
        sentence = "It is not said whether CME Passport may list the activity."
        yield Reason("PARS-05", sentence, "Choose yes or no for the public list.", "listed_publicly")
    if not r.listed_publicly:
        return
    for field, value, what in (
        ("url", r.url, "web address"),
        ("fee", r.fee, "fee"),
        ("registration", r.registration, "registration"),
    ):
        if not value.strip():
            sentence = f"The activity is to be listed publicly, but its {what} is missing."
            yield Reason("PARS-05", sentence, f"Enter the {what}, or take the activity off the list.", field)


def _closing(r: Activity) -> Iterator[Reason]:
    if r.providership == "joint" and not any(name.strip() for name in r.joint_providers):
        sentence = "The activity is jointly provided, but no joint provider is named."
        yield Reason("PARS-06", sentence, "Name at least one joint provider.", "joint_providers")
    if r.commercial_support is None:
        sentence = "It is not said whether the activity had commercial support."
        yield Reason("PARS-07", sentence, "Choose yes or no for commercial support.", "commercial_support")
    if not r.outcomes:
        yield _missing("PARS-09", "outcomes", "No measured outcome is given.", "Name at least one outcome level.")
    given = {category for category, _ in r.counts}
    if not given & PHYSICIANS:
        yield _missing("PARS-09", "counts", "The number of physicians is missing.", "Enter it; zero is allowed.")
    if not given - PHYSICIANS:
        yield _missing("PARS-09", "counts", "The number of other learners is missing.", "Enter it; zero is allowed.")


def _support(r: Activity) -> Iterator[Reason]:
    sources = len(r.monetary_support) + len(r.in_kind_support)
    if r.commercial_support and not sources:
        sentence = "The activity had commercial support, but no source is named."
        yield Reason("PARS-07", sentence, "Name each supporter, with the amount or as in-kind.", "monetary_support")
    for support in r.monetary_support:
        if support.amount <= 0 or not support.source.strip():
            sentence = f"The support of “{support.source}” is {support.amount}; it must name a source and be over zero."
            yield Reason("PARS-07", sentence, "Enter the amount in whole dollars.", "monetary_support")
    if r.commercial_support is False and sources:
        sentence = f"The activity had no commercial support, but {sources} source(s) are named."
        yield Reason("PARS-08", sentence, "Say yes to commercial support, or remove the sources.", "commercial_support")


def _span(r: Activity) -> Iterator[Reason]:
    if r.starts_on is None or r.ends_on is None:
        return
    years = 3 if r.format in ENDURING else 1
    if r.ends_on >= _years_later(r.starts_on, years):
        most = "three years" if years == 3 else "12 months"
        sentence = f"The record runs from {r.starts_on} to {r.ends_on}; PARS takes at most {most}."
        yield Reason("PARS-10", sentence, "End this record in time and start another one.", "ends_on")


def _series_count(r: Activity) -> Iterator[Reason]:
    if r.format not in PER_SESSION or not r.session_attendance or not r.counts:
        return
    counted, attended = sum(people for _, people in r.counts), sum(r.session_attendance)
    if counted != attended:
        sentence = f"{counted} learners are counted, but the sessions of the series add up to {attended} attendances."
        step = "Count each person once for each session attended."
        yield Reason("PARS-11", sentence, step, "counts", Severity.WARN)


def _moc(r: Activity) -> Iterator[Reason]:
    types = code_list("boards")
    for board in r.boards:
        yield from _board(r, board)
        if board.board not in types:
            yield _unconfirmed("PARS-12", types, board.board, "boards")
        allowed = BOARD_CREDIT_TYPES.get(board.board, ())
        for kind in board.credit_types:
            if allowed and kind not in allowed:
                known = CodeList(f"credit types of {board.board}", allowed, "ACCME pages", "unconfirmed")
                yield _unconfirmed("PARS-12", known, kind, "boards")


def _board(r: Activity, board: BoardRegistration) -> Iterator[Reason]:
    for missing, what in (
        (not board.credit_types, "credit type"),
        (not (board.practice_areas or r.specialties), "practice area"),
        (board.points <= 0 or board.points % _QUARTER != 0, "number of points in quarter steps"),
        (board.claim_by is None, "last day to claim"),
    ):
        if missing:
            sentence = f"The registration with {board.board} has no {what}."
            yield Reason("PARS-12", sentence, f"Enter the {what} for {board.board}.", "boards")
    if r.credits is not None and board.points > r.credits:
        sentence = f"{board.board} gives {board.points} points, more than the {r.credits} credits of the activity."
        yield Reason("PARS-12", sentence, "Check the points; they are rarely more.", "boards", Severity.WARN)


def _rems(r: Activity) -> Iterator[Reason]:
    if r.rems is None:
        return
    if not r.rems.identifier.strip():
        sentence = "This is a REMS activity, but its identifier is missing."
        yield Reason("PARS-16", sentence, "Enter the identifier of the REMS Program Companies.", "rems", Severity.WARN)
    if REMS_SUPPORTER not in {*(support.source for support in r.monetary_support), *r.in_kind_support}:
        sentence = f"This is a REMS activity, but {REMS_SUPPORTER} is not among its supporters."
        yield Reason("PARS-16", sentence, f"Name {REMS_SUPPORTER} as supporter.", "monetary_support", Severity.WARN)


def _forks(r: Activity, before: Activity) -> Iterator[Reason]:
    for field, what in (
        ("format", "format"),
        ("starts_on", "start date"),
        ("ends_on", "end date"),
        ("accme_activity_id", "ACCME activity ID"),
        ("provider_activity_id", "provider activity ID"),
    ):
        if getattr(r, field) != getattr(before, field):
            sentence = f"The update changes the {what}; PARS may make a second record of it."
            step = f"Confirm the new {what}, and look in PARS afterwards for a double."
            yield Reason("PARS-13", sentence, step, field, Severity.WARN)


def _identifiers(r: Activity, deleting: bool = False) -> Iterator[Reason]:
    if r.provider_id and not re.fullmatch("[0-9]{7}", r.provider_id):
        sentence = f"The provider ID “{r.provider_id}” does not have 7 digits."
        yield Reason("PARS-15", sentence, "Enter it with its leading zeros.", "provider_id")
    if r.accme_activity_id and not re.fullmatch("[0-9]{9}", r.accme_activity_id):
        sentence = f"The ACCME activity ID “{r.accme_activity_id}” does not have 9 digits."
        yield Reason("PARS-15", sentence, "Copy it from PARS.", "accme_activity_id")
    if deleting and not (r.accme_activity_id or r.provider_activity_id):
        sentence = "The record to delete has no identifier."
        yield Reason("PARS-15", sentence, "Give the ACCME or the provider activity ID.", "accme_activity_id")


def _codes(r: Activity) -> Iterator[Reason]:
    for name, field, values in (
        ("formats", "format", (r.format,)),
        ("delivery_methods", "delivery_methods", r.delivery_methods),
        ("credit_types", "credit_type", (r.credit_type,)),
        ("professions", "target_professions", r.target_professions),
        ("count_categories", "counts", tuple(category for category, _ in r.counts)),
        ("outcomes", "outcomes", tuple(outcome.level for outcome in r.outcomes)),
        ("commendation_tags", "commendation_tags", r.commendation_tags),
        ("fees", "fee", (r.fee,)),
        ("registrations", "registration", (r.registration,)),
        ("rems", "rems", (r.rems.kind,) if r.rems else ()),
    ):
        known = code_list(name)
        yield from (_unknown(known, value, field) for value in values if value and value not in known)
    for outcome in r.outcomes:
        if not set(outcome.kinds) <= OUTCOME_KINDS:
            sentence = (
                f"“{outcome.level}” was measured as {', '.join(outcome.kinds)}; PARS knows objective and subjective."
            )
            yield Reason("pars.code", sentence, "Choose Objective, Subjective or both.", "outcomes")
    if any(people < 0 for _, people in r.counts):
        yield Reason("PARS-09", "A number of learners is below zero.", "Enter zero or more.", "counts")


def _text(r: Activity) -> Iterator[Reason]:
    for field in ("title", "description", "provider_activity_id", "url"):
        if _UNPRINTABLE.search(getattr(r, field)):
            sentence = f"The {field.replace('_', ' ')} contains control characters that cannot be sent."
            yield Reason("pars.text", sentence, "Type the text again; do not paste it.", field)


def _unknown(known: CodeList, value: str, field: str) -> Reason:
    if known.unconfirmed:
        return _unconfirmed("pars.code", known, value, field)
    sentence = f"“{value}” is not among the {known.name.replace('_', ' ')} of PARS."
    return Reason("pars.code", sentence, f"Choose one of: {', '.join(known.values)}.", field)


def _unconfirmed(rule: str, known: CodeList, value: str, field: str) -> Reason:
    sentence = f"“{value}” is not among the {known.name.replace('_', ' ')} we know (this list is unconfirmed)."
    return Reason(rule, sentence, "Ask ACCME for the spelling, then keep or correct it.", field, Severity.INFO)


def _missing(rule: str, field: str, sentence: str, next_step: str) -> Reason:
    return Reason(rule, sentence, next_step, field)


def _years_later(day: date, years: int) -> date:
    """The same day `years` later; 29 February becomes 1 March."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)
