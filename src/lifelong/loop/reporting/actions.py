"""What we do to report: keep the records of the year true, bundle what is ready, take the body's answer. No network is opened here."""

from __future__ import annotations

from lifelong.formats import pars
from lifelong.kernel import clock, files
from lifelong.kernel.access import Actor, Permission
from lifelong.kernel.action import Unchanged, action
from lifelong.kernel.problems import Problem, problem
from lifelong.loop.credit.models import Award
from lifelong.loop.planning.models import Activity
from lifelong.loop.program.models import AccreditedProvider
from lifelong.loop.reporting.models import Batch, Record
from lifelong.loop.reporting.pars_records import (
    activity_records,
    completion,
    consent_times,
    credit_id,
    digest_of_activity,
    digest_of_completion,
    standing_amounts,
)
from lifelong.loop.reporting.records import (
    activities_to_report,
    awards_of_year,
    forget_withdrawn,
    keep_records,
)

P = Permission
Kind, State = Record.Kind, Record.State
MOST_IN_A_BATCH = 1000


@action(needs=P.RUN_REPORTING, audit="records.refreshed")
def refresh_records(actor: Actor, provider: AccreditedProvider, *, year: int) -> tuple[int, int]:
    """Bring all records of a year up to date. Returns (new, changed). Completions only of learners who allow it."""
    today = clock.today(provider.time_zone)
    forget_withdrawn(provider, year)
    return keep_records(provider, activities_to_report(provider, year), awards_of_year(provider, year), today)


@action(needs=P.RUN_REPORTING, audit="batch.made")
def make_batch(actor: Actor, provider: AccreditedProvider, *, body: str, year: int) -> Batch | Unchanged:
    """Bundle what is ready: activities first, because a completion needs the number the body gives its activity.

    While a batch waits for its answer it is the one returned. Nobody is in it whose permission was withdrawn before. Raises
    `Problem` when nothing is ready.
    """
    waiting = Batch.objects.filter(provider=provider, body=body, year=year, answered_at=None).first()
    if waiting is not None:
        return Unchanged(waiting)
    forget_withdrawn(provider, year)  # whoever withdrew since the records were prepared is not in it
    ready = Record.objects.filter(provider=provider, body=body, year=year, state=State.READY)
    for kind, write in ((Kind.ACTIVITY, _activities), (Kind.LEARNER, _completions)):
        rows = list(
            ready.filter(kind=kind).select_related("activity__joint_provider", "award__person__profile", "award__reversed_by", "award__activity")
            .order_by("pk")[:MOST_IN_A_BATCH]
        )  # fmt: skip
        if rows:
            content = write(provider, body, rows)
            return _bundle(provider, body, year, kind, rows, content)
    raise problem(
        "reporting.nothing", f"No record of {year} is ready for {body}.", "Refresh the records, and mend what is incomplete.", "year"
    )  # fmt: skip


def _award(row: Record) -> Award:
    assert row.award is not None, "a completion is always of an award"
    return row.award


def _activities(provider: AccreditedProvider, body: str, rows: list[Record]) -> bytes:
    activities: list[Activity] = [row.activity for row in rows]
    records = activity_records(
        provider, activities, body, {row.activity_id: row.body_id for row in rows if row.body_id}
    )
    for row in rows:
        row.sent_digest = digest_of_activity(records[row.activity_id])
    return pars.write_activities([records[row.activity_id] for row in rows])


def _completions(provider: AccreditedProvider, body: str, rows: list[Record]) -> bytes:
    awards = [_award(row) for row in rows]
    of_activity = Record.objects.filter(
        body=body, kind=Kind.ACTIVITY, activity_id__in={row.activity_id for row in rows}
    )
    numbers = dict(of_activity.values_list("activity_id", "body_id"))
    permitted = consent_times([award.person_id for award in awards], body)
    standing = standing_amounts(awards)
    records = [
        completion(
            provider, award, numbers.get(award.activity_id, ""), permitted.get(award.person_id), standing[award.pk]
        )
        for award in awards
    ]
    for row, record in zip(rows, records, strict=True):
        row.sent_digest = digest_of_completion(record)
    return pars.write_completions(records, clock.now())


def _bundle(
    provider: AccreditedProvider, body: str, year: int, kind: str, rows: list[Record], content: bytes
) -> Batch:  # fmt: skip
    at = clock.now()
    name = f"{body.lower()}-{provider.slug}-{year}-{kind}-{at:%Y%m%d%H%M%S}.json"
    batch: Batch = Batch.objects.create(
        provider=provider,
        body=body,
        kind=kind,
        year=year,
        file=files.store(content, name, "application/json"),
        made_at=at,
    )
    for row in rows:
        row.batch = batch
    Record.objects.bulk_update(rows, ["batch", "sent_digest"], batch_size=500)
    return batch


@action(needs=P.RUN_REPORTING, audit="batch.sent")
def mark_sent(actor: Actor, batch: Batch) -> Batch | Unchanged:
    """Before the bytes leave: from now on its records wait for the body. A late second press changes nothing that was answered."""
    batch = Batch.objects.select_for_update().get(pk=batch.pk)
    if batch.sent_at is not None:
        return Unchanged(batch)
    batch.sent_at = clock.now()
    batch.save(update_fields=["sent_at"])
    Record.objects.filter(batch=batch).update(state=State.SENT, changed_at=batch.sent_at)
    return batch


@action(needs=P.RUN_REPORTING, audit="batch.answered")
def take_answer(actor: Actor, batch: Batch, *, answer: bytes) -> Batch | Unchanged:
    """Read the body's answer: acceptances and refusals land on the records, with the body's own sentence.

    The same answer again changes nothing; another answer to an answered batch is refused. Raises `Problem` for unreadable bytes.
    """
    batch = Batch.objects.select_for_update(of=("self",)).select_related("answer", "provider").get(pk=batch.pk)
    if batch.answered_at is not None:
        if batch.answer is not None and files.read(batch.answer) == answer:
            return Unchanged(batch)
        raise problem(
            "reporting.answered", "This batch was answered before.", "Make a new batch for what changed.", "answer"
        )
    try:
        lines = pars.parse_answer(answer).lines
    except pars.Unreadable as unreadable:
        raise Problem(unreadable.reason) from None
    at = clock.now()
    rows = {_reference(row): row for row in batch.records.select_related("activity", "award", "provider")}
    whole = next((line for line in lines if line.kind is pars.Kind.DOCUMENT), None)
    told = {line.reference: line for line in lines}
    for reference, row in rows.items():
        _land(row, whole or told.get(reference))
        row.changed_at = at
    Record.objects.bulk_update(rows.values(), ["state", "findings", "body_id", "changed_at"], batch_size=500)
    batch.answer = files.store(answer, f"answer-{batch.pk}.json", "application/json")
    batch.sent_at, batch.answered_at = batch.sent_at or at, at
    batch.accepted = sum(row.state == State.ACCEPTED for row in rows.values())
    batch.refused = len(rows) - batch.accepted
    batch.save()
    if batch.kind == Kind.ACTIVITY:
        _free_completions(batch, [row.activity_id for row in rows.values() if row.state == State.ACCEPTED])
    return batch


def _reference(row: Record) -> str:
    """How the body names our record in its answer."""
    if row.kind == Kind.ACTIVITY:
        return str(row.activity.number)
    return credit_id(row.provider, _award(row))


def _land(row: Record, line: pars.Line | None) -> None:
    if line is not None and line.outcome is pars.Outcome.ACCEPTED:
        row.state, row.findings, row.body_id = State.ACCEPTED, [], line.body_id or row.body_id
        return
    row.state = State.REFUSED
    reasons = line.refusals if line is not None else ()
    row.findings = [
        {"rule": each.rule or each.failure.value, "sentence": each.message, "next_step": "Mend it and send it again.", "field": each.field}
        for each in reasons
    ] or [
        {"rule": "reporting.silent", "sentence": "The body's answer does not mention this record.", "next_step": "Ask the body.", "field": ""}
    ]  # fmt: skip


def _free_completions(batch: Batch, activity_ids: list[int]) -> None:
    """Completions that waited for the number of their activity are looked at again."""
    waiting = Record.objects.filter(kind=Kind.LEARNER, activity_id__in=activity_ids, state=State.INCOMPLETE)
    awards = Award.objects.filter(records__in=waiting).select_related("person__profile", "activity", "reversed_by")
    keep_records(batch.provider, [], awards.distinct(), clock.today(batch.provider.time_zone))


@action(needs=P.RUN_REPORTING, audit="record.retried")
def send_again(actor: Actor, record: Record) -> Record | Unchanged:
    """A refused record goes into the next batch as it is: the body was asked, or its own data were mended."""
    if record.state != State.REFUSED:
        return Unchanged(record)
    record.state, record.batch, record.changed_at = State.READY, None, clock.now()
    record.save(update_fields=["state", "batch", "changed_at"])
    return record
