"""What bodies must be told: records, batches, their answers, corrections."""

from __future__ import annotations

from django.db import models

from lifelong.kernel.guard import KeptModel
from lifelong.kernel.models import StoredFile
from lifelong.loop.credit.models import Award
from lifelong.loop.planning.models import Activity
from lifelong.loop.program.models import AccreditedProvider


class Batch(KeptModel):
    """One sending to a body, with its answer."""

    provider = models.ForeignKey(AccreditedProvider, models.CASCADE, related_name="batches")
    body = models.CharField(max_length=20)  # PARS, JA-PARS, CPE
    year = models.PositiveSmallIntegerField()
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    answer = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")
    accepted = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)

    class Meta:
        app_label = "lifelong"
        ordering = ["-id"]


class Record(KeptModel):
    """One thing a body must be told: an activity, or one learner's completion. A learner record is not edited but deleted and added again."""

    class Kind(models.TextChoices):
        ACTIVITY = "activity", "Activity"
        LEARNER = "learner", "Learner completion"

    class State(models.TextChoices):
        READY = "ready", "Ready to send"
        INCOMPLETE = "incomplete", "Not complete"
        SENT = "sent", "Sent"
        ACCEPTED = "accepted", "Accepted"
        REFUSED = "refused", "Refused"

    provider = models.ForeignKey(AccreditedProvider, models.CASCADE, related_name="records")
    body = models.CharField(max_length=20)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    activity = models.ForeignKey(Activity, models.CASCADE, related_name="records")
    award = models.ForeignKey(Award, models.PROTECT, null=True, related_name="records")
    state = models.CharField(max_length=10, choices=State.choices)
    findings = models.JSONField(default=list)  # sentences: what is missing or why it was refused
    batch = models.ForeignKey(Batch, models.SET_NULL, null=True, related_name="records")
    due_on = models.DateField(null=True)
    changed_at = models.DateTimeField()

    class Meta:
        app_label = "lifelong"
        constraints = [
            models.UniqueConstraint(fields=["body", "activity"], name="one_activity_record", condition=models.Q(kind="activity")),
            models.UniqueConstraint(fields=["body", "award"], name="one_learner_record", condition=models.Q(kind="learner")),
        ]
        indexes = [models.Index(fields=["provider", "state", "id"], name="record_worklist")]
