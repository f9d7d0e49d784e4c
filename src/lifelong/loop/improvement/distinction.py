"""How the program stands beside others: its distinction, and its year against the national totals."""

from __future__ import annotations

import datetime as dt
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q

from lifelong.kernel.access import Actor, Permission
from lifelong.loop.improvement import kept, reads
from lifelong.loop.improvement.audience import TRAINEES
from lifelong.loop.improvement.indicators import attendances_of, sessions_of
from lifelong.loop.improvement.models import Collaboration, Distinction, Innovation, ResearchProject
from lifelong.loop.people.models import Affiliation
from lifelong.loop.planning.models import PlanningRole
from lifelong.loop.program.models import AccreditedProvider
from lifelong.loop.reporting.counting import PHYSICIANS
from lifelong.loop.surveys.reads import minimum_group
from lifelong.rules import commendation as rules

P = Permission
TERM_YEARS = 6  # the longest term: accreditation with commendation
WORDS = {
    "INNOV": "Educational innovation",
    "COLL": "Collaboration with other organisations",
    "RES": "Research on education",
}


@dataclass(frozen=True, slots=True)
class Sign:
    """One indicator of distinction: a value with its basis. `value` is a dash where the group is too small."""

    key: str
    label: str
    value: str
    basis: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a criterion of commendation is met from the registers, in the term up to the year."""

    label: str
    standing: rules.Standing


@dataclass(frozen=True, slots=True)
class Stands:
    """The dashboard of a year."""

    signs: tuple[Sign, ...]
    entries: tuple[Distinction, ...]
    criteria: tuple[Standing, ...]


def stands(viewer: Actor, provider: AccreditedProvider, year: int) -> Stands:
    """Commendation, awards, presentations, learners from other states, faculty from afar (UMASS-23)."""
    reads.see(viewer, provider, P.SEE_IMPROVEMENT, "distinction")
    entries = tuple(Distinction.objects.filter(provider=provider, on__year__lte=year)[:200])
    return Stands(
        (*_signs(entries, year), *PEOPLE(provider, year)),
        tuple(row for row in entries if row.on.year == year), _criteria(provider, year),
    )  # fmt: skip


def _signs(entries: tuple[Distinction, ...], year: int) -> tuple[Sign, ...]:
    kinds = Distinction.Kind
    status = next((row for row in entries if row.kind == kinds.COMMENDATION), None)
    said = f"{status.by_whom}, {status.on:%-d %b %Y}" if status else "none is on record"

    def count(*wanted: str) -> tuple[int, int]:
        found = [row for row in entries if row.kind in wanted]
        return sum(row.on.year == year for row in found), len(found)

    awards, all_awards = count(kinds.AWARD)
    talks, all_talks = count(kinds.PRESENTATION, kinds.PUBLICATION)
    return (
        Sign("commendation", "Accreditation with commendation", "Yes" if status else "Not on record", said),
        Sign("awards", "Awards", str(awards), f"in {year}; {all_awards} on record"),
        Sign("presentations", "Presentations and publications", str(talks), f"in {year}; {all_talks} on record"),
    )


def _people(provider: AccreditedProvider, year: int) -> tuple[Sign, ...]:
    """What is counted over everybody who came or taught."""
    return (*_from_afar(provider, year), _teachers(provider, year), *_culture(provider, year))


PEOPLE = kept.register("distinction/people", tuple[Sign, ...], _people)


def _from_afar(provider: AccreditedProvider, year: int) -> tuple[Sign, ...]:
    """Learners from beyond the home states: those of the first band of reach that names states; else from other countries."""
    band = provider.reach_bands.exclude(states="").order_by("position").first()
    home = band.states.split() if band else []
    from_home = (
        Q(person__profile__state__in=home, person__profile__country="US") if home else Q(person__profile__country="US")
    )
    sums = attendances_of(provider, year).aggregate(
        known=Count("person", distinct=True, filter=Q(person__profile__country__gt="")),
        here=Count("person", distinct=True, filter=from_home),
        nations=Count("person__profile__country", distinct=True, filter=Q(person__profile__country__gt="")),
    )
    known, away, least = sums["known"], sums["known"] - sums["here"], minimum_group()
    shown = known >= least and (away == 0 or away >= least) and (sums["here"] == 0 or sums["here"] >= least)
    label = f"Learners from outside {', '.join(home)}" if home else "Learners from other countries"
    basis = f"{away:,} of {known:,} whose place is known" if shown else "too few people to show"
    return (
        Sign("afar", label, f"{100 * away / known:.0f} %" if shown else "–", basis),
        Sign("nations", "Countries", str(sums["nations"]), "from which learners came"),
    )


def _teachers(provider: AccreditedProvider, year: int) -> Sign:
    held = sessions_of(provider, year).values("activity")
    roles = PlanningRole.objects.filter(activity__in=held, kind=PlanningRole.Kind.FACULTY, ended_at=None)
    reach = Q(person__affiliations__provider=provider, person__affiliations__reach__in=("national", "international"))
    sums = roles.aggregate(n=Count("person", distinct=True), far=Count("person", distinct=True, filter=reach))
    return Sign(
        "faculty", "Faculty known nationally or beyond", str(sums["far"]), f"of {sums['n']:,} who taught in {year}"
    )


def _culture(provider: AccreditedProvider, year: int) -> tuple[Sign, Sign]:
    """How far learning belongs to the institution: its own people who came, and rooms that hold learners of every stage (UCONN-32)."""
    ours = Affiliation.objects.filter(provider=provider, is_affiliated=True)
    came = attendances_of(provider, year).filter(person=OuterRef("person"))
    sums = ours.aggregate(n=Count("pk"), came=Count("pk", filter=Exists(came)))
    in_training = Q(person__profile__career_level__in=TRAINEES) | Q(person__profile__profession__in=TRAINEES)
    mixed = (
        attendances_of(provider, year)
        .order_by()
        .values("session__activity")
        .annotate(early=Count("pk", filter=in_training), late=Count("pk", filter=~in_training))
    )
    across = mixed.aggregate(n=Count("session__activity"), both=Count("session__activity", filter=Q(early__gt=0, late__gt=0)))  # fmt: skip
    return (
        Sign("participation", "Own people who came", f"{100 * sums['came'] / sums['n']:.0f} %" if sums["n"] else "–", f"of {sums['n']:,} affiliated people"),
        Sign("continuum", "Activities across the continuum", str(across["both"]), f"of {across['n']:,} attended: people in training beside people in practice"),
    )  # fmt: skip


def _criteria(provider: AccreditedProvider, year: int) -> tuple[Standing, ...]:
    """What the registers give to commendation in the term that ends with the year; the size of the program decides what is needed."""
    since = dt.date(year - TERM_YEARS + 1, 1, 1)
    until = dt.date(year, 12, 31)
    held = sum(row["n"] for row in _activities_by_year(provider, year))
    taken_up = Q(decision__in=(Innovation.Decision.ADOPT, Innovation.Decision.ADAPT)) | Q(origin=Innovation.Origin.OWN)
    innovations = Innovation.objects.filter(taken_up, provider=provider, created_at__date__gte=since).aggregate(
        n=Count("pk"), told=Count("pk", filter=~Q(evidence=""))
    )
    together = Collaboration.objects.filter(
        Q(effective_until=None) | Q(effective_until__gte=since), provider=provider, effective_from__lte=until
    ).aggregate(n=Count("pk"), told=Count("pk", filter=~Q(results="")))
    sent = Q(dissemination__on__gte=since, dissemination__on__lte=until)
    studies = ResearchProject.objects.filter(provider=provider, kind=ResearchProject.Kind.OWN).aggregate(
        n=Count("pk", distinct=True, filter=sent)
    )
    facts = (("INNOV", innovations["n"], innovations["told"]), ("COLL", together["n"], together["told"]), ("RES", studies["n"], studies["n"]))  # fmt: skip
    return tuple(
        Standing(WORDS[key], rules.standing(rules.CriterionFacts(criterion=key, count=n, with_evidence=told, activities_in_term=held)))
        for key, n, told in facts
    )  # fmt: skip


def _activities_by_year(provider: AccreditedProvider, year: int) -> list[Any]:
    rows = provider.activities.filter(starts_on__year__gt=year - TERM_YEARS, starts_on__year__lte=year)
    return list(rows.order_by().values("starts_on__year").annotate(n=Count("pk")))


# --- against the nation


@dataclass(frozen=True, slots=True)
class Compared:
    """A national figure with its year and source; `ours`: the program's own of the year asked for, None where it has none."""

    label: str
    ours: float | None
    national: float
    about: bool
    year: int
    source: str
    url: str

    @property
    def per_100_000(self) -> float | None:
        """Our part of the nation's total, where both are totals."""
        return None if self.ours is None or self.label not in _TOTALS else 100_000 * self.ours / self.national


_TOTALS = frozenset({"Activities", "Hours of education", "Learner interactions"})


@lru_cache(maxsize=1)
def national() -> tuple[dict[str, Any], ...]:
    """Figures of the nation as typed in, each with year and source."""
    text = files("lifelong.loop.improvement").joinpath("national.toml").read_text("utf-8")
    return tuple(tomllib.loads(text)["figure"])


def compared(viewer: Actor, provider: AccreditedProvider, year: int) -> tuple[Compared, ...]:
    """The program's year beside the national totals the reference has."""
    reads.see(viewer, provider, P.SEE_IMPROVEMENT, "benchmark")
    ours = dict(TOTALS(provider, year))
    return tuple(
        Compared(one["label"], ours.get(one["key"]), one["value"], one["about"], one["year"], one["source"], one["url"])
        for one in national()
    )


def _totals(provider: AccreditedProvider, year: int) -> tuple[tuple[str, float | None], ...]:
    """The program's own totals by the keys of `national.toml`. Two queries."""
    spans = sessions_of(provider, year).values_list("activity_id", "starts_at", "ends_at", "break_minutes")
    activities, minutes = set(), 0.0
    for activity_id, starts, ends, pause in spans.iterator():
        activities.add(activity_id)
        minutes += (ends - starts).total_seconds() / 60 - pause
    sums = attendances_of(provider, year).aggregate(
        n=Count("pk"), physicians=Count("pk", filter=Q(profession__in=PHYSICIANS))
    )
    ours: dict[str, float | None] = {
        "activities": len(activities), "hours": minutes / 60, "interactions": sums["n"],
        "per_activity": sums["n"] / len(activities) if activities else None,
        "physicians": 100 * sums["physicians"] / sums["n"] if sums["n"] else None,
    }  # fmt: skip
    return tuple(ours.items())


TOTALS = kept.register("distinction/totals", tuple[tuple[str, float | None], ...], _totals)
