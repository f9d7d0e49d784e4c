"""Messages that follow from acts at the door and on the profile page. Effects: a repeat is a second message, nothing worse."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.core.mail import send_mail

from lifelong.connectors.sms import Gateway
from lifelong.loop.delivery import reads as delivery
from lifelong.loop.people import reads as people


def gateway() -> Gateway:
    return Gateway(settings.SMS_GATEWAY_URL, settings.SMS_WEBHOOK_KEY, Path(settings.HOME) / "texts.log")


def send_phone_code(phone_id: int) -> None:
    """The six digits that prove a phone."""
    waiting = people.phone_waiting(phone_id)
    if waiting is not None:
        number, code = waiting
        gateway().send(
            f"phone-{phone_id}-{code}", number, f"{code} is your code for Lifelong. It counts for ten minutes."
        )


def tell_seat(registration_id: int) -> None:
    """A seat came free for the first on the waiting list."""
    found = delivery.registered(registration_id)
    if found is None:
        return
    link = f"{settings.BASE_URL}/me/register/{found.activity_id}/"
    text = (
        f"A seat came free and is now yours: {found.activity.title}.\n\nIf you cannot come, give it back here: {link}\n"
    )
    send_mail(f"You have a seat: {found.activity.title}", text, None, [found.person.email])
