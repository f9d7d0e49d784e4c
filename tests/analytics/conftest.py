"""A thousandth of the national year, generated once: 60,000 claims, 20,000 answers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(os.environ.get("LIFELONG_SHARED") or Path(__file__).parents[2].parent / "shared") / "bench"


@pytest.fixture(scope="session")
def year(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("national") / "year"
    generator = BENCH / "gen_national.py"
    command = [sys.executable, str(generator), str(folder), "--credits", "60000", "--answers", "20000", "--jobs", "1"]
    subprocess.run(command, check=True, capture_output=True)
    return folder
