"""Many outcomes: adjusted p-values by Bonferroni, Holm, Hochberg (confirmatory) and Benjamini-Hochberg (exploratory)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from statsmodels.stats.multitest import multipletests

from lifelong.methods.result import Estimate, Findings, MethodResult, Verb
from lifelong.methods.spec import Method, column, option

PROCEDURES = {"bonferroni": "bonferroni", "holm": "holm", "hochberg": "simes-hochberg", "bh": "fdr_bh"}


def adjusted(p_values: Sequence[float], procedure: str) -> list[float]:
    """Adjusted p-values in the order given; `procedure` is bonferroni, holm, hochberg or bh."""
    if not p_values:
        return []
    return [float(p) for p in multipletests(list(p_values), method=PROCEDURES[procedure])[1]]


@dataclass(frozen=True, kw_only=True)
class Multiplicity:
    """Adjust a list of p-values. Say which family they form; the procedure is part of the plan."""

    p: str = column("Unadjusted two-sided p-values.")
    name: str | None = column("What each p-value belongs to.", kind="text", optional=True)
    procedure: str = option(
        "Holm for a confirmatory family, bh for an exploratory one.", "holm", choices=tuple(PROCEDURES)
    )
    alpha: float = option("Error rate to hold over the family.", 0.05, kind="number", low=0.0001, high=0.5)


def multiplicity(frame: Any, spec: Multiplicity, accept: Collection[str] = ()) -> MethodResult:
    """Adjusted p-values under all four procedures; the planned one decides."""
    findings = Findings(accept)
    p = frame[spec.p].to_numpy(dtype=float)
    findings.must(
        len(p) > 0 and bool(np.all((p >= 0) & (p <= 1))),
        "multiplicity.not_p_values",
        f"Column {spec.p} must hold values from 0 to 1, none missing.",
        "Remove empty rows or correct the column.",
        "columns.p",
    )
    names = [str(x) for x in frame[spec.name]] if spec.name else [f"outcome {i + 1}" for i in range(len(p))]
    columns = {procedure: adjusted(list(p), procedure) for procedure in PROCEDURES}
    rows = [
        {"name": name, "p": float(p[i]), **{key: values[i] for key, values in columns.items()}}
        for i, name in enumerate(names)
    ]
    counts = {key: sum(value <= spec.alpha for value in values) for key, values in columns.items()}
    findings.assume(
        "one family, fixed before the data", None, f"{len(p)} p-values, {spec.procedure}, alpha {spec.alpha:g}"
    )
    return MethodResult(
        method="multiplicity",
        design=f"family of {len(p)} outcomes",
        verb=Verb.DESCRIBES,
        estimates=tuple(
            Estimate(
                f"rejected_{key}",
                count,
                unit="outcomes",
                how="planned procedure" if key == spec.procedure else "for comparison",
            )
            for key, count in counts.items()
        ),
        n={"outcomes": len(p)},
        tables={"adjusted": rows},
        **findings.closing(),
    )


METHODS = (
    Method(
        "multiplicity",
        "many outcomes",
        Multiplicity,
        multiplicity,
        {f"rejected_{key}": f"outcomes with adjusted p at or below alpha by {key}" for key in PROCEDURES},
    ),
)
