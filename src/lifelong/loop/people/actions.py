"""What we do with people: add, describe, grant, link a phone, consent, merge."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
import secrets
import unicodedata
from typing import Any, cast

from lifelong.kernel import clock
from lifelong.kernel.access import Actor, Permission, Role, Scope, Scoped, may
from lifelong.kernel.action import action, already
from lifelong.kernel.models import AuditEvent
from lifelong.kernel.problems import Problem, problem, refuse_if_any
from lifelong.loop.people import identifiers as ids
from lifelong.loop.people.models import (
    AccessToken,
    Affiliation,
    ConsentToReport,
    LearnerProfile,
    Person,
    PhoneNumber,
    RoleGrant,
)
from lifelong.loop.people.reads import PERSON_FIELDS, PROFILE_FIELDS, programs_of
from lifelong.loop.program.models import AccreditedProvider, Organisation
from lifelong.rules.verdict import Reason

P = Permission
EMAIL = re.compile(r"[^@\s<>\"',;]+@[^@\s<>\"',;]+\.[^@\s<>\"',;.]{2,}")
CODE_HOLDS = dt.timedelta(minutes=10)
CODE_TRIES = 5
CODES_AN_HOUR = 5  # each is a text that somebody pays for (T35)
CAREER_LEVELS = ("student", "resident", "fellow", "practising")
REACHES = ("affiliated", "regional", "national", "international")
NEEDS_ORGANISATION = frozenset({Role.SERIES_COORDINATOR, Role.APPLICANT})
NEEDS_ACTIVITY = frozenset({Role.COURSE_DIRECTOR, Role.PLANNER, Role.FACULTY, Role.JOINT_PARTNER})
LONGEST_NAME = 80
NEVER_GRANTED = frozenset({Role.OPERATOR, Role.LEARNER, Role.COMMUNITY_MEMBER})


def sort_name(person: Person) -> str:
    """How staff lists sort and search a person: "family, given" in lower case."""
    return unicodedata.normalize("NFC", f"{person.family_name}, {person.given_name}".lower())[:170]


# --- people and their profile ---------------------------------------------------------------------------------------------


def _where(
    *, provider: AccreditedProvider | None = None, organisation: Organisation | None = None, **_: object
) -> Scope:
    return organisation.scope if organisation else Scope(provider_id=provider.pk if provider else None)


@action(needs=P.REQUEST_DISCLOSURE, audit="person.added", on=_where)
def create_person(
    actor: Actor,
    *,
    email: str,
    given_name: str,
    family_name: str,
    suffix: str = "",
    profession: str = "",
    provider: AccreditedProvider | None = None,
    organisation: Organisation | None = None,
    is_affiliated: bool = True,
    reach: str = "",
) -> Person:
    """A person, known by e-mail address (case does not count). One who exists is returned as is, and gets the affiliation.

    Whoever may invite people into roles may add them; without a provider only the system may.
    """
    email = email.strip().lower()
    refuse_if_any(_person_problems(email, given_name, family_name, reach))
    if organisation is not None and (provider is None or organisation.provider_id != provider.pk):
        raise _foreign_organisation()
    person = Person.objects.filter(email=email).select_related("merged_into").first()
    person = person.merged_into or person if person else None
    known = person is not None
    if person is None:
        person = Person(
            email=email,
            given_name=given_name.strip(),
            family_name=family_name.strip(),
            suffix=suffix.strip(),
            created_at=clock.now(),
        )
        person.set_unusable_password()
        person.save()
        LearnerProfile.objects.create(person=person, profession=profession)
    if provider is not None:
        _, made = Affiliation.objects.get_or_create(
            person=person,
            provider=provider,
            defaults={
                "organisation": organisation,
                "is_affiliated": is_affiliated,
                "reach": reach,
                "sort_name": sort_name(person),
            },
        )
        known = known and not made
    return cast(Person, already(person) if known else person)


def _person_problems(email: str, given_name: str, family_name: str, reach: str) -> list[Reason]:
    found = []
    if not EMAIL.fullmatch(email) or len(email) > 254:
        found.append(
            Reason("person.email", f"“{email}” is not an e-mail address.", "Write it as name@example.org.", "email")
        )
    if not given_name.strip() and not family_name.strip():
        found.append(Reason("person.name", "The person has no name.", "Type the name.", "family_name"))
    if max(len(given_name), len(family_name)) > LONGEST_NAME:
        sentence = f"A part of the name is longer than {LONGEST_NAME} characters."
        found.append(Reason("person.name", sentence, "Shorten it.", "family_name"))
    if reach and reach not in REACHES:
        found.append(
            Reason("person.reach", f"“{reach}” is not a reach.", f"Choose one of {', '.join(REACHES)}.", "reach")
        )
    return found


@action(needs=P.RECORD_OWN, audit="profile.saved")
def save_profile(actor: Actor, person: Person, /, **fields: Any) -> Person:
    """What a learner says of themselves. Unknown names are a programming error; identifiers are checked, in plain words."""
    if unknown := set(fields) - {*PERSON_FIELDS, *PROFILE_FIELDS}:
        raise TypeError(f"save_profile knows no {', '.join(sorted(unknown))}")
    clean = {name: value.strip() if isinstance(value, str) else value for name, value in fields.items()}
    for name in ("state", "country", "licence_state"):
        if name in clean:
            clean[name] = clean[name].upper()
    profile = LearnerProfile.objects.filter(person=person).first() or LearnerProfile(person=person)
    refuse_if_any(_profile_problems(person, profile, clean))
    before = _values(person, profile)
    for name, value in clean.items():
        setattr(person if name in PERSON_FIELDS else profile, name, value)
    if profile.pk and _values(person, profile) == before:
        return already(person)
    person.save(update_fields=list(PERSON_FIELDS))
    profile.save()
    person.profile = profile
    Affiliation.objects.filter(person=person).update(sort_name=sort_name(person))
    return person


def _values(person: Person, profile: LearnerProfile) -> list[Any]:
    return [getattr(person, name) for name in PERSON_FIELDS] + [getattr(profile, name) for name in PROFILE_FIELDS]


def _profile_problems(person: Person, profile: LearnerProfile, clean: dict[str, Any]) -> list[Reason]:
    def said(name: str) -> str:
        kept = person if name in PERSON_FIELDS else profile
        return str(clean.get(name, getattr(kept, name)))

    found = [
        ids.npi_problem(said("npi")),
        ids.state_problem(said("state"), "state") if said("country") in ("", "US") else None,
        ids.state_problem(said("licence_state"), "licence_state"),
        ids.licence_problem(said("licence_state"), said("licence_number")),
        ids.birth_problem(said("birth_month_day")),
        ids.nabp_problem(said("nabp_profile_id")),
    ]
    if not said("given_name") and not said("family_name"):
        found.append(
            Reason(
                "person.name",
                "The name is empty.",
                "Type your name as it should stand on a certificate.",
                "family_name",
            )
        )
    if said("career_level") not in CAREER_LEVELS:
        found.append(Reason("person.level", "The career level is not on the list.", "Choose one.", "career_level"))
    if not re.fullmatch(r"[A-Z]{2}", said("country")):
        found.append(
            Reason(
                "person.country", "The country is not a two-letter code.", "Write US for the United States.", "country"
            )
        )
    return [reason for reason in found if reason]


def _person_in(provider: AccreditedProvider, **_: object) -> Scope:
    return provider.scope


@action(needs=P.REQUEST_DISCLOSURE, audit="person.reach_set", on=_person_in)
def set_reach(
    actor: Actor, provider: AccreditedProvider, *, person: Person, reach: str, is_affiliated: bool
) -> Affiliation:
    """How far a teacher is known: affiliated faculty, regional, national or international (TUFTS-15)."""
    refuse_if_any(_person_problems(person.email, person.given_name, person.family_name, reach))
    row = Affiliation.objects.filter(person=person, provider=provider).first()
    if row is None:
        raise problem(
            "person.stranger",
            "This person is not known to this program.",
            "Add the person under People first.",
            "reach",
        )
    if (row.reach, row.is_affiliated) == (reach, is_affiliated):
        return already(cast(Affiliation, row))
    row.reach, row.is_affiliated, row.sort_name = reach, is_affiliated, sort_name(person)
    row.save()
    return cast(Affiliation, row)


# --- roles ----------------------------------------------------------------------------------------------------------------


def _foreign_organisation() -> Problem:
    sentence = "That organisation belongs to another program."
    return problem("role.organisation", sentence, "Choose one of this program.", "organisation")


@action(needs=P.MANAGE_PEOPLE, audit="role.granted")
def grant_role(
    actor: Actor,
    provider: AccreditedProvider,
    *,
    person: Person,
    role: Role | str,
    organisation: Organisation | None = None,
    activity: Scoped | None = None,
) -> RoleGrant:
    """Give a role in the provider, in one of its organisations, or on one activity. A role in force is not granted twice.

    `activity`: the activity itself, so that its program is known; one of another program, or of another department than the
    role's, is refused.
    """
    activity_id = _activity_id(provider, organisation, activity)
    wanted = _grantable(role, organisation, activity_id)
    # two presses at once would make two grants, of which only one is ended later
    list(Person.objects.select_for_update().filter(pk=person.pk).values_list("pk"))
    key = {
        "person": person, "role": wanted.value, "provider": provider, "organisation": organisation, "activity_id": activity_id
    }  # fmt: skip
    known = RoleGrant.objects.filter(**key, revoked_at=None).first()
    if known is not None:
        return already(cast(RoleGrant, known))
    Affiliation.objects.get_or_create(person=person, provider=provider, defaults={"sort_name": sort_name(person)})
    row = RoleGrant(**key, granted_at=clock.now())
    row.save()
    return row


def _activity_id(
    provider: AccreditedProvider, organisation: Organisation | None, activity: Scoped | None
) -> int | None:
    """The id of an activity of this provider and, where the role is in an organisation, of that organisation."""
    if organisation is not None and organisation.provider_id != provider.pk:
        raise _foreign_organisation()
    if activity is None:
        return None
    scope = activity.scope
    if scope.activity_id is None or scope.provider_id != provider.pk:
        sentence = "That activity belongs to another program."
        raise problem("role.activity", sentence, "Choose one of this program.", "activity_id")
    if organisation is not None and scope.organisation_id != organisation.pk:
        sentence = f"That activity is not one of {organisation.name}, so the role would count nowhere."
        raise problem("role.activity", sentence, "Leave one of the two out.", "activity_id")
    return scope.activity_id


def _grantable(role: Role | str, organisation: Organisation | None, activity_id: int | None) -> Role:
    """The role, if an office gives it and its place is named."""
    if role not in set(Role) or Role(role) in NEVER_GRANTED:
        sentence = f"“{role}” is not a role that an office can give."
        raise problem("role.unknown", sentence, "Choose one of the list.", "role")
    wanted = Role(role)
    if wanted in NEEDS_ORGANISATION and organisation is None:
        sentence = "This role belongs to one department or hospital."
        raise problem("role.organisation", sentence, "Choose which.", "organisation")
    if wanted in NEEDS_ACTIVITY and activity_id is None:
        raise problem("role.activity", "This role belongs to one activity.", "Choose which.", "activity_id")
    return wanted


@action(needs=P.MANAGE_PEOPLE, audit="role.revoked")
def revoke_role(actor: Actor, grant: RoleGrant) -> RoleGrant:
    """End a role now. The last director of a provider stays, or nobody could grant the role again."""
    kept = cast(RoleGrant, RoleGrant.objects.select_for_update().get(pk=grant.pk))
    if kept.revoked_at is not None:
        return already(kept)
    if kept.role == Role.DIRECTOR:
        # all of them under lock: two directors who end each other at the same moment leave one
        directors = RoleGrant.objects.select_for_update().filter(
            provider=kept.provider_id, role=Role.DIRECTOR.value, organisation=None, activity_id=None, revoked_at=None
        )
        if not {one.person_id for one in directors.order_by("pk")} - {kept.person_id}:
            sentence = "This is the only director of the program."
            raise problem("role.last_director", sentence, "Make somebody else director first.", "role")
    kept.revoked_at = clock.now()
    kept.save(update_fields=["revoked_at"])
    return kept


# --- phone ----------------------------------------------------------------------------------------------------------------


@action(needs=P.RECORD_OWN, audit="phone.linked")
def link_phone(actor: Actor, person: Person, *, number: str) -> PhoneNumber:
    """Ask for a phone to be one's own: a six-digit code is sent to it (effect) and must come back within ten minutes."""
    wanted = ids.phone_number(number)
    if not wanted:
        raise problem(
            "phone.number", "This is not a phone number.", "Type it with area code, such as 555 010 0123.", "number"
        )
    row = PhoneNumber.objects.select_for_update().filter(number=wanted).first()
    if row is not None and row.person_id != person.pk:
        if row.verified_at is not None:
            sentence = "This number is linked to another account, and a number belongs to one person."
            raise problem(
                "phone.taken", sentence, "Sign in with that account, or ask the office to merge the two.", "number"
            )
        row.person = person  # never proven by the other: whoever proves it has it
    sent_at = row.code_sent_at if row is not None and row.verify_code else None
    if sent_at is not None and clock.now() - sent_at < dt.timedelta(minutes=1):
        raise problem(
            "phone.too_soon", "A code was sent less than a minute ago.", "Wait for it, then try again.", "number"
        )
    recent = AuditEvent.objects.filter(provider_id=None, person_id=person.pk, verb="phone.linked")
    if recent.filter(at__gt=clock.now() - dt.timedelta(hours=1)).count() >= CODES_AN_HOUR:
        sentence = f"{CODES_AN_HOUR} codes were sent within the last hour."
        raise problem("phone.too_many", sentence, "Wait an hour, or check in by the code of the session.", "number")
    row = row or PhoneNumber(person=person, number=wanted)
    row.verify_code, row.code_sent_at, row.code_tries = f"{secrets.randbelow(10**6):06d}", clock.now(), 0
    row.save()
    return cast(PhoneNumber, row)


def verify_phone(actor: Actor, phone: PhoneNumber, *, code: str) -> PhoneNumber:
    """Prove the phone with the code that was sent to it. Five wrong codes, or ten minutes, and a new one is needed."""
    row = _try_code(actor, phone, code=code)
    if row.verify_code:
        raise problem(
            "phone.code", "This is not the code that was sent.", "Type the six digits of the newest text.", "code"
        )
    return row


@action(needs=P.RECORD_OWN, audit="phone.code_tried")
def _try_code(actor: Actor, phone: PhoneNumber, *, code: str) -> PhoneNumber:
    """One try. A wrong one is kept (it commits), so that tries can be counted."""
    row = cast(PhoneNumber, PhoneNumber.objects.select_for_update().get(pk=phone.pk))
    if not row.verify_code:
        if row.verified_at is None:
            raise problem("phone.no_code", "No code was sent to this phone.", "Ask for one.", "code")
        return already(row)
    if row.code_sent_at is None or clock.now() - row.code_sent_at > CODE_HOLDS or row.code_tries >= CODE_TRIES:
        raise problem("phone.code_over", "This code no longer counts.", "Ask for a new code.", "code")
    if hmac.compare_digest(row.verify_code.encode(), code.strip().encode()):
        row.verified_at, row.verify_code = clock.now(), ""
    else:
        row.code_tries += 1
    row.save()
    return row


@action(needs=P.RECORD_OWN, audit="phone.unlinked")
def unlink_phone(actor: Actor, phone: PhoneNumber) -> Person:
    """Let go of a phone; texts from it no longer count for anybody."""
    person = phone.person
    PhoneNumber.objects.filter(pk=phone.pk).delete()
    return person


# --- consent, tokens, duplicates ------------------------------------------------------------------------------------------


@action(needs=P.RECORD_OWN, audit="consent.given")
def give_consent(actor: Actor, person: Person, *, body: str) -> ConsentToReport:
    """Allow completions to be sent to a body. In force until withdrawn."""
    known = ConsentToReport.objects.filter(person=person, body=body, withdrawn_at=None).first()
    if known is not None:
        return already(cast(ConsentToReport, known))
    row = ConsentToReport(person=person, body=body, given_at=clock.now())
    row.save()
    return row


@action(needs=P.RECORD_OWN, audit="consent.withdrawn")
def withdraw_consent(actor: Actor, person: Person, *, body: str) -> Person:
    """From now on nothing more is sent; what the body already has is corrected with the body."""
    ended = ConsentToReport.objects.filter(person=person, body=body, withdrawn_at=None).update(withdrawn_at=clock.now())
    return person if ended else already(person)


@action(needs=P.MANAGE_PROGRAM, audit="token.issued")
def issue_token(actor: Actor, provider: AccreditedProvider, *, name: str) -> tuple[AccessToken, str]:
    """A machine's key, shown once. Only its digest is kept; whoever issued it answers for it."""
    if not name.strip():
        raise problem("token.name", "The key has no name.", "Say which machine will use it.", "name")
    if actor.person_id is None:
        raise problem("token.person", "A key needs a person who answers for it.", "Sign in first.")
    secret = secrets.token_urlsafe(32)
    row = AccessToken(
        person_id=actor.person_id,
        provider=provider,
        name=name.strip()[:80],
        digest=hashlib.sha256(secret.encode()).hexdigest(),
        created_at=clock.now(),
    )
    row.save()
    return row, secret


@action(needs=P.MANAGE_PROGRAM, audit="token.revoked")
def revoke_token(actor: Actor, token: AccessToken) -> AccessToken:
    if token.revoked_at is not None:
        return already(token)
    token.revoked_at = clock.now()
    token.save(update_fields=["revoked_at"])
    return token


@action(needs=P.MANAGE_PEOPLE, audit="people.merged", on=_person_in)
def merge_people(actor: Actor, provider: AccreditedProvider, *, duplicate: Person, into: Person) -> Person:
    """Say that two accounts are one human being. Nothing moves: records stay where they were made and are read together.

    Both must be known to the provider, and the duplicate to no other one whose people the actor does not manage: it can no longer
    sign in, anywhere. `separate_people` takes it back.
    """
    if duplicate.pk == into.pk:
        raise problem("merge.same", "These are the same account.", "Choose two different ones.", "duplicate")
    people = {
        one.pk: one for one in Person.objects.select_for_update().filter(pk__in=[duplicate.pk, into.pk]).order_by("pk")
    }
    duplicate, into = people[duplicate.pk], people[into.pk]
    if duplicate.merged_into_id == into.pk:
        return already(duplicate)
    _known_here(actor, provider, duplicate, into)
    if into.merged_into_id is not None or duplicate.merged_into_id is not None or duplicate.merged_from.exists():
        raise problem("merge.chain", "One of the two was merged before.", "Take that merge back first.", "duplicate")
    if RoleGrant.objects.filter(person=duplicate, revoked_at=None).exists():
        raise problem(
            "merge.roles",
            "The duplicate still holds a role.",
            "End its roles first, so that nobody gains one unseen.",
            "duplicate",
        )
    duplicate.merged_into, duplicate.is_active = into, False
    duplicate.save(update_fields=["merged_into", "is_active"])
    return duplicate


@action(needs=P.MANAGE_PEOPLE, audit="people.separated", on=_person_in)
def separate_people(actor: Actor, provider: AccreditedProvider, *, duplicate: Person) -> Person:
    """Take a merge back: the duplicate is its own account again."""
    duplicate = cast(Person, Person.objects.select_for_update().get(pk=duplicate.pk))
    if duplicate.merged_into_id is None:
        return already(duplicate)
    _known_here(actor, provider, duplicate)
    duplicate.merged_into, duplicate.is_active = None, True
    duplicate.save(update_fields=["merged_into", "is_active"])
    return duplicate


def _known_here(actor: Actor, provider: AccreditedProvider, duplicate: Person, *others: Person) -> None:
    """All are people of this program; and the account to be closed or opened is not one of a program the actor has no say in."""
    wanted = {duplicate.pk, *(one.pk for one in others)}
    known = Affiliation.objects.filter(provider=provider, person_id__in=wanted).values_list("person_id", flat=True)
    if set(known) != wanted:
        sentence = "One of these accounts is not known to this program."
        raise problem("merge.strangers", sentence, "Choose people of this program.", "duplicate")
    elsewhere = programs_of(duplicate) - {provider.pk}
    if not all(may(actor, P.MANAGE_PEOPLE, Scope(provider_id=number)) for number in elsewhere):
        sentence = "The account is also used in another program, where it would change too."
        step = "Make that one the account that stays, or ask somebody who directs both programs."
        raise problem("merge.elsewhere", sentence, step, "duplicate")
