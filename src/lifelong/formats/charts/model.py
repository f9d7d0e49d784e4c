"""What a chart is: a drawing, the same in words, and its rows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Chart:
    """A finished chart.

    svg           complete `<svg>` element with role="img", title and desc; no style attribute, classes of charts.css
    summary_text  the finding in one to three plain sentences
    table_rows    header row first, every cell text; the same rows go into the table and the CSV
    narrow_svg    the same for a screen of about 340 px, where the wide drawing would be cut; "" where it need not be
    """

    svg: str
    summary_text: str
    table_rows: tuple[tuple[str, ...], ...]
    narrow_svg: str = ""

    @property
    def header(self) -> tuple[str, ...]:
        return self.table_rows[0] if self.table_rows else ()

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        return self.table_rows[1:]
