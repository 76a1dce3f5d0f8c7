r"""Trajectories as ramps of whole steps: EBB's LM, predicted to the tick.

    v |        ___                 LM,rate,steps,accel,rate,steps,accel: each motor ramps from rate on and stops at its
      |      .'   '.               last step. Between two boundaries both motors make whole steps and end on one tick;
      |    .'       '.             the next ramp starts where this one ended, so nothing ever adds up.
      |__.'___|___|___'.__ t
             boundaries

1. A motor's direction is the sign of its steps: a boundary lies wherever a motor turns round.
2. Elsewhere they lie about SPACING apart, each at the tick near its place where both motors are nearest to whole steps:
   what is rounded there is a jolt, a tenth of a step is 10 mm/s².
3. The board adds in integers: after t ticks an accumulator of 2^31 has gained rate t + accel t² / 2, a step each time
   it runs over. The rate is chosen so that the last step comes on the boundary's own tick, with the remainder kept.
4. A motor that brakes to rate 0 may lose its last step (firmware 3.x even steps backwards): at a ramp's end its rate is
   never below a part of its mean, enough for an accumulator that holds up to a tick's worth less than was predicted.

Source: EBB command reference, LM; firmware 2.8.1, step interrupt
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from plotwriter.motion.actions import Floats, Trajectory

__all__ = ["TICK_RATE", "Ramp", "ramps"]

Steps = npt.NDArray[np.int64]
Indices = npt.NDArray[np.intp]

TICK_RATE = 25_000  # Hz, the step interrupt
FULL = 1 << 31  # accumulator units in a step
GRAIN = 6  # ticks between the places a boundary may take
SPACING = 0.008  # s between boundaries: a board takes a ramp in 4 ms, and bends are seen at 10 ms
TRIES = (1.0, 0.92, 1.1, 0.85, 1.2, 0.96, 1.05, 0.88, 1.15, 0.8, 0.9, 1.25, 0.94, 1.02, 1.08)  # times SPACING
WITHIN = 0.99  # times what may be seen, looked at every ms
HORIZON = 10  # ms over which acceleration is judged, as in motion.speeds
LEAST = 0.004  # s; boundaries closer than this become one
SWEEPS = 3  # over every other boundary, choosing its place
LEEWAY = 0.3  # of a ramp's length that its boundary may be moved
TURN_LEEWAY = 0.0012  # s a boundary may be moved off the moment a motor turns round; it stands nearly still there
SPEED_UP = 0.95  # of its mean rate that a motor may begin below it
BRAKE = 0.85  # of its mean rate that a motor may end below it: what is left makes up for a tick's error in the accumulator
FASTEST = 0.999  # steps a tick


@dataclass(frozen=True, slots=True)
class Ramp:
    """One LM."""

    text: str  #: without the CR
    ticks: int  #: it lasts
    done: float  #: part of the trajectory's time behind it, 0 to 1


def ramps(
    moves: Sequence[Trajectory], steps_per_mm: int, position: Steps, ends: Steps, accumulators: list[int], *, accels: Sequence[float]
) -> list[list[Ramp]]:
    """Trajectories as LM commands, many at once.

    Args:
        moves: one after the other, each from rest to rest, on a CoreXY machine
        steps_per_mm: of each motor
        position: (2,) steps, where the motors are
        ends: (m, 2) steps, where they must be after each
        accumulators: the board's two, as the commands before leave them; kept up to date
        accels: (m,) mm/s², what a stopwatch may see of the commands of each; boundaries are moved until it holds, TRIES times
    """
    starts = np.concatenate((position[None, :], ends[:-1]))
    samples = [_sampled(move, steps_per_mm) for move in moves]
    chosen: list[_Layout | None] = [None] * len(moves)
    todo = list(range(len(moves)))
    for part in TRIES:
        layouts = _laid([samples[i] for i in todo], starts[todo], ends[todo], spacing=SPACING * part * TICK_RATE / GRAIN)
        for i, layout in zip(todo, layouts, strict=True):
            if (best := chosen[i]) is None or layout.seen < best.seen:
                chosen[i] = layout
        todo = [i for i in todo if (best := chosen[i]) is not None and best.seen / steps_per_mm > accels[i] * WITHIN]
        if not todo:
            break
    layouts = [layout for layout in chosen if layout is not None]
    steps, length, change = (np.concatenate([getattr(layout, name) for layout in layouts]) for name in ("steps", "length", "change"))
    accel_units = 2 * np.rint(change * np.sign(steps) / length[:, None] * (FULL / 2)).astype(np.int64)  # even: half of it is whole
    words = []
    for motor in (0, 1):
        rates, gains = _rates(np.abs(steps[:, motor]), accel_units[:, motor], length, accumulators, motor)
        words += [rates, steps[:, motor].tolist(), gains]
    lines = map("LM,{},{},{},{},{},{}".format, *words)
    return [
        [Ramp(next(lines), n, done) for n, done in zip(layout.length.tolist(), layout.done.tolist(), strict=True)] for layout in layouts
    ]


@dataclass(frozen=True, slots=True, eq=False)
class _Layout:
    """The ramps of one trajectory."""

    steps: Steps  #: (r, 2)
    length: Indices  #: (r,) ticks
    change: Floats  #: (r, 2) steps per tick that the rates change
    done: Floats  #: (r,) part of the trajectory's time behind each
    seen: float  #: steps/s², the most a stopwatch sees


def _sampled(move: Trajectory, steps_per_mm: int) -> tuple[Indices, Floats]:
    """Ticks, and (k, 2) where the motors ought to be at them, steps with fractions."""
    total = max(round(move.duration * TICK_RATE), 1)
    ticks = np.minimum(np.arange(0, total + GRAIN, GRAIN), total)
    points = move.at(ticks / TICK_RATE)
    return ticks, np.stack((points.real + points.imag, points.real - points.imag), axis=-1) * steps_per_mm


def _laid(samples: Sequence[tuple[Indices, Floats]], starts: Steps, ends: Steps, *, spacing: float) -> list[_Layout]:
    """Boundaries and ramps between them, for many trajectories at once."""
    sizes = np.array([len(ticks) for ticks, _ in samples])
    first = np.cumsum(sizes) - sizes
    last = first + sizes - 1
    ticks, exact = (np.concatenate(column) for column in zip(*samples, strict=True))
    speed = np.zeros_like(exact)  # steps per tick; at rest at both ends
    speed[1:-1] = (exact[2:] - exact[:-2]) / (2 * GRAIN)
    speed[first] = speed[last] = 0.0

    at, whole = _boundaries(exact, first, last, starts, ends, spacing=spacing)
    owner = np.searchsorted(first, at, side="right") - 1
    inner = owner[1:] == owner[:-1]  # between two boundaries of one trajectory
    steps, length = np.diff(whole, axis=0)[inner], np.diff(ticks[at])[inner]
    mean = steps / length[:, None]
    size, way = np.abs(mean), np.sign(mean)
    headroom = np.maximum(FASTEST - size, 0)
    change = np.diff(speed[at], axis=0)[inner] * way
    change = way * np.clip(change, -2 * np.minimum(BRAKE * size, headroom), 2 * np.minimum(SPEED_UP * size, headroom))
    begin, of = at[:-1][inner], owner[:-1][inner]
    seen = _seen(ticks[begin], length, steps, change, of, len(samples))
    done = (ticks[begin] + length) / ticks[last][of]
    cuts = np.searchsorted(of, np.arange(1, len(samples)))
    columns = zip(np.split(steps, cuts), np.split(length, cuts), np.split(change, cuts), np.split(done, cuts), seen.tolist(), strict=True)
    return [_Layout(*column) for column in columns]


def _seen(begin: Indices, length: Indices, steps: Steps, change: Floats, of: Indices, n: int) -> Floats:
    """(n,) steps/s² (of both motors as a vector), the most that a stopwatch sees of each trajectory's ramps.

    The trajectories lie on one time axis, with rests between them, each going on from where the one before ended.
    """
    most = np.zeros(n)
    if len(of) == 0:
        return most
    tick, rest = TICK_RATE // 1000, 3 * HORIZON * TICK_RATE // 1000
    new = np.concatenate(([True], of[1:] != of[:-1]))
    ahead = np.where(new, begin + rest, begin - np.concatenate(([0], (begin + length)[:-1])))  # a rest, or steps that were skipped
    open_ = np.cumsum(ahead + np.concatenate(([0], length[:-1])))  # ticks on the common axis
    t = np.arange(0, open_[-1] + length[-1] + rest, tick)
    ramp = np.clip(np.searchsorted(open_, t, side="right") - 1, 0, len(of) - 1)
    x = np.clip(t - open_[ramp], 0, length[ramp])[:, None]
    start, rate, half = np.cumsum(steps, axis=0) - steps, steps / length[:, None] - change / 2, change / (2 * length[:, None])
    path = start[ramp] + x * (rate[ramp] + half[ramp] * x)
    bend = path[2 * HORIZON :] - 2 * path[HORIZON:-HORIZON] + path[: -2 * HORIZON]
    square = np.pad((bend * bend).sum(axis=1), HORIZON)
    begins = np.flatnonzero(new)
    most[of[begins]] = np.maximum.reduceat(square, np.maximum(open_[begins] - rest // 2, 0) // tick)
    return np.sqrt(most / 2) / (HORIZON / 1000) ** 2


def _rates(steps: Steps, accel: Steps, ticks: Indices, accumulators: list[int], motor: int) -> tuple[list[int], list[int]]:
    """One motor's rates and accels, with which each ramp's last step comes on its last tick; its accumulator moves on.

    The last step's tick leaves a remainder below the rate it was made at; half of that is aimed for.
    """
    rates, gains = np.zeros(len(steps), np.int64), np.zeros(len(steps), np.int64)
    moving = np.flatnonzero(steps)
    if len(moving) == 0:
        return rates.tolist(), gains.tolist()
    n, gain, goal = ticks[moving].astype(np.int64), accel[moving], steps[moving] * FULL
    bend = gain * n * n // 2
    left = (goal + bend) // n // 2  # half the rate at the end, about
    wanted = goal - bend + np.diff(left, prepend=accumulators[motor])
    rate = (2 * wanted + n) // (2 * n)
    left += np.cumsum(rate * n - wanted)  # what rounding adds up to
    if ((left >= 0) & (left < rate + gain * (2 * n - 1) // 2) & (np.minimum(rate, rate + gain * n) > np.abs(gain))).all():
        accumulators[motor] = int(left[-1])
        rates[moving], gains[moving] = rate, gain
        return rates.tolist(), gains.tolist()
    for i, one, most, length in zip(moving.tolist(), steps[moving].tolist(), gain.tolist(), n.tolist(), strict=True):
        rates[i], gains[i], accumulators[motor] = _solve(accumulators[motor], one, most, length)
    return rates.tolist(), gains.tolist()


def _solve(accumulator: int, steps: int, accel: int, ticks: int) -> tuple[int, int, int]:
    """One ramp's rate and accel, and what is left in the accumulator: exact, with less accel where that is too much."""
    goal = steps * FULL
    for gain in (accel, accel // 4 * 2, 0):
        last = (2 * (goal - accumulator) + gain * ticks * ticks) // (2 * ticks)  # rate at the end, about
        rate = (2 * (goal - accumulator) + last - gain * ticks * ticks) // (2 * ticks)
        left = accumulator + rate * ticks + gain * ticks * ticks // 2 - goal
        if 0 <= left < rate + gain * (2 * ticks - 1) // 2 and min(rate, rate + gain * ticks) > abs(gain):
            return rate, gain, left
    raise AssertionError(f"{steps} steps in {ticks} ticks have no rate")  # a steady rate always fits


def _boundaries(exact: Floats, first: Indices, last: Indices, starts: Steps, ends: Steps, *, spacing: float) -> tuple[Indices, Steps]:
    """Where ramps meet, and on which whole steps: ends, turning points, and good places about `spacing` apart.

    What is rounded at a boundary shall lie between what is rounded at its neighbours: then it makes no jolt.

    Args:
        exact: (k, 2) steps
        first: (m,) sample at which each trajectory begins
        last: (m,) and ends
        starts: (m, 2) where the motors are
        ends: (m, 2) where they must be
        spacing: samples between boundaries, about

    Returns:
        (b,) indices into the samples, ascending, and (b, 2) steps there; a trajectory without a step has one
    """
    least = LEAST * TICK_RATE / GRAIN
    turns = np.sort(np.array(_turns(exact[:, 0], last) + _turns(exact[:, 1], last), dtype=np.intp))
    fixed: list[int] = []
    lots = np.split(turns, np.searchsorted(turns, last[:-1], side="right"))
    for begin, end, lot in zip(first.tolist(), last.tolist(), lots, strict=True):
        fixed.append(begin)
        for turn in _gathered(lot.tolist(), least):
            if turn - fixed[-1] >= least and end - turn >= least:
                fixed.append(turn)
        fixed.append(end)
    marks = np.array(fixed)
    gaps = np.diff(marks, append=marks[-1] + 1)
    n_ramps = np.maximum(np.rint(gaps / spacing), 1).astype(np.intp)
    n_ramps[np.isin(marks, last)] = 1
    owner = np.repeat(np.arange(len(marks)), n_ramps)
    nth = np.arange(len(owner)) - np.repeat(np.cumsum(n_ramps) - n_ramps, n_ramps)
    place = np.rint(marks[owner] + gaps[owner] * nth / n_ramps[owner]).astype(np.intp)
    reach = np.where(nth > 0, LEEWAY * (gaps / n_ramps)[owner], TURN_LEEWAY * TICK_RATE / GRAIN)
    begins, closes = np.searchsorted(place, first), np.searchsorted(place, last)
    bound = np.zeros(len(place), bool)
    bound[begins] = bound[closes] = True
    window = np.arange(-int(reach.max()), int(reach.max()) + 1)

    at = place.copy()
    whole = np.rint(exact[at]).astype(np.int64)
    whole[begins], whole[closes] = starts, ends
    off = whole - exact[at]
    index = np.arange(len(at))
    for sweep in range(SWEEPS):
        mine = index[~bound & (index % 2 == sweep % 2)]
        if len(mine) == 0:
            continue
        before, after = at[mine] - at[mine - 1], at[mine + 1] - at[mine]
        between = (off[mine - 1] * after[:, None] + off[mine + 1] * before[:, None]) / (before + after)[:, None]
        tried = np.clip(place[mine, None] + window, 0, len(exact) - 1)
        there = exact[tried]  # (mine, window, 2)
        nearest = np.rint(there)  # never more than half a step off
        cost = ((nearest - there - between[:, None]) ** 2).sum(axis=2)
        best = np.where(np.abs(window) <= reach[mine, None], cost, np.inf).argmin(axis=1)
        row = np.arange(len(mine))
        at[mine], whole[mine] = tried[row, best], nearest[row, best].astype(np.int64)
        off[mine] = (nearest - there)[row, best]

    moved = np.concatenate(([True], (whole[1:] != whole[:-1]).any(axis=1)))
    keep = bound | moved  # ramps without steps are lent to the one before
    at, whole, bound = at[keep], whole[keep], bound[keep]
    closes = np.searchsorted(at, last)
    idle = closes[(whole[closes] == whole[closes - 1]).all(axis=1)]  # ... and those at the very end to the last one
    return np.delete(at, idle - 1 + bound[idle - 1]), np.delete(whole, idle - 1 + bound[idle - 1], axis=0)


def _gathered(moments: list[int], least: float) -> list[int]:
    """Moments closer than `least` become one, in their middle."""
    groups: list[list[int]] = []
    for moment in moments:
        if groups and moment - groups[-1][0] < least:
            groups[-1].append(moment)
        else:
            groups.append([moment])
    return [(group[0] + group[-1]) // 2 for group in groups]


def _turns(exact: Floats, last: Indices) -> list[int]:
    """Samples at which a motor turns round: the extreme between a step one way and the next the other way."""
    moved = np.diff(np.rint(exact))
    moved[last[:-1]] = 0  # from one trajectory to the next
    stepped = np.flatnonzero(moved)
    signs = np.sign(moved[stepped])
    which = np.searchsorted(last, stepped)
    turns = []
    for i in np.flatnonzero((signs[1:] != signs[:-1]) & (which[1:] == which[:-1])).tolist():
        begin, after = int(stepped[i]) + 1, int(stepped[i + 1]) + 1
        turns.append(begin + int((exact[begin:after] * signs[i]).argmax()))
    return turns
