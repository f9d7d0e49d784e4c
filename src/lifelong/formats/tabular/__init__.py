"""Tables as CSV or TSV: written so that no spreadsheet runs a cell, read strictly and within limits.

A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula (CWE-1236). Such texts leave with an
apostrophe in front, which spreadsheets show as plain text; `restore` takes it away again.
"""

from lifelong.formats.tabular.reading import Limits, Row, Sheet, read
from lifelong.formats.tabular.writing import Cell, guard, lines, restore, write

__all__ = ["Cell", "Limits", "Row", "Sheet", "guard", "lines", "read", "restore", "write"]
