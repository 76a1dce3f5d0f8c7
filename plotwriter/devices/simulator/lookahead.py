"""GRBL's planner and its motion: 15 lines of look-ahead, trapezoids that are replanned as lines arrive.

Legend: a mm/s², v mm/s, s mm. Each block knows its length, its direction, its nominal speed and the speed its
junction allows; entry speeds come from a pass backwards, the running block's profile from its present speed.

Source: gnea/grbl v1.1 planner.c, motion_control.c
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Block", "Lookahead"]

CAPACITY = 15  # usable blocks, BLOCK_BUFFER_SIZE - 1
NEVER = math.inf


@dataclass(slots=True)
class Block:
    """A straight move."""

    unit: complex
    left: float  #: mm still to go
    feed: float  #: mm/s as programmed; infinite for a rapid
    most: float  #: mm/s the axes allow
    nominal: float  #: mm/s
    accel: float  #: mm/s²
    entry_limit: float  #: mm/s the junction before it allows
    entry: float = 0.0  #: mm/s planned


class Lookahead:
    """Blocks queued and the motion they make."""

    def __init__(self, *, max_rate: tuple[float, float], accel: tuple[float, float], deviation: float) -> None:
        """An idle machine at 0.

        Args:
            max_rate: mm/s of x and y
            accel: mm/s² of x and y
            deviation: mm, junction deviation
        """
        self._max_rate, self._accel, self._deviation = max_rate, accel, deviation
        self.blocks: deque[Block] = deque()
        self.now = 0.0
        self.position = 0j  #: mm, here and now
        self.target = 0j  #: mm, end of the last block
        self.speed = 0.0
        self.holding = False
        self.held = False
        self._last_unit = 0j
        self._scale = 1.0, 1.0  # of feeds and rapids
        self._phases: list[tuple[float, float, float]] = []  # of the running block: duration, v, a
        self._stale = False
        self._pieces: list[tuple[float, float, complex, complex, float, float]] = []  # t, duration, from, unit, v, a

    @property
    def full(self) -> bool:
        """Whether no further block fits."""
        return len(self.blocks) >= CAPACITY

    @property
    def empty(self) -> bool:
        """Whether all motion is done."""
        return not self.blocks

    def add(self, target: complex, feed: float) -> None:
        """Queue a straight move at `feed` mm/s."""
        length = abs(target - self.target)
        if length < 1e-9:
            return
        unit = (target - self.target) / length
        most = _along(unit, self._max_rate)
        accel = _along(unit, self._accel)
        limit = 0.0
        if self.blocks:
            cosine = -(unit.real * self._last_unit.real + unit.imag * self._last_unit.imag)
            limit = math.inf
            if cosine > 0.999999:
                limit = 0.0
            elif cosine > -0.999999:
                across = unit - self._last_unit
                half = math.sqrt(0.5 * (1 - cosine))
                limit = math.sqrt(_along(across / abs(across), self._accel) * self._deviation * half / (1 - half))
        self.blocks.append(Block(unit, length, feed, most, self._nominal(feed, most), accel, limit))
        self.target, self._last_unit, self._stale = target, unit, True

    def scale(self, feed: float, rapid: float) -> None:
        """Override feeds and rapids, also of what is queued or moves."""
        self._scale = feed, rapid
        for block in self.blocks:
            block.nominal = self._nominal(block.feed, block.most)
        self._stale = True

    def _nominal(self, feed: float, most: float) -> float:
        return min(feed * self._scale[0], most) if feed < math.inf else most * self._scale[1]

    def next_end(self) -> float:
        """When the running block ends, or the hold is complete; infinite if nothing moves."""
        if self.held or not self.blocks:
            return NEVER
        self._replan()
        return self.now + sum(phase[0] for phase in self._phases)

    def advance(self, moment: float) -> None:
        """Move on until a moment not after `next_end`."""
        if not self.held and self.blocks:
            self._replan()
            block = self.blocks[0]
            while self._phases and (moment - self.now > 1e-12 or self._phases[0][0] <= 1e-12):
                duration, v, a = self._phases[0]
                step = min(duration, moment - self.now)
                s = v * step + a * step * step / 2
                if step > 0:
                    self._pieces.append((self.now, step, self.position, block.unit, v, a))
                self.position += block.unit * s
                block.left -= s
                self.speed = max(v + a * step, 0.0)
                self.now += step
                if step >= duration - 1e-12:
                    self._phases.pop(0)
                else:
                    self._phases[0] = (duration - step, self.speed, a)
            if not self._phases:
                if self.holding and self.speed < 1e-6:
                    self.held, self.speed = True, 0.0
                else:
                    self.blocks.popleft()
                    if not self.blocks:
                        self.speed, self.position = 0.0, self.target  # rounding ends here
                self._stale = True
        self.now = max(self.now, moment)

    def hold(self) -> None:
        """Brake to a stop, whatever is queued."""
        self.holding, self._stale = True, True
        self.held = not self.blocks

    def resume(self) -> None:
        """Go on."""
        self.holding = self.held = False
        self._stale = True

    def drop(self) -> None:
        """Forget what is queued; stand here."""
        self.blocks.clear()
        self._phases, self.speed, self.target = [], 0.0, self.position
        self.holding = self.held = False

    def _replan(self) -> None:
        if not self._stale:
            return
        self._stale = False
        after = 0.0
        for i in range(len(self.blocks) - 1, 0, -1):
            block = self.blocks[i]
            joint = min(block.entry_limit, block.nominal, self.blocks[i - 1].nominal)
            after = block.entry = min(joint, math.sqrt(after * after + 2 * block.accel * block.left))
        block = self.blocks[0]
        v, a, s = self.speed, block.accel, max(block.left, 0.0)
        if self.holding:
            stop = v * v / (2 * a)
            end = 0.0 if stop <= s else math.sqrt(v * v - 2 * a * s)
            self._phases = [((v - end) / a, v, -a)]
            return
        after = max(min(after, math.sqrt(v * v + 2 * a * s)), math.sqrt(max(v * v - 2 * a * s, 0.0)))  # an override may come late
        top = max(min(block.nominal, math.sqrt(max((2 * a * s + v * v + after * after) / 2, 0.0))), after)
        rise, fall = (top * top - v * v) / (2 * a), (top * top - after * after) / (2 * a)
        up = (top - v) / a if rise >= 0 else (v - top) / a
        cruise = max(s - abs(rise) - fall, 0.0)
        phases = [(up, v, a if rise >= 0 else -a), (cruise / top if top > 0 else 0.0, top, 0.0), ((top - after) / a, top, -a)]
        self._phases = [phase for phase in phases if phase[0] > 1e-12]

    def sample(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.complex128]]:
        """The path at least every millisecond and at the end of each piece: (n,) s and (n,) complex128 mm."""
        if not self._pieces:
            return np.zeros(0), np.zeros(0, np.complex128)
        begin, duration, start, unit, v, a = (np.array(column) for column in zip(*self._pieces, strict=True))
        count = np.maximum(np.ceil(duration / 0.001).astype(int), 1)
        which = np.repeat(np.arange(len(begin)), count)
        nth = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + 1
        t = duration[which] * nth / count[which]
        return begin[which] + t, start[which] + unit[which] * (v[which] * t + a[which] * t * t / 2)


def _along(unit: complex, limits: tuple[float, float]) -> float:
    return min(limits[0] / max(abs(unit.real), 1e-9), limits[1] / max(abs(unit.imag), 1e-9))
