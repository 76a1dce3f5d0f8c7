import math
import time

import numpy as np
import pytest

from plotwriter.ink import Ink, Stroke
from plotwriter.strokes import baseline, corners, dots, measured_slant, size, slant, smooth
from tests.factories import hausdorff, make_ink, make_page, n_dots


def noisy(ink, amount, seed=0):
    rng = np.random.default_rng(seed)
    return ink.map(lambda z: z + amount * (rng.uniform(-1, 1, len(z)) + 1j * rng.uniform(-1, 1, len(z))))


@pytest.mark.parametrize("tolerance", [0.02, 0.05, 0.2])
@pytest.mark.parametrize("noise", [0.0, 0.02, 0.3])
def test_smooth_stays_within_tolerance_and_keeps_ends(tolerance, noise):
    ink = noisy(make_ink("hugging", n_strokes=3), noise)
    for old, new in zip(ink.strokes, smooth(ink, tolerance).strokes, strict=True):
        assert hausdorff(old.points, new.points) <= tolerance + 1e-9
        assert old.points[0] == new.points[0] and old.points[-1] == new.points[-1]


def test_smooth_keeps_corners_and_calms_tremor():
    sharp = Ink((Stroke(np.array([0j, 3 - 3j, 6 + 0j, 6.5 - 3j]), (0, 1)),), "N")
    assert np.abs(smooth(sharp, 0.1).strokes[0].points[:, None] - sharp.strokes[0].points).min(axis=0).max() < 1e-12
    t = np.linspace(0, 2 * np.pi, 200)
    shaky = noisy(Ink((Stroke(5 * np.exp(1j * t), (0, 1)),), "o"), 0.01)
    turning = [
        np.abs(np.angle(np.diff(s.points)[1:] / np.diff(s.points)[:-1])).sum() for s in (shaky.strokes[0], smooth(shaky, 0.1).strokes[0])
    ]
    assert turning[1] < 0.7 * turning[0]


def test_smooth_rounds_a_coarse_bend():
    t = np.linspace(0, 1.5 * np.pi, 10)
    coarse = Ink((Stroke(0.8 * np.exp(1j * t), (0, 1)),), "c")
    assert np.abs(np.abs(smooth(coarse, 0.05).strokes[0].points) - 0.8).max() < 0.02  # its chords are 0.027 off the circle


def test_corners_are_cusps_and_not_tight_loops():
    t = np.linspace(0, 2 * np.pi, 60)
    loop = 0.3 * np.exp(1j * t)
    assert corners(loop).sum() == 2  # its ends
    assert corners(loop[::6]).sum() == 2  # the same loop, coarse
    assert corners(np.array([0, 3, 3 + 3j, 3j, 0])).all()  # a square
    cusps = corners(make_ink("uuu").strokes[0].points)
    assert 2 + 2 == cusps.sum()  # the ends, and between every two u


def test_slant_adds_up_and_keeps_the_baseline():
    ink = make_ink("handwriting", n_strokes=4)
    for angle in (-0.3, 0.1, 0.5):
        leaning = slant(ink, angle)
        assert math.tan(measured_slant(leaning)) == pytest.approx(math.tan(measured_slant(ink)) + math.tan(angle), abs=1e-9)
        assert all(np.allclose(a.points.imag, b.points.imag) for a, b in zip(ink.strokes, leaning.strokes, strict=True))
    upright = Ink((Stroke(np.array([0j, -3j]), (0, 1)),), "l")
    assert slant(upright, 0.3).strokes[0].points[1].real > 0  # its top leans right
    assert measured_slant(Ink((), "")) == 0.0


def test_size_scales_about_the_baseline():
    ink = make_ink("gap")
    larger = size(ink, 2.5, 5.0)
    assert np.allclose(larger.bounds(), 2 * np.array(ink.bounds()))
    assert np.allclose(size(larger, 5.0, 2.5).strokes[0].points, ink.strokes[0].points)


@pytest.mark.parametrize("text", ["handwriting", "jumping", "minimum", "quickly", "gypsum", "ox"])
@pytest.mark.parametrize(("shift", "slope"), [(0.0, 0.0), (0.6, 0.0), (-0.5, 0.05), (0.3, -0.04)])
def test_baseline_comes_back(text, shift, slope):
    ink = baseline(make_ink(text, n_strokes=2), 2.5)
    moved = ink.map(lambda z: z + 1j * (shift + (slope * z.real if len(text) > 6 else 0)))
    back = baseline(moved, 2.5)
    error = np.concatenate([(a.points - b.points).imag for a, b in zip(ink.strokes, back.strokes, strict=True)])
    assert np.abs(error).max() < 0.15 * 2.5
    assert np.median(np.abs(error)) < 0.08 * 2.5


def test_baseline_leaves_marks_above_the_line_alone():
    for text, y in (("-", -1.2), ("'", -4.0), (".", -0.1)):
        mark = Ink((Stroke(np.array([0j, 0.8 + 0.1j]) + 1j * y, (0, 1)),), text)
        assert np.array_equal(baseline(mark, 2.5).strokes[0].points, mark.strokes[0].points)


def test_dots_become_micro_strokes_where_they_were():
    ink = make_ink("I did it.", n_strokes=2)
    micro = dots(ink, 0.2)
    assert n_dots(ink) == n_dots(micro) == 3
    assert all(len(s.points) >= 2 and s.length >= 0.2 - 1e-9 for s in micro.strokes)
    for old, new in zip(ink.strokes, micro.strokes, strict=True):
        assert hausdorff(old.points, new.points) <= 0.1 + 1e-9
    again = dots(micro, 0.2)
    assert all(np.array_equal(a.points, b.points) for a, b in zip(micro.strokes, again.strokes, strict=True))


def test_a_page_is_smoothed_in_well_under_two_seconds():
    page = make_page()
    start = time.perf_counter()
    smooth(page)
    assert time.perf_counter() - start < 1.0
