"""The bench of the national year at a hundredth: every engine answers alike, and a slow or wrong answer would be told."""

from __future__ import annotations

from pathlib import Path

import pytest
from bench.national import __main__ as national
from bench.national.year import generate

pytestmark = pytest.mark.files_only


@pytest.mark.slow  # six engines start in processes of their own: some seconds
def test_all_engines_answer_alike(tmp_path: Path) -> None:
    generate(tmp_path / "year", 0.01)
    figures, wrong = national.measure(tmp_path / "year", tmp_path, 0.01, national.ENGINES)
    assert wrong == []
    assert {name for name, lines in figures.items() if set(national.QUESTIONS) <= set(lines)} == set(national.ENGINES)
    assert figures["rollups"]["add"]["rows"] > 1000, "days must have been added, or nothing was compared"
    assert [figure.what for figure in national.judge(figures) if "memory" in figure.what and not figure.met] == []


def figures(seconds: float) -> dict[str, dict[str, float]]:
    return {question: {"seconds": seconds, "cpu": seconds, "peak_mb": 100.0} for question in national.QUESTIONS}


@pytest.mark.parametrize(("ours", "met"), [(1.0, True), (3.0, False)])
def test_the_best_peer_of_the_run_is_the_goal(ours: float, met: bool) -> None:
    kept = {"build": {"peak_mb": 1.0}, "warm": {"seconds": 0.05}, "add": {"seconds": 0.2, "rows": 165_000}}
    once = {"all": {"seconds": 5.0, "cpu": 5.0, "peak_mb": 100.0}}
    judged = national.judge(
        {"ours": figures(ours), "polars": figures(2.0), "pandas": figures(9.0), "once": once, "rollups": kept}
    )
    assert {figure.what: figure.met for figure in judged}["cold one by one, wall (floor: best peer)"] is met
    assert all(figure.met for figure in judged if "one by one" not in figure.what)
