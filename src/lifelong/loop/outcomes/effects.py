"""What follows from closing an activity. May be repeated without harm."""

from __future__ import annotations

from lifelong.kernel.access import SYSTEM
from lifelong.loop.outcomes.actions import share_report
from lifelong.loop.outcomes.sharing import readers_of
from lifelong.loop.planning.models import Activity


def share_with_readers(activity_id: int) -> None:
    """After an activity was closed: its report goes to planners and leaders."""
    activity = Activity.objects.select_related("provider").get(pk=activity_id)
    for person, reader in readers_of(activity):
        share_report(SYSTEM, activity, person=person, reader=reader)
