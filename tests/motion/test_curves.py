"""Rounding: the ink stays where it is, within the tolerance; what was sampled from a curve bends like it."""

from __future__ import annotations

import numpy as np
import pytest

from plotwriter.motion.curves import join, rounded
from tests.devices.factories import make_loops

TOLERANCE = 0.02  # mm


def scribble(seed: int) -> np.ndarray:
    """A polyline with long and short sides, corners, cusps and points that repeat."""
    rng = np.random.default_rng(seed)
    sides = rng.choice([0.005, 0.1, 0.8, 6.0], 60) * np.exp(1j * rng.choice([0.2, 1.0, np.pi], 60) * rng.normal(size=60).cumsum())
    return np.repeat(50 + 50j + np.cumsum(sides), rng.integers(1, 3, 60))


PATHS = {
    "line": np.array([1 + 1j, 90 + 40j]),
    "short line": np.array([1, 1.001 + 0j]),
    "corner": np.array([0, 30, 30 + 20j]),
    "there and back": np.array([0, 5, 0.0 + 0j]),
    "two points turned": np.array([0, 0.02, 0.01 + 0j]),
    "loops": make_loops(np.random.default_rng(0)),
    "coarse loops": make_loops(np.random.default_rng(1), n=40),
    **{f"scribble {seed}": scribble(seed) for seed in range(6)},
}


def distance(points: np.ndarray, path: np.ndarray) -> float:
    """The farthest any of the points is from a polyline, mm."""
    a, d = path[:-1], np.diff(path)
    along = ((points[:, None] - a) * d.conj()).real / np.maximum(np.abs(d) ** 2, 1e-30)
    return float(np.abs(points[:, None] - a - d * np.clip(along, 0, 1)).min(axis=1).max())


@pytest.mark.parametrize("name", PATHS)
def test_the_path_keeps_its_place_and_its_ends(name: str) -> None:
    path = PATHS[name].astype(complex)
    curve = rounded(join([path]), TOLERANCE).points
    assert curve[0] == path[0] and curve[-1] == path[-1] and len(curve) >= 3
    assert distance(curve, path) <= TOLERANCE and distance(path, curve) <= TOLERANCE
    assert (np.abs(np.diff(curve)) > 0).all()


def test_paths_do_not_feel_each_other() -> None:
    paths = [path.astype(complex) for path in PATHS.values()]
    together = rounded(join(paths), TOLERANCE).split()
    for path, curve in zip(paths, together, strict=True):
        alone = rounded(join([path]), TOLERANCE).points
        assert len(alone) == len(curve) and np.abs(alone - curve).max() < 1e-6


@pytest.mark.parametrize(("radius", "n"), [(0.3, 60), (1.0, 60), *((radius, n) for radius in (0.3, 0.5, 1.0, 2.0) for n in (200, 2000))])
def test_a_sampled_circle_bends_like_a_circle(radius: float, n: int) -> None:
    """However few samples it has: here as few as 30 a turn, with sides that leave the circle by a third of the tolerance."""
    curve = rounded(join([radius * np.exp(1j * np.linspace(0, 4 * np.pi, n))]), TOLERANCE).points
    steps = np.diff(curve)
    bend = (np.angle(steps[1:] / steps[:-1]) / np.abs(steps[1:]))[60:-60] * radius
    assert 0.97 < bend.min() and bend.max() < 1.08  # at most, as it is smoothed, by the tolerance smaller


def test_a_corner_gets_the_radius_its_tolerance_allows() -> None:
    curve = rounded(join([np.array([0, 5, 5 + 5j])]), TOLERANCE).points
    steps = np.diff(curve)
    bend = np.abs(np.angle(steps[1:] / steps[:-1])) / np.abs(steps[1:])
    assert bend.max() < 1 / TOLERANCE  # an arc within 0.02 mm of a right angle has a radius of 0.048 mm
    straight = np.abs(curve - 5) > 1.0
    assert np.abs(np.minimum(np.abs(curve.imag), np.abs(curve.real - 5)))[straight].max() < 1e-9


def test_long_lines_get_few_samples() -> None:
    assert len(rounded(join([np.array([0, 300 + 200j])]), TOLERANCE).points) < 361 / 0.2
