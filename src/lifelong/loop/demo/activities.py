"""The plans of the fictional year as rows: activities, sessions, people in roles, disclosures, credit, statements, gates."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from lifelong.loop.demo import corpus
from lifelong.loop.demo.rows import Written, in_bulk
from lifelong.loop.demo.year import DRAFTS, ActivityPlan, SessionPlan
from lifelong.loop.designation.models import Designation, RequiredStatement
from lifelong.loop.evaluation.models import ActivityEvaluation
from lifelong.loop.integrity.models import (
    ContentReview,
    Disclosure,
    DisclosureRequest,
    IneligibleCompany,
    LearnerDisclosure,
    Relationship,
    RelevanceDecision,
)
from lifelong.loop.needs.models import PracticeGap
from lifelong.loop.outcomes.models import OutcomeMeasure
from lifelong.loop.people.models import Person, RoleGrant
from lifelong.loop.planning.models import (
    Activity,
    ActivityGap,
    ActivityResult,
    ActivityTerm,
    ContentReference,
    GatePassed,
    Objective,
    PlanningRole,
    SeriesRule,
    Session,
)
from lifelong.loop.program.models import ExpectedResult, Organisation, Term
from lifelong.rules.books import book_version
from lifelong.rules.designation import StatedCredit, StatementFacts, statements
from lifelong.rules.integrity import PersonToDisclose, learner_disclosure

PASSED_BEFORE_OPENING = ("G1", "G2", "G3", "G4", "G5", "G6", "G7", "G8")
CREDIT = {  # system -> (profession, unit)
    "ama": ("physician", "credit"),
    "ancc": ("nurse", "contact hour"),
    "acpe": ("pharmacist", "contact hour"),
    "participation": ("", "hour"),
}


@dataclass(slots=True)
class Around:
    """What activities of one program refer to."""

    departments: list[Organisation]
    gaps: list[PracticeGap]
    results: list[ExpectedResult]
    terms: dict[str, list[Term]]
    companies: list[IneligibleCompany]
    systems: list[str]  # credit systems the program designates
    accreditor: str  # book of the accreditation statement
    director: Person
    reviewer: Person


Planned = tuple[ActivityPlan, Activity, list[Objective], list[Designation], list[tuple[SessionPlan, Session]]]


def write_activities(w: Written, around: Around) -> list[Planned]:
    """All activities of the year. The last two are left unpublished, so that an office finds work."""
    plans = w.plan.activities
    activities = in_bulk(Activity, [_activity(w, around, number, plan) for number, plan in enumerate(plans, start=1)])
    pairs = list(zip(plans, activities, strict=True))
    objectives = _objectives(w, around, pairs)
    sessions = _sessions(w, pairs)
    designations = _designations(w, around, pairs)
    in_bulk(SeriesRule, [_rule(plan, activity) for plan, activity in pairs if plan.is_series])
    in_bulk(ActivityGap, [ActivityGap(activity=a, gap=around.gaps[p.gap]) for p, a in pairs])
    in_bulk(
        ActivityResult, [ActivityResult(activity=a, expected_result=r) for p, a in pairs for r in _results(around, p)]
    )
    in_bulk(ActivityTerm, [ActivityTerm(activity=a, term=t) for p, a in pairs for t in _terms(w, around, p)])
    in_bulk(ActivityEvaluation, [ActivityEvaluation(activity=a, instrument=w.instrument) for a in activities])
    in_bulk(
        ContentReference,
        [ContentReference(activity=a, citation=c, kind="guideline") for a in activities for c in corpus.REFERENCES],
    )
    in_bulk(ContentReview, [_review(around, a) for a in activities if a.published_at])
    in_bulk(OutcomeMeasure, [_outcome(w, around, p, a) for p, a in pairs if _is_measured(a.number)])
    in_bulk(
        GatePassed, [_gate(w, around, a, gate) for a in activities if a.published_at for gate in PASSED_BEFORE_OPENING]
    )
    in_bulk(
        RequiredStatement,
        [row for p, a in pairs if a.published_at for row in _statements(w, around, a, designations[a.pk])],
    )
    _roles(w, around, pairs, sessions)
    return [(p, a, objectives[a.pk], designations[a.pk], sessions[a.pk]) for p, a in pairs]


def _activity(w: Written, around: Around, number: int, plan: ActivityPlan) -> Activity:
    zone = w.provider.time_zone
    first, last = plan.sessions[0].starts_at, plan.sessions[-1].starts_at
    created = first - dt.timedelta(days=60)
    is_draft = len(w.plan.activities) - DRAFTS <= number < len(w.plan.activities)
    gap = around.gaps[plan.gap]
    return Activity(
        provider=w.provider, organisation=around.departments[plan.department], number=number, title=plan.title, sort_title=plan.title.lower(),
        summary=f"Closes a gap found in our own figures: {gap.title.lower()}.", format=plan.format, is_series=plan.is_series,
        format_rationale="Cases from our own wards, discussed with those who care for them.", intended_change=_change(number), is_interprofessional=_is_for_teams(plan),
        intended_change_text=corpus.GAPS[plan.gap][7], outcome_plan="Plans at the end, asked again after 45 and 90 days; the measure of the gap at the next release.",
        starts_on=first.date(), ends_on=last.date(), time_zone=zone, place=corpus.HOSPITALS[plan.department % 3], capacity=None if plan.is_series else 120,
        created_at=created, created_by=around.director, published_at=None if is_draft else min(first - dt.timedelta(days=30), w.now),
    )  # fmt: skip


def _change(number: int) -> str:
    """Most activities aim at what people do; some at what they can, some at patients."""
    if number % 5 == 0:
        return "competence"
    return "patient_outcomes" if number % 7 == 1 and _is_measured(number) else "performance"


def _is_measured(number: int) -> bool:
    """Three of five activities are judged by a public figure."""
    return number % 5 in (1, 2, 4)


def _is_for_teams(plan: ActivityPlan) -> bool:
    return plan.title in corpus.FOR_TEAMS


def _objectives(w: Written, around: Around, pairs: list[tuple[ActivityPlan, Activity]]) -> dict[int, list[Objective]]:
    rows = []
    for plan, activity in pairs:
        gap = around.gaps[plan.gap]
        texts = [
            (f"Recognise when {gap.title.lower()} becomes likely", "knowledge", ""),
            (corpus.GAPS[plan.gap][7], "skill", ""),
        ]
        if _is_for_teams(plan):
            texts.append(("Speak up, and ask the other professions what they see", "attitude", ""))
        if "acpe" in around.systems:
            texts.append(("Name the medicines that make the difference", "knowledge", "pharmacist"))
        rows += [
            Objective(
                activity=activity,
                position=n,
                text=text,
                kind=kind,
                audience=audience,
                gap=gap,
                expected_result=_results(around, plan)[0],
            )
            for n, (text, kind, audience) in enumerate(texts)
        ]
    return _by_activity(in_bulk(Objective, rows))


def _by_activity(rows: list[Any]) -> dict[int, list[Any]]:
    grouped: dict[int, list[Any]] = {}
    for row in rows:
        grouped.setdefault(row.activity_id, []).append(row)
    return grouped


def _sessions(w: Written, pairs: list[tuple[ActivityPlan, Activity]]) -> dict[int, list[tuple[SessionPlan, Session]]]:
    planned = [(s, a, n) for p, a in pairs for n, s in enumerate(p.sessions, start=1)]
    codes = w.rng.sample(range(100_000, 1_000_000), len(planned))
    rows = [
        Session(
            activity=a,
            number=n,
            title=s.title,
            starts_at=s.starts_at,
            ends_at=s.ends_at,
            room=f"Room {1 + n % 4}",
            code=str(code),
            code_key=f"{w.rng.getrandbits(256):064x}",
            is_from_rule=False,
        )  # fmt: skip
        for (s, a, n), code in zip(planned, codes, strict=True)
    ]
    grouped: dict[int, list[tuple[SessionPlan, Session]]] = {}
    for (s, a, _), row in zip(planned, in_bulk(Session, rows), strict=True):
        grouped.setdefault(a.pk, []).append((s, row))
    return grouped


def _designations(
    w: Written, around: Around, pairs: list[tuple[ActivityPlan, Activity]]
) -> dict[int, list[Designation]]:
    rows = []
    for plan, activity in pairs:
        minutes = plan.minutes if plan.is_series else plan.minutes * len(plan.sessions)
        amount = Decimal(minutes) / 60
        for system in around.systems:
            profession, unit = CREDIT[system]
            pharmacy = {"uan": _uan(w, activity), "acpe_type": "K"} if system == "acpe" else {}
            rows.append(
                Designation(
                    activity=activity,
                    credit_system=system,
                    profession=profession,
                    maximum=amount.quantize(Decimal("0.01")),
                    increment=Decimal("0.25"),
                    is_per_session=plan.is_series,
                    unit=unit,
                    minutes=minutes,
                    rule_book_version=_books(w),
                    designated_at=activity.created_at,
                    designated_by=around.director,
                    **pharmacy,
                )  # fmt: skip
            )
    return _by_activity(in_bulk(Designation, rows))


def _uan(w: Written, activity: Activity) -> str:
    return f"JA0000099-0000-{activity.starts_on:%y}-{activity.number % 1000:03d}-L01-P"


def _books(w: Written) -> str:
    return book_version(["lifelong", "ama"])


def _rule(plan: ActivityPlan, activity: Activity) -> SeriesRule:
    first, last = plan.sessions[0].starts_at, plan.sessions[-1].starts_at
    return SeriesRule(
        activity=activity,
        weekday=plan.weekday,
        every_weeks=1,
        starts_at=plan.starts,
        minutes=plan.minutes,
        first_on=first.date(),
        last_on=last.date(),
    )


def _results(around: Around, plan: ActivityPlan) -> list[ExpectedResult]:
    """Two expected results of the program's own mission; every one of them is somebody's."""
    count = len(around.results)
    chosen = dict.fromkeys((plan.gap % count, (plan.gap + plan.department + 1) % count))
    return [around.results[position] for position in chosen]


def _terms(w: Written, around: Around, plan: ActivityPlan) -> list[Term]:
    """Two of each list. What marks faculty development or the redesign of systems stands only where the activity is about it."""
    picked: list[Term] = []
    marks: set[str] = set()
    for titles, keys in (
        (corpus.ABOUT_TEACHING, corpus.FOR_TEACHERS),
        (corpus.ABOUT_SYSTEMS, corpus.FOR_SYSTEMS),
        (corpus.FOR_TEAMS, corpus.FOR_TEAMWORK),
    ):
        marks.update(keys if plan.title in titles else ())
    for taxonomy in ("competency", "theme", "content_area", "audience", "iom", "content_domain"):
        choices = around.terms.get(taxonomy, [])
        meant = [term for term in choices if term.key in marks]
        others = [term for term in choices if term.key not in corpus.MARKS and term not in meant]
        picked += meant + w.rng.sample(others, max(0, min(len(others), 2 - len(meant))))
    return picked


def _outcome(w: Written, around: Around, plan: ActivityPlan, activity: Activity) -> OutcomeMeasure:
    gap = around.gaps[plan.gap]
    baseline = gap.baseline
    latest = gap.measure.points.filter(place=gap.place).order_by("-period_end").first() if gap.measure else None
    return OutcomeMeasure(
        activity=activity, measure=gap.measure, place=gap.place, label=f"{gap.measure} at {gap.place}", moore_level="6" if gap.measure and gap.measure.is_outcome else "5",
        is_objective=True, baseline=baseline, result=latest if latest and baseline and latest.pk != baseline.pk else None, added_at=activity.created_at,
    )  # fmt: skip


def _opened(activity: Activity) -> dt.datetime:
    return activity.published_at or activity.created_at


def _gate(w: Written, around: Around, activity: Activity, gate: str) -> GatePassed:
    return GatePassed(
        activity=activity, gate=gate, at=_opened(activity), by=around.director, rule_book_version=_books(w)
    )


def _review(around: Around, activity: Activity) -> ContentReview:
    return ContentReview(
        activity=activity,
        reviewer=around.reviewer,
        is_valid=True,
        is_balanced=True,
        is_free_of_marketing=True,
        reviewed_at=_opened(activity),
    )


def _statements(
    w: Written, around: Around, activity: Activity, designations: list[Designation]
) -> list[RequiredStatement]:
    kind = "live" if activity.is_series or activity.format.startswith("live") else "enduring"
    credits = tuple(
        StatedCredit(credit_system=d.credit_system, amount=d.maximum, format=kind, acpe_type="knowledge" if d.credit_system == "acpe" else "", uans=(d.uan,) if d.uan else ())
        for d in designations
        if d.credit_system != "participation"
    )  # fmt: skip
    facts = StatementFacts(accreditor=around.accreditor, provider=w.provider.name, credits=credits)
    return [
        RequiredStatement(
            activity=activity, kind=s.kind, text=s.text, status=s.status.value, frozen_at=_opened(activity)
        )
        for s in statements(facts)
    ]


InRole = tuple[Person, Activity, Session | None, dt.datetime]  # who, where, and when it begins


def _roles(
    w: Written,
    around: Around,
    pairs: list[tuple[ActivityPlan, Activity]],
    sessions: dict[int, list[tuple[SessionPlan, Session]]],
) -> None:
    """Directors and speakers, what they disclosed, what was decided. One speaker in ten of the coming weeks has not answered."""
    directors: list[InRole] = [(w.people[p.planner], a, None, a.created_at) for p, a in pairs]
    speakers: list[InRole] = [(w.people[s.speaker], a, row, s.starts_at) for p, a in pairs for s, row in sessions[a.pk]]
    silent = {
        w.people[s.speaker].pk
        for p, a in pairs
        for s, _ in sessions[a.pk]
        if s.starts_at > w.now and w.rng.random() < 0.1
    }
    silent -= {person.pk for person, _, _, at in directors} | {
        person.pk for person, _, _, at in speakers if at <= w.now
    }
    people = {person.pk: person for person, *_ in directors + speakers if person.pk not in silent}
    this_year = [
        a.created_at for p, a in pairs if len(p.sessions) > 1
    ]  # the course of the year before had its own papers then
    earliest = min(this_year) - dt.timedelta(days=10)
    disclosed = in_bulk(
        Disclosure,
        [
            Disclosure(
                person=person,
                version=1,
                covers_from=(earliest - dt.timedelta(days=730)).date(),
                submitted_at=earliest,
                attested=True,
                nothing_to_disclose=n % 8 != 0,
            )  # fmt: skip
            for n, person in enumerate(people.values())
        ],
    )
    tied = [row for row in disclosed if not row.nothing_to_disclose]
    ties = in_bulk(
        Relationship,
        [Relationship(disclosure=row, company=w.rng.choice(around.companies), nature="consultant") for row in tied],
    )
    tie_of = {row.person_id: tie for row, tie in zip(tied, ties, strict=True)}
    roles = in_bulk(
        PlanningRole,
        [_role(w, silent, person, activity, row, at) for person, activity, row, at in directors + speakers],
    )
    in_bulk(RoleGrant, _grants(w, directors + speakers))
    waiting = [role for role in roles if role.person_id in silent and role.session.starts_at > w.now]
    in_bulk(DisclosureRequest, [_asked(w, role) for role in waiting[len(waiting) // 3 :]])  # a third was not even asked
    decided = [role for role in roles if role.person_id in tie_of and role.started_at is not None]
    in_bulk(RelevanceDecision, [_decision(around, role, tie_of[role.person_id]) for role in decided])
    in_bulk(LearnerDisclosure, _told(w, pairs, sessions, silent))


def _grants(w: Written, people: list[InRole]) -> list[RoleGrant]:
    """One grant a person, activity and kind of role."""
    held = dict.fromkeys((person, activity, session is None) for person, activity, session, _ in people)
    return [
        RoleGrant(
            person=person,
            role="course_director" if whole else "faculty",
            provider=w.provider,
            activity_id=activity.pk,
            granted_at=activity.created_at,
        )  # fmt: skip
        for person, activity, whole in held
    ]


def _asked(w: Written, role: PlanningRole) -> DisclosureRequest:
    sent = w.now - dt.timedelta(days=w.rng.randrange(2, 20))
    return DisclosureRequest(
        role=role, token_digest=f"{w.rng.getrandbits(256):064x}", sent_at=sent, expires_at=sent + dt.timedelta(days=30)
    )


def _role(
    w: Written, silent: set[int], person: Person, activity: Activity, session: Session | None, at: dt.datetime
) -> PlanningRole:
    asked = activity.created_at
    return PlanningRole(
        activity=activity, session=session, person=person, kind="director" if session is None else "faculty", profession=w.profession_of[person.pk], asked_at=asked, started_at=None if person.pk in silent else asked + dt.timedelta(days=3),
    )  # fmt: skip


def _decision(around: Around, role: PlanningRole, tie: Relationship) -> RelevanceDecision:
    return RelevanceDecision(
        role=role,
        relationship=tie,
        is_relevant=False,
        reason="The talk does not touch the company's field.",
        decided_by=around.director,
        decided_at=role.started_at or role.asked_at,
    )


def _told(
    w: Written,
    pairs: list[tuple[ActivityPlan, Activity]],
    sessions: dict[int, list[tuple[SessionPlan, Session]]],
    silent: set[int],
) -> list[LearnerDisclosure]:
    """What learners were told at publication: of the whole activity, and of each session whose speaker had answered."""
    rows = []
    for plan, activity in pairs:
        if activity.published_at is None:
            continue
        director = PersonToDisclose(name=w.people[plan.planner].full_name, role="course director")
        rows.append(_tell(activity, None, [director]))
        for s, session in sessions[activity.pk]:
            speaker = w.people[s.speaker]
            if speaker.pk not in silent:
                rows.append(
                    _tell(activity, session, [director, PersonToDisclose(name=speaker.full_name, role="faculty")])
                )
    return rows


def _tell(activity: Activity, session: Session | None, people: list[PersonToDisclose]) -> LearnerDisclosure:
    return LearnerDisclosure(
        activity=activity, session=session, text=learner_disclosure(people).text, shown_from=_opened(activity)
    )
