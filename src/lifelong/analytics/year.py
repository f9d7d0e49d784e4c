"""One program's year in the shape that the measures ask of, made from a snapshot.

Learners become numbers, in the order of their pseudonyms; awards and attendances become claims; answers that were given without a
name stay without one. What a snapshot does not tell (whether a gap was closed, which barrier the same person named) is empty.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import duckdb

from lifelong.analytics.allowed import SnapshotError
from lifelong.analytics.engine import TABLES

_SQL = Path(__file__).parent / "year_sql"
_NAMED = ("learners", "awards", "attendances", "commitments", "responses")
_PEOPLE = f"""
CREATE TABLE people AS
SELECT learner, CAST(row_number() OVER (ORDER BY learner) - 1 AS INTEGER) AS learner_id
FROM ({" UNION ".join(f"SELECT learner FROM taken.{table}" for table in _NAMED)})
WHERE learner IS NOT NULL
"""  # noqa: S608 - names of our own


def is_snapshot(folder: Path) -> bool:
    return (folder / "manifest.json").exists()


def of_snapshot(snapshot: Path, target: Path, year: int, *, memory: str = "1GB") -> Path:
    """Write the year's tables as Parquet into the new folder `target`; returns it.

    Raises SnapshotError where `snapshot` is none, where a file of it is missing, and where `target` exists.
    """
    if not is_snapshot(snapshot):
        raise SnapshotError(f"{snapshot} is no snapshot.", "Take one first: ./lifelong analytics snapshot.", "snapshot")
    if target.exists():
        raise SnapshotError(f"{target} exists already.", "Choose a new folder.", "target")
    target.mkdir(parents=True)
    try:
        with duckdb.connect(
            config={"threads": 2, "memory_limit": memory, "autoinstall_known_extensions": False}
        ) as database:
            _attach(database, snapshot)
            database.execute("SET VARIABLE wanted = ?", [year])
            database.execute(_PEOPLE)
            for table in TABLES:
                sql = (_SQL / f"{table}.sql").read_text(encoding="utf-8")
                place = str(target / f"{table}.parquet").replace("'", "''")
                database.execute(f"COPY ({sql}) TO '{place}' (FORMAT parquet, COMPRESSION zstd)")
    except BaseException:
        shutil.rmtree(target)
        raise
    return target


def _attach(database: duckdb.DuckDBPyConnection, snapshot: Path) -> None:
    """A view for each file of the snapshot, in the schema `taken`."""
    database.execute("CREATE SCHEMA taken")
    manifest = json.loads((snapshot / "manifest.json").read_text(encoding="utf-8"))
    for one in manifest["files"]:
        path = snapshot / one["file"]
        if not path.exists():
            raise SnapshotError(f"{path} is missing.", "Take the snapshot anew.", one["table"])
        place = str(path).replace("'", "''")
        database.execute(f"CREATE VIEW taken.{one['table']} AS FROM read_parquet('{place}')")
