"""Keeping the records of a year true: what would be said now, what is missing, what was refused. Called with writes open."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.db.models import Q

from lifelong.formats import pars
from lifelong.formats.pars import Status, validate_activity, validate_learner
from lifelong.kernel import clock
from lifelong.loop.credit.models import Award
from lifelong.loop.planning.models import Activity
from lifelong.loop.program.models import AccreditedProvider
from lifelong.loop.reporting.models import Record
from lifelong.loop.reporting.pars_records import (
    activity_records,
    body_for,
    completion,
    consent_times,
    digest_of_activity,
    digest_of_completion,
    is_superseded,
    reportable_awards,
    standing_amounts,
    status_of,
)
from lifelong.rules.reporting import ActivityReportFacts, pars_fields_missing, year_end_due_on
from lifelong.rules.verdict import Reason, Severity

Kind, State = Record.Kind, Record.State
NOT_TOLD = (State.READY, State.INCOMPLETE, State.REFUSED)
FIELDS = ("state", "status", "year", "findings", "digest", "due_on", "changed_at")
DRAFT = Reason(
    "reporting.draft", "The activity is not published; the body is told when it is.", "Publish it.", "published_at", Severity.INFO
)  # fmt: skip


def finding(reason: Reason) -> dict[str, str]:
    return {"rule": reason.rule, "sentence": reason.sentence, "next_step": reason.next_step, "field": reason.field}


def activities_to_report(provider: AccreditedProvider, year: int) -> list[Activity]:
    """Activities that began in the year and carry credit, or did until their designation was withdrawn after publication."""
    rows = Activity.objects.filter(
        provider=provider, track=Activity.Track.CONTINUING, starts_on__year=year, designations__isnull=False
    )
    return list(rows.distinct().select_related("joint_provider", "provider").order_by("pk"))


def keep_records(
    provider: AccreditedProvider, activities: Sequence[Activity], awards: Iterable[Award], today: dt.date
) -> tuple[int, int]:
    """Make or renew the records of these activities, then of these awards. Returns how many are new and how many changed."""
    body = body_for(provider)
    several = list(awards)
    known = {row.activity_id: row for row in Record.objects.select_related("batch").filter(body=body, kind=Kind.ACTIVITY, provider=provider).filter(
        activity_id__in={*(a.pk for a in activities), *(w.activity_id for w in several)}
    )}  # fmt: skip
    others = Activity.objects.filter(pk__in={w.activity_id for w in several} - {a.pk for a in activities})
    everything = [*activities, *others.select_related("joint_provider", "provider")]
    told = activity_records(provider, everything, body, {pk: row.body_id for pk, row in known.items() if row.body_id})
    rows = []
    for activity in activities:
        row = known.get(activity.pk) or Record(provider=provider, body=body, kind=Kind.ACTIVITY, activity=activity)
        rows.append((row, _state_of(row)))
        _judge_activity(row, activity, told[activity.pk], today)
        known[activity.pk] = row
    by_id = {activity.pk: activity for activity in everything}
    rows += _learner_rows(provider, body, several, known, told, by_id, today)
    return _store(rows)


def _learner_rows(
    provider: AccreditedProvider,
    body: str,
    awards: list[Award],
    known: dict[int, Record],
    told: dict[int, pars.Activity],
    activities: dict[int, Activity],
    today: dt.date,
) -> list[tuple[Record, tuple[object, ...]]]:
    existing = {row.award_id: row for row in Record.objects.select_related("batch").filter(body=body, kind=Kind.LEARNER).filter(
        award_id__in={*(w.pk for w in awards), *(w.reverses_id for w in awards if w.reverses_id)}
    )}  # fmt: skip
    permitted = consent_times([award.person_id for award in awards], body)
    standing = standing_amounts(awards)
    rows = []
    for award in awards:
        if not _is_to_tell(award, existing.get(award.pk), standing[award.pk]):
            continue
        row = existing.get(award.pk) or Record(
            provider=provider, body=body, kind=Kind.LEARNER, activity_id=award.activity_id, award=award
        )
        before = _state_of(row)
        of_activity = known.get(award.activity_id)
        number = of_activity.body_id if of_activity else ""
        record = completion(provider, award, number, permitted.get(award.person_id), standing[award.pk])
        status = status_of(activities[award.activity_id], today)
        reasons = validate_learner(record, today, told[award.activity_id] if number else None, status)
        _judge(row, reasons, digest_of_completion(record))
        row.year, row.due_on = award.earned_on.year, year_end_due_on(award.earned_on.year)
        rows.append((row, before))
    return rows


def _is_to_tell(award: Award, row: Record | None, standing: Decimal) -> bool:
    """An entry is told while it stands with credit. What was corrected before the body knew of it is not told at all; what the
    body knows is told as deleted."""
    if not is_superseded(award):
        return standing > 0
    if row is None:
        return False
    known = bool(row.sent_digest) and row.state != State.REFUSED
    was_deletion = row.state == State.REFUSED and row.sent_digest == row.digest
    if known or was_deletion or _in_hand(row):
        return True
    Record.objects.filter(pk=row.pk).delete()
    return False


def _judge_activity(row: Record, activity: Activity, record: pars.Activity, today: dt.date) -> None:
    status = status_of(activity, today)
    reasons = list(validate_activity(record, Status.ACTIVE if status is Status.DRAFT else status, today))
    if status is Status.DRAFT:
        # an end date in the past says the same in other words
        reasons = [DRAFT, *(reason for reason in reasons if reason.rule != "PARS-09")]
    if status is Status.READY_TO_CLOSE:
        reasons += [
            Reason(r.rule, f"To close it: {r.sentence[0].lower()}{r.sentence[1:]}", r.next_step, r.field, Severity.INFO)
            for r in pars_fields_missing(_closing_facts(record)).reasons
        ]
    _judge(row, reasons, digest_of_activity(record), may_send=status is not Status.DRAFT)
    row.status, row.year = status.value, (activity.starts_on or today).year
    row.due_on = year_end_due_on(row.year)


def _closing_facts(r: pars.Activity) -> ActivityReportFacts:
    filled = {
        "title": r.title, "format": r.format, "starts_on": r.starts_on, "ends_on": r.ends_on,
        "delivery": r.delivery_methods or r.format, "ama_amount": r.credits, "listed": r.listed_publicly is not None,
        "description": r.description, "providership": r.providership, "city": r.place and r.place.city,
        "country": r.place and r.place.country, "fee": r.fee, "registration_type": r.registration, "url": r.url,
        "outcome_measure": r.outcomes, "commercial_support": r.commercial_support is not None,
        "physician_learners": r.counts, "other_learners": r.counts, "joint_providers": r.joint_providers,
        "support_sources": r.monetary_support or r.in_kind_support,
    }  # fmt: skip
    return ActivityReportFacts(
        status="closed", filled=frozenset(name for name, value in filled.items() if value),
        in_person="In-Person" in r.delivery_methods, listed=bool(r.listed_publicly), joint=r.providership == "joint",
        commercial_support=bool(r.commercial_support),
    )  # fmt: skip


def _judge(row: Record, reasons: Iterable[Reason], digest: str, *, may_send: bool = True) -> None:
    """The state that follows: what was sent waits; what was refused stays so until it reads differently; what is missing blocks."""
    found = list(reasons)
    row.digest = digest
    if _in_hand(row):
        return
    same = bool(row.sent_digest) and row.sent_digest == digest
    if same and row.state == State.REFUSED:
        return
    if same and row.state == State.ACCEPTED:
        row.findings = [finding(reason) for reason in found]
        return
    row.findings = [finding(reason) for reason in found]
    blocked = not may_send or any(reason.severity is Severity.BLOCK for reason in found)
    row.state = State.INCOMPLETE if blocked else State.READY


def _in_hand(row: Record) -> bool:
    """Bundled or sent, and not answered yet: what was said may not change under way."""
    return row.state == State.SENT or (row.batch is not None and row.batch.answered_at is None)


def _state_of(row: Record) -> tuple[object, ...]:
    return tuple(getattr(row, name) for name in FIELDS if name != "changed_at")


def _store(rows: list[tuple[Record, tuple[object, ...]]]) -> tuple[int, int]:
    at = clock.now()
    new = [row for row, _ in rows if row.pk is None]
    changed = [row for row, before in rows if row.pk is not None and _state_of(row) != before]
    for row in (*new, *changed):
        row.changed_at = at
    Record.objects.bulk_create(new, ignore_conflicts=True, batch_size=500)
    Record.objects.bulk_update(changed, FIELDS, batch_size=500)
    return len(new), len(changed)


def forget_withdrawn(provider: AccreditedProvider, year: int) -> int:
    """Completions that were prepared but not sent, whose learner no longer allows it: the preparation is deleted."""
    body = body_for(provider)
    waiting = Record.objects.filter(Q(batch=None) | Q(batch__answered_at__isnull=False)).filter(
        provider=provider, body=body, kind=Kind.LEARNER, year=year, state__in=NOT_TOLD
    )
    return waiting.exclude(award__in=reportable_awards(provider, body)).delete()[0]


def awards_of_year(provider: AccreditedProvider, year: int) -> list[Award]:
    rows = reportable_awards(provider, body_for(provider)).filter(earned_on__year=year)
    return list(rows.order_by("pk"))
