"""Arranged for tests: an activity that was taught, who was there, and the answers of a contented learner."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from lifelong.kernel import clock
from lifelong.kernel.access import SYSTEM
from lifelong.kernel.guard import writes_open
from lifelong.loop.delivery.models import Attendance
from lifelong.loop.designation.models import Designation, RequiredStatement
from lifelong.loop.evaluation.actions import attach_default
from lifelong.loop.people.models import Person
from lifelong.loop.planning.models import Activity, Objective, Session
from lifelong.loop.program.models import AccreditedProvider

PLAN = {"text": "I will start antibiotics within the hour.", "level": 4, "confidence": 7, "barriers": []}


@dataclass
class Taught:
    activity: Activity
    sessions: list[Session]
    ama: Designation
    participation: Designation

    @property
    def session(self) -> Session:
        return self.sessions[0]


def teach(
    provider: AccreditedProvider,
    title: str = "Sepsis rounds",
    *,
    ended_hours_ago: float = 1,
    minutes: int = 60,
    sessions: int = 1,
    maximum: str = "1.00",
    is_per_session: bool = True,
    **fields: Any,
) -> Taught:
    """An activity whose last session ended `ended_hours_ago`; earlier sessions a week apart. Designated a month before."""
    now = clock.now()
    with writes_open("test"):
        number = Activity.objects.filter(provider=provider).count() + 1
        activity = Activity.objects.create(
            provider=provider, number=number, title=title, format="series", time_zone=provider.time_zone, created_at=now,
            starts_on=now.date(), published_at=now, **fields,
        )  # fmt: skip
        for position, text in enumerate(("Begin treatment of sepsis within the hour", "Name the bundle")):
            Objective.objects.create(activity=activity, position=position, text=text, kind="skill")
        made = []
        for position in range(sessions):
            ends_at = now - dt.timedelta(hours=ended_hours_ago, weeks=sessions - 1 - position)
            made.append(
                Session.objects.create(
                    activity=activity, number=position + 1, title=f"{title} {position + 1}",
                    starts_at=ends_at - dt.timedelta(minutes=minutes), ends_at=ends_at,
                )
            )  # fmt: skip
        common = {
            "activity": activity, "increment": Decimal("0.25"), "is_per_session": is_per_session, "rule_book_version": "test",
            "designated_at": now - dt.timedelta(days=300), "maximum": Decimal(maximum),
        }  # fmt: skip
        ama = Designation.objects.create(
            credit_system="ama", profession="physician", unit="AMA PRA Category 1 Credit", **common
        )
        other = Designation.objects.create(credit_system="participation", unit="hours", **common)
        RequiredStatement.objects.create(
            activity=activity, kind="accreditation", text="The school is accredited.", status="confirmed", frozen_at=now
        )
    attach_default(SYSTEM, activity)
    return Taught(activity, made, ama, other)


def attend(session: Session, person: Person, evidence: str = "rotating_code") -> Attendance:
    with writes_open("test"):
        row = Attendance.objects.create(
            session=session, person=person, recorded_at=session.starts_at, channel="phone", evidence=evidence,
            profession=person.profile.profession,
        )  # fmt: skip
    return Attendance.objects.select_related("session__activity__provider", "person__profile").get(pk=row.pk)


def answers(activity: Activity, **changed: Any) -> dict[str, Any]:
    met = {str(pk): "4" for pk in activity.objectives.values_list("pk", flat=True)}
    return {
        "reflection": "Time matters.", "objectives_met": met, "relevance": "5", "knowledge": {"before": "2", "now": "4"},
        "bias": "no", "intended_change": "yes", **changed,
    }  # fmt: skip
