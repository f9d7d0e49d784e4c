"""Browsers of people at an installation: desks and phones, each with a session of its own."""

from __future__ import annotations

import os
import re

import pytest
from installation import Site
from playwright.sync_api import Browser, BrowserContext, Page

SHORT = {"tufts": "Tufts", "umass": "UMass Chan", "hms": "Harvard", "uconn": "UConn", "washu": "WashU"}


class Browsers:
    """Browsers of people at one installation, each with a session of its own."""

    def __init__(self, site: Site, browser: Browser) -> None:
        self.site, self.browser = site, browser
        self.contexts: list[BrowserContext] = []

    def new(self, *, phone: bool = False, width: int = 0) -> Page:
        """A browser of nobody: a desk's of 1280 px, or a phone's of 360 px."""
        wide = width or (360 if phone else 1280)
        size = {"width": wide, "height": 740 if wide < 700 else 860}
        context = self.browser.new_context(
            viewport=size, base_url=self.site.url, reduced_motion="reduce", accept_downloads=True
        )
        self.contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: pytest.fail(f"script fault on {page.url}: {error}"))
        page.on(
            "console",
            lambda message: (
                pytest.fail(f"{page.url}: {message.text}") if "Content Security Policy" in message.text else None
            ),
        )
        page.on("response", lambda answer: pytest.fail(f"{answer.url} broke down") if answer.status >= 500 else None)
        return page

    def __call__(self, role: str, program: str = "tufts", *, phone: bool = False, width: int = 0) -> Page:
        """Signed in with the demo's one click, as `sign_in("coordinator", "tufts")`."""
        page = self.new(phone=phone, width=width)
        page.goto("/account/login/")
        words = role.replace("_", " ").capitalize()
        page.get_by_role("button", name=re.compile(f"^{words} of {SHORT[program]}:")).click()
        page.wait_for_url(re.compile(r"/(home|me|office|lead)/"))
        return page

    def close(self) -> None:
        """With LIFELONG_STORY_PICTURES=folder, what each browser showed last is kept there."""
        folder = os.environ.get("LIFELONG_STORY_PICTURES")
        for number, context in enumerate(self.contexts, start=1):
            if folder and context.pages:
                context.pages[0].screenshot(path=f"{folder}/browser-{number}.png", full_page=True)
            context.close()
