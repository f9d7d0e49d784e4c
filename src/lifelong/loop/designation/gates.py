"""The one place that gathers what the gates ask about an activity."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

from lifelong.kernel import clock
from lifelong.kernel.access import Actor
from lifelong.loop.designation.credit import ACPE_AUDIENCES, ACPE_TYPES, PRACTISED, arithmetic, credit_format
from lifelong.loop.designation.models import Designation
from lifelong.loop.integrity import reads as integrity
from lifelong.loop.integrity.models import CommercialSupport, ContentReview
from lifelong.loop.planning import actions as planning
from lifelong.loop.planning.models import Activity, GatePassed, PlanningRole, Session
from lifelong.loop.planning.reads import gates_passed
from lifelong.loop.program.models import Accreditation, ContactDetails
from lifelong.rules.content import ContentFacts
from lifelong.rules.designation import IMPROVEMENT, DesignationFacts, InterprofessionalFacts, improvement_stages
from lifelong.rules.gates import Gate, GateFacts, PublicationFacts
from lifelong.rules.integrity import RoleGroup
from lifelong.rules.planning import ChangeFacts, NeedFacts, PlanFacts, SourceFacts
from lifelong.rules.support import SupportFacts

ACCREDITOR_OF = {"joint_accreditation": "ja", "accme_direct": "accme", "accme_joint_providership": "accme"}
BEFORE_PUBLICATION = tuple(Gate)[:8]
LEADERS = (PlanningRole.Kind.DIRECTOR.value, PlanningRole.Kind.PLANNER.value)


def gate_facts(activity: Activity, **later: Any) -> GateFacts:
    """Everything that is known before delivery, in a fixed number of queries.

    `later`: facts of the stages that follow (attendances, claims_undecided, reports_open, analysis ...), by keyword.
    """
    sessions = list(activity.sessions.filter(cancelled_at=None).order_by("starts_at"))
    states = integrity.activity_states(activity)
    planners = [state for state in states if state.facts.group is RoleGroup.PLANNER]
    teachers = [state for state in states if state.facts.group is RoleGroup.FACULTY]
    passed = gates_passed(activity)
    if activity.track == Activity.Track.COMMUNITY:
        passed |= {Gate.DESIGNATION}  # education for the public carries no credit
    audience = _terms(activity, "audience")
    partner = activity.joint_provider
    facts = GateFacts(
        now=clock.now(),
        passed=passed,
        applicant=_applicant(activity, planners),
        ineligible_partners=(partner.name,) if partner and not partner.is_eligible else (),
        audience=tuple(audience.values()),
        plan=plan_facts(activity, audience, [state.role for state in planners]),
        planners=tuple(state.facts for state in planners),
        objectives=activity.objectives.count(),
        outcome_plan=bool(activity.outcome_plan.strip()),
        faculty=tuple(state.facts for state in teachers),
        sessions_without_faculty=_unstaffed(activity, sessions, [state.role for state in teachers]),
        supports=_supports(activity, sessions),
        contents=_contents(activity, sessions),
        designations=tuple(designation_facts(activity, one) for one in activity.designations.filter(withdrawn_at=None)),
        publication=_publication(activity, bool(audience), states),
        ends_at=max((session.ends_at for session in sessions), default=None),
    )
    return replace(facts, **later)


def pass_gate(actor: Actor, activity: Activity, *, gate: str, **later: Any) -> GatePassed:
    """Pass a gate on the facts as they are now. Raises Problem with everything that is missing."""
    return planning.pass_gate(actor, activity, gate=gate, facts=gate_facts(activity, **later))


def plan_facts(activity: Activity, audience: dict[str, str], planners: list[PlanningRole]) -> PlanFacts:
    """The design of an activity: its first gap by priority speaks for it, the needs and sources of all its gaps count."""
    links = activity.activity_gaps.select_related("gap").prefetch_related("gap__needs", "gap__gap_sources__source")
    gaps = sorted((link.gap for link in links), key=lambda gap: (gap.priority, gap.pk))
    results = activity.activity_results.select_related("expected_result")
    linked = any(row.expected_result.retired_on is None for row in results)
    change = ChangeFacts(
        kind=activity.intended_change, text=activity.intended_change_text, linked_to_expected_result=linked
    )
    sources = [link.source for gap in gaps for link in gap.gap_sources.all()]
    return PlanFacts(
        gap_text=gaps[0].description if gaps else "",
        gap_type=gaps[0].kind if gaps else "",
        gap_types=("knowledge", "quality", "performance"),
        sources=tuple(
            SourceFacts(kind=one.kind, citation=one.citation or one.link, has_file=one.file_id is not None)
            for one in sources
        ),
        needs=tuple(NeedFacts(kind=need.kind, text=need.text) for gap in gaps for need in gap.needs.all()),
        changes=(change,) if activity.intended_change else (),
        format_rationale=activity.format_rationale,
        competencies=tuple(_terms(activity, "competency").values()),
        interprofessional=activity.is_interprofessional,
        planner_professions=frozenset(role.profession for role in planners if role.profession),
        target_professions=frozenset(audience),
        need_professions=frozenset(
            word.strip().lower().replace(" ", "_")
            for gap in gaps
            for word in gap.disciplines.split(",")
            if word.strip()
        ),
    )


def designation_facts(activity: Activity, one: Designation, *, at: dt.datetime | None = None) -> DesignationFacts:
    """One designation as the rules ask about it; `at`: when it is made, if it is being made now."""
    made_at = at or one.designated_at
    counted = arithmetic(activity, one.credit_system, per_session=one.is_per_session)
    objectives = set(activity.objectives.values_list("audience", flat=True))
    audience = ACPE_AUDIENCES.get(one.profession, "")
    planners = activity.planning_roles.filter(kind__in=LEADERS, ended_at=None, session=None).values_list(
        "profession", flat=True
    )
    return DesignationFacts(
        credit_system=one.credit_system,
        amount=one.maximum,
        format=credit_format(activity),
        increment=one.increment,
        minutes=counted.minutes if counted else None,
        designated_at=made_at,
        delivered_from=_delivered_from(activity, one, made_at),
        assessment_exists=activity.passing_percent is not None,
        passing_level_published=activity.passing_percent is not None,
        acpe_type=ACPE_TYPES.get(one.acpe_type, ""),
        has_practice_experience=activity.sessions.filter(kind__in=PRACTISED, cancelled_at=None).exists(),
        audiences=(audience,) if audience else (),
        audiences_with_objectives=(audience,) if one.profession in objectives else (),
        uans=(one.uan,) if one.uan else (),
        nurse_planner_assigned=any(profession.startswith("nurse") for profession in planners),
        interprofessional=interprofessional_facts(activity, one.conditions),
        # designated beforehand, for all stages; in which of them a learner took part is asked when credit is claimed
        stages=improvement_stages() if credit_format(activity) == IMPROVEMENT else (),
    )


def interprofessional_facts(activity: Activity, answered: list[str]) -> InterprofessionalFacts:
    """The six conditions: who plans is read from the roles, the rest is what the office answered."""
    audience = set(_terms(activity, "audience"))
    roles = activity.planning_roles.filter(kind__in=LEADERS, ended_at=None).values_list("profession", flat=True)
    professions = {profession for profession in roles if profession}
    return InterprofessionalFacts(
        integrated_planning=len(professions) > 1,
        planners_mirror_audience=bool(audience) and audience <= professions,
        team_outcome="team_outcome" in answered,
        interprofessional_competency="interprofessional_competency" in answered,
        learning_together="learning_together" in answered,
        evaluates_team="evaluates_team" in answered,
    )


def accreditor_of(activity: Activity) -> tuple[str, bool] | None:
    """Whose accreditation statement is printed (accme or ja), and whether the office confirmed it; None: none is known."""
    rows = Accreditation.objects.filter(provider_id=activity.provider_id, statement__in=ACCREDITOR_OF).order_by(
        "statement"
    )
    found = sorted(rows, key=lambda row: ACCREDITOR_OF[row.statement] != "ja")
    return (ACCREDITOR_OF[found[0].statement], found[0].confirmed) if found else None


def _delivered_from(activity: Activity, one: Designation, made_at: dt.datetime) -> dt.datetime | None:
    """The first delivery the designation is for. Per session it counts for the sessions that start after it was made."""
    starts = activity.sessions.filter(cancelled_at=None).order_by("starts_at").values_list("starts_at", flat=True)
    if one.is_per_session:
        return starts.filter(starts_at__gt=made_at).first() or starts.last()
    return starts.first()


def _terms(activity: Activity, taxonomy: str) -> dict[str, str]:
    return dict(activity.activity_terms.filter(term__taxonomy=taxonomy).values_list("term__key", "term__label"))


def _applicant(activity: Activity, planners: list[integrity.RoleState]) -> str:
    named = [state.role.person.full_name for state in planners if state.role.kind in LEADERS]
    if named:
        return named[0]
    return activity.created_by.full_name if activity.created_by else ""


def _unstaffed(activity: Activity, sessions: list[Session], teachers: list[PlanningRole]) -> int:
    """Sessions nobody teaches. In a series speakers come week by week: there only the roles that exist are asked about."""
    if activity.is_series or any(role.session_id is None for role in teachers):
        return 0
    staffed = {role.session_id for role in teachers}
    return sum(session.pk not in staffed for session in sessions)


def _supports(activity: Activity, sessions: list[Session]) -> tuple[SupportFacts, ...]:
    starts_at = sessions[0].starts_at if sessions else dt.datetime.max.replace(tzinfo=dt.UTC)
    return tuple(
        SupportFacts(
            company=one.company.name,
            signed_by_provider_at=_midnight(one.signed_by_provider_on),
            signed_by_company_at=_midnight(one.signed_by_company_on),
            activity_starts_at=starts_at,
            received=one.amount,
            in_kind=one.in_kind,
        )
        for one in CommercialSupport.objects.filter(activity=activity).select_related("company")
    )


def _midnight(day: dt.date | None) -> dt.datetime | None:
    return dt.datetime.combine(day, dt.time(0), dt.UTC) if day else None


def _contents(activity: Activity, sessions: list[Session]) -> tuple[ContentFacts, ...]:
    """Each session of a course is a piece of content; a series is reviewed as a whole, and session by session as talks come in."""
    references: dict[int | None, int] = {}
    for session_id in activity.references.values_list("session_id", flat=True):
        references[session_id] = references.get(session_id, 0) + 1
    reviews: dict[int | None, ContentReview] = {}
    for review in ContentReview.objects.filter(activity=activity).order_by("reviewed_at"):
        reviews[review.session_id] = review
    pieces: list[tuple[int | None, str]] = [(None, activity.title)]
    if sessions and not activity.is_series:
        pieces = [(session.pk, session.title) for session in sessions]
    elif sessions:
        pieces += [(s.pk, s.title) for s in sessions if s.pk in reviews or s.pk in references]
    return tuple(_content(title, references, reviews, key) for key, title in pieces)


def _content(
    title: str, references: dict[int | None, int], reviews: dict[int | None, ContentReview], key: int | None
) -> ContentFacts:
    review = reviews.get(key) or reviews.get(None)
    return ContentFacts(
        title=title,
        references=references.get(key, 0) + (references.get(None, 0) if key is not None else 0),
        validity_approved=bool(review and review.is_valid),
        balanced=bool(review and review.is_balanced),
        free_of_marketing=bool(review and review.is_free_of_marketing),
        deidentified=bool(review and review.is_valid),  # the review asks for both in one question
    )


def _publication(activity: Activity, has_audience: bool, states: list[integrity.RoleState]) -> PublicationFacts:
    is_community = activity.track == Activity.Track.COMMUNITY
    return PublicationFacts(
        accreditation_statement=is_community or accreditor_of(activity) is not None,
        credit_statements=is_community or activity.designations.filter(withdrawn_at=None).exists(),
        objectives=activity.objectives.exists(),
        audience=has_audience,
        disclosure=bool(states)
        or bool(activity.exception_to_disclosure),  # the text is made from the roles at publication
        support_acknowledged=True,  # the public page names every supporter on record
        completion_criteria=activity.claim_days > 0,
        contact=ContactDetails.objects.filter(provider_id=activity.provider_id).exists(),
        privacy=True,  # stands on every public page
    )
