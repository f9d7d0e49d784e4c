"""Import one published file of measures; prints rows and seconds as JSON."""

import json
import sys
import time
from pathlib import Path

from bench.arrange import room

from lifelong.kernel.access import SYSTEM
from lifelong.loop.needs.actions import import_measures

file = Path(sys.argv[1])
with room.writes_open("bench"):
    provider = room.program()
began = time.perf_counter()
with file.open("rb") as handle:
    taken = import_measures(SYSTEM, provider, file=handle, filename=file.name)
print(json.dumps({"kept": taken.points_kept, "read": taken.rows_read, "seconds": time.perf_counter() - began}))
