"""The real releases, where they lie beside the repository (LIFELONG_SHARED names another place).

Each fact here also has a synthetic twin in `test_read.py`, so the facts hold where the releases are not at hand.
"""

from __future__ import annotations

import os
from datetime import date
from itertools import islice
from pathlib import Path

import pytest

from lifelong.formats.cms import Hospital, MeasureWindow, Point, Refusal, mark_windows, read

SHARED = Path(os.environ.get("LIFELONG_SHARED") or Path(__file__).parents[3].parent / "shared")
CMS = SHARED / "data" / "cms"
PANEL = "panel/carecompare_panel_2018_2023_MA_CT_MO.csv.gz"


def real(path: str) -> list[object]:
    with (CMS / path).open("rb") as file:
        return list(read(file, path))


def find(points: list[object], **wanted: object) -> list[Point]:
    return [
        p for p in points if isinstance(p, Point) and all(getattr(p, key) == value for key, value in wanted.items())
    ]


if CMS.exists():

    @pytest.mark.parametrize(
        "path, points",
        [
            ("release_2024-07/Timely_and_Effective_Care-State.csv", 1176),
            ("release_2024-07/Healthcare_Associated_Infections-State.csv", 336),
            ("release_2024-07/HCAHPS-National.csv", 72),
            ("release_2024-07/hvbp_safety.csv.gz", 2474 * 12),
            ("release_2016-05/hvbp_imm2_02_18_2016.csv.gz", 3041),
            ("release_2024-07/Complications_and_Deaths-State.csv", 3900),
            ("release_2012-10/Outcome_of_Care_Measures.csv.gz", 4717 * 6),
            ("hrrp/FY2013_Hospital_Readmissions_Reduction_Program.csv.gz", 10311),
            ("state_process_2005_2011/2005/dbo_vwHQI_STATE_MSR_AVG.csv", 1100),
            ("state_process_2005_2011/2011/dbo_vwHQI_STATE_MSR_AVG.csv.gz", 1960),
        ],
    )
    def test_a_published_file_is_read_whole(path, points):
        found = real(path)
        assert not [item for item in found if isinstance(item, Refusal)]
        assert len(found) == points

    def test_the_panel_is_read_whole():
        """Half a second for 146,720 points: the widest file we read, read once for all its facts."""
        found = real(PANEL)
        assert len(found) == 146_720 and all(isinstance(item, Point) for item in found)
        assert len({p.place_id for p in found}) > 180
        assert len({p.release for p in found}) == 22
        # the very first cells of the file, worked out by hand
        assert found[0][:5] == ("hospital", "070002", "COMP_HIP_KNEE", 2.2, 2006.0)
        # CMS printed the same sepsis window in 2020-10, 2021-01, 2021-03 and 2021-04
        sepsis = [p for p in mark_windows(found) if isinstance(p, Point) and p.measure_id == "SEP_1"]
        for frozen in ("2021-01", "2021-03", "2021-04", "2022-04"):
            of_release = [p for p in sepsis if p.release == frozen]
            assert sum(p.same_window for p in of_release) / len(of_release) > 0.95, frozen
        assert sum(p.same_window for p in sepsis if p.release == "2019-07") < 20

    def test_july_2024_says_massachusetts_met_the_sepsis_bundle():
        (point,) = find(real("release_2024-07/Timely_and_Effective_Care-State.csv"), place_id="MA", measure_id="SEP_1")
        assert (point.unit, point.period_start, point.period_end) == ("percent", date(2022, 10, 1), date(2023, 9, 30))
        assert 0 < point.value < 100

    def test_purchasing_survival_agrees_with_the_file():
        points = find(
            real("release_2024-07/hvbp_clinical_outcomes.csv.gz"), place_id="010001", measure_id="HVBP_MORT_30_HF"
        )
        assert [p.value for p in points] == [87.2117, 90.1917]

    def test_the_hospital_list_of_july_2024_is_complete():
        hospitals = real("release_2024-07/Hospital_General_Information.csv")
        assert len(hospitals) == 5398 and all(isinstance(h, Hospital) and len(h.ccn) == 6 for h in hospitals)

    def test_the_window_table_knows_sepsis_and_mortality_windows():
        windows = {w.measure_id: w for w in real("release_2024-07/Measure_Dates.csv") if isinstance(w, MeasureWindow)}
        assert windows["MORT_30_HF"].period_start == date(2020, 7, 1)
        assert windows["READM_30_HOSP_WIDE"].period_start == date(2022, 7, 1)

    def test_hospitals_without_a_number_are_refused_not_guessed():
        path = "hcahps/HCAHPS-Hospital_2024.csv.gz"  # 447,702 lines; the first ones hold a hospital without a number
        with (CMS / path).open("rb") as file:
            found = list(islice(read(file, path), 8_000))
        refusals = [item for item in found if isinstance(item, Refusal)]
        assert refusals[0].reason == "'' is not a CMS Certification Number"
        assert {p.place_id for p in found if isinstance(p, Point)} >= {"010001", "010149"}

    @pytest.mark.parametrize(
        "path", ["panel/measure_id_history.csv", "hcahps/maven_2015_2023/states.csv", "release_2024-07/hvbp_tps.csv.gz"]
    )
    def test_a_file_that_holds_no_measure_is_refused_with_what_was_expected(path):
        (refusal,) = real(path)
        assert isinstance(refusal, Refusal) and path in refusal.reason and refusal.next_step
