"""The result of a survey becomes a source of needs, and supports a gap."""

from __future__ import annotations

from lifelong.kernel.access import Actor, Permission
from lifelong.kernel.action import Unchanged, action
from lifelong.kernel.problems import problem
from lifelong.loop.needs.actions import add_source
from lifelong.loop.needs.models import GapSource, NeedsSource, PracticeGap
from lifelong.loop.program.models import AccreditedProvider, Term
from lifelong.loop.surveys import campaign_reads
from lifelong.loop.surveys.models import Campaign

#: how the programs name a survey among their sources of needs, the nearest first
KINDS = ("needs_campaign", "learner_survey", "provider_survey", "survey", "prior_evaluation")


@action(needs=Permission.EDIT_NEEDS, audit="campaign.cited")
def cite_campaign(
    actor: Actor, provider: AccreditedProvider, *, campaign: Campaign, gap: PracticeGap | None = None, link: str = ""
) -> NeedsSource | Unchanged:
    """Keep the ended campaign as a needs source with its finding, and cite it in `gap`. Idempotent.

    Raises Problem while the campaign runs, and where the program's list of sources has no survey.
    """
    if campaign.provider_id != provider.pk or not campaign_reads.has_ended(campaign):
        raise problem("campaign.runs", "The survey has not ended.", "Cite it when all answers are in.", "campaign")
    source = add_source(
        actor, provider, kind=_kind(provider), title=f"Survey: {campaign.title}", publisher=provider.name,
        citation=f"{campaign.instrument.title}, version {campaign.instrument.version}, ended {campaign.closes_on:%d %B %Y}",
        published_on=campaign.closes_on, link=link, finding=campaign_reads.finding(actor, campaign),
    )  # fmt: skip
    if gap is None:
        return source
    if gap.provider_id != provider.pk:
        raise problem("campaign.gap", "This gap belongs to another program.", "Choose one of your own.", "gap")
    _, made = GapSource.objects.get_or_create(gap=gap, source=source)
    return source if made else Unchanged(source)


def _kind(provider: AccreditedProvider) -> str:
    known = set(
        Term.objects.filter(provider=provider, taxonomy="needs_source", retired_on=None).values_list("key", flat=True)
    )
    found = next((key for key in KINDS if key in known), None)
    if found is None:
        raise problem(
            "campaign.kind",
            "The sources of needs of this program know no survey.",
            "Add one to the list of needs sources in the program's profile.",
            "kind",
        )
    return found
