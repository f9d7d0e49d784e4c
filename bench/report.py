"""What a benchmark prints: one line a figure, with the floor of the same run beside it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure. `floor`: the baseline of the same run (None where there is none); `met`: whether the goal is."""

    what: str
    value: float
    unit: str
    floor: float | None
    goal: str
    met: bool

    def line(self) -> str:
        beside = f"{self.floor:10.2f} {self.unit:<6} ratio {self.value / self.floor:7.3f}" if self.floor else " " * 32
        return f"{self.what:<46} {self.value:10.2f} {self.unit:<6} {beside}  {'met   ' if self.met else 'MISSED'} {self.goal}"
