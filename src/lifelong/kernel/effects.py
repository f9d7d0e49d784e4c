"""The outbox: effects wait as rows, are leased in small batches, done once each; a crash only delays them."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable

from django.db import connection, transaction

from lifelong.kernel import clock
from lifelong.kernel.guard import writes_open
from lifelong.kernel.models import Effect
from lifelong.kernel.problems import Problem
from lifelong.kernel.turn import turn

log = logging.getLogger(__name__)
HANDLERS: dict[str, Callable[[int], None]] = {}
# Effects that talk to the network or work for long: run without a transaction around them, so that nobody waits for their lock.
# A crash may repeat them.
ALONE: set[str] = set()
LEASE = dt.timedelta(seconds=60)
LONG_LEASE = dt.timedelta(minutes=30)
GIVE_UP_AFTER = 8


def lease(limit: int = 50) -> list[int]:
    """Take up to `limit` due effects for this worker; returns their ids. Another worker skips them until the lease ends."""
    now = clock.now()
    with turn(), transaction.atomic(), writes_open("effects.lease"):
        due = (
            Effect.objects.filter(state=Effect.State.WAITING, due_at__lte=now)
            .exclude(leased_until__gt=now)
            .order_by("due_at", "id")
        )
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True)
        ids = list(due.values_list("id", flat=True)[:limit])
        if ids:
            Effect.objects.filter(id__in=ids).update(leased_until=now + LEASE)
    return ids


def perform(effect_id: int) -> bool:
    """Do one effect. Its database work and its "done" commit together, so a repeat finds nothing left to do."""
    try:
        name = Effect.objects.filter(id=effect_id).values_list("name", flat=True).first()
        if name in ALONE:
            return _perform_alone(effect_id)
        with turn(), transaction.atomic(), writes_open("effects.perform"):
            rows = Effect.objects.filter(id=effect_id, state=Effect.State.WAITING)
            if connection.features.has_select_for_update:
                rows = rows.select_for_update()
            effect = rows.first()
            if effect is None:
                return False
            HANDLERS[effect.name](effect.subject_id)
            Effect.objects.filter(id=effect_id).update(state=Effect.State.DONE, done_at=clock.now(), leased_until=None)
        return True
    except Exception as error:  # an effect must never take the worker down; it is kept and tried again
        _postpone(effect_id, error)
        return False


def _perform_alone(effect_id: int) -> bool:
    """Do an effect outside a transaction, under a lease of its own length. Whoever holds that lease is at it: nobody mails twice."""
    mine, now = Effect.objects.filter(id=effect_id, state=Effect.State.WAITING), clock.now()
    with writes_open("effects.perform"):
        if not mine.exclude(leased_until__gt=now + LEASE).update(leased_until=now + LONG_LEASE):
            return False
        effect = mine.get()
        HANDLERS[effect.name](effect.subject_id)
        mine.update(state=Effect.State.DONE, done_at=clock.now(), leased_until=None)
    return True


def _postpone(effect_id: int, error: Exception) -> None:
    with turn(), transaction.atomic(), writes_open("effects.postpone"):
        effect = Effect.objects.filter(id=effect_id).first()
        if effect is None:
            return
        attempts = effect.attempts + 1
        # a refusal will not heal by waiting; a fault may
        final = isinstance(error, Problem) or attempts >= GIVE_UP_AFTER
        Effect.objects.filter(id=effect_id).update(
            attempts=attempts,
            state=Effect.State.FAILED if final else Effect.State.WAITING,
            due_at=clock.now() + dt.timedelta(seconds=2**attempts),
            leased_until=None,
            last_error=f"{type(error).__name__}: {error}"[:300],
        )
    log.warning("effect %s did not finish: %s", effect_id, error, exc_info=not isinstance(error, Problem))


def perform_all(limit: int = 10_000) -> int:
    """Do everything that is due, here and now; returns how many were done. Used by tests, the demo and the command line."""
    done = 0
    while done < limit:
        ids = lease()
        if not ids:
            break
        done += sum(perform(effect_id) for effect_id in ids)
    return done
