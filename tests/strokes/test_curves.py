import time

import numpy as np
import pytest

from plotwriter.strokes import fit_curves, fit_many, sample_curves, smooth
from tests.factories import hausdorff, make_ink, make_page

SHAPES = {
    "word": make_ink("handwriting").strokes[0].points,
    "smoothed": smooth(make_ink("handwriting")).strokes[0].points,
    "descenders": make_ink("gypjqy").strokes[0].points,
    "circle": 4 * np.exp(1j * np.linspace(0, 2 * np.pi, 300)),
    "zigzag": np.array([0, 1 + 3j, 2, 3 + 3j, 4]),
    "coarse": np.exp(1j * np.linspace(0, 2 * np.pi, 9)),
    "two points": np.array([0j, 3 + 1j]),
    "there and back": np.array([0j, 3 + 1j, 0j]),
    "repeated": np.array([0j, 0j, 1 + 0j, 1 + 0j, 2 + 1j, 2 + 1j]),
    "walk": np.cumsum(np.random.default_rng(0).normal(size=(80, 2)) @ [0.2, 0.2j]),
}


@pytest.mark.parametrize("tolerance", [0.005, 0.02, 0.1])
@pytest.mark.parametrize("points", SHAPES.values(), ids=SHAPES.keys())
def test_curves_stay_within_tolerance_both_ways(points, tolerance):
    curves = fit_curves(points, tolerance)
    assert curves.shape[1:] == (4,) and np.isfinite(curves).all()
    assert curves[0, 0] == points[0] and curves[-1, 3] == points[-1]
    assert np.array_equal(curves[1:, 0], curves[:-1, 3])
    assert hausdorff(points, sample_curves(curves, 1e-4)) <= tolerance * 1.02 + 2e-4


def test_joints_are_smooth_where_the_stroke_is():
    curves = fit_curves(SHAPES["circle"], 0.02)
    into, out = curves[:-1, 3] - curves[:-1, 2], curves[1:, 1] - curves[1:, 0]
    assert np.abs(np.angle(out / into)).max() < 1e-6
    assert len(curves) <= 8  # a circle needs four


def test_a_dot_is_one_curve_of_no_length():
    (dot,), word = fit_many([np.array([1 + 2j]), SHAPES["word"]], 0.02)
    assert (dot == 1 + 2j).all() and np.allclose(word, fit_curves(SHAPES["word"], 0.02))


def test_sampling_is_within_its_own_tolerance():
    curves = fit_curves(SHAPES["word"], 0.02)
    assert hausdorff(sample_curves(curves, 0.01), sample_curves(curves, 1e-5)) <= 0.01


def test_a_page_takes_a_moment():
    page = smooth(make_page())
    start = time.perf_counter()
    curves = fit_many([s.points for s in page.strokes], 0.02)
    assert time.perf_counter() - start < 2.0
    assert sum(map(len, curves)) * 3 < sum(len(s.points) for s in page.strokes) / 5
