"""Bytes into rows, one at a time, in constant memory, with bounds that hold against hostile files."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from typing import IO

from lifelong.formats.cms.records import Limits, Refusal

BINARY_STARTS = (
    b"PK\x03\x04",
    b"\x89PNG",
    b"%PDF",
    b"PAR1",
    b"\xd0\xcf\x11\xe0",
    b"\x7fELF",
    b"GIF8",
    b"\xff\xd8\xff",
    b"BM\x00",
)


class Unreadable(ValueError):
    """The file cannot be read on: carries the refusal."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.reason)
        self.refusal = refusal


def unreadable(line: int, reason: str, next_step: str, value: str = "") -> Unreadable:
    return Unreadable(Refusal(line=line, field="file", value=value[:60], reason=reason, next_step=next_step))


class Rows:
    """An iterator of rows (lists of text) over a binary or text file; `line` is the physical line last read.

    Plain or gzip bytes, UTF-8 with or without byte-order mark; a line that is not UTF-8 is read as Windows-1252, as the older
    releases are. Raises `Unreadable` when a bound of `limits` is passed, on NUL bytes, and on files that are not text.
    """

    def __init__(self, file: IO[bytes] | IO[str], limits: Limits) -> None:
        self.limits = limits
        self.line = 0
        self._taken = 0
        self._record = 0  # characters since the last whole row: an open quote may not swallow the file
        self._lines = self._text(file) if _is_text(file) else self._bytes(_opened(file))  # type: ignore[arg-type]
        self._reader = csv.reader(self._lines)

    def __iter__(self) -> Iterator[list[str]]:
        count = 0
        last = self.limits.rows
        try:
            for row in self._reader:
                self._record = 0
                count += 1
                if count > last:
                    raise unreadable(
                        self.line, f"the file has more than {last:,} rows", "Split the file and upload the parts."
                    )
                yield row
        except csv.Error as problem:
            raise unreadable(
                self.line,
                f"the line cannot be cut into columns ({problem})",
                "Look for a quotation mark that is never closed.",
            ) from problem

    def _bytes(self, file: IO[bytes]) -> Iterator[str]:
        bound = self.limits.line_characters
        readline = file.readline
        while raw := self._guarded(readline, bound + 1):
            self._check(len(raw), bound)
            if self.line == 1:
                raw = self._first(raw)
            if b"\0" in raw:
                raise unreadable(
                    self.line,
                    "the line holds NUL bytes: this is not a text table",
                    "Save the table as CSV (UTF-8) and upload that.",
                )
            try:
                yield raw.decode("utf-8")
            except UnicodeDecodeError:
                yield raw.decode("cp1252", errors="replace")

    def _text(self, file: IO[str]) -> Iterator[str]:
        bound = self.limits.line_characters
        while text := file.readline(bound + 1):
            self._check(len(text), bound)
            if "\0" in text:
                raise unreadable(
                    self.line,
                    "the line holds NUL bytes: this is not a text table",
                    "Save the table as CSV (UTF-8) and upload that.",
                )
            yield text.lstrip("\ufeff") if self.line == 1 else text

    def _check(self, length: int, bound: int) -> None:
        self.line += 1
        self._taken += length
        self._record += length
        if self._record > bound:
            raise unreadable(
                self.line,
                f"a line is longer than {bound:,} characters",
                "This is not a measure table; check which file was chosen.",
            )
        if self._taken > self.limits.bytes:
            raise unreadable(
                self.line,
                f"the file is larger than {self.limits.bytes:,} bytes",
                "Split the file and upload the parts.",
            )

    def _guarded(self, readline: object, bound: int) -> bytes:
        try:
            return readline(bound)  # type: ignore[operator, no-any-return]
        except (OSError, EOFError, zlib.error) as problem:
            raise unreadable(self.line, "the compressed file is damaged", "Download or compress it again.") from problem

    def _first(self, raw: bytes) -> bytes:
        if raw.startswith(BINARY_STARTS):
            raise unreadable(
                1, "this is not a text table, whatever its name says", "Export the table as CSV and upload that."
            )
        if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise unreadable(1, "the file is UTF-16", "Save it as CSV (UTF-8).")
        return raw.removeprefix(b"\xef\xbb\xbf")


def _is_text(file: IO[bytes] | IO[str]) -> bool:
    return isinstance(file, io.TextIOBase)


def _opened(file: IO[bytes]) -> IO[bytes]:
    """The plain bytes behind a file that may be gzip."""
    buffered = file if hasattr(file, "peek") else io.BufferedReader(_Raw(file))
    if buffered.peek(2)[:2] == b"\x1f\x8b":
        return io.BufferedReader(gzip.GzipFile(fileobj=buffered, mode="rb"), buffer_size=1 << 17)
    return buffered


class _Raw(io.RawIOBase):
    """Any object with `read` as a raw stream, so that it can be peeked into."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)
