"""What follows from a disclosure. Each may be repeated without harm; mail is written where addresses are known (web)."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from lifelong.kernel.access import SYSTEM
from lifelong.kernel.problems import Problem
from lifelong.loop.integrity import actions, reads
from lifelong.loop.integrity.models import Disclosure
from lifelong.loop.planning.actions import reopen_gate
from lifelong.loop.planning.models import PlanningRole
from lifelong.rules.gates import Gate
from lifelong.rules.integrity import RoleGroup

log = logging.getLogger(__name__)


def start_clear_roles(disclosure_id: int) -> None:
    """Roles with nothing to decide begin at once: nobody needs to look at them."""
    disclosure = Disclosure.objects.get(pk=disclosure_id)
    _start_clear(reads.roles_of(disclosure.person_id))


def start_clear_role(role_id: int) -> None:
    """Somebody whose disclosure is on file and has nothing to decide begins as soon as they are asked."""
    role = reads.role_by_id(role_id)
    if role is not None and role.ended_at is None and role.activity.closed_at is None:
        _start_clear([role])


def _start_clear(roles: Iterable[PlanningRole]) -> None:
    for state in reads.role_states([role for role in roles if role.started_at is None]):
        if state.step is reads.Step.START and not state.relationships:
            actions.start_role(SYSTEM, state.role)


def tell_learners(role_id: int) -> None:
    """After a role began: learners of an activity that is open already are told of it before the session.

    A session added after publication has no text of its own until its speaker is cleared; while somebody else of the session is
    not, nothing is promised and the next role that begins tries again.
    """
    role = PlanningRole.objects.select_related("activity", "session").filter(pk=role_id, ended_at=None).first()
    if role is None or role.activity.published_at is None:
        return
    try:
        actions.freeze_learner_disclosure(SYSTEM, role.activity, session=role.session)
    except Problem as not_yet:
        log.info("the disclosure of activity %s waits: %s", role.activity_id, not_yet)


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
