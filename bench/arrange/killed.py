"""Arrange a run of kills: PEOPLE learners, SESSIONS open sessions, CLAIMS learners with credit to claim. Prints JSON."""

import json
import sys

from bench.arrange import room

people_count, session_count, claim_count = map(int, sys.argv[1:4])
with room.writes_open("bench"):
    provider = room.program()
    people = room.people_of(provider, people_count)
    sessions = room.open_sessions(provider, people, session_count)
    asks = room.claim_asks(provider, people[:claim_count])
token = room.kiosk(provider, people[0])
print(
    json.dumps({"token": token, "people": [p.pk for p in people], "sessions": [s.pk for s in sessions], "claims": asks})
)
