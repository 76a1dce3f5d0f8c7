"""What reaches a GRBL board beside its lines: real-time bytes, jogs, the door, overrides, the bounds of its travel.

    ?  status      !  brake, hold     ~  go on           0x18  reset
    0x84  door     0x85  end a jog    0x90 .. 0x9D  more or less feed, rapids, spindle

    door    Door:2 braking  ->  Door:0 stands, spindle off  ->  ~  ->  Door:3 spindle on, RESTORE seconds  ->  on

Departs: a board whose home was found has its travel on the positive side, as with HOMING_FORCE_SET_ORIGIN and $23.

Source: gnea/grbl v1.1 doc/markdown/interface.md, jogging.md, settings.md; protocol.c, limits.c
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections import deque
from dataclasses import dataclass

from plotwriter.devices.simulator.gcode_board import GcodeBoard
from plotwriter.devices.simulator.grbl_gcode import Action, Interpreter, Move, Rejected

__all__ = ["BYTE_TIME", "SWEEP", "GrblStops", "Overrides", "is_realtime"]

BYTE_TIME = 10 / 115_200  # s on the wire, 8N1
SWEEP = 0.2  # s of the servo's full travel
WCO_EVERY = 30  # status reports between two that tell the work offset; grbl config.h
RESTORE = 4.0  # s that a spindle is given after a door was closed; SAFETY_DOOR_SPINDLE_DELAY
DOOR, END_JOG = 0x84, 0x85
#: byte -> what it changes, by how many percent; 0: back to 100
STEPS = {0x90: ("feed", 0), 0x91: ("feed", 10), 0x92: ("feed", -10), 0x93: ("feed", 1), 0x94: ("feed", -1)}
STEPS |= {0x99: ("spindle", 0), 0x9A: ("spindle", 10), 0x9B: ("spindle", -10), 0x9C: ("spindle", 1), 0x9D: ("spindle", -1)}
RAPIDS = {0x95: 100, 0x96: 50, 0x97: 25}
LEAST, MOST = 10, 200  # percent of feed and spindle


def is_realtime(byte: int) -> bool:
    """Whether a byte is acted upon at once and never reaches the receive buffer."""
    return byte in b"?!~\x18" or byte in (DOOR, END_JOG) or byte in STEPS or byte in RAPIDS


@dataclass(slots=True)
class Overrides:
    """Percent of what was programmed."""

    feed: int = 100
    rapid: int = 100
    spindle: int = 100

    def press(self, byte: int) -> None:
        """One byte of them."""
        if byte in RAPIDS:
            self.rapid = RAPIDS[byte]
            return
        what, by = STEPS[byte]
        setattr(self, what, min(max(getattr(self, what) + by, LEAST), MOST) if by else 100)


class GrblStops(GcodeBoard):
    """Holds, ends and hurries what the parser has planned."""

    settings: dict[int, float]
    _code: Interpreter
    _todo: deque[Action]
    _zero: complex
    _spindle_pen: bool
    _alarm: bool
    _paused: bool  # M0
    _asleep: bool
    _homing: bool
    _checking: str
    _booted: float
    _n_status: int

    @abstractmethod
    def _reset(self, now: float) -> None:
        """Ctrl-X."""

    @abstractmethod
    def _clear(self, now: float) -> None:
        """Forget lines and moves."""

    def _stops_anew(self) -> None:
        """As after a reset."""
        self._overrides, self._untold = Overrides(), False  # a report is owed after a change
        self._door = ""
        self._restored = math.inf  # when the spindle is back, behind a closed door
        self._jogging = self._ending = False
        self._beyond = False  # a line's target lies outside the travel; it brakes, then locks
        self._deaf = False  # locked so that only a reset helps
        self._motion.xy.scale(1.0, 1.0)

    def _settle(self, now: float) -> None:
        """What waits until all stands."""
        motion = self._motion
        stands = motion.xy.held or motion.empty
        if self._beyond and stands:
            self._clear(now)
            self._alarm = self._deaf = True
            self._say(now, "ALARM:2\r\n[MSG:Reset to continue]\r\n")
        if self._ending and stands:
            motion.drop()
            self._todo.clear()
            self._code.position = motion.xy.position - self._zero
            self._jogging = self._ending = False
        if self._door == "Door:2" and stands:
            self._door = "Door:0"
            self._spin(now, 0.0)
        if now >= self._restored:
            self._door, self._restored = "", math.inf
            motion.xy.resume()

    def _spin(self, now: float, s: float) -> None:
        """The spindle, which may be the pen's servo, at so many percent of S."""
        if self._spindle_pen:
            self.servo.go(now, s * self._overrides.spindle / 100, self.settings[30] / SWEEP)

    def _outside(self, target: complex) -> bool:
        """Whether soft limits forbid a target, mm, the board's own coordinates."""
        reach = self.settings.get(130, math.inf), self.settings.get(131, math.inf)
        inside = all(-1e-6 <= place <= most + 1e-6 for place, most in zip((target.real, target.imag), reach, strict=True))
        return bool(self.settings.get(20)) and not inside

    def _jog(self, text: str) -> None:
        """A `$J=` line.

        Raises:
            Rejected: not now, not this, or not there
        """
        if self._state() not in ("Idle", "Jog"):
            raise Rejected(8)
        actions, code = self._code.jog(text)
        if any(isinstance(action, Move) and self._outside(action.target) for action in actions):
            raise Rejected(15)
        self._todo.extend(actions)
        self._code, self._jogging = code, True

    def _realtime(self, byte: int, now: float) -> None:
        motion = self._motion
        if now < self._booted:
            return  # nobody is at home yet
        if byte == ord("?"):
            self._report(now)
        elif byte == 0x18:
            self._reset(now)
        elif byte in STEPS or byte in RAPIDS:
            self._overrides.press(byte)
            self._untold = True
            motion.xy.scale(self._overrides.feed / 100, self._overrides.rapid / 100)
            if STEPS.get(byte, ("",))[0] == "spindle" and not self._door:
                self._spin(now, self._code.s if self._code.spindle else 0.0)
        elif byte == ord("~"):
            if self._door == "Door:0":
                self._door, self._restored = "Door:3", now + RESTORE
                self._spin(now, self._code.s if self._code.spindle else 0.0)
            elif not self._door:
                motion.xy.resume()
                self._paused = False
        elif self._alarm or (byte == END_JOG and self._state() != "Jog"):
            return
        elif self._state() == "Jog":
            self._ending = True
            motion.xy.hold()
        else:
            motion.xy.hold()  # also an idle board holds, until ~ or a reset
            self._door, self._restored = ("Door:2", math.inf) if byte == DOOR else (self._door, self._restored)

    def _report(self, now: float) -> None:
        motion = self._motion
        here, z = motion.xy.position - self._zero, self._code.z  # Z is told where it is going: nobody plans by it
        report = f"<{self._state()}|MPos:{here.real:.3f},{here.imag:.3f},{z:.3f}|FS:{motion.xy.speed * 60:.0f},{self._code.s:.0f}"
        if self._n_status % WCO_EVERY == 0:
            report += f"|WCO:{-self._code.shift.real:.3f},{-self._code.shift.imag:.3f},{-self._code.z_shift:.3f}"
        elif self._untold:
            report += f"|Ov:{self._overrides.feed},{self._overrides.rapid},{self._overrides.spindle}"
            self._untold = False
        self._say(now + 40 * BYTE_TIME, f"{report}>\r\n")
        self._n_status += 1

    def _state(self) -> str:
        motion = self._motion
        if self._alarm or self._asleep:
            return "Alarm" if self._alarm else "Sleep"
        if self._checking:
            return "Check"
        if self._door:
            return self._door
        idle = motion.empty and not self._todo
        self._jogging = self._jogging and not idle
        if self._jogging:
            return "Jog"
        if motion.xy.holding:
            return "Hold:0" if motion.xy.held else "Hold:1"
        return "Hold:0" if self._paused else "Home" if self._homing else "Idle" if idle else "Run"
