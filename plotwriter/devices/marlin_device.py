"""A board with Marlin on a port: line by line, with time-outs, and the pen raised whatever happens."""

from __future__ import annotations

import re

from plotwriter.devices.device import Facts, Monitor, Progress, pen_raised_on_failure, strokes_of
from plotwriter.devices.gcode import encode, from_wire, preamble
from plotwriter.devices.lifts import gcode_table, pen_lines
from plotwriter.devices.marlin import Booted, Busy, Done, Halted, MarlinStream, Noise, Resend, Said, Unknown
from plotwriter.devices.neighbour import who_answers
from plotwriter.devices.profile import MachineProfile
from plotwriter.devices.transport import Transport
from plotwriter.errors import AlarmError, DeviceError, ProtocolError
from plotwriter.motion.actions import Plan

__all__ = ["MarlinDevice"]

BOOT = 6.0  # s a board takes to say "start" after its port was opened
ALIVE = 6.0  # s without an answer or "busy" (every 2 s), whatever else is said, after which a board is gone
MARK = 83  # mm of an extruder that is none, which every reset forgets: while M114 tells it, the position is the one we left
QUIET = 0.1  # s of silence that end a request to send again
RESENDS = 5  # of one line; more is no accident


class MarlinDevice:
    """A plotter, or a printer made one, with Marlin."""

    def __init__(self, profile: MachineProfile, transport: Transport) -> None:
        """Take an open port; nothing is sent yet."""
        self.profile = profile
        self.transport = transport
        self.position_known = False
        self.left_at: tuple[complex, bool] | None = None
        self._stream = MarlinStream()
        self._down = False
        self._vouched = False  #: its mark is set: somebody, or the board, has said where the pen stands

    def connect(self, *, prepare: bool = True) -> None:
        """Wait for the board, begin the numbering, raise the pen.

        Raises:
            ProtocolError: nothing that speaks Marlin
        """
        booted = self._await_start()
        self._begin()
        self.position_known = not booted and self._place().get("E") == MARK
        if prepare:
            if not self.position_known and gcode_table(self.profile).homing:
                self.home()
            for text in preamble(self.profile):
                self._told(text)
            self._lift()
        if self.position_known:
            self._vouch()

    def plot(self, plan: Plan, *, monitor: Monitor | None = None) -> int:
        """Draw a plan.

        Raises:
            DeviceError: with the stroke it struck and what that stroke writes; the pen is up
        """
        monitor = monitor or Monitor()
        stroke, n, stopped = -1, len(plan.words), list[int]()
        with pen_raised_on_failure(self, plan, lambda: stroke):
            if not self._vouched:  # who draws from here says that the pen stands where the board thinks
                self._vouch()
            for line, last in strokes_of(encode(plan, self.profile), n, monitor, lambda: False, stopped):
                stroke = line.stroke
                self._told(line.text)
                if last and stroke < n:  # its G4 is answered when all is done, other lines when they are queued
                    if stroke >= 0:
                        monitor.drawn(stroke)
                    monitor.progress(Progress(stroke + 1, n, line.plan_time, plan.duration))
            self._told("M400")
        if stopped:
            return stopped[0]
        monitor.progress(Progress(n, n, plan.duration, plan.duration))
        return n

    def where(self) -> complex:
        """Where the pen stands once all is done, mm, machine frame."""
        place = self._place()
        return from_wire(place["X"], place["Y"], self.profile)

    def pen_is_down(self) -> bool:
        """Whether the pen is nearer to down than to up."""
        pen, table = self.profile.pen, gcode_table(self.profile)
        up, down = table.value(pen.up), table.value(pen.down)
        if table.lift == "z":
            value = self._place().get("Z", up)
        elif table.lift == "m280":
            said = " ".join(self._told(f"M280 P{table.servo}"))
            match = re.search(r"Servo \d+: (-?\d+(?:\.\d+)?)", said)
            value = float(match[1]) if match else up
        else:
            return self._down  # M3 cannot be asked
        return abs(value - down) < abs(value - up)

    def adopt(self, profile: MachineProfile) -> None:
        """Other pen heights or speeds from now on."""
        self.profile = profile

    def home(self) -> None:
        """Find the switches (G28), or take the pen's place for work zero."""
        self._told("G28 X Y" if gcode_table(self.profile).homing else "G92 X0 Y0")
        self._vouch()
        self.position_known = True

    def motors_off(self) -> None:
        """Raise the pen and let the carriage be moved by hand."""
        self._lift()
        self._told("G92 E0")  # a hand may move it now
        self._told("M84")
        self._vouched = self.position_known = False

    def facts(self) -> Facts:
        """What M115 says."""
        said = " ".join(self._told("M115"))
        match = re.search(r"FIRMWARE_NAME:\s*(.*?)\s*(?:\(|SOURCE_CODE_URL|$)", said)
        return Facts(match[1] if match else "Marlin")

    def unsupported(self) -> list[str]:
        """What the board refuses of a drawing's commands, of those that can be asked without a motion: not M3."""
        table, refused = gcode_table(self.profile), []
        for text in (*preamble(self.profile), "M400", "G4 P0", *([f"M280 P{table.servo}"] if table.lift == "m280" else ())):
            try:
                self._told(text)
            except AlarmError as error:
                refused.append(str(error))
        return refused

    def raise_pen(self) -> None:
        """Send nothing more, let the planned moves end, raise the pen; the position stays known.

        Raises:
            DeviceError: the board does not answer
        """
        if self._stream.waiting is not None:  # its answer is not waited for: the pen may be down, and the board holds four lines
            try:
                self._begin()
            except DeviceError:
                self._begin()
        self._lift()
        self._silence()  # an answer that came late answers nothing any more

    def close(self) -> None:
        """Give the port back."""
        self.transport.close()

    def _lift(self) -> None:
        for text in pen_lines(self.profile, down=False):
            self._told(text)

    def _await_start(self) -> bool:
        deadline = self.transport.clock.now() + BOOT
        while (left := deadline - self.transport.clock.now()) > 0:
            if any(isinstance(event, Booted) for event in self._stream.feed(self.transport.read(left))):
                return True
        return False

    def _vouch(self) -> None:
        """Leave the mark. Never before the place is known: a question that nobody answered must not become an answer."""
        self._told(f"G92 E{MARK}")
        self._vouched = True

    def _begin(self) -> None:
        """Numbers from 0; whatever half a line was there before is ended first."""
        self.transport.write(b"\n")
        self._silence()
        self.transport.write(self._stream.start())
        try:
            self._answer()
        except ProtocolError:
            raise ProtocolError(f"{self.transport.name}: no Marlin answers there; {who_answers(self.transport)}") from None

    def _place(self) -> dict[str, float]:
        said = " ".join(self._told("M114")).partition("Count")[0]
        found = {axis: float(value) for axis, value in re.findall(r"\b([XYZE]):\s*(-?\d{1,6}(?:\.\d{1,6})?)", said)}
        if not {"X", "Y"} <= found.keys():
            raise ProtocolError(f"{self.transport.name}: {said[:40]!r} names no position; check the cable")
        return found

    def _told(self, text: str) -> list[str]:
        """Send one line; what the board says before its "ok"."""
        if text.startswith(("M280", "M3", "G1 Z")):
            self._down = text in pen_lines(self.profile, down=True)
        if self._stream.waiting is not None:  # what failed before is given up: numbers begin anew
            self._begin()
        self.transport.write(self._stream.send(text))
        return self._answer()

    def _answer(self) -> list[str]:
        name, text = self.transport.name, self._stream.waiting
        said: list[str] = []
        resent = 0
        deadline = self.transport.clock.now() + ALIVE
        while (left := deadline - self.transport.clock.now()) > 0:
            received = self.transport.read(left)
            for event in self._stream.feed(received):
                match event:
                    case Done():
                        return said
                    case Busy():
                        deadline = self.transport.clock.now() + ALIVE
                    case Said(line):
                        said.append(line)
                    case Resend(number):
                        resent += 1
                        if number != self._stream.number or resent > RESENDS:
                            raise ProtocolError(f"{name}: line {number} is wanted again, but it is {text!r} that was sent; check the cable")
                        self._silence()
                        self.transport.write(self._stream.again())
                        deadline = self.transport.clock.now() + ALIVE
                        break
                    case Unknown(line):
                        raise AlarmError(f"{name}: {line[:80]}; the profile's [gcode] asks for something the firmware was built without")
                    case Halted(line):
                        raise AlarmError(f"{name}: the board has halted: {line[:80]}; switch it off and on")
                    case Booted():
                        raise ProtocolError(f"{name}: the board was reset in mid-job; check its power and the cable")
                    case Noise(line):
                        raise ProtocolError(f"{name}: {line[:40]!r} makes no sense; check the cable and the baud rate")
        raise ProtocolError(f"{name}: no answer to {text!r} in {ALIVE:g} s; check the cable and the power")

    def _silence(self) -> None:
        """Hear the board out: an "ok" that follows a request for a line answers nothing."""
        waiting, number = self._stream.waiting, self._stream.number
        for _ in range(50):
            if not (received := self.transport.read(QUIET)):
                break
            self._stream.feed(received)
        if self._stream.number == number:  # not reset meanwhile
            self._stream.waiting = waiting
