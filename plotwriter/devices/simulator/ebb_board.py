"""An EiBotBoard with firmware 2.8.1 and the plotter around it, on a virtual clock.

    bytes -> parser -> FIFO (1 running + 1 queued) -> steps, servo
               |
               `-- a third move sticks here: its OK comes when the running one ends, and nothing else is answered

Written from the board's documentation, not from our driver, so that a mistake in the driver shows.

Source: EBB command reference, legacy syntax; step arithmetic in `steps`
"""

from __future__ import annotations

import math
import re

import numpy as np
import numpy.typing as npt

from plotwriter.devices.simulator.board import Faults, cut
from plotwriter.devices.simulator.clock import VirtualClock
from plotwriter.devices.simulator.ebb_replies import ARGUMENTS, EXTRA, INVALID, MISSING, Refused, unknown
from plotwriter.devices.simulator.servo import Servo
from plotwriter.devices.simulator.steps import FULL, TICK_RATE, Axis, StepMove, gained, sample, ticks_for, timed_axis

__all__ = ["EbbBoard"]

LATENCY = 0.001  # s, one USB frame from command to reply
BUFFER = 64  # bytes, longest command with its CR
SLOWEST, FASTEST = 1.31, 25_000  # steps/s of one motor in SM
SLOT = 0.003  # s, RC slot at power-on, SC,9
MODES = {1: 80.0, 2: 40.0, 3: 20.0, 4: 10.0, 5: 5.0}  # EM argument: steps per mm of an AxiDraw motor


class EbbBoard:
    """A simulated AxiDraw."""

    newest: tuple[int, ...] = (2, 8, 1)  #: firmware of its kind
    signed_accel = False  #: LT's accel is signed as its rate is; else it adds to the rate's size
    _longest = BUFFER  #: bytes of a command with its CR

    def __init__(
        self, *, pulse_up: float, pulse_down: float, firmware: tuple[int, ...] | None = None, faults: Faults | None = None
    ) -> None:
        """Power on, at the home corner, pen up.

        Args:
            pulse_up: 1/12 us, where this machine's pen hangs free
            pulse_down: 1/12 us, where it presses on the paper
            firmware: its version; None: the newest of its kind
            faults: what shall go wrong
        """
        self.clock = VirtualClock()
        self.firmware, self.faults = firmware or self.newest, faults or Faults()
        self.gone = False
        self.hung = False  #: until the power is switched off
        self.n_commands = 0
        self.starved = 0  #: times a move ended before the next had come, in mid-motion
        self.max_step_rate = 0.0  #: steps/s of one motor
        self.traps = 0  #: motors that ran out of rate, in LM before their last step
        self.servo = Servo(up=pulse_up, down=pulse_down)
        self._servo_ends = {4: 22565, 5: 15302}  # power-on values since firmware 2.6.0
        self._servo_rates = {11: 400, 12: 400}
        self._slots, self._slot = 8, SLOT
        self._pen_up = True
        self._pressed = False  # PRG, since somebody looked
        self._mode = 0  # motors off
        self._power_mode = 1
        self._name = ""
        self._variable = 0
        self._moves: list[StepMove] = []
        self._hands: list[tuple[float, complex]] = []  # when one moved the carriage, by how much
        self._fifo: list[tuple[float, float, StepMove | None]] = []  # begin, end, move; only the unfinished are kept
        self._accumulators = [0, 0]
        self._counted = [0, 0]
        self._parser_free = 0.0
        self._partial = b""
        self._out: list[tuple[float, bytes]] = []

    def receive(self, sent: bytes) -> None:
        """Bytes arrive now."""
        if self.gone:
            return
        *commands, self._partial = re.split(rb"[\r\n]", self._partial + sent)
        for command in commands:
            if command and not (self.gone or self.hung):
                self._command(command)
        if len(self._partial) >= self._longest:
            self._partial = b""
            self._say(max(self.clock.now(), self._parser_free), "!3 Err: RX Buffer overrun\r\n")

    def carry(self, to: complex) -> None:
        """A hand moves the carriage there, mm, machine frame; the board does not notice."""
        self._hands.append((self.clock.now(), to - self.position))

    def run_to(self, moment: float) -> None:
        """Nothing to do: all is computed when it is told."""

    def next_event(self) -> float | None:
        """When the next reply is due."""
        return self._out[0][0] if self._out else None

    def take(self) -> bytes:
        """What has been answered by now."""
        now = self.clock.now()
        due = [text for moment, text in self._out if moment <= now]
        del self._out[: len(due)]
        return b"".join(due)

    def drawn(self) -> list[npt.NDArray[np.complex128]]:
        """Per touch of the pen the path drawn, mm, machine frame."""
        times, path = sample(self._moves) if self._moves else (np.zeros(0), np.zeros(0, np.complex128))
        for moment, by in self._hands:
            path = path + np.where(times > moment, by, 0)
        return cut(times, path, self.servo.contacts)

    def commanded(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.complex128]]:
        """The motion as it was commanded, fractions of steps and all: (n,) s and (n,) mm, every 0.2 ms and between moves."""
        return sample(self._moves, fractions=True, every=5)

    @property
    def elapsed(self) -> float:
        """Virtual seconds until the queue is empty."""
        return max(self.clock.now(), self._parser_free, self._last_end)

    @property
    def pen_is_down(self) -> bool:
        """Whether the pen touches the paper now."""
        return self.servo.down_at(self.clock.now())

    @property
    def position(self) -> complex:
        """Where the pen stands once the queue is empty, mm, machine frame."""
        return sum((by for _, by in self._hands), complex(sample(self._moves)[1][-1]) if self._moves else 0j)

    @property
    def _last_end(self) -> float:
        return self._fifo[-1][1] if self._fifo else 0.0

    def _say(self, moment: float, text: str) -> None:
        self._out.append((moment, text.encode("ascii")))

    def _command(self, raw: bytes) -> None:
        self.n_commands += 1
        faults, n = self.faults, self.n_commands
        start = max(self.clock.now(), self._parser_free)
        try:
            if len(raw) + 1 > self._longest:
                raise Refused("!3 Err: RX Buffer overrun")
            if faults.error_at == n:
                raise Refused(INVALID)
            free, reply = self._run(raw.decode("latin-1"), start)
        except Refused as refusal:
            free, reply = start, f"{refusal}\r\n"
        self._parser_free = free
        if faults.slow_at == n:
            free += faults.slow_by
        if faults.garbage_at == n:
            reply = "\x00#~\r\n"
        if faults.lost_reply_at != n:
            self._say(free + LATENCY, reply)
        if faults.reset_at == n:  # its USB goes with it
            self._do_es(start)
            self._do_r(start)
            self._variable = 0
        if n in (faults.disconnect_after, faults.reset_at):
            self.gone = True
        self._pressed = self._pressed or n == faults.button_at

    def _run(self, command: str, t: float) -> tuple[float, str]:
        name, *words = command.upper().split(",")
        if name == "ST":
            self._name = command.partition(",")[2][:16]
            return t, "OK\r\n"
        try:
            arguments = [int(word) for word in words]
        except ValueError:
            raise Refused(INVALID) from None
        handler = getattr(self, f"_do_{name.lower()}", None) if name.isalnum() else None
        if handler is None:
            raise unknown(command)
        least, most = ARGUMENTS.get(name, (0, 0))
        if len(arguments) < least and name != "EM":
            raise Refused(MISSING)
        if len(arguments) < least:
            return t, ""  # 2.8 answers an EM of one argument with nothing at all
        free, reply = handler(t, *arguments[:most])
        return free, reply if len(arguments) <= most else f"{reply}{EXTRA}\r\n"  # it is done all the same

    def _enqueue(self, t: float, duration: float, move: StepMove | None) -> tuple[float, float]:
        """When the parser is free again, and when the item begins."""
        self._fifo = [item for item in self._fifo if item[1] > t][-3:] or self._fifo[-1:]
        pending = [item for item in self._fifo if item[1] > t]
        while len(pending) >= 2:
            t = pending.pop(0)[1]
        begin = max(t, self._last_end)
        if move is not None and self._fifo and self._fifo[-1][2] is not None and begin > self._last_end + 1e-9:
            if any(axis.steps for axis in move.axes) and begin - self._last_end < 0.5:
                self.starved += 1
        self._fifo.append((begin, begin + duration, move))
        return t, begin

    def _start(self, t: float, ticks: int, axes: tuple[Axis, Axis], *, timed: bool = False) -> tuple[float, str]:
        self._mode = self._mode or self._power_mode  # any move switches both motors on
        move = StepMove(0.0, ticks, axes, math.inf if self._browned_out else MODES[self._mode], timed)  # told, counted, and not moved
        t, move.begin = self._enqueue(t, ticks / TICK_RATE, move)
        self._moves.append(move)
        for i, axis in enumerate(axes):
            self._counted[i] += axis.steps
            if axis.steps or timed:  # a motor that has made its last step adds no more
                self._accumulators[i] = (axis.c0 + gained(axis.rate, axis.accel, axis.ticks)) % FULL
        return t, "OK\r\n"

    def _do_sm(self, t: float, ms: int, first: int, second: int = 0, clear: int = 0) -> tuple[float, str]:
        if not 1 <= ms <= 16_777_215 or max(abs(first), abs(second)) > 16_777_215 or not 0 <= clear <= 3:
            raise Refused(INVALID)
        self._clear(clear)
        ticks, axes = ms * TICK_RATE // 1000, []
        for i, steps in enumerate((first, second)):
            speed = abs(steps) * 1000 / ms
            if speed > FASTEST:
                raise Refused(f"!0 Err: <axis{i + 1}> step rate > 25K steps/second.")
            if steps and speed < SLOWEST:
                raise Refused(f"!0 Err: <axis{i + 1}> step rate < 1.31Hz.")
            self.max_step_rate = max(self.max_step_rate, speed)
            axes.append(Axis(self._accumulators[i], -(-abs(steps) * FULL // ticks), 0, steps, ticks))
        return self._start(t, ticks, (axes[0], axes[1]))

    def _do_xm(self, t: float, ms: int, a: int, b: int, clear: int = 0) -> tuple[float, str]:
        return self._do_sm(t, ms, a + b, a - b, clear)

    def _do_lm(self, t: float, r1: int, s1: int, a1: int, r2: int, s2: int, a2: int, clear: int = 0) -> tuple[float, str]:
        self._clear(clear)
        axes, lengths = [], []
        for i, (rate, steps, accel) in enumerate(((r1, s1, a1), (r2, s2, a2))):
            if not 0 <= rate < FULL:
                raise Refused(INVALID)
            if steps and rate == 0 and accel == 0:
                self.hung = True  # the axis never ends: nothing is answered any more
                return t, ""
            ticks = ticks_for(self._accumulators[i], rate, accel, abs(steps))
            if ticks is None:  # the rate wraps round and the missing steps come at once
                self.traps += 1
                ticks = math.ceil(rate / -accel) + abs(steps) if accel else 1
            axes.append(Axis(self._accumulators[i], rate, accel, steps, ticks))
            lengths.append(ticks)
            if steps:
                self.max_step_rate = max(self.max_step_rate, max(rate, rate + accel * ticks) * TICK_RATE / FULL)
        if max(lengths) == 0:
            raise Refused(INVALID)
        return self._start(t, max(lengths), (axes[0], axes[1]))

    def _do_lt(self, t: float, ticks: int, r1: int, a1: int, r2: int, a2: int, clear: int = 0) -> tuple[float, str]:
        self._clear(clear)
        if ticks < 1 or not any((r1, a1, r2, a2)) or max(abs(r1), abs(r2)) >= FULL:
            raise Refused(INVALID)
        (first, second), signed = self._accumulators, self.signed_accel
        axes = timed_axis(first, ticks, r1, a1, signed_accel=signed), timed_axis(second, ticks, r2, a2, signed_accel=signed)
        for axis in axes:
            rates = axis.rate, axis.rate + axis.accel * ticks
            self.traps += min(rates) < 0 or max(rates) >= FULL  # wraps round, or steps backwards
            self.max_step_rate = max(self.max_step_rate, max(rates) * TICK_RATE / FULL)
        return self._start(t, ticks, axes, timed=True)

    def _do_sp(self, t: float, value: int, ms: int = 0, _pin: int = 4) -> tuple[float, str]:
        if value not in (0, 1) or not 0 <= ms <= 65535:
            raise Refused(INVALID)
        t, begin = self._enqueue(t, ms / 1000, None)
        rate = self._servo_rates[11 if value else 12]
        speed = rate / (self._slots * self._slot) if rate else math.inf
        self.servo.go(begin, self._servo_ends[4 if value else 5], speed)
        self._pen_up = bool(value)
        return t, "OK\r\n"

    def _do_s2(self, t: float, position: int, pin: int, rate: int = 0, ms: int = 0) -> tuple[float, str]:
        if not 0 <= position <= 65535 or not 0 <= pin <= 24 or not 0 <= ms <= 65535:
            raise Refused(INVALID)
        t, begin = self._enqueue(t, ms / 1000, None)
        self.servo.go(begin, position, rate / (self._slots * self._slot) if rate else math.inf)
        return t, "OK\r\n"

    def _do_tp(self, t: float, ms: int = 0) -> tuple[float, str]:
        return self._do_sp(t, int(not self._pen_up), ms)

    def _do_sc(self, t: float, what: int, value: int) -> tuple[float, str]:
        least, most = {4: (1, 65535), 5: (1, 65535), 8: (1, 24), 9: (1, 6)}.get(what, (0, 65535))
        if not least <= value <= most:
            raise Refused(INVALID)
        if what in (4, 5):
            self._servo_ends[what] = value
        elif what in (8, 9):
            self._slots, self._slot = (value, self._slot) if what == 8 else (self._slots, value / 1000)
        elif what in (10, 11, 12):
            self._servo_rates.update({11: value, 12: value} if what == 10 else {what: value})
        return t, "OK\r\n"

    def _do_em(self, t: float, first: int, second: int) -> tuple[float, str]:
        if not (0 <= first <= 5 and 0 <= second <= 5):
            raise Refused(INVALID)
        t, _ = self._enqueue(t, 0.0, None)
        self._mode = first
        self._power_mode = first or self._power_mode
        self._accumulators, self._counted = [0, 0], [0, 0]
        return t, "OK\r\n"

    def _do_cs(self, t: float) -> tuple[float, str]:
        self._counted = [0, 0]
        return t, "OK\r\n"

    def _do_r(self, t: float) -> tuple[float, str]:
        self._accumulators, self._counted, self._mode = [0, 0], [0, 0], 0
        return t, "OK\r\n"

    def _do_es(self, t: float) -> tuple[float, str]:
        lost, remaining = [0, 0, 0, 0], []
        for begin, end, move in self._fifo:
            if move is None or end <= t or (move.timed and not self.signed_accel):  # firmware 2.x does not stop LT
                remaining.append((begin, end, move))
                continue
            running = begin <= t
            for i, missing in enumerate(move.stop(max(0, math.floor((t - begin) * TICK_RATE)) if running else 0)):
                self._counted[i] -= missing
                lost[2 * (not running) + i] = missing
            if running:
                remaining.append((begin, t, move))
            else:
                self._moves.remove(move)
        self._fifo = remaining
        return t, f"{int(any(lost))},{lost[2]},{lost[3]},{lost[0]},{lost[1]}\n\rOK\r\n"

    def _do_qs(self, t: float) -> tuple[float, str]:
        counted = list(self._counted)
        for begin, end, move in self._fifo:
            if move is not None and end > t:
                made = move.made(max(0, math.floor((t - begin) * TICK_RATE)))
                for i in (0, 1):
                    counted[i] -= move.axes[i].steps - made[i]
        return t, f"{counted[0]},{counted[1]}\n\rOK\r\n"

    def _busy(self, t: float) -> tuple[int, int, int, int]:
        running = [item for item in self._fifo if item[0] <= t < item[1]]
        queued = int(any(item[0] > t for item in self._fifo))
        motors = [
            int(any(m is not None and m.axes[i].steps != 0 and t < m.begin + m.axes[i].ticks / TICK_RATE for _, _, m in running))
            for i in (0, 1)
        ]
        return int(bool(running)), motors[0], motors[1], queued

    def _do_qm(self, t: float) -> tuple[float, str]:
        return t, "QM,{},{},{},{}\n\r".format(*self._busy(t))

    def _do_qg(self, t: float) -> tuple[float, str]:
        command, first, second, queued = self._busy(t)
        pressed, self._pressed = self._pressed, False
        return t, f"{queued | second << 1 | first << 2 | command << 3 | self._pen_up << 4 | pressed << 5:02X}\r\n"

    def _do_qb(self, t: float) -> tuple[float, str]:
        pressed, self._pressed = self._pressed, False
        return t, f"{pressed:d}\r\nOK\r\n"

    def _do_qp(self, t: float) -> tuple[float, str]:
        return t, f"{int(self._pen_up)}\n\rOK\r\n"

    def _do_qc(self, t: float) -> tuple[float, str]:
        return t, f"0394,{120 if self._browned_out else 300:04d}\r\nOK\r\n"

    @property
    def _browned_out(self) -> bool:
        return self.faults.brown_out_at is not None and self.n_commands >= self.faults.brown_out_at

    def _do_qe(self, t: float) -> tuple[float, str]:
        mode = 32 >> self._mode if self._mode else 0
        return t, f"{mode},{mode}\r\nOK\r\n"

    def _do_qt(self, t: float) -> tuple[float, str]:
        return t, f"{self._name}\r\nOK\r\n"

    def _do_sl(self, t: float, value: int) -> tuple[float, str]:
        if not 0 <= value <= 127:
            raise Refused(INVALID)
        self._variable = value
        return t, "OK\r\n"

    def _do_ql(self, t: float) -> tuple[float, str]:
        return t, f"{self._variable:03d}\r\nOK\r\n"

    def _do_cu(self, t: float, what: int, value: int) -> tuple[float, str]:
        return t, "OK\r\n"  # 2.x takes any number for one it knows

    def _do_sr(self, t: float, ms: int, on: int = 1) -> tuple[float, str]:
        return t, "OK\r\n" if 0 <= on <= 1 and ms >= 0 else f"{INVALID}\r\n"

    def _do_v(self, t: float) -> tuple[float, str]:
        return t, f"EBBv13_and_above EB Firmware Version {'.'.join(map(str, self.firmware))}\r\n"

    def _clear(self, which: int) -> None:
        for i in (0, 1):
            if which >> i & 1:
                self._accumulators[i] = 0
