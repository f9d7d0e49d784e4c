"""Starting and stopping: web server, job worker, migrations."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from types import FrameType

import click

from lifelong.entrypoints.cli.main import set_up


@click.command()
def migrate() -> None:
    """Bring the database to this version; an installation that is up to date is left alone."""
    set_up()
    from lifelong.entrypoints.database import bring_up

    done = bring_up()
    click.echo("The database is up to date." if done else "The database was up to date.")


@click.command()
@click.option("--port", default=lambda: int(os.environ.get("PORT", "8000")), show_default="PORT or 8000")
@click.option("--size", type=click.Choice(["small", "medium", "large"]), default="small", show_default=True)
@click.option("--workers", default=2, show_default=True, help="Web processes.")
def run(port: int, size: str, workers: int) -> None:
    """Start Lifelong with its demo: migrates, loads the fictional year on a first start, then serves."""
    os.environ["LIFELONG_DEMO"] = "1"
    os.environ.setdefault("PORT", str(port))
    set_up()
    _prepare()
    from lifelong.loop.demo.load import expected_rows, is_loaded, load, sign_ins

    if not is_loaded():
        with click.progressbar(length=expected_rows(size), label="The fictional year", file=sys.stderr) as bar:
            load(size, bar.update)
    click.echo(f"\nLifelong is at http://localhost:{port}\n")
    for line in sign_ins():
        click.echo(line)
    click.echo("\nStop with Ctrl+C.")
    _serve(port, workers)


@click.command()
@click.option("--port", default=lambda: int(os.environ.get("PORT", "8000")), show_default="PORT or 8000")
@click.option("--workers", default=2, show_default=True, help="Web processes.")
def serve(port: int, workers: int) -> None:
    """Start web server and job worker on an existing installation."""
    set_up()
    _prepare()
    click.echo(f"Lifelong is at http://localhost:{port}")
    _serve(port, workers)


def _prepare() -> None:
    """Migrations and static files, each only when something changed: a second start is quick."""
    from django.conf import settings
    from django.core.management import call_command

    from lifelong.entrypoints.database import bring_up, is_current

    if not is_current():
        click.echo("Setting up the database ...")
        bring_up()
    newest = max(
        (file.stat().st_mtime for folder in settings.STATICFILES_DIRS for file in folder.rglob("*") if file.is_file()),
        default=0,
    )
    manifest = settings.STATIC_ROOT / "staticfiles.json"
    if not manifest.exists() or manifest.stat().st_mtime < newest:
        call_command("collectstatic", verbosity=0, interactive=False)


def _serve(port: int, workers: int) -> None:
    """Granian and one job worker as children; ends with them, and takes them along when it ends."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "lifelong.project.settings"}
    web = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", os.environ.get("LIFELONG_BIND", "127.0.0.1"), "--port", str(port),
        "--workers", str(workers), "--blocking-threads", "4", "--log-level", "warning", "--no-ws", "--respawn-failed-workers", "lifelong.project.wsgi:application",
    ]  # fmt: skip
    jobs = [sys.executable, "-m", "lifelong", "worker"]
    children = [subprocess.Popen(command, env=environment) for command in (web, jobs)]

    def stop(_number: int, _frame: FrameType | None) -> None:
        for child in children:
            with suppress(ProcessLookupError):
                child.terminate()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    while children[0].poll() is None:
        if children[1].poll() is not None and children[0].poll() is None:
            # a worker that died is started again; what it had in hand is found in the outbox
            children[1] = subprocess.Popen(jobs, env=environment)
        time.sleep(0.5)
    stop(0, None)
    for child in children:
        child.wait()
    sys.exit(0 if children[0].returncode in (0, -signal.SIGTERM, -signal.SIGINT) else 1)


@click.command()
@click.option("--until-idle", is_flag=True, help="Stop when nothing is left to do.")
def worker(until_idle: bool) -> None:
    """Run jobs: what follows from what people did, and what is due by the calendar."""
    set_up()
    from lifelong.entrypoints.jobs.worker import work

    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    work(stopping, until_idle=until_idle)
