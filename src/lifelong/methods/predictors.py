"""The right-hand side of a model: numbers as they are, names as contrasts with a reference, products of two terms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lifelong.methods.result import Findings

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Terms:
    """Design matrix with its column names; the first is `(Intercept)`. `name=level` is a contrast with the reference level."""

    names: tuple[str, ...]
    x: Array


def is_number(values: Any) -> bool:
    """Whether the column holds numbers. Digits kept as text (ZIP, CCN) are names."""
    return values.dtype.kind in "fiub"


def needed_columns(predictors: tuple[str, ...]) -> list[str]:
    """The data columns behind the terms: `age:smoke` needs both."""
    return list(dict.fromkeys(part for term in predictors for part in term.split(":")))


def build(
    frame: Any, predictors: tuple[str, ...], factors: tuple[str, ...], reference: dict[str, str], findings: Findings
) -> Terms:
    """Lay out `predictors` (`age`, `smoke`, `age:smoke`); words and `factors` become contrasts with the reference level."""
    unknown = [name for name in (*factors, *reference) if name not in needed_columns(predictors)]
    findings.must(
        not unknown,
        "model.unused_name",
        f"{', '.join(unknown)} is named in the options and is no predictor.",
        "Correct options.factors or options.reference, or add the predictor.",
        "options.factors",
    )
    parts = {
        name: _part(frame, name, name in factors, reference.get(name), findings) for name in needed_columns(predictors)
    }
    names, columns = ["(Intercept)"], [np.ones(len(frame))]
    for term in predictors:
        product: list[tuple[str, Array]] = [("", np.ones(len(frame)))]
        for piece in term.split(":"):
            product = [
                (f"{left}:{name}" if left else name, old * new) for left, old in product for name, new in parts[piece]
            ]
        for name, values in product:
            names.append(name)
            columns.append(values)
    x = np.column_stack(columns)
    findings.must(
        int(np.linalg.matrix_rank(x)) == x.shape[1],
        "model.collinear",
        "The predictors say the same thing twice: one is a combination of the others.",
        "Leave out the redundant predictor.",
        "columns.predictors",
    )
    return Terms(tuple(names), x)


def _part(frame: Any, name: str, factor: bool, reference: str | None, findings: Findings) -> list[tuple[str, Array]]:
    if is_number(frame[name]) and not factor:
        return [(name, frame[name].to_numpy(dtype=float))]
    # a whole number is named as people write it: time=2, not time=2.0
    words = np.array([f"{v:g}" if isinstance(v, float) else str(v) for v in frame[name]], dtype=object)
    levels = sorted(set(words), key=float) if is_number(frame[name]) else sorted(set(words))
    findings.must(
        len(levels) > 1, "model.one_level", f"Column {name} has one value only.", "Leave it out.", "columns.predictors"
    )
    base = str(reference) if reference is not None else levels[0]
    findings.must(
        base in levels,
        "model.unknown_reference",
        f"{base!r} does not occur in {name}; its values are {', '.join(levels[:8])}.",
        "Correct options.reference.",
        "options.reference",
    )
    return [(f"{name}={level}", (words == level).astype(float)) for level in levels if level != base]
