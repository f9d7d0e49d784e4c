"""Database triggers that refuse to change or delete what is append-only, also for those who go around the product."""

from __future__ import annotations

from typing import Any

TABLES = (
    "lifelong_award", "lifelong_ledgerseal", "lifelong_gatepassed", "lifelong_disclosure", "lifelong_relationship", "kernel_auditevent",
)  # fmt: skip
SENTENCE = "is append-only: correct it with a new row"
_FUNCTION = "lifelong_append_only"


def install(connection: Any) -> None:
    """Put up the triggers that are missing. Repeat after a migration that remakes one of the tables (SQLite drops them with it)."""
    for statement in _statements(connection.vendor):
        with connection.cursor() as cursor:
            cursor.execute(statement)


def remove(connection: Any) -> None:
    """Take the triggers down: for a demonstration that starts anew, and for tests."""
    on = " ON {table}" if connection.vendor == "postgresql" else ""
    for table in TABLES:
        for what in ("update", "delete", "truncate"):
            with connection.cursor() as cursor:
                cursor.execute(f"DROP TRIGGER IF EXISTS keep_{table}_{what}{on.format(table=table)}")


def missing(connection: Any) -> list[str]:
    """Triggers that should be there and are not; the doctor asks."""
    expected = {f"keep_{table}_{what}" for table in TABLES for what in _kinds(connection.vendor)}
    source = (
        "SELECT tgname FROM pg_trigger"
        if connection.vendor == "postgresql"
        else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    )
    with connection.cursor() as cursor:
        cursor.execute(source)
        return sorted(expected - {row[0] for row in cursor.fetchall()})


def _kinds(vendor: str) -> tuple[str, ...]:
    return ("update", "delete", "truncate") if vendor == "postgresql" else ("update", "delete")


def _statements(vendor: str) -> list[str]:
    if vendor == "postgresql":
        body = f"BEGIN RAISE EXCEPTION '% {SENTENCE}', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END"
        found = [f"CREATE OR REPLACE FUNCTION {_FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$"]
        for table in TABLES:
            for what in _kinds(vendor):
                each = "STATEMENT" if what == "truncate" else "ROW"
                found.append(f"DROP TRIGGER IF EXISTS keep_{table}_{what} ON {table}")
                found.append(
                    f"CREATE TRIGGER keep_{table}_{what} BEFORE {what.upper()} ON {table} FOR EACH {each} EXECUTE FUNCTION {_FUNCTION}()"
                )
        return found
    return [
        f"CREATE TRIGGER IF NOT EXISTS keep_{table}_{what} BEFORE {what.upper()} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} {SENTENCE}'); END"
        for table in TABLES
        for what in _kinds(vendor)
    ]
