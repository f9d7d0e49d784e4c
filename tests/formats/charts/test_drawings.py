"""Every drawing is safe, named, said in words, and backed by its rows."""

from __future__ import annotations

import re
import time
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest

from formats.charts import chart_examples as examples
from lifelong.formats.charts import (
    Answers,
    Bar,
    BarData,
    CoverageData,
    Estimate,
    Flow,
    ForestData,
    LikertData,
    LineData,
    MultiplesData,
    SankeyData,
    Series,
    SlopeData,
    SpcData,
    Stage,
    bars,
    coverage_matrix,
    for_print,
    forest,
    its,
    line_series,
    sankey,
    slope,
    small_multiples,
    sparkline,
    spc,
    stacked_likert,
)
from lifelong.formats.charts.draw import LOOKS, amount, spread, ticks, wrap

CHARTS = examples.all_charts()
SVG = "{http://www.w3.org/2000/svg}"
STATIC = Path(__file__).parents[3] / "src" / "lifelong" / "static"


def shapes(svg: str, look: str) -> list[ET.Element]:
    return [shape for shape in ET.fromstring(svg).iter() if shape.get("class") == look]


@pytest.mark.parametrize("name", CHARTS)
def test_a_drawing_is_well_formed_and_has_name_and_description(name: str) -> None:
    root = ET.fromstring(CHARTS[name].svg)
    assert root.get("role") == "img"
    assert root.findtext(f"{SVG}title") and root.findtext(f"{SVG}desc") == CHARTS[name].summary_text


@pytest.mark.parametrize("name", CHARTS)
def test_a_drawing_obeys_the_content_policy_and_escapes_names(name: str) -> None:
    svg = CHARTS[name].svg
    assert "style=" not in svg and "<style" not in svg and "<script" not in svg
    assert examples.HOSTILE not in svg


@pytest.mark.parametrize("name", CHARTS)
@pytest.mark.parametrize("screen", ["svg", "narrow_svg"])
def test_no_shape_leaves_the_paper_or_lacks_a_look(name: str, screen: str) -> None:
    svg = getattr(CHARTS[name], screen)
    if not svg:  # this chart is small enough for every screen
        assert screen == "narrow_svg"
        return
    root = ET.fromstring(svg)
    wide, high = float(root.get("width", 0)), float(root.get("height", 0))
    for shape in root.iter():
        if shape.get("class") not in (None, "chart"):
            assert shape.get("class") in LOOKS
        for key, most in (
            ("x", wide),
            ("x1", wide),
            ("x2", wide),
            ("cx", wide),
            ("y", high),
            ("y1", high),
            ("y2", high),
            ("cy", high),
        ):
            if shape.get(key):
                assert -0.5 <= float(shape.get(key, 0)) <= most + 0.5, (shape.tag, key, shape.get(key))


@pytest.mark.parametrize("name", CHARTS)
def test_rows_are_whole_and_plain_text(name: str) -> None:
    rows = CHARTS[name].table_rows
    assert len(rows) > 1 and len({len(row) for row in rows}) == 1
    assert CHARTS[name].header == rows[0] and CHARTS[name].rows == rows[1:]
    assert not any("\u00a0" in cell for row in rows for cell in row)


def test_the_same_input_draws_the_same_bytes() -> None:
    assert {name: chart.svg for name, chart in examples.all_charts().items()} == {
        name: chart.svg for name, chart in CHARTS.items()
    }


def test_eleven_charts_take_under_five_milliseconds_each() -> None:
    started = time.perf_counter()
    examples.all_charts()
    assert (time.perf_counter() - started) / len(CHARTS) < 0.005


def test_every_look_has_its_rule_in_the_style_sheet() -> None:
    css = (STATIC / "css" / "charts.css").read_text()
    assert [look for look in LOOKS if not re.search(rf"\.{look}\b(?!-)", css)] == []


def test_print_takes_the_accent_of_the_program_and_nothing_of_the_default() -> None:
    printed = for_print(CHARTS["line_series"].svg, "#a51417")
    assert "#a51417" in printed and "#1f5a6b" not in printed


# line_series


def test_line_says_start_end_interval_n_target_and_comparison() -> None:
    words = line_series(replace(examples.LINES, comparisons=(Series("State", examples.STATE.points),))).summary_text
    assert (
        words.replace("\u00a0", " ")
        == "Ward 3: from 48 % in 2024 to 54 % in 2026 (50 to 58, n 312). Target: 65 %. State: 60 % in 2026."
    )


def test_a_missing_year_is_a_hole_not_a_line() -> None:
    chart = CHARTS["line_series"]
    assert len(shapes(chart.svg, "c-line")) == 0  # two lone points, nothing to join
    assert len(shapes(chart.svg, "c-dot")) == 2
    assert chart.rows[1][1] == "–"


def test_target_is_dashed_and_comparison_is_grey() -> None:
    svg = CHARTS["line_series"].svg
    assert shapes(svg, "c-target")[0].get("stroke-dasharray")
    assert len(shapes(svg, "c-other")) == 1


# bars


def test_bars_start_at_zero_even_when_all_are_high() -> None:
    svg = bars(BarData(title="t", bars=(Bar("a", 90), Bar("b", 45)))).svg
    widths = [float(bar.get("width", 0)) for bar in shapes(svg, "c-bar")]
    assert widths[0] == pytest.approx(2 * widths[1], rel=0.01)


def test_bars_carry_n_and_whiskers_only_where_known() -> None:
    svg = CHARTS["bars"].svg
    assert "n 140" in svg
    assert len(shapes(svg, "c-whisker")) == 3  # one interval: a line and two ends


def test_bars_below_zero_run_to_the_left() -> None:
    svg = bars(BarData(title="t", bars=(Bar("fell", -5), Bar("rose", 5)))).svg
    fell, rose = shapes(svg, "c-bar")
    assert float(fell.get("x", 0)) + float(fell.get("width", 0)) == pytest.approx(float(rose.get("x", 0)), abs=0.2)


# stacked_likert


def test_likert_shares_add_up_and_stand_around_the_middle() -> None:
    svg = stacked_likert(LikertData(title="t", scale=("No", "Partly", "Yes"), rows=(Answers("q", (1, 2, 1)),))).svg
    parts = [shape for shape in ET.fromstring(svg).iter(f"{SVG}rect") if shape.get("height") == "24.0"]
    widths = [float(part.get("width", 0)) for part in parts]
    assert widths[1] == pytest.approx(2 * widths[0], rel=0.01) and widths[0] == widths[2]
    middle = float(shapes(svg, "c-axis")[0].get("x1", 0))
    assert float(parts[1].get("x", 0)) + widths[1] / 2 == pytest.approx(middle, abs=0.3)


def test_likert_says_the_share_of_the_upper_answers() -> None:
    assert "50\u00a0% answered Yes (n 4)" in CHARTS["stacked_likert"].summary_text


@pytest.mark.parametrize(
    ("scale", "counts"), [(("one",), (1,)), (tuple("abcdef"), (1,) * 6), (("no", "yes"), (1, 2, 3))]
)
def test_likert_refuses_a_scale_it_cannot_draw(scale: tuple[str, ...], counts: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="scale"):
        stacked_likert(LikertData(title="t", scale=scale, rows=(Answers("q", counts),)))


# forest


def test_forest_counts_what_leaves_out_no_difference() -> None:
    assert CHARTS["forest"].summary_text.startswith("In 2 of 3 the interval leaves out 0")


def test_ratios_stand_on_a_log_scale() -> None:
    data = ForestData(
        title="t",
        ratio=True,
        no_difference=1,
        estimates=(Estimate("half", 0.5, 0.4, 0.6), Estimate("double", 2, 1.8, 2.2)),
    )
    svg = forest(data).svg
    centres = [float(one.get("x", 0)) + 4.5 for one in shapes(svg, "c-bar")]
    line = float(shapes(svg, "c-axis")[0].get("x1", 0))
    assert line - centres[0] == pytest.approx(centres[1] - line, abs=0.3)


def test_a_ratio_of_zero_is_refused() -> None:
    with pytest.raises(ValueError, match="above zero"):
        forest(ForestData(title="t", ratio=True, no_difference=1, estimates=(Estimate("a", 0.2, 0, 0.5),)))


# slope, spc, its


def test_slope_names_the_widest_change() -> None:
    assert "1 of 2 rose" in CHARTS["slope"].summary_text and "Medicine" in CHARTS["slope"].summary_text


def test_control_chart_rings_and_names_its_signal() -> None:
    chart = CHARTS["spc"]
    assert len(shapes(chart.svg, "c-signal-ring")) == 1
    assert "1 signal: Mar, above the upper limit" in chart.summary_text
    quiet = spc(replace(examples.SPC, points=examples.SPC.points[:2], phases=()))
    assert "No signal" in quiet.summary_text


def test_each_phase_has_its_own_limits() -> None:
    assert len(shapes(CHARTS["spc"].svg, "c-limit")) == 4  # lower and upper, twice
    assert len(shapes(CHARTS["spc"].svg, "c-phase")) == 1


def test_interrupted_series_breaks_at_the_change_and_shows_what_would_have_been() -> None:
    chart = CHARTS["its"]
    assert len(shapes(chart.svg, "c-line")) == 2 and len(shapes(chart.svg, "c-expected")) == 1
    words = chart.summary_text.replace("\u00a0", " ")
    assert "without the change it would have been 53 % (51 to 55)" in words and words.endswith(
        "The level rose by 9 points (6 to 12)."
    )


@pytest.mark.parametrize("place", [0, 4, -1])
def test_a_change_outside_the_series_is_refused(place: int) -> None:
    with pytest.raises(ValueError, match="inside the series"):
        its(replace(examples.ITS, change_at=place))


# sankey, coverage, multiples, sparkline


def test_bands_are_as_wide_as_their_amounts() -> None:
    chart = CHARTS["sankey"]
    heights = [float(box.get("height", 0)) for box in [*shapes(chart.svg, "c-bar"), *shapes(chart.svg, "c-bar-grey")]]
    assert heights[0] == pytest.approx(heights[1] + heights[2], abs=0.2) and heights[1] == pytest.approx(
        3 * heights[2], abs=0.2
    )
    assert "12 went no further" in chart.summary_text


@pytest.mark.parametrize("flow", [Flow("a", "nowhere", 1), Flow("b", "a", 1), Flow("a", "b", -1)])
def test_a_flow_that_makes_no_sense_is_refused(flow: Flow) -> None:
    with pytest.raises(ValueError, match="flow"):
        sankey(SankeyData(title="t", stages=(Stage("a", "A", 0), Stage("b", "B", 1)), flows=(flow,)))


def test_coverage_names_the_holes() -> None:
    chart = CHARTS["coverage_matrix"]
    assert len(shapes(chart.svg, "c-cell-empty")) == 1
    assert chart.summary_text == "3 of 4 cells are covered. Not covered: Patient care with Nurses."


def test_coverage_refuses_a_torn_grid() -> None:
    with pytest.raises(ValueError, match="one row per row"):
        coverage_matrix(CoverageData(title="t", rows=("a",), columns=("x", "y"), counts=((1,),)))


def test_small_multiples_say_when_a_panel_has_no_value() -> None:
    assert "no value yet" in CHARTS["small_multiples"].svg


def test_nothing_yet_is_said_and_drawn_without_error() -> None:
    empty = Series("Nobody", ())
    words = [
        line_series(LineData(title="t", series=empty)).summary_text,
        sparkline(empty).summary_text,
        bars(BarData(title="t", bars=())).summary_text,
        slope(SlopeData(title="t", changes=())).summary_text,
        spc(SpcData(title="t", points=())).summary_text,
        forest(ForestData(title="t", estimates=())).summary_text,
        small_multiples(MultiplesData(title="t", panels=())).summary_text,
        sankey(SankeyData(title="t", stages=(), flows=())).summary_text,
        stacked_likert(LikertData(title="t", scale=("no", "yes"), rows=())).summary_text,
    ]
    assert all("yet" in sentence for sentence in words)


# the pen


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 100, [0, 25, 50, 75, 100]),
        (48, 65, [45, 50, 55, 60, 65]),
        (0, 0, [0, 0.25, 0.5, 0.75, 1]),
        (-3.6, 9.8, [-5, 0, 5, 10]),
    ],
)
def test_axes_have_round_marks_that_enclose_the_values(low: float, high: float, expected: list[float]) -> None:
    assert ticks(low, high) == expected


@pytest.mark.parametrize(
    ("value", "unit", "decimals", "words"),
    [
        (54, "%", 0, "54 %"),
        (1240, "", 0, "1,240"),
        (-0.04, "", 1, "0.0"),
        (-2.5, "days", 1, "−2.5 days"),
        (None, "%", 0, "–"),
        (float("nan"), "%", 0, "–"),
    ],
)
def test_numbers_as_people_write_them(value: float | None, unit: str, decimals: int, words: str) -> None:
    assert amount(value, unit, decimals).replace("\u00a0", " ") == words


def test_labels_at_one_height_move_apart_and_stay_inside() -> None:
    placed = spread([50, 50, 52, 98], 17, 0, 100)
    assert all(later - earlier >= 17 - 1e-9 for earlier, later in zip(sorted(placed), sorted(placed)[1:], strict=False))
    assert max(placed) <= 100


def test_long_names_wrap_and_end_in_an_ellipsis() -> None:
    assert wrap("Advanced practice registered nurses", 20, 2) == ["Advanced practice", "registered nurses"]
    assert wrap("one two three four", 5, 2)[-1].endswith("…")
