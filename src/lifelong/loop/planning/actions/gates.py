"""Gates: passed when nothing is missing, opened again when something changed. Rows are only ever added."""

from __future__ import annotations

from lifelong.kernel import clock
from lifelong.kernel.access import Actor, Permission
from lifelong.kernel.action import action, already
from lifelong.kernel.problems import problem, refuse_unless
from lifelong.loop.planning.models import Activity, GatePassed
from lifelong.loop.planning.reads import gates_passed
from lifelong.rules.books import book_version, books
from lifelong.rules.gates import Gate, GateFacts, missing_before


@action(needs=Permission.PASS_GATE, audit="gate.passed")
def pass_gate(actor: Actor, activity: Activity, *, gate: str, facts: GateFacts) -> GatePassed:
    """Record that a gate is passed. `facts` come from the package that knows the last of them (`designation.gates.gate_facts`).

    Raises Problem with everything that is missing. Natural key: the gate, until it is opened again.
    """
    asked = Gate(gate)
    latest = activity.gates.filter(gate=asked.value).order_by("-id").first()
    if latest is not None and not latest.reopened:
        return already(latest)  # type: ignore[no-any-return]
    refuse_unless(missing_before(asked, facts))
    return GatePassed.objects.create(
        activity=activity, gate=asked.value, at=clock.now(), by_id=actor.person_id, rule_book_version=rule_version()
    )


@action(needs=Permission.PASS_GATE, audit="gate.reopened")
def reopen_gate(actor: Actor, activity: Activity, *, gate: str, reason: str) -> GatePassed:
    """A passed gate is open again, with the reason. Later gates stay as recorded; the rail shows what no longer holds."""
    asked = Gate(gate)
    if asked not in gates_passed(activity):
        latest = activity.gates.filter(gate=asked.value).order_by("-id").first()
        if latest is not None:
            return already(latest)  # type: ignore[no-any-return]
        raise problem(
            "planning.gate_not_passed",
            f"“{asked.words}” has not been passed.",
            "There is nothing to open again.",
            "gate",
        )
    if not reason.strip():
        raise problem(
            "planning.gate_reason", "The gate is opened again without a reason.", "Say what changed.", "reason"
        )
    return GatePassed.objects.create(
        activity=activity, gate=asked.value, at=clock.now(), by_id=actor.person_id, reopened=True, reason=reason.strip()[:300],
        rule_book_version=rule_version(),
    )  # fmt: skip


def rule_version() -> str:
    """The editions of all books that decide now."""
    return book_version(book.body for book in books())[:120]
