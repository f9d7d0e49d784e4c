"""`outcomes analyse` as a statistician's script meets it: an answer or one refusal, nothing else on the streams."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src"
PLAN = """title = "Two groups of clinics"
method = "difference_in_differences"
data = "clinics.csv"
primary_outcome = "did"
fixed_at = 2026-09-01
[columns]
outcome = "rate"
treated = "trained"
after = "after"
unit = "clinic"
[options]
draws = 99
"""


def analysed(folder: Path, spread: float, *words: str) -> subprocess.CompletedProcess[str]:
    rows = [
        f"c{i},{i % 2},{t},{10 + 2 * (i % 2) * t + spread * (i * i % 7) * (1 + t)}" for i in range(24) for t in (0, 1)
    ]
    (folder / "clinics.csv").write_text("clinic,trained,after,rate\n" + "\n".join(rows) + "\n")
    (folder / "plan.toml").write_text(PLAN)
    command = [sys.executable, "-m", "lifelong", "outcomes", "analyse", str(folder / "plan.toml"), "--json", *words]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(SOURCE)}
    )


@pytest.mark.slow  # starts the command in its own process, as a script does
@pytest.mark.files_only
def test_an_answer_says_whether_the_plan_is_older_than_the_data(tmp_path: Path) -> None:
    done = analysed(tmp_path, 0.1, "--received", "2026-10-01")
    found = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert found["plan"]["fixed_before_data"] is True
    assert len(found["plan"]["sha256"]) == len(found["data"]["sha256"]) == 64 and found["versions"]["statsmodels"]


@pytest.mark.slow  # starts the command in its own process, as a script does
@pytest.mark.files_only
def test_a_difference_without_error_is_one_refusal_and_no_trace(tmp_path: Path) -> None:
    done = analysed(tmp_path, 0.0)
    found = json.loads(done.stderr)
    assert (done.returncode, done.stdout, found["code"]) == (2, "", "did.no_error")
    assert found["next_step"] and found["field"] == "columns.outcome"
