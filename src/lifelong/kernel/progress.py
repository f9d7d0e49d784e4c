"""Progress of long work, shown to whoever waits. Written outside the work's own transaction, so it is visible at once."""

from __future__ import annotations

import time

from lifelong.kernel import clock
from lifelong.kernel.guard import writes_open
from lifelong.kernel.models import Progress


def begin(kind: str, title: str, *, provider_id: int | None, person_id: int | None, total: int = 0) -> Progress:
    with writes_open("progress"):
        return Progress.objects.create(
            kind=kind,
            title=title[:200],
            provider_id=provider_id,
            person_id=person_id,
            total=total,
            state="running",
            started_at=clock.now(),
        )


class Meter:
    """Counts steps and writes them at most five times a second."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.done = 0
        self._written_at = 0.0

    def step(self, count: int = 1) -> None:
        self.done += count
        if time.monotonic() - self._written_at > 0.2:
            self._written_at = time.monotonic()
            with writes_open("progress"):
                Progress.objects.filter(pk=self.progress.pk).update(done=self.done)

    def finish(self, sentence: str, *, state: str = "done") -> None:
        with writes_open("progress"):
            Progress.objects.filter(pk=self.progress.pk).update(
                done=self.done, state=state, sentence=sentence[:400], finished_at=clock.now()
            )
