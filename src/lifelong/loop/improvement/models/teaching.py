"""Learning from teaching: the log of those who teach students and residents (UCONN-31)."""

from __future__ import annotations

from django.db import models

from lifelong.kernel.access import Scope
from lifelong.kernel.guard import KeptModel
from lifelong.loop.credit.models import Award
from lifelong.loop.people.models import Person
from lifelong.loop.planning.models import Activity


class TeachingLog(KeptModel):
    """A day of teaching and what the teacher learned by it. Credit follows when a second person confirms it."""

    class Taught(models.TextChoices):
        STUDENTS = "students", "Medical students"
        RESIDENTS = "residents", "Residents or fellows"
        BOTH = "both", "Both"

    to_provider = "activity__provider"
    activity = models.ForeignKey(Activity, models.PROTECT, related_name="teaching_logs")
    person = models.ForeignKey(Person, models.CASCADE, related_name="teaching_logs")
    taught_on = models.DateField()
    minutes = models.PositiveSmallIntegerField()  # of interaction with learners
    taught = models.CharField(max_length=10, choices=Taught.choices)
    about = models.CharField(max_length=200)
    learned = models.TextField()
    logged_at = models.DateTimeField()
    is_confirmed = models.BooleanField(null=True)  # None: nobody has looked yet
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=300, blank=True)  # why it was not confirmed
    award = models.ForeignKey(
        Award, models.PROTECT, null=True, related_name="+"
    )  # the entry of the ledger it brought about

    class Meta:
        app_label = "lifelong"
        ordering = ["-taught_on", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["activity", "person", "taught_on", "about"], name="teaching_logged_once")
        ]

    @property
    def scope(self) -> Scope:
        scope = self.activity.scope
        return Scope(scope.provider_id, scope.organisation_id, scope.activity_id, self.person_id)
