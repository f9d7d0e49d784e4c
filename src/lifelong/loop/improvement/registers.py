"""The registers as they are read: which of them the program keeps, their entries, and reports by element and by step."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q

from lifelong.kernel import files
from lifelong.kernel.access import Actor, Permission
from lifelong.kernel.problems import NotFound
from lifelong.loop.improvement import reads
from lifelong.loop.improvement.models import (
    Collaboration,
    Dissemination,
    Distinction,
    ElementMapping,
    FacultyItem,
    Innovation,
    PathwayStep,
    ResearchExport,
    ResearchProject,
    StandardElement,
)
from lifelong.loop.people.models import Affiliation
from lifelong.loop.planning.models import Activity
from lifelong.loop.program.models import AccreditedProvider, Term

P = Permission
# register of ours -> the words of a profile that turn it on; distinction is for every program
TURNED_ON_BY = {
    "innovation": ("innovation", "external_innovation"),
    "collaboration": ("collaboration",),
    "research": ("research",),
    "elements": ("lcme_acgme",),
    "faculty": ("leadership_pathway", "lcme_acgme", "teaching_resources"),
    "distinction": (),
}
MODELS: dict[str, Any] = {
    "innovation": Innovation, "collaboration": Collaboration, "research": ResearchProject, "faculty": FacultyItem, "distinction": Distinction,
}  # fmt: skip
CHOICES = 300
ENTRIES = 300


def kept_by(provider: AccreditedProvider) -> tuple[str, ...]:
    """Keys of the registers this program keeps, by its profile. One query."""
    on = set(Term.objects.filter(provider=provider, taxonomy="register", retired_on=None).values_list("key", flat=True))
    return tuple(key for key, words in TURNED_ON_BY.items() if not words or on & set(words))


def check(viewer: Actor, provider: AccreditedProvider, key: str, needs: Permission = P.SEE_IMPROVEMENT) -> None:
    """Raises NotFound for strangers and for a register that the program does not keep."""
    reads.see(viewer, provider, needs, "register")
    if key not in kept_by(provider):
        raise NotFound("register")


def counts(viewer: Actor, provider: AccreditedProvider) -> dict[str, int]:
    """Entries of each register the program keeps."""
    reads.see(viewer, provider, P.SEE_IMPROVEMENT, "register")
    models = MODELS | {"elements": StandardElement}
    return {key: models[key].objects.filter(provider=provider).count() for key in kept_by(provider)}


def entries(viewer: Actor, provider: AccreditedProvider, key: str) -> list[Any]:
    """All entries with the number of their activities (`used`), in the register's own order."""
    check(viewer, provider, key)
    rows = MODELS[key].objects.filter(provider=provider)
    if key in ("innovation", "collaboration", "research"):
        rows = rows.annotate(used=Count("activities", distinct=True))
    if key == "research":
        wanted = {step.value: Count("dissemination", distinct=True, filter=Q(dissemination__step=step.value)) for step in Dissemination.Step}  # fmt: skip
        rows = rows.annotate(**wanted)
    if key == "faculty":
        rows = rows.select_related("activity")
    return list(rows[:ENTRIES])


def entry(
    viewer: Actor, provider: AccreditedProvider, key: str, entry_id: int, needs: Permission = P.SEE_IMPROVEMENT
) -> Any:
    """One entry. Raises NotFound."""
    check(viewer, provider, key, needs)
    model = MODELS.get(key)
    found = model.objects.select_related("provider").filter(provider=provider, pk=entry_id).first() if model else None
    if found is None:
        raise NotFound("entry")
    return found


def activity_choices(viewer: Actor, provider: AccreditedProvider, chosen: Iterable[int] = ()) -> list[tuple[int, str]]:
    """Activities an entry may name: the latest, and those it names already."""
    reads.see(viewer, provider, P.SEE_IMPROVEMENT, "register")
    mine = Activity.objects.filter(provider=provider)
    latest = mine.order_by("-number").values_list("pk", "number", "title")[:CHOICES]
    known = {pk: f"{number}: {title}" for pk, number, title in latest}
    missing = [pk for pk in chosen if pk not in known]
    for pk, number, title in mine.filter(pk__in=missing).values_list("pk", "number", "title"):
        known[pk] = f"{number}: {title}"
    return list(known.items())


def activities_of(row: Any) -> list[Activity]:
    return list(row.activities.order_by("number"))


def approaches_used(activity: Activity) -> list[Innovation]:
    """Approaches an activity takes from others, adopted or adapted (UMASS-06)."""
    taken = (Innovation.Decision.ADOPT, Innovation.Decision.ADAPT)
    return list(Innovation.objects.filter(uses__activity=activity, decision__in=taken).order_by("title"))


# --- research


def exports(viewer: Actor, provider: AccreditedProvider, project: ResearchProject) -> list[ResearchExport]:
    """The log: everything that ever left for a project, the newest first."""
    check(viewer, provider, "research")
    return list(project.exports.select_related("made_by", "file")[:100])


def dissemination(viewer: Actor, provider: AccreditedProvider, project: ResearchProject) -> list[Dissemination]:
    check(viewer, provider, "research")
    return list(project.dissemination.all())


def export_bytes(viewer: Actor, provider: AccreditedProvider, export_id: int) -> tuple[bytes, str]:
    """The file as it left. Needs the right to read the register and the right to export."""
    check(viewer, provider, "research")
    check(viewer, provider, "research", P.EXPORT)
    found = ResearchExport.objects.select_related("file").filter(project__provider=provider, pk=export_id).first()
    if found is None:
        raise NotFound("export")
    return files.read(found.file), found.file.name


# --- elements


@dataclass(frozen=True, slots=True)
class ElementLine:
    """An element with what serves it: activities and items of faculty development by title."""

    element: StandardElement
    activities: tuple[Activity, ...]
    items: tuple[FacultyItem, ...]


def by_element(viewer: Actor, provider: AccreditedProvider, body: str = "") -> list[ElementLine]:
    """Every element in force, also those that nothing serves (UCONN-30, UCONN-31). Two queries."""
    check(viewer, provider, "elements")
    rows = StandardElement.objects.filter(provider=provider, retired_on=None)
    rows = rows.filter(body=body) if body in StandardElement.Body.values else rows
    served: dict[int, list[ElementMapping]] = defaultdict(list)
    for mapping in ElementMapping.objects.filter(element__in=rows).select_related("activity", "item").order_by("pk"):
        served[mapping.element_id].append(mapping)
    return [
        ElementLine(
            row, tuple(one.activity for one in served[row.pk] if one.activity), tuple(one.item for one in served[row.pk] if one.item)
        )
        for row in rows
    ]  # fmt: skip


def element(
    viewer: Actor, provider: AccreditedProvider, element_id: int, needs: Permission = P.SEE_IMPROVEMENT
) -> ElementLine:
    check(viewer, provider, "elements", needs)
    row = StandardElement.objects.select_related("provider").filter(provider=provider, pk=element_id).first()
    if row is None:
        raise NotFound("element")
    mappings = list(row.mappings.select_related("activity", "item"))
    return ElementLine(
        row, tuple(one.activity for one in mappings if one.activity), tuple(one.item for one in mappings if one.item)
    )


def served_by(viewer: Actor, provider: AccreditedProvider, item: FacultyItem) -> list[StandardElement]:
    """The elements an item of faculty development serves."""
    check(viewer, provider, "faculty")
    return list(StandardElement.objects.filter(mappings__item=item, retired_on=None))


# --- the pathway


@dataclass(frozen=True, slots=True)
class OnPathway:
    """A colleague on the pathway: `steps` in order, each with the day it was done or None."""

    person_id: int
    name: str
    steps: tuple[PathwayStep, ...]

    @property
    def done(self) -> int:
        return sum(step.done_on is not None for step in self.steps)

    @property
    def ahead(self) -> PathwayStep | None:
        return next((step for step in self.steps if step.done_on is None), None)


def pathway(viewer: Actor, provider: AccreditedProvider) -> list[OnPathway]:
    """Who is on the leadership pathway, and how far. One query."""
    check(viewer, provider, "faculty")
    rows = PathwayStep.objects.filter(item__provider=provider, item__retired_on=None).select_related("item", "person")
    people: dict[int, list[PathwayStep]] = defaultdict(list)
    for step in rows.order_by("person__family_name", "person_id", "item__position", "item__title"):
        people[step.person_id].append(step)
    return [OnPathway(pk, steps[0].person.full_name, tuple(steps)) for pk, steps in people.items()]


def step(viewer: Actor, provider: AccreditedProvider, step_id: int) -> PathwayStep:
    check(viewer, provider, "faculty", P.EDIT_IMPROVEMENT)
    found = PathwayStep.objects.select_related("item__provider").filter(item__provider=provider, pk=step_id).first()
    if found is None:
        raise NotFound("step")
    return found  # type: ignore[no-any-return]


def colleagues(viewer: Actor, provider: AccreditedProvider) -> list[tuple[int, str]]:
    """People of the program who teach or plan: those who may walk the pathway."""
    check(viewer, provider, "faculty", P.EDIT_IMPROVEMENT)
    rows = Affiliation.objects.filter(provider=provider, person__planning_roles__activity__provider=provider)
    found = {row.person_id: row.person.full_name for row in rows.select_related("person").distinct().order_by("sort_name")[:CHOICES]}  # fmt: skip
    return [*found.items(), *((pk, name) for pk, name in reads.owners(viewer, provider) if pk not in found)]
