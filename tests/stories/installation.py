"""A running installation: own data folder, tiny demo of all five programs, web server, worker."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOAD = (
    "from lifelong.entrypoints.cli.main import set_up; set_up(); from lifelong.loop.demo.load import load; load('tiny')"
)


@dataclass
class Site:
    """A running installation."""

    url: str
    environment: dict[str, str]

    def cli(self, *arguments: str, code: int = 0, stdin: str = "") -> str:
        """Run `./lifelong` against it; checks the exit code and returns what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "lifelong", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            input=stdin,
            cwd=ROOT,
            check=False,
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
        # mails of one moment may share a file
        return [mail.replace("=\n", "") for file in files for mail in file.read_text().split("-" * 79)]

    def mailed(self, pattern: str, to: str = "", about: str = "", seconds: float = 60) -> re.Match[str]:
        """The newest mail (to that person, with those words) with something of that form; waits for the worker to send it."""
        until = time.time() + seconds
        while True:
            for mail in reversed(self.mails()):
                if (not to or f"To: {to}" in mail) and about in mail and (found := re.search(pattern, mail)):
                    return found
            assert time.time() < until, f"no mail to {to or 'anybody'} with {pattern}"
            time.sleep(0.3)

    def link_in_mail(self, pattern: str, to: str = "", about: str = "") -> str:
        """The newest link of that form that was mailed."""
        return self.url + self.mailed(rf"https?://[^\s/]+({pattern}[^\s]*)", to, about).group(1)


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
            assert process.poll() is None and time.time() < until, (
                f"the installation did not start: {(home / 'serve.log').read_text()}"
            )
            time.sleep(0.2)
    yield here
    process.send_signal(signal.SIGTERM)
    process.wait(20)
