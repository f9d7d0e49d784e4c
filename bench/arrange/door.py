"""Arrange J1: 2,000 registered learners, three sessions that are open now, a kiosk's token. Prints JSON."""

import json

from bench.arrange import room

with room.writes_open("bench"):
    provider = room.program()
    people = room.people_of(provider, 2_000)
    sessions = room.open_sessions(provider, people, 3)
print(
    json.dumps(
        {
            "token": room.kiosk(provider, people[0]),
            "people": [p.pk for p in people],
            "sessions": [s.pk for s in sessions],
        }
    )
)
