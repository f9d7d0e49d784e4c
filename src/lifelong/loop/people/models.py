"""People: one row a human being, across all providers; learner profile, consent, role grants."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from lifelong.kernel.access import Role, Scope
from lifelong.kernel.guard import GuardedQuerySet, KeptModel
from lifelong.loop.program.models import AccreditedProvider, Organisation


class PersonManager(BaseUserManager.from_queryset(GuardedQuerySet)):  # type: ignore[misc]  # made at run time by Django
    def get_by_natural_key(self, email: str | None) -> Any:
        return self.get(email=(email or "").strip().lower())


class Person(KeptModel, AbstractBaseUser):
    """A human being. An invited speaker is a person before ever signing in."""

    to_provider = None
    spans_because = "people and their transcripts span providers"

    email = models.EmailField(unique=True)
    given_name = models.CharField(max_length=80)
    family_name = models.CharField(max_length=80)
    suffix = models.CharField(max_length=30, blank=True)  # MD, RN, PharmD
    is_active = models.BooleanField(default=True)
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, related_name="merged_from")
    created_at = models.DateTimeField()

    objects: ClassVar[Any] = PersonManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        app_label = "lifelong"
        indexes = [models.Index(fields=["family_name", "given_name", "id"], name="person_by_name")]

    def __str__(self) -> str:
        return self.full_name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.email = self.email.strip().lower()  # one person, one address: compared by its lower-case form everywhere
        super().save(*args, **kwargs)

    @property
    def full_name(self) -> str:
        name = f"{self.given_name} {self.family_name}".strip() or self.email
        return f"{name}, {self.suffix}" if self.suffix else name

    @property
    def scope(self) -> Scope:
        return Scope(person_id=self.pk)


class LearnerProfile(KeptModel):
    """What credit and reporting need to know of a learner. No year of birth is kept (requirements §9)."""

    to_provider = None
    spans_because = "belongs to the person"

    person = models.OneToOneField(Person, models.CASCADE, related_name="profile")
    profession = models.CharField(
        max_length=30, blank=True
    )  # physician, nurse, pharmacist, pharmacy_technician, pa, student, community ...
    specialty = models.CharField(max_length=80, blank=True)
    career_level = models.CharField(max_length=20, default="practising")  # student, resident, fellow, practising
    city = models.CharField(max_length=80, blank=True)
    state = models.CharField(max_length=2, blank=True)
    country = models.CharField(max_length=2, default="US")
    npi = models.CharField(max_length=10, blank=True)
    licence_state = models.CharField(max_length=2, blank=True)
    licence_number = models.CharField(max_length=20, blank=True)
    birth_month_day = models.CharField(max_length=4, blank=True)  # MMDD, for matching at the body
    nabp_profile_id = models.CharField(max_length=12, blank=True)
    is_alumnus = models.BooleanField(default=False)

    class Meta:
        app_label = "lifelong"

    @property
    def scope(self) -> Scope:
        return Scope(person_id=self.person_id)


class Affiliation(KeptModel):
    """A person's tie to a provider: affiliated or not, and through which organisation."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="affiliations")
    provider = models.ForeignKey(AccreditedProvider, models.CASCADE, related_name="affiliations")
    organisation = models.ForeignKey(Organisation, models.SET_NULL, null=True)
    is_affiliated = models.BooleanField(default=True)
    reach = models.CharField(max_length=14, blank=True)  # of faculty: affiliated, regional, national, international
    sort_name = models.CharField(
        max_length=170, blank=True
    )  # "family, given" in lower case: staff lists sort and search by it

    class Meta:
        app_label = "lifelong"
        unique_together = [("person", "provider")]
        indexes = [models.Index(fields=["provider", "sort_name", "person"], name="affiliation_by_name")]


class PhoneNumber(KeptModel):
    """A phone a learner texts codes from. Linked only by its owner, re-verified yearly; a number belongs to one person."""

    to_provider = None
    spans_because = "belongs to the person"

    person = models.ForeignKey(Person, models.CASCADE, related_name="phones")
    number = models.CharField(max_length=16, unique=True)  # E.164
    verified_at = models.DateTimeField(null=True)
    verify_code = models.CharField(max_length=6, blank=True)
    code_sent_at = models.DateTimeField(null=True)
    code_tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        app_label = "lifelong"

    @property
    def scope(self) -> Scope:
        return Scope(person_id=self.person_id)


class ConsentToReport(KeptModel):
    """A learner's permission to send completions to a body; without it nothing of theirs is reported."""

    to_provider = None
    spans_because = "belongs to the person"

    person = models.ForeignKey(Person, models.CASCADE, related_name="consents")
    body = models.CharField(max_length=40)
    given_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "lifelong"

    @property
    def scope(self) -> Scope:
        return Scope(person_id=self.person_id)


class RoleGrant(KeptModel):
    """A role held in a provider, one of its organisations, or on one activity (by id: activities are a later stage)."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="grants")
    role = models.CharField(max_length=24, choices=[(role.value, role.value) for role in Role])
    provider = models.ForeignKey(AccreditedProvider, models.CASCADE, null=True, related_name="grants")
    organisation = models.ForeignKey(Organisation, models.CASCADE, null=True)
    activity_id = models.BigIntegerField(null=True)
    granted_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "lifelong"
        indexes = [models.Index(fields=["person"], name="grants_in_force", condition=models.Q(revoked_at=None))]


class AccessToken(KeptModel):
    """A machine's key (kiosk, integration). Only its digest is kept."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="tokens")
    provider = models.ForeignKey(AccreditedProvider, models.CASCADE)
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)  # SHA-256 of a 256-bit random token
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "lifelong"
