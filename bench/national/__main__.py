"""python -m bench.national [--scale 0.1] [--year FOLDER] [--without pandas]: the twelve questions, ours beside the peers.

Every engine runs in a process of its own, all on the same files; all answers are compared. Wall seconds depend on who else uses the
machine, CPU seconds much less: both are printed. Ends with 1 where an answer differs or a goal is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.machine import ROOT
from bench.national.year import days_of, generate
from bench.report import Figure
from lifelong.analytics.compare import differences

ENGINES = ("scan", "ours", "polars", "duckdb", "pandas")
PEERS = ("polars", "duckdb", "pandas")
QUESTIONS = [f"Q{number}" for number in range(1, 13)]
Figures = dict[str, dict[str, Any]]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.national", description=__doc__)
    parser.add_argument("--scale", type=float, default=0.1, help="share of the national year (1: 60 million claims)")
    parser.add_argument("--year", type=Path, help="a folder with a year generated before")
    parser.add_argument("--without", nargs="*", default=[], choices=PEERS, help="peers to leave out")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="lifelong-national-") as folder:
        year = given.year.resolve() if given.year else Path(folder) / "year"
        if not given.year:
            print(generate(year, given.scale), flush=True)
        figures, wrong = measure(
            year, Path(folder), given.scale, tuple(name for name in ENGINES if name not in given.without)
        )
    report(figures, wrong)
    judged = judge(figures)
    for figure in judged:
        print("  " + figure.line())
    return int(bool(wrong) or not all(figure.met for figure in judged))


def measure(year: Path, folder: Path, scale: float, engines: tuple[str, ...]) -> tuple[dict[str, Figures], list[str]]:
    """Run every engine; returns engine -> question -> figures, and sentences about answers that differ from ours."""
    answers = folder / "answers"
    answers.mkdir()
    figures = {name: run(name, year, answers) for name in engines}
    figures["once"] = run("once", year, answers)
    figures["rollups"] = run("rollups", year, answers, *days_of(scale))
    wrong = []
    for name in (*engines, "once", "rollups"):
        if name not in ("scan", "ours"):
            wrong += [
                f"{name} {question}: {found}" for question in QUESTIONS for found in compared(answers, name, question)
            ]
    return figures, wrong


def run(name: str, *arguments: object) -> Figures:
    command = [sys.executable, "-m", "bench.national.one", name, *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment)
    return {line["question"]: line for line in map(json.loads, done.stdout.splitlines())}


def compared(answers: Path, name: str, question: str) -> list[str]:
    ours, theirs = (pickle.loads((answers / f"{one}-{question}.pickle").read_bytes()) for one in ("ours", name))
    if name in ("polars", "pandas"):
        # a sum over no rows is nothing in SQL and 0 in data frames; and pandas adds 32-bit numbers in 32 bits, right to six figures
        ours, theirs = (
            [tuple(0 if v is None or v != v else v for v in row) for row in rows] for rows in (ours, theirs)
        )
    return differences(ours, theirs, places=3, relative=1e-6 if name == "pandas" else 1e-9)


def total(figures: Figures, what: str) -> float:
    return float(sum(figures[question][what] for question in QUESTIONS))


def peak(figures: Figures) -> float:
    return float(max(line["peak_mb"] for line in figures.values()))


def report(figures: dict[str, Figures], wrong: list[str]) -> None:
    print(f"{'':8}" + "".join(f"{question:>8}" for question in QUESTIONS) + f"{'sum s':>9}{'CPU s':>9}{'peak MB':>9}")
    for name, lines in figures.items():
        if name not in ("once", "rollups"):
            each = "".join(f"{lines[question]['seconds']:8.3f}" for question in QUESTIONS)
            print(f"{name:8}{each}{total(lines, 'seconds'):9.2f}{total(lines, 'cpu'):9.2f}{peak(lines):9.0f}")
    for what, line in (*figures["once"].items(), *figures["rollups"].items()):
        used = f"{line['seconds']:8.3f} s {line['cpu']:8.3f} CPU s {line['peak_mb']:7.0f} MB"
        print(f"{line['engine']:8}{what:6} {used}  {line.get('rows', '')}")
    print("All answers are equal." if not wrong else "\n".join(wrong))


def judge(figures: dict[str, Figures]) -> list[Figure]:
    """The goals: cold as fast as the best peer of this run, under 3 GB; warm in 0.1 s; a day's rows in 0.3 s."""
    ours, once, kept = figures["ours"], figures["once"]["all"], figures["rollups"]
    memory = {"one by one": peak(ours) / 1024, "all at once": once["peak_mb"] / 1024}
    made = []
    for what, words in (("seconds", "wall"), ("cpu", "CPU")):
        best = min((total(figures[name], what) for name in PEERS if name in figures), default=0.0)
        for how, value in (("one by one", total(ours, what)), ("all at once", float(once[what]))):
            met = not best or value <= best
            made.append(Figure(f"cold {how}, {words} (floor: best peer)", value, "s", best, "<= best peer", met))
    made += [Figure(f"peak memory, {how}", used, "GB", None, "< 3 GB", used < 3) for how, used in memory.items()]
    warm, added = kept["warm"]["seconds"], kept["add"]["seconds"]
    made.append(Figure("twelve questions warm", warm, "s", None, "<= 0.1 s", warm <= 0.1))
    made.append(Figure(f"{kept['add']['rows']:,} claims added", added, "s", None, "<= 0.3 s", added <= 0.3))
    return made


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
