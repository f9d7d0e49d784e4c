"""Nothing acknowledged is lost or doubled, whatever is killed. The run itself is `bench/kill.py`; a failure names its seed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def under_fire(*, kills: int, acks: int, seed: int) -> dict[str, object]:
    """Run the product, kill parts of it, and read what was found. On the database the suite runs on."""
    database = "postgres" if os.environ.get("LIFELONG_PG_DATA") else "sqlite"
    command = [sys.executable, "-m", "bench.kill", "--db", database, "--kills", str(kills), "--acks", str(acks)]
    done = subprocess.run([*command, "--seed", str(seed)], cwd=ROOT, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout[-3_000:] + done.stderr[-3_000:]
    found: dict[str, object] = json.loads(done.stdout[: done.stdout.rindex("}") + 1])
    return found


@pytest.mark.slow  # twenty kills and restarts of a real server
def test_acknowledged_attendance_and_credit_survive_twenty_kills_once_each() -> None:
    found = under_fire(kills=20, acks=1_500, seed=20_261_122)
    kills = found["kills"]
    assert isinstance(kills, dict)
    assert sum(kills.values()) == 20
    assert all(kills.values()), "each kind of process was killed at least once"
    assert (found["lost"], found["doubled"], found["effects_waiting"]) == (0, 0, 0)
    assert found["acknowledged"] == found["attendances"] + found["awards"] + found["repeats"]  # type: ignore[operator]
    assert found["ledger_holds"]
