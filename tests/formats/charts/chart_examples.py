"""One plain example of each drawing, with a hostile name in each."""

from __future__ import annotations

from lifelong.formats.charts import (
    Answers,
    Bar,
    BarData,
    Change,
    Chart,
    CoverageData,
    DumbbellData,
    Estimate,
    Flow,
    ForestData,
    ItsData,
    LikertData,
    LineData,
    Moment,
    MultiplesData,
    Pair,
    Phase,
    Point,
    SankeyData,
    Series,
    SlopeData,
    SpcData,
    Stage,
    Subgroup,
    bars,
    coverage_matrix,
    dumbbell,
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

HOSTILE = '<script>alert("x")</script> & Sons'
OURS = Series("Ward 3", (Point(1, "2024", 48, 44, 52, 310), Point(2, "2025", None), Point(3, "2026", 54, 50, 58, 312)))
STATE = Series(HOSTILE, (Point(1, "2024", 51), Point(2, "2025", 58), Point(3, "2026", 60)))
LINES = LineData(title=HOSTILE, series=OURS, comparisons=(STATE,), target=65, unit="%")
BARS = BarData(
    title=HOSTILE, bars=(Bar("Nurses", 66, 58, 74, 140), Bar(HOSTILE, 49, highlight=False)), target=60, unit="%"
)
LIKERT = LikertData(
    title=HOSTILE, scale=("No", "Partly", "Yes"), rows=(Answers(HOSTILE, (1, 1, 2)), Answers("Nobody asked", (0, 0, 0)))
)
FOREST = ForestData(
    title=HOSTILE,
    estimates=(
        Estimate("Sepsis", 4.1, 1.2, 7.0, 80),
        Estimate(HOSTILE, -0.4, -3.6, 2.8, 62),
        Estimate("All", 2.9, 1.1, 4.7, 142, True),
    ),
)
SLOPE = SlopeData(title=HOSTILE, changes=(Change("Medicine", 61, 74, 120, True), Change(HOSTILE, 71, 69, 60)), unit="%")
SPC = SpcData(
    title=HOSTILE,
    points=(
        Subgroup("Jan", 12, 11, 8, 14, 900),
        Subgroup("Feb", 11, 11, 8, 14, 900),
        Subgroup("Mar", 9, 6, 3, 8, 900, "above the upper limit"),
    ),
    phases=(Phase(0, "Before"), Phase(2, HOSTILE)),
)
ITS = ItsData(
    title=HOSTILE,
    moments=(
        Moment("Jan", 50, 50),
        Moment("Feb", 52, 51),
        Moment("Mar", 60, 61, 52, 50, 54),
        Moment("Apr", None, 62, 53, 51, 55),
    ),
    change_at=2,
    change_name=HOSTILE,
    effect_words="The level rose by 9 points (6 to 12).",
    unit="%",
)
SANKEY = SankeyData(
    title=HOSTILE,
    stages=(Stage("g", "gaps", 0), Stage("a", HOSTILE, 1), Stage("x", "not taken up", 1, True)),
    flows=(Flow("g", "a", 36), Flow("g", "x", 12)),
    of="gaps",
)
MULTIPLES = MultiplesData(
    title=HOSTILE, panels=(OURS, STATE, Series("Empty", ())), reference=STATE, target=60, unit="%"
)
COVERAGE = CoverageData(
    title=HOSTILE, rows=("Patient care", HOSTILE), columns=("Physicians", "Nurses"), counts=((3, 0), (1, 2))
)
DUMBBELL = DumbbellData(
    title=HOSTILE,
    pairs=(
        Pair("The whole test", 48, 72, 24, 17, 30, 60, True),
        Pair(HOSTILE, 52, 50, -2, -15, 11, 60),
        Pair("Few", 100, 0, -100, None, None, 7),
    ),
)


def all_charts() -> dict[str, Chart]:
    return {
        "line_series": line_series(LINES),
        "bars": bars(BARS),
        "stacked_likert": stacked_likert(LIKERT),
        "dumbbell": dumbbell(DUMBBELL),
        "forest": forest(FOREST),
        "slope": slope(SLOPE),
        "spc": spc(SPC),
        "its": its(ITS),
        "sankey": sankey(SANKEY),
        "small_multiples": small_multiples(MULTIPLES),
        "coverage_matrix": coverage_matrix(COVERAGE),
        "sparkline": sparkline(STATE),
    }
