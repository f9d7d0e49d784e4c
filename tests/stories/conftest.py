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
        files = sorted(folder.glob("*.log"), key=lambda file: file.stat().st_mtime) if folder.exists() else []
        return [file.read_text().replace("=\n", "") for file in files]

    def mailed(self, pattern: str, to: str = "", seconds: float = 15) -> re.Match[str]:
        """The newest mail (to that person) with something of that form; waits for the worker to send it."""
        until = time.time() + seconds
        while True:
            for mail in reversed(self.mails()):
                if (not to or f"To: {to}" in mail) and (found := re.search(pattern, mail)):
                    return found
            assert time.time() < until, f"no mail to {to or 'anybody'} with {pattern}"
            time.sleep(0.3)

    def link_in_mail(self, pattern: str, to: str = "") -> str:
        """The newest link of that form that was mailed."""
        return self.url + self.mailed(rf"https?://[^\s/]+({pattern}[^\s]*)", to).group(1)


LOAD = "from lifelong.entrypoints.cli.main import set_up; set_up(); from lifelong.loop.demo.load import load; load('tiny')"
SHORT = {"tufts": "Tufts", "umass": "UMass Chan", "hms": "Harvard", "uconn": "UConn", "washu": "WashU"}


def start(home: Path) -> Iterator[Site]:
    """An installation with the tiny fictional year, its web server and worker; stopped at the end."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    environment = {
        **os.environ, "LIFELONG_HOME": str(home), "LIFELONG_DEMO": "1", "PORT": str(port), "LIFELONG_SMS_KEY": "only-for-tests", "LIFELONG_DATABASE": "",
        "DJANGO_SETTINGS_MODULE": "lifelong.project.settings", "PYTHONPATH": str(ROOT / "src"), "LIFELONG_BASE_URL": f"http://localhost:{port}",
    }  # fmt: skip
    here = Site(f"http://localhost:{port}", environment)
    here.cli("migrate")
    subprocess.run([sys.executable, "-c", LOAD], env=environment, cwd=ROOT, check=True)
    with (home / "serve.log").open("w") as log:
        command = [sys.executable, "-m", "lifelong", "serve", "--port", str(port), "--workers", "1"]
        process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=log, stderr=log)
    until = time.time() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
        except OSError:
            assert process.poll() is None and time.time() < until, f"the installation did not start: {(home / 'serve.log').read_text()}"
            time.sleep(0.2)
    yield here
    process.send_signal(signal.SIGTERM)
    process.wait(20)


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
        for context in self.contexts:
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
