"""How each expected result is measured: one function an indicator key of the profiles. A few grouped queries each, none in a loop.

Every function takes (provider, year) and returns `Measured`; that of a large year is kept, as the hourly job counted it. The year of an evaluation is the day it was done, of a follow-up the
day it was due, of a figure the end of its window, of a learner the day of the session.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from lifelong.kernel import clock
from lifelong.loop.delivery.models import Attendance
from lifelong.loop.evaluation.models import Commitment, EvaluationDone, FollowUp
from lifelong.loop.improvement import kept
from lifelong.loop.improvement.measured import NOTHING, Behind, Measured, amount, share
from lifelong.loop.outcomes.models import OutcomeMeasure, ReachCount
from lifelong.loop.outcomes.windows import moved_as_wanted, shown_in
from lifelong.loop.planning.models import Activity, Session
from lifelong.loop.program.models import AccreditedProvider
from lifelong.loop.surveys.models import Answer, Instrument, Response, SurveyInvitation
from lifelong.loop.surveys.reads import minimum_group

Indicator = Callable[[AccreditedProvider, int], Measured]
INDICATORS: dict[str, kept.Figures[Measured]] = {}
NAMED = "indicator/"  # before the key, the name of its kept figures
# how a test or team form says what it is; the packages that ask them write these
BEFORE, AFTER = "before", "after"
TEAM_CHANGE = "team_change"
MADE = (FollowUp.Answer.FULLY, FollowUp.Answer.PARTLY)
FOLLOW_UP_INDICATORS = frozenset(
    {"performance_change_made", "adoption_rate", "research_practice_change_made", "system_changes_made"}
)


def indicator(key: str) -> Callable[[Indicator], Indicator]:
    def keep(function: Indicator) -> Indicator:
        INDICATORS[key] = kept.register(f"{NAMED}{key}", Measured, function)
        return function

    return keep


def measure(provider: AccreditedProvider, key: str, year: int) -> Measured:
    """The indicator of this key; a key that nobody computes is not measured. Raises `BeingCounted` for a large year not counted yet."""
    figures = INDICATORS.get(key)
    return figures(provider, year) if figures else NOTHING


def counted(provider: AccreditedProvider, keys: Iterable[str], year: int) -> dict[str, Measured]:
    """These indicators, counted now however long it takes. For work that nobody waits for, outside any transaction."""
    return {key: INDICATORS[key].count(provider, year) if key in INDICATORS else NOTHING for key in set(keys)}


# --- learning


@indicator("knowledge_gain")
def knowledge_gain(provider: AccreditedProvider, year: int) -> Measured:
    """Activities whose matched before-and-after test rose on average, of those with enough pairs; asked: activities with a test before.

    Pairs are by pseudonym. Figures at Moore 3a or 3b with baseline and result count as well, once an activity.
    """
    tests = Response.objects.filter(
        instrument__kind=Instrument.Kind.TEST, instrument__provider=provider, subject_type__in=(BEFORE, AFTER),
        answered_on__year=year, activity_id__isnull=False,
    ).exclude(pseudonym="")  # fmt: skip
    right = Count("answers", filter=Q(answers__choice=F("answers__question__correct_value")) & ~Q(answers__choice=""))
    scores: dict[int, dict[str, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    rows = tests.values_list("activity_id", "pseudonym", "subject_type").annotate(right=right)
    for activity_id, pseudonym, wave, correct in rows:
        scores[activity_id][pseudonym][wave] = correct
    least = minimum_group()
    behind: dict[int, Behind] = {}
    for activity_id, learners in scores.items():
        changes = [waves[AFTER] - waves[BEFORE] for waves in learners.values() if BEFORE in waves and AFTER in waves]
        enough = len(changes) >= least
        behind[activity_id] = Behind(activity_id, int(enough and sum(changes) > 0), int(enough), 1)
    for one in _outcomes(provider, ("3a", "3b")):
        rose = moved_as_wanted(one)
        if one.activity_id not in behind and _is_of(one, year):
            behind[one.activity_id] = Behind(one.activity_id, int(rose is True), int(rose is not None), 1)
    return share(behind.values(), people=0, least=least, counts_people=False)


@indicator("competence_planned_change")
def competence_planned_change(provider: AccreditedProvider, year: int) -> Measured:
    """Evaluations whose learner named a planned change; asked: attendances of the year."""
    planned = Exists(
        Commitment.objects.filter(session=OuterRef("attendance__session"), person=OuterRef("attendance__person"))
    )
    done = EvaluationDone.objects.filter(
        attendance__session__activity__provider=provider, attendance__voided_at=None, done_on__year=year
    ).annotate(planned=planned)  # fmt: skip
    grouped = done.values(activity=F("attendance__session__activity")).annotate(
        n=Count("pk"), count=Count("pk", filter=Q(planned=True)), people=Count("attendance__person", distinct=True)
    )
    asked = attendances_of(provider, year).values("session__activity").annotate(n=Count("pk"))
    attended: dict[int, int] = dict(asked.values_list("session__activity", "n"))
    found = {row["activity"]: row for row in grouped}
    behind = [
        Behind(pk, row["count"], row["n"], max(attended.pop(pk, 0), row["n"]), row["people"])
        for pk, row in found.items()
    ]
    behind += [Behind(pk, 0, 0, n) for pk, n in attended.items()]
    people = done.aggregate(n=Count("attendance__person", distinct=True))["n"] if found else 0
    return share(behind, people=people, least=minimum_group())


@indicator("team_competence_change")
def team_competence_change(provider: AccreditedProvider, year: int) -> Measured:
    """Team forms that name a change the team will make (question `team_change`: own words, or "yes"); asked: teams invited."""
    forms = Response.objects.filter(
        instrument__provider=provider, instrument__kind=Instrument.Kind.TEAM, answered_on__year=year
    )
    names_one = Exists(
        Answer.objects.filter(response=OuterRef("pk"), question__key=TEAM_CHANGE).filter(Q(choice="yes") | ~Q(text=""))
    )
    grouped = (
        forms.filter(activity_id__isnull=False)
        .annotate(named=names_one)
        .values("activity_id")
        .annotate(n=Count("pk"), count=Count("pk", filter=Q(named=True)))
    )
    invited = SurveyInvitation.objects.filter(
        instrument__provider=provider, instrument__kind=Instrument.Kind.TEAM, invited_at__year=year
    ).count()
    behind = [Behind(row["activity_id"], row["count"], row["n"], row["n"], row["n"]) for row in grouped]
    n = sum(b.n for b in behind)
    return share(
        behind, people=n, least=minimum_group(), total=(sum(b.count for b in behind), n, max(invited, n))
    )  # fmt: skip


# --- what became of plans


def follow_ups(provider: AccreditedProvider, year: int) -> QuerySet[FollowUp]:
    """Questions about plans that were asked and due in the year."""
    rows = FollowUp.objects.filter(
        commitment__activity__provider=provider, due_on__gte=dt.date(year, 1, 1), due_on__lte=dt.date(year, 12, 31), asked_at__isnull=False
    )  # fmt: skip
    return rows


def _adopted(rows: QuerySet[FollowUp], year: int, answers: Iterable[str]) -> Measured:
    """Plans whose last answer of the year is one of `answers`, of plans answered; asked: plans asked about. Three denominators, one unit: plans."""
    later = Exists(
        FollowUp.objects.filter(
            commitment=OuterRef("commitment"), wave__gt=OuterRef("wave"), answered_at__isnull=False, due_on__year=year
        )
    )
    last = rows.annotate(later=later)
    answered = Q(answered_at__isnull=False, later=False)
    sums = {
        "asked": Count("commitment", distinct=True),
        "n": Count("pk", filter=answered),
        "count": Count("pk", filter=answered & Q(answer__in=list(answers))),
        "people": Count("commitment__person", distinct=True, filter=answered),
    }
    grouped: Any = last.values(activity=F("commitment__activity")).annotate(**sums)
    behind = [Behind(row["activity"], row["count"], row["n"], row["asked"], row["people"]) for row in grouped]
    people = last.filter(answered).aggregate(n=Count("commitment__person", distinct=True))["n"] if behind else 0
    return share(behind, people=people, least=minimum_group())


@indicator("performance_change_made")
def performance_change_made(provider: AccreditedProvider, year: int) -> Measured:
    """Plans reported as carried out, fully or in part, of plans answered."""
    return _adopted(follow_ups(provider, year), year, MADE)


@indicator("adoption_rate")
def adoption_rate(provider: AccreditedProvider, year: int) -> Measured:
    """Plans reported as fully carried out: the concept or skill is adopted."""
    return _adopted(follow_ups(provider, year), year, (FollowUp.Answer.FULLY,))


@indicator("research_practice_change_made")
def research_practice_change_made(provider: AccreditedProvider, year: int) -> Measured:
    """As performance, in activities that serve a research result or close a gap in research practice."""
    return _adopted(_of_kind(follow_ups(provider, year), "research_practice", setting="research"), year, MADE)


@indicator("system_changes_made")
def system_changes_made(provider: AccreditedProvider, year: int) -> Measured:
    """As performance, in activities that serve a result of the kind system change or the competency systems-based practice."""
    rows = _of_kind(follow_ups(provider, year), "system_change", term="systems_based_practice")
    return _adopted(rows, year, MADE)


def of_kind(provider: AccreditedProvider, kind: str, *, setting: str = "", term: str = "") -> QuerySet[Activity]:
    """Activities that serve an expected result of `kind`, or whose gap lies in `setting`, or that carry the term."""
    wanted = Q(activity_results__expected_result__kind=kind)
    if setting:
        wanted |= Q(activity_gaps__gap__setting=setting)
    if term:
        wanted |= Q(activity_terms__term__key=term)
    return Activity.objects.filter(wanted, provider=provider).distinct()


def _of_kind(rows: QuerySet[FollowUp], kind: str, *, setting: str = "", term: str = "") -> QuerySet[FollowUp]:
    wanted = Q(activity_results__expected_result__kind=kind)
    wanted |= Q(activity_gaps__gap__setting=setting) if setting else Q()
    wanted |= Q(activity_terms__term__key=term) if term else Q()
    return rows.filter(commitment__activity__in=Activity.objects.filter(wanted).values("pk"))


# --- figures


def _outcomes(provider: AccreditedProvider, levels: Iterable[str]) -> list[OutcomeMeasure]:
    rows = OutcomeMeasure.objects.filter(
        activity__provider=provider, moore_level__in=list(levels), baseline__isnull=False
    )
    return list(rows.select_related("activity", "measure", "baseline", "result").order_by("pk"))


def _is_of(one: OutcomeMeasure, year: int) -> bool:
    """A figure with a result belongs to the year of the result; one that waits for it, to every year from the activity on."""
    if one.result is not None:
        return shown_in(one.result) == year
    return one.activity.starts_on is not None and one.activity.starts_on.year <= year


def _moved(provider: AccreditedProvider, level: str, year: int, *, public_only: bool = False) -> Measured:
    grouped: dict[int, list[OutcomeMeasure]] = defaultdict(list)
    for one in _outcomes(provider, (level,)):
        if _is_of(one, year) and (not public_only or (one.measure is not None and one.measure.is_public)):
            grouped[one.activity_id].append(one)
    behind = []
    figures: dict[tuple[object, ...], bool | None] = {}
    for activity_id, several in grouped.items():
        judged = 0
        rose = 0
        for one in several:
            moved = moved_as_wanted(one)
            judged, rose = judged + (moved is not None), rose + (moved is True)
            figure = _figure(one)
            figures[figure] = moved if figures.get(figure) is None else figures[figure]
        behind.append(Behind(activity_id, rose, judged, len(several)))
    answers = [moved for moved in figures.values() if moved is not None]
    return share(
        behind, people=0, least=minimum_group(), counts_people=False, total=(sum(answers), len(answers), len(figures))
    )


def _figure(one: OutcomeMeasure) -> tuple[object, ...]:
    """What makes a figure the same: activities that share a hospital's figure do not make nine of it."""
    if one.measure_id is None:
        return (one.activity_id, one.label)
    return (one.measure_id, one.place_id, one.baseline_id, one.result_id)


@indicator("care_process_improved")
def care_process_improved(provider: AccreditedProvider, year: int) -> Measured:
    """Process measures (Moore 5) whose figure of the year is better than their baseline; asked: attached with a baseline."""
    return _moved(provider, "5", year)


@indicator("patient_outcomes_improved")
def patient_outcomes_improved(provider: AccreditedProvider, year: int) -> Measured:
    """As care process, for measures of patients' health (Moore 6)."""
    return _moved(provider, "6", year)


@indicator("population_measure_improved")
def population_measure_improved(provider: AccreditedProvider, year: int) -> Measured:
    """As care process, for public measures of a community's health (Moore 7)."""
    return _moved(provider, "7", year, public_only=True)


# --- reach


def _year(provider: AccreditedProvider, year: int) -> tuple[dt.datetime, dt.datetime]:
    zone = ZoneInfo(provider.time_zone)
    return dt.datetime(year, 1, 1, tzinfo=zone), dt.datetime(year + 1, 1, 1, tzinfo=zone)


def sessions_of(provider: AccreditedProvider, year: int) -> QuerySet[Session]:
    """Sessions held in the year, by the calendar of the provider: begun by now and not cancelled. The one answer to "how many"."""
    starts, ends = _year(provider, year)
    return Session.objects.filter(
        activity__provider=provider, starts_at__gte=starts, starts_at__lt=min(ends, clock.now()), cancelled_at=None
    )


def attendances_of(provider: AccreditedProvider, year: int) -> QuerySet[Attendance]:
    """Attendances that count, in sessions of the year."""
    starts, ends = _year(provider, year)
    return Attendance.objects.filter(
        session__activity__provider=provider, voided_at=None, session__starts_at__gte=starts, session__starts_at__lt=ends
    )  # fmt: skip


@indicator("community_people_reached")
def community_people_reached(provider: AccreditedProvider, year: int) -> Measured:
    """People who checked in at community activities, plus people counted there without checking in."""
    came = (
        attendances_of(provider, year)
        .filter(session__activity__track=Activity.Track.COMMUNITY)
        .values("session__activity")
        .annotate(n=Count("person", distinct=True))
    )
    people: dict[int, int] = dict(came.values_list("session__activity", "n"))
    counted = ReachCount.objects.filter(
        activity__provider=provider, activity__track=Activity.Track.COMMUNITY, on__year=year
    )
    for activity_id, number in counted.values_list("activity_id", "people"):
        people[activity_id] = people.get(activity_id, 0) + number
    behind = [Behind(pk, number, number, number, number) for pk, number in people.items()]
    total = sum(people.values())
    return amount(total, behind, n=total, asked=total)


@indicator("countries_reached")
def countries_reached(provider: AccreditedProvider, year: int) -> Measured:
    """Countries from which learners came; n: learners whose country is known, asked: all learners."""
    rows = attendances_of(provider, year)
    total = rows.aggregate(
        countries=Count("person__profile__country", distinct=True, filter=~Q(person__profile__country="")),
        known=Count("person", distinct=True, filter=Q(person__profile__country__gt="")),
        learners=Count("person", distinct=True),
    )
    grouped = rows.values("session__activity").annotate(n=Count("person", distinct=True))
    behind = [Behind(pk, n, n, n, n) for pk, n in grouped.values_list("session__activity", "n")]
    return amount(total["countries"], behind, n=total["known"], asked=total["learners"])


@indicator("returning_learners")
def returning_learners(provider: AccreditedProvider, year: int) -> Measured:
    """Learners of the year who had also learned here in the year before."""
    before = Exists(attendances_of(provider, year - 1).filter(person=OuterRef("person")))
    rows = attendances_of(provider, year).annotate(again=before)
    sums = {
        "n": Count("person", distinct=True),
        "count": Count("person", distinct=True, filter=Q(again=True)),
    }
    grouped: Any = rows.values(activity=F("session__activity")).annotate(**sums)
    behind = [Behind(row["activity"], row["count"], row["n"], row["n"], row["n"]) for row in grouped]
    total = rows.aggregate(**sums)
    figures = (total["count"], total["n"], total["n"])
    return share(behind, people=total["n"], least=minimum_group(), total=figures)
