"""What we know of measures, places, sources and gaps."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Count, F, FloatField, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from lifelong.kernel.access import Actor, Permission, reach
from lifelong.kernel.models import Progress
from lifelong.kernel.problems import NotFound
from lifelong.loop.needs.models import (
    OWN_TABLE,
    Measure,
    MeasureImport,
    MeasurePlace,
    MeasurePoint,
    MeasureUpload,
    NeedsSource,
    PracticeGap,
)
from lifelong.loop.program.models import AccreditedProvider

PAGE = 50


Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """One page of a list: its rows and the key after which the next begins (empty at the end)."""

    rows: Sequence[Row]
    next_after: str = ""


@dataclass(frozen=True, slots=True)
class SeriesPoint:
    """One figure. `n`: its denominator (cases, discharges, days), or None where the publisher prints none."""

    point_id: int | None
    release: str
    period_start: dt.date | None
    period_end: dt.date | None
    value: float
    n: float | None = None
    low: float | None = None
    high: float | None = None
    overlaps_previous: bool = False
    is_frozen: bool = False

    @property
    def label(self) -> str:
        """How people call it: the month of the release, or the last month of a window of our own."""
        if self.period_end and not self.release[:7].count("-"):
            phase = self.release.partition(" ")[2]
            return f"{self.period_end:%Y-%m} {phase}".strip()
        return self.release


@dataclass(frozen=True, slots=True)
class SeriesLine:
    """One line of a chart: whose figures, and where a comparison was worked out here instead of published, from how many places."""

    kind: str  # hospital, practice, state, nation; office: its own figures of a measure that a publisher prints too
    label: str
    points: tuple[SeriesPoint, ...]
    computed_from: int = 0


@dataclass(frozen=True, slots=True)
class Series:
    """A measure at a place, with its state and the nation for comparison (lines without figures are left out).

    `own` never mixes hands: where a publisher prints the figure, it is the publisher's, and the office's stand beside it as `office`.
    """

    measure: Measure
    place: MeasurePlace
    own: SeriesLine
    comparisons: tuple[SeriesLine, ...]
    is_published: bool = True  # False: every figure here is the office's own

    @property
    def last(self) -> SeriesPoint | None:
        return self.own.points[-1] if self.own.points else None


def series(viewer: Actor, provider: AccreditedProvider, measure_id: int, place_id: int) -> Series:
    """The figures of one place over time beside those of its state and the nation. Three to four queries, whatever the length."""
    measure_row = measure(viewer, provider, measure_id)
    place = MeasurePlace.objects.filter(provider=provider, pk=place_id).first()
    if place is None:
        raise NotFound("place")
    points = list(MeasurePoint.objects.filter(measure=measure_row, place=place).select_related("source"))
    published = [point for point in points if point.source.layout != OWN_TABLE]
    ours = [point for point in points if point.source.layout == OWN_TABLE]
    own = SeriesLine(place.kind, place.name, _in_order(published or ours))
    found = [
        SeriesLine("office", "our own figures", _in_order(ours) if published else ()),
        _state_line(provider, measure_row, place),
        _published(provider, measure_row, "nation", "US", "United States"),
    ]
    comparisons = tuple(line for line in found if line.points and line.kind != place.kind)
    return Series(measure_row, place, own, comparisons, is_published=bool(published))


def _state_line(provider: AccreditedProvider, of: Measure, place: MeasurePlace) -> SeriesLine:
    """The state as published; where nothing is published, the mean of its places kept here, weighted by their cases."""
    if not place.state:
        return SeriesLine("state", "State", ())
    published = _published(provider, of, "state", place.state, place.state)
    if published.points:
        return published
    rows = (
        MeasurePoint.objects.filter(
            measure=of, place__provider=provider, place__kind=place.kind, place__state=place.state
        )
        .exclude(source__layout=OWN_TABLE if of.is_public else "")
        .values("release")
        .annotate(
            places=Count("id"),
            cases=Sum("denominator"),
            weight=Sum(Coalesce(F("denominator"), 1.0), output_field=FloatField()),
            total=Sum(F("value") * Coalesce(F("denominator"), 1.0), output_field=FloatField()),
        )
        .order_by("release")
    )
    points = tuple(
        SeriesPoint(None, row["release"], None, None, row["total"] / row["weight"], row["cases"])
        for row in rows
        if row["weight"]
    )
    places = max((row["places"] for row in rows), default=0)
    return SeriesLine("state", place.state, points if places > 1 else (), computed_from=places)


def _published(provider: AccreditedProvider, of: Measure, kind: str, code: str, label: str) -> SeriesLine:
    points = MeasurePoint.objects.filter(measure=of, place__provider=provider, place__kind=kind, place__code=code)
    return SeriesLine(kind, label, _in_order(points))


def _in_order(points: Sequence[MeasurePoint] | QuerySet[MeasurePoint]) -> tuple[SeriesPoint, ...]:
    found = sorted(points, key=lambda row: (row.period_end.isoformat() if row.period_end else row.release, row.release))
    return tuple(
        SeriesPoint(
            row.pk, row.release, row.period_start, row.period_end, row.value, row.denominator, row.low, row.high,
            row.overlaps_previous, row.is_frozen,
        )
        for row in found
    )  # fmt: skip


# --- measures and places


def measure(viewer: Actor, provider: AccreditedProvider, measure_id: int) -> Measure:
    _sees(viewer, provider, "measure")
    found = Measure.objects.filter(provider=provider, pk=measure_id).first()
    if found is None:
        raise NotFound("measure")
    return found  # type: ignore[no-any-return]


def measures(
    viewer: Actor, provider: AccreditedProvider, *, search: str = "", after: str = "", limit: int = PAGE
) -> Page[Measure]:
    """Measures in the order of their keys; `search` looks into key, title and topic."""
    _sees(viewer, provider, "measure")
    rows = Measure.objects.filter(provider=provider, key__gt=after)
    for word in search.split()[:5]:
        rows = rows.filter(Q(key__icontains=word) | Q(title__icontains=word) | Q(topic__icontains=word))
    found = list(rows.order_by("key")[: limit + 1])
    return Page(found[:limit], found[limit - 1].key if len(found) > limit else "")


def places(
    viewer: Actor, provider: AccreditedProvider, *, measure_id: int | None = None, search: str = "", kinds: Sequence[str] = ("hospital", "practice"),
    after: str = "", limit: int = PAGE,
) -> Page[MeasurePlace]:  # fmt: skip
    """Places by name; with `measure_id` only those that have a figure of it. `after` is "name\nid" of the row before."""
    _sees(viewer, provider, "place")
    rows = MeasurePlace.objects.filter(provider=provider, kind__in=kinds)
    if measure_id is not None:
        rows = rows.filter(points__measure_id=measure_id).distinct()
    for word in search.split()[:5]:
        rows = rows.filter(
            Q(name__icontains=word) | Q(code__iexact=word) | Q(city__icontains=word) | Q(state__iexact=word)
        )
    name, _, last = after.rpartition("\n")
    if last.isdecimal():
        rows = rows.filter(Q(name__gt=name) | Q(name=name, id__gt=int(last)))
    found = list(rows.order_by("name", "id")[: limit + 1])
    return Page(found[:limit], f"{found[limit - 1].name}\n{found[limit - 1].pk}" if len(found) > limit else "")


def own_places(viewer: Actor, provider: AccreditedProvider, measure_id: int) -> list[MeasurePlace]:
    """The program's affiliated hospitals and practices that have figures of this measure."""
    _sees(viewer, provider, "place")
    rows = MeasurePlace.objects.filter(provider=provider, points__measure_id=measure_id).exclude(
        organisation=None, kind="hospital"
    )
    return list(rows.filter(kind__in=("hospital", "practice")).distinct().order_by("name")[:PAGE])


def point(viewer: Actor, provider: AccreditedProvider, point_id: int) -> MeasurePoint:
    _sees(viewer, provider, "figure")
    found = MeasurePoint.objects.select_related("measure", "place").filter(provider=provider, pk=point_id).first()
    if found is None:
        raise NotFound("figure")
    return found  # type: ignore[no-any-return]


def imports(viewer: Actor, provider: AccreditedProvider, limit: int = 20) -> list[MeasureImport]:
    _sees(viewer, provider, "import")
    return list(MeasureImport.objects.filter(provider=provider).select_related("imported_by")[:limit])


def measure_import(viewer: Actor, provider: AccreditedProvider, import_id: int) -> MeasureImport:
    _sees(viewer, provider, "import")
    found = MeasureImport.objects.filter(provider=provider, pk=import_id).prefetch_related("refusals").first()
    if found is None:
        raise NotFound("import")
    return found  # type: ignore[no-any-return]


def upload(viewer: Actor, provider: AccreditedProvider, upload_id: int) -> tuple[MeasureUpload, Progress | None]:
    """A file handed in, and how far the worker has come with it."""
    _sees(viewer, provider, "upload")
    found = MeasureUpload.objects.filter(provider=provider, pk=upload_id).first()
    if found is None:
        raise NotFound("upload")
    return found, Progress.objects.filter(pk=found.progress_id, provider_id=provider.pk).first()


# --- sources and gaps


def sources(
    viewer: Actor, provider: AccreditedProvider, *, kind: str = "", search: str = "", after: str = "", limit: int = PAGE
) -> Page[NeedsSource]:
    """Newest first."""
    _sees(viewer, provider, "source")
    rows = NeedsSource.objects.filter(provider=provider)
    rows = rows.filter(kind=kind) if kind else rows
    rows = rows.filter(id__lt=int(after)) if after.isdecimal() else rows
    for word in search.split()[:5]:
        rows = rows.filter(Q(title__icontains=word) | Q(citation__icontains=word) | Q(publisher__icontains=word))
    found = list(rows.order_by("-id")[: limit + 1])
    return Page(found[:limit], str(found[limit - 1].pk) if len(found) > limit else "")


def gaps(
    viewer: Actor, provider: AccreditedProvider, *, state: str = "open", kind: str = "", inter_specialty: bool = False, search: str = "",
    after: str = "", limit: int = PAGE,
) -> Page[PracticeGap]:  # fmt: skip
    """Gaps by priority, newest first within one. `state`: open, closed or all. `after` is "priority.id" of the row before."""
    rows = gaps_within(viewer, provider).select_related(
        "measure", "place", "baseline", "expected_result", "organisation"
    )
    if state in ("open", "closed"):
        rows = rows.filter(closed_at__isnull=state == "open")
    if kind:
        rows = rows.filter(kind=kind)
    if inter_specialty:
        rows = rows.filter(disciplines__contains=",")
    for word in search.split()[:5]:
        rows = rows.filter(Q(title__icontains=word) | Q(description__icontains=word))
    priority, _, last = after.partition(".")
    if priority.isdecimal() and last.isdecimal():
        rows = rows.filter(Q(priority__gt=int(priority)) | Q(priority=int(priority), id__lt=int(last)))
    found = list(rows.order_by("priority", "-id")[: limit + 1])
    return Page(found[:limit], f"{found[limit - 1].priority}.{found[limit - 1].pk}" if len(found) > limit else "")


def gap(viewer: Actor, provider: AccreditedProvider, gap_id: int) -> PracticeGap:
    """One gap with needs and sources."""
    found = (
        gaps_within(viewer, provider)
        .filter(pk=gap_id)
        .select_related("measure", "place", "baseline", "expected_result", "organisation", "registered_by")
        .prefetch_related("needs", "gap_sources__source")
        .first()
    )
    if found is None:
        raise NotFound("gap")
    return found


def gaps_within(viewer: Actor, provider: AccreditedProvider) -> QuerySet[PracticeGap]:
    """The gaps a viewer may see: all, those of their organisations, those of their activities."""
    everything, organisations, activities = reach(viewer, Permission.SEE_NEEDS, provider.pk)
    rows = PracticeGap.objects.filter(provider=provider)
    if everything:
        return rows
    within = Q(organisation_id__in=organisations) | Q(activity_gaps__activity_id__in=activities)
    return rows.filter(within).distinct()


def _sees(viewer: Actor, provider: AccreditedProvider, what: str) -> None:
    """Measures and sources are the program's common ground: any role that sees needs in it sees them."""
    if not viewer.is_system and not viewer.grants_for(Permission.SEE_NEEDS, provider.pk):
        raise NotFound(what)
