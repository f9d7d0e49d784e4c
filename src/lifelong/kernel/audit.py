"""Reading the trail of what was done. It is written by the door alone (`kernel.action`)."""

from __future__ import annotations

from lifelong.kernel.access import Actor, Permission, Scope, may
from lifelong.kernel.models import AuditEvent
from lifelong.kernel.problems import NotFound


def events(
    viewer: Actor,
    provider_id: int,
    *,
    verb: str = "",
    person_id: int | None = None,
    subject: tuple[str, int | None] = ("", None),
    before: int | None = None,
    limit: int = 50,
) -> list[AuditEvent]:
    """What was done in one program, newest first. One query that walks an index.

    verb: a whole verb ("credit.awarded") or the thing before its dot ("credit"). person_id: who did it. subject: (kind of
    thing, its id or None for all of the kind). before: the id of the last one seen. Raises NotFound without SEE_AUDIT.
    """
    if not may(viewer, Permission.SEE_AUDIT, Scope(provider_id=provider_id)):
        raise NotFound("audit trail")
    rows = AuditEvent.objects.filter(provider_id=provider_id)
    if verb:
        rows = rows.filter(verb=verb) if "." in verb else rows.filter(verb__startswith=f"{verb}.")
    if person_id is not None:
        rows = rows.filter(person_id=person_id)
    kind, subject_id = subject
    if kind:
        rows = rows.filter(subject_type=kind)
    if subject_id is not None:
        rows = rows.filter(subject_id=subject_id)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return list(rows.order_by("-pk")[:limit])
