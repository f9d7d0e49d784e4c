"""Completions in the columns of ACCME's learner template 917 (January 2024), tab-delimited."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from lifelong.formats.pars.records import BoardCredit, LearnerCompletion
from lifelong.formats.pars.vocabulary import STATES

COLUMNS = (
    "Record Action",
    "ACCME Activity ID",
    "Completion Date",
    "First Name",
    "Last Name",
    "Date of Birth",
    "Licensing State",
    "Licensing ID or NPI",
    "Number of CME Credits",
    "Certifying Board",
    "Certifying Board ID",
    "Total Board Credits",
    "Credit Type",
    "Credits Awarded for Credit Type",
)
"""Columns A to N. More pairs of credit type and credits may follow; they are unconfirmed, so each kind gets its own row."""


def write_template(completions: Iterable[LearnerCompletion]) -> bytes:
    """Header and rows, UTF-8, CRLF. The CME credit stands in a learner's first row only, so that it counts once."""
    rows = [COLUMNS, *(row for completion in completions for row in _rows(completion))]
    return "".join("\t".join(" ".join(cell.split()) for cell in row) + "\r\n" for row in rows).encode()


def _rows(c: LearnerCompletion) -> Iterator[tuple[str, ...]]:
    person = (
        c.action.value.capitalize(),
        c.activity_id,
        f"{c.completed_on:%m/%d/%Y}",
        c.given_name,
        c.family_name,
        f"{c.birth_month:02d}/{c.birth_day:02d}",
    )
    cme = ("", "", "")
    if c.credits is not None:
        cme = (STATES.get(c.license_state, c.license_state), c.license_number or c.npi, _amount(c.credits))
    for index, board in enumerate(c.board_credits or (None,)):
        yield (*person, *(cme if index == 0 else ("", "", "")), *_board(board, c.board_credits))


def _board(board: BoardCredit | None, all_credits: tuple[BoardCredit, ...]) -> tuple[str, ...]:
    if board is None:
        return ("", "", "", "", "")
    total = sum((each.points for each in all_credits if each.board == board.board), Decimal(0))
    return (board.board, board.board_id, _amount(total), board.credit_type, _amount(board.points))


def _amount(value: Decimal) -> str:
    """As short as it is exact: 10.5, 1, 0.25."""
    return format(value.normalize(), "f")
