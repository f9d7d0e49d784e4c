"""Load the fictional year: five programs from their profiles, gaps by the same actions an office uses, the rest in bulk."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from importlib import resources

from django.db import transaction

from lifelong.formats.profile import read_profile
from lifelong.kernel import clock
from lifelong.kernel.access import SYSTEM, Role
from lifelong.kernel.guard import writes_open
from lifelong.loop.credit.ledger import seal_waiting
from lifelong.loop.demo import corpus
from lifelong.loop.demo.activities import Around, write_activities
from lifelong.loop.demo.applying import write_applications
from lifelong.loop.demo.closing import Office, close_courses
from lifelong.loop.demo.improving import write_years
from lifelong.loop.demo.measures import load_measures
from lifelong.loop.demo.registers import write_registers
from lifelong.loop.demo.rows import Written, in_bulk, write_delivery
from lifelong.loop.demo.teaching import write_teaching
from lifelong.loop.demo.year import LEARNER, SIZES, PersonPlan, Size, YearPlan, plan_year
from lifelong.loop.improvement import actions as improvement
from lifelong.loop.integrity.models import IneligibleCompany
from lifelong.loop.needs.actions import add_source, register_gap
from lifelong.loop.needs.models import MeasurePoint, PracticeGap
from lifelong.loop.people.actions import sort_name
from lifelong.loop.people.models import (
    Affiliation,
    ConsentToReport,
    LearnerProfile,
    Person,
    PhoneNumber,
    RoleGrant,
)
from lifelong.loop.program.actions import load_profile
from lifelong.loop.program.models import AccreditedProvider, ExpectedResult, Organisation, Term
from lifelong.loop.reporting import actions as reporting
from lifelong.loop.surveys.actions import ensure_default

PROGRAMS = ("tufts", "umass", "hms", "uconn", "washu")
STAFF = (  # one demo person per role; each signs in with one click
    (Role.DIRECTOR, "Dana", "Director"),
    (Role.COORDINATOR, "Cory", "Coordinator"),
    (Role.ACCREDITATION_MANAGER, "Ari", "Accreditation"),
    (Role.CREDIT_OFFICER, "Cree", "Creditofficer"),
    (Role.EVALUATOR, "Evan", "Evaluator"),
    (Role.REVIEWER, "Remy", "Reviewer"),
    (Role.SERIES_COORDINATOR, "Sam", "Seriescoordinator"),
    (Role.LEADER, "Lee", "Dean"),
    (Role.ACCREDITOR, "Alex", "Surveyor"),
)
Tell = Callable[[int], None]


def is_loaded() -> bool:
    return AccreditedProvider.objects.filter(slug__in=PROGRAMS).exists()


def expected_rows(size: str) -> int:
    """About how many rows a load of this size tells of, for a progress bar."""
    return len(PROGRAMS) * round(SIZES[size].check_ins * 5.1)


def load(size: str = "small", tell: Tell | None = None, programs: tuple[str, ...] = PROGRAMS) -> None:
    """Load what is not there yet, one transaction a program: a crash leaves whole programs or none."""
    for slug in programs:
        if not AccreditedProvider.objects.filter(slug=slug, activities__isnull=False).exists():
            with transaction.atomic(), writes_open("demo"):
                _load_program(slug, SIZES[size], tell or (lambda _: None))


def sign_ins() -> list[str]:
    """One line per program and role, for the terminal."""
    lines = []
    for provider in AccreditedProvider.objects.filter(slug__in=PROGRAMS).order_by("slug"):
        lines.append(
            f"  {provider.short_name}: "
            + ", ".join(f"{role.value}@{provider.slug}.demo.example" for role, *_ in STAFF[:3])
            + ", learner@… and more"
        )
    return ["Sign in with one click at /account/login/ (demo people, one per role), for example:", *lines]


def _load_program(slug: str, size: Size, tell: Tell) -> None:
    folder = resources.files("lifelong.loop.program").joinpath("profiles")
    provider = load_profile(SYSTEM, profile=read_profile(folder.joinpath(f"{slug}.toml").read_bytes(), f"{slug}.toml"))
    today = clock.today(provider.time_zone)
    rng = random.Random(f"rows/{slug}/{today}")
    formats = _formats(provider)
    plan = plan_year(slug, provider.time_zone, today, size, formats)
    departments = in_bulk(
        Organisation,
        [
            Organisation(provider=provider, name=f"Department of {name}", kind="department")
            for name in corpus.DEPARTMENTS
        ],
    )
    in_bulk(
        Organisation,
        [
            Organisation(provider=provider, name=name, kind="hospital", place=provider.place)
            for name in corpus.HOSPITALS
        ],
    )
    staff = _staff(provider, departments)
    people = _people(provider, plan, departments, rng)
    load_measures(provider, today)
    results = list(ExpectedResult.objects.filter(provider=provider, retired_on=None))
    gaps = _gaps(provider, results)
    instrument = ensure_default(provider, "evaluation")
    w = Written(
        provider, plan, people, instrument, {q.key: q for q in instrument.questions.all()}, rng, clock.now(), tell,
        {person.pk: entry.profession for person, entry in zip(people, plan.people, strict=True)},
    )  # fmt: skip
    around = Around(
        departments,
        gaps,
        results,
        _terms(provider),
        _companies(),
        _systems(provider),
        _accreditor(provider),
        staff[Role.DIRECTOR],
        staff[Role.REVIEWER],
    )
    planned = write_activities(w, around)
    write_delivery(w, planned)
    while seal_waiting(5_000):
        pass
    office = Office(staff[Role.DIRECTOR], staff[Role.COORDINATOR], staff[Role.EVALUATOR])
    close_courses(w, planned, office)
    write_registers(provider, today, office, people)
    write_teaching(provider, today, office, people[LEARNER])
    write_applications(provider, today, office, staff[Role.SERIES_COORDINATOR])
    for year in sorted({today.year - 1, today.year}):
        improvement.measure_year(SYSTEM, provider, year=year)
    write_years(provider, today, office)
    reporting.refresh_records(SYSTEM, provider, year=today.year)


def _formats(provider: AccreditedProvider) -> list[str]:
    """Live formats of the program besides the series; the demo holds its courses in a room."""
    keys = list(Term.objects.filter(provider=provider, taxonomy="format").values_list("key", flat=True))
    live = [key for key in keys if key.startswith(("live", "workshop", "lecture", "webcast", "course"))]
    return live or [key for key in keys if key != "series"]


def _staff(provider: AccreditedProvider, departments: list[Organisation]) -> dict[Role, Person]:
    at = clock.now() - dt.timedelta(days=500)
    rows = [(role.value, given, family, "") for role, given, family in STAFF]
    people = in_bulk(
        Person,
        [
            Person(email=f"{name}@{provider.slug}.demo.example", given_name=given, family_name=family, suffix=suffix, created_at=at, password="!demo")
            for name, given, family, suffix in rows
        ],
    )  # fmt: skip
    in_bulk(
        Affiliation, [Affiliation(person=person, provider=provider, sort_name=sort_name(person)) for person in people]
    )
    grants = [
        RoleGrant(
            person=person,
            role=role.value,
            provider=provider,
            organisation=departments[0] if role is Role.SERIES_COORDINATOR else None,
            granted_at=at,
        )
        for person, (role, *_) in zip(people, STAFF, strict=False)
    ]
    in_bulk(RoleGrant, grants)
    return {role: person for person, (role, *_) in zip(people, STAFF, strict=True)}


def _people(
    provider: AccreditedProvider, plan: YearPlan, departments: list[Organisation], rng: random.Random
) -> list[Person]:
    at = clock.now() - dt.timedelta(days=700)
    people = in_bulk(
        Person,
        [
            Person(email=p.email, given_name=p.given, family_name=p.family, suffix=p.suffix, created_at=at, password="!demo")
            for p in plan.people
        ],
    )  # fmt: skip
    pairs = list(zip(people, plan.people, strict=True))
    in_bulk(LearnerProfile, [_learner(person, p, n, rng) for n, (person, p) in enumerate(pairs)])
    in_bulk(
        Affiliation,
        [Affiliation(person=person, provider=provider, organisation=departments[p.department] if p.affiliated else None, is_affiliated=p.affiliated, sort_name=sort_name(person)) for person, p in pairs],
    )  # fmt: skip
    in_bulk(
        ConsentToReport,
        [
            ConsentToReport(person=person, body="PARS", given_at=at)
            for person, p in pairs
            if p.reports and p.profession == "physician"
        ],
    )
    in_bulk(
        PhoneNumber,
        [PhoneNumber(person=people[LEARNER], number=f"+1555010020{PROGRAMS.index(provider.slug)}", verified_at=at)],
    )
    return people


def _learner(person: Person, p: PersonPlan, number: int, rng: random.Random) -> LearnerProfile:
    """Nearly all can be reported; one in twelve has no licence number yet, which the office finds on its worklist."""
    has_licence = number % 12 != 11
    return LearnerProfile(
        person=person, profession=p.profession, specialty=p.specialty, career_level=p.level, state=p.state, country=p.country,
        licence_state=p.state if has_licence else "", licence_number=f"D{rng.randrange(10**6):06d}" if has_licence and p.state else "",
        birth_month_day=f"{rng.randrange(1, 13):02d}{rng.randrange(1, 29):02d}", is_alumnus=number % 9 == 0,
    )  # fmt: skip


def _gaps(provider: AccreditedProvider, results: list[ExpectedResult]) -> list[PracticeGap]:
    """Gaps, most from a figure three years back: the same measure shows later what became of it. Two are known from surveys only."""
    heard = add_source(
        SYSTEM, provider, kind=_heard(provider), title="What teams told us", citation=corpus.HEARD, finding="Named by two in three teams."
    )  # fmt: skip
    gaps = []
    for number, (title, description, measure, kind, need_kind, need, cause, *_) in enumerate(corpus.GAPS):
        results_to = results[number % len(results)].pk
        if not measure:
            gaps.append(
                register_gap(
                    SYSTEM, provider, title=title, description=description, kind=kind, cause=cause, priority=2, priority_reason="Named again and again; no figure shows it yet.",
                    needs=[(need_kind, need)], sources=[heard.pk], expected_result_id=results_to,
                )
            )  # fmt: skip
            continue
        points = MeasurePoint.objects.filter(
            provider=provider, measure__key=measure, place__code=corpus.HOSPITAL_CODES[number % 3]
        ).order_by("-period_end")
        gaps.append(
            register_gap(
                SYSTEM, provider, title=title, description=description, kind=kind, cause=cause, priority=1 + number % 3,
                priority_reason="Our figure is behind the state's and the step is known.", needs=[(need_kind, need)],
                measure_point_id=points[2].pk, expected_result_id=results_to,
            )
        )  # fmt: skip
    return gaps


def _heard(provider: AccreditedProvider) -> str:
    """The program's own name for evidence from what people said."""
    keys = set(Term.objects.filter(provider=provider, taxonomy="needs_source").values_list("key", flat=True))
    return next((key for key in ("learner_survey", "prior_evaluation") if key in keys), min(keys))


def _terms(provider: AccreditedProvider) -> dict[str, list[Term]]:
    grouped: dict[str, list[Term]] = {}
    for term in Term.objects.filter(provider=provider, retired_on=None):
        grouped.setdefault(term.taxonomy, []).append(term)
    return grouped


def _companies() -> list[IneligibleCompany]:
    return [
        IneligibleCompany.objects.get_or_create(name=name, defaults={"business_lines": "Fictional products"})[0]
        for name in corpus.COMPANIES
    ]


def _systems(provider: AccreditedProvider) -> list[str]:
    bodies = set(provider.accreditations.values_list("body", flat=True))
    extra = [system for body, system in (("ANCC", "ancc"), ("ACPE", "acpe"), ("JA", "ipce")) if body in bodies]
    return ["ama", *extra, "participation"]


def _accreditor(provider: AccreditedProvider) -> str:
    return "ja" if provider.accreditations.filter(body="JA").exists() else "accme"
