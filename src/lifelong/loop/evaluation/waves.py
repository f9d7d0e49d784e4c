"""When learners are asked again, and how often we remind them: the product's book says it."""

from __future__ import annotations

from lifelong.rules.books import load_book

REMIND_AFTER_DAYS = 7
LINK_DAYS = 60  # how long the link of a wave stays open
MOST_COMMITMENTS = 3


def waves() -> tuple[int, ...]:
    """Days after the commitment (outcomes, section 2)."""
    return tuple(int(days) for days in load_book("lifelong").names("follow_up.waves_days"))


def most_reminders() -> int:
    return load_book("lifelong").integer("follow_up.reminders")
