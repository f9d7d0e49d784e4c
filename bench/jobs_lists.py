"""What people look at: staff lists at 100,000 and 1,000,000 rows (J10), the learner's home (J11)."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import quote

from bench.load import Ask, run
from bench.machine import Server, arranged, home, postgres_pid, serving, with_pages
from bench.report import Figure

TIMES = 60
PRODUCT = "lifelong.project.wsgi:application"


def _milliseconds(port: int, path: str, headers: dict[str, str], times: int = TIMES) -> tuple[float, float]:
    """Median and 95th percentile of a page, one client, after a warm-up of each process."""
    run([Ask("GET", path, headers)] * 8, clients=4, port=port)
    outcome = run([Ask("GET", path, headers)] * times, clients=1, port=port)
    assert set(outcome.statuses) == {200}, (path, outcome.statuses)
    return outcome.percentile(0.5), outcome.percentile(0.95)


def page_of(server: Server, path: str, headers: dict[str, str], times: int = TIMES) -> tuple[float, float, float]:
    """Median and 95th percentile of a page in milliseconds, one client; and the CPU of one answer."""
    before = server.cpu()
    median, tail = _milliseconds(server.port, path, headers, times)
    return median, tail, (server.cpu() - before) / (times + 8) * 1000


def j10(database: str) -> list[Figure]:
    """Staff lists of 100,000 rows: first page, page 1,000 by its key, search, roster. LIFELONG_BENCH_ROWS=1000000 for the larger one."""
    rows = int(os.environ.get("LIFELONG_BENCH_ROWS", "100000"))
    with home(database) as environment:
        with_pages(environment)
        made = arranged(environment, "lists.py", str(rows))
        with serving(PRODUCT, environment, also=postgres_pid()) as server:
            return [figure for page in _pages(made) for figure in _list(server, made, rows, *page)]


def _pages(made: dict[str, Any]) -> list[tuple[str, str, float]]:
    activities, roster = "/office/bench/planning/", f"/office/bench/delivery/session/{made['session']}/"
    return [
        ("activities, first page", activities, 8),
        ("activities, page 1,000", f"{activities}?after={made['number_far']}", 8),
        ("activities, search", f"{activities}?q={quote(made['title'])}", 15),
        ("roster, first page", roster, 12),
        ("roster, page 1,000", f"{roster}?after={quote(made['roster_after'])}", 12),
        ("roster, search by name", f"{roster}?q={made['search']}", 15),
    ]


def _list(server: Server, made: dict[str, Any], rows: int, what: str, path: str, goal: float) -> list[Figure]:
    median, _, cpu = page_of(server, path, made["staff"])
    return [
        Figure(f"J10 {what}, {rows:,} rows", median, "ms", None, f"at most {goal:g} ms", median <= goal),
        Figure("    its CPU", cpu, "ms/op", None, f"at most {goal:g} ms", cpu <= goal),
    ]


def j11(database: str) -> list[Figure]:
    """A learner's home: what waits and the year so far, on the server."""
    with home(database) as environment:
        with_pages(environment)
        made = arranged(environment, "lists.py", "2000")
        with serving(PRODUCT, environment, also=postgres_pid()) as server:
            median, tail = _milliseconds(server.port, "/me/", made["learner"], 200)
            before = server.cpu()
            outcome = run([Ask("GET", "/me/", made["learner"])] * 400, clients=8, port=server.port)
            cpu = (server.cpu() - before) / 400 * 1000
    return [
        Figure("J11 learner home, p50", median, "ms", None, "at most 7 ms", median <= 7),
        Figure("J11 learner home, p95", tail, "ms", None, "watched", True),
        Figure(
            "J11 learner home, c8",
            outcome.per_second,
            "/s",
            None,
            "at least 250/s on two idle cores",
            outcome.per_second >= 250,
        ),
        Figure("J11 CPU", cpu, "ms/op", None, "at most 8 ms (250/s on two cores)", cpu <= 8),
    ]
