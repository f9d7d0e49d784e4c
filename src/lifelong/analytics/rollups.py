"""Rollups: small tables that answer every national measure at once, kept exact while days of rows arrive.

Counts of different people cannot be added up, so the rollups also remember who was counted: one bit a learner for each quarter
and credit type, one row a respondent, and every pair of activity and learner in one sorted file that is searched, not read.
Rows only arrive; a correction of rows that were already counted means building anew.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from lifelong.analytics import engine
from lifelong.analytics.measure import MeasureError, MeasureFile, all_measures

_SQL = Path(__file__).parent / "rollup_sql"
_ARRIVING = ("credits", "answers", "followups")
_MUST_BE_KNOWN = (
    ("credits", "activity_id", "activity_cells"),
    ("credits", "learner_id", "day_learners"),
    ("answers", "activity_id", "activity_cells"),
    ("followups", "activity_id", "activity_cells"),
    ("followups", "learner_id", "day_learners"),
)
_LEARNERS_OF_THE_DAY = """
CREATE OR REPLACE TEMP TABLE day_learners AS
SELECT l.learner_id, l.profession, l.state, l.activities
FROM learner_cells AS l
SEMI JOIN (SELECT learner_id FROM new_credits UNION ALL SELECT learner_id FROM new_followups) AS n ON n.learner_id = l.learner_id
"""


class Rollups:
    """Rollups in a folder: `rollups.duckdb` and `pairs-<n>.npy`. Made by `build`, opened by `Rollups(folder)`."""

    def __init__(self, folder: Path, *, threads: int = 2, memory: str = "2GB") -> None:
        self.folder = folder
        if not (folder / "rollups.duckdb").exists():
            raise MeasureError(str(folder), "it holds no rollups", "Build them first, from the Parquet folder.")
        self._database = _connected(folder, threads, memory)
        self._pairs = self._load_pairs()

    def __enter__(self) -> Rollups:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._database.close()

    def answer(self, measure: MeasureFile) -> pa.Table:
        """The answer of a measure from the rollups: the same columns and rows as from the files."""
        sql = (_SQL / "answers" / f"{measure.name}.sql").read_text(encoding="utf-8")
        table = self._database.sql(sql).to_arrow_table()
        engine.expect(measure, table.column_names)
        return table

    def answers(self) -> dict[str, pa.Table]:
        """All measures, by name."""
        return {measure.name: self.answer(measure) for measure in all_measures().values()}

    def add_day(self, name: str, rows: Mapping[str, pa.Table]) -> None:
        """Count new rows of `credits`, `answers` and `followups` once; `name` is the batch's own name (its day).

        All or nothing. Raises MeasureError for a batch that was already counted, and for rows of learners or activities unknown here.
        """
        database = self._database
        database.execute("BEGIN")
        try:
            self._arrive(name, rows)
            fresh = self._new_pairs()
            database.register(
                "new_pairs",
                pa.table({"activity_id": (fresh >> 32).astype(np.int32), "learner_id": fresh.astype(np.int32)}),
            )
            database.register("new_pair_keys", pa.table({"pair": fresh}))
            database.execute((_SQL / "add_day.sql").read_text(encoding="utf-8"))
            database.execute("INSERT INTO pairs_since SELECT pair FROM new_pair_keys")
            database.execute((_SQL / "refresh.sql").read_text(encoding="utf-8"))
            database.execute("COMMIT")
        except BaseException:
            database.execute("ROLLBACK")
            raise

    def consolidate(self) -> None:
        """Fold the days added so far into the large tables; worth doing weekly, so that adding a day stays quick."""
        since = self._database.execute("SELECT pair FROM pairs_since").fetchnumpy()["pair"]
        merged = np.concatenate([self._pairs, since])
        merged.sort()
        number = _number(self._database, "SELECT number FROM pairs_file") + 1
        _save(self.folder / f"pairs-{number}.npy", merged)
        self._database.execute("BEGIN")
        try:
            self._database.execute((_SQL / "consolidate.sql").read_text(encoding="utf-8"))
            self._database.execute("UPDATE pairs_file SET number = ?", [number])
            self._database.execute("COMMIT")
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._pairs = self._load_pairs()
        for old in self.folder.glob("pairs-*.npy"):
            if old.name != f"pairs-{number}.npy":
                old.unlink()

    def _arrive(self, name: str, rows: Mapping[str, pa.Table]) -> None:
        unknown = set(rows) - set(_ARRIVING)
        if unknown:
            raise MeasureError(
                ", ".join(sorted(unknown)), "such rows cannot be added", f"Add rows of {', '.join(_ARRIVING)}."
            )
        database = self._database
        if database.execute("SELECT 1 FROM batches WHERE name = ?", [name]).fetchall():
            raise MeasureError(name, "this batch was already counted", "Give a batch of other rows a name of its own.")
        for table in _ARRIVING:
            database.register(f"new_{table}", rows.get(table, _EMPTY[table]))
        counts = [rows[table].num_rows if table in rows else 0 for table in _ARRIVING]
        database.execute("INSERT INTO batches VALUES (?, ?, ?, ?)", [name, *counts])
        database.execute(_LEARNERS_OF_THE_DAY)
        for table, key, known in _MUST_BE_KNOWN:
            sql = f"SELECT n.{key} FROM new_{table} AS n ANTI JOIN {known} AS k ON k.{key} = n.{key} LIMIT 1"  # noqa: S608
            for (lost,) in database.execute(sql).fetchall():
                raise MeasureError(
                    f"{table} of {name}",
                    f"{key} {lost} is unknown",
                    "Build the rollups anew with today's learners and activities.",
                )

    def _new_pairs(self) -> NDArray[np.int64]:
        """Pairs of the batch that were never counted, sorted: searched for in the file, then among the days since."""
        database = self._database
        found = database.execute(
            "SELECT DISTINCT (CAST(activity_id AS BIGINT) << 32) | learner_id AS pair FROM new_credits WHERE completed ORDER BY pair"
        ).fetchnumpy()["pair"].astype(np.int64, copy=False)  # fmt: skip
        place = np.searchsorted(self._pairs, found)
        place[place == len(self._pairs)] = 0
        fresh = found[self._pairs[place] != found] if len(self._pairs) else found
        database.register("perhaps_new", pa.table({"pair": fresh}))
        known = database.execute(
            "SELECT p.pair FROM pairs_since AS p SEMI JOIN perhaps_new AS n ON n.pair = p.pair"
        ).fetchnumpy()["pair"]
        return np.setdiff1d(fresh, known, assume_unique=True)

    def _load_pairs(self) -> NDArray[np.int64]:
        number = _number(self._database, "SELECT number FROM pairs_file")
        path = self.folder / f"pairs-{number}.npy"
        pairs: NDArray[np.int64] = np.load(path, mmap_mode="r")
        return pairs


def build(source: Path, target: Path, *, threads: int = 2, memory: str = "2GB") -> Rollups:
    """Make rollups of the Parquet files in `source`, in the empty or new folder `target`. Raises MeasureError where it holds some."""
    if (target / "rollups.duckdb").exists():
        raise MeasureError(str(target), "it holds rollups already", "Choose another folder, or remove this one.")
    target.mkdir(parents=True, exist_ok=True)
    database = _connected(target, threads, memory, new=True)
    try:
        engine.attach(database, source, temporary=True)
        last = _number(database, "SELECT last_learner()")  # nobody beyond: rows of unknown learners are refused
        database.execute(f"CREATE MACRO room_for_learners() AS {last}")
        pairs = _all_pairs(database)
        _save(target / "pairs-0.npy", pairs)
        _register_counts(database, pairs)
        del pairs
        database.execute("CREATE TABLE pairs_file AS SELECT 0 AS number")
        database.execute((_SQL / "build.sql").read_text(encoding="utf-8"))
        database.execute((_SQL / "refresh.sql").read_text(encoding="utf-8"))
        database.execute("CHECKPOINT")
    except BaseException:
        database.close()
        (target / "rollups.duckdb").unlink()
        raise
    database.close()
    return Rollups(target, threads=threads, memory=memory)


def _connected(folder: Path, threads: int, memory: str, *, new: bool = False) -> duckdb.DuckDBPyConnection:
    path = folder / "rollups.duckdb"
    if new:
        path.unlink(missing_ok=True)
    settings: dict[str, Any] = {
        "threads": threads, "memory_limit": memory, "preserve_insertion_order": False, "temp_directory": str(folder / "spill"),
        "autoinstall_known_extensions": False, "autoload_known_extensions": False,
    }  # fmt: skip
    database = duckdb.connect(str(path), config=settings)
    database.execute("SET perfect_ht_threshold = 20")
    database.execute(
        "SET checkpoint_threshold = '1GB'"
    )  # a day ends with its log on disk; the file is rewritten on closing
    return database


def _number(database: duckdb.DuckDBPyConnection, sql: str) -> int:
    return int(database.execute(sql).fetchall()[0][0])


def _all_pairs(database: duckdb.DuckDBPyConnection) -> NDArray[np.int64]:
    """Every pair of activity and learner with a completed claim, once, sorted: activity in the high half, learner in the low."""
    pairs = np.empty(_number(database, "SELECT count(*) FROM credits WHERE completed"), np.int64)
    reader = database.sql(
        "SELECT (CAST(activity_id AS BIGINT) << 32) | learner_id AS pair FROM credits WHERE completed"
    ).to_arrow_reader(1 << 17)
    filled = 0
    for batch in reader:
        pairs[filled : filled + batch.num_rows] = batch.column(0).to_numpy()
        filled += batch.num_rows
    pairs.sort()
    first = np.ones(len(pairs), bool)
    np.not_equal(pairs[1:], pairs[:-1], out=first[1:])
    return pairs[first]


def _register_counts(database: duckdb.DuckDBPyConnection, pairs: NDArray[np.int64]) -> None:
    for name, key, column, half in (
        ("reach", "activity_id", "reached", pairs >> 32),
        ("activity_count", "learner_id", "activities", pairs & 0xFFFFFFFF),
    ):
        counts = np.bincount(half)
        database.register(name, pa.table({key: np.arange(len(counts), dtype=np.int32), column: counts}))


def _save(path: Path, pairs: NDArray[np.int64]) -> None:
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.save(file, pairs)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


_EMPTY = {
    "credits": pa.table({
        "activity_id": pa.array([], pa.int32()), "learner_id": pa.array([], pa.int32()), "credit_type": pa.array([], pa.string()),
        "credits": pa.array([], pa.float32()), "completed": pa.array([], pa.bool_()), "claimed_on": pa.array([], pa.date32()),
        "pars_on": pa.array([], pa.date32()),
    }),
    "answers": pa.table({
        "activity_id": pa.array([], pa.int32()), "learner_id": pa.array([], pa.int32()), "question": pa.array([], pa.string()),
        "value": pa.array([], pa.float32()),
    }),
    "followups": pa.table({
        "activity_id": pa.array([], pa.int32()), "learner_id": pa.array([], pa.int32()), "status": pa.array([], pa.int16()),
    }),
}  # fmt: skip
