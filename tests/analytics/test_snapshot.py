"""Snapshots: only what is on the list leaves, people leave as pseudonyms, and the folder is whole or not there."""

from __future__ import annotations

import datetime as dt
import json
import re
import tracemalloc
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from django.apps import apps
from django.db import connection, models

from cast import Cast, make_cast, make_person
from lifelong.analytics import allowed, snapshot
from lifelong.analytics.allowed import SnapshotError
from lifelong.kernel.guard import writes_open
from lifelong.loop.delivery.models import Attendance
from lifelong.loop.evaluation.actions import submit
from lifelong.loop.evaluation.models import Commitment
from lifelong.loop.people.models import LearnerProfile, Person
from lifelong.loop.people.reads import actor_of
from lifelong.loop.program.models import AccreditedProvider
from lifelong.loop.surveys.models import Answer, Response
from lifelong.loop.surveys.reads import minimum_group
from taught import PLAN, answers, attend, teach

KEY = b"k" * 32
TAKEN_AT = dt.datetime(2026, 11, 22, 3, 0, tzinfo=dt.UTC)
TABLES = {model._meta.db_table: model for model in apps.get_app_config("lifelong").get_models()}


@pytest.fixture
def evaluated(cast: Cast) -> Cast:
    """One learner came, answered and committed to a change."""
    taught = teach(cast.home)
    submit(
        actor_of(cast.person("learner")),
        attend(taught.session, cast.person("learner")),
        answers=answers(taught.activity),
        commitments=[PLAN],
    )
    return cast


def home() -> AccreditedProvider:
    """The program of the tests; where there is none, one without rows."""
    return AccreditedProvider.objects.filter(slug="home").first() or AccreditedProvider(pk=0, slug="home")


def rows(folder: Path, table: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = pq.read_table(folder / f"{table}.parquet").to_pylist()
    return found


def test_every_row_leaves_and_no_name_does(evaluated: Cast, tmp_path: Path) -> None:
    manifest = snapshot.take(tmp_path / "day", home(), key=KEY, taken_at=TAKEN_AT)
    assert {one.table: one.rows for one in manifest.files if one.rows}.items() >= {
        "attendances": 1,
        "commitments": 1,
        "responses": 1,
    }.items()
    assert len(rows(tmp_path / "day", "answers")) == Answer.objects.count() > 0
    everything = str([rows(tmp_path / "day", one.table) for one in manifest.files])
    learner = evaluated.person("learner")
    for told in (
        learner.email,
        learner.family_name,
        PLAN["text"],
        "Time matters.",
        str(Response.objects.get().pk),
        Response.objects.get().pk.hex,
    ):
        assert str(told) not in everything


def test_one_learner_has_one_pseudonym_in_every_table_and_another_under_another_key(
    evaluated: Cast, tmp_path: Path
) -> None:
    snapshot.take(tmp_path / "one", home(), key=KEY, taken_at=TAKEN_AT)
    snapshot.take(tmp_path / "two", home(), key=b"x" * 32, taken_at=TAKEN_AT)
    names = [
        {rows(tmp_path / folder, table)[0]["learner"] for table in ("attendances", "commitments")}
        for folder in ("one", "two")
    ]
    assert [len(found) for found in names] == [1, 1] and names[0] != names[1]
    assert re.fullmatch("[0-9a-f]{32}", str(names[0].pop()))
    assert {row["response"] for row in rows(tmp_path / "one", "answers")} == {
        rows(tmp_path / "one", "responses")[0]["response"]
    }


def test_the_manifest_tells_what_was_taken_and_notices_a_change(evaluated: Cast, tmp_path: Path) -> None:
    taken = snapshot.take(tmp_path / "day", home(), key=KEY, taken_at=TAKEN_AT)
    written = json.loads((tmp_path / "day" / "manifest.json").read_text())
    assert written["taken_at"] == "2026-11-22T03:00:00+00:00" and written["digest"] == taken.digest
    assert snapshot.take(tmp_path / "again", home(), key=KEY, taken_at=TAKEN_AT).digest == taken.digest
    assert snapshot.check(tmp_path / "day") == []
    with (tmp_path / "day" / "awards.parquet").open("ab") as file:
        file.write(b"x")
    (tmp_path / "day" / "answers.parquet").unlink()
    assert snapshot.check(tmp_path / "day") == [
        "awards.parquet is not the file that was written.",
        "answers.parquet is missing.",
    ]


@pytest.mark.parametrize(
    ("chosen", "says"),
    [
        ({"commitments": ["activity_id", "text"]}, "Column text of commitments is not on the list"),
        ({"attendances": ["recorded_by_id"]}, "Column recorded_by_id"),
        ({"lifelong_person": ["email"]}, "Table lifelong_person is not on the list"),
    ],
)
def test_what_is_not_on_the_list_does_not_leave(
    db: None, tmp_path: Path, chosen: dict[str, list[str]], says: str
) -> None:
    with pytest.raises(SnapshotError, match=says):
        snapshot.take(tmp_path / "day", home(), key=KEY, taken_at=TAKEN_AT, chosen=chosen)
    assert list(tmp_path.iterdir()) == []


def test_fewer_columns_may_be_chosen(evaluated: Cast, tmp_path: Path) -> None:
    manifest = snapshot.take(
        tmp_path / "day", home(), key=KEY, taken_at=TAKEN_AT, chosen={"commitments": ["id", "level"]}
    )
    assert [one.columns for one in manifest.files] == [("commitment_id", "level")]
    assert rows(tmp_path / "day", "commitments") == [{"commitment_id": Commitment.objects.get().pk, "level": 4}]


@pytest.mark.parametrize(
    ("key", "taken_at", "says"),
    [(b"short", TAKEN_AT, "key for pseudonyms has 5 bytes"), (KEY, dt.datetime(2026, 11, 22, 3), "has no zone")],  # noqa: DTZ001 - the point
)
def test_a_weak_key_and_a_time_without_zone_are_refused(
    db: None, tmp_path: Path, key: bytes, taken_at: dt.datetime, says: str
) -> None:
    with pytest.raises(SnapshotError, match=says):
        snapshot.take(tmp_path / "day", home(), key=key, taken_at=taken_at)


def test_a_list_that_the_database_does_not_know_is_refused(db: None) -> None:
    ghost = allowed.Table("ghost", "lifelong_ghost", (allowed.Column("id", "id", "whole"),))
    with pytest.raises(SnapshotError, match="Table ghost is not in the database"):
        list(snapshot.read_rows(ghost, home(), 10))


@pytest.mark.django_db(transaction=True)
def test_a_snapshot_is_taken_outside_any_transaction_and_leaves_none_open(tmp_path: Path) -> None:
    make_cast()
    for day in ("one", "two"):
        manifest = snapshot.take(tmp_path / day, home(), key=KEY, taken_at=TAKEN_AT)
        assert len(manifest.files) == len(allowed.allowed())
    with writes_open("test"):
        make_person("later")  # writing goes on: nothing was left open


def test_a_snapshot_that_fails_leaves_nothing_behind_and_never_overwrites(evaluated: Cast, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(snapshot, "_write_manifest", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
        with pytest.raises(OSError, match="disk full"):
            snapshot.take(tmp_path / "day", home(), key=KEY, taken_at=TAKEN_AT, chosen={"awards": ["id"]})
    assert list(tmp_path.iterdir()) == []
    snapshot.take(tmp_path / "day", home(), key=KEY, taken_at=TAKEN_AT, chosen={"awards": ["id"]})
    with pytest.raises(SnapshotError, match="never overwritten"):
        snapshot.take(tmp_path / "day", home(), key=KEY, taken_at=TAKEN_AT)


def field_of(model: type[models.Model], name: str) -> models.Field[object, object]:
    """The field a listed name means; `__` follows a relation."""
    first, _, rest = name.partition("__")
    if rest:
        further = model._meta.get_field(first).related_model
        assert isinstance(further, type)
        return field_of(further, rest)
    return next(field for field in model._meta.concrete_fields if field.column == name)


def test_every_listed_column_is_there_and_rightly_classed() -> None:
    """A person, a text of somebody's own words or a secret can never be listed as free."""
    for table in allowed.allowed().values():
        for column in table.columns:
            field = field_of(TABLES[table.source], column.name)
            where = f"{table.name}.{column.name}"
            assert not isinstance(field, models.TextField | models.JSONField | models.BinaryField), where
            if field.is_relation and field.related_model is Person:
                assert column.of == "person", where
            if field.model is LearnerProfile or field.name == "profession":
                assert column.counted_by, where
            assert not re.search("name$|email|phone|digest|token|serial|licence|npi|birth", column.name), where


def test_only_the_programs_own_rows_leave(evaluated: Cast, tmp_path: Path) -> None:
    """Another program of the same installation finds nothing of this one's, and its pseudonyms are others."""
    taken = snapshot.take(tmp_path / "other", evaluated.elsewhere, key=KEY, taken_at=TAKEN_AT)
    assert taken.program == "elsewhere"
    assert {one.table for one in taken.files if one.rows} <= {"learners"}, "only who belongs to it"
    here = snapshot.of_program(KEY, evaluated.home)
    there = snapshot.of_program(KEY, evaluated.elsewhere)
    assert snapshot.pseudonym(here, "person", 7) != snapshot.pseudonym(there, "person", 7)


def test_a_profession_that_few_have_leaves_empty(evaluated: Cast, tmp_path: Path) -> None:
    """One learner more than nobody is told apart by a rare profession; as many as the smallest group are not."""
    snapshot.take(tmp_path / "rare", home(), key=KEY, taken_at=TAKEN_AT)
    assert [row["profession"] for row in rows(tmp_path / "rare", "attendances")] == [None]
    session = Attendance.objects.get().session
    with writes_open("test"):
        for number in range(minimum_group() - 1):
            attend(session, make_person(f"more{number}", profession="physician"))
    snapshot.take(tmp_path / "many", home(), key=KEY, taken_at=TAKEN_AT)
    found = [row["profession"] for row in rows(tmp_path / "many", "attendances")]
    assert found == ["physician"] * minimum_group()


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ({"name": "id", "class": "secret", "type": "whole"}, "unknown class"),
        ({"name": "id", "class": "free", "type": "blob"}, "unknown class or type"),
        ({"name": "id", "class": "pseudonymous", "type": "whole"}, "what its pseudonym stands for"),
        ({"name": "id", "type": "whole"}, "unknown or missing"),
    ],
)
def test_a_wrong_entry_of_the_list_is_named(entry: dict[str, str], says: str) -> None:
    with pytest.raises(SnapshotError, match=says):
        allowed._column("awards", entry)


def test_memory_does_not_grow_with_the_table(cast: Cast, tmp_path: Path) -> None:
    """Slow for a reason: 60,000 rows are written so that a leak of one chunk would show."""
    taught = teach(cast.home)
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000)"
            " INSERT INTO lifelong_commitment (activity_id, person_id, text, position, committed_on, theme, matches_objective)"
            " SELECT %s, %s, '', 1, '2026-11-22', '', '' FROM n",
            [taught.activity.pk, cast.person("learner").pk],
        )
    peaks = {}
    for chunk in (60_000, 2_000):
        tracemalloc.start()
        taken = snapshot.take(
            tmp_path / f"by{chunk}",
            home(),
            key=KEY,
            taken_at=TAKEN_AT,
            chosen={"commitments": ["id", "person_id"]},
            chunk=chunk,
        )
        peaks[chunk] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert taken.files[0].rows == 60_000
    assert peaks[2_000] < peaks[60_000] / 8, "one chunk at a time, not the table"
