"""Reference cases whose answer is a table: every point of a chart, every item, every adjusted p-value."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from lifelong.methods.run import run_plan
from methods.reference import CLOSED, PLANS, SHARED, TODAY, expected, rows_of

Answer = dict[str, Any]


def near(value: float, rel: float = CLOSED) -> Any:
    return pytest.approx(value, rel=rel, abs=1e-12)


def points_equal(answer: Answer, rows: list[dict[str, str]], scale: float = 1.0) -> None:
    points = answer["result"]["tables"]["points"]
    assert len(points) == len(rows)
    for point, row in zip(points, rows, strict=True):
        for ours, theirs in (("y", "y"), ("centre", "cl"), ("low", "lcl"), ("high", "ucl")):
            assert point[ours] == near(float(row[theirs]) * scale), (point, row)


def signals(answer: Answer) -> list[int]:
    return [i + 1 for i, point in enumerate(answer["result"]["tables"]["points"]) if point["signal"]]


def runs_equal(phase: dict[str, Any], known: dict[str, Any]) -> None:
    ours = [phase[k] for k in ("useful", "longest_run", "longest_run_max", "crossings", "crossings_min", "runs_signal")]
    theirs = [
        known[k] for k in ("n_useful", "longest_run", "longest_run_max", "n_crossings", "n_crossings_min", "signal")
    ]
    assert ours == theirs


def xbar_points(answer: Answer) -> None:
    points_equal(answer, rows_of("spc_montgomery_6_3_xbar_s", "expected_xbar.csv"))


def s_points(answer: Answer) -> None:
    points_equal(answer, rows_of("spc_montgomery_6_3_xbar_s", "expected_s.csv"))


def individuals(answer: Answer) -> None:
    points_equal(answer, rows_of("spc_montgomery_6_5_individuals", "expected_i.csv"))
    known = expected("spc_montgomery_6_5_individuals")
    assert signals(answer) == known["signals"]
    assert answer["result"]["details"]["runs_signal"] is known["runs_signal"]


def p_chart_with_phases(answer: Answer) -> None:
    points_equal(answer, rows_of("spc_montgomery_7_1_p_chart", "expected_p.csv"))
    assert signals(answer) == expected("spc_montgomery_7_1_p_chart")["signals"]


def p_chart_variable(answer: Answer) -> None:
    points_equal(answer, rows_of("spc_montgomery_7_4_p_variable_n", "expected_p.csv"))
    assert signals(answer) == [expected("spc_montgomery_7_4_p_variable_n")["signals"]]


def c_limits(answer: Answer) -> None:
    known = expected("spc_c_u_p_bacteremia")["c_chart"]
    point = answer["result"]["tables"]["points"][0]
    assert (point["low"], point["high"]) == (near(known["lcl"]), near(known["ucl"]))


def frozen_u(answer: Answer) -> None:
    points_equal(answer, rows_of("spc_u_chart_cdi", "limits_frozen_on_pre.csv"), 10000)
    known = expected("spc_u_chart_cdi")["frozen_pre"]
    assert signals(answer) == known["months_outside_limits"]
    runs_equal(answer["result"]["tables"]["phases"][0], known["runs_all"])


def split_u(answer: Answer) -> None:
    known, phases = expected("spc_u_chart_cdi")["split_phases"], answer["result"]["tables"]["phases"]
    runs_equal(phases[0], known["runs_pre"])
    runs_equal(phases[1], known["runs_post"])
    assert signals(answer) == []


def all_u(answer: Answer) -> None:
    runs_equal(answer["result"]["tables"]["phases"][0], expected("spc_u_chart_cdi")["all_data"]["runs"])


def run_chart(answer: Answer) -> None:
    runs_equal(answer["result"]["tables"]["phases"][0], expected("spc_u_chart_cdi")["run_chart_median"]["runs"])


def facet_equal(answer: Answer, known: dict[str, Any]) -> None:
    phase = answer["result"]["tables"]["phases"][0]
    for ours, theirs in (("centre", "CL"), ("mean_low", "aLCL"), ("mean_high", "aUCL")):
        assert phase[ours] == near(float(known[theirs]))
    counts = [phase[k] for k in ("useful", "longest_run", "longest_run_max", "crossings", "crossings_min")]
    assert counts == [
        int(known[k]) for k in ("n.useful", "longest.run", "longest.run.max", "n.crossings", "n.crossings.min")
    ]
    # the published column says whether any point is outside, not how many
    assert bool(answer["result"]["n"]["signals"]) == bool(int(known["sigma.signal"]))


def hospitals_together(answer: Answer) -> None:
    facet_equal(answer, expected("spc_u_chart_hospital_infections")["all_together"])


def hospitals_by_facet(answer: Answer) -> None:
    """The same plan filtered to each infection, and to each hospital and infection: 21 charts."""
    case = "spc_u_chart_hospital_infections"
    facet_equal(answer, next(row for row in rows_of(case, "expected_by_infection.csv") if row["facet1"] == "CDI"))
    plan = (PLANS / f"{case}.toml").read_text(encoding="utf-8")
    wanted = [(row, {"infection": row["facet1"]}) for row in rows_of(case, "expected_by_infection.csv")]
    wanted += [
        (row, {"hospital": row["facet1"], "infection": row["facet2"]})
        for row in rows_of(case, "expected_by_hospital_and_infection.csv")
    ]
    with TemporaryDirectory() as folder:
        for row, where in wanted:
            file = Path(folder) / "plan.toml"
            file.write_text(
                plan + "\n[where]\n" + "\n".join(f'{k} = "{v}"' for k, v in where.items()), encoding="utf-8"
            )
            facet_equal(run_plan(file, today=TODAY, data_root=SHARED / "data"), row)


def anhoej_limits(answer: Answer) -> None:
    ours = answer["result"]["tables"]["limits"]
    assert [{k: str(v) for k, v in row.items()} for row in ours] == rows_of("spc_anhoej_limits", "data.csv")


def lsat_items(answer: Answer) -> None:
    for ours, known in zip(answer["result"]["tables"]["items"], expected("item_analysis_lsat6")["items"], strict=True):
        assert ours["item"] == known["item"]
        for mine, theirs in (
            ("difficulty", "difficulty"),
            ("item_total", "r_item_total"),
            ("item_rest", "r_item_rest"),
            ("alpha_if_deleted", "alpha_if_deleted"),
        ):
            assert ours[mine] == near(known[theirs])


def admission_items(answer: Answer) -> None:
    known = expected("item_analysis_medical_admission")
    found = {row["item"]: row["difficulty"] for row in answer["result"]["tables"]["items"]}
    ordered = sorted(found, key=lambda item: found[item])
    assert ordered[:5] == list(known["hardest"])
    assert ordered[-5:] == list(known["easiest"])
    for item, p in {**known["hardest"], **known["easiest"]}.items():
        assert found[item] == pytest.approx(p, abs=5e-9)


def adjusted_p(answer: Answer) -> None:
    known, rows = expected("multiple_comparisons_bh1995"), answer["result"]["tables"]["adjusted"]
    for procedure in ("holm", "bh"):
        assert [row[procedure] for row in rows] == [near(value) for value in known[procedure]]


def summaries(answer: Answer) -> None:
    known, rows = (
        expected("effect_size_borenstein2009"),
        {row["study"]: row for row in answer["result"]["tables"]["effect_sizes"]},
    )
    for design, numbers in known.items():
        for name, value in numbers.items():
            assert rows[design][name.lower()] == pytest.approx(value, abs=1e-4), (
                design,
                name,
            )  # the book rounds at each step


def balanced(answer: Answer) -> None:
    known, ours = (
        expected("did_card_krueger")["did_balanced_first_difference"],
        answer["result"]["tables"]["balanced"][0],
    )
    assert ours["estimate"] == near(known["estimate"])
    assert ours["se"] == near(known["se"])
    assert ours["se_unequal_variance"] == near(known["se_unequal_variance"])
    assert (ours["n"], ours["n_treated"], ours["n_comparison"]) == (known["n"], known["n_nj"], known["n_pa"])


def ols_beside(answer: Answer) -> None:
    known = expected("its_prop99_newey_west")
    row = answer["result"]["tables"]["estimators"][0]
    assert row["level_change_se"] == near(known["se_ols"]["post"])
    assert row["slope_change_se"] == near(known["se_ols"]["t_post"])


def warns_of_autocorrelation(answer: Answer) -> None:
    """The published note: a good tool must warn that these data cannot carry the claim alone."""
    codes = {warning["rule"] for warning in answer["result"]["warnings"]}
    assert {"its.strong_autocorrelation", "its.newey_west_optimistic", "its.no_comparison_series"} <= codes
    reml = answer["result"]["tables"]["estimators"][-1]
    assert reml["estimator"] == "reml_ar1" and reml["converged"] is False


TABLES: tuple[tuple[str, Callable[[Answer], None]], ...] = (
    ("spc_montgomery_6_3_xbar_s.xbar", xbar_points),
    ("spc_montgomery_6_3_xbar_s.s", s_points),
    ("spc_montgomery_6_5_individuals", individuals),
    ("spc_montgomery_7_1_p_chart", p_chart_with_phases),
    ("spc_montgomery_7_4_p_variable_n", p_chart_variable),
    ("spc_c_u_p_bacteremia.c", c_limits),
    ("spc_u_chart_cdi.frozen", frozen_u),
    ("spc_u_chart_cdi.phases", split_u),
    ("spc_u_chart_cdi.all", all_u),
    ("spc_u_chart_cdi.run", run_chart),
    ("spc_u_chart_hospital_infections", hospitals_together),
    ("spc_u_chart_hospital_infections.cdi", hospitals_by_facet),
    ("spc_anhoej_limits", anhoej_limits),
    ("item_analysis_lsat6", lsat_items),
    ("item_analysis_medical_admission", admission_items),
    ("multiple_comparisons_bh1995", adjusted_p),
    ("effect_size_borenstein2009", summaries),
    ("did_card_krueger", balanced),
    ("its_prop99_newey_west", ols_beside),
    ("its_prop99_newey_west", warns_of_autocorrelation),
)
