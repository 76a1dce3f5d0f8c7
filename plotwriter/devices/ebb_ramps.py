r"""Trajectories as ramps of two motors: EBB's LT, predicted to the last unit of its accumulators.

    v |        ___                 LT,ticks,rate,accel,rate,accel: for so many ticks both motors ramp from rate on; a
      |      .'   '.               motor steps whenever its accumulator runs over and keeps what is left in it. So a
      |    .'       '.             ramp may end between two steps: nothing is rounded where ramps meet.
      |__.'___|___|___'.__ t
             boundaries

1. The sign of a rate is the motor's way: a boundary lies wherever a motor turns round, the others about SPACING apart.
2. The board adds in integers: after t ticks an accumulator of 2^31 has gained rate t + accel t² / 2, a step each time
   it runs over. Begun half full it steps when the pen is half way between two steps, so the steps made are those planned,
   rounded to the nearest: never more than half a step off.
3. That holds on the way back, too, if a motor turns round on a whole step; each turn and each end of a move is put on the
   nearest one, and the way there and from there is stretched by as much: half a step more, at most, beside a turn.
4. What is rounded in rates is known exactly and put right once a move, so an accumulator is half full after each.

LM, the command that counts steps instead of ticks, can do none of 2: it ends with a step of each motor, so both have to
be due in the same tick, and a motor that turns round lags by a step.

Source: EBB command reference, LT; firmware 2.8.1, step interrupt
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from plotwriter.ink import Points
from plotwriter.motion.actions import Floats, Trajectory

__all__ = ["HALF", "PRIME", "PRIME_TICKS", "TICK_RATE", "Ramp", "ramps"]

Steps = npt.NDArray[np.int64]
Indices = npt.NDArray[np.intp]

TICK_RATE = 25_000  # Hz, the step interrupt
FULL = 1 << 31  # accumulator units in a step
HALF = FULL // 2
PRIME_TICKS = 128
PRIME = f"LT,{PRIME_TICKS},{HALF // PRIME_TICKS},0,{HALF // PRIME_TICKS},0,3"  # accumulators emptied, then half filled: no step
SPACING = 0.008  # s between boundaries: a board takes a ramp in 4 ms, and bends are seen at 10 ms
LEAST = 0.004  # s; boundaries closer than this become one
SHORTEST = 25  # ticks a move takes at least
TRIES = ((1.0, 1.0), (0.8, 1.0), (1.25, 1.0), (0.65, 1.0), (0.8, 1.01), (0.8, 1.03), (0.8, 1.1))  # times SPACING, times the planned time
WITHIN = 0.998  # times what may be seen, looked at every ms
HORIZON = 10  # ms over which acceleration is judged, as in motion.speeds
GLANCE = 12  # ticks before and after a boundary that tell the speed there
ADJUST = 100.0  # steps before and after a turn in which its way is stretched
SLOWEST = 0.02  # of its mean rate that a motor keeps at both ends of a ramp: never 0, never below
FASTEST = 0.999  # steps a tick


Ramp = tuple[str, float, float]  #: a command without the CR, its seconds, and the part of the trajectory's time done after it


def ramps(
    moves: Sequence[Trajectory],
    steps_per_mm: int,
    position: Steps,
    ends: Steps,
    accumulators: list[int],
    *,
    accels: Sequence[float],
    axes: Sequence[tuple[float, float]],
    signed_accel: bool = False,
) -> list[list[Ramp]]:
    """Trajectories as LT commands, many at once.

    Args:
        moves: one after the other, each from rest to rest, on a CoreXY machine
        steps_per_mm: of each motor
        position: (2,) steps, where the motors are
        ends: (m, 2) steps, where they must be after each
        accumulators: the board's two, half full or nearly, as the commands before leave them; kept up to date
        accels: (m,) mm/s², what a stopwatch may see of the commands of each; TRIES are made until it holds
        axes: (m,) how many times as much as the whole vector its components along x and y count
        signed_accel: an accel is signed as its rate is (firmware 3.x); else it adds to the rate's size
    """
    starts = np.concatenate((position[None, :], ends[:-1]))
    chosen: list[_Layout | None] = [None] * len(moves)
    todo = list(range(len(moves)))
    for spacing, slower in TRIES:
        some, weights = [moves[i] for i in todo], np.array([axes[i] for i in todo])
        layouts = _laid(some, steps_per_mm, starts[todo], ends[todo], weights, spacing=spacing * SPACING, slower=slower)
        for i, layout in zip(todo, layouts, strict=True):
            if (best := chosen[i]) is None or layout.seen < best.seen:
                chosen[i] = layout
        todo = [i for i in todo if (best := chosen[i]) is not None and best.seen > accels[i] * steps_per_mm * WITHIN]
        if not todo:
            break
    layouts = [layout for layout in chosen if layout is not None]
    steps, ticks, change = (np.concatenate([getattr(layout, name) for layout in layouts]) for name in ("steps", "ticks", "change"))
    counts = [len(layout.ticks) for layout in layouts]
    words = []
    for motor in (0, 1):
        rates, gains = _rates(steps[:, motor], change[:, motor], ticks, counts, accumulators, motor)
        way = np.where(steps[:, motor] < 0, -1, 1)
        words += [(rates * way).tolist(), (gains * way if signed_accel else gains).tolist()]
    texts = [f"LT,{n},{a},{b},{c},{d}" if a or c else _wait(n) for n, a, b, c, d in zip(ticks.tolist(), *words, strict=True)]
    done = np.concatenate([layout.done for layout in layouts])
    made = list(zip(texts, (ticks / TICK_RATE).tolist(), done.tolist(), strict=True))
    return [made[begin:end] for begin, end in itertools.pairwise(np.cumsum([0, *counts]).tolist())]


def _wait(ticks: int) -> str:
    """Neither motor moves."""
    return f"SM,{max(round(1000 * ticks / TICK_RATE), 1)},0,0"


@dataclass(frozen=True, slots=True, eq=False)
class _Layout:
    """The ramps of one trajectory."""

    steps: Floats  #: (r, 2) with fractions
    ticks: Indices  #: (r,)
    change: Floats  #: (r, 2) steps per tick that the rates' sizes change
    done: Floats  #: (r,) part of the trajectory's time behind each
    seen: float  #: steps/s², the most a stopwatch sees


class _Track:
    """Where both motors of many trajectories ought to be, each trajectory on a stretch of one time axis in ticks."""

    def __init__(self, moves: Sequence[Trajectory], steps_per_mm: int, *, slower: float) -> None:
        self.first = np.cumsum([0] + [len(move.end) + 1 for move in moves])[:-1]  # vertex at which each begins
        self.last = np.append(self.first[1:], self.first[-1] + len(moves[-1].end) + 1) - 1
        points = np.concatenate([part for move in moves for part in (move.start[:1], move.end)])
        v_in, v_out = (
            np.concatenate([part for move in moves for part in (getattr(move, name), (1.0,))])[:-1] for name in ("v_in", "v_out")
        )
        self.motors: Points = (1 + 1j) * points.conj() * steps_per_mm  # x + y and x - y
        self.step = np.diff(self.motors)
        self.step[self.last[:-1]] = 0.0
        self.twice, self.more = 2 * v_in / (v_in + v_out), (v_out - v_in) / (v_in + v_out)
        dt = 2 * np.abs(np.diff(points)) / (v_in + v_out) * TICK_RATE
        dt[self.last[:-1]] = 0.0
        along = np.concatenate(([0.0], np.cumsum(dt)))
        took = along[self.last] - along[self.first]
        self.total = np.maximum(np.rint(took * slower), SHORTEST).astype(np.intp)  # (m,) ticks
        self.open = np.cumsum(self.total + 1) - self.total - 1  # (m,) tick at which each begins
        of = np.repeat(np.arange(len(moves)), self.last - self.first + 1)
        self.t = self.open[of] + (along - along[self.first][of]) * (self.total / took)[of]
        self.t[self.last] = self.open + self.total

    def at(self, ticks: npt.NDArray[np.float64] | Indices) -> Points:
        """(n,) steps with fractions, motor 1 + i motor 2."""
        vertex = np.minimum(np.searchsorted(self.t, ticks, side="right") - 1, len(self.step) - 1)
        part = np.clip((ticks - self.t[vertex]) / np.maximum(self.t[vertex + 1] - self.t[vertex], 1e-9), 0, 1)
        where: Points = self.motors[vertex] + self.step[vertex] * (part * (self.twice[vertex] + self.more[vertex] * part))
        return where

    def turns(self) -> list[list[int]]:
        """Per trajectory the ticks at which a motor turns round, having made a step and before it makes the next; ascending."""
        found = []
        for step, place in ((self.step.real, self.motors.real), (self.step.imag, self.motors.imag)):
            moving = np.flatnonzero(np.abs(step) > 1e-9)
            sign = np.sign(step[moving])
            extremes = np.sort(np.concatenate((moving[1:][sign[1:] != sign[:-1]], self.first, self.last)))
            found.append(_reversals(extremes, place[extremes], np.searchsorted(self.first, extremes, side="right")))
        ticks = np.sort(np.rint(self.t[np.concatenate(found)]).astype(np.intp))
        return [some.tolist() for some in np.split(ticks, np.searchsorted(ticks, self.open[1:]))]


def _reversals(where: Indices, place: Floats, of: Indices) -> Indices:
    """Those of some places of a motor between which it goes one way and then, by whole steps, the other."""
    moved = np.diff(np.rint(place))
    moved[of[1:] != of[:-1]] = 0
    legs = np.flatnonzero(moved)
    turned = (np.sign(moved[legs][1:]) != np.sign(moved[legs][:-1])) & (of[legs][1:] == of[legs][:-1])
    found: Indices = where[legs[:-1][turned] + 1]
    return found


def _laid(
    moves: Sequence[Trajectory], steps_per_mm: int, starts: Steps, ends: Steps, axes: Floats, *, spacing: float, slower: float
) -> list[_Layout]:
    """Boundaries and ramps between them, for many trajectories at once."""
    track = _Track(moves, steps_per_mm, slower=slower)
    ticks = _boundaries(track, spacing * TICK_RATE)
    first, last = np.searchsorted(ticks, track.open), np.searchsorted(ticks, track.open + track.total)
    of = np.repeat(np.arange(len(moves)), last - first + 1)
    inner = of[1:] == of[:-1]  # between two boundaries of one trajectory
    exact = track.at(ticks)
    low, high = np.maximum(ticks - GLANCE, track.open[of]), np.minimum(ticks + GLANCE, (track.open + track.total)[of])
    speed = (track.at(high) - track.at(low)) / (high - low)  # steps per tick
    speed[first] = speed[last] = 0.0

    length = np.diff(ticks)[inner]
    steps, change = np.zeros((len(length), 2)), np.zeros((len(length), 2))
    for motor, (place, rate) in enumerate(((exact.real, speed.real.copy()), (exact.imag, speed.imag.copy()))):
        whole, turns = _on_whole_steps(place, of, first, last, starts[:, motor], ends[:, motor])
        rate[turns] = 0.0
        steps[:, motor] = np.diff(whole)[inner]
        mean = np.abs(steps[:, motor]) / length
        least = np.maximum(SLOWEST, 2 / length)
        room = 2 * np.minimum(mean * np.maximum(1 - least, 0.0), np.maximum(FASTEST - mean, 0.0))
        change[:, motor] = np.clip(np.diff(rate)[inner] * np.sign(steps[:, motor]), -room, room)
    begin, whose = (ticks - track.open[of])[:-1][inner], of[:-1][inner]
    seen = _seen(length, steps, change, whose, axes)
    done = (begin + length) / track.total[whose]
    still = np.maximum.reduceat(np.abs(steps).max(axis=1), np.searchsorted(whose, np.arange(len(moves)))) == 0  # not a step to make
    made = []
    for i, (begins, ends_) in enumerate(itertools.pairwise(np.searchsorted(whose, np.arange(len(moves) + 1)).tolist())):
        part = slice(begins, begins if still[i] else ends_)
        made.append(_Layout(steps[part], length[part], change[part], done[part], float(seen[i])))
    return made


def _boundaries(track: _Track, spacing: float) -> Indices:
    """(b,) ticks where ramps meet: ends, turning points, and places about `spacing` apart; ascending."""
    least = LEAST * TICK_RATE
    marks: list[int] = []
    for begin, total, turns in zip(track.open.tolist(), track.total.tolist(), track.turns(), strict=True):
        marks.append(begin)
        for turn in _gathered(turns, least):
            if turn - marks[-1] >= least and begin + total - turn >= least:
                marks.append(turn)
        marks.append(begin + total)
    at = np.array(marks)
    gaps = np.diff(at, append=at[-1] + 1)
    n_ramps = np.maximum(np.rint(gaps / spacing), np.where(gaps >= 2 * least, 2, 1)).astype(np.intp)
    owner = np.repeat(np.arange(len(at)), n_ramps)
    nth = np.arange(len(owner)) - np.repeat(np.cumsum(n_ramps) - n_ramps, n_ramps)
    ticks: Indices = at[owner] + np.rint(gaps[owner] * nth / n_ramps[owner]).astype(np.intp)
    return ticks


def _gathered(moments: list[int], least: float) -> list[int]:
    """Moments closer than `least` become one, in their middle."""
    groups: list[list[int]] = []
    for moment in moments:
        if groups and moment - groups[-1][0] < least:
            groups[-1].append(moment)
        else:
            groups.append([moment])
    return [(group[0] + group[-1]) // 2 for group in groups]


def _on_whole_steps(place: Floats, of: Indices, first: Indices, last: Indices, starts: Steps, ends: Steps) -> tuple[Floats, Indices]:
    """One motor's places at the boundaries with its turns and ends on whole steps, monotonous between them.

    Returns:
        (b,) steps with fractions, and the boundaries at which the motor turns round
    """
    sign = np.sign(np.diff(place))
    extremes = np.concatenate((first, last, 1 + np.flatnonzero((sign[1:] != sign[:-1]) & (of[2:] == of[:-2]))))
    extremes = np.unique(extremes)
    goal = place.copy()
    goal[first], goal[last] = starts, ends
    turns = _reversals(extremes, goal[extremes], of[extremes])
    fixed = np.sort(np.concatenate((first, last, turns)))
    whole = np.rint(goal[fixed])
    leg = np.maximum(np.searchsorted(fixed, np.arange(len(place)), side="right") - 1, 0)
    leg = np.minimum(leg, len(fixed) - 2)
    begin, end = place[fixed[leg]], place[fixed[leg + 1]]
    passed = np.clip((place - begin) * np.sign(end - begin), 0, np.abs(end - begin))
    near = np.clip(np.abs(end - begin), 1e-9, ADJUST)
    off = whole - place[fixed]
    stretched = begin + passed * np.sign(end - begin)
    stretched += off[leg] * _fading(passed / near) + off[leg + 1] * _fading((np.abs(end - begin) - passed) / near)
    steps = whole[leg + 1] - whole[leg]
    part = np.clip((stretched - whole[leg]) / np.where(steps == 0, 1.0, steps), 0, 1)
    part = np.maximum.accumulate(part + 2 * leg) - 2 * leg  # each leg one way only
    stretched = whole[leg] + part * steps
    stretched[fixed] = whole
    return stretched, turns


def _fading(x: Floats) -> Floats:
    """1 at 0, 0 from 1 on, level at both."""
    x = np.minimum(x, 1.0)
    return 1 - x * x * (3 - 2 * x)


def _seen(length: Indices, steps: Floats, change: Floats, of: Indices, axes: Floats) -> Floats:
    """(n,) steps/s² (of both motors as a vector, over √2), the most that a stopwatch sees of each trajectory's ramps.

    Components along x and y count as many times as much as (n, 2) `axes` say.
    The trajectories lie on one time axis with rests between them, each going on from where the one before ended.
    """
    tick, rest = TICK_RATE // 1000, 3 * HORIZON * TICK_RATE // 1000
    new = np.concatenate(([True], of[1:] != of[:-1]))
    open_ = np.cumsum(np.concatenate(([0], length[:-1])) + np.where(new, rest, 0))  # ticks on the common axis
    looks = -(-open_ // tick)  # the first at or after each ramp's begin
    counts = np.diff(looks, append=(open_[-1] + length[-1] + rest) // tick)
    moved = steps[:, 0] + 1j * steps[:, 1]
    bent = np.where(steps < 0, -change, change)
    half = (bent[:, 0] + 1j * bent[:, 1]) * length / 2
    before = np.cumsum(moved) - moved
    x = np.minimum((np.arange(looks[0], looks[0] + counts.sum()) * tick - np.repeat(open_, counts)) / np.repeat(length, counts), 1.0)
    path = np.repeat(before, counts) + x * (np.repeat(moved - half, counts) + np.repeat(half, counts) * x)
    path = np.concatenate((np.zeros(looks[0]), path))
    bend = path[2 * HORIZON :] - 2 * path[HORIZON:-HORIZON] + path[: -2 * HORIZON]
    begins = np.flatnonzero(new)
    most = np.zeros(len(axes))
    where = np.maximum(open_[begins] - rest // 2, 0) // tick
    most[of[begins]] = np.maximum.reduceat(np.pad(bend.real**2 + bend.imag**2, HORIZON), where)
    if axes.any():
        for part, weights in ((bend.real + bend.imag, axes[:, 0]), (bend.real - bend.imag, axes[:, 1])):
            square = np.maximum.reduceat(np.pad(part * part / 2, HORIZON), where)
            most[of[begins]] = np.maximum(most[of[begins]], square * weights[of[begins]] ** 2)
    return np.sqrt(most / 2) / (HORIZON / 1000) ** 2


def _rates(
    steps: Floats, change: Floats, ticks: Indices, counts: Sequence[int], accumulators: list[int], motor: int
) -> tuple[Steps, Steps]:
    """One motor's rates and accels, sizes only; its accumulator moves on, to half full after each trajectory."""
    n = ticks.astype(np.int64)
    place = np.cumsum(steps)
    goal = np.abs(np.diff(np.rint(place * FULL).astype(np.int64), prepend=0))
    gains = 2 * np.rint(change / n * HALF).astype(np.int64)  # even: half of it is whole
    bend = gains * n * n // 2
    rates = (2 * (goal - bend) + n) // (2 * n)
    idle = (steps == 0) | (rates <= np.abs(gains)) | (rates + gains * n <= np.abs(gains))
    rates[idle], gains[idle], bend[idle] = goal[idle] // n[idle], 0, 0
    off = rates * n + bend - goal  # what rounding adds
    held, begin = accumulators[motor], 0
    for count, more in zip(counts, np.add.reduceat(np.append(off, 0), np.cumsum([0, *counts])[:-1]).tolist(), strict=True):
        if count:
            held += more
            fastest = begin + int(rates[begin : begin + count].argmax())
            length = int(n[fastest])
            back = (2 * (held - HALF) + length) // (2 * length)
            if rates[fastest] > abs(back) + abs(int(gains[fastest])) * (length + 1):
                rates[fastest] -= back
                held -= back * length
        begin += count
    accumulators[motor] = held
    return rates, gains
