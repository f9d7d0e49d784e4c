"""Who may do what. Roles are rows, what a role includes is this page; every door (web, API, SMS, CLI, job) asks `may`."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class Role(StrEnum):
    """The nineteen roles. The second word of each comment is the widest scope its grant may have."""

    OPERATOR = "operator"  # installation: hosts the system, sees no personal content through it
    DIRECTOR = "director"  # provider
    COORDINATOR = "coordinator"  # provider
    ACCREDITATION_MANAGER = "accreditation_manager"  # provider
    CREDIT_OFFICER = "credit_officer"  # provider
    EVALUATOR = "evaluator"  # provider
    FINANCE = "finance"  # provider
    REVIEWER = "reviewer"  # provider or activity
    SERIES_COORDINATOR = "series_coordinator"  # organisation
    APPLICANT = "applicant"  # organisation
    COURSE_DIRECTOR = "course_director"  # activity
    PLANNER = "planner"  # activity
    FACULTY = "faculty"  # activity
    JOINT_PARTNER = "joint_partner"  # activity
    LEADER = "leader"  # provider, read only
    ACCREDITOR = "accreditor"  # provider, read only
    LEARNER = "learner"  # own things
    COMMUNITY_MEMBER = "community_member"  # own things
    INTEGRATION = "integration"  # provider: a machine with a token


class Permission(StrEnum):
    """What can be asked for. Reading and writing are apart."""

    SEE_OFFICE = "see_office"  # open the office at all: the worklist
    SEE_MISSION_RESULTS = "see_mission_results"
    MANAGE_PROGRAM = "manage_program"  # profile, organisations, policies
    MANAGE_PEOPLE = "manage_people"  # role grants, merging
    SEE_PEOPLE = "see_people"
    SEE_NEEDS = "see_needs"
    EDIT_NEEDS = "edit_needs"  # imports, sources, gaps
    SEE_PLANNING = "see_planning"
    EDIT_PLANNING = "edit_planning"
    PASS_GATE = "pass_gate"
    SEE_DISCLOSURES = "see_disclosures"
    REVIEW_DISCLOSURES = "review_disclosures"
    REQUEST_DISCLOSURE = "request_disclosure"
    REVIEW_CONTENT = "review_content"
    EDIT_SUPPORT = "edit_support"
    DESIGNATE_CREDIT = "designate_credit"
    PUBLISH = "publish"
    SEE_DELIVERY = "see_delivery"
    RUN_SESSION = "run_session"  # show codes, mark attendance by hand
    RECORD_OWN = "record_own"  # own attendance, evaluation, claim, follow-up, disclosure
    SEE_OWN = "see_own"
    SEE_CREDIT = "see_credit"
    CORRECT_CREDIT = "correct_credit"  # reversal, late claim
    PAUSE_CREDIT = "pause_credit"
    SEE_EVALUATION = "see_evaluation"  # aggregated, small cells suppressed
    EDIT_EVALUATION = "edit_evaluation"
    SEE_OUTCOMES = "see_outcomes"
    EDIT_OUTCOMES = "edit_outcomes"
    SEE_REPORTING = "see_reporting"
    RUN_REPORTING = "run_reporting"
    SEE_IMPROVEMENT = "see_improvement"
    EDIT_IMPROVEMENT = "edit_improvement"
    EXPORT = "export"
    SEE_AUDIT = "see_audit"
    OPERATE = "operate"  # health, jobs


P, R = Permission, Role
_READ_OFFICE = {
    P.SEE_OFFICE, P.SEE_MISSION_RESULTS, P.SEE_NEEDS, P.SEE_PLANNING, P.SEE_DELIVERY, P.SEE_CREDIT,
    P.SEE_EVALUATION, P.SEE_OUTCOMES, P.SEE_REPORTING, P.SEE_IMPROVEMENT,
}  # fmt: skip
_OWN = {P.RECORD_OWN, P.SEE_OWN}
_COORDINATE = _READ_OFFICE | {
    P.SEE_PEOPLE, P.EDIT_NEEDS, P.EDIT_PLANNING, P.PASS_GATE, P.SEE_DISCLOSURES, P.REQUEST_DISCLOSURE, P.DESIGNATE_CREDIT,
    P.PUBLISH, P.RUN_SESSION, P.EDIT_EVALUATION, P.RUN_REPORTING, P.EXPORT, P.EDIT_SUPPORT,
}  # fmt: skip
INCLUDES: dict[Role, frozenset[Permission]] = {
    R.OPERATOR: frozenset({P.OPERATE}),
    R.DIRECTOR: frozenset(set(Permission) - {P.OPERATE, P.RECORD_OWN, P.SEE_OWN}),
    R.COORDINATOR: frozenset(_COORDINATE),
    R.ACCREDITATION_MANAGER: frozenset(
        _READ_OFFICE
        | {
            P.SEE_DISCLOSURES,
            P.REVIEW_DISCLOSURES,
            P.SEE_AUDIT,
            P.RUN_REPORTING,
            P.EXPORT,
            P.EDIT_IMPROVEMENT,
            P.PASS_GATE,
        }
    ),
    R.CREDIT_OFFICER: frozenset(
        {
            P.SEE_OFFICE,
            P.SEE_PEOPLE,
            P.SEE_PLANNING,
            P.SEE_DELIVERY,
            P.SEE_CREDIT,
            P.CORRECT_CREDIT,
            P.PAUSE_CREDIT,
            P.DESIGNATE_CREDIT,
            P.SEE_REPORTING,
            P.RUN_REPORTING,
            P.EXPORT,
        }
    ),  # fmt: skip
    R.EVALUATOR: frozenset(
        {
            P.SEE_OFFICE,
            P.SEE_MISSION_RESULTS,
            P.SEE_NEEDS,
            P.EDIT_NEEDS,
            P.SEE_PLANNING,
            P.SEE_EVALUATION,
            P.EDIT_EVALUATION,
            P.SEE_OUTCOMES,
            P.EDIT_OUTCOMES,
            P.SEE_IMPROVEMENT,
            P.EDIT_IMPROVEMENT,
            P.EXPORT,
        }
    ),  # fmt: skip
    R.FINANCE: frozenset({P.SEE_OFFICE, P.SEE_PLANNING, P.EDIT_SUPPORT}),
    R.REVIEWER: frozenset({P.SEE_OFFICE, P.SEE_PLANNING, P.SEE_DISCLOSURES, P.REVIEW_DISCLOSURES, P.REVIEW_CONTENT}),
    R.SERIES_COORDINATOR: frozenset(
        {
            P.SEE_OFFICE,
            P.SEE_NEEDS,
            P.SEE_PLANNING,
            P.EDIT_PLANNING,
            P.REQUEST_DISCLOSURE,
            P.SEE_DELIVERY,
            P.RUN_SESSION,
            P.SEE_EVALUATION,
        }
    ),
    R.APPLICANT: frozenset({P.SEE_OFFICE, P.SEE_NEEDS, P.SEE_PLANNING, P.EDIT_PLANNING}),
    R.COURSE_DIRECTOR: frozenset(
        {
            P.SEE_OFFICE,
            P.SEE_NEEDS,
            P.SEE_PLANNING,
            P.EDIT_PLANNING,
            P.SEE_DELIVERY,
            P.RUN_SESSION,
            P.SEE_EVALUATION,
            P.SEE_OUTCOMES,
        }
    ),
    R.PLANNER: frozenset({P.SEE_OFFICE, P.SEE_PLANNING, P.EDIT_PLANNING, P.SEE_EVALUATION}),
    R.FACULTY: frozenset({P.SEE_PLANNING}),
    R.JOINT_PARTNER: frozenset({P.SEE_OFFICE, P.SEE_PLANNING}),
    R.LEADER: frozenset({P.SEE_MISSION_RESULTS, P.SEE_OUTCOMES, P.SEE_IMPROVEMENT}),
    R.ACCREDITOR: frozenset(_READ_OFFICE | {P.SEE_DISCLOSURES, P.SEE_AUDIT}),
    R.LEARNER: frozenset(_OWN),
    R.COMMUNITY_MEMBER: frozenset(_OWN),
    R.INTEGRATION: frozenset({P.RUN_SESSION, P.SEE_DELIVERY}),
}


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a thing belongs. A missing part means the thing is not narrowed by it."""

    provider_id: int | None = None
    organisation_id: int | None = None
    activity_id: int | None = None
    person_id: int | None = None


class Scoped(Protocol):
    @property
    def scope(self) -> Scope: ...


@dataclass(frozen=True, slots=True)
class Grant:
    """A role held somewhere: in a provider, in one of its organisations, or on one activity."""

    role: Role
    provider_id: int | None = None
    organisation_id: int | None = None
    activity_id: int | None = None

    def covers(self, scope: Scope) -> bool:
        if self.role is Role.OPERATOR:
            return True
        if self.provider_id != scope.provider_id:
            return False
        if self.organisation_id is not None and self.organisation_id != scope.organisation_id:
            return False
        return self.activity_id is None or self.activity_id == scope.activity_id


@dataclass(frozen=True, slots=True)
class Actor:
    """Whoever acts: a person with grants, a signed link that stands for a person, or the system itself."""

    person_id: int | None = None
    name: str = ""
    email: str = ""
    grants: tuple[Grant, ...] = ()
    channel: str = "web"
    is_system: bool = False
    link: frozenset[str] = field(default_factory=frozenset)  # what a signed link opens, e.g. {"follow_up:12"}

    @property
    def roles(self) -> frozenset[Role]:
        return frozenset(grant.role for grant in self.grants)

    def provider_ids(self, needs: Permission | None = None) -> set[int]:
        """Providers in which the actor holds any role, or any that includes `needs`."""
        return {
            grant.provider_id
            for grant in self.grants
            if grant.provider_id is not None and (needs is None or needs in INCLUDES[grant.role])
        }

    def grants_for(self, needs: Permission, provider_id: int | None) -> list[Grant]:
        return [
            g
            for g in self.grants
            if needs in INCLUDES[g.role] and (g.provider_id == provider_id or g.role is Role.OPERATOR)
        ]


NOBODY = Actor()
SYSTEM = Actor(name="Lifelong", channel="job", is_system=True)


def may(actor: Actor, needs: Permission, thing: Scoped | Scope) -> bool:
    """Whether `actor` may do `needs` to `thing`. Own things need no grant: being the person is the right."""
    if actor.is_system:
        return True
    scope = thing if isinstance(thing, Scope) else thing.scope
    if needs in _OWN:
        return actor.person_id is not None and actor.person_id == scope.person_id
    return any(needs in INCLUDES[grant.role] and grant.covers(scope) for grant in actor.grants)


def reach(actor: Actor, needs: Permission, provider_id: int) -> tuple[bool, frozenset[int], frozenset[int]]:
    """How far `needs` reaches in one provider: (all of it, organisation ids, activity ids). For scoping queries."""
    if actor.is_system:
        return True, frozenset(), frozenset()
    grants = actor.grants_for(needs, provider_id)
    everything = any(g.organisation_id is None and g.activity_id is None for g in grants)
    organisations = frozenset(g.organisation_id for g in grants if g.organisation_id is not None)
    activities = frozenset(g.activity_id for g in grants if g.activity_id is not None)
    return everything, organisations, activities
