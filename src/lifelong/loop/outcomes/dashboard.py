"""The year for a director and a dean: ties of education to quality, teaching and systems; reach; levels; gap to outcome. Only counts."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db.models import Count, Max, Q, QuerySet

from lifelong.kernel import clock
from lifelong.loop.delivery.models import Attendance
from lifelong.loop.evaluation.models import Commitment, FollowUp
from lifelong.loop.outcomes.attained import Expected, expected
from lifelong.loop.outcomes.levels import LEVELS
from lifelong.loop.outcomes.models import ImpactSummary, OutcomeMeasure, ProjectActivity, QualityProject, ReachCount
from lifelong.loop.outcomes.participation import Groups, groups
from lifelong.loop.outcomes.reads import Levels, levels
from lifelong.loop.outcomes.windows import moved_as_wanted
from lifelong.loop.planning.models import Activity, ActivityGap, Session
from lifelong.loop.program.models import AccreditedProvider
from lifelong.loop.surveys.models import Instrument, Question, Tally
from lifelong.loop.surveys.reads import minimum_group

MOST_CONCLUSIONS = 20
MADE = (FollowUp.Answer.FULLY, FollowUp.Answer.PARTLY)
# terms of the profiles' lists that mark faculty development and system redesign, whatever list they stand in
TEACHING = ("medical_faculty", "teacher", "educator", "faculty_development", "learning_from_teaching")
SYSTEMS = ("system_change", "system_redesign", "systems_based_practice")
CHANGES = {"competence": "Competence", "performance": "Performance", "patient_outcomes": "Patient outcomes"}


@dataclass(frozen=True, slots=True)
class QualityTie:
    """An activity tied to a measure: `before`, `after` in the measure's unit; `improved` None: cannot be told; `projects` by title."""

    activity_id: int
    title: str
    measure: str
    unit: str
    before: float | None
    after: float | None
    improved: bool | None
    projects: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """An activity with how many came (None: too few to tell)."""

    activity_id: int
    title: str
    came: int | None


@dataclass(frozen=True, slots=True)
class Competence:
    """Competence before and now by own judgement (HMS-41), means on a scale of five: of `who`, n of them; None below the smallest group."""

    who: str
    n: int | None
    before: float | None
    now: float | None


@dataclass(frozen=True, slots=True)
class Flow:
    """Activities on their way from gap to outcome: each step counts those that also took the steps before it."""

    held: int
    with_gap: int
    with_objective: int
    evaluated: int
    followed: int
    measured: int


@dataclass(frozen=True, slots=True)
class Dashboard:
    year: int
    activities: int
    people: int | None
    reached_elsewhere: int
    countries: Groups
    professions: Groups
    by_level: tuple[
        tuple[str, int, int], ...
    ]  # level, activities that reached it at all as their highest, with objective data
    by_change: tuple[tuple[str, int], ...]
    quality: tuple[QualityTie, ...]
    projects: tuple[tuple[str, str, int, str], ...]  # title, owner, activities, stages
    teaching: tuple[Named, ...]
    systems: tuple[Named, ...]
    system_plans: int
    system_made: int | None
    flow: Flow
    expected: tuple[Expected, ...] = ()
    competence: tuple[Competence, ...] = ()
    standard_of_care: tuple[tuple[int, str, str], ...] = ()  # activity, title, what its summary concludes


def dashboard(provider: AccreditedProvider, year: int) -> Dashboard:
    """All of it, in a fixed number of queries; it counts the rows of the year. Pages read it through `improvement.leadership`."""
    start, end = _year(provider, year)
    sessions = Session.objects.filter(
        activity__provider=provider, cancelled_at=None, starts_at__gte=start, starts_at__lt=min(end, clock.now())
    )
    held = Activity.objects.filter(pk__in=sessions.values("activity"))
    ids = list(held.values_list("pk", flat=True))
    reached = levels(ids)
    least = minimum_group()
    came = Attendance.objects.filter(session__in=sessions, voided_at=None)
    # a row a person; who changed profession within the year counts once, under one of the two
    people = dict(came.order_by().values("person_id").annotate(last=Max("profession")).values_list("person_id", "last"))
    countries = _countries(came)
    counted = dict(
        came.order_by()
        .values("session__activity")
        .annotate(n=Count("person", distinct=True))
        .values_list("session__activity", "n")
    )
    teaching, systems = _marked(held, TEACHING, "teaching"), _marked(held, SYSTEMS, "")
    made = FollowUp.objects.filter(commitment__activity__in=systems.values("pk"), answer__in=MADE).exclude(
        system_change=""
    )
    made_people = made.values("commitment__person").distinct().count()
    return Dashboard(
        year=year,
        activities=len(ids),
        people=len(people) if not 0 < len(people) < least else None,
        reached_elsewhere=sum(
            ReachCount.objects.filter(activity__in=ids, on__year=year).values_list("people", flat=True)
        ),
        countries=groups(countries, least),
        professions=groups(Counter((one or "not stated").replace("_", " ") for one in people.values()), least),
        by_level=_by_level(reached),
        by_change=_by_change(held),
        quality=_quality(ids),
        projects=_projects(provider),
        teaching=_named(teaching, counted, least),
        systems=_named(systems, counted, least),
        system_plans=Commitment.objects.filter(activity__in=systems.values("pk")).count(),
        system_made=made.count() if not 0 < made_people < least else None,
        flow=_flow(ids, reached),
        expected=expected(provider, ids),
        competence=(
            _competence("learners", Instrument.Kind.EVALUATION, ids, least),
            _competence("teams", Instrument.Kind.TEAM, ids, least),
        ),
        standard_of_care=tuple(
            ImpactSummary.objects.filter(activity__in=ids)
            .exclude(standard_of_care="")
            .order_by("-written_at")
            .values_list("activity_id", "activity__title", "standard_of_care")[:MOST_CONCLUSIONS]
        ),
    )


def _year(provider: AccreditedProvider, year: int) -> tuple[dt.datetime, dt.datetime]:
    zone = ZoneInfo(provider.time_zone)
    return dt.datetime(year, 1, 1, tzinfo=zone), dt.datetime(year + 1, 1, 1, tzinfo=zone)


def _countries(came: QuerySet[Attendance]) -> Counter[str]:
    """People by country, each once."""
    rows = came.order_by().values("person__profile__country").annotate(n=Count("person", distinct=True))
    found = Counter[str]()
    for country, n in rows.values_list("person__profile__country", "n"):
        found[country or "not stated"] += n
    return found


def _marked(held: QuerySet[Activity], terms: tuple[str, ...], setting: str) -> QuerySet[Activity]:
    """Activities that carry one of the terms, or whose gap lies in the setting."""
    wanted = Q(activity_terms__term__key__in=terms) | Q(format__in=terms)
    if setting:
        wanted |= Q(activity_gaps__gap__setting=setting)
    return Activity.objects.filter(pk__in=held.filter(wanted).values("pk"))


def _named(rows: QuerySet[Activity], counted: dict[int, int], least: int) -> tuple[Named, ...]:
    found = [(pk, title, counted.get(pk, 0)) for pk, title in rows.order_by("number").values_list("pk", "title")]
    return tuple(Named(pk, title, None if 0 < n < least else n) for pk, title, n in found)


def _by_level(reached: dict[int, Levels]) -> tuple[tuple[str, int, int], ...]:
    at_all = Counter(one.any for one in reached.values())
    measured = Counter(one.objective for one in reached.values())
    return tuple((level, at_all[level], measured[level]) for level in LEVELS)


def _by_change(held: QuerySet[Activity]) -> tuple[tuple[str, int], ...]:
    counts = Counter(held.values_list("intended_change", flat=True))
    return tuple((words, counts[key]) for key, words in CHANGES.items())


def _quality(ids: list[int]) -> tuple[QualityTie, ...]:
    projects: dict[int, list[str]] = {}
    for pk, title in ProjectActivity.objects.filter(activity__in=ids).values_list("activity_id", "project__title"):
        projects.setdefault(pk, []).append(title)
    rows = OutcomeMeasure.objects.filter(activity__in=ids, measure__isnull=False)
    found = [
        QualityTie(
            one.activity_id, one.activity.title, one.label, one.measure.unit if one.measure else "",
            one.baseline.value if one.baseline else None, one.result.value if one.result else None, moved_as_wanted(one),
            tuple(projects.get(one.activity_id, ())),
        )
        for one in rows.select_related("activity", "measure", "baseline", "result").order_by("activity__number", "pk")
    ]  # fmt: skip
    measured = {one.activity_id for one in found}
    others = Activity.objects.filter(pk__in=set(projects) - measured).order_by("number")
    found += [QualityTie(one.pk, one.title, "", "", None, None, None, tuple(projects[one.pk])) for one in others]
    return tuple(found)


def _projects(provider: AccreditedProvider) -> tuple[tuple[str, str, int, str], ...]:
    rows = QualityProject.objects.filter(provider=provider).select_related("owner").prefetch_related("stages")
    return tuple(
        (row.title, row.owner.name if row.owner else "", row.tied, " ".join(one.stage for one in row.stages.all()))
        for row in rows.annotate(tied=Count("project_activities"))
    )


def _competence(who: str, kind: str, ids: list[int], least: int) -> Competence:
    """From the kept sums of the retrospective pairs on a scale of five: a few rows whatever the number of answers."""
    rows = Tally.objects.filter(
        activity_id__in=ids, choice="", row__in=("before", "now"), question__kind=Question.Kind.RETRO, question__instrument__kind=kind
    ).values_list("question__options", "row", "count", "total")  # fmt: skip
    counts, totals = Counter[str](), Counter[str]()
    for options, row, count, total in rows:
        if len(options) == 5:
            counts[row] += count
            totals[row] += total
    n = min(counts["before"], counts["now"])
    if n < least:
        return Competence(who, None if n else 0, None, None)
    return Competence(who, n, totals["before"] / counts["before"], totals["now"] / counts["now"])


def _flow(ids: list[int], reached: dict[int, Levels]) -> Flow:
    with_gap = set(ActivityGap.objects.filter(activity__in=ids).values_list("activity_id", flat=True))
    with_objective = {
        pk for pk in Activity.objects.filter(pk__in=ids, objectives__isnull=False).values_list("pk", flat=True)
    }
    order = {level: at for at, level in enumerate(LEVELS)}

    def at_least(level: str, of: str) -> bool:
        return bool(of) and order[of] >= order[level]

    steps = [set(ids), with_gap, with_objective]
    steps.append({pk for pk, one in reached.items() if at_least("2", one.any)})
    steps.append({pk for pk, one in reached.items() if at_least("5", one.any)})
    steps.append({pk for pk, one in reached.items() if at_least("5", one.objective)})
    kept, counts = set(ids), []
    for step in steps:
        kept &= step
        counts.append(len(kept))
    return Flow(*counts)
