"""A measure file is judged whole before anything of it is kept: what it is, what it holds, or why nothing is taken."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from lifelong.formats.cms import Item, Point, Refusal, read, read_office_csv, recognise, why_unknown
from lifelong.formats.cms.office import NEEDED
from lifelong.formats.cms.records import Limits
from lifelong.formats.cms.rows import Rows, Unreadable
from lifelong.kernel.problems import Problem, problem
from lifelong.kernel.progress import Meter
from lifelong.loop.needs.models import OWN_TABLE

KEPT_REFUSALS = 200
STEP = 2_000


@dataclass
class Reading:
    """What a file brings. `refusals` are the first lines that were not taken; `refused` counts all of them."""

    sha256: str
    filename: str
    release: str
    layout: str
    is_public: bool
    rows: int = 0
    points: int = 0
    suppressed: int = 0
    refused: int = 0
    refusals: list[Refusal] = field(default_factory=list)

    def items(self, file: BinaryIO) -> Iterator[Item]:
        """The file from its beginning, as frozen records."""
        file.seek(0)
        if self.is_public:
            return read(file, self.filename, release=self.release)
        return iter(_own_table(file, self.filename))


def judge(file: BinaryIO, filename: str, *, release: str = "", meter: Meter | None = None) -> Reading:
    """Read the whole file once, keeping nothing. Raises Problem where the file as a whole cannot be taken."""
    reading = open_reading(file, filename, release=release)
    stopped: Refusal | None = None
    for item in reading.items(file):
        reading.rows += 1
        if meter and reading.rows % STEP == 0:
            meter.step(STEP)
        if isinstance(item, Refusal):
            reading.refused += 1
            if item.field in ("header", "file") and "more lines were refused" not in item.reason:
                stopped = item
            if len(reading.refusals) < KEPT_REFUSALS:
                reading.refusals.append(item)
        elif isinstance(item, Point):
            if item.value is None:
                reading.suppressed += 1
            else:
                reading.points += 1
                _needs_a_time(item)
    if stopped is not None:
        raise problem("needs.file_refused", f"Line {stopped.line}: {stopped.reason}.", stopped.next_step, "file")
    if reading.refused == reading.rows:
        first = reading.refusals[0].reason if reading.refusals else "there is nothing under its header"
        raise problem(
            "needs.file_empty",
            f"No line of {filename[-80:]} could be taken: {first}.",
            "Check the file and upload it again.",
            "file",
        )
    return reading


def open_reading(file: BinaryIO, filename: str, *, release: str = "") -> Reading:
    """Look at the header only: which layout is it? Raises Problem for an unknown table or one with patient identity."""
    digest = hashlib.sha256()
    file.seek(0)
    while block := file.read(1 << 20):
        digest.update(block)
    header = _header(file)
    layout = recognise(header, filename)
    if layout is not None:
        return Reading(digest.hexdigest(), filename, release, layout.title, is_public=True)
    own = {"_".join(name.lower().split()) for name in header}
    try:
        _own_table(file, filename)
    except Problem as refusal:
        if refusal.code != "cms.missing_columns" or len(own & set(NEEDED)) >= 2:
            raise
        reason = why_unknown(header, filename)
        raise problem("needs.layout_unknown", reason.sentence, reason.next_step, "file") from refusal
    return Reading(digest.hexdigest(), filename, release, OWN_TABLE, is_public=False)


def release_label(point: Point) -> str:
    """Under which release a figure is kept: its month, or its own window; purchasing files print two figures a release."""
    base = point.release
    if not base and point.period_start and point.period_end:
        base = f"{point.period_start:%Y%m%d}-{point.period_end:%Y%m%d}"
    return f"{base} {phase_of(point.note)}".strip()


def phase_of(note: str) -> str:
    """`baseline` or `performance` of a purchasing figure; empty for others."""
    word = note.partition(";")[0]
    return word if word in ("baseline", "performance") else ""


def _header(file: BinaryIO) -> list[str]:
    file.seek(0)
    try:
        return next(iter(Rows(file, Limits())), [])
    except Unreadable as found:
        refusal = found.refusal
        raise problem(
            "needs.file_refused", f"Line {refusal.line}: {refusal.reason}.", refusal.next_step, "file"
        ) from found


def _own_table(file: BinaryIO, filename: str) -> list[Item]:
    file.seek(0)
    reading = read_office_csv(file, filename)
    if reading.refused is not None:
        raise Problem(reading.refused)
    return [*reading.points, *reading.refusals]


def _needs_a_time(point: Point) -> None:
    if not release_label(point):
        raise problem(
            "needs.release_unknown",
            "Neither the file nor its name says when these figures were published.",
            "Give the month of the release, for example 2024-07.",
            "release",
        )
