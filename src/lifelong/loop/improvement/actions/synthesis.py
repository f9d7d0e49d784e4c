"""The guided year-end: opened, its figures checked, its meetings recorded, and final when the report is frozen."""

from __future__ import annotations

import datetime as dt
from typing import Any

from lifelong.kernel import clock
from lifelong.kernel.access import Actor, Permission
from lifelong.kernel.action import Unchanged, action
from lifelong.kernel.problems import problem, refuse_if_any
from lifelong.loop.improvement.actions.carrying import open_improvement
from lifelong.loop.improvement.actions.year import freeze_report, without_conclusion
from lifelong.loop.improvement.models import ReviewDecision, ReviewMeeting, Synthesis
from lifelong.loop.program.models import AccreditedProvider, ExpectedResult
from lifelong.rules.verdict import Reason

P = Permission


@action(needs=P.EDIT_IMPROVEMENT, audit="synthesis.opened")
def open_synthesis(actor: Actor, provider: AccreditedProvider, *, year: int) -> Synthesis | Unchanged:
    """Begin the synthesis of a year (TUFTS-54). Natural key: the year."""
    row, made = Synthesis.objects.get_or_create(
        provider=provider, year=year, defaults={"opened_at": clock.now(), "opened_by_id": actor.person_id}
    )
    return row if made else Unchanged(row)


@action(needs=P.EDIT_IMPROVEMENT, audit="figures.checked")
def check_figures(actor: Actor, synthesis: Synthesis, *, note: str = "") -> Synthesis | Unchanged:
    """Say that the pre-filled figures were looked at, with a note for their readers."""
    if synthesis.figures_checked_at is not None and synthesis.figures_note == note.strip():
        return Unchanged(synthesis)
    synthesis.figures_note, synthesis.figures_checked_at = note.strip(), clock.now()
    synthesis.save(update_fields=["figures_note", "figures_checked_at"])
    return synthesis


@action(needs=P.EDIT_IMPROVEMENT, audit="meeting.recorded")
def record_meeting(
    actor: Actor, provider: AccreditedProvider, *, year: int, met_on: dt.date, members: str, looked_at: str
) -> ReviewMeeting | Unchanged:
    """A meeting that looked at the data of the year. Natural key: year and day; a second time corrects who and what."""
    if met_on > clock.today(provider.time_zone):
        raise problem("meeting.ahead", f"{met_on} is still ahead.", "Record the meeting when it was held.", "met_on")
    names = "\n".join(line.strip() for line in members.splitlines() if line.strip())
    if not names:
        raise problem("meeting.members", "Nobody is named.", "Name who met, one a line.", "members")
    if not looked_at.strip():
        raise problem("meeting.data", "It is not said which data were looked at.", "Name them.", "looked_at")
    wanted = {"members": names, "looked_at": looked_at.strip()}
    row = ReviewMeeting.objects.filter(provider=provider, year=year, met_on=met_on).first()
    if row is not None and all(getattr(row, name) == value for name, value in wanted.items()):
        return Unchanged(row)
    row = row or ReviewMeeting(provider=provider, year=year, met_on=met_on)
    for name, value in wanted.items():
        setattr(row, name, value)
    row.recorded_at, row.recorded_by_id = clock.now(), actor.person_id
    row.save()
    return row


@action(needs=P.EDIT_IMPROVEMENT, audit="decision.recorded")
def decide(
    actor: Actor, meeting: ReviewMeeting, *, text: str, expected_result: ExpectedResult | None = None, opens: bool = False
) -> ReviewDecision | Unchanged:  # fmt: skip
    """A decision of the meeting, tied to the data it came from; `opens`: it becomes an improvement (HMS-49)."""
    words = " ".join(text.split())[:200]
    if not words:
        raise problem("decision.text", "The decision is empty.", "Say what was decided.", "text")
    if expected_result is not None and expected_result.provider_id != meeting.provider_id:
        raise problem(
            "decision.result", "This result is of another program.", "Choose one of yours.", "expected_result"
        )
    row, made = ReviewDecision.objects.get_or_create(
        meeting=meeting, text=words, defaults={"expected_result": expected_result}
    )
    if opens and row.improvement_id is None:
        finding = f"Review meeting of {meeting.met_on:%-d %B %Y}: {words}. Looked at: {meeting.looked_at}"
        row.improvement = open_improvement(
            actor, meeting.provider, title=words, year=meeting.year, finding=finding, expected_result=row.expected_result,
            priority_reason=f"Decided by the review meeting of {meeting.met_on:%-d %B %Y}",
        )  # fmt: skip
        row.save(update_fields=["improvement"])
        return row
    return row if made else Unchanged(row)


def missing_before_final(synthesis: Synthesis) -> list[Reason]:
    """What the year-end still lacks: figures nobody looked at, results without a conclusion, no review meeting."""
    found: list[Reason] = []
    if synthesis.figures_checked_at is None:
        found.append(
            Reason(
                "synthesis.figures", "Nobody has checked the figures.", "Open the figures and confirm them.", "figures"
            )
        )
    found += without_conclusion(synthesis.provider, synthesis.year)
    if not ReviewMeeting.objects.filter(provider_id=synthesis.provider_id, year=synthesis.year).exists():
        found.append(
            Reason("synthesis.meeting", "No review meeting is on record.", "Record who looked at the data, and what was decided.", "meeting")
        )  # fmt: skip
    return found


@action(needs=P.EDIT_IMPROVEMENT, audit="synthesis.finalised")
def finalise(actor: Actor, synthesis: Synthesis) -> Synthesis | Unchanged:
    """The year is closed: its report is frozen (TUFTS-55). Refused with everything that is missing."""
    refuse_if_any(missing_before_final(synthesis))
    report: Any = freeze_report(actor, synthesis.provider, synthesis.year)  # the door opens `Unchanged`
    results = synthesis.provider.expected_results.filter(conclusions__year=synthesis.year)
    since = results.filter(conclusions__written_at__gt=synthesis.final_at) if synthesis.final_at else results
    if synthesis.report_id == report.pk and not since.exists():
        return Unchanged(synthesis)
    synthesis.report_id, synthesis.final_at = report.pk, clock.now()
    synthesis.save(update_fields=["report", "final_at"])
    return synthesis
