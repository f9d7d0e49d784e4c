"""Arrange claims: 600 learners, signed in, each with one credit to claim. Prints JSON."""

import json

from bench.arrange import room

with room.writes_open("bench"):
    provider = room.program()
    asks = room.claim_asks(provider, room.people_of(provider, 600))
print(json.dumps({"asks": asks}))
