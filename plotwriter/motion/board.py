r"""What a board that plans for itself makes of straight lines and feeds: GRBL's look-ahead, for any number of lines at once.

    v |   F ___        _______          each line is run up to its feed; the joint with the next is passed at the speed
      |    /   \__    /       \         the junction deviation gives; only CAPACITY lines are known, and the last of
      |   /       \__/         \        them is taken to end at rest
      |__/______________________\__ s

Legend: s mm, v mm/s, w = v², a mm/s²; a block is one line as the board holds it.

Source: gnea/grbl v1.1 planner.c, doc/markdown/settings.md ($11, $110, $120)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from plotwriter.ink import Points
from plotwriter.motion.actions import Floats, PenAction, Trajectory
from plotwriter.motion.limits import Limits

__all__ = ["CAPACITY", "BoardMotion", "as_lines", "as_run", "board_time", "junction_speed", "limit_along", "run_lines"]

CAPACITY = 15  # blocks a GRBL 1.1 knows at once, the running one among them: BLOCK_BUFFER_SIZE - 1
TOLERANCE = 0.01  # mm a point may lie off the line that replaces it; a tenth of the finest pen
STRAIGHT = 1.0  # mm; on a longer line the feed is its top speed, the board makes the ramps; on a shorter one the mean, it is part of a bend
FEED_STEP = 0.5  # mm/s; feeds are rounded up to multiples, so that they are not said anew on every line
GRAIN = 0.001  # mm; lines end where they can be written
SAME = 0.999999  # cosine of joints that are no joint; grbl planner.c


@dataclass(frozen=True, slots=True)
class BoardMotion:
    """The settings a board moves by."""

    max_rate: tuple[float, float]  #: mm/s of x and y; $110 and $111 are mm/min
    accel: tuple[float, float]  #: mm/s² of x and y; $120, $121
    deviation: float  #: mm; $11
    capacity: int = CAPACITY  #: blocks it looks ahead

    @classmethod
    def of(cls, limits: Limits) -> BoardMotion:
        """The settings a machine's profile takes for granted."""
        accel = max(limits.accel, limits.travel_accel)
        return cls((limits.motor_speed, limits.motor_speed), (accel, accel), limits.junction_deviation)


def as_run(actions: Sequence[PenAction | Trajectory], board: BoardMotion) -> list[PenAction | Trajectory]:
    """A plan's actions as a board will do them that is told lines and feeds and makes its own ramps."""
    moves = [action for action in actions if isinstance(action, Trajectory)]
    told = [as_lines(move) for move in moves]
    run = run_lines(told, board, pen_down=[move.pen_down for move in moves], strokes=[move.stroke for move in moves])
    done = iter(replace(move, told=lines) for move, lines in zip(run, told, strict=True))
    return [next(done) if isinstance(action, Trajectory) else action for action in actions]


def as_lines(move: Trajectory) -> tuple[Points, Floats]:
    """The lines and feeds that say a trajectory: points that lie within TOLERANCE of a longer line are left out.

    Returns:
        (k + 1,) mm, no two in a row the same, and (k,) mm/s
    """
    if not move.pen_down:
        return np.array([move.start[0], move.end[-1]]), _feeds(move.v_out.max(keepdims=True))
    path = np.concatenate((move.start[:1], move.end))
    kept = _simplified(path)
    written = np.round(path[kept].real / GRAIN) * GRAIN + 1j * np.round(path[kept].imag / GRAIN) * GRAIN
    new = np.concatenate(([True], written[1:] != written[:-1]))
    kept, written = kept[new], written[new]
    if len(kept) < 2:
        kept, written = np.array([0, len(path) - 1]), path[[0, -1]]
    lengths = np.add.reduceat(move.lengths, kept[:-1])
    tops = np.maximum.reduceat(np.maximum(move.v_in, move.v_out), kept[:-1])
    return written, _feeds(np.where(lengths > STRAIGHT, tops, lengths / np.add.reduceat(move.durations, kept[:-1])))


def _feeds(speeds: Floats) -> Floats:
    feeds: Floats = np.maximum(np.ceil(speeds / FEED_STEP - 1e-6), 1) * FEED_STEP
    return feeds


def _simplified(points: Points) -> npt.NDArray[np.intp]:
    """Indices of the points that say something, first and last among them (Douglas and Peucker 1973)."""
    keep = np.zeros(len(points), bool)
    keep[0] = keep[-1] = True
    open_ = [(0, len(points) - 1)]
    while open_:
        first, last = open_.pop()
        if last - first < 2:
            continue
        base, inner = points[last] - points[first], points[first + 1 : last] - points[first]
        length = abs(base)
        if length == 0:
            off = np.abs(inner)
        else:
            turned = inner * (base.conjugate() / length)  # along the chord, across it
            off = np.hypot(np.maximum(np.maximum(-turned.real, turned.real - length), 0), turned.imag)
        middle = int(off.argmax())
        if off[middle] > TOLERANCE:
            middle += first + 1
            keep[middle] = True
            open_ += [(first, middle), (middle, last)]
    return np.flatnonzero(keep)


def limit_along(units: Points, limits: tuple[float, float]) -> Floats:
    """What is allowed along each direction once neither axis may exceed its own.

    >>> limit_along(np.array([1 + 0j, 0.6 + 0.8j]), (30.0, 30.0)).tolist()
    [30.0, 37.5]
    """
    x, y = np.maximum(np.abs(units.real), 1e-9), np.maximum(np.abs(units.imag), 1e-9)
    allowed: Floats = np.minimum(limits[0] / x, limits[1] / y)
    return allowed


def junction_speed(before: Points, after: Points, board: BoardMotion) -> Floats:
    """The speed at which joints are passed, mm/s; infinite where there is none.

    Args:
        before: (n,) directions of the lines that end there
        after: (n,) of those that begin there
        board: its settings
    """
    cosine = -(before.conj() * after).real
    half = np.sqrt(np.clip((1 - cosine) / 2, 0.0, 1.0))  # sin of half the inner angle
    across = after - before
    accel = limit_along(across / np.maximum(np.abs(across), 1e-12), board.accel)
    speed = np.sqrt(accel * board.deviation * half / np.maximum(1 - half, 1e-12))
    return np.where(cosine > SAME, 0.0, np.where(cosine < -SAME, np.inf, speed))


def board_time(points: Points, feeds: Floats, board: BoardMotion) -> float:
    """Seconds a board takes for lines from rest to rest.

    Args:
        points: (n + 1,) mm
        feeds: (n,) mm/s, of the line to each point
        board: its settings
    """
    return run_lines([(points, feeds)], board, pen_down=[False], strokes=[0])[0].duration


def run_lines(
    moves: Sequence[tuple[Points, Floats]], board: BoardMotion, *, pen_down: Sequence[bool], strokes: Sequence[int]
) -> list[Trajectory]:
    """What a board does with moves, each a run of lines from rest to rest.

    Args:
        moves: (n + 1,) mm and (n,) mm/s each; no two points in a row are one
        board: its settings
        pen_down: of each move
        strokes: of each move
    """
    if not moves:
        return []
    n_lines = np.array([len(feeds) for _, feeds in moves])
    start = np.concatenate([points[:-1] for points, _ in moves])
    step = np.concatenate([np.diff(points) for points, _ in moves])
    length = np.abs(step)
    unit = step / length
    nominal = np.minimum(np.concatenate([feeds for _, feeds in moves]), limit_along(unit, board.max_rate))
    accel = limit_along(unit, board.accel)
    limit = np.zeros(len(length))
    limit[1:] = np.minimum(junction_speed(unit[:-1], unit[1:], board), np.minimum(nominal[1:], nominal[:-1]))
    limit[np.cumsum(n_lines)[:-1]] = 0.0
    v_in, v_out = _joints(length, accel, limit, board.capacity)

    gain = 2 * accel * length
    top = np.maximum(np.minimum(nominal, np.sqrt((gain + v_in**2 + v_out**2) / 2)), np.maximum(v_in, v_out))
    rise = np.clip((top**2 - v_in**2) / (2 * accel) / length, 0, 1)
    fall = np.clip((top**2 - v_out**2) / (2 * accel) / length, 0, 1 - rise)
    marks = np.stack((np.zeros_like(rise), rise, 1 - fall, np.ones_like(rise)))  # (4, n) parts of each line
    speeds = np.stack((v_in, top, top, v_out))
    real = np.diff(marks, axis=0).T > 1e-9  # (n, 3) pieces that have a length
    line, piece = np.nonzero(real)
    begin, end = (start[line] + step[line] * marks[at, line] for at in (piece, piece + 1))
    last = np.cumsum(np.add.reduceat(real.sum(axis=1), np.cumsum(n_lines) - n_lines))
    starts, ends, v_ins, v_outs = (np.split(values, last[:-1]) for values in (begin, end, speeds[piece, line], speeds[piece + 1, line]))
    return [Trajectory(starts[i], ends[i], v_ins[i], v_outs[i], pen_down=pen_down[i], stroke=strokes[i]) for i in range(len(moves))]


def _joints(length: Floats, accel: Floats, limit: Floats, capacity: int) -> tuple[Floats, Floats]:
    """Speeds in and out of every block: what the known blocks ahead let be braked, and what can be gained."""
    gain = 2 * accel * length
    after: npt.NDArray[np.float64] = np.zeros(len(length))  # w at the end of each block, as planned while it runs
    for ahead in range(min(capacity, len(after)) - 1, 0, -1):
        braked = np.minimum(limit[ahead:] ** 2, after[: len(after) - ahead] + gain[ahead:])
        after[: len(after) - ahead] = braked
    w, ends = 0.0, []
    for most, more in zip(after.tolist(), gain.tolist(), strict=True):
        w = min(most, w + more)
        ends.append(math.sqrt(w))
    v_out = np.array(ends)
    return np.concatenate(([0.0], v_out[:-1])), v_out
