"""A learner's own plan of development: what they want to learn, and activities of the catalogue that fit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from lifelong.kernel import clock
from lifelong.kernel.access import Actor, Permission, Scope
from lifelong.kernel.action import Unchanged, action
from lifelong.kernel.problems import NotFound, problem
from lifelong.loop.people.models import Affiliation
from lifelong.loop.planning import reads as planning
from lifelong.loop.planning.models import Activity, Objective
from lifelong.loop.program.models import AccreditedProvider
from lifelong.loop.surveys.models import LearningGoal

P = Permission
MOST_GOALS = 20
SUGGESTED = 3
SHORTEST_WORD = 4
STEM = 6  # antibiotic, antibiotics: the first letters decide
_PLAIN = frozenset(
    [
        "about",
        "after",
        "again",
        "also",
        "because",
        "before",
        "could",
        "does",
        "doing",
        "during",
        "every",
        "from",
        "have",
        "into",
        "know",
        "learn",
        "more",
        "most",
        "much",
        "need",
        "only",
        "other",
        "our",
        "patient",
        "patients",
        "should",
        "some",
        "than",
        "that",
        "their",
        "them",
        "then",
        "there",
        "these",
        "they",
        "this",
        "those",
        "through",
        "treat",
        "treatment",
        "want",
        "what",
        "when",
        "where",
        "which",
        "while",
        "will",
        "with",
        "without",
        "would",
        "your",
    ]
)


@action(needs=P.RECORD_OWN, audit="learning_goal.written", on=lambda provider, *, person_id, **k: Scope(provider_id=provider.pk, person_id=person_id))  # fmt: skip
def write_goal(actor: Actor, provider: AccreditedProvider, *, person_id: int, text: str) -> LearningGoal | Unchanged:
    """Put something to learn into one's plan. Natural key: its words."""
    words = " ".join(text.replace("\x00", "").split())
    if not words:
        raise problem("goal.empty", "The goal has no words.", "Write what you want to learn.", "text")
    if len(words) > 300:
        raise problem("goal.long", f"The goal has {len(words)} characters.", "Keep it below 300.", "text")
    same = LearningGoal.objects.filter(provider=provider, person_id=person_id, text=words).first()
    if same is not None:
        return Unchanged(same)
    if LearningGoal.objects.filter(person_id=person_id, done_on=None).count() >= MOST_GOALS:
        raise problem("goal.many", f"Your plan has {MOST_GOALS} goals already.", "Finish or remove one first.", "text")
    row: LearningGoal = LearningGoal.objects.create(
        provider=provider, person_id=person_id, text=words, made_on=clock.today(provider.time_zone)
    )
    return row


@action(needs=P.RECORD_OWN, audit="learning_goal.chosen")
def choose_activity(actor: Actor, goal: LearningGoal, *, activity_id: int | None) -> LearningGoal | Unchanged:
    """Plan to reach a goal with an activity of the catalogue; None takes it out again."""
    if goal.activity_id == activity_id:
        return Unchanged(goal)
    if activity_id is not None:
        chosen = Activity.objects.filter(
            pk=activity_id, provider_id=goal.provider_id, published_at__isnull=False, closed_at=None
        ).first()
        if chosen is None or not planning.is_open_to(actor, chosen):
            raise NotFound("activity")
    goal.activity_id = activity_id
    goal.save(update_fields=["activity_id"])
    return goal


@action(needs=P.RECORD_OWN, audit="learning_goal.finished")
def finish_goal(actor: Actor, goal: LearningGoal) -> LearningGoal | Unchanged:
    """It is learned."""
    if goal.done_on is not None:
        return Unchanged(goal)
    goal.done_on = clock.today(goal.provider.time_zone)
    goal.save(update_fields=["done_on"])
    return goal


@action(needs=P.RECORD_OWN, audit="learning_goal.removed")
def remove_goal(actor: Actor, goal: LearningGoal) -> LearningGoal:
    kept = goal.pk
    LearningGoal.objects.filter(pk=kept).delete()
    return goal


# --- what fits


@dataclass(frozen=True, slots=True)
class Goal:
    """A goal with the activity chosen for it, or up to three that would fit."""

    row: LearningGoal
    chosen: Activity | None
    suggested: tuple[Activity, ...]


def stems(text: str) -> frozenset[str]:
    """The telling words of a text, by their first letters."""
    words = re.findall(r"[^\W\d_]+", text.casefold())
    return frozenset(word[:STEM] for word in words if len(word) >= SHORTEST_WORD and word not in _PLAIN)


def own_plan(viewer: Actor) -> tuple[list[Goal], list[Goal]]:
    """Open goals, then those reached; newest first. For nobody but the viewer."""
    if viewer.person_id is None:
        raise NotFound("plan")
    rows = list(LearningGoal.objects.filter(person_id=viewer.person_id).select_related("provider").order_by("-pk"))
    chosen = Activity.objects.select_related("provider").in_bulk([row.activity_id for row in rows if row.activity_id])
    asked = {row.provider_id: row.provider for row in rows if not row.activity_id and not row.done_on}
    offers = {pk: _offers(viewer, provider) for pk, provider in asked.items()}
    goals = [
        Goal(row, chosen.get(row.activity_id or 0), _fitting(row.text, offers.get(row.provider_id, []))) for row in rows
    ]
    return [one for one in goals if not one.row.done_on], [one for one in goals if one.row.done_on]


Offer = tuple[Activity, frozenset[str], frozenset[str]]


def _offers(viewer: Actor, provider: AccreditedProvider) -> list[Offer]:
    """What the catalogue offers, with its words: of the title, and of summary and objectives. Two queries."""
    found = list(planning.catalogue(viewer, provider, limit=200).rows)
    more: dict[int, list[str]] = {}
    for pk, text in Objective.objects.filter(activity__in=[one.pk for one in found]).values_list("activity_id", "text"):
        more.setdefault(pk, []).append(text)
    return [(one, stems(one.title), stems(" ".join([one.summary, *more.get(one.pk, [])]))) for one in found]


def offered_for(viewer: Actor, provider: AccreditedProvider, text: str) -> tuple[Activity, ...]:
    """Up to three activities of the catalogue that fit what somebody wrote; nothing is kept of it."""
    return _fitting(text, _offers(viewer, provider))


def _fitting(text: str, offers: Sequence[Offer]) -> tuple[Activity, ...]:
    """Those that share most telling words with the goal; a word of the title counts twice."""
    wanted = stems(text)
    scored = [(2 * len(wanted & title) + len(wanted & rest), place) for place, (_, title, rest) in enumerate(offers)]
    best = sorted((one for one in scored if one[0]), key=lambda one: (-one[0], one[1]))[:SUGGESTED]
    return tuple(offers[place][0] for _, place in best)


def own_goal(viewer: Actor, goal_id: int) -> LearningGoal:
    rows = LearningGoal.objects.select_related("provider").filter(pk=goal_id, person_id=viewer.person_id or 0)
    found = rows.first()
    if found is None:
        raise NotFound("goal")
    return found  # type: ignore[no-any-return]


def own_providers(viewer: Actor) -> list[AccreditedProvider]:
    """Programs that know the viewer; their catalogues are searched."""
    rows = Affiliation.objects.filter(person_id=viewer.person_id or 0).select_related("provider").order_by("pk")
    return [row.provider for row in rows]
