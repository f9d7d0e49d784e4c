"""Costly reads of other modules as the pages read them: kept where the year is large. Each asks for the viewer's reach first."""

from __future__ import annotations

from lifelong.kernel.access import SYSTEM, Actor, Permission
from lifelong.loop.improvement import kept, reads
from lifelong.loop.improvement import marks as told
from lifelong.loop.outcomes.dashboard import Dashboard
from lifelong.loop.outcomes.dashboard import dashboard as count
from lifelong.loop.program.models import AccreditedProvider

P = Permission


def dashboard(viewer: Actor, provider: AccreditedProvider, year: int) -> Dashboard:
    """The dashboard of director and dean. Raises `BeingCounted` for a large year not counted yet."""
    reads.see(viewer, provider, P.SEE_MISSION_RESULTS, "dashboard")
    return DASHBOARD(provider, year)


def marks(viewer: Actor, provider: AccreditedProvider, year: int) -> tuple[told.Mark, ...]:
    """What activities say of themselves, as shares. Raises `BeingCounted` for a large year not counted yet."""
    reads.see(viewer, provider, P.SEE_IMPROVEMENT, "coverage")
    return MARKS(provider, year)


def _marks(provider: AccreditedProvider, year: int) -> tuple[told.Mark, ...]:
    return told.marks(SYSTEM, provider, year)


DASHBOARD = kept.register("dashboard", Dashboard, count)
MARKS = kept.register("coverage/marks", tuple[told.Mark, ...], _marks)
