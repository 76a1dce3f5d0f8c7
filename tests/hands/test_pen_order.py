"""Ways of a pen over lines, and the likeliest of them."""

from itertools import pairwise

import numpy as np
import pytest

from benchmarks.photos import penmanship
from plotwriter.hands.pen_order import in_pen_order
from plotwriter.hands.pen_routes import Edges, backwards, bridges_of, neighbours
from plotwriter.ink import Page
from plotwriter.letter import Sheet, compose
from plotwriter.nets.checkpoint import load_hands
from plotwriter.styles import find_style

# a loop, a stem with a branch, a bar across it, and a dot: nodes 0 to 7
PLACES = np.array([0, 10, 10 + 10j, 20, 20 + 20j, 15 + 10j, 25 + 10j, 40 + 5j])
ENDS = [(0, 1), (1, 2), (2, 1), (1, 3), (3, 5), (5, 4), (5, 6), (2, 5), (7, 7)]
WORD = ((0, 2, 4, 6), (8, 10), (13,), (14,), (16,))


def lines():
    """The edges above; the loop's two sides differ in length."""
    points = [np.array([PLACES[a], (PLACES[a] + PLACES[b]) / 2 + k / 3, PLACES[b]]) for k, (a, b) in enumerate(ENDS[:-1])]
    return Edges([*points, PLACES[7:]], ENDS)


def test_a_change_leaves_no_line_out_and_lifts_no_pen_within_a_stroke():
    edges = lines()
    bridges = bridges_of(edges, range(len(ENDS)), 30.0)
    seen, waiting = {WORD}, [WORD]
    for _ in range(12):
        for word in neighbours(waiting.pop(0), edges, bridges):
            assert {way >> 1 for route in word for way in route} == set(range(len(ENDS)))
            for route in word:
                assert all(edges.start(a ^ 1) == edges.start(b) for a, b in pairwise(route))
                assert backwards(backwards(route)) == route
            if word not in seen:
                seen.add(word)
                waiting.append(word)
    assert len(seen) > 300


def test_no_way_back_is_shorter_than_the_bridge():
    edges = lines()
    bridges = bridges_of(edges, range(len(ENDS)), 25.0)

    def ways(node, goal, left, gone):
        if node == goal:
            yield gone
        for way in range(2 * len(ENDS) - 2):
            length = edges.length((way,))
            if edges.start(way) == node and length <= left and len(gone) < 5:
                yield from ways(edges.start(way ^ 1), goal, left - length, (*gone, way))

    for a in range(7):
        for b in range(7):
            every = [edges.length(route) for route in ways(a, b, 25.0, ())]
            assert ((a, b) in bridges) == bool(every)
            if every:
                assert edges.length(bridges[a, b]) == pytest.approx(min(every))


def test_strokes_backwards_and_shuffled_come_back_in_the_order_of_the_pen():
    sheet = Sheet(Page(120.0, 40.0), margins=(12.0,) * 4, x_height=3.0)
    written = compose("river stone", find_style("larch"), sheet, seed=4, device="cpu").document.pages[0].strokes
    truth = [8 * stroke.points for stroke in written]  # px
    edges, rng = Edges([], [], 1.0), np.random.default_rng(1)
    for points in truth:
        edges.add(points)
    shuffled = tuple((2 * int(k) + int(rng.integers(2)),) for k in rng.permutation(len(truth)))
    model = load_hands(find_style("larch").weights).eval()
    rows = in_pen_order(edges, [shuffled], ["river stone"], model)
    assert [word.text for word in rows[0]] == ["river", "stone"]
    before = penmanship(truth, [edges.drawn(route) for route in shuffled], 4.0)
    found = [edges.drawn(route) for word in rows[0] for route in word.routes]
    right, order = penmanship(truth, found, 4.0)
    assert right > 0.95 > 0.8 > before[0] and order > 0.95
    assert sorted(way >> 1 for word in rows[0] for route in word.routes for way in route) == list(range(len(truth)))
    again = in_pen_order(edges, [shuffled], ["river stone"], model)
    assert [word.routes for word in again[0]] == [word.routes for word in rows[0]]


def test_without_a_baseline_there_is_no_order():
    edges = Edges([], [], 1.0)
    edges.add(np.array([0, 10 + 0j]))
    assert in_pen_order(edges, [((0,),)], ["a"], load_hands(find_style("larch").weights).eval()) is None
