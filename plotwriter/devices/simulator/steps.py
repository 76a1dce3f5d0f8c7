"""What an EBB's step interrupt does, in closed form: 25 kHz ticks, two 2^31 accumulators.

Each tick: rate += accel; accumulator += rate; a step when it passes 2^31. The stored rate is the commanded one
less half an accel, the half cut to a whole number as C does, so that after T ticks

    n(T) = floor((C0 + T (R - trunc(A / 2)) + A T (T + 1) / 2) / 2^31)

Source: EBB command reference, LM and LT; firmware 2.8.1 ebb.c
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

__all__ = ["FULL", "TICK_RATE", "Axis", "StepMove", "gained", "sample", "steps_after", "ticks_for", "timed_axis"]

TICK_RATE = 25_000  # Hz
FULL = 1 << 31  # accumulator units in a step


def gained(rate: int, accel: int, ticks: int) -> int:
    """What an accumulator has gained after a number of ticks.

    >>> gained(10, 3, 2)  # 9 + 3, then 3 more
    27
    """
    half = abs(accel) // 2 * (1 if accel > 0 else -1)
    return ticks * (rate - half) + accel * ticks * (ticks + 1) // 2


def steps_after(c0: int, rate: int, accel: int, ticks: int) -> int:
    """Whole steps made after a number of ticks, were there no end to them.

    >>> steps_after(0, 1 << 30, 0, 4)
    2
    """
    return (c0 + gained(rate, accel, ticks)) // FULL


def ticks_for(c0: int, rate: int, accel: int, steps: int) -> int | None:
    """The tick at which the last of `steps` is made; None if the rate runs out before."""
    if steps == 0:
        return 0
    need = steps * FULL - c0
    if accel == 0:
        return None if rate <= 0 else max(-(-need // rate), 1)
    root = rate * rate + 2 * accel * need
    if root < 0:
        guess, last = rate / -accel, math.ceil(rate / -accel) + 1
    else:
        guess = 2 * need / (rate + math.sqrt(root)) if rate + math.sqrt(root) > 0 else 0.0
        last = math.ceil(guess) + 3
    for ticks in range(max(math.floor(guess) - 3, 1), last + 1):
        if accel < 0 and ticks > rate / -accel + 1:
            return None
        if steps_after(c0, rate, accel, ticks) >= steps:
            return ticks
    return None


@dataclass(slots=True)
class Axis:
    """One motor's share of a move."""

    c0: int  #: accumulator at the start
    rate: int
    accel: int
    steps: int  #: signed, commanded
    ticks: int  #: when its last step is made; of a timed move, when it ends
    way: int = 0  #: of a timed move 1 or -1, whether a step is made or not; 0: the sign of its steps


def timed_axis(c0: int, ticks: int, rate: int, accel: int, *, signed_accel: bool) -> Axis:
    """A motor's share of an LT: so many ticks, whatever steps they make.

    Args:
        c0: accumulator at the start
        ticks: of the move
        rate: its sign is the motor's way
        accel: adds to the rate's size, or to the rate
        signed_accel: which
    """
    way = -1 if rate < 0 else 1
    more = accel * way if signed_accel else accel
    return Axis(c0, abs(rate), more, way * max(steps_after(c0, abs(rate), more, ticks), 0), ticks, way)


@dataclass(slots=True)
class StepMove:
    """One move as run."""

    begin: float  #: s
    ticks: int  #: commanded length
    axes: tuple[Axis, Axis]
    steps_per_mm: float  #: at the microstep mode it runs in
    timed: bool = False  #: it ends after its ticks, not with its steps
    run: int = field(default=-1)  #: ticks actually run; less than `ticks` only if stopped

    def __post_init__(self) -> None:
        """Runs whole unless stopped."""
        self.run = self.ticks if self.run < 0 else self.run

    @property
    def end(self) -> float:
        """Moment it ends, s."""
        return self.begin + self.run / TICK_RATE

    def made(self, ticks: int) -> tuple[int, int]:
        """Signed steps both motors have made after some ticks."""
        first, second = (
            axis.steps
            if ticks >= axis.ticks
            else int(math.copysign(min(abs(axis.steps), max(steps_after(axis.c0, axis.rate, axis.accel, ticks), 0)), axis.steps))
            for axis in self.axes
        )
        return first, second

    def stop(self, ticks: int) -> tuple[int, int]:
        """End after some ticks; the steps of both motors that are not made."""
        made, told = self.made(ticks) if ticks else (0, 0), [axis.steps for axis in self.axes]
        self.run = ticks
        self.axes = tuple(replace(axis, steps=n, ticks=min(axis.ticks, ticks)) for axis, n in zip(self.axes, made, strict=True))  # type: ignore[assignment]
        return told[0] - made[0], told[1] - made[1]


def sample(
    moves: list[StepMove], *, fractions: bool = False, every: int = 25
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.complex128]]:
    """The path at least every so many ticks, and at the end of each move.

    Args:
        moves: in order of time
        fractions: what the accumulators gain, as parts of a step, instead of steps: what was commanded, smooth as it was meant
        every: ticks; 25 are a millisecond

    Returns:
        (n,) s and (n,) complex128 mm, machine frame of a CoreXY machine that started at 0
    """
    run = np.array([move.run for move in moves], dtype=np.int64)
    count = np.maximum(-(-run // every), 1)
    which = np.repeat(np.arange(len(moves)), count)
    nth = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + 1
    ticks = np.minimum(every * nth, run[which])
    scale = np.array([move.steps_per_mm for move in moves])
    motors = []
    for i in (0, 1):
        axes = [move.axes[i] for move in moves]
        c0, rate, accel, steps, last = (
            np.array([getattr(axis, name) for axis in axes], dtype=np.int64)[which] for name in ("c0", "rate", "accel", "steps", "ticks")
        )
        t = np.minimum(ticks, last) if fractions else ticks
        gain = t * (rate - np.sign(accel) * (np.abs(accel) // 2)) + accel * t * (t + 1) // 2
        held = c0 + gain
        if fractions:
            way = np.array([axis.way or np.sign(axis.steps) for axis in axes])
            made = gain / FULL * way[which]
            total = made[np.cumsum(count) - 1] / scale
        else:
            total = steps[np.cumsum(count) - 1] / scale  # (n_moves,) mm of belt each move gave
            made = np.where(ticks >= last, np.abs(steps), np.clip(held // FULL, 0, np.abs(steps))) * np.sign(steps)
        motors.append((np.cumsum(total) - total)[which] + made / scale[which])
    begin = np.array([move.begin for move in moves])
    return begin[which] + ticks / TICK_RATE, (motors[0] + motors[1]) / 2 + 1j * (motors[0] - motors[1]) / 2
