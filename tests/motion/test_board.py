"""A board's own ramps, foretold: against the simulated board, which takes its lines one by one."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from plotwriter.devices.simulator.lookahead import Lookahead
from plotwriter.ink import Ink, Stroke
from plotwriter.motion import Limits, PenTimes, Trajectory, plan
from plotwriter.motion.board import CAPACITY, BoardMotion, board_time, run_lines
from tests.devices.factories import PAGE, make_loops, make_page

BOARD = BoardMotion((100.0, 80.0), (400.0, 300.0), 0.01)
LIMITS = Limits(50.0, 80.0, 400.0, 400.0, 0.01, 100.0, ramps="board")


def lines(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """A path of long and short lines, bends and corners, and a feed for each."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 120))
    steps = rng.choice([0.03, 0.3, 4.0], n) * np.exp(1j * np.cumsum(rng.normal(size=n) * rng.choice([0.1, 0.5, 2.0])))
    return np.concatenate(([0j], np.cumsum(steps))), rng.uniform(3, 60, n)


def simulated(points: np.ndarray, feeds: np.ndarray) -> float:
    """Seconds the simulated planner takes, its buffer always full."""
    board = Lookahead(max_rate=BOARD.max_rate, accel=BOARD.accel, deviation=BOARD.deviation)
    waiting = list(zip(points[1:].tolist(), feeds.tolist(), strict=True))
    while waiting or not board.empty:
        while waiting and len(board.blocks) < CAPACITY:
            board.add(*waiting.pop(0))
        board.advance(board.next_end())
    return board.now


@pytest.mark.parametrize("seed", range(30))
def test_the_time_is_the_boards(seed: int) -> None:
    points, feeds = lines(seed)
    assert board_time(points, feeds, BOARD) == pytest.approx(simulated(points, feeds), rel=1e-4)


@pytest.mark.parametrize("seed", range(10))
def test_a_run_is_continuous_from_rest_to_rest_and_within_its_limits(seed: int) -> None:
    points, feeds = lines(seed)
    (move,) = run_lines([(points, feeds)], BOARD, pen_down=[True], strokes=[0])
    assert move.v_in[0] == move.v_out[-1] == 0 and np.allclose(move.v_in[1:], move.v_out[:-1])
    assert move.distance == pytest.approx(np.abs(np.diff(points)).sum()) and np.allclose(move.start[1:], move.end[:-1])
    along = (move.v_out**2 - move.v_in**2) / (2 * move.lengths)
    unit = (move.end - move.start) / move.lengths
    assert (np.abs(along * unit.real) <= 400 * 1.001).all() and (np.abs(along * unit.imag) <= 300 * 1.001).all()
    assert move.v_out.max() <= feeds.max() * 1.001


def test_moves_side_by_side_are_moves_alone() -> None:
    moves = [lines(seed) for seed in range(8)]
    together = run_lines(moves, BOARD, pen_down=[True] * 8, strokes=list(range(8)))
    assert [move.duration for move in together] == pytest.approx([board_time(*move, BOARD) for move in moves])


def test_a_plan_for_such_a_board_says_what_it_is_told() -> None:
    ink = make_page(n_words=3)
    page_plan = plan(ink, LIMITS, PenTimes(0.1, 0.1))
    for action in page_plan.actions:
        if isinstance(action, Trajectory):
            assert action.told is not None
            points, feeds = action.told
            assert board_time(points, feeds, BoardMotion.of(LIMITS)) == pytest.approx(action.duration)
            assert (np.diff(points) != 0).all() and len(points) == len(feeds) + 1


def test_a_dot_is_told_too() -> None:
    (line,) = [
        a
        for a in plan(Ink((Stroke(np.array([9 + 9j]), (0, 1)),), "i", PAGE), LIMITS, PenTimes(0.1, 0.1)).actions
        if isinstance(a, Trajectory) and a.pen_down
    ]
    assert line.told is not None and abs(line.told[0][-1] - line.told[0][0]) == pytest.approx(0.2)


def wild(seed: int) -> list[np.ndarray]:
    """Loops, zigzags with corners of every size, long diagonals."""
    rng = np.random.default_rng(seed)
    made = [make_loops(rng, n=int(rng.integers(40, 1500)), size=10 ** rng.uniform(-0.7, 0.5)) for _ in range(3)]
    for _ in range(6):
        size, n = 10 ** rng.uniform(-1.5, 1.2), int(rng.integers(2, 12))
        made.append(50 + 50j + size * (rng.normal(size=n) + 1j * rng.normal(size=n)))
    return [*made, np.array([10 + 10j, 60 + 60j])]


@pytest.mark.parametrize(
    ("changes", "most"),
    [
        ({}, 1.1),
        ({"accel_x": 250.0, "accel_y": 350.0}, 1.1),
        ({"line_time": 0.01}, 1.2),
        ({"accel": 200.0}, 1.2),  # of a board that ramps twice as steeply
        ({"accel": 200.0, "line_time": 0.01}, 1.4),
        ({"travel_accel": 3000.0}, 1.1),
    ],
    ids=["whole", "axes", "10 ms", "gentle", "gentle, 10 ms", "steep board"],
)
@pytest.mark.parametrize("seed", range(6))
def test_what_a_board_makes_of_our_lines_never_asks_for_more_than_the_limit(seed: int, changes: dict[str, float], most: float) -> None:
    """Its own corner rule and its axes' own accelerations would: 1.9 times as much."""
    limits = dataclasses.replace(LIMITS, reserve=0.04, **changes)
    ink = Ink(tuple(Stroke(path, (0, 1)) for path in wild(seed)), "a", PAGE)
    drawn = [a for a in plan(ink, limits, PenTimes(0.1, 0.1)).actions if isinstance(a, Trajectory) and a.pen_down]
    for move in drawn:
        t = np.arange(-0.01, move.duration + 0.01, 0.0004)
        across = (move.at(t + 0.01) - 2 * move.at(t) + move.at(t - 0.01)) / 0.01**2
        assert np.abs(across).max() <= limits.accel
        assert np.abs(across.real).max() <= limits.accel_x and np.abs(across.imag).max() <= limits.accel_y
    host = plan(ink, dataclasses.replace(limits, ramps="host"), PenTimes(0.1, 0.1)).actions
    assert sum(a.duration for a in drawn) <= most * sum(a.duration for a in host if isinstance(a, Trajectory) and a.pen_down)
