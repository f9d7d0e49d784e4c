"""Credit as awarded: claim, award in an append-only ledger sealed by a hash chain, certificate."""

from __future__ import annotations

from typing import Any

from django.db import models

from lifelong.kernel.access import Scope
from lifelong.kernel.guard import AppendOnly, KeptModel
from lifelong.kernel.models import StoredFile
from lifelong.loop.designation.models import Designation
from lifelong.loop.people.models import Person
from lifelong.loop.planning.models import Activity, Session
from lifelong.loop.program.models import AccreditedProvider


class Award(AppendOnly):
    """An entry of the credit ledger. Never changed: a correction is a reversal (negative amount) that names what it reverses."""

    provider = models.ForeignKey(AccreditedProvider, models.PROTECT, related_name="awards")
    person = models.ForeignKey(Person, models.PROTECT, related_name="awards")
    activity = models.ForeignKey(Activity, models.PROTECT, related_name="awards")
    session = models.ForeignKey(Session, models.PROTECT, null=True, related_name="awards")
    designation = models.ForeignKey(Designation, models.PROTECT, related_name="awards")
    serial = models.CharField(
        max_length=26, unique=True
    )  # 130 random bits in base 32: the public name of the certificate
    credit_system = models.CharField(max_length=20)
    profession = models.CharField(max_length=30, blank=True)
    amount = models.DecimalField(max_digits=6, decimal_places=2)
    earned_on = models.DateField()  # local day of the session or of completion
    awarded_at = models.DateTimeField()
    rule_book_version = models.CharField(max_length=120)
    evidence = models.CharField(max_length=20)
    is_late = models.BooleanField(default=False)
    reverses = models.OneToOneField("self", models.PROTECT, null=True, related_name="reversed_by")
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        app_label = "lifelong"
        constraints = [
            # one claim a learner, designation and session; the second key serves whole activities
            models.UniqueConstraint(
                fields=["person", "designation", "session"],
                name="claimed_once",
                condition=models.Q(reverses=None, session__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["person", "designation"],
                name="claimed_once_activity",
                condition=models.Q(reverses=None, session=None),
            ),
        ]
        indexes = [
            models.Index(fields=["person", "-earned_on", "-id"], name="award_of_person"),
            models.Index(fields=["provider", "earned_on"], name="award_of_provider"),
            models.Index(fields=["activity"], name="award_of_activity"),
        ]

    @property
    def scope(self) -> Scope:
        return Scope(provider_id=self.provider_id, activity_id=self.activity_id, person_id=self.person_id)

    @property
    def claim_key(self) -> dict[str, Any]:
        """What the entries of one claim share: the award and its corrections."""
        return {"person_id": self.person_id, "designation_id": self.designation_id, "session_id": self.session_id}


class LedgerSeal(AppendOnly):
    """The chain over the ledger: seals are added in small batches after the commit, so no claim waits for another."""

    to_provider = "award__provider"
    seq = models.BigIntegerField(primary_key=True)
    award = models.OneToOneField(Award, models.PROTECT, related_name="seal")
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64, unique=True)  # SHA-256 over previous + canonical form of the award

    class Meta:
        app_label = "lifelong"


class Certificate(KeptModel):
    """The PDF of an award, made after the commit."""

    to_provider = "award__provider"
    award = models.OneToOneField(Award, models.PROTECT, related_name="certificate")
    file = models.ForeignKey(StoredFile, models.PROTECT)
    made_at = models.DateTimeField()

    class Meta:
        app_label = "lifelong"

    @property
    def scope(self) -> Scope:
        return self.award.scope


class RepeatedSession(KeptModel):
    """That a session offers the content of an earlier one again: who holds credit for either cannot claim the other."""

    to_provider = "session__activity__provider"
    session = models.OneToOneField(Session, models.CASCADE, related_name="repeat_of")
    first = models.ForeignKey(Session, models.CASCADE, related_name="repeats")

    class Meta:
        app_label = "lifelong"

    @property
    def scope(self) -> Scope:
        return self.session.scope


class CreditTotal(KeptModel):
    """Kept sum per learner, year and system, so that a learner's home reads one row."""

    to_provider = None
    spans_because = "a learner's year spans providers"

    person = models.ForeignKey(Person, models.CASCADE, related_name="credit_totals")
    year = models.PositiveSmallIntegerField()
    credit_system = models.CharField(max_length=20)
    amount = models.DecimalField(max_digits=8, decimal_places=2, default=0)

    class Meta:
        app_label = "lifelong"
        unique_together = [("person", "year", "credit_system")]
