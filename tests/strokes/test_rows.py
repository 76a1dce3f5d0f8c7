"""Rows nobody told of: found, levelled and uprighted."""

import math

import numpy as np
import pytest

from plotwriter.ink import Ink
from plotwriter.strokes import measured_slant, slant
from plotwriter.strokes.rows import by_rows, deslant_rows, estimated_x_height, level_rows, page_tilt, rows_of
from tests.factories import make_page

SIZE = 2.5


@pytest.mark.parametrize("seed", range(4))
def test_rows_are_those_that_were_written(seed):
    page = make_page(80, seed)
    rows = rows_of(page, SIZE)
    assert sorted(k for _, row in rows for k in row) == list(range(len(page.strokes)))
    baselines = {round(s.points[0].imag) for s in page.strokes if s.length > 3}
    assert len(rows) == len(baselines) and all(min(abs(y - b) for b in baselines) < 0.3 * SIZE for y, _ in rows)
    assert 0.5 * SIZE < estimated_x_height(page) < 2 * SIZE
    assert rows_of(Ink((), ""), SIZE) == [] and estimated_x_height(Ink((), "")) == 1.0


@pytest.mark.parametrize("degrees", [-3.0, -0.7, 0.0, 2.0])
def test_a_tilted_page_is_level_again(degrees):
    page = make_page(80)
    tilted = page.map(lambda z: z + 1j * math.tan(math.radians(degrees)) * (z.real - 105))
    assert math.degrees(page_tilt(tilted, SIZE)) == pytest.approx(degrees, abs=0.25)
    level = level_rows(tilted, SIZE)
    off = [abs(a.points[0].imag - b.points[0].imag) for a, b in zip(page.strokes, level.strokes, strict=True) if a.length > 3]
    assert np.median(off) < 0.12 * SIZE
    assert [(s.span, s.pen, len(s.points)) for s in level.strokes] == [(s.span, s.pen, len(s.points)) for s in page.strokes]


def test_leans_reach_their_target_and_words_only_when_asked():
    page = make_page(60)
    rng = np.random.default_rng(0)
    crooked = by_rows(page, SIZE, lambda word: slant(word, math.radians(rng.uniform(-10, 10))), words=True)

    def spread(ink):
        leans = []

        def seen(word):
            leans.append(math.degrees(measured_slant(word)))
            return word

        by_rows(ink, SIZE, seen, words=True)
        return np.std(leans)

    even, whole = (deslant_rows(crooked, SIZE, 0.2, words=words) for words in (True, False))
    assert measured_slant(whole) == pytest.approx(0.2, abs=0.02)
    assert spread(even) < 0.6 * spread(crooked) and spread(whole) == pytest.approx(spread(crooked), rel=0.2)
