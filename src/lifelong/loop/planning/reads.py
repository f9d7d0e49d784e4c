"""What we know of plans: lists that stay flat however long they are, and one activity with everything on it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db.models import Count, DateTimeField, OuterRef, Prefetch, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Coalesce
from django.utils.dateparse import parse_datetime

from lifelong.kernel import clock
from lifelong.kernel.access import Actor, Permission, reach
from lifelong.kernel.problems import NotFound
from lifelong.loop.needs.reads import Page
from lifelong.loop.people.models import Affiliation
from lifelong.loop.planning.models import (
    Activity,
    ActivityGap,
    ActivityTerm,
    AgendaBreak,
    PlanningRole,
    SeriesRule,
    Session,
)
from lifelong.loop.program.models import AccreditedProvider, Organisation, Term
from lifelong.rules.gates import Gate

PAGE = 50
SEARCH_DEPTH = (
    20_000  # words inside a title are looked for in so many of the newest activities; a title's beginning in all
)
FOUND = 200  # rows of one search: whoever needs more narrows it
STATES = ("all", "draft", "published", "upcoming", "series", "closed")
SORTS = ("newest", "start", "title")


@dataclass(frozen=True, slots=True)
class ActivityQuery:
    """A staff list as its address says it. `after` is the key of the row before, as `Page.next_after` gave it."""

    search: str = ""
    state: str = "all"
    format: str = ""
    organisation_id: int | None = None
    sort: str = "newest"
    after: str = ""
    limit: int = PAGE


def activities(viewer: Actor, provider: AccreditedProvider, query: ActivityQuery | None = None) -> Page[Activity]:
    """One page of the activities a viewer may see: one query by keyset, no count, whatever the size of the table."""
    asked = query or ActivityQuery()
    rows = within(viewer, provider, Permission.SEE_PLANNING)
    rows = _in_state(rows, asked.state)
    if asked.format:
        rows = rows.filter(format=asked.format)
    if asked.organisation_id is not None:
        rows = rows.filter(organisation_id=asked.organisation_id)
    if asked.search.strip():
        rows = _searched(rows, provider, asked.search)
    rows = _after(rows, "soonest" if asked.state == "upcoming" else asked.sort, asked.after)
    found = list(rows.select_related("organisation")[: asked.limit + 1])
    sort = "start" if asked.state == "upcoming" else asked.sort
    return Page(found[: asked.limit], _key(found[asked.limit - 1], sort) if len(found) > asked.limit else "")


def _in_state(rows: QuerySet[Activity], state: str) -> QuerySet[Activity]:
    if state == "draft":
        return rows.filter(published_at=None, closed_at=None)
    if state == "published":
        return rows.filter(published_at__isnull=False, closed_at=None)
    if state == "upcoming":
        return rows.filter(starts_on__gte=clock.today())
    if state == "series":
        return rows.filter(is_series=True)
    if state == "closed":
        return rows.filter(closed_at__isnull=False)
    return rows


def _searched(rows: QuerySet[Activity], provider: AccreditedProvider, search: str) -> QuerySet[Activity]:
    text = search.strip().casefold()[:100]
    begins = rows.filter(sort_title__gte=text, sort_title__lt=text + "\U0010ffff").order_by("sort_title", "id")
    last = Activity.objects.filter(provider=provider).order_by("-number").values_list("number", flat=True).first() or 0
    inside = rows.filter(number__gt=last - SEARCH_DEPTH).order_by("-number")
    for word in text.split()[:5]:
        inside = inside.filter(title__icontains=word)
    # searches that each walk one index as far as they must; one condition with OR would read the whole table
    ids = {*begins.values_list("id", flat=True)[:FOUND], *inside.values_list("id", flat=True)[:FOUND]}
    if text.isdecimal():
        ids.update(rows.filter(number=int(text[:9])).values_list("id", flat=True))
    return rows.filter(id__in=ids)


def _after(rows: QuerySet[Activity], sort: str, after: str) -> QuerySet[Activity]:
    key, _, last = after.rpartition("~")
    if sort == "start":
        rows = rows.filter(starts_on__isnull=False).order_by("-starts_on", "-id")
        if last.isdecimal() and (day := _day(key)):
            rows = rows.filter(starts_on__lte=day).exclude(starts_on=day, id__gte=int(last))
        return rows
    if sort == "soonest":
        rows = rows.order_by("starts_on", "id")
        if last.isdecimal() and (day := _day(key)):
            rows = rows.filter(starts_on__gte=day).exclude(starts_on=day, id__lte=int(last))
        return rows
    if sort == "title":
        rows = rows.order_by("sort_title", "id")
        if last.isdecimal():
            rows = rows.filter(sort_title__gte=key).exclude(sort_title=key, id__lte=int(last))
        return rows
    rows = rows.order_by("-number")
    return rows.filter(number__lt=int(last)) if last.isdecimal() else rows


def _key(row: Activity, sort: str) -> str:
    if sort == "start":
        return f"{row.starts_on}~{row.pk}"
    return f"{row.sort_title}~{row.pk}" if sort == "title" else f"~{row.number}"


def latest_first(rows: QuerySet[Activity], before: int | None) -> QuerySet[Activity]:
    """Those with a first day, the latest first; `before` is the id of the last line seen. One index carries it."""
    rows = rows.filter(starts_on__isnull=False).order_by("-starts_on", "-id")
    day = Activity.objects.filter(pk=before).values_list("starts_on", flat=True).first() if before else None
    return rows if day is None else rows.filter(starts_on__lte=day).exclude(starts_on=day, id__gte=before)


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def within(viewer: Actor, provider: AccreditedProvider, needs: Permission) -> QuerySet[Activity]:
    """The activities of a provider that the viewer's roles reach with `needs`."""
    everything, organisations, ids = reach(viewer, needs, provider.pk)
    rows = Activity.objects.filter(provider=provider)
    if everything:
        return rows
    return rows.filter(Q(organisation_id__in=organisations) | Q(id__in=ids))


def activity(
    viewer: Actor, provider: AccreditedProvider, activity_id: int, needs: Permission = Permission.SEE_PLANNING
) -> Activity:
    """One activity with gaps, results, terms, objectives, people and references; a fixed number of queries."""
    found = (
        within(viewer, provider, needs)
        .filter(pk=activity_id)
        .select_related("provider", "organisation", "joint_provider", "copied_from", "created_by", "series_rule")
        .prefetch_related(
            Prefetch(
                "activity_gaps",
                ActivityGap.objects.select_related("gap__measure", "gap__place", "gap__baseline", "gap__organisation"),
            ),
            "activity_gaps__gap__needs",
            "activity_gaps__gap__gap_sources__source",
            "activity_results__expected_result",
            Prefetch(
                "activity_terms",
                ActivityTerm.objects.select_related("term").order_by("term__taxonomy", "term__position"),
            ),
            "objectives",
            "references",
            Prefetch(
                "planning_roles",
                PlanningRole.objects.filter(ended_at=None).select_related("person", "session").order_by("kind", "id"),
            ),
        )
        .first()
    )
    if found is None:
        raise NotFound("activity")
    return found


@dataclass(frozen=True, slots=True)
class PlannedFromGap:
    """An activity that addresses a gap, as far as the gap's thread asks: its objectives, whether it is open, sessions held."""

    activity_id: int
    title: str
    starts_on: dt.date | None
    published: bool
    objectives: int
    held: int


def activities_of_gap(viewer: Actor, provider: AccreditedProvider, gap_id: int) -> list[PlannedFromGap]:
    """What is planned from a gap, newest first."""
    rows = (
        within(viewer, provider, Permission.SEE_PLANNING)
        .filter(activity_gaps__gap_id=gap_id)
        .annotate(
            objective_count=Count(
                "objectives", filter=Q(objectives__gap_id=gap_id) | Q(objectives__gap=None), distinct=True
            ),
            held_count=Count(
                "sessions", filter=Q(sessions__ends_at__lte=clock.now(), sessions__cancelled_at=None), distinct=True
            ),
        )
        .order_by("-number")[:20]
    )
    return [
        PlannedFromGap(
            row.pk, row.title, row.starts_on, row.published_at is not None, row.objective_count, row.held_count
        )
        for row in rows
    ]


def sessions(of: Activity, *, after: str = "", since: dt.datetime | None = None, limit: int = 200) -> Page[Session]:
    """Sessions by start, cancelled ones among them; `after` is "instant~id", `since` leaves out those that ended before."""
    rows = of.sessions.order_by("starts_at", "id")
    if since is not None:
        rows = rows.filter(ends_at__gte=since)
    key, _, last = after.rpartition("~")
    at = parse_datetime(key) if last.isdecimal() and len(last) < 19 else None
    if at is not None:
        rows = rows.filter(starts_at__gte=at).exclude(starts_at=at, id__lte=int(last))
    found = list(rows[: limit + 1])
    return Page(
        found[:limit], f"{found[limit - 1].starts_at.isoformat()}~{found[limit - 1].pk}" if len(found) > limit else ""
    )


def session(
    viewer: Actor, provider: AccreditedProvider, session_id: int, needs: Permission = Permission.SEE_PLANNING
) -> Session:
    found = (
        Session.objects.select_related("activity__provider", "activity__organisation")
        .filter(pk=session_id, activity__provider=provider)
        .first()
    )
    if found is None or not within(viewer, provider, needs).filter(pk=found.activity_id).exists():
        raise NotFound("session")
    return found  # type: ignore[no-any-return]


def has_begun(of: Activity) -> bool:
    """Whether any session was held, or is being held."""
    return of.sessions.filter(starts_at__lte=clock.now(), cancelled_at=None).exists()


@dataclass(frozen=True, slots=True)
class AudienceMatrix:
    """Whom an activity is for: professions by specialties, each in the order of its list, and the cells that are meant."""

    professions: tuple[Term, ...]
    specialties: tuple[Term, ...]
    cells: frozenset[tuple[Term, Term]]


def audience(of: Activity) -> AudienceMatrix:
    """The audience of an activity. Cells chosen once are kept only as far as both terms are still named; without any, all are meant."""
    links = of.activity_terms.filter(term__taxonomy__in=("audience", "specialty")).select_related("term")
    named = sorted((link.term for link in links), key=lambda term: term.position)
    rows = tuple(term for term in named if term.taxonomy == "audience")
    columns = tuple(term for term in named if term.taxonomy == "specialty")
    every = frozenset((row, column) for row in rows for column in columns)
    chosen = set(of.audience_cells.values_list("profession_id", "specialty_id"))
    kept = frozenset(cell for cell in every if (cell[0].pk, cell[1].pk) in chosen)
    return AudienceMatrix(rows, columns, kept or every)


def breaks(of: Activity) -> list[AgendaBreak]:
    return list(of.breaks.all())


def role(viewer: Actor, provider: AccreditedProvider, role_id: int) -> PlanningRole:
    found = (
        PlanningRole.objects.select_related("activity__provider", "person")
        .filter(pk=role_id, activity__provider=provider)
        .first()
    )
    if found is None or not within(viewer, provider, Permission.SEE_PLANNING).filter(pk=found.activity_id).exists():
        raise NotFound("role")
    return found  # type: ignore[no-any-return]


def series_rule(of: Activity) -> SeriesRule | None:
    return SeriesRule.objects.filter(activity=of).first()


def gates_passed(of: Activity) -> frozenset[Gate]:
    """The gates whose latest row says passed."""
    latest: dict[str, bool] = {}
    for gate, reopened in of.gates.order_by("id").values_list("gate", "reopened"):
        latest[gate] = not reopened
    return frozenset(Gate(gate) for gate, passed in latest.items() if passed)


def open_to(viewer: Actor, provider: AccreditedProvider) -> Q:
    """Which activities of the program exist for a visitor: restricted ones only for its affiliated people and who works on them."""
    everything, organisations, ids = reach(viewer, Permission.SEE_PLANNING, provider.pk)
    mine = Affiliation.objects.filter(person_id=viewer.person_id or 0, provider=provider, is_affiliated=True)
    if everything or mine.exists():
        return Q()
    return Q(is_open_to_all=True) | Q(organisation_id__in=organisations) | Q(id__in=ids)


def is_open_to(viewer: Actor, of: Activity) -> bool:
    return of.is_open_to_all or Activity.objects.filter(pk=of.pk).filter(open_to(viewer, of.provider)).exists()


def _on_offer(viewer: Actor, provider: AccreditedProvider) -> QuerySet[Activity]:
    """Published, not closed, not over, and open to the visitor."""
    today = clock.today(provider.time_zone)
    rows = Activity.objects.filter(
        provider=provider, published_at__isnull=False, closed_at=None, starts_on__isnull=False
    )
    return rows.filter(Q(ends_on__gte=today) | Q(ends_on=None)).filter(open_to(viewer, provider))


def catalogue(
    viewer: Actor,
    provider: AccreditedProvider,
    *,
    search: str = "",
    term_ids: tuple[int, ...] = (),
    format: str = "",
    after: str = "",
    limit: int = 24,
) -> Page[Activity]:
    """What a visitor may see, by the next session (`next_at`, None without one), else the first day. `after` is "instant~id"."""
    rows = _on_offer(viewer, provider)
    if format:
        rows = rows.filter(format=format)
    for term_id in term_ids:
        rows = rows.filter(activity_terms__term_id=term_id)
    for word in search.casefold().split()[:5]:
        rows = rows.filter(Q(title__icontains=word) | Q(summary__icontains=word))
    ahead = Session.objects.filter(activity=OuterRef("pk"), cancelled_at=None, ends_at__gte=clock.now())
    rows = rows.annotate(next_at=Subquery(ahead.order_by("starts_at").values("starts_at")[:1]))
    comes = Cast(Coalesce("next_at", Cast("starts_on", DateTimeField())), DateTimeField())
    rows = rows.annotate(comes=comes).order_by("comes", "id")
    key, _, last = after.rpartition("~")
    at = parse_datetime(key) if last.isdecimal() and len(last) < 19 else None
    if at is not None and at.tzinfo is not None:
        same = Cast(Value(at, DateTimeField()), DateTimeField())  # SQLite compares texts: both sides in one form
        rows = rows.filter(comes__gte=same).exclude(comes=same, id__lte=int(last))
    found = list(rows[: limit + 1])
    return Page(
        found[:limit], f"{found[limit - 1].comes.isoformat()}~{found[limit - 1].pk}" if len(found) > limit else ""
    )


def on_offer(viewer: Actor, provider: AccreditedProvider) -> tuple[frozenset[str], frozenset[int]]:
    """What the catalogue can be narrowed by: formats and terms of activities that are in it now."""
    rows = _on_offer(viewer, provider)
    terms = ActivityTerm.objects.filter(activity__in=rows.values("pk")).order_by().values_list("term_id", flat=True)
    formats = rows.order_by().values_list("format", flat=True)
    return frozenset(formats.distinct()), frozenset(terms.distinct())


def _published(viewer: Actor, provider: AccreditedProvider) -> QuerySet[Activity]:
    return Activity.objects.filter(provider=provider, published_at__isnull=False).filter(open_to(viewer, provider))


def serving(viewer: Actor, provider: AccreditedProvider, results: Collection[int], limit: int = 200) -> list[Activity]:
    """Published activities that serve one of these expected results, the newest first; each once."""
    rows = _published(viewer, provider).filter(activity_results__expected_result__in=list(results))
    rows = rows.distinct().order_by("-starts_on", "-id").prefetch_related("activity_results__expected_result")
    return list(rows[:limit])


def serving_counts(
    viewer: Actor, provider: AccreditedProvider, wanted: Mapping[int, Collection[int]]
) -> dict[int, int]:
    """For each key (say, a goal) the number of published activities that serve one of its results. One query."""
    counts = {
        f"n{key}": Count("pk", distinct=True, filter=Q(activity_results__expected_result__in=list(results)))
        for key, results in wanted.items()
    }
    found = _published(viewer, provider).aggregate(**counts) if counts else {}
    return {key: found[f"n{key}"] for key in wanted}


def may_plan_for(viewer: Actor, provider: AccreditedProvider) -> tuple[bool, QuerySet[Organisation]]:
    """Where the viewer may put an activity: whether the office itself, and which organisations."""
    everything, organisations, _ = reach(viewer, Permission.EDIT_PLANNING, provider.pk)
    rows = Organisation.objects.filter(provider=provider)
    return everything, rows if everything else rows.filter(pk__in=organisations)
