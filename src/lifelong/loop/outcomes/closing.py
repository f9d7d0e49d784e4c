"""What must be known before an activity is closed: the facts of the gates from delivery to closing."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Max, Min, Q, QuerySet

from lifelong.kernel import clock
from lifelong.loop.delivery.models import Attendance
from lifelong.loop.designation.gates import gate_facts
from lifelong.loop.evaluation.models import Commitment, FollowUp
from lifelong.loop.evaluation.waves import LINK_DAYS
from lifelong.loop.integrity import reads as integrity
from lifelong.loop.outcomes.levels import CHANGE_OF
from lifelong.loop.outcomes.models import ImpactSummary, OutcomeMeasure
from lifelong.loop.planning.models import Activity
from lifelong.loop.surveys.models import Tally
from lifelong.rules.analysis import AnalysisFacts, MeasureFacts
from lifelong.rules.gates import Gate, facts_missing
from lifelong.rules.integrity import DisclosureShownFacts
from lifelong.rules.verdict import Reason

TO_CLOSE = (Gate.DELIVERY, Gate.CREDIT, Gate.REPORTING, Gate.CLOSING)


def later_facts(of: Activity, *, summary: str = "") -> dict[str, Any]:
    """The facts of the gates G9 to G12, by the keywords of `designation.gates.gate_facts`. Eight queries."""
    held = of.sessions.filter(cancelled_at=None).aggregate(first=Min("starts_at"), last=Max("ends_at"))
    ends_at = held["last"]
    return {
        "attendances": Attendance.objects.filter(session__activity=of, voided_at=None).count(),
        "disclosure_shown": _shown(of, held["first"]),
        "credit_closes_at": ends_at + dt.timedelta(days=of.claim_days) if ends_at else None,
        "reports_open": reports_open(of),
        "follow_ups_open": follow_ups_open(of),
        "analysis": analysis_facts(of, summary),
    }


def missing_to_close(of: Activity, *, summary: str = "") -> tuple[Reason, ...]:
    """Everything that stands between the activity and its closing, from delivery on."""
    facts = gate_facts(of, **later_facts(of, summary=summary))
    if Gate.PUBLICATION not in facts.passed:
        unpublished = Reason("gate.order", "The activity was never published.", "Publish it first.", "gate")
        return (unpublished,)
    found = (reason for gate in TO_CLOSE for reason in facts_missing(gate, facts).blocking)
    return tuple(_with_day(of, reason) if reason.rule == "gate.follow_up" else reason for reason in found)


def _with_day(of: Activity, reason: Reason) -> Reason:
    """Nobody has to end a question, so the office is told the day on which the last one ends by itself."""
    ends = [
        max(due_on, clock.today(of.time_zone)) if asked_at is None else asked_at.astimezone(ZoneInfo(of.time_zone)).date()
        for due_on, asked_at in _open(of).values_list("due_on", "asked_at")
    ]  # fmt: skip
    if not ends:
        return reason
    last = max(ends) + dt.timedelta(days=LINK_DAYS)
    return replace(
        reason,
        next_step=f"Nothing is to be done: each ends by itself {LINK_DAYS} days after it was asked, the last by {last.day} {last:%B %Y}. "
        "Silence then counts as no.",
    )


def analysis_facts(of: Activity, summary: str = "") -> AnalysisFacts:
    """What the activity was designed for, and the data there are at each kind of change (TUFTS-11)."""
    found = [
        MeasureFacts(kind="competence", responses=Commitment.objects.filter(activity=of).count()),
        MeasureFacts(kind="competence", responses=_rated(of, "4")),
        MeasureFacts(
            kind="performance",
            responses=FollowUp.objects.filter(commitment__activity=of, answered_at__isnull=False).count(),
        ),
    ]
    for level in OutcomeMeasure.objects.filter(activity=of, result__isnull=False).values_list("moore_level", flat=True):
        if level in CHANGE_OF:
            found.append(MeasureFacts(kind=CHANGE_OF[level], responses=1))
    written = summary or ImpactSummary.objects.filter(activity=of).values_list("text", flat=True).first() or ""
    return AnalysisFacts(
        designed_for=(of.intended_change,) if of.intended_change else (), measures=tuple(found), summary=written
    )


def reports_open(of: Activity) -> int:
    """Records that no body has accepted yet. They belong to a later stage and are reached through the activity."""
    return of.records.exclude(state="accepted").count()


def follow_ups_open(of: Activity) -> int:
    """Questions about plans that are still to be asked, or whose link is still open."""
    return _open(of).count()


def _open(of: Activity) -> QuerySet[FollowUp]:
    """A question ends with its link, answered or not; one that is due is sent by the next daily run. Nothing is ended by hand, so
    that the three denominators stay what they were."""
    since = clock.now() - dt.timedelta(days=LINK_DAYS)
    rows = FollowUp.objects.filter(commitment__activity=of, answered_at=None)
    return rows.filter(Q(asked_at=None) | Q(asked_at__gt=since))


def _rated(of: Activity, level: str) -> int:
    counts = Tally.objects.filter(activity_id=of.pk, choice="", question__moore_level=level).values_list(
        "count", flat=True
    )
    return max(counts, default=0)


def _shown(of: Activity, starts_at: dt.datetime | None) -> DisclosureShownFacts | None:
    """What learners of the whole activity were told, and since when. That it named everybody was asked when it was frozen: roles
    that ended or began since then do not make it wrong."""
    exempt = bool(of.exception_to_disclosure)
    row = integrity.shown_disclosure(of)
    if starts_at is None or (row is None and not exempt):
        return None
    return DisclosureShownFacts(
        people=(), text=row.text if row else "", shown_at=row.shown_from if row else None,
        starts_at=starts_at, exempt=exempt,
    )  # fmt: skip
