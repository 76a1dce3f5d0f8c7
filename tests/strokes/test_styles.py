"""The stages on ink of every hand that ships, as it is and deliberately distorted."""

import math

import numpy as np
import pytest

from plotwriter import registry, strokes
from plotwriter.samplers.protocol import X_HEIGHT
from plotwriter.strokes.humanize import REACH
from plotwriter.styles import installed_styles
from plotwriter.text import paragraphs, prompts
from tests.factories import hausdorff

STYLES = sorted(installed_styles()[0])
TEXT = "morning running letters children. quiet minimum handwriting"
SIZE = 2.5


@pytest.fixture(scope="module", params=STYLES)
def words(request):
    style = installed_styles()[0][request.param]
    sampler = registry.load("sampler", style.sampler)(style, device="cpu", n_draws=1)
    inks = sampler.write(prompts(paragraphs(TEXT)), style, seed=5)
    return [strokes.size(ink, X_HEIGHT * style.frame_x_height, SIZE) for ink in inks]


def kept(before, after):
    assert after.text == before.text
    assert [(s.span, s.pen) for s in after.strokes] == [(s.span, s.pen) for s in before.strokes]


def test_smooth_stays_within_its_tolerance_and_keeps_corners_and_dots(words):
    for ink in words:
        smooth = strokes.smooth(ink, 0.1)
        kept(ink, smooth)
        for old, new in zip(ink.strokes, smooth.strokes, strict=True):
            assert hausdorff(old.points, new.points, 0.05) <= 0.1 + 1e-9
            bare = old.points[np.concatenate([[True], np.abs(np.diff(old.points)) > 1e-9])]
            if len(bare) > 2:
                sharp = bare[strokes.corners(bare)]
                assert np.abs(sharp[:, None] - new.points).min(axis=1).max() < 1e-9


def test_baseline_takes_out_what_was_put_in(words):
    rng = np.random.default_rng(0)
    off, left = [], []
    for ink in words:
        shift, slope = rng.uniform(-0.4, 0.4) * SIZE, rng.uniform(-0.06, 0.06)
        level = strokes.baseline(ink, SIZE)
        crooked = level.map(lambda z, shift=shift, slope=slope: z + 1j * (shift + slope * z.real))
        straight = strokes.baseline(crooked, SIZE)
        kept(crooked, straight)
        for found, one in ((off, crooked), (left, straight)):
            found.append(max(float(np.abs((a.points - b.points).imag).max()) for a, b in zip(one.strokes, level.strokes, strict=True)))
    assert np.median(off) > 0.4 and np.median(left) < 0.1 * SIZE


def test_slant_reaches_a_target(words):
    for ink in words:
        for target in (0.0, 0.3):
            now = strokes.measured_slant(ink)
            upright = strokes.slant(ink, math.atan(math.tan(target) - math.tan(now)))
            kept(ink, upright)
            assert strokes.measured_slant(upright) == pytest.approx(target, abs=1e-6)


def test_humanize_and_size_keep_letters(words):
    for ink in words:
        loose = strokes.humanize(ink, SIZE, 1.0, seed=1)
        kept(ink, loose)
        for old, new in zip(ink.strokes, loose.strokes, strict=True):
            moved = new.points - old.points
            assert np.abs(moved.imag).max() <= REACH * SIZE + 1e-9 and np.abs(moved.real - moved.real.mean()).max() < 0.2 * SIZE
        kept(ink, strokes.size(ink, SIZE, 4.0))
