"""Registers of a program: innovation, collaboration, research, mapping to LCME and ACGME, faculty development, distinction."""

from __future__ import annotations

from django.db import models

from lifelong.kernel.access import Scope
from lifelong.kernel.guard import AppendOnly, KeptModel
from lifelong.kernel.models import StoredFile
from lifelong.loop.people.models import Person
from lifelong.loop.planning.models import Activity
from lifelong.loop.program.models import AccreditedProvider


class RegisterEntry(KeptModel):
    """What all registers share. Natural key: the title."""

    provider = models.ForeignKey(AccreditedProvider, models.CASCADE, related_name="%(class)ss")
    title = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")

    class Meta:
        abstract = True
        app_label = "lifelong"

    def __str__(self) -> str:
        return self.title


class Innovation(RegisterEntry):
    """An educational approach: our own, or one that another provider built and tried (UMASS-05 to 07)."""

    class Origin(models.TextChoices):
        OWN = "own", "Our own"
        OTHERS = "others", "Of another provider"

    class Decision(models.TextChoices):
        OPEN = "open", "Not decided"
        ADOPT = "adopt", "Adopt"
        ADAPT = "adapt", "Adapt"
        REJECT = "reject", "Reject"

    origin = models.CharField(max_length=8, choices=Origin.choices)
    source = models.CharField(max_length=300, blank=True)  # who built it, where it is described
    approach = models.TextField()
    evidence = models.TextField(blank=True)
    strength = models.CharField(max_length=200, blank=True)  # the area of strength an own approach grew in
    effect_on_mission = models.TextField(blank=True)
    decision = models.CharField(max_length=8, choices=Decision.choices, default=Decision.OPEN)
    decision_reason = models.TextField(blank=True)
    decided_on = models.DateField(null=True)
    decided_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    activities = models.ManyToManyField(Activity, through="InnovationUse", related_name="innovations")

    class Meta(RegisterEntry.Meta):
        abstract = False
        ordering = ["title"]
        unique_together = [("provider", "title")]


class InnovationUse(KeptModel):
    to_provider = "innovation__provider"
    innovation = models.ForeignKey(Innovation, models.CASCADE, related_name="uses")
    activity = models.ForeignKey(Activity, models.CASCADE, related_name="+")

    class Meta:
        app_label = "lifelong"
        unique_together = [("innovation", "activity")]


class Collaboration(RegisterEntry):
    """Work with another organisation (UMASS-13): with whom, what for, in which role, from when, what came of it."""

    partner = models.CharField(max_length=200)
    purpose = models.TextField()
    role = models.CharField(max_length=200)  # of the partner
    effective_from = models.DateField()
    effective_until = models.DateField(null=True)
    results = models.TextField(blank=True)
    activities = models.ManyToManyField(Activity, through="CollaborationActivity", related_name="collaborations")

    class Meta(RegisterEntry.Meta):
        abstract = False
        ordering = ["title"]
        unique_together = [("provider", "title")]


class CollaborationActivity(KeptModel):
    to_provider = "collaboration__provider"
    collaboration = models.ForeignKey(Collaboration, models.CASCADE, related_name="shared_activities")
    activity = models.ForeignKey(Activity, models.CASCADE, related_name="+")

    class Meta:
        app_label = "lifelong"
        unique_together = [("collaboration", "activity")]


class ResearchProject(RegisterEntry):
    """Research on education: our own, or others' that we support (UCONN-28, 29). No data leave before an ethics decision is on record."""

    class Kind(models.TextChoices):
        OWN = "own", "Our own"
        SUPPORTED = "supported", "Supported by us"

    kind = models.CharField(max_length=10, choices=Kind.choices)
    lead = models.CharField(max_length=200)
    question = models.TextField()
    support = models.TextField(blank=True)  # what we give: data, participants, advice
    ethics_board = models.CharField(max_length=200, blank=True)
    ethics_number = models.CharField(max_length=80, blank=True)
    ethics_until = models.DateField(null=True)
    activities = models.ManyToManyField(Activity, through="ResearchActivity", related_name="research_projects")

    class Meta(RegisterEntry.Meta):
        abstract = False
        ordering = ["title"]
        unique_together = [("provider", "title")]


class ResearchActivity(KeptModel):
    to_provider = "project__provider"
    project = models.ForeignKey(ResearchProject, models.CASCADE, related_name="studied")
    activity = models.ForeignKey(Activity, models.CASCADE, related_name="+")

    class Meta:
        app_label = "lifelong"
        unique_together = [("project", "activity")]


class Dissemination(KeptModel):
    """A step by which results reach others."""

    class Step(models.TextChoices):
        SUBMITTED = "submitted", "Submitted"
        PRESENTED = "presented", "Presented"
        PUBLISHED = "published", "Published"

    to_provider = "project__provider"
    project = models.ForeignKey(ResearchProject, models.CASCADE, related_name="dissemination")
    step = models.CharField(max_length=10, choices=Step.choices)
    on = models.DateField()
    where = models.CharField(max_length=300)

    class Meta:
        app_label = "lifelong"
        ordering = ["on", "id"]
        unique_together = [("project", "step", "where")]


class ResearchExport(AppendOnly):
    """That de-identified answers left for a project: which columns, how many rows, in groups of at least how many, the file's hash."""

    to_provider = "project__provider"
    project = models.ForeignKey(ResearchProject, models.PROTECT, related_name="exports")
    year = models.PositiveSmallIntegerField()
    columns = models.CharField(max_length=300)  # keys with blanks between
    rows = models.PositiveIntegerField()
    smallest_group = models.PositiveIntegerField()
    ethics_number = models.CharField(max_length=80)  # as it was then
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")

    class Meta:
        app_label = "lifelong"
        ordering = ["-id"]

    @property
    def scope(self) -> Scope:
        return self.project.scope


class StandardElement(KeptModel):
    """An element of LCME or ACGME as the office imported it; the wording is theirs (UCONN-30, 31)."""

    class Body(models.TextChoices):
        LCME = "lcme", "LCME"
        ACGME = "acgme", "ACGME"

    provider = models.ForeignKey(AccreditedProvider, models.CASCADE, related_name="standard_elements")
    body = models.CharField(max_length=5, choices=Body.choices)
    code = models.CharField(max_length=20)
    title = models.CharField(max_length=300)
    position = models.PositiveSmallIntegerField(default=0)
    retired_on = models.DateField(null=True)

    class Meta:
        app_label = "lifelong"
        ordering = ["body", "position", "code"]
        unique_together = [("provider", "body", "code")]

    def __str__(self) -> str:
        return f"{self.get_body_display()} {self.code}"


class FacultyItem(RegisterEntry):
    """Faculty development beside or inside accredited activities: for teachers, or a step of the pathway for leaders (WASHU-35, 36)."""

    class Track(models.TextChoices):
        TEACHING = "teaching", "For teachers"
        LEADERSHIP = "leadership", "For leaders: a step of the pathway"

    track = models.CharField(max_length=10, choices=Track.choices)
    about = models.TextField(blank=True)
    position = models.PositiveSmallIntegerField(default=1)  # of a step in the pathway
    activity = models.ForeignKey(Activity, models.PROTECT, null=True, related_name="faculty_items")
    retired_on = models.DateField(null=True)

    class Meta(RegisterEntry.Meta):
        abstract = False
        ordering = ["track", "position", "title"]
        unique_together = [("provider", "title")]


class ElementMapping(KeptModel):
    """That an activity, or an item of faculty development, serves an element."""

    to_provider = "element__provider"
    element = models.ForeignKey(StandardElement, models.CASCADE, related_name="mappings")
    activity = models.ForeignKey(Activity, models.CASCADE, null=True, related_name="element_mappings")
    item = models.ForeignKey(FacultyItem, models.CASCADE, null=True, related_name="element_mappings")
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        app_label = "lifelong"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(activity=None) ^ models.Q(item=None), name="element_serves_one_thing"
            ),
            models.UniqueConstraint(
                fields=["element", "activity"], name="element_once_an_activity", condition=models.Q(item=None)
            ),
            models.UniqueConstraint(
                fields=["element", "item"], name="element_once_an_item", condition=models.Q(activity=None)
            ),
        ]


class PathwayStep(KeptModel):
    """A person on the leadership pathway, and when a step of it was done (None: ahead)."""

    to_provider = "item__provider"
    item = models.ForeignKey(FacultyItem, models.PROTECT, related_name="steps")
    person = models.ForeignKey(Person, models.CASCADE, related_name="pathway_steps")
    done_on = models.DateField(null=True)

    class Meta:
        app_label = "lifelong"
        unique_together = [("item", "person")]

    @property
    def scope(self) -> Scope:
        return Scope(provider_id=self.item.provider_id, person_id=self.person_id)


class Distinction(RegisterEntry):
    """A sign of standing beyond the numbers: an award, an invited presentation, a commendation (UMASS-23)."""

    class Kind(models.TextChoices):
        COMMENDATION = "commendation", "Accreditation with commendation"
        AWARD = "award", "Award"
        PRESENTATION = "presentation", "Presentation"
        PUBLICATION = "publication", "Publication"

    kind = models.CharField(max_length=14, choices=Kind.choices)
    by_whom = models.CharField(max_length=200)
    on = models.DateField()
    evidence = models.CharField(max_length=300, blank=True)

    class Meta(RegisterEntry.Meta):
        abstract = False
        ordering = ["-on", "title"]
        unique_together = [("provider", "title")]
