"""The fixed cast of the tests: who is who in `home` (one provider), and `elsewhere` (another)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from lifelong.kernel import clock
from lifelong.kernel.access import Actor, Role
from lifelong.kernel.guard import writes_open
from lifelong.loop.people.models import Affiliation, LearnerProfile, Person, RoleGrant
from lifelong.loop.people.reads import actor_of
from lifelong.loop.program.models import AccreditedProvider, ContactDetails, ExpectedResult, Organisation, Term


@dataclass
class Cast:
    home: AccreditedProvider
    elsewhere: AccreditedProvider
    department: Organisation
    other_department: Organisation
    people: dict[str, Person] = field(default_factory=dict)

    def person(self, role: str) -> Person:
        return self.people[role]

    def actor(self, role: str) -> Actor:
        """The actor of a role name ("director", "learner", "stranger", "other_director" ...), with grants read fresh."""
        return actor_of(self.people[role])


PROVIDER_ROLES = (
    Role.DIRECTOR, Role.COORDINATOR, Role.ACCREDITATION_MANAGER, Role.CREDIT_OFFICER, Role.EVALUATOR, Role.FINANCE, Role.REVIEWER,
    Role.LEADER, Role.ACCREDITOR, Role.INTEGRATION,
)  # fmt: skip
DEPARTMENT_ROLES = (Role.SERIES_COORDINATOR, Role.APPLICANT)
TERMS = (
    ("competency", "patient_care", "Patient care"),
    ("competency", "medical_knowledge", "Medical knowledge"),
    ("format", "series", "Regularly scheduled series"),
    ("format", "live_course", "Live course"),
    ("format", "enduring_web", "Web module"),
    ("theme", "quality", "Quality assessment and improvement"),
    ("content_area", "clinical_medicine", "Clinical medicine"),
    ("audience", "physicians", "Physicians"),
    ("needs_source", "public_quality_data", "Publicly reported quality data"),
    ("needs_source", "guideline", "Specialty-society guideline"),
)


def make_provider(slug: str, name: str) -> AccreditedProvider:
    provider = AccreditedProvider.objects.create(
        slug=slug,
        name=name,
        office_name=f"{name} CE office",
        short_name=name,
        accent="#1f5f8b",
        time_zone="America/New_York",
        place="Boston",
    )
    ContactDetails.objects.create(
        provider=provider, address="1 Example Street", phone="555 0100", email=f"ce@{slug}.example.org"
    )
    for position, (taxonomy, key, label) in enumerate(TERMS):
        Term.objects.create(provider=provider, taxonomy=taxonomy, key=key, label=label, position=position)
    for position, kind in enumerate(("competence", "performance", "patient_outcomes")):
        ExpectedResult.objects.create(
            provider=provider, key=kind, kind=kind, label=f"Better {kind.replace('_', ' ')}", position=position,
            indicator="commitment_rate" if kind == "competence" else "confirmed_change" if kind == "performance" else "measure_change",
            indicator_label=f"Share that shows {kind.replace('_', ' ')}", unit="%", target=60,
        )  # fmt: skip
    return provider


def make_person(name: str, profession: str = "physician", provider: AccreditedProvider | None = None) -> Person:
    given, family = name.replace("_", " ").title().rsplit(" ", 1) if "_" in name else (name.title(), "Example")
    person = Person(email=f"{name}@example.org", given_name=given, family_name=family, created_at=clock.now())
    person.set_unusable_password()
    person.save()
    LearnerProfile.objects.create(
        person=person,
        profession=profession,
        state="MA",
        country="US",
        licence_state="MA",
        licence_number="123456",
        birth_month_day="0412",
        npi="1234567893",
    )
    if provider is not None:
        Affiliation.objects.create(person=person, provider=provider, sort_name=f"{family}, {given}".lower())
    return person


def make_cast() -> Cast:
    with writes_open("test"):
        home, elsewhere = make_provider("home", "Home School"), make_provider("elsewhere", "Elsewhere School")
        department = Organisation.objects.create(provider=home, name="Department of Medicine", kind="department")
        other = Organisation.objects.create(provider=home, name="Department of Surgery", kind="department")
        cast = Cast(home, elsewhere, department, other)
        granted_at = clock.now() - dt.timedelta(days=400)
        for role in PROVIDER_ROLES:
            cast.people[role.value] = make_person(role.value, provider=home)
            RoleGrant.objects.create(
                person=cast.people[role.value], role=role.value, provider=home, granted_at=granted_at
            )
            cast.people[f"other_{role.value}"] = make_person(f"other_{role.value}", provider=elsewhere)
            RoleGrant.objects.create(
                person=cast.people[f"other_{role.value}"], role=role.value, provider=elsewhere, granted_at=granted_at
            )
        for role in DEPARTMENT_ROLES:
            for prefix, organisation in (("", department), ("neighbour_", other)):
                name = f"{prefix}{role.value}"
                cast.people[name] = make_person(name, provider=home)
                RoleGrant.objects.create(
                    person=cast.people[name],
                    role=role.value,
                    provider=home,
                    organisation=organisation,
                    granted_at=granted_at,
                )
        for name, profession in (
            ("learner", "physician"),
            ("nurse", "nurse"),
            ("pharmacist", "pharmacist"),
            ("student", "student"),
            ("speaker", "physician"),
        ):
            cast.people[name] = make_person(name, profession, home)
        cast.people["stranger"] = make_person("stranger")
        cast.people["operator"] = make_person("operator")
        RoleGrant.objects.create(person=cast.people["operator"], role=Role.OPERATOR.value, granted_at=granted_at)
    return cast
