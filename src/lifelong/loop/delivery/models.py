"""The education happens: registration, session codes, attendance."""

from __future__ import annotations

from django.db import models

from lifelong.kernel.access import Scope
from lifelong.kernel.guard import KeptModel
from lifelong.loop.people.models import Person
from lifelong.loop.planning.models import Activity, ActivityPart, Session
from lifelong.loop.program.models import AccreditedProvider


class Registration(ActivityPart):
    class State(models.TextChoices):
        REGISTERED = "registered", "Registered"
        WAITING = "waiting", "On the waiting list"
        CANCELLED = "cancelled", "Cancelled"

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="registrations")
    person = models.ForeignKey(Person, models.CASCADE, related_name="registrations")
    state = models.CharField(max_length=10, choices=State.choices)
    registered_at = models.DateTimeField()
    sort_name = models.CharField(max_length=170, blank=True)  # "family, given" in lower case, for staff lists
    disclosure_seen_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "lifelong"
        unique_together = [("activity", "person")]
        indexes = [models.Index(fields=["activity", "sort_name", "id"], name="registration_by_name")]


class Attendance(ActivityPart):
    """That a learner was in a session, how we know, and how sure that is. One a learner and session, whatever the retries."""

    to_provider = "session__activity__provider"
    session = models.ForeignKey(Session, models.PROTECT, related_name="attendances")
    person = models.ForeignKey(Person, models.PROTECT, related_name="attendances")
    recorded_at = models.DateTimeField()
    channel = models.CharField(max_length=20)  # rules.attendance.Channel
    evidence = models.CharField(max_length=20)  # rules.attendance.EvidenceLevel
    recorded_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    profession = models.CharField(max_length=30, blank=True)  # as it was on the day
    voided_at = models.DateTimeField(null=True)
    void_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        app_label = "lifelong"
        constraints = [models.UniqueConstraint(fields=["session", "person"], name="one_attendance")]
        indexes = [models.Index(fields=["person", "-recorded_at"], name="attendance_of_person")]

    @property
    def activity(self) -> Activity:
        return self.session.activity

    @property
    def scope(self) -> Scope:
        scope = self.session.activity.scope
        return Scope(scope.provider_id, scope.organisation_id, scope.activity_id, self.person_id)


class CodeAttempt(KeptModel):
    """A refused code, kept to slow guessing down and to show staff what went wrong in the room."""

    to_provider = None
    spans_because = "a wrong code belongs to no session"

    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    at = models.DateTimeField()
    reason = models.CharField(max_length=40)
    session = models.ForeignKey(Session, models.CASCADE, null=True, related_name="code_attempts")

    class Meta:
        app_label = "lifelong"
        indexes = [models.Index(fields=["person", "-at"], name="attempts_of_person")]


class InboundMessage(KeptModel):
    """A text message that came in, once each by the gateway's own id; the reply is repeated, the effect is not."""

    to_provider = None
    spans_because = "arrives at the installation before anyone knows which provider it means"

    gateway = models.CharField(max_length=20)
    external_id = models.CharField(max_length=80)
    from_number = models.CharField(max_length=20)
    text = models.CharField(max_length=320)
    received_at = models.DateTimeField()
    reply = models.CharField(max_length=480)

    class Meta:
        app_label = "lifelong"
        unique_together = [("gateway", "external_id")]


class SessionCount(KeptModel):
    """Kept count of attendances per session, so that lists and dashboards never count rows."""

    to_provider = "session__activity__provider"
    session = models.OneToOneField(Session, models.CASCADE, related_name="kept_count")
    provider = models.ForeignKey(AccreditedProvider, models.CASCADE, related_name="+")
    attended = models.PositiveIntegerField(default=0)

    class Meta:
        app_label = "lifelong"
