"""The generated year, and the same year without its last days."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pyarrow as pa

SHARED = Path(os.environ.get("LIFELONG_SHARED") or Path(__file__).parents[2].parent / "shared") / "bench"
CLAIMS, ANSWERS = 60_000_000, 20_000_000  # of the whole year
DAY_OF = {"credits": "claimed_on", "answers": "answered_on", "followups": "sent_on"}


def generate(folder: Path, scale: float, jobs: int = 2) -> str:
    """Write a year of `scale` times the nation; returns the generator's own summary."""
    command = [
        sys.executable, str(SHARED / "gen_national.py"), str(folder), "--jobs", str(jobs),
        "--credits", str(int(CLAIMS * scale)), "--answers", str(int(ANSWERS * scale)),
    ]  # fmt: skip
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def days_of(scale: float) -> list[str]:
    """As many days of October as bring together what one day brings at full size: 165,000 claims (a tenth: ten days)."""
    return [f"2025-10-{day + 6:02d}" for day in range(min(10, max(1, round(1 / scale))))]


def split(year: Path, base: Path, days: list[str]) -> dict[str, pa.Table]:
    """Write the year without `days` to `base`; returns the rows of those days by table."""
    base.mkdir(parents=True)
    for path in year.glob("*.parquet"):
        shutil.copy(path, base)
    chosen = ", ".join(f"DATE '{day}'" for day in days)
    rows = {}
    with duckdb.connect(config={"threads": 2, "memory_limit": "2GB"}) as connection:
        for table, on in DAY_OF.items():
            source = f"read_parquet('{year}/{table}/*.parquet')"
            connection.execute(f"COPY (FROM {source} WHERE {on} NOT IN ({chosen})) TO '{base}/{table}.parquet'")
            rows[table] = connection.sql(f"FROM {source} WHERE {on} IN ({chosen})").to_arrow_table()
    return rows
