"""Every method by the name a plan calls it."""

from __future__ import annotations

from lifelong.methods import (
    agreement,
    binary,
    clustered,
    comparison,
    control_chart,
    difference_in_differences,
    interrupted_time_series,
    items,
    means,
    multiplicity,
    purchasing_points,
    ranks,
    runs,
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
        comparison,
        difference_in_differences,
        purchasing_points,
        control_chart,
        runs,
        interrupted_time_series,
        multiplicity,
        items,
        agreement,
        weighting,
    )
    for method in module.METHODS
}
