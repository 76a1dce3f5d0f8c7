from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest

from plotwriter.errors import LayoutError
from plotwriter.ink import Ink, Page, Stroke
from plotwriter.motion import Limits, PenAction, PenTimes, Plan, Trajectory, estimate, plan
from tests.devices.factories import PAGE, make_loops, make_page

LIMITS = Limits(
    feed=50.2, travel_speed=150.6, accel=762.0, travel_accel=1143.0, junction_deviation=0.02, motor_speed=305.0, kinematics="corexy"
)
PEN = PenTimes(raise_pen=0.13, lower_pen=0.146)
HORIZON = 0.010  # s


def make_plan(*paths: np.ndarray, limits: Limits = LIMITS) -> Plan:
    return plan(Ink(tuple(Stroke(path, (0, 1)) for path in paths), "a", PAGE), limits, PEN)


def drawn(p: Plan) -> list[Trajectory]:
    return [a for a in p.actions if isinstance(a, Trajectory) and a.pen_down]


def moves(p: Plan) -> list[Trajectory]:
    return [a for a in p.actions if isinstance(a, Trajectory)]


def commanded(move: Trajectory, step: float = 0.0005) -> np.ndarray:
    """Second difference over the horizon, mm/s²."""
    t = np.arange(-HORIZON, move.duration + HORIZON, step)
    return np.abs(move.at(t + HORIZON) - 2 * move.at(t) + move.at(t - HORIZON)) / HORIZON**2


def circle(radius: float, n: int = 2000) -> np.ndarray:
    return 50 + 50j + radius * np.exp(1j * np.linspace(0, 4 * np.pi, n))


def spiral(n: int = 4000) -> np.ndarray:
    t = np.linspace(0, 1, n)
    return 50 + 50j + (0.2 + 10 * t) * np.exp(1j * 40 * t)


CURVES = {
    "small circle": circle(0.5),
    "circle": circle(3.0),
    "large circle": circle(20.0),
    "spiral": spiral(),
    **{f"loops {seed}": make_loops(np.random.default_rng(seed), n=1500) for seed in range(6)},
}


@pytest.mark.parametrize("seed", range(4))
def test_speed_is_continuous_and_zero_at_both_ends(seed: int) -> None:
    for move in moves(plan(make_page(seed=seed), LIMITS, PEN)):
        assert move.v_in[0] == 0 and move.v_out[-1] == 0
        assert np.allclose(move.v_in[1:], move.v_out[:-1])
        assert np.array_equal(move.start[1:], move.end[:-1])
        assert (move.durations > 0).all() and np.isfinite(move.durations).all()


@pytest.mark.parametrize("seed", range(4))
def test_acceleration_along_the_path_and_speed_stay_within_limits(seed: int) -> None:
    for move in moves(plan(make_page(seed=seed), LIMITS, PEN)):
        a = np.abs(move.v_out**2 - move.v_in**2) / (2 * move.lengths)
        assert a.max() <= (LIMITS.accel if move.pen_down else LIMITS.travel_accel) * (1 + 1e-9)
        assert move.v_out.max() <= (LIMITS.feed if move.pen_down else LIMITS.travel_speed) * (1 + 1e-9)
        d = (move.end - move.start) / move.lengths
        v = np.maximum(move.v_in, move.v_out)
        assert (v * (np.abs(d.real) + np.abs(d.imag))).max() <= LIMITS.motor_speed * (1 + 1e-9)


@pytest.mark.parametrize("name", CURVES)
def test_commanded_acceleration_of_dense_curves_stays_at_the_limit(name: str) -> None:
    (move,) = drawn(make_plan(CURVES[name]))
    assert commanded(move).max() <= LIMITS.accel * 1.05
    assert np.percentile(commanded(move), 99) <= LIMITS.accel * 1.01


def test_a_circle_is_drawn_close_to_the_best_speed() -> None:
    (move,) = drawn(make_plan(circle(1.0)))
    assert move.v_in[len(move.v_in) // 2] == pytest.approx(np.sqrt(LIMITS.accel * (1 - LIMITS.reserve) * 1.0), rel=0.03)


def test_motor_speed_binds_on_diagonals() -> None:
    slow = Limits(200.0, 200.0, 2000.0, 2000.0, 0.02, 150.0, "corexy")
    (diagonal,) = drawn(make_plan(np.array([0, 60 + 60j]), limits=slow))
    (straight,) = drawn(make_plan(np.array([0, 80 + 0j]), limits=slow))
    assert diagonal.v_in.max() == pytest.approx(150 / np.sqrt(2))
    assert straight.v_in.max() == pytest.approx(150)


@pytest.mark.parametrize("seed", range(4))
def test_distance_is_the_polylines_length_but_for_rounding(seed: int) -> None:
    ink = make_page(seed=seed)
    for stroke, move in zip(ink.strokes, drawn(plan(ink, LIMITS, PEN)), strict=True):
        assert move.distance == pytest.approx(stroke.length if stroke.length else 0.2, rel=0.02)


def test_a_collinear_point_changes_nothing() -> None:
    corner = np.array([0, 30, 30 + 20j])
    more = np.array([0, 7.3, 7.4, 30, 30 + 1j, 30 + 20j, 30 + 20j])
    assert make_plan(corner).duration == pytest.approx(make_plan(more).duration, rel=1e-3)


def test_a_dot_is_a_mark_centred_on_its_point() -> None:
    (move,) = drawn(make_plan(np.array([12 + 7j])))
    assert (move.start[0] + move.end[-1]) / 2 == pytest.approx(12 + 7j)
    assert move.distance == pytest.approx(0.2)
    (again,) = drawn(make_plan(np.array([12 + 7j, 12 + 7j])))
    assert again.distance == pytest.approx(0.2)


def test_every_stroke_has_one_lowering_and_one_raising_in_order() -> None:
    ink = make_page()
    p = plan(ink, LIMITS, PEN)
    downs = [a.stroke for a in p.actions if isinstance(a, PenAction) and a.down]
    ups = [a.stroke for a in p.actions if isinstance(a, PenAction) and not a.down]
    assert downs == ups == list(range(len(ink.strokes)))
    assert p.pen_lifts == len(ink.strokes)
    assert (np.diff(p.stroke_starts) > 0).all()


def test_the_pen_is_always_where_it_was_left() -> None:
    p = plan(make_page(), LIMITS, PEN, home=3 + 4j)
    ends = [(m.start[0], m.end[-1]) for m in moves(p)]
    assert ends[0][0] == ends[-1][1] == 3 + 4j
    for (_, before), (after, _) in itertools.pairwise(ends):
        assert after == pytest.approx(before)


@pytest.mark.parametrize("distance", [0.01, 1.0, 19.0, 100.0])
def test_travel_is_a_rest_to_rest_trapezoid(distance: float) -> None:
    first = moves(make_plan(np.array([distance, distance + 5 + 0j])))[0]
    v, a = LIMITS.travel_speed, LIMITS.travel_accel * (1 - LIMITS.reserve / 2)
    best = 2 * np.sqrt(distance / a) if distance < v * v / a else distance / v + v / a
    assert first.duration == pytest.approx(best)


def test_the_estimate_adds_up() -> None:
    p = plan(make_page(), LIMITS, PEN)
    e = estimate(p)
    assert e.duration == pytest.approx(e.pen_down_time + e.pen_up_time + e.lift_time) == pytest.approx(p.duration)
    assert e.lift_time == pytest.approx(e.lifts * (PEN.raise_pen + PEN.lower_pen))
    assert e.pen_down_distance == pytest.approx(p.pen_down_distance)


def test_no_ink_is_no_plan() -> None:
    p = plan(Ink((), "", PAGE), LIMITS, PEN)
    assert p.actions == () and p.duration == 0 and estimate(p).lifts == 0


@pytest.mark.parametrize("path", [[0, 5, 0], [0, 5, 5.0001, 0], [0, 1, 1 + 1j, 1j, 0], [0, 1e-9], [3, 3 + 1e-3]])
def test_cusps_corners_and_specks_are_planned_in_finite_time(path: list[complex]) -> None:
    p = make_plan(np.array(path, dtype=complex))
    assert 0 < p.duration < 10
    assert commanded(drawn(p)[0]).max() < LIMITS.accel * 1.5


def test_ink_without_page_is_refused() -> None:
    with pytest.raises(LayoutError, match="no page"):
        plan(Ink((Stroke(np.array([0j]), (0, 1)),), "a"), LIMITS, PEN)


def test_a_limit_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="accel"):
        Limits(1.0, 1.0, 0.0, 1.0, 1.0, 1.0)


def test_lines_that_miss_the_stopwatchs_beat_are_refused() -> None:
    with pytest.raises(ValueError, match="got 7 ms"):
        dataclasses.replace(LIMITS, line_time=0.007)


def test_plan_leaves_the_ink_alone() -> None:
    ink = Ink((Stroke(np.array([1 + 1j, 2 + 2j]), (0, 1)),), "a", Page(10, 10))
    before = ink.strokes[0].points.copy()
    plan(ink, LIMITS, PEN)
    assert np.array_equal(before, ink.strokes[0].points)
