"""Count what a run left behind. Prints JSON."""

import json

import django

django.setup()

from lifelong.kernel.models import AuditEvent  # noqa: E402
from lifelong.loop.credit.models import Award  # noqa: E402
from lifelong.loop.delivery.models import Attendance  # noqa: E402

print(
    json.dumps(
        {
            "attendances": Attendance.objects.count(),
            "audits": AuditEvent.objects.filter(verb="attendance.recorded").count(),
            "awards": Award.objects.count(),
        }
    )
)
