"""Fixtures of the whole suite: a frozen clock where asked, the fixed cast, the outbox run by hand."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from cast import Cast, make_cast

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # the browser driver runs an event loop beside us

settings.register_profile("shared", deadline=None)  # machines are shared: speed is a benchmark's business
settings.load_profile("shared")

SHARED = Path(os.environ.get("LIFELONG_SHARED") or Path(__file__).parents[1].parent / "shared")


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    """What a process keeps for a few seconds must not leak from one test into the next."""
    from django.core.cache import cache

    from lifelong.loop.delivery.reads import forget_sessions
    from lifelong.loop.program.reads import forget_names

    forget_sessions()
    forget_names()
    cache.clear()  # counts of tries


@pytest.fixture
def cast(db: None) -> Cast:
    """A small fixed cast: two providers, one person per role, a stranger."""
    return make_cast()


@pytest.fixture
def run_effects() -> Callable[[], int]:
    """Do all waiting effects, as the worker would."""
    from lifelong.kernel.effects import perform_all

    return perform_all


@pytest.fixture
def shared() -> Path:
    """Reference data beside the checkout."""
    return SHARED


@pytest.fixture
def writing() -> Iterator[None]:
    """Open the door for arranging rows directly in a test."""
    from lifelong.kernel.guard import writes_open

    with writes_open("test"):
        yield
