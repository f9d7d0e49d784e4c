"""What activities say of themselves, as shares and as variety: interactive, for the whole team, citing primary research, from research into practice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q

from lifelong.kernel.access import Actor, Permission
from lifelong.loop.improvement import coverage, reads
from lifelong.loop.planning.models import Activity, ActivityTerm, ContentReference
from lifelong.loop.program import reads as program
from lifelong.loop.program.models import AccreditedProvider

P = Permission


@dataclass(frozen=True, slots=True)
class Mark:
    """`n` of `of` activities of the year carry the mark; `said`: how many name anything of the lists it is read from."""

    key: str
    label: str
    n: int
    said: int
    of: int

    @property
    def percent(self) -> float | None:
        return 100 * self.n / self.of if self.of else None


def marks(viewer: Actor, provider: AccreditedProvider, year: int) -> tuple[Mark, ...]:
    """Every mark that the program can carry: one read from lists it does not have is left out. Three queries."""
    reads.see(viewer, provider, P.SEE_IMPROVEMENT, "coverage")
    held = coverage.held_in(provider, year)
    listed = program.terms_by_list(provider)
    wanted = [mark for mark in coverage.marks_of() if _can_carry(mark, listed)]
    counts: dict[str, Any] = {}
    for mark in wanted:
        counts[f"n_{mark['key']}"] = Count("pk", filter=coverage.carries(provider, mark))
        counts[f"s_{mark['key']}"] = Count("pk", filter=_says_anything(provider, mark))
    sums = held.aggregate(every=Count("pk"), **counts)
    return tuple(
        Mark(m["key"], m["label"], sums[f"n_{m['key']}"], sums[f"s_{m['key']}"], sums["every"]) for m in wanted
    )


def _can_carry(mark: dict[str, Any], listed: dict[str, Any]) -> bool:
    keys = {(taxonomy, term.key) for taxonomy, terms in listed.items() for term in terms}
    asked = [(taxonomy, key) for taxonomy, named in mark.get("terms", {}).items() for key in named]
    return bool(mark.get("references")) or any(pair in keys for pair in asked)


def _says_anything(provider: AccreditedProvider, mark: dict[str, Any]) -> Q:
    named = ActivityTerm.objects.filter(term__taxonomy__in=list(mark.get("terms", {})), activity__provider=provider)
    found = Q(pk__in=named.values("activity"))
    if mark.get("references"):
        found |= Q(pk__in=ContentReference.objects.filter(activity__provider=provider).values("activity"))
    return found


@dataclass(frozen=True, slots=True)
class Translation:
    """An activity that brings research into practice: the studies it starts from (citations) and the change it is designed for."""

    activity: Activity
    studies: tuple[str, ...]
    change: str


def translations(viewer: Actor, provider: AccreditedProvider, year: int, limit: int = 200) -> list[Translation]:
    """Source study -> change in practice, by activity (WASHU-31). Without a study or a change the field is empty: that is the finding."""
    _, rows = coverage.behind(viewer, provider, year, "mark", "translation", limit)
    studies: dict[int, list[str]] = {}
    cited = ContentReference.objects.filter(
        activity__in=[row.pk for row in rows], kind=ContentReference.Kind.CLINICAL_STUDY
    )
    for activity_id, citation in cited.order_by("id").values_list("activity_id", "citation"):
        studies.setdefault(activity_id, []).append(citation)
    return [Translation(row, tuple(studies.get(row.pk, ())), row.intended_change_text) for row in rows]


@dataclass(frozen=True, slots=True)
class Variety:
    """How much of one list the activities of a year take up: `used` of `of` entries."""

    label: str
    used: int
    of: int


def variety(viewer: Actor, provider: AccreditedProvider, year: int) -> tuple[Variety, ...]:
    """Breadth of the year, list by list (UMASS-15): formats, content, audiences, specialties, levels ... Two queries."""
    reads.see(viewer, provider, P.SEE_IMPROVEMENT, "coverage")
    listed = program.terms_by_list(provider)
    carried = coverage.carried(provider, year)
    names = coverage.LISTS | coverage.shared()
    return tuple(
        Variety(label, sum((key, term.key) in carried for term in listed[key]), len(listed[key]))
        for key, label in names.items()
        if listed.get(key) and key != "team_steps"  # a checklist is no offer
    )
