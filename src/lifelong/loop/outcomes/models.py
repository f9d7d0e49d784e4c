"""What changed: results tied to activities, with the method that produced them."""

from __future__ import annotations

from django.db import models

from lifelong.kernel.access import Scope
from lifelong.kernel.guard import KeptModel
from lifelong.kernel.models import StoredFile
from lifelong.loop.needs.models import Measure, MeasurePlace, MeasurePoint
from lifelong.loop.people.models import Person
from lifelong.loop.planning.models import Activity, ActivityPart
from lifelong.loop.program.models import AccreditedProvider, Organisation


class OutcomeMeasure(ActivityPart):
    """A measure an activity is judged by: the record that was the gap's baseline may be it. Level and objectivity are stored, never guessed."""

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="outcome_measures")
    measure = models.ForeignKey(Measure, models.PROTECT, null=True, related_name="outcome_measures")
    place = models.ForeignKey(MeasurePlace, models.PROTECT, null=True)
    label = models.CharField(max_length=200)
    moore_level = models.CharField(max_length=2)  # 1, 2, 3a, 3b, 4, 5, 6, 7
    kirkpatrick = models.CharField(max_length=2, blank=True)
    is_objective = models.BooleanField()
    is_concordance = models.BooleanField(default=False)  # says how far care follows a guideline
    baseline = models.ForeignKey(MeasurePoint, models.PROTECT, null=True, related_name="+")
    result = models.ForeignKey(MeasurePoint, models.PROTECT, null=True, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        app_label = "lifelong"
        constraints = [models.UniqueConstraint(fields=["activity", "label"], name="outcome_measure_once")]


class QualityThreshold(KeptModel):
    """From which figure on an activity of this program is good enough; without a row the usual one holds (`indicators.toml`)."""

    provider = models.ForeignKey(AccreditedProvider, models.CASCADE, related_name="quality_thresholds")
    indicator = models.CharField(max_length=20)  # a key of indicators.toml
    percent = models.FloatField()
    set_at = models.DateTimeField()
    set_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")

    class Meta:
        app_label = "lifelong"
        unique_together = [("provider", "indicator")]


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


class ImpactSummary(ActivityPart):
    """What an activity changed and how we know: written by the office, required to close it (gate G12)."""

    activity = models.OneToOneField(Activity, models.CASCADE, related_name="impact_summary")
    text = models.TextField()
    limits = models.TextField(blank=True)
    next_gap = models.TextField(blank=True)  # what remains: where the loop begins again
    standard_of_care = models.TextField(
        blank=True
    )  # whether care here is nearer to the standard, and how that is known
    written_at = models.DateTimeField()
    written_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")

    class Meta:
        app_label = "lifelong"


class SharedReport(ActivityPart):
    """The outcome report of an activity, sent to one person by a secret link. The day it was opened is shown to the office."""

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="shared_reports")
    person = models.ForeignKey(Person, models.CASCADE, related_name="shared_reports")
    reader = models.CharField(max_length=10)  # planner, leader, faculty: why this person reads it
    token_digest = models.CharField(max_length=64, unique=True)
    shared_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    opened_on = models.DateField(null=True)  # the first time
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "lifelong"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["activity", "person"], name="report_shared_once", condition=models.Q(revoked_at=None)
            )
        ]

    @property
    def scope(self) -> Scope:
        scope = self.activity.scope
        return Scope(scope.provider_id, scope.organisation_id, scope.activity_id, self.person_id)


class QualityProject(KeptModel):
    """A quality improvement project, inside or outside the office; activities are tied to it. Stages A, B, C when it is performance improvement CME."""

    provider = models.ForeignKey(AccreditedProvider, models.CASCADE, related_name="quality_projects")
    title = models.CharField(max_length=200)
    aim = models.TextField(blank=True)
    owner = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="quality_projects")
    measure = models.ForeignKey(Measure, models.PROTECT, null=True, related_name="quality_projects")
    place = models.ForeignKey(MeasurePlace, models.PROTECT, null=True, related_name="+")
    opened_on = models.DateField()
    registered_at = models.DateTimeField()
    registered_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")

    class Meta:
        app_label = "lifelong"
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["provider", "title"], name="one_project_of_a_title")]

    def __str__(self) -> str:
        return self.title


class ProjectActivity(KeptModel):
    """That an activity belongs to a quality project."""

    to_provider = "project__provider"
    project = models.ForeignKey(QualityProject, models.CASCADE, related_name="project_activities")
    activity = models.ForeignKey(Activity, models.CASCADE, related_name="project_activities")

    class Meta:
        app_label = "lifelong"
        unique_together = [("project", "activity")]


class ProjectStage(KeptModel):
    """A finished stage of performance improvement: A practice assessed, B change made, C practice assessed again."""

    class Stage(models.TextChoices):
        ASSESS = "A", "Practice assessed"
        CHANGE = "B", "Change made"
        REASSESS = "C", "Practice assessed again"

    to_provider = "project__provider"
    project = models.ForeignKey(QualityProject, models.CASCADE, related_name="stages")
    stage = models.CharField(max_length=1, choices=Stage.choices)
    done_on = models.DateField()
    found = models.TextField(blank=True)

    class Meta:
        app_label = "lifelong"
        ordering = ["stage"]
        unique_together = [("project", "stage")]
