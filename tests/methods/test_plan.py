"""A plan that is wrong is refused with its key and what to do; a plan that is right gives the same answer again."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lifelong.methods.examples import EXAMPLES, Example
from lifelong.methods.plan import PlanError, read_plan
from lifelong.methods.reading import read_table
from lifelong.methods.reference import CHOICES, methods_reference
from lifelong.methods.refusals import OVERRIDABLE
from lifelong.methods.registry import METHODS
from lifelong.methods.run import RESULT_FIELDS, run_plan, to_json
from methods.reference import TODAY, check_documented
from methods.written import answer, codes, plan, table, write

COLUMNS = 'id = "id"\npre = "pre"\npost = "post"'
GOOD = plan("paired_means", "mean_difference", COLUMNS)
DATA = table(
    "id,state,pre,post", [(f"{i:03d}", "CT" if i % 2 else "MA", 10 + i % 5, 12 + (i * 7) % 6) for i in range(1, 41)]
)

WRONG = [
    ("not toml = = 1", "plan", "not TOML"),
    (GOOD.replace("title", "titel"), "titel", "Did you mean title?"),
    (GOOD.replace('title = "T"\n', ""), "title", "has no title"),
    (GOOD.replace('"paired_means"', '"paired_mean"'), "method", "Did you mean paired_means?"),
    (GOOD.replace("mean_difference", "mean_diference"), "primary_outcome", "Did you mean mean_difference?"),
    (GOOD.replace("pre =", "before ="), "columns.before", "has no column 'before'"),
    (GOOD.replace('id = "id"\n', ""), "columns.id", "needs the column id"),
    (GOOD.replace('pre = "pre"', "pre = 3"), "columns.pre", "name of one column"),
    (GOOD + "levle = 0.9", "options.levle", "Did you mean level?"),
    (GOOD + 'level = "high"', "options.level", "must be a number"),
    (GOOD + "level = 95", "options.level", "out of range"),
    (GOOD + 'benchmark = "mine"', "options.benchmark", "Choose from"),
    (GOOD + "self_rated = 1", "options.self_rated", "true or false"),
    (GOOD.replace("\n[columns]", 'accept = ["its.short_series"]\n[columns]'), "accept", "can be overridden"),
    (GOOD.replace("\n[columns]", "fixed_at = 2026-09-01T09:00:00\n[columns]"), "fixed_at", "no zone"),
    (GOOD.replace("\n[columns]", 'family = "holm"\n[columns]'), "family", "no secondary outcomes"),
    (GOOD + '[[secondary]]\nname = "x"', "family", "stated family"),
    (GOOD + '[[secondary]]\nnam = "x"', "secondary[0].name", "needs a name"),
    (GOOD + "[where]\nstate = {}", "where.state", "one value or a list"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "key", "words"), WRONG, ids=[f"{i}-{w[1]}" for i, w in enumerate(WRONG)])
def test_a_wrong_plan_is_refused_with_key_reason_and_next_step(text: str, key: str, words: str) -> None:
    with pytest.raises(PlanError) as refused:
        read_plan(text)
    assert refused.value.key == key
    assert words in str(refused.value)
    assert refused.value.reason.field == key and refused.value.reason.next_step


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('title = "T"\nmethod = = 1\n', "Correct line 2: 'method = = 1'."),
        ('title = "T"\nmethod = [\n\n', "Correct line 2: 'method = ['."),
    ],
)
def test_a_plan_that_is_no_toml_names_the_line(text: str, said: str) -> None:
    with pytest.raises(PlanError) as refused:
        read_plan(text)
    assert refused.value.reason.next_step == said


def test_a_picture_is_no_data(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(40))
    with pytest.raises(PlanError, match="a picture .PNG., not a table"):
        read_table(path, read_plan(GOOD))


DATA_WRONG = [
    (GOOD.replace('"pre"', '"prae"'), DATA, "columns.pre", "Did you mean 'pre'?"),
    (GOOD, DATA.replace("001,CT,11", "001,CT,eleven"), "columns.pre", "'eleven' in data row 1"),
    (GOOD + '[where]\nstate = "VT"', DATA, "where.state", "Its values are: CT, MA"),
    (GOOD + '[where]\ncity = "VT"', DATA, "where.city", "no column 'city'"),
    (GOOD.replace("data.csv", "other.csv"), DATA, "data", "no file other.csv"),
    (GOOD.replace("data.csv", "../plan.toml"), DATA, "data", "outside the data folder"),
    (GOOD.replace("\n[columns]", "fixed_at = 2027-01-01\n[columns]"), DATA, "fixed_at", "after today"),
    (GOOD, "id,id\n1,2\n", "data", ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "data", "key", "words"), DATA_WRONG, ids=[f"{i}-{w[2]}" for i, w in enumerate(DATA_WRONG)]
)
def test_a_plan_that_does_not_fit_its_data_is_refused(
    text: str, data: str, key: str, words: str, tmp_path: Path
) -> None:
    with pytest.raises(PlanError) as refused:
        answer(tmp_path, data, text)
    if words:
        assert (refused.value.key, words in str(refused.value)) == (key, True), refused.value


def test_the_same_plan_and_data_give_the_same_text(tmp_path: Path) -> None:
    first = to_json(answer(tmp_path, DATA, GOOD))
    assert first == to_json(answer(tmp_path, DATA, GOOD))
    assert json.loads(first)["statement"].startswith("Mean difference ")


def test_the_plan_hash_ignores_spacing_and_comments_and_sees_content(tmp_path: Path) -> None:
    spaced = "# written in September\n" + GOOD.replace(" = ", "   =   ")
    assert read_plan(GOOD).sha256 == read_plan(spaced).sha256
    assert read_plan(GOOD).sha256 != read_plan(GOOD.replace('"T"', '"U"')).sha256


def test_the_data_hash_changes_with_one_cell(tmp_path: Path) -> None:
    first = answer(tmp_path, DATA, GOOD)["data"]["sha256"]
    assert first != answer(tmp_path, DATA.replace("001,CT,11", "001,CT,12"), GOOD)["data"]["sha256"]


@pytest.mark.parametrize(
    ("fixed", "modified", "known"),
    [
        ("fixed_at = 2026-09-01T09:00:00Z", datetime(2026, 10, 1, tzinfo=UTC), True),
        ("fixed_at = 2026-11-01T09:00:00Z", datetime(2026, 10, 1, tzinfo=UTC), False),
        ("fixed_at = 2026-09-01", datetime(2026, 10, 1, tzinfo=UTC), True),
        ("fixed_at = 2026-09-01T09:00:00Z", None, None),
        ("", datetime(2026, 10, 1, tzinfo=UTC), None),
    ],
)
def test_the_result_says_whether_the_plan_is_older_than_the_data(
    fixed: str, modified: Any, known: Any, tmp_path: Path
) -> None:
    text = GOOD.replace("\n[columns]", f"{fixed}\n[columns]")
    assert answer(tmp_path, DATA, text, data_modified_at=modified)["plan"]["fixed_before_data"] is known


def test_filters_keep_rows_by_text(tmp_path: Path) -> None:
    found = answer(tmp_path, DATA, GOOD + '[where]\nstate = ["CT"]')
    assert (found["data"]["rows_read"], found["data"]["rows_selected"], found["result"]["n"]["pairs"]) == (40, 20, 20)


def test_secondary_outcomes_are_adjusted_as_one_family(tmp_path: Path) -> None:
    text = GOOD.replace("\n[columns]", 'family = "holm"\n[columns]')
    text += '[[secondary]]\nname = "CT only"\nwhere = { state = "CT" }\n[[secondary]]\nname = "MA only"\nwhere = { state = "MA" }\n'
    found = answer(tmp_path, DATA, text)
    p = sorted(entry["p"] for entry in found["secondary"])
    assert sorted(entry["p_adjusted"] for entry in found["secondary"]) == pytest.approx(
        [min(2 * p[0], 1), max(min(2 * p[0], 1), p[1])]
    )
    assert found["primary"]["name"] == "mean_difference" and found["family"] == "holm"
    assert "adjusted as one family by holm" in found["methods_paragraph"]


def test_ids_keep_leading_zeros_and_letters(tmp_path: Path) -> None:
    rows = [
        (code, 0.5 + i / 100, 0.6 + i / 90)
        for i, code in enumerate(["010001", "10001", "01014F", *(f"07{i:04d}" for i in range(40))])
    ]
    text = plan("permutation_rank", "rank", 'unit = "ccn"\nbefore = "a"\nafter = "b"', 'treated = "010001"')
    assert answer(tmp_path, table("ccn,a,b", rows), text)["result"]["n"]["units"] == 43


def test_a_zip_code_is_a_name_and_not_a_number(tmp_path: Path) -> None:
    rows = [(f"p{i}", ["02139", "06510", "63110"][i % 3], 10 + i % 3 + (i % 7) / 10) for i in range(60)]
    text = plan("gee", "zip=06510", 'outcome = "score"\npredictors = ["zip"]\ncluster = "who"', 'family = "gaussian"')
    found = answer(tmp_path, table("who,zip,score", rows), text)
    assert [e["name"] for e in found["result"]["estimates"]] == ["(Intercept)", "zip=06510", "zip=63110"]
    assert found["primary"]["value"] == pytest.approx(1, abs=0.1)


def test_usual_words_for_missing_are_missing_and_a_plan_may_name_others(tmp_path: Path) -> None:
    gaps = DATA.replace("001,CT,11", "001,CT,Not Available").replace("002,MA,12", "002,MA,Too Few")
    with pytest.raises(PlanError, match="Too Few"):
        answer(tmp_path, gaps, GOOD)
    text = GOOD.replace("\n[columns]", 'missing = ["Not Available", "Too Few"]\n[columns]')
    assert answer(tmp_path, gaps, text)["result"]["n"]["pairs"] == 38


def test_parquet_and_tsv_give_the_answer_of_csv(tmp_path: Path) -> None:
    import pandas as pd

    known = answer(tmp_path, DATA, GOOD)["primary"]
    frame = pd.read_csv(tmp_path / "data.csv")
    frame.to_parquet(tmp_path / "data.parquet")
    frame.to_csv(tmp_path / "data.tsv.gz", sep="\t", index=False)
    for name in ("data.parquet", "data.tsv.gz"):
        (tmp_path / "plan.toml").write_text(GOOD.replace("data.csv", name), encoding="utf-8")
        assert run_plan(tmp_path / "plan.toml", today=TODAY)["primary"] == known


def test_comment_lines_and_encodings_are_read_as_planned(tmp_path: Path) -> None:
    file = write(tmp_path, DATA, GOOD.replace("\n[columns]", 'comment = "#"\nencoding = "cp1252"\n[columns]'))
    (tmp_path / "data.csv").write_bytes(("# hôpital\n" + DATA).encode("cp1252"))
    assert run_plan(file, today=TODAY)["result"]["n"]["pairs"] == 40
    file.write_text(GOOD.replace("\n[columns]", 'comment = "#"\n[columns]'), encoding="utf-8")
    with pytest.raises(PlanError, match="cp1252"):
        run_plan(file, today=TODAY)


def test_an_override_is_printed_in_result_statement_and_methods(tmp_path: Path) -> None:
    few = table("id,pre,post", [(i, 10 + i, 12 + i + i % 3) for i in range(7)])
    text = GOOD.replace("\n[columns]", 'accept = ["paired.few_pairs"]\n[columns]')
    found = answer(tmp_path, few, text)
    assert codes(found, "overridden") == {"paired.few_pairs"}
    assert "paired.few_pairs" in found["statement"] and "7 pairs are too few" in found["methods_paragraph"]


def test_every_field_of_a_result_is_on_the_reference_page(tmp_path: Path) -> None:
    found = answer(tmp_path, DATA, GOOD)
    names = {
        f"{key}.{inner}" if key in ("plan", "data", "result") else key
        for key, value in found.items()
        for inner in (value if isinstance(value, dict) else [""])
    }
    assert names == set(RESULT_FIELDS)


def test_the_reference_page_is_fresh() -> None:
    page = Path(__file__).parents[2] / "docs" / "reference" / "methods.md"
    assert page.read_text(encoding="utf-8") == methods_reference(), (
        "write methods_reference() into docs/reference/methods.md"
    )


def test_the_reference_page_names_every_method_column_option_and_refusal() -> None:
    page = methods_reference()
    for method in METHODS.values():
        section = page.split(f"### `{method.name}`")[1].split("\n### ")[0]
        assert all(f"| `{entry.name}` |" in section for entry in (*method.roles, *method.options))
    assert {code for method in METHODS.values() for code in method.refusals} == set(OVERRIDABLE)


@pytest.mark.parametrize("example", EXAMPLES, ids=[e.family for e in EXAMPLES])
def test_a_worked_example_says_what_the_reference_page_prints(example: Example, tmp_path: Path) -> None:
    found = check_documented(run_plan(write(tmp_path, example.data, example.plan, example.file), today=TODAY))
    assert found["statement"] == example.statement
    assert tuple(one["rule"] for one in found["result"]["warnings"]) == example.warnings


def test_every_family_of_methods_has_a_worked_example() -> None:
    assert [example.family for example in EXAMPLES] == list(dict.fromkeys(m.family for m in METHODS.values()))


def test_every_method_can_be_found_by_what_the_data_are() -> None:
    assert {name for _, names in CHOICES for name in names} == set(METHODS)
