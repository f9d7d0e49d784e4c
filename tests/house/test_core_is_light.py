"""The core starts without the statistics packages: they are an extra."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.files_only
@pytest.mark.slow  # loads the whole product in a fresh process
def test_every_page_loads_without_the_extras(tmp_path: Path) -> None:
    script = """
import sys
import django
django.setup()
from django.urls import get_resolver
get_resolver().url_patterns
import lifelong.loop.demo.load, lifelong.entrypoints.jobs.worker
print(sorted({m.split('.')[0] for m in sys.modules} & {'numpy','scipy','pandas','statsmodels','duckdb','pyarrow','sqlglot','docx','polars'}))
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "LIFELONG_HOME": str(tmp_path), "DJANGO_SETTINGS_MODULE": "lifelong.project.settings", "PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
