"""What follows from what. One page: an audited act on the left, its effects on the right."""

from __future__ import annotations

from collections.abc import Callable

from lifelong.kernel.action import FOLLOWS
from lifelong.kernel.effects import HANDLERS

# act -> effects, each a function that takes the id of the act's row and may be repeated without harm
EFFECTS: dict[str, tuple[Callable[[int], None], ...]] = {}

for act, handlers in EFFECTS.items():
    FOLLOWS[act] = tuple(handler.__name__ for handler in handlers)
    HANDLERS.update({handler.__name__: handler for handler in handlers})
