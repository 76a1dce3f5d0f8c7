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
from plotwriter.motion.curves import Indices, Paths
from plotwriter.motion.limits import Limits
from plotwriter.motion.optimum import fastest
from plotwriter.motion.speeds import HORIZON, seen

__all__ = ["CAPACITY", "BoardMotion", "as_lines", "as_run", "board_time", "junction_speed", "limit_along", "run_lines"]

CAPACITY = 15  # blocks a GRBL 1.1 knows at once, the running one among them: BLOCK_BUFFER_SIZE - 1
TOLERANCE = 0.01  # mm a point may lie off the line that replaces it; a tenth of the finest pen
FEED_STEP = 0.05  # mm/s; feeds are multiples, 3 mm/min, so that they are short and not said anew on every line
ROUNDS = 40  # times feeds are lowered, at most
GENTLE = 0.6  # at first feeds are lowered by the excess to this power: they are too high in places side by side
AIM, WITHIN = 0.98, 0.99  # times the limit: what is aimed at, what is enough at every TICK
TICK = 0.0005  # s between a stopwatch's looks
FAR = 1e9  # mm between the last line of a move and the first of the next
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
        axes = min(accel, limits.accel_x), min(accel, limits.accel_y)
        return cls((limits.motor_speed, limits.motor_speed), axes, limits.junction_deviation)


def as_run(actions: Sequence[PenAction | Trajectory], limits: Limits) -> list[PenAction | Trajectory]:
    """A plan's actions as a board will do them that is told lines and feeds and makes its own ramps."""
    board = BoardMotion.of(limits)
    moves = [action for action in actions if isinstance(action, Trajectory)]
    told = [as_lines(move, gear=limits.accel * (1 - limits.reserve) * limits.line_time) for move in moves]
    for tick in (TICK,) if max(board.accel) <= limits.accel else (TICK, TICK / 2):  # the steeper its ramps, the sooner a peak is over
        _slow_down(told, [i for i, move in enumerate(moves) if move.pen_down], board, limits, tick)
    run = run_lines(told, board, pen_down=[move.pen_down for move in moves], strokes=[move.stroke for move in moves])
    done = iter(replace(move, told=lines) for move, lines in zip(run, told, strict=True))
    return [next(done) if isinstance(action, Trajectory) else action for action in actions]


def _slow_down(told: list[tuple[Points, Floats]], todo: list[int], board: BoardMotion, limits: Limits, tick: float) -> None:
    """Lower the feeds of moves wherever a stopwatch would see more than the limit in what the board makes of them.

    The board's corner rule knows one corner at a time and its acceleration one axis: many small corners in a row, or a
    ramp in a bend, are more than either. A ramp of lines in a whole part of 10 ms is not seen as steeper than it is meant,
    however steep the board makes each. Line by line the feed is lowered by what is seen about it, and that of the lines
    about it so that the step between two feeds is never more than the limit allows, until nothing is seen.
    """
    accel = limits.accel
    for nth in range(ROUNDS):
        if not todo:
            return
        moves = [told[i] for i in todo]
        made = _pieces(moves, board)
        about, worst = seen(made.paths, made.v, tick, limits.axes)
        first = np.cumsum([0] + [len(feeds) for _, feeds in moves])
        here = np.maximum.reduceat(about, np.searchsorted(made.line, np.arange(first[-1])))
        part = np.minimum(accel * AIM / np.maximum(here, 1.0), 1.0) ** (GENTLE if nth < ROUNDS / 2 else 1.0)
        feeds = np.concatenate([feeds for _, feeds in moves])
        lowered = np.where(part < 1, feeds * part, feeds)
        gap = np.concatenate([np.abs(np.diff(points)) for points, _ in moves])
        gap = np.minimum(gap[1:] + gap[:-1], (lowered[1:] + lowered[:-1]) * HORIZON) / 2  # between middles; a joint is passed at once
        gap[first[1:-1] - 1] = FAR
        gentle = np.sqrt(fastest(gap, np.zeros(len(feeds)), lowered**2, np.full(len(feeds), accel * AIM)))
        written = np.where(gentle < feeds * (1 - 1e-9), np.maximum(np.floor(gentle / FEED_STEP + 1e-6), 1) * FEED_STEP, feeds)
        for i, some, begin, most in zip(todo, moves, first.tolist(), worst.tolist(), strict=False):
            if most > accel * WITHIN:
                told[i] = some[0], written[begin : begin + len(some[1])]
        todo = [i for i, most in zip(todo, worst.tolist(), strict=True) if most > accel * WITHIN]


def as_lines(move: Trajectory, *, gear: float = math.inf) -> tuple[Points, Floats]:
    """The lines and feeds that say a trajectory: points that lie within TOLERANCE of a longer line are left out.

    Args:
        move: the trajectory
        gear: mm/s; a drawn line ends, too, where the speed passes a multiple of it

    Returns:
        (k + 1,) mm, no two in a row the same, and (k,) mm/s
    """
    if not move.pen_down:
        return np.array([move.start[0], move.end[-1]]), _feeds(move.v_out.max(keepdims=True))
    path, passed, gears = _with_gears(move, gear)
    kept = np.union1d(_simplified(path), gears)
    written = np.round(path[kept].real / GRAIN) * GRAIN + 1j * np.round(path[kept].imag / GRAIN) * GRAIN
    new = np.concatenate(([True], written[1:] != written[:-1]))
    kept, written = kept[new], written[new]
    if len(kept) < 2:
        kept, written = np.array([0, len(path) - 1]), path[[0, -1]]
    lengths = np.add.reduceat(np.abs(np.diff(path)), kept[:-1])
    return written, _feeds(lengths / np.diff(passed[kept]))


def _with_gears(move: Trajectory, gear: float) -> tuple[Points, Floats, Indices]:
    """A trajectory's points with those at which its speed passes a multiple of `gear`, when each is passed, and which are those."""
    low, high = np.minimum(move.v_in, move.v_out), np.maximum(move.v_in, move.v_out)
    n = np.maximum(np.ceil(high / gear) - np.floor(low / gear) - 1, 0).astype(int)
    piece = np.repeat(np.arange(len(n)), n)
    nth = np.arange(len(piece)) - np.repeat(np.cumsum(n) - n, n) + 1
    level = (np.floor(low / gear)[piece] + nth) * gear
    part = np.abs(level - move.v_in[piece]) / (high - low)[piece]  # of the piece's time
    order = np.argsort(piece + part, kind="stable")
    piece, part = piece[order], part[order]
    share = part * (2 * move.v_in[piece] + (move.v_out - move.v_in)[piece] * part) / (move.v_in + move.v_out)[piece]
    ends = np.concatenate(([0.0], np.cumsum(move.durations)))
    path, at = np.concatenate((move.start[:1], move.end)), piece + 1
    inserted = move.start[piece] + (move.end - move.start)[piece] * share
    gears: Indices = at + np.arange(len(at))
    return np.insert(path, at, inserted), np.insert(ends, at, ends[piece] + part * move.durations[piece]), gears


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
    made = _pieces(moves, board)
    parts = zip(made.paths.split(), np.split(made.v, made.paths.first[1:-1]), pen_down, strokes, strict=True)
    return [Trajectory(path[:-1], path[1:], v[:-1], v[1:], pen_down=down, stroke=stroke) for path, v, down, stroke in parts]


@dataclass(frozen=True, slots=True, eq=False)
class _Pieces:
    """What a board makes of moves."""

    paths: Paths  #: per move the ends of its pieces
    v: Floats  #: mm/s at them
    line: Indices  #: of each piece, the line it is part of, counted through all moves


def _pieces(moves: Sequence[tuple[Points, Floats]], board: BoardMotion) -> _Pieces:
    """Pieces of constant acceleration, of all moves at once."""
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
    end = start[line] + step[line] * marks[piece + 1, line]
    begins = np.concatenate(([0], np.cumsum(np.add.reduceat(real.sum(axis=1), np.cumsum(n_lines) - n_lines))))
    at = begins[:-1]  # of each move's first piece
    first = begins + np.arange(len(begins))
    return _Pieces(Paths(np.insert(end, at, start[line[at]]), first), np.insert(speeds[piece + 1, line], at, 0.0), line)


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
