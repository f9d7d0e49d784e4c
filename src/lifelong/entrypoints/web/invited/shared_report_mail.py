"""The mail that brings an outcome report to its reader."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse

from lifelong.loop.outcomes import sharing


def mail_shared_report(shared_id: int) -> None:
    """Effect: one mail with the reader's own link. A link that was taken back is not mailed; a repeat is a second mail, nothing worse."""
    shared = sharing.shared_by_id(shared_id)
    if shared is None or shared.sent_at is not None:
        return
    link = settings.BASE_URL.rstrip("/") + reverse("invited-report", args=[sharing.token_of(shared)])
    text = render_to_string(
        "invited/shared_report_mail.txt", {"shared": shared, "link": link, "days": sharing.LINK_DAYS}
    )
    title = " ".join(shared.activity.title.split())
    send_mail(f"What became of “{title}”", text, settings.DEFAULT_FROM_EMAIL, [shared.person.email])
    sharing.mark_sent(shared)
