"""A board with GRBL 1.1h or one of its kin, its pen on the spindle pin or on Z, on a virtual clock.

    bytes -> 128-byte window -> parser -> 15 blocks -> motion
                    |              `-- M3, G4 wait until all motion has ended; a full planner makes ok late
                    `-- a byte too many is lost without a word

Written from the firmware's documentation, not from our driver, so that a mistake in the driver shows.

Source: gnea/grbl v1.1 doc/markdown/interface.md, commands.md; grblHAL core grbl.h, report.c; FluidNC docs
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

from plotwriter.devices.simulator.board import Faults
from plotwriter.devices.simulator.clock import VirtualClock
from plotwriter.devices.simulator.grbl_gcode import Action, Interpreter, LiftTo, Move, Pause, Rejected, SpindleTo
from plotwriter.devices.simulator.grbl_stops import BYTE_TIME, GrblStops, is_realtime
from plotwriter.devices.simulator.lookahead import Lookahead
from plotwriter.devices.simulator.queue import MotionQueue
from plotwriter.devices.simulator.servo import Servo

__all__ = ["DIALECTS", "GrblBoard", "GrblDialect"]

LINE_LIMIT = 80  # characters
PARSE = 0.0005  # s a line takes
BOOT = 1.2  # s from power-on to the welcome: the Uno's bootloader
SLIP = 0.4 + 0.3j  # mm that a carriage slides on when its motors are stopped in motion
SEEK = 25.0  # mm/s while homing
UNLOCK = "[MSG:'$H'|'$X' to unlock]\r\n"


@dataclass(frozen=True, slots=True)
class GrblDialect:
    """In what a firmware differs from GRBL."""

    welcome: str
    window: int = 128  #: bytes
    blocks: int = 15
    resets_on_open: bool = True  #: by a serial chip's DTR; not on USB of its own, nor where DTR and RTS are kept down
    questions: tuple[str, ...] = ()  #: lines it knows besides GRBL's, answered by a digit before the ok


DIALECTS = {
    "grbl": GrblDialect("\r\nGrbl 1.1h ['$' for help]\r\n"),
    "grblhal": GrblDialect("\r\nGrblHAL 1.1f ['$' or '$HELP' for help]\r\n", 1024, 100, resets_on_open=False),
    "fluidnc": GrblDialect("\r\nGrbl 3.7 [FluidNC v3.7.8 (wifi) '$' for help]\r\n", 256, resets_on_open=False),
    "drawcore": GrblDialect("\r\nGrbl 1.1h DrawCore V2.09 ['$' for help]\r\n", resets_on_open=False, questions=("$B", "$QP")),
}


class GrblBoard(GrblStops):
    """A simulated plotter on GRBL."""

    def __init__(
        self,
        *,
        s_up: float,
        s_down: float,
        lift: str = "m3",
        lift_rate: float = math.inf,
        dialect: str = "grbl",
        max_rate: float,
        accel: float,
        mount: tuple[complex, complex, complex] = (1, 1j, 0j),
        settings: dict[int, float] | None = None,
        faults: Faults | None = None,
    ) -> None:
        """Power on.

        Args:
            s_up: S, or mm of Z, at which this machine's pen hangs free
            s_down: S, or mm of Z, at which it presses on the paper
            lift: "m3" or "z": what moves the pen
            lift_rate: mm/s of Z at most
            dialect: one of DIALECTS
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
        self._dialect = DIALECTS[dialect]
        self._spindle_pen = lift == "m3"
        lookahead = Lookahead(max_rate=(max_rate, max_rate), accel=(accel, accel), deviation=self.settings[11])
        pen = Servo(up=s_up, down=s_down) if self._spindle_pen else self.servo
        self._motion = MotionQueue(lookahead, pen, capacity=self._dialect.blocks, lift_rate=lift_rate)
        self._z_up, self._z_zero = s_up, 0.0  # where the pen hangs free, and where the board's own Z0 is
        self._zero = 0j  # mm, where the board's own 0 is
        self._n_status = 0
        self._homing = self._asleep = False
        self._checking = ""  # "on" in check mode ($C), "left" until it is reset
        self._code = Interpreter()
        self._rx = bytearray()
        self._arrivals: deque[float] = deque()  # of the newlines in rx
        self._wire_free = 0.0
        self._todo: deque[Action] = deque()
        self._reply = ""  # owed once todo is done
        self._parser_free = self._answered = 0.0
        self._booted = BOOT
        self._alarm = False
        self._paused = False  # M0
        self._pressed = False  # the button, since somebody asked
        self._out: list[tuple[float, bytes]] = []
        self._stops_anew()
        self._say(BOOT, self._dialect.welcome)

    def plug(self) -> None:
        """The port is opened anew, after a cable was pulled or a program has ended."""
        self.gone, self.faults = False, Faults()
        if self._dialect.resets_on_open:
            self._boot(self.clock.now())

    def carry(self, to: complex) -> None:
        """A hand moves the carriage there, mm, machine frame, and lifts a pen on Z; the board does not notice."""
        x, y, _ = self._mount
        self.run_to(self.clock.now())
        by = to - self.position
        self._motion.carry(complex((by * x.conjugate()).real, (by * y.conjugate()).real))
        if not self._spindle_pen:
            self._z_zero += self._z_up - self.servo.at(self.clock.now())
            self.servo.go(self.clock.now(), self._z_up, math.inf)

    def receive(self, sent: bytes) -> None:
        """Bytes arrive now."""
        if self.gone:
            return
        now = self.clock.now()
        for byte in sent:
            self._wire_free = max(self._wire_free, now) + BYTE_TIME
            if is_realtime(byte):
                self._realtime(byte, now)
            elif byte >= 0x80:
                continue
            elif len(self._rx) >= self._dialect.window:
                self.lost_bytes += 1
            else:
                self._rx.append(0x0A if byte == 0x0D else byte)  # either ends a line: "\r\n" ends two, and is answered twice
                if byte in b"\r\n":
                    self._arrivals.append(self._wire_free)

    def run_to(self, moment: float) -> None:
        """Parse, plan and move until a moment."""
        motion = self._motion
        while True:
            self._work()
            event = min(motion.next_end(), self._next_line(), self._restored)
            if event > moment:
                break
            motion.advance(max(min(event, moment), motion.now))
        motion.advance(moment)

    def next_event(self) -> float | None:
        """When something will happen by itself."""
        event = min(self._motion.next_end(), self._next_line(), self._restored, self._out[0][0] if self._out else math.inf)
        return None if event == math.inf else event

    def _next_line(self) -> float:
        """When the parser can go on by itself; infinite while it waits for the motion, a byte or a resume."""
        if self._motion.xy.holding or self._paused or self._deaf or (self._asleep and not self._reply):
            return math.inf
        if self._todo or self._reply:
            return self._parser_free if self._parser_free > self._motion.now else math.inf
        return max(self._arrivals[0], self._parser_free) if self._arrivals else math.inf

    def _work(self) -> None:
        """All the parser can do at this moment."""
        now = self._motion.now
        if self._beyond or self._ending or self._door:
            self._settle(now)
        while not (self._motion.xy.holding or self._paused or self._deaf) and self._parser_free <= now:
            if self._todo:
                if not self._step(self._todo[0], now):
                    return
            elif self._reply:
                if self._homing and not self._motion.empty:
                    return
                self._answer(now)
            elif self._arrivals and self._arrivals[0] <= now and not self._asleep:
                self._arrivals.popleft()
                line, _, rest = bytes(self._rx).partition(b"\n")
                self._rx = bytearray(rest)
                self._line(line.decode("latin-1"), now)
            else:
                return

    def _step(self, action: Action, now: float) -> bool:
        motion = self._motion
        match action:
            case Move(target, _) if self._outside(target):
                self._beyond = True
                motion.xy.hold()
                self._settle(now)
                return False
            case Move(target, feed):
                if motion.full:
                    return False
                motion.add(Move(target + self._zero, feed))
            case LiftTo(z, feed):
                if motion.full:
                    return False
                motion.add(LiftTo(z + self._z_zero, feed))
            case SpindleTo(s):
                if not motion.empty:
                    return False
                self._spin(now, s)
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
        self._pressed = self._pressed or self.faults.button_at == self.n_lines
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
                if self._alarm or (self._jogging and self._state() == "Jog"):
                    raise Rejected(9)
                actions = self._code.read(line)
                self._todo.extend(() if self._checking else actions)
        except Rejected as rejected:
            self._reply = f"error:{rejected}"

    def _answer(self, now: float) -> None:
        if self._homing and self._reply == "ok":
            self._homing, self._alarm = False, False
            self._zero, self._code = self._motion.xy.position, Interpreter(z=self._code.z)
        faults, n, moment = self.faults, self.n_lines, max(now, self._answered) + len(self._reply) * BYTE_TIME
        if faults.slow_at == n:
            moment += faults.slow_by
        self._answered = moment
        if faults.lost_reply_at != n:
            self._say(moment, "\x00#~\r\n" if faults.garbage_at == n else f"{self._reply}\r\n")
        self._reply = ""
        if self._checking == "left":
            self._reset(moment)
        if faults.disconnect_after is not None and n >= faults.disconnect_after:
            self.gone = True
        if faults.reset_at == n:
            self._boot(now)

    def _system(self, line: str, now: float) -> None:
        now = max(now, self._answered)  # one wire: the last "ok" goes out first
        if line.startswith("$J="):
            self._jog(line[3:])
            return
        if (line in ("$$", "$H", "$SLP") or "=" in line) and not self._motion.empty:
            raise Rejected(8)  # not while it moves
        if line == "$$":
            for key, setting in sorted(self.settings.items()):
                self._say(now, f"${key}={setting:g}\r\n")
        elif line == "$I":
            self._say(now, f"[VER:1.1h.20190825:]\r\n[OPT:V,{self._dialect.blocks},{self._dialect.window}]\r\n")
        elif line == "$G":
            code, spindle = self._code, 3 if self._code.spindle else 5
            self._say(now, f"[GC:G{code.motion} G54 G17 G21 G90 G94 M{spindle} M9 T{code.tool} F0 S{code.s:g}]\r\n")
        elif line == "$H":
            if not self.settings.get(22):
                raise Rejected(5)
            self._homing = True
            self._motion.add(Move(-self._motion.carried, SEEK))
        elif line == "$SLP":
            self._asleep = True
        elif line == "$C":
            if not self._checking and self._state() != "Idle":
                raise Rejected(8)
            self._say(now, "[MSG:Disabled]\r\n" if self._checking else "[MSG:Enabled]\r\n")
            self._checking = "left" if self._checking else "on"
        elif line == "$B" and line in self._dialect.questions:
            self._say(now, f"{self._pressed:d}\r\n")
            self._pressed = False
        elif line in self._dialect.questions:
            self._say(now, f"{self.servo.down_at(now):d}\r\n")
        elif line == "$X":
            self._alarm = False
            self._say(now, "[MSG:Caution: Unlocked]\r\n")
        elif line[1:2].isdigit() and "=" in line:
            number, _, value = line[1:].partition("=")
            if number == "20" and value.strip("0.") and not self.settings.get(22):
                raise Rejected(10)
            try:
                self.settings[int(number)] = float(value)
            except ValueError:
                raise Rejected(2) from None
        elif line != "$":
            raise Rejected(3)

    def _reset(self, now: float) -> None:
        moving, asleep = not self._motion.empty and not self._motion.xy.held, self._asleep
        self._clear(now)
        self._alarm = self._alarm or asleep  # its motors were off
        if moving:
            self._alarm = True
            self._motion.carry(SLIP)  # it has stopped dead: the motors made more steps than were counted
            self._say(now, "ALARM:3\r\n")
        self._say(now + 0.02, self._dialect.welcome + (UNLOCK if self._alarm else ""))

    def _boot(self, now: float) -> None:
        """The controller starts anew: wherever it stands is 0; with homing on it is locked until it has found home."""
        self._clear(now)
        self._zero, self._code = self._motion.xy.position, Interpreter()
        if not self._spindle_pen:
            self._z_zero = self.servo.at(now)
        self._alarm = bool(self.settings.get(22))
        self._parser_free = self._booted = now + BOOT
        self._out = []
        self._say(now + BOOT, self._dialect.welcome + (UNLOCK if self._alarm else ""))

    def _clear(self, now: float) -> None:
        self._motion.drop()
        self._rx.clear()
        self._arrivals.clear()
        self._todo.clear()
        self._reply, self._paused, self._parser_free, self._answered, self._n_status = "", False, now, now, 0
        self._homing = self._asleep = False
        self._checking = ""
        self._stops_anew()
        z = self._code.z
        if not self._spindle_pen:
            self.servo.go(now, self.servo.at(now), math.inf)
            z = self.servo.at(now) - self._z_zero
        self._code = Interpreter(position=self._motion.xy.position - self._zero, z=z)
        if self._spindle_pen:
            self._spin(now, 0.0)  # M5
        self._out = [(moment, text) for moment, text in self._out if moment <= now]
