"""The catalogue: every rule with its id, its weight, its sentence, its source and the function that decides it."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

from lifelong.rules.verdict import Severity

FILE = Path(__file__).parent / "catalogue.toml"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `severity` is its heaviest weight, `function` a dotted name, `gate` (G1-G13) empty where no gate asks for it."""

    id: str
    severity: Severity
    sentence: str
    source: str
    function: str
    gate: str

    def decided_by(self) -> Callable[..., Any]:
        """The function that decides the rule."""
        module, _, name = self.function.rpartition(".")
        found: Callable[..., Any] = getattr(import_module(module), name)
        return found


@lru_cache(maxsize=1)
def rules() -> tuple[Rule, ...]:
    """All rules in the order of the catalogue."""
    rows = tomllib.loads(FILE.read_text(encoding="utf-8"))["rule"]
    return tuple(
        Rule(row["id"], Severity(row["severity"]), row["sentence"], row["source"], row["function"], row["gate"])
        for row in rows
    )


def rule(rule_id: str) -> Rule:
    """One rule by its id. Raises KeyError when the catalogue has no such rule."""
    for found in rules():
        if found.id == rule_id:
            return found
    raise KeyError(f"the catalogue has no rule {rule_id}")


def rules_at(gate: str) -> tuple[Rule, ...]:
    """The rules that are asked before a gate."""
    return tuple(found for found in rules() if found.gate == gate)
