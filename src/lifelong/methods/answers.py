"""Which test says whether an estimate differs from its null: the p-value of a secondary outcome must belong to its own figure."""

from __future__ import annotations

from lifelong.methods.result import MethodResult, Test

REPORTED = "test_to_report"  # the method names the test itself, in details
ITS = {name: test for test in ("level_change", "slope_change") for name in (test, f"{test}_ratio")}
ANSWERS: dict[str, dict[str, str]] = {
    "paired_means": dict.fromkeys(
        ("mean_difference", "cohen_dz", "hedges_gz", "cohen_dav", "cohen_drm", "glass_delta_pre"), "paired_t"
    ),
    "unpaired_means": {
        **dict.fromkeys(("mean_difference", "cohen_ds", "hedges_gs", "glass_delta_first"), "welch_t"),
        **dict.fromkeys(("probability_of_superiority", "rank_biserial"), "mann_whitney"),
    },
    "signed_rank": dict.fromkeys(("hodges_lehmann", "rank_biserial", "probability_of_superiority"), "signed_rank"),
    "friedman": {"kendalls_w": "friedman"},
    "mcnemar": dict.fromkeys(("risk_difference", "odds_ratio"), REPORTED),
    "two_proportions": dict.fromkeys(("risk_difference", "odds_ratio"), REPORTED),
    "gee": {"odds_ratio:*": "*", "rate_ratio:*": "*", "*": "*"},
    "mixed_model": {"*": "*"},
    "proportional_odds": {"odds_ratio:*": "*", "*": "*"},
    "ancova": dict.fromkeys(("adjusted_difference", "difference_per_sd_pre"), "adjusted_difference"),
    "permutation_rank": dict.fromkeys(("change_beyond_peers", "change", "rank"), "permutation_rank"),
    "imputed_change": {"mean_change": "mean_change"},
    "difference_in_differences": {"did": "did"},
    "staggered_start": {"effect": "effect"},
    "interrupted_time_series": ITS,
    "cohen_kappa": {"kappa": "kappa_zero"},
    "fleiss_kappa": {"kappa": "kappa_zero"},
    "icc": {f"icc{number}{mean}": f"icc{number}{mean}_zero" for number in (1, 2, 3) for mean in ("", "k")},
}


def test_named(method: str, estimate: str) -> str | None:
    """Name of the test of an estimate, `test_to_report` if the result names it, None if the method tests no such figure."""
    for pattern, test in ANSWERS.get(method, {}).items():
        if pattern == estimate:
            return test
        if pattern.endswith("*") and estimate.startswith(pattern[:-1]):
            return test.replace("*", estimate[len(pattern) - 1 :])
    return None


def test_of(result: MethodResult, estimate: str) -> Test | None:
    """The test of this estimate in a result; None if there is none."""
    name = test_named(result.method, estimate)
    if name == REPORTED:
        name = str(result.details[REPORTED])
    return next((test for test in result.tests if test.name == name), None)
