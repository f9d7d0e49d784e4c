"""When learners are asked again, and how often we remind them. Our defaults; an office's book may say otherwise."""

from __future__ import annotations

from lifelong.rules.books import load_book

WAVES = (45, 90)  # days after the commitment (outcomes, section 2)
REMINDERS = 2
REMIND_AFTER_DAYS = 7
LINK_DAYS = 60  # how long the link of a wave stays open
MOST_COMMITMENTS = 3


def waves() -> tuple[int, ...]:
    book = load_book("lifelong")
    key = "follow_up.waves_days"
    return tuple(int(days) for days in book.names(key)) if key in book else WAVES


def most_reminders() -> int:
    book = load_book("lifelong")
    key = "follow_up.reminders"
    return book.integer(key) if key in book else REMINDERS
