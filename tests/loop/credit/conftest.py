"""What follows an award, as the page of effects declares it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lifelong.kernel.action import FOLLOWS
from lifelong.kernel.effects import HANDLERS
from lifelong.loop.credit import effects

AFTER_AN_AWARD = ("seal_ledger", "keep_total", "make_certificate")


@pytest.fixture(autouse=True)
def effects_of_credit(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> None:
    for verb in ("credit.awarded", "credit.awarded_late", "credit.corrected", "credit.reversed"):
        monkeypatch.setitem(FOLLOWS, verb, AFTER_AN_AWARD)
    for name in AFTER_AN_AWARD:
        monkeypatch.setitem(HANDLERS, name, getattr(effects, name))
    settings.ROOT_URLCONF = "link_names"
    settings.HOME = settings.STORED_FILES = tmp_path
