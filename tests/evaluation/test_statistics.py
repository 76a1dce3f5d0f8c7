import math

import numpy as np
import pytest

from plotwriter.evaluation.statistics import bootstrap, frechet, mean_interval, ratio_interval


def test_the_interval_covers():
    """95 % intervals of a mean hold the true mean about 95 times in 100."""
    rng = np.random.default_rng(0)
    inside = 0
    for _ in range(200):
        values = rng.normal(3.0, 1.0, 60)
        found = bootstrap(lambda index, values=values: float(values[index].mean()), 60, rng, n_resample=300)
        inside += found.low <= 3.0 <= found.high
    assert 178 <= inside <= 199


def test_more_items_narrow_the_interval():
    rng = np.random.default_rng(1)
    few, many = (mean_interval(rng.normal(0, 1, n), rng) for n in (30, 3000))
    assert 7 < (few.high - few.low) / (many.high - many.low) < 14


def test_a_ratio_of_nothing_is_told():
    rng = np.random.default_rng(2)
    assert ratio_interval(np.ones(5), np.zeros(5), rng).value == math.inf
    assert math.isnan(ratio_interval(np.zeros(5), np.zeros(5), rng).value)
    found = ratio_interval(np.ones(8), np.array([0.0] * 7 + [1.0]), rng)
    assert found.value == 8 and found.low <= 8 <= found.high == math.inf


def test_frechet_of_a_set_with_itself_is_nothing():
    a = np.random.default_rng(3).normal(size=(50, 6))
    assert frechet(a, a) == pytest.approx(0, abs=1e-9)


def test_frechet_in_one_dimension_is_closed():
    """(m1 - m2)² + (s1 - s2)², with the sample moments."""
    rng = np.random.default_rng(4)
    a, b = rng.normal(1, 2, (500, 1)), rng.normal(4, 0.5, (300, 1))
    exact = (a.mean() - b.mean()) ** 2 + (a.std(ddof=1) - b.std(ddof=1)) ** 2
    assert frechet(a, b) == pytest.approx(exact) == pytest.approx(frechet(b, a))


def test_frechet_of_commuting_gaussians_is_closed():
    """Diagonal covariances: the sum of the dimensions; a rotation of both changes nothing."""
    rng = np.random.default_rng(5)
    white = rng.normal(size=(40, 3))
    white = np.linalg.qr(white - white.mean(0))[0] * math.sqrt(39)  # covariance 1 exactly
    s, t, shift = np.array([1.0, 2.0, 0.5]), np.array([3.0, 1.0, 0.5]), np.array([0.0, 1.0, 2.0])
    exact = (shift**2).sum() + ((s - t) ** 2).sum()
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    assert frechet(white * s, white * t + shift) == pytest.approx(exact)
    assert frechet(white * s @ turn, (white * t + shift) @ turn) == pytest.approx(exact)
