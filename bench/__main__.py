"""python -m bench [JOB ...]: run benchmarks; `make bench JOBS="J1 J8"` for some. Each job runs alone."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module

from bench.machine import fresh_database
from bench.report import Figure

# job -> (module, function, whether it runs on PostgreSQL too)
JOBS: dict[str, tuple[str, str, bool]] = {
    "J1": ("bench.jobs_door", "j1", True),
    "J3": ("bench.jobs_door", "j3", True),
    "claims": ("bench.jobs_door", "claims", True),
    "J8": ("bench.jobs_paper", "j8", False),
    "J10": ("bench.jobs_lists", "j10", True),
    "J11": ("bench.jobs_lists", "j11", True),
    "J12": ("bench.jobs_evaluation", "j12", True),
    "J13": ("bench.jobs_evaluation", "j13", True),
    "nation": ("bench.jobs_nation", "nation", False),
    "J14": ("bench.national.job", "j14", False),
    "J15": ("bench.jobs_start", "j15", False),
    "import": ("bench.jobs_paper", "measures_import", False),
}


def main(chosen: list[str]) -> int:
    unknown = [name for name in chosen if name not in JOBS]
    if unknown:
        print(f"There is no job {', '.join(unknown)}. Jobs: {', '.join(JOBS)}.")
        return 2
    missed = 0
    for name in chosen or JOBS:
        module, function, on_postgres = JOBS[name]
        if on_postgres and "LIFELONG_PG_DATA" not in os.environ:
            _print(name, "SQLite", import_module(module), function, "")
            command = [sys.executable, "tests/with_postgres.py", sys.executable, "-m", "bench", name]
            subprocess.call(command, env={**os.environ, "LIFELONG_PG_FSYNC": "on"})
            continue
        missed += _print(
            name,
            "PostgreSQL" if on_postgres else "",
            import_module(module),
            function,
            os.environ.get("LIFELONG_DATABASE", ""),
        )
    return 0


def _print(name: str, where: str, module: object, function: str, database: str) -> int:
    job: Callable[[str], list[Figure]] = getattr(module, function)
    if database:
        fresh_database(database, "floor")
        database = fresh_database(database, f"bench_{name.lower()}")
    print(f"\n{name} {where}: {(job.__doc__ or '').strip()}", flush=True)
    figures = job(database)
    for figure in figures:
        print("  " + figure.line(), flush=True)
    return sum(not figure.met for figure in figures)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
