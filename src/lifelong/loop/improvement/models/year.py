"""The year judged against the mission: attainment, synthesis, findings, improvements."""

from __future__ import annotations

from django.db import models

from lifelong.kernel import clock
from lifelong.kernel.access import Scope
from lifelong.kernel.guard import AppendOnly, KeptModel
from lifelong.kernel.models import StoredFile
from lifelong.loop.people.models import Person
from lifelong.loop.program.models import AccreditedProvider, ExpectedResult


class Attainment(KeptModel):
    """One expected result's indicator in one year, computed from the activities behind it; re-computed as answers come in."""

    to_provider = "expected_result__provider"
    expected_result = models.ForeignKey(ExpectedResult, models.CASCADE, related_name="attainments")
    year = models.PositiveSmallIntegerField()
    value = models.FloatField(null=True)  # None: nothing measured, or too few to show
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    n = models.PositiveIntegerField(default=0)
    asked = models.PositiveIntegerField(default=0)
    is_suppressed = models.BooleanField(default=False)
    measured_at = models.DateTimeField()

    class Meta:
        app_label = "lifelong"
        unique_together = [("expected_result", "year")]


class Conclusion(KeptModel):
    """What the office concludes beside the number of one expected result and year."""

    to_provider = "expected_result__provider"
    expected_result = models.ForeignKey(ExpectedResult, models.CASCADE, related_name="conclusions")
    year = models.PositiveSmallIntegerField()
    text = models.TextField()
    priority = models.PositiveSmallIntegerField(default=3)
    priority_reason = models.CharField(max_length=300, blank=True)
    written_by = models.ForeignKey(Person, models.PROTECT, null=True)
    written_at = models.DateTimeField()

    class Meta:
        app_label = "lifelong"
        unique_together = [("expected_result", "year")]


class MissionReport(AppendOnly):
    """The annual mission report, frozen: its facts as canonical JSON. The PDF is made from them after the commit."""

    provider = models.ForeignKey(AccreditedProvider, models.PROTECT, related_name="mission_reports")
    year = models.PositiveSmallIntegerField()
    version = models.PositiveSmallIntegerField()
    facts = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    snapshot = models.CharField(max_length=64)  # SHA-256 of the data without the time of freezing
    frozen_at = models.DateTimeField()
    frozen_by = models.ForeignKey(Person, models.PROTECT, null=True)

    class Meta:
        app_label = "lifelong"
        unique_together = [("provider", "year", "version")]


class ReportPdf(KeptModel):
    """The PDF of a frozen report. It can be made again from the facts with the same bytes."""

    to_provider = "report__provider"
    report = models.OneToOneField(MissionReport, models.PROTECT, related_name="pdf")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        app_label = "lifelong"

    @property
    def scope(self) -> Scope:
        return self.report.scope


class Improvement(KeptModel):
    """What the program will do better: plan, owner, day, effect."""

    class State(models.TextChoices):
        IDENTIFIED = "identified", "Identified"
        PLANNED = "planned", "Planned"
        DONE = "done", "Done"
        DROPPED = "dropped", "Dropped"

    provider = models.ForeignKey(AccreditedProvider, models.CASCADE, related_name="improvements")
    expected_result = models.ForeignKey(ExpectedResult, models.PROTECT, null=True, related_name="improvements")
    year = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)
    finding = models.TextField(blank=True)
    plan = models.TextField(blank=True)
    owner = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    due_on = models.DateField(null=True)
    priority = models.PositiveSmallIntegerField(default=3)
    priority_reason = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.IDENTIFIED)
    effect = models.TextField(blank=True)
    opened_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "lifelong"
        ordering = ["priority", "-opened_at"]
        constraints = [
            models.UniqueConstraint(fields=["provider", "year", "title"], name="one_improvement_of_a_title"),
        ]

    @property
    def is_late(self) -> bool:
        """Its day has passed and it is neither done nor dropped."""
        waits = self.state in (self.State.IDENTIFIED, self.State.PLANNED)
        return waits and self.due_on is not None and self.due_on < clock.today(self.provider.time_zone)


class ImprovementStep(AppendOnly):
    """Status history of an improvement."""

    to_provider = "improvement__provider"
    improvement = models.ForeignKey(Improvement, models.CASCADE, related_name="steps")
    state = models.CharField(max_length=10)
    note = models.TextField(blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(Person, models.PROTECT, null=True)

    class Meta:
        app_label = "lifelong"
        ordering = ["id"]


# --- the guided year-end


class Synthesis(KeptModel):
    """The office's yearly synthesis: opened, worked on in any order, final when its report is frozen. Opened again, the next version follows."""

    provider = models.ForeignKey(AccreditedProvider, models.CASCADE, related_name="syntheses")
    year = models.PositiveSmallIntegerField()
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    figures_note = models.TextField(blank=True)  # what a reader of the figures should know
    figures_checked_at = models.DateTimeField(null=True)
    report = models.ForeignKey(MissionReport, models.PROTECT, null=True, related_name="+")
    final_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "lifelong"
        unique_together = [("provider", "year")]


class ConclusionDraft(KeptModel):
    """A conclusion being written; gone when it is concluded."""

    to_provider = "expected_result__provider"
    expected_result = models.ForeignKey(ExpectedResult, models.CASCADE, related_name="conclusion_drafts")
    year = models.PositiveSmallIntegerField()
    text = models.TextField(blank=True)
    priority = models.PositiveSmallIntegerField(default=3)
    priority_reason = models.CharField(max_length=300, blank=True)
    saved_at = models.DateTimeField()

    class Meta:
        app_label = "lifelong"
        unique_together = [("expected_result", "year")]


class ReviewMeeting(KeptModel):
    """A meeting that looked at the data of a year (HMS-49): who, which data, what was decided."""

    provider = models.ForeignKey(AccreditedProvider, models.CASCADE, related_name="review_meetings")
    year = models.PositiveSmallIntegerField()
    met_on = models.DateField()
    members = models.TextField()  # one a line
    looked_at = models.TextField()  # the data on the table
    recorded_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        app_label = "lifelong"
        ordering = ["-met_on", "-id"]
        unique_together = [("provider", "year", "met_on")]


class ReviewDecision(KeptModel):
    """One decision of a meeting, the expected result whose data led to it, and the improvement it opened."""

    to_provider = "meeting__provider"
    meeting = models.ForeignKey(ReviewMeeting, models.CASCADE, related_name="decisions")
    text = models.CharField(max_length=200)
    expected_result = models.ForeignKey(ExpectedResult, models.PROTECT, null=True, related_name="+")
    improvement = models.ForeignKey(Improvement, models.PROTECT, null=True, related_name="decisions")

    class Meta:
        app_label = "lifelong"
        ordering = ["id"]
        unique_together = [("meeting", "text")]

    @property
    def scope(self) -> Scope:
        return self.meeting.scope
