"""Credit as promised: per credit system and profession, with the statements that must be printed."""

from __future__ import annotations

from django.db import models

from lifelong.loop.people.models import Person
from lifelong.loop.planning.models import Activity, ActivityPart


class Designation(ActivityPart):
    """The most one learner of a profession may be awarded in one credit system: per session of a series, else per activity."""

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="designations")
    credit_system = models.CharField(max_length=20)  # key of rules.designation: ama, ancc, acpe, ipce, participation
    profession = models.CharField(max_length=30, blank=True)  # "" = every profession (participation)
    maximum = models.DecimalField(max_digits=6, decimal_places=2)
    increment = models.DecimalField(max_digits=4, decimal_places=2)
    is_per_session = models.BooleanField(default=False)
    unit = models.CharField(max_length=40)
    uan = models.CharField(max_length=40, blank=True)  # ACPE universal activity number
    acpe_type = models.CharField(max_length=1, blank=True)  # K, A, P
    minutes = models.DecimalField(
        max_digits=8, decimal_places=2, null=True
    )  # of learning the amount rests on; None: not by time
    conditions = models.JSONField(default=list)  # of interprofessional credit, as answered; shown, never queried
    rule_book_version = models.CharField(max_length=120)
    designated_at = models.DateTimeField()
    designated_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "lifelong"
        constraints = [
            models.UniqueConstraint(
                fields=["activity", "credit_system", "profession"],
                name="designated_once",
                condition=models.Q(withdrawn_at=None),
            ),
        ]


class RequiredStatement(ActivityPart):
    """A statement as rendered at publication: frozen."""

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="required_statements")
    kind = models.CharField(max_length=40)
    text = models.TextField()
    status = models.CharField(max_length=12)  # confirmed, secondary, unconfirmed: of the wording
    frozen_at = models.DateTimeField()

    class Meta:
        app_label = "lifelong"
        ordering = ["id"]
