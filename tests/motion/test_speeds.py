"""What the stopwatch sees of a plan, at its maximum, and how near the plan is to the time-optimal pass."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from plotwriter.ink import Ink, Stroke
from plotwriter.motion import Limits, PenTimes, Trajectory, plan
from plotwriter.motion.curves import join, rounded
from plotwriter.motion.optimum import fastest
from plotwriter.motion.planner import travel
from plotwriter.motion.speeds import with_rests
from tests.devices.factories import PAGE, make_loops

LIMITS = Limits(50.2, 150.6, 762.0, 1143.0, 0.02, 305.0, "corexy")
HORIZON = 0.010  # s


def strokes(seed: int) -> list[np.ndarray]:
    """Loops dense and coarse, corners, cusps, zigzags and specks, of every size."""
    rng = np.random.default_rng(seed)
    made = [make_loops(rng, n=int(rng.integers(40, 1500)), size=10 ** rng.uniform(-0.7, 0.5)) for _ in range(4)]
    for _ in range(8):
        size, n = 10 ** rng.uniform(-1.5, 1.2), int(rng.integers(2, 12))
        made.append(40 + 40j + size * (rng.normal(size=n) + 1j * rng.normal(size=n)))
    made.append(40 + 40j + np.array([0, 5, 0, 5, 4.99, 5.0 + 0j]))
    made.append(40 + 40j + 0.1 * np.cumsum(rng.choice([1, -1, 1j, -1j], 60)))
    return made


def drawn(paths: list[np.ndarray], limits: Limits) -> list[Trajectory]:
    ink = Ink(tuple(Stroke(path, (0, 1)) for path in paths), "a", PAGE)
    return [a for a in plan(ink, limits, PenTimes(0.1, 0.1)).actions if isinstance(a, Trajectory) and a.pen_down]


@pytest.mark.parametrize("seed", range(12))
def test_the_stopwatch_never_sees_more_than_the_limit(seed: int) -> None:
    for move in drawn(strokes(seed), LIMITS):
        t = np.arange(-HORIZON, move.duration + HORIZON, 0.0002)
        seen = np.abs(move.at(t + HORIZON) - 2 * move.at(t) + move.at(t - HORIZON)) / HORIZON**2
        assert seen.max() <= LIMITS.accel * 0.96  # the wire's reserve is left
        assert move.v_in[0] == move.v_out[-1] == 0 and np.array_equal(move.v_in[1:], move.v_out[:-1])
        along = np.abs(move.v_out**2 - move.v_in**2) / (2 * move.lengths)
        assert along.max() <= LIMITS.accel * (1 + 1e-9)


@pytest.mark.parametrize("seed", range(6))
def test_a_plan_is_within_5_percent_of_the_time_optimal_pass(seed: int) -> None:
    paths = [path for path in strokes(seed)[:4]]
    limits = dataclasses.replace(LIMITS, reserve=0.0)
    ours = sum(move.duration for move in drawn(paths, limits))
    curves, rest = with_rests(rounded(join(paths), limits.path_tolerance))
    steps = np.diff(curves.points)
    h = np.abs(steps)
    h[curves.gaps] = 1.0
    kappa = np.zeros(len(curves.points))
    kappa[1:-1] = 4 * np.tan(np.abs(np.angle(steps[1:] * steps[:-1].conj())) / 2) / (h[1:] + h[:-1])
    cap = np.where(rest, 0.0, limits.feed**2)
    v = np.sqrt(fastest(h, np.where(rest, 0.0, kappa), cap, np.full(len(kappa), limits.accel)))
    times = 2 * h / np.maximum(v[1:] + v[:-1], 1e-9)
    times[curves.gaps] = 0.0
    assert ours <= 1.05 * times.sum()


@pytest.mark.parametrize("seed", range(4))
def test_an_axis_with_a_limit_of_its_own_keeps_it_and_the_whole_keeps_its_own(seed: int) -> None:
    limits = dataclasses.replace(LIMITS, accel_x=300.0, accel_y=500.0)
    for move in drawn(strokes(seed), limits):
        t = np.arange(-HORIZON, move.duration + HORIZON, 0.0002)
        seen = (move.at(t + HORIZON) - 2 * move.at(t) + move.at(t - HORIZON)) / HORIZON**2
        assert np.abs(seen).max() <= 762.0 and np.abs(seen.real).max() <= 300.0 and np.abs(seen.imag).max() <= 500.0
    (across,) = drawn([np.array([0, 30 + 0j])], limits)
    (along,) = drawn([np.array([0, 30j])], limits)
    assert along.duration < across.duration
    for direction, most in ((1, 300.0), (1j, 500.0), (0.6 + 0.8j, 500.0)):
        (way,) = travel(0j, 40 * direction, limits, stroke=0)
        assert (way.v_out[0] ** 2 / (2 * way.lengths[0])) == pytest.approx(most * (1 - limits.reserve / 2))


def test_limits_of_axes_that_do_not_bind_change_nothing() -> None:
    paths = strokes(1)
    bound = dataclasses.replace(LIMITS, accel_x=5000.0, accel_y=5000.0)
    assert [move.duration for move in drawn(paths, bound)] == [move.duration for move in drawn(paths, LIMITS)]
