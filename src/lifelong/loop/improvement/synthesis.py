"""What the guided year-end shows: figures filled in from all activities, how far each step has come, what is still missing."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Exists, F, OuterRef, Q, Sum

from lifelong.kernel.access import Actor, Permission, reach
from lifelong.kernel.problems import NotFound
from lifelong.loop.credit.models import Award
from lifelong.loop.credit.systems import label_of
from lifelong.loop.evaluation.models import Commitment, EvaluationDone
from lifelong.loop.improvement import coverage, kept, reads
from lifelong.loop.improvement.actions import missing_before_final
from lifelong.loop.improvement.indicators import attendances_of, follow_ups, sessions_of
from lifelong.loop.improvement.models import ConclusionDraft, ReviewMeeting, Synthesis
from lifelong.loop.outcomes.models import OutcomeMeasure
from lifelong.loop.program.models import AccreditedProvider
from lifelong.loop.reporting.counting import PHYSICIANS
from lifelong.methods.proportions import wilson
from lifelong.rules.verdict import Reason

P = Permission


@dataclass(frozen=True, slots=True)
class Figure:
    """One pre-filled number. `value`, `low`, `high` as printed; `basis`: n, interval, denominator; `source`: what was counted;
    `place`: the stage of the loop whose pages show it."""

    key: str
    label: str
    value: str
    basis: str
    source: str
    place: str


def figures(viewer: Actor, provider: AccreditedProvider, year: int) -> tuple[Figure, ...]:
    """The year in numbers from the rows of its activities. Raises `BeingCounted` for a large year not counted yet."""
    reads.see(viewer, provider, P.SEE_MISSION_RESULTS, "synthesis")
    return FIGURES(provider, year)


def _count(provider: AccreditedProvider, year: int) -> tuple[Figure, ...]:
    """Eight grouped queries, whatever the size of the year."""
    return (*_held(provider, year), *_came(provider, year), *_answered(provider, year), *_earned(provider, year))


FIGURES = kept.register("year_end", tuple[Figure, ...], _count)


def _held(provider: AccreditedProvider, year: int) -> list[Figure]:
    spans = sessions_of(provider, year).values_list("activity_id", "starts_at", "ends_at", "break_minutes")
    activities: set[int] = set()
    minutes, count = 0.0, 0
    for activity_id, starts, ends, pause in spans.iterator():
        activities.add(activity_id)
        count += 1
        minutes += (ends - starts).total_seconds() / 60 - pause
    tied = OutcomeMeasure.objects.filter(activity_id__in=sessions_of(provider, year).values("activity"))
    measured = tied.aggregate(
        n=Count("pk"), again=Count("pk", filter=Q(result__isnull=False)), activities=Count("activity", distinct=True)
    )
    return [
        Figure("activities", "Activities that met", f"{len(activities):,}", f"{count:,} sessions, not counting cancelled ones", "Sessions of the year", "planning"),
        Figure("hours", "Hours of education", f"{minutes / 60:,.1f}", f"{count:,} sessions, breaks taken off", "Sessions of the year", "planning"),
        Figure(
            "measures", "Quality measures tied to activities", f"{measured['n']:,}",
            f"in {measured['activities']:,} activities; {measured['again']:,} measured again", "Outcome measures of activities that met", "outcomes",
        ),
    ]  # fmt: skip


def _came(provider: AccreditedProvider, year: int) -> list[Figure]:
    came = attendances_of(provider, year)
    sums = came.aggregate(marks=Count("pk"), people=Count("person", distinct=True))
    grouped = came.values("person__profile__profession").annotate(n=Count("person", distinct=True))
    professions: Counter[str] = Counter()
    for profession, n in grouped.values_list("person__profile__profession", "n"):
        professions[profession or ""] += n
    physicians = sum(professions[key] for key in PHYSICIANS)
    known = sums["people"] - professions[""]
    share = f"{100 * physicians / known:.0f} %" if known else "–"
    return [
        Figure("learners", "Learners", f"{sums['people']:,}", "each person once", "Attendances that count", "delivery"),
        Figure("attendances", "Attendances", f"{sums['marks']:,}", f"of {sums['people']:,} learners", "Attendances that count", "delivery"),
        Figure("physicians", "Physicians among learners", share, f"n {known:,} whose profession is known; everybody is counted, so no interval", "Profiles of those who came", "delivery"),
    ]  # fmt: skip


def _answered(provider: AccreditedProvider, year: int) -> list[Figure]:
    done = EvaluationDone.objects.filter(attendance=OuterRef("pk"))
    planned = Commitment.objects.filter(session=OuterRef("session"), person=OuterRef("person"))
    sums = attendances_of(provider, year).aggregate(
        n=Count("pk"), done=Count("pk", filter=Exists(done)), planned=Count("pk", filter=Exists(done) & Exists(planned))
    )
    asked = follow_ups(provider, year).aggregate(
        n=Count("pk"), done=Count("pk", filter=Q(answered_at__isnull=False))
    )  # fmt: skip
    return [
        _share("evaluations", "Evaluations answered", sums["done"], sums["n"], "attendances", "Evaluations done", "evaluation"),
        _share("plans", "Evaluations that name a planned change", sums["planned"], sums["done"], "evaluations", "Plans written in evaluations", "evaluation"),
        _share("follow_ups", "Follow-up questions answered", asked["done"], asked["n"], "questions due in the year", "Follow-ups of plans", "evaluation"),
    ]  # fmt: skip


def _share(key: str, label: str, count: int, n: int, of: str, source: str, place: str) -> Figure:
    if not n:
        return Figure(key, label, "–", "nothing was asked", source, place)
    low, high = wilson(count, n)
    basis = f"{100 * low:.0f} to {100 * high:.0f} %, {count:,} of {n:,} {of}"
    return Figure(key, label, f"{100 * count / n:.0f} %", basis, source, place)


def _earned(provider: AccreditedProvider, year: int) -> list[Figure]:
    rows = (
        Award.objects.filter(provider=provider, earned_on__year=year)
        .values(system=F("credit_system"))
        .annotate(total=Sum("amount"), n=Count("pk", filter=Q(reverses=None)), people=Count("person", distinct=True))
    )
    return [
        Figure(
            f"credit_{row['system']}", f"Credit awarded, {label_of(row['system'])}", f"{row['total'] or Decimal(0):,.2f}",
            f"{row['n']:,} awards, {row['people']:,} learners; reversals taken off", "The credit ledger", "credit",
        )
        for row in rows.order_by("-total")
    ]  # fmt: skip


# --- findings


@dataclass(frozen=True, slots=True)
class Finding:
    """What the year shows that could be better, ready to become an improvement: `title` is its name in the register."""

    key: str
    sentence: str
    title: str
    result_id: int | None
    priority: int
    priority_reason: str
    improvement_id: int | None  # already in the register


def found_in(viewer: Actor, provider: AccreditedProvider, year: int) -> tuple[Finding, ...]:
    """Results below their target or without a number, then what no activity covers; each knows whether it was taken up."""
    known = {row.title: row.pk for row in provider.improvements.filter(year=year)}
    found = []
    for line in reads.attainment(viewer, provider, year):
        if line.met is True or (line.met is None and line.value is not None):
            continue
        said = line.conclusion.text if line.conclusion else line.spoken
        title = f"{'Raise' if line.value is not None else 'Measure'}: {line.result.label}"[:200]
        priority = line.conclusion.priority if line.conclusion else 3
        reason = line.conclusion.priority_reason if line.conclusion else f"{line.standing or 'no number'} in {year}"
        sentence = f"{line.result.label}: {line.standing or 'no number yet'}. {said}"
        found.append(
            Finding(f"result-{line.result.pk}", sentence, title, line.result.pk, priority, reason, known.get(title))
        )
    for label in _holes(viewer, provider, year):
        title = f"Cover: {label}"[:200]
        said = f"No activity of {year} takes up “{label}”."
        key = hashlib.sha256(label.encode()).hexdigest()[:12]
        found.append(Finding(key, said, title, None, 3, f"Empty in the coverage of {year}", known.get(title)))
    return tuple(found)


def _holes(viewer: Actor, provider: AccreditedProvider, year: int) -> list[str]:
    """Entries of the program's lists, formats aside, and core competencies that nothing of the year takes up."""
    found = [
        label
        for matrix in coverage.matrices(viewer, provider, year, "quarter")
        if matrix.key != "format"
        for label in matrix.empty
    ]
    core = coverage.iom(viewer, provider, year)
    return found + ([name for name, n in zip(core.columns, core.counts[-1], strict=True) if not n] if core else [])


# --- how far it has come


@dataclass(frozen=True, slots=True)
class Step:
    """One step: `key` is its place in the address; `waits` says in words what it still needs."""

    key: str
    label: str
    is_done: bool
    waits: str


@dataclass(frozen=True, slots=True)
class YearEnd:
    """The synthesis of one year as it stands; `row` None: nobody has begun."""

    year: int
    row: Synthesis | None
    lines: tuple[reads.ResultLine, ...]
    drafts: dict[int, ConclusionDraft]
    meetings: tuple[ReviewMeeting, ...]
    improvements: int
    missing: tuple[Reason, ...]
    findings: tuple[Reason, ...]  # R-PAN-1 and R-PIM-1

    @property
    def steps(self) -> tuple[Step, ...]:
        checked = self.row is not None and self.row.figures_checked_at is not None
        found = [Step("figures", "Figures", checked, "look at them and confirm")]
        for line in self.lines:
            waits = "a draft is kept" if line.result.pk in self.drafts else "write the conclusion"
            found.append(Step(f"result/{line.result.pk}", line.result.label, line.conclusion is not None, waits))
        found.append(
            Step(
                "improvements", "Findings and improvements", self.improvements > 0, "turn a finding into an improvement"
            )
        )
        found.append(Step("meeting", "Review meeting", bool(self.meetings), "record who met and what was decided"))
        found.append(Step("final", "Final", self.is_final, "freeze the report"))
        return tuple(found)

    @property
    def is_final(self) -> bool:
        """Frozen, and nothing was concluded since."""
        if self.row is None or self.row.final_at is None:
            return False
        at = self.row.final_at
        return all(line.conclusion is None or line.conclusion.written_at <= at for line in self.lines)


def year_end(viewer: Actor, provider: AccreditedProvider, year: int) -> YearEnd:
    """Everything the pages of the year-end need to know of their progress."""
    reads.see(viewer, provider, P.SEE_IMPROVEMENT, "synthesis")
    row = Synthesis.objects.select_related("report", "provider").filter(provider=provider, year=year).first()
    lines = tuple(reads.attainment(viewer, provider, year))
    drafts = ConclusionDraft.objects.filter(expected_result__provider=provider, year=year)
    meetings = ReviewMeeting.objects.filter(provider=provider, year=year)
    return YearEnd(
        year, row, lines, {draft.expected_result_id: draft for draft in drafts},
        tuple(meetings.prefetch_related("decisions__expected_result", "decisions__improvement").select_related("provider")),
        provider.improvements.filter(year=year).count(), tuple(missing_before_final(row)) if row else (),
        reads.findings(viewer, provider, year),
    )  # fmt: skip


def synthesis(viewer: Actor, provider: AccreditedProvider, year: int) -> Synthesis:
    """The row to act on. Raises NotFound before it is opened."""
    found = None
    if reach(viewer, P.EDIT_IMPROVEMENT, provider.pk)[0]:
        found = Synthesis.objects.select_related("provider").filter(provider=provider, year=year).first()
    if found is None:
        raise NotFound("synthesis")
    return found  # type: ignore[no-any-return]


def meeting(viewer: Actor, provider: AccreditedProvider, meeting_id: int) -> ReviewMeeting:
    reads.see(viewer, provider, P.EDIT_IMPROVEMENT, "meeting")
    found = ReviewMeeting.objects.select_related("provider").filter(provider=provider, pk=meeting_id).first()
    if found is None:
        raise NotFound("meeting")
    return found  # type: ignore[no-any-return]
