"""Files as they really arrive, and data without spread, events or sense: refused or warned of with a reason, never a wrong number."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lifelong.methods.plan import PlanError
from lifelong.methods.result import RefusedError
from lifelong.methods.run import run_plan
from methods.reference import TODAY
from methods.written import answer, codes, plan, table, write

PAIRS = 'id = "id"\npre = "pre"\npost = "post"'
PAIRED = plan("paired_means", "mean_difference", PAIRS)
RANDOM = np.random.default_rng(11)
SCORES = [(f"{i:03d}", round(10 + a, 2), round(12 + b, 2)) for i, (a, b) in enumerate(RANDOM.normal(size=(30, 2)))]
CSV = table("id,pre,post", SCORES)
DIFFERENCE = float(np.mean([post - pre for _, pre, post in SCORES]))


def reason_of(run: Callable[[], Any]) -> tuple[str, str]:
    """Code (or key of a wrong plan) and the words of a refusal."""
    with pytest.raises((PlanError, RefusedError)) as refused:
        run()
    reason = refused.value.reason
    assert reason.sentence and reason.next_step
    return (reason.field if reason.rule == "plan.wrong" else reason.rule), f"{reason.sentence} {reason.next_step}"


BROKEN_FILES = [
    ("semicolons", CSV.replace(",", ";").encode(), "data.csv", "separator", 'separator = ";"'),
    ("a cell too many", b"id,pre,post\n1,2,3,4\n", "data.csv", "data", "Data row 1 of data.csv has 4 cells, the header has 3"),
    ("a cell too few", b"id,pre,post\n1,2,3\n9\n", "data.csv", "data", "Data row 2 of data.csv has 1 cells"),
    ("a column twice", b"id,pre,pre\n1,2,3\n", "data.csv", "data", "Column pre occurs twice"),
    ("an open quote", b'id,pre,post\n"1,2,3\n', "data.csv", "data", "cannot be read"),
    ("no line at all", b"", "data.csv", "data", "no header"),
    ("a header only", b"id,pre,post\n", "data.csv", "data", "header only"),
    ("a cut gzip", gzip.compress(CSV.encode())[:60], "data.csv.gz", "data", "cannot be read"),
    ("no parquet", b"xxx", "data.parquet", "data", "cannot be read"),
    ("UTF-16", CSV.encode("utf-16"), "data.csv", "encoding", "not utf-8"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "name", "key", "words"), [b[1:] for b in BROKEN_FILES], ids=[b[0] for b in BROKEN_FILES]
)
def test_a_broken_file_is_refused(data: bytes, name: str, key: str, words: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    file = tmp_path / "plan.toml"
    file.write_text(PAIRED.replace("data.csv", name), encoding="utf-8")
    found = reason_of(lambda: run_plan(file, today=TODAY))
    assert found[0] == key and words in found[1]


EUROPEAN = CSV.replace(",", ";").replace(".", ",")
READABLE = [
    ("semicolons and decimal commas", EUROPEAN.encode(), 'separator = ";"\ndecimal = ","'),
    ("byte order mark", b"\xef\xbb\xbf" + CSV.encode(), ""),
    ("UTF-16", CSV.encode("utf-16"), 'encoding = "utf-16"'),
    ("line ends of Windows and a blank last line", CSV.replace("\n", "\r\n").encode() + b"\r\n", ""),
    ("separators at the end of a line", CSV.replace("\n", ",\n").replace("post,", "post", 1).encode(), ""),
    ("a comment sign inside a cell", CSV.replace("000,", "Unit #3,", 1).encode(), 'comment = "#"'),
    ("blanks around cells", CSV.replace(",", " , ").encode(), ""),
]  # fmt: skip


@pytest.mark.parametrize(("data", "top"), [r[1:] for r in READABLE], ids=[r[0] for r in READABLE])
def test_the_same_table_written_in_another_way_gives_the_same_answer(data: bytes, top: str, tmp_path: Path) -> None:
    file = write(tmp_path, "", plan("paired_means", "mean_difference", PAIRS, top=top))
    (tmp_path / "data.csv").write_bytes(data)
    found = run_plan(file, today=TODAY)
    assert found["primary"]["value"] == pytest.approx(DIFFERENCE)
    assert found["result"]["n"]["pairs"] == 30


def test_a_code_for_no_answer_is_missing_in_every_kind_of_file(tmp_path: Path) -> None:
    frame = pd.DataFrame(SCORES, columns=["id", "pre", "post"])
    frame.loc[3, "pre"] = -9.0
    frame.to_csv(tmp_path / "data.csv", index=False)
    frame.to_parquet(tmp_path / "data.parquet")
    for name in ("data.csv", "data.parquet"):
        text = plan("paired_means", "mean_difference", PAIRS, top='missing = ["-9"]').replace("data.csv", name)
        (tmp_path / "plan.toml").write_text(text, encoding="utf-8")
        assert run_plan(tmp_path / "plan.toml", today=TODAY)["result"]["n"]["pairs"] == 29


def test_a_stray_word_is_named_with_its_row_in_the_file_also_after_a_filter(tmp_path: Path) -> None:
    data = table("id,g,pre,post", [(i, "ab"[i % 2], 1, "x" if i == 7 else 2) for i in range(10)])
    assert "data row 8" in reason_of(lambda: answer(tmp_path, data, PAIRED + '[where]\ng = "b"'))[1]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (PAIRED + "level = nan", "options.level"),
        (PAIRED + "max_score = inf", "options.max_score"),
        (PAIRED.replace("\n[columns]", 'decimal = ";"\n[columns]'), "decimal"),
        (PAIRED.replace("\n[columns]", 'separator = "||"\n[columns]'), "separator"),
        (plan("control_chart", "centre:1", 'period = "pre"\nvalue = "post"', 'chart = "i"\nrules = []'), "options.rules"),
        (plan("alpha", "alpha", 'items = ["pre", "pre"]'), "columns.items"),
        (plan("commitments", "implemented_of_asked", 'person = "id"\nstatus = "pre"', "implemented = []"), "options.implemented"),
        (plan("weighting", "mean", 'outcome = "pre"', 'adjust = "post_stratify"\nmargins.id = { 000 = -5 }'), "options.margins.id"),
    ],
)  # fmt: skip
def test_a_choice_that_no_number_can_have_is_refused(text: str, key: str, tmp_path: Path) -> None:
    assert reason_of(lambda: answer(tmp_path, CSV, text))[0] == key


LONG = 'id = "id"\nscore = "s"\nwave = "w"'
TWO = 'answer = "y"\ngroup = "g"\ncount = "n"'
TWO_OPTIONS = 'success = "yes"\nfirst = "a"\nsecond = "b"'
GROUPS = 'value = "v"\ngroup = "g"'
GROUP_OPTIONS = 'first = "a"\nsecond = "b"'
MODEL = 'outcome = "y"\npredictors = ["x"]\ncluster = "c"'
CELLS = 'first = "a"\nsecond = "b"\ncount = "n"'
CODES = 'rater1 = "a"\nrater2 = "b"\ncount = "n"'
DID = 'outcome = "y"\ntreated = "t"\nafter = "p"\nunit = "u"'
ITS = 'time = "t"\noutcome = "y"'
COUNT = 'period = "t"\nnumerator = "n"\ndenominator = "d"'


def yes_no(*counts: Any) -> str:
    return table("g,y,n", zip("aabb", ("yes", "no", "yes", "no"), counts, strict=True))


def coded(*counts: Any) -> str:
    return table("a,b,n", zip("yynn", "ynyn", counts, strict=True))


def clusters(y: Callable[[int], Any], x: Callable[[int], Any] = lambda i: i % 2, units: int = 30) -> str:
    return table("c,x,y", [(i // 4 % units, x(i), y(i)) for i in range(120)])


def panel(y: Callable[[int, int, int], Any], units: int = 24) -> str:
    return table("u,t,p,y", [(u, u % 2, p, y(u, u % 2, p)) for u in range(units) for p in (0, 1)])


def series(y: Callable[[int], Any], n: int = 30) -> str:
    return table("t,y", [(i, y(i)) for i in range(n)])


NO_ANSWER: list[tuple[str, str, str, str, str, str, str]] = [
    ("wave misspelt", "paired_means", "mean_difference", LONG, "", table("id,w,s", [(i, w, i) for i in range(30) for w in ("T1", "T2")]), "paired.unknown_wave"),
    ("attempt unknown", "paired_means", "mean_difference", LONG + '\nattempt = "n"', "", table("id,w,s,n", [(i, w, i, None if i == 3 else 1) for i in range(30) for w in ("pre", "post")]), "paired.blank_attempts"),
    ("summaries twice", "control_chart", "centre:1", 'period = "t"\ntotal = "a"\nsd = "b"', 'chart = "xbar"\nsubgroup_size = 5', table("t,a,b", [(i // 2, i, 1) for i in range(20)]), "series.repeated_period"),
    ("blank centre", "paired_means", "mean_difference", PAIRS + '\ncentre = "c"', "", table("id,c,pre,post", [(i, "A" if i % 2 else None, i, 2 * i) for i in range(30)]), "paired.blank_ids"),
    ("groups constant", "unpaired_means", "mean_difference", GROUPS, GROUP_OPTIONS, table("g,v", [("ab"[i % 2], i % 2) for i in range(40)]), "unpaired.no_spread"),
    ("group with itself", "unpaired_means", "mean_difference", GROUPS, 'first = "a"\nsecond = "a"', table("g,v", [("ab"[i % 2], i) for i in range(40)]), "unpaired.same_group"),
    ("negative count", "two_proportions", "risk_difference", TWO, TWO_OPTIONS, yes_no(-3, 20, 10, 9), "counts.not_counts"),
    ("empty count", "two_proportions", "risk_difference", TWO, TWO_OPTIONS, yes_no(None, 20, 10, 9), "counts.not_counts"),
    ("share as count", "two_proportions", "risk_difference", TWO, TWO_OPTIONS, yes_no(0.3, 20, 10, 9), "counts.not_counts"),
    ("success misspelt", "two_proportions", "risk_difference", TWO, TWO_OPTIONS.replace("yes", "Yes"), yes_no(5, 20, 10, 9), "binary.no_success"),
    ("third answer", "two_proportions", "risk_difference", TWO, TWO_OPTIONS, yes_no(5, 20, 10, 9) + "b,maybe,4\n", "binary.many_answers"),
    ("negative cell", "mcnemar", "risk_difference", CELLS, 'success = "y"', coded(5, -2, 9, 3), "counts.not_counts"),
    ("empty cell", "mcnemar", "risk_difference", CELLS, 'success = "y"', coded(5, None, 9, 3), "counts.not_counts"),
    ("all tied", "friedman", "kendalls_w", 'id = "id"\noccasions = ["a", "b", "c"]', "", table("id,a,b,c", [(i, 3, 3, 3) for i in range(20)]), "rank.no_change"),
    ("nobody said yes", "gee", "x", MODEL, "", clusters(lambda i: 0), "model.no_spread"),
    ("separated", "gee", "x", MODEL, "", clusters(lambda i: i % 2), "model.separation"),
    ("half counts", "gee", "x", MODEL, 'family = "poisson"', clusters(lambda i: i % 3 + 0.5), "model.negative_count"),
    ("no outcome", "gee", "x", MODEL, "", clusters(lambda i: None), "model.no_rows"),
    ("factor that is no predictor", "gee", "x", MODEL, 'factors = ["z"]', clusters(lambda i: i % 3 // 2), "model.unused_name"),
    ("constant outcome", "mixed_model", "x", MODEL, "", clusters(lambda i: 3.5), "model.no_spread"),
    ("computed outcome", "mixed_model", "x", MODEL, "", clusters(lambda i: i // 4 + 2 * (i % 2)), "model.perfect_fit"),
    ("constant slope", "mixed_model", "x", MODEL + '\nrandom_slope = "x"', "", clusters(lambda i: i * i % 7, lambda i: 1), "model.collinear"),
    ("computed score", "ancova", "adjusted_difference", 'pre = "v"\npost = "w"\ngroup = "g"', 'treated = "a"\ncomparison = "b"', table("g,v,w", [("ab"[i % 2], i, i + i % 2) for i in range(40)]), "ancova.perfect_fit"),
    ("blank unit", "permutation_rank", "rank", 'unit = "u"\nbefore = "a"\nafter = "b"', 'treated = "5"', table("u,a,b", [(i or None, i, i * i % 9) for i in range(30)]), "permutation.repeated_units"),
    ("study without mean", "effect_size_from_summary", "d:a", 'study = "s"\nmean1 = "m"\nmean2 = "k"\nn1 = "n"\nn2 = "n"\nsd1 = "d"\nsd2 = "d"', "", "s,m,k,n,d\na,,5,10,2\n", "effect_size.missing_summary"),
    ("study twice", "effect_size_from_summary", "d:a", 'study = "s"\nmean1 = "m"\nmean2 = "k"\nn1 = "n"\nn2 = "n"\nsd1 = "d"\nsd2 = "d"', "", "s,m,k,n,d\na,4,5,10,2\na,5,5,10,2\n", "effect_size.repeated_study"),
    ("study without second size", "effect_size_from_summary", "d:a", 'study = "s"\nmean1 = "m"\nmean2 = "k"\nn1 = "n"\nn2 = "n2"\nsd1 = "d"\nsd2 = "d"', "", "s,m,k,n,n2,d\na,4,5,10,,2\n", "effect_size.missing_summary"),
    ("no size after", "detectable_change", "rise:a", 'measure = "m"\nbaseline = "b"\nn_before = "n"\nn_after = "k"', "", "m,b,n,k\na,.5,50,\n", "detectable.impossible"),
    ("no outcome at all", "staggered_start", "effect", 'outcome = "y"\nunit = "u"\nperiod = "p"\nstart = "s"', "", "u,p,s,y\na,1,2,\nb,1,,\n", "model.no_rows"),
    ("no error, clustered", "difference_in_differences", "did", DID, "", panel(lambda u, t, p: 2 * t * p), "did.no_error"),
    ("no error, classical", "difference_in_differences", "did", DID, 'se = "ols"', panel(lambda u, t, p: 1), "did.no_error"),
    ("no error, four cells", "difference_in_differences", "did", DID, 'se = "unequal_variance"', panel(lambda u, t, p: 1), "did.no_error"),
    ("one unit each", "difference_in_differences", "did", DID, "", table("u,t,p,y", [(t, t, p, i) for i in range(3) for t in (0, 1) for p in (0, 1)]), "did.one_cluster"),
    ("no event after", "interrupted_time_series", "level_change_ratio", ITS, 'intervention_at = 15\nscale = "count"', series(lambda i: 0 if i > 14 else 4 + i % 3), "its.no_events"),
    ("rate as count", "interrupted_time_series", "level_change_ratio", ITS, 'intervention_at = 15\nscale = "count"', series(lambda i: 4.5 + i % 3), "counts.not_counts"),
    ("blank series name", "interrupted_time_series", "level_change", ITS + '\ngroup = "g"', 'intervention_at = 15\ntreated = "on"', table("g,t,y", [(g if i != 3 else None, i, i % 5) for g in ("on", "off") for i in range(30)]), "its.blank_group"),
    ("placebo at the edge", "interrupted_time_series", "level_change", ITS, "intervention_at = 15\nplacebo_at = 1", series(lambda i: i * i % 7), "its.no_side"),
    ("a comparison that loses a series", "interrupted_time_series", "level_change", ITS + '\ngroup = "g"', 'intervention_at = 15\ntreated = "on"', table("g,t,y", [(g, i, i * i % 7) for g in ("on", "off", "far") for i in range(30) if (g, i) != ("far", 4)]), "series.gaps"),
    ("a comparison that ends", "interrupted_time_series", "level_change_ratio", ITS + '\ngroup = "g"', 'intervention_at = 15\nscale = "count"\ntreated = "on"', table("g,t,y", [(g, i, 3 + i * i % 7) for g in ("on", "off") for i in range(30) if g == "on" or i < 15]), "its.no_side"),
    ("outcome as predictor", "mixed_model", "y", 'outcome = "y"\npredictors = ["y"]\ncluster = "c"', "", clusters(lambda i: i * i % 7), "model.outcome_as_predictor"),
    ("months by day", "interrupted_time_series", "level_change", ITS, 'intervention_at = "2021-04-01"\nunit = "day"', table("t,y", [(f"{2020 + i // 12}-{i % 12 + 1:02d}-01", i * i % 7) for i in range(30)]), "series.gaps"),
    ("month names", "control_chart", "centre:1", 'period = "t"\nvalue = "y"', 'chart = "i"\nunit = "month"', table("t,y", [("Jan", 1), ("Feb", 2)]), "series.unreadable_period"),
    ("percent as count", "control_chart", "centre:1", COUNT, 'chart = "p"', table("t,n,d", [(i, 12.5, 100) for i in range(20)]), "counts.not_counts"),
    ("negative denominator", "control_chart", "centre:1", COUNT, 'chart = "u"', table("t,n,d", [(i, 2, -100) for i in range(20)]), "chart.empty_denominator"),
    ("sigma on a run chart", "control_chart", "centre:1", 'period = "t"\nvalue = "y"', 'chart = "run"\nrules = ["nelson"]', series(lambda i: i), "chart.rules_without_limits"),
    ("half a run", "run_limits", "longest_run_max:12", 'useful = "n"', "", "n\n12\n10.5\n", "runs.too_few"),
    ("negative codes", "cohen_kappa", "kappa", CODES, "", coded(20, -3, 5, 9), "counts.not_counts"),
    ("2 and 2.0", "cohen_kappa", "kappa", 'rater1 = "a"\nrater2 = "b"', "", table("a,b", [("2", "2.0"), ("1", "1")] * 12), "agreement.same_code_twice"),
    ("one category", "fleiss_kappa", "kappa", 'counts = ["a", "b"]', "", table("a,b", [(3, 0)] * 25), "agreement.one_code"),
    ("half a coder", "fleiss_kappa", "kappa", 'counts = ["a", "b"]', "", table("a,b", [(1.5, 1.5)] * 25), "agreement.bad_count"),
    ("key never given", "item_analysis", "alpha", 'items = ["a", "b"]', 'key = { a = "x", b = "y" }', table("a,b", [("X", "Y"), ("Z", "Y")] * 20), "items.key_unused"),
    ("constant item", "alpha", "alpha", 'items = ["a", "b"]', "", table("a,b", [(i % 5 + 1, 3) for i in range(40)]), "items.constant_item"),
    ("one cluster", "weighting", "mean", 'outcome = "y"\ncluster = "c"', "", table("c,y", [(1, i) for i in range(30)]), "weighting.one_cluster"),
    ("blank stratum", "weighting", "mean", 'outcome = "y"\nstratum = "c"', "", table("c,y", [("a" if i else None, i) for i in range(30)]), "weighting.blank_design"),
    ("margins at odds", "weighting", "mean", 'outcome = "y"', 'adjust = "rake"\nmargins.g = { n = 100, p = 200 }\nmargins.s = { A = 150, B = 150 }', table("g,s,y", [("n", "A", 1)] * 30 + [("n", "B", 2)] * 10 + [("p", "B", 3)] * 20), "weighting.not_met"),
    ("margin of nobody", "weighting", "mean", 'outcome = "y"', 'adjust = "post_stratify"\nmargins.g = { n = 100, p = 0 }', table("g,y", [("n", 1), ("p", 2)] * 20), "weighting.unknown_level"),
    ("early for some", "non_response", "response_rate", 'responded = "r"\nfields = ["x"]\nearly = "e"', "", table("r,x,e", [(1, i, 2) for i in range(9)] + [(0, 1, None)]), "non_response.early_not_binary"),
    ("all answers alike", "tipping_point", "tips_to_null", 'change = "d"', "invited = 50", "d\n" + "2\n" * 10, "tipping.no_spread"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("method", "primary", "columns", "options", "data", "code"), [n[1:] for n in NO_ANSWER], ids=[f"{n[1]}-{n[0]}" for n in NO_ANSWER]
)  # fmt: skip
def test_data_without_an_answer_are_refused(
    method: str, primary: str, columns: str, options: str, data: str, code: str, tmp_path: Path
) -> None:
    assert reason_of(lambda: answer(tmp_path, data, plan(method, primary, columns, options)))[0] == code


NOTICED: list[tuple[str, str, str, str, str, str, str]] = [
    ("everybody changed alike", "paired_means", "mean_difference", PAIRS, "", table("id,pre,post", [(i, i / 7, i / 7 + 2) for i in range(30)]), "paired.no_spread"),
    ("a third wave", "paired_means", "mean_difference", LONG, 'pre_wave = "T1"\npost_wave = "T2"', table("id,w,s", [(i, w, i * k % 11) for i in range(30) for k, w in enumerate(("T1", "T2", "T3"), 2)]), "paired.other_waves"),
    ("a third group", "unpaired_means", "mean_difference", GROUPS, GROUP_OPTIONS, table("g,v", [("abc"[i % 3], i) for i in range(60)]), "unpaired.left_out"),
    ("blank answers", "two_proportions", "risk_difference", TWO, TWO_OPTIONS, yes_no(9, 20, 10, 9) + "b,,4\n", "unpaired.left_out"),
    ("a text coded once", "cohen_kappa", "kappa", 'rater1 = "a"\nrater2 = "b"', "", table("a,b", [("x", "x"), ("y", "x"), ("y", "y")] * 9 + [("x", None)]), "agreement.incomplete"),
    ("Yes and yes", "cohen_kappa", "kappa", 'rater1 = "a"\nrater2 = "b"', "", table("a,b", [("yes", "yes"), ("no", "Yes"), ("no", "no")] * 9), "agreement.alike_codes"),
    ("a chart without spread", "control_chart", "centre:1", COUNT, 'chart = "u"', table("t,n,d", [(i, 0, 30) for i in range(24)]), "chart.no_width"),
    ("a chart with gaps", "control_chart", "centre:1", 'period = "t"\nvalue = "y"', 'chart = "i"', table("t,y", [(i, i * i % 7) for i in range(30) if i not in (5, 6)]), "chart.gaps"),
    ("skipped items", "item_analysis", "alpha", 'items = ["a", "b", "c"]', "", table("a,b,c", [(i % 2, i % 3 // 2, None if i == 5 else i % 5 // 3) for i in range(40)]), "items.unanswered"),
    ("a lonely cluster", "weighting", "mean", 'outcome = "y"\nstratum = "s"\ncluster = "c"', "", table("s,c,y", [("A", 1, i) for i in range(9)] + [("B", i % 4, i) for i in range(20)]), "weighting.lonely_cluster"),
    ("an answer without margin", "weighting", "mean", 'outcome = "y"', 'adjust = "post_stratify"\nmargins.g = { n = 100 }', table("g,y", [("n", i) for i in range(20)] + [(None, 4)]), "weighting.blank_margin"),
    ("nothing to tip", "tipping_point", "tips_to_null", 'change = "d"', "invited = 50", table("d", [((-1) ** i * i,) for i in range(20)]), "tipping.already_uncertain"),
    ("a rare answer", "proportional_odds", "x", 'outcome = "y"\npredictors = ["x"]', "", table("x,y", [(i * i % 7, i % 2 + 1) for i in range(60)] + [(3, 3)]), "ordinal.rare_answer"),
    ("rows that repeat", "difference_in_differences", "did", DID + '\nperiod = "p"', "draws = 99", panel(lambda u, t, p: u * u % 7 + p + t * p) + "0,0,0,3\n", "did.repeated_rows"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("method", "primary", "columns", "options", "data", "code"), [n[1:] for n in NOTICED], ids=[f"{n[1]}-{n[0]}" for n in NOTICED]
)  # fmt: skip
def test_what_is_left_out_or_strange_is_said(
    method: str, primary: str, columns: str, options: str, data: str, code: str, tmp_path: Path
) -> None:
    found = answer(tmp_path, data, plan(method, primary, columns, options))
    assert code in codes(found)
    n = found["result"]["n"]
    assert n.get("left_out", 1) > 0 or code in ("agreement.alike_codes", "chart.no_width", "chart.gaps", "weighting.lonely_cluster", "did.repeated_rows", "paired.no_spread", "ordinal.rare_answer")  # fmt: skip


def secondary(method: str, primary: str, columns: str, options: str) -> str:
    return plan(method, primary, columns, options, 'family = "holm"') + '[[secondary]]\nname = "again"\n'


def test_the_p_value_of_a_secondary_outcome_belongs_to_its_own_figure(tmp_path: Path) -> None:
    """Not to the intercept, the level change or the chi-square that happens to come first."""
    y = [int(v) for v in np.random.default_rng(3).integers(0, 2, 120)]
    data = clusters(lambda i: y[i])
    found = answer(tmp_path, data, secondary("gee", "odds_ratio:x", MODEL, ""))
    x_test = next(t for t in found["result"]["tests"] if t["name"] == "x")
    assert found["secondary"][0]["p"] == x_test["p"]
    counts = series(lambda i: 20 + i * i % 7 - (i > 14) * 5)
    found = answer(tmp_path, counts, secondary("interrupted_time_series", "slope_change_ratio", ITS, 'intervention_at = 15\nscale = "count"'))  # fmt: skip
    assert found["secondary"][0]["p"] == next(t["p"] for t in found["result"]["tests"] if t["name"] == "slope_change")
    found = answer(tmp_path, coded(9, 8, 2, 9), secondary("mcnemar", "risk_difference", CELLS, 'success = "y"'))
    assert found["secondary"][0]["p"] == pytest.approx(stats.binomtest(2, 10).pvalue)
    found = answer(tmp_path, table("g,v", [("ab"[i % 2], i * i % 13 + i % 2) for i in range(40)]), secondary("unpaired_means", "rank_biserial", GROUPS, GROUP_OPTIONS))  # fmt: skip
    assert found["secondary"][0]["p"] == next(t["p"] for t in found["result"]["tests"] if t["name"] == "mann_whitney")


def test_a_figure_without_a_test_has_no_secondary_p(tmp_path: Path) -> None:
    text = secondary("interrupted_time_series", "trend_before", ITS, "intervention_at = 15")
    assert reason_of(lambda: answer(tmp_path, series(lambda i: i * i % 7), text))[0] == "family"


def test_a_refused_secondary_outcome_is_named(tmp_path: Path) -> None:
    text = secondary("paired_means", "mean_difference", PAIRS, "") + 'columns = { post = "pre" }'
    found = reason_of(lambda: answer(tmp_path, CSV, text))
    assert found[0] == "paired.same_column" and "Secondary outcome 'again'" in found[1]


@pytest.mark.parametrize("at", ["2021-Q3", "2021Q3", "2021-07", "2021-07-01T00:00:00"])
def test_a_quarter_is_read_in_the_ways_it_is_written(at: str, tmp_path: Path) -> None:
    rows = [(f"{2018 + i // 4}Q{i % 4 + 1}", i * i % 7 + 3 * (i > 13)) for i in range(28)]
    text = plan("interrupted_time_series", "level_change", ITS, f'intervention_at = "{at}"\nunit = "quarter"')
    assert answer(tmp_path, table("t,y", rows), text)["result"]["n"]["before"] == 14


def test_a_unit_missing_in_one_period_is_no_staggered_start(tmp_path: Path) -> None:
    random = np.random.default_rng(2)
    rows = [
        (u, u % 2, int(q > 1), q, round(u % 5 + 2 * (u % 2) * (q > 1) + random.normal(), 3))
        for u in range(30)
        for q in range(4)
        if (u, q) != (1, 2)
    ]
    text = plan("difference_in_differences", "did_unit_effects", 'outcome = "y"\ntreated = "t"\nafter = "p"\nunit = "u"\nperiod = "q"', "draws = 99")  # fmt: skip
    assert answer(tmp_path, table("u,t,p,q,y", rows), text)["primary"]["value"] == pytest.approx(2, abs=1)


def test_a_controlled_log_rate_effect_is_on_the_scale_of_the_rate(tmp_path: Path) -> None:
    """A tenth fewer events from month 15 on, against a comparison that falls with the season."""
    season = [1 + 0.2 * np.sin(i / 3) for i in range(30)]
    noise = np.random.default_rng(4).normal(0, 0.01, (2, 30))
    rows = [
        (g, i, round(1000 * season[i] * (0.9 if g == "on" and i >= 15 else 1) * np.exp(noise[k][i]), 3), 50000)
        for k, g in enumerate(("on", "off"))
        for i in range(30)
    ]
    options = 'intervention_at = 15\nscale = "log_rate"\nmodel = "level"\ntreated = "on"\nmultiplier = 1000'
    text = plan("interrupted_time_series", "relative_effect_at_12", ITS + '\ndenominator = "d"\ngroup = "g"', options)
    found = answer(tmp_path, table("g,t,y,d", rows), text)
    assert found["primary"]["value"] == pytest.approx(-0.1, abs=0.02)
    absolute = next(e for e in found["result"]["estimates"] if e["name"] == "effect_at_12")
    assert absolute["value"] == pytest.approx(-0.1 * 20 * season[26], rel=0.2)
    last = found["result"]["tables"]["series"][-1]
    assert last["observed"] == pytest.approx(rows[29][2] / 50)  # the treated series itself, not a difference


LIKERT = table("id,wave,answer", [(i, w, ("Agree", "Disagree", "Neither", "n/a")[(i + i // 3 + w) % 4]) for i in range(40) for w in (0, 1)])  # fmt: skip
WORDS = plan("proportional_odds", "odds_ratio:wave", 'outcome = "answer"\npredictors = ["wave"]\ncluster = "id"', "self_rated = true") + '[recode.answer]\n"Agree" = 3\n"Neither" = 2\n"Disagree" = 1\n'  # fmt: skip


def test_words_of_a_scale_become_numbers_by_the_plan_and_are_counted(tmp_path: Path) -> None:
    text = WORDS + '"n/a" = ""\n'
    found = answer(tmp_path, LIKERT, text)
    assert found["data"]["recoded"] == {"answer": 80}
    n = found["result"]["n"]
    assert n["rows"] + n["left_out"] == 80 and n["left_out"] > 0
    assert found["result"]["design"].endswith("self-rated, retrospective")


def test_columns_of_one_scale_are_recoded_together(tmp_path: Path) -> None:
    words = ("No", "Perhaps", "Yes")
    data = table("a,b,c", [(words[i % 3], words[(i + i // 7) % 3], words[i % 2 * 2]) for i in range(60)])
    text = plan("alpha", "alpha", 'items = ["a..c"]', "highest = 3") + '[recode."a..c"]\nNo = 1\nPerhaps = 2\nYes = 3\n'
    assert reason_of(lambda: answer(tmp_path, data, text.replace("Yes = 3", "yes = 3")))[0] == "recode.a..c"
    found = answer(tmp_path, data, text)
    assert found["data"]["recoded"] == {"a": 60, "b": 60, "c": 60}


def test_a_word_that_is_not_recoded_is_refused_and_a_misspelt_one_too(tmp_path: Path) -> None:
    assert reason_of(lambda: answer(tmp_path, LIKERT, WORDS))[1].startswith("Column answer holds 'n/a'")
    assert reason_of(lambda: answer(tmp_path, LIKERT, WORDS.replace('"Agree"', '"agree"')))[0] == "recode.answer"


def test_a_short_controlled_series_says_that_reml_guesses(tmp_path: Path) -> None:
    rows = [(g, i, i * i % 7 + (g == "on") * (i > 5)) for g in ("on", "off") for i in range(10)]
    text = plan("interrupted_time_series", "level_change", ITS + '\ngroup = "g"', 'intervention_at = 6\nmodel = "level"\ntreated = "on"')  # fmt: skip
    rows = [(g, i, y + (i % 3 if g == "on" else 0)) for g, i, y in rows]
    assert "its.few_points_for_reml" in codes(answer(tmp_path, table("g,t,y", rows), text))


def test_two_series_may_have_the_same_measurement_windows(tmp_path: Path) -> None:
    rows = [(g, 2000 + i, f"{2000 + i}-01-01", f"{2000 + i}-12-31", i * i % 7 + (g == "on") * (i % 3 + 2 * (i > 9))) for g in ("on", "off") for i in range(20)]  # fmt: skip
    columns = ITS + '\ngroup = "g"\nwindow_start = "a"\nwindow_end = "z"'
    text = plan("interrupted_time_series", "level_change", columns, 'intervention_at = 2010\ntreated = "on"')
    assert answer(tmp_path, table("g,t,a,z,y", rows), text)["result"]["n"]["points"] == 20
