"""Who reads the report of an activity: its links, and the people who get one after closing."""

from __future__ import annotations

import datetime as dt

from django.db.models import Q

from lifelong.kernel import clock
from lifelong.kernel.access import Role
from lifelong.kernel.problems import NotFound
from lifelong.loop.outcomes.models import SharedReport
from lifelong.loop.people.models import Person, RoleGrant
from lifelong.loop.planning.models import Activity, PlanningRole
from lifelong.loop.surveys.tokens import digest_of, token_for

LINK_DAYS = 365
PLANNING = (PlanningRole.Kind.DIRECTOR, PlanningRole.Kind.PLANNER)


def token_of(shared: SharedReport) -> str:
    """The secret of a link; a link that is sent again after it was taken back has another."""
    return token_for("outcome_report", shared.activity_id, shared.person_id, shared.shared_at.isoformat())


def shared_by_token(token: str) -> SharedReport:
    """What a link opens. Raises NotFound for one that is unknown, was taken back, or is older than a year."""
    rows = SharedReport.objects.select_related("activity__provider", "person")
    since = clock.now() - dt.timedelta(days=LINK_DAYS)
    found = rows.filter(token_digest=digest_of(token), revoked_at=None, shared_at__gt=since).first() if token else None
    if found is None:
        raise NotFound("report")
    return found  # type: ignore[no-any-return]


def shared_by_id(shared_id: int) -> SharedReport | None:
    """For the effect that mails it; None once it was taken back."""
    rows = SharedReport.objects.select_related("activity__provider__contact", "person")
    return rows.filter(pk=shared_id, revoked_at=None).first()


def mark_sent(shared: SharedReport) -> None:
    """After its mail went out; called by the effect that sent it."""
    SharedReport.objects.filter(pk=shared.pk).update(sent_at=clock.now())


def shared_with(of: Activity) -> list[SharedReport]:
    """Everybody who was sent the report, with the day of opening."""
    return list(
        SharedReport.objects.filter(activity=of)
        .select_related("person")
        .order_by("reader", "person__family_name", "pk")
    )


def readers_of(of: Activity) -> list[tuple[Person, str]]:
    """Planners in charge and leaders of the program: who is told without asking (HMS-47, HMS-48). A planner who leads is a planner."""
    roles = of.planning_roles.filter(kind__in=PLANNING, ended_at=None, session=None).select_related("person")
    found = {role.person_id: (role.person, "planner") for role in roles.order_by("pk")}
    leads = RoleGrant.objects.filter(
        Q(role=Role.LEADER.value) | Q(role=Role.DIRECTOR.value), provider_id=of.provider_id, organisation=None, activity_id=None,
        revoked_at=None,
    ).select_related("person")  # fmt: skip
    for grant in leads.order_by("pk"):
        found.setdefault(grant.person_id, (grant.person, "leader"))
    return [pair for pair in found.values() if pair[0].is_active and pair[0].email]
