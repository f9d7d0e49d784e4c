"""Published answers, reproduced from plan files."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from methods.reference import CASES, CLOSED, FOLDERS, PLANS, SHARED, Case, analysed, dig, expected, folder_of, number
from methods.reference_tables import TABLES

# A core of the cases with their small published data typed in, so that they run where the shared folder is absent.
TYPED: dict[str, tuple[str, list[tuple[Any, ...]], dict[str, float]]] = {
    "paired_sleep_student1908": (  # Student, Biometrika 1908
        "id,pre,post",
        [
            (i + 1, a, b)
            for i, (a, b) in enumerate(
                zip((0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0), (1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4), strict=True)
            )
        ],
        {"t:paired_t.statistic": 4.0621276834, "t:paired_t.p": 0.0028328901974, "e:mean_difference.low": 0.70011423672, "e:cohen_dz.value": 1.2845575626, "e:cohen_dav.value": 0.83218108135},
    ),
    "wilcoxon_signed_rank_depression": (  # Hollander & Wolfe 1973
        "patient,pre,post",
        [
            (i + 1, a, b)
            for i, (a, b) in enumerate(
                zip((1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30), (0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29), strict=True)
            )
        ],
        {"d:v": 40, "t:signed_rank.p": 0.0390625, "e:hodges_lehmann.value": 0.46, "e:rank_biserial.value": 0.77777777778},
    ),
    "mcnemar_agresti_approval": (  # Agresti 1990, p. 350
        "first,second,n",
        [("approve", "approve", 794), ("approve", "disapprove", 150), ("disapprove", "approve", 86), ("disapprove", "disapprove", 570)],
        {"t:mcnemar.statistic": 17.3559322034, "t:mcnemar_corrected.statistic": 16.8177966102, "t:mcnemar_exact.p": 3.7159361396e-05, "e:risk_difference.value": 0.04},
    ),
    "multiple_comparisons_bh1995": (  # Benjamini & Hochberg 1995
        "p",
        [(p,) for p in (0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0)],
        {"e:rejected_holm.value": 3, "e:rejected_bh.value": 4},
    ),
    "icc_shrout_fleiss": (  # Shrout & Fleiss 1979
        "target,V2,V3,V4,V5",
        [(1, 9, 2, 5, 8), (2, 6, 1, 3, 2), (3, 8, 4, 6, 8), (4, 7, 1, 2, 6), (5, 10, 5, 6, 9), (6, 6, 2, 4, 7)],
        {"e:icc1.value": 0.16574176841, "e:icc2.value": 0.28976377953, "e:icc3.value": 0.71484071484, "e:icc3k.value": 0.90931553828},
    ),
    "cohen_kappa_sas_example": (
        "rater1,rater2,n",
        [(1, 1, 0), (1, 2, 4), (1, 3, 1), (2, 1, 0), (2, 2, 8), (2, 3, 0), (3, 1, 0), (3, 2, 1), (3, 3, 5)],
        {"e:kappa.value": 0.48416289593, "e:kappa.se": 0.1380135783},
    ),
    "friedman_three_occasions": (  # Hollander & Wolfe 1973, p. 140
        "id,t1,t2,t3",
        [
            (i + 1, *row)
            for i, row in enumerate(
                (
                    (5.40, 5.50, 5.55), (5.85, 5.70, 5.75), (5.20, 5.60, 5.50), (5.55, 5.50, 5.40), (5.90, 5.85, 5.70), (5.45, 5.55, 5.60),
                    (5.40, 5.40, 5.35), (5.45, 5.50, 5.35), (5.25, 5.15, 5.00), (5.85, 5.80, 5.70), (5.25, 5.20, 5.10), (5.65, 5.55, 5.45),
                    (5.60, 5.35, 5.45), (5.05, 5.00, 4.95), (5.50, 5.50, 5.40), (5.45, 5.55, 5.50), (5.55, 5.55, 5.35), (5.45, 5.50, 5.55),
                    (5.50, 5.45, 5.25), (5.65, 5.60, 5.40), (5.70, 5.65, 5.55), (6.30, 6.30, 6.25),
                )
            )
        ],
        {"t:friedman.statistic": 11.1428571429, "t:friedman.p": 0.0038050407755, "e:kendalls_w.value": 0.25324675325},
    ),
}  # fmt: skip


def check_typed(plan: str, root: Path) -> None:
    header, rows, numbers = TYPED[plan]
    target = root / "reference-cases" / plan / "data.csv"
    target.parent.mkdir(parents=True)
    with target.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([header.split(","), *rows])
    answer = analysed(plan, root)
    assert {where: number(answer, where) for where in numbers} == pytest.approx(numbers, rel=CLOSED)


def check_shared(case: Case) -> None:
    answer, known = analysed(case.plan, SHARED / "data"), expected(case.plan)
    for where, path in case.numbers:
        value = dig(known, *path)
        near = pytest.approx(value, rel=case.near) if case.printed is None else pytest.approx(value, abs=case.printed)
        assert number(answer, where) == near, (case.plan, where)


def present(plan: str) -> bool:
    return (FOLDERS / folder_of(plan)).is_dir()


def all_checks() -> list[Any]:
    """The typed cases always; those of the shared folder as far as they are present (never an empty list, never a skip)."""
    typed = [pytest.param(lambda root, plan=plan: check_typed(plan, root), id=f"typed-{plan}") for plan in TYPED]
    numbers = [
        pytest.param(lambda root, case=case: check_shared(case), id=f"{case.plan}-{i}")
        for i, case in enumerate(CASES)
        if present(case.plan)
    ]
    tables = [
        pytest.param(
            lambda root, plan=plan, look=look: look(analysed(plan, SHARED / "data")), id=f"{plan}-{look.__name__}"
        )
        for plan, look in TABLES
        if present(plan)
    ]
    return [*typed, *numbers, *tables]


@pytest.mark.parametrize("check", all_checks())
def test_reference_case_gives_the_published_numbers(check: Callable[[Path], None], tmp_path: Path) -> None:
    check(tmp_path)


def test_every_reference_case_folder_has_a_plan() -> None:
    folders = {folder.name for folder in FOLDERS.iterdir() if folder.is_dir()} if FOLDERS.is_dir() else set(TYPED)
    assert folders <= {folder_of(file.stem) for file in PLANS.glob("*.toml")}


def test_every_plan_of_a_reference_case_is_checked() -> None:
    checked = {case.plan for case in CASES} | {plan for plan, _ in TABLES}
    assert {file.stem for file in PLANS.glob("*.toml")} == checked
