"""Linear models of one series: OLS with Newey-West errors, iterated Prais-Winsten, REML with AR(1) errors."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

Array = NDArray[np.float64]
MOST_ROUNDS = 500


@dataclass(frozen=True, slots=True)
class Fit:
    """Coefficients in the order of the design's columns. `df` is `None` when intervals use the normal distribution."""

    estimator: str
    beta: Array
    cov: Array
    df: float | None
    residuals: Array
    rho: float | None = None
    rounds: int = 0
    converged: bool = True

    @property
    def se(self) -> Array:
        return np.sqrt(np.diag(self.cov))


def _least_squares(x: Array, y: Array) -> tuple[Array, Array, Array]:
    beta: Array = np.asarray(np.linalg.lstsq(x, y, rcond=None)[0], dtype=np.float64)
    bread: Array = np.asarray(np.linalg.inv(x.T @ x), dtype=np.float64)
    return beta, y - x @ beta, bread


def ols(x: Array, y: Array) -> Fit:
    """Ordinary least squares with the classical covariance."""
    beta, e, bread = _least_squares(x, y)
    df = len(y) - x.shape[1]
    return Fit("ols", beta, bread * float(e @ e) / df, df, e)


def ols_newey_west(x: Array, y: Array, lag: int) -> Fit:
    """OLS with Newey-West errors: Bartlett weights, factor n/(n-k), no prewhitening. `lag` 0 gives HC1."""
    beta, e, bread = _least_squares(x, y)
    n, k = x.shape
    scores = x * e[:, None]
    meat = scores.T @ scores
    for step in range(1, lag + 1):
        cross = scores[step:].T @ scores[:-step]
        meat = meat + (1 - step / (lag + 1)) * (cross + cross.T)
    return Fit(f"ols_newey_west({lag})", beta, bread @ meat @ bread * n / (n - k), n - k, e)


def _prais_winsten_transform(z: Array, rho: float) -> Array:
    out = z.copy()
    out[1:] = z[1:] - rho * z[:-1]
    out[0] = math.sqrt(1 - rho**2) * z[0]
    return out


def prais_winsten(x: Array, y: Array) -> Fit:
    """Iterated Prais-Winsten: rho from residuals on their lag, first observation kept, until rho rests."""
    n, k = x.shape
    beta = _least_squares(x, y)[0]
    rho, rounds, converged = 0.0, 0, False
    while rounds < MOST_ROUNDS and not converged:
        rounds += 1
        e = y - x @ beta
        new = float(e[1:] @ e[:-1]) / float(e[:-1] @ e[:-1])
        new = min(max(new, -0.9999), 0.9999)
        converged = abs(new - rho) < 1e-9
        rho = new
        beta = _least_squares(_prais_winsten_transform(x, rho), _prais_winsten_transform(y, rho))[0]
    _, e, bread = _least_squares(_prais_winsten_transform(x, rho), _prais_winsten_transform(y, rho))
    return Fit("prais_winsten", beta, bread * float(e @ e) / (n - k), n - k, y - x @ beta, rho, rounds, converged)


def reml_ar1(x: Array, y: Array) -> Fit:
    """Generalised least squares with AR(1) errors; phi maximises the restricted likelihood."""
    n, k = x.shape

    def whitened(phi: float) -> tuple[Array, Array]:
        scale = math.sqrt(1 - phi**2)
        return _prais_winsten_transform(x, phi) / scale, _prais_winsten_transform(y, phi) / scale

    def loss(phi: float) -> float:
        xs, ys = whitened(phi)
        _, e, _ = _least_squares(xs, ys)
        log_det_v = (n - 1) * math.log(1 - phi**2)
        log_det_x = float(np.linalg.slogdet(xs.T @ xs)[1])
        return float((n - k) * math.log(float(e @ e)) + log_det_v + log_det_x)

    phi = _lowest(loss, -0.99, 0.9999)
    xs, ys = whitened(phi)
    beta, e, bread = _least_squares(xs, ys)
    at_edge = not -0.985 < phi < 0.995
    return Fit("reml_ar1", beta, bread * float(e @ e) / (n - k), n - k, y - x @ beta, phi, 0, not at_edge)


def _lowest(loss: Callable[[float], float], low: float, high: float) -> float:
    """Global minimum of a function that may have several: a grid, then a bounded search around its best point."""
    grid = np.linspace(low, high, 81)
    best = int(np.argmin([loss(float(phi)) for phi in grid]))
    bounds = (float(grid[max(best - 1, 0)]), float(grid[min(best + 1, len(grid) - 1)]))
    return float(optimize.minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-10}).x)
