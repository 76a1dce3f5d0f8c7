"""Words pulled towards their hand: less unrest, nothing else changed."""

import math

import numpy as np
import pytest

from plotwriter.ink import Ink, Stroke
from plotwriter.strokes import measured_slant, size, slant, steady
from plotwriter.strokes.steady import KEPT
from tests.factories import make_ink

X_HEIGHT = 2.5
WORDS = ["mountain", "their", "running", "iron", "seldom", "winter", "unite", "across"]


def hand(seed=0):
    """Words of one hand, each with a lean, a size and a height of its own."""
    rng = np.random.default_rng(seed)
    words = []
    for k, text in enumerate(WORDS):
        ink = size(make_ink(text, 2, seed=seed + k), X_HEIGHT, X_HEIGHT * rng.uniform(0.9, 1.1))
        shift = 1j * rng.uniform(-0.15, 0.15) * X_HEIGHT
        words.append(slant(ink, rng.normal(0, math.radians(6))).map(lambda points, shift=shift: points + shift))
    return words


def leans(words):
    return np.tan([measured_slant(ink) for ink in words])


def tallest(words):
    """Height of the whole word over that of the same word unmoved: its size."""
    return np.array([np.ptp([y for s in ink.strokes for y in s.points.imag]) for ink in words])


@pytest.mark.parametrize("variation", [0.0, 0.5, 1.0, 2.0])
def test_the_lean_that_stays_is_the_share_that_was_asked_for(variation):
    words = hand()
    np.testing.assert_allclose(
        leans([steady(ink, X_HEIGHT, variation=variation) for ink in words]), KEPT * variation * leans(words), atol=0.02
    )


def test_less_variation_is_less_unrest_of_lean_size_and_height():
    words = hand(3)
    plain = [make_ink(text, 2, seed=3 + k) for k, text in enumerate(WORDS)]
    spread = []
    for variation in (0.0, 1.0, 2.0):
        steadied = [steady(ink, X_HEIGHT, variation=variation) for ink in words]
        feet = [np.quantile(np.concatenate([s.points.imag for s in ink.strokes]), 0.9) for ink in steadied]
        spread.append((leans(steadied).std(), (tallest(steadied) / tallest(plain)).std(), np.std(feet)))
    assert all(a < b < c for a, b, c in zip(*spread, strict=True))


def test_its_own_variation_leaves_a_word_as_it_is():
    for ink in hand():
        for old, new in zip(ink.strokes, steady(ink, X_HEIGHT, variation=1 / KEPT).strokes, strict=True):
            np.testing.assert_allclose(new.points, old.points, atol=1e-9)


@pytest.mark.parametrize("variation", [0.0, 1.0, 2.0])
def test_a_mark_stays_where_it_was_over_its_letter(variation):
    for ink in hand():
        over = [(k, Stroke(ink.strokes[0].points[k : k + 1] - 0.6j, (0, 1))) for k in range(5, len(ink.strokes[0].points), 20)]
        after = steady(Ink((*ink.strokes, *(mark for _, mark in over)), ink.text), X_HEIGHT, variation=variation)
        for (k, _), mark in zip(over, after.strokes[len(ink.strokes) :], strict=True):
            assert abs(mark.points[0] - (after.strokes[0].points[k] - 0.6j)) < 0.25


def test_short_words_and_figures_stay_as_they_are():
    for text in ("I", "of", "42%", "--"):
        ink = slant(make_ink(text), 0.3)
        assert steady(ink, X_HEIGHT) is ink
    assert steady(Ink((), "word"), X_HEIGHT).strokes == ()
