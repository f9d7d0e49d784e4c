"""When a snapshot is taken, by whom, and where it lies: `analytics/<program>/<day>` in the home folder, a week of them.

A nightly snapshot has a key of its own that nobody keeps: its pseudonyms cannot be undone, and two nights cannot be joined by
their people. Who must follow learners from one snapshot to the next takes them by hand, with a key that the office keeps.
"""

from __future__ import annotations

import re
import secrets
import shutil
from pathlib import Path

from django.conf import settings

from lifelong.analytics import snapshot
from lifelong.analytics.allowed import SnapshotError
from lifelong.analytics.snapshot import Manifest
from lifelong.kernel import clock
from lifelong.kernel.access import SYSTEM, Actor, Permission
from lifelong.kernel.action import action
from lifelong.loop.program.models import AccreditedProvider

KEPT_DAYS = 7
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@action(needs=Permission.EXPORT, audit="snapshot.taken")
def note_taking(actor: Actor, provider: AccreditedProvider) -> AccreditedProvider:
    """Say in the audit trail that a snapshot is about to leave, and by whom; who may not export is refused."""
    return provider


def take(actor: Actor, provider: AccreditedProvider, target: Path, *, key: bytes | None = None) -> Manifest:
    """A snapshot of the program in the new folder `target`. Without `key` its pseudonyms belong to it alone.

    Raises NotAllowed, and SnapshotError as `snapshot.take` does.
    """
    if target.exists():
        raise SnapshotError(f"{target} exists already.", "A snapshot is never overwritten; choose a new folder.", "out")
    note_taking(actor, provider)
    return snapshot.take(target, provider, key=key or secrets.token_bytes(32), taken_at=clock.now())


def folder_of(provider: AccreditedProvider) -> Path:
    return Path(settings.HOME) / "analytics" / provider.slug


def taken_days(provider: AccreditedProvider) -> list[Path]:
    """The nightly snapshots there are, newest first."""
    found = folder_of(provider).glob("*") if folder_of(provider).exists() else ()
    return sorted((path for path in found if _DAY.fullmatch(path.name)), reverse=True)


def newest(provider: AccreditedProvider) -> Path:
    """Raises SnapshotError where none was taken yet."""
    days = taken_days(provider)
    if not days:
        raise SnapshotError(
            f"No snapshot of {provider.name} was taken yet.",
            f"Take one: ./lifelong analytics snapshot --provider {provider.slug} --out FOLDER.",
            "from",
        )
    return days[0]


def take_due() -> int:
    """By the calendar: today's snapshot of each program that has none yet; those older than a week go. Returns how many were taken."""
    today, taken = clock.today().isoformat(), 0
    for provider in AccreditedProvider.objects.filter(activities__isnull=False).distinct():
        target = folder_of(provider) / today
        if not target.exists():
            take(SYSTEM, provider, target)
            taken += 1
        for old in taken_days(provider)[KEPT_DAYS:]:
            shutil.rmtree(old)
    return taken
