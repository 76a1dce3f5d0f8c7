"""Figures with their doubt: percentile bootstrap, the interval of a rare share, the Fréchet distance of two Gaussians.

Source: Efron & Tibshirani 1993, "An Introduction to the Bootstrap", 13.3 (percentile interval);
Wilson 1927 (JASA 22:158), for shares near 0, where the bootstrap of "none in n" has no length;
Dowson & Landau 1982 (Fréchet distance between multivariate normals), used on features of a net as
Heusel et al. 2017 (arXiv:1706.08500) do on pictures.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Interval", "bootstrap", "frechet", "mean_interval", "median_interval", "ratio_interval", "share_interval"]

Floats = npt.NDArray[np.float64]
LEVEL = 0.95  # of the resamples lie inside
Z = 1.959964  # standard deviations that hold `LEVEL` of a normal distribution


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure and where 95 % of its resamples lie; infinite where a ratio has nothing to divide by."""

    value: float
    low: float
    high: float


def bootstrap(statistic: Callable[[npt.NDArray[np.int64]], float], n: int, rng: np.random.Generator, *, n_resample: int = 2000) -> Interval:
    """Percentile interval of a statistic of n items.

    Args:
        statistic: of indices into the items, repeats and all
        n: items, >= 1
        rng: draws the resamples
        n_resample: how many
    """
    drawn = np.sort([statistic(rng.integers(0, n, n)) for _ in range(n_resample)])
    drawn = drawn[~np.isnan(drawn)]
    value = statistic(np.arange(n))
    if len(drawn) == 0:
        return Interval(value, math.nan, math.nan)
    edge = (1 - LEVEL) / 2
    return Interval(value, float(drawn[int(edge * (len(drawn) - 1))]), float(drawn[math.ceil((1 - edge) * (len(drawn) - 1))]))


def ratio_interval(above: Floats, below: Floats, rng: np.random.Generator) -> Interval:
    """Sum of one over sum of the other, item by item paired.

    Args:
        above, below: (n,) of the same items
        rng: draws the resamples

    >>> ratio_interval(np.array([2.0, 2.0]), np.array([1.0, 1.0]), np.random.default_rng(0))
    Interval(value=2.0, low=2.0, high=2.0)
    """

    def ratio(index: npt.NDArray[np.int64]) -> float:
        up, down = float(above[index].sum()), float(below[index].sum())
        return up / down if down else math.inf if up else math.nan

    return bootstrap(ratio, len(above), rng)


def mean_interval(values: Floats, rng: np.random.Generator) -> Interval:
    """Mean of (n,) values."""
    return bootstrap(lambda index: float(values[index].mean()), len(values), rng)


def median_interval(values: Floats, rng: np.random.Generator) -> Interval:
    """Median of (n,) values."""
    return bootstrap(lambda index: float(np.median(values[index])), len(values), rng)


def share_interval(k: int, n: int, *, of: float = 1.0) -> Interval:
    """A share k of n, times `of`, with the score interval.

    Args:
        k: how many
        n: of how many; with none the figure is NaN
        of: 1000 gives a rate per 1,000

    >>> share_interval(0, 1000, of=1000).high < 4
    True
    """
    if n == 0:
        return Interval(math.nan, math.nan, math.nan)
    share, wide = k / n, 1 + Z**2 / n
    centre = share + Z**2 / (2 * n)
    reach = Z * math.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))
    return Interval(of * share, of * max(0.0, centre - reach) / wide, of * min(1.0, (centre + reach) / wide))


def frechet(a: Floats, b: Floats) -> float:
    """Squared Fréchet distance of the Gaussians through two sets of features.

    Few samples give covariances of low rank and a distance too large: compare only with the figure
    of real against real at the same sizes.

    Args:
        a: (n, d)
        b: (m, d)
    """
    apart = a.mean(0) - b.mean(0)
    root_a, root_b = _root(np.cov(a, rowvar=False)), _root(np.cov(b, rowvar=False))
    # trace of (root_a cov_b root_a)^1/2 is the sum of the singular values of root_a root_b
    shared = np.linalg.svd(root_a @ root_b, compute_uv=False).sum()
    return float(apart @ apart + (root_a**2).sum() + (root_b**2).sum() - 2 * shared)


def _root(covariance: Floats) -> Floats:
    """The symmetric square root of a covariance (d, d)."""
    value, vector = np.linalg.eigh(np.atleast_2d(covariance))
    root: Floats = (vector * np.sqrt(np.clip(value, 0, None))) @ vector.T
    return root
