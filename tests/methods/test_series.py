"""Charts and interrupted series: what signals, what is refused, what stays fixed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lifelong.methods.limits import Points, c4, limits_for
from lifelong.methods.result import RefusedError
from lifelong.methods.runs import crossings_limit, longest_run_limit, point_rules, runs_about
from methods.written import answer, codes, plan, table

CHART = 'period = "t"\nvalue = "y"'
COUNTS = 'period = "t"\nnumerator = "n"\ndenominator = "d"'
SERIES = 'time = "t"\noutcome = "y"'


def noise(n: int, seed: int = 2) -> Any:
    return np.round(np.random.default_rng(seed).normal(0, 1, n), 3)


def refusal(folder: Path, data: str, text: str) -> str:
    with pytest.raises(RefusedError) as refused:
        answer(folder, data, text)
    return refused.value.reason.rule


def test_the_rule_limits_grow_with_the_number_of_points() -> None:
    assert [(longest_run_limit(n), crossings_limit(n)) for n in (10, 24, 40)] == [(6, 2), (8, 8), (8, 14)]


def test_points_on_the_centre_line_do_not_count_as_runs() -> None:
    found = runs_about(np.array([1, 0, 1, 0, 1, -1.0]), np.zeros(6))
    assert (found.useful, found.longest_run, found.crossings, found.signal) == (4, 3, 1, None)


@pytest.mark.parametrize(
    ("rule_set", "z", "rule", "at"),
    [
        ("three_sigma", [0, 3.1, 0], "1 beyond 3 sigma", [1]),
        ("western_electric", [0, 2.1, 0, 2.2], "2 of 3 beyond 2 sigma", [3]),
        ("western_electric", [1.1, 1.2, 0, 1.3, 1.4], "4 of 5 beyond 1 sigma", [4]),
        ("western_electric", [0.1] * 8, "8 in a row on one side", [7]),
        ("nelson", [0.1] * 8, "9 in a row on one side", []),
        ("nelson", [0.1, 0.2, 0.3, 0.4, 0.5, 0.6], "6 trending", [5]),
        ("nelson", [0.5, -0.5] * 7, "14 alternating", [13]),
        ("nelson", [0.5, -0.5, -0.4] * 5, "15 within 1 sigma", [14]),
        ("nelson", [1.5, -1.5] * 4, "8 outside 1 sigma", [7]),
        ("making_data_count", [-0.1] * 7, "7 in a row on one side", [6]),
    ],
)
def test_a_rule_signals_at_the_point_that_completes_it(rule_set: str, z: list[float], rule: str, at: list[int]) -> None:
    assert list(np.flatnonzero(point_rules(rule_set, np.array(z))[rule])) == at


def test_published_constants() -> None:
    assert (c4(2), c4(5), c4(25)) == (
        pytest.approx(0.7979, abs=5e-5),
        pytest.approx(0.9400, abs=5e-5),
        pytest.approx(0.9896, abs=5e-5),
    )


def test_moving_range_chart_uses_3267() -> None:
    limits = limits_for("mr", Points(np.array([1.0, 2.0, 3.0]), np.ones(3)), np.ones(3, dtype=bool))
    assert limits.high[0] == pytest.approx(3.267 * 2) and limits.low[0] == 0


def test_laney_limits_hold_overdispersed_proportions_that_a_p_chart_calls_signals(tmp_path: Path) -> None:
    shares = 0.5 + noise(24) / 50
    data = table("t,n,d", [(i, round(20000 * p), 20000) for i, p in enumerate(shares)])
    plain = answer(tmp_path, data, plan("control_chart", "centre:1", COUNTS, 'chart = "p"'))
    laney = answer(tmp_path, data, plan("control_chart", "centre:1", COUNTS, 'chart = "p_prime"'))
    assert plain["result"]["n"]["signals"] > 10 and "chart.huge_denominators" in codes(plain)
    assert laney["result"]["n"]["signals"] == 0
    assert laney["result"]["tables"]["phases"][0]["sigma_z"] > 3


def test_frozen_limits_do_not_move_when_later_points_change(tmp_path: Path) -> None:
    y = 10 + noise(30)
    text = plan("control_chart", "centre:1", CHART, 'chart = "i"\nfreeze_until = 19')
    first = answer(tmp_path, table("t,y", enumerate(y)), text)["result"]["tables"]["points"][0]
    later = answer(tmp_path, table("t,y", [(i, v + 5 * (i > 19)) for i, v in enumerate(y)]), text)
    point = later["result"]["tables"]["points"][0]
    assert (point["low"], point["high"]) == (first["low"], first["high"])
    assert later["result"]["details"]["changed"] is True
    assert "consistent with a change" in later["statement"]


def test_a_phase_needs_a_reason_and_frozen_limits_are_not_split(tmp_path: Path) -> None:
    data = table("t,y", enumerate(10 + noise(30)))
    assert (
        refusal(tmp_path, data, plan("control_chart", "centre:1", CHART, 'chart = "i"\nphases = { 20 = "" }'))
        == "chart.undocumented_phase"
    )
    both = 'chart = "i"\nfreeze_until = 15\nphases = { 20 = "order set" }'
    assert refusal(tmp_path, data, plan("control_chart", "centre:1", CHART, both)) == "chart.frozen_and_split"


def test_a_short_baseline_is_provisional_and_a_rule_set_is_in_the_caption(tmp_path: Path) -> None:
    data = table("t,y", enumerate(10 + noise(11)))
    found = answer(
        tmp_path, data, plan("control_chart", "centre:1", CHART, 'chart = "i"\nrules = ["western_electric"]')
    )
    assert "series.short_baseline" in codes(found)
    assert "western_electric" in found["result"]["details"]["caption"]


@pytest.mark.parametrize(
    ("columns", "options", "rows", "code"),
    [
        (CHART, 'chart = "i"\nrolling = true', [(1, 2.0), (2, 3.0), (3, 2.5)], "chart.rolling_on_individuals"),
        (CHART, 'chart = "i"', [(1, 2.0), (1, 3.0), (3, 2.5)], "series.repeated_period"),
        (CHART, 'chart = "p"', [(1, 2.0), (2, 3.0)], "chart.missing_column"),
        (CHART, 'chart = "i"\nunit = "month"', [("May", 2.0), ("June", 3.0)], "series.unreadable_period"),
    ],
)
def test_a_chart_that_does_not_fit_is_refused(
    columns: str, options: str, rows: list[Any], code: str, tmp_path: Path
) -> None:
    assert refusal(tmp_path, table("t,y", rows), plan("control_chart", "centre:1", columns, options)) == code


def test_more_events_than_cases_are_refused_on_a_p_chart(tmp_path: Path) -> None:
    data = table("t,n,d", [(1, 5, 4), (2, 3, 4), (3, 1, 4)])
    assert refusal(tmp_path, data, plan("control_chart", "centre:1", COUNTS, 'chart = "p"')) == "chart.more_than_all"


def test_overlapping_measurement_windows_are_refused_on_a_chart(tmp_path: Path) -> None:
    windows = [(f"20{10 + y}-07-01", f"20{13 + y}-06-30") for y in range(6)]
    data = table("t,y,a,b", [(i, 0.1 + i / 100, *window) for i, window in enumerate(windows)])
    text = plan("control_chart", "centre:1", CHART + '\nwindow_start = "a"\nwindow_end = "b"', 'chart = "run"')
    assert refusal(tmp_path, data, text) == "series.overlapping_windows"


def test_a_figure_carried_forward_over_releases_is_noticed(tmp_path: Path) -> None:
    y = [0.61, 0.62, 0.64, 0.64, 0.64, 0.64, 0.66, 0.63, 0.65, 0.67, 0.62, 0.61]
    found = answer(tmp_path, table("t,y", enumerate(y)), plan("control_chart", "centre:1", CHART, 'chart = "run"'))
    assert "series.repeated_values" in codes(found)


def its(n: int, at: int, level: float, slope: float, seed: int = 4) -> list[tuple[Any, ...]]:
    e = noise(n, seed) / 2
    return [(i, round(20 + 0.1 * i + level * (i >= at) + slope * max(i - at, 0) + float(e[i]), 3)) for i in range(n)]


def test_fewer_than_eight_points_a_side_give_a_chart_and_no_inference(tmp_path: Path) -> None:
    data = table("t,y", its(20, 13, 5, 0))
    assert (
        refusal(tmp_path, data, plan("interrupted_time_series", "level_change", SERIES, "intervention_at = 13"))
        == "its.short_series"
    )


def test_the_step_and_the_slope_are_found_and_the_effect_at_twelve(tmp_path: Path) -> None:
    data = table("t,y", its(60, 30, 5, 0.2))
    found = answer(
        tmp_path, data, plan("interrupted_time_series", "level_change", SERIES, "intervention_at = 30\nplacebo_at = 15")
    )
    e = {entry["name"]: entry for entry in found["result"]["estimates"]}
    assert e["level_change"]["low"] < 5 < e["level_change"]["high"]
    assert e["slope_change"]["low"] < 0.2 < e["slope_change"]["high"]
    assert e["effect_at_12"]["value"] == pytest.approx(e["level_change"]["value"] + 11 * e["slope_change"]["value"])
    placebo = {row["estimate"]: row for row in found["result"]["tables"]["placebo"]}
    assert placebo["level_change"]["low"] < 0 < placebo["level_change"]["high"]
    assert {row["estimator"] for row in found["result"]["tables"]["estimators"]} == {
        "ols",
        "ols_newey_west(1)",
        "prais_winsten",
        "reml_ar1",
    }
    assert found["result"]["verb"] == "consistent with"


def test_without_centring_the_step_would_be_another_number(tmp_path: Path) -> None:
    data = table("t,y", its(60, 30, 5, 0.2))
    centred = answer(tmp_path, data, plan("interrupted_time_series", "level_change", SERIES, "intervention_at = 30"))
    origin = answer(
        tmp_path, data, plan("interrupted_time_series", "level_change", SERIES, "intervention_at = 30\ncentre_at = 0")
    )
    slope = next(e["value"] for e in centred["result"]["estimates"] if e["name"] == "slope_change")
    assert centred["primary"]["value"] - origin["primary"]["value"] == pytest.approx(30 * slope, rel=1e-4)


def test_a_comparison_series_takes_out_what_happened_to_both(tmp_path: Path) -> None:
    shock = noise(24, 9) * 3
    rows = [("on", i, round(20 + float(shock[i]) + 4 * (i >= 12) + float(noise(24, 5)[i]) / 10, 3)) for i in range(24)]
    rows += [("off", i, round(15 + float(shock[i]) + float(noise(24, 6)[i]) / 10, 3)) for i in range(24)]
    text = plan(
        "interrupted_time_series",
        "level_change",
        SERIES + '\ngroup = "g"',
        'intervention_at = 12\nmodel = "level"\ntreated = "on"',
    )
    found = answer(tmp_path, table("g,t,y", rows), text)
    assert found["primary"]["value"] == pytest.approx(4, abs=0.2)
    assert found["primary"]["high"] - found["primary"]["low"] < 1
    assert found["result"]["verb"] == "estimated effect"


@pytest.mark.parametrize("scale", ["count", "proportion"])
def test_a_controlled_count_model_gives_the_difference_of_two_separate_ones(scale: str, tmp_path: Path) -> None:
    random = np.random.default_rng(8)
    rows = [
        (g, i, int(random.binomial(2000, 0.1 * (0.8 if g == "on" and i >= 15 else 1))), 2000)
        for g in ("on", "off")
        for i in range(30)
    ]
    columns, options = 'time = "t"\noutcome = "y"\ndenominator = "d"', f'intervention_at = 15\nscale = "{scale}"'
    data = table("g,t,y,d", rows)
    both = answer(
        tmp_path,
        data,
        plan("interrupted_time_series", "level_change", columns + '\ngroup = "g"', options + '\ntreated = "on"'),
    )
    single = [
        answer(
            tmp_path, data, plan("interrupted_time_series", "level_change", columns, options) + f'[where]\ng = "{g}"\n'
        )["primary"]["value"]
        for g in ("on", "off")
    ]
    assert both["primary"]["value"] == pytest.approx(single[0] - single[1], abs=1e-6)
    ratio = next(e for e in both["result"]["estimates"] if e["name"] == "level_change_ratio")
    assert ratio["high"] < 1


def test_season_is_taken_out_of_monthly_dates(tmp_path: Path) -> None:
    rows = [
        (
            f"{2020 + i // 12}-{i % 12 + 1:02d}",
            round(20 + 3 * float(np.sin(2 * np.pi * i / 12)) + 2 * (i >= 24) + float(noise(48)[i]) / 10, 3),
        )
        for i in range(48)
    ]
    options = (
        'intervention_at = "2022-01"\nunit = "month"\nmodel = "level"\nseason_period = 12\nharmonics = 1\nphase_in = 2'
    )
    found = answer(tmp_path, table("t,y", rows), plan("interrupted_time_series", "level_change", SERIES, options))
    assert found["primary"]["value"] == pytest.approx(2, abs=0.2)
    assert found["result"]["n"]["phase_in_left_out"] == 2


@pytest.mark.parametrize(
    ("rows", "options", "code"),
    [
        ([r for r in its(40, 20, 1, 0) if r[0] != 10], "intervention_at = 20", "series.gaps"),
        (its(20, 10, 1, 0), "intervention_at = 10\nseason_period = 12", "its.season_unsupported"),
        (its(40, 20, 1, 0), "intervention_at = 200", "its.no_side"),
        (its(40, 20, 1, 0), 'intervention_at = 20\nscale = "rate"', "its.no_denominator"),
        (its(40, 20, 1, 0), 'intervention_at = 20\ntreated = "x"', "its.half_a_comparison"),
        (its(40, 20, 1, 0), "intervention_at = 20\nplacebo_at = 25", "its.placebo_late"),
    ],
)
def test_a_series_that_cannot_be_modelled_is_refused(rows: list[Any], options: str, code: str, tmp_path: Path) -> None:
    assert (
        refusal(tmp_path, table("t,y", rows), plan("interrupted_time_series", "level_change", SERIES, options)) == code
    )


def test_strong_autocorrelation_is_said(tmp_path: Path) -> None:
    walk = np.cumsum(noise(60, 11))
    data = table("t,y", [(i, round(50 + float(v), 3)) for i, v in enumerate(walk)])
    options = 'intervention_at = 30\nestimator = "ols_newey_west"\nmodel = "level"'
    found = answer(tmp_path, data, plan("interrupted_time_series", "level_change", SERIES, options))
    assert "its.newey_west_optimistic" in codes(found)
    held = {a["name"]: a["held"] for a in found["result"]["assumptions"]}
    assert held["neighbouring errors independent, or modelled"] is False


def test_carry_over_between_monthly_counts_is_said(tmp_path: Path) -> None:
    wave = [2000 + round(400 * float(np.sin(i / 4))) for i in range(48)]
    text = plan("interrupted_time_series", "level_change_ratio", SERIES, 'intervention_at = 24\nscale = "count"')
    found = answer(tmp_path, table("t,y", enumerate(wave)), text)
    assert "its.autocorrelated_counts" in codes(found)
    assert found["result"]["details"]["dispersion"] > 5


def test_the_methods_paragraph_says_what_ran(tmp_path: Path) -> None:
    options = 'intervention_at = 30\nestimator = "prais_winsten"'
    found = answer(
        tmp_path, table("t,y", its(60, 30, 5, 0)), plan("interrupted_time_series", "level_change", SERIES, options)
    )
    words = found["methods_paragraph"]
    assert "prais_winsten" in words and "60 rows" in words and "before 30, after 30" in words
    assert (
        f"statsmodels {found['versions']['statsmodels']}" in words
        and f"lifelong {found['versions']['lifelong']}" in words
    )
