"""Rollups: the same answers as from the files, at once, also after days of rows were added."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from lifelong.analytics import engine
from lifelong.analytics.compare import differences
from lifelong.analytics.measure import MeasureError, all_measures
from lifelong.analytics.rollups import Rollups, build

pytestmark = pytest.mark.files_only

DAY_OF = {"credits": "claimed_on", "answers": "answered_on", "followups": "sent_on"}
DAYS = ("2025-06-02", "2025-10-06", "2025-10-07")


def rows(table: pa.Table) -> list[tuple[object, ...]]:
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


def unequal(year: Path, rollups: Rollups) -> dict[str, list[str]]:
    """Measures whose warm answer is not the cold one."""
    with engine.opened(year) as connection:
        compared = {
            m.name: differences(rows(engine.arrow(connection, m)), rows(rollups.answer(m)), places=9)
            for m in all_measures().values()
        }
    return {name: found for name, found in compared.items() if found}


@pytest.fixture(scope="module")
def but_three_days(year: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, dict[str, pa.Table]]]:
    """The year without three days, and the rows of those days."""
    base = tmp_path_factory.mktemp("national") / "base"
    base.mkdir()
    for path in year.glob("*.parquet"):
        shutil.copy(path, base)
    days: dict[str, dict[str, pa.Table]] = {day: {} for day in DAYS}
    with duckdb.connect() as connection:
        for table, on in DAY_OF.items():
            source = f"read_parquet('{year}/{table}/*.parquet')"
            connection.execute(
                f"COPY (FROM {source} WHERE CAST({on} AS VARCHAR) NOT IN {DAYS}) TO '{base}/{table}.parquet'"
            )
            for day in DAYS:
                days[day][table] = connection.sql(f"FROM {source} WHERE {on} = '{day}'").to_arrow_table()
    return base, days


@pytest.fixture
def rollups(but_three_days: tuple[Path, dict[str, dict[str, pa.Table]]], tmp_path: Path) -> Iterator[Rollups]:
    with build(but_three_days[0], tmp_path / "rollups") as built:
        yield built


def test_rollups_answer_as_the_files_do(year: Path, tmp_path: Path) -> None:
    with build(year, tmp_path / "rollups") as rollups:
        assert unequal(year, rollups) == {}


def test_days_added_one_by_one_give_the_answers_of_the_whole_year(year: Path, but_three_days, rollups: Rollups) -> None:  # type: ignore[no-untyped-def]  # fixture
    base, days = but_three_days
    assert len(unequal(year, rollups)) >= 10, "the three days must matter, or the test proves nothing"
    for day in DAYS[:2]:
        rollups.add_day(day, days[day])
    rollups.consolidate()
    rollups.add_day(DAYS[2], days[DAYS[2]])
    assert unequal(year, rollups) == {}


def test_the_same_claims_again_are_claims_but_no_new_people(year: Path, but_three_days, rollups: Rollups) -> None:  # type: ignore[no-untyped-def]  # fixture
    day = but_three_days[1][DAYS[0]]
    rollups.add_day("first", day)
    before = {name: rows(table) for name, table in rollups.answers().items()}
    rollups.add_day("again", day)
    after = {name: rows(table) for name, table in rollups.answers().items()}
    for people in (
        "learners_by_state",
        "learners_by_quarter",
        "repeat_learners",
        "matched_change",
        "intent_by_barrier",
        "unmet_gaps",
    ):
        assert after[people] == before[people], people
    assert sum(row[3] for row in after["credits_by_profession"]) > sum(
        row[3] for row in before["credits_by_profession"]
    )


def test_rollups_outlive_the_process_that_made_them(year: Path, but_three_days, rollups: Rollups) -> None:  # type: ignore[no-untyped-def]  # fixture
    for day in DAYS:
        rollups.add_day(day, but_three_days[1][day])
    rollups.close()
    with Rollups(rollups.folder) as opened:
        assert unequal(year, opened) == {}


def test_a_batch_counts_once(but_three_days, rollups: Rollups) -> None:  # type: ignore[no-untyped-def]  # fixture
    rollups.add_day("2025-06-02", but_three_days[1]["2025-06-02"])
    before = rollups.answers()
    with pytest.raises(MeasureError, match="already counted"):
        rollups.add_day("2025-06-02", but_three_days[1]["2025-06-02"])
    assert rollups.answers() == before


def test_rows_of_an_unknown_learner_leave_everything_as_it_was(but_three_days, rollups: Rollups) -> None:  # type: ignore[no-untyped-def]  # fixture
    before = rollups.answers()
    claims = but_three_days[1]["2025-06-02"]["credits"]
    stranger = claims.slice(0, 1).set_column(
        claims.schema.get_field_index("learner_id"), "learner_id", pa.array([999_999_999], pa.int32())
    )
    with pytest.raises(MeasureError, match="learner_id 999999999 is unknown"):
        rollups.add_day("2025-06-02", {"credits": pa.concat_tables([claims, stranger])})
    assert rollups.answers() == before
    rollups.add_day("2025-06-02", {"credits": claims})  # and the day may come again, mended


def test_rollups_are_not_built_over_others(year: Path, rollups: Rollups) -> None:
    with pytest.raises(MeasureError, match="holds rollups already"):
        build(year, rollups.folder)


def test_a_folder_without_rollups_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MeasureError, match="holds no rollups"):
        Rollups(tmp_path)


def test_a_day_may_bring_the_first_claims_of_a_quarter_and_of_a_credit_type(year: Path, tmp_path: Path) -> None:
    """What the year did not have has no set yet; it gets one, and consolidating keeps it."""
    base = tmp_path / "base"
    base.mkdir()
    for path in year.glob("*.parquet"):
        shutil.copy(path, base)
    late = "claimed_on >= DATE '2025-10-01' OR credit_type = 'ACPE'"
    with duckdb.connect() as connection:
        source = f"read_parquet('{year}/credits/*.parquet')"
        connection.execute(f"COPY (FROM {source} WHERE NOT ({late})) TO '{base}/credits.parquet'")
        new = connection.sql(f"FROM {source} WHERE {late} ORDER BY claimed_on").to_arrow_table()
    for table in ("answers", "followups"):
        shutil.copytree(year / table, base / table)
    half = new.num_rows // 2
    with build(base, tmp_path / "rollups") as rollups:
        rollups.add_day("first", {"credits": new.slice(0, half)})
        rollups.consolidate()
        rollups.add_day("second", {"credits": new.slice(half)})
        assert unequal(year, rollups) == {}
        rollups.consolidate()
    with Rollups(tmp_path / "rollups") as opened:
        opened.add_day("again", {"credits": new.slice(0, half)})
        found, asked = rows(opened.answer(all_measures()["learners_by_quarter"])), all_measures()["learners_by_quarter"]
    with engine.opened(year) as connection:
        assert differences(found, rows(engine.arrow(connection, asked))) == [], "nobody is new twice"
