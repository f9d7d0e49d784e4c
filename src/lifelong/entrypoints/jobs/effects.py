"""What follows from what. One page: an audited act on the left, its effects on the right.

An effect is a function that takes the id of the act's row, runs in its own transaction after the act's commit, and may be
repeated without harm.
"""

from __future__ import annotations

from collections.abc import Callable

from lifelong.kernel.action import FOLLOWS
from lifelong.kernel.effects import HANDLERS
from lifelong.loop.delivery.actions import count_attendance, count_in_session

Effect = Callable[[int], None]

EFFECTS: dict[str, tuple[Effect, ...]] = {
    "attendance.recorded": (count_attendance,),
}
# enqueued by name from inside an action, for many rows at once
BY_NAME: tuple[Effect, ...] = (count_in_session,)

for act, handlers in EFFECTS.items():
    FOLLOWS[act] = tuple(handler.__name__ for handler in handlers)
HANDLERS.update({handler.__name__: handler for handlers in (*EFFECTS.values(), BY_NAME) for handler in handlers})
