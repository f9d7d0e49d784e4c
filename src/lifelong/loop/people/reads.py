"""What we know of people. An actor is built here, once a request."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import F, Q, QuerySet

from lifelong.kernel.access import Actor, Grant, Permission, Role, may
from lifelong.kernel.composed import Composed
from lifelong.kernel.guard import KeptModel
from lifelong.kernel.problems import NotFound
from lifelong.loop.people.models import (
    AccessToken,
    Affiliation,
    ConsentToReport,
    LearnerProfile,
    Person,
    PhoneNumber,
    RoleGrant,
)
from lifelong.loop.program.models import AccreditedProvider

PERSON_FIELDS = ("given_name", "family_name", "suffix")
PROFILE_FIELDS = (
    "profession", "specialty", "career_level", "city", "state", "country", "npi", "licence_state", "licence_number",
    "birth_month_day", "nabp_profile_id", "is_alumnus",
)  # fmt: skip


def actor_for(person_id: int, *, name: str = "", email: str = "", channel: str = "web") -> Actor:
    """The actor a person is: all grants in force, read anew each time so that a revoked role ends at once."""
    rows = _grants.rows(person_id)
    grants = tuple(
        Grant(Role(role), provider, organisation, activity) for role, provider, organisation, activity in rows
    )
    return Actor(person_id=person_id, name=name, email=email, grants=grants, channel=channel)


_grants: Composed[tuple[str, int | None, int | None, int | None]] = Composed(
    lambda person: RoleGrant.objects.filter(person_id=person, revoked_at=None).values_list(
        "role", "provider_id", "organisation_id", "activity_id"
    )
)


def actor_of(person: Person, channel: str = "web") -> Actor:
    return actor_for(person.pk, name=person.full_name, email=person.email, channel=channel)


# Asked by every machine at every mark, so written by hand: the ORM takes longer to compose this than the database to answer.
_BY_DIGEST = "SELECT person_id, provider_id, name FROM lifelong_accesstoken WHERE digest = %s AND revoked_at IS NULL"


def token_actor(digest: str, channel: str = "api") -> Actor | None:
    """The actor behind a machine's token, or None. Read anew each time: a revoked token ends at once."""
    with connection.cursor() as cursor:
        cursor.execute(_BY_DIGEST, (digest,))
        row = cursor.fetchone()
    if row is None:
        return None
    person_id, provider_id, name = row
    return Actor(person_id=person_id, name=name, grants=(Grant(Role.INTEGRATION, provider_id),), channel=channel)


def person_by_email(email: str) -> Person | None:
    """The person with this address (case does not count); of a merged one, the account that stays."""
    found = Person.objects.select_related("merged_into").filter(email=email.strip().lower()).first()
    return found.merged_into or found if found else None


def person(person_id: int) -> Person:
    """One person with profile. The caller has checked that the viewer may know of them."""
    found = Person.objects.select_related("profile").filter(pk=person_id).first()
    if found is None:
        raise NotFound("person")
    return found  # type: ignore[no-any-return]


def own(viewer: Actor) -> Person:
    """The viewer's own person with profile."""
    if viewer.person_id is None:
        raise NotFound("person")
    return person(viewer.person_id)


def same_human(person_id: int) -> list[int]:
    """The ids of all accounts of one human being: this one and those merged into it. Transcripts read all of them."""
    return [person_id, *Person.objects.filter(merged_into_id=person_id).values_list("id", flat=True)]


def accounts_of(person_id: int) -> QuerySet[Person]:
    """The same as `same_human`, as a part of another query: `filter(person__in=accounts_of(...))`."""
    return Person.objects.filter(Q(pk=person_id) | Q(merged_into_id=person_id)).values("pk")  # type: ignore[no-any-return]


def programs_of(person: Person) -> set[int]:
    """Ids of all programs in which anything at all names this person: ties, roles, attendances, awards, plans, decisions."""
    found: set[int] = set()
    for relation in Person._meta.get_fields(include_hidden=True):
        table: Any = relation.related_model
        if not relation.auto_created or relation.concrete or not issubclass(table, KeptModel) or not table.to_provider:
            continue
        name = relation.field.name  # type: ignore[union-attr]  # a relation that points at people has a field there
        found.update(
            table.objects.filter(**{name: person}).values_list(f"{table.to_provider}__pk", flat=True).distinct()
        )
    return found - {None}


def person_in(viewer: Actor, provider: AccreditedProvider, person_id: int) -> Person:
    """A person of this provider, for staff who may see people."""
    if not may(viewer, Permission.SEE_PEOPLE, provider):
        raise NotFound("person")
    found = Person.objects.filter(pk=person_id, affiliations__provider=provider).first()
    if found is None:
        raise NotFound("person")
    return found  # type: ignore[no-any-return]


def profile_facts(person: Person) -> dict[str, Any]:
    """The learner profile as plain facts (empty strings where nothing is known)."""
    profile = getattr(person, "profile", None)
    names = (
        "profession",
        "specialty",
        "career_level",
        "city",
        "state",
        "country",
        "npi",
        "licence_state",
        "licence_number",
        "birth_month_day",
    )
    return {name: getattr(profile, name, "") for name in names}


def full_profile(person: Person) -> dict[str, Any]:
    """Everything a person says of themselves, by field name, as the profile page shows it."""
    profile = getattr(person, "profile", None) or LearnerProfile(person=person)
    known = {name: getattr(profile, name) for name in PROFILE_FIELDS}
    return {"given_name": person.given_name, "family_name": person.family_name, "suffix": person.suffix, **known}


@dataclass(frozen=True, slots=True)
class FoundPerson:
    """A line of a staff list."""

    id: int
    name: str
    email: str
    profession: str
    reach: str
    is_affiliated: bool
    sort_name: str


def search(
    viewer: Actor,
    provider: AccreditedProvider,
    *,
    text: str = "",
    reach: str = "",
    after: tuple[str, int] | None = None,
    limit: int = 50,
) -> list[FoundPerson]:
    """People of a provider by name prefix ("family, given") or by exact e-mail address, in order of name.

    `after`: (sort_name, id) of the last line of the page before. Holds at a million people: both ways use an index.
    """
    if not may(viewer, Permission.SEE_PEOPLE, provider):
        raise NotFound("person")
    rows = Affiliation.objects.filter(provider=provider, person__merged_into=None)
    wanted = unicodedata.normalize("NFC", " ".join(text.lower().split()))
    if "@" in wanted:
        rows = rows.filter(person__email=wanted)
    elif wanted:
        rows = rows.filter(sort_name__gte=wanted, sort_name__lt=wanted + "\U0010ffff")
    if reach:
        rows = rows.filter(reach=reach)
    if after:
        name, last_id = after
        rows = rows.filter(Q(sort_name=name, person_id__gt=last_id) | Q(sort_name__gt=name), sort_name__gte=name)
    found = rows.select_related("person", "person__profile").order_by("sort_name", "person_id")[:limit]
    return [_line(row) for row in found]


def _line(row: Affiliation) -> FoundPerson:
    one = row.person
    profession = one.profile.profession if hasattr(one, "profile") else ""
    return FoundPerson(one.pk, one.full_name, one.email, profession, row.reach, row.is_affiliated, row.sort_name)


def reach_mix(provider: AccreditedProvider, person_ids: Iterable[int]) -> list[tuple[str, int]]:
    """How far the teachers among these people are known: (reach, how many), nearest first; unknown ones are left out."""
    rows = Affiliation.objects.filter(provider=provider, person_id__in=set(person_ids)).exclude(reach="")
    counts = Counter(rows.values_list("reach", flat=True))
    return [(name, counts[name]) for name in ("affiliated", "regional", "national", "international") if counts[name]]


def grants_in(viewer: Actor, provider: AccreditedProvider, person_id: int) -> list[RoleGrant]:
    """The roles in force that a person holds in a provider, for those who manage people."""
    if not may(viewer, Permission.MANAGE_PEOPLE, provider):
        raise NotFound("person")
    rows = RoleGrant.objects.filter(provider=provider, person_id=person_id, revoked_at=None)
    return list(rows.select_related("organisation").order_by("role"))


def grant_in(viewer: Actor, provider: AccreditedProvider, person_id: int, grant_id: int) -> RoleGrant:
    """One of the roles in force that this person holds here."""
    found = next((grant for grant in grants_in(viewer, provider, person_id) if grant.pk == grant_id), None)
    if found is None:
        raise NotFound("role")
    return found


def affiliation(provider: AccreditedProvider, person_id: int) -> Affiliation | None:
    """How a person is tied to the program, and through which organisation."""
    rows = Affiliation.objects.filter(provider=provider, person_id=person_id)
    return rows.select_related("organisation").first()


def merged_accounts(provider: AccreditedProvider, person_id: int) -> list[Person]:
    """Other accounts of the same human being that this program knows."""
    return list(Person.objects.filter(merged_into_id=person_id, affiliations__provider=provider).order_by("email"))


def merged_account(provider: AccreditedProvider, person_id: int, duplicate_id: int) -> Person:
    found = next((one for one in merged_accounts(provider, person_id) if one.pk == duplicate_id), None)
    if found is None:
        raise NotFound("account")
    return found


def tokens(viewer: Actor, provider: AccreditedProvider) -> list[AccessToken]:
    """The keys of the program's machines, the ones in force first."""
    if not may(viewer, Permission.MANAGE_PROGRAM, provider):
        raise NotFound("key")
    rows = AccessToken.objects.filter(provider=provider).select_related("person")
    return list(rows.order_by(F("revoked_at").desc(nulls_first=True), "-id"))


def token_in(viewer: Actor, provider: AccreditedProvider, token_id: int) -> AccessToken:
    found = next((one for one in tokens(viewer, provider) if one.pk == token_id), None)
    if found is None:
        raise NotFound("key")
    return found


def names_of(person_ids: Iterable[int]) -> dict[int, str]:
    """Names by id, in one query."""
    return {one.pk: one.full_name for one in Person.objects.filter(pk__in=set(person_ids))}


def phones(person: Person) -> list[PhoneNumber]:
    return list(PhoneNumber.objects.filter(person=person).order_by("id"))


def own_phone(viewer: Actor, phone_id: int) -> PhoneNumber:
    found = PhoneNumber.objects.select_related("person").filter(pk=phone_id, person_id=viewer.person_id).first()
    if found is None or viewer.person_id is None:
        raise NotFound("phone")
    return found  # type: ignore[no-any-return]


def person_of_phone(number: str) -> Person | None:
    """Whose proven phone this is; of a merged account, the one that stays."""
    rows = PhoneNumber.objects.select_related("person__merged_into").filter(number=number)
    row = rows.exclude(verified_at=None).first()
    return (row.person.merged_into or row.person) if row else None


def consents(person: Person) -> list[ConsentToReport]:
    """Consents in force, by body."""
    return list(ConsentToReport.objects.filter(person=person, withdrawn_at=None).order_by("body"))


@dataclass(frozen=True, slots=True)
class DemoPerson:
    person_id: int
    name: str
    role: str
    program: str

    @property
    def role_words(self) -> str:
        return self.role.replace("_", " ").capitalize()


def demo_people() -> list[DemoPerson]:
    """One made-up person per role and program of a demo installation; learners stand for the role that is never granted."""
    demo = Q(person__email__endswith=".demo.example", person__is_active=True, person__merged_into=None)
    rows = (
        RoleGrant.objects.filter(demo, revoked_at=None)
        .select_related("person", "provider")
        .order_by("provider__name", "id")
    )
    found: dict[tuple[str, str], DemoPerson] = {}
    for row in rows:
        program = row.provider.short_name if row.provider else ""
        found.setdefault((program, row.role), DemoPerson(row.person_id, row.person.full_name, row.role, program))
    for name in (Role.LEARNER.value, Role.COMMUNITY_MEMBER.value):
        learners = (
            Affiliation.objects.filter(demo, person__email__startswith=name)
            .select_related("person", "provider")
            .order_by("person_id")
        )
        for learner in learners[:200]:
            line = DemoPerson(learner.person_id, learner.person.full_name, name, learner.provider.short_name)
            found.setdefault((line.program, name), line)
    order = [role.value for role in Role]
    return sorted(found.values(), key=lambda line: (line.program, order.index(line.role)))


def is_demo_person(person_id: int) -> bool:
    return any(line.person_id == person_id for line in demo_people())


def phone_waiting(phone_id: int) -> tuple[str, str] | None:
    """Number and code of a phone that waits for its proof."""
    return PhoneNumber.objects.filter(pk=phone_id).exclude(verify_code="").values_list("number", "verify_code").first()
