"""A retry that finds its work done answers with the row, and the door leaves no second trace."""

from __future__ import annotations

from typing import TypeVar, cast

from lifelong.kernel.action import Unchanged

Row = TypeVar("Row")


def already(row: Row) -> Row:
    """`row` was there before. The caller of the action gets the row itself; typed as what it becomes."""
    return cast(Row, Unchanged(row))
