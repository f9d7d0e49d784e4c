"""Where the login library meets our people."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.models import EmailAddress
from allauth.account.stages import LoginStage
from django.http import HttpRequest, HttpResponse

from lifelong.kernel import clock

CODE_STAGE = "allauth.account.stages.LoginByCodeStage"


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # the library is untyped
    """Accounts are people: a new account gets the fields a person must have."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return True

    def save_user(self, request: HttpRequest, user: Any, form: Any, commit: bool = True) -> Any:
        user.created_at = clock.now()
        return super().save_user(request, user, form, commit)

    def format_email_subject(self, subject: str) -> str:
        return f"Lifelong: {subject}"

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return "/home/"

    def get_login_stages(self) -> list[str]:
        """After a code from a mail was typed, the mailbox is proven; the library would ask for a second code."""
        stages = list(super().get_login_stages())
        stages.insert(stages.index(CODE_STAGE) + 1, "lifelong.entrypoints.web.login.MailboxProven")
        return stages


class MailboxProven(LoginStage):  # type: ignore[misc]  # the library is untyped
    """Whoever typed the code that was mailed to an address has that address: it counts as verified."""

    key = "mailbox_proven"

    def handle(self) -> tuple[HttpResponse | None, bool]:
        user = self.login.user
        # the library's own reader answers only for people who are signed in already
        records = self.request.session.get(AUTHENTICATION_METHODS_SESSION_KEY, [])
        proven = {str(record.get("email", "")).lower() for record in records if record.get("method") == "code"}
        good = {"verified": True, "primary": True}
        kept = EmailAddress.objects.filter(user=user, email=user.email)
        if user.email.lower() in proven and not kept.filter(**good).exists():  # written once, not at every sign-in
            EmailAddress.objects.update_or_create(user=user, email=user.email, defaults=good)
        return None, True
