import random
from dataclasses import replace

import numpy as np
import pytest

from plotwriter.ink import Ink, Page
from plotwriter.layout import order, simplify, travel
from plotwriter.layout.vpype_bridge import from_document, to_document
from tests.factories import hausdorff, make_page, n_dots


def tags(ink):
    return sorted((stroke.points.tobytes(), stroke.span, stroke.pen) for stroke in ink.strokes)


@pytest.mark.parametrize("seed", range(4))
def test_order_keeps_every_stroke_and_never_travels_more(seed):
    page = make_page(60, seed)
    shuffled = list(page.strokes)
    random.Random(seed).shuffle(shuffled)
    for ink in (page, replace(page, strokes=tuple(shuffled)), replace(page, strokes=page.strokes[:2]), Ink((), "")):
        sorted_ink = order(ink)
        assert tags(sorted_ink) == tags(ink)
        assert travel(sorted_ink.strokes) <= travel(ink.strokes) + 1e-9
        assert [s.pen for s in sorted_ink.strokes] == [s.pen for s in ink.strokes]
    assert travel(order(replace(page, strokes=tuple(shuffled))).strokes) < travel(shuffled) / 2


@pytest.mark.parametrize("tolerance", [0.005, 0.05, 0.5])
def test_simplify_spares_points_and_keeps_strokes(tolerance):
    page = make_page(20)
    simple = simplify(page, tolerance)
    assert sum(len(s.points) for s in simple.strokes) < sum(len(s.points) for s in page.strokes)
    for old, new in zip(page.strokes, simple.strokes, strict=True):
        assert (old.span, old.pen) == (new.span, new.pen)
        assert hausdorff(old.points, new.points) <= tolerance + 1e-9
    assert n_dots(simple) == n_dots(page)


def test_vpype_keeps_strokes_dots_pens_and_spans():
    page = make_page(80)
    back = from_document(to_document(page))
    assert back.text == page.text
    assert back.page is not None and page.page is not None
    assert np.allclose([back.page.width, back.page.height], [page.page.width, page.page.height])
    assert len(back.strokes) == len(page.strokes) and n_dots(back) == n_dots(page)
    by_pen = sorted(page.strokes, key=lambda stroke: stroke.pen)
    assert [(s.span, s.pen) for s in back.strokes] == [(s.span, s.pen) for s in by_pen]


def test_spans_survive_what_vpype_does_to_order_and_direction():
    page = make_page(20)
    document = to_document(page)
    for lines in document.layers.values():
        lines.reverse()
        lines.flip_lines()
    back = from_document(document)
    assert sorted(s.span for s in back.strokes) == sorted(s.span for s in page.strokes)
    document.translate(1, 1)  # now the lines are other lines
    assert {s.span for s in from_document(document).strokes} == {(0, len(page.text))}


def test_line_frame_has_no_page():
    ink = from_document(to_document(replace(make_page(5), page=None)))
    assert ink.page is None
    assert from_document(to_document(Ink((), "", Page(10, 10)))).strokes == ()
