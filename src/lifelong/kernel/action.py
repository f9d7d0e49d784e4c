"""The one door for writing: permission, one short transaction, audit row, effects; then commit."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from django.db import IntegrityError, models, transaction

from lifelong.kernel import clock
from lifelong.kernel.access import Actor, Permission, Scope, Scoped, may
from lifelong.kernel.guard import writes_open
from lifelong.kernel.insert import insert_unseen
from lifelong.kernel.models import AuditEvent, Effect
from lifelong.kernel.problems import NotAllowed
from lifelong.kernel.turn import turn

Args = ParamSpec("Args")
Answer = TypeVar("Answer")
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Unchanged:
    """Returned by an action that found its work already done (a retry): nothing is audited, nothing follows."""

    thing: Any


def already(row: Row) -> Row:
    """`row` was there before: the door hands it out and leaves no second trace. Typed as what the caller of the action gets."""
    return cast(Row, Unchanged(row))


@dataclass(frozen=True, slots=True)
class Declared:
    """What an action declared about itself; the house tests and the docs read this."""

    needs: Permission
    audit: str
    module: str
    name: str


ACTIONS: dict[str, Declared] = {}
FOLLOWS: dict[str, tuple[str, ...]] = {}  # audit verb -> effect names; filled by entrypoints.jobs.effects


def action(
    *, needs: Permission, audit: str, on: Callable[..., Scoped | Scope] | None = None
) -> Callable[[Callable[Concatenate[Actor, Args], Answer | Unchanged]], Callable[Concatenate[Actor, Args], Answer]]:
    """Declare a write. `on(*args, **kwargs)` names the thing asked about; by default the first argument after the actor.

    The body returns the row that was written (its id and scope go into the audit row) or `Unchanged(row)`. It looks for
    its natural key first; when a unique constraint finds a twin all the same, it is run once more.
    Raises `NotAllowed`, or whatever `Problem` the body raises; then nothing is written.
    """

    def wrap(
        body: Callable[Concatenate[Actor, Args], Answer | Unchanged],
    ) -> Callable[Concatenate[Actor, Args], Answer]:
        declared = Declared(needs, audit, body.__module__, body.__name__)
        ACTIONS[f"{body.__module__}.{body.__name__}"] = declared

        @functools.wraps(body)
        def door(actor: Actor, /, *args: Args.args, **kwargs: Args.kwargs) -> Answer:
            thing = on(*args, **kwargs) if on else args[0]
            if not may(actor, needs, thing):  # type: ignore[arg-type]  # the house test checks that first arguments are scoped
                raise NotAllowed(needs.value.replace("_", " "))

            def once() -> Answer:
                with turn(), transaction.atomic(), writes_open(audit):
                    answer = body(actor, *args, **kwargs)
                    if isinstance(answer, Unchanged):
                        return answer.thing  # type: ignore[no-any-return]
                    _record(actor, audit, answer, thing)
                    return answer

            try:
                return once()
            except IntegrityError:
                # A constraint decided: somebody did the same an instant earlier. The second look finds their row.
                return once()

        setattr(door, "declared", declared)  # noqa: B010 -- read by the house tests; a function has no such field by its type
        return door

    return wrap


def _record(actor: Actor, verb: str, answer: object, thing: object) -> None:
    row = answer if isinstance(answer, models.Model) else thing
    scope = thing if isinstance(thing, Scope) else getattr(thing, "scope", Scope())
    subject = row if isinstance(row, models.Model) else None
    at = clock.now()
    insert_unseen(
        [
            AuditEvent(
                at=at,
                verb=verb,
                person_id=actor.person_id,
                channel=actor.channel,
                provider_id=scope.provider_id,
                subject_type=(subject._meta.model_name or "") if subject is not None else "",
                subject_id=subject.pk if subject is not None else None,
                facts=getattr(subject, "audit_facts", None) or {},
            )
        ]
    )
    if subject is not None:
        insert_unseen([Effect(name=name, subject_id=subject.pk, due_at=at) for name in FOLLOWS.get(verb, ())])


def enqueue(name: str, subject_ids: Iterable[int]) -> None:
    """Ask for further effects from inside an action (many subjects at once)."""
    at = clock.now()
    Effect.objects.bulk_create(
        [Effect(name=name, subject_id=subject_id, due_at=at) for subject_id in subject_ids], batch_size=500
    )
