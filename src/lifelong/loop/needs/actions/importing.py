"""Measures come in: read once to judge, read again to keep, in one transaction. A refused or crashed import changes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from itertools import groupby
from typing import BinaryIO

from django.db.models import Count, Max

from lifelong.formats.cms import Hospital, MeasureWindow, Point, find, mark_windows
from lifelong.kernel import clock
from lifelong.kernel.access import Actor, Permission, may
from lifelong.kernel.action import action, already
from lifelong.kernel.problems import NotAllowed, Problem
from lifelong.kernel.progress import Meter
from lifelong.loop.needs.actions.judging import KEPT_REFUSALS, Reading, judge, phase_of, release_label
from lifelong.loop.needs.models import ImportRefusal, Measure, MeasureImport, MeasurePlace, MeasurePoint
from lifelong.loop.program.models import AccreditedProvider, Organisation
from lifelong.rules.verdict import counted

BATCH = 2_000


def import_measures(
    actor: Actor,
    provider: AccreditedProvider,
    *,
    file: BinaryIO,
    filename: str,
    meter: Meter | None = None,
    release: str = "",
) -> MeasureImport:
    """Take in a published quality file or an office's own table; the same bytes are taken once.

    `file` must be seekable. `release` (yyyy-mm) is needed where neither the file nor its name says it. Raises Problem when the file
    as a whole is refused; single lines that are refused stand in `MeasureImport.refusals`.
    """
    if not may(actor, Permission.EDIT_NEEDS, provider):
        raise NotAllowed("measures imported")
    try:
        reading = judge(file, filename, release=release, meter=meter)
        taken = keep_measures(actor, provider, file=file, reading=reading)
    except Problem as refusal:
        if meter:
            meter.finish(str(refusal), state="refused")
        raise
    if meter:
        meter.finish(sentence_of(taken))
    return taken


def sentence_of(taken: MeasureImport) -> str:
    """What an import did, in one sentence."""
    parts = [counted(taken.points_kept, "figure kept", "figures kept")]
    parts += [counted(taken.points_same, "was already here", "were already here")] if taken.points_same else []
    parts += (
        [counted(taken.suppressed, "was withheld by the publisher", "were withheld by the publisher")]
        if taken.suppressed
        else []
    )
    parts += [counted(taken.refused, "line was refused", "lines were refused")] if taken.refused else []
    return "; ".join(parts) + "."


@action(needs=Permission.EDIT_NEEDS, audit="measures.imported")
def keep_measures(actor: Actor, provider: AccreditedProvider, *, file: BinaryIO, reading: Reading) -> MeasureImport:
    """Keep what `reading` found in `file`. Natural key: provider and hash of the bytes."""
    taken, made = MeasureImport.objects.get_or_create(
        provider=provider,
        sha256=reading.sha256,
        defaults={
            "filename": reading.filename[-200:], "layout": reading.layout[:60], "imported_by_id": actor.person_id,
            "imported_at": clock.now(), "rows_read": reading.rows, "suppressed": reading.suppressed, "refused": reading.refused,
        },
    )  # fmt: skip
    if not made:
        return already(taken)
    keeper = _Keeper(provider, taken, is_public=reading.is_public)
    keeper.refuse((r.line, r.field, r.value, r.reason, r.next_step) for r in reading.refusals)
    points: list[Point] = []
    hospitals: list[Hospital] = []
    for item in reading.items(file):
        if isinstance(item, Point):
            if item.value is not None:
                points.append(item)
            if len(points) >= BATCH:
                keeper.keep(points)
                points = []
        elif isinstance(item, Hospital):
            hospitals.append(item)
            if len(hospitals) >= BATCH:
                keeper.name_hospitals(hospitals)
                hospitals = []
        elif isinstance(item, MeasureWindow):
            keeper.give_window(item, reading.release)
    keeper.keep(points)
    keeper.name_hospitals(hospitals)
    keeper.mark_overlaps()
    keeper.finish()
    return taken


class _Keeper:
    """One import at work. Knows measures and places by heart, so that no row asks the database."""

    def __init__(self, provider: AccreditedProvider, taken: MeasureImport, *, is_public: bool) -> None:
        self.provider, self.taken, self.is_public = provider, taken, is_public
        self.measures: dict[str, int] = dict(Measure.objects.filter(provider=provider).values_list("key", "id"))
        self.places: dict[tuple[str, str], int] = {}
        self.by_name: dict[tuple[str, str], int] = {}
        for place_id, kind, code, name in MeasurePlace.objects.filter(provider=provider).values_list(
            "id", "kind", "code", "name"
        ):
            self.places[kind, code] = self.by_name[kind, name.casefold()] = place_id
        self.organisations = {
            name.casefold(): pk for name, pk in Organisation.objects.filter(provider=provider).values_list("name", "id")
        }
        self.last_id = MeasurePoint.objects.aggregate(last=Max("id"))["last"] or 0
        self.touched: dict[int, str] = {}
        self.refused_now = 0

    def keep(self, points: list[Point]) -> None:
        """One batch: new figures are kept, equal ones counted, different ones for the same release refused."""
        if not points:
            return
        self._know_measures(points)
        self._know_places(points)
        rows = [self._row(point) for point in points]
        MeasurePoint.objects.bulk_create(rows, ignore_conflicts=True, batch_size=BATCH)
        kept = MeasurePoint.objects.filter(source=self.taken, id__gt=self.last_id).aggregate(
            n=Count("id"), last=Max("id")
        )
        self.last_id = kept["last"] or self.last_id
        self.taken.points_kept += kept["n"]
        if kept["n"] < len(rows):
            self._compare(rows, len(rows) - kept["n"])

    def _compare(self, rows: list[MeasurePoint], not_kept: int) -> None:
        here = {
            (point.measure_id, point.place_id, point.release): (point.value, point.denominator)
            for point in MeasurePoint.objects.filter(
                measure_id__in={row.measure_id for row in rows},
                place_id__in={row.place_id for row in rows},
                release__in={row.release for row in rows},
            ).only("measure_id", "place_id", "release", "value", "denominator")
        }
        keys = {pk: key for key, pk in self.measures.items()}
        codes = {pk: code for (_, code), pk in self.places.items()}
        found = []
        for row in rows:
            value, base = here[row.measure_id, row.place_id, row.release]
            if (value, base) != (row.value, row.denominator):
                what = f"{keys[row.measure_id]} at {codes[row.place_id]}, {row.release}"
                reason = f"this release already says {value:g}, the file says {row.value:g}"
                found.append(
                    (
                        0,
                        what,
                        f"{row.value:g}",
                        reason,
                        "Import the correction under a release of its own, or leave it out.",
                    )
                )
        self.refuse(found)
        self.taken.refused += len(found)
        self.taken.points_same += not_kept - len(found)

    def _row(self, point: Point) -> MeasurePoint:
        assert point.value is not None  # withheld figures were counted and left out
        measure_id = self.measures[point.measure_id[:60]]
        self.touched[measure_id] = point.measure_id[:60]
        return MeasurePoint(
            provider=self.provider, measure_id=measure_id, place_id=self.places[point.scope, _code(point.place_id)],
            release=release_label(point), period_start=point.period_start, period_end=point.period_end,
            value=point.value, denominator=point.denominator, low=point.low, high=point.high, source=self.taken,
        )  # fmt: skip

    def _know_measures(self, points: Iterable[Point]) -> None:
        new = {point.measure_id[:60]: point for point in points if point.measure_id[:60] not in self.measures}
        if new:
            Measure.objects.bulk_create(
                [_measure(self.provider, key, point, self.is_public) for key, point in new.items()]
            )
            self.measures.update(Measure.objects.filter(provider=self.provider, key__in=new).values_list("key", "id"))

    def _know_places(self, points: Iterable[Point]) -> None:
        new: dict[tuple[str, str], MeasurePlace] = {}
        for point in points:
            key = (str(point.scope), _code(point.place_id))
            if key in self.places or key in new:
                continue
            named = self.by_name.get((key[0], point.place_id.casefold()))
            if named:
                self.places[key] = named
                continue
            new[key] = MeasurePlace(
                provider=self.provider, kind=key[0], code=key[1], name=_place_name(point), state=point.place_id if key[0] == "state" else "",
                organisation_id=self.organisations.get(point.place_id.casefold()),
            )  # fmt: skip
        self._place(list(new.values()))

    def _place(self, rows: list[MeasurePlace]) -> None:
        if not rows:
            return
        MeasurePlace.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["provider", "kind", "code"],
            update_fields=["name", "state", "city"],
        )
        codes = [row.code for row in rows]
        for place_id, kind, code in MeasurePlace.objects.filter(provider=self.provider, code__in=codes).values_list(
            "id", "kind", "code"
        ):
            self.places[kind, code] = place_id

    def name_hospitals(self, hospitals: Iterable[Hospital]) -> None:
        """The hospital list gives names, states and cities to places known by number only."""
        unique = {hospital.ccn: hospital for hospital in hospitals}
        self._place(
            [
                MeasurePlace(
                    provider=self.provider, kind="hospital", code=ccn, name=hospital.name[:200], state=hospital.state[:2],
                    city=hospital.city[:80], organisation_id=self.organisations.get(hospital.name.casefold()),
                )
                for ccn, hospital in unique.items()
            ]
        )  # fmt: skip

    def give_window(self, window: MeasureWindow, release: str) -> None:
        """A Measure_Dates table says which months figures cover that print none."""
        measure_id = self.measures.get(window.measure_id[:60])
        if measure_id and release:
            changed = MeasurePoint.objects.filter(measure_id=measure_id, release=release, period_end=None)
            if changed.update(period_start=window.period_start, period_end=window.period_end):
                self.touched[measure_id] = window.measure_id[:60]

    def mark_overlaps(self) -> None:
        """Say on every figure whether its window shares months with the figure before it: releases are not independent."""
        for measure_id, key in self.touched.items():
            changes: dict[tuple[bool, bool], list[int]] = {}
            rows = MeasurePoint.objects.filter(measure_id=measure_id).order_by("place_id", "release")
            for _, series in groupby(rows.iterator(chunk_size=5_000), key=lambda row: row.place_id):
                ordered = sorted(
                    series, key=lambda row: (row.period_end.isoformat() if row.period_end else row.release, row.release)
                )
                for row, point in zip(ordered, mark_windows(_as_point(key, row) for row in ordered), strict=True):
                    assert isinstance(point, Point)
                    wanted = (point.overlaps_previous, point.same_window)
                    if wanted != (row.overlaps_previous, row.is_frozen):
                        changes.setdefault(wanted, []).append(row.pk)
            for (overlaps, frozen), ids in changes.items():
                for start in range(0, len(ids), 500):
                    MeasurePoint.objects.filter(id__in=ids[start : start + 500]).update(
                        overlaps_previous=overlaps, is_frozen=frozen
                    )

    def refuse(self, lines: Iterable[tuple[int, str, str, str, str]]) -> None:
        rows = [
            ImportRefusal(
                measure_import=self.taken,
                line=line,
                field=field[:80],
                value=value[:80],
                reason=reason[:300],
                next_step=step[:300],
            )
            for line, field, value, reason, step in lines
        ][: max(0, KEPT_REFUSALS - self.refused_now)]
        self.refused_now += len(rows)
        ImportRefusal.objects.bulk_create(rows)

    def finish(self) -> None:
        self.taken.save(update_fields=["points_kept", "points_same", "refused"])


def _code(place_id: str) -> str:
    """A place's code; long names of an office's own places keep their beginning and a fingerprint."""
    if len(place_id) <= 20:
        return place_id
    return f"{place_id[:11]}-{hashlib.sha256(place_id.encode()).hexdigest()[:8]}"


def _place_name(point: Point) -> str:
    return "United States" if point.scope == "nation" else point.place_id[:200]


def _measure(provider: AccreditedProvider, key: str, point: Point, is_public: bool) -> Measure:
    known = find(point.measure_id)
    comparison = point.measure_id.partition(":")[2]
    title = known.title if known else key.replace("_", " ").capitalize()
    if comparison:
        title = f"{title}: hospitals {comparison.replace('_', ' ')}"
    better = {"higher": True, "lower": False}.get(known.better) if known and not comparison else None
    level = {"process": "5", "outcome": "6", "experience": "6"}.get(known.kind, "") if known else ""
    return Measure(
        provider=provider, key=key, title=title[:200], unit=point.unit[:30], higher_is_better=better, topic=known.topic if known else "",
        steward=known.steward if known else "", is_outcome=bool(known and known.kind in ("outcome", "experience")),
        is_public=is_public or known is not None, moore_level=level,
    )  # fmt: skip


def _as_point(key: str, row: MeasurePoint) -> Point:
    phase = row.release.rpartition(" ")[2]
    release = row.release[:7] if len(row.release) == 7 or row.release[7:8] == " " else ""
    return Point(
        "hospital",
        str(row.place_id),
        key,
        row.value,
        row.denominator,
        None,
        None,
        row.period_start,
        row.period_end,
        release,
        "",
        phase_of(phase),
    )
