"""What is due by the calendar rather than by an act: follow-ups, seals left over, nightly records. One page, in order."""

from __future__ import annotations

import logging
from collections.abc import Callable

log = logging.getLogger(__name__)

# each looks for what is due now and may be called at any time, any number of times
CALENDAR: tuple[Callable[[], object], ...] = ()


def due_work() -> None:
    """Do all that is due; one piece that fails does not hold up the others."""
    for piece in CALENDAR:
        try:
            piece()
        except Exception:
            log.exception("calendar work %s did not finish", piece.__name__)
