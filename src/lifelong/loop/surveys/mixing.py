"""Mixing anonymous answers, so that not even the database's own marks tell in which order, or with what, they were written."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

from django.db import connection, transaction

from lifelong.kernel.guard import writes_open
from lifelong.loop.surveys.models import Answer, Response

_TABLE = connection.ops.quote_name(Response._meta.db_table)
Subject = tuple[str, int]


def mix_answers() -> int:
    """Write the answers about each subject again, together and in no order. Returns how many forms were written.

    PostgreSQL stamps every row with the transaction that wrote it and keeps rows in the order of arrival: both would lead from
    an answer to the note, of the same transaction, that its author has answered. Afterwards all answers about one subject carry
    one stamp. Done again only where later answers came. SQLite keeps no such stamp, and row numbers are random from the start.
    """
    return sum(_mix(subject) for subject in _unmixed())


def _unmixed() -> list[Subject]:
    """Subjects whose forms were written by more than one transaction."""
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT subject_type, subject_id FROM {_TABLE} WHERE person_id IS NULL "  # noqa: S608 -- our own name
            "GROUP BY subject_type, subject_id HAVING count(DISTINCT xmin::text) > 1"
        )
        return [(kind, pk) for kind, pk in cursor.fetchall()]


def _mix(subject: Subject) -> int:
    """Take the forms of one subject out and put them back. One transaction."""
    kind, pk = subject
    with transaction.atomic(), writes_open("answers.mixed"):
        rows = Response.objects.filter(subject_type=kind, subject_id=pk, person=None).select_for_update()
        responses = list(rows)
        answers = list(Answer.objects.filter(response__in=[row.pk for row in responses]))
        Response.objects.filter(pk__in=[row.pk for row in responses]).delete()
        Response.objects.bulk_create(_in_no_order(responses), batch_size=500)
        Answer.objects.bulk_create(_in_no_order(answers), batch_size=500)
    return len(responses)


def _in_no_order(rows: Iterable[Any]) -> list[Any]:
    mixed = list(rows)
    random.SystemRandom().shuffle(mixed)
    return mixed
