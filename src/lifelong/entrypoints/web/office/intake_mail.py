"""The mail that tells an applicant what the office decided."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse

from lifelong.loop.planning import intake


def tell_applicant(application_id: int) -> None:
    """Effect: one mail with the decision, its words and the conditions. A repeat is a second mail, nothing worse."""
    row = intake.decided(application_id)
    if row is None:
        return
    link = settings.BASE_URL.rstrip("/") + reverse("office-intake-application", args=[row.provider.slug, row.pk])
    text = render_to_string("office/intake_mail.txt", {"application": row, "link": link})
    send_mail(
        f"“{' '.join(row.title.split())}”: the office has decided",
        text,
        settings.DEFAULT_FROM_EMAIL,
        [row.applicant.email],
    )
