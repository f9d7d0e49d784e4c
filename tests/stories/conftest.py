"""A real installation for the stories: own data folder, tiny demo of all five programs, web server, worker, browser."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

ROOT = Path(__file__).parents[2]
BROWSER = next((p for p in ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome") if Path(p).exists()), "chromium")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "stories" in item.path.parts:
            item.add_marker(pytest.mark.story)


@dataclass
class Site:
    """A running installation."""

    url: str
    environment: dict[str, str]

    def cli(self, *arguments: str, code: int = 0, stdin: str = "") -> str:
        """Run `./lifelong` against it; checks the exit code and returns what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "lifelong", *arguments], env=self.environment, capture_output=True, text=True, input=stdin, cwd=ROOT, check=False
        )
        assert done.returncode == code, f"lifelong {' '.join(arguments)}: {done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        return done.stdout

    def work(self) -> None:
        """Let everything that waits be done."""
        self.cli("worker", "--until-idle")

    def mails(self) -> list[str]:
        folder = Path(self.environment["LIFELONG_HOME"]) / "mail"
        return [file.read_text() for file in sorted(folder.glob("*.log"), key=lambda f: f.stat().st_mtime)] if folder.exists() else []

    def link_in_mail(self, pattern: str) -> str:
        """The newest link of that form that was mailed."""
        for mail in reversed(self.mails()):
            if found := re.search(rf"https?://[^\s]+({pattern}[^\s]*)", mail.replace("=\n", "")):
                return self.url + found.group(1)
        raise AssertionError(f"no mail with a link like {pattern}")


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    home = tmp_path_factory.mktemp("site")
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    environment = {
        **os.environ, "LIFELONG_HOME": str(home), "LIFELONG_DEMO": "1", "PORT": str(port), "LIFELONG_SMS_KEY": "only-for-tests", "LIFELONG_DATABASE": "",
        "DJANGO_SETTINGS_MODULE": "lifelong.project.settings", "PYTHONPATH": str(ROOT / "src"), "LIFELONG_BASE_URL": f"http://localhost:{port}",
    }  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "lifelong", "run", "--port", str(port), "--size", "tiny", "--workers", "1"], env=environment, cwd=ROOT, stdout=subprocess.DEVNULL
    )
    until = time.time() + 120
    while time.time() < until:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
        except OSError:
            assert process.poll() is None, "the installation did not start"
            time.sleep(0.2)
    yield Site(f"http://localhost:{port}", environment)
    process.send_signal(signal.SIGTERM)
    process.wait(20)


@pytest.fixture(scope="session")
def playwright_here() -> Iterator[Playwright]:
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def browser_here(playwright_here: Playwright) -> Iterator[Browser]:
    browser = playwright_here.chromium.launch(executable_path=BROWSER, args=QUIET)
    yield browser
    browser.close()


SignIn = Callable[..., Page]


@pytest.fixture
def sign_in(site: Site, browser_here: Browser) -> Iterator[SignIn]:
    """`sign_in("director@tufts.demo.example")` gives a page in a browser of its own, signed in by the demo's one click."""
    contexts: list[BrowserContext] = []

    def open_page(email: str = "", *, phone: bool = False) -> Page:
        size = {"width": 360, "height": 740} if phone else {"width": 1280, "height": 860}
        context = browser_here.new_context(viewport=size, base_url=site.url, reduced_motion="reduce")
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: pytest.fail(f"script fault on {page.url}: {error}"))
        page.on("console", lambda message: pytest.fail(f"{page.url}: {message.text}") if "Content Security Policy" in message.text else None)
        if email:
            page.goto("/account/login/")
            page.locator(f'form[action="/account/demo/"]:has(input[value="{email}"]) button').first.click()
            page.wait_for_url(re.compile(r"/(home|me|office|lead)/"))
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def clean() -> Callable[[Page], None]:
    """`clean(page)` fails on any WCAG 2.2 A or AA fault that axe finds, and on sideways scrolling."""
    axe = Axe()

    def check(page: Page) -> None:
        found = axe.run(page, options={"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}})
        faults = [f"{v['id']}: {v['help']} at {[n['target'] for n in v['nodes']][:3]}" for v in found.response["violations"]]
        assert faults == [], f"{page.url}: {faults}"
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 1, f"{page.url} scrolls sideways by {wide} px"

    return check
