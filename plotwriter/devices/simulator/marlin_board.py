"""A board with Marlin 2 and a pen on a servo or on Z, on a virtual clock.

    bytes -> 128-byte receive ring -> 4 commands -> 16 blocks -> motion
                     |                    |             `-- M400, G4 wait until all motion has ended
                     |                    `-- ok when a command has left; busy every 2 s while one takes long
                     `-- numbers and checksums; a byte too many is lost without a word

Written from the firmware's source, not from our driver, so that a mistake in the driver shows: M280 moves the servo
when it is read, whatever the motors still do.

Source: MarlinFirmware/Marlin src/gcode/queue.cpp, src/core/language.h, src/MarlinCore.cpp
"""

from __future__ import annotations

import functools
import math
import operator
import re
from collections import deque

from plotwriter.devices.simulator.board import Faults
from plotwriter.devices.simulator.clock import VirtualClock
from plotwriter.devices.simulator.gcode_board import GcodeBoard
from plotwriter.devices.simulator.grbl_gcode import Interpreter, LiftTo, Move, Rejected
from plotwriter.devices.simulator.lookahead import Lookahead
from plotwriter.devices.simulator.queue import MotionQueue
from plotwriter.devices.simulator.servo import Servo

__all__ = ["MarlinBoard"]

RING = 128  # bytes, RX_BUFFER_SIZE
COMMANDS = 4  # BUFSIZE
BLOCKS = 16  # BLOCK_BUFFER_SIZE
LONGEST = 96  # MAX_CMD_SIZE
BYTE_TIME = 10 / 115_200  # s on the wire
PARSE = 0.0005  # s a command takes
BOOT = 2.0  # s from reset to "start"
KEEPALIVE = 2.0  # s
HOMING = 30.0  # mm/s
DEVIATION = 0.02  # mm, junction deviation
NAME = "FIRMWARE_NAME:Marlin 2.1.2 (Jan  1 2023) SOURCE_CODE_URL:github.com/MarlinFirmware/Marlin PROTOCOL_VERSION:1.0"


class MarlinBoard(GcodeBoard):
    """A simulated plotter on Marlin."""

    def __init__(
        self,
        *,
        up: float,
        down: float,
        lift: str,
        servo_rate: float = math.inf,
        lift_rate: float = math.inf,
        max_rate: float,
        accel: float,
        mount: tuple[complex, complex, complex] = (1, 1j, 0j),
        ok_after_resend: bool = False,
        faults: Faults | None = None,
    ) -> None:
        """Power on.

        Args:
            up: degrees, S, or mm of Z, at which this machine's pen hangs free
            down: likewise, at which it presses on the paper
            lift: "m280", "m3" or "z"
            servo_rate: degrees or S a second, of a servo
            lift_rate: mm/s of Z at most
            max_rate: mm/s of each axis
            accel: mm/s² of each axis
            mount: how the axes are mounted: machine-frame direction of the board's x and of its y, and where its 0 is
            ok_after_resend: some versions say "ok" after they have asked for a line again
            faults: what shall go wrong; `error_at` tears a line on its way in
        """
        self.clock = VirtualClock()
        self.faults = faults or Faults()
        self.gone = False
        self.n_lines = 0
        self.lost_bytes = 0
        self.servo = Servo(up=up, down=down)
        self._up, self._lift, self._sweep, self._mount = up, lift, servo_rate, mount
        self._ok_after_resend = ok_after_resend
        lookahead = Lookahead(max_rate=(max_rate, max_rate), accel=(accel, accel), deviation=DEVIATION)
        pen = self.servo if lift == "z" else Servo(up=up, down=down)
        self._motion = MotionQueue(lookahead, pen, capacity=BLOCKS, lift_rate=lift_rate)
        self._zero, self._z_zero = 0j, 0.0
        self._wire_free = 0.0
        self._out: list[tuple[float, bytes]] = []
        self._boot(0.0)

    def _boot(self, now: float) -> None:
        self._motion.drop()
        self._zero = self._motion.xy.position
        self._code = Interpreter(feed=25.0)
        self._e = 0.0
        self._rx = bytearray()
        self._arrivals: deque[float] = deque()
        self._commands: deque[tuple[str, bool]] = deque()  # text, whether it was numbered
        self._running: deque[Move | LiftTo] | None = None
        self._dwell: float | None = None  # s to wait once all motion has ended
        self._spindle: float | None = None  # S the pen goes to once all motion has ended
        self._homing = False
        self._busy_at = math.inf
        self._last_number = 0
        self._killed = False
        self._free = self._booted = now + BOOT
        if self._lift == "z":
            self._z_zero = self.servo.at(now)
        self._out = []
        self._say(now + BOOT, "start\necho:Marlin 2.1.2\necho: Last Updated: 2023-01-01 | Author: (none)\n")

    def plug(self) -> None:
        """The port is opened anew: DTR resets the controller, and wherever it stands is 0."""
        self.gone, self.faults = False, Faults()
        self._boot(self.clock.now())

    def carry(self, to: complex) -> None:
        """A hand moves the carriage there, mm, machine frame, and lifts a pen on Z; the board does not notice."""
        x, y, _ = self._mount
        self.run_to(self.clock.now())
        by = to - self.position
        self._motion.carry(complex((by * x.conjugate()).real, (by * y.conjugate()).real))
        if self._lift == "z":
            self._z_zero += self._up - self.servo.at(self.clock.now())
            self.servo.go(self.clock.now(), self._up, math.inf)

    def receive(self, sent: bytes) -> None:
        """Bytes arrive now."""
        if self.gone:
            return
        for byte in sent:
            self._wire_free = max(self._wire_free, self.clock.now()) + BYTE_TIME
            if len(self._rx) >= RING:
                self.lost_bytes += 1
                continue
            self._rx.append(byte)
            if byte in b"\r\n":
                self._arrivals.append(self._wire_free)

    def run_to(self, moment: float) -> None:
        """Read, plan and move until a moment."""
        while True:
            self._work()
            event = min(self._motion.next_end(), self._wake())
            if event > moment:
                break
            self._motion.advance(max(min(event, moment), self._motion.now))
        self._motion.advance(moment)

    def next_event(self) -> float | None:
        """When something will happen by itself."""
        event = min(self._motion.next_end(), self._wake(), self._out[0][0] if self._out else math.inf)
        return None if event == math.inf else event

    def _wake(self) -> float:
        """When the board can go on by itself: a time it waits for, or a line it can read."""
        now, times = self._motion.now, [self._busy_at] if self._running is not None else []
        if self._free > now:
            times.append(self._free)
        elif self._running is None and not self._commands and self._arrivals:
            times.append(self._arrivals[0])
        if self._arrivals and self._arrivals[0] > now:
            times.append(self._arrivals[0])
        return min(times, default=math.inf)

    def _work(self) -> None:
        while not self._killed:
            now = self._motion.now
            if self._running is not None and now >= self._busy_at:
                self._busy_at += KEEPALIVE
                self._say(now, "echo:busy: processing\n")
            while len(self._commands) < COMMANDS and self._arrivals and self._arrivals[0] <= now and now >= self._booted:
                self._read(now)
            if self._free > now:
                return
            if self._running is not None:
                if not self._go_on(now):
                    return
            elif self._commands:
                self._begin(*self._commands.popleft(), now)
            elif not (self._arrivals and self._arrivals[0] <= now):
                return

    def _read(self, now: float) -> None:
        """One line of the ring: number and checksum, then into the queue."""
        self._arrivals.popleft()
        end = min(i for i in (self._rx.find(b"\n"), self._rx.find(b"\r")) if i >= 0)
        raw, self._rx = bytes(self._rx[:end]), self._rx[end + 1 :]
        line = raw.decode("latin-1").strip()
        if not line:
            return
        self.n_lines += 1
        if self.faults.error_at == self.n_lines:
            line = line[:3] + "?" + line[4:]
        match = re.match(r"N(-?\d+)\s*(.*)$", line)
        if match is None:
            self._commands.append((line, False))
            return
        number, rest = int(match[1]), match[2]
        body, star, told = line.rpartition("*")
        if not star:
            self._refuse("No Checksum with line number", now)
        elif not told.isdigit() or int(told) != functools.reduce(operator.xor, body.encode("latin-1"), 0):
            self._refuse("checksum mismatch", now)
        elif number != self._last_number + 1 and "M110" not in rest:
            self._refuse("Line Number is not Last Line Number+1", now)
        else:
            self._last_number = number
            self._commands.append((rest.rpartition("*")[0].strip(), True))

    def _refuse(self, why: str, now: float) -> None:
        self._rx.clear()  # "After ERROR Marlin empties its RX buffer"
        self._arrivals.clear()
        after = "ok\n" if self._ok_after_resend else ""
        self._say(now, f"Error:{why}, Last Line: {self._last_number}\nResend: {self._last_number + 1}\n{after}")

    def _begin(self, text: str, numbered: bool, now: float) -> None:
        """Start a command; what it waits for is done in `_go_on`."""
        text = text.partition(";")[0].strip().upper()
        self._free, self._busy_at = now + PARSE, now + KEEPALIVE
        self._running, self._dwell = deque(), None
        words = dict(re.findall(r"([A-Z])\s*(-?\d*\.?\d*)", text[1:] if text[:1] == "T" else text))
        code = re.match(r"[GM]\d+", text)
        match code[0] if code else "":
            case "G0" | "G1" | "G2" | "G3" | "G20" | "G21" | "G90" | "G91" | "G92":
                try:
                    actions = self._code.read(text)
                except Rejected:
                    actions = []
                if "E" in words:
                    self._e = float(words["E"] or 0)
                self._running.extend(action for action in actions if isinstance(action, Move | LiftTo))
            case "G4":
                self._dwell = float(words.get("P") or 0) / 1000 + float(words.get("S") or 0)
            case "G28":
                self._running.append(Move(-self._motion.carried - self._zero, HOMING))
                self._homing, self._dwell = True, 0.0
            case "M400":
                self._dwell = 0.0
            case "M3" | "M5" if self._lift == "m3":
                self._dwell = 0.0
                self._spindle = float(words.get("S") or 0) if code and code[0] == "M3" else 0.0
            case "M280" if self._lift == "m280":
                if words.get("S"):
                    self.servo.go(now, float(words["S"]), self._sweep)
                else:
                    self._say(now, f"echo: Servo 0: {self.servo.at(now):g}\n")
            case "M114":
                here = self._code.position + self._code.shift
                self._say(
                    now,
                    f"X:{here.real:.2f} Y:{here.imag:.2f} Z:{self._code.z + self._code.z_shift:.2f} E:{self._e:.2f} Count X:0 Y:0 Z:0\n",
                )
            case "M115":
                self._say(now, f"{NAME} MACHINE_TYPE:Plotter\nCap:EEPROM:1\n")
            case "M110":
                self._last_number = int(words.get("N") or self._last_number)
            case "M112":
                self._killed = True
                self._motion.drop()
                self._say(now, "Error:Printer halted. kill() called!\n")
            case "M410":
                self._motion.drop()
                self._code.position = self._motion.xy.position - self._zero
            case "M17" | "M18" | "M84" | "M105" | "M113" | "M220":
                pass
            case _:
                self._say(now, f'echo:Unknown command: "{text}"\n')

    def _go_on(self, now: float) -> bool:
        """Whether the running command is done, and answered."""
        running = self._running
        assert running is not None
        while running:
            if self._motion.full:
                return False
            match running.popleft():
                case Move(target, feed):
                    self._motion.add(Move(target + self._zero, feed))
                case LiftTo(z, feed):
                    self._motion.add(LiftTo(z + self._z_zero, feed))
        if self._dwell is not None:
            if not self._motion.empty:
                return False
            if self._homing:
                self._zero, self._code.position, self._homing = self._motion.xy.position, 0j, False
            if self._spindle is not None:
                self.servo.go(now, self._spindle, self._sweep)
                self._spindle = None
            dwell, self._dwell = self._dwell, None
            if dwell > 0:
                self._free = now + dwell
                return True
        self._answer(now)
        return True

    def _answer(self, now: float) -> None:
        self._running, self._busy_at = None, math.inf
        faults, n = self.faults, self.n_lines
        moment = now + 3 * BYTE_TIME + (faults.slow_by if faults.slow_at == n else 0.0)
        if faults.lost_reply_at != n:
            self._say(moment, "\x00#~\n" if faults.garbage_at == n else "ok\n")
        if faults.disconnect_after is not None and n >= faults.disconnect_after:
            self.gone = True
        if faults.reset_at == n:
            self._boot(now)
