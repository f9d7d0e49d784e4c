"""The regular letter to a leader, as mail: plain text that reads well anywhere."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse

from lifelong.loop.improvement import letters


def mail_leader_letter(letter_id: int) -> None:
    """Effect: one mail a letter; a repeat finds it sent and does nothing."""
    row = letters.letter_by_id(letter_id)
    if row is None:
        return
    subject, text = text_of(letters.letter(row.provider), row.person.full_name)
    send_mail(subject, text, settings.DEFAULT_FROM_EMAIL, [row.person.email])
    letters.mark_sent(row)


def text_of(of: letters.Letter, name: str) -> tuple[str, str]:
    """(subject, text) of a letter."""
    provider = of.provider
    base = settings.BASE_URL.rstrip("/")
    text = render_to_string(
        "leadership/letter_mail.txt",
        {"letter": of, "name": name, "link": base + reverse("lead-mission", args=[provider.slug]), "report": base + reverse("lead-report", args=[provider.slug])},
    )  # fmt: skip
    return f"{provider.short_name}: {of.reached} of {len(of.results)} expected results reached in {of.year}", text
