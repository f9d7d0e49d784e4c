"""Measures: what a file must say, and that the answers are those of the plain questions."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lifelong.analytics.compare import differences
from lifelong.analytics.engine import answer, opened
from lifelong.analytics.measure import MeasureError, all_measures, parse

pytestmark = pytest.mark.files_only

HEAD = "-- name: held\n-- question: How many?\n-- unit: claim\n-- caveat: none known\n-- columns: n\n"
MEASURES = list(all_measures().values())


def plain_questions(shared: Path) -> list[str]:
    text = (shared / "bench" / "questions.sql").read_text()
    return [part.split("\n", 1)[1].strip().rstrip(";") for part in re.split(r"^-- Q(?=\d+ )", text, flags=re.M)[1:]]


@pytest.mark.parametrize(("number", "measure"), list(enumerate(MEASURES)), ids=lambda value: getattr(value, "name", ""))
def test_a_measure_gives_the_answer_of_the_plain_question(year: Path, shared: Path, number: int, measure) -> None:  # type: ignore[no-untyped-def]  # parametrised
    with opened(year) as connection:
        plain = connection.execute(plain_questions(shared)[number]).fetchall()
        ours = answer(connection, measure).rows
    assert len(plain) > 0
    assert differences(plain, ours, places=6) == []


def test_every_measure_says_question_unit_and_caveat() -> None:
    assert len(MEASURES) == 12
    for measure in MEASURES:
        assert measure.question.endswith("?") and measure.unit and measure.caveat.endswith("."), measure.file


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("SELECT 1 AS n", "lacks name, question, unit, caveat, columns"),
        (HEAD.replace("-- unit: claim\n", "") + "SELECT 1 AS n", "lacks unit"),
        (HEAD.replace("name: held", "name: How Many") + "SELECT 1 AS n", "is no name"),
        (HEAD + "SELEC 1", "cannot be read"),
        (HEAD + "DELETE FROM credits", "exactly one SELECT"),
        (HEAD + "SELECT 1 AS n; SELECT 2 AS n", "exactly one SELECT"),
        (HEAD + "SELECT count(*) AS n FROM read_csv('/etc/passwd')", "reads"),
        (HEAD + "SELECT count(*) AS n FROM '/etc/passwd'", "reads"),
    ],
)
def test_a_wrong_file_is_refused_with_its_reason(text: str, says: str) -> None:
    with pytest.raises(MeasureError, match=re.escape(says)) as refused:
        parse(text, "held.sql")
    assert refused.value.reason.next_step and refused.value.reason.field == "held.sql"


def test_a_measure_that_answers_other_columns_than_promised_is_refused(year: Path) -> None:
    with opened(year) as connection, pytest.raises(MeasureError, match="promises n and answers claims"):
        answer(connection, parse(HEAD + "SELECT count(*) AS claims FROM credits", "held.sql"))


def test_a_folder_without_tables_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MeasureError, match="no table was found"), opened(tmp_path):
        pass


def test_the_engine_fetches_nothing_from_a_network(year: Path) -> None:
    with opened(year) as connection, pytest.raises(duckdb.Error, match="httpfs"):
        connection.execute("SELECT * FROM 'https://data.example/claims.parquet'")


def small_year(folder: Path) -> Path:
    """Three learners, two activities; learner 1 claimed the first twice, learner 2 never finished."""
    folder.mkdir()
    day = dt.date
    tables = {
        "learners": {"learner_id": [0, 1, 2], "profession": ["nurse", "nurse", "physician"], "state": ["VT"] * 3},
        "activities": {"activity_id": [0, 1], "activity_type": ["course"] * 2, "format": ["live"] * 2},
        "credits": {
            "activity_id": [0, 0, 0, 1, 0],
            "learner_id": [0, 1, 1, 1, 2],
            "credit_type": ["ANCC"] * 5,
            "credits": [1.0, 1.0, 1.0, 0.5, 0.0],
            "completed": [True, True, True, True, False],
            "claimed_on": [day(2025, 3, 31), day(2025, 1, 1), day(2025, 4, 1), day(2025, 12, 31), day(2025, 2, 2)],
            "pars_on": [day(2025, 4, 10), day(2025, 1, 2), None, day(2026, 1, 3), None],
        },
    }
    for name, columns in tables.items():
        pq.write_table(pa.table(columns), folder / f"{name}.parquet")
    return folder


def test_answers_counted_by_hand(tmp_path: Path) -> None:
    measures = all_measures()
    with opened(small_year(tmp_path / "year")) as connection:
        said = {
            name: answer(connection, measures[name]).rows
            for name in ("learners_by_state", "learners_by_quarter", "repeat_learners", "days_to_report")
        }
    assert said["learners_by_state"] == (("VT", "nurse", 2),)
    assert (
        differences(
            said["learners_by_quarter"],
            [
                (1, "ANCC", 2),
                (2, "ANCC", 1),
                (4, "ANCC", 1),
                (1, None, 2),
                (2, None, 1),
                (4, None, 1),
                (None, "ANCC", 2),
                (None, None, 2),
            ],
        )
        == []
    )
    assert said["repeat_learners"] == (("nurse", 2, 1, 1, 0, 0, 1.5),)
    assert (
        differences(
            said["days_to_report"],
            [("course", 1, 2, 0, 5.5, 9.1, 9.91), ("course", 2, 1, 1, None, None, None), ("course", 4, 1, 0, 3, 3, 3)],
        )
        == []
    )


@pytest.mark.parametrize(
    ("other", "equal"),
    [
        ([("a", 1.0004)], True),
        ([("a", 1.002)], False),
        ([("b", 1)], False),
        ([], False),
        ([("a", None)], False),
        ([("a", float("nan"))], False),
    ],
)
def test_answers_are_compared_to_three_decimals(other: list[tuple[object, ...]], equal: bool) -> None:
    assert (differences([("a", 1)], other) == []) is equal
