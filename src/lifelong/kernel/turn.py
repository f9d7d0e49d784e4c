"""Writers of one SQLite file stand in line.

SQLite lets one writer in at a time and leaves the others to try again after a nap, so that a full room is slowed by sleeping
rather than by work. A file lock wakes the next writer at once. It is a courtesy only: SQLite's own lock still decides, so a
process that does not stand in line harms nobody, and the lock of one that is killed ends with it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection

try:
    import fcntl
except ImportError:  # not a Unix: threads of this process still stand in line
    fcntl = None  # type: ignore[assignment]

_threads = threading.Lock()
_opened: dict[int, int] = {}  # process id -> handle of the lock file; a forked child opens its own


@contextmanager
def turn() -> Iterator[None]:
    """Wait until no other writer is at work. On other databases, and inside a transaction, there is nothing to wait for."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    with _threads:
        if fcntl is None:
            yield
            return
        handle = _handle()
        fcntl.flock(handle, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(handle, fcntl.LOCK_UN)


def _handle() -> int:
    pid = os.getpid()
    if pid not in _opened:
        _opened[pid] = os.open(settings.HOME / "writers.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    return _opened[pid]
