"""What boards that plan their own motion from G-code have in common: mounted axes, a pen, words on the way to the host."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from plotwriter.devices.simulator.board import cut
from plotwriter.devices.simulator.clock import VirtualClock
from plotwriter.devices.simulator.queue import MotionQueue
from plotwriter.devices.simulator.servo import Servo

__all__ = ["GcodeBoard"]


class GcodeBoard:
    """Where the pen is and was, and what is said when."""

    clock: VirtualClock
    servo: Servo
    _motion: MotionQueue
    _mount: tuple[complex, complex, complex]  # machine-frame direction of the board's x and of its y, and where its 0 is
    _out: list[tuple[float, bytes]]  # when, what

    def take(self) -> bytes:
        """What has been said by now."""
        now = self.clock.now()
        if not self._out or self._out[0][0] > now:
            return b""
        due = [text for moment, text in self._out if moment <= now]
        self._out = [item for item in self._out if item[0] > now]
        return b"".join(due)

    def drawn(self) -> list[npt.NDArray[np.complex128]]:
        """Per touch of the pen the path drawn, mm, machine frame."""
        times, path = self._motion.sample()  # from the board's power-on place
        x, y, origin = self._mount
        return [origin + piece.real * x + piece.imag * y for piece in cut(times, path, self.servo.contacts)]

    @property
    def elapsed(self) -> float:
        """Virtual seconds so far."""
        return self.clock.now()

    @property
    def pen_is_down(self) -> bool:
        """Whether the pen touches the paper now."""
        return self.servo.down_at(self.clock.now())

    @property
    def position(self) -> complex:
        """Where the pen stands now, mm, machine frame."""
        x, y, origin = self._mount
        here = self._motion.xy.position + self._motion.carried
        return origin + here.real * x + here.imag * y

    def _say(self, moment: float, text: str) -> None:
        self._out.append((moment, text.encode("ascii")))
        self._out.sort(key=lambda item: item[0])
