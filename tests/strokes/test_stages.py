"""One table for all stages: what each of them must leave alone."""

from functools import partial

import numpy as np
import pytest

from plotwriter import strokes
from plotwriter.ink import Ink, Page, Stroke
from tests.factories import make_ink, make_page

STAGES = {
    "smooth": strokes.smooth,
    "baseline": partial(strokes.baseline, x_height=2.5),
    "slant": partial(strokes.slant, angle=0.2),
    "size": partial(strokes.size, x_height_from=2.5, x_height_to=4.0),
    "dots": strokes.dots,
    "humanize": partial(strokes.humanize, x_height=2.5, dial=0.8, seed=3),
    "steady": partial(strokes.steady, x_height=2.5),
}
INKS = {
    "empty": Ink((), ""),
    "lone dot": Ink((Stroke(np.array([3 + 4j]), (0, 1), pen=2),), "."),
    "one stroke": make_ink("hello"),
    "twice the same point": Ink((Stroke(np.array([1 + 1j, 1 + 1j]), (0, 1)),), "."),
    "a straight line": Ink((Stroke(np.array([0j, 5 + 0j]), (0, 1)),), "-"),
    "a page": make_page(60),
    "no text": Ink((Stroke(np.array([0j, 1j, 5 + 0j]), (0, 0)),), "", Page(10, 10)),
}


@pytest.mark.parametrize("stage", STAGES.values(), ids=STAGES.keys())
@pytest.mark.parametrize("ink", INKS.values(), ids=INKS.keys())
def test_a_stage_keeps_what_is_not_its_own(stage, ink):
    before = [stroke.points.copy() for stroke in ink.strokes]
    after = stage(ink)
    assert all(np.array_equal(stroke.points, points) for stroke, points in zip(ink.strokes, before, strict=True))
    assert after.text == ink.text and after.page == ink.page
    assert len(after.strokes) == len(ink.strokes)
    for old, new in zip(ink.strokes, after.strokes, strict=True):
        assert (new.span, new.pen) == (old.span, old.pen)
        assert 0 <= new.span[0] <= new.span[1] <= len(after.text)
        assert np.isfinite(new.points).all() and not new.points.flags.writeable


@pytest.mark.parametrize("call", [lambda i: strokes.smooth(i, 0), lambda i: strokes.size(i, 0, 1), lambda i: strokes.dots(i, float("nan")),
                                  lambda i: strokes.slant(i, 2.0), lambda i: strokes.baseline(i, -1),
                                  lambda i: strokes.humanize(i, 2.5, 1.5), lambda i: strokes.humanize(i, 0),
                                  lambda i: strokes.steady(i, 2.5, variation=2.6)])  # fmt: skip
def test_a_stage_refuses_numbers_that_mean_nothing(call):
    with pytest.raises(ValueError):
        call(make_ink("hi"))
