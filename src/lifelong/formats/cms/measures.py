"""The catalogue of known measures, read once from `measures.toml` and `labels.toml` beside this file."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from lifelong.formats.cms.cells import measure_id

HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Measure:
    """What a measure counts. `better` is "context" where neither direction is good. `window_months` is how long a figure looks back."""

    id: str
    title: str
    better: Literal["higher", "lower", "context"]
    unit: str
    topic: str
    window_months: int
    steward: str
    kind: Literal["process", "outcome", "experience", "structure"]
    panel_fraction: bool = False
    retired: bool = False

    @property
    def proximal(self) -> bool:
        """True where a change in what clinicians do shows directly (process), False where patients' fate stands between."""
        return self.kind in ("process", "structure")


@lru_cache(maxsize=1)
def catalogue() -> dict[str, Measure]:
    """All known measures by id."""
    tables = tomllib.loads((HERE / "measures.toml").read_text(encoding="utf-8"))
    return {key: Measure(id=key, **table) for key, table in tables.items()}


@lru_cache(maxsize=1)
def _labels() -> dict[str, Any]:
    return tomllib.loads((HERE / "labels.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=4096)
def find(identifier: str) -> Measure | None:
    """The measure behind a published id, also where the id carries an answer, a band or a comparison (H_COMP_1_A_P, MORT_30_HF:worse)."""
    known = catalogue()
    base = identifier.partition(":")[0]
    if base in known:
        return known[base]
    return known.get(re.sub(r"(?<!^H)(_HSP)?_(A|Y|SA|DY|9_10)(_P)?$", "", base.removeprefix("HVBP_")))


def unit_of(identifier: str) -> str:
    """The unit a figure of this id is read in; "" where nothing is known of it."""
    if ":" in identifier:
        return "hospitals"
    for ending, unit in (
        ("_STAR_RATING", "stars"),
        ("_LINEAR_SCORE", "points"),
        ("_DOPC", "count"),
        ("_ELIGCASES", "count"),
    ):
        if identifier.endswith(ending):
            return unit
    if identifier.endswith("_NUMERATOR"):
        return "count"
    if identifier.endswith(("_CILOWER", "_CIUPPER")):
        return "ratio"
    if identifier.endswith("_MIN"):
        return "minutes"
    measure = find(identifier)
    if measure:
        return measure.unit
    return "percent" if identifier.startswith("H_") else ""  # survey answers without an entry of their own


@lru_cache(maxsize=4096)
def id_of_label(condition: str, label: str) -> str:
    """The measure id behind a printed sentence; where none fits, an id made from the sentence itself, so nothing is lost."""
    text = " ".join(f"{condition} | {label}".lower().split())
    for entry in _labels()["label"]:
        if all(word in text for word in entry["words"]) and not any(word in text for word in entry.get("not", ())):
            return measure_id(entry["id"])
    return "LABEL_" + measure_id(label)[:80]


def dimension_id(printed: str) -> str:
    """Id of a purchasing measure or survey dimension from its column heading ("MORT-30-HF", "Care Transition")."""
    named = _labels()["dimension"].get(" ".join(printed.lower().split()))
    identifier = str(named) if named else measure_id(printed)
    # Purchasing counts survivors where the public report counts deaths, and adjusts survey answers its own way:
    # the two must never meet in one series.
    return identifier if identifier.startswith(("HAI_", "PSI_")) else f"HVBP_{identifier}"


@lru_cache(maxsize=256)
def purchasing_window(fiscal_year: int, identifier: str, phase: str) -> tuple[date | None, date | None]:
    """First and last day of the baseline or performance window, or (None, None) where it is not confirmed."""
    for entry in _labels()["purchasing_window"]:
        if entry["fiscal_year"] == fiscal_year and identifier.startswith(entry["prefix"]):
            first, last = entry[phase]
            return first, last
    return None, None
