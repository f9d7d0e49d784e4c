"""Arrange J1: 2,000 registered learners, three published sessions that are open now, a kiosk's token. Prints JSON."""

import datetime as dt
import json
from dataclasses import replace

import django

django.setup()

from lifelong.kernel import clock  # noqa: E402
from lifelong.kernel.access import SYSTEM  # noqa: E402
from lifelong.kernel.guard import writes_open  # noqa: E402
from lifelong.loop.delivery.models import Registration  # noqa: E402
from lifelong.loop.people.actions import issue_token  # noqa: E402
from lifelong.loop.people.models import Affiliation, LearnerProfile, Person  # noqa: E402
from lifelong.loop.planning.models import Activity, Session  # noqa: E402
from lifelong.loop.program.models import AccreditedProvider  # noqa: E402

now = clock.now()
with writes_open("bench"):
    provider = AccreditedProvider.objects.create(slug="bench", name="Bench", office_name="B", short_name="B", accent="#225588", time_zone="UTC", place="Here")
    people = Person.objects.bulk_create([Person(email=f"p{n}@example.org", given_name="P", family_name=f"N{n:05d}", created_at=now) for n in range(2_000)])
    LearnerProfile.objects.bulk_create([LearnerProfile(person=p, profession="physician") for p in people])
    Affiliation.objects.bulk_create([Affiliation(person=p, provider=provider, sort_name=f"n{p.pk}") for p in people])
    activity = Activity.objects.create(
        provider=provider, number=1, title="Rounds", format="series", time_zone="UTC", registration_required=True, published_at=now, created_at=now
    )
    Registration.objects.bulk_create([Registration(activity=activity, person=p, state="registered", registered_at=now) for p in people])
    sessions = [
        Session.objects.create(
            activity=activity, number=n, title=f"S{n}", starts_at=now, ends_at=now + dt.timedelta(hours=2), code=f"10000{n}", code_key="ab" * 32
        )
        for n in (1, 2, 3)
    ]
_, secret = issue_token(replace(SYSTEM, person_id=people[0].pk), provider, name="kiosk")
print(json.dumps({"token": secret, "people": [p.pk for p in people], "sessions": [s.pk for s in sessions]}))
