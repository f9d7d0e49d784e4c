"""What every stage stands on: audit rows, the outbox, stored files, progress of long jobs."""

from __future__ import annotations

from django.db import models

from lifelong.kernel.guard import AppendOnly, KeptModel


class AuditEvent(AppendOnly):
    """Who did what to which thing, when. Ids are plain numbers: the row outlives what it speaks of."""

    to_provider = "provider_id"

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    verb = models.CharField(max_length=60)
    person_id = models.BigIntegerField(null=True)
    channel = models.CharField(max_length=12)
    provider_id = models.BigIntegerField(null=True)
    subject_type = models.CharField(max_length=40)
    subject_id = models.BigIntegerField(null=True)
    facts = models.JSONField(default=dict)  # small: what changed, never free text of a learner

    class Meta:
        app_label = "kernel"
        indexes = [
            models.Index(fields=["provider_id", "-id"], name="audit_provider"),
            models.Index(fields=["subject_type", "subject_id"], name="audit_subject"),
            models.Index(fields=["provider_id", "verb", "-id"], name="audit_verb"),
            models.Index(fields=["provider_id", "person_id", "-id"], name="audit_person"),
        ]


class Effect(KeptModel):
    """One thing that follows from an audited act: a row of the outbox. Done at least once; a crash leaves it waiting."""

    to_provider = None
    spans_because = "work of the machine; its subject knows the provider"

    class State(models.TextChoices):
        WAITING = "waiting"
        DONE = "done"
        FAILED = "failed"

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True)  # a worker has it; after this instant another may take it
    last_error = models.CharField(max_length=300, blank=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "kernel"
        indexes = [
            models.Index(fields=["due_at"], name="effect_waiting", condition=models.Q(state="waiting")),
        ]


class StoredFile(KeptModel):
    """A file kept once, named by its SHA-256; the bytes lie in the data folder."""

    to_provider = None
    spans_because = "content-addressed bytes; the row that points here knows the provider"

    sha256 = models.CharField(max_length=64, unique=True)
    size = models.PositiveBigIntegerField()
    media_type = models.CharField(max_length=100)
    name = models.CharField(max_length=200)
    created_at = models.DateTimeField()

    class Meta:
        app_label = "kernel"


class Progress(KeptModel):
    """How far a long piece of work has come, for the person who waits."""

    to_provider = "provider_id"

    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    provider_id = models.BigIntegerField(null=True)
    person_id = models.BigIntegerField(null=True)
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(default=0)  # 0 = not known yet
    state = models.CharField(max_length=8, default="waiting")  # waiting, running, done, refused
    sentence = models.CharField(max_length=400, blank=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "kernel"
