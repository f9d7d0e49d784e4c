"""Stored files, kept once each under their SHA-256."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path

from django.conf import settings

from lifelong.kernel import clock
from lifelong.kernel.models import StoredFile


def _path(sha256: str) -> Path:
    return Path(settings.STORED_FILES) / sha256[:2] / sha256


def store(content: bytes, name: str, media_type: str) -> StoredFile:
    """Keep `content`; the same bytes are kept once. Call inside an action. The file is on disk before the row is committed."""
    sha256 = hashlib.sha256(content).hexdigest()
    path = _path(sha256)
    if not path.exists():
        keep_bytes(content, path)
    row, _ = StoredFile.objects.get_or_create(
        sha256=sha256,
        defaults={"size": len(content), "media_type": media_type, "name": name[:200], "created_at": clock.now()},
    )
    return row


def keep_bytes(content: bytes, path: Path) -> None:
    """Write a file whole or not at all; two threads may keep the same bytes at the same moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_suffix(f".{secrets.token_hex(8)}.part")
    with half.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    half.rename(path)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    """The name of a file is on disk only when its folder is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read(file: StoredFile) -> bytes:
    return _path(file.sha256).read_bytes()
