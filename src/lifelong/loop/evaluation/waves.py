"""When learners are asked again, and how often we remind them: the office decides, and the product's book where it did not."""

from __future__ import annotations

from lifelong.loop.surveys.asking import asking

REMIND_AFTER_DAYS = 7
LINK_DAYS = 60  # how long the link of a wave stays open
MOST_COMMITMENTS = 3


def waves(provider_id: int | None = None) -> tuple[int, ...]:
    """Days after the commitment (outcomes, section 2)."""
    return asking(provider_id).waves


def most_reminders(provider_id: int | None = None) -> int:
    return asking(provider_id).reminders
