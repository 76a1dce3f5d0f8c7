"""How fast each point of a path may be passed: bends, corners, motors, then braking and speeding up.

Legend: s arc length (mm), v speed (mm/s), w = v², a acceleration limit (mm/s²).

A point is bounded by what a stopwatch would see: the second difference of the position over HORIZON,

    | p(s + L) - 2 p(s) + p(s - L) | / HORIZON²  <=  a        with  L = v * HORIZON

which is v² times the curvature on a curve however densely it is sampled, and v * 2 sin(turn / 2) / HORIZON
at a lone corner. Along the path what is left of the circle remains: a_t = a sqrt(1 - (w * share)²), where
w * share is the part of a that the bend takes. The speeds found are then judged by the same stopwatch.

Source: the measure is the wire's own (second difference over 10 ms of what is sent); junction deviation after
grbl's planner.c (sin(theta/2) form), here a further bound at corners and not the only one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from plotwriter.ink import Points
from plotwriter.motion.actions import Floats, Trajectory
from plotwriter.motion.limits import Limits

__all__ = ["along_path", "axis_speed", "resample", "speed_caps"]

HORIZON = 0.010  # s over which acceleration is judged: about one slice of the wire
PIECE = 0.1  # mm, longest piece of constant acceleration: short enough for the bend ahead to be seen
COLLINEAR = 1e-11  # mm off its neighbours' line that a point may lie and still say nothing
FLOOR_TIME = 0.002  # s; a * FLOOR_TIME is a speed so small that even turning back at it is no jolt
GRID = 20  # speeds tried per point, from the floor to the feed
JUDGED = 3  # times a path is slowed where it asks too much
CLOSE = 1.02  # times the limit that ends the judging
MARGIN = 0.97  # of the limit is planned for; step rounding and slicing take the rest


def resample(points: Points) -> Points:
    """The same path without points that say nothing, in pieces of at most PIECE mm.

    Args:
        points: (n,) mm, n >= 1

    Returns:
        (m,) mm; m == 1 only if the path has no length, else m >= 3
    """
    points = points[np.concatenate(([True], points[1:] != points[:-1]))]
    if len(points) == 1:
        return points
    if len(points) > 2:
        before, after = points[1:-1] - points[:-2], points[2:] - points[1:-1]
        cross = (before.conj() * after).imag
        keep = (np.abs(cross) > COLLINEAR * np.abs(points[2:] - points[:-2])) | ((before.conj() * after).real <= 0)
        points = points[np.concatenate(([True], keep, [True]))]
    lengths = np.abs(np.diff(points))
    n_pieces = np.maximum(np.ceil(lengths / PIECE - 1e-9).astype(int), 2 if len(points) == 2 else 1)
    first = np.repeat(np.cumsum(n_pieces) - n_pieces, n_pieces)
    along = (np.arange(n_pieces.sum()) - first) / np.repeat(n_pieces, n_pieces)
    starts = np.repeat(points[:-1], n_pieces) + np.repeat(np.diff(points), n_pieces) * along
    return np.concatenate((starts, points[-1:]))


def axis_speed(directions: Points, limits: Limits, speed: float) -> Floats:
    """The speed allowed along each direction once no motor may exceed its own.

    Args:
        directions: (n,) unit vectors
        limits: the machine's
        speed: mm/s wished for

    Returns:
        (n,) mm/s
    """
    x, y = np.abs(directions.real), np.abs(directions.imag)
    share = x + y if limits.kinematics == "corexy" else np.maximum(x, y)
    speeds: Floats = np.minimum(speed, limits.motor_speed / np.maximum(share, 1e-12))
    return speeds


def speed_caps(paths: Sequence[Points], limits: Limits) -> tuple[list[Floats], list[Floats]]:
    """How fast every point may be passed, whatever happens elsewhere, and how hard it bends.

    All paths are searched at once: each gets straight run-ups of its own on one common arc length.

    Args:
        paths: each (n,) mm, resampled, n >= 3
        limits: the machine's

    Returns:
        per path (n,) mm/s, and (n,) s²/mm², times v² the part of the limit the bend takes
    """
    reach = limits.feed * HORIZON * 1.01
    nodes, arcs, inside, offset = [], [], [], 0.0
    for path in paths:
        steps = np.abs(np.diff(path))
        first, last = (path[1] - path[0]) / steps[0], (path[-1] - path[-2]) / steps[-1]
        nodes.append(np.concatenate(([path[0] - reach * first], path, [path[-1] + reach * last])))
        arc = offset + np.concatenate(([0.0, reach], reach + np.cumsum(steps), [2 * reach + steps.sum()]))
        arcs.append(arc)
        inside.append(np.concatenate(([False], np.ones(len(path), bool), [False])))
        offset = float(arc[-1]) + 1.0
    p, s, mask = np.concatenate(nodes), np.concatenate(arcs), np.concatenate(inside)
    here, s_here = p[mask], s[mask]

    a = limits.accel * MARGIN
    floor = min(a * FLOOR_TIME, limits.feed)
    cap = np.full(len(here), limits.feed)
    share = np.zeros(len(here))
    open_ = np.arange(len(here))  # points for which every slower speed was fine
    v_before, seen_before = 0.0, np.zeros(len(here))
    for v in np.geomspace(floor, limits.feed, GRID):
        reach_v = v * HORIZON
        bend = np.interp(s_here[open_] + reach_v, s, p) - 2 * here[open_] + np.interp(s_here[open_] - reach_v, s, p)
        seen = np.abs(bend) / HORIZON**2
        share[open_] = seen / v**2 / a
        over = seen > a
        hit, below = open_[over], seen_before[over]
        cap[hit] = np.maximum(v_before + (v - v_before) * (a - below) / (seen[over] - below), floor)
        share[hit] = 1 / cap[hit] ** 2
        open_, seen_before, v_before = open_[~over], seen[~over], float(v)

    ends = np.cumsum([len(path) for path in paths])[:-1]
    caps, shares = np.split(cap, ends), np.split(share, ends)
    return [_corners(path, c, limits, floor) for path, c in zip(paths, caps, strict=True)], shares


def _corners(path: Points, cap: Floats, limits: Limits, floor: float) -> Floats:
    steps = np.diff(path)
    directions = steps / np.abs(steps)
    along = axis_speed(directions, limits, limits.feed)
    turn = np.abs(np.angle(directions[1:] * directions[:-1].conj()))
    half = np.cos(turn / 2)  # sin of half the inner angle
    junction = np.sqrt(limits.accel * MARGIN * limits.junction_deviation * half / np.maximum(1 - half, 1e-15))
    cap = cap.copy()
    cap[1:-1] = np.minimum(cap[1:-1], np.maximum(junction, floor))
    cap[:-1] = np.minimum(cap[:-1], along)
    cap[1:] = np.minimum(cap[1:], along)
    return cap


def along_path(path: Points, cap: Floats, share: Floats, accel: float) -> Floats:
    """The speed at every point: as fast as allowed, able to brake for what comes, at rest at both ends.

    The result is judged by the stopwatch again, now with its changing speed, and slowed where it asks too much.

    Args:
        path: (n,) mm
        cap: (n,) mm/s, from `speed_caps`
        share: (n,) s²/mm², from `speed_caps`
        accel: mm/s², of the whole vector

    Returns:
        (n,) mm/s, 0 at both ends
    """
    lengths = np.abs(np.diff(path))
    room = np.full(len(path), accel * MARGIN)  # mm/s² that may be spent at each point
    for last in (*([False] * JUDGED), True):
        v = _passes(lengths, cap, share, room)
        if last:
            break
        moves = Trajectory(path[:-1], path[1:], v[:-1], v[1:], pen_down=True, stroke=0)
        t = np.concatenate(([0.0], np.cumsum(moves.durations)))
        excess = np.abs(moves.at(t + HORIZON) - 2 * path + moves.at(t - HORIZON)) / HORIZON**2 / (accel * MARGIN)
        if excess.max() < CLOSE:
            break
        less = 1 / np.maximum(excess, 1.0)
        room = room * less
        share = share / less
        cap = np.where(less < 1, np.minimum(cap, np.maximum(v, 0.1) * np.sqrt(less)), cap)
    return v


def _passes(lengths: Floats, cap: Floats, share: Floats, room: Floats) -> Floats:
    reach: list[float] = (2 * lengths * np.minimum(room[1:], room[:-1])).tolist()  # gain of w over a piece, all of a spent along
    w: list[float] = (cap**2).tolist()
    bends: list[float] = share.tolist()
    w[0] = w[-1] = 0.0
    for order in (range(len(w) - 2, -1, -1), range(1, len(w))):  # brake, then speed up
        back = 1 if order.step < 0 else -1
        for i in order:
            come, gain = w[i + back], reach[i if back == 1 else i - 1]
            x = w[i]
            if x <= come:
                continue
            bend = come * bends[i + back]
            x = min(x, come + gain * math.sqrt(1 - bend * bend)) if bend < 1 else come
            if x - come > gain * math.sqrt(max(1 - (x * bends[i]) ** 2, 0.0)):  # this end bends more
                low, high = come, x
                for _ in range(6):
                    x = (low + high) / 2
                    if x - come > gain * math.sqrt(max(1 - (x * bends[i]) ** 2, 0.0)):
                        high = x
                    else:
                        low = x
                x = low
            w[i] = x
    speeds: Floats = np.sqrt(np.array(w))
    return speeds
