"""What learners say, what they will change, what stands in the way, and what became of it."""

from __future__ import annotations

from typing import Any

from django.db import models

from lifelong.kernel.access import Scope
from lifelong.kernel.guard import KeptModel
from lifelong.loop.delivery.models import Attendance
from lifelong.loop.people.models import Person
from lifelong.loop.planning.models import Activity, ActivityPart, Session
from lifelong.loop.surveys.models import Instrument


class ActivityEvaluation(ActivityPart):
    """The instrument an activity is evaluated with; attached to every activity by default."""

    activity = models.OneToOneField(Activity, models.CASCADE, related_name="evaluation")
    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="activity_evaluations")

    class Meta:
        app_label = "lifelong"


class EvaluationDone(KeptModel):
    """That a learner has evaluated a session. It shares no key and no time of day with the answers (unlinkable by construction)."""

    to_provider = "attendance__session__activity__provider"
    attendance = models.OneToOneField(Attendance, models.CASCADE, related_name="evaluation_done")
    done_on = models.DateField()

    class Meta:
        app_label = "lifelong"

    @property
    def scope(self) -> Scope:
        return self.attendance.scope


class Commitment(ActivityPart):
    """What a learner intends to change, in their own words. Named, because they are asked about it later; learners are told so."""

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="commitments")
    session = models.ForeignKey(Session, models.CASCADE, null=True, related_name="commitments")
    person = models.ForeignKey(Person, models.CASCADE, related_name="commitments")
    text = models.TextField()
    position = models.PositiveSmallIntegerField(default=1)  # 1..3
    level = models.PositiveSmallIntegerField(null=True)  # 1..5 how firmly
    confidence = models.PositiveSmallIntegerField(null=True)  # 0..10
    committed_on = models.DateField()
    theme = models.CharField(max_length=60, blank=True)
    matches_objective = models.CharField(max_length=10, blank=True)  # yes, partly, no, unplanned

    class Meta:
        app_label = "lifelong"
        indexes = [models.Index(fields=["activity", "committed_on"], name="commitment_activity")]
        constraints = [models.UniqueConstraint(fields=["session", "person", "position"], name="one_commitment_each")]

    @property
    def scope(self) -> Scope:
        scope = self.activity.scope
        return Scope(scope.provider_id, scope.organisation_id, scope.activity_id, self.person_id)


class CommitmentPart(KeptModel):
    to_provider = "commitment__activity__provider"
    commitment: Any

    class Meta:
        abstract = True
        app_label = "lifelong"

    @property
    def scope(self) -> Scope:
        return self.commitment.scope  # type: ignore[no-any-return]


class Barrier(CommitmentPart):
    """What stands in the way, from the barrier list, and how it could be overcome."""

    commitment = models.ForeignKey(Commitment, models.CASCADE, related_name="barriers")
    code = models.CharField(max_length=40)
    other = models.CharField(max_length=200, blank=True)
    how_overcome = models.TextField(blank=True)

    class Meta:
        app_label = "lifelong"
        unique_together = [("commitment", "code")]


class FollowUp(CommitmentPart):
    """One later question about one commitment: 45 and 90 days on by default."""

    class Answer(models.TextChoices):
        FULLY = "fully", "Yes, fully"
        PARTLY = "partly", "Partly"
        NOT_YET = "not_yet", "Not yet, I still plan to"
        NO_LONGER = "no_longer", "I no longer plan to"
        NOT_APPLICABLE = "not_applicable", "It did not apply (no such patients)"

    commitment = models.ForeignKey(Commitment, models.CASCADE, related_name="follow_ups")
    wave = models.PositiveSmallIntegerField()  # days after the commitment
    due_on = models.DateField()
    token_digest = models.CharField(max_length=64, blank=True, db_index=True)
    asked_at = models.DateTimeField(null=True)
    reminders = models.PositiveSmallIntegerField(default=0)
    answered_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=16, choices=Answer.choices, blank=True)
    barrier_code = models.CharField(max_length=40, blank=True)
    text = models.TextField(blank=True)

    class Meta:
        app_label = "lifelong"
        unique_together = [("commitment", "wave")]
        indexes = [models.Index(fields=["due_on"], name="follow_up_due", condition=models.Q(asked_at=None))]
