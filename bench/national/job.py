"""J14 as a job of `make bench`: a tenth of the national year."""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench.national.__main__ import ENGINES, judge, measure, report
from bench.national.year import generate
from bench.report import Figure

SCALE = 0.1


def j14(database: str) -> list[Figure]:
    """The twelve questions on a tenth of the national year, beside pandas, polars and bare DuckDB; all answers compared."""
    with tempfile.TemporaryDirectory(prefix="lifelong-national-") as folder:
        year = Path(folder) / "year"
        print(generate(year, SCALE), flush=True)
        figures, wrong = measure(year, Path(folder), SCALE, ENGINES)
    report(figures, wrong)
    return [*judge(figures), Figure("answers that differ", len(wrong), "", None, "none", not wrong)]
