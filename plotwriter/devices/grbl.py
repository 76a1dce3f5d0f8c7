r"""GRBL's streaming protocol: lines out, events in; no port, clock or thread.

1. The board holds 128 bytes of lines it has not answered; a byte more is lost without a word.
2. Every line, the newline included, counts from when it is sent until its own ok or error:N.
3. Exactly one ok or error answers each line, in order. [..] <..> $.. ALARM:N and the welcome answer none.
4. ? ! ~ and 0x18 are picked out of the stream as they arrive: they have no newline and never count.
5. The welcome means the board was reset: all unanswered lines are gone.

    lines of   25  40  31  58  20   bytes, capacity 128
    sent       25 +40 +31           = 96; 58 more would be 154: wait
    ok (25)        40 +31           = 71; + 58 = 129: still one too many, wait
    ok (40)            31 +58       = 89; + 20 = 109

Source: gnea/grbl v1.1 doc/markdown/interface.md; codes from doc/csv
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass

from plotwriter.errors import ProtocolError

__all__ = ["HOLD", "RESET", "RESUME", "STATUS", "Ack", "Alarm", "Fault", "GrblEvent", "GrblStream", "Message", "Noise", "Status", "Welcome"]

STATUS, HOLD, RESUME, RESET = b"?", b"!", b"~", b"\x18"  # real-time commands
BARE = ("$B", "$QP")  # DrawCore's questions that are answered by a bare digit
LINE_LIMIT = 80  # characters GRBL reads of a line
NOISE_LIMIT = 512  # bytes without a newline that can only be noise

# fmt: off
ERRORS = {
    1: "a letter was expected", 2: "a number was expected", 3: "this $ command is not known", 5: "homing is off",
    8: "the machine must be idle", 9: "G-code is locked by an alarm", 10: "soft limits need homing", 11: "the line is too long",
    15: "the jog leaves the machine's travel", 20: "this command is not supported", 21: "two commands of one group",
    22: "no feed rate was set", 23: "a whole number was expected", 24: "two commands want the axes", 25: "a word is repeated",
    26: "no axis was named", 27: "the line number is invalid", 28: "a value is missing", 33: "the target cannot be reached",
    34: "the arc's radius cannot be", 35: "the arc has no centre", 36: "a word is not used",
}
ALARMS = {
    1: "a limit switch was hit and the position is lost", 2: "the target is outside the machine's travel",
    3: "reset while moving, the position is lost", 4: "the probe was not ready", 5: "the probe touched nothing",
    6: "homing was reset", 7: "the door opened while homing", 8: "homing could not leave the switch", 9: "homing found no switch",
}
# fmt: on


@dataclass(frozen=True, slots=True)
class Ack:
    """A line was taken."""

    number: int  #: lines sent before it
    gcode_line: str


@dataclass(frozen=True, slots=True)
class Fault:
    """A line was refused."""

    number: int  #: lines sent before it
    gcode_line: str
    code: int
    text: str  #: what the code means


@dataclass(frozen=True, slots=True)
class Alarm:
    """The board has locked itself."""

    code: int
    text: str


@dataclass(frozen=True, slots=True)
class Welcome:
    """The board has started, or was reset."""

    text: str


@dataclass(frozen=True, slots=True)
class Status:
    """The answer to `?`."""

    state: str  #: "Idle", "Run", "Hold:0", ...
    text: str


@dataclass(frozen=True, slots=True)
class Message:
    """[...], $n=... and other lines that answer no line."""

    text: str


@dataclass(frozen=True, slots=True)
class Noise:
    """A line that makes no sense."""

    text: str


GrblEvent = Ack | Fault | Alarm | Welcome | Status | Message | Noise


class GrblStream:
    """One conversation with GRBL, by character counting."""

    def __init__(self, *, rx_capacity: int = 128) -> None:
        """Nothing sent; `rx_capacity` bytes fit into the board."""
        self.rx_capacity = rx_capacity
        self.n_sent = 0
        self._pending: deque[tuple[int, str]] = deque()
        self._partial = b""

    @property
    def in_flight(self) -> int:
        """Bytes sent and not yet answered."""
        return sum(len(line) + 1 for _, line in self._pending)

    @property
    def unanswered(self) -> int:
        """Lines sent and not yet answered."""
        return len(self._pending)

    def send(self, gcode_line: str) -> bytes | None:
        """The bytes of a line; None while they would not fit: feed first.

        Raises:
            ProtocolError: not a line GRBL can read
        """
        if len(gcode_line) >= LINE_LIMIT or not gcode_line.isascii() or not gcode_line.isprintable() or re.search(r"[?!~]", gcode_line):
            raise ProtocolError(f"GRBL: {gcode_line[:90]!r} is not a line of printable ASCII under {LINE_LIMIT} characters without ? ! ~")
        if self.in_flight + len(gcode_line) + 1 > self.rx_capacity:
            return None
        self._pending.append((self.n_sent, gcode_line))
        self.n_sent += 1
        return gcode_line.encode("ascii") + b"\n"

    def feed(self, received: bytes) -> list[GrblEvent]:
        """What the received bytes mean, however they were cut."""
        *lines, self._partial = (self._partial + received).split(b"\n")
        if len(self._partial) > NOISE_LIMIT:
            lines, self._partial = [*lines, self._partial], b""
        return [self._line(text) for line in lines if (text := line.decode("ascii", "replace").strip())]

    def reset(self) -> None:
        """Forget what is unanswered and half received: a reset was sent."""
        self._pending.clear()
        self._partial = b""

    def _line(self, line: str) -> GrblEvent:
        if line == "ok":
            return Ack(*self._pending.popleft()) if self._pending else Noise(line)
        if match := re.fullmatch(r"error:(\d+)", line):
            code = int(match[1])
            number, gcode_line = self._pending.popleft() if self._pending else (self.n_sent, "")
            return Fault(number, gcode_line, code, ERRORS.get(code, "see the firmware's list of error codes"))
        if match := re.fullmatch(r"ALARM:(\d+)", line):
            return Alarm(int(match[1]), ALARMS.get(int(match[1]), "see the firmware's list of alarm codes"))
        if re.match(r"Grbl", line, re.IGNORECASE):
            self._pending.clear()
            return Welcome(line)
        if match := re.fullmatch(r"<([A-Za-z]+(?::\d)?)\b.*>", line):
            return Status(match[1], line)
        if line[0] in "[$>" or line == "start" or (self._pending and self._pending[0][1] in BARE and re.fullmatch(r"\d", line)):
            return Message(line)
        return Noise(line)
