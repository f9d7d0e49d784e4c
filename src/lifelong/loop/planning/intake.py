"""What we know of applications: the steps, what is missing, the queue, conditions, and who else plans the same at that time."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Min, Q, QuerySet

from lifelong.kernel import clock
from lifelong.kernel.access import Actor, Permission, Role, reach
from lifelong.kernel.problems import NotFound
from lifelong.loop.people.models import RoleGrant
from lifelong.loop.planning.models import Activity, Application, ApplicationCondition, ExplainerRead, Session
from lifelong.loop.planning.reads import within
from lifelong.loop.program.models import AccreditedProvider, Organisation
from lifelong.rules import planning as rules
from lifelong.rules.verdict import Reason

GAP_KINDS = ("knowledge", "quality", "performance")
SHOWN = 200
NAMED = 20  # overlaps


@lru_cache(maxsize=1)
def _words() -> dict[str, Any]:
    return tomllib.loads(files("lifelong.loop.planning").joinpath("intake.toml").read_text("utf-8"))


def explainer() -> dict[str, Any]:
    """`version`, `title`, `minutes`, `points`."""
    found: dict[str, Any] = _words()["explainer"]
    return found


def steps() -> list[dict[str, Any]]:
    """Each with `key`, `title`, `help`, `fields`, `good` and `weak` (examples)."""
    found: list[dict[str, Any]] = _words()["step"]
    return found


def explainer_read(person_id: int | None, provider: AccreditedProvider) -> dt.datetime | None:
    """When this person confirmed the explainer in its present version; None: not yet."""
    rows = ExplainerRead.objects.filter(person_id=person_id or 0, provider=provider, version=explainer()["version"])
    return rows.values_list("read_at", flat=True).first()


# --- applications


def applications(viewer: Actor, provider: AccreditedProvider, state: str = "") -> list[Application]:
    """Applications in the viewer's reach: those that wait first, then the newest."""
    rows = _within(viewer, provider).select_related("organisation", "applicant")
    if state:
        rows = rows.filter(state=state)
    found = list(rows.annotate(open_conditions=_open_conditions()).order_by("-id")[:SHOWN])
    return sorted(found, key=lambda row: row.state != Application.State.SUBMITTED)


def _open_conditions() -> Count:
    return Count("conditions", filter=Q(conditions__met_at=None))


def _within(viewer: Actor, provider: AccreditedProvider) -> QuerySet[Application]:
    everything, organisations, _ = reach(viewer, Permission.SEE_PLANNING, provider.pk)
    rows = Application.objects.filter(provider=provider)
    return rows if everything else rows.filter(organisation_id__in=organisations)


def application(
    viewer: Actor, provider: AccreditedProvider, application_id: int, needs: Permission = Permission.SEE_PLANNING
) -> Application:
    everything, organisations, _ = reach(viewer, needs, provider.pk)
    rows = Application.objects.filter(provider=provider, pk=application_id)
    rows = rows if everything else rows.filter(organisation_id__in=organisations)
    found = rows.select_related("provider", "organisation", "applicant", "decided_by", "activity").first()
    if found is None:
        raise NotFound("application")
    return found  # type: ignore[no-any-return]


def decided(application_id: int) -> Application | None:
    """An application that somebody has decided on, with applicant and program; for the mail about it."""
    rows = Application.objects.select_related("provider", "applicant").prefetch_related("conditions")
    return rows.filter(pk=application_id, decided_at__isnull=False).first()


def condition(
    viewer: Actor, provider: AccreditedProvider, condition_id: int, needs: Permission
) -> ApplicationCondition:
    rows = ApplicationCondition.objects.select_related("application__provider")
    found = rows.filter(application__provider=provider, pk=condition_id).first()
    if found is None:
        raise NotFound("condition")
    application(viewer, provider, found.application_id, needs)
    return found  # type: ignore[no-any-return]


def overdue(viewer: Actor, provider: AccreditedProvider) -> list[ApplicationCondition]:
    """Conditions that are not met though their day is over, the oldest first."""
    late = ApplicationCondition.objects.filter(
        application__in=_within(viewer, provider).values("pk"), met_at=None, due_on__lt=clock.today(provider.time_zone)
    )
    return list(late.select_related("application__organisation", "application__applicant")[:SHOWN])


def waiting(viewer: Actor, provider: AccreditedProvider) -> int:
    """Applications in the viewer's reach that wait for the office."""
    return _within(viewer, provider).filter(state=Application.State.SUBMITTED).count()


def conditions_of(activity: Activity) -> list[ApplicationCondition]:
    """What the office asked for when it approved the activity and has not seen yet."""
    rows = ApplicationCondition.objects.filter(application__activity=activity, met_at=None)
    return list(rows.select_related("application"))


def gap_text(of: Application) -> str:
    return f"{of.gap_now} {of.gap_wanted}".strip()


def missing(of: Application) -> tuple[Reason, ...]:
    """What an application still needs before it may be sent, by the same rules as a plan; `field` is one of the steps' fields."""
    facts = rules.PlanFacts(
        gap_text=gap_text(of), gap_type=of.gap_kind, gap_types=GAP_KINDS,
        needs=(rules.NeedFacts(kind=of.need_kind, text=of.need_text),) if of.need_kind or of.need_text else (),
        sources=(rules.SourceFacts(kind=of.source_kind, citation=of.citation),),
        changes=(rules.ChangeFacts(kind=of.intended_change, text=of.intended_change_text, linked_to_expected_result=True),)
        if of.intended_change else (),
    )  # fmt: skip
    found = [*rules.gap_described(facts), *rules.needs_explained(facts), *rules.designed_to_change(facts)]
    asked = {
        "gap_text": "gap_now",
        "gap_type": "gap_kind",
        "needs": "need_text",
        "sources": "citation",
        "changes": "intended_change",
    }
    found = [Reason(one.rule, one.sentence, one.next_step, asked.get(one.field, one.field)) for one in found]
    for field, sentence, step in (
        ("gap_now", "It is not said what is done today.", "Say what happens now, with a number where there is one."),
        ("gap_wanted", "It is not said what should be done.", "Say what the guideline or your own aim asks for."),
        ("source_kind", "The kind of source is not chosen.", "Choose one of the program's list."),
        ("format", "No format is chosen.", "Choose one of the program's formats."),
        ("planned_on", "It is not said when it is planned.", "Choose a day of that month."),
    ):
        if not getattr(of, field) and not any(one.field == field for one in found):
            found.append(Reason("planning.application", sentence, step, field))
    return tuple(found)


# --- who else plans the same


@dataclass(frozen=True, slots=True)
class Overlap:
    """Something of another department on the same topic in the same month. `title` only where the viewer may read it."""

    organisation: str
    month: dt.date
    words: tuple[str, ...]
    ask: tuple[str, ...]  # who coordinates there
    title: str = ""
    activity_id: int | None = None


def topics(title: str) -> dict[str, str]:
    """The words of a title that say what it is about, by their stem: long enough, not of the plain ones; in the order of the title."""
    rule = _words()["overlap"]
    words = re.findall(r"[^\W\d_]+", title.casefold())
    telling = (word for word in words if len(word) >= rule["least_letters"] and word not in rule["plain"])
    return {word if word.endswith("sis") else word.removesuffix("s"): word for word in telling}


def overlaps(viewer: Actor, of: Activity | Application) -> list[Overlap]:
    """What other departments plan on the same topic in the same month (UCONN-16): activities, and applications that wait."""
    words = topics(of.title)
    months = _months([of])[of.pk] if words else set()
    if not months:
        return []
    alike = Q()
    for word in words:  # stems: whatever holds one holds its plural
        alike |= Q(title__icontains=word)
    activities = Activity.objects.filter(alike, _in_span(of.provider, min(months), max(months)), closed_at=None)
    asked = Application.objects.filter(alike, state=Application.State.SUBMITTED, planned_on__gte=min(months))
    found = []
    for rows in (activities, asked):
        rows = rows.filter(provider_id=of.provider_id).exclude(organisation_id=of.organisation_id)
        others = list(rows.select_related("provider", "organisation").order_by("id")[:SHOWN])
        at = _months(others)
        for other in others:
            shared = [word for stem, word in words.items() if stem in topics(other.title)]
            both = months & at[other.pk]
            if shared and both:
                found.append((min(both), _name(other.organisation), other, tuple(shared)))
    found = sorted(found, key=lambda one: one[:2])[:NAMED]
    ask = coordinators(of.provider_id, {other.organisation_id for *_, other, _ in found})
    ids = [other.pk for *_, other, _ in found if isinstance(other, Activity)]
    seen = within(viewer, of.provider, Permission.SEE_PLANNING).filter(pk__in=ids)
    known = set(seen.values_list("pk", flat=True))
    return [
        Overlap(name, month, shared, ask.get(other.organisation_id, ()), *((other.title, other.pk) if isinstance(other, Activity) and other.pk in known else ()))
        for month, name, other, shared in found
    ]  # fmt: skip


def _in_span(provider: AccreditedProvider, first: dt.date, last: dt.date) -> Q:
    """Activities that come together between the months of `first` and `last`, by the calendar of the program."""
    starts, ends = _instants(provider, first, last)
    held = Session.objects.filter(
        activity__provider=provider, cancelled_at=None, starts_at__gte=starts, starts_at__lt=ends
    )
    return Q(pk__in=held.values("activity")) | Q(starts_on__gte=first, starts_on__lt=_next(last), sessions=None)


def _instants(provider: AccreditedProvider, first: dt.date, last: dt.date) -> tuple[dt.datetime, dt.datetime]:
    """When the month of `first` begins and the month of `last` is over, where the program is."""
    zone = ZoneInfo(provider.time_zone)
    return (
        dt.datetime.combine(first, dt.time(), zone).astimezone(dt.UTC),
        dt.datetime.combine(_next(last), dt.time(), zone).astimezone(dt.UTC),
    )


def _next(month: dt.date) -> dt.date:
    return (month.replace(day=1) + dt.timedelta(days=32)).replace(day=1)


def _months(rows: Sequence[Activity | Application]) -> dict[int, set[dt.date]]:
    """First days of the months in which each is planned, from this month on, by the calendar of the program. One query at most."""
    days: dict[int, set[dt.date]] = {row.pk: set() for row in rows}
    if not rows:
        return days
    zone = ZoneInfo(rows[0].provider.time_zone)
    held = [row.pk for row in rows if isinstance(row, Activity)]
    ahead = Session.objects.filter(activity__in=held, cancelled_at=None, ends_at__gte=clock.now())
    for pk, at in ahead.values_list("activity_id", "starts_at"):
        days[pk].add(at.astimezone(zone).date())
    for row in rows:
        on = row.starts_on if isinstance(row, Activity) else row.planned_on
        if on and not days[row.pk]:
            days[row.pk].add(on)
    this = clock.today(rows[0].provider.time_zone).replace(day=1)
    return {pk: {day.replace(day=1) for day in found if day >= this} for pk, found in days.items()}


def coordinators(provider_id: int, organisation_ids: Collection[int | None]) -> dict[int, tuple[str, ...]]:
    """Who plans for each organisation, by name, at most five; nobody for the office itself."""
    rows = RoleGrant.objects.filter(
        provider_id=provider_id, organisation_id__in=[pk for pk in organisation_ids if pk], revoked_at=None,
        role__in=(Role.SERIES_COORDINATOR.value, Role.APPLICANT.value),
    )  # fmt: skip
    found: dict[int, dict[str, None]] = {}
    for row in rows.select_related("person").order_by("id"):
        found.setdefault(row.organisation_id, {})[row.person.full_name] = None
    return {pk: tuple(names)[:5] for pk, names in found.items()}


# --- the shared calendar


@dataclass(frozen=True, slots=True)
class Planned:
    """A line of the calendar: the first day in the month, how many sessions, where. Without reach only the topic is told."""

    on: dt.date
    sessions: int
    organisation: str
    title: str
    topic: tuple[str, ...]
    activity_id: int | None
    is_application: bool = False


def calendar(viewer: Actor, provider: AccreditedProvider, first: dt.date) -> list[Planned]:
    """What all departments plan in the month that begins on `first`: a line an activity, and applications that wait."""
    starts, ends = _instants(provider, first, first)
    zone, until = ZoneInfo(provider.time_zone), _next(first)
    in_month = Session.objects.filter(
        activity__provider=provider, cancelled_at=None, starts_at__gte=starts, starts_at__lt=ends
    )
    counted = in_month.order_by().values("activity").annotate(at=Min("starts_at"), n=Count("pk")).order_by("at")
    held = {row["activity"]: (row["at"].astimezone(zone).date(), row["n"]) for row in counted[:SHOWN]}
    bare = Activity.objects.filter(provider=provider, starts_on__gte=first, starts_on__lt=until, sessions=None)
    rows = Activity.objects.filter(Q(pk__in=held) | Q(pk__in=bare.values("pk"))).select_related("organisation")
    mine = set(
        within(viewer, provider, Permission.SEE_PLANNING).filter(pk__in=rows.values("pk")).values_list("pk", flat=True)
    )
    lines = []
    for row in rows.order_by("starts_on", "id"):
        on, sessions = held.get(row.pk, (row.starts_on, 0))
        is_mine = row.pk in mine
        topic = tuple(topics(row.title).values())
        lines.append(
            Planned(
                on, sessions, _name(row.organisation), row.title if is_mine else "", topic, row.pk if is_mine else None
            )
        )
    asked = Application.objects.filter(
        provider=provider, state=Application.State.SUBMITTED, planned_on__gte=first, planned_on__lt=until
    )
    readable = set(_within(viewer, provider).filter(pk__in=asked.values("pk")).values_list("pk", flat=True))
    lines += [
        Planned(row.planned_on, 0, row.organisation.name, row.title if row.pk in readable else "", tuple(topics(row.title).values()), None, True)
        for row in asked.select_related("organisation").order_by("planned_on", "id")[:SHOWN]
    ]  # fmt: skip
    return sorted(lines, key=lambda line: (line.on, line.organisation))[:SHOWN]


def _name(organisation: Organisation | None) -> str:
    return organisation.name if organisation else "The office itself"
