"""Methods beside the reference cases: each against a published figure or one computed in another way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import optimize, stats
from statsmodels.miscmodels.ordinal_model import OrderedModel
from statsmodels.stats.power import NormalIndPower
from statsmodels.tools.numdiff import approx_fprime

from lifelong.methods.code_matching import best_matches
from lifelong.methods.imputation import pooled
from lifelong.methods.ordinal import fit_ordered
from lifelong.methods.result import RefusedError
from methods.written import answer, codes, plan, table


def estimates(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {e["name"]: e for e in found["result"]["estimates"] + found["result"]["effect_sizes"]}


# --- what can be seen at all ------------------------------------------------------------------------------------------

MEASURES = 'measure = "m"\nbaseline = "b"\nn_before = "n"'


def test_a_yearly_hospital_figure_cannot_show_the_median_effect_of_meetings(tmp_path: Path) -> None:
    """Sixty to sixty-six per cent needs about 1,010 cases a period; the median hospital reports 113."""
    data = table("m,b,n", [("SEP_1", 0.6, 113), ("state", 0.6, 1010)])
    found = answer(tmp_path, data, plan("detectable_change", "rise:SEP_1", MEASURES, "expected_change = 0.06"))
    rows = {row["measure"]: row for row in found["result"]["tables"]["measures"]}
    assert found["primary"]["value"] == pytest.approx(0.17, abs=0.005)
    assert rows["SEP_1"]["needed_per_period"] == pytest.approx(1010, abs=5)
    assert rows["SEP_1"]["power"] < 0.2 and rows["state"]["power"] == pytest.approx(0.8, abs=0.002)
    assert "detectable.too_small" in codes(found)


def test_a_share_near_one_cannot_rise_visibly_and_clustering_costs_cases(tmp_path: Path) -> None:
    text = plan("detectable_change", "fall:a", MEASURES, "design_effect = 2.0")
    found = estimates(answer(tmp_path, table("m,b,n", [("a", 0.99, 40), ("b", 0.5, 200)]), text))
    assert found["rise:a"]["value"] is None
    plain = plan("detectable_change", "rise:b", MEASURES)
    half = estimates(answer(tmp_path, table("m,b,n", [("b", 0.5, 100)]), plain))
    assert found["rise:b"]["value"] == pytest.approx(half["rise:b"]["value"])


def test_a_mean_needs_its_spread_and_agrees_with_the_power_of_a_z_test(tmp_path: Path) -> None:
    data = table("m,b,n,s", [("knowledge", 50, 64, 4)])
    text = plan("detectable_change", "rise:knowledge", MEASURES + '\nsd = "s"', 'kind = "mean"\nexpected_change = 2')
    found = estimates(answer(tmp_path, data, text))
    assert found["power:knowledge"]["value"] == pytest.approx(NormalIndPower().power(0.5, 64, 0.05), abs=1e-5)
    with pytest.raises(RefusedError, match="needs its sd"):
        answer(tmp_path, data, text.replace('\nsd = "s"', ""))


def test_the_detectable_fall_of_a_rate_solves_its_equation(tmp_path: Path) -> None:
    text = plan("detectable_change", "fall:cdi", MEASURES + '\nn_after = "k"', 'kind = "rate"')
    fall = answer(tmp_path, table("m,b,n,k", [("cdi", 0.01, 5000, 4000)]), text)["primary"]["value"]
    z = fall / np.sqrt(0.01 / 5000 + (0.01 - fall) / 4000)
    assert z == pytest.approx(stats.norm.ppf(0.975) + stats.norm.ppf(0.8))


def test_percent_instead_of_a_share_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="not percent"):
        answer(tmp_path, table("m,b,n", [("a", 60, 113)]), plan("detectable_change", "rise:a", MEASURES))


# --- commitments ------------------------------------------------------------------------------------------------------

COMMITMENTS = 'person = "p"\nstatus = "s"\nasked = "a"'


def test_commitments_have_three_denominators_and_know_who_made_them(tmp_path: Path) -> None:
    """Thirty people with two commitments each who do both or neither: the interval is that of thirty, not of sixty."""
    rows = [(p, 1, "done" if p % 3 else "not yet") for p in range(30) for _ in (1, 2)] + [(40, 1, None), (41, 0, None)]
    text = plan("commitments", "implemented_of_asked", COMMITMENTS, 'implemented = ["done"]')
    found = answer(tmp_path, table("p,a,s", rows), text)
    by = estimates(found)
    assert (by["implemented_of_answered"]["value"], by["implemented_of_asked"]["value"]) == (40 / 60, 40 / 61)
    assert by["implemented_of_committed"]["value"] == 40 / 62
    assert by["people_with_one_implemented"]["value"] == 20 / 30
    assert found["result"]["details"]["design_effect"] == pytest.approx(2 * 30 / 29)
    y = np.array([row[2] == "done" for row in rows[:60]], dtype=float)
    groups = np.repeat(np.arange(30), 2)
    robust = sm.OLS(y, np.ones(60)).fit(cov_type="cluster", cov_kwds={"groups": groups, "use_correction": False})
    assert by["implemented_clustered"]["se"] == pytest.approx(float(robust.bse[0]) * np.sqrt(30 / 29))
    assert found["result"]["verb"] == "describes" and "commitments.self_report" in codes(found)


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([(None, 1, "done"), (2, 1, "done")], "commitments.blank_person"),
        ([(1, 0, "done"), (2, 1, "done")], "commitments.answered_unasked"),
        ([(1, 2, "done"), (2, 1, "done")], "commitments.asked_not_binary"),
        ([(1, 1, None), (2, 1, None)], "commitments.no_answers"),
    ],
)
def test_commitments_that_cannot_be_counted_are_refused(rows: list[Any], code: str, tmp_path: Path) -> None:
    text = plan("commitments", "implemented_of_asked", COMMITMENTS, 'implemented = ["done"]')
    with pytest.raises(RefusedError) as refused:
        answer(tmp_path, table("p,a,s", rows), text)
    assert refused.value.reason.rule == code


# --- codes that people made up ----------------------------------------------------------------------------------------


def test_codes_are_matched_over_one_mismatch_and_never_by_guessing(tmp_path: Path) -> None:
    def form(wave: str, *elements: str, score: int = 0) -> tuple[Any, ...]:
        return (wave, *elements, score)

    rows = [
        form("pre", "ma", "07", "x", "B", "3", score=10),
        form("pre", "li", "21", "y", "G", "1", score=12),
        form("pre", "zo", "30", "q", "K", "9", score=11),
        form("pre", "an", "11", "z", "R", "2"),
        form("pre", "an", "12", "z", "R", "2"),
        form("post", " MA", "07", "x", "b", "3", score=14),  # the same, written otherwise
        form("post", "li", "21", "y", "G", "7", score=15),  # one mismatch
        form("post", "an", "13", "z", "R", "2"),  # as near to two people: ambiguous
        form("post", "qq", "99", "w", "T", "5"),  # near to nobody
        form("post", None, None, None, None, "5"),  # no code
    ]
    columns = 'elements = ["e1..e5"]\nwave = "w"\nscore = "s"'
    found = answer(tmp_path, table("w,e1,e2,e3,e4,e5,s", rows), plan("code_matching", "matched_of_post", columns))
    n = found["result"]["n"]
    assert (n["matched_0"], n["matched_1"], n["no_code"]) == (1, 1, 1)
    assert (n["ambiguous_pre"], n["ambiguous_post"], n["unmatched_pre"], n["unmatched_post"]) == (2, 1, 1, 1)
    pairs = [(row["pre_row"], row["post_row"], row["mismatches"]) for row in found["result"]["tables"]["pairs"]]
    assert pairs == [(1, 6, 0), (2, 7, 1)]
    assert estimates(found)["matched_change"]["value"] == 3.5
    assert "codes.collide" in codes(found)  # an 11 and an 12 would pass for each other


def test_true_people_are_found_again(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    people = np.array(
        [[str(random.integers(0, top)) for top in (26, 31, 12, 26, 10, 5)] for _ in range(100)], dtype=object
    )
    later = people[:60].copy()
    later[:15, 1] = "?"
    later[:5, 3] = "?"
    assert [(i, j) for i, j, _ in best_matches(people, later, 1)] == [(i, i) for i in range(5, 60)]
    assert len(best_matches(people, later, 2)) == 60


def test_a_code_of_three_elements_is_refused(tmp_path: Path) -> None:
    text = plan("code_matching", "matched_of_pre", 'elements = ["a", "b", "c"]\nwave = "w"')
    with pytest.raises(RefusedError, match="match almost anybody"):
        answer(tmp_path, table("w,a,b,c", [("pre", 1, 2, 3), ("post", 1, 2, 3)]), text)


# --- ordered answers --------------------------------------------------------------------------------------------------


def likert() -> list[tuple[Any, ...]]:
    random = np.random.default_rng(12)
    person, nurse = random.normal(size=60), random.random(60) < 0.5
    return [
        (i, w, "nurse" if nurse[i] else "physician", 1 + int(np.digitize(0.8 * w + 0.5 * nurse[i] + person[i] + random.logistic(), [-1.5, -0.3, 0.7, 2])))
        for i in range(60)
        for w in (0, 1)
    ]  # fmt: skip


def test_the_proportional_odds_of_a_likert_item_are_those_of_statsmodels(tmp_path: Path) -> None:
    rows = likert()
    x = np.array([[row[1], row[2] == "nurse"] for row in rows], dtype=float)
    y = np.array([row[3] for row in rows])
    known = OrderedModel(y, x, distr="logit").fit(method="bfgs", disp=0)
    columns = 'outcome = "y"\npredictors = ["w", "job"]'
    options = 'reference = { job = "physician" }'
    text = plan("proportional_odds", "odds_ratio:w", columns, options)
    found = answer(tmp_path, table("p,w,job,y", rows), text)
    by = estimates(found)
    assert [by[name]["value"] for name in ("w", "job=nurse")] == pytest.approx(list(known.params[:2]), abs=1e-3)
    assert [by[name]["se"] for name in ("w", "job=nurse")] == pytest.approx(list(known.bse[:2]), abs=1e-3)
    assert found["primary"]["value"] == pytest.approx(float(np.exp(known.params[0])), abs=1e-2)
    assert len(found["result"]["tables"]["cuts"]) == 8


def test_answers_of_one_person_are_a_cluster() -> None:
    rows = likert()
    x = np.array([[row[1], row[2] == "nurse"] for row in rows], dtype=float)
    y = np.array([row[3] for row in rows])
    model = OrderedModel(y, x, distr="logit")
    params = model.fit(method="bfgs", disp=0).params
    scores = np.add.reduceat(approx_fprime(params, model.loglikeobs, centered=True), range(0, 120, 2), axis=0)
    bread = np.linalg.inv(-model.hessian(params))
    known = np.sqrt(np.diag(bread @ (scores.T @ scores) @ bread * 60 / 59))[:2]
    fit = fit_ordered(x, (y - y.min()).astype(np.int64), np.repeat(np.arange(60), 2))
    assert fit is not None and list(np.sqrt(np.diag(fit.cov))[4:]) == pytest.approx(list(known), abs=1e-3)


@pytest.mark.parametrize(
    ("answers", "code"),
    [(lambda w, i: w, "ordinal.points"), (lambda w, i: i % 30, "ordinal.points"), (lambda w, i: 1 + 2 * w + i % 2 * w, "model.not_converged")],
)  # fmt: skip
def test_answers_that_are_not_ordered_points_are_refused(answers: Any, code: str, tmp_path: Path) -> None:
    rows = [(i % 2, answers(i % 2, i // 2)) for i in range(80)]
    with pytest.raises(RefusedError) as refused:
        answer(
            tmp_path, table("w,y", rows), plan("proportional_odds", "odds_ratio:w", 'outcome = "y"\npredictors = ["w"]')
        )
    assert refused.value.reason.rule == code


# --- rare events, overdispersed counts --------------------------------------------------------------------------------

WAITS = [30, 12, 45, 7, 60, 22, 18, 95, 33, 5, 41, 27, 14, 66, 8, 52, 19, 38, 25, 11, 47, 29, 300, 16]
CHART = 'period = "event"\nvalue = "since"'


def waits(chart: str, folder: Path) -> dict[str, Any]:
    text = plan("control_chart", "centre:1", CHART, f'chart = "{chart}"')
    return answer(folder, table("event,since", enumerate(WAITS, start=1)), text)["result"]


def test_a_g_chart_has_the_limits_of_the_geometric_distribution(tmp_path: Path) -> None:
    found, mean = waits("g", tmp_path), float(np.mean(WAITS))
    assert found["tables"]["points"][0]["high"] == pytest.approx(mean + 3 * np.sqrt(mean * (mean + 1)))  # Benneyan 2001
    assert found["details"]["signals"] == ["23"]
    below = sum(w < 0.693 * mean for w in WAITS)
    assert found["tables"]["phases"][0]["useful"] == 24 and 8 < below < 16  # runs about the median of such waits


def test_a_t_chart_is_an_individuals_chart_of_transformed_times(tmp_path: Path) -> None:
    found, z = waits("t", tmp_path), np.array(WAITS) ** (1 / 3.6)
    high = (z.mean() + 3 * np.abs(np.diff(z)).mean() / 1.128) ** 3.6  # Nelson 1994
    assert found["tables"]["points"][0]["high"] == pytest.approx(high)
    assert [row["y"] for row in found["tables"]["points"]] == pytest.approx(WAITS)
    assert found["details"]["signals"] == []


def test_a_negative_time_is_refused(tmp_path: Path) -> None:
    text = plan("control_chart", "centre:1", CHART, 'chart = "t"')
    with pytest.raises(RefusedError, match="negative"):
        answer(tmp_path, table("event,since", [(1, 4), (2, -3), (3, 5)]), text)


NEGATIVE_BINOMIAL = plan(
    "interrupted_time_series",
    "level_change_ratio",
    'time = "t"\noutcome = "y"\ndenominator = "d"',
    'intervention_at = 30\nscale = "count"\ndispersion = "negative_binomial"',
)


def test_a_negative_binomial_series_has_the_greatest_likelihood(tmp_path: Path) -> None:
    random, t = np.random.default_rng(12), np.arange(60)
    mu = np.exp(np.log(200) + 0.003 * t - 0.2 * (t >= 30))
    y, d = random.negative_binomial(8, 8 / (8 + mu)), 1000 + t
    found = answer(tmp_path, table("t,y,d", zip(t, y, d, strict=True)), NEGATIVE_BINOMIAL)
    x = np.column_stack([np.ones(60), t, t >= 30, (t - 30) * (t >= 30)]).astype(float)

    def loss(p: Any) -> float:
        size, mean = np.exp(p[4]), np.exp(x @ p[:4]) * d
        return -float(stats.nbinom.logpmf(y, size, size / (size + mean)).sum())

    start = np.append(sm.GLM(y, x, family=sm.families.Poisson(), offset=np.log(d)).fit().params, 2.0)
    best = optimize.minimize(
        loss, start, method="Nelder-Mead", options={"maxfev": 20000, "maxiter": 20000, "fatol": 1e-10}
    )
    assert estimates(found)["level_change"]["value"] == pytest.approx(best.x[2], abs=1e-3)
    assert found["result"]["details"]["theta"] == pytest.approx(float(np.exp(best.x[4])), rel=1e-2)
    quasi = answer(
        tmp_path, table("t,y,d", zip(t, y, d, strict=True)), NEGATIVE_BINOMIAL.replace("negative_binomial", "fixed")
    )
    assert estimates(found)["level_change"]["se"] > 2 * estimates(quasi)["level_change"]["se"]


def test_counts_that_vary_like_poisson_counts_fall_back_to_poisson(tmp_path: Path) -> None:
    data = table("t,y,d", [(i, 200 + i % 2, 1000) for i in range(60)])
    found = answer(tmp_path, data, NEGATIVE_BINOMIAL)
    assert "its.not_overdispersed" in codes(found) and found["result"]["details"]["alpha"] == 0


def test_omega_has_an_interval_as_wide_as_a_bootstrap_gives(tmp_path: Path) -> None:
    random = np.random.default_rng(4)
    values = np.clip(np.round(3 + random.normal(0, 1, (100, 1)) + random.normal(0, 0.8, (100, 4))), 1, 5)
    data = table("a,b,c,d", values.astype(int).tolist())
    omega = estimates(answer(tmp_path, data, plan("alpha", "omega_total", 'items = ["a..d"]')))["omega_total"]
    from lifelong.methods.items import omega_total

    draws = [omega_total(np.cov(values[random.integers(0, 100, 100)], rowvar=False)) for _ in range(150)]
    assert omega["low"] < omega["value"] < omega["high"] <= 1
    assert omega["se"] == pytest.approx(float(np.std([d for d in draws if d is not None])), rel=0.35)


# --- units that start at different times ------------------------------------------------------------------------------

STAGGERED = plan("staggered_start", "effect", 'outcome = "y"\nunit = "u"\nperiod = "p"\nstart = "s"')


def cohorts(effect: Any, noise: float = 0.3) -> list[tuple[Any, ...]]:
    """Twelve units start in period 2, twelve in period 5, twelve never; `effect` of the start and the periods since."""
    random = np.random.default_rng(6)
    starts = [2] * 12 + [5] * 12 + [None] * 12
    return [
        (f"u{u}", p, s, round(u % 4 + 0.5 * p + (effect(s, p - s) if s is not None and p >= s else 0) + random.normal() * noise, 4))
        for u, s in enumerate(starts)
        for p in range(8)
    ]  # fmt: skip


def test_growing_effects_of_early_starters_do_not_bend_the_average(tmp_path: Path) -> None:
    """An effect that grows by one a period: averaged over what was seen it is 3.0; two-way fixed effects give far less."""
    rows = cohorts(lambda s, since: 1.0 + since)
    found = answer(tmp_path, table("u,p,s,y", rows), STAGGERED)
    truth = float(np.mean([1 + p - s for s in (2, 5) for p in range(s, 8)]))
    assert found["primary"]["value"] == pytest.approx(truth, abs=0.2)
    assert found["primary"]["low"] < truth < found["primary"]["high"]
    events = {row["since_start"]: row for row in found["result"]["tables"]["events"]}
    assert events[3]["effect"] == pytest.approx(4, abs=0.3) and abs(events[-2]["effect"]) < 0.3
    y = np.array([row[3] for row in rows])
    unit, period = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    on = np.array([row[2] is not None and row[1] >= row[2] for row in rows], dtype=float)
    dummies = [(unit == name).astype(float) for name in sorted(set(unit))] + [
        (period == p).astype(float) for p in range(1, 8)
    ]
    assert np.linalg.lstsq(np.column_stack([on, *dummies]), y, rcond=None)[0][0] < truth - 0.3


def test_one_start_and_two_periods_are_the_difference_of_mean_changes(tmp_path: Path) -> None:
    rows = [row for row in cohorts(lambda s, since: 2.0) if row[2] != 5 and row[1] in (1, 2)]
    found = answer(tmp_path, table("u,p,s,y", rows), STAGGERED)
    change = {u: {p: y for v, p, _, y in rows if v == u} for u, *_ in rows}
    on, off = (np.array([c[2] - c[1] for u, c in change.items() if (int(u[1:]) < 12) is had]) for had in (True, False))
    assert found["primary"]["value"] == pytest.approx(on.mean() - off.mean())
    assert found["primary"]["se"] == pytest.approx(np.sqrt(on.var(ddof=1) / 12 + off.var(ddof=1) / 12))


def test_later_starters_serve_as_controls_until_they_start(tmp_path: Path) -> None:
    rows = [row for row in cohorts(lambda s, since: 2.0) if row[2] is not None]
    data = table("u,p,s,y", rows)
    with pytest.raises(RefusedError, match="not_yet"):
        answer(tmp_path, data, STAGGERED)
    found = answer(tmp_path, data, STAGGERED + 'controls = "not_yet"')
    assert found["primary"]["value"] == pytest.approx(2, abs=0.3)
    assert {(row["start"], row["period"]) for row in found["result"]["tables"]["cells"] if not row["before"]} == {("2", "2"), ("2", "3"), ("2", "4")}  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([("a", 1, 2, 3.0), ("a", 1, 2, 4.0)], "did.repeated_period"),
        ([("a", 1, 2, 3.0), ("a", 2, 1, 4.0)], "did.start_changes"),
        ([(u, p, 3 if u < 20 else None, p + 2 * (u < 20) * (p > 2)) for u in range(40) for p in range(5)], "did.no_error"),
        ([(u, p, 0 if u < 20 else None, u * p) for u in range(40) for p in range(5)], "did.no_cohort"),
        ([(u, p, 3 if u < 4 else None, u * p % 7) for u in range(40) for p in range(5)], "did.few_clusters"),
    ],
)  # fmt: skip
def test_starts_that_tell_nothing_are_refused(rows: list[Any], code: str, tmp_path: Path) -> None:
    with pytest.raises(RefusedError) as refused:
        answer(tmp_path, table("u,p,s,y", rows), STAGGERED)
    assert refused.value.reason.rule == code


def test_the_shift_of_many_changes_is_found_without_listing_their_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    from lifelong.methods import ranks

    change = np.random.default_rng(1).normal(size=300).round(2)
    listed = ranks.walsh_averages(change, [1, 500, 22575, 45150])
    monkeypatch.setattr(ranks, "MOST_LISTED", 10)
    assert ranks.walsh_averages(change, [1, 500, 22575, 45150]) == pytest.approx(listed, abs=1e-9)


# --- scores that are missing after ------------------------------------------------------------------------------------

IMPUTED = plan("imputed_change", "mean_change", 'id = "id"\npre = "a"\npost = "b"')


def fading(n: int = 300) -> tuple[list[tuple[Any, ...]], np.ndarray, np.ndarray]:
    """Everybody gains 4 points less 0.3 per point of the score before; people with low scores before drop out."""
    random = np.random.default_rng(8)
    pre = random.normal(10, 2, n)
    post = pre + 4 - 0.3 * (pre - 10) + random.normal(0, 1, n)
    stays = random.random(n) < 1 / (1 + np.exp(-(pre - 10)))
    rows = [
        (i, round(float(a), 4), round(float(b), 4) if s else None)
        for i, (a, b, s) in enumerate(zip(pre, post, stays, strict=True))
    ]
    return rows, pre, np.where(stays, post, np.nan)


def test_imputation_finds_the_change_of_everybody_and_not_of_those_who_stayed(tmp_path: Path) -> None:
    rows, pre, post = fading()
    found = answer(tmp_path, table("id,a,b", rows), IMPUTED + "imputations = 500")
    by, seen = estimates(found), ~np.isnan(post)
    slope = np.polyfit(pre[seen], post[seen], 1)[0]
    by_regression = post[seen].mean() + slope * (pre.mean() - pre[seen].mean()) - pre.mean()  # what endless draws give
    assert by["mean_change"]["value"] == pytest.approx(by_regression, abs=0.02)
    assert by["mean_change"]["low"] < 4 < by["mean_change"]["high"]
    assert by["mean_change_complete"]["value"] < by["mean_change"]["value"] - 0.15
    assert 0.4 < found["result"]["details"]["missing_information"] < 0.8


def test_silent_people_who_did_worse_pull_the_change_down_by_their_share(tmp_path: Path) -> None:
    rows, _, post = fading()
    data = table("id,a,b", rows)
    same, worse = (answer(tmp_path, data, IMPUTED + f"delta = {d}")["primary"]["value"] for d in (0.0, -2.0))
    assert same - worse == pytest.approx(2 * float(np.isnan(post).mean()))


def test_the_rules_of_rubin_pool_as_printed() -> None:
    """Values 1, 2, 3 with variance 1 each: T = 1 + 4/3, share 4/7, df by Barnard and Rubin."""
    value, se, df, share = pooled(np.array([1.0, 2.0, 3.0]), np.ones(3), 99)
    assert (value, se**2, share) == (2, pytest.approx(7 / 3), pytest.approx(4 / 7))
    assert df == pytest.approx(1 / ((4 / 7) ** 2 / 2 + 1 / (100 / 102 * 99 * 3 / 7)))


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([(i, i, i * i % 7) for i in range(30)], "imputation.nothing_missing"),
        ([(i, i, i if i < 9 else None) for i in range(30)], "imputation.few_answers"),
        ([(i, i, 2 * i if i < 25 else None) for i in range(30)], "model.perfect_fit"),
        ([(i % 9, i, i) for i in range(30)], "paired.repeated_ids"),
    ],
)
def test_scores_that_cannot_be_imputed_are_refused(rows: list[Any], code: str, tmp_path: Path) -> None:
    with pytest.raises(RefusedError) as refused:
        answer(tmp_path, table("id,a,b", rows), IMPUTED)
    assert refused.value.reason.rule == code
