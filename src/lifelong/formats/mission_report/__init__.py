"""The mission report: what a program promised, what it attained, and how sure that is. JSON for the record, PDF for people.

Frozen facts in, the same bytes out: the report can be made again years later and compared with the copy in the file.
"""

from lifelong.formats.mission_report.facts import (
    ActivityLine,
    MissionReport,
    MissionStatement,
    Program,
    ResultSection,
    TrendPoint,
)
from lifelong.formats.mission_report.writing import render_pdf, to_json

__all__ = [
    "ActivityLine",
    "MissionReport",
    "MissionStatement",
    "Program",
    "ResultSection",
    "TrendPoint",
    "render_pdf",
    "to_json",
]
