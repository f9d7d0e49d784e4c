"""Count what J12 left behind. Prints JSON."""

import json

import django

django.setup()

from django.db.models import Sum  # noqa: E402

from lifelong.kernel.models import AuditEvent  # noqa: E402
from lifelong.loop.evaluation.models import EvaluationDone  # noqa: E402
from lifelong.loop.surveys.models import Answer, Response, Tally  # noqa: E402

print(
    json.dumps(
        {
            "done": EvaluationDone.objects.count(),
            "responses": Response.objects.count(),
            "audits": AuditEvent.objects.filter(verb="evaluation.submitted").count(),
            "answers": Answer.objects.count(),
            "summed": Tally.objects.filter(choice="").aggregate(n=Sum("count"))["n"],
        }
    )
)
