"""The outcome report of an activity: facts, drawings, numbers, PDF, JSON, Word. Pure: the same facts give the same bytes."""

from lifelong.formats.outcome_report.facts import (
    Analysed,
    Barrier,
    BeforeNow,
    Compared,
    Gap,
    Measured,
    OutcomeReport,
    Rated,
    Reading,
    Result,
    Share,
    Step,
    Theme,
    Wave,
)
from lifelong.formats.outcome_report.figures import UNCODED, Figure, figures
from lifelong.formats.outcome_report.numbers import numbers, to_csv
from lifelong.formats.outcome_report.word import render_docx
from lifelong.formats.outcome_report.writing import PARTS, measure_sentence, quotes_of, render_pdf, to_json

__all__ = [
    "PARTS",
    "UNCODED",
    "Analysed",
    "Barrier",
    "BeforeNow",
    "Compared",
    "Figure",
    "Gap",
    "Measured",
    "OutcomeReport",
    "Rated",
    "Reading",
    "Result",
    "Share",
    "Step",
    "Theme",
    "Wave",
    "figures",
    "measure_sentence",
    "numbers",
    "quotes_of",
    "render_docx",
    "render_pdf",
    "to_csv",
    "to_json",
]
