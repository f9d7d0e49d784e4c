"""Calendar months and years on days: the same day number, or the last day of a month that has no such day."""

from __future__ import annotations

import calendar
from datetime import date

_MONTHS_A_YEAR = 12


def add_months(day: date, months: int) -> date:
    """31 January plus one month is 28 (or 29) February; months may be negative."""
    year, month = divmod(day.year * _MONTHS_A_YEAR + day.month - 1 + months, _MONTHS_A_YEAR)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def add_years(day: date, years: int) -> date:
    return add_months(day, years * _MONTHS_A_YEAR)
