"""The same measures on a Spark cluster: the SQL is transpiled, the answers are equal.

Sets kept as bits are an advantage of the embedded engine; for Spark they become what they mean, sets of numbers. Needs Java 17 and
the extra `cluster`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import sqlglot
from sqlglot import exp

from lifelong.analytics.engine import TABLES, Answer, expect
from lifelong.analytics.measure import MeasureFile

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


def transpile(measure: MeasureFile) -> str:
    """The measure in the dialect of Spark."""
    tree = sqlglot.parse_one(measure.sql, read="duckdb")
    for cte in tree.find_all(exp.CTE):
        cte.set("materialized", None)  # a hint of the embedded engine's
    tree = tree.transform(_members).transform(_sets)
    sql: str = tree.sql(dialect="spark", comments=False)
    return sql


def _members(node: exp.Expression) -> exp.Expression:
    """`get_bit((SELECT bitstring_agg(x, ...) FROM t), y) = 1` asks whether y is in the set: `y IN (SELECT x FROM t)`."""
    if isinstance(node, exp.EQ) and _named(node.this, "get_bit"):
        subquery, member = _arguments(node.this)
        query = subquery.this.copy()
        (chosen,) = query.expressions
        query.set("expressions", [_arguments(chosen)[0]])
        return exp.In(this=member.copy(), query=exp.Subquery(this=query))
    return node


def _sets(node: exp.Expression) -> exp.Expression:
    if _named(node, "bitstring_agg"):
        return exp.func("collect_set", _arguments(node)[0].copy())
    if _named(node, "bit_count"):
        (union,) = _arguments(node)
        sets = exp.func("collect_list", _arguments(union)[0].copy())
        return exp.Anonymous(
            this="size", expressions=[exp.Anonymous(this="array_distinct", expressions=[exp.func("flatten", sets)])]
        )
    return node


def _named(node: exp.Expression, name: str) -> bool:
    called = node.name if isinstance(node, exp.Anonymous) else node.sql_name() if isinstance(node, exp.Func) else ""
    return called.lower().replace("_", "") == name.replace("_", "")  # the parser knows get_bit as GETBIT


def _arguments(node: exp.Expression) -> list[exp.Expression]:
    if isinstance(node, exp.Anonymous):
        return list(node.expressions)
    return [part for part in (node.this, node.args.get("expression"), *node.expressions) if part is not None]


@contextmanager
def session(folder: Path, *, master: str = "local-cluster[2,1,2048]", memory: str = "1g") -> Iterator[SparkSession]:
    """A Spark session with one view for each table of `folder`. The default starts two executors in processes of their own."""
    from pyspark.sql import SparkSession  # noqa: PLC0415 - an extra: only who asks for a cluster needs it

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.master(master).appName("lifelong measures")
    for key, value in {
        "spark.executor.memory": memory,
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "4",
        "spark.sql.session.timeZone": "UTC",
    }.items():
        builder = builder.config(key, value)
    started = builder.getOrCreate()
    try:
        for table in TABLES:
            place = folder / table if (folder / table).is_dir() else folder / f"{table}.parquet"
            if place.exists():
                started.read.parquet(str(place)).createOrReplaceTempView(table)
        yield started
    finally:
        started.stop()


def answer(started: SparkSession, measure: MeasureFile) -> Answer:
    """Ask one measure on the cluster. Raises MeasureError where the answer has other columns than the file promises."""
    frame = started.sql(transpile(measure))
    expect(measure, frame.columns)
    return Answer(measure, tuple(frame.columns), tuple(tuple(row) for row in frame.collect()))
