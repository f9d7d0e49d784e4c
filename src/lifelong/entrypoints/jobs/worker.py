"""The job worker: leases effects from the outbox, hands them to the task library in small batches, runs the calendar.

The task library (Django Tasks API) runs what is enqueued; the embedded way below runs it at once in this process. What a
killed worker had in hand stays waiting in the outbox and is leased again when its lease ends.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time

from django.db import close_old_connections
from django_tasks import task

from lifelong.entrypoints.jobs.calendar import due_work
from lifelong.kernel import effects

log = logging.getLogger(__name__)
IDLE_SECONDS = 0.5
CALENDAR_EVERY = dt.timedelta(seconds=30)


@task()  # type: ignore[untyped-decorator]  # the library is untyped
def perform_effects(effect_ids: list[int]) -> int:
    """Do a batch of leased effects; each commits alone. Returns how many were done."""
    return sum(effects.perform(effect_id) for effect_id in effect_ids)


def work(stopping: threading.Event, *, until_idle: bool = False) -> None:
    """Work until told to stop (or until nothing is left)."""
    calendar_at = 0.0
    while not stopping.is_set():
        close_old_connections()
        try:
            if time.monotonic() >= calendar_at:
                due_work()
                calendar_at = time.monotonic() + CALENDAR_EVERY.total_seconds()
            ids = effects.lease()
            if ids:
                perform_effects.enqueue(ids)
                continue
        except Exception:  # the database may be away for a while; the worker stays
            log.exception("the worker could not reach its work")
            stopping.wait(2)
            continue
        if until_idle:
            return
        stopping.wait(IDLE_SECONDS)
