"""Mail about disclosures. Effects: each takes the id of the act's row and may be repeated (a person then reads it twice)."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse

from lifelong.loop.integrity import reads
from lifelong.loop.integrity.actions import token_of


def send_disclosure_request(role_id: int) -> None:
    """The link to disclose, or the same link again as a reminder. Nothing is sent once it was answered or is over."""
    asked = reads.open_request(role_id)
    if asked is None:
        return
    role = asked.role
    link = settings.BASE_URL + reverse("invited-disclosure", kwargs={"token": token_of(asked)})
    again = "Reminder: " if asked.reminders else ""
    _send(
        f"{again}Your disclosure for {role.activity.title}",
        "invited/disclosure_mail.txt",
        role.person.email,
        role=role,
        link=link,
        asked=asked,
    )


def tell_role_started(role_id: int) -> None:
    """Tells the person that nothing stands in the way of the role."""
    role = reads.role_by_id(role_id)
    if role is not None and role.started_at:
        _send(
            f"You are confirmed for {role.activity.title}",
            "invited/disclosure_started_mail.txt",
            role.person.email,
            role=role,
        )


def tell_office_of_disclosure(disclosure_id: int) -> None:
    """A17: an office hears of a change that unsettles a role it had cleared."""
    for state in reads.unsettled_by(disclosure_id):
        provider = state.role.activity.provider
        contact = getattr(provider, "contact", None)
        if contact is None:
            continue
        link = settings.BASE_URL + reverse(
            "office-independence-role", kwargs={"slug": provider.slug, "role_id": state.role.pk}
        )
        _send(
            f"Changed disclosure: {state.role.person.full_name}",
            "invited/disclosure_changed_mail.txt",
            contact.email,
            role=state.role,
            link=link,
        )


def _send(subject: str, template: str, to: str, **context: object) -> None:
    text = render_to_string(template, context)
    send_mail(" ".join(subject.split()), text, settings.DEFAULT_FROM_EMAIL, [to])
