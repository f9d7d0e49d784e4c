"""The plan of an activity: sessions, objectives tied to gaps and expected results, people in roles, gates passed."""

from __future__ import annotations

from typing import Any

from django.db import models

from lifelong.kernel.access import Scope
from lifelong.kernel.guard import AppendOnly, KeptModel
from lifelong.loop.needs.models import PracticeGap
from lifelong.loop.people.models import Person
from lifelong.loop.program.models import AccreditedProvider, ExpectedResult, Organisation, Term


class Activity(KeptModel):
    """What is accredited: a course, a series of a year, an enduring material ..."""

    class Track(models.TextChoices):
        CONTINUING = "continuing", "Continuing education"
        COMMUNITY = "community", "Community education"

    provider = models.ForeignKey(AccreditedProvider, models.CASCADE, related_name="activities")
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="activities")
    joint_provider = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="joint_activities")
    number = models.PositiveIntegerField()  # per provider, on forms and in PARS as the internal id
    title = models.CharField(max_length=200)
    sort_title = models.CharField(max_length=200, blank=True)  # lower case: staff lists sort and search by it
    summary = models.TextField(blank=True)
    track = models.CharField(max_length=12, choices=Track.choices, default=Track.CONTINUING)
    format = models.CharField(max_length=40)  # key of the format taxonomy: series, live_course, webcast, ...
    format_rationale = models.CharField(max_length=400, blank=True)  # up to 25 words
    is_series = models.BooleanField(default=False)
    intended_change = models.CharField(max_length=20, blank=True)  # competence, performance, patient_outcomes
    intended_change_text = models.TextField(blank=True)
    outcome_plan = models.TextField(blank=True)
    starts_on = models.DateField(null=True)
    ends_on = models.DateField(null=True)
    time_zone = models.CharField(max_length=40)
    place = models.CharField(max_length=200, blank=True)
    capacity = models.PositiveIntegerField(null=True)
    registration_required = models.BooleanField(default=False)
    is_open_to_all = models.BooleanField(default=True)
    is_interprofessional = models.BooleanField(default=False)
    exception_to_disclosure = models.CharField(max_length=40, blank=True)  # whole-activity exception of SII 3
    exception_reason = models.TextField(blank=True)
    evaluation_required = models.BooleanField(default=True)
    claim_days = models.PositiveSmallIntegerField(default=30)  # claim window after the end of a session
    published_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    copied_from = models.ForeignKey("self", models.PROTECT, null=True, related_name="copies")
    changed_because = models.TextField(blank=True)  # of a copy: what was changed because of last results (WASHU-38)
    passing_percent = models.PositiveSmallIntegerField(null=True)  # of the assessment, published; None: there is none
    request_key = models.CharField(
        max_length=40, blank=True
    )  # of the form that made it: a second press makes no second one

    class Meta:
        app_label = "lifelong"
        constraints = [
            models.UniqueConstraint(fields=["provider", "number"], name="activity_number"),
            models.UniqueConstraint(
                fields=["provider", "request_key"], name="activity_asked_once", condition=~models.Q(request_key="")
            ),
        ]
        indexes = [
            models.Index(fields=["provider", "-starts_on", "-id"], name="activity_by_start"),
            models.Index(fields=["provider", "published_at"], name="activity_published"),
            models.Index(fields=["provider", "sort_title", "id"], name="activity_by_title"),
            models.Index(
                fields=["provider", "-number"],
                name="activity_drafts",
                condition=models.Q(published_at=None, closed_at=None),
            ),
            models.Index(
                fields=["provider", "-number"], name="activity_closed", condition=models.Q(closed_at__isnull=False)
            ),
            models.Index(fields=["organisation", "-number"], name="activity_of_organisation"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def scope(self) -> Scope:
        return Scope(provider_id=self.provider_id, organisation_id=self.organisation_id, activity_id=self.pk)


class ActivityPart(KeptModel):
    """Base of everything that hangs on one activity."""

    to_provider = "activity__provider"
    activity: Any

    class Meta:
        abstract = True
        app_label = "lifelong"

    @property
    def scope(self) -> Scope:
        return self.activity.scope  # type: ignore[no-any-return]


class ActivityGap(ActivityPart):
    activity = models.ForeignKey(Activity, models.CASCADE, related_name="activity_gaps")
    gap = models.ForeignKey(PracticeGap, models.PROTECT, related_name="activity_gaps")

    class Meta:
        app_label = "lifelong"
        unique_together = [("activity", "gap")]


class ActivityResult(ActivityPart):
    """Which expected result of the mission the activity is designed to move."""

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="activity_results")
    expected_result = models.ForeignKey(ExpectedResult, models.PROTECT, related_name="activity_results")

    class Meta:
        app_label = "lifelong"
        unique_together = [("activity", "expected_result")]


class ActivityTerm(ActivityPart):
    activity = models.ForeignKey(Activity, models.CASCADE, related_name="activity_terms")
    term = models.ForeignKey(Term, models.PROTECT, related_name="activity_terms")

    class Meta:
        app_label = "lifelong"
        unique_together = [("activity", "term")]


class AudienceCell(ActivityPart):
    """A cell of the audience: a profession in a specialty. An activity without cells means all pairs of those it names."""

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="audience_cells")
    profession = models.ForeignKey(Term, models.PROTECT, related_name="+")  # of the list of audiences
    specialty = models.ForeignKey(Term, models.PROTECT, related_name="+")

    class Meta:
        app_label = "lifelong"
        unique_together = [("activity", "profession", "specialty")]


class Objective(ActivityPart):
    """What a learner will be able to do; typed knowledge, skill or attitude (HMS-38), tied to a gap and a result."""

    class Kind(models.TextChoices):
        KNOWLEDGE = "knowledge", "Knowledge"
        SKILL = "skill", "Skill"
        ATTITUDE = "attitude", "Attitude"

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="objectives")
    position = models.PositiveSmallIntegerField()
    text = models.CharField(max_length=400)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    audience = models.CharField(
        max_length=30, blank=True
    )  # a profession; "" = every learner (ACPE asks for objectives by audience)
    gap = models.ForeignKey(PracticeGap, models.PROTECT, null=True)
    expected_result = models.ForeignKey(ExpectedResult, models.PROTECT, null=True)

    class Meta:
        app_label = "lifelong"
        ordering = ["position"]


class SeriesRule(ActivityPart):
    """The calendar rule of a series, kept as people say it: every n weeks on a weekday at a local time."""

    activity = models.OneToOneField(Activity, models.CASCADE, related_name="series_rule")
    weekday = models.PositiveSmallIntegerField()  # 0 = Monday
    every_weeks = models.PositiveSmallIntegerField(default=1)
    starts_at = models.TimeField()  # local
    minutes = models.PositiveSmallIntegerField()
    first_on = models.DateField()
    last_on = models.DateField()
    skipped = models.JSONField(default=list)  # ISO days without a session

    class Meta:
        app_label = "lifelong"


class Session(ActivityPart):
    class Kind(models.TextChoices):
        LECTURE = "lecture", "Lecture"
        WORKSHOP = "workshop", "Workshop"
        CASES = "cases", "Case discussion"
        SIMULATION = "simulation", "Simulation"
        PANEL = "panel", "Panel"
        OTHER = "other", "Other"

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="sessions")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.LECTURE)
    track = models.CharField(max_length=60, blank=True)  # of a course with parallel tracks
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    break_minutes = models.PositiveSmallIntegerField(default=0)
    room = models.CharField(max_length=120, blank=True)
    join_link = models.URLField(max_length=500, blank=True)
    cancelled_at = models.DateTimeField(null=True)
    code = models.CharField(max_length=8, blank=True)  # the text code of the session; unique among open ones
    code_key = models.CharField(max_length=64, blank=True)  # hex key of the rotating code
    is_from_rule = models.BooleanField(
        default=False
    )  # made by the series rule and not edited since: the rule may move it

    class Meta:
        app_label = "lifelong"
        ordering = ["starts_at"]
        unique_together = [("activity", "number")]
        indexes = [
            models.Index(fields=["starts_at"], name="session_by_start"),
            models.Index(fields=["code", "starts_at"], name="session_by_code"),
        ]

    def __str__(self) -> str:
        return self.title


class AgendaBreak(ActivityPart):
    """A line of the agenda that carries no credit: a break, a meal, business."""

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="breaks")
    title = models.CharField(max_length=120)
    track = models.CharField(max_length=60, blank=True)  # "" = all tracks
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        app_label = "lifelong"
        ordering = ["starts_at"]
        unique_together = [("activity", "track", "starts_at")]


class PlanningRole(ActivityPart):
    """A person in control of content: planner, faculty, reviewer ... on the activity or one session of it."""

    class Kind(models.TextChoices):
        DIRECTOR = "director", "Course director"
        PLANNER = "planner", "Planner"
        FACULTY = "faculty", "Faculty"
        MODERATOR = "moderator", "Moderator"
        REVIEWER = "reviewer", "Reviewer"

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="planning_roles")
    session = models.ForeignKey(Session, models.CASCADE, null=True, related_name="planning_roles")
    person = models.ForeignKey(Person, models.PROTECT, related_name="planning_roles")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    profession = models.CharField(max_length=30, blank=True)
    topic = models.CharField(max_length=300, blank=True)
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)  # no role starts before disclosure, decision and mitigation
    ended_at = models.DateTimeField(null=True)  # replaced or withdrawn

    class Meta:
        app_label = "lifelong"
        constraints = [
            models.UniqueConstraint(
                fields=["activity", "person", "kind"],
                name="one_role_on_activity",
                condition=models.Q(ended_at=None, session=None),
            ),
            models.UniqueConstraint(
                fields=["session", "person", "kind"], name="one_role_on_session", condition=models.Q(ended_at=None)
            ),
        ]


class ContentReference(ActivityPart):
    class Kind(models.TextChoices):
        CLINICAL_STUDY = "clinical_study", "Clinical study"
        GUIDELINE = "guideline", "Guideline"
        REVIEW = "review", "Review"
        OTHER = "other", "Other"

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="references")
    session = models.ForeignKey(Session, models.CASCADE, null=True, related_name="references")
    citation = models.TextField()
    kind = models.CharField(max_length=20, choices=Kind.choices, default=Kind.OTHER)

    class Meta:
        app_label = "lifelong"


class GatePassed(AppendOnly):
    """An activity's state is the list of gates it has passed. A re-opened gate gets a second row with `reopened`."""

    to_provider = "activity__provider"
    activity = models.ForeignKey(Activity, models.CASCADE, related_name="gates")
    gate = models.CharField(max_length=4)  # G1 .. G13
    at = models.DateTimeField()
    by = models.ForeignKey(Person, models.PROTECT, null=True)
    reopened = models.BooleanField(default=False)
    reason = models.CharField(max_length=300, blank=True)
    rule_book_version = models.CharField(max_length=120)

    class Meta:
        app_label = "lifelong"
        indexes = [models.Index(fields=["activity", "gate", "-id"], name="gate_latest")]

    @property
    def scope(self) -> Scope:
        return self.activity.scope


# --- intake: a department asks for an activity


class ExplainerRead(KeptModel):
    """Somebody has read what continuing education is for, before applying for the first time (UCONN-21)."""

    provider = models.ForeignKey(AccreditedProvider, models.CASCADE, related_name="+")
    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    version = models.PositiveSmallIntegerField()
    read_at = models.DateTimeField()

    class Meta:
        app_label = "lifelong"
        unique_together = [("provider", "person", "version")]


class Application(KeptModel):
    """A department's application: its quality gap step by step, then what is planned, then the office's decision."""

    class State(models.TextChoices):
        DRAFT = "draft", "Being written"
        SUBMITTED = "submitted", "Waits for the office"
        APPROVED = "approved", "Approved"
        DECLINED = "declined", "Declined"

    provider = models.ForeignKey(AccreditedProvider, models.CASCADE, related_name="applications")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="applications")
    applicant = models.ForeignKey(Person, models.PROTECT, related_name="+")
    title = models.CharField(max_length=200)
    gap_now = models.TextField(blank=True)
    gap_wanted = models.TextField(blank=True)
    gap_kind = models.CharField(max_length=12, blank=True)
    source_kind = models.CharField(max_length=40, blank=True)  # key of the needs_source taxonomy
    citation = models.TextField(blank=True)
    need_kind = models.CharField(max_length=12, blank=True)
    need_text = models.TextField(blank=True)
    intended_change = models.CharField(max_length=20, blank=True)
    intended_change_text = models.TextField(blank=True)
    format = models.CharField(max_length=40, blank=True)
    planned_on = models.DateField(null=True)  # any day of the month it is planned for
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    begun_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    decision_note = models.TextField(blank=True)
    activity = models.OneToOneField(Activity, models.SET_NULL, null=True, related_name="application")
    request_key = models.CharField(max_length=40, blank=True)

    class Meta:
        app_label = "lifelong"
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "request_key"], name="application_asked_once", condition=~models.Q(request_key="")
            )
        ]
        indexes = [models.Index(fields=["provider", "state", "-id"], name="application_by_state")]

    def __str__(self) -> str:
        return self.title

    @property
    def scope(self) -> Scope:
        return Scope(provider_id=self.provider_id, organisation_id=self.organisation_id)


class ApplicationCondition(KeptModel):
    """What the office asks for when it approves, and by when."""

    to_provider = "application__provider"
    application = models.ForeignKey(Application, models.CASCADE, related_name="conditions")
    text = models.CharField(max_length=300)
    due_on = models.DateField()
    met_at = models.DateTimeField(null=True)
    met_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")

    class Meta:
        app_label = "lifelong"
        ordering = ["due_on", "id"]

    @property
    def scope(self) -> Scope:
        return self.application.scope
