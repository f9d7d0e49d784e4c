"""Inserting with a statement that is composed once per table.

The ORM composes its SQL anew for every row; at the door of a full room that is half of the work. The values still pass through
each field's own preparation, so what reaches the database is what the ORM would have sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models

from lifelong.kernel.guard import KeptModel, check_door

Row = TypeVar("Row", bound=KeptModel)


def insert(row: Row) -> Row:
    """Write one new row and give it its id. Raises IntegrityError like `save` does."""
    _insert(type(row), [row], returning=True)
    return row


def insert_unseen(rows: Sequence[KeptModel]) -> None:
    """Write a few new rows of one table whose ids nobody asks for."""
    if rows:
        _insert(type(rows[0]), rows, returning=False)


def insert_values(model: type[models.Model], columns: tuple[str, ...], rows: Sequence[Sequence[Any]]) -> None:
    """Write new rows of one table from values that are already as the database keeps them, without making objects of them."""
    if not rows:
        return
    check_door(model)
    connection = connections[DEFAULT_DB_ALIAS]
    start, group = _of_columns(model, columns, connection.vendor)
    with connection.cursor() as cursor:
        cursor.execute(start + ", ".join([group] * len(rows)), [value for row in rows for value in row])


@cache
def _of_columns(model: type[models.Model], columns: tuple[str, ...], vendor: str) -> tuple[str, str]:
    quote = connections[DEFAULT_DB_ALIAS].ops.quote_name
    names = ", ".join(quote(column) for column in columns)
    start = f"INSERT INTO {quote(model._meta.db_table)} ({names}) VALUES "  # noqa: S608 -- names of our own tables
    return start, f"({', '.join(['%s'] * len(columns))})"


def _insert(model: type[KeptModel], rows: Sequence[KeptModel], *, returning: bool) -> None:
    check_door(model)
    connection = connections[DEFAULT_DB_ALIAS]  # itself, not the proxy that looks it up at every attribute
    start, group, end, fields = _composed(model, connection.vendor)
    values = [field.get_db_prep_save(field.pre_save(row, True), connection) for row in rows for field in fields]
    groups = ", ".join([group] * len(rows)) if len(rows) > 1 else group
    with connection.cursor() as cursor:
        if not returning:
            cursor.execute(start + groups, values)
            return
        cursor.execute(start + groups + end, values)
        rows[0].pk = cursor.fetchone()[0]
        rows[0]._state.adding, rows[0]._state.db = False, connection.alias


@cache
def _composed(model: type[KeptModel], vendor: str) -> tuple[str, str, str, tuple[models.Field[Any, Any], ...]]:
    """The statement of a table: its start, the placeholders of one row, its end; and the fields in that order."""
    meta, quote = model._meta, connections[DEFAULT_DB_ALIAS].ops.quote_name
    assert meta.pk is not None
    fields = tuple(field for field in meta.local_concrete_fields if not field.primary_key)
    columns = ", ".join(quote(str(field.column)) for field in fields)
    group = f"({', '.join(['%s'] * len(fields))})"
    return (
        f"INSERT INTO {quote(meta.db_table)} ({columns}) VALUES ",  # noqa: S608 -- names of our own tables
        group,
        f" RETURNING {quote(str(meta.pk.column))}",
        fields,
    )
