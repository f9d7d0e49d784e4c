"""An outcome report as an editable Word file. Needs python-docx, which is an extra: callers catch ImportError."""

from __future__ import annotations

import io
from typing import Any

from lifelong.formats.charts import for_print
from lifelong.formats.outcome_report.facts import OutcomeReport
from lifelong.formats.outcome_report.figures import figures
from lifelong.formats.outcome_report.numbers import HEADER, numbers
from lifelong.formats.outcome_report.picture import picture
from lifelong.formats.outcome_report.tables import Table, item_tables, response_tables, tables_of
from lifelong.formats.outcome_report.writing import PARTS, notes, quotes_of

WIDTH = 6.1  # inches between the margins


def render_docx(report: OutcomeReport) -> bytes:
    """Headings, sentences, drawings with their words, and real tables. Raises ImportError while python-docx is not installed."""
    from docx import Document  # noqa: PLC0415 -- an extra

    paper = Document()
    _house(paper, report)
    _first_page(paper, report)
    drawn = figures(report)
    for key, title in PARTS:
        here = [one for one in drawn if one.part == key]
        said = notes(key, report)
        if not here and not said:
            continue
        paper.add_heading(title, level=1)
        for one in here:
            paper.add_heading(one.title, level=2)
            paper.add_paragraph(one.measure, style="Caption")
            _drawing(paper, for_print(one.chart.svg, report.accent), one.chart.summary_text)
            paper.add_paragraph(one.chart.summary_text)
        for table in tables_of(key, report):
            _titled(paper, table)
        for words in said:
            paper.add_paragraph(words)
        for quote in quotes_of(report) if key == "plans" else ():
            paper.add_paragraph(quote, style="Quote")
    _back(paper, report)
    out = io.BytesIO()
    paper.save(out)
    return out.getvalue()


def _house(paper: Any, report: OutcomeReport) -> None:
    from docx.shared import Inches, Pt, RGBColor  # noqa: PLC0415 -- an extra

    paper.core_properties.title = f"Outcome report: {report.title}"
    paper.core_properties.author = report.provider
    paper.core_properties.language = report.lang
    for section in paper.sections:
        section.page_width, section.page_height = Inches(8.5), Inches(11)
        section.left_margin = section.right_margin = Inches(1.2)
    paper.styles["Normal"].font.size = Pt(10.5)
    accent = RGBColor.from_string(report.accent.lstrip("#").upper())
    for name in ("Title", "Heading 1", "Heading 2"):
        paper.styles[name].font.color.rgb = accent


def _first_page(paper: Any, report: OutcomeReport) -> None:
    paper.add_heading(report.title, level=0)
    about = (report.provider, f"Activity {report.number}", report.format, report.dates, report.place)
    paper.add_paragraph(" · ".join(filter(None, about)))
    paper.add_paragraph(f"{report.level_words}. {report.reach_words}")
    if report.summary:
        paper.add_heading("What the office concludes", level=1)
        paper.add_paragraph(report.summary)
    _list(
        paper,
        "What changed",
        [
            f"{one.title} (level {one.level}, {'measured' if one.is_objective else 'by own report'}): {one.sentence}"
            for one in report.results
        ],
    )
    _list(paper, "The gap", [f"{gap.title}. {gap.description} {gap.baseline}".strip() for gap in report.gaps])
    _list(paper, "Limits", list(report.limits))
    _list(paper, "The standard of care", [report.standard_of_care] if report.standard_of_care else [])
    _list(paper, "What remains", [report.next_gap] if report.next_gap else [])


def _back(paper: Any, report: OutcomeReport) -> None:
    paper.add_heading("Who answered, and who did not", level=1)
    for table in response_tables(report.nonresponse, report.smallest_group):
        _titled(paper, table)
    for words in (*report.response_words, *report.nonresponse.tipping, *report.nonresponse.notes):
        paper.add_paragraph(words)
    _list(paper, "How it was planned", list(report.objectives))
    _list(paper, "How it was measured", [report.methods] if report.methods else [])
    tables = item_tables(report.scores)
    if tables:
        paper.add_heading("Appendix: the items of the test", level=1)
    for table in tables:
        _titled(paper, table)
    paper.add_heading("Appendix: every number", level=1)
    _table(paper, [list(HEADER), *(list(row) for row in numbers(report))])


def _drawing(paper: Any, svg: str, alt: str) -> None:
    """A drawing as a picture, with its finding as the alternative text."""
    from docx.shared import Inches  # noqa: PLC0415 -- an extra

    shape = paper.add_picture(io.BytesIO(picture(svg)), width=Inches(WIDTH))
    shape._inline.docPr.set("descr", alt)  # python-docx has no door for the alternative text


def _list(paper: Any, title: str, items: list[str]) -> None:
    if items:
        paper.add_heading(title, level=1)
        for item in items:
            paper.add_paragraph(item, style="List Bullet")


def _titled(paper: Any, table: Table) -> None:
    paper.add_heading(table.title, level=2)
    if table.rows:
        _table(paper, [list(table.head), *(list(row) for row in table.rows)])
    if table.note:
        paper.add_paragraph(table.note, style="Caption")


def _table(paper: Any, rows: list[list[str]]) -> None:
    """A table whose head is repeated on every page; small type, so that eight columns fit."""
    from docx.oxml import OxmlElement  # noqa: PLC0415 -- an extra
    from docx.shared import Pt  # noqa: PLC0415 -- an extra

    if not rows:
        return
    table = paper.add_table(rows=len(rows), cols=len(rows[0]), style="Light List Accent 1")
    head = table.rows[0]._tr.get_or_add_trPr()
    head.append(OxmlElement("w:tblHeader"))
    cells = table._cells  # once: asking each row again takes the square of the time
    for at, text in enumerate(cell for row in rows for cell in row):
        paragraph = cells[at].paragraphs[0]
        paragraph.add_run(text).font.size = Pt(8.5)
