"""Published quality files: every layout is read into the same points, and its traps are seen."""

from __future__ import annotations

import gzip
import io
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifelong.formats.cms import (
    Hospital,
    Limits,
    MeasureWindow,
    Point,
    Refusal,
    Tally,
    catalogue,
    find,
    independent,
    mark_windows,
    read,
    recognise,
    why_unknown,
    with_windows,
)


def items(text: str, filename: str = "file.csv", **more):
    return list(read(io.BytesIO(text.encode()), filename, **more))


def only(text: str, filename: str = "file.csv", **more):
    (item,) = items(text, filename, **more)
    return item


# Synthetic lines in the published layouts: figures and hospitals are made up.
TIMELY_STATE = (
    '"State","Condition","Measure ID","Measure Name","Score","Footnote","Start Date","End Date"\n'
    "MA,Sepsis Care,SEP_1,Sepsis bundle,61,,10/01/2022,09/30/2023\n"
)
HOSPITAL_LONG = "Facility ID,Facility Name,State,Measure ID,Measure Name,Score,Sample,Footnote,Start Date,End Date\n"
HRRP = (
    "Hospital Name,Provider Number,State,Measure Name,Number of Discharges,Footnote,Excess Readmission Ratio,"
    "Predicted Readmission Rate,Expected Readmission Rate,Number of Readmissions,Start Date,End Date\n"
)
PURCHASING = "Fiscal Year,Facility ID,MORT-30-HF Achievement Threshold,MORT-30-HF Baseline Rate,MORT-30-HF Performance Rate,MORT-30-HF Measure Score\n"
PANEL_HEAD = "report_date,PROVIDER_ID,STATE,SEP_1,MORT_30_HF,HAI_1,H_COMP_1_STAR_RATING,SEP_1_DEN,MORT_30_HF_DEN,HAI_1_DEN_PRED,HAI_1_DEN_VOL,H_NUMB_COMP\n"


def test_a_state_line_becomes_one_point_with_its_window():
    assert only(TIMELY_STATE, "release_2024-07/x-State.csv") == Point(
        "state", "MA", "SEP_1", 61.0, None, None, None, date(2022, 10, 1), date(2023, 9, 30), "2024-07", "percent"
    )


def test_a_table_without_place_speaks_of_the_nation():
    point = only(
        "Measure ID,Measure Name,Condition,Category,Score,Footnote,Start Date,End Date\nOP_18b,x,y,z,163,,10/01/2022,09/30/2023\n"
    )
    assert (point.scope, point.place_id, point.measure_id, point.unit) == ("nation", "US", "OP_18B", "minutes")


@pytest.mark.parametrize(
    "printed, kept",
    [("10001", "010001"), ("010001", "010001"), ("1014F", "01014F"), ("070002", "070002"), ("01014f", "01014F")],
)
def test_lost_leading_zeros_of_a_hospital_number_come_back(printed, kept):
    point = only(HOSPITAL_LONG + f"{printed},Demo Hospital,AL,PC_01,x,3,35,,10/01/2022,09/30/2023\n")
    assert (point.place_id, point.denominator) == (kept, 35.0)


@pytest.mark.parametrize(
    "score, footnote, note",
    [
        ("Not Available", "5", "withheld: footnote 5"),
        ("Not Available", "", "withheld: not available"),
        ("Too Few to Report", "1", "withheld: footnote 1"),
        ("Number of Cases Too Small", "", "withheld: number of cases too small"),
        ("N/A", "", "withheld: n/a"),
        ("", "", "withheld: empty"),
        ("-", "", "withheld: -"),
        ("nan", "", "withheld: nan"),
        ("Low (0 - 60)", "", "in words: low (0 - 60)"),
        ("very high", "", "in words: very high"),
    ],
)
def test_a_withheld_figure_is_a_point_that_says_why(score, footnote, note):
    point = only(HOSPITAL_LONG + f"010001,Demo Hospital,AL,PC_01,x,{score},N/A,{footnote},10/01/2022,09/30/2023\n")
    assert point.suppressed and point.note == note and point.denominator is None


def test_withheld_figures_are_counted_by_reason():
    line = "010001,Demo,AL,PC_01,x,Not Available,,5,10/01/2022,09/30/2023\n"
    tally = Tally()
    list(tally.through(items(HOSPITAL_LONG + line * 3 + line.replace(",5,", ",7,"))))
    assert tally.points == 4 and tally.suppressed == {"withheld: footnote 5": 3, "withheld: footnote 7": 1}


@pytest.mark.parametrize(
    "score, value",
    [("53.50%", 53.5), ("1,234", 1234.0), ("7.06704E-05", 7.06704e-05), (" 12 ", 12.0), ("300 or more", None)],
)
def test_figures_are_read_as_printed(score, value):
    assert only(HOSPITAL_LONG + f'010001,Demo,AL,PC_01,x,"{score}",,,10/01/2022,09/30/2023\n').value == value


@pytest.mark.parametrize("score", ["abc", "1_000", "inf", "-Infinity", "1e999", "٣", "0x10", "=1+1", "12abc"])
def test_what_is_no_figure_is_refused_with_its_line_and_column(score):
    refusal = only(HOSPITAL_LONG + f"010001,Demo,AL,PC_01,x,{score},,,10/01/2022,09/30/2023\n")
    assert isinstance(refusal, Refusal)
    assert (refusal.line, refusal.field, refusal.value) == (2, "Score", score)
    assert refusal.reason == "this is not a figure" and refusal.next_step


@pytest.mark.parametrize("printed", ["07/01/2011", "7/1/11", "01-JUL-11", "2011-07-01", "2011-07-01 00:00:00"])
def test_every_date_format_of_the_releases_is_read(printed):
    point = only(HOSPITAL_LONG + f"010001,Demo,AL,PC_01,x,3,35,,{printed},06/30/2014\n")
    assert point.period_start == date(2011, 7, 1)


@pytest.mark.parametrize("printed", ["13/13/2020", "2011-02-30", "summer"])
def test_what_is_no_date_is_refused(printed):
    refusal = only(HOSPITAL_LONG + f"010001,Demo,AL,PC_01,x,3,35,,{printed},06/30/2014\n")
    assert isinstance(refusal, Refusal) and refusal.reason == "this is not a date"


def test_limits_of_an_infection_ratio_join_its_point():
    head = "State,Measure ID,Measure Name,Score,Footnote,Start Date,End Date\n"
    rows = "".join(
        f"AK,HAI_1_{part},x,{score},,10/01/2022,09/30/2023\n"
        for part, score in (("CILOWER", "0.3"), ("CIUPPER", "0.8"), ("ELIGCASES", "9.6"), ("SIR", "0.5"))
    )
    points = {p.measure_id: p for p in items(head + rows + rows.replace("AK", "AL")) if p.place_id == "AK"}
    assert points["HAI_1"][3:7] == (0.5, 9.6, 0.3, 0.8)
    assert set(points) == {"HAI_1", "HAI_1_ELIGCASES"}


def test_hospitals_are_counted_by_their_comparison_with_the_nation():
    head = "State,Measure ID,Measure Name,Number of Hospitals Worse,Number of Hospitals Same,Number of Hospitals Better,Number of Hospitals Too Few,Footnote,Start Date,End Date\n"
    points = items(head + "CT,MORT_30_HF,x,1,20,3,Not Applicable,,07/01/2020,06/30/2023\n")
    assert [(p.measure_id, p.value, p.denominator, p.unit) for p in points] == [
        ("MORT_30_HF:worse", 1.0, 24.0, "hospitals"),
        ("MORT_30_HF:same", 20.0, 24.0, "hospitals"),
        ("MORT_30_HF:better", 3.0, 24.0, "hospitals"),
    ]


def test_purchasing_keeps_baseline_and_performance_with_their_windows():
    points = items(PURCHASING + "2024,010001,0.88,0.872117,0.901917,8 out of 10\n")
    assert [(p.note, p.value, p.period_start, p.period_end) for p in points] == [
        ("baseline", 87.2117, date(2014, 7, 1), date(2017, 6, 30)),
        ("performance", 90.1917, date(2019, 7, 1), date(2022, 6, 30)),
    ]


def test_purchasing_counts_survivors_so_its_measure_is_not_the_death_rate():
    baseline = items(PURCHASING + "2024,010001,0.88,0.872117,0.901917,8 out of 10\n")[0]
    assert baseline.measure_id == "HVBP_MORT_30_HF"
    assert (find("HVBP_MORT_30_HF").better, find("MORT_30_HF").better) == ("higher", "lower")


def test_a_fiscal_year_whose_windows_are_not_confirmed_has_no_dates():
    assert items(PURCHASING + "2019,010001,0.88,0.87,0.90,8 out of 10\n")[0].period_start is None


def test_survey_shares_of_purchasing_are_read_through_their_percent_sign():
    head = (
        "Fiscal Year,Facility ID,Care Transition Floor,Care Transition Baseline Rate,Care Transition Performance Rate\n"
    )
    points = items(head + "2024,010001,25.64%,52.7031%,N/A\n")
    assert [(p.measure_id, p.value, p.note) for p in points] == [
        ("HVBP_H_COMP_7", 52.7031, "baseline"),
        ("HVBP_H_COMP_7", None, "performance; withheld: n/a"),
    ]


def test_readmission_ratio_keeps_its_three_year_window():
    point = only(HRRP + "Demo,010100,AL,READM-30-COPD-HRRP,166,,0.9502,18.4,19.3,27,01-JUL-11,30-JUN-14\n")
    assert point[2:5] == ("READM_30_COPD_HRRP", 0.9502, 166.0) and point.period_end == date(2014, 6, 30)


def test_the_sentences_of_2013_find_their_measure():
    point = only(
        HRRP
        + "Demo,10100,AL,Acute Myocardial Infarction (AMI) 30-Day Readmissions,166,,0.95,18.4,19.3,27,07/01/2008,06/30/2011\n"
    )
    assert point.measure_id == "READM_30_AMI_HRRP"


@pytest.mark.parametrize(
    "condition, label, identifier",
    [
        ("Heart Attack", "Patients Given Aspirin at Arrival", "AMI_1"),
        ("Heart Failure", "Patients Given Assessment of Left Ventricular Function (LVF)", "HF_2"),
        ("Pneumonia", "Patients Given Initial Antibiotic(s) within 4 Hours After Arrival   ", "PN_5B"),
        ("Anything", "A measure nobody knows", "LABEL_A_MEASURE_NOBODY_KNOWS"),
    ],
)
def test_old_state_tables_name_measures_by_sentence(condition, label, identifier):
    assert only(f'State,Condition,Measure Name,State Average\nMA,"{condition}","{label}",96\n').measure_id == identifier


def test_the_wide_outcome_table_of_2012_gives_rate_limits_and_patients():
    name = "Hospital 30-Day Death (Mortality) Rates from Heart Failure"
    head = ",".join(
        [
            "Provider Number",
            "Hospital Name",
            "State",
            name,
            f"Comparison to U.S. Rate - {name}",
            f"Lower Mortality Estimate - {name}",
        ]
        + [f"Upper Mortality Estimate - {name}", f"Number of Patients - {name}", f"Footnote - {name}"]
    )
    point = only(head + "\n010001,Demo,AL,13.6,No Different than U.S. National Rate,10.0,18.2,113,\n")
    assert point[:7] == ("hospital", "010001", "MORT_30_HF", 13.6, 113.0, 10.0, 18.2)


def test_a_survey_line_gives_the_figure_its_measure_counts():
    head = "Facility ID,HCAHPS Measure ID,Patient Survey Star Rating,HCAHPS Answer Percent,HCAHPS Linear Mean Value,Number of Completed Surveys,Start Date,End Date\n"
    rows = (
        "10001,H_COMP_1_A_P,Not Applicable,80,Not Applicable,599,7/1/22,6/30/23\n"
        "10001,H_COMP_1_STAR_RATING,4,Not Applicable,Not Applicable,599,7/1/22,6/30/23\n"
        "10001,H_COMP_1_LINEAR_SCORE,Not Applicable,Not Applicable,89,599,7/1/22,6/30/23\n"
    )
    assert [(p.value, p.unit) for p in items(head + rows)] == [(80.0, "percent"), (4.0, "stars"), (89.0, "points")]


def test_the_hospital_list_keeps_codes_as_text():
    head = "Facility ID,Facility Name,Address,City/Town,State,ZIP Code,County/Parish,Hospital Type,Hospital Ownership,Emergency Services,Hospital overall rating\n"
    hospital = only(
        head + "70002,DEMO  HOSPITAL,1 Main,HARTFORD,CT,6105,HARTFORD,Acute Care Hospitals,Private,Yes,Not Available\n"
    )
    assert isinstance(hospital, Hospital)
    assert (hospital.ccn, hospital.name, hospital.zip, hospital.emergency, hospital.star_rating) == (
        "070002",
        "DEMO HOSPITAL",
        "06105",
        True,
        None,
    )


def test_the_table_of_windows_dates_points_that_print_none():
    head = "Measure ID,Measure Name,Measure Start Quarter,Start Date,Measure End Quarter,End Date\n"
    window = only(head + "SEP_1,Sepsis,4Q2022,10/01/2022,3Q2023,09/30/2023\n")
    assert window == MeasureWindow("SEP_1", "Sepsis", date(2022, 10, 1), date(2023, 9, 30))
    (point,) = with_windows([Point("hospital", "070002", "SEP_1", 60.0)], [window])
    assert (point.period_start, point.period_end) == (window.period_start, window.period_end)


def test_the_panel_shows_fractions_as_percent_like_the_published_files():
    points = {
        p.measure_id: p
        for p in items(PANEL_HEAD + "2021-04-01,70002,CT,0.61,0.10500000000000001,0.7,4,120,300,13.9,12885,599\n")
    }
    assert (points["SEP_1"].value, points["SEP_1"].denominator, points["SEP_1"].unit) == (61.0, 120.0, "percent")
    assert points["MORT_30_HF"].value == 10.5
    assert (points["HAI_1"].value, points["HAI_1"].denominator) == (0.7, 13.9)
    assert points["HAI_1_DOPC"].value == 12885.0
    assert points["H_COMP_1_STAR_RATING"].denominator == 599.0
    assert {p.place_id for p in points.values()} == {"070002"} and points["SEP_1"].release == "2021-04"


def quarters(*lines: tuple[str, float, int]) -> list[Point]:
    return [
        p
        for p in mark_windows(Point("hospital", "070002", "SEP_1", v, float(n), release=r) for r, v, n in lines)
        if isinstance(p, Point)
    ]


def test_a_figure_printed_again_is_the_same_window():
    points = quarters(("2020-07", 61.0, 120), ("2020-10", 61.0, 120), ("2021-01", 63.0, 118), ("2022-04", 64.0, 125))
    assert [p.same_window for p in points] == [False, True, False, False]
    assert [p.overlaps_previous for p in points] == [False, True, True, False]


def test_an_equal_figure_with_another_denominator_is_a_new_window():
    assert quarters(("2020-07", 61.0, 120), ("2020-10", 61.0, 121))[1].same_window is False


def test_printed_windows_decide_over_release_months():
    def point(start: date, end: date, release: str) -> Point:
        return Point("state", "MA", "SEP_1", 60.0, None, None, None, start, end, release)

    a = point(date(2021, 1, 1), date(2021, 12, 31), "2022-10")
    b = point(date(2021, 4, 1), date(2022, 3, 31), "2023-01")
    c = point(date(2022, 4, 1), date(2023, 3, 31), "2023-04")
    marked = list(mark_windows([a, b, c]))
    assert [p.overlaps_previous for p in marked] == [False, True, False]
    assert list(independent([a, b, c])) == [a, c]


def test_a_line_too_short_is_refused_and_reading_goes_on():
    found = items(TIMELY_STATE + "CT,Sepsis Care\n\nCT,Sepsis Care,SEP_1,x,66,,10/01/2022,09/30/2023\n")
    assert [type(item) for item in found] == [Point, Refusal, Point]
    assert found[1].line == 3 and "2 cells where the header has 8" in found[1].reason


@pytest.mark.parametrize("header", ["", "a,b,c", "Learner,Credits", "Release Period,State,Measure ID"])
def test_an_unknown_table_is_refused_with_what_was_expected(header):
    refusal = only(header + "\n1,2,3\n", "upload.csv")
    assert refusal.line == 1 and "upload.csv" in refusal.reason and "hospital list" in refusal.next_step
    assert recognise(header.split(","), "upload.csv") is None
    assert why_unknown(header.split(","), "upload.csv").rule == "cms.unknown_layout"


HOSTILE = {
    "nul bytes": (TIMELY_STATE.encode() + b"MA,\0\0,SEP_1,x,1,,,\n", "NUL"),
    "a workbook named csv": (b"PK\x03\x04\x14\x00\x06" + b"x" * 50, "not a text table"),
    "utf-16": (TIMELY_STATE.encode("utf-16"), "UTF-16"),
    "a line without end": (b"State,Measure ID,Score\n" + b"M" * 20_000, "longer than 10,000 characters"),
    "a quote that never closes": (b'State,Measure ID,Score\nMA,"' + b"x\n" * 20_000, "longer than 10,000 characters"),
    "too many rows": (TIMELY_STATE.encode() + b"MA,y,SEP_1,x,1,,10/01/2022,09/30/2023\n" * 200, "more than 100 rows"),
    "damaged gzip": (gzip.compress(TIMELY_STATE.encode() * 50)[:-20], "damaged"),
    "a gzip bomb": (
        gzip.compress(b"State,Measure ID,Score\n" + (b"MA,SEP_1," + b"1" * 9_000 + b"\n") * 90),
        "larger than 500,000 bytes",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_ends_with_a_sentence(name):
    data, sentence = HOSTILE[name]
    limits = Limits(line_characters=10_000, rows=100, bytes=500_000)
    last = list(read(io.BytesIO(data), "release_2024-07/x.csv", limits=limits))[-1]
    assert isinstance(last, Refusal) and sentence in last.reason and last.next_step


def test_a_million_columns_are_refused_before_they_are_planned():
    last = only(",".join(["a"] * 1_000_000) + "\n", limits=Limits(line_characters=3_000_000))
    assert "1,000,000 columns" in last.reason


def test_refusals_stop_being_listed_but_good_lines_are_still_read():
    bad = "??,x,SEP_1,x,1,,10/01/2022,09/30/2023\n" * 50
    good = "CT,x,SEP_1,x,66,,10/01/2022,09/30/2023\n"
    found = items(TIMELY_STATE + bad + good, limits=Limits(refusals=5))
    assert sum(isinstance(item, Refusal) for item in found) == 6
    assert "45 more lines were refused" in found[-1].reason
    assert [p.place_id for p in found if isinstance(p, Point)] == ["MA", "CT"]


def test_byte_order_mark_gzip_text_and_windows_letters_are_read_alike():
    plain = only(TIMELY_STATE)
    assert only("\ufeff" + TIMELY_STATE) == plain
    assert list(read(io.BytesIO(gzip.compress(TIMELY_STATE.encode())), "x.csv.gz")) == [plain]
    assert list(read(io.StringIO("\ufeff" + TIMELY_STATE), "x.csv")) == [plain]
    assert list(
        read(io.BytesIO(TIMELY_STATE.replace("Sepsis bundle", "Patient\u2019s bundle").encode("cp1252")), "x.csv")
    ) == [plain]


def test_every_measure_says_what_it_counts_and_which_way_is_better():
    for measure in catalogue().values():
        assert measure.better in ("higher", "lower", "context"), measure.id
        assert measure.kind in ("process", "outcome", "experience", "structure"), measure.id
        assert measure.unit and measure.title and measure.topic and measure.window_months > 0, measure.id


def test_a_process_measure_is_proximal_and_a_death_rate_is_not():
    assert find("SEP_1").proximal and not find("MORT_30_HF").proximal
    assert find("MORT_30_HF:worse") is find("MORT_30_HF") and find("H_COMP_1_A_P") is find("H_COMP_1")


CELL = st.sampled_from(
    [
        "",
        "1",
        "9" * 5000,
        "nan",
        "2024",
        "0.5",
        "10001",
        "MA",
        "US",
        "SEP_1",
        "13/99/0000",
        "0000-00-00",
        '"',
        "\u0663",
        "-",
        "x:y",
        "%",
    ]
)
HEADERS = {
    "state": TIMELY_STATE.splitlines()[0],
    "hospital": HOSPITAL_LONG.strip(),
    "readmission": HRRP.strip(),
    "purchasing": PURCHASING.strip(),
    "panel": PANEL_HEAD.strip(),
    "windows": "Measure ID,Measure Name,Measure Start Quarter,Start Date,Measure End Quarter,End Date",
    "hospitals": "Facility ID,Facility Name,State,ZIP Code,Hospital Type,Hospital overall rating",
    "counts": "State,Measure ID,Measure Name,Number of Hospitals Worse,Number of Hospitals Same,Number of Hospitals Better,Number of Hospitals Too Few",
}


@pytest.mark.parametrize("layout", HEADERS)
def test_no_cell_whatever_it_holds_stops_the_reader(layout):
    """Half a second in all: sixty made-up tables per layout."""

    @settings(max_examples=60, deadline=None, database=None)
    @given(st.lists(st.lists(CELL, min_size=1, max_size=12), max_size=4))
    def holds(rows: list[list[str]]) -> None:
        width = HEADERS[layout].count(",") + 1
        text = HEADERS[layout] + "\n" + "\n".join(",".join((row * width)[:width]) for row in rows)
        for item in items(text):
            assert isinstance(item, (Point, Hospital, MeasureWindow, Refusal))
            if isinstance(item, Refusal):
                assert item.reason and item.next_step and len(item.value) <= 60

    holds()


def test_a_wrong_denominator_of_the_panel_is_named_by_its_own_column():
    refusal = only(PANEL_HEAD + "2021-04-01,70002,CT,0.61,,,,many,,,,\n")
    assert (refusal.field, refusal.value) == ("SEP_1_DEN", "many")
