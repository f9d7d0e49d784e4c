"""The annual mission report as facts: what was promised, what was attained, by which activities. The same data give the same facts."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from django.db.models import Sum

from lifelong.formats import mission_report as paper
from lifelong.formats.mission_report import ActivityLine, MissionStatement, Program, ResultSection, TrendPoint
from lifelong.formats.profile.words import INDICATORS as WORDS
from lifelong.loop.improvement.indicators import attendances_of, measure, sessions_of
from lifelong.loop.improvement.measured import fold_small, shown_lines
from lifelong.loop.improvement.models import Attainment, Conclusion, Improvement, ReviewMeeting, Synthesis
from lifelong.loop.improvement.ties import ties
from lifelong.loop.outcomes.models import ReachCount
from lifelong.loop.planning.models import Activity, ActivityResult
from lifelong.loop.program import reads as program
from lifelong.loop.program.models import AccreditedProvider, ExpectedResult
from lifelong.loop.reporting.counting import learners_of
from lifelong.loop.surveys.reads import minimum_group
from lifelong.rules.books import load_book

TREND_YEARS = 5
_NEVER = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
UNITS = {"percent": "%", "count": "", "people": "people", "countries": "countries"}
PERCENT = frozenset({"percent", "%"})


@dataclass(frozen=True, slots=True)
class Built:
    report: paper.MissionReport

    @property
    def snapshot(self) -> str:
        return self.report.snapshot


def build(provider: AccreditedProvider, year: int, at: dt.datetime) -> Built:
    """All facts of a year's report as they stand. The snapshot is the hash of everything but the time."""
    results = list(ExpectedResult.objects.filter(provider=provider, retired_on=None).order_by("position"))
    activities = list(activities_of(provider, year))
    draft = paper.MissionReport(
        provider=_full_name(provider),
        year=year,
        statements=_statements(provider),
        results=tuple(_sections(provider, year, results, {row.pk: str(row.number) for row in activities})),
        program=_program(provider, year, activities),
        activities=tuple(_lines(provider, year, activities)),
        rule_books=tuple((name, load_book(name).version) for name in ("accme", "lifelong")),
        snapshot="",
        generated_at=_NEVER,
        summary=_summary(provider, year),
        accent=provider.accent,
    )
    snapshot = hashlib.sha256(paper.to_json(draft)).hexdigest()
    return Built(replace(draft, snapshot=snapshot, generated_at=at.replace(microsecond=0)))


def facts_of(built: Built) -> bytes:
    return paper.to_json(built.report)


def report_from(facts: bytes) -> paper.MissionReport:
    """The report whose frozen facts these are; `to_json` of it gives the same bytes."""
    raw = json.loads(facts)
    sections = [
        ResultSection(**{**each, "trend": tuple(TrendPoint(**point) for point in each["trend"]), "activities": tuple(each["activities"])})
        for each in raw["results"]
    ]  # fmt: skip
    pairs = {name: tuple((key, value) for key, value in raw["program"][name]) for name in ("by_profession", "reach")}
    return paper.MissionReport(
        **{
            **raw,
            "statements": tuple(MissionStatement(each["text"], tuple(each["tags"])) for each in raw["statements"]),
            "results": tuple(sections),
            "program": Program(**{**raw["program"], **pairs}),
            "activities": tuple(ActivityLine(**{**each, "tags": tuple(each["tags"])}) for each in raw["activities"]),
            "rule_books": tuple((name, version) for name, version in raw["rule_books"]),
            "generated_at": dt.datetime.fromisoformat(raw["generated_at"]),
        }
    )


def activities_of(provider: AccreditedProvider, year: int) -> Iterable[Activity]:
    """Activities with a session held in the year, in the order of their numbers."""
    held = sessions_of(provider, year).values("activity")
    return Activity.objects.filter(pk__in=held).order_by("number")


def _statements(provider: AccreditedProvider) -> tuple[MissionStatement, ...]:
    mission = program.mission_in_force(provider)
    if mission is None:
        return ()
    return tuple(
        MissionStatement(statement.text, tuple(result.key for result in statement.expected_results.all()))
        for section in mission.sections.all()
        for statement in section.statements.all()
    )


def _sections(
    provider: AccreditedProvider, year: int, results: list[ExpectedResult], numbers: dict[int, str]
) -> Iterable[ResultSection]:
    conclusions = {
        row.expected_result_id: row for row in Conclusion.objects.filter(expected_result__in=results, year=year)
    }
    trends: dict[int, list[Attainment]] = defaultdict(list)
    recent = Attainment.objects.filter(expected_result__in=results, year__gt=year - TREND_YEARS, year__lte=year)
    for row in recent.order_by("year"):
        trends[row.expected_result_id].append(row)
    for result in results:
        found = measure(provider, result.indicator, year)
        lines = shown_lines(found.behind, minimum_group(), found.counts_people)
        conclusion = conclusions.get(result.pk)
        whole = result.unit in PERCENT
        yield ResultSection(
            tag=result.key, title=result.label, indicator=result.indicator_label, unit="%" if whole else UNITS.get(result.unit, result.unit),
            value=_told(found.value, whole), low=_told(found.low, whole), high=_told(found.high, whole), n=found.n,
            target=result.target,
            trend=tuple(
                TrendPoint(str(row.year), _told(row.value, whole), _told(row.low, whole), _told(row.high, whole), None if row.is_suppressed else row.n)
                for row in trends[result.pk]
            ),
            activities=tuple(numbers[line.activity_id] for line in lines if line.activity_id in numbers and line.n),
            suppressed=found.is_suppressed,
            conclusion=conclusion.text if conclusion else "",
            priority=f"{conclusion.priority}: {conclusion.priority_reason}" if conclusion else "",
            measure=WORDS.get(result.indicator, "not computed by this version"),
        )  # fmt: skip


def _told(value: float | None, whole: bool) -> float | None:
    """Shares in whole percent: decimals would tell members of small groups apart."""
    return None if value is None else float(round(value)) if whole else value


def _program(provider: AccreditedProvider, year: int, activities: list[Activity]) -> Program:
    sessions = list(sessions_of(provider, year).values_list("starts_at", "ends_at", "break_minutes"))
    people: dict[int, tuple[str, str, str]] = {}
    rows = attendances_of(provider, year).values_list(
        "person_id", "profession", "person__profile__profession", "person__profile__state", "person__profile__country"
    )
    for person_id, then, now, state, country in rows.distinct():
        people[person_id] = (then or now or "not_known", state or "", country or "")
    bands = list(provider.reach_bands.all())
    labels = {band.key: band.label for band in bands}
    professions = Counter(profession.replace("_", " ").capitalize() for profession, _, _ in people.values())
    places = Counter(
        labels.get(program.reach_of(bands, state, country), country or "Not known")
        for _, state, country in people.values()
    )
    least = minimum_group()
    return Program(
        activities=len(activities), sessions=len(sessions), hours=_hours(sessions), learners=len(people),
        by_profession=tuple(fold_small(professions, least, "Other professions")),
        reach=tuple(fold_small(places, least, "Other places")),
    )  # fmt: skip


def _hours(sessions: Iterable[tuple[dt.datetime, dt.datetime, int]]) -> float:
    minutes = sum((ends - starts).total_seconds() / 60 - pause for starts, ends, pause in sessions)
    return round(minutes / 60, 2)


def _lines(provider: AccreditedProvider, year: int, activities: list[Activity]) -> Iterable[ActivityLine]:
    formats = program.format_words(provider)
    spans: dict[int, list[tuple[dt.datetime, dt.datetime, int]]] = defaultdict(list)
    for activity_id, starts, ends, pause in sessions_of(provider, year).values_list(
        "activity_id", "starts_at", "ends_at", "break_minutes"
    ):
        spans[activity_id].append((starts, ends, pause))
    tags: dict[int, list[str]] = defaultdict(list)
    served = ActivityResult.objects.filter(activity__in=activities, expected_result__retired_on=None)
    for activity_id, key in served.order_by("expected_result__position").values_list(
        "activity_id", "expected_result__key"
    ):
        tags[activity_id].append(key)
    counted = learners_of(activities)
    reached = dict(
        ReachCount.objects.filter(activity__in=activities, on__year=year)
        .order_by()
        .values("activity")
        .annotate(n=Sum("people"))
        .values_list("activity", "n")
    )
    zone = ZoneInfo(provider.time_zone)
    for row in activities:
        first, last = min(s for s, _, _ in spans[row.pk]), max(s for s, _, _ in spans[row.pk])
        days = sorted({first.astimezone(zone).date(), last.astimezone(zone).date()})
        if len(days) == 2 and days[0].year == days[1].year:
            text = f"{days[0]:%-d %b} to {days[1]:%-d %b %Y}"
        else:
            text = " to ".join(f"{day:%-d %b %Y}" for day in days)
        yield ActivityLine(
            reference=str(row.number), title=row.title, format=formats[row.format],
            date_text=text, hours=_hours(spans[row.pk]),
            learners=counted[row.pk].total + reached.get(row.pk, 0), tags=tuple(tags[row.pk]),
        )  # fmt: skip


def _full_name(provider: AccreditedProvider) -> str:
    """School and office: a report is read far from both."""
    return ", ".join(dict.fromkeys((provider.name, provider.office_name)))


def _summary(provider: AccreditedProvider, year: int) -> str:
    """What a dean reads first, one line each: the ties to the institution, who reviewed it, what will be improved, in order."""
    lines = [tie.sentence for tie in ties(provider, year)]
    noted = Synthesis.objects.filter(provider=provider, year=year).exclude(figures_note="").first()
    lines += [f"On the figures: {' '.join(noted.figures_note.split())}"] if noted else []
    for meeting in ReviewMeeting.objects.filter(provider=provider, year=year).order_by("met_on"):
        decided = "; ".join(decision.text for decision in meeting.decisions.all()) or "no decision"
        lines.append(f"Reviewed on {meeting.met_on:%-d %B %Y}: {decided}.")
    improvements = Improvement.objects.filter(provider=provider, year=year).exclude(state=Improvement.State.DROPPED)
    for number, row in enumerate(improvements.order_by("priority", "opened_at", "pk"), 1):
        if number == 1:
            lines.append("Improvements in order of priority:")
        effect = f" Effect: {row.effect}" if row.effect else ""
        lines.append(
            f"{number}. {row.title} ({row.get_state_display().lower()}). {row.priority_reason.rstrip('.')}.{effect}"
        )
    return "\n".join(lines)
