"""What follows from a campaign: its mails. A repeat is a second mail, nothing worse."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import send_mail
from django.urls import reverse

from lifelong.kernel import clock
from lifelong.loop.surveys.campaign_reads import campaign_of, is_open
from lifelong.loop.surveys.campaigns import token_of
from lifelong.loop.surveys.forms import promise
from lifelong.loop.surveys.models import SurveyInvitation


def mail_campaign(invitation_id: int) -> None:
    """The invitation, or a reminder, with the person's own link. Not sent to whoever has answered, nor after the end."""
    row = (
        SurveyInvitation.objects.select_related("person", "instrument")
        .filter(pk=invitation_id, answered_on=None)
        .first()
    )
    if row is None:
        return
    campaign = campaign_of(row)
    if not is_open(campaign):
        return
    link = settings.BASE_URL.rstrip("/") + reverse("invited-survey", args=[token_of(row)])
    until = f"{campaign.closes_on.day} {campaign.closes_on:%B %Y}"
    keeps = promise(
        is_anonymous=row.instrument.is_anonymous, is_matched=row.instrument.is_matched, kind=row.instrument.kind
    )
    again = "we asked you some days ago, and would still like to hear from you.\n" if row.reminders else ""
    body = (
        f"{row.person.given_name},\n\n{again}{campaign.title}\n{row.instrument.intro}\n\n{link}\n\n"
        f"It is open until {until}. {keeps}\nYou need not answer; nothing depends on it.\n\n{campaign.provider.office_name}\n"
    )
    send_mail(("Reminder: " if row.reminders else "") + campaign.title, body, None, [row.person.email])
    if row.delivered_at is None:
        SurveyInvitation.objects.filter(pk=row.pk).update(delivered_at=clock.now())
