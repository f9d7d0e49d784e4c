"""What we know of people. An actor is built here, once a request."""

from __future__ import annotations

from typing import Any

from lifelong.kernel.access import Actor, Grant, Permission, Role, may
from lifelong.kernel.problems import NotFound
from lifelong.loop.people.models import AccessToken, Person, RoleGrant
from lifelong.loop.program.models import AccreditedProvider


def actor_for(person_id: int, *, name: str = "", email: str = "", channel: str = "web") -> Actor:
    """The actor a person is: all grants in force, read anew each time so that a revoked role ends at once."""
    rows = RoleGrant.objects.filter(person_id=person_id, revoked_at=None).values_list("role", "provider_id", "organisation_id", "activity_id")
    grants = tuple(Grant(Role(role), provider, organisation, activity) for role, provider, organisation, activity in rows)
    return Actor(person_id=person_id, name=name, email=email, grants=grants, channel=channel)


def actor_of(person: Person, channel: str = "web") -> Actor:
    return actor_for(person.pk, name=person.full_name, email=person.email, channel=channel)


def token_actor(digest: str, channel: str = "api") -> Actor | None:
    """The actor behind a machine's token, or None."""
    row = AccessToken.objects.filter(digest=digest, revoked_at=None).values_list("person_id", "provider_id", "name").first()
    if row is None:
        return None
    person_id, provider_id, name = row
    return Actor(person_id=person_id, name=name, grants=(Grant(Role.INTEGRATION, provider_id),), channel=channel)


def person_by_email(email: str) -> Person | None:
    return Person.objects.filter(email__iexact=email.strip(), merged_into=None).first()  # type: ignore[no-any-return]


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
    names = ("profession", "specialty", "career_level", "city", "state", "country", "npi", "licence_state", "licence_number", "birth_month_day")
    return {name: getattr(profile, name, "") for name in names}
