"""Servers under test: a PostgreSQL that syncs, the product, the bare framework; and the CPU that their processes used."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

ROOT = Path(__file__).parents[1]
TICKS = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def descendants(pid: int) -> list[int]:
    """`pid` and all processes below it."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except OSError:
                continue
            parents.setdefault(parent, []).append(int(entry.name))
    found, todo = [], [pid]
    while todo:
        one = todo.pop()
        found.append(one)
        todo += parents.get(one, [])
    return found


def cpu_seconds(pids: list[int]) -> float:
    """CPU used so far by these processes, their living descendants and their ended children."""
    total = 0
    for pid in {child for root in pids for child in descendants(root)}:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        total += sum(int(fields[position]) for position in (11, 12, 13, 14))
    return total / TICKS


def memory_mb(pid: int) -> float:
    """Proportional memory of a process tree."""
    total = 0
    for one in descendants(pid):
        try:
            lines = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


@dataclass
class Server:
    process: subprocess.Popen[bytes]
    port: int
    also: list[int] = field(default_factory=list)  # processes whose CPU counts too: the database

    def cpu(self) -> float:
        return cpu_seconds([self.process.pid, *self.also])


@contextmanager
def serving(
    application: str, environment: dict[str, str], *, path: str = "/", workers: int = 2, also: list[int] | None = None
) -> Iterator[Server]:
    """Granian with a WSGI application, ready to answer."""
    port = free_port()
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--workers", str(workers),
        "--blocking-threads", "4", "--log-level", "error", "--no-ws", application,
    ]  # fmt: skip
    with Path(environment["LIFELONG_HOME"], "server.log").open("ab") as log:
        process = subprocess.Popen(command, env={**os.environ, **environment}, cwd=ROOT, stdout=log, stderr=log)
    try:
        wait_for(port)
        yield Server(process, port, also or [])
    finally:
        process.terminate()
        process.wait(20)


def wait_for(port: int, seconds: float = 30.0) -> None:
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        try:
            with socket.create_connection(("127.0.0.1", port), 1):
                return
        except OSError:
            time.sleep(0.05)
    raise SystemExit(f"nothing answers on port {port}")


@contextmanager
def home(database: str = "") -> Iterator[dict[str, str]]:
    """The environment of a fresh, migrated installation in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="lifelong-bench-") as folder:
        environment = {
            "LIFELONG_HOME": folder, "LIFELONG_DATABASE": database, "LIFELONG_SMS_KEY": "bench", "DJANGO_SETTINGS_MODULE": "lifelong.project.settings",
            "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", "LIFELONG_LOG": "CRITICAL",
        }  # fmt: skip
        (Path(folder) / "static").mkdir()
        python(environment, "-m", "lifelong", "migrate")
        yield environment


def python(environment: dict[str, str], *arguments: str, given: str = "") -> str:
    """Run Python against an installation (`given` on its standard input); returns what it printed."""
    done = subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        input=given,
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(arguments)} failed:\n{done.stderr[-2_000:]}")
    return done.stdout


def with_pages(environment: dict[str, str]) -> None:
    """Collect style sheets and pictures, which pages name by their hashes."""
    python(environment, "-m", "lifelong.project.manage", "collectstatic", "--no-input", "--verbosity", "0")


def arranged(environment: dict[str, str], script: str, *arguments: str) -> dict[str, Any]:
    """Run a script of `bench/arrange` inside an installation; it prints one JSON object."""
    return json.loads(python(environment, str(ROOT / "bench/arrange" / script), *arguments))  # type: ignore[no-any-return]


def postgres_pid() -> list[int]:
    """The postmaster started around this run, if any."""
    data = os.environ.get("LIFELONG_PG_DATA")
    return [int((Path(data) / "postmaster.pid").read_text().split()[0])] if data else []


def fresh_database(url: str, name: str) -> str:
    """An empty database of that name on the server of `url`; returns its address."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name}")
    return url.rsplit("/", 1)[0] + "/" + name
