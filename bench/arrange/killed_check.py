"""What is in the database after a run of kills, against what was acknowledged (JSON on standard input). Prints JSON."""

import json
import sys
from typing import Any

import django

django.setup()

from django.db.models import Count  # noqa: E402

from lifelong.kernel.action import FOLLOWS  # noqa: E402
from lifelong.kernel.models import AuditEvent, Effect  # noqa: E402
from lifelong.loop.credit import ledger  # noqa: E402
from lifelong.loop.credit.models import Award, Certificate, LedgerSeal  # noqa: E402
from lifelong.loop.delivery.models import Attendance, SessionCount  # noqa: E402


def repeated(rows: Any, *fields: str) -> int:
    """How many keys occur more than once."""
    return int(rows.order_by().values(*fields).annotate(n=Count("id")).filter(n__gt=1).count())


acknowledged = json.load(sys.stdin)
marked = set(Attendance.objects.values_list("id", "session_id", "person_id"))
claimed = set(Award.objects.values_list("session_id", "person_id"))
sessions_of = dict(Attendance.objects.filter(pk__in=acknowledged["claims"]).values_list("id", "session_id"))
people_of = dict(Attendance.objects.filter(pk__in=acknowledged["claims"]).values_list("id", "person_id"))
recorded = AuditEvent.objects.filter(verb="attendance.recorded")
awarded = AuditEvent.objects.filter(verb="credit.awarded")
subjects = {
    "attendance.recorded": set(recorded.values_list("subject_id", flat=True)),
    "credit.awarded": set(awarded.values_list("subject_id", flat=True)),
}
unasked = {
    verb: sum(
        set(Effect.objects.filter(name=name).values_list("subject_id", flat=True)) < ids for name in FOLLOWS[verb]
    )
    for verb, ids in subjects.items()
}
counts = dict(SessionCount.objects.values_list("session_id", "attended"))
present = dict(
    Attendance.objects.filter(pk__in=subjects["attendance.recorded"]).values_list("session_id").annotate(n=Count("id"))
)
report = ledger.verify()
print(
    json.dumps(
        {
            "attendances": recorded.count(),
            "awards": len(claimed),
            "lost": sum(tuple(mark) not in marked for mark in acknowledged["marks"])
            + sum((sessions_of[one], people_of[one]) not in claimed for one in acknowledged["claims"]),
            "doubled": repeated(Attendance.objects, "session_id", "person_id")
            + repeated(Award.objects, "session_id", "person_id")
            + repeated(recorded, "subject_id")
            + repeated(awarded, "subject_id")
            + repeated(
                Effect.objects.filter(name__in=[*FOLLOWS["attendance.recorded"], *FOLLOWS["credit.awarded"]]),
                "name",
                "subject_id",
            ),
            "unaudited": abs(len(subjects["attendance.recorded"]) - sum(present.values()))
            + abs(len(subjects["credit.awarded"]) - len(claimed)),
            "effects_never_asked": sum(unasked.values()),
            "effects_waiting": Effect.objects.exclude(state=Effect.State.DONE).count(),
            "effect_errors": sorted(set(Effect.objects.exclude(last_error="").values_list("name", "last_error")))[:5],
            "rooms_miscounted": sum(counts.get(session) != number for session, number in present.items()),
            "unsealed": Award.objects.count() - LedgerSeal.objects.count(),
            "without_certificate": Award.objects.count() - Certificate.objects.count(),
            "ledger_holds": report.ok,
            "ledger": report.sentence,
        }
    )
)
