"""What learners say, what they will change, what stands in the way, and what became of it."""

from __future__ import annotations

from typing import Any

from django.db import models

from lifelong.kernel.access import Scope
from lifelong.kernel.guard import KeptModel
from lifelong.loop.delivery.models import Attendance
from lifelong.loop.people.models import Person
from lifelong.loop.planning.models import Activity, ActivityPart, Session
from lifelong.loop.program.models import AccreditedProvider
from lifelong.loop.surveys.models import Campaign, Instrument


class ActivityEvaluation(ActivityPart):
    """The instrument an activity is evaluated with; attached to every activity by default."""

    activity = models.OneToOneField(Activity, models.CASCADE, related_name="evaluation")
    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="activity_evaluations")

    class Meta:
        app_label = "lifelong"


class ActivityForm(ActivityPart):
    """A further form of an activity: its test, speaker rating, team form, checklist, self-assessment, reflection, case. At most one of each."""

    class Use(models.TextChoices):
        TEST = "test", "Test before and after"
        SPEAKER = "speaker", "Speaker rating"
        TEAM = "team", "Team form"
        OBSERVER = "observer", "Skills checklist"
        SELF = "self", "Self-assessment"
        REFLECTION = "reflect", "Reflective exercise"
        CASE = "case", "Case"

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="forms")
    use = models.CharField(max_length=8, choices=Use.choices)
    later_days = models.PositiveSmallIntegerField(null=True)  # a test is asked once more, so long after the activity
    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="activity_forms")

    class Meta:
        app_label = "lifelong"
        unique_together = [("activity", "use")]


class FormDone(ActivityPart):
    """That a learner has answered a further form. Like `EvaluationDone` it shares no key and no time of day with the answers."""

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="forms_done")
    person = models.ForeignKey(Person, models.CASCADE, related_name="forms_done")
    part = models.CharField(max_length=10)  # before, after, later (of a test), speaker, self
    session = models.ForeignKey(Session, models.CASCADE, null=True, related_name="forms_done")
    attempts = models.PositiveSmallIntegerField(default=1)
    passed_on = models.DateField(null=True)  # of a test with a passing percent
    done_on = models.DateField()

    class Meta:
        app_label = "lifelong"
        constraints = [
            models.UniqueConstraint(
                fields=["activity", "person", "part"], name="form_done_once", condition=models.Q(session=None)
            ),
            models.UniqueConstraint(fields=["session", "person", "part"], name="form_done_once_session"),
        ]

    @property
    def scope(self) -> Scope:
        scope = self.activity.scope
        return Scope(scope.provider_id, scope.organisation_id, scope.activity_id, self.person_id)


class Team(ActivityPart):
    """People who learn together. Any of them answers the team form, once for all."""

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="teams")
    name = models.CharField(max_length=80)
    answered_on = models.DateField(null=True)

    class Meta:
        app_label = "lifelong"
        unique_together = [("activity", "name")]

    def __str__(self) -> str:
        return self.name


class TeamMember(KeptModel):
    to_provider = "team__activity__provider"
    team = models.ForeignKey(Team, models.CASCADE, related_name="members")
    person = models.ForeignKey(Person, models.CASCADE, related_name="teams")

    class Meta:
        app_label = "lifelong"
        unique_together = [("team", "person")]

    @property
    def scope(self) -> Scope:
        scope = self.team.activity.scope
        return Scope(scope.provider_id, scope.organisation_id, scope.activity_id, self.person_id)


class Observation(ActivityPart):
    """A skill seen by an observer: the checklist (named answers) and words that help the learner, who reads them."""

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="observations")
    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="observations")
    person = models.ForeignKey(Person, models.CASCADE, related_name="observations")
    observer = models.ForeignKey(Person, models.PROTECT, related_name="+")
    observed_on = models.DateField()
    feedback = models.TextField()

    class Meta:
        app_label = "lifelong"
        constraints = [
            models.UniqueConstraint(fields=["activity", "person", "observer", "observed_on"], name="observed_once")
        ]

    @property
    def scope(self) -> Scope:
        scope = self.activity.scope
        return Scope(scope.provider_id, scope.organisation_id, scope.activity_id, self.person_id)


class EvaluationDone(KeptModel):
    """That a learner has evaluated a session. It shares no key and no time of day with the answers (unlinkable by construction)."""

    to_provider = "attendance__session__activity__provider"
    attendance = models.OneToOneField(Attendance, models.CASCADE, related_name="evaluation_done")
    done_on = models.DateField()

    class Meta:
        app_label = "lifelong"

    @property
    def scope(self) -> Scope:
        return self.attendance.scope


class Commitment(ActivityPart):
    """What a learner intends to change, in their own words. Named, because they are asked about it later; learners are told so."""

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="commitments")
    session = models.ForeignKey(Session, models.CASCADE, null=True, related_name="commitments")
    person = models.ForeignKey(Person, models.CASCADE, related_name="commitments")
    text = models.TextField()
    position = models.PositiveSmallIntegerField(default=1)  # 1..3
    level = models.PositiveSmallIntegerField(null=True)  # 1..5 how firmly
    confidence = models.PositiveSmallIntegerField(null=True)  # 0..10
    target_on = models.DateField(null=True)  # by when, where the learner says so
    committed_on = models.DateField()
    theme = models.CharField(max_length=60, blank=True)
    matches_objective = models.CharField(max_length=10, blank=True)  # yes, partly, no, unplanned

    class Meta:
        app_label = "lifelong"
        indexes = [models.Index(fields=["activity", "committed_on"], name="commitment_activity")]
        constraints = [models.UniqueConstraint(fields=["session", "person", "position"], name="one_commitment_each")]

    @property
    def scope(self) -> Scope:
        scope = self.activity.scope
        return Scope(scope.provider_id, scope.organisation_id, scope.activity_id, self.person_id)


class CommitmentPart(KeptModel):
    to_provider = "commitment__activity__provider"
    commitment: Any

    class Meta:
        abstract = True
        app_label = "lifelong"

    @property
    def scope(self) -> Scope:
        return self.commitment.scope  # type: ignore[no-any-return]


class Barrier(CommitmentPart):
    """What stands in the way, from the barrier list, and how it could be overcome."""

    commitment = models.ForeignKey(Commitment, models.CASCADE, related_name="barriers")
    code = models.CharField(max_length=40)
    other = models.CharField(max_length=200, blank=True)
    how_overcome = models.TextField(blank=True)

    class Meta:
        app_label = "lifelong"
        unique_together = [("commitment", "code")]


class FollowUp(CommitmentPart):
    """One later question about one commitment: 45 and 90 days on by default."""

    class Answer(models.TextChoices):
        FULLY = "fully", "Yes, fully"
        PARTLY = "partly", "Partly"
        NOT_YET = "not_yet", "Not yet, I still plan to"
        NO_LONGER = "no_longer", "I no longer plan to"
        NOT_APPLICABLE = "not_applicable", "It did not apply (no such patients)"

    commitment = models.ForeignKey(Commitment, models.CASCADE, related_name="follow_ups")
    wave = models.PositiveSmallIntegerField()  # days after the commitment
    due_on = models.DateField()
    token_digest = models.CharField(max_length=64, blank=True, db_index=True)
    asked_at = models.DateTimeField(null=True)
    reminders = models.PositiveSmallIntegerField(default=0)
    answered_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=16, choices=Answer.choices, blank=True)
    barrier_code = models.CharField(max_length=40, blank=True)
    text = models.TextField(blank=True)
    system_change = models.TextField(blank=True)  # what the team or the system changed besides (HMS-26)

    class Meta:
        app_label = "lifelong"
        unique_together = [("commitment", "wave")]
        indexes = [models.Index(fields=["due_on"], name="follow_up_due", condition=models.Q(asked_at=None))]


# --- free text, coded by two people


class Codebook(KeptModel):
    """The codes of a provider for free text, in versions. A published version never changes."""

    provider = models.ForeignKey(AccreditedProvider, models.CASCADE, related_name="codebooks")
    title = models.CharField(max_length=120)
    version = models.PositiveSmallIntegerField()
    published_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "lifelong"
        unique_together = [("provider", "title", "version")]

    def __str__(self) -> str:
        return f"{self.title}, version {self.version}"


class Code(KeptModel):
    to_provider = "codebook__provider"
    codebook = models.ForeignKey(Codebook, models.CASCADE, related_name="codes")
    position = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=40)
    label = models.CharField(max_length=80)
    meaning = models.CharField(max_length=400)  # when to use it, and when not
    words = models.CharField(max_length=300, blank=True)  # what a machine looks for

    class Meta:
        app_label = "lifelong"
        ordering = ["position"]
        unique_together = [("codebook", "key")]


class CodingRound(KeptModel):
    """Texts of one question, copied without names, to be coded by two people who do not see each other's codes."""

    provider = models.ForeignKey(AccreditedProvider, models.CASCADE, related_name="coding_rounds")
    codebook = models.ForeignKey(Codebook, models.PROTECT, related_name="rounds")
    title = models.CharField(max_length=200)
    activity = models.ForeignKey(Activity, models.CASCADE, null=True, related_name="coding_rounds")
    campaign = models.ForeignKey(Campaign, models.CASCADE, null=True, related_name="coding_rounds")
    question_key = models.CharField(max_length=60)  # "plans": the planned changes
    opened_at = models.DateTimeField()

    class Meta:
        app_label = "lifelong"
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.title


class CodedText(KeptModel):
    to_provider = "round__provider"
    round = models.ForeignKey(CodingRound, models.CASCADE, related_name="texts")
    position = models.PositiveIntegerField()  # mixed: says nothing of when or by whom
    text = models.TextField()

    class Meta:
        app_label = "lifelong"
        ordering = ["position"]
        unique_together = [("round", "position")]

    @property
    def scope(self) -> Scope:
        return self.round.scope


class Coding(KeptModel):
    """What one coder saw in one text. No code at all is a judgement too. Every coder's row stays after the consensus."""

    class Kind(models.TextChoices):
        HUMAN = "human", "Coder"
        MACHINE = "machine", "Machine suggestion"
        CONSENSUS = "consensus", "Consensus"

    to_provider = "text__round__provider"
    text = models.ForeignKey(CodedText, models.CASCADE, related_name="codings")
    kind = models.CharField(max_length=9, choices=Kind.choices)
    coder = models.ForeignKey(
        Person, models.PROTECT, null=True, related_name="+"
    )  # of the consensus: who wrote it down
    at = models.DateTimeField()
    codes = models.ManyToManyField(Code, related_name="codings", through="CodingCode")

    class Meta:
        app_label = "lifelong"
        constraints = [
            models.UniqueConstraint(fields=["text", "coder"], name="coded_once_each", condition=models.Q(kind="human")),
            models.UniqueConstraint(fields=["text", "kind"], name="coded_once_kind", condition=~models.Q(kind="human")),
        ]


class CodingCode(KeptModel):
    to_provider = "coding__text__round__provider"
    coding = models.ForeignKey(Coding, models.CASCADE, related_name="coded")
    code = models.ForeignKey(Code, models.PROTECT, related_name="+")

    class Meta:
        app_label = "lifelong"
        unique_together = [("coding", "code")]
