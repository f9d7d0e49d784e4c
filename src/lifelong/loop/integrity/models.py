"""Independence from industry: what people disclose, what is relevant to a role, how it was mitigated, what learners were told."""

from __future__ import annotations

from django.db import models

from lifelong.kernel.access import Scope
from lifelong.kernel.guard import AppendOnly, KeptModel
from lifelong.loop.people.models import Person
from lifelong.loop.planning.models import Activity, ActivityPart, PlanningRole, Session
from lifelong.loop.program.models import AccreditedProvider


class IneligibleCompany(KeptModel):
    """A company whose primary business is healthcare products used by or on patients."""

    to_provider = None
    spans_because = "companies are the same for every provider"

    name = models.CharField(max_length=200, unique=True)
    match_name = models.CharField(max_length=200, blank=True, db_index=True)  # without case, signs and legal forms
    business_lines = models.CharField(max_length=300, blank=True)
    is_private = models.BooleanField(null=True)

    class Meta:
        app_label = "lifelong"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Disclosure(AppendOnly):
    """What a person declared on a day about the 24 months before. A change is a new disclosure; old ones stay."""

    to_provider = None
    spans_because = "a disclosure is of a person; relevance and mitigation are per role"

    person = models.ForeignKey(Person, models.PROTECT, related_name="disclosures")
    version = models.PositiveIntegerField()
    covers_from = models.DateField()
    submitted_at = models.DateTimeField()
    attested = models.BooleanField()
    nothing_to_disclose = models.BooleanField()
    method = models.CharField(max_length=20, default="form")  # form, spoken

    class Meta:
        app_label = "lifelong"
        unique_together = [("person", "version")]

    @property
    def scope(self) -> Scope:
        return Scope(person_id=self.person_id)


class Relationship(AppendOnly):
    to_provider = None
    spans_because = "part of a disclosure"

    disclosure = models.ForeignKey(Disclosure, models.PROTECT, related_name="relationships")
    company = models.ForeignKey(IneligibleCompany, models.PROTECT, related_name="relationships")
    nature = models.CharField(
        max_length=30
    )  # employee, owner, consultant, speaker, advisor, researcher, royalties, stock, executive ...
    is_private_equity = models.BooleanField(default=False)
    has_ended = models.BooleanField(default=False)
    ended_on = models.DateField(null=True)

    class Meta:
        app_label = "lifelong"

    @property
    def nature_words(self) -> str:
        return self.nature.replace("_", " ")


class DisclosureRequest(KeptModel):
    """A signed link sent to a person for a role. Only the digest of its token is kept."""

    to_provider = "role__activity__provider"
    role = models.ForeignKey(PlanningRole, models.CASCADE, related_name="disclosure_requests")
    token_digest = models.CharField(max_length=64, unique=True)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    reminders = models.PositiveSmallIntegerField(default=0)

    class Meta:
        app_label = "lifelong"

    @property
    def scope(self) -> Scope:
        return self.role.scope


class RelevanceDecision(KeptModel):
    """Whether one relationship bears on one role's content, decided by somebody without a conflict; and its mitigation."""

    to_provider = "role__activity__provider"
    role = models.ForeignKey(PlanningRole, models.CASCADE, related_name="decisions")
    relationship = models.ForeignKey(Relationship, models.PROTECT, related_name="decisions")
    is_relevant = models.BooleanField()
    reason = models.CharField(max_length=400)
    decided_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()
    mitigation = models.CharField(max_length=40, blank=True)  # a strategy of the rule book allowed for the role
    mitigation_note = models.CharField(max_length=400, blank=True)
    mitigated_at = models.DateTimeField(null=True)
    exception = models.CharField(max_length=1, blank=True)  # a, b or c: an owner or employee may act after all
    exception_reason = models.CharField(max_length=400, blank=True)

    class Meta:
        app_label = "lifelong"
        unique_together = [("role", "relationship")]

    @property
    def mitigation_words(self) -> str:
        return self.mitigation.replace("_", " ")

    @property
    def scope(self) -> Scope:
        return self.role.scope


class LearnerDisclosure(ActivityPart):
    """What learners are told before they engage, frozen as it was shown."""

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="learner_disclosures")
    session = models.ForeignKey(Session, models.CASCADE, null=True, related_name="learner_disclosures")
    text = models.TextField()
    shown_from = models.DateTimeField()

    class Meta:
        app_label = "lifelong"
        ordering = ["-shown_from"]


class ContentReview(ActivityPart):
    activity = models.ForeignKey(Activity, models.CASCADE, related_name="content_reviews")
    session = models.ForeignKey(Session, models.CASCADE, null=True, related_name="content_reviews")
    reviewer = models.ForeignKey(Person, models.PROTECT)
    is_valid = models.BooleanField()
    is_balanced = models.BooleanField()
    is_free_of_marketing = models.BooleanField()
    evolving_topic = models.BooleanField(default=False)
    note = models.TextField(blank=True)
    reviewed_at = models.DateTimeField()

    class Meta:
        app_label = "lifelong"


class CommercialSupport(ActivityPart):
    activity = models.ForeignKey(Activity, models.CASCADE, related_name="commercial_support")
    company = models.ForeignKey(IneligibleCompany, models.PROTECT)
    amount = models.DecimalField(max_digits=10, decimal_places=2)
    in_kind = models.CharField(max_length=200, blank=True)
    signed_by_company_on = models.DateField(null=True)
    signed_by_provider_on = models.DateField(null=True)

    class Meta:
        app_label = "lifelong"


class ComplianceCase(KeptModel):
    """Something to look into: a learner saw bias, a company paid for what it may not."""

    provider = models.ForeignKey(AccreditedProvider, models.CASCADE, related_name="compliance_cases")
    activity = models.ForeignKey(Activity, models.CASCADE, null=True, related_name="compliance_cases")
    kind = models.CharField(max_length=30)  # perceived_bias ...
    opened_at = models.DateTimeField()
    summary = models.CharField(max_length=400)
    closed_at = models.DateTimeField(null=True)
    conclusion = models.TextField(blank=True)

    class Meta:
        app_label = "lifelong"
        constraints = [
            models.UniqueConstraint(
                fields=["activity", "kind"], name="one_open_case", condition=models.Q(closed_at=None)
            ),
        ]
