import dataclasses

import numpy as np
import pytest

from plotwriter.ink import Document, Ink, Page, Stroke
from tests.factories import make_ink


@pytest.mark.parametrize("points", [[], [[1j, 2j]], 5])
def test_a_stroke_needs_points(points):
    with pytest.raises(ValueError, match="n >= 1"):
        Stroke(np.array(points, dtype=complex), (0, 1))


def test_points_are_the_strokes_own_and_read_only():
    points = np.array([1 + 1j, 2 + 2j])
    stroke = Stroke(points, (0, 1))
    points[0] = 9
    assert stroke.points[0] == 1 + 1j
    with pytest.raises(ValueError, match="read-only"):
        stroke.points[0] = 0
    assert Stroke(stroke.points, (0, 1)).points is stroke.points  # frozen already: no copy
    with pytest.raises(dataclasses.FrozenInstanceError):
        stroke.pen = 2


def test_points_are_complex_whatever_they_come_as():
    assert Stroke(np.array([1, 2]), (0, 1)).points.dtype == np.complex128
    assert Stroke([1, 2j], (0, 1)).length == pytest.approx(np.sqrt(5))


def test_length_of_ink_is_that_of_its_strokes_and_a_dot_has_none():
    ink = make_ink("it is", n_strokes=2)
    assert ink.length == pytest.approx(sum(stroke.length for stroke in ink.strokes))
    assert ink.strokes[-1].length == 0.0


def test_map_and_with_points_keep_the_tags():
    ink = Ink((Stroke(np.array([1j]), (2, 3), 4),), "abc", Page(10, 20))
    moved = ink.map(lambda z: z + 5)
    assert (moved.text, moved.page, moved.strokes[0].span, moved.strokes[0].pen) == ("abc", Page(10, 20), (2, 3), 4)
    assert moved.strokes[0].points[0] == 5 + 1j and ink.strokes[0].points[0] == 1j
    assert ink.strokes[0].with_points(np.array([1.0, 2.0])).span == (2, 3)


def test_bounds():
    ink = Ink((Stroke(np.array([1 + 2j, 3 - 4j]), (0, 1)), Stroke(np.array([-5 + 0j]), (0, 1))), "a")
    assert ink.bounds() == (-5, -4, 3, 2)
    assert Ink((), "").bounds() == (0, 0, 0, 0)


def test_landscape_and_document():
    assert Page(210, 297).landscape == Page(297, 210) == Page(297, 210).landscape
    document = Document((), "")
    assert (document.style, document.seed, document.version) == ("", None, "")
