"""One engine for needs surveys, evaluations, follow-ups and observer ratings."""

from __future__ import annotations

from django.db import models

from lifelong.kernel.access import Scope
from lifelong.kernel.guard import KeptModel
from lifelong.loop.people.models import Person
from lifelong.loop.program.models import AccreditedProvider


class Instrument(KeptModel):
    """A form in versions. A published version never changes; an edit makes the next."""

    class Kind(models.TextChoices):
        EVALUATION = "evaluation", "Evaluation"
        NEEDS = "needs", "Needs survey"
        FOLLOW_UP = "follow_up", "Follow-up"
        TEST = "test", "Test"
        SPEAKER = "speaker", "Speaker rating"
        TEAM = "team", "Team form"
        OBSERVER = "observer", "Observer rating"
        SELF = "self", "Self-assessment"
        REFLECTION = "reflect", "Reflection"
        CASE = "case", "Case"
        POLL = "poll", "Live poll"

    provider = models.ForeignKey(AccreditedProvider, models.CASCADE, related_name="instruments")
    key = models.CharField(max_length=60)
    version = models.PositiveSmallIntegerField(default=1)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    title = models.CharField(max_length=200)
    intro = models.TextField(blank=True)
    is_anonymous = models.BooleanField(default=True)
    is_matched = models.BooleanField(default=False)  # anonymous, but answers of one learner pair by a keyed code
    passing_percent = models.PositiveSmallIntegerField(null=True)  # tests
    activity_id = models.BigIntegerField(null=True)  # a test whose items name the objectives of this activity
    published_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "lifelong"
        unique_together = [("provider", "key", "version")]

    def __str__(self) -> str:
        return self.title


class Question(KeptModel):
    class Kind(models.TextChoices):
        LIKERT = "likert", "Labelled scale"
        CHOICE = "choice", "One of a list"
        MULTI = "multi", "Several of a list"
        TEXT = "text", "Own words"
        NUMBER = "number", "Number"
        MATRIX = "matrix", "Rows on one scale"
        RETRO = "retro", "Before and now (retrospective)"

    to_provider = "instrument__provider"
    instrument = models.ForeignKey(Instrument, models.CASCADE, related_name="questions")
    position = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=60)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    text = models.CharField(max_length=400)
    help = models.CharField(max_length=300, blank=True)
    is_required = models.BooleanField(default=False)
    options = models.JSONField(
        default=list
    )  # [{"value": "5", "label": "Strongly agree"}]; of a case also "feedback"; never queried
    rows = models.JSONField(default=list)  # of a matrix
    show_if_key = models.CharField(max_length=60, blank=True)  # branching: shown when that question ...
    show_if_value = models.CharField(max_length=60, blank=True)  # ... has this answer
    correct_value = models.CharField(max_length=60, blank=True)  # tests
    rationale = models.TextField(blank=True)
    objective_id = models.BigIntegerField(null=True)  # planning is a later stage
    moore_level = models.CharField(max_length=2, blank=True)
    kirkpatrick = models.CharField(max_length=2, blank=True)
    is_objective_measure = models.BooleanField(default=False)

    class Meta:
        app_label = "lifelong"
        ordering = ["position"]
        unique_together = [("instrument", "key")]


class Campaign(KeptModel):
    """One form sent to a chosen part of the people a provider knows: whom, how many, until when. Counts are those of the launch."""

    class Audience(models.TextChoices):
        ALL = "all", "Inside and outside"
        INSIDE = "inside", "Inside: affiliated with us"
        OUTSIDE = "outside", "Outside: all others"

    provider = models.ForeignKey(AccreditedProvider, models.CASCADE, related_name="campaigns")
    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="campaigns")
    title = models.CharField(max_length=200)
    audience = models.CharField(max_length=8, choices=Audience.choices, default=Audience.ALL)
    professions = models.JSONField(default=list)  # empty: every one; shown, never queried
    specialties = models.JSONField(default=list)
    sample_size = models.PositiveIntegerField(null=True)  # None: everybody who may be asked
    seed = models.PositiveBigIntegerField()  # of the sample, so that it can be drawn again
    closes_on = models.DateField()
    created_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    launched_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    matching = models.PositiveIntegerField(default=0)  # people in the audience
    at_cap = models.PositiveIntegerField(default=0)  # of them, asked too often lately and left in peace
    not_sampled = models.PositiveIntegerField(default=0)

    class Meta:
        app_label = "lifelong"
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["provider", "title", "created_at"], name="campaign_once")]

    def __str__(self) -> str:
        return self.title


class SurveyInvitation(KeptModel):
    """That somebody was asked, and whether an answer came. Never joined to an anonymous answer: there is no key between them."""

    to_provider = "instrument__provider"
    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="invitations")
    person = models.ForeignKey(Person, models.CASCADE, related_name="survey_invitations")
    subject_type = models.CharField(max_length=20)  # session, activity, campaign, team
    subject_id = models.BigIntegerField()
    token_digest = models.CharField(max_length=64, unique=True)
    profession = models.CharField(max_length=30, blank=True)  # of a campaign: who was asked, as it was then
    specialty = models.CharField(max_length=80, blank=True)
    is_inside = models.BooleanField(null=True)  # of a campaign: affiliated with the provider
    invited_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)
    started_on = models.DateField(null=True)
    answered_on = models.DateField(null=True)  # the day only: a time of day would link it to its answer
    reminders = models.PositiveSmallIntegerField(default=0)

    @property
    def scope(self) -> Scope:
        return Scope(provider_id=self.instrument.provider_id, person_id=self.person_id)

    class Meta:
        app_label = "lifelong"
        constraints = [
            models.UniqueConstraint(fields=["instrument", "person", "subject_type", "subject_id"], name="asked_once"),
        ]
        indexes = [
            models.Index(fields=["subject_type", "subject_id"], name="invitation_subject"),
            models.Index(fields=["person", "-invited_at"], name="invitation_load"),
        ]


class Response(KeptModel):
    """One filled form. Anonymous ones carry no person, only the day and what the report groups by."""

    to_provider = "instrument__provider"
    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="responses")
    id = models.UUIDField(primary_key=True)  # random: the order of rows tells nothing
    subject_type = models.CharField(max_length=20)  # as above; of a test: before, after (first attempt), again
    subject_id = models.BigIntegerField()
    activity_id = models.BigIntegerField(null=True)
    answered_on = models.DateField()
    profession = models.CharField(max_length=30, blank=True)
    specialty = models.CharField(max_length=80, blank=True)  # of a campaign, only in the company of enough others
    is_inside = models.BooleanField(null=True)
    pseudonym = models.CharField(
        max_length=64, blank=True
    )  # where matching was promised: keyed hash, waves can be paired
    person = models.ForeignKey(Person, models.SET_NULL, null=True)  # only for named instruments

    class Meta:
        app_label = "lifelong"
        indexes = [
            models.Index(fields=["activity_id", "instrument"], name="response_activity"),
            models.Index(fields=["subject_type", "subject_id"], name="response_subject"),
        ]


class Answer(KeptModel):
    to_provider = "response__instrument__provider"
    response = models.ForeignKey(Response, models.CASCADE, related_name="answers")
    question = models.ForeignKey(Question, models.PROTECT, related_name="answers")
    row = models.CharField(max_length=60, blank=True)  # of a matrix; "before"/"now" of a retrospective pair
    number = models.FloatField(null=True)
    choice = models.CharField(max_length=60, blank=True)
    text = models.TextField(blank=True)

    class Meta:
        app_label = "lifelong"
        indexes = [models.Index(fields=["question", "choice"], name="answer_tally")]


class Tally(KeptModel):
    """Kept sums per question, subject and choice, so that a statistics page reads a few rows whatever the number of answers."""

    to_provider = "question__instrument__provider"
    question = models.ForeignKey(Question, models.CASCADE, related_name="tallies")
    activity_id = models.BigIntegerField()
    row = models.CharField(max_length=60, blank=True)
    choice = models.CharField(max_length=60, blank=True)
    count = models.PositiveIntegerField(default=0)
    total = models.FloatField(default=0)  # sum of numbers
    squares = models.FloatField(default=0)

    class Meta:
        app_label = "lifelong"
        unique_together = [("question", "activity_id", "row", "choice")]
        indexes = [models.Index(fields=["activity_id"], name="tally_activity")]


class SurveyDefaults(KeptModel):
    """What an office decided about asking: when plans are asked about again, how often it reminds, how often one person is asked."""

    provider = models.OneToOneField(AccreditedProvider, models.CASCADE, related_name="survey_defaults")
    waves = models.JSONField(default=list)  # days after the plan, rising; shown, never queried
    reminders = models.PositiveSmallIntegerField()
    most_per_quarter = models.PositiveSmallIntegerField()

    class Meta:
        app_label = "lifelong"

    @property
    def scope(self) -> Scope:
        return Scope(provider_id=self.provider_id)


# --- learning with questions: reflections, cases, polls in the room


class OwnPart(KeptModel):
    """A learner's own record. The office counts it, and reads it only where the learner shared it."""

    provider = models.ForeignKey(AccreditedProvider, models.CASCADE, related_name="+")
    activity_id = models.BigIntegerField()
    person = models.ForeignKey(Person, models.CASCADE, related_name="+")

    class Meta:
        abstract = True
        app_label = "lifelong"

    @property
    def scope(self) -> Scope:
        return Scope(provider_id=self.provider_id, activity_id=self.activity_id, person_id=self.person_id)


class LearningGoal(KeptModel):
    """What a learner wants to learn, in a plan of their own; perhaps the activity chosen for it. Nobody else reads it."""

    provider = models.ForeignKey(AccreditedProvider, models.CASCADE, related_name="+")
    person = models.ForeignKey(Person, models.CASCADE, related_name="learning_goals")
    text = models.CharField(max_length=300)
    made_on = models.DateField()
    activity_id = models.BigIntegerField(null=True)
    done_on = models.DateField(null=True)

    class Meta:
        app_label = "lifelong"
        unique_together = [("person", "provider", "text")]

    @property
    def scope(self) -> Scope:
        return Scope(provider_id=self.provider_id, person_id=self.person_id)


class Reflection(OwnPart):
    """What a learner wrote about one question of a reflective exercise, for themselves."""

    question = models.ForeignKey(Question, models.PROTECT, related_name="reflections")
    text = models.TextField()
    written_on = models.DateField()
    shared_on = models.DateField(null=True)  # None: in confidence

    class Meta:
        app_label = "lifelong"
        unique_together = [("person", "activity_id", "question")]


class CasePlay(OwnPart):
    """A learner's way through a case: what was chosen at each step, and what was said to it."""

    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="plays")
    steps = models.JSONField(default=list)  # [{"key", "value", "feedback"}], in order
    begun_on = models.DateField()
    finished_on = models.DateField(null=True)

    class Meta:
        app_label = "lifelong"
        unique_together = [("person", "activity_id", "instrument")]


class Poll(KeptModel):
    """A form asked in the room. Its result is read when it is closed."""

    to_provider = "instrument__provider"
    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="polls")
    activity_id = models.BigIntegerField()
    session_id = models.BigIntegerField(db_index=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "lifelong"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["session_id"], name="one_open_poll_each", condition=models.Q(closed_at=None)
            ),
        ]

    @property
    def scope(self) -> Scope:
        return Scope(provider_id=self.instrument.provider_id, activity_id=self.activity_id)


class PollVoter(KeptModel):
    """That somebody has answered a poll. It shares no key and no time with the answer."""

    to_provider = "poll__instrument__provider"
    poll = models.ForeignKey(Poll, models.CASCADE, related_name="voters")
    person = models.ForeignKey(Person, models.CASCADE, related_name="+")

    class Meta:
        app_label = "lifelong"
        unique_together = [("poll", "person")]
