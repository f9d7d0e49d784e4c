"""Learners as PARS counts them: in a series every attendance of every session; else each person once an activity."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Count

from lifelong.loop.delivery.models import Attendance
from lifelong.loop.planning.models import Activity

PHYSICIANS = frozenset(
    {"physician", "physician_md", "physician_do", "resident", "fellow"}
)  # residents count as physicians


@dataclass(frozen=True, slots=True)
class Counted:
    """`by_profession`: learners as reported; `sessions`: attendances of each session, for a series, to check the sum."""

    by_profession: Counter[str] = field(default_factory=Counter)
    sessions: tuple[int, ...] = ()

    @property
    def total(self) -> int:
        return sum(self.by_profession.values())

    @property
    def physicians(self) -> int:
        return sum(n for profession, n in self.by_profession.items() if profession in PHYSICIANS)


def learners_of(activities: Iterable[Activity]) -> dict[int, Counted]:
    """Counts of many activities in two queries."""
    rows = list(activities)
    series = [row.pk for row in rows if row.is_series]
    single = [row.pk for row in rows if not row.is_series]
    present = Attendance.objects.filter(voided_at=None, session__cancelled_at=None)
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    sessions: dict[int, Counter[int]] = defaultdict(Counter)
    each = present.filter(session__activity_id__in=series).values_list(
        "session__activity_id", "session_id", "profession"
    )
    for activity_id, session_id, profession, n in each.annotate(n=Count("pk")):
        counts[activity_id][profession] += n
        sessions[activity_id][session_id] += n
    once = present.filter(session__activity_id__in=single).values_list(
        "session__activity_id", "person_id", "profession"
    )
    seen: set[tuple[int, int]] = set()
    for activity_id, person_id, profession in once.distinct().order_by(
        "session__activity_id", "person_id", "profession"
    ):
        if (activity_id, person_id) not in seen:
            seen.add((activity_id, person_id))
            counts[activity_id][profession] += 1
    return {row.pk: Counted(counts[row.pk], tuple(sessions[row.pk].values())) for row in rows}
