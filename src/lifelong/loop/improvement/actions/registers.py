"""What an office keeps in its registers. An entry is kept by its title; what decides something carries its reason."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from lifelong.formats.tabular import Limits
from lifelong.formats.tabular import read as read_table
from lifelong.kernel import clock, files
from lifelong.kernel.access import Actor, Permission
from lifelong.kernel.action import Unchanged, action
from lifelong.kernel.problems import problem, refuse_if_any
from lifelong.loop.improvement import research
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
from lifelong.loop.improvement.models.registers import RegisterEntry
from lifelong.loop.people.models import Person, RoleGrant
from lifelong.loop.planning.models import Activity
from lifelong.loop.program.models import AccreditedProvider

P = Permission
Entry = TypeVar("Entry", bound=RegisterEntry)
MOST_ELEMENTS = 2000


def _keep(
    model: type[Entry], actor: Actor, provider: AccreditedProvider, entry: Entry | None, values: dict[str, Any],
    activities: Iterable[int] | None = None,
) -> Entry | Unchanged:  # fmt: skip
    """Write an entry under its title, or correct `entry`; the activities become exactly those named. Refuses empty compulsory texts."""
    values = {key: value.strip() if isinstance(value, str) else value for key, value in values.items()}
    for name, value in values.items():
        field: Any = model._meta.get_field(name)
        if value == "" and not field.blank:
            words = name.replace("_", " ")
            raise problem("register.missing", f"“{words}” is empty.", "Fill it in.", name)
        if isinstance(value, str) and field.max_length:
            values[name] = value[: field.max_length]
    twin = (
        model.objects.filter(provider=provider, title=values["title"]).exclude(pk=entry.pk if entry else None).first()
    )
    if entry is not None and (entry.provider_id != provider.pk or twin is not None):
        raise problem("register.title", "There is another entry of this title.", "Choose another title.", "title")
    row = entry or twin or model(provider=provider, created_at=clock.now(), created_by_id=actor.person_id)
    same = row.pk is not None and all(getattr(row, name) == value for name, value in values.items())
    for name, value in values.items():
        setattr(row, name, value)
    if not same:
        row.save()
    moved = activities is not None and _set_activities(row, provider, activities)
    return row if moved or not same else Unchanged(row)


def _set_activities(row: Any, provider: AccreditedProvider, ids: Iterable[int]) -> bool:
    wanted = set(Activity.objects.filter(provider=provider, pk__in=list(ids)).values_list("pk", flat=True))
    through = type(row).activities.through
    own = type(row).activities.field.m2m_field_name()
    kept = set(through.objects.filter(**{own: row}).values_list("activity_id", flat=True))
    through.objects.filter(**{own: row}, activity_id__in=kept - wanted).delete()
    through.objects.bulk_create([through(**{own: row}, activity_id=pk) for pk in sorted(wanted - kept)])
    return kept != wanted


# --- innovation


@action(needs=P.EDIT_IMPROVEMENT, audit="innovation.kept")
def keep_innovation(
    actor: Actor, provider: AccreditedProvider, *, entry: Innovation | None = None, title: str, origin: str, approach: str, source: str = "",
    evidence: str = "", strength: str = "", effect_on_mission: str = "", activities: Sequence[int] = (),
) -> Innovation | Unchanged:  # fmt: skip
    """An approach of our own or of others; others' name where they are described (UMASS-05)."""
    if origin == Innovation.Origin.OTHERS and not source.strip():
        raise problem("innovation.source", "It is not said who built this approach.", "Name the provider and where it is described.", "source")  # fmt: skip
    values = {
        "title": title, "origin": origin, "approach": approach, "source": source, "evidence": evidence, "strength": strength,
        "effect_on_mission": effect_on_mission,
    }  # fmt: skip
    return _keep(Innovation, actor, provider, entry, values, activities)


@action(needs=P.EDIT_IMPROVEMENT, audit="innovation.decided")
def decide_innovation(actor: Actor, innovation: Innovation, *, decision: str, reason: str) -> Innovation | Unchanged:
    """Adopt, adapt or reject, with the reason (UMASS-06)."""
    if decision not in Innovation.Decision.values or decision == Innovation.Decision.OPEN:
        raise problem("innovation.decision", "This is not a decision.", "Choose adopt, adapt or reject.", "decision")
    if not reason.strip():
        raise problem("innovation.reason", "The decision has no reason.", "Say in a sentence why.", "reason")
    if (innovation.decision, innovation.decision_reason) == (decision, reason.strip()):
        return Unchanged(innovation)
    innovation.decision, innovation.decision_reason = decision, reason.strip()
    innovation.decided_on, innovation.decided_by_id = clock.today(innovation.provider.time_zone), actor.person_id
    innovation.save()
    return innovation


# --- collaboration


@action(needs=P.EDIT_IMPROVEMENT, audit="collaboration.kept")
def keep_collaboration(
    actor: Actor, provider: AccreditedProvider, *, entry: Collaboration | None = None, title: str, partner: str, purpose: str, role: str,
    effective_from: dt.date, effective_until: dt.date | None = None, results: str = "", activities: Sequence[int] = (),
) -> Collaboration | Unchanged:  # fmt: skip
    """Work with a partner organisation (UMASS-13)."""
    if effective_until is not None and effective_until < effective_from:
        raise problem("collaboration.span", "It ends before it begins.", "Correct the days.", "effective_until")
    values = {
        "title": title, "partner": partner, "purpose": purpose, "role": role, "effective_from": effective_from,
        "effective_until": effective_until, "results": results,
    }  # fmt: skip
    return _keep(Collaboration, actor, provider, entry, values, activities)


# --- research


@action(needs=P.EDIT_IMPROVEMENT, audit="research.kept")
def keep_project(
    actor: Actor, provider: AccreditedProvider, *, entry: ResearchProject | None = None, title: str, kind: str, lead: str, question: str,
    support: str = "", ethics_board: str = "", ethics_number: str = "", ethics_until: dt.date | None = None, activities: Sequence[int] = (),
) -> ResearchProject | Unchanged:  # fmt: skip
    """A research project, our own or supported; data leave only with an ethics number (UCONN-28)."""
    values = {
        "title": title, "kind": kind, "lead": lead, "question": question, "support": support, "ethics_board": ethics_board,
        "ethics_number": ethics_number, "ethics_until": ethics_until,
    }  # fmt: skip
    return _keep(ResearchProject, actor, provider, entry, values, activities)


@action(needs=P.EDIT_IMPROVEMENT, audit="research.disseminated")
def add_dissemination(
    actor: Actor, project: ResearchProject, *, step: str, on: dt.date, where: str
) -> Dissemination | Unchanged:
    """A step by which the results reached others (UCONN-29)."""
    if step not in Dissemination.Step.values:
        raise problem("research.step", "This is not a step.", "Choose submitted, presented or published.", "step")
    if not where.strip():
        raise problem("research.where", "It is not said where.", "Name the journal, meeting or body.", "where")
    row, made = Dissemination.objects.get_or_create(
        project=project, step=step, where=where.strip()[:300], defaults={"on": on}
    )
    return row if made else Unchanged(row)


@action(needs=P.EXPORT, audit="research.exported")
def export_answers(
    actor: Actor, project: ResearchProject, *, year: int, columns: Sequence[str]
) -> ResearchExport | Unchanged:
    """De-identified evaluation answers of a year as a file, logged. Refused without an ethics number in force, for columns that are not
    on the allow-list, and where a combination of the columns would stand for fewer people than the smallest group (it says which)."""
    chosen = tuple(key for key in research.COLUMNS if key in columns)
    built = research.built(project, year, chosen, set(columns) - set(chosen))
    file = files.store(built.content, f"answers-{project.pk}-{year}.csv", "text/csv; charset=utf-8")
    return ResearchExport.objects.create(
        project=project, year=year, columns=" ".join(chosen), rows=built.rows, smallest_group=built.smallest,
        ethics_number=project.ethics_number, file=file, made_at=clock.now(), made_by_id=actor.person_id,
    )  # fmt: skip


# --- LCME and ACGME


@action(needs=P.EDIT_IMPROVEMENT, audit="elements.imported")
def import_elements(
    actor: Actor, provider: AccreditedProvider, *, body: str, data: bytes
) -> AccreditedProvider | Unchanged:
    """The list of a body's elements from CSV (columns code and title). Elements that are no longer in it are retired, not deleted."""
    if body not in StandardElement.Body.values:
        raise problem("elements.body", "This list is not known here.", "Choose LCME or ACGME.", "body")
    wanted = _elements(data)
    known = {row.code: row for row in StandardElement.objects.filter(provider=provider, body=body)}
    today = clock.today(provider.time_zone)
    before = {code: (row.title, row.position) for code, row in known.items() if row.retired_on is None}
    if before == {code: (title, position) for position, (code, title) in enumerate(wanted.items())}:
        return Unchanged(provider)
    for position, (code, title) in enumerate(wanted.items()):
        row = known.pop(code, None) or StandardElement(provider=provider, body=body, code=code)
        row.title, row.position, row.retired_on = title, position, None
        row.save()
    StandardElement.objects.filter(pk__in=[row.pk for row in known.values()], retired_on=None).update(retired_on=today)
    return provider


def _elements(data: bytes) -> dict[str, str]:
    sheet = read_table(data, ("code", "title"), limits=Limits(bytes=2_000_000, rows=MOST_ELEMENTS))
    refuse_if_any(sheet.reasons)
    rows = [row.cells for row in sheet.rows]
    found = {row["code"][:20]: row["title"][:300] for row in rows if row["code"] and row["title"]}
    if not found or len(found) > MOST_ELEMENTS:
        raise problem("elements.rows", f"The file holds {len(found)} elements.", f"Give 1 to {MOST_ELEMENTS:,} rows with code and title.", "file")  # fmt: skip
    return found


@action(needs=P.EDIT_IMPROVEMENT, audit="element.mapped")
def map_element(
    actor: Actor,
    element: StandardElement,
    *,
    activity_id: int | None = None,
    item_id: int | None = None,
    note: str = "",
) -> ElementMapping | Unchanged:
    """Say that one activity, or one item of faculty development, serves an element (UCONN-30, 31)."""
    if (activity_id is None) == (item_id is None):
        raise problem(
            "element.thing", "Choose one activity or one item.", "Choose exactly one of the two.", "activity_id"
        )
    model: Any = Activity if activity_id is not None else FacultyItem
    thing = model.objects.filter(provider_id=element.provider_id, pk=activity_id or item_id).first()
    if thing is None:
        raise problem("element.thing", "This is not of your program.", "Choose one of the list.", "activity_id")
    key = {"activity": thing} if activity_id is not None else {"item": thing}
    row, made = ElementMapping.objects.get_or_create(element=element, **key, defaults={"note": note.strip()[:300]})
    return row if made else Unchanged(row)


# --- faculty development


@action(needs=P.EDIT_IMPROVEMENT, audit="faculty_item.kept")
def keep_faculty_item(
    actor: Actor, provider: AccreditedProvider, *, entry: FacultyItem | None = None, title: str, track: str, about: str = "",
    position: int = 1, activity_id: int | None = None,
) -> FacultyItem | Unchanged:  # fmt: skip
    """Something for people who teach, or a step of the pathway for leaders; it may be an accredited activity."""
    activity = Activity.objects.filter(provider=provider, pk=activity_id).first() if activity_id else None
    values = {"title": title, "track": track, "about": about, "position": position, "activity": activity}
    return _keep(FacultyItem, actor, provider, entry, values)


@action(needs=P.EDIT_IMPROVEMENT, audit="pathway.enrolled")
def enrol(actor: Actor, provider: AccreditedProvider, *, person: Person) -> AccreditedProvider | Unchanged:
    """Put a colleague on the leadership pathway: every step of it lies ahead (WASHU-36)."""
    ours = RoleGrant.objects.filter(person=person, provider=provider, revoked_at=None).exists()
    if not (ours or person.affiliations.filter(provider=provider).exists()):
        raise problem("pathway.person", "This person is not known to the program.", "Choose a colleague.", "person")
    items = FacultyItem.objects.filter(provider=provider, track=FacultyItem.Track.LEADERSHIP, retired_on=None)
    known = set(PathwayStep.objects.filter(item__in=items, person=person).values_list("item_id", flat=True))
    ahead = [PathwayStep(item=item, person=person) for item in items if item.pk not in known]
    if not ahead and not known:
        raise problem("pathway.empty", "The pathway has no step.", "Add its steps first.", "person")
    PathwayStep.objects.bulk_create(ahead)
    return provider if ahead else Unchanged(provider)


@action(needs=P.EDIT_IMPROVEMENT, audit="pathway.stepped")
def complete_step(actor: Actor, step: PathwayStep, *, done_on: dt.date) -> PathwayStep | Unchanged:
    """A step of the pathway is done."""
    if done_on > clock.today(step.item.provider.time_zone):
        raise problem("pathway.ahead", f"{done_on} is still ahead.", "Write the day it was done.", "done_on")
    if step.done_on == done_on:
        return Unchanged(step)
    step.done_on = done_on
    step.save(update_fields=["done_on"])
    return step


# --- distinction


@action(needs=P.EDIT_IMPROVEMENT, audit="distinction.kept")
def keep_distinction(
    actor: Actor, provider: AccreditedProvider, *, entry: Distinction | None = None, title: str, kind: str, by_whom: str, on: dt.date,
    evidence: str = "",
) -> Distinction | Unchanged:  # fmt: skip
    """An award, presentation, publication or commendation (UMASS-23)."""
    if kind not in Distinction.Kind.values:
        raise problem("distinction.kind", "This kind is not in the list.", "Choose one of the list.", "kind")
    return _keep(Distinction, actor, provider, entry, {"title": title, "kind": kind, "by_whom": by_whom, "on": on, "evidence": evidence})  # fmt: skip
