"""Figures of a whole year, kept so that no page counts a large year while somebody waits."""

from __future__ import annotations

from django.db import models

from lifelong.kernel.guard import KeptModel
from lifelong.loop.program.models import AccreditedProvider


class KeptFigures(KeptModel):
    """One named count over a year of a program. A year that is small has no such rows: it is counted whenever somebody looks."""

    provider = models.ForeignKey(AccreditedProvider, models.CASCADE, related_name="kept_figures")
    year = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=60)
    facts = models.JSONField(null=True)
    computed_at = models.DateTimeField(null=True)  # when the counting began; None: never counted
    asked_at = models.DateTimeField(null=True)  # a job has been asked to count; None: nobody waits

    class Meta:
        app_label = "lifelong"
        constraints = [models.UniqueConstraint(fields=["provider", "year", "name"], name="one_kept_figure")]
