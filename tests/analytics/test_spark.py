"""The same files on a cluster: transpiled, and with equal answers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lifelong.analytics import engine, spark
from lifelong.analytics.compare import differences
from lifelong.analytics.measure import all_measures

pytestmark = pytest.mark.files_only


def test_sets_of_bits_become_sets_of_numbers() -> None:
    measures = all_measures()
    assert "IN (SELECT CAST(learner_id AS INT) FROM credits WHERE completed)" in spark.transpile(
        measures["learners_by_state"]
    )
    by_quarter = spark.transpile(measures["learners_by_quarter"])
    assert "COLLECT_SET" in by_quarter and "bit" not in by_quarter.lower()


@pytest.fixture(scope="module")
def cluster(year: Path) -> Iterator[object]:
    with spark.session(year) as started:
        yield started


@pytest.mark.slow  # two executors start in processes of their own: 15 s
@pytest.mark.parametrize("name", all_measures())
def test_a_cluster_of_two_gives_the_answers_of_the_embedded_engine(year: Path, cluster, name: str) -> None:  # type: ignore[no-untyped-def]  # fixture
    measure = all_measures()[name]
    with engine.opened(year) as connection:
        here = engine.answer(connection, measure).rows
    there = spark.answer(cluster, measure).rows
    assert len(here) > 0
    assert differences(here, there, places=6) == []
