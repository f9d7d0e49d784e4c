"""The one clock. A demo may run ahead of the wall clock; nothing else reads the time elsewhere."""

from __future__ import annotations

import datetime as dt
import time
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings

_checked_at = -1.0
_ahead = dt.timedelta(0)


def _offset_file() -> Path:
    return Path(settings.HOME) / "demo-clock"


def _offset() -> dt.timedelta:
    """How far the demo runs ahead; re-read every second so that web and worker agree."""
    global _checked_at, _ahead
    if not settings.DEMO:
        return dt.timedelta(0)
    if time.monotonic() - _checked_at > 1:
        file = _offset_file()
        _ahead = dt.timedelta(seconds=float(file.read_text())) if file.exists() else dt.timedelta(0)
        _checked_at = time.monotonic()
    return _ahead


def now() -> dt.datetime:
    """The present instant, in UTC."""
    return dt.datetime.now(dt.UTC) + _offset()


def today(zone: str = "UTC") -> dt.date:
    """The day it is now in `zone` (IANA name)."""
    return now().astimezone(ZoneInfo(zone)).date()


def advance(days: int) -> dt.datetime:
    """Move the demo's clock forward; returns the new present."""
    global _checked_at
    ahead = _offset() + dt.timedelta(days=days)
    _offset_file().write_text(str(ahead.total_seconds()))
    _checked_at = -1.0
    return now()
