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
from plotwriter.motion.curves import Indices, Paths
from plotwriter.motion.limits import Limits
from plotwriter.motion.optimum import fastest

__all__ = ["HORIZON", "axis_speed", "seen", "slowed", "speeds", "with_rests"]

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
    for directions in (steps / h, 1j * steps / h) if any(limits.axes) else ():  # along and across
        stricter = np.maximum(np.abs(directions.real) * limits.axes[0], np.abs(directions.imag) * limits.axes[1])
        allowed = aim / np.maximum(stricter, 1.0)
        allowed[paths.gaps] = aim
        room[:-1], room[1:] = np.minimum(room[:-1], allowed), np.minimum(room[1:], allowed)
    for _ in range(ROUNDS):
        v = np.sqrt(fastest(h, kappa / np.maximum(room / aim, 1), cap, np.minimum(room, aim)))
        more = aim / np.maximum(_Stopwatch(paths, h, v, GLANCE, limits.axes).around(), 1.0)
        room = np.clip(room * more, FEWEST * aim, MOST * aim)
    v = np.sqrt(fastest(h, kappa / np.maximum(room / aim, 1), cap, np.minimum(room, aim)))
    return slowed(paths, v, limits)


def slowed(paths: Paths, v: Floats, limits: Limits) -> Floats:
    """The speeds with every path on which the stopwatch sees too much slowed down as a whole.

    Args:
        paths: each from rest to rest
        v: (n,) mm/s
        limits: the machine's

    Returns:
        (n,) mm/s
    """
    aim, todo = limits.accel * (1 - limits.reserve), np.arange(len(paths.first) - 1)
    h = np.abs(np.diff(paths.points))
    h[paths.gaps] = 1.0
    for power in LAST_ROUNDS:
        some, inside, lengths = _chosen(paths, h, todo)
        worst = _Stopwatch(some, lengths, v[inside], TICK, limits.axes).worst()
        over = worst > aim * CLOSE
        todo = todo[over]
        if len(todo) == 0:
            break
        part = np.ones(len(paths.first) - 1)
        part[todo] = (aim / worst[over]) ** power
        v = v * np.repeat(part, np.diff(paths.first))
    return v


def _weighed(vectors: Points, axes: tuple[float, float]) -> Floats:
    """How large vectors are, as parts of the strictest limit: their length, or one of their components where that counts more."""
    size: Floats = np.sqrt(vectors.real**2 + vectors.imag**2)
    for part, weight in ((vectors.real, axes[0]), (vectors.imag, axes[1])):
        if weight:
            size = np.maximum(size, weight * np.abs(part))
    return size


def seen(paths: Paths, v: Floats, tick: float, axes: tuple[float, float]) -> tuple[Floats, Floats]:
    """What a stopwatch sees of paths passed at given speeds, each from rest to rest.

    Args:
        paths: straight pieces, passed with constant acceleration
        v: (n,) mm/s at every point
        tick: s between its looks
        axes: `Limits.axes`; a component counts for so many times as much as the whole

    Returns:
        (n - m,) mm/s², the most within HORIZON / 2 of each piece, and (m,) of each path
    """
    h = np.abs(np.diff(paths.points))
    h[paths.gaps] = 1.0
    watch = _Stopwatch(paths, h, v, tick, axes)
    return np.delete(watch.about(), paths.gaps), watch.worst()


def _chosen(paths: Paths, h: Floats, which: Indices) -> tuple[Paths, Indices, Floats]:
    """Some of the paths, the indices of their points, and the steps between those."""
    counts = np.diff(paths.first)[which]
    first = np.concatenate(([0], np.cumsum(counts)))
    inside = np.arange(first[-1]) + np.repeat(paths.first[which] - first[:-1], counts)
    return Paths(paths.points[inside], first), inside, h[np.minimum(inside[:-1], len(h) - 1)]


class _Stopwatch:
    """Looks at all paths every `tick` seconds, one after the other on one time axis; each begins on a look."""

    def __init__(self, paths: Paths, h: Floats, v: Floats, tick: float, axes: tuple[float, float]) -> None:
        points, gaps = paths.points, paths.gaps
        self.paths, self.tick = paths, tick
        looks, rest = round(HORIZON / tick), round(3 * HORIZON / tick)
        dt = 2 * h / np.maximum(v[:-1] + v[1:], 1e-9) / tick  # looks, with fractions; so is every time below
        dt[gaps] = 0.0
        along = np.concatenate(([0.0], np.cumsum(dt)))
        starts, ends = along[paths.first[:-1]], along[paths.first[1:] - 1]
        counts = np.ceil(ends - starts - 1e-6).astype(np.intp) + 2 * rest  # looks for each path, a rest before and after it
        self.begins = np.concatenate(([0], np.cumsum(counts)))
        self.t = along + np.repeat(self.begins[:-1] + rest - starts, np.diff(paths.first))
        seen_from = np.ceil(self.t - 1e-6).astype(np.intp)  # the first look at or after each point
        dt[gaps] = 1.0
        slope, half = v[:-1] / h * dt * tick, np.diff(v) / (2 * h) * dt * tick
        step = np.diff(points)
        step[gaps] = 0.0
        per_piece = np.diff(seen_from)
        part = (np.arange(seen_from[0], seen_from[-1]) - np.repeat(self.t[:-1], per_piece)) / np.repeat(dt, per_piece)
        part *= np.repeat(slope, per_piece) + np.repeat(half, per_piece) * part
        p = np.zeros(self.begins[-1], np.complex128)
        p[seen_from[0] : seen_from[-1]] = np.repeat(points[:-1], per_piece) + np.repeat(step, per_piece) * part
        p[: seen_from[0]], p[seen_from[-1] :] = points[0], points[-1]
        before = self.begins[1:-1, None] + np.arange(rest)
        p[before] = points[gaps + 1, None]
        bend = p[2 * looks :] - 2 * p[looks:-looks] + p[: -2 * looks]
        self.seen = np.zeros(len(p))
        self.seen[looks:-looks] = _weighed(bend, axes) / HORIZON**2
        self.seen[self.begins[1:-1, None] + np.arange(-looks - 1, looks + 1)] = 0.0  # the leap to the next path

    def around(self) -> Floats:
        """(n,) mm/s², the most that is seen within HORIZON / 2 of each point."""
        near: Floats = _around(self.seen, round(HORIZON / 2 / self.tick))[np.rint(self.t).astype(np.intp)]
        return near

    def about(self) -> Floats:
        """(n - 1,) mm/s², the most that is seen within HORIZON / 2 of any moment between two points."""
        most, at = _around(self.seen, round(HORIZON / 2 / self.tick)), np.rint(self.t).astype(np.intp)
        between: Floats = np.maximum(np.maximum.reduceat(most, at)[:-1], most[at[1:]])
        return between

    def worst(self) -> Floats:
        """(m,) mm/s², the most that is seen of each path."""
        most: Floats = np.maximum.reduceat(self.seen, self.begins[:-1])
        return most


def _around(values: Floats, n: int) -> Floats:
    """The largest of each value and its n neighbours on either side."""
    most = values.copy()
    for shift in range(1, n + 1):
        most[shift:] = np.maximum(most[shift:], values[:-shift])
        most[:-shift] = np.maximum(most[:-shift], values[shift:])
    return most
