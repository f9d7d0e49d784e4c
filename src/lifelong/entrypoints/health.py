"""The state of the installation, for `doctor`, the health page and monitoring."""

from __future__ import annotations

import datetime as dt
import shutil
from dataclasses import dataclass

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from lifelong.kernel import clock
from lifelong.kernel.models import Effect
from lifelong.kernel.sqlite import journal_mode, sqlite_version
from lifelong.loop.credit import ledger


@dataclass(frozen=True)
class Check:
    """One thing looked at. state: ok, look (works, but look at it), bad."""

    name: str
    state: str
    sentence: str
    next_step: str = ""


def checks(*, whole_ledger: bool = True) -> list[Check]:
    """All checks, the quick ones first."""
    found = [_database(), _migrations(), _disk(), _addresses()]
    if all(check.state != "bad" for check in found):
        found.append(_outbox())
        if whole_ledger:
            found.append(_ledger())
    return found


def _database() -> Check:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SHOW server_version")
            return Check("database", "ok", f"PostgreSQL {cursor.fetchone()[0]}.")
    version = sqlite_version()
    shown = ".".join(map(str, version))
    if journal_mode(version) == "WAL":
        return Check("database", "ok", f"SQLite {shown}, write-ahead log, every commit synced.")
    return Check(
        "database", "look", f"SQLite {shown} has the WAL-reset bug, so a rollback journal is used: slower, but safe.",
        "Install the package pysqlite3, or use PostgreSQL.",
    )  # fmt: skip


def _migrations() -> Check:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        return Check("migrations", "bad", f"{len(missing)} steps are missing.", "Run ./lifelong migrate.")
    return Check("migrations", "ok", "The database is up to date.")


def _disk() -> Check:
    free = shutil.disk_usage(settings.HOME).free / 2**30
    if free < 1:
        return Check("disk", "bad", f"Only {free:.1f} GB free in the data folder.", "Make room before anything else.")
    return Check("disk", "ok" if free > 5 else "look", f"{free:.0f} GB free in the data folder.")


def _addresses() -> Check:
    if settings.DEMO or settings.HTTPS:
        return Check("address", "ok", f"People reach this installation at {settings.BASE_URL}.")
    return Check(
        "address", "look", f"{settings.BASE_URL} is not encrypted.", "Put it behind HTTPS and set LIFELONG_BASE_URL."
    )


def _outbox() -> Check:
    failed = Effect.objects.filter(state=Effect.State.FAILED).count()
    late = Effect.objects.filter(state=Effect.State.WAITING, due_at__lt=clock.now() - dt.timedelta(minutes=5)).count()
    if failed:
        return Check("jobs", "look", f"{failed} jobs gave up.", "Open the jobs page, mend the cause, try again.")
    if late:
        return Check(
            "jobs",
            "look",
            f"{late} jobs wait for more than five minutes.",
            "Is a worker running? Start ./lifelong worker.",
        )
    return Check("jobs", "ok", "Nothing is late.")


def _ledger() -> Check:
    report = ledger.verify()
    return Check(
        "ledger",
        "ok" if report.ok else "bad",
        report.sentence,
        "" if report.ok else "Stop awarding credit and call the operator.",
    )
