"""Fixtures of the improvement tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from cast import Cast
from lifelong.kernel.guard import writes_open
from loop.improvement.a_year import Year


@pytest.fixture
def year(cast: Cast) -> Iterator[Year]:
    with writes_open("test"):
        yield Year(cast)
