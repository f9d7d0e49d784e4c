"""Reading with a statement that is composed once.

The ORM composes its SQL anew for every question. Where a full room asks the same one, that takes ten times as long as the database
takes to answer. Here the queryset is written as everywhere else and composed when it is first asked; later only its values change.
What comes out is what the ORM would have made: whole rows with what they point at, or plain tuples.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, cast

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models.query import ModelIterable, ValuesListIterable, get_related_populators

Row = TypeVar("Row")
STAND_IN = 9_100_000_000_000_000_000  # numbers no row has: they show where in the statement a value belongs


class Composed(Generic[Row]):
    """A question asked often: `grants: Composed[Grant] = Composed(lambda person: Grant.objects.filter(person_id=person))`, then
    `grants.rows(17)`.

    `build` takes one number for each value, uses each once or more in plain comparisons, and returns a queryset of rows (with
    `select_related`, `only`, annotations) or of `values_list` tuples. Not for `prefetch_related`, nor for values that shape the statement.
    """

    def __init__(self, build: Callable[..., models.QuerySet[Any]]) -> None:
        self._build = build
        self._statements: dict[str, _Statement] = {}

    def rows(self, *values: int) -> list[Row]:
        """Everything it finds, in the order of the queryset."""
        connection = connections[DEFAULT_DB_ALIAS]
        statement = self._statements.get(connection.vendor)
        if statement is None:
            statement = self._statements[connection.vendor] = _Statement(self._build)
        return cast("list[Row]", statement.ask(connection, values))

    def first(self, *values: int) -> Row | None:
        """The first row, or None. The queryset should end in `[:1]` or be of one row by its nature."""
        found = self.rows(*values)
        return found[0] if found else None


class _Statement:
    """SQL, where its values go, and how its rows are read."""

    def __init__(self, build: Callable[..., models.QuerySet[Any]]) -> None:
        count = build.__code__.co_argcount
        stand_ins = [STAND_IN + number for number in range(count)]
        queryset = build(*stand_ins)
        assert queryset._iterable_class in (ModelIterable, ValuesListIterable), "rows or tuples"
        compiler = queryset.query.get_compiler(using=DEFAULT_DB_ALIAS)
        self.sql, parameters = compiler.as_sql()
        self.parameters = list(parameters)
        self.places = [
            (position, stand_ins.index(value)) for position, value in enumerate(self.parameters) if value in stand_ins
        ]
        assert {number for _, number in self.places} == set(range(count)), "each value has its place in the statement"
        self.converters = list(compiler.get_converters([one[0] for one in compiler.select]).items())
        self.annotations = compiler.annotation_col_map or {}
        self.model: type[models.Model] | None = None
        if queryset._iterable_class is ModelIterable:
            self._reads_rows(compiler)

    def _reads_rows(self, compiler: Any) -> None:
        """As `django.db.models.query.ModelIterable` finds out anew for every question."""
        fields = compiler.klass_info["select_fields"]
        self.start, self.end = fields[0], fields[-1] + 1
        self.model = compiler.klass_info["model"]
        self.names = [one[0].target.attname for one in compiler.select[self.start : self.end]]
        self.related = get_related_populators(compiler.klass_info, compiler.select, DEFAULT_DB_ALIAS)  # type: ignore[call-arg]  # the stubs know Django 6

    def ask(self, connection: Any, values: tuple[int, ...]) -> list[Any]:
        parameters = self.parameters.copy()
        for position, number in self.places:
            parameters[position] = values[number]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, parameters)
            found = cursor.fetchall()
        rows = [self._read(list(one), connection) for one in found]
        return [self._row(one) for one in rows] if self.model else [tuple(one) for one in rows]

    def _read(self, values: list[Any], connection: Any) -> list[Any]:
        """What the database keeps, as Python knows it."""
        for position, (converters, expression) in self.converters:
            for converter in converters:
                values[position] = converter(values[position], expression, connection)
        return values

    def _row(self, values: list[Any]) -> models.Model:
        assert self.model is not None
        row: models.Model = self.model.from_db(DEFAULT_DB_ALIAS, self.names, values[self.start : self.end])
        for one in self.related:
            one.populate(values, row)
        for name, position in self.annotations.items():
            setattr(row, name, values[position])
        return row
