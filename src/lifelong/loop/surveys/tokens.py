"""Secret links: the token is derived from the installation's secret and a natural key, so it can be mailed after the commit
and mailed again; only its digest is kept."""

from __future__ import annotations

import base64
import hashlib
import hmac

from django.conf import settings


def token_for(purpose: str, *key: object) -> str:
    """256 bits, URL-safe; the same for the same purpose and key."""
    message = "\x1f".join(str(part) for part in (purpose, *key)).encode()
    secret = hashlib.sha256(b"links\x1f" + settings.SECRET_KEY.encode()).digest()
    return base64.urlsafe_b64encode(hmac.digest(secret, message, "sha256")).rstrip(b"=").decode()


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def pseudonym(family: str, about: object, person_id: int) -> str:
    """The code that pairs one learner's answers to a family of forms (its key) about one thing (an activity, a campaign).

    Keyed with a secret of its own, so that nobody who reads the database can find the person; other forms, and the same form
    about something else, give another code.
    """
    secret = hashlib.sha256(b"pseudonyms\x1f" + settings.SECRET_KEY.encode()).digest()
    return hmac.digest(secret, f"{family}\x1f{about}\x1f{person_id}".encode(), "sha256").hex()
