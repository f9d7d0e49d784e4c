"""The door: attendance by code or kiosk (J1), proof of who one is (J3), claims at once."""

from __future__ import annotations

import json
import os
from pathlib import Path
from statistics import median

from bench.load import Ask, Outcome, run
from bench.machine import Server, arranged, home, postgres_pid, python, serving
from bench.report import Figure

PEOPLE = 2_000


def measured(server: Server, asks: list[Ask], clients: int) -> tuple[Outcome, float]:
    before = server.cpu()
    outcome = run(
        asks, clients=clients, port=server.port, seconds=600
    )  # a crowded machine is slow, and all must be counted
    return outcome, (server.cpu() - before) / max(1, len(outcome.latencies)) * 1000


def j1(database: str) -> list[Figure]:
    """Mark 2,000 people present, eight clients: window, registration, duplicate and audit checked; beside a bare Django insert."""
    with home(database) as environment:
        floor_environment = environment | {"PYTHONPATH": os.environ.get("PYTHONPATH", "") + ":."}
        python(floor_environment, "-m", "bench.floor_app")
        made = arranged(environment, "door.py")
        token, people = made["token"], list(made["people"])  # type: ignore[call-overload]
        ours: list[tuple[Outcome, float]] = []
        floors: list[tuple[Outcome, float]] = []
        with serving("bench.floor_app:application", floor_environment, also=postgres_pid()) as floor:
            with serving("lifelong.project.wsgi:application", environment, also=postgres_pid()) as server:
                run([Ask("POST", "/mark/1/999999")], clients=1, port=floor.port)
                run([Ask("POST", "/api/attendance/0", body=b"{}")] * 16, clients=4, port=server.port)
                for turn, session in enumerate(list(made["sessions"])):  # type: ignore[call-overload]
                    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
                    asks = [
                        Ask("POST", f"/api/attendance/{session}", headers, json.dumps({"person": p}).encode())
                        for p in people
                    ]
                    floors.append(
                        measured(floor, [Ask("POST", f"/mark/1/{turn * 10_000 + n}") for n in range(PEOPLE)], 8)
                    )
                    ours.append(measured(server, asks, 8))
                    again, _ = measured(server, asks[:50], 8)
                    assert again.statuses == {201: 50}, again.statuses
        counted = json.loads(python(environment, str(Path(__file__).parent / "arrange" / "count.py")))
        expected = PEOPLE * len(ours)
        assert counted["attendances"] == counted["audits"] == expected, (counted, expected)
    rate, bare_rate = (median(outcome.per_second for outcome, _ in side) for side in (ours, floors))
    cpu, bare_cpu = (median(used for _, used in side) for side in (ours, floors))
    tail, bare_tail = (median(outcome.percentile(0.99) for outcome, _ in side) for side in (ours, floors))
    return [
        Figure("J1 attendance, c8", rate, "/s", bare_rate, "at least 0.6 of the bare insert", rate >= 0.6 * bare_rate),
        Figure("J1 CPU", cpu, "ms/op", bare_cpu, "at most 2.5 ms", cpu <= 2.5),
        Figure("J1 p99", tail, "ms", bare_tail, "at most 25 ms", tail <= 25),
    ]


def claims(database: str) -> list[Figure]:
    """Fifty learners claim at once, through the pages, with CSRF and session."""
    with home(database) as environment:
        made = arranged(environment, "claims.py")
        asks = [Ask("POST", c["path"], c["headers"], c["body"].encode()) for c in made["asks"]]  # type: ignore[attr-defined]
        with serving("lifelong.project.wsgi:application", environment, also=postgres_pid()) as server:
            run([Ask("GET", "/")] * 8, clients=4, port=server.port)
            outcome, cpu = measured(server, asks, 50)
        counted = json.loads(python(environment, str(Path(__file__).parent / "arrange" / "count.py")))
        assert counted["awards"] == len(asks), (counted["awards"], len(asks), outcome.statuses)
    return [
        Figure(
            "claims, c50",
            outcome.per_second,
            "/s",
            None,
            "every accepted claim once",
            outcome.statuses.get(302, 0) == len(asks),
        ),
        Figure("claims CPU", cpu, "ms/op", None, "no password on this path", cpu < 40),
    ]


def j3(database: str) -> list[Figure]:
    """A learner proves who they are by the code from their mail; no password is hashed."""
    with home(database) as environment:
        made = arranged(environment, "sign_in.py")
        asks = [Ask("POST", c["path"], c["headers"], c["body"].encode()) for c in made["asks"]]  # type: ignore[attr-defined]
        with serving("lifelong.project.wsgi:application", environment, also=postgres_pid()) as server:
            run([Ask("GET", "/")] * 8, clients=4, port=server.port)
            outcome, cpu = measured(server, asks, 8)
        counted = json.loads(python(environment, str(Path(__file__).parent / "arrange" / "count.py")))
        assert counted["signed_in"] == len(asks), (counted["signed_in"], outcome.statuses)
        password = float(str(made["password_ms"]))
    return [
        Figure(
            "J3 sign-in by code, CPU",
            cpu,
            "ms/op",
            password,
            "at most 5 ms (floor: one password check)",
            cpu <= 5 and outcome.statuses.get(302, 0) == len(asks),
        )
    ]
