"""A new database is made at once from the models; it is the same as one that went through every migration."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = """
import django, sys, re
django.setup()
from django.db import connection
if sys.argv[1] == "steps":
    from django.core.management import call_command
    call_command("migrate", verbosity=0)
else:
    from lifelong.entrypoints.database import bring_up
    assert bring_up() and not bring_up()
with connection.cursor() as cursor:
    cursor.execute("SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name")
    for kind, name, sql in cursor.fetchall():
        if kind == "table":
            columns = sorted(part.strip() for part in re.split(r",(?![^(]*\\))", sql[sql.index("(") + 1 : -1]))
            print(kind, name, columns)
        elif kind == "trigger":
            print(kind, name)
"""


@pytest.mark.files_only
@pytest.mark.slow  # the history of all packages takes some seconds
def test_both_ways_end_in_the_same_tables(tmp_path: Path) -> None:
    answers = []
    for way in ("steps", "at_once"):
        environment = {
            **os.environ,
            "LIFELONG_HOME": str(tmp_path / way),
            "LIFELONG_DATABASE": "",
            "DJANGO_SETTINGS_MODULE": "lifelong.project.settings",
            "PYTHONPATH": str(ROOT / "src"),
        }
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, way], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr[-2000:]
        answers.append(done.stdout)
    steps, at_once = (set(answer.splitlines()) for answer in answers)
    assert steps == at_once
