"""Improvements from finding to effect: opened, planned, done or dropped, and in an order with reasons."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from lifelong.kernel import clock
from lifelong.kernel.access import Actor, Permission
from lifelong.kernel.action import Unchanged, action
from lifelong.kernel.problems import Problem, problem
from lifelong.loop.improvement.models import Improvement, ImprovementStep
from lifelong.loop.people.models import Person, RoleGrant
from lifelong.loop.program.models import AccreditedProvider, ExpectedResult
from lifelong.rules.verdict import Reason

P = Permission
State = Improvement.State
# what may follow what; a dropped improvement may be taken up again
STEPS = {
    State.IDENTIFIED: (State.PLANNED, State.DROPPED),
    State.PLANNED: (State.PLANNED, State.DONE, State.DROPPED),
    State.DONE: (),
    State.DROPPED: (State.PLANNED,),
}


def check_priority(priority: int, reason: str) -> None:
    if not 1 <= priority <= 5:
        raise problem(
            "improvement.priority", "The priority is not 1 to 5.", "Choose 1 (first) to 5 (last).", "priority"
        )
    if not reason.strip():
        raise problem(
            "improvement.priority_reason", "The priority has no reason.", "Say in a sentence why it comes here.", "priority_reason"
        )  # fmt: skip


@action(needs=P.EDIT_IMPROVEMENT, audit="improvement.opened")
def open_improvement(
    actor: Actor, provider: AccreditedProvider, *, title: str, year: int, finding: str = "", plan: str = "",
    expected_result: ExpectedResult | None = None, owner: Person | None = None, due_on: dt.date | None = None, priority: int = 3,
    priority_reason: str,
) -> Improvement | Unchanged:  # fmt: skip
    """Open an improvement, usually from a finding. Natural key: year and title."""
    name = title.strip()[:200]
    if not name:
        raise problem("improvement.title", "The improvement has no title.", "Say what will be better.", "title")
    check_priority(priority, priority_reason)
    if expected_result is not None and expected_result.provider_id != provider.pk:
        raise problem(
            "improvement.result",
            "This expected result is of another program.",
            "Choose one of yours.",
            "expected_result",
        )
    _check_owner(provider, owner)
    state = State.PLANNED if plan.strip() and owner and due_on else State.IDENTIFIED
    row, made = Improvement.objects.get_or_create(
        provider=provider, year=year, title=name,
        defaults={
            "expected_result": expected_result, "finding": finding.strip(), "plan": plan.strip(), "owner": owner, "due_on": due_on,
            "priority": priority, "priority_reason": priority_reason.strip()[:300], "state": state, "opened_at": clock.now(),
        },
    )  # fmt: skip
    if not made:
        return Unchanged(row)
    _step(actor, row, finding.strip())
    return row


def _check_owner(provider: AccreditedProvider, owner: Person | None) -> None:
    if owner is not None and not RoleGrant.objects.filter(person=owner, provider=provider, revoked_at=None).exists():
        raise problem(
            "improvement.owner",
            "The owner holds no role in this program.",
            "Choose a colleague of the office.",
            "owner",
        )


def _step(actor: Actor, row: Improvement, note: str) -> None:
    ImprovementStep.objects.bulk_create(
        [ImprovementStep(improvement=row, state=row.state, note=note, at=clock.now(), by_id=actor.person_id)]
    )


@action(needs=P.EDIT_IMPROVEMENT, audit="improvement.stepped")
def step_improvement(
    actor: Actor, improvement: Improvement, *, state: str, note: str = "", plan: str = "", owner: Person | None = None,
    due_on: dt.date | None = None, effect: str = "",
) -> Improvement | Unchanged:  # fmt: skip
    """One step with its note. Planned needs plan, owner and day; done needs what came of it (TUFTS-12). Empty fields stay as they are."""
    if state not in State.values:
        raise problem("improvement.state", "This is not a step.", "Choose planned, done or dropped.", "state")
    values = {
        "plan": plan.strip() or improvement.plan, "owner": owner or improvement.owner, "due_on": due_on or improvement.due_on,
        "effect": effect.strip() or improvement.effect,
    }  # fmt: skip
    same = all(getattr(improvement, name) == value for name, value in values.items())
    if improvement.state == state and same and not note.strip():
        return Unchanged(improvement)
    if state not in STEPS[State(improvement.state)]:
        raise problem(
            "improvement.order", f"“{improvement.title}” is {improvement.get_state_display().lower()}; this step does not follow.",
            "Plan it first, then report what came of it.", "state",
        )  # fmt: skip
    _check_owner(improvement.provider, owner)
    _check_step(state, values, note)
    for name, value in values.items():
        setattr(improvement, name, value)
    improvement.state = state
    improvement.done_at = clock.now() if state == State.DONE else None
    improvement.save()
    _step(actor, improvement, note.strip())
    return improvement


def _check_step(state: str, values: Mapping[str, object], note: str) -> None:
    words = {"plan": "plan", "owner": "owner", "due_on": "due day"}
    missing = [name for name in words if not values[name]]
    if state == State.PLANNED and missing:
        raise Problem(
            *(
                Reason("improvement.planned", f"The improvement has no {words[name]}.", "Add it.", name)
                for name in missing
            )
        )
    if state == State.DONE and not values["effect"]:
        raise problem(
            "improvement.effect",
            "It is not said what came of it.",
            "Write its effect, even if there was none.",
            "effect",
        )
    if state == State.DROPPED and not note.strip():
        raise problem("improvement.dropped", "It is not said why it is dropped.", "Write the reason as a note.", "note")


@action(needs=P.EDIT_IMPROVEMENT, audit="improvement.prioritised")
def prioritise(actor: Actor, improvement: Improvement, *, priority: int, reason: str) -> Improvement | Unchanged:
    """Move an improvement in the order, with the reason; the report prints them in this order (TUFTS-57)."""
    check_priority(priority, reason)
    if (improvement.priority, improvement.priority_reason) == (priority, reason.strip()[:300]):
        return Unchanged(improvement)
    improvement.priority, improvement.priority_reason = priority, reason.strip()[:300]
    improvement.save(update_fields=["priority", "priority_reason"])
    _step(actor, improvement, f"Priority {priority}: {improvement.priority_reason}")
    return improvement
