"""Charts as SVG text, with a summary in words and the rows behind them. Pure: the same input draws the same bytes."""

from lifelong.formats.charts.bars import (
    Answers,
    Bar,
    BarData,
    CoverageData,
    LikertData,
    bars,
    coverage_matrix,
    stacked_likert,
)
from lifelong.formats.charts.control import ItsData, Moment, Phase, SpcData, Subgroup, its, spc
from lifelong.formats.charts.draw import for_print
from lifelong.formats.charts.dumbbell import DumbbellData, Pair, dumbbell
from lifelong.formats.charts.flow import Flow, SankeyData, Stage, sankey
from lifelong.formats.charts.intervals import Estimate, ForestData, forest
from lifelong.formats.charts.lines import (
    Change,
    LineData,
    MultiplesData,
    Point,
    Series,
    SlopeData,
    line_series,
    slope,
    small_multiples,
    sparkline,
)
from lifelong.formats.charts.model import Chart
from lifelong.formats.charts.ring import ring_svg
from lifelong.formats.charts.theme import DEFAULT_ACCENT, accent_shades, pdf_accent, theme_css

__all__ = [
    "DEFAULT_ACCENT",
    "Answers",
    "Bar",
    "BarData",
    "Change",
    "Chart",
    "CoverageData",
    "DumbbellData",
    "Estimate",
    "Flow",
    "ForestData",
    "ItsData",
    "LikertData",
    "LineData",
    "Moment",
    "MultiplesData",
    "Pair",
    "Phase",
    "Point",
    "SankeyData",
    "Series",
    "SlopeData",
    "SpcData",
    "Stage",
    "Subgroup",
    "accent_shades",
    "bars",
    "coverage_matrix",
    "dumbbell",
    "for_print",
    "forest",
    "its",
    "line_series",
    "pdf_accent",
    "ring_svg",
    "sankey",
    "slope",
    "small_multiples",
    "sparkline",
    "spc",
    "stacked_likert",
    "theme_css",
]
