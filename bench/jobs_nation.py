"""The mission pages where one program holds a share of a nation's year: where figures are kept by a job, and a small year beside it that is counted live."""

from __future__ import annotations

import json
import os
from typing import Any

from bench.jobs_lists import page_of
from bench.machine import ROOT, home, postgres_pid, python, serving, with_pages
from bench.report import Figure

GOAL = 200.0
SMALL, LARGE = 0.0003, float(os.environ.get("LIFELONG_BENCH_SHARE", "0.02"))
TIMES = 12  # of each page: some count millions of rows


def nation(database: str) -> list[Figure]:
    """Mission pages at a share of the nation (LIFELONG_BENCH_SHARE, 1: 60 million attendances), beside the same pages of a small year, which is counted live."""
    few, many = (_timed(database, share) for share in (SMALL, LARGE))
    found = []
    for what, (wall, cpu) in many["pages"].items():
        floor = few["pages"][what][1]
        found.append(Figure(what, cpu, "ms/op", floor, f"at most {GOAL:g} ms", cpu <= GOAL))
        found.append(Figure("    on the wall", wall, "ms", None, f"at most {GOAL:g} ms", wall <= GOAL))
    for what, key in (
        ("the year measured once, by the hourly job", "measured_s"),
        ("its other figures counted once", "counted_s"),
    ):
        found.append(Figure(what, many[key], "s", few[key], "watched", True))
    longest = many["longest_write_s"]
    found.append(
        Figure("the longest of its writes", longest * 1000, "ms", None, f"at most {GOAL:g} ms", longest * 1000 <= GOAL)
    )
    found.append(Figure("attendances behind it", many["rows"]["Attendance"], "rows", None, "all counted", True))
    return found


def _timed(database: str, share: float) -> dict[str, Any]:
    with home(database) as environment:
        with_pages(environment)
        python(environment, "-m", "lifelong", "profile", "load", "--all")
        made: dict[str, Any] = json.loads(python(environment, str(ROOT / "bench/arrange/nation.py"), str(share)))
        with serving("lifelong.project.wsgi:application", environment, also=postgres_pid()) as server:
            pages = {what: page_of(server, path, made["staff"], TIMES) for what, path in made["pages"].items()}
    made["pages"] = {what: (wall, cpu) for what, (wall, _, cpu) in pages.items()}
    return made
