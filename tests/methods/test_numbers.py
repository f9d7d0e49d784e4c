"""Intervals, effect sizes and sizes of studies against published or derived figures."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from lifelong.methods import effect_sizes
from lifelong.methods.items import omega_total
from lifelong.methods.proportions import (
    FollowUp,
    minimum_detectable_change,
    needed_per_period,
    newcombe_independent,
    newcombe_paired,
    wilson,
)
from lifelong.methods.ranks import signed_rank_null
from lifelong.methods.regression import ols, ols_newey_west, prais_winsten
from lifelong.methods.weighting import rake


@pytest.mark.parametrize(
    ("count", "total", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_the_intervals_of_newcombe_1998(count: int, total: int, low: float, high: float) -> None:
    assert wilson(count, total) == (pytest.approx(low, abs=6e-5), pytest.approx(high, abs=6e-5))


@pytest.mark.parametrize(
    ("a", "n1", "b", "n2", "low", "high"),
    [(48, 80, 56, 70, -0.3339, -0.0524), (3, 10, 9, 10, -0.8090, -0.1705)],
)
def test_newcombe_difference_of_two_samples(a: int, n1: int, b: int, n2: int, low: float, high: float) -> None:
    """Newcombe 1998, table II, method 10; the paper subtracts the other way round."""
    found = newcombe_independent(b, n2, a, n1)
    assert found == (pytest.approx(low, abs=6e-5), pytest.approx(high, abs=6e-5))


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))
def test_the_paired_interval_holds_the_difference_and_turns_with_the_sign(
    both: int, gained: int, lost: int, neither: int
) -> None:
    n = both + gained + lost + neither
    if n == 0:
        return
    low, high = newcombe_paired(both, gained, lost, neither)
    assert -1 - 1e-9 <= low <= (gained - lost) / n + 1e-9 and (gained - lost) / n - 1e-9 <= high <= 1 + 1e-9
    turned = newcombe_paired(both, lost, gained, neither)
    assert (-turned[1], -turned[0]) == (pytest.approx(low), pytest.approx(high))


def test_the_median_effect_of_meetings_needs_about_a_thousand_cases_a_period() -> None:
    assert needed_per_period(0.60, 0.66) == pytest.approx(1010, abs=5)


def test_a_yearly_hospital_figure_shows_only_large_changes() -> None:
    change = minimum_detectable_change(0.60, 113, 113)
    assert change == pytest.approx(0.17, abs=0.01)
    assert needed_per_period(0.60, 0.60 + change) == pytest.approx(113, abs=1)


@pytest.mark.parametrize("bad", [(0.0, 10, 10), (0.5, 0, 10)])
def test_impossible_sizes_of_study_are_refused(bad: tuple[float, int, int]) -> None:
    with pytest.raises(ValueError, match="baseline"):
        minimum_detectable_change(*bad)


def test_follow_up_always_has_three_denominators_and_the_worst_case() -> None:
    shares = {e.name: e for e in FollowUp(committed=91, asked=80, answered=40, implemented=28).shares()}
    assert shares["implemented_of_answered"].value == 0.7
    assert shares["implemented_of_asked"].value == 0.35
    assert shares["implemented_of_committed"].value == pytest.approx(28 / 91)
    assert all(e.low is not None and e.low < e.value < (e.high or 0) for e in shares.values())


def test_follow_up_counts_must_nest() -> None:
    with pytest.raises(ValueError, match="within the one before"):
        FollowUp(committed=10, asked=12, answered=5, implemented=1)


def test_every_paired_effect_size_has_its_own_name() -> None:
    pre, post = np.array([1.0, 2, 4, 3, 5]), np.array([2.0, 4, 4, 5, 8])
    found = {e.name: e.value for e in effect_sizes.paired(pre, post, 0.95)}
    assert list(found) == ["cohen_dz", "hedges_gz", "cohen_dav", "cohen_drm", "glass_delta_pre"]
    assert len({round(v, 6) for v in found.values()}) == 5
    change = post - pre
    assert found["cohen_dz"] == pytest.approx(change.mean() / change.std(ddof=1))


def test_hedges_factor_is_exact() -> None:
    assert effect_sizes.hedges_j(9) == pytest.approx(math.gamma(4.5) / (math.sqrt(4.5) * math.gamma(4)))


@pytest.mark.parametrize(("t", "df"), [(4.06, 9), (0.0, 20), (-5.26, 2361), (25.0, 30)])
def test_noncentral_bounds_put_the_tails_where_they_belong(t: float, df: float) -> None:
    low, high = effect_sizes.noncentral_t_bounds(t, df, 0.95)
    assert float(stats.nct.sf(t, df, low)) == pytest.approx(0.025, rel=1e-5)
    assert float(stats.nct.cdf(t, df, high)) == pytest.approx(0.025, rel=1e-5)


def test_signed_rank_distribution_counts_all_sign_patterns() -> None:
    assert list(signed_rank_null(3) * 8) == [1, 1, 1, 2, 1, 1, 1]
    assert signed_rank_null(40).sum() == pytest.approx(1)


def test_newey_west_without_lags_is_hc1_and_prais_winsten_of_white_noise_is_near_ols() -> None:
    random = np.random.default_rng(0)
    x = np.column_stack([np.ones(200), np.arange(200) / 100])
    y = x @ np.array([1.0, 2.0]) + random.normal(size=200)
    e = ols(x, y).residuals
    bread = np.linalg.inv(x.T @ x)
    hc1 = bread @ ((x * e[:, None]).T @ (x * e[:, None])) @ bread * 200 / 198
    assert ols_newey_west(x, y, 0).cov == pytest.approx(hc1)
    assert prais_winsten(x, y).beta == pytest.approx(ols(x, y).beta, abs=0.05)


def test_raking_meets_every_margin() -> None:
    levels = {"a": np.array(list("xxyyxy"), dtype=object), "b": np.array(list("pqpqqp"), dtype=object)}
    margins = {"a": {"x": 30.0, "y": 70.0}, "b": {"p": 55.0, "q": 45.0}}
    weight, rounds = rake(np.ones(6), levels, margins)
    for name, known in margins.items():
        for level, people in known.items():
            assert weight[levels[name] == level].sum() == pytest.approx(people)
    assert rounds < 100


def test_omega_of_equal_loadings_equals_alpha() -> None:
    cov = np.full((4, 4), 0.5) + 0.5 * np.eye(4)
    assert omega_total(cov) == pytest.approx(4 * 0.5 / (1 + 3 * 0.5), abs=1e-6)
