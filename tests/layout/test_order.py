import random
from dataclasses import replace
from itertools import groupby, pairwise, permutations, product

import numpy as np
import pytest

from plotwriter.errors import ConfigError
from plotwriter.ink import Ink, Page
from plotwriter.layout import order, simplify, travel
from plotwriter.layout.passes import passes
from plotwriter.layout.tour import shortest_tour
from plotwriter.layout.vpype_bridge import from_document, to_document
from tests.factories import hausdorff, make_page, n_dots


def tags(ink):
    """Strokes whichever way round."""
    return sorted((min(s.points.tobytes(), s.points[::-1].tobytes()), s.span, s.pen) for s in ink.strokes)


def words_in_order(ink):
    """Of every pen, the word of each stroke, without repetitions in a row."""
    return [
        (pen, ink.text.count(" ", 0, first))
        for (pen, first), _ in groupby(ink.strokes, key=lambda s: (s.pen, ink.text.rfind(" ", 0, s.span[0] + 1)))
    ]


@pytest.mark.parametrize("seed", range(4))
def test_order_keeps_every_stroke_and_never_travels_more(seed):
    page = make_page(60, seed)
    shuffled = list(page.strokes)
    random.Random(seed).shuffle(shuffled)
    for ink in (page, replace(page, strokes=tuple(shuffled)), replace(page, strokes=page.strokes[:2]), Ink((), "")):
        fast = order(ink, effort=1)
        assert tags(fast) == tags(ink)
        assert travel(fast.strokes, home=0j) <= travel(ink.strokes, home=0j) + 1e-9
        assert [s.pen for s in fast.strokes] == [s.pen for s in ink.strokes]
        assert order(ink, "natural") is ink
    assert travel(order(page).strokes) < 0.7 * travel(page.strokes)


@pytest.mark.parametrize("seed", range(2))
def test_words_stay_whole_and_the_order_is_always_the_same(seed):
    page = make_page(80, seed)
    fast = order(page, effort=1)
    visits = words_in_order(fast)
    assert len(visits) == len(set(visits))
    assert [(s.span, s.points[0]) for s in order(page, effort=1).strokes] == [(s.span, s.points[0]) for s in fast.strokes]


def test_an_unknown_order_is_refused():
    with pytest.raises(ConfigError, match=r"--order.*natural, fast"):
        order(make_page(3), "quick")


def cost_of(places, tour, start, end):
    here, total = start, 0.0
    for _, one in tour:
        total, here = total + abs(one.entry - here) + one.cost, one.exit
    return total + abs(end - here)


def random_words(rng, sizes):
    return [rng.uniform(0, 50, (m, 2)) + 1j * rng.uniform(0, 50, (m, 2)) for m in sizes]


@pytest.mark.parametrize("m", [1, 2, 3, 4])
def test_passes_hold_the_best_way_from_anywhere_to_anywhere(m):
    rng = np.random.default_rng(m)
    (ends,) = random_words(rng, [m])
    (kept,) = passes([ends])
    points = ends.ravel()
    for _ in range(5):
        here, there = rng.uniform(-20, 70, 2) + 1j * rng.uniform(-20, 70, 2)
        best = min(
            abs(points[way[0]] - here) + sum(abs(points[b] - points[a ^ 1]) for a, b in pairwise(way)) + abs(there - points[way[-1] ^ 1])
            for turns in product((0, 1), repeat=m)
            for way in permutations([2 * k + turn for k, turn in enumerate(turns)])
        )
        assert min(abs(one.entry - here) + one.cost + abs(there - one.exit) for one in kept) == pytest.approx(best)


@pytest.mark.parametrize("sizes", [(), (1,), (2, 1), (1, 3, 2, 1, 1), (9, 12), (1,) * 5])
def test_a_tour_is_nearly_the_shortest_and_goes_everywhere_once(sizes):
    rng = np.random.default_rng(len(sizes))
    words = random_words(rng, sizes)
    places = passes(words)
    tour = shortest_tour(places, 0j, 60 + 0j, kicks=20)
    assert sorted(k for k, _ in tour) == list(range(len(sizes)))
    for (k, one), _ in zip(tour, sizes, strict=True):
        points = words[k].ravel()
        assert one.entry == points[one.way[0]] and one.exit == points[one.way[-1] ^ 1]
        assert sorted(end // 2 for end in one.way) == list(range(len(words[k])))
        assert one.cost == pytest.approx(sum(abs(points[b] - points[a ^ 1]) for a, b in pairwise(one.way)))
    if sizes == (1,) * 5:
        both = [(places[k][0].entry, places[k][0].exit) for k in range(5)]
        best = min(
            sum(abs(b - a) for a, b in zip((0j, *(e[1] for e in way)), (*(e[0] for e in way), 60 + 0j), strict=True))
            for perm in permutations(range(5))
            for turns in product((0, 1), repeat=5)
            for way in ([both[k] if t else both[k][::-1] for k, t in zip(perm, turns, strict=True)],)
        )
        assert cost_of(places, tour, 0j, 60 + 0j) <= 1.05 * best


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
