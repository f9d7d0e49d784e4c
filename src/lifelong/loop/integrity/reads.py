"""What we know of independence: where each role stands, what waits for whom, what learners are told."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import F, Q, QuerySet

from lifelong.kernel import clock
from lifelong.kernel.access import Actor, Permission, reach
from lifelong.kernel.problems import NotFound
from lifelong.loop.integrity.companies import match_name
from lifelong.loop.integrity.models import (
    ComplianceCase,
    Disclosure,
    DisclosureRequest,
    IneligibleCompany,
    LearnerDisclosure,
    Relationship,
    RelevanceDecision,
)
from lifelong.loop.planning.models import Activity, PlanningRole, Session
from lifelong.loop.program.models import AccreditedProvider
from lifelong.rules.books import load_book
from lifelong.rules.integrity import (
    MitigationFacts,
    PersonToDisclose,
    RelationshipFacts,
    RoleFacts,
    RoleGroup,
    may_start_role,
)
from lifelong.rules.integrity import learner_disclosure as told
from lifelong.rules.verdict import Verdict

P = Permission
K = PlanningRole.Kind
PLANNERS = frozenset({K.DIRECTOR.value, K.PLANNER.value, K.REVIEWER.value})
Key = tuple[int, str, bool, bool, dt.date | None]


class Step(StrEnum):
    """What a role waits for next."""

    DISCLOSURE = "disclosure"  # the person
    REVIEW = "review"  # a reviewer: decide or mitigate
    EXCLUDED = "excluded"  # an owner or employee: another person, or an exception
    START = "start"  # nothing is missing; the role may begin
    STARTED = "started"


def group_of(kind: str) -> RoleGroup:
    """Which menu of mitigation suits the role."""
    return RoleGroup.PLANNER if kind in PLANNERS else RoleGroup.FACULTY


def exception_key(letter: str) -> str:
    """The rule book's key of exception a, b or c; empty for none."""
    keys = list(load_book("accme").table("sii.exclusion_exceptions"))
    return keys["abc".index(letter)] if letter and letter in "abc" else ""


def exceptions() -> list[tuple[str, str]]:
    """The three exceptions for owners and employees: (letter, words)."""
    return [
        (letter, str(text))
        for letter, text in zip("abc", load_book("accme").table("sii.exclusion_exceptions").values(), strict=True)
    ]


def mitigations(kind: str) -> list[tuple[str, str]]:
    """The strategies that suit a role: (key, words)."""
    return [
        (key, str(text)) for key, text in load_book("accme").table(f"sii.mitigation.{group_of(kind).value}").items()
    ]


def natures() -> list[tuple[str, str]]:
    """The kinds of relationship of the book: (key, words)."""
    return [(key, nature_words(key)) for key in load_book("accme").names("sii.natures")]


def nature_words(key: str) -> str:
    return key.replace("_", " ")


def definition() -> str:
    """What an ineligible company is."""
    return load_book("accme").text("sii.ineligible_company")


def lookback_months() -> int:
    return load_book("accme").integer("sii.lookback_months")


# --- where a role stands --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RelationshipState:
    """One relationship seen from one role. `withdrawn`: disclosed and decided before, missing in the newest disclosure."""

    relationship: Relationship
    decision: RelevanceDecision | None
    withdrawn: bool = False

    @property
    def is_open(self) -> bool:
        return self.decision is None or (self.decision.is_relevant and not self.decision.mitigation)


@dataclass(frozen=True, slots=True)
class RoleState:
    """Where one role stands: what was disclosed, decided and done, and whether it may start (as of now)."""

    role: PlanningRole
    disclosure: Disclosure | None
    request: DisclosureRequest | None
    relationships: tuple[RelationshipState, ...]
    facts: RoleFacts
    verdict: Verdict

    @property
    def step(self) -> Step:
        if self.verdict.holds:
            return Step.STARTED if self.role.started_at else Step.START
        rules = {reason.rule for reason in self.verdict.blocking}
        if "R-S3-1" in rules:
            return Step.DISCLOSURE
        return Step.EXCLUDED if "R-S3-2" in rules else Step.REVIEW

    @property
    def relevant(self) -> tuple[Relationship, ...]:
        return tuple(one.relationship for one in self.relationships if one.decision and one.decision.is_relevant)


def role_state(role: PlanningRole) -> RoleState:
    return role_states([role])[0]


def activity_states(activity: Activity) -> list[RoleState]:
    """Every role in force on an activity and its sessions. Five queries, however many roles."""
    roles = PlanningRole.objects.filter(activity=activity, ended_at=None, session__cancelled_at=None)
    return role_states(list(roles.select_related("activity", "session", "person").order_by("session_id", "id")))


def role_states(roles: Sequence[PlanningRole]) -> list[RoleState]:
    """The state of many roles at once; the caller has checked that the viewer may know."""
    people = {role.person_id for role in roles}
    newest: dict[int, Disclosure] = {}
    disclosures = Disclosure.objects.filter(person_id__in=people).prefetch_related("relationships__company")
    for disclosure in disclosures.order_by("person_id", "version"):
        newest[disclosure.person_id] = disclosure
    decisions: dict[int, list[RelevanceDecision]] = {}
    for decision in (
        RelevanceDecision.objects.filter(role__in=roles)
        .select_related("relationship__company", "decided_by")
        .order_by("id")
    ):
        decisions.setdefault(decision.role_id, []).append(decision)
    requests = {one.role_id: one for one in DisclosureRequest.objects.filter(role__in=roles).order_by("id")}
    conflicted = _conflicted(roles, decisions)
    now = clock.now()
    return [
        _state(role, newest.get(role.person_id), decisions.get(role.pk, []), requests.get(role.pk), conflicted, now)
        for role in roles
    ]


def key_of(one: Relationship) -> Key:
    return (one.company_id, one.nature, one.is_private_equity, one.has_ended, one.ended_on)


def _state(
    role: PlanningRole,
    disclosure: Disclosure | None,
    decisions: list[RelevanceDecision],
    request: DisclosureRequest | None,
    conflicted: frozenset[tuple[int, int]],
    now: dt.datetime,
) -> RoleState:
    current = list(disclosure.relationships.all()) if disclosure else []
    by_key = {
        key_of(decision.relationship): decision for decision in decisions
    }  # a repeated disclosure keeps its decisions
    seen = [RelationshipState(one, by_key.get(key_of(one))) for one in current]
    held = {(one.company_id, one.nature) for one in current}
    for decision in decisions:
        old = decision.relationship
        if disclosure and (old.company_id, old.nature) not in held and old.disclosure_id != disclosure.pk:
            # A17: what was decided on and is no longer disclosed needs a second look before anything goes on
            looked_at_since = decision.decided_at >= disclosure.submitted_at
            seen.append(RelationshipState(old, decision if looked_at_since else None, withdrawn=True))
            held.add((old.company_id, old.nature))
    facts = _facts(role, disclosure, seen, conflicted, now)
    return RoleState(role, disclosure, request, tuple(seen), facts, may_start_role(facts))


def _facts(
    role: PlanningRole,
    disclosure: Disclosure | None,
    seen: Iterable[RelationshipState],
    conflicted: frozenset[tuple[int, int]],
    now: dt.datetime,
) -> RoleFacts:
    decided = [one.decision for one in seen if one.decision]
    excepted = next((decision for decision in decided if decision.exception), None)
    activity = role.activity
    return RoleFacts(
        person=role.person.full_name,
        group=group_of(role.kind),
        role_starts_at=now,
        attested_at=disclosure.submitted_at if disclosure and disclosure.attested else None,
        covers_from=disclosure.covers_from if disclosure else None,
        relationships=tuple(_relationship_facts(role, one, conflicted) for one in seen),
        exclusion_exception=exception_key(excepted.exception) if excepted else "",
        exclusion_exception_reason=excepted.exception_reason if excepted else "",
        exclusion_exception_signed_at=excepted.decided_at if excepted else None,
        activity_exception=activity.exception_to_disclosure,
        activity_exception_reason=activity.exception_reason,
        activity_exception_approved=bool(activity.exception_reason),
        activity_is_series=activity.is_series,
    )


def _relationship_facts(
    role: PlanningRole, one: RelationshipState, conflicted: frozenset[tuple[int, int]]
) -> RelationshipFacts:
    relationship, decision = one.relationship, one.decision
    by_conflicted = bool(decision) and (role.activity_id, decision.decided_by_id) in conflicted if decision else False
    mitigation = None
    if decision and decision.mitigation and decision.mitigated_at:
        mitigation = MitigationFacts(
            strategy=decision.mitigation,
            done_at=decision.mitigated_at,
            description=decision.mitigation_note,
            by_conflicted=by_conflicted,
        )
    over = relationship.ended_on or (
        one.relationship.disclosure.submitted_at.date() if relationship.has_ended else None
    )
    return RelationshipFacts(
        company=relationship.company.name,
        nature=relationship.nature,
        private_company_equity=relationship.is_private_equity,
        ended_on=over,
        relevant=decision.is_relevant if decision else None,
        relevance_reason=decision.reason if decision else "",
        decided_by_conflicted=by_conflicted,
        mitigation=mitigation,
    )


def _conflicted(
    roles: Sequence[PlanningRole], decisions: dict[int, list[RelevanceDecision]]
) -> frozenset[tuple[int, int]]:
    """(activity, person) of deciders who have a relevant relationship of their own on that activity."""
    deciders = {decision.decided_by_id for several in decisions.values() for decision in several}
    rows = RelevanceDecision.objects.filter(
        is_relevant=True,
        role__person_id__in=deciders,
        role__activity_id__in={role.activity_id for role in roles},
        role__ended_at=None,
    )
    return frozenset(rows.values_list("role__activity_id", "role__person_id"))


def has_conflict(person_id: int, role: PlanningRole, relationship: Relationship) -> str:
    """Why this person may not decide on this relationship; empty when they may."""
    if person_id == role.person_id:
        return "Nobody decides on their own relationships."
    own = RelevanceDecision.objects.filter(
        is_relevant=True, role__person_id=person_id, role__activity_id=role.activity_id, role__ended_at=None
    )
    if own.exists():
        return "You have a relevant relationship of your own in this activity."
    newest = Disclosure.objects.filter(person_id=person_id).order_by("-version").first()
    if newest and newest.relationships.filter(company_id=relationship.company_id, has_ended=False).exists():
        return f"You have a relationship with {relationship.company.name} yourself."
    return ""


# --- worklist and review --------------------------------------------------------------------------------------------------


def _roles(viewer: Actor, provider: AccreditedProvider, needs: Permission) -> QuerySet[PlanningRole]:
    everything, organisations, activities = reach(viewer, needs, provider.pk)
    rows = PlanningRole.objects.filter(activity__provider=provider, ended_at=None)
    if not everything:
        if not organisations and not activities:
            raise NotFound("page")
        rows = rows.filter(Q(activity__organisation_id__in=organisations) | Q(activity_id__in=activities))
    return rows.select_related("activity", "session", "person")


def role(
    viewer: Actor, provider: AccreditedProvider, role_id: int, *, needs: Permission = P.SEE_DISCLOSURES
) -> PlanningRole:
    found = _roles(viewer, provider, needs).filter(pk=role_id).first()
    if found is None:
        raise NotFound("role")
    return found


@dataclass(frozen=True, slots=True)
class OpenRole:
    """One line of the worklist: who keeps what from going on, since when, and what it blocks first."""

    state: RoleState
    since: dt.datetime
    needed_by: dt.datetime | None

    @property
    def role(self) -> PlanningRole:
        return self.state.role

    @property
    def reminders(self) -> int:
        return self.state.request.reminders if self.state.request else 0


def open_disclosures(viewer: Actor, provider: AccreditedProvider, *, limit: int = 200) -> list[OpenRole]:
    """Roles that wait for disclosure, review, mitigation or their start, the soonest session first."""
    now = clock.now()
    rows = _roles(viewer, provider, P.SEE_DISCLOSURES).filter(activity__closed_at=None, session__cancelled_at=None)
    changed = Disclosure.objects.filter(person__planning_roles__in=rows).filter(
        submitted_at__gt=F("person__planning_roles__started_at")
    )
    waiting = rows.filter(Q(started_at=None) | Q(person_id__in=changed.values("person_id")))
    coming = waiting.filter(Q(session=None) | Q(session__ends_at__gte=now)).order_by(
        F("session__starts_at").asc(nulls_first=True), "id"
    )
    states = role_states(list(coming[:limit]))
    first = _first_sessions({state.role.activity_id for state in states}, now)
    found = []
    for state in states:
        if state.step is Step.STARTED:
            continue
        since = state.request.sent_at if state.request else state.role.asked_at
        if state.step is not Step.DISCLOSURE and state.disclosure:
            since = state.disclosure.submitted_at
        session = state.role.session
        found.append(OpenRole(state, since, session.starts_at if session else first.get(state.role.activity_id)))
    far = dt.datetime.max.replace(tzinfo=dt.UTC)
    return sorted(found, key=lambda line: (line.needed_by or far, line.role.pk))


def _first_sessions(activity_ids: set[int], now: dt.datetime) -> dict[int, dt.datetime]:
    rows = Session.objects.filter(activity_id__in=activity_ids, starts_at__gte=now, cancelled_at=None).order_by(
        "-starts_at"
    )
    return dict(rows.values_list("activity_id", "starts_at"))  # the earliest is written last


def roles_of(person_id: int) -> list[PlanningRole]:
    """Roles in force of a person in activities that are not closed, in every program."""
    rows = PlanningRole.objects.filter(
        person_id=person_id, ended_at=None, activity__closed_at=None, session__cancelled_at=None
    )
    return list(rows.select_related("activity__provider", "session", "person").order_by("id"))


def unsettled_roles(person_id: int) -> list[RoleState]:
    """Roles that have begun and no longer stand: the disclosure changed after they were cleared (A17)."""
    states = role_states([role for role in roles_of(person_id) if role.started_at])
    return [state for state in states if not state.verdict.holds]


def unsettled_by(disclosure_id: int) -> list[RoleState]:
    """Begun roles that no longer stand since this disclosure."""
    disclosure = Disclosure.objects.filter(pk=disclosure_id).first()
    return unsettled_roles(disclosure.person_id) if disclosure else []


def role_by_id(role_id: int) -> PlanningRole | None:
    """For effects: a role whoever asks."""
    return (
        PlanningRole.objects.select_related("activity__provider__contact", "session", "person")
        .filter(pk=role_id)
        .first()
    )


def history(viewer: Actor, provider: AccreditedProvider, person_id: int) -> list[Disclosure]:
    """All versions of what a person disclosed, the newest first, for staff of a provider in which the person has a role."""
    if not _roles(viewer, provider, P.SEE_DISCLOSURES).filter(person_id=person_id).exists():
        raise NotFound("person")
    rows = (
        Disclosure.objects.filter(person_id=person_id)
        .select_related("person")
        .prefetch_related("relationships__company")
    )
    return list(rows.order_by("-version"))


# --- the invited person ---------------------------------------------------------------------------------------------------


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def request_by_token(token: str, now: dt.datetime | None = None) -> DisclosureRequest:
    """The request behind a link. Unknown, expired and withdrawn links get one answer."""
    found = (
        DisclosureRequest.objects.select_related("role__person", "role__activity__provider__contact", "role__session")
        .filter(token_digest=digest_of(token), expires_at__gt=now or clock.now(), role__ended_at=None)
        .first()
    )
    if found is None:
        raise NotFound("link")
    return found  # type: ignore[no-any-return]


def open_request(role_id: int) -> DisclosureRequest | None:
    """The newest request of a role that is neither answered nor over."""
    rows = DisclosureRequest.objects.select_related(
        "role__person", "role__activity__provider__contact", "role__session"
    )
    return rows.filter(role_id=role_id, answered_at=None, expires_at__gt=clock.now()).order_by("-id").first()


def latest_disclosure(person_id: int) -> Disclosure | None:
    rows = Disclosure.objects.filter(person_id=person_id).prefetch_related("relationships__company")
    return rows.order_by("-version").first()


def companies(text: str = "", limit: int = 20) -> list[str]:
    """Names of known companies that begin like `text`, for suggestions."""
    wanted = match_name(text) if text.strip() else ""
    rows = (
        IneligibleCompany.objects.filter(match_name__startswith=wanted) if wanted else IneligibleCompany.objects.all()
    )
    return list(rows.order_by("name").values_list("name", flat=True)[:limit])


# --- what learners are told -----------------------------------------------------------------------------------------------


def learner_disclosure(activity: Activity, session: Session | None = None) -> str:
    """The text for learners now: everybody in control of the activity and (of a session) of that session."""
    if activity.exception_to_disclosure:
        exempt = load_book("accme").table("sii.activity_exceptions").get(activity.exception_to_disclosure)
        if exempt:
            return (
                load_book("accme")
                .text("sii.disclosure.exempt")
                .format(exception=str(exempt)[0].lower() + str(exempt)[1:])
            )
    states = [
        s
        for s in activity_states(activity)
        if s.role.session_id is None or session is None or s.role.session_id == session.pk
    ]
    return told(people_to_disclose(states)).text


def people_to_disclose(states: Iterable[RoleState]) -> list[PersonToDisclose]:
    """One line per person: the roles together, the relevant relationships once each."""
    people: dict[int, tuple[str, list[str], list[tuple[str, str]]]] = {}
    for state in states:
        name, roles, relations = people.setdefault(state.role.person_id, (state.role.person.full_name, [], []))
        words = PlanningRole.Kind(state.role.kind).label.lower()
        if words not in roles:
            roles.append(words)
        for one in state.relevant:
            line = (one.company.name, nature_words(one.nature))
            if line not in relations:
                relations.append(line)
    return [PersonToDisclose(name=n, role=" and ".join(r), relationships=tuple(rel)) for n, r, rel in people.values()]


def shown_disclosure(activity: Activity, session: Session | None = None) -> LearnerDisclosure | None:
    """The frozen text in force: of the session where it has one, else of the activity."""
    rows = LearnerDisclosure.objects.filter(activity=activity).order_by("-shown_from", "-id")
    own = rows.filter(session=session).first() if session else None
    return own or rows.filter(session=None).first()


def shown_disclosures(activity: Activity) -> list[LearnerDisclosure]:
    """Everything that was ever shown, for the file."""
    return list(LearnerDisclosure.objects.filter(activity=activity).select_related("session").order_by("-shown_from"))


def cases(viewer: Actor, provider: AccreditedProvider) -> list[ComplianceCase]:
    """Open compliance cases."""
    everything, _, _ = reach(viewer, P.SEE_DISCLOSURES, provider.pk)
    if not everything:
        return []
    rows = ComplianceCase.objects.filter(provider=provider, closed_at=None)
    return list(rows.select_related("activity").order_by("opened_at"))


def case(viewer: Actor, provider: AccreditedProvider, case_id: int) -> ComplianceCase:
    found = next((one for one in cases(viewer, provider) if one.pk == case_id), None)
    if found is None:
        raise NotFound("case")
    return found
