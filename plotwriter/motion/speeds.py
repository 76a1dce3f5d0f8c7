"""How fast each point of a path is passed: the optimum's two passes, judged and corrected by a stopwatch.

Legend: s arc length (mm), v speed (mm/s), w = v², a acceleration limit (mm/s²), H = HORIZON.

What counts is what a stopwatch sees, the second difference of the position over H,

    | p(t + H) - 2 p(t) + p(t - H) | / H²  <=  a        at every moment t

which is the acceleration itself, averaged over 2 H with a triangle for weights: a plan that keeps the whole vector
within a at every point keeps this law, and a bend shorter than H may ask for more while the law still holds. So the
first pass bounds every point by a; then, ROUNDS times, each place gets more or less room by what the stopwatch saw
around it; a path on which it still sees too much in the end is drawn more slowly as a whole.

Source: the measure is the wire's own (second difference over 10 ms of what is sent)
"""

from __future__ import annotations

import numpy as np

from plotwriter.ink import Points
from plotwriter.motion.actions import Floats
from plotwriter.motion.curves import Paths
from plotwriter.motion.limits import Limits
from plotwriter.motion.optimum import fastest

__all__ = ["HORIZON", "axis_speed", "speeds", "with_rests"]

HORIZON = 0.010  # s over which acceleration is judged
GLANCE, TICK = 0.002, 0.001  # s between the stopwatch's looks while room is given, and at the end; both divide HORIZON
TURN_BACK = 0.9  # rad; whoever turns more from one sample to the next stands still there
ROUNDS = 2  # times the room is corrected
MOST = 2.0  # times the limit a place may be given; what it gets is judged again
FEWEST = 0.3  # times the limit; less room comes from elsewhere
LAST_ROUNDS = (0.5, 1.0, 1.0)  # whole paths are slowed by their excess to this power; 0.5 were right if H shrank as well
CLOSE = 1.001  # times the limit that ends them


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
    allowed: Floats = np.minimum(speed, limits.motor_speed / np.maximum(share, 1e-12))
    return allowed


def with_rests(paths: Paths) -> tuple[Paths, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    """The paths, and where each must stand still: at its ends and where it turns back on the spot.

    Two such places side by side get a point between them, on which there is speed.
    """
    points, first = paths.points, paths.first
    rest = np.zeros(len(points), bool)
    steps = np.diff(points)
    rest[1:-1] = np.abs(np.angle(steps[1:] * steps[:-1].conj())) > TURN_BACK
    rest[first[:-1]] = rest[first[1:] - 1] = True
    both = rest[:-1] & rest[1:]
    both[paths.gaps] = False
    where = np.flatnonzero(both)
    middle = (points[where] + points[where + 1]) / 2
    return (
        Paths(np.insert(points, where + 1, middle), first + np.searchsorted(where, first - 1)),
        np.insert(rest, where + 1, False),
    )


def speeds(paths: Paths, rest: np.ndarray[tuple[int], np.dtype[np.bool_]], limits: Limits) -> Floats:
    """The speed at every point: as fast as the stopwatch allows, at rest where it must be.

    Args:
        paths: from `with_rests`
        rest: (n,) from `with_rests`
        limits: the machine's

    Returns:
        (n,) mm/s
    """
    points = paths.points
    steps = np.diff(points)
    h = np.abs(steps)
    h[paths.gaps] = 1.0
    turn = np.abs(np.angle(steps[1:] * steps[:-1].conj()))
    kappa = np.zeros(len(points))
    kappa[1:-1] = np.where(rest[1:-1], 0.0, 4 * np.tan(np.minimum(turn, TURN_BACK) / 2) / (h[1:] + h[:-1]))
    cap = np.full(len(points), limits.feed)
    along = axis_speed(steps / h, limits, limits.feed)
    cap[:-1] = np.minimum(cap[:-1], along)
    cap[1:] = np.minimum(cap[1:], along)
    cap = np.where(rest, 0.0, cap * cap)

    aim = limits.accel * (1 - limits.reserve)
    room = np.full(len(points), aim)
    for _ in range(ROUNDS):
        v = np.sqrt(fastest(h, kappa / np.maximum(room / aim, 1), cap, np.minimum(room, aim)))
        more = aim / np.maximum(_Stopwatch(points, h, v, paths, GLANCE).around(), 1.0)
        room = np.clip(room * more, FEWEST * aim, MOST * aim)
    v = np.sqrt(fastest(h, kappa / np.maximum(room / aim, 1), cap, np.minimum(room, aim)))
    for power in LAST_ROUNDS:
        worst = _Stopwatch(points, h, v, paths, TICK).worst()
        if worst.max() <= aim * CLOSE:
            break
        v = v * np.repeat(np.minimum(aim / np.maximum(worst, 1.0), 1.0) ** power, np.diff(paths.first))
    return v


class _Stopwatch:
    """Looks at all paths every `tick` seconds, one after the other on one time axis."""

    def __init__(self, points: Points, h: Floats, v: Floats, paths: Paths, tick: float) -> None:
        self.paths, self.tick = paths, tick
        gaps, looks, rest = paths.gaps, round(HORIZON / tick), round(3 * HORIZON / tick)
        dt = 2 * h / np.maximum(v[:-1] + v[1:], 1e-9)
        dt[gaps] = 6 * HORIZON  # in which the pen rests where it was, then where it will be
        self.t = np.concatenate(([0.0], np.cumsum(dt))) + 3 * HORIZON
        begins = np.ceil(self.t / tick).astype(np.intp)
        counts = np.diff(begins, prepend=0, append=begins[-1] + rest)  # looks before the first point, after each
        piece = np.repeat(np.arange(-1, len(dt) + 1), counts)
        slope, half, step = (np.concatenate((values, [0.0, 0.0])) for values in (v[:-1] / h, np.diff(v) / (2 * dt * h), np.diff(points)))
        slope[gaps] = half[gaps] = 0.0
        part = np.arange(len(piece)) * tick - np.append(self.t, 0.0)[piece]
        p = np.append(points, points[0])[piece] + step[piece] * (part * (slope[piece] + half[piece] * part))
        ahead = begins[gaps + 1, None] - np.arange(1, rest + 1)
        p[ahead] = points[gaps + 1, None]
        self.seen = np.zeros(len(p))
        self.seen[looks:-looks] = np.abs(p[2 * looks :] - 2 * p[looks:-looks] + p[: -2 * looks]) / HORIZON**2
        self.seen[begins[gaps + 1, None] - rest + np.arange(-looks - 1, looks + 1)] = 0.0  # the leap to the next path

    def around(self) -> Floats:
        """(n,) mm/s², the most that is seen within HORIZON / 2 of each point."""
        nearest = np.rint(self.t / self.tick).astype(np.intp)
        return _around(self.seen, round(HORIZON / 2 / self.tick))[nearest]

    def worst(self) -> Floats:
        """(m,) mm/s², the most that is seen of each path."""
        begins = np.rint((self.t[self.paths.first[:-1]] - 3 * HORIZON) / self.tick).astype(np.intp)
        most: Floats = np.maximum.reduceat(self.seen, begins)
        return most


def _around(values: Floats, n: int) -> Floats:
    """The largest of each value and its n neighbours on either side."""
    most = values.copy()
    for shift in range(1, n + 1):
        most[shift:] = np.maximum(most[shift:], values[:-shift])
        most[:-shift] = np.maximum(most[:-shift], values[shift:])
    return most
