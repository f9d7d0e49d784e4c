"""What we know of credit: what can be claimed, what was awarded, the transcript across programs, what anybody may check."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import OuterRef, Q, QuerySet, Subquery, Sum

from lifelong.kernel import clock, files
from lifelong.kernel.access import Actor, Permission, Scope, may, reach
from lifelong.kernel.problems import NotFound
from lifelong.loop.credit.facts import attendance_to_claim, claim_facts, claim_opens_at
from lifelong.loop.credit.models import Award, Certificate, CreditTotal, LedgerSeal
from lifelong.loop.credit.systems import is_participation, may_hold
from lifelong.loop.credit.systems import label_of as label_of  # pages write credit in the same words
from lifelong.loop.delivery.models import Attendance
from lifelong.loop.designation.models import Designation
from lifelong.loop.people.models import Person
from lifelong.loop.people.reads import accounts_of
from lifelong.loop.planning.models import Session
from lifelong.loop.program.models import AccreditedProvider
from lifelong.rules.claim import claim_window_closes_at, may_claim
from lifelong.rules.claim import claimable as most_claimable
from lifelong.rules.verdict import Reason

P = Permission
LONGEST_WINDOW = dt.timedelta(days=400)  # no claim window is longer; older attendances are not looked at


@dataclass(frozen=True, slots=True)
class Claimable:
    """One credit that waits for its learner."""

    attendance_id: int
    designation_id: int
    session_title: str
    activity_title: str
    provider_name: str
    credit_system: str
    label: str
    unit: str
    maximum: Decimal
    increment: Decimal
    session_starts_at: dt.datetime
    opens_at: dt.datetime | None
    closes_at: dt.datetime
    time_zone: str
    place: str
    needs_evaluation: bool
    paused: bool
    is_open: bool  # what it is for has ended

    @property
    def last_day(self) -> dt.date:
        """The window closes at the end of this day, where the activity is."""
        return (self.closes_at - dt.timedelta(seconds=1)).astimezone(ZoneInfo(self.time_zone)).date()


def claimable(person: Person) -> list[Claimable]:
    """Everything the learner may still claim, the first to close first. Three queries, whatever the number."""
    now = clock.now()
    since = now - LONGEST_WINDOW
    last = Session.objects.filter(activity=OuterRef("session__activity"), cancelled_at=None).order_by("-ends_at")
    attended = list(
        Attendance.objects.filter(person=person, voided_at=None, recorded_at__gt=since, session__starts_at__lte=now)
        .select_related("session__activity__provider", "evaluation_done", "person__profile")
        .annotate(activity_ends_at=Subquery(last.values("ends_at")[:1]))
        .order_by("session__starts_at")
    )
    open_ones = [one for one in attended if _closes_at(one, _activity_ends_at(one)) > now]
    if not open_ones:
        return []
    profession = getattr(getattr(open_ones[0].person, "profile", None), "profession", "")
    designations: dict[int, list[Designation]] = defaultdict(list)
    for row in Designation.objects.filter(
        activity_id__in={one.session.activity_id for one in open_ones}, withdrawn_at=None
    ):
        designations[row.activity_id].append(row)
    awarded = set(
        Award.objects.filter(person__in=accounts_of(person.pk), reverses=None, earned_on__gt=since.date()).values_list(
            "designation_id", "session_id"
        )
    )
    evaluated = {one.session.activity_id for one in attended if _done(one)}
    found: dict[tuple[int, int | None], Claimable] = {}
    for one in open_ones:
        for designation in _fitting(designations[one.session.activity_id], profession):
            key = (designation.pk, one.session_id if designation.is_per_session else None)
            if key in awarded or key in found or designation.designated_at >= one.session.starts_at:
                continue
            ends_at = one.session.ends_at if designation.is_per_session else _activity_ends_at(one)
            if _closes_at(one, ends_at) <= now:
                continue
            done = _done(one) or (not designation.is_per_session and one.session.activity_id in evaluated)
            found[key] = _claimable(one, designation, ends_at, evaluated=done)
    return sorted(found.values(), key=lambda line: (line.closes_at, line.session_starts_at, line.designation_id))


def _fitting(rows: Iterable[Designation], profession: str) -> list[Designation]:
    """Credit that the profession may hold; a certificate of participation only where there is none."""
    fitting = [row for row in rows if may_hold(row.credit_system, row.profession, profession)]
    return [row for row in fitting if not is_participation(row.credit_system)] or fitting


def _claimable(one: Attendance, designation: Designation, ends_at: dt.datetime, *, evaluated: bool) -> Claimable:
    activity = one.session.activity
    opens_at = claim_opens_at(activity, ends_at)
    return Claimable(
        attendance_id=one.pk,
        designation_id=designation.pk,
        session_title=one.session.title,
        activity_title=activity.title,
        provider_name=activity.provider.short_name,
        credit_system=designation.credit_system,
        label=label_of(designation.credit_system),
        unit=designation.unit,
        maximum=designation.maximum,
        increment=designation.increment,
        session_starts_at=one.session.starts_at,
        opens_at=opens_at,
        closes_at=_closes_at(one, ends_at),
        time_zone=activity.time_zone,
        place=activity.provider.place,
        needs_evaluation=activity.evaluation_required and not evaluated,
        paused=activity.provider.credit_paused_at is not None,
        is_open=opens_at is None or opens_at <= clock.now(),
    )


def _activity_ends_at(one: Attendance) -> dt.datetime:
    """When the last session ends that counts for the whole activity."""
    last: dt.datetime | None = getattr(one, "activity_ends_at", None)  # annotated by the query
    return last or one.session.ends_at


def _closes_at(one: Attendance, ends_at: dt.datetime) -> dt.datetime:
    activity = one.session.activity
    return claim_window_closes_at(ends_at, ZoneInfo(activity.time_zone), activity.claim_days)


def _done(one: Attendance) -> bool:
    return getattr(one, "evaluation_done", None) is not None


@dataclass(frozen=True, slots=True)
class Offer:
    """One designation as the claim page offers it: how much may be claimed, or why not, or what is already held."""

    designation_id: int
    credit_system: str
    label: str
    unit: str
    maximum: Decimal
    increment: Decimal
    most: Decimal
    reasons: tuple[Reason, ...]
    serial: str = ""
    held: Decimal | None = None

    @property
    def open(self) -> bool:
        return self.held is None and not self.reasons and self.most > 0


def offers(viewer: Actor, attendance: Attendance) -> list[Offer]:
    """What this attendance may earn its learner, the credit of their profession first."""
    if not may(viewer, P.SEE_OWN, attendance):
        raise NotFound("session")
    attendance = attendance_to_claim(attendance.pk)
    activity = attendance.session.activity
    profession = getattr(getattr(attendance.person, "profile", None), "profession", "") or attendance.profession
    rows = _fitting(Designation.objects.filter(activity=activity, withdrawn_at=None).order_by("pk"), profession)
    entries: dict[tuple[int, int | None], list[Award]] = defaultdict(list)
    mine = accounts_of(attendance.person_id)
    for award in Award.objects.filter(person__in=mine, activity=activity).order_by("id"):
        entries[award.designation_id, award.session_id].append(award)
    return [
        _offer(attendance, row, entries[row.pk, attendance.session_id if row.is_per_session else None]) for row in rows
    ]


def _offer(attendance: Attendance, row: Designation, held: list[Award]) -> Offer:
    offer = Offer(
        row.pk, row.credit_system, label_of(row.credit_system), row.unit, row.maximum, row.increment, Decimal(0), ()
    )
    if held:
        return replace(offer, serial=held[-1].serial, held=sum((entry.amount for entry in held), Decimal(0)))
    facts = claim_facts(attendance, row, row.increment)
    return replace(offer, most=most_claimable(facts), reasons=may_claim(facts).blocking)


# --- the learner's own record ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TranscriptLine:
    """One award after its corrections; `amount` 0 means it was taken back."""

    serial: str
    earned_on: dt.date
    activity: str
    session: str
    provider: str
    provider_slug: str
    credit_system: str
    label: str
    unit: str
    amount: Decimal
    evidence: str
    is_late: bool
    is_corrected: bool


@dataclass(frozen=True, slots=True)
class Transcript:
    """A learner's record across programs. `totals`: label -> amount; the choices list what there is to filter by."""

    name: str
    lines: tuple[TranscriptLine, ...]
    totals: tuple[tuple[str, Decimal], ...]
    years: tuple[int, ...]
    systems: tuple[tuple[str, str], ...]
    providers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class TranscriptFilter:
    year: int | None = None
    credit_system: str = ""
    provider: str = ""


def transcript(viewer: Actor, person: Person, filters: TranscriptFilter | None = None) -> Transcript:
    """All accounts of the human being together, in one query. Only its owner sees it; for everybody else it does not exist."""
    if not may(viewer, P.SEE_OWN, Scope(person_id=person.pk)):
        raise NotFound("transcript")
    lines = _lines(Award.objects.filter(person__in=accounts_of(person.pk)))
    chosen = filters or TranscriptFilter()
    kept = tuple(
        line
        for line in lines
        if chosen.year in (None, line.earned_on.year)
        and chosen.credit_system in ("", line.credit_system)
        and chosen.provider in ("", line.provider_slug)
    )
    totals: dict[str, Decimal] = defaultdict(Decimal)
    for line in kept:
        totals[line.label] += line.amount
    return Transcript(
        name=person.full_name,
        lines=kept,
        totals=tuple(sorted(totals.items())),
        years=tuple(sorted({line.earned_on.year for line in lines}, reverse=True)),
        systems=tuple(sorted({(line.credit_system, line.label) for line in lines})),
        providers=tuple(sorted({(line.provider_slug, line.provider) for line in lines})),
    )


def _lines(awards: QuerySet[Award]) -> list[TranscriptLine]:
    entries: dict[tuple[int, int | None], list[dict[str, Any]]] = defaultdict(list)
    fields = (
        "serial", "amount", "earned_on", "credit_system", "is_late", "evidence", "designation_id", "session_id", "designation__unit", "activity__title",
        "session__title", "provider__short_name", "provider__slug",
    )  # fmt: skip
    for row in awards.order_by("id").values(*fields):
        entries[row["designation_id"], row["session_id"]].append(row)
    lines = [
        TranscriptLine(
            serial=rows[-1]["serial"],
            earned_on=rows[0]["earned_on"],
            activity=rows[0]["activity__title"],
            session=rows[0]["session__title"] or "",
            provider=rows[0]["provider__short_name"],
            provider_slug=rows[0]["provider__slug"],
            credit_system=rows[0]["credit_system"],
            label=label_of(rows[0]["credit_system"]),
            unit=rows[0]["designation__unit"],
            amount=sum((row["amount"] for row in rows), Decimal(0)),
            evidence=rows[0]["evidence"],
            is_late=rows[0]["is_late"],
            is_corrected=len(rows) > 1,
        )
        for rows in entries.values()
    ]
    return sorted(lines, key=lambda line: (line.earned_on, line.serial), reverse=True)


def totals_of_year(person_id: int, year: int) -> dict[str, Decimal]:
    """System -> credit of the year, from kept sums."""
    rows = CreditTotal.objects.filter(person__in=accounts_of(person_id), year=year).values("credit_system")
    sums = rows.annotate(total=Sum("amount")).filter(total__gt=0).order_by("-total")
    return dict(sums.values_list("credit_system", "total"))


def own_award(viewer: Actor, serial: str) -> Award:
    """An award of the viewer's own; anybody else's does not exist for them."""
    rows = Award.objects.select_related("activity__provider", "session", "designation", "person")
    own = rows.filter(serial=serial, person__in=accounts_of(viewer.person_id)) if viewer.person_id else None
    found = own.first() if own is not None else None
    if found is None:
        raise NotFound("certificate")
    return found  # type: ignore[no-any-return]


def certificate_pdf(viewer: Actor, serial: str) -> bytes | None:
    """The PDF of an own award; None while it is still being made."""
    award = own_award(viewer, serial)
    row = Certificate.objects.select_related("file").filter(award=award).first()
    return files.read(row.file) if row else None


# --- what anybody may check -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PublicAward:
    """What the ledger says of a serial: enough to compare with a paper, and no more."""

    serial: str
    learner: str
    activity: str
    session: str
    provider: str
    label: str
    unit: str
    amount: Decimal  # of the certificate that carries this serial
    current_amount: Decimal  # after all corrections
    earned_on: dt.date
    awarded_on: dt.date
    is_late: bool
    corrected_on: dt.date | None
    is_sealed: bool

    @property
    def is_reversed(self) -> bool:
        return self.current_amount == 0


def verify(serial: str) -> PublicAward:
    """The public facts of an award by its serial. Two queries for a hit, one for anything else; every miss is the same NotFound."""
    if len(serial) != 26:
        raise NotFound("certificate")
    rows = Award.objects.select_related("person", "activity", "session", "provider", "designation")
    award = rows.filter(serial=serial).first()
    if award is None or award.serial != serial:
        raise NotFound("certificate")
    entries = list(
        Award.objects.filter(**award.claim_key).order_by("id").values_list("id", "amount", "awarded_at", "seal__seq")
    )
    until = sum((amount for entry_id, amount, _, _ in entries if entry_id <= award.pk), Decimal(0))
    later = [at for entry_id, _, at, _ in entries if entry_id > award.pk]
    zone = ZoneInfo(award.activity.time_zone)
    return PublicAward(
        serial=serial,
        learner=award.person.full_name,
        activity=award.activity.title,
        session=award.session.title if award.session else "",
        provider=award.provider.name,
        label=label_of(award.credit_system),
        unit=award.designation.unit,
        amount=until,
        current_amount=sum((amount for _, amount, _, _ in entries), Decimal(0)),
        earned_on=award.earned_on,
        awarded_on=award.awarded_at.astimezone(zone).date(),
        is_late=award.is_late,
        corrected_on=later[-1].astimezone(zone).date() if later else None,
        is_sealed=any(entry_id == award.pk and seq for entry_id, _, _, seq in entries),
    )


# --- for the office -------------------------------------------------------------------------------------------------


def _awards_of(viewer: Actor, provider: AccreditedProvider) -> QuerySet[Award]:
    everything, organisations, activities = reach(viewer, P.SEE_CREDIT, provider.pk)
    rows = Award.objects.filter(provider=provider)
    if not everything:
        rows = rows.filter(Q(activity__organisation_id__in=organisations) | Q(activity_id__in=activities))
    return rows


def awards(
    viewer: Actor, provider: AccreditedProvider, *, search: str = "", before: int | None = None, limit: int = 25
) -> list[Award]:
    """Entries of the ledger, newest first; `before` is the number of the last one seen. Search: family name, title or serial."""
    rows = _awards_of(viewer, provider).select_related("person", "activity", "session", "designation", "reverses")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    text = search.strip()
    if text:
        rows = rows.filter(
            Q(person__family_name__istartswith=text)
            | Q(person__email__iexact=text)
            | Q(activity__title__icontains=text)
            | Q(serial=text.upper())
        )
    return list(rows.order_by("-pk")[:limit])


def award(viewer: Actor, provider: AccreditedProvider, award_id: int) -> Award:
    rows = _awards_of(viewer, provider).select_related(
        "person", "activity__provider", "session", "designation", "reverses"
    )
    found = rows.filter(pk=award_id).first()
    if found is None:
        raise NotFound("award")
    return found


def entries_of(award: Award) -> list[Award]:
    """The award and its corrections, in the order of the ledger."""
    rows = Award.objects.filter(**award.claim_key)
    return list(rows.select_related("seal").order_by("id"))


@dataclass(frozen=True, slots=True)
class LedgerState:
    """How the ledger stands: sealed entries, those that wait, and the head of the chain."""

    sealed: int
    waiting: int
    head: str


def ledger_state() -> LedgerState:
    head = LedgerSeal.objects.order_by("-seq").values_list("seq", "digest", "award_id").first()
    if head is None:
        return LedgerState(0, Award.objects.count(), "")
    return LedgerState(head[0], Award.objects.filter(pk__gt=head[2]).count(), head[1])


def session_of(viewer: Actor, provider: AccreditedProvider, session_id: int) -> Session:
    """A session of the program, for those who designate its credit."""
    everything, organisations, activities = reach(viewer, P.DESIGNATE_CREDIT, provider.pk)
    rows = Session.objects.select_related("activity").filter(pk=session_id, activity__provider=provider)
    if not everything:
        rows = rows.filter(Q(activity__organisation_id__in=organisations) | Q(activity_id__in=activities))
    found = rows.first()
    if found is None:
        raise NotFound("session")
    return found  # type: ignore[no-any-return]


def attendance_for(viewer: Actor, provider: AccreditedProvider, *, session_id: int, email: str) -> Attendance:
    """The attendance of a learner, found by staff who enter a late claim."""
    if not reach(viewer, P.CORRECT_CREDIT, provider.pk)[0]:
        raise NotFound("attendance")
    rows = Attendance.objects.select_related("session__activity__provider", "person__profile")
    found = rows.filter(
        session_id=session_id, session__activity__provider=provider, person__email__iexact=email.strip(), voided_at=None
    ).first()
    if found is None:
        raise NotFound("attendance")
    return found  # type: ignore[no-any-return]
