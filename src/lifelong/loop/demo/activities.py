"""The plans of the fictional year as rows: activities, sessions, people in roles, disclosures, credit, statements, gates."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from lifelong.loop.demo import corpus
from lifelong.loop.demo.rows import Written, in_bulk
from lifelong.loop.demo.year import CLOSED, DRAFTS, ActivityPlan, SessionPlan
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
from lifelong.loop.outcomes.levels import KIRKPATRICK
from lifelong.loop.outcomes.models import OutcomeMeasure
from lifelong.loop.outcomes.windows import tells
from lifelong.loop.people.models import Person, RoleGrant
from lifelong.loop.planning.models import (
    Activity,
    ActivityGap,
    ActivityResult,
    ActivityTerm,
    AudienceCell,
    ContentReference,
    GatePassed,
    Objective,
    PlanningRole,
    SeriesRule,
    Session,
)
from lifelong.loop.program import reads as program
from lifelong.loop.program.models import ExpectedResult, Organisation, Term
from lifelong.rules.books import book_version
from lifelong.rules.designation import StatedCredit, StatementFacts, statements
from lifelong.rules.integrity import PersonToDisclose, learner_disclosure

PASSED_BEFORE_OPENING = ("G1", "G2", "G3", "G4", "G5", "G6", "G7", "G8")
CREDIT = {  # system -> (profession, unit)
    "ama": ("physician", "credit"),
    "ancc": ("nurse", "contact hour"),
    "acpe": ("pharmacist", "contact hour"),
    "ipce": ("", "IPCE credit"),
    "participation": ("", "hour"),
}
# of a program: activities designed for competence, and of those with a figure of patients' health the ones designed for it, in percent
DESIGNED_FOR = {"tufts": (45, 60), "umass": (25, 80), "hms": (55, 55), "uconn": (20, 50), "washu": (35, 70)}
ASKED_BEFORE = dt.timedelta(days=45)  # a session
MEASURED_PERCENT = 35  # of the activities whose gap has a figure, besides the first of each gap


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
    in_bulk(ActivityGap, [ActivityGap(activity=a, gap=around.gaps[p.gap]) for p, a in pairs if not _is_idea(w, a)])
    in_bulk(
        ActivityResult, [ActivityResult(activity=a, expected_result=r) for p, a in pairs for r in _results(around, p)]
    )
    terms = {a.pk: _terms(w, around, p, a.number) for p, a in pairs}
    in_bulk(ActivityTerm, [ActivityTerm(activity=a, term=t) for _, a in pairs for t in terms[a.pk]])
    in_bulk(AudienceCell, [cell for _, a in pairs if a.number % 4 == 0 for cell in _cells(a, terms[a.pk])])
    in_bulk(ActivityEvaluation, [ActivityEvaluation(activity=a, instrument=w.instrument) for a in activities])
    in_bulk(
        ContentReference,
        [
            ContentReference(activity=a, citation=text, kind=kind)
            for a in activities
            for text, kind in _references(a.number)
        ],
    )
    in_bulk(ContentReview, [_review(around, a) for a in activities if a.published_at])
    in_bulk(OutcomeMeasure, [_outcome(around.gaps[p.gap], a) for p, a in pairs if _is_measured(w, around, p, a.number)])
    in_bulk(
        GatePassed, [_gate(w, around, a, gate) for a in activities if a.published_at for gate in PASSED_BEFORE_OPENING]
    )
    in_bulk(
        RequiredStatement,
        [row for p, a in pairs if a.published_at for row in _statements(w, around, a, designations[a.pk])],
    )
    _roles(w, around, pairs, sessions)
    return [(p, a, objectives.get(a.pk, []), designations.get(a.pk, []), sessions[a.pk]) for p, a in pairs]


def _activity(w: Written, around: Around, number: int, plan: ActivityPlan) -> Activity:
    zone = w.provider.time_zone
    first, last = plan.sessions[0].starts_at, plan.sessions[-1].starts_at
    created = first - dt.timedelta(days=60)
    gap = around.gaps[plan.gap]
    return Activity(
        provider=w.provider, organisation=around.departments[plan.department], number=number, title=plan.title, sort_title=plan.title.lower(),
        summary=_summary(w, gap, number), format=plan.format, is_series=plan.is_series,
        format_rationale="Cases from our own wards, discussed with those who care for them.", intended_change=_change(w, around, plan, number), is_interprofessional=_is_for_teams(plan),
        intended_change_text=corpus.GAPS[plan.gap][7], outcome_plan="Plans at the end, asked again after 45 and 90 days; the measure of the gap at the next release.",
        starts_on=first.date(), ends_on=last.date(), time_zone=zone, place=corpus.HOSPITALS[plan.department % 3], capacity=None if plan.is_series else 120,
        created_at=created, created_by=around.director, published_at=None if _is_draft(w, number) else min(first - dt.timedelta(days=30), w.now),
    )  # fmt: skip


def _is_draft(w: Written, number: int) -> bool:
    """The last courses; what comes after them is the course of the year before."""
    return len(w.plan.activities) - DRAFTS <= number < len(w.plan.activities)


def _is_idea(w: Written, activity: Activity) -> bool:
    """The very last: its gap is still looked for."""
    return bool(activity.number == len(w.plan.activities) - 1)


def _summary(w: Written, gap: PracticeGap, number: int) -> str:
    if number == len(w.plan.activities) - 1:
        return "An idea of the planning committee; the gap is still looked for."
    found = "found in our own figures" if gap.baseline else "that our own people named"
    return f"Closes a gap {found}: {gap.title[0].lower()}{gap.title[1:]}."


def _own(w: Written, number: int, about: str) -> random.Random:
    """Luck of one activity: what is drawn for it moves nothing else of the year."""
    return random.Random(f"{w.provider.slug}-{number}-{about}")


def _change(w: Written, around: Around, plan: ActivityPlan, number: int) -> str:
    """Each program has its own aims; patients are aimed at only where a figure of their health is watched."""
    own = _own(w, number, "change")
    competence, patients = DESIGNED_FOR[w.provider.slug]
    measure = around.gaps[plan.gap].measure if _is_measured(w, around, plan, number) else None
    if measure is not None and measure.is_outcome and own.randrange(100) < patients:
        return "patient_outcomes"
    return "competence" if own.randrange(100) < competence else "performance"


def _is_measured(w: Written, around: Around, plan: ActivityPlan, number: int) -> bool:
    """About a third of the activities is judged by a figure: the first series of each gap, the first closed course, some others."""
    if around.gaps[plan.gap].baseline is None or _is_draft(w, number):
        return False
    series = [one for one in w.plan.activities if one.is_series]
    course = number - 1 - len(series)
    if course in CLOSED:
        return course == min(CLOSED)
    is_first = next((one for one in series if one.gap == plan.gap), None) is plan
    return is_first or _own(w, number, "measure").randrange(100) < MEASURED_PERCENT


def _references(number: int) -> list[tuple[str, str]]:
    """A guideline each; every third activity rests on a clinical study too, every third on a review."""
    study, guideline, review = corpus.REFERENCES
    return [(guideline, "guideline"), *([(study, "clinical_study")], [(review, "review")], [])[number % 3]]


def _is_for_teams(plan: ActivityPlan) -> bool:
    return plan.title in corpus.FOR_TEAMS


def _objectives(w: Written, around: Around, pairs: list[tuple[ActivityPlan, Activity]]) -> dict[int, list[Objective]]:
    rows = []
    for plan, activity in pairs:
        if _is_draft(w, activity.number):
            continue  # nobody has written them yet
        gap = around.gaps[plan.gap]
        texts = [
            (corpus.GAPS[plan.gap][8], "knowledge", ""),
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
        for system in _systems(w, around, plan, activity):
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


def _systems(w: Written, around: Around, plan: ActivityPlan, activity: Activity) -> list[str]:
    """What is still being planned has no credit yet; credit of the team needs joint accreditation and a course of the team."""
    if _is_draft(w, activity.number):
        return []
    return [system for system in around.systems if system != "ipce" or _is_for_teams(plan)]


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


def _terms(w: Written, around: Around, plan: ActivityPlan, number: int) -> list[Term]:
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
    return picked + _shared_terms(w, around, plan, number)


def _shared_terms(w: Written, around: Around, plan: ActivityPlan, number: int) -> list[Term]:
    """Of the lists that every program has; planners fill in seven of ten. The specialty is the department's, where it is one."""
    picked: list[Term] = []
    own = _own(w, number, "lists")
    department = around.departments[plan.department].name.removeprefix("Department of ").lower()
    for one in program.shared_lists():
        choices = around.terms.get(one.key, [])
        if one.key == "specialty":
            choices = [term for term in choices if department in term.label.lower()] or choices
        choices = choices[:8]
        if choices and own.random() < 0.7:
            picked += own.sample(choices, 1 if one.single else min(2, len(choices)))
    return picked


def _cells(activity: Activity, terms: list[Term]) -> Iterable[AudienceCell]:
    """Whom it is for: every pair of profession and specialty but the last."""
    professions = [term for term in terms if term.taxonomy == "audience"]
    pairs = [(row, column) for row in professions for column in terms if column.taxonomy == "specialty"]
    return [AudienceCell(activity=activity, profession=row, specialty=column) for row, column in pairs[:-1]]


def _outcome(gap: PracticeGap, activity: Activity) -> OutcomeMeasure:
    """As `attach_measure` from the gap, and `set_result` with the newest release where its window can show the activity."""
    measure, place = gap.measure, gap.place
    assert measure is not None and place is not None, "only a gap with a figure is measured"
    level = "6" if measure.is_outcome else "5"
    row = OutcomeMeasure(
        activity=activity, measure=measure, place=place, label=f"{measure.title}, {place.name}", moore_level=level, kirkpatrick=KIRKPATRICK[level],
        is_objective=True, is_concordance=not measure.is_outcome, baseline=gap.baseline, added_at=activity.created_at,
    )  # fmt: skip
    latest = measure.points.filter(place=place).order_by("-period_end").first()
    if latest is not None and latest.pk != gap.baseline_id:
        row.result = latest
        row.result = latest if tells(row) else None
    return row


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


InRole = tuple[Person, Activity, Session | None, dt.datetime, str]  # who, where, when it begins, and as what
GRANTED = {"director": "course_director", "planner": "planner", "faculty": "faculty"}


def _roles(
    w: Written,
    around: Around,
    pairs: list[tuple[ActivityPlan, Activity]],
    sessions: dict[int, list[tuple[SessionPlan, Session]]],
) -> None:
    """Directors and speakers, what they disclosed, what was decided. One speaker in ten of the coming weeks has not answered."""
    directors: list[InRole] = [(w.people[p.planner], a, None, a.created_at, "director") for p, a in pairs]
    directors += [(person, a, None, a.created_at, "planner") for p, a in pairs for person in _planners(w, p, a)]
    speakers: list[InRole] = [
        (w.people[s.speaker], a, row, s.starts_at, "faculty") for p, a in pairs for s, row in sessions[a.pk]
    ]
    silent = {
        w.people[s.speaker].pk
        for p, a in pairs
        for s, _ in sessions[a.pk]
        if s.starts_at > w.now and w.rng.random() < 0.1
    }
    silent -= {person.pk for person, *_ in directors} | {person.pk for person, _, _, at, _ in speakers if at <= w.now}
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
        [_role(w, silent, person, activity, row, kind) for person, activity, row, _, kind in directors + speakers],
    )
    in_bulk(RoleGrant, _grants(w, directors + speakers))
    waiting = [role for role in roles if role.person_id in silent and role.session.starts_at > w.now]
    in_bulk(DisclosureRequest, [_asked(w, role) for role in waiting[len(waiting) // 3 :]])  # a third was not even asked
    decided = [role for role in roles if role.person_id in tie_of and role.started_at is not None]
    in_bulk(RelevanceDecision, [_decision(around, role, tie_of[role.person_id]) for role in decided])
    in_bulk(LearnerDisclosure, _told(w, pairs, sessions, silent))


def _grants(w: Written, people: list[InRole]) -> list[RoleGrant]:
    """One grant a person, activity and kind of role."""
    held = dict.fromkeys((person, activity, kind) for person, activity, _, _, kind in people)
    return [
        RoleGrant(
            person=person,
            role=GRANTED[kind],
            provider=w.provider,
            activity_id=activity.pk,
            granted_at=activity.created_at,
        )  # fmt: skip
        for person, activity, kind in held
    ]


def _asked(w: Written, role: PlanningRole) -> DisclosureRequest:
    sent = w.now - dt.timedelta(days=w.rng.randrange(2, 20))
    return DisclosureRequest(
        role=role, token_digest=f"{w.rng.getrandbits(256):064x}", sent_at=sent, expires_at=sent + dt.timedelta(days=30)
    )


def _planners(w: Written, plan: ActivityPlan, activity: Activity) -> list[Person]:
    """A course of a team is planned by the professions that learn in it."""
    if not _is_for_teams(plan):
        return []
    director = w.plan.people[plan.planner].profession
    wanted = [one for one in ("physician", "nurse", "pharmacist") if one != director]
    of_kind = [[n for n, person in enumerate(w.plan.people[2:], 2) if person.profession == one] for one in wanted]
    return [
        w.people[_own(w, activity.number, one).choice(found)]
        for one, found in zip(wanted, of_kind, strict=True)
        if found
    ]


def _role(
    w: Written, silent: set[int], person: Person, activity: Activity, session: Session | None, kind: str
) -> PlanningRole:
    """Who teaches a session is asked some weeks before it, who leads at once."""
    asked = activity.created_at
    if session is not None:
        asked = min(max(asked, session.starts_at - ASKED_BEFORE), w.now - dt.timedelta(days=4))
    return PlanningRole(
        activity=activity, session=session, person=person, kind=kind, profession=w.profession_of[person.pk], asked_at=asked, started_at=None if person.pk in silent else asked + dt.timedelta(days=3),
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
        leading = [PersonToDisclose(name=w.people[plan.planner].full_name, role="course director")]
        leading += [PersonToDisclose(name=one.full_name, role="planner") for one in _planners(w, plan, activity)]
        rows.append(_tell(activity, None, leading))
        for s, session in sessions[activity.pk]:
            speaker = w.people[s.speaker]
            if speaker.pk not in silent:
                rows.append(
                    _tell(activity, session, [*leading, PersonToDisclose(name=speaker.full_name, role="faculty")])
                )
    return rows


def _tell(activity: Activity, session: Session | None, people: list[PersonToDisclose]) -> LearnerDisclosure:
    return LearnerDisclosure(
        activity=activity, session=session, text=learner_disclosure(people).text, shown_from=_opened(activity)
    )
