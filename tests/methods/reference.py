"""The published answers: which number of a result must equal which number of a reference case."""

from __future__ import annotations

import csv
import json
import os
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from lifelong.methods.registry import METHODS
from lifelong.methods.result_fields import PARTS, TABLES
from lifelong.methods.run import run_plan

HERE = Path(__file__).parent
PLANS = HERE / "plans"
SHARED = Path(os.environ.get("LIFELONG_SHARED", HERE.parents[1].parent / "shared"))
FOLDERS = SHARED / "data" / "reference-cases"
TODAY = date(2026, 11, 22)
CLOSED, ITERATIVE = 1e-6, 1e-3
FOUR_DECIMALS = 5e-5  # where only printed figures are known


def known_in(name: str, documented: Any) -> bool:
    return name in documented or any(entry.endswith("*") and name.startswith(entry[:-1]) for entry in documented)


def check_documented(answer: dict[str, Any]) -> dict[str, Any]:
    """Every name in a result must be on the reference page; used on every answer that a test computes."""
    result = answer["result"]
    method, parts, tables = result["method"], PARTS[result["method"]], TABLES.get(result["method"], {})
    names = [f"n.{key}" for key in result["n"]] + [f"details.{key}" for key in result["details"]]
    names += [f"tests.{test['name']}" for test in result["tests"]]
    missing = [name for name in names if not known_in(name, parts)]
    missing += [
        f"tables.{table}.{column}"
        for table, rows in result["tables"].items()
        for column in {c for row in rows for c in row}
        if not known_in(column, tables.get(table, {}))
    ]
    missing += [f"tables.{table}" for table in result["tables"] if table not in tables]
    missing += [
        e["name"] for e in result["estimates"] + result["effect_sizes"] if not METHODS[method].can_yield(e["name"])
    ]
    assert not missing, f"{method} returns what the reference page does not name: {sorted(set(missing))}"
    return answer


@cache
def analysed(plan: str, root: Path) -> dict[str, Any]:
    """The answer of a plan of the plans folder on data below `root`; computed once, for reading only."""
    return check_documented(run_plan(PLANS / f"{plan}.toml", today=TODAY, data_root=root))


def folder_of(plan: str) -> str:
    """The case of a plan: its name up to the first dot."""
    return plan.split(".")[0]


def expected(plan: str) -> dict[str, Any]:
    found = json.loads((FOLDERS / folder_of(plan) / "expected.json").read_text(encoding="utf-8"))["expected"]
    return dict(found)


def rows_of(case: str, file: str) -> list[dict[str, str]]:
    with (FOLDERS / case / file).open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def dig(tree: Any, *path: Any) -> Any:
    for step in path:
        tree = tree[step]
    return tree


def number(answer: dict[str, Any], where: str) -> Any:
    """`e:name.se` an estimate, `t:name.p` a test, `c:term.value` a coefficient, `d:name` a detail, `n:name` a count."""
    kind, _, rest = where.partition(":")
    result = answer["result"]
    if kind in ("d", "n"):
        return result["details" if kind == "d" else "n"][rest]
    name, _, part = rest.rpartition(".")
    lists = {
        "e": ("name", result["estimates"] + result["effect_sizes"]),
        "t": ("name", result["tests"]),
        "c": ("term", result["tables"].get("coefficients", [])),
        "s": ("term", result["tables"].get("standard_errors", [])),
    }
    key, rows = lists[kind]
    return next(row[part] for row in rows if row[key] == name)


@dataclass(frozen=True)
class Case:
    """A plan, the numbers it must give as (where, path in expected.json), and how near (relative, or `printed`: absolute)."""

    plan: str
    numbers: tuple[tuple[str, tuple[Any, ...]], ...]
    near: float = CLOSED
    printed: float | None = None


def ratio(where: str, *path: Any) -> tuple[tuple[str, tuple[Any, ...]], ...]:
    """A rate ratio of expected.json: ratio with interval, coefficient and its error."""
    return (
        (f"e:{where}_ratio.value", (*path, "rr")),
        (f"e:{where}_ratio.low", (*path, "lo")),
        (f"e:{where}_ratio.high", (*path, "hi")),
        (f"e:{where}.value", (*path, "beta")),
        (f"e:{where}.se", (*path, "se")),
    )


ITS_TERMS = (("(Intercept)", "(Intercept)"), ("time", "t"), ("level_change", "post"), ("slope_change", "t_post"))
LOG_TERMS = (("(Intercept)", "(Intercept)"), ("time", "time"), ("level_change", "smokban")) + tuple(
    (name, name) for name in ("sin1", "cos1", "sin2", "cos2")
)


def coefficients(
    terms: tuple[tuple[str, str], ...], value: tuple[str, ...], se: tuple[str, ...]
) -> tuple[tuple[str, tuple[Any, ...]], ...]:
    return tuple((f"c:{ours}.value", (*value, theirs)) for ours, theirs in terms) + tuple(
        (f"c:{ours}.se", (*se, theirs)) for ours, theirs in terms
    )


GEE_TERMS = ("(Intercept)", "age", "smoke", "age:smoke")


def gee_numbers(kind: str) -> tuple[tuple[str, tuple[Any, ...]], ...]:
    return tuple((f"e:{term}.value", (kind, "coef", term)) for term in GEE_TERMS) + tuple(
        (f"e:{term}.se", (kind, "robust_se", i)) for i, term in enumerate(GEE_TERMS)
    )


PAIRED = (
    ("n:pairs", ("n",)),
    ("e:mean_pre.value", ("mean_pre",)),
    ("e:mean_post.value", ("mean_post",)),
    ("d:sd_pre", ("sd_pre",)),
    ("d:sd_post", ("sd_post",)),
    ("d:correlation", ("r",)),
    ("e:mean_difference.value", ("mean_diff",)),
    ("e:mean_difference.low", ("ci95_mean_diff", 0)),
    ("e:mean_difference.high", ("ci95_mean_diff", 1)),
    ("d:sd_difference", ("sd_diff",)),
    ("t:paired_t.statistic", ("t",)),
    ("t:paired_t.p", ("p_two_sided",)),
    ("e:cohen_dz.value", ("cohen_dz",)),
    ("e:hedges_gz.value", ("hedges_gz_exactJ",)),
    ("e:cohen_dav.value", ("cohen_dav",)),
    ("e:cohen_drm.value", ("cohen_drm",)),
    ("e:glass_delta_pre.value", ("glass_delta_pre_sd",)),
)
DZ_INTERVAL = (("e:cohen_dz.low", ("ci95_dz_noncentral_t", 0)), ("e:cohen_dz.high", ("ci95_dz_noncentral_t", 1)))
KAPPA = (
    ("e:kappa.value", "kappa"),
    ("e:kappa.se", "ase"),
    ("e:kappa.low", "lo"),
    ("e:kappa.high", "hi"),
    ("d:se_under_no_agreement", "ase_H0"),
    ("t:kappa_zero.statistic", "z"),
)

CASES = (
    Case("paired_sleep_student1908", PAIRED),
    Case("paired_sleep_student1908", DZ_INTERVAL, ITERATIVE),
    Case("paired_hci_physiology_course", PAIRED),
    Case("paired_hci_physiology_course", DZ_INTERVAL, ITERATIVE),
    Case(
        "paired_hci_physiology_course.ranks",
        (("d:v", ("wilcoxon_signed_rank_V",)), ("t:signed_rank.p", ("wilcoxon_p_normal_cc",))),
    ),
    Case(
        "wilcoxon_signed_rank_depression",
        (
            ("d:v", ("V",)),
            ("t:signed_rank_greater.p", ("p_one_sided_exact",)),
            ("t:signed_rank.p", ("p_two_sided_exact",)),
            ("e:hodges_lehmann.value", ("hodges_lehmann",)),
            ("e:hodges_lehmann.low", ("ci95", 0)),
            ("e:hodges_lehmann.high", ("ci95", 1)),
            ("e:rank_biserial.value", ("matched_pairs_rank_biserial",)),
        ),
    ),
    Case(
        "mcnemar_agresti_approval",
        (
            ("t:mcnemar.statistic", ("chi2_no_correction",)),
            ("t:mcnemar.p", ("p_no_correction",)),
            ("t:mcnemar_corrected.statistic", ("chi2_continuity",)),
            ("t:mcnemar_corrected.p", ("p_continuity",)),
            ("t:mcnemar_exact.p", ("exact_binomial_p",)),
            ("e:odds_ratio.value", ("odds_ratio_conditional",)),
            ("e:risk_difference.value", ("risk_difference",)),
            ("e:risk_difference.se", ("rd_wald_se",)),
        ),
    ),
    Case(
        "friedman_three_occasions",
        (("t:friedman.statistic", ("chi2",)), ("t:friedman.p", ("p",)), ("e:kendalls_w.value", ("kendalls_w",))),
    ),
    Case(
        "multiple_comparisons_bh1995",
        tuple((f"e:rejected_{k}.value", (f"{k}_rejected",)) for k in ("bonferroni", "holm", "hochberg", "bh")),
    ),
    Case(
        "item_analysis_lsat6",
        (
            ("e:alpha.value", ("cronbach_alpha",)),
            ("e:sem.value", ("sem",)),
            ("e:mean_total.value", ("total_mean",)),
            ("d:sd_total", ("total_sd",)),
        ),
    ),
    Case(
        "item_analysis_medical_admission",
        (
            ("n:people", ("n",)),
            ("n:items", ("k",)),
            ("e:alpha.value", ("alpha",)),
            ("e:mean_total.value", ("total_mean",)),
            ("d:sd_total", ("total_sd",)),
            ("d:median_total", ("total_median",)),
            ("e:sem.value", ("sem",)),
            ("d:weak_items", ("items_item_rest_r_below_0.1",)),
        ),
    ),
    Case(
        "alpha_bfi_agreeableness",
        (
            ("n:rows", ("n_rows",)),
            ("n:complete", ("n_complete",)),
            ("e:alpha.value", ("raw_alpha",)),
            ("e:alpha_standardised.value", ("std_alpha",)),
            ("e:alpha_complete.value", ("complete_cases_alpha",)),
            ("e:mean_scale.value", ("mean_scale_complete",)),
        ),
    ),
    Case(
        "fleiss_kappa_14_raters",
        (
            ("e:kappa.value", ("kappa",)),
            ("e:agreement.value", ("Pbar",)),
            ("d:agreement_by_chance", ("Pe",)),
            ("d:se_under_no_agreement", ("se_null",)),
            ("t:kappa_zero.statistic", ("z",)),
        ),
    ),
    Case("cohen_kappa_sas_example", tuple((where, ("simple", key)) for where, key in KAPPA), printed=FOUR_DECIMALS),
    Case(
        "cohen_kappa_sas_example.weighted",
        tuple((where, ("weighted_linear", key)) for where, key in KAPPA),
        printed=FOUR_DECIMALS,
    ),
    Case(
        "icc_shrout_fleiss",
        tuple(
            (f"e:{name}.{part}", ("ICC", i, key))
            for i, name in enumerate(("icc1", "icc2", "icc3", "icc1k", "icc2k", "icc3k"))
            for part, key in (("value", "ICC"), ("low", "lower bound"), ("high", "upper bound"))
        ),
    ),
    Case(
        "gee_ohio_wheeze",
        (
            *gee_numbers("exchangeable"),
            ("d:working_correlation", ("exchangeable", "alpha")),
            ("n:rows", ("n",)),
            ("n:clusters", ("clusters",)),
        ),
        ITERATIVE,
    ),
    Case("gee_ohio_wheeze.independence", gee_numbers("independence"), ITERATIVE),
    Case(
        "lmm_sleepstudy",
        tuple((f"e:{t}.value", ("random_slope_REML", "fixef", t)) for t in ("(Intercept)", "Days"))
        + tuple((f"e:{t}.se", ("random_slope_REML", "se", t)) for t in ("(Intercept)", "Days"))
        + tuple(
            (where, ("random_slope_REML", key))
            for where, key in (
                ("e:sd_intercept.value", "sd_intercept"),
                ("e:sd_slope.value", "sd_slope"),
                ("e:correlation_intercept_slope.value", "corr"),
                ("e:sd_residual.value", "sigma"),
                ("d:reml_criterion", "reml"),
            )
        ),
        ITERATIVE,
    ),
    Case(
        "lmm_sleepstudy.intercept",
        tuple((f"e:{t}.se", ("random_intercept_REML", "se", t)) for t in ("(Intercept)", "Days"))
        + (
            ("e:sd_intercept.value", ("random_intercept_REML", "sd_intercept")),
            ("e:sd_residual.value", ("random_intercept_REML", "sigma")),
            ("d:reml_criterion", ("random_intercept_REML", "reml")),
        ),
        ITERATIVE,
    ),
    Case(
        "survey_weighting_api.stratified_api00",
        (("e:mean.value", ("stratified_mean_api00", "estimate")), ("e:mean.se", ("stratified_mean_api00", "se"))),
    ),
    Case(
        "survey_weighting_api.stratified_enroll",
        (("e:total.value", ("stratified_total_enroll", "estimate")), ("e:total.se", ("stratified_total_enroll", "se"))),
    ),
    Case(
        "survey_weighting_api.poststratified_api00",
        (
            ("e:mean.value", ("poststratified_mean_api00", "estimate")),
            ("e:mean.se", ("poststratified_mean_api00", "se")),
            ("e:mean_design.value", ("clus1_unweighted_design_mean_api00", "estimate")),
            ("e:mean_design.se", ("clus1_unweighted_design_mean_api00", "se")),
        ),
    ),
    Case(
        "survey_weighting_api.poststratified_enroll",
        (
            ("e:total.value", ("poststratified_total_enroll", "estimate")),
            ("e:total.se", ("poststratified_total_enroll", "se")),
        ),
    ),
    Case(
        "survey_weighting_api.raked_api00",
        (
            ("e:mean.value", ("raked_mean_api00", "estimate")),
            ("e:mean.se", ("raked_mean_api00", "se")),
            ("d:weight_min", ("raked_weight_range", 0)),
            ("d:weight_max", ("raked_weight_range", 1)),
        ),
        ITERATIVE,
    ),
    Case(
        "survey_weighting_api.raked_enroll",
        (("e:total.value", ("raked_total_enroll", "estimate")), ("e:total.se", ("raked_total_enroll", "se"))),
        ITERATIVE,
    ),
    Case(
        "its_prop99_newey_west",
        (
            *coefficients(ITS_TERMS, ("coef",), ("se_newey_west_lag1_small_sample_adjusted",)),
            *((f"c:{ours}.statistic", ("t_lag1", theirs)) for ours, theirs in ITS_TERMS),
            ("d:durbin_watson", ("durbin_watson",)),
            ("d:residual_df", ("df",)),
            ("e:trend_after.value", ("post_trend",)),
        ),
    ),
    Case("its_prop99_newey_west.lag0", coefficients(ITS_TERMS, ("coef",), ("se_newey_west_lag0_adjusted_HC1",))),
    Case(
        "its_prop99_newey_west.prais_winsten",
        (
            *coefficients(ITS_TERMS, ("prais_winsten_iterated", "coef"), ("prais_winsten_iterated", "se")),
            ("d:rho", ("prais_winsten_iterated", "rho")),
        ),
        ITERATIVE,
    ),
    Case(
        "its_sicily_smoking_ban.poisson",
        (*ratio("level_change", "poisson_step"), ("e:trend_before_ratio.value", ("poisson_step_time_rr",))),
        ITERATIVE,
    ),
    Case(
        "its_sicily_smoking_ban.quasi",
        (*ratio("level_change", "quasipoisson_step"), ("d:dispersion", ("quasipoisson_dispersion",))),
        ITERATIVE,
    ),
    Case("its_sicily_smoking_ban.seasonal", ratio("level_change", "quasipoisson_step_seasonal"), ITERATIVE),
    Case(
        "its_sicily_smoking_ban.slope",
        (
            *ratio("level_change", "level_and_slope_seasonal_time_centred_at_36", "level"),
            *ratio("slope_change", "level_and_slope_seasonal_time_centred_at_36", "slope_change"),
            ("t:slope_change_f.statistic", ("level_and_slope_seasonal_time_centred_at_36", "F_test_slope_change")),
            ("t:slope_change_f.p", ("level_and_slope_seasonal_time_centred_at_36", "p")),
        ),
        ITERATIVE,
    ),
    Case(
        "its_sicily_smoking_ban.log_ols",
        coefficients(LOG_TERMS, ("log_rate_ols_AR1", "ols", "coef"), ("log_rate_ols_AR1", "ols", "se_newey_west_lag1")),
    ),
    Case(
        "its_sicily_smoking_ban.log_prais_winsten",
        (
            *coefficients(
                LOG_TERMS,
                ("log_rate_ols_AR1", "prais_winsten_iterated", "coef"),
                ("log_rate_ols_AR1", "prais_winsten_iterated", "se"),
            ),
            ("d:rho", ("log_rate_ols_AR1", "prais_winsten_iterated", "rho")),
        ),
        ITERATIVE,
    ),
    Case(
        "its_sicily_smoking_ban.log_reml",
        (
            ("d:rho", ("log_rate_ols_AR1", "gls_ar1_reml", "phi")),
            ("c:level_change.value", ("log_rate_ols_AR1", "gls_ar1_reml", "smokban")),
            ("c:level_change.se", ("log_rate_ols_AR1", "gls_ar1_reml", "se_smokban")),
        ),
        ITERATIVE,
    ),
    Case(
        "did_card_krueger",
        tuple(
            (f"e:mean:{ours}.{part}", ("cells", theirs, key))
            for ours, theirs in (
                ("comparison_before", "PA_before"),
                ("comparison_after", "PA_after"),
                ("treated_before", "NJ_before"),
                ("treated_after", "NJ_after"),
            )
            for part, key in (("value", "mean"), ("se", "se"))
        )
        + tuple(
            (f"s:{ours}.{part}", (block, theirs))
            for ours, theirs in (("intercept", "(Intercept)"), ("treated", "nj"), ("after", "d"), ("did", "nj:d"))
            for part, block in (
                ("value", "did_unbalanced_ols"),
                ("se_ols", "se_ols"),
                ("se_hc1", "se_HC1"),
                ("se_cluster", "se_cluster_store_CR1"),
            )
        )
        + (
            ("s:did.se_unequal_variance", ("did_unbalanced_se_unequal_variance_cells",)),
            ("e:did.se", ("se_cluster_store_CR1", "nj:d")),
        ),
    ),
    Case(
        "paired_hvbp_fy2024_hf_mortality",
        (
            ("n:pairs", ("paired_hospitals",)),
            ("e:mean_pre.value", ("mean_baseline",)),
            ("e:mean_post.value", ("mean_performance",)),
            ("e:mean_difference.value", ("mean_diff",)),
            ("e:mean_difference.low", ("ci95", 0)),
            ("e:mean_difference.high", ("ci95", 1)),
            ("t:paired_t.statistic", ("t",)),
            ("t:paired_t.p", ("p",)),
            ("d:sd_difference", ("sd_diff",)),
        ),
    ),
    Case(
        "paired_hvbp_fy2024_hf_mortality.points",
        (
            ("e:reproduced_improvement.value", ("improvement_points_reproduced_share",)),
            ("e:reproduced_achievement.value", ("achievement_points_reproduced_share",)),
            ("n:units", ("n_with_points",)),
        ),
    ),
    Case("spc_c_u_p_bacteremia.c", (("e:centre:1.value", ("c_chart", "cl")), ("n:signals", ("signals",)))),
    Case("spc_c_u_p_bacteremia.u", (("e:centre:1.value", ("u_chart_per_10000", "cl")), ("n:signals", ("signals",)))),
    Case("spc_c_u_p_bacteremia.p", (("e:centre:1.value", ("p_chart_percent", "cl")), ("n:signals", ("signals",)))),
    Case("spc_u_chart_cdi.frozen", (("e:centre:1.value", ("frozen_pre", "cl_per_10000")),)),
    Case(
        "spc_u_chart_cdi.phases",
        (
            ("e:centre:1.value", ("split_phases", "pre_cl_per_10000")),
            ("e:centre:2.value", ("split_phases", "post_cl_per_10000")),
        ),
    ),
    Case("spc_u_chart_cdi.all", (("e:centre:1.value", ("all_data", "cl_per_10000")),)),
    Case("spc_u_chart_cdi.run", (("e:centre:1.value", ("run_chart_median", "median_per_10000")),)),
    Case("spc_u_chart_hospital_infections", (("e:centre:1.value", ("all_together", "CL")),)),
    Case("spc_montgomery_7_4_p_variable_n", (("e:centre:1.value", ("cl",)),)),
)
