"""Every method by the name a plan calls it."""

from __future__ import annotations

from lifelong.methods import (
    agreement,
    binary,
    clustered,
    code_matching,
    commitments,
    comparison,
    control_chart,
    detectable,
    difference_in_differences,
    imputation,
    interrupted_time_series,
    items,
    means,
    multiplicity,
    ordinal,
    purchasing_points,
    ranks,
    runs,
    staggered,
    weighting,
)
from lifelong.methods.spec import Method

METHODS: dict[str, Method] = {
    method.name: method
    for module in (
        means,
        ranks,
        binary,
        clustered,
        ordinal,
        comparison,
        difference_in_differences,
        staggered,
        purchasing_points,
        control_chart,
        runs,
        interrupted_time_series,
        detectable,
        multiplicity,
        items,
        agreement,
        weighting,
        imputation,
        commitments,
        code_matching,
    )
    for method in module.METHODS
}
