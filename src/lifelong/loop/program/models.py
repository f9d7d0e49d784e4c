"""What an accredited provider is: its accreditations, mission in versions, vocabulary, organisations, contact."""

from __future__ import annotations

from django.db import models

from lifelong.kernel.access import Scope
from lifelong.kernel.guard import KeptModel


class AccreditedProvider(KeptModel):
    """The tenant: a school's CE office. Everything but people and their transcripts belongs to exactly one."""

    to_provider = ""

    slug = models.SlugField(unique=True, max_length=20)
    name = models.CharField(max_length=200)
    office_name = models.CharField(max_length=200)
    short_name = models.CharField(max_length=60)
    accent = models.CharField(max_length=7)  # #rrggbb
    time_zone = models.CharField(max_length=40)
    place = models.CharField(max_length=60)  # the city people read beside a time
    institutional_mission = models.TextField(blank=True)
    competency_required = models.BooleanField(default=False)  # every activity names a competency
    profile_hash = models.CharField(max_length=64, blank=True)  # of the profile last loaded
    credit_paused_at = models.DateTimeField(null=True)  # the stop switch

    class Meta:
        app_label = "lifelong"

    def __str__(self) -> str:
        return self.short_name

    @property
    def scope(self) -> Scope:
        return Scope(provider_id=self.pk)


class ContactDetails(KeptModel):
    provider = models.OneToOneField(AccreditedProvider, models.CASCADE, related_name="contact")
    address = models.TextField()
    phone = models.CharField(max_length=40)
    fax = models.CharField(max_length=40, blank=True)
    email = models.EmailField()
    notice = models.CharField(max_length=300, blank=True)
    out_of_hours = models.CharField(max_length=300, blank=True)
    is_demo = models.BooleanField(default=False)  # made up until the office fills in its own

    class Meta:
        app_label = "lifelong"


class OfficeHours(KeptModel):
    provider = models.ForeignKey(AccreditedProvider, models.CASCADE, related_name="hours")
    weekday = models.PositiveSmallIntegerField()  # 0 = Monday
    opens = models.TimeField()
    closes = models.TimeField()

    class Meta:
        app_label = "lifelong"
        unique_together = [("provider", "weekday", "opens")]


class Holiday(KeptModel):
    provider = models.ForeignKey(AccreditedProvider, models.CASCADE, related_name="holidays")
    on = models.DateField()
    label = models.CharField(max_length=100)

    class Meta:
        app_label = "lifelong"
        unique_together = [("provider", "on")]


class Word(KeptModel):
    """Local vocabulary: how this program calls a thing."""

    provider = models.ForeignKey(AccreditedProvider, models.CASCADE, related_name="vocabulary")
    key = models.CharField(max_length=60)
    text = models.CharField(max_length=200)

    class Meta:
        app_label = "lifelong"
        unique_together = [("provider", "key")]


class Accreditation(KeptModel):
    provider = models.ForeignKey(AccreditedProvider, models.CASCADE, related_name="accreditations")
    body = models.CharField(max_length=40)  # ACCME, ACPE, ANCC, JA ...
    kind = models.CharField(max_length=40)  # direct, joint, standards_named
    since = models.DateField(null=True)
    statement = models.CharField(max_length=40, blank=True)  # which mandated statement is printed
    confirmed = models.BooleanField(default=False)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        app_label = "lifelong"
        unique_together = [("provider", "body")]

    @property
    def kind_words(self) -> str:
        return {
            "direct": "accredited",
            "joint": "jointly accredited",
            "standards_named": "its standards are named in the mission",
        }.get(self.kind, self.kind.replace("_", " "))


class Mission(KeptModel):
    """One version of the mission; the one without `effective_until` is in force."""

    provider = models.ForeignKey(AccreditedProvider, models.CASCADE, related_name="missions")
    version = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    effective_from = models.DateField()
    effective_until = models.DateField(null=True)

    class Meta:
        app_label = "lifelong"
        unique_together = [("provider", "version")]


class MissionSection(KeptModel):
    to_provider = "mission__provider"
    mission = models.ForeignKey(Mission, models.CASCADE, related_name="sections")
    position = models.PositiveSmallIntegerField()
    heading = models.CharField(max_length=200, blank=True)

    class Meta:
        app_label = "lifelong"
        ordering = ["position"]
        unique_together = [("mission", "position")]


class MissionStatement(KeptModel):
    to_provider = "section__mission__provider"
    section = models.ForeignKey(MissionSection, models.CASCADE, related_name="statements")
    position = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=80)
    text = models.TextField()

    class Meta:
        app_label = "lifelong"
        ordering = ["position"]
        unique_together = [("section", "key")]


class StatementTag(KeptModel):
    to_provider = "statement__section__mission__provider"
    statement = models.ForeignKey(MissionStatement, models.CASCADE, related_name="tags")
    tag = models.CharField(
        max_length=30
    )  # purpose, content_area, audience, activity_type, expected_result, needs_source, objective, goal

    class Meta:
        app_label = "lifelong"
        unique_together = [("statement", "tag")]

    @property
    def words(self) -> str:
        return "needs" if self.tag == "needs_source" else self.tag.replace("_", " ")


class ExpectedResult(KeptModel):
    """What the mission says will come of it, typed, with one indicator."""

    provider = models.ForeignKey(AccreditedProvider, models.CASCADE, related_name="expected_results")
    statement = models.ForeignKey(MissionStatement, models.SET_NULL, null=True, related_name="expected_results")
    key = models.CharField(max_length=60)
    kind = models.CharField(max_length=40)  # knowledge, competence, performance, patient_care, patient_outcomes ...
    label = models.CharField(max_length=200)
    position = models.PositiveSmallIntegerField()
    indicator = models.CharField(max_length=60)  # which measure attains it; see improvement.indicators
    indicator_label = models.CharField(max_length=300)
    unit = models.CharField(max_length=30)
    target = models.FloatField(null=True)
    higher_is_better = models.BooleanField(default=True)
    supports_institution = models.BooleanField(default=False)  # serves the institution's own mission (HMS-01)
    retired_on = models.DateField(null=True)

    class Meta:
        app_label = "lifelong"
        ordering = ["position"]
        unique_together = [("provider", "key")]

    def __str__(self) -> str:
        return self.label


class MissionGoal(KeptModel):
    """An objective, goal or vision beside the mission (a pharmacy goal, seven objectives, a vision)."""

    provider = models.ForeignKey(AccreditedProvider, models.CASCADE, related_name="goals")
    kind = models.CharField(max_length=20)  # objective, goal, vision
    key = models.CharField(max_length=60)
    title = models.CharField(max_length=200, blank=True)
    text = models.TextField()
    position = models.PositiveSmallIntegerField()
    retired_on = models.DateField(null=True)

    class Meta:
        app_label = "lifelong"
        ordering = ["position"]
        unique_together = [("provider", "key")]


class GoalResult(KeptModel):
    """Which expected result a goal or objective serves."""

    to_provider = "goal__provider"
    goal = models.ForeignKey(MissionGoal, models.CASCADE, related_name="goal_results")
    expected_result = models.ForeignKey(ExpectedResult, models.PROTECT, related_name="goal_results")

    class Meta:
        app_label = "lifelong"
        unique_together = [("goal", "expected_result")]


class ReachBand(KeptModel):
    """Where learners come from, in the program's own bands; the first band that holds a place decides, the last takes the rest."""

    provider = models.ForeignKey(AccreditedProvider, models.CASCADE, related_name="reach_bands")
    key = models.CharField(max_length=30)
    label = models.CharField(max_length=100)
    position = models.PositiveSmallIntegerField()
    states = models.CharField(max_length=300, blank=True)  # two-letter codes with blanks between
    nations = models.CharField(max_length=300, blank=True)

    class Meta:
        app_label = "lifelong"
        ordering = ["position"]
        unique_together = [("provider", "key")]


class ProgramPolicy(KeptModel):
    """A policy the program keeps, for which rule, and how often it is looked at again."""

    provider = models.ForeignKey(AccreditedProvider, models.CASCADE, related_name="policies")
    key = models.CharField(max_length=60)
    title = models.CharField(max_length=200)
    track = models.CharField(max_length=12)  # continuing, community, both
    rule = models.CharField(max_length=40)
    review_months = models.PositiveSmallIntegerField()
    retired_on = models.DateField(null=True)

    class Meta:
        app_label = "lifelong"
        ordering = ["title"]
        unique_together = [("provider", "key")]


class PublicPage(KeptModel):
    """A public page of the program: its own title, and what it shows in which order."""

    provider = models.ForeignKey(AccreditedProvider, models.CASCADE, related_name="pages")
    key = models.CharField(max_length=30)
    title = models.CharField(max_length=120)
    position = models.PositiveSmallIntegerField()
    parts = models.CharField(max_length=400)  # keys with blanks between

    class Meta:
        app_label = "lifelong"
        ordering = ["position"]
        unique_together = [("provider", "key")]


class Term(KeptModel):
    """An entry of one of the program's lists: competency, theme, content area, specialty, format, audience, reach, needs source."""

    provider = models.ForeignKey(AccreditedProvider, models.CASCADE, related_name="terms")
    taxonomy = models.CharField(max_length=30)
    key = models.CharField(max_length=80)
    label = models.CharField(max_length=200)
    standard_label = models.CharField(max_length=200, blank=True)  # the body's own name, for exports
    parent_key = models.CharField(max_length=80, blank=True)
    position = models.PositiveIntegerField(default=0)
    retired_on = models.DateField(null=True)

    class Meta:
        app_label = "lifelong"
        ordering = ["taxonomy", "position"]
        unique_together = [("provider", "taxonomy", "key")]

    def __str__(self) -> str:
        return self.label


class Organisation(KeptModel):
    """A department, division, hospital, agency or joint provider in the provider's orbit."""

    class Kind(models.TextChoices):
        DEPARTMENT = "department", "Department"
        DIVISION = "division", "Division"
        HOSPITAL = "hospital", "Hospital"
        AGENCY = "agency", "Agency"
        JOINT_PROVIDER = "joint_provider", "Joint provider"

    provider = models.ForeignKey(AccreditedProvider, models.CASCADE, related_name="organisations")
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    place = models.CharField(max_length=120, blank=True)
    is_eligible = models.BooleanField(default=True)  # False: an ineligible company; may not be a joint provider

    class Meta:
        app_label = "lifelong"
        ordering = ["name"]
        unique_together = [("provider", "name")]

    def __str__(self) -> str:
        return self.name

    @property
    def scope(self) -> Scope:
        return Scope(provider_id=self.provider_id, organisation_id=self.pk)
