"""Units that start at different times: each start against units that had not started, then averaged (Callaway & Sant'Anna 2021)."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from lifelong.methods.pairing import keys
from lifelong.methods.proportions import normal_quantile
from lifelong.methods.result import Findings, MethodResult, Test, Verb, around
from lifelong.methods.series import UNITS, numbered
from lifelong.methods.spec import Method, column, level_option, option

Array = NDArray[np.float64]
LEAST_CLUSTERS = 10


@dataclass(frozen=True, kw_only=True)
class StaggeredStart:
    """Units (clinics, hospitals) that had the activity at different times, and units that had it later or never."""

    outcome: str = column("The measure, one row per unit and period.")
    unit: str = column("Clinic, hospital, clinician group.", kind="text")
    centre: str | None = column("Where the unit's id is unique.", kind="text", optional=True)
    period: str = column("Period of the row.", kind="text")
    start: str = column(
        "First period in which the unit's practice could have changed; empty for units that never had it.", kind="text"
    )
    period_unit: str = option("What a period is.", "number", choices=UNITS)
    controls: str = option(
        "never: units that never start; not_yet: also units that start later than the period looked at.",
        "never",
        choices=("never", "not_yet"),
    )
    level: float = level_option()


@dataclass(frozen=True, slots=True)
class Units:
    """`y` holds a row per unit and a column per period (NaN where not observed); `start` is infinite for units that never start."""

    y: Array
    start: Array
    periods: Array
    label: dict[float, str]


@dataclass(frozen=True, slots=True)
class Cell:
    """Effect on one cohort in one period. `influence` of every unit; its squares add up to the squared error."""

    cohort: float
    period: float
    effect: float
    influence: Array
    treated: int
    controls: int


def _units(frame: Any, spec: StaggeredStart, findings: Findings) -> Units:
    complete = frame[frame[spec.outcome].notna()]
    findings.warn_if(
        len(complete) < len(frame),
        "did.left_out",
        f"{len(frame) - len(complete)} of {len(frame)} rows lack the outcome and are left out.",
    )
    findings.must(
        len(complete) > 0, "model.no_rows", "No row has an outcome.", "Check columns.outcome.", "columns.outcome"
    )
    who = keys(complete, spec.unit, spec.centre)
    findings.must(all(who), "did.blank_units", f"Column {spec.unit} has blanks.", "Fill it.", "columns.unit")
    period = numbered(complete[spec.period], spec.period_unit, findings, "columns.period")
    label = dict(zip(period.tolist(), [str(value) for value in complete[spec.period]], strict=True))
    names = sorted(set(who))
    periods = np.unique(period)
    y = np.full((len(names), len(periods)), math.nan)
    start = np.full(len(names), math.nan)
    place, column_of = {name: i for i, name in enumerate(names)}, {float(p): j for j, p in enumerate(periods)}
    repeats, changed = 0, set()
    for name, when, value, begins in zip(who, period, complete[spec.outcome], complete[spec.start], strict=True):
        i, j = place[name], column_of[float(when)]
        repeats += not math.isnan(y[i, j])
        y[i, j] = float(value)
        own = (
            math.inf
            if begins is None or begins != begins
            else float(numbered([begins], spec.period_unit, findings, "columns.start")[0])
        )
        if not math.isnan(start[i]) and start[i] != own:
            changed.add(name)
        start[i] = own
    findings.must(
        repeats == 0,
        "did.repeated_period",
        f"{repeats} rows repeat a unit and period.",
        "Give one row per unit and period.",
        "columns.period",
    )
    findings.must(
        not changed,
        "did.start_changes",
        f"{len(changed)} units have several starts.",
        "Write the same start (or none) into every row of a unit.",
        "columns.start",
    )
    return Units(y, start, periods, label)


def _check(units: Units, spec: StaggeredStart, findings: Findings) -> Array:
    """The cohorts: starts that have a period before them and at least two units."""
    never, first = np.isinf(units.start), float(units.periods[0])
    cohorts = np.unique(units.start[~never])
    findings.must(
        len(cohorts) > 0 and (bool(never.sum() >= 2) or (spec.controls == "not_yet" and len(cohorts) > 1)),
        "did.no_controls",
        f"There are {len(cohorts)} starts and {int(never.sum())} units that never start.",
        'Add units without the activity, or state controls = "not_yet" when starts differ.',
        "columns.start",
    )
    early = int((units.start <= first).sum())
    findings.warn_if(
        early > 0,
        "did.always_treated",
        f"{early} units start in the first period or before it and are left out: nothing is known before.",
    )
    usable = np.array([c for c in cohorts if c > first and c <= units.periods[-1] and (units.start == c).sum() >= 2])
    small = [c for c in cohorts if c > first and (units.start == c).sum() < 2]
    findings.warn_if(
        bool(small),
        "did.single_unit",
        f"{len(small)} starts have one unit only and are left out.",
        "Use permutation_rank for one unit.",
    )
    findings.must(
        len(usable) > 0,
        "did.no_cohort",
        "No start has two units and a period before it.",
        "Check columns.start.",
        "columns.start",
    )
    treated, others = int(np.isin(units.start, usable).sum()), int(never.sum())
    findings.require(
        treated >= LEAST_CLUSTERS and (spec.controls == "not_yet" or others >= LEAST_CLUSTERS),
        "did.few_clusters",
        f"There are {treated} treated and {others} comparison units.",
        "Read the cells, not the average.",
        "columns.unit",
    )
    return usable


def cell(units: Units, cohort: float, j: int, controls: str) -> Cell | None:
    """Change of the cohort from its last period before the start to period j, beyond the change of the controls."""
    base = int(np.flatnonzero(units.periods < cohort)[-1])
    if j == base:
        return None
    change = units.y[:, j] - units.y[:, base]
    known = ~np.isnan(change)
    latest = max(float(units.periods[j]), float(units.periods[base]))
    free = np.isinf(units.start) if controls == "never" else (units.start > latest) & (units.start != cohort)
    own, other = known & (units.start == cohort), known & free
    n, m = int(own.sum()), int(other.sum())
    if n < 2 or m < 2:
        return None
    influence = np.zeros(len(change))
    influence[own] = (change[own] - change[own].mean()) / n * math.sqrt(n / (n - 1))
    influence[other] = -(change[other] - change[other].mean()) / m * math.sqrt(m / (m - 1))
    return Cell(cohort, float(units.periods[j]), float(change[own].mean() - change[other].mean()), influence, n, m)


def _average(cells: list[Cell]) -> tuple[float, float]:
    """Average effect by treated units, and its error; the shares of the cohorts are taken as known."""
    weight = np.array([c.treated for c in cells], dtype=float)
    weight /= weight.sum()
    influence = sum(w * c.influence for w, c in zip(weight, cells, strict=True))
    return float(weight @ [c.effect for c in cells]), float(np.linalg.norm(influence))


def staggered_start(frame: Any, spec: StaggeredStart, accept: Collection[str] = ()) -> MethodResult:
    """Every cohort's effect in every period, their average, and the average by time since the start. Errors clustered by unit."""
    findings = Findings(accept)
    units = _units(frame, spec, findings)
    cohorts = _check(units, spec, findings)
    cells = [
        found for c in cohorts for j in range(len(units.periods)) if (found := cell(units, float(c), j, spec.controls))
    ]
    after = [c for c in cells if c.period >= c.cohort]
    findings.must(
        bool(after),
        "did.no_cohort",
        "No cohort is observed before and after its start beside controls.",
        "Check the periods.",
        "columns.period",
    )
    effect, se = _average(after)
    findings.must(
        se > 1e-10 * float(np.nanmax(np.abs(units.y)) or 1),
        "did.no_error",
        "Units of a group change by exactly the same amount: there is no error to estimate.",
        "Check whether the outcome was computed or carried forward.",
        "columns.outcome",
    )
    z = normal_quantile(spec.level)
    findings.assume(
        "without the activity all cohorts would have changed like the controls",
        None,
        "earlier rows of table events should lie around zero; no test proves it",
    )
    return MethodResult(
        method="staggered_start",
        design=f"groups with different starts, compared with units that {'never start' if spec.controls == 'never' else 'had not started'}",
        verb=Verb.ESTIMATED,
        estimates=(
            around(
                "effect",
                effect,
                se,
                z,
                spec.level,
                "outcome",
                "average over cohorts and periods after their start, by treated units",
            ),
        ),
        tests=(
            Test("effect", effect / se, float(2 * stats.norm.sf(abs(effect / se))), how="Wald z, clustered by unit"),
        ),
        n={
            "rows": len(frame),
            "left_out": int(frame[spec.outcome].isna().sum()),
            "units": len(units.start),
            "treated_units": int(np.isin(units.start, cohorts).sum()),
            "never_treated": int(np.isinf(units.start).sum()),
            "cohorts": len(cohorts),
        },
        tables={"cells": _cell_rows(cells, units, z), "events": _event_rows(cells, z)},
        **findings.closing(),
    )


def _cell_rows(cells: list[Cell], units: Units, z: float) -> list[dict[str, Any]]:
    rows = []
    for c in cells:
        se = float(np.linalg.norm(c.influence))
        rows.append(
            {
                "start": units.label.get(c.cohort, f"{c.cohort:g}"),
                "period": units.label[c.period],
                "before": c.period < c.cohort,
                "effect": c.effect,
                "se": se,
                "low": c.effect - z * se,
                "high": c.effect + z * se,
                "treated": c.treated,
                "controls": c.controls,
            }
        )
    return rows


def _event_rows(cells: list[Cell], z: float) -> list[dict[str, Any]]:
    rows = []
    for since in sorted({c.period - c.cohort for c in cells}):
        effect, se = _average([c for c in cells if c.period - c.cohort == since])
        rows.append({"since_start": since, "effect": effect, "se": se, "low": effect - z * se, "high": effect + z * se})
    return rows


METHODS = (
    Method(
        "staggered_start",
        "comparison",
        StaggeredStart,
        staggered_start,
        {"effect": "average effect after the start, over cohorts and periods, weighted by treated units"},
        ("did.few_clusters",),
    ),
)
