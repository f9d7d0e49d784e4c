"""Arrange J10 and J11: ROWS people, activities and registrations in one program, a coordinator and a learner signed in. Prints JSON."""

import json
import sys

from bench.arrange import room
from django.db import connection

from lifelong.kernel import clock
from lifelong.loop.delivery.models import Registration
from lifelong.loop.people.models import Affiliation, Person, RoleGrant
from lifelong.loop.planning.models import Activity

rows = int(sys.argv[1])
now = clock.now()
with room.writes_open("bench"):
    provider = room.program()
    for first in range(0, rows, 50_000):
        room.people_of(provider, min(50_000, rows - first), first)
    everybody = list(Person.objects.order_by("id").values_list("id", flat=True))
    staff = Person.objects.get(pk=everybody[0])
    RoleGrant.objects.create(person=staff, role="coordinator", provider=provider, granted_at=now)
    session = room.open_sessions(provider, [], 1)[0]
    for first in range(0, rows, 50_000):
        Registration.objects.bulk_create(
            [
                Registration(
                    activity_id=session.activity_id,
                    person_id=pk,
                    state="registered",
                    registered_at=now,
                    sort_name=f"n{first + n:07d}, p",
                )
                for n, pk in enumerate(everybody[first : first + 50_000])
            ],
            batch_size=500,
        )
        Activity.objects.bulk_create(
            [
                Activity(
                    provider=provider, number=10 + first + n, title=f"Activity {first + n:07d}", format="live_course", time_zone="UTC", created_at=now,
                    starts_on=now.date(),
                )
                for n in range(min(50_000, rows - first))
            ],
            batch_size=500,
        )  # fmt: skip
    learner = Person.objects.get(pk=everybody[-1])
    room.claim_asks(provider, [learner])
with connection.cursor() as cursor:
    cursor.execute("ANALYZE")
page = min(1_000, rows // 100)
far = f"n{page * 50:07d}"
affiliation = Affiliation.objects.filter(provider=provider, sort_name__gte=far).order_by("sort_name").first()
assert affiliation is not None
print(
    json.dumps(
        {
            "staff": room.signed_in(staff),
            "learner": room.signed_in(learner),
            "number_far": rows + 10 - page * 50,
            "session": session.pk,
            "roster_after": f"{affiliation.sort_name}|{affiliation.person_id}",
            "search": f"n{rows - 7:07d}",
            "title": f"Activity {rows - 7:07d}",
        }
    )
)
