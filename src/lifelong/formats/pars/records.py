"""What PARS and JA-PARS are told: activities, and who completed them for how much credit (interop: activity v0.1.2, learner v0.5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum


class Status(StrEnum):
    """Where an activity record stands in PARS since November 2021; each has its own required fields."""

    DRAFT = "Draft"
    ACTIVE = "Active"
    READY_TO_CLOSE = "Ready to Close"
    CLOSED = "Closed"


class ActivityAction(StrEnum):
    """What PARS is to do with an activity record."""

    ADD = "Add"
    UPDATE = "Update"
    DELETE = "Delete"


class LearnerAction(StrEnum):
    """What PARS is to do with a learner record: there is no update, a correction is a deletion and a new record."""

    ADD = "add"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Place:
    """Where people meet: `state` is two letters in the USA, `country` three letters (ISO 3166-1)."""

    city: str
    country: str
    state: str = ""


@dataclass(frozen=True, slots=True)
class MonetarySupport:
    """Money of an ineligible company: whole units of `currency`."""

    source: str
    amount: int
    currency: str = "USD"


@dataclass(frozen=True, slots=True)
class MeasuredOutcome:
    """An outcome level of the code list `outcomes`, and how it was measured (`Objective`, `Subjective`)."""

    level: str
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BoardRegistration:
    """Registration for continuing certification with one board. `practice_areas` go into the target audience."""

    board: str
    points: Decimal
    credit_types: tuple[str, ...] = ()
    practice_areas: tuple[str, ...] = ()
    claim_by: date | None = None


@dataclass(frozen=True, slots=True)
class Keyword:
    """A content-outline keyword: `id` is `Level 3 ID`, `Tag ID` or `Free Text`; `source` names first or second choice."""

    id: str
    source: str
    text: str


@dataclass(frozen=True, slots=True)
class Outline:
    """Selections from one content outline as (keyword, value)."""

    source: str
    keys: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Rems:
    """A REMS activity: its kind, and the identifier that the REMS Program Companies issued."""

    kind: str
    identifier: str


@dataclass(frozen=True, slots=True)
class Pharmacy:
    """The pharmacy block of JA-PARS. Flags are `true`, `false` or `not sure`, as the body writes them."""

    activity_type: str
    topic: str
    sequence_number: str
    uan_pharmacist: str = ""
    uan_technician: str = ""
    live_on: date | None = None
    has_recertifications: str = ""
    recertifications: tuple[tuple[str, str], ...] = ()
    has_content_tags: str = ""
    content_states: tuple[str, ...] = ()
    content_topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Activity:
    """One activity record. `None` means not yet known, which differs from no and from zero.

    `credits` in quarter hours, for a series the whole series. `counts` are (category, people). `session_attendance` is not
    sent: it lets the count of a series be checked.
    """

    provider_activity_id: str
    title: str
    format: str
    starts_on: date | None
    ends_on: date | None
    provider_id: str = ""
    accme_activity_id: str = ""
    url: str = ""
    description: str = ""
    keywords: tuple[Keyword, ...] = ()
    credit_type: str = "AMA PRA Category 1"
    credits: Decimal | None = None
    providership: str = ""
    joint_providers: tuple[str, ...] = ()
    place: Place | None = None
    delivery_methods: tuple[str, ...] = ()
    target_professions: tuple[str, ...] = ()
    specialties: tuple[str, ...] = ()
    listed_publicly: bool | None = None
    fee: str = ""
    registration: str = ""
    commercial_support: bool | None = None
    monetary_support: tuple[MonetarySupport, ...] = ()
    in_kind_support: tuple[str, ...] = ()
    counts: tuple[tuple[str, int], ...] = ()
    outcomes: tuple[MeasuredOutcome, ...] = ()
    commendation_tags: tuple[str, ...] = ()
    boards: tuple[BoardRegistration, ...] = ()
    outlines: tuple[Outline, ...] = ()
    interprofessional: bool | None = None
    mips: bool | None = None
    rems: Rems | None = None
    pharmacy: Pharmacy | None = None
    state_content: tuple[tuple[str, str], ...] = ()
    action: ActivityAction = ActivityAction.ADD
    close: bool = False
    session_attendance: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class BoardCredit:
    """Points of one kind for one certifying board; `board_id` is the number the board gave the physician."""

    board: str
    board_id: str
    credit_type: str
    points: Decimal
    credit_id: str = ""


@dataclass(frozen=True, slots=True)
class LearnerCompletion:
    """One person's completion of one activity. The year of birth is never asked for.

    `credit_id` is ours, minted once (`ccid:<domain>:<local id>`, at most 300 characters). `license_state` is two letters.
    `permission_at` and `permission_wording` prove consent and are not sent. `replaces` is the credit id of the record that
    this one corrects, deleted in the same batch or before.
    """

    credit_id: str
    activity_id: str
    activity_title: str
    completed_on: date
    given_name: str
    family_name: str
    birth_month: int
    birth_day: int
    provider_id: str = ""
    provider_name: str = ""
    credits: Decimal | None = None
    credit_type: str = "AMA PRA Category 1"
    license_state: str = ""
    license_number: str = ""
    npi: str = ""
    board_credits: tuple[BoardCredit, ...] = ()
    permission_at: datetime | None = None
    permission_wording: str = ""
    action: LearnerAction = LearnerAction.ADD
    replaces: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """What is sent at one time: activities first, then completions. `created_at` in UTC."""

    reference: str
    provider_id: str
    provider_name: str
    created_at: datetime
    activities: tuple[Activity, ...] = ()
    completions: tuple[LearnerCompletion, ...] = ()
