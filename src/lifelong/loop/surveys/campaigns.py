"""What we do with campaigns: choose whom to ask, ask them, remind the silent, take the answers."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from lifelong.kernel import clock
from lifelong.kernel.access import Actor, Permission, Scope
from lifelong.kernel.action import Unchanged, action, enqueue
from lifelong.kernel.problems import problem, refuse_if_any
from lifelong.loop.program.models import AccreditedProvider
from lifelong.loop.surveys import campaign_reads, reads
from lifelong.loop.surveys.actions import keep_response
from lifelong.loop.surveys.asking import MOST_REMINDERS, reminders_by_provider
from lifelong.loop.surveys.forms import check
from lifelong.loop.surveys.models import Campaign, Instrument, SurveyInvitation
from lifelong.loop.surveys.suppression import in_company
from lifelong.loop.surveys.tokens import digest_of, pseudonym, token_for
from lifelong.rules.books import load_book

P = Permission
CAMPAIGN = "campaign"
LONGEST_DAYS = 120


@action(needs=P.EDIT_EVALUATION, audit="campaign.created")
def create_campaign(
    actor: Actor, provider: AccreditedProvider, *, instrument: Instrument, title: str, closes_on: dt.date,
    audience: str = Campaign.Audience.ALL, professions: Sequence[str] = (), specialties: Sequence[str] = (),
    sample_size: int | None = None,
) -> Campaign | Unchanged:  # fmt: skip
    """Plan to send a published form to a part of the people the provider knows. Nobody is asked before the launch.

    Natural key: an unlaunched campaign of the same title. The seed of the sample is drawn here, once.
    """
    today = clock.today(provider.time_zone)
    if instrument.provider_id != provider.pk or instrument.published_at is None:
        raise problem("campaign.form", "Only a published form of this program can be sent.", "Publish the form first.", "instrument")  # fmt: skip
    if not title.strip():
        raise problem("campaign.title", "The campaign has no title.", "Say what you want to know.", "title")
    if not today < closes_on <= today + dt.timedelta(days=LONGEST_DAYS):
        raise problem(
            "campaign.closes", "The last day is not in the coming months.",
            f"Choose a day from tomorrow to {LONGEST_DAYS} days from now.", "closes_on",
        )  # fmt: skip
    if audience not in Campaign.Audience.values:
        raise problem("campaign.audience", "This audience is not known.", "Choose inside, outside or both.", "audience")
    if sample_size is not None and sample_size < 1:
        raise problem("campaign.sample", "A sample needs at least one person.", "Leave it empty to ask everybody.", "sample_size")  # fmt: skip
    same = Campaign.objects.filter(provider=provider, title=title.strip(), launched_at=None).first()
    if same is not None:
        return Unchanged(same)
    row: Campaign = Campaign.objects.create(
        provider=provider, instrument=instrument, title=title.strip()[:200], audience=audience, closes_on=closes_on,
        professions=list(professions), specialties=[one.strip() for one in specialties if one.strip()],
        sample_size=sample_size, seed=secrets.randbits(40), created_by_id=actor.person_id, created_at=clock.now(),
    )  # fmt: skip
    return row


@action(needs=P.EDIT_EVALUATION, audit="campaign.launched")
def launch_campaign(actor: Actor, campaign: Campaign) -> Campaign | Unchanged:
    """Draw the sample and invite it. Whoever was asked too often lately is left in peace, and counted."""
    campaign = Campaign.objects.select_related("provider", "instrument").get(pk=campaign.pk)
    if campaign.launched_at is not None:
        return Unchanged(campaign)
    chosen = campaign_reads.choice(campaign)
    if not chosen.people:
        raise problem(
            "campaign.nobody", f"Nobody can be asked: {chosen.matching} match, {chosen.at_cap} of them were asked often enough lately.",
            "Widen the audience, or wait some weeks.", "audience",
        )  # fmt: skip
    now = clock.now()
    SurveyInvitation.objects.bulk_create(
        [
            SurveyInvitation(
                instrument_id=campaign.instrument_id, person_id=one.person_id, subject_type=CAMPAIGN, subject_id=campaign.pk,
                token_digest=digest_of(_token(campaign.instrument_id, one.person_id, campaign.pk)), invited_at=now,
                profession=one.profession, specialty=one.specialty, is_inside=one.is_inside,
            )
            for one in chosen.people
        ],
        batch_size=500,
    )  # fmt: skip
    campaign.launched_at, campaign.matching = now, chosen.matching
    campaign.at_cap, campaign.not_sampled = chosen.at_cap, chosen.not_sampled
    campaign.save(update_fields=["launched_at", "matching", "at_cap", "not_sampled"])
    asked = SurveyInvitation.objects.filter(subject_type=CAMPAIGN, subject_id=campaign.pk)
    enqueue("mail_campaign", asked.values_list("pk", flat=True))
    return campaign


def _token(instrument_id: int, person_id: int, campaign_id: int) -> str:
    return token_for("survey", instrument_id, person_id, CAMPAIGN, campaign_id)


def token_of(invitation: SurveyInvitation) -> str:
    """The secret of the link of one invitation to a campaign."""
    return _token(invitation.instrument_id, invitation.person_id, invitation.subject_id)


@action(needs=P.EDIT_EVALUATION, audit="campaign.closed")
def close_campaign(actor: Actor, campaign: Campaign) -> Campaign | Unchanged:
    """End a campaign before its last day; from then on its results can be read."""
    campaign = Campaign.objects.select_related("provider").get(pk=campaign.pk)
    if not campaign_reads.is_open(campaign):
        return Unchanged(campaign)
    campaign.closed_at = clock.now()
    campaign.save(update_fields=["closed_at"])
    return campaign


@action(needs=P.EDIT_EVALUATION, audit="campaigns.reminded", on=lambda **kwargs: Scope())
def remind_campaigns(actor: Actor, *, now: dt.datetime | None = None, limit: int = 500) -> list[int] | Unchanged:
    """Remind the silent of open campaigns, as often and as late as the book says. Returns the invitations reminded now."""
    at = now or clock.now()
    after = dt.timedelta(days=load_book("lifelong").integer("survey.remind_after_days"))
    own = reminders_by_provider()
    running = Campaign.objects.filter(launched_at__isnull=False, closed_at=None).select_related("provider")
    open_ids = [row.pk for row in running if campaign_reads.is_open(row, at)]
    silent = SurveyInvitation.objects.filter(
        subject_type=CAMPAIGN, subject_id__in=open_ids, answered_on=None, delivered_at__isnull=False
    )
    reminded: list[int] = []
    usual = load_book("lifelong").integer("survey.reminders")
    for already in reversed(range(MOST_REMINDERS)):
        late = silent.filter(reminders=already, invited_at__lte=at - after * (already + 1)).exclude(pk__in=reminded)
        allowed = [row.pk for row in running if own.get(row.provider_id, usual) > already]
        late = late.filter(subject_id__in=allowed)
        ids = list(late.order_by("pk").values_list("pk", flat=True)[:limit])
        SurveyInvitation.objects.filter(pk__in=ids).update(reminders=already + 1)
        reminded += ids
    if not reminded:
        return Unchanged([])
    enqueue("mail_campaign", reminded)
    return reminded


@action(needs=P.RECORD_OWN, audit="survey.begun")
def begin_survey(actor: Actor, invitation: SurveyInvitation) -> SurveyInvitation | Unchanged:
    """The first answer was touched. The day only."""
    if invitation.started_on is not None:
        return Unchanged(invitation)
    invitation.started_on = clock.today(invitation.instrument.provider.time_zone)
    invitation.save(update_fields=["started_on"])
    return invitation


@action(needs=P.RECORD_OWN, audit="survey.answered")
def answer_campaign(
    actor: Actor, invitation: SurveyInvitation, *, answers: Mapping[str, Any]
) -> SurveyInvitation | Unchanged:
    """Take an answer. An anonymous one carries the first day of the campaign, not its own, and no group smaller than the least.

    Retries: the first answer counts.
    """
    if invitation.answered_on is not None:
        return Unchanged(invitation)
    campaign = campaign_reads.campaign_of(invitation)
    if not campaign_reads.is_open(campaign):
        raise problem("survey.closed", "This survey has ended.", "You need not do anything.", "")
    instrument = campaign.instrument
    given, reasons = check(reads.form(instrument), answers)
    refuse_if_any(reasons)
    today = clock.today(campaign.provider.time_zone)
    group = (invitation.profession, invitation.specialty, invitation.is_inside)
    asked = SurveyInvitation.objects.filter(subject_type=CAMPAIGN, subject_id=campaign.pk)
    kept = in_company(asked.values_list("profession", "specialty", "is_inside"), reads.minimum_group())
    profession, specialty, is_inside = kept[group] if instrument.is_anonymous else group
    assert campaign.launched_at is not None
    keep_response(
        instrument.pk, given, subject_type=CAMPAIGN, subject_id=campaign.pk, activity_id=None,
        on=campaign.launched_at.date() if instrument.is_anonymous else today,
        profession=profession, specialty=specialty, is_inside=is_inside,
        pseudonym=pseudonym(instrument.key, CAMPAIGN, invitation.person_id) if instrument.is_matched else "",
        person_id=None if instrument.is_anonymous else invitation.person_id,
    )  # fmt: skip
    invitation.started_on = invitation.started_on or today
    invitation.answered_on = today
    invitation.save(update_fields=["started_on", "answered_on"])
    return invitation
