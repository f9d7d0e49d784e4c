"""What an activity is for: objectives, terms of the program's lists, the evidence behind its content."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from lifelong.kernel.access import Actor, Permission
from lifelong.kernel.action import action, already
from lifelong.kernel.problems import problem, refuse_if_any
from lifelong.loop.planning import reads
from lifelong.loop.planning.models import (
    Activity,
    ActivityTerm,
    AudienceCell,
    ContentReference,
    Objective,
    Session,
)
from lifelong.loop.program import reads as program
from lifelong.loop.program.models import Term
from lifelong.rules.verdict import Reason

REFERENCE_KINDS = tuple(kind.value for kind in ContentReference.Kind)


@action(needs=Permission.EDIT_PLANNING, audit="objectives.set")
def set_objectives(actor: Actor, activity: Activity, *, objectives: Sequence[Mapping[str, Any]]) -> Activity:
    """Write the whole list: each `{text, kind, gap_id?, expected_result_id?, audience?}`; kind is knowledge, skill or attitude."""
    gaps = set(activity.activity_gaps.values_list("gap_id", flat=True))
    results = set(activity.activity_results.values_list("expected_result_id", flat=True))
    wanted = [
        (o["text"].strip(), o["kind"], o.get("audience", ""), o.get("gap_id"), o.get("expected_result_id"))
        for o in objectives
    ]
    reasons = []
    for position, (text, kind, _, gap_id, result_id) in enumerate(wanted, 1):
        if not text:
            reasons.append(
                Reason(
                    "planning.objective",
                    f"Objective {position} has no text.",
                    "Say what learners will do.",
                    "objectives",
                )
            )
        if kind not in Objective.Kind.values:
            reasons.append(_objective(position, "has no type", "Choose knowledge, skill or attitude."))
        if gap_id and gap_id not in gaps:
            reasons.append(
                _objective(position, "names a gap this activity does not address", "Add the gap to the activity first.")
            )
        if result_id and result_id not in results:
            reasons.append(
                _objective(
                    position, "names a result this activity does not serve", "Add the result to the activity first."
                )
            )
    refuse_if_any(reasons)
    here = list(activity.objectives.values_list("text", "kind", "audience", "gap_id", "expected_result_id"))
    if here == wanted:
        return already(activity)
    activity.objectives.all().delete()
    Objective.objects.bulk_create(
        [
            Objective(
                activity=activity,
                position=n,
                text=text[:400],
                kind=kind,
                audience=audience,
                gap_id=gap_id,
                expected_result_id=result_id,
            )
            for n, (text, kind, audience, gap_id, result_id) in enumerate(wanted, 1)
        ]
    )
    return activity


def _objective(position: int, what: str, step: str) -> Reason:
    return Reason("planning.objective", f"Objective {position} {what}.", step, "objectives")


@action(needs=Permission.EDIT_PLANNING, audit="terms.set")
def set_terms(actor: Actor, activity: Activity, *, taxonomy: str, keys: Collection[str]) -> Activity:
    """Choose the terms of one of the program's lists (competency, theme, content_area, audience ...); replaces that list's choice."""
    terms = dict(
        Term.objects.filter(
            provider_id=activity.provider_id, taxonomy=taxonomy, key__in=keys, retired_on=None
        ).values_list("key", "id")
    )
    unknown = sorted(set(keys) - set(terms))
    if unknown:
        raise problem(
            "planning.term",
            f"The program's list of {taxonomy.replace('_', ' ')} has no {', '.join(unknown)}.",
            "Choose from the list.",
            taxonomy,
        )
    single = next((one for one in program.shared_lists() if one.key == taxonomy and one.single), None)
    if single and len(terms) > 1:
        raise problem("planning.term", f"{single.label}: {len(terms)} are chosen.", "Choose one.", taxonomy)
    chosen = activity.activity_terms.filter(term__taxonomy=taxonomy)
    if set(chosen.values_list("term_id", flat=True)) == set(terms.values()):
        return already(activity)
    chosen.exclude(term_id__in=terms.values()).delete()
    ActivityTerm.objects.bulk_create(
        [ActivityTerm(activity=activity, term_id=pk) for pk in terms.values()], ignore_conflicts=True
    )
    return activity


@action(needs=Permission.EDIT_PLANNING, audit="audience.set")
def set_audience(actor: Actor, activity: Activity, *, pairs: Collection[tuple[str, str]]) -> Activity:
    """Say which professions are meant in which specialties: pairs of keys, of professions and specialties the activity names.

    All of them together mean no restriction; none is refused, for then the activity would be for nobody.
    """
    asked = reads.audience(activity)
    known = {(row.key, column.key): (row, column) for row in asked.professions for column in asked.specialties}
    wanted = set(pairs)
    if not wanted or wanted - set(known):
        raise problem(
            "planning.audience",
            "Not one profession is left in any specialty."
            if not wanted
            else "This is not a profession and specialty of the activity.",
            "Choose at least one, from the professions and specialties named under “Audience and topics”.",
            "pairs",
        )
    if wanted == {(row.key, column.key) for row, column in asked.cells}:
        return already(activity)
    activity.audience_cells.all().delete()
    chosen = [] if wanted == set(known) else [known[pair] for pair in sorted(wanted)]
    AudienceCell.objects.bulk_create(
        [AudienceCell(activity=activity, profession=row, specialty=column) for row, column in chosen]
    )
    return activity


@action(needs=Permission.EDIT_PLANNING, audit="reference.added")
def add_reference(
    actor: Actor, activity: Activity, *, citation: str, kind: str = "other", session: Session | None = None
) -> ContentReference:
    """Name evidence behind the content of the activity or one session. Natural key: the citation there."""
    if not citation.strip():
        raise problem(
            "planning.reference",
            "The reference is empty.",
            "Write the citation so that somebody else can find it.",
            "citation",
        )
    if kind not in REFERENCE_KINDS:
        raise problem(
            "planning.reference",
            f"“{kind}” is not a kind of reference.",
            f"Use one of {', '.join(REFERENCE_KINDS)}.",
            "kind",
        )
    if session is not None and session.activity_id != activity.pk:
        raise problem(
            "planning.session",
            "This session belongs to another activity.",
            "Choose one of this activity's sessions.",
            "session",
        )
    row, made = ContentReference.objects.get_or_create(
        activity=activity, session=session, citation=citation.strip(), defaults={"kind": kind}
    )
    return row if made else already(row)
