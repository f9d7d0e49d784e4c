"""Browsers at a real installation, and what every page of it must fulfil."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsers import Browsers
from installation import Site, start
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

BROWSER = next(
    (p for p in ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome") if Path(p).exists()),
    "chromium",
)
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "stories" in item.path.parts:
            item.add_marker(pytest.mark.story)


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
        page.wait_for_load_state("load")  # a redirect may still be under way
        assert "Traceback" not in page.content()
        wide = page.evaluate(SIDEWAYS)
        assert wide <= 1, f"{page.url} scrolls sideways by {wide} px"
        shape = re.sub(r"\d+", "0", page.url.split("?")[0]) + page.evaluate(SHAPE)
        if shape in seen:
            return
        found = axe.run(page, options={"runOnly": {"type": "tag", "values": LEVELS}, "resultTypes": ["violations"]})
        faults = [
            f"{v['id']}: {v['help']} at {[n['target'] for n in v['nodes']][:3]}" for v in found.response["violations"]
        ]
        assert faults == [], f"{page.url}: {faults}"
        seen.add(shape)

    return check
