"""Centre lines and three-sigma limits of Shewhart charts, from the points that form the baseline of a phase."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
D2_OF_TWO = 1.128  # as printed in the tables that published limits were computed with
CHARTS = ("run", "i", "mr", "xbar", "s", "p", "u", "c", "p_prime", "u_prime", "g", "t")
COUNT_CHARTS = ("p", "u", "c", "p_prime", "u_prime")
NO_NEGATIVE = (*COUNT_CHARTS, "s", "mr", "g", "t")
HALF_LIFE = 0.693  # median / mean of waiting times (Provost & Murray)
NELSON = 3.6  # waiting times to the power 1 / 3.6 are nearly normal (Nelson 1994)


@dataclass(frozen=True, slots=True)
class Points:
    """What a chart is drawn from. `y` the plotted value, `size` the denominator or subgroup size, `sd` of each subgroup."""

    y: Array
    size: Array
    sd: Array | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """Centre line and sigma of every point; `low`/`high` are three sigma away, cut at 0 (and 1) where values cannot lie beyond."""

    centre: Array
    sigma: Array
    low: Array
    high: Array
    sigma_z: float | None = None
    middle: Array | None = None  # line about which runs are counted, when it is not the centre


def c4(n: float) -> float:
    """Expected standard deviation of n normal values over sigma."""
    return math.sqrt(2 / (n - 1)) * math.exp(math.lgamma(n / 2) - math.lgamma((n - 1) / 2))


def mean_moving_range(y: Array, baseline: BoolArray) -> float:
    """Mean absolute difference of consecutive baseline points."""
    return float(np.abs(np.diff(y[baseline])).mean())


def limits_for(chart: str, points: Points, baseline: BoolArray) -> Limits:
    """Limits of all points of a phase, computed from its `baseline` points only."""
    y, size = points.y, points.size
    ones = np.ones(len(y))
    sigma_z: float | None = None
    if chart == "run":
        centre, sigma = float(np.median(y[baseline])), ones * math.nan
    elif chart == "i":
        centre, sigma = float(y[baseline].mean()), ones * mean_moving_range(y, baseline) / D2_OF_TWO
    elif chart == "g":  # geometric distribution of the cases between two events (Benneyan 2001)
        centre = float(y[baseline].mean())
        sigma = ones * math.sqrt(centre * (centre + 1))
    elif chart == "t":  # the figures come transformed; an individuals chart of them
        centre, sigma = float(y[baseline].mean()), ones * mean_moving_range(y, baseline) / D2_OF_TWO
    elif chart == "mr":
        centre = float(y[baseline].mean())
        sigma = ones * centre * (3.267 - 1) / 3
    elif chart in ("xbar", "s"):
        return _subgroup_limits(chart, points, baseline)
    else:
        centre, sigma, sigma_z = _count_limits(chart, y, size, baseline)
    low, high = centre - 3 * sigma, centre + 3 * sigma
    if chart in NO_NEGATIVE:
        low = np.where(np.isnan(low), low, np.maximum(low, 0.0))
    if chart in ("p", "p_prime"):
        high = np.minimum(high, 1.0)
    return Limits(ones * centre, sigma, low, high, sigma_z, ones * centre * HALF_LIFE if chart == "g" else None)


def _count_limits(chart: str, y: Array, size: Array, baseline: BoolArray) -> tuple[float, Array, float | None]:
    if chart == "c":
        centre = float(y[baseline].mean())
        return centre, np.full(len(y), math.sqrt(centre)), None
    centre = float((y * size)[baseline].sum() / size[baseline].sum())
    variance = centre * (1 - centre) if chart.startswith("p") else centre
    sigma = np.sqrt(variance / size)
    if not chart.endswith("prime"):
        return centre, sigma, None
    # Laney: the spread of the standardised points, by their own moving range
    z = (y - centre) / sigma
    sigma_z = mean_moving_range(z, baseline) / D2_OF_TWO
    return centre, sigma * sigma_z, sigma_z


def _subgroup_limits(chart: str, points: Points, baseline: BoolArray) -> Limits:
    if points.sd is None:
        raise ValueError("a subgroup chart needs the SD of each subgroup")
    size = points.size
    factors = np.array([c4(n) for n in size])
    if len(set(size[baseline])) == 1:
        sigma = float(points.sd[baseline].mean()) / factors[baseline][0]
    else:  # unequal subgroups: pooled SD (Montgomery)
        df = size[baseline] - 1
        sigma = math.sqrt(float((df * points.sd[baseline] ** 2).sum() / df.sum()))
    if chart == "s":
        centre = sigma * factors
        spread = sigma * np.sqrt(1 - factors**2)
        return Limits(centre, spread, np.maximum(centre - 3 * spread, 0), centre + 3 * spread)
    grand = float((points.y * size)[baseline].sum() / size[baseline].sum())
    spread = sigma / np.sqrt(size)
    centre = np.full(len(size), grand)
    return Limits(centre, spread, centre - 3 * spread, centre + 3 * spread)
