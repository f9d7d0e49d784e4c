"""What goes wrong in real evaluations, and what the methods say to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lifelong.methods.result import RefusedError
from methods.written import answer, codes, plan, table

PAIRS = 'id = "id"\npre = "pre"\npost = "post"'
PAIRED = plan("paired_means", "mean_difference", PAIRS)


def scores(n: int, prefix: str = "p", shift: float = 2.0) -> list[tuple[Any, ...]]:
    random = np.random.default_rng(7)
    return [(f"{prefix}{i}", round(10 + random.normal(), 2), round(10 + shift + random.normal(), 2)) for i in range(n)]


def refusal(folder: Path, data: str, text: str) -> RefusedError:
    with pytest.raises(RefusedError) as refused:
        answer(folder, data, text)
    assert refused.value.reason.sentence and refused.value.reason.next_step
    return refused.value


REFUSED_PAIRS = [
    ("unmatched", [(f"a{i}", 10, None) for i in range(20)] + [(f"b{i}", None, 12) for i in range(20)], "paired.no_pairs"),
    ("mostly unmatched", scores(12) + [(f"b{i}", None, 12) for i in range(20)], "paired.mostly_unmatched"),
    ("blank id", [*scores(20), (None, 10, 12)], "paired.blank_ids"),
    ("id twice", [*scores(20), ("p3", 10, 12)], "paired.repeated_ids"),
    ("nine pairs", scores(9), "paired.few_pairs"),
    ("skewed", [(f"p{i}", 10, 10 + i % 2 / 10) for i in range(19)] + [("x", 1, 90)], "paired.differences_not_normal"),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "code"), [r[1:] for r in REFUSED_PAIRS], ids=[r[0] for r in REFUSED_PAIRS])
def test_a_paired_test_refuses(rows: list[tuple[Any, ...]], code: str, tmp_path: Path) -> None:
    assert refusal(tmp_path, table("id,pre,post", rows), PAIRED).reason.rule == code


def test_ids_that_repeat_across_centres_are_matched_within_the_centre(tmp_path: Path) -> None:
    rows = [("A", *row) for row in scores(15)] + [("B", *row) for row in scores(15, shift=0)]
    data = table("centre,id,pre,post", rows)
    assert "columns.centre" in refusal(tmp_path, data, PAIRED).reason.next_step
    found = answer(tmp_path, data, plan("paired_means", "mean_difference", PAIRS + '\ncentre = "centre"'))
    assert found["result"]["n"]["pairs"] == 30
    assert "paired.clustered" in codes(found)


def test_ids_that_repeat_across_centres_are_caught_in_repeated_answers(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    rows = [(c, f"p{i}", w, round(10 + w + random.normal(), 3)) for c in "AB" for i in range(12) for w in (0, 1)]
    columns = 'outcome = "score"\npredictors = ["wave"]\ncluster = "id"\noccasion = "wave"'
    data = table("centre,id,wave,score", rows)
    assert refusal(tmp_path, data, plan("mixed_model", "wave", columns)).reason.rule == "repeated.same_occasion"
    found = answer(tmp_path, data, plan("mixed_model", "wave", columns + '\ncentre = "centre"'))
    assert found["result"]["n"]["clusters"] == 24


def test_people_with_one_answer_are_counted_and_named_as_left_out(tmp_path: Path) -> None:
    found = answer(tmp_path, table("id,pre,post", [*scores(30), ("only", 9, None)]), PAIRED)
    assert (found["result"]["n"]["pairs"], found["result"]["n"]["only_pre"]) == (30, 1)
    assert "paired.some_unmatched" in codes(found)


def test_only_the_first_attempt_counts(tmp_path: Path) -> None:
    rows = [
        (
            f"p{i}",
            wave,
            attempt,
            10 + i % 4 + (wave == "post") * (1 + 5 * (attempt == 2)) + i % 3 / 10 * (wave == "post"),
        )
        for i in range(30)
        for wave in ("pre", "post")
        for attempt in (2, 1)
    ]
    columns = 'id = "id"\nscore = "score"\nwave = "wave"\nattempt = "try"'
    found = answer(tmp_path, table("id,wave,try,score", rows), plan("paired_means", "mean_difference", columns))
    assert found["primary"]["value"] == pytest.approx(1.1)
    assert "paired.later_attempts_left_out" in codes(found)


def test_two_forms_of_one_person_without_attempt_number_are_refused(tmp_path: Path) -> None:
    rows = [(f"p{i}", wave, 10 + i % 4) for i in range(30) for wave in ("pre", "post")] + [("p1", "post", 3)]
    text = plan("paired_means", "mean_difference", 'id = "id"\nscore = "score"\nwave = "wave"')
    assert refusal(tmp_path, table("id,wave,score", rows), text).reason.rule == "paired.repeated_ids"


def test_a_then_test_is_never_called_learning(tmp_path: Path) -> None:
    data = table("id,pre,post", [(f"p{i}", 2 + i % 2, 3 + i % 3) for i in range(40)])
    assert refusal(tmp_path, data, PAIRED + "self_rated = true").reason.rule == "paired.self_rated_then_test"
    found = answer(tmp_path, data, plan("signed_rank", "rank_biserial", PAIRS, "self_rated = true\ntop = 4"))
    assert "self-rated, retrospective" in found["result"]["design"]
    assert found["result"]["tables"]["answers"][-1]["answer"] == "4 or higher"


def test_the_ceiling_before_is_shown(tmp_path: Path) -> None:
    data = table("id,pre,post", [(f"p{i}", 10 if i < 12 else 5 + i % 4, 10 - i % 2) for i in range(40)])
    assert "paired.ceiling" in codes(answer(tmp_path, data, PAIRED + "max_score = 10"))


def test_yes_no_pairs_need_an_id_and_few_changes_an_exact_test(tmp_path: Path) -> None:
    data = table("id,a,b", [(f"p{i}", "yes" if i < 10 else "no", "yes" if i < 18 else "no") for i in range(30)])
    text = plan("mcnemar", "risk_difference", 'first = "a"\nsecond = "b"', 'success = "yes"')
    assert refusal(tmp_path, data, text).reason.rule == "paired.no_id"
    found = answer(tmp_path, data, text.replace("[columns]", '[columns]\nid = "id"'))
    assert found["result"]["details"]["test_to_report"] == "mcnemar_exact"
    assert found["primary"]["value"] == pytest.approx(8 / 30)


def test_shared_ids_in_two_samples_are_refused_as_matched(tmp_path: Path) -> None:
    rows = [(f"p{i}", wave, 10 + i % 5) for i in range(15) for wave in ("pre", "post")]
    text = plan(
        "unpaired_means",
        "mean_difference",
        'value = "score"\ngroup = "wave"\nid = "id"',
        'first = "pre"\nsecond = "post"',
    )
    assert refusal(tmp_path, table("id,wave,score", rows), text).reason.rule == "unpaired.shared_ids"


def test_unmatched_samples_are_said_to_be_unmatched(tmp_path: Path) -> None:
    rows = [("pre", 10 + i % 5) for i in range(20)] + [("post", 11 + i % 5) for i in range(15)]
    text = plan(
        "unpaired_means", "mean_difference", 'value = "score"\ngroup = "wave"', 'first = "pre"\nsecond = "post"'
    )
    found = answer(tmp_path, table("wave,score", rows), text)
    assert found["result"]["design"] == "two unmatched samples" and "unpaired.unmatched" in codes(found)
    assert found["primary"]["value"] == pytest.approx(1)


def test_a_distractor_chosen_more_than_the_key_is_flagged(tmp_path: Path) -> None:
    rows = [("A" if i % 3 else "B", "C" if i % 4 else "D", "A" if i % 2 else "B") for i in range(60)]
    text = plan("item_analysis", "alpha", 'items = ["q1..q3"]', 'key = { q1 = "B", q2 = "C", q3 = "A" }')
    found = answer(tmp_path, table("q1,q2,q3", rows), text)["result"]["tables"]
    strong = [(row["item"], row["answer"]) for row in found["distractors"] if row["more_than_key"]]
    assert strong == [("q1", "A")]


def test_few_clusters_are_refused_and_missing_occasions_kept(tmp_path: Path) -> None:
    rows = [(f"c{i % 4}", i % 2, (i // 3) % 2) for i in range(40)]
    text = plan("gee", "x", 'outcome = "y"\npredictors = ["x"]\ncluster = "c"')
    assert refusal(tmp_path, table("c,x,y", rows), text).reason.rule == "gee.few_clusters"


def test_a_group_nobody_of_answered_cannot_be_weighted(tmp_path: Path) -> None:
    rows = [("nurse" if i % 2 else "physician", 3 + i % 3) for i in range(30)]
    text = plan(
        "weighting",
        "mean",
        'outcome = "y"',
        'adjust = "post_stratify"\nmargins.job = { nurse = 100, physician = 50, pharmacist = 20 }',
    )
    assert refusal(tmp_path, table("job,y", rows), text).reason.rule == "weighting.nobody"


def test_weights_above_five_times_the_median_are_trimmed_and_both_means_shown(tmp_path: Path) -> None:
    rows = [("a", 1)] * 50 + [("b", 5)] * 6
    options = 'adjust = "post_stratify"\ntrim = true\nmargins.g = { a = 50, b = 300 }'
    found = answer(tmp_path, table("g,y", rows), plan("weighting", "mean", 'outcome = "y"', options))
    assert "weighting.trimmed" in codes(found)
    assert found["result"]["details"]["weight_max"] == pytest.approx(5 * found["result"]["details"]["weight_median"])
    means = {e["name"]: e["value"] for e in found["result"]["estimates"]}
    assert means["mean_unweighted"] == pytest.approx((50 + 30) / 56) and means["mean"] > means["mean_unweighted"]


def test_non_response_compares_without_p_values(tmp_path: Path) -> None:
    rows = [(int(i < 40), "nurse" if i < 60 else "physician", 50 + (i < 40) * 10 + i % 7) for i in range(100)]
    text = plan("non_response", "response_rate", 'responded = "r"\nfields = ["job", "pretest"]')
    found = answer(tmp_path, table("r,job,pretest", rows), text)
    assert found["primary"]["value"] == pytest.approx(0.4)
    assert found["result"]["tests"] == [] and "non_response.unlike" in codes(found)


def test_the_tipping_point_brings_the_mean_of_all_to_zero(tmp_path: Path) -> None:
    text = plan("tipping_point", "tips_to_null", 'change = "d"', "invited = 50")
    found = answer(tmp_path, table("d", [(2 + i % 3,) for i in range(20)]), text)
    mean = next(e["value"] for e in found["result"]["estimates"] if e["name"] == "mean_of_answers")
    assert 20 * mean + 30 * found["primary"]["value"] == pytest.approx(0)


def test_one_hospital_is_ranked_among_its_peers(tmp_path: Path) -> None:
    rows = [(f"07{i:04d}", 0.6, 0.6 + i / 1000) for i in range(99)] + [("070999", 0.6, 0.9)]
    text = plan(
        "permutation_rank", "change_beyond_peers", 'unit = "ccn"\nbefore = "a"\nafter = "b"', 'treated = "070999"'
    )
    found = answer(tmp_path, table("ccn,a,b", rows), text)
    assert found["result"]["tests"][0]["p"] == pytest.approx(1 / 100)
    assert found["result"]["verb"] == "consistent with"
    assert refusal(tmp_path, table("ccn,a,b", rows), text + "nearest = 5").reason.rule == "permutation.few_peers"


def two_groups(units: int, effect: float) -> list[tuple[Any, ...]]:
    random = np.random.default_rng(3)
    return [
        (
            f"u{u}",
            int(u < units),
            period,
            int(period >= 3),
            round(10 + u % 5 + period + effect * (u < units and period >= 3) + random.normal() / 5, 4),
        )
        for u in range(2 * units)
        for period in range(6)
    ]


DID = plan(
    "difference_in_differences", "did", 'outcome = "y"\ntreated = "t"\nafter = "post"\nunit = "u"\nperiod = "period"'
)


def test_did_finds_the_effect_and_shows_the_periods_before(tmp_path: Path) -> None:
    found = answer(tmp_path, table("u,t,period,post,y", two_groups(12, 3.0)), DID + "draws = 99")
    assert found["primary"]["value"] == pytest.approx(3, abs=0.2)
    assert found["result"]["verb"] == "estimated effect"
    lead = [row for row in found["result"]["tables"]["event_study"] if row["before"]]
    assert all(row["low"] < 0 < row["high"] for row in lead)
    tests = {t["name"]: t["p"] for t in found["result"]["tests"]}
    assert list(tests) == ["did", "did_wild_bootstrap", "leads"] and tests["leads"] > 0.05
    sizes = {e["name"]: e["value"] for e in found["result"]["estimates"]}
    assert sizes["did_unit_effects"] == pytest.approx(sizes["did"])  # the same in a complete panel


def test_did_refuses_few_clusters_and_staggered_starts(tmp_path: Path) -> None:
    assert refusal(tmp_path, table("u,t,period,post,y", two_groups(3, 1)), DID).reason.rule == "did.few_clusters"
    staggered = [
        (u, t, p, 1 if t and u in ("u0", "u1") and p >= 2 else post, y) for u, t, p, post, y in two_groups(12, 1)
    ]
    assert refusal(tmp_path, table("u,t,period,post,y", staggered), DID).reason.rule == "did.staggered"


def test_ancova_adjusts_and_its_verb_follows_the_design(tmp_path: Path) -> None:
    random = np.random.default_rng(5)
    rows = [
        ("on" if i % 2 else "off", x, round(0.5 * x + 2 * (i % 2) + random.normal() / 3, 3))
        for i, x in enumerate(np.round(random.normal(10, 2, 80), 2))
    ]
    text = plan(
        "ancova", "adjusted_difference", 'pre = "a"\npost = "b"\ngroup = "g"', 'treated = "on"\ncomparison = "off"'
    )
    found = answer(tmp_path, table("g,a,b", rows), text)
    assert found["primary"]["value"] == pytest.approx(2, abs=0.2)
    assert found["result"]["verb"] == "associated with"
    assert answer(tmp_path, table("g,a,b", rows), text + "randomised = true")["result"]["verb"] == "estimated effect"


def test_krippendorff_takes_texts_that_a_coder_missed(tmp_path: Path) -> None:
    coders = [  # Krippendorff's own example: alpha .743 for names, .849 for numbers
        ("1", "2", "3", "3", "2", "1", "4", "1", "2", "", "", ""),
        ("1", "2", "3", "3", "2", "2", "4", "1", "2", "5", "", "3"),
        ("", "3", "3", "3", "2", "3", "4", "2", "2", "5", "1", ""),
        ("1", "2", "3", "3", "2", "4", "4", "1", "2", "5", "1", ""),
    ]
    data = table("a,b,c,d", zip(*coders, strict=True))
    text = plan("krippendorff_alpha", "alpha", 'raters = ["a..d"]', top='accept = ["agreement.few_subjects"]')
    assert answer(tmp_path, data, text)["primary"]["value"] == pytest.approx(0.743, abs=5e-4)
    assert answer(tmp_path, data, text + 'scale = "ordinal"')["primary"]["value"] == pytest.approx(0.815, abs=5e-4)
    assert answer(tmp_path, data, text + 'scale = "interval"')["primary"]["value"] == pytest.approx(0.849, abs=5e-4)


def test_commitments_of_one_person_are_not_independent(tmp_path: Path) -> None:
    """Three commitments a person, kept or dropped together: the interval is that of people, not of commitments."""
    text = plan("gee", "share", 'outcome = "kept"\ncluster = "who"', 'working = "independence"')
    people = [(f"p{i}", int(i % 5 < 3)) for i in range(60)]
    tripled = answer(tmp_path, table("who,kept", [row for row in people for _ in range(3)]), text)["primary"]
    single = answer(tmp_path, table("who,kept", people), text)["primary"]
    assert tripled["value"] == pytest.approx(0.6)
    assert (tripled["low"], tripled["high"]) == (pytest.approx(single["low"]), pytest.approx(single["high"]))


def test_a_difference_of_shares_names_the_benchmark_and_turns_to_fisher_when_few(tmp_path: Path) -> None:
    data = table("wave,answer,n", [("pre", "yes", 30), ("pre", "no", 20), ("post", "yes", 40), ("post", "no", 10)])
    options = 'success = "yes"\nfirst = "pre"\nsecond = "post"\nbenchmark = "meetings_practice"'
    text = plan("two_proportions", "risk_difference", 'answer = "answer"\ngroup = "wave"\ncount = "n"', options)
    found = answer(tmp_path, data, text)
    assert found["primary"]["value"] == pytest.approx(0.2)
    assert found["result"]["tables"]["benchmark"][0]["value"] == 0.06
    assert found["result"]["tests"][0]["name"] == "chi_square"
    few = answer(tmp_path, data.replace("30", "11").replace("20", "1").replace("40", "12").replace("10", "2"), text)
    assert few["result"]["tests"][0]["name"] == "fisher_exact"


DEGENERATE = [
    ("fleiss_kappa", "kappa", 'counts = ["a", "b"]', "", [(3, None), (2, 1)], "agreement.bad_count"),
    ("cohen_kappa", "kappa", 'rater1 = "a"\nrater2 = "b"', "", [("x", "x"), ("x", "y")] * 15, "agreement.one_code"),
    ("icc", "icc2", 'ratings = ["a", "b"]', "", [(1, 1), (1, 1), (1, 1)], "agreement.no_spread"),
    ("krippendorff_alpha", "alpha", 'raters = ["a", "b"]', 'scale = "interval"', [("x", "y")] * 25, "agreement.not_numbers"),
    ("weighting", "mean", 'outcome = "a"\npopulation = "b"', "", [(i, 5) for i in range(30)], "weighting.bad_population"),
    ("gee", "b", 'outcome = "a"\npredictors = ["b"]\ncluster = "b"', 'family = "poisson"', [(-i, i) for i in range(30)], "model.negative_count"),
    ("gee", "x", 'outcome = "a"\npredictors = ["a", "b"]\ncluster = "b"', "", [(i % 2, i % 2) for i in range(30)], "model.outcome_as_predictor"),
    ("interrupted_time_series", "level_change", 'time = "a"\noutcome = "b"', "intervention_at = 15", [(i, 2 * i) for i in range(30)], "its.perfect_fit"),
    ("signed_rank", "hodges_lehmann", 'id = "a"\npre = "b"\npost = "b"', "", [(i, 2) for i in range(30)], "paired.same_column"),
    ("ancova", "adjusted_difference", 'group = "a"\npre = "b"\npost = "b"', 'treated = "x"\ncomparison = "y"', [("xy"[i % 2], 3) for i in range(40)], "ancova.no_spread"),
    ("multiplicity", "rejected_holm", 'p = "b"', "", [(1, 2.5)], "multiplicity.not_p_values"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("method", "primary", "columns", "options", "rows", "code"), DEGENERATE, ids=[f"{d[0]}-{d[5]}" for d in DEGENERATE]
)
def test_data_that_hold_no_answer_are_refused(
    method: str, primary: str, columns: str, options: str, rows: list[Any], code: str, tmp_path: Path
) -> None:
    assert refusal(tmp_path, table("a,b", rows), plan(method, primary, columns, options)).reason.rule == code


def test_coders_who_agree_on_every_text_have_no_interval(tmp_path: Path) -> None:
    found = answer(
        tmp_path,
        table("a,b", [("x", "x"), ("y", "y")] * 12),
        plan("cohen_kappa", "kappa", 'rater1 = "a"\nrater2 = "b"'),
    )
    assert (found["primary"]["value"], found["primary"]["low"]) == (1, None)
    assert "agreement.no_interval" in codes(found)
