"""Rollups: small tables that answer every national measure at once, kept exact while days of rows arrive.

Counts of different people cannot be added up, so the rollups also remember who was counted (`remembered.py`): one bit a learner for
each quarter and credit type, one row a respondent, and every pair of activity and learner, in sorted files that are searched, not read.
Rows only arrive; a correction of rows that were already counted means building anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lifelong.analytics import engine, remembered
from lifelong.analytics.measure import MeasureError, MeasureFile, all_measures
from lifelong.analytics.remembered import Remembered

_SQL = Path(__file__).parent / "rollup_sql"
_ARRIVING = ("credits", "answers", "followups")
_UNKNOWN = "Build the rollups anew with today's learners and activities."
_ENUMS = {"profession": "profession_name", "state": "state_name"}


class Rollups:
    """Rollups in a folder: `rollups.duckdb` and the arrays of `remembered.py`. Made by `build`, opened by `Rollups(folder)`."""

    def __init__(self, folder: Path, *, threads: int = 2, memory: str = "2GB") -> None:
        self.folder = folder
        if not (folder / "rollups.duckdb").exists():
            raise MeasureError(str(folder), "it holds no rollups", "Build them first, from the Parquet folder.")
        self._database = _connected(folder, threads, memory)
        self._remembered = Remembered(folder, _number(self._database, "SELECT number FROM generation"))
        self._names = {
            what: [name for (name,) in self._database.execute(f"SELECT unnest(enum_range(NULL::{kind}))").fetchall()]
            for what, kind in _ENUMS.items()
        }

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
            database.execute((_SQL / "day_arrives.sql").read_text(encoding="utf-8"))
            self._look_up()
            database.execute((_SQL / "add_day.sql").read_text(encoding="utf-8"))
            database.execute((_SQL / "refresh.sql").read_text(encoding="utf-8"))
            database.execute("COMMIT")
        except BaseException:
            database.execute("ROLLBACK")
            raise

    def consolidate(self) -> None:
        """Fold the days added so far into the large arrays; worth doing weekly, so that adding a day stays quick."""
        database, before = self._database, self._remembered
        number = _number(database, "SELECT number FROM generation") + 1
        learners, gains = np.array(before.learners), database.execute(
            "SELECT learner_id, CAST(sum(activities) AS INTEGER) AS more FROM gains_since GROUP BY learner_id"
        ).fetchnumpy()  # fmt: skip
        learners["activities"][gains["learner_id"]] += gains["more"]
        pairs = np.concatenate([before.pairs, database.execute("SELECT pair FROM pairs_since").fetchnumpy()["pair"]])
        pairs.sort()
        since = database.execute("SELECT place, learner_id FROM people_since").fetchnumpy()
        remembered.save(
            self.folder,
            number,
            {
                "pairs": pairs,
                "learners": learners,
                "seen": remembered.merged_seen(
                    before.seen,
                    _number(database, "SELECT count(*) FROM people_keys"),
                    since["place"],
                    since["learner_id"],
                ),
                "audience": remembered.merged_audience(
                    before.audience, remembered.audience_of(database, "audience_since")
                ),
                "responses": remembered.merged_responses(before.responses, self._said_since()),
            },
        )
        database.execute("BEGIN")
        try:
            database.execute((_SQL / "consolidate.sql").read_text(encoding="utf-8"))
            database.execute("COMMIT")
        except BaseException:
            database.execute("ROLLBACK")
            raise
        self._remembered = Remembered(self.folder, number)
        remembered.forget(self.folder, number)

    def _said_since(self) -> NDArray[Any]:
        once = """(SELECT activity_id, learner_id, max(intent) AS intent, max(barrier_code) AS barrier_code, max(pre) AS pre, max(post) AS post
            FROM responses_since GROUP BY activity_id, learner_id)"""
        return remembered.responses_of(self._database, once)

    def _arrive(self, name: str, rows: Mapping[str, pa.Table]) -> None:
        """Register the rows, claims and follow-ups with their learners' professions. Refuses what is unknown or was counted."""
        unknown = set(rows) - set(_ARRIVING)
        if unknown:
            raise MeasureError(
                ", ".join(sorted(unknown)), "such rows cannot be added", f"Add rows of {', '.join(_ARRIVING)}."
            )
        database = self._database
        if database.execute("SELECT 1 FROM batches WHERE name = ?", [name]).fetchall():
            raise MeasureError(name, "this batch was already counted", "Give a batch of other rows a name of its own.")
        for table in _ARRIVING:
            new = rows.get(table, _EMPTY[table])
            database.register(
                f"new_{table}", self._with_profession(f"{table} of {name}", new) if table != "answers" else new
            )
            sql = f"SELECT n.activity_id FROM new_{table} AS n ANTI JOIN activity_cells AS k ON k.activity_id = n.activity_id LIMIT 1"  # noqa: S608
            for (lost,) in database.execute(sql).fetchall():
                raise MeasureError(f"{table} of {name}", f"activity_id {lost} is unknown", _UNKNOWN)
        counts = [rows[table].num_rows if table in rows else 0 for table in _ARRIVING]
        database.execute("INSERT INTO batches VALUES (?, ?, ?, ?)", [name, *counts])

    def _with_profession(self, what: str, rows: pa.Table) -> pa.Table:
        numbers = pc.fill_null(rows["learner_id"], -1).to_numpy()
        known = self._remembered.are_learners(numbers)
        if not known.all():
            raise MeasureError(what, f"learner_id {numbers[~known][0]} is unknown", _UNKNOWN)
        return rows.append_column(
            "profession", self._named("profession", self._remembered.learners["profession"][numbers])
        )

    def _named(self, what: str, codes: NDArray[np.uint8]) -> pa.DictionaryArray:
        coded = pa.array(codes, mask=codes == remembered.NOTHING)
        return pa.DictionaryArray.from_arrays(coded, pa.array(self._names[what], pa.string()))

    def _look_up(self) -> None:
        """What the day's rows need of the year before: found in the arrays, registered for `add_day.sql`."""
        database, known = self._database, self._remembered
        self._look_up_pairs()
        audience = database.sql(
            "SELECT activity_id, profession, enum_code(profession) AS code, claims FROM day_audience"
        ).to_arrow_table()
        codes = pc.fill_null(audience["code"], remembered.NOTHING).to_numpy()
        before = known.claims_before(audience["activity_id"].to_numpy(), codes)
        database.register("counted_before", audience.append_column("before", pa.array(before)))
        asked = database.execute("SELECT activity_id, learner_id FROM day_said").fetchnumpy()
        said = known.said_before(remembered.pair_keys(asked["activity_id"], asked["learner_id"]))
        keys = said.pop("key")
        halves = {"activity_id": (keys >> 32).astype(np.int32), "learner_id": keys.astype(np.int32)}
        values = {name: pa.array(column, mask=np.isnan(column)) for name, column in said.items()}
        database.register("said_base", pa.table({**halves, **values}))
        self._look_up_people()

    def _look_up_pairs(self) -> None:
        """Pairs of the batch that were never counted: not in the array, and not in the days since; and who gained by them."""
        database, known = self._database, self._remembered
        claims = database.execute("SELECT activity_id, learner_id FROM new_credits WHERE completed").fetchnumpy()
        fresh = known.new_pairs(np.unique(remembered.pair_keys(claims["activity_id"], claims["learner_id"])))
        database.register("perhaps_new", pa.table({"pair": fresh}))
        counted = database.execute(
            "SELECT p.pair FROM pairs_since AS p SEMI JOIN perhaps_new AS n ON n.pair = p.pair"
        ).fetchnumpy()["pair"]
        fresh = remembered.without(fresh, counted)
        database.register("new_pairs", pa.table({"activity_id": (fresh >> 32).astype(np.int32), "pair": fresh}))
        learners, now = np.unique(fresh.astype(np.int32), return_counts=True)
        who = known.learners[learners]
        names = {what: self._named(what, np.ascontiguousarray(who[what])) for what in _ENUMS}
        database.register(
            "gained", pa.table({"learner_id": learners, "now": now, "activities": who["activities"].copy(), **names})
        )

    def _look_up_people(self) -> None:
        """Learners who are new to a quarter and credit type, to either, or to the year."""
        database, known = self._database, self._remembered
        claims = database.sql(
            "SELECT coalesce(q, 0) AS q, credit_type, learner_id FROM day_claims WHERE completed"
        ).to_arrow_table()
        types = pc.dictionary_encode(claims["credit_type"], null_encoding="encode").combine_chunks()
        names, codes = types.dictionary.to_pylist(), types.indices.to_numpy()
        quarters, learners = claims["q"].to_numpy(), claims["learner_id"].to_numpy().astype(np.int64)
        places = _Places(database)
        held = set(np.unique(quarters).tolist())  # only these get a place; 0 stands for a claim without a day
        cells = np.array([[places.of(q or None, name, 0) if q in held else -1 for name in names] for q in range(5)])
        each = np.array([places.of(q or None, None, 1) if q in held else -1 for q in range(5)])
        of_type = np.array([places.of(None, name, 2) for name in names], np.int64)
        whole = np.full(len(learners), places.of(None, None, 3))
        found = []
        for place in (
            (cells.reshape(5, -1)[quarters, codes], each[quarters], of_type[codes], whole) if len(learners) else ()
        ):
            fresh = known.unseen(place, learners)
            found.append(np.unique((place[fresh].astype(np.int64) << 32) | learners[fresh]))
        keys = np.concatenate(found) if found else np.empty(0, np.int64)
        places.keep()
        database.register(
            "unseen", pa.table({"place": (keys >> 32).astype(np.int32), "learner_id": keys.astype(np.int32)})
        )


class _Places:
    """Which set of learners stands for a quarter and a credit type, or for a margin; sets that are not there yet come behind."""

    def __init__(self, database: duckdb.DuckDBPyConnection) -> None:
        self._database = database
        rows = database.execute("SELECT q, credit_type, margin, place FROM people_keys").fetchall()
        self._known = {(q, credit_type, margin): place for q, credit_type, margin, place in rows}
        self._further: list[tuple[int | None, str | None, int]] = []

    def of(self, q: int | None, credit_type: str | None, margin: int) -> int:
        key = (q, credit_type, margin)
        if key not in self._known:
            self._known[key] = len(self._known)
            self._further.append(key)
        return int(self._known[key])

    def keep(self) -> None:
        """Write the further ones down."""
        for key in self._further:
            self._database.execute("INSERT INTO people_keys VALUES (?, ?, ?, ?)", [self._known[key], *key])


def build(source: Path, target: Path, *, threads: int = 2, memory: str = "2GB") -> Rollups:
    """Make rollups of the Parquet files in `source`, in the empty or new folder `target`. Raises MeasureError where it holds some."""
    if (target / "rollups.duckdb").exists():
        raise MeasureError(str(target), "it holds rollups already", "Choose another folder, or remove this one.")
    target.mkdir(parents=True, exist_ok=True)
    database = _connected(target, threads, memory, new=True)
    try:
        engine.attach(database, source, temporary=True)
        last = _number(database, "SELECT last_learner()")
        room = last // 8 + 1  # bytes of a set: whole ones, so that the sets are their own array
        database.execute(f"CREATE TEMP MACRO room_for_learners() AS {8 * room - 1}")
        pairs = _all_pairs(database)
        remembered.save(target, 0, {"pairs": pairs})
        _register_counts(database, pairs)
        del pairs
        database.execute("CREATE TABLE generation AS SELECT 0 AS number")
        database.execute((_SQL / "build.sql").read_text(encoding="utf-8"))
        remembered.save(
            target,
            0,
            {
                "learners": remembered.learners_of(database, last),
                "seen": remembered.seen_of(database, room),
                "audience": remembered.audience_of(database, "audience"),
                "responses": remembered.responses_of(database, "responses"),
            },
        )
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
