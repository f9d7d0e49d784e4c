"""What we know of reporting: records by state with their findings, batches and answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from lifelong.kernel import files
from lifelong.kernel.access import Actor, Permission, reach
from lifelong.kernel.problems import NotFound
from lifelong.loop.program.models import AccreditedProvider
from lifelong.loop.reporting.models import Batch, Record
from lifelong.loop.reporting.pars_records import body_for as body_of_provider

P = Permission
PAGE = 50


def body_for(provider: AccreditedProvider) -> str:
    return body_of_provider(provider)


def _records(viewer: Actor, provider: AccreditedProvider, needs: Permission = P.SEE_REPORTING) -> QuerySet[Record]:
    everything, organisations, activities = reach(viewer, needs, provider.pk)
    rows = Record.objects.filter(provider=provider)
    if not everything:
        rows = rows.filter(Q(activity__organisation_id__in=organisations) | Q(activity_id__in=activities))
    return rows


@dataclass(frozen=True, slots=True)
class Counts:
    """Records of one kind and state in a year."""

    kind: str
    state: str
    n: int


def counts(viewer: Actor, provider: AccreditedProvider, year: int) -> list[Counts]:
    rows = _records(viewer, provider).filter(year=year).order_by("kind", "state").values_list("kind", "state")
    return [Counts(*row) for row in rows.annotate(n=Count("pk"))]


@dataclass(frozen=True, slots=True)
class RecordLine:
    """One record as the office sees it. `findings`: what is missing, or the body's own words."""

    id: int
    kind: str
    state: str
    state_words: str
    status: str
    activity_id: int
    title: str
    number: int
    learner: str
    body_id: str
    findings: tuple[dict[str, str], ...]
    changed_at: dt.datetime


def records(
    viewer: Actor, provider: AccreditedProvider, year: int, *, kind: str = "", state: str = "", before: int | None = None,
    limit: int = PAGE,
) -> list[RecordLine]:  # fmt: skip
    """Records of a year, newest first; `before` is the id of the last line seen."""
    rows = _records(viewer, provider).filter(year=year)
    rows = rows.filter(kind=kind) if kind in Record.Kind.values else rows
    rows = rows.filter(state=state) if state in Record.State.values else rows
    rows = rows.filter(pk__lt=before) if before is not None else rows
    return [_line(row) for row in rows.select_related("activity", "award__person").order_by("-pk")[:limit]]


def refused(viewer: Actor, provider: AccreditedProvider, limit: int = 20) -> list[RecordLine]:
    """What the body refused and nobody has mended yet."""
    rows = _records(viewer, provider).filter(state=Record.State.REFUSED)
    return [
        _line(row) for row in rows.select_related("activity", "award__person").order_by("-changed_at", "-pk")[:limit]
    ]


def record(viewer: Actor, provider: AccreditedProvider, record_id: int, needs: Permission = P.SEE_REPORTING) -> Record:
    found = _records(viewer, provider, needs).select_related("provider").filter(pk=record_id).first()
    if found is None:
        raise NotFound("record")
    return found


def _line(row: Record) -> RecordLine:
    return RecordLine(
        row.pk, row.kind, row.state, row.get_state_display(), row.status, row.activity_id, row.activity.title, row.activity.number,
        row.award.person.full_name if row.award else "", row.body_id, tuple(row.findings), row.changed_at,
    )  # fmt: skip


def batches(viewer: Actor, provider: AccreditedProvider, year: int, limit: int = 20) -> list[Batch]:
    if not reach(viewer, P.SEE_REPORTING, provider.pk)[0]:
        raise NotFound("batch")
    rows = Batch.objects.filter(provider=provider, year=year).select_related("file", "answer")
    return list(rows.annotate(size=Count("records")).order_by("-pk")[:limit])


def batch(viewer: Actor, provider: AccreditedProvider, batch_id: int, needs: Permission = P.SEE_REPORTING) -> Batch:
    if not reach(viewer, needs, provider.pk)[0]:
        raise NotFound("batch")
    rows = Batch.objects.filter(provider=provider, pk=batch_id).select_related("file", "answer", "provider")
    found = rows.annotate(size=Count("records")).first()
    if found is None:
        raise NotFound("batch")
    return found  # type: ignore[no-any-return]


def content(of: Batch) -> bytes:
    return files.read(of.file)


def said_before(of: Batch) -> Iterator[bytes]:
    """What the same body was sent in earlier batches of the provider, in order: a partner without memory is told it again."""
    rows = Batch.objects.filter(provider=of.provider_id, body=of.body, sent_at__isnull=False, pk__lt=of.pk)
    for row in rows.select_related("file").order_by("pk"):
        yield files.read(row.file)
