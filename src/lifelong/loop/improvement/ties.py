"""How accredited education is tied to the institution: quality improvement, faculty development, system redesign (UCONN-18 to 20)."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from lifelong.loop.evaluation.models import Commitment
from lifelong.loop.improvement.indicators import of_kind, sessions_of
from lifelong.loop.outcomes.models import OutcomeMeasure
from lifelong.loop.planning.models import Activity
from lifelong.loop.program.models import AccreditedProvider

# terms of the profiles' lists that mark faculty development, whatever taxonomy they stand in
TEACHING = ("medical_faculty", "teacher", "educator", "faculty_development", "learning_from_teaching")
LISTED = 12


@dataclass(frozen=True, slots=True)
class TiedActivity:
    id: int
    number: int
    title: str
    by: tuple[str, ...]  # what ties it: measures


@dataclass(frozen=True, slots=True)
class Tie:
    """One section of the leader's report: how many activities, a sentence, and the first of them."""

    key: str
    title: str
    sentence: str
    count: int
    activities: tuple[TiedActivity, ...]


def ties(provider: AccreditedProvider, year: int) -> tuple[Tie, ...]:
    """The three sections with their counts for activities that met in the year."""
    held = Activity.objects.filter(pk__in=sessions_of(provider, year).values("activity"))
    return (_quality(provider, year), _teaching(held), _systems(provider, held))


def _quality(provider: AccreditedProvider, year: int) -> Tie:
    held = sessions_of(provider, year).values("activity")
    rows = OutcomeMeasure.objects.filter(activity__in=held, measure__isnull=False).select_related("activity", "measure")
    found: dict[int, tuple[Activity, list[str]]] = {}
    again: set[str] = set()
    for row in rows.order_by("activity__number", "pk"):
        found.setdefault(row.activity_id, (row.activity, []))[1].append(row.label)
        again |= {row.label} if row.result_id is not None else set()
    tied = tuple(TiedActivity(a.pk, a.number, a.title, tuple(names)) for a, names in found.values())
    figures = {label for one in tied for label in one.by}  # several activities may follow the same figure
    sentence = f"Education and quality improvement: {_count(len(tied))} tied to {_count(len(figures), 'quality figure')}, {len(again):,} of them measured again."
    return Tie("quality", "Quality improvement", sentence, len(tied), tied[:LISTED])


def _teaching(held: QuerySet[Activity]) -> Tie:
    rows = held.filter(
        Q(activity_terms__term__key__in=TEACHING) | Q(format__in=TEACHING) | Q(activity_gaps__gap__setting="teaching")
    ).distinct()
    tied = tuple(TiedActivity(a.pk, a.number, a.title, ()) for a in rows.order_by("number"))
    sentence = f"Education and faculty development: {_count(len(tied))} for people who teach."
    return Tie("teaching", "Faculty development", sentence, len(tied), tied[:LISTED])


def _systems(provider: AccreditedProvider, held: QuerySet[Activity]) -> Tie:
    rows = of_kind(provider, "system_change", term="systems_based_practice").filter(pk__in=held.values("pk"))
    tied = tuple(TiedActivity(a.pk, a.number, a.title, ()) for a in rows.order_by("number"))
    planned = Commitment.objects.filter(activity__in=[one.id for one in tied]).aggregate(n=Count("pk"))["n"]
    sentence = f"Education and system redesign: {_count(len(tied))} meant to change the system of care; {_count(planned, 'change')} planned by those who came."
    return Tie("systems", "System redesign", sentence, len(tied), tied[:LISTED])


def _count(number: int, what: str = "") -> str:
    if not what:
        return f"{number:,} activity" if number == 1 else f"{number:,} activities"
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
