"""What bodies must be told: records, batches, their answers, corrections."""

from __future__ import annotations

from django.db import models

from lifelong.kernel.access import Scope
from lifelong.kernel.guard import KeptModel
from lifelong.kernel.models import StoredFile
from lifelong.loop.credit.models import Award
from lifelong.loop.planning.models import Activity
from lifelong.loop.program.models import AccreditedProvider


class Batch(KeptModel):
    """One sending to a body, with its answer."""

    provider = models.ForeignKey(AccreditedProvider, models.CASCADE, related_name="batches")
    body = models.CharField(max_length=20)  # PARS, JA-PARS
    kind = models.CharField(max_length=8)  # activity or learner: a document holds one kind
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
        constraints = [
            # the next batch waits for the answer to this one, so that nothing is sent twice
            models.UniqueConstraint(
                fields=["provider", "body", "year", "kind"],
                name="one_open_batch",
                condition=models.Q(answered_at=None),
            ),
        ]


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
    status = models.CharField(
        max_length=16, blank=True
    )  # of an activity: where it stands in PARS (formats.pars.Status)
    year = models.PositiveSmallIntegerField()
    # what is missing or why it was refused: [{"rule", "sentence", "next_step", "field"}]; shown, never queried
    findings = models.JSONField(default=list)
    body_id = models.CharField(max_length=40, blank=True)  # the number the body gave it
    digest = models.CharField(max_length=64, blank=True)  # SHA-256 of what would be said now
    sent_digest = models.CharField(max_length=64, blank=True)  # of what was said last
    batch = models.ForeignKey(Batch, models.SET_NULL, null=True, related_name="records")
    due_on = models.DateField(null=True)
    changed_at = models.DateTimeField()

    class Meta:
        app_label = "lifelong"
        constraints = [
            models.UniqueConstraint(
                fields=["body", "activity"], name="one_activity_record", condition=models.Q(kind="activity")
            ),
            models.UniqueConstraint(
                fields=["body", "award"], name="one_learner_record", condition=models.Q(kind="learner")
            ),
        ]
        indexes = [models.Index(fields=["provider", "state", "id"], name="record_worklist")]

    @property
    def scope(self) -> Scope:
        return Scope(provider_id=self.provider_id)
