"""Count what a run left behind. Prints JSON."""

import json

import django

django.setup()

from django.contrib.auth import SESSION_KEY  # noqa: E402
from django.contrib.sessions.models import Session  # noqa: E402

from lifelong.kernel.models import AuditEvent  # noqa: E402
from lifelong.loop.credit.models import Award  # noqa: E402
from lifelong.loop.delivery.models import Attendance  # noqa: E402

print(
    json.dumps(
        {
            "attendances": Attendance.objects.count(),
            "audits": AuditEvent.objects.filter(verb="attendance.recorded").count(),
            "awards": Award.objects.count(),
            "signed_in": sum(SESSION_KEY in session.get_decoded() for session in Session.objects.all()),
        }
    )
)
