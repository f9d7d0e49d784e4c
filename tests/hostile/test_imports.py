"""Files that mean harm, and imports that die half-way: all or nothing (A21, A29)."""

from __future__ import annotations

import gzip
import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from cast import Cast
from lifelong.kernel.problems import Problem
from lifelong.loop.needs.actions import import_measures
from lifelong.loop.needs.models import Measure, MeasurePoint

HEAD = b"measure_id,place,period_start,period_end,numerator,denominator\n"
LINE = b"SEP-1,Example Hospital,2026-01-01,2026-03-31,54,100\n"


def rows_of_everything() -> dict[str, int]:
    """How many rows each table of the record has."""
    models = [model for model in apps.get_models() if model._meta.app_label in ("lifelong", "kernel")]
    return {model._meta.label: model._default_manager.count() for model in models}


def take(cast: Cast, content: bytes, name: str = "own.csv") -> Any:
    return import_measures(cast.actor("director"), cast.home, file=io.BytesIO(content), filename=name)


REFUSED = {
    "empty": b"",
    "only a head": HEAD,
    "nul bytes": b"\x00" * 4_000,
    "no columns we know": b"a,b,c\n1,2,3\n",
    "the same column twice": b"measure_id,measure_id,place,period_start,period_end,value\nS,S,E,2026-01-01,2026-03-31,1\n",
    "a patient's number": b"mrn,measure_id,place,period_start,period_end,value\n1,S,E,2026-01-01,2026-03-31,1\n",
    "a picture": b"\x89PNG\r\n\x1a\n" + b"x" * 500,
    "a page": b"<html><script>alert(1)</script></html>",
    "a million columns": b",".join(b"c%d" % n for n in range(200_000)) + b"\n",
    "not a gzip": b"\x1f\x8b" + b"x" * 100,
    "one endless line": b"x" * 3_000_000,
}


@pytest.mark.parametrize("content", REFUSED.values(), ids=REFUSED)
def test_a_refused_file_changes_nothing(cast: Cast, content: bytes) -> None:
    before = rows_of_everything()
    with pytest.raises(Problem) as refused:
        take(cast, content, "own.csv.gz" if content[:2] == b"\x1f\x8b" else "own.csv")
    assert refused.value.reasons[0].sentence
    assert refused.value.reasons[0].next_step
    assert rows_of_everything() == before


@pytest.mark.parametrize(
    "cell", ["NaN", "1e309", "-1", "=1+1", "@SUM(1)", "９", "1,25", "\u202e5", "5" * 400, "<b>5</b>"]
)
def test_a_bad_figure_is_refused_by_line_and_the_good_ones_are_kept(cast: Cast, cell: str) -> None:
    bad = f'SEP-1,Example Hospital,2026-04-01,2026-06-30,"{cell}",100\n'.encode()
    taken = take(cast, HEAD + LINE + bad)
    assert (taken.points_kept, taken.refused + taken.suppressed) == (1, 1)
    assert [refusal.line for refusal in taken.refusals.all()] in (
        [3],
        [],
    )  # "NaN" is how some publishers write "withheld"


def test_the_same_file_twice_is_taken_once(cast: Cast) -> None:
    first = take(cast, HEAD + LINE)
    before = rows_of_everything()
    assert take(cast, HEAD + LINE) == first
    assert rows_of_everything() == before


def test_a_spreadsheet_formula_stays_text_from_file_to_export(cast: Cast) -> None:
    """A21: names come back out as they went in, and never as a formula."""
    name = b'"=HYPERLINK(""http://evil.example"")"'
    take(cast, HEAD + b"SEP-1," + name + b",2026-01-01,2026-03-31,54,100\n")
    assert MeasurePoint.objects.get().place.name == '=HYPERLINK("http://evil.example")'


def test_a_bomb_of_gzip_is_refused_or_read_within_its_limits(cast: Cast) -> None:
    """A28, A29: a small file that grows is not swallowed whole."""
    before = rows_of_everything()
    with pytest.raises(Problem):
        take(cast, gzip.compress(b"measure_id," + b"x" * 80_000_000), "own.csv.gz")
    assert rows_of_everything() == before


CHILD = """
import io, sys, django
django.setup()
from lifelong.kernel.access import SYSTEM
from lifelong.loop.needs.actions import import_measures
from lifelong.loop.program.models import AccreditedProvider
lines = "".join(f"SEP-{n % 50},Hospital {n},2026-01-01,2026-03-31,{n % 90},100\\n" for n in range(40_000))
head = "measure_id,place,period_start,period_end,numerator,denominator\\n"
print("begins", flush=True)
import_measures(SYSTEM, AccreditedProvider.objects.get(slug="home"), file=io.BytesIO((head + lines).encode()), filename="big.csv")
print("done", flush=True)
"""


@pytest.mark.slow  # a process is killed in the middle of its work, and its database must be a real one
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("after", [0.4, 1.2, 2.0])
def test_an_import_that_is_killed_leaves_nothing_and_can_be_sent_again(after: float, transactional_db: None) -> None:
    from cast import make_cast

    cast = make_cast()
    before = rows_of_everything()
    name = str(connection.settings_dict["NAME"])
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "src")}
    database = (
        {"LIFELONG_DATABASE": os.environ["LIFELONG_DATABASE"].rsplit("/", 1)[0] + "/" + name}
        if connection.vendor == "postgresql"
        else {}
    )
    code = (
        CHILD
        if database
        else CHILD.replace(
            "django.setup()",
            f"from django.conf import settings; settings.DATABASES['default']['NAME'] = {name!r}; django.setup()",
        )
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code], env=environment | database, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "begins\n"
    time.sleep(after)
    child.send_signal(signal.SIGKILL)
    said, _ = child.communicate(timeout=20)
    if "done" in said:
        assert MeasurePoint.objects.count() == 40_000
        return
    assert rows_of_everything() == before
    assert not Measure.objects.exists()
    assert take(cast, HEAD + LINE).points_kept == 1
