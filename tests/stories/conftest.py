"""Browsers at a real installation, and what every page of it must fulfil."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from installation import Site, start
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

BROWSER = next((p for p in ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome") if Path(p).exists()), "chromium")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "stories" in item.path.parts:
            item.add_marker(pytest.mark.story)


SHORT = {"tufts": "Tufts", "umass": "UMass Chan", "hms": "Harvard", "uconn": "UConn", "washu": "WashU"}


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    yield from start(tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="module")
def later_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """An installation of its own for stories that move the clock."""
    yield from start(tmp_path_factory.mktemp("later"))


@pytest.fixture(scope="session")
def playwright_here() -> Iterator[Playwright]:
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def browser_here(playwright_here: Playwright) -> Iterator[Browser]:
    browser = playwright_here.chromium.launch(executable_path=BROWSER, args=QUIET)
    yield browser
    browser.close()


class Browsers:
    """Browsers of people at one installation, each with a session of its own."""

    def __init__(self, site: Site, browser: Browser) -> None:
        self.site, self.browser = site, browser
        self.contexts: list[BrowserContext] = []

    def new(self, *, phone: bool = False, width: int = 0) -> Page:
        """A browser of nobody: a desk's of 1280 px, or a phone's of 360 px."""
        wide = width or (360 if phone else 1280)
        size = {"width": wide, "height": 740 if wide < 700 else 860}
        context = self.browser.new_context(viewport=size, base_url=self.site.url, reduced_motion="reduce", accept_downloads=True)
        self.contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: pytest.fail(f"script fault on {page.url}: {error}"))
        page.on("console", lambda message: pytest.fail(f"{page.url}: {message.text}") if "Content Security Policy" in message.text else None)
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


@pytest.fixture
def sign_in(site: Site, browser_here: Browser) -> Iterator[Browsers]:
    browsers = Browsers(site, browser_here)
    yield browsers
    browsers.close()


@pytest.fixture
def sign_in_later(later_site: Site, browser_here: Browser) -> Iterator[Browsers]:
    """The same at the installation whose clock moves."""
    browsers = Browsers(later_site, browser_here)
    yield browsers
    browsers.close()


LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SHAPE = """() => [document.documentElement.clientWidth, ...new Set([...document.querySelectorAll('body *')].map(
    one => one.tagName + '.' + one.getAttribute('class') + one.getAttribute('role') + one.getAttribute('aria-current')))].sort().join(' ')"""
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="session")
def clean() -> Callable[[Page], None]:
    """`clean(page)` fails on any WCAG 2.2 A or AA fault that axe finds, and on sideways scrolling.

    A page made of the very same parts at the same width was looked at already, and is not again.
    """
    axe, seen = Axe(), set[str]()

    def check(page: Page) -> None:
        assert "Traceback" not in page.content()
        wide = page.evaluate(SIDEWAYS)
        assert wide <= 1, f"{page.url} scrolls sideways by {wide} px"
        shape = re.sub(r"\d+", "0", page.url.split("?")[0]) + page.evaluate(SHAPE)
        if shape in seen:
            return
        found = axe.run(page, options={"runOnly": {"type": "tag", "values": LEVELS}, "resultTypes": ["violations"]})
        faults = [f"{v['id']}: {v['help']} at {[n['target'] for n in v['nodes']][:3]}" for v in found.response["violations"]]
        assert faults == [], f"{page.url}: {faults}"
        seen.add(shape)

    return check
