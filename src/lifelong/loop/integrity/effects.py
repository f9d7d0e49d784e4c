"""What follows from a disclosure. Each may be repeated without harm; mail is written where addresses are known (web)."""

from __future__ import annotations

from lifelong.kernel.access import SYSTEM
from lifelong.loop.integrity import actions, reads
from lifelong.loop.integrity.models import Disclosure
from lifelong.loop.planning.actions import reopen_gate
from lifelong.rules.gates import Gate
from lifelong.rules.integrity import RoleGroup


def start_clear_roles(disclosure_id: int) -> None:
    """Roles with nothing to decide begin at once: nobody needs to look at them."""
    disclosure = Disclosure.objects.get(pk=disclosure_id)
    waiting = [role for role in reads.roles_of(disclosure.person_id) if role.started_at is None]
    for state in reads.role_states(waiting):
        if state.step is reads.Step.START and not state.relationships:
            actions.start_role(SYSTEM, state.role)


def reopen_after_disclosure(disclosure_id: int) -> None:
    """A17: what was cleared and changed since is looked at again; the gate of its role opens, publication waits."""
    disclosure = Disclosure.objects.get(pk=disclosure_id)
    done: set[tuple[int, Gate]] = set()
    for state in reads.unsettled_roles(disclosure.person_id):
        gate = Gate.PLANNING if state.facts.group is RoleGroup.PLANNER else Gate.FACULTY
        if (state.role.activity_id, gate) in done:
            continue
        done.add((state.role.activity_id, gate))
        reason = f"{state.role.person.full_name} changed the disclosure: {state.verdict.blocking[0].sentence}"
        reopen_gate(SYSTEM, state.role.activity, gate=gate.value, reason=reason[:300])
