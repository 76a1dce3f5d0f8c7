"""A plan for a machine that shakes: acceleration along the path changes no faster than it may."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from plotwriter.devices import load_profile, open_device, plot_page, simulated_board
from plotwriter.errors import ConfigError
from plotwriter.motion.planner import travel
from tests.devices.factories import make_page
from tests.motion.test_speeds import HORIZON, LIMITS, drawn, strokes

JERK = 60_000.0  # mm/s³: 25 ms from full braking to full acceleration
SOFT = dataclasses.replace(LIMITS, jerk=JERK)


def along(move, t):
    """Millimetres passed at each time."""
    ends = np.cumsum(move.durations)
    piece = np.minimum(np.searchsorted(ends, t), len(ends) - 1)
    part = np.clip(t - (ends - move.durations)[piece], 0, move.durations[piece])
    gain = (move.v_out - move.v_in)[piece] / move.durations[piece]
    return (np.cumsum(move.lengths) - move.lengths)[piece] + move.v_in[piece] * part + gain * part**2 / 2


def jerk_seen(move):
    """The largest third difference of the way passed, over the horizon, mm/s³."""
    t = np.arange(-2 * HORIZON, move.duration + 2 * HORIZON, 0.0005)
    s = along(move, t)
    n = round(HORIZON / 0.0005)
    return float(np.abs(s[3 * n :] - 3 * s[2 * n : -n] + 3 * s[n : -2 * n] - s[: -3 * n]).max() / HORIZON**3)


@pytest.mark.parametrize("seed", range(4))
def test_acceleration_changes_no_faster_and_is_no_larger(seed):
    hard, soft = drawn(strokes(seed), LIMITS), drawn(strokes(seed), SOFT)
    assert max(map(jerk_seen, hard)) > 1.3 * JERK
    for move in soft:
        assert jerk_seen(move) <= 1.02 * JERK
        t = np.arange(-HORIZON, move.duration + HORIZON, 0.0002)
        assert (np.abs(move.at(t + HORIZON) - 2 * move.at(t) + move.at(t - HORIZON)) / HORIZON**2).max() <= LIMITS.accel * 0.96
        assert move.v_in[0] == move.v_out[-1] == 0 and np.array_equal(move.v_in[1:], move.v_out[:-1])
        assert np.array_equal(move.start[1:], move.end[:-1])
    assert sum(move.duration for move in hard) < sum(move.duration for move in soft)


@pytest.mark.parametrize("distance", [0.05, 1.0, 30.0, 250.0])
def test_a_soft_travel_takes_as_much_longer_as_its_window(distance):
    (hard,), (soft,) = (travel(10 + 10j, 10 + 10j + distance * (0.6 + 0.8j), limits, stroke=0) for limits in (LIMITS, SOFT))
    accel = float(hard.v_out[0] ** 2 / (2 * hard.lengths[0]))
    assert soft.duration == pytest.approx(hard.duration + 2 * accel / JERK, abs=0.004)
    assert (soft.start[0], soft.end[-1], soft.distance) == (hard.start[0], hard.end[-1], pytest.approx(distance))
    assert jerk_seen(soft) <= 1.02 * JERK < 1.3 * JERK < jerk_seen(hard)


def test_a_soft_path_passes_the_same_points_in_order():
    paths = strokes(2)
    for hard, soft in zip(drawn(paths, LIMITS), drawn(paths, SOFT), strict=True):
        places = np.concatenate((soft.start[:1], soft.end))
        where = np.searchsorted(np.concatenate(([0.0], np.cumsum(soft.lengths))), np.cumsum(hard.lengths) - 1e-6)
        assert np.abs(places[where] - hard.end).max() < 1e-5


def test_a_board_draws_it_whole_and_one_that_ramps_by_itself_refuses_it():
    profile = load_profile("axidraw")
    soft = dataclasses.replace(profile, motion=dataclasses.replace(profile.motion, jerk=JERK))
    ink = make_page(n_words=3)
    device = open_device(soft, "sim")
    plan = plot_page(ink, soft, device)
    board = simulated_board(device)
    assert board is not None and len(board.drawn()) == len(ink.strokes)
    assert plan.duration > plot_page(ink, profile, open_device(profile, "sim")).duration
    grbl = load_profile("grbl_servo")
    with pytest.raises((ValueError, ConfigError), match="jerk is for an EBB"):
        dataclasses.replace(grbl, motion=dataclasses.replace(grbl.motion, jerk=JERK))
