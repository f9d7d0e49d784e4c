"""What is due by the calendar rather than by an act. One page, in the order it is done."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from django.db import transaction

from lifelong.entrypoints.jobs.nightly import take_snapshots
from lifelong.kernel.access import SYSTEM
from lifelong.kernel.guard import writes_open
from lifelong.loop.credit.ledger import checkpoint, seal_waiting
from lifelong.loop.evaluation.actions import ask_due_follow_ups
from lifelong.loop.improvement.actions import write_letters
from lifelong.loop.improvement.counting import ask_for_due
from lifelong.loop.improvement.effects import measure_due
from lifelong.loop.improvement.letters import with_letters_on
from lifelong.loop.reporting.effects import refresh_due
from lifelong.loop.surveys.campaigns import remind_campaigns
from lifelong.loop.surveys.mixing import mix_answers

log = logging.getLogger(__name__)
_checkpoint_at = -3600.0
_mixed_at = -6 * 3600.0
_asked_at = -300.0


def ask_follow_ups() -> None:
    """Questions about plans that are 45 or 90 days old, and their reminders."""
    while ask_due_follow_ups(SYSTEM):
        pass


def remind_of_surveys() -> None:
    """Reminders of open survey campaigns."""
    while remind_campaigns(SYSTEM):
        pass


def mix_survey_answers() -> None:
    """Anonymous answers lose the order and the transaction they came in (a few times a day is enough)."""
    global _mixed_at
    if time.monotonic() - _mixed_at > 6 * 3600:
        mix_answers()
        _mixed_at = time.monotonic()


def seal_left_over() -> None:
    """Awards that no seal has reached, should a worker have died between the two."""
    with transaction.atomic(), writes_open("ledger.swept"):
        seal_waiting(sweep=True)


def measure_programs() -> None:
    """The numbers of the mission pages, where they are older than an hour."""
    measure_due()


def count_large_years() -> None:
    """The figures of years too large to be counted while somebody waits, where they are older than an hour; looked for every five minutes."""
    global _asked_at
    if time.monotonic() - _asked_at > 300:
        ask_for_due()
        _asked_at = time.monotonic()


def write_to_leaders() -> None:
    """Once a period: the letter to directors and deans of programs that switched it on."""
    for provider in with_letters_on():
        write_letters(SYSTEM, provider)


def refresh_records() -> None:
    """Once a day: what PARS must be told, as things stand."""
    refresh_due()


def write_checkpoint() -> None:
    """Once an hour: the head of the ledger, signed, into a file that a backup or an outside witness takes along."""
    global _checkpoint_at
    if time.monotonic() - _checkpoint_at > 3600:
        checkpoint()
        _checkpoint_at = time.monotonic()


# each looks for what is due now and may be called at any time, any number of times
CALENDAR: tuple[Callable[[], None], ...] = (
    ask_follow_ups,
    remind_of_surveys,
    mix_survey_answers,
    seal_left_over,
    measure_programs,
    count_large_years,
    write_to_leaders,
    refresh_records,
    write_checkpoint,
    take_snapshots,
)


def due_work() -> None:
    """Do all that is due; one piece that fails does not hold up the others."""
    for piece in CALENDAR:
        try:
            piece()
        except Exception:
            log.exception("calendar work %s did not finish", piece.__name__)
