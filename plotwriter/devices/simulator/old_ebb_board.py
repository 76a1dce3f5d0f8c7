"""An EiBotBoard as it was before firmware 2.8: less that it knows, else as 2.8.1.

    2.5.4  QT, ST     2.5.6  QR, SR     2.6.0  power-on places of the servo     2.6.1  QG     2.7.0  LT, LM as it is now,
    accumulators zeroed by SM's fourth number and by EM, no dead tick between moves     2.8.0  QE, EM waits in the queue

Departs: LM before 2.7.0 is refused, since what it did is not documented. Whether EM zeroed the step counters is not
either: here it does not.

Source: EBB release notes
"""

from __future__ import annotations

from plotwriter.devices.simulator.board import Faults
from plotwriter.devices.simulator.ebb_board import EbbBoard
from plotwriter.devices.simulator.ebb_replies import EXTRA, unknown
from plotwriter.devices.simulator.steps import TICK_RATE, StepMove

__all__ = ["OldEbbBoard"]

#: command -> the first firmware that knows it
SINCE = {"LM": (2, 7, 0), "LT": (2, 7, 0), "QE": (2, 8, 0), "QG": (2, 6, 1), "QT": (2, 5, 4), "ST": (2, 5, 4), "SR": (2, 5, 6)}
NEW_STEPS = (2, 7, 0)
QUEUED_EM = (2, 8, 0)
NEW_SERVO = (2, 6, 0)
SERVO = {4: 12000, 5: 16000}  # 1/12 us at power-on before


class OldEbbBoard(EbbBoard):
    """A simulated AxiDraw of some years ago."""

    def __init__(self, *, pulse_up: float, pulse_down: float, firmware: tuple[int, ...], faults: Faults | None = None) -> None:
        """Power on; see EbbBoard.

        Args:
            pulse_up: 1/12 us, where this machine's pen hangs free
            pulse_down: 1/12 us, where it presses on the paper
            firmware: below 2.8
            faults: what shall go wrong
        """
        super().__init__(pulse_up=pulse_up, pulse_down=pulse_down, firmware=firmware, faults=faults)
        if firmware < NEW_SERVO:
            self._servo_ends = dict(SERVO)

    def _run(self, command: str, t: float) -> tuple[float, str]:
        name, *words = command.upper().split(",")
        if self.firmware < SINCE.get(name, ()):
            raise unknown(command)
        most = {"SM": 3, "XM": 3}.get(name, len(words))
        if self.firmware >= NEW_STEPS or len(words) <= most:
            return super()._run(command, t)
        free, reply = super()._run(",".join((name, *words[:most])), t)
        return free, f"{reply}{EXTRA}\r\n"

    def _enqueue(self, t: float, duration: float, move: StepMove | None) -> tuple[float, float]:
        dead = 1 / TICK_RATE if move is not None and self.firmware < NEW_STEPS else 0.0
        return super()._enqueue(t, duration + dead, move)

    def _do_em(self, t: float, first: int, second: int) -> tuple[float, str]:
        if self.firmware >= QUEUED_EM:
            return super()._do_em(t, first, second)
        counted, accumulators, fifo = list(self._counted), list(self._accumulators), list(self._fifo)
        _, reply = super()._do_em(t, first, second)
        self._counted, self._fifo = counted, fifo
        if self.firmware < NEW_STEPS:
            self._accumulators = accumulators
        return t, reply
