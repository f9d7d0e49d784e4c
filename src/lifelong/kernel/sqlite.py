"""The SQLite this product may use: one free of the WAL-reset bug, or no WAL at all.

SQLite 3.7.0 to 3.51.2 can corrupt a database in WAL mode when several processes write (fixed in 3.51.3, 13 March 2026).
`pysqlite3` brings its own newer SQLite; where it is missing we stay with Python's and, if that is in the affected range,
with a rollback journal. `lifelong doctor` and `/health` say which.
"""

from __future__ import annotations

import sys

WAL_SAFE_SINCE = (3, 51, 3)


def prefer_bundled_sqlite() -> None:
    """Put the bundled SQLite in Python's place, before Django opens its backend."""
    try:
        import pysqlite3  # noqa: PLC0415 -- it exists on Linux only
    except ImportError:
        return
    sys.modules["sqlite3"] = pysqlite3
    sys.modules["sqlite3.dbapi2"] = pysqlite3.dbapi2


def sqlite_version() -> tuple[int, ...]:
    import sqlite3  # noqa: PLC0415 -- must be read after `prefer_bundled_sqlite`

    return tuple(int(part) for part in sqlite3.sqlite_version.split("."))


def journal_mode(version: tuple[int, ...]) -> str:
    """`WAL` where it is safe with several processes, else `TRUNCATE`."""
    return "WAL" if version >= WAL_SAFE_SINCE else "TRUNCATE"


def pragmas() -> str:
    """Connection set-up: durable commits (FULL, an acknowledged attendance survives a power cut), enforced foreign keys."""
    return f"PRAGMA journal_mode={journal_mode(sqlite_version())}; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA cache_size=-16000;"
