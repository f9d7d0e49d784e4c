"""The embedded engine: runs a measure over a folder of Parquet files, in bounded memory, with exact answers.

A folder holds one file (`learners.parquet`) or one folder of parts (`credits/part-0000.parquet`) a table. Nothing is loaded
before a question is asked, and nothing is fetched from a network: extensions are off.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from lifelong.analytics.measure import MeasureError, MeasureFile

# Up to two threads DuckDB 2.0 lets each hash table grow as large as it must; from three on it keeps them in the cache and sets full
# ones aside by partition. On two cores the third thread has no core of its own and halves the CPU of counting distinct pairs.
THREADS = 3

# The national year: what the twelve measures ask of.
TABLES = ("activities", "learners", "gaps", "activity_gaps", "barriers", "credits", "answers", "followups")


@dataclass(frozen=True, slots=True)
class Answer:
    """What a measure returned: `columns` and `rows` of plain Python values, with the measure that asked."""

    measure: MeasureFile
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


@contextmanager
def opened(
    folder: Path, *, threads: int = THREADS, memory: str = "2GB", spill: Path | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with one view for each table found in `folder`.

    `memory` bounds the engine's own buffers; what does not fit goes to a private folder under `spill` (default: the system's
    temporary folder), removed afterwards. Raises MeasureError where the folder holds no table.
    """
    with tempfile.TemporaryDirectory(prefix="lifelong-spill-", dir=spill) as private:
        with _connected(folder, threads, memory, private) as connection:
            yield connection


@contextmanager
def _connected(folder: Path, threads: int, memory: str, spill: str) -> Iterator[duckdb.DuckDBPyConnection]:
    settings: dict[str, Any] = {
        "threads": threads,
        "memory_limit": memory,
        "preserve_insertion_order": False,  # every measure orders its own answer
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "temp_directory": spill,
    }
    connection = duckdb.connect(config=settings)
    try:
        # an array instead of a hash table where a whole number below a million is grouped by
        connection.execute("SET perfect_ht_threshold = 20")
        attach(connection, folder)
        yield connection
    finally:
        connection.close()


def attach(connection: duckdb.DuckDBPyConnection, folder: Path, *, temporary: bool = False) -> tuple[str, ...]:
    """Make a view of every table of `folder`; returns their names. Raises MeasureError where there is none."""
    kind = "TEMP VIEW" if temporary else "VIEW"
    found = []
    for table in TABLES:
        source = folder / table / "*.parquet" if (folder / table).is_dir() else folder / f"{table}.parquet"
        if source.name == "*.parquet" or source.exists():
            place = str(source).replace("'", "''")
            connection.execute(f"CREATE OR REPLACE {kind} {table} AS SELECT * FROM read_parquet('{place}')")  # noqa: S608 - names are ours
            found.append(table)
    if not found:
        raise MeasureError(
            str(folder), "no table was found", f"Put Parquet files named {', '.join(TABLES)} into the folder."
        )
    if "learners" in found:
        count_learners(connection)
    return tuple(found)


def count_learners(connection: duckdb.DuckDBPyConnection) -> None:
    """Define `last_learner()`, the highest learner number, which sets of learners kept as bits need as a constant."""
    (last, first), *_ = connection.execute(
        "SELECT coalesce(max(learner_id), 0), coalesce(min(learner_id), 0) FROM learners"
    ).fetchall()
    if first < 0 or last >= 1_000_000_000:
        raise MeasureError(
            "learners",
            f"learner numbers run from {first} to {last}",
            "Number learners from 0 upwards, below a billion.",
        )
    connection.execute(f"CREATE OR REPLACE TEMP MACRO last_learner() AS {last}")


def answer(connection: duckdb.DuckDBPyConnection, measure: MeasureFile) -> Answer:
    """Ask one measure. Raises MeasureError where the answer has other columns than the file promises."""
    table = arrow(connection, measure)
    rows = zip(*(column.to_pylist() for column in table.columns), strict=True)
    return Answer(measure, tuple(table.column_names), tuple(rows))


def arrow(connection: duckdb.DuckDBPyConnection, measure: MeasureFile) -> pa.Table:
    """The answer as an Arrow table, checked against the promised columns."""
    table = connection.sql(measure.sql).to_arrow_table()
    expect(measure, table.column_names)
    return table


def expect(measure: MeasureFile, columns: Sequence[str]) -> None:
    if tuple(columns) != measure.columns:
        raise MeasureError(
            measure.file,
            f"it promises {', '.join(measure.columns)} and answers {', '.join(columns)}",
            "Mend the line `columns`.",
        )
