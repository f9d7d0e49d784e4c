"""An outcome report as an editable Word file. Needs python-docx, which is an extra: callers catch ImportError."""

from __future__ import annotations

import io
from typing import Any

from lifelong.formats.outcome_report.facts import OutcomeReport
from lifelong.formats.outcome_report.figures import figures
from lifelong.formats.outcome_report.numbers import HEADER, numbers
from lifelong.formats.outcome_report.writing import PARTS, measure_sentence


def render_docx(report: OutcomeReport) -> bytes:
    """Headings, sentences and real tables; drawings stay in the PDF. Raises ImportError while python-docx is not installed."""
    from docx import Document  # noqa: PLC0415 -- an extra

    paper = Document()
    paper.core_properties.title = f"Outcome report: {report.title}"
    paper.core_properties.author = report.provider
    paper.add_heading(report.title, level=0)
    paper.add_paragraph(
        " · ".join(filter(None, (report.provider, f"Activity {report.number}", report.dates, report.place)))
    )
    paper.add_paragraph(f"{report.level_words}. {report.reach_words}")
    if report.summary:
        paper.add_paragraph(report.summary)
    _list(paper, "Results", [f"{one.title}: {one.sentence}" for one in report.results])
    _list(paper, "The gap", [f"{gap.title}. {gap.description} {gap.baseline}".strip() for gap in report.gaps])
    _list(paper, "Limits", list(report.limits))
    drawn = figures(report)
    for key, title in PARTS:
        here = [one for one in drawn if one.part == key]
        if here:
            paper.add_heading(title, level=1)
        for one in here:
            paper.add_heading(one.title, level=2)
            paper.add_paragraph(one.chart.summary_text)
            _table(paper, [list(row) for row in one.chart.table_rows])
    _list(paper, "Measures", [measure_sentence(one) for one in report.measures])
    _list(paper, "Who answered", list(report.response_words))
    _list(paper, "How it was measured", [report.methods] if report.methods else [])
    paper.add_heading("Every number", level=1)
    _table(paper, [list(HEADER), *(list(row) for row in numbers(report))])
    out = io.BytesIO()
    paper.save(out)
    return out.getvalue()


def _list(paper: Any, title: str, items: list[str]) -> None:
    if items:
        paper.add_heading(title, level=1)
        for item in items:
            paper.add_paragraph(item, style="List Bullet")


def _table(paper: Any, rows: list[list[str]]) -> None:
    if not rows:
        return
    table = paper.add_table(rows=0, cols=len(rows[0]), style="Light Grid Accent 1")
    for row in rows:
        cells = table.add_row().cells
        for cell, text in zip(cells, row, strict=True):
            cell.text = text
