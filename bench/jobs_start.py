"""From a clone to a page (J15): first start, second start, memory, size of what is installed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from bench.load import Ask, run
from bench.machine import ROOT, descendants, free_port, memory_mb
from bench.report import Figure


def j15(_: str) -> list[Figure]:
    """Clean clone to first page with ./lifelong; second start; memory of two web processes and the worker; core packages."""
    with tempfile.TemporaryDirectory(prefix="lifelong-clone-") as folder:
        clone = Path(folder) / "lifelong"
        subprocess.run(["git", "clone", "-q", "--no-hardlinks", str(ROOT), str(clone)], check=True)
        with _started(clone, 600) as (seconds, _port, _pid):
            first = seconds
        with _started(clone, 60) as (seconds, port, pid):
            second = seconds
            web, jobs = _halves(pid)
            idle = memory_mb(web)
            run([Ask("GET", path) for path in ("/", "/health/", "/account/login/") * 100], clients=8, port=port)
            loaded, beside = memory_mb(web), memory_mb(jobs)
        python = clone / ".venv/bin/python"
        listed = subprocess.run(
            [python, "-m", "pip", "list", "--format=freeze"], capture_output=True, text=True, check=False
        ).stdout
        packages = [line for line in listed.splitlines() if not line.startswith(("pip=", "setuptools="))]
        size = sum(file.stat().st_size for file in (clone / ".venv/lib").rglob("*") if file.is_file()) / 1e6
    return [
        Figure(
            "J15 clone to first page, with the demo year",
            first,
            "s",
            None,
            "at most 60 s, packages downloaded",
            first <= 60,
        ),
        Figure("J15 second start", second, "s", None, "at most 3 s", second <= 3),
        Figure("J15 memory of the web processes, idle", idle, "MB", None, "at most 110 MB", idle <= 110),
        Figure("J15 the same after 300 pages", loaded, "MB", None, "at most 160 MB", loaded <= 160),
        Figure("J15 memory of the job worker", beside, "MB", None, "watched", True),
        Figure("J15 core packages", len(packages), "", None, "at most 25", len(packages) <= 25),
        Figure("J15 installed size", size, "MB", None, "at most 90 MB", size <= 90),
    ]


def _halves(pid: int) -> tuple[int, int]:
    """Process ids of the web server and of the job worker below `lifelong run`."""
    web = jobs = 0
    for one in descendants(pid)[1:]:
        line = Path(f"/proc/{one}/cmdline").read_bytes()
        jobs = one if b"worker\0" in line and b"granian" not in line else jobs
        web = web or (one if b"granian" in line else 0)
    return web, jobs


@contextmanager
def _started(clone: Path, patience: float) -> Iterator[tuple[float, int, int]]:
    """`./lifelong run` until its first page answers: seconds, port, process id. Ends the process group it made."""
    port = free_port()
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("LIFELONG_", "DJANGO_", "PYTHONPATH"))
    }
    began = time.perf_counter()
    kept["LIFELONG_ANALYSIS"] = "off"  # the core alone is measured; statistics follow in the background
    with (clone.parent / "server.log").open("ab") as log:
        process = subprocess.Popen(
            ["./lifelong", "run", "--port", str(port)],
            cwd=clone,
            env={**kept, "PYTHON": sys.executable},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        while True:
            try:
                with urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
                    assert answer.status == 200
                break
            except (URLError, OSError):
                if process.poll() is not None or time.perf_counter() - began > patience:
                    raise SystemExit((clone.parent / "server.log").read_text()[-2_000:]) from None
                time.sleep(0.02)
        yield time.perf_counter() - began, port, process.pid
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)
