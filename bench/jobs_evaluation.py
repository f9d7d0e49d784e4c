"""What learners say: an evaluation submitted (J12), and the statistics over 100,000 of them (J13)."""

from __future__ import annotations

import json
import os
from pathlib import Path
from statistics import median

from bench.jobs_door import measured
from bench.jobs_lists import page_of
from bench.load import Ask, Outcome, run
from bench.machine import Server, arranged, home, postgres_pid, python, serving, with_pages
from bench.report import Figure

ROUNDS, A_ROUND = 3, 700
PRODUCT = "lifelong.project.wsgi:application"


def j12(database: str) -> list[Figure]:
    """An evaluation submitted, eight clients: promise, branches, sums and audit kept; beside bare Django writing the same number of rows.

    Two floors run in the same minute. The ratio is to the one that writes as many rows in one transaction as an evaluation has
    (done, response, its answers, their sums, audit, effect): a floor of one row says what a mark at the door can cost, not an evaluation.
    """
    with home(database) as environment:
        with_pages(environment)
        floor_environment = environment | {"PYTHONPATH": os.environ.get("PYTHONPATH", "") + ":."}
        python(floor_environment, "-m", "bench.floor_app")
        made = arranged(environment, "evaluation.py", str(ROUNDS * A_ROUND * 2))
        body = made["body"].encode()
        submits = [Ask("POST", one["path"], one["headers"], body) for one in made["asks"]]
        pairs = submits[ROUNDS * A_ROUND :]
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        single, floors, ours, opened = [], [], [], []
        with serving("bench.floor_app:application", floor_environment, also=postgres_pid()) as floor:
            with serving(PRODUCT, environment, also=postgres_pid()) as server:
                run(
                    [Ask("POST", "/mark/1/999999"), Ask("POST", "/evaluation/1/1", form, body)],
                    clients=1,
                    port=floor.port,
                )
                run([Ask("GET", made["asks"][0]["path"], made["asks"][0]["headers"])] * 16, clients=4, port=server.port)
                for turn in range(ROUNDS):
                    part = slice(turn * A_ROUND, (turn + 1) * A_ROUND)
                    marks = [Ask("POST", f"/mark/1/{turn * 10_000 + n}") for n in range(A_ROUND)]
                    single.append(measured(floor, marks, 8))
                    floors.append(
                        measured(floor, [Ask("POST", f"/evaluation/1/{n}", form, body) for n in range(A_ROUND)], 8)
                    )
                    ours.append(measured(server, submits[part], 8))
                    opened.append(_opened(server, pairs[part]))
                again, _ = measured(server, submits[:50], 8)
        counted = json.loads(python(environment, str(Path(__file__).parent / "arrange" / "evaluation_count.py")))
        _all_kept(counted, len(submits), made["lines"], again)
        for outcome, _ in (*single, *floors):
            assert set(outcome.statuses) == {201}, outcome.statuses  # a floor that fails is no floor
    rate, bare, one = (median(outcome.per_second for outcome, _ in side) for side in (ours, floors, single))
    cpu, bare_cpu, one_cpu = (median(used for _, used in side) for side in (ours, floors, single))
    both, both_cpu = median(rate for rate, _ in opened), median(used for _, used in opened)
    half, quarter = "at least 0.5 of bare Django, same rows", "at least 0.25 of bare Django, same rows"
    return [
        Figure("J12 evaluation submitted, c8", rate, "/s", bare, half, rate >= 0.5 * bare),
        Figure("    its CPU", cpu, "ms/op", bare_cpu, "at most twice the same rows", cpu <= 2 * bare_cpu),
        Figure("    beside one bare row", rate, "/s", one, "watched", True),
        Figure("    its CPU beside one bare row", cpu, "ms/op", one_cpu, "watched", True),
        Figure("    beside the reference", rate, "/s", None, "at least 550/s", rate >= 550),
        Figure("    p99", median(o.percentile(0.99) for o, _ in ours), "ms", None, "watched", True),
        Figure("J12 opened and submitted, c8", both, "/s", bare, quarter, both >= 0.25 * bare),
        Figure(
            "    its CPU", both_cpu, "ms/op", bare_cpu, "at most four times the same rows", both_cpu <= 4 * bare_cpu
        ),
        Figure("    beside the reference", both, "/s", None, "at least 250/s", both >= 250),
    ]


def _opened(server: Server, submits: list[Ask]) -> tuple[float, float]:
    """Each learner opens the form and sends it: people a second, CPU a person."""
    asks = [one for ask in submits for one in (Ask("GET", ask.path, ask.headers), ask)]
    outcome, cpu = measured(server, asks, 8)
    return outcome.per_second / 2, cpu * 2


def _all_kept(counted: dict[str, int], expected: int, lines: int, again: Outcome) -> None:
    assert counted["done"] == counted["responses"] == counted["audits"] == expected, (counted, expected)
    assert counted["answers"] == counted["summed"] == expected * lines, (counted, lines)
    assert set(again.statuses) == {302}, again.statuses  # a second time changes nothing, and says so


def j13(database: str) -> list[Figure]:
    """The statistics of 100,000 responses from kept sums, and the page around them; beside the database counting the answers anew."""
    rows = int(os.environ.get("LIFELONG_BENCH_ROWS", "100000"))
    with home(database) as environment:
        with_pages(environment)
        made = arranged(environment, "answered.py", str(rows))
        assert made["exact"], "the kept sums are not what was answered"
        with serving(PRODUCT, environment, also=postgres_pid()) as server:
            found = []
            for what, path, goal in (
                ("statistics page", made["page"], 20.0),
                ("list of activities", made["list"], 200.0),
            ):
                wall, _, cpu = page_of(server, path, made["staff"])
                found += [
                    Figure(
                        f"J13 {what}, {rows:,} responses",
                        wall,
                        "ms",
                        made["counted_ms"],
                        f"at most {goal:g} ms",
                        wall <= goal,
                    ),
                    Figure("    its CPU", cpu, "ms/op", None, f"at most {goal:g} ms", cpu <= goal),
                ]
    return [*found, Figure("    answers behind it", made["answers"], "rows", None, "all counted", True)]
