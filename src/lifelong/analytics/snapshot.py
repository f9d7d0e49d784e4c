"""Snapshots: the allow-listed columns of one program's rows as Parquet files, with pseudonyms instead of people.

A pseudonym is a keyed hash (HMAC-SHA256): without the key nobody can go from a learner to a pseudonym by trying numbers. The
program is part of the key, so that snapshots of two programs cannot be joined by their people. Values that describe a learner and
are rare in the program leave empty. It is not anonymity: who knows much of a learner's year may still recognise it, so a snapshot
stays under the office's own access rules.
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
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from django.apps import apps
from django.core.exceptions import FieldError
from django.db import connection, transaction
from django.db.models import Count, QuerySet
from django.db.utils import DatabaseError

from lifelong.analytics.allowed import Column, SnapshotError, Table, choose
from lifelong.loop.program.models import AccreditedProvider
from lifelong.loop.surveys.reads import minimum_group

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

    program: str
    taken_at: dt.datetime
    digest: str
    files: tuple[Taken, ...]


def take(
    target: Path,
    provider: AccreditedProvider,
    *,
    key: bytes,
    taken_at: dt.datetime,
    chosen: Mapping[str, Sequence[str]] | None = None,
    chunk: int = 20_000,
) -> Manifest:
    """Write a snapshot of one program to the new folder `target`: one Parquet file a table, and `manifest.json`.

    `key`: at least 32 secret bytes; the same key gives the same pseudonyms within a program. `chosen`: table -> columns, fewer than the list allows.
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
            files = tuple(_write(part, table, provider, of_program(key, provider), chunk) for table in tables)
        manifest = Manifest(provider.slug, taken_at.astimezone(dt.UTC), _digest(files), files)
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


def of_program(key: bytes, provider: AccreditedProvider) -> bytes:
    """The key under which one program's people become pseudonyms."""
    return hmac.new(key, f"program:{provider.slug}".encode(), hashlib.sha256).digest()


def read_rows(table: Table, provider: AccreditedProvider, chunk: int) -> Iterator[Sequence[tuple[Any, ...]]]:
    """The listed columns of a program's rows in chunks, in the order of the first column. The one place where analytics reads the database."""
    names = [column.name for column in table.columns]
    with _readable(table):
        rows = _of(table, provider).order_by(names[0]).values_list(*names).iterator(chunk)
        while part := list(islice(rows, chunk)):
            yield part


def rare_values(table: Table, provider: AccreditedProvider) -> dict[str, frozenset[Any]]:
    """Column -> values that fewer people of the program share than may be shown."""
    least = minimum_group()
    found = {}
    for column in table.columns:
        if column.counted_by:
            with _readable(table):
                people = (
                    _of(table, provider)
                    .order_by()
                    .values(column.name)
                    .annotate(n=Count(column.counted_by, distinct=True))
                )
                found[column.name] = frozenset(people.filter(n__lt=least).values_list(column.name, flat=True))
    return found


def _of(table: Table, provider: AccreditedProvider) -> QuerySet[Any]:
    """A table's rows that belong to the program. Raises SnapshotError for a table that spans programs or is not there."""
    model = next((one for one in apps.get_models() if one._meta.db_table == table.source), None)
    way = getattr(model, "to_provider", None)
    if model is None or not way:
        what = "spans programs" if model is not None else "is not in the database"
        raise SnapshotError(f"Table {table.name} {what}.", "Bring columns.toml and the database together.", table.name)
    return model._default_manager.filter(**{way: provider.pk})


@contextmanager
def _readable(table: Table) -> Iterator[None]:
    try:
        yield
    except (DatabaseError, FieldError) as problem:
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


def _write(folder: Path, table: Table, provider: AccreditedProvider, key: bytes, chunk: int) -> Taken:
    path = folder / f"{table.name}.parquet"
    schema = pa.schema(
        [(column.called, pa.string() if column.is_pseudonymous else _TYPES[column.kind]) for column in table.columns]
    )
    rare = rare_values(table, provider)
    into = [_converter(column, key, rare.get(column.name, frozenset())) for column in table.columns]
    count = 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for rows in read_rows(table, provider, chunk):
            arrays = [
                pa.array([None if row[i] is None else turn(row[i]) for row in rows], schema.field(i).type)
                for i, turn in enumerate(into)
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
            count += len(rows)
    if table.columns[0].of == "person":  # people's own numbers would tell who came first
        pq.write_table(pq.read_table(path).sort_by(table.columns[0].called), path, compression="zstd")
    with path.open("rb+") as written:
        os.fsync(written.fileno())
    return Taken(table.name, path.name, count, path.stat().st_size, _sha256(path), tuple(schema.names))


def _converter(column: Column, key: bytes, rare: frozenset[Any]) -> Callable[[Any], Any]:
    if column.is_pseudonymous:
        return lambda value: pseudonym(key, column.of, value)
    convert = _CONVERT[column.kind]
    return (lambda value: None if value in rare else convert(value)) if rare else convert


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
        "program": manifest.program,
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
