r"""A trajectory as ramps of whole steps: EBB's LM, predicted to the tick.

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

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from plotwriter.motion.actions import Floats, Trajectory

__all__ = ["TICK_RATE", "Ramp", "ramps"]

Steps = npt.NDArray[np.int64]
Indices = npt.NDArray[np.intp]

TICK_RATE = 25_000  # Hz, the step interrupt
FULL = 1 << 31  # accumulator units in a step
GRAIN = 4  # ticks between the places a boundary may take
SPACING = 0.008  # s between boundaries: a board takes a ramp in 4 ms, and bends are seen at 10 ms
TRIES = (1.0, 0.92, 1.1, 0.85, 1.2, 0.96, 1.05, 0.88, 1.15)  # times SPACING
WITHIN = 0.998  # times what may be seen, looked at every ms
HORIZON = 10  # ms over which acceleration is judged, as in motion.speeds
LEAST = 0.004  # s; boundaries closer than this become one
SWEEPS = 4  # over every other boundary, choosing its place
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


def ramps(move: Trajectory, steps_per_mm: int, position: Steps, end: Steps, accumulators: list[int], *, accel: float) -> Iterator[Ramp]:
    """A trajectory as LM commands.

    Args:
        move: from rest to rest, on a CoreXY machine
        steps_per_mm: of each motor
        position: (2,) steps, where the motors are
        end: (2,) steps, where they must be
        accumulators: the board's two, as the commands before leave them; kept up to date
        accel: mm/s², what a stopwatch may see of the commands; boundaries are moved until it holds, TRIES times
    """
    total = max(round(move.duration * TICK_RATE), 1)
    ticks = np.minimum(np.arange(0, total + GRAIN, GRAIN), total)
    points = move.at(ticks / TICK_RATE)
    exact = np.stack((points.real + points.imag, points.real - points.imag), axis=-1) * steps_per_mm  # (k, 2) steps
    speed = np.gradient(exact, axis=0) / GRAIN  # (k, 2) steps per tick
    chosen, least = None, np.inf
    for part in TRIES:
        at, whole = _boundaries(exact, position, end, spacing=SPACING * part * TICK_RATE / GRAIN)
        shape = _shape(ticks[at], whole, speed[at])
        seen = _seen(ticks[at], whole, *shape) / steps_per_mm
        if seen < least:
            chosen, least = (ticks[at], whole, *shape), seen
        if seen <= accel * WITHIN:
            break
    if chosen is None:
        return
    marks, whole, _, change = chosen
    steps, length = np.diff(whole, axis=0), np.diff(marks)
    accel_units = 2 * np.rint(change * np.sign(steps) / length[:, None] * (FULL / 2)).astype(np.int64)  # even: half of it is whole
    words = []
    for motor in (0, 1):
        rates, gains = _rates(np.abs(steps[:, motor]), accel_units[:, motor], length, accumulators, motor)
        words += [rates, steps[:, motor].tolist(), gains]
    for *six, n, done in zip(*words, length.tolist(), (marks[1:] / total).tolist(), strict=True):
        yield Ramp("LM,{},{},{},{},{},{}".format(*six), n, done)


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


def _shape(marks: Indices, whole: Steps, speed: Floats) -> tuple[Floats, Floats]:
    """Each ramp's mean rate and how far its rate changes, (r, 2) steps per tick."""
    mean = np.diff(whole, axis=0) / np.diff(marks)[:, None]
    size, way = np.abs(mean), np.sign(mean)
    headroom = np.maximum(FASTEST - size, 0)
    change = np.diff(speed, axis=0) * way
    return mean, way * np.clip(change, -2 * np.minimum(BRAKE * size, headroom), 2 * np.minimum(SPEED_UP * size, headroom))


def _seen(marks: Indices, whole: Steps, mean: Floats, change: Floats) -> float:
    """The most that a stopwatch sees of the ramps, steps/s² (of both motors as a vector)."""
    if len(marks) < 2:
        return 0.0
    tick = TICK_RATE // 1000
    t = np.arange(marks[0] - 2 * HORIZON * tick, marks[-1] + 2 * HORIZON * tick + 1, tick)
    ramp = np.clip(np.searchsorted(marks, t, side="right") - 1, 0, len(mean) - 1)
    length = (marks[ramp + 1] - marks[ramp])[:, None]
    x = np.clip((t - marks[ramp])[:, None], 0, length)
    path = whole[ramp] + (mean[ramp] - change[ramp] / 2) * x + change[ramp] / length * x * x / 2
    bend = path[2 * HORIZON :] - 2 * path[HORIZON:-HORIZON] + path[: -2 * HORIZON]
    return float(np.sqrt((bend * bend).sum(axis=1).max() / 2)) / (HORIZON / 1000) ** 2


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


def _boundaries(exact: Floats, position: Steps, end: Steps, *, spacing: float) -> tuple[Indices, Steps]:
    """Where ramps meet, and on which whole steps: ends, turning points, and good places about SPACING apart.

    What is rounded at a boundary shall lie between what is rounded at its neighbours: then it makes no jolt.

    Args:
        exact: (k, 2) steps
        position: (2,) where the motors are
        end: (2,) where they must be
        spacing: samples between boundaries, about

    Returns:
        (b,) indices into the samples, ascending, and (b, 2) steps there; b = 1 if no step is made
    """
    last = len(exact) - 1
    least = LEAST * TICK_RATE / GRAIN
    fixed = [0]
    for turn in _gathered(sorted(_turns(exact[:, 0]) + _turns(exact[:, 1])), least):
        if turn - fixed[-1] >= least and last - turn >= least:
            fixed.append(turn)
    gaps = np.diff([*fixed, last])
    n_ramps = np.maximum(np.rint(gaps / spacing), 1).astype(np.intp)
    owner = np.repeat(np.arange(len(gaps)), n_ramps)
    nth = np.arange(len(owner)) - np.repeat(np.cumsum(n_ramps) - n_ramps, n_ramps)
    place = np.append(np.rint(np.array(fixed)[owner] + gaps[owner] * nth / n_ramps[owner]), last).astype(np.intp)
    reach = np.append(np.where(nth > 0, LEEWAY * (gaps / n_ramps)[owner], TURN_LEEWAY * TICK_RATE / GRAIN), 0)
    window = np.arange(-int(reach.max()), int(reach.max()) + 1)

    at = place.copy()
    whole = np.rint(exact[at]).astype(np.int64)
    whole[0], whole[-1] = position, end
    off = whole - exact[at]
    for sweep in range(SWEEPS):
        mine = np.arange(1 + sweep % 2, len(at) - 1, 2)
        if len(mine) == 0:
            continue
        before, after = at[mine] - at[mine - 1], at[mine + 1] - at[mine]
        between = (off[mine - 1] * after[:, None] + off[mine + 1] * before[:, None]) / (before + after)[:, None]
        tried = np.clip(place[mine, None] + window, 0, last)
        there = exact[tried]  # (mine, window, 2)
        nearest = np.rint(there + between[:, None])
        cost = ((nearest - there - between[:, None]) ** 2).sum(axis=2)
        best = np.where(np.abs(window) <= reach[mine, None], cost, np.inf).argmin(axis=1)
        row = np.arange(len(mine))
        at[mine], whole[mine] = tried[row, best], nearest[row, best].astype(np.int64)
        off[mine] = (nearest - there)[row, best]

    keep = np.ones(len(at), bool)  # ramps without steps are lent to the one before
    keep[1:-1] = (whole[1:-1] != whole[:-2]).any(axis=1)
    at, whole = at[keep], whole[keep]
    while len(at) > 1 and (whole[-1] == whole[-2]).all():
        at, whole = np.delete(at, -2), np.delete(whole, -2, axis=0)
    return at, whole


def _gathered(moments: list[int], least: float) -> list[int]:
    """Moments closer than `least` become one, in their middle."""
    groups: list[list[int]] = []
    for moment in moments:
        if groups and moment - groups[-1][0] < least:
            groups[-1].append(moment)
        else:
            groups.append([moment])
    return [(group[0] + group[-1]) // 2 for group in groups]


def _turns(exact: Floats) -> list[int]:
    """Samples at which a motor turns round: the extreme between a step one way and the next the other way."""
    moved = np.diff(np.rint(exact))
    stepped = np.flatnonzero(moved)
    signs = np.sign(moved[stepped])
    turns = []
    for i in np.flatnonzero(signs[1:] != signs[:-1]).tolist():
        first, after = int(stepped[i]) + 1, int(stepped[i + 1]) + 1
        turns.append(first + int((exact[first:after] * signs[i]).argmax()))
    return turns
