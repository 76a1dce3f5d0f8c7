"""A planner's queue with a pen on Z: straight moves look ahead, a move of Z stands between two that rest.

    queue   [xy xy xy] Z [xy xy] Z      the first group is in the look-ahead, what follows waits behind the Z

Departs: a real planner rounds the corner between Z and XY within its junction deviation, a few hundredths of a mm.
"""

from __future__ import annotations

import math
from collections import deque

import numpy as np
import numpy.typing as npt

from plotwriter.devices.simulator.grbl_gcode import LiftTo, Move
from plotwriter.devices.simulator.lookahead import Lookahead
from plotwriter.devices.simulator.servo import Servo

__all__ = ["MotionQueue"]


class MotionQueue:
    """What is planned and what moves."""

    def __init__(self, lookahead: Lookahead, lift: Servo, *, capacity: int, lift_rate: float) -> None:
        """An idle machine.

        Args:
            lookahead: of x and y
            lift: of Z
            capacity: moves that fit
            lift_rate: mm/s of Z at most
        """
        self.xy, self._lift, self._capacity, self._lift_rate = lookahead, lift, capacity, lift_rate
        self._behind: deque[Move | LiftTo] = deque()
        self._lift_end = -math.inf
        self.moved_by_hand: list[tuple[float, complex]] = []  # when, by how much

    @property
    def now(self) -> float:
        """Moment lived to."""
        return self.xy.now

    @property
    def full(self) -> bool:
        """Whether no further move fits."""
        return len(self.xy.blocks) + len(self._behind) + self._lifting >= self._capacity

    @property
    def empty(self) -> bool:
        """Whether all motion is done."""
        return self.xy.empty and not self._behind and not self._lifting

    @property
    def _lifting(self) -> bool:
        return self._lift_end > self.xy.now + 1e-12

    def add(self, action: Move | LiftTo) -> None:
        """Queue a move."""
        self._behind.append(action)
        self._feed()

    def next_end(self) -> float:
        """When a move ends; infinite if nothing moves."""
        return self._lift_end if self._lifting else self.xy.next_end()

    def advance(self, moment: float) -> None:
        """Move on until a moment not after `next_end`."""
        self.xy.advance(moment)
        self._feed()

    def drop(self) -> None:
        """Forget what is queued; stand here."""
        self._behind.clear()
        self._lift_end = -math.inf
        self.xy.drop()

    def carry(self, by: complex) -> None:
        """A hand moves the carriage, motors off."""
        self.moved_by_hand.append((self.xy.now, by))

    @property
    def carried(self) -> complex:
        """How far hands have moved the carriage in all, mm."""
        return sum((by for _, by in self.moved_by_hand), 0j)

    def sample(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.complex128]]:
        """Moments, s, and where the pen was, mm, hands' work included."""
        times, path = self.xy.sample()
        for moment, by in self.moved_by_hand:
            path = path + np.where(times > moment, by, 0)
        return times, path

    def _feed(self) -> None:
        while self._behind and not self._lifting:
            match self._behind[0]:
                case Move(target, feed):
                    self.xy.add(target, feed)
                case LiftTo(z, feed):
                    if not self.xy.empty:
                        return
                    self._lift_end = self._lift.go(self.xy.now, z, min(feed, self._lift_rate))
            self._behind.popleft()
