"""The regular letter to those who lead: switched on by the office, one a person and period."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from lifelong.kernel.access import Scope
from lifelong.kernel.guard import KeptModel
from lifelong.loop.people.models import Person
from lifelong.loop.program.models import AccreditedProvider


class LetterPlan(KeptModel):
    """Whether, and every how many months, a program writes to its leaders. No row: it does not."""

    provider = models.OneToOneField(AccreditedProvider, models.CASCADE, related_name="letter_plan")
    is_on = models.BooleanField(default=False)
    every_months = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(1), MaxValueValidator(12)])
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")

    class Meta:
        app_label = "lifelong"


class LeaderLetter(KeptModel):
    """One letter to one person. `period_on`: the first day of the span it opens; the key that keeps a second one away."""

    provider = models.ForeignKey(AccreditedProvider, models.CASCADE, related_name="leader_letters")
    person = models.ForeignKey(Person, models.CASCADE, related_name="leader_letters")
    period_on = models.DateField()
    made_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "lifelong"
        ordering = ["-period_on", "person_id"]
        constraints = [models.UniqueConstraint(fields=["provider", "person", "period_on"], name="one_letter_a_period")]

    @property
    def scope(self) -> Scope:
        return Scope(provider_id=self.provider_id, person_id=self.person_id)
