"""Commas and full stops stay with their word."""

import itertools

import numpy as np
import pytest

from plotwriter.ink import Ink, Stroke
from plotwriter.strokes import stops

X_HEIGHT = 2.0


def word(gap: float, text: str = "fly,") -> Ink:
    """Letters 6 mm wide, and behind them the stops, `gap` x-heights after what is before."""
    n = len(text.rstrip(",.!"))
    strokes, right = [Stroke(np.array([0 + 0j, 6 + 1j]), (0, n)), Stroke(np.array([1 + 2j, 3 + 2j]), (0, 1))], 6.0
    for k in range(n, len(text)):
        left = right + gap * X_HEIGHT
        strokes.append(Stroke(np.array([left + 0j, left + 0.2 - 1j]), (k, k + 1)))
        right = left + 0.2
    return Ink(tuple(strokes), text)


def gaps(ink: Ink) -> list[float]:
    ends = [6.0, *(float(s.points.real.max()) for s in ink.strokes[2:])]
    return [(float(s.points.real.min()) - end) / X_HEIGHT for s, end in zip(ink.strokes[2:], ends[:-1], strict=True)]


@pytest.mark.parametrize("text", ["fly,", "fly...", "Ada!", "a,"])
def test_a_stop_that_floats_is_drawn_in_and_keeps_its_rank(text):
    found = [gaps(stops(word(gap, text), X_HEIGHT)) for gap in (-0.5, 0.2, 0.6, 0.8, 1.5, 4.0)]
    for before, after in itertools.pairwise(found):
        assert all(a < b for a, b in zip(before, after, strict=True))
    assert found[2] == pytest.approx([0.6] * len(found[2])) and max(map(max, found)) < 1.0


def test_nothing_else_moves():
    for ink in (word(0.4), word(3.0, "fly"), Ink((), ""), Ink((Stroke(np.array([5 + 0j]), (0, 1)),), ".")):
        assert all(np.array_equal(a.points, b.points) for a, b in zip(stops(ink, X_HEIGHT).strokes, ink.strokes, strict=True))
    floating, drawn = word(3.0), stops(word(3.0), X_HEIGHT)
    assert all(np.array_equal(a.points, b.points) for a, b in zip(drawn.strokes[:2], floating.strokes[:2], strict=True))
    assert np.allclose(np.diff(drawn.strokes[2].points), np.diff(floating.strokes[2].points))
    assert (drawn.text, [s.span for s in drawn.strokes]) == (floating.text, [s.span for s in floating.strokes])
