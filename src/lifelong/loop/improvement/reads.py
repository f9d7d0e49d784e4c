"""What we know of the year against the mission: attainment, trend, the activities behind a number, findings, improvements, reports."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Count, QuerySet

from lifelong.formats.profile.words import INDICATORS as WORDS
from lifelong.kernel import clock, files
from lifelong.kernel.access import Actor, Permission, reach
from lifelong.kernel.problems import NotFound
from lifelong.loop.evaluation.models import FollowUp
from lifelong.loop.improvement.indicators import FOLLOW_UP_INDICATORS, follow_ups, measure
from lifelong.loop.improvement.measured import Measured, ShownLine, shown_lines
from lifelong.loop.improvement.models import Attainment, Conclusion, Improvement, MissionReport
from lifelong.loop.improvement.report import PERCENT, TREND_YEARS, UNITS
from lifelong.loop.improvement.ties import Tie, ties
from lifelong.loop.outcomes.dashboard import CHANGES
from lifelong.loop.people.models import RoleGrant
from lifelong.loop.planning.models import Activity
from lifelong.loop.program.models import AccreditedProvider, ExpectedResult, MissionSection, MissionStatement
from lifelong.loop.surveys.quotes import shuffled, without_names
from lifelong.loop.surveys.reads import minimum_group
from lifelong.rules import mission as rules
from lifelong.rules.verdict import Reason

P = Permission
COUNTED = {  # what stands beside n where nobody was asked
    "knowledge_gain": "activities with a test",
    "care_process_improved": "attached figures",
    "patient_outcomes_improved": "attached figures",
    "population_measure_improved": "attached figures",
}
QUOTES = 20
DRILLED = 200  # activities named below a result, the largest first


def see(viewer: Actor, provider: AccreditedProvider, needs: Permission, what: str) -> None:
    """Numbers of a whole program need a role in the whole program; strangers find nothing."""
    if not reach(viewer, needs, provider.pk)[0]:
        raise NotFound(what)


# --- attainment


@dataclass(frozen=True, slots=True)
class ResultLine:
    """One expected result in one year, with its trend up to that year and what the office concludes.

    `value`, `low`, `high` in `unit`; `met`: the interval lies beyond the target (True), before it (False), or includes it (None).
    """

    result: ExpectedResult
    year: int
    value: float | None
    low: float | None
    high: float | None
    n: int
    asked: int
    is_suppressed: bool
    unit: str
    trend: tuple[Attainment, ...]
    conclusion: Conclusion | None
    measured_at: dt.datetime | None

    @property
    def share(self) -> float | None:
        """How much of the line under the statement is drawn, 0 to 100: the share itself, or how far towards the target."""
        if self.value is None:
            return None
        if self.unit == "%":
            return min(100.0, max(0.0, self.value))
        return min(100.0, 100 * self.value / self.result.target) if self.result.target else None

    @property
    def met(self) -> bool | None:
        target = self.result.target
        if self.value is None or target is None:
            return None
        low, high = (self.value if bound is None else bound for bound in (self.low, self.high))
        if not self.result.higher_is_better:
            low, high, target = -high, -low, -target
        return True if low >= target else False if high < target else None

    @property
    def standing(self) -> str:
        if self.is_suppressed or self.value is None or self.result.target is None:
            return ""
        return {True: "target reached", False: "below the target", None: "the interval includes the target"}[self.met]

    @property
    def counted(self) -> str:
        """What `asked` counts: people and plans are asked, figures and activities are not."""
        return COUNTED.get(self.result.indicator, "asked")

    @property
    def spoken(self) -> str:
        """The number as a sentence, never without its interval and n."""
        if self.is_suppressed:
            return f"Fewer than {minimum_group()} people answered; no number is shown."
        if self.value is None:
            return (
                f"Nothing measured in {self.year} yet ({self.asked:,} {self.counted})."
                if self.asked
                else f"Nothing measured in {self.year} yet."
            )
        if self.unit != "%":
            return f"{self.value:,.0f} {self.result.indicator_label} (n {self.n:,})"
        interval = f"{self.low:.0f} to {self.high:.0f}, " if self.low is not None and self.high is not None else ""
        return f"{self.value:.0f} %: {self.result.indicator_label} ({interval}n {self.n:,} of {self.asked:,} {self.counted})"


def attainment(viewer: Actor, provider: AccreditedProvider, year: int) -> list[ResultLine]:
    """Every expected result in force with its kept number. Three queries."""
    see(viewer, provider, P.SEE_MISSION_RESULTS, "mission")
    results = list(
        ExpectedResult.objects.filter(provider=provider, retired_on=None)
        .select_related("provider")
        .order_by("position")
    )
    trends: dict[int, list[Attainment]] = defaultdict(list)
    rows = Attainment.objects.filter(expected_result__in=results, year__gt=year - TREND_YEARS, year__lte=year)
    for row in rows.order_by("year"):
        trends[row.expected_result_id].append(row)
    concluded = {
        row.expected_result_id: row for row in Conclusion.objects.filter(expected_result__in=results, year=year)
    }
    return [_result_line(result, year, trends[result.pk], concluded.get(result.pk)) for result in results]


def _result_line(
    result: ExpectedResult, year: int, trend: list[Attainment], conclusion: Conclusion | None
) -> ResultLine:
    now = next((row for row in trend if row.year == year), None) or Attainment(year=year)
    unit = "%" if result.unit in PERCENT else UNITS.get(result.unit, result.unit)
    return ResultLine(
        result, year, now.value, now.low, now.high, now.n, now.asked, now.is_suppressed, unit, tuple(trend), conclusion, now.measured_at
    )  # fmt: skip


def expected_result(viewer: Actor, provider: AccreditedProvider, result_id: int) -> ExpectedResult:
    see(viewer, provider, P.SEE_MISSION_RESULTS, "expected result")
    found = ExpectedResult.objects.filter(provider=provider, pk=result_id).first()
    if found is None:
        raise NotFound("expected result")
    return found  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class MissionLine:
    """A statement of the mission with the expected results that attain it (none: a statement that is not measured)."""

    heading: str
    text: str
    results: tuple[ResultLine, ...]


def living_mission(viewer: Actor, provider: AccreditedProvider, year: int) -> list[MissionLine]:
    """The mission in force as the office wrote it, each statement with its numbers; results without a statement come last."""
    lines = {line.result.pk: line for line in attainment(viewer, provider, year)}
    statements = MissionStatement.objects.filter(
        section__mission__provider=provider, section__mission__effective_until=None
    ).select_related("section").order_by("section__mission__effective_from", "section__position", "position")  # fmt: skip
    by_statement: dict[int | None, list[ResultLine]] = defaultdict(list)
    for line in lines.values():
        by_statement[line.result.statement_id].append(line)
    found, last = [], None
    for statement in statements:
        section: MissionSection = statement.section
        heading = section.heading if section.pk != last else ""
        last = section.pk
        found.append(MissionLine(heading, statement.text, tuple(by_statement.pop(statement.pk, ()))))
    rest = tuple(line for left in by_statement.values() for line in left)
    return [*found, *(MissionLine("", line.result.label, (line,)) for line in rest)]


# --- what is behind a number


@dataclass(frozen=True, slots=True)
class DrillLine:
    """An activity behind a number; the folded rest has no title of its own."""

    title: str
    starts_on: dt.date | None
    shown: ShownLine


@dataclass(frozen=True, slots=True)
class Drill:
    """A number, how it is computed, its activities, and own words of those who answered (without names, only for the office)."""

    line: ResultLine
    computed: str
    lines: tuple[DrillLine, ...]
    activities: int
    quotes: tuple[str, ...]


def drill(viewer: Actor, provider: AccreditedProvider, result_id: int, year: int) -> Drill:
    """From an expected result down to activities and, where the group allows, to single answers. Small groups cannot be had by
    subtraction. Raises NotFound for strangers."""
    result = expected_result(viewer, provider, result_id)
    found = measure(provider, result.indicator, year)
    trend = list(
        Attainment.objects.filter(expected_result=result, year__gt=year - TREND_YEARS, year__lte=year).order_by("year")
    )
    conclusion = Conclusion.objects.filter(expected_result=result, year=year).first()
    line = _result_line(result, year, trend, conclusion)
    shown = [] if found.is_suppressed else shown_lines(found.behind, minimum_group(), found.counts_people, most=DRILLED)
    titles = Activity.objects.in_bulk([one.activity_id for one in shown if one.activity_id is not None])
    lines = []
    for one in shown:
        activity = titles.get(one.activity_id) if one.activity_id is not None else None
        title = (
            activity.title
            if activity
            else f"{one.activities} smaller activities together"
            if one.activities > 1
            else "One smaller activity"
        )
        lines.append(DrillLine(title, activity.starts_on if activity else None, one))
    return Drill(
        line, WORDS.get(result.indicator, ""), tuple(lines), len(found.behind), _quotes(viewer, provider, result, year, found, shown)
    )  # fmt: skip


def _quotes(
    viewer: Actor, provider: AccreditedProvider, result: ExpectedResult, year: int, found: Measured, shown: list[ShownLine]
) -> tuple[str, ...]:  # fmt: skip
    """Single answers in own words, of activities shown by themselves; leaders read numbers, the office reads words."""
    if result.indicator not in FOLLOW_UP_INDICATORS or not reach(viewer, P.SEE_EVALUATION, provider.pk)[0]:
        return ()
    ids = [line.activity_id for line in shown if line.activity_id is not None and line.n]
    rows = follow_ups(provider, year).filter(commitment__activity_id__in=ids).exclude(text="")
    answers = rows.values_list("text", "answer", "commitment__person__given_name", "commitment__person__family_name")
    told = list(answers[:500])
    names = {f"{given} {family}" for _, _, given, family in told} | {family for _, _, _, family in told}
    words = dict(FollowUp.Answer.choices)
    if len(told) < minimum_group():
        return ()
    return tuple(
        shuffled(f"{words.get(answer, '')}: {without_names(text, names)}" for text, answer, _, _ in told)[:QUOTES]
    )


def year_ties(viewer: Actor, provider: AccreditedProvider, year: int) -> tuple[Tie, ...]:
    see(viewer, provider, P.SEE_MISSION_RESULTS, "mission")
    return ties(provider, year)


def by_intended_change(viewer: Actor, provider: AccreditedProvider, year: int) -> list[tuple[str, int]]:
    """How many activities that began in the year are designed for which change (TUFTS-45)."""
    see(viewer, provider, P.SEE_MISSION_RESULTS, "mission")
    rows = Activity.objects.filter(
        provider=provider, starts_on__year=year, track=Activity.Track.CONTINUING, published_at__isnull=False
    )
    counted = rows.order_by().values_list("intended_change").annotate(n=Count("pk"))
    return sorted(((CHANGES.get(key, "Not said"), n) for key, n in counted), key=lambda line: -line[1])


# --- findings, improvements, reports


def findings(viewer: Actor, provider: AccreditedProvider, year: int) -> tuple[Reason, ...]:
    """R-PAN-1 and R-PIM-1: what the program's own analysis and its improvements still lack."""
    lines = attainment(viewer, provider, year)
    last = MissionReport.objects.filter(provider=provider).order_by("-frozen_at").first()
    today = clock.today(provider.time_zone)
    analysed = rules.program_analysed(
        rules.ProgramAnalysisFacts(
            today=today,
            analysed_on=last.frozen_at.date() if last else None,
            expected_results=tuple(
                rules.ExpectedResultFacts(
                    title=line.result.label, measures_with_data=int(line.value is not None or line.is_suppressed),
                    conclusion=line.conclusion.text if line.conclusion else "",
                )
                for line in lines
            ),
        )
    )  # fmt: skip
    carried = rules.improvements_carried_on(
        rules.ImprovementsFacts(
            improvements=tuple(
                rules.ImprovementFacts(
                    title=row.title, owner=row.owner.full_name if row.owner else "", plan=row.plan, due_on=row.due_on,
                    done_on=row.done_at.date() if row.done_at else None,
                )
                for row in _improvements(provider).exclude(state=Improvement.State.DROPPED)
            ),
            term_year_starts_on=dt.date(today.year, 1, 1), today=today,
        )
    )  # fmt: skip
    return (*analysed.reasons, *carried.reasons)


def _improvements(provider: AccreditedProvider) -> QuerySet[Improvement]:
    return Improvement.objects.filter(provider=provider).select_related("owner", "expected_result", "provider")


def improvements(
    viewer: Actor, provider: AccreditedProvider, *, year: int | None = None, state: str = "", limit: int = 100
) -> list[Improvement]:
    """The register in order of priority."""
    see(viewer, provider, P.SEE_IMPROVEMENT, "improvement")
    rows = _improvements(provider)
    rows = rows.filter(year=year) if year else rows
    rows = rows.filter(state=state) if state in Improvement.State.values else rows
    return list(rows.order_by("priority", "opened_at", "pk")[:limit])


def improvement(
    viewer: Actor, provider: AccreditedProvider, improvement_id: int, needs: Permission = P.SEE_IMPROVEMENT
) -> Improvement:
    """One improvement with its steps."""
    see(viewer, provider, needs, "improvement")
    found = _improvements(provider).prefetch_related("steps__by").filter(pk=improvement_id).first()
    if found is None:
        raise NotFound("improvement")
    return found


def number_served(viewer: Actor, of: Improvement) -> list[Attainment]:
    """The number an improvement was to move: from its own year on, so that its effect is seen later. Small groups stay hidden."""
    see(viewer, of.provider, P.SEE_IMPROVEMENT, "improvement")
    if of.expected_result_id is None:
        return []
    return list(Attainment.objects.filter(expected_result_id=of.expected_result_id, year__gte=of.year).order_by("year"))


def owners(viewer: Actor, provider: AccreditedProvider) -> list[tuple[int, str]]:
    """Colleagues who may own an improvement."""
    see(viewer, provider, P.EDIT_IMPROVEMENT, "improvement")
    rows = RoleGrant.objects.filter(provider=provider, revoked_at=None, activity_id=None).select_related("person")
    found = {row.person_id: row.person.full_name for row in rows.order_by("person__family_name")[:500]}
    return sorted(found.items(), key=lambda pair: pair[1])


def reports(viewer: Actor, provider: AccreditedProvider, year: int | None = None) -> list[MissionReport]:
    """Frozen reports, the newest first."""
    see(viewer, provider, P.SEE_MISSION_RESULTS, "report")
    rows = MissionReport.objects.filter(provider=provider).select_related("facts", "pdf__file", "frozen_by")
    rows = rows.filter(year=year) if year else rows
    return list(rows.order_by("-year", "-version")[:50])


def report(viewer: Actor, provider: AccreditedProvider, report_id: int) -> MissionReport:
    found = next((row for row in reports(viewer, provider) if row.pk == report_id), None)
    if found is None:
        raise NotFound("report")
    return found


def report_bytes(of: MissionReport, kind: str) -> tuple[bytes, str]:
    """(bytes, name) of the facts ("json") or the PDF. Raises NotFound while the PDF is being made."""
    file = of.facts if kind == "json" else of.pdf.file if hasattr(of, "pdf") else None
    if file is None:
        raise NotFound("report")
    return files.read(file), file.name
