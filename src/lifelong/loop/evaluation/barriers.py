"""The list of barriers, read from `barriers.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class BarrierKind:
    """One entry: what learners read, its domain of behaviour ("" for none), and whether education can do something about it."""

    code: str
    label: str
    tdf: str
    addressable: bool
    who: str  # key of WHO; "" where nobody can be named


WHO = {
    "education": "The CE office and its faculty",
    "departments": "Departments and teams",
    "leaders": "Leaders of the hospital or practice",
    "payers": "Payers",
    "": "Not known beforehand",
}


@cache
def barrier_kinds() -> dict[str, BarrierKind]:
    raw = tomllib.loads(Path(__file__).with_name("barriers.toml").read_text(encoding="utf-8"))
    return {
        row["code"]: BarrierKind(row["code"], row["label"], row["tdf"], row["addressable"], row["who"])
        for row in raw["barrier"]
    }
