"""Practice gaps with their needs and sources."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import TypeVar, cast

from lifelong.kernel import clock
from lifelong.kernel.access import Actor, Permission
from lifelong.kernel.action import action, already
from lifelong.kernel.models import StoredFile
from lifelong.kernel.problems import problem, refuse_if_any
from lifelong.loop.needs.models import GapSource, MeasurePoint, Need, NeedsSource, PracticeGap
from lifelong.loop.program.models import AccreditedProvider, ExpectedResult, Organisation, Term
from lifelong.rules.planning import NeedFacts, PlanFacts, SourceFacts, gap_described, needs_explained
from lifelong.rules.verdict import Reason

Linked = TypeVar("Linked", ExpectedResult, Organisation)
GAP_KINDS = tuple(kind.value for kind in PracticeGap.Kind)


@action(needs=Permission.EDIT_NEEDS, audit="needs_source.added")
def add_source(
    actor: Actor, provider: AccreditedProvider, *, kind: str, title: str, citation: str = "", publisher: str = "",
    published_on: dt.date | None = None, link: str = "", finding: str = "", file: StoredFile | None = None,
) -> NeedsSource:  # fmt: skip
    """Keep a piece of evidence. Natural key: kind, title, citation and day. Raises Problem for a kind the program does not know."""
    known = Term.objects.filter(provider=provider, taxonomy="needs_source", key=kind, retired_on=None).exists()
    refuse_if_any(
        reason
        for reason in (
            None if known else Reason("needs.source_kind", f"This program has no source called “{kind}”.", "Choose one of its list.", "kind"),
            None if title.strip() else Reason("needs.source_title", "The source has no title.", "Say what it is.", "title"),
            None if citation.strip() or link or file else Reason(
                "R-NEED-2", "Nobody else could find this source.", "Add a citation, a link or the file.", "citation"
            ),
        )
        if reason
    )  # fmt: skip
    same = NeedsSource.objects.filter(
        provider=provider, kind=kind, title=title.strip(), citation=citation, published_on=published_on
    ).first()
    if same is not None:
        return already(same)  # type: ignore[no-any-return]
    return NeedsSource.objects.create(
        provider=provider, kind=kind, title=title.strip(), citation=citation, publisher=publisher, published_on=published_on, link=link,
        finding=finding, file=file, added_by_id=actor.person_id, added_at=clock.now(),
    )  # fmt: skip


@action(needs=Permission.EDIT_NEEDS, audit="gap.registered")
def register_gap(
    actor: Actor, provider: AccreditedProvider, *, title: str, description: str, kind: str, cause: str = "", priority: int = 3,
    priority_reason: str = "", needs: Sequence[tuple[str, str]] = (), sources: Iterable[int] = (), measure_point_id: int | None = None,
    target: float | None = None, expected_result_id: int | None = None, organisation_id: int | None = None,
    owner: str = PracticeGap.Owner.INDIVIDUAL, setting: str = PracticeGap.Setting.CLINICAL, disciplines: str = "", disparity: str = "",
    education_can_close: bool = True,
) -> PracticeGap:  # fmt: skip
    """Register a practice gap with its needs (kind, text) and sources. Natural key: the title among the open gaps.

    From a measure point the gap takes measure, place and baseline, and the point itself is cited as a source. A gap that education
    cannot close is recorded too (UMASS-33); no activity may be planned from it.
    """
    point = _point(provider, measure_point_id)
    cited = list(NeedsSource.objects.filter(provider=provider, id__in=list(sources)))
    facts = PlanFacts(
        gap_text=description, gap_type=kind, gap_types=GAP_KINDS, needs=tuple(NeedFacts(kind=k, text=text) for k, text in needs),
        sources=tuple(_source_facts(source) for source in cited) + ((SourceFacts(citation=citation_of(point)),) if point else ()),
    )  # fmt: skip
    refuse_if_any([*gap_described(facts), *needs_explained(facts), *_own_checks(title, priority, priority_reason)])
    same = PracticeGap.objects.filter(provider=provider, title=title.strip(), closed_at=None).first()
    if same is not None:
        if same.description == description and same.kind == kind:
            return already(same)  # type: ignore[no-any-return]
        raise problem(
            "needs.gap_exists",
            "An open gap has this title already.",
            "Open that gap, or choose another title.",
            "title",
        )
    gap = PracticeGap.objects.create(
        provider=provider, organisation=_of(Organisation, provider, organisation_id, "organisation"), title=title.strip(), description=description,
        kind=kind, owner=owner, setting=setting, cause=cause, disciplines=disciplines, disparity=disparity, education_can_close=education_can_close,
        measure_id=point.measure_id if point else None, place_id=point.place_id if point else None, baseline=point, target=target,
        expected_result=_of(ExpectedResult, provider, expected_result_id, "expected_result"), priority=priority,
        priority_reason=priority_reason, registered_by_id=actor.person_id, registered_at=clock.now(),
    )  # fmt: skip
    Need.objects.bulk_create([Need(gap=gap, kind=need_kind, text=text) for need_kind, text in needs])
    if point:
        cited.append(_cite(actor, provider, point))
    GapSource.objects.bulk_create([GapSource(gap=gap, source=source) for source in cited])
    return gap


@action(needs=Permission.EDIT_NEEDS, audit="gap.closed")
def close_gap(actor: Actor, gap: PracticeGap, *, note: str) -> PracticeGap:
    """Close a gap with a word on why: it was reached, merged, or given up."""
    if gap.closed_at is not None:
        return already(gap)
    if not note.strip():
        raise problem(
            "needs.closing_note",
            "The gap is closed without a word why.",
            "Say whether it was reached, and how you know.",
            "note",
        )
    gap.closed_at, gap.closing_note = clock.now(), note.strip()[:400]
    gap.save(update_fields=["closed_at", "closing_note"])
    return gap


def citation_of(point: MeasurePoint) -> str:
    """A measure point as a citation that somebody else can follow."""
    window = f", {point.period_start} to {point.period_end}" if point.period_start and point.period_end else ""
    base = f", n {point.denominator:g}" if point.denominator is not None else ""
    publisher = f"{point.measure.steward}, " if point.measure.steward else ""
    return f"{publisher}{point.measure.key} {point.measure.title}: {point.value:g} {point.measure.unit} at {point.place.name}{base}{window}, release {point.release}"


def _cite(actor: Actor, provider: AccreditedProvider, point: MeasurePoint) -> NeedsSource:
    kind = "public_quality_data" if point.measure.is_public else "hospital_quality_data"
    if point.place.kind == "practice":
        kind = "practice_quality_data"
    source, _ = NeedsSource.objects.get_or_create(
        provider=provider, kind=kind, title=f"{point.measure.title} ({point.place.name}, {point.release})"[:300], citation=citation_of(point),
        defaults={
            "publisher": point.measure.steward, "published_on": point.period_end, "finding": f"{point.value:g} {point.measure.unit}",
            "added_by_id": actor.person_id, "added_at": clock.now(),
        },
    )  # fmt: skip
    return source


def _source_facts(source: NeedsSource) -> SourceFacts:
    return SourceFacts(kind=source.kind, citation=source.citation or source.link, has_file=source.file_id is not None)


def _own_checks(title: str, priority: int, reason: str) -> Iterable[Reason]:
    if not title.strip():
        yield Reason(
            "needs.gap_title", "The gap has no title.", "Say in a few words what differs from good care.", "title"
        )
    if priority not in range(1, 6):
        yield Reason(
            "needs.priority", "The priority is not between 1 (first) and 5 (last).", "Choose 1 to 5.", "priority"
        )
    if not reason.strip():
        yield Reason(
            "needs.priority",
            "The priority has no reason.",
            "Say why this gap stands where it stands.",
            "priority_reason",
        )


def _point(provider: AccreditedProvider, point_id: int | None) -> MeasurePoint | None:
    if point_id is None:
        return None
    point = MeasurePoint.objects.select_related("measure", "place").filter(provider=provider, pk=point_id).first()
    if point is None:
        raise problem(
            "needs.point_unknown",
            "This figure is not among the program's measures.",
            "Choose a figure from the measures.",
            "measure_point_id",
        )
    return point  # type: ignore[no-any-return]


def _of(model: type[Linked], provider: AccreditedProvider, pk: int | None, field: str) -> Linked | None:
    """A row of the same provider, or a refusal: nothing of another program is ever linked."""
    if pk is None:
        return None
    row = model.objects.filter(provider=provider, pk=pk).first()
    if row is None:
        raise problem(
            "needs.unknown",
            f"This {field.replace('_', ' ')} is not one of the program's.",
            "Choose one from the list.",
            f"{field}_id",
        )
    return cast(Linked, row)
