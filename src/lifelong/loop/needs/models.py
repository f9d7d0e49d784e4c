"""Where education begins: quality measures and their series, sources, practice gaps, needs."""

from __future__ import annotations

from django.db import models

from lifelong.kernel.access import Scope
from lifelong.kernel.guard import KeptModel
from lifelong.kernel.models import StoredFile
from lifelong.loop.people.models import Person
from lifelong.loop.program.models import AccreditedProvider, ExpectedResult, Organisation


class NeedsSource(KeptModel):
    """Evidence that a gap exists: a guideline, a survey, committee minutes, a measure, an earlier evaluation ..."""

    provider = models.ForeignKey(AccreditedProvider, models.CASCADE, related_name="needs_sources")
    kind = models.CharField(max_length=40)  # key of the needs_source taxonomy
    title = models.CharField(max_length=300)
    citation = models.TextField(blank=True)
    publisher = models.CharField(max_length=200, blank=True)
    published_on = models.DateField(null=True)
    link = models.URLField(max_length=500, blank=True)
    finding = models.TextField(blank=True)
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True)
    added_by = models.ForeignKey(Person, models.PROTECT, null=True)
    added_at = models.DateTimeField()

    class Meta:
        app_label = "lifelong"
        ordering = ["-added_at"]

    def __str__(self) -> str:
        return self.title


OWN_TABLE = "own measure table"  # `layout` of a file of the office itself; every other layout is a publisher's


class Measure(KeptModel):
    """What is measured: id, direction, unit, process or outcome; the same record is a gap's baseline and later a result."""

    provider = models.ForeignKey(AccreditedProvider, models.CASCADE, related_name="measures")
    key = models.CharField(max_length=60)
    title = models.CharField(max_length=200)
    unit = models.CharField(max_length=30, blank=True)
    higher_is_better = models.BooleanField(null=True)  # None: not known, shown as such
    topic = models.CharField(max_length=60, blank=True)
    steward = models.CharField(max_length=100, blank=True)
    is_outcome = models.BooleanField(default=False)  # False: a process of care
    is_public = models.BooleanField(default=True)
    moore_level = models.CharField(max_length=2, blank=True)

    class Meta:
        app_label = "lifelong"
        ordering = ["key"]
        unique_together = [("provider", "key")]

    def __str__(self) -> str:
        return self.title


class MeasurePlace(KeptModel):
    """Whose value it is: a hospital (CCN with its leading zeros), a state, the nation, a practice."""

    provider = models.ForeignKey(AccreditedProvider, models.CASCADE, related_name="measure_places")
    kind = models.CharField(max_length=10)  # hospital, practice, state, nation
    code = models.CharField(max_length=20)
    name = models.CharField(max_length=200)
    state = models.CharField(max_length=2, blank=True)
    city = models.CharField(max_length=80, blank=True)
    organisation = models.ForeignKey(Organisation, models.SET_NULL, null=True)  # our affiliated hospital, if it is one

    class Meta:
        app_label = "lifelong"
        unique_together = [("provider", "kind", "code")]
        indexes = [models.Index(fields=["provider", "state", "name"], name="place_by_state")]

    def __str__(self) -> str:
        return self.name


class MeasureImport(KeptModel):
    """One file taken in. The same bytes are taken once."""

    provider = models.ForeignKey(AccreditedProvider, models.CASCADE, related_name="measure_imports")
    sha256 = models.CharField(max_length=64)
    filename = models.CharField(max_length=200)
    layout = models.CharField(max_length=60)
    imported_by = models.ForeignKey(Person, models.PROTECT, null=True)
    imported_at = models.DateTimeField()
    rows_read = models.PositiveIntegerField(default=0)
    points_kept = models.PositiveIntegerField(default=0)
    points_same = models.PositiveIntegerField(default=0)  # already here, unchanged
    suppressed = models.PositiveIntegerField(default=0)  # the publisher withheld the value
    refused = models.PositiveIntegerField(default=0)

    class Meta:
        app_label = "lifelong"
        ordering = ["-id"]
        unique_together = [("provider", "sha256")]


class MeasureUpload(KeptModel):
    """A file handed in on a page, to be imported by the worker; what became of it stands here for whoever waits."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waits for its turn"
        DONE = "done", "Imported"
        REFUSED = "refused", "Refused"

    provider = models.ForeignKey(AccreditedProvider, models.CASCADE, related_name="measure_uploads")
    file = models.ForeignKey(StoredFile, models.PROTECT)
    filename = models.CharField(max_length=200)
    release = models.CharField(max_length=7, blank=True)  # yyyy-mm, where neither the file nor its name says
    uploaded_by = models.ForeignKey(Person, models.PROTECT, null=True)
    uploaded_at = models.DateTimeField()
    progress_id = models.BigIntegerField(null=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    measure_import = models.ForeignKey(MeasureImport, models.SET_NULL, null=True)
    sentence = models.CharField(max_length=400, blank=True)  # of a refusal
    next_step = models.CharField(max_length=400, blank=True)

    class Meta:
        app_label = "lifelong"
        ordering = ["-id"]


class ImportRefusal(KeptModel):
    to_provider = "measure_import__provider"
    measure_import = models.ForeignKey(MeasureImport, models.CASCADE, related_name="refusals")
    line = models.PositiveIntegerField()
    field = models.CharField(max_length=80, blank=True)
    value = models.CharField(max_length=80, blank=True)
    reason = models.CharField(max_length=300)
    next_step = models.CharField(max_length=300, blank=True)

    class Meta:
        app_label = "lifelong"


class MeasurePoint(KeptModel):
    """One value of one measure at one place over one window, as one release published it."""

    provider = models.ForeignKey(AccreditedProvider, models.CASCADE, related_name="+")
    measure = models.ForeignKey(Measure, models.CASCADE, related_name="points")
    place = models.ForeignKey(MeasurePlace, models.CASCADE, related_name="points")
    release = models.CharField(max_length=30)  # yyyy-mm, or the program year with baseline/performance
    period_start = models.DateField(null=True)
    period_end = models.DateField(null=True)
    value = models.FloatField()
    denominator = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    overlaps_previous = models.BooleanField(default=False)  # window shares months with the release before
    is_frozen = models.BooleanField(default=False)  # the release repeated the earlier window's value
    source = models.ForeignKey(MeasureImport, models.PROTECT, related_name="points")

    class Meta:
        app_label = "lifelong"
        constraints = [
            models.UniqueConstraint(fields=["measure", "place", "release"], name="one_value_a_release"),
        ]


class PracticeGap(KeptModel):
    """The difference between care as it is and as it could be, with its evidence."""

    class Kind(models.TextChoices):
        KNOWLEDGE = "knowledge", "Knowledge"
        QUALITY = "quality", "Quality"
        PERFORMANCE = "performance", "Performance"

    class Owner(models.TextChoices):
        INDIVIDUAL = "individual", "Individual clinicians"
        TEAM = "team", "A team"

    class Setting(models.TextChoices):
        CLINICAL = "clinical", "Clinical practice"
        RESEARCH = "research", "Research"
        TEACHING = "teaching", "Teaching"
        LEADERSHIP = "leadership", "Leadership"
        COMMUNITY = "community", "Community health"

    provider = models.ForeignKey(AccreditedProvider, models.CASCADE, related_name="gaps")
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True)
    title = models.CharField(max_length=200)
    description = models.TextField()  # up to 100 words for the abstract
    kind = models.CharField(max_length=12, choices=Kind.choices)
    owner = models.CharField(max_length=10, choices=Owner.choices, default=Owner.INDIVIDUAL)
    setting = models.CharField(max_length=10, choices=Setting.choices, default=Setting.CLINICAL)
    cause = models.TextField(blank=True)
    disciplines = models.CharField(max_length=200, blank=True)
    disparity = models.TextField(blank=True)
    education_can_close = models.BooleanField(default=True)
    measure = models.ForeignKey(Measure, models.PROTECT, null=True, related_name="gaps")
    place = models.ForeignKey(MeasurePlace, models.PROTECT, null=True)
    baseline = models.ForeignKey(MeasurePoint, models.PROTECT, null=True, related_name="gaps")
    target = models.FloatField(null=True)
    expected_result = models.ForeignKey(ExpectedResult, models.PROTECT, null=True, related_name="gaps")
    priority = models.PositiveSmallIntegerField(default=3)  # 1 first .. 5 last
    priority_reason = models.CharField(max_length=300, blank=True)
    registered_by = models.ForeignKey(Person, models.PROTECT, null=True)
    registered_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closing_note = models.CharField(max_length=400, blank=True)

    class Meta:
        app_label = "lifelong"
        ordering = ["priority", "-registered_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "title"], name="one_open_gap", condition=models.Q(closed_at=None)
            ),
        ]
        indexes = [models.Index(fields=["provider", "priority", "-id"], name="gap_by_priority")]

    def __str__(self) -> str:
        return self.title

    @property
    def scope(self) -> Scope:
        return Scope(provider_id=self.provider_id, organisation_id=self.organisation_id)


class GapSource(KeptModel):
    to_provider = "gap__provider"
    gap = models.ForeignKey(PracticeGap, models.CASCADE, related_name="gap_sources")
    source = models.ForeignKey(NeedsSource, models.PROTECT, related_name="gap_sources")

    class Meta:
        app_label = "lifelong"
        unique_together = [("gap", "source")]


class Need(KeptModel):
    """The educational need under a gap: what people do not know, cannot do, or do not do."""

    class Kind(models.TextChoices):
        KNOWLEDGE = "knowledge", "Knowledge"
        COMPETENCE = "competence", "Competence"
        PERFORMANCE = "performance", "Performance"

    to_provider = "gap__provider"
    gap = models.ForeignKey(PracticeGap, models.CASCADE, related_name="needs")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    text = models.TextField()  # up to 50 words

    class Meta:
        app_label = "lifelong"
