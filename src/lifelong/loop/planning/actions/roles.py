"""People in control of content: asked into a role, and out of it."""

from __future__ import annotations

from lifelong.kernel import clock
from lifelong.kernel.access import Actor, Permission, Role
from lifelong.kernel.action import action, already
from lifelong.kernel.problems import NotAllowed, problem
from lifelong.loop.people.models import Person, RoleGrant
from lifelong.loop.planning.models import Activity, PlanningRole, Session

# What a planning role opens in the software. Reviewers see disclosures: that grant is given by the director of the office alone.
OPENS = {
    PlanningRole.Kind.DIRECTOR.value: Role.COURSE_DIRECTOR,
    PlanningRole.Kind.PLANNER.value: Role.PLANNER,
    PlanningRole.Kind.FACULTY.value: Role.FACULTY,
}


@action(needs=Permission.EDIT_PLANNING, audit="role.added")
def add_role(
    actor: Actor,
    activity: Activity,
    *,
    person: Person,
    kind: str,
    session: Session | None = None,
    profession: str = "",
    topic: str = "",
) -> PlanningRole:
    """Ask a person into a role on the activity or one session. The role does not start here: disclosure, decision and mitigation come first.

    Natural key: activity or session, person, kind. Directors and reviewers are named by the office or the department, not by a planner.
    """
    if kind not in PlanningRole.Kind.values:
        raise problem(
            "planning.role_kind",
            f"“{kind}” is not a role.",
            f"Choose one of {', '.join(PlanningRole.Kind.values)}.",
            "kind",
        )
    if session is not None and session.activity_id != activity.pk:
        raise problem(
            "planning.session",
            "This session belongs to another activity.",
            "Choose one of this activity's sessions.",
            "session",
        )
    if kind in (PlanningRole.Kind.DIRECTOR, PlanningRole.Kind.REVIEWER) and not _is_of_the_office(actor, activity):
        raise NotAllowed("naming a director or reviewer")
    same = PlanningRole.objects.filter(
        activity=activity, session=session, person=person, kind=kind, ended_at=None
    ).first()
    if same is not None:
        return already(same)  # type: ignore[no-any-return]
    if not profession:
        profile = getattr(person, "profile", None)
        profession = profile.profession if profile else ""
    role = PlanningRole.objects.create(
        activity=activity,
        session=session,
        person=person,
        kind=kind,
        profession=profession,
        topic=topic,
        asked_at=clock.now(),
    )
    opened = OPENS.get(kind)
    if opened is not None:
        where = {
            "person": person,
            "role": opened.value,
            "provider_id": activity.provider_id,
            "activity_id": activity.pk,
            "revoked_at": None,
        }
        if not RoleGrant.objects.filter(**where).exists():
            RoleGrant.objects.create(**where, granted_at=clock.now())
    return role


@action(needs=Permission.EDIT_PLANNING, audit="role.ended")
def end_role(actor: Actor, role: PlanningRole) -> PlanningRole:
    """Take a person out of a role: replaced or withdrawn. What they see through it ends with the last such role."""
    if role.ended_at is not None:
        return already(role)
    if role.kind in (PlanningRole.Kind.DIRECTOR, PlanningRole.Kind.REVIEWER) and not _is_of_the_office(
        actor, role.activity
    ):
        raise NotAllowed("ending the role of a director or reviewer")
    role.ended_at = clock.now()
    role.save(update_fields=["ended_at"])
    opened = OPENS.get(role.kind)
    others = PlanningRole.objects.filter(
        activity_id=role.activity_id, person_id=role.person_id, kind=role.kind, ended_at=None
    )
    if opened is not None and not others.exists():
        grants = RoleGrant.objects.filter(
            person_id=role.person_id, role=opened.value, activity_id=role.activity_id, revoked_at=None
        )
        grants.update(revoked_at=role.ended_at)
    return role


def _is_of_the_office(actor: Actor, activity: Activity) -> bool:
    """Whether the right to plan comes from the office or department, not from a role on this one activity."""
    if actor.is_system:
        return True
    grants = actor.grants_for(Permission.EDIT_PLANNING, activity.provider_id)
    return any(grant.activity_id is None and grant.covers(activity.scope) for grant in grants)
