"""The pen of a simulated plotter and the paper under it: vectors from rest to rest on whole units, a lift, a carousel.

Source: HP 7475A Operation and Interconnection Manual, specifications; what is a guess says so
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from plotwriter.devices.simulator.board import cut
from plotwriter.devices.simulator.servo import Servo

__all__ = ["FASTEST", "Carriage"]

UP_TIME, DOWN_TIME = 0.06, 0.08  # s the pen takes; not in the manual, a guess
SWAP = 1.5  # s to put a pen away, and to take one; a guess
ACCEL = 19_600.0  # mm/s², about 2 g
FASTEST, TRAVEL = 381.0, 508.0  # mm/s, pen down and up
VS_STEP = 3.81  # mm/s


class Carriage:
    """Where the pen is and was."""

    def __init__(self, *, unit: float, window: tuple[int, int], top: float) -> None:
        """A pen at rest at the lower left, up.

        Args:
            unit: mm of a plotter unit
            window: units that are reached of the paper
            top: mm, machine frame, where y = 0 is: the frame's y runs down
        """
        self.servo = Servo(up=1.0, down=0.0)
        self.here = 0j  #: units, once the vector that is being drawn has ended
        self.speed = FASTEST  #: mm/s, pen down
        self.pen = 0  #: from the carousel
        self.clipped = 0  #: places it was sent to that lie beyond the paper
        self.window = window
        self._unit, self._top = unit, top
        self._times = [0.0]
        self._path = [self.place]  # mm, at those times

    @property
    def place(self) -> complex:
        """Where the pen is then, mm, machine frame."""
        return complex(self.here.real * self._unit, self._top - self.here.imag * self._unit)

    def down(self, now: float) -> bool:
        """Whether the pen is down, or on its way."""
        return self.servo.at(now) < 0.5

    def lift(self, now: float, *, down: bool, at_once: bool = False) -> float:
        """Raise or lower the pen; when that is done."""
        return self.servo.go(now, 0.0 if down else 1.0, math.inf if at_once else 1 / (DOWN_TIME if down else UP_TIME))

    def vector(self, now: float, there: complex) -> float:
        """A straight way from rest to rest, and when it ends; what lies beyond the paper is not reached."""
        inside = complex(min(max(there.real, 0), self.window[0]), min(max(there.imag, 0), self.window[1]))
        self.clipped += inside != there
        s, v = abs(inside - self.here) * self._unit, self.speed if self.down(now) else TRAVEL
        end = now + (s / v + v / ACCEL if s >= v * v / ACCEL else 2 * math.sqrt(s / ACCEL))
        if s:
            self.jump(end, inside)
        return end

    def jump(self, moment: float, units: complex) -> None:
        """Be somewhere at a moment."""
        self.here = units
        self._times.append(moment)
        self._path.append(self.place)

    def take(self, now: float, pen: int) -> float:
        """Put the pen away and take another, and when that is done."""
        steps = 0 if pen == self.pen else (self.pen > 0) + (pen > 0)
        self.pen = pen
        return self.lift(now, down=False) + SWAP * steps

    def hurry(self, cm_s: float | None) -> None:
        """VS; None: as fast as it goes."""
        self.speed = FASTEST if cm_s is None else min(max(round(cm_s * 10 / VS_STEP), 1) * VS_STEP, FASTEST)

    def drawn(self) -> list[npt.NDArray[np.complex128]]:
        """Per touch of the pen the path drawn, mm, machine frame."""
        return cut(np.array(self._times), np.array(self._path, np.complex128), self.servo.contacts)
