"""What a run needs to begin: a program, its people, sessions that are open now, credit that can be claimed, signed-in browsers."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import Any

import django

django.setup()

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402

from lifelong.kernel import clock  # noqa: E402
from lifelong.kernel.access import SYSTEM  # noqa: E402
from lifelong.kernel.guard import writes_open  # noqa: E402
from lifelong.loop.delivery.models import Attendance, Registration  # noqa: E402
from lifelong.loop.designation.models import Designation  # noqa: E402
from lifelong.loop.people.actions import issue_token  # noqa: E402
from lifelong.loop.people.models import Affiliation, LearnerProfile, Person  # noqa: E402
from lifelong.loop.planning.models import Activity, Session  # noqa: E402
from lifelong.loop.program.models import AccreditedProvider  # noqa: E402

CSRF = "c" * 32


def program() -> AccreditedProvider:
    return AccreditedProvider.objects.create(
        slug="bench",
        name="Bench",
        office_name="Bench office",
        short_name="B",
        accent="#225588",
        time_zone="UTC",
        place="Here",
    )


def people_of(provider: AccreditedProvider, count: int, first: int = 0) -> list[Person]:
    """Plainly made-up people with profile and affiliation, in bulk."""
    now = clock.now()
    names = range(first, first + count)
    people = [
        Person(email=f"p{n}@bench.example.org", given_name="P", family_name=f"N{n:07d}", created_at=now, password="!")
        for n in names
    ]
    people = Person.objects.bulk_create(people, batch_size=500)
    LearnerProfile.objects.bulk_create(
        [LearnerProfile(person=p, profession="physician") for p in people], batch_size=500
    )
    Affiliation.objects.bulk_create(
        [Affiliation(person=p, provider=provider, sort_name=f"{p.family_name}, p".lower()) for p in people],
        batch_size=500,
    )
    return people


def open_sessions(provider: AccreditedProvider, people: list[Person], count: int) -> list[Session]:
    """A published series with `count` sessions that take attendance now, everybody registered."""
    now = clock.now()
    activity = Activity.objects.create(
        provider=provider,
        number=1,
        title="Rounds",
        format="series",
        time_zone="UTC",
        registration_required=True,
        published_at=now,
        created_at=now,
    )
    Registration.objects.bulk_create(
        [
            Registration(
                activity=activity, person=p, state="registered", registered_at=now, sort_name=p.family_name.lower()
            )
            for p in people
        ],
        batch_size=500,
    )
    return [
        Session.objects.create(
            activity=activity,
            number=n,
            title=f"S{n}",
            starts_at=now,
            ends_at=now + dt.timedelta(hours=2),
            code=f"{100_000 + n}",
            code_key="ab" * 32,
        )
        for n in range(1, count + 1)
    ]


def kiosk(provider: AccreditedProvider, answers_for_it: Person) -> str:
    """The secret of a machine's token."""
    return str(issue_token(replace(SYSTEM, person_id=answers_for_it.pk), provider, name="kiosk")[1])


def claimable(provider: AccreditedProvider, people: list[Person]) -> tuple[Designation, list[Attendance]]:
    """One credit designated for a session that ended an hour ago, with everybody present."""
    now = clock.now()
    activity = Activity.objects.create(
        provider=provider, number=2, title="Taught", format="live_course", time_zone="UTC", published_at=now, created_at=now,
        evaluation_required=False, starts_on=now.date(),
    )  # fmt: skip
    taught = Session.objects.create(
        activity=activity,
        number=1,
        title="T",
        starts_at=now - dt.timedelta(hours=2),
        ends_at=now - dt.timedelta(hours=1),
    )
    designation = Designation.objects.create(
        activity=activity, credit_system="ama", profession="physician", unit="AMA PRA Category 1 Credit", maximum=Decimal("1.00"),
        increment=Decimal("0.25"), is_per_session=True, rule_book_version="bench", designated_at=now - dt.timedelta(days=300),
    )  # fmt: skip
    marks = [
        Attendance(
            session=taught,
            person=p,
            recorded_at=taught.starts_at,
            channel="staff",
            evidence="staff_verified",
            profession="physician",
        )
        for p in people
    ]
    return designation, Attendance.objects.bulk_create(marks, batch_size=500)


def signed_in(person: Person) -> dict[str, str]:
    """Headers of a browser in which this person is signed in, with a CSRF token for its next form."""
    store = SessionStore()
    store[SESSION_KEY] = str(person.pk)
    store[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    store[HASH_SESSION_KEY] = person.get_session_auth_hash()
    store.save()
    return {"Cookie": f"lifelong_session={store.session_key}; lifelong_csrf={CSRF}"}


def claim_asks(provider: AccreditedProvider, people: list[Person]) -> list[dict[str, Any]]:
    """One claim a person, as their browser would send it."""
    designation, marks = claimable(provider, people)
    body = f"csrfmiddlewaretoken={CSRF}&designation={designation.pk}&{designation.pk}-amount=1.00"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    return [
        {"path": f"/me/claim/{mark.pk}/", "headers": form | signed_in(person), "body": body, "attendance": mark.pk}
        for mark, person in zip(marks, people, strict=True)
    ]


__all__ = [
    "CSRF",
    "SYSTEM",
    "claim_asks",
    "claimable",
    "kiosk",
    "open_sessions",
    "people_of",
    "program",
    "signed_in",
    "writes_open",
]
