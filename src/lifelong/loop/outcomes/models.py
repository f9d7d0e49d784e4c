"""What changed: results tied to activities, with the method that produced them."""

from __future__ import annotations

from django.db import models

from lifelong.kernel.guard import KeptModel
from lifelong.kernel.models import StoredFile
from lifelong.loop.needs.models import Measure, MeasurePlace, MeasurePoint
from lifelong.loop.people.models import Person
from lifelong.loop.planning.models import Activity, ActivityPart
from lifelong.loop.program.models import AccreditedProvider


class OutcomeMeasure(ActivityPart):
    """A measure an activity is judged by: the record that was the gap's baseline may be it. Level and objectivity are stored, never guessed."""

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="outcome_measures")
    measure = models.ForeignKey(Measure, models.PROTECT, null=True, related_name="outcome_measures")
    place = models.ForeignKey(MeasurePlace, models.PROTECT, null=True)
    label = models.CharField(max_length=200)
    moore_level = models.CharField(max_length=2)  # 1, 2, 3a, 3b, 4, 5, 6, 7
    kirkpatrick = models.CharField(max_length=2, blank=True)
    is_objective = models.BooleanField()
    baseline = models.ForeignKey(MeasurePoint, models.PROTECT, null=True, related_name="+")
    result = models.ForeignKey(MeasurePoint, models.PROTECT, null=True, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        app_label = "lifelong"
        constraints = [models.UniqueConstraint(fields=["activity", "label"], name="outcome_measure_once")]


class AnalysisPlan(KeptModel):
    """A plan fixed before its data: bytes, hash, time."""

    provider = models.ForeignKey(AccreditedProvider, models.CASCADE, related_name="analysis_plans")
    activity = models.ForeignKey(Activity, models.CASCADE, null=True, related_name="analysis_plans")
    title = models.CharField(max_length=200)
    text = models.TextField()  # the TOML
    plan_hash = models.CharField(max_length=64)
    fixed_at = models.DateTimeField()
    fixed_by = models.ForeignKey(Person, models.PROTECT, null=True)

    class Meta:
        app_label = "lifelong"
        unique_together = [("provider", "plan_hash")]


class AnalysisResult(KeptModel):
    to_provider = "plan__provider"
    plan = models.ForeignKey(AnalysisPlan, models.PROTECT, related_name="results")
    data_file = models.ForeignKey(StoredFile, models.PROTECT, null=True)
    data_hash = models.CharField(max_length=64)
    result = models.JSONField()
    ran_at = models.DateTimeField()

    class Meta:
        app_label = "lifelong"
        unique_together = [("plan", "data_hash")]


class ReachCount(ActivityPart):
    """How many people an activity reached on a day, counted or estimated where nobody checks in: community events, pages, broadcasts."""

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="reach_counts")
    on = models.DateField()
    people = models.PositiveIntegerField()
    how = models.CharField(max_length=200)  # head count, page visits, broadcaster's figure ...
    counted_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")

    class Meta:
        app_label = "lifelong"
        unique_together = [("activity", "on", "how")]
