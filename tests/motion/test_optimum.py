"""The two passes: exact, within bounds, and never slower than they need to be."""

from __future__ import annotations

import numpy as np
import pytest

from plotwriter.motion.optimum import WINDOW, fastest


def problem(seed: int, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Steps, bends, caps and bounds of a wandering path with some places to rest."""
    rng = np.random.default_rng(seed)
    h = rng.uniform(0.005, 0.05, n - 1)
    kappa = np.abs(np.convolve(rng.normal(size=n + 19), np.ones(20) / 20, "valid")) * rng.choice([0.1, 3.0, 20.0])
    cap = np.full(n, 2500.0) * rng.uniform(0.2, 1.0, n)
    cap[[0, -1, *rng.integers(0, n, 2)]] = 0.0
    return h, kappa, cap, 700 * rng.uniform(0.8, 1.0, n)


def one_long_pass(h: np.ndarray, kappa: np.ndarray, cap: np.ndarray, accel: np.ndarray) -> np.ndarray:
    """The same recurrence, a point at a time, by bisection."""
    w = np.minimum(cap, accel / np.maximum(kappa, 1e-12))
    for order, back in ((range(len(w) - 2, -1, -1), 1), (range(1, len(w)), -1)):
        for i in order:
            j = i + back
            step, room = h[min(i, j)], min(accel[i], accel[j])

            def fits(x: float, i: int = i, j: int = j, step: float = step, room: float = room) -> bool:
                u = (x - w[j]) / (2 * step)
                return x <= w[j] or bool(u * u + (kappa[j] * w[j]) ** 2 <= room**2 and u * u + (kappa[i] * x) ** 2 <= room**2)

            if not fits(w[i]):
                low, high = w[j], w[i]
                for _ in range(80):
                    middle = (low + high) / 2
                    low, high = (middle, high) if fits(middle) else (low, middle)
                w[i] = low
    return w


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("n", [2, 3, 50, WINDOW, 3 * WINDOW + 7])
def test_windows_side_by_side_are_one_long_pass(seed: int, n: int) -> None:
    given = problem(seed, n)
    assert fastest(*given) == pytest.approx(one_long_pass(*given), rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("seed", range(8))
def test_the_whole_vector_stays_within_its_bound(seed: int) -> None:
    h, kappa, cap, accel = problem(seed, 2000)
    w = fastest(h, kappa, cap, accel)
    u = np.diff(w) / (2 * h)
    assert (w >= 0).all() and (w <= cap).all()
    for end in (slice(None, -1), slice(1, None)):
        across = kappa[end] * w[end]
        assert (np.hypot(u, across) <= accel[end] * (1 + 1e-9) + 1e-9).all() or (np.abs(u) > 0).all()
    assert (np.maximum(np.hypot(u, kappa[:-1] * w[:-1]), np.hypot(u, kappa[1:] * w[1:])) <= accel.max() * (1 + 1e-6)).all()


def test_a_straight_line_is_a_trapezoid() -> None:
    n, a, top = 4001, 700.0, 50.0
    cap = np.full(n, top**2)
    cap[[0, -1]] = 0.0
    v = np.sqrt(fastest(np.full(n - 1, 20 / (n - 1)), np.zeros(n), cap, np.full(n, a)))
    duration = (2 * 20 / (n - 1) / (v[1:] + v[:-1])).sum()
    assert duration == pytest.approx(20 / top + top / a, rel=1e-3)


def test_a_bend_is_taken_at_the_speed_physics_gives() -> None:
    n, a = 2001, 700.0
    cap = np.full(n, 1e6)
    cap[[0, -1]] = 0.0
    w = fastest(np.full(n - 1, 0.01), np.full(n, 2.0), cap, np.full(n, a))
    assert w[n // 2] == pytest.approx(a / 2.0, rel=1e-3)


def test_time_is_monotone_in_the_bound() -> None:
    h, kappa, cap, accel = problem(3, 1500)
    assert (fastest(h, kappa, cap, accel) <= fastest(h, kappa, cap, accel * 1.1) + 1e-9).all()
