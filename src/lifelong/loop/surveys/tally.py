"""Kept sums: added in the transaction of the answer, one statement whatever the length of the form."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from django.db import connection

from lifelong.loop.surveys.forms import Given
from lifelong.loop.surveys.models import Tally

_TABLE = connection.ops.quote_name(Tally._meta.db_table)


def add(activity_id: int, given: Iterable[Given]) -> None:
    """Count one response. The line with an empty choice counts who answered, the others count what was chosen."""
    lines: dict[tuple[int, str, str], tuple[float, float]] = {}
    counted: dict[tuple[int, str, str], int] = defaultdict(int)
    for one in given:
        number = one.number or 0.0
        lines[one.question_id, one.row, ""] = (number, number * number)
        counted[one.question_id, one.row, ""] = 1
        if one.choice:
            lines[one.question_id, one.row, one.choice] = (number, number * number)
            counted[one.question_id, one.row, one.choice] = 1
    if not lines:
        return
    # in a fixed order, so that two answers at once cannot wait for each other
    rows = [(key[0], activity_id, key[1], key[2], counted[key], *lines[key]) for key in sorted(lines)]
    places = ", ".join(["(%s, %s, %s, %s, %s, %s, %s)"] * len(rows))
    sql = (
        f"INSERT INTO {_TABLE} (question_id, activity_id, row, choice, count, total, squares) VALUES {places} "  # noqa: S608 -- names of our own
        "ON CONFLICT (question_id, activity_id, row, choice) DO UPDATE SET "
        f"count = {_TABLE}.count + excluded.count, total = {_TABLE}.total + excluded.total, squares = {_TABLE}.squares + excluded.squares"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [value for row in rows for value in row])
