"""Snapshots: the allow-listed columns of the product's own database as Parquet files, with pseudonyms instead of people.

A pseudonym is a keyed hash (HMAC-SHA256): without the key nobody can go from a learner to a pseudonym by trying numbers. It is
not anonymity: a rare profession on a small day may still be recognised, so a snapshot stays under the office's own access rules.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from django.db import connection, transaction
from django.db.utils import DatabaseError

from lifelong.analytics.allowed import Column, SnapshotError, Table, choose

_TYPES: dict[str, pa.DataType] = {
    "whole": pa.int64(), "number": pa.float64(), "amount": pa.decimal128(12, 4), "text": pa.string(), "day": pa.date32(),
    "moment": pa.timestamp("us", "UTC"), "flag": pa.bool_(),
}  # fmt: skip
_LEAST_KEY = 32  # bytes: as long as the hash itself


@dataclass(frozen=True, slots=True)
class Taken:
    """One file of a snapshot: its table, rows, bytes, SHA-256 and the columns that left."""

    table: str
    file: str
    rows: int
    bytes: int
    sha256: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a snapshot holds. `digest` covers every file's hash: two snapshots with one digest are the same."""

    taken_at: dt.datetime
    digest: str
    files: tuple[Taken, ...]


def take(
    target: Path,
    *,
    key: bytes,
    taken_at: dt.datetime,
    chosen: Mapping[str, Sequence[str]] | None = None,
    chunk: int = 20_000,
) -> Manifest:
    """Write a snapshot to the new folder `target`: one Parquet file a table, and `manifest.json`.

    `key`: at least 32 secret bytes; the same key gives the same pseudonyms. `chosen`: table -> columns, fewer than the list allows.
    Rows pass through in chunks, so memory does not grow with the database. The folder appears whole or not at all.
    Raises SnapshotError for a short key, a target that exists, a time without zone, and whatever is not on the list.
    """
    if len(key) < _LEAST_KEY:
        raise SnapshotError(
            f"The key for pseudonyms has {len(key)} bytes.", f"Use at least {_LEAST_KEY} random bytes.", "key"
        )
    if taken_at.tzinfo is None:
        raise SnapshotError("The time of the snapshot has no zone.", "Give it in UTC.", "taken_at")
    if target.exists():
        raise SnapshotError(
            f"{target} exists already.", "A snapshot is never overwritten; choose a new folder.", "target"
        )
    tables = choose(chosen)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    part.mkdir(parents=True)
    try:
        with _one_view_of_the_data():
            files = tuple(_write(part, table, key, chunk) for table in tables)
        manifest = Manifest(taken_at.astimezone(dt.UTC), _digest(files), files)
        _write_manifest(part / "manifest.json", manifest)
        part.rename(target)
    except BaseException:
        shutil.rmtree(part)
        raise
    return manifest


def check(folder: Path) -> list[str]:
    """Sentences that say which files of a snapshot are missing or were changed since it was taken; none where all is well."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    found = []
    for one in manifest["files"]:
        path = folder / one["file"]
        if not path.exists():
            found.append(f"{one['file']} is missing.")
        elif _sha256(path) != one["sha256"]:
            found.append(f"{one['file']} is not the file that was written.")
    return found


def read_rows(table: Table, chunk: int) -> Iterator[Sequence[tuple[Any, ...]]]:
    """The listed columns of a table in chunks, in the order of its first column. The one place where analytics reads the database."""
    quote = connection.ops.quote_name
    names = ", ".join(quote(column.name) for column in table.columns)
    sql = f"SELECT {names} FROM {quote(table.source)} ORDER BY {quote(table.columns[0].name)}"  # noqa: S608 - names of the list, quoted
    try:
        with connection.chunked_cursor() as cursor:
            cursor.execute(sql)
            while rows := cursor.fetchmany(chunk):
                yield rows
    except DatabaseError as problem:
        raise SnapshotError(
            f"Table {table.name} cannot be read: {problem}.",
            "Bring columns.toml and the database together.",
            table.name,
        ) from problem


@contextmanager
def _one_view_of_the_data() -> Iterator[None]:
    """All tables as of one instant, without holding up those who write meanwhile."""
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
    else:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")  # not Django's own transaction: that one would take SQLite's only pen
        try:
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute("ROLLBACK")


def _write(folder: Path, table: Table, key: bytes, chunk: int) -> Taken:
    path = folder / f"{table.name}.parquet"
    schema = pa.schema(
        [(column.called, pa.string() if column.is_pseudonymous else _TYPES[column.kind]) for column in table.columns]
    )
    into = [_converter(column, key) for column in table.columns]
    count = 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for rows in read_rows(table, chunk):
            arrays = [
                pa.array([None if row[i] is None else turn(row[i]) for row in rows], schema.field(i).type)
                for i, turn in enumerate(into)
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
            count += len(rows)
    with path.open("rb+") as written:
        os.fsync(written.fileno())
    return Taken(table.name, path.name, count, path.stat().st_size, _sha256(path), tuple(schema.names))


def _converter(column: Column, key: bytes) -> Callable[[Any], Any]:
    if column.is_pseudonymous:
        return lambda value: pseudonym(key, column.of, value)
    return _CONVERT[column.kind]


def pseudonym(key: bytes, of: str, value: object) -> str | None:
    """32 hexadecimal digits that stand for one learner, response or respondent; nothing stands for an empty text."""
    text = (
        str(value).replace("-", "") if of == "response" else str(value)
    )  # databases write a UUID with or without dashes
    return hmac.new(key, f"{of}:{text}".encode(), hashlib.sha256).hexdigest()[:32] if text else None


def _day(value: Any) -> dt.date:
    return value if isinstance(value, dt.date) else dt.date.fromisoformat(str(value))


def _moment(value: Any) -> dt.datetime:
    moment = value if isinstance(value, dt.datetime) else dt.datetime.fromisoformat(str(value))
    return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)


_CONVERT: dict[str, Callable[[Any], Any]] = {
    "whole": int, "number": float, "amount": lambda value: Decimal(str(value)), "text": str, "day": _day, "moment": _moment, "flag": bool,
}  # fmt: skip


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _digest(files: Sequence[Taken]) -> str:
    return hashlib.sha256("\n".join(f"{one.file} {one.sha256}" for one in files).encode()).hexdigest()


def _write_manifest(path: Path, manifest: Manifest) -> None:
    content = {
        "taken_at": manifest.taken_at.isoformat(),
        "digest": manifest.digest,
        "files": [
            {
                "table": one.table,
                "file": one.file,
                "rows": one.rows,
                "bytes": one.bytes,
                "sha256": one.sha256,
                "columns": list(one.columns),
            }
            for one in manifest.files
        ],
    }
    with path.open("w", encoding="utf-8") as file:
        json.dump(content, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
