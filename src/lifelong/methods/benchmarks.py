"""Published sizes of effect to print beside a result (outcomes rule: never coloured on p < .05 alone)."""

from __future__ import annotations

from typing import Any

from lifelong.methods.spec import option

BENCHMARKS: dict[str, dict[str, Any]] = {
    "online_enduring_material": {
        "measure": "Cohen's d, pooled SD",
        "low": 0.48,
        "high": 0.75,
        "basis": "40 online activities",
        "source": "Olivieri & Downes 2020, J Eur CME 9:1832796",
    },
    "live_workshop_knowledge": {
        "measure": "Cohen's d, immediately after",
        "low": 0.39,
        "high": 0.99,
        "basis": "live workshops; at 9 months one sustained, two decayed",
        "source": "J Gen Intern Med, doi 10.1007/s11606-009-0902-3",
    },
    "meetings_practice": {
        "measure": "adjusted risk difference for desired practice",
        "value": 0.06,
        "low": 0.018,
        "high": 0.159,
        "basis": "median and quartiles of 30 studies",
        "source": "Cochrane CD003030 (2009)",
    },
    "meetings_patients": {
        "measure": "adjusted risk difference for patient outcomes",
        "value": 0.03,
        "low": 0.001,
        "high": 0.04,
        "basis": "median and range of 5 studies",
        "source": "Cochrane CD003030 (2009)",
    },
}


def benchmark_option() -> Any:
    return option("Published effect to print beside the result.", "", choices=("", *BENCHMARKS))


def benchmark_row(name: str) -> list[dict[str, Any]]:
    return [{"benchmark": name, **BENCHMARKS[name]}] if name else []
