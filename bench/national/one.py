"""python -m bench.national.one ENGINE YEAR ANSWERS: one engine in a process of its own, so that its memory is its own.

Prints one JSON line a question; writes the answers beside. The peers run as the reference bench asks them.
"""

from __future__ import annotations

import gc
import importlib.util
import json
import os
import pickle
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from bench.national.year import SHARED, split
from lifelong.analytics import engine, rollups
from lifelong.analytics.measure import all_measures

Rows = list[tuple[Any, ...]]
Question = Callable[[], pa.Table]
WARM_RUNS = 7


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def timed(work: Callable[[], Any]) -> tuple[dict[str, float], Any]:
    gc.collect()
    wall, used = time.perf_counter(), cpu()
    result = work()
    return {"seconds": time.perf_counter() - wall, "cpu": cpu() - used, "peak_mb": peak_mb()}, result


def rows(table: pa.Table) -> Rows:
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


def peers(name: str, year: Path) -> dict[str, Question]:
    """A peer's twelve questions, from the reference bench."""
    described = importlib.util.spec_from_file_location("bench_national", SHARED / "bench_national.py")
    assert described and described.loader
    module = importlib.util.module_from_spec(described)
    described.loader.exec_module(module)
    asked: dict[str, Question] = {
        "duckdb": module.duck,
        "polars": module.pol,
        "pandas": module.pan,
        "scan": module.scan,
    }[name](str(year))
    return {question: ask for question, ask in asked.items() if question != "ALL"}


def cold(name: str, year: Path, answers: Path) -> None:
    """Ask one engine all questions over one connection; nothing is kept from one question to the next."""
    if name != "ours":
        ask_all(name, peers(name, year), answers)
        return
    with engine.opened(year) as connection:
        asked = {f"Q{n}": partial(engine.arrow, connection, one) for n, one in enumerate(all_measures().values(), 1)}
        ask_all(name, asked, answers)


def ask_all(name: str, asked: Mapping[str, Question], answers: Path) -> None:
    for question, ask in asked.items():
        figures, table = timed(ask)
        print(json.dumps({"engine": name, "question": question, **figures}), flush=True)
        if name != "scan":
            if name == "pandas" and question == "Q9":
                table = table.select([0, 1, *range(3, table.num_columns), 2])  # there the mean comes before the bins
            (answers / f"{name}-{question}.pickle").write_bytes(pickle.dumps(rows(table)))


def once(year: Path, answers: Path) -> None:
    """Ours when all twelve are asked: rollups built from the files as they lie, then the answers."""

    def load_and_answer() -> dict[str, pa.Table]:
        with rollups.build(year, Path(temporary) / "rollups") as kept:
            return kept.answers()

    all_measures()
    with tempfile.TemporaryDirectory(prefix="lifelong-national-", dir=answers) as temporary:
        figures, tables = timed(load_and_answer)
    print(json.dumps({"engine": "once", "question": "all", **figures}), flush=True)
    for number, table in enumerate(tables.values(), 1):
        (answers / f"once-Q{number}.pickle").write_bytes(pickle.dumps(rows(table)))


def warm(year: Path, answers: Path, days: list[str]) -> None:
    """Rollups of the year without some days, then those days as one batch, then all twelve questions."""
    with tempfile.TemporaryDirectory(prefix="lifelong-national-", dir=answers) as temporary:
        base = Path(temporary) / "base"
        batch = split(year, base, days)
        before = peak_mb()
        figures, kept = timed(lambda: rollups.build(base, Path(temporary) / "rollups"))
        print(json.dumps({"engine": "rollups", "question": "build", **figures, "peak_before_mb": before}), flush=True)
        with kept:
            figures, _ = timed(lambda: kept.add_day("bench", batch))
            print(
                json.dumps({"engine": "rollups", "question": "add", "rows": batch["credits"].num_rows, **figures}),
                flush=True,
            )
            runs = [timed(kept.answers) for _ in range(WARM_RUNS)]
            middle = {key: statistics.median(run[0][key] for run in runs) for key in runs[0][0]}
            print(
                json.dumps({"engine": "rollups", "question": "warm", "first": runs[0][0]["seconds"], **middle}),
                flush=True,
            )
            for number, table in enumerate(runs[-1][1].values(), 1):
                (answers / f"rollups-Q{number}.pickle").write_bytes(pickle.dumps(rows(table)))


if __name__ == "__main__":
    os.environ.setdefault("POLARS_MAX_THREADS", "2")
    name, place, into = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    if name == "rollups":
        warm(place, into, sys.argv[4:])
    elif name == "once":
        once(place, into)
    else:
        cold(name, place, into)
