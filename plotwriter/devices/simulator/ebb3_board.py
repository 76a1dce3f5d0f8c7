"""An EiBotBoard with firmware 3.0.2: a deeper queue, a pen that can be raised at once; else as 2.8.1.

Source: EBB command reference, firmware 3.x (CU, QU, SP,2, SP,3, ES), both syntaxes
"""

from __future__ import annotations

from plotwriter.devices.simulator.ebb_board import EbbBoard
from plotwriter.devices.simulator.ebb_replies import INVALID, Refused
from plotwriter.devices.simulator.steps import StepMove

__all__ = ["Ebb3Board"]

DEEPEST = 32  # moves that are queued besides the running one, QU,2
SLOTS = 8  # most of SC,8
AT_ONCE = (3, 0, 1)  # firmware with SP,2 and SP,3
LONGEST = 256  # bytes of a command with its CR


class Ebb3Board(EbbBoard):
    """A simulated NextDraw."""

    newest = (3, 0, 2)
    signed_accel = True
    _depth = 1  #: CU,4
    _future = False  #: CU,10: the other syntax
    _longest = LONGEST

    def _run(self, command: str, t: float) -> tuple[float, str]:
        was = self._future
        try:
            free, reply = super()._run(command, t)
        except Refused as refusal:
            if not was:
                raise
            raise Refused(f"{command.split(',')[0].upper()}{refusal}") from None  # 3.0.2 leaves the comma out
        name = command.split(",")[0].upper()
        if not (was and self._future):
            return free, reply
        data = ",".join(line for line in reply.replace("\r", "\n").split("\n") if line not in ("", "OK")).removeprefix(f"{name},")
        return free, f"{name},{data}\n" if data else f"{name}\n"

    def _enqueue(self, t: float, duration: float, move: StepMove | None) -> tuple[float, float]:
        self._fifo = [item for item in self._fifo if item[1] > t] or self._fifo[-1:]
        pending = [item for item in self._fifo if item[1] > t]
        while len(pending) > self._depth:
            t = pending.pop(0)[1]
        begin = max(t, self._last_end)
        if move is not None and self._fifo and self._fifo[-1][2] is not None and begin > self._last_end + 1e-9:
            if any(axis.steps for axis in move.axes) and begin - self._last_end < 0.5:
                self.starved += 1
        self._fifo.append((begin, begin + duration, move))
        return t, begin

    def _do_cu(self, t: float, what: int, value: int) -> tuple[float, str]:
        if what == 4:
            if not 1 <= value <= DEEPEST:
                raise Refused(INVALID)
            t, self._depth = max(t, self._last_end), value  # it waits until all motion has ended
        if what == 10:
            self._future = bool(value)
            return t, "\n" if value else "CUOK\r\n"
        return t, "OK\r\n"

    def _do_qu(self, t: float, what: int) -> tuple[float, str]:
        return t, f"QU,{DEEPEST if what == 2 else self._depth}\r\nOK\r\n"

    def _do_sc(self, t: float, what: int, value: int) -> tuple[float, str]:
        if what == 8 and value > SLOTS:
            raise Refused(INVALID)
        return super()._do_sc(t, what, value)

    def _do_sp(self, t: float, value: int, ms: int = 0, pin: int = 4) -> tuple[float, str]:
        if value not in (2, 3) or self.firmware < AT_ONCE:
            return super()._do_sp(t, value, ms, pin)
        queued, rate = self.servo.forget_after(t), self._servo_rates[11]
        self.servo.go(t, self._servo_ends[4], rate / (self._slots * self._slot) if rate else float("inf"))
        for begin, target, speed in queued:
            self.servo.go(begin, self._servo_ends[4] if value == 3 else target, speed)
        if value == 3:
            self._servo_ends[5] = self._servo_ends[4]
        self._pen_up = True
        return t, "OK\r\n"

    def _do_es(self, t: float) -> tuple[float, str]:
        t, reply = super()._do_es(t)
        return t, f"{reply.partition(',')[0]}\n\rOK\r\n"
