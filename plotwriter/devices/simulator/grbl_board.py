"""A GRBL 1.1h board with a pen on its spindle pin, on a virtual clock.

    bytes -> 128-byte window -> parser -> 15 blocks -> motion
                    |              `-- M3, G4 wait until all motion has ended; a full planner makes ok late
                    `-- a byte too many is lost without a word

Written from GRBL's documentation, not from our driver, so that a mistake in the driver shows.

Source: gnea/grbl v1.1 doc/markdown/interface.md, commands.md
"""

from __future__ import annotations

import math
from collections import deque

import numpy as np
import numpy.typing as npt

from plotwriter.devices.simulator.board import Faults, cut
from plotwriter.devices.simulator.clock import VirtualClock
from plotwriter.devices.simulator.grbl_gcode import Interpreter, Move, Pause, Rejected, SpindleTo
from plotwriter.devices.simulator.lookahead import Lookahead
from plotwriter.devices.simulator.servo import Servo

__all__ = ["GrblBoard"]

WINDOW = 128  # bytes
LINE_LIMIT = 80  # characters
BYTE_TIME = 10 / 115_200  # s on the wire, 8N1
PARSE = 0.0005  # s a line takes
BOOT = 1.2  # s from power-on to the welcome: the Uno's bootloader
SWEEP = 0.2  # s of the servo's full travel
WELCOME = "\r\nGrbl 1.1h ['$' for help]\r\n"
UNLOCK = "[MSG:'$H'|'$X' to unlock]\r\n"
REALTIME = b"?!~\x18"


class GrblBoard:
    """A simulated plotter on GRBL."""

    def __init__(
        self,
        *,
        s_up: float,
        s_down: float,
        max_rate: float,
        accel: float,
        mount: tuple[complex, complex, complex] = (1, 1j, 0j),
        settings: dict[int, float] | None = None,
        faults: Faults | None = None,
    ) -> None:
        """Power on.

        Args:
            s_up: S at which this machine's pen hangs free
            s_down: S at which it presses on the paper
            max_rate: mm/s of each axis
            accel: mm/s² of each axis
            mount: how the axes are mounted: machine-frame direction of the board's x and of its y, and where its 0 is
            settings: further $ settings
            faults: what shall go wrong
        """
        self.clock = VirtualClock()
        self.faults = faults or Faults()
        self.gone = False
        self.n_lines = 0
        self.lost_bytes = 0  #: overflowed the window
        self.settings = {11: 0.010, 12: 0.002, 30: 1000.0, 32: 0.0, 110: max_rate * 60, 111: max_rate * 60, 120: accel, 121: accel}
        self.settings.update(settings or {})
        self.servo = Servo(up=s_up, down=s_down)
        self._mount = mount
        self._motion = Lookahead(max_rate=(max_rate, max_rate), accel=(accel, accel), deviation=self.settings[11])
        self._code = Interpreter()
        self._rx = bytearray()
        self._arrivals: deque[float] = deque()  # of the newlines in rx
        self._wire_free = 0.0
        self._todo: deque[Move | SpindleTo | Pause] = deque()
        self._reply = ""  # owed once todo is done
        self._parser_free = 0.0
        self._alarm = False
        self._paused = False  # M0
        self._out: list[tuple[float, bytes]] = []
        self._say(BOOT, WELCOME)

    def receive(self, sent: bytes) -> None:
        """Bytes arrive now."""
        if self.gone:
            return
        now = self.clock.now()
        for byte in sent:
            self._wire_free = max(self._wire_free, now) + BYTE_TIME
            if byte in REALTIME:
                self._realtime(byte, now)
            elif byte >= 0x80 or byte == 0x0D:
                continue
            elif len(self._rx) >= WINDOW:
                self.lost_bytes += 1
            else:
                self._rx.append(byte)
                if byte == 0x0A:
                    self._arrivals.append(self._wire_free)

    def run_to(self, moment: float) -> None:
        """Parse, plan and move until a moment."""
        motion = self._motion
        while True:
            self._work()
            event = min(motion.next_end(), self._next_line())
            if event > moment:
                break
            motion.advance(max(min(event, moment), motion.now))
        motion.advance(moment)

    def next_event(self) -> float | None:
        """When something will happen by itself."""
        event = min(self._motion.next_end(), self._next_line(), self._out[0][0] if self._out else math.inf)
        return None if event == math.inf else event

    def take(self) -> bytes:
        """What has been answered by now."""
        now = self.clock.now()
        due = [text for moment, text in self._out if moment <= now]
        self._out = [(moment, text) for moment, text in self._out if moment > now]
        return b"".join(due)

    def drawn(self) -> list[npt.NDArray[np.complex128]]:
        """Per touch of the pen the path drawn, mm, machine frame."""
        times, path = self._motion.sample()
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
        here = self._motion.position
        return origin + here.real * x + here.imag * y

    def _say(self, moment: float, text: str) -> None:
        self._out.append((moment, text.encode("ascii")))
        self._out.sort(key=lambda item: item[0])

    def _next_line(self) -> float:
        """When the parser can go on by itself; infinite while it waits for the motion, a byte or a resume."""
        if self._motion.holding or self._paused:
            return math.inf
        if self._todo or self._reply:
            return self._parser_free if self._parser_free > self._motion.now else math.inf
        return max(self._arrivals[0], self._parser_free) if self._arrivals else math.inf

    def _work(self) -> None:
        """All the parser can do at this moment."""
        now = self._motion.now
        while not self._motion.holding and not self._paused and self._parser_free <= now:
            if self._todo:
                if not self._step(self._todo[0], now):
                    return
            elif self._reply:
                self._answer(now)
            elif self._arrivals and self._arrivals[0] <= now:
                self._arrivals.popleft()
                line, _, rest = bytes(self._rx).partition(b"\n")
                self._rx = bytearray(rest)
                self._line(line.decode("latin-1"), now)
            else:
                return

    def _step(self, action: Move | SpindleTo | Pause, now: float) -> bool:
        motion = self._motion
        match action:
            case Move(target, feed):
                if motion.full:
                    return False
                motion.add(target, feed)
            case SpindleTo(s):
                if not motion.empty:
                    return False
                self.servo.go(now, s, self.settings[30] / SWEEP)
            case Pause(seconds):
                if not motion.empty:
                    return False
                if seconds == math.inf:
                    self._paused = True
                else:
                    self._parser_free = now + seconds
        self._todo.popleft()
        return True

    def _line(self, line: str, now: float) -> None:
        self.n_lines += 1
        self._parser_free = now + PARSE
        self._reply = "ok"
        try:
            if self.faults.error_at == self.n_lines:
                raise Rejected(20)
            if len(line) >= LINE_LIMIT:
                raise Rejected(11)
            if line.startswith("$"):
                self._system(line.upper(), now)
            elif line:
                if self._alarm:
                    raise Rejected(9)
                self._todo.extend(self._code.read(line))
        except Rejected as rejected:
            self._reply = f"error:{rejected}"

    def _answer(self, now: float) -> None:
        faults, n, moment = self.faults, self.n_lines, now + len(self._reply) * BYTE_TIME
        if faults.slow_at == n:
            moment += faults.slow_by
        if faults.lost_reply_at != n:
            self._say(moment, "\x00#~\r\n" if faults.garbage_at == n else f"{self._reply}\r\n")
        self._reply = ""
        if faults.disconnect_after is not None and n >= faults.disconnect_after:
            self.gone = True

    def _system(self, line: str, now: float) -> None:
        if line == "$$":
            for key, setting in sorted(self.settings.items()):
                self._say(now, f"${key}={setting:g}\r\n")
        elif line == "$I":
            self._say(now, "[VER:1.1h.20190825:]\r\n[OPT:V,15,128]\r\n")
        elif line == "$X":
            self._alarm = False
            self._say(now, "[MSG:Caution: Unlocked]\r\n")
        elif line[1:2].isdigit() and "=" in line:
            number, _, value = line[1:].partition("=")
            try:
                self.settings[int(number)] = float(value)
            except ValueError:
                raise Rejected(2) from None
        elif line != "$":
            raise Rejected(3)

    def _realtime(self, byte: int, now: float) -> None:
        motion = self._motion
        if byte == ord("?"):
            x, y = motion.position.real, motion.position.imag
            self._say(
                now + 40 * BYTE_TIME, f"<{self._state()}|MPos:{x:.3f},{y:.3f},0.000|FS:{motion.speed * 60:.0f},{self._code.s:.0f}>\r\n"
            )
        elif byte == ord("!"):
            if not motion.empty:
                motion.hold()
        elif byte == ord("~"):
            motion.resume()
            self._paused = False
        else:
            self._reset(now)

    def _state(self) -> str:
        motion = self._motion
        if self._alarm:
            return "Alarm"
        if motion.holding:
            return "Hold:0" if motion.held else "Hold:1"
        return "Hold:0" if self._paused else "Idle" if motion.empty and not self._todo else "Run"

    def _reset(self, now: float) -> None:
        moving = not self._motion.empty and not self._motion.held
        self._motion.drop()
        self._rx.clear()
        self._arrivals.clear()
        self._todo.clear()
        self._reply, self._paused, self._parser_free = "", False, now
        self._code = Interpreter(position=self._motion.position)
        self.servo.go(now, 0.0, self.settings[30] / SWEEP)  # M5
        self._out = [(moment, text) for moment, text in self._out if moment <= now]
        if moving:
            self._alarm = True
            self._say(now, "ALARM:3\r\n")
        self._say(now + 0.02, WELCOME + (UNLOCK if self._alarm else ""))
