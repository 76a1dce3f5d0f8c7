r"""Marlin's serial protocol: numbered lines out, events in; no port, clock or thread.

    send("G1 X1")  ->  b"N7 G1 X1*85\n"   ...   feed(b"ok\n")  ->  [Done("G1 X1")]

1. One line is in flight; "ok" (perhaps with more behind it) answers it once it is planned, not once it is done.
2. Every line has its number and a checksum: the xor of all bytes before the "*". What arrives torn is asked for
   again ("Error:...", then "Resend: 7", then in some versions an "ok"): be silent until the board is, then repeat.
3. "echo:busy: processing" comes every 2 s while a line takes long: it is alive, and has not answered.
4. "start" means the board was reset: numbers begin anew.
5. "echo:Unknown command" comes before an "ok": the line did nothing.

Source: MarlinFirmware/Marlin src/gcode/queue.cpp, src/core/language.h
"""

from __future__ import annotations

import functools
import operator
import re
from dataclasses import dataclass

from plotwriter.errors import ProtocolError

__all__ = ["Booted", "Busy", "Done", "Halted", "MarlinEvent", "MarlinStream", "Noise", "Resend", "Said", "Unknown"]

LINE_LIMIT = 96  # bytes with number, checksum and newline, MAX_CMD_SIZE
NOISE_LIMIT = 512  # bytes without a newline that can only be noise
ANSWERS = re.compile(r"(echo:|//|Error:|[A-Z][A-Za-z_ 0-9]*:|Cap:|X:|T:|Marlin\b|\[|wait$| )")


@dataclass(frozen=True, slots=True)
class Done:
    """The line in flight was taken."""

    gcode_line: str


@dataclass(frozen=True, slots=True)
class Resend:
    """A line did not arrive whole and is wanted again."""

    number: int


@dataclass(frozen=True, slots=True)
class Unknown:
    """The line in flight means nothing to the board; its "ok" follows."""

    text: str


@dataclass(frozen=True, slots=True)
class Busy:
    """It is alive and not ready."""


@dataclass(frozen=True, slots=True)
class Booted:
    """It has started, or was reset."""


@dataclass(frozen=True, slots=True)
class Halted:
    """It has stopped for good, until it is reset."""

    text: str


@dataclass(frozen=True, slots=True)
class Said:
    """A line that answers no line by itself: a report, an echo."""

    text: str


@dataclass(frozen=True, slots=True)
class Noise:
    """A line that makes no sense."""

    text: str


MarlinEvent = Done | Resend | Unknown | Busy | Booted | Halted | Said | Noise


class MarlinStream:
    """One conversation with Marlin, a line at a time."""

    def __init__(self) -> None:
        """Nothing sent."""
        self.waiting: str | None = None  #: the line in flight
        self._number = 0
        self._partial = b""

    def start(self) -> bytes:
        """The bytes that begin the numbering; they are answered like a line."""
        self.reset()
        self.waiting = "M110 N0"
        return self._numbered("M110 N0", 0)

    def send(self, gcode_line: str) -> bytes:
        """The bytes of a line.

        Raises:
            ProtocolError: one is in flight already, or not a line Marlin can read
        """
        if self.waiting is not None:
            raise ProtocolError(f"Marlin: {gcode_line!r} while {self.waiting!r} is unanswered")
        if not gcode_line or not gcode_line.isascii() or not gcode_line.isprintable() or re.search(r"[*;]", gcode_line):
            raise ProtocolError(f"Marlin: {gcode_line[:90]!r} is not a line of printable ASCII without * and ;")
        sent = self._numbered(gcode_line, self._number + 1)
        if len(sent) > LINE_LIMIT:
            raise ProtocolError(f"Marlin: {gcode_line[:90]!r} is longer than the {LINE_LIMIT} bytes it reads")
        self.waiting = gcode_line
        self._number += 1
        return sent

    def again(self) -> bytes:
        """The bytes of the line in flight once more."""
        return self._numbered(self.waiting, self._number) if self.waiting is not None else b""

    @property
    def number(self) -> int:
        """Of the last line sent."""
        return self._number

    def reset(self) -> None:
        """Forget what is in flight and half received."""
        self.waiting, self._number, self._partial = None, 0, b""

    def feed(self, received: bytes) -> list[MarlinEvent]:
        """What the received bytes mean, however they were cut."""
        *lines, self._partial = (self._partial + received).split(b"\n")
        if len(self._partial) > NOISE_LIMIT:
            lines, self._partial = [*lines, self._partial], b""
        return [self._line(text) for line in lines if (text := line.decode("ascii", "replace").rstrip())]

    def _numbered(self, text: str, number: int) -> bytes:
        body = f"N{number} {text}".encode("ascii")
        return body + b"*%d\n" % functools.reduce(operator.xor, body)

    def _line(self, line: str) -> MarlinEvent:
        if re.match(r"ok\b", line):
            if self.waiting is None:
                return Said(line)
            done, self.waiting = self.waiting, None
            return Done(done)
        if match := re.match(r"(?:Resend:|rs)\s*N?(\d{1,9})\b", line):
            return Resend(int(match[1]))
        if line == "start":
            self.waiting, self._number = None, 0
            return Booted()
        if "busy:" in line:
            return Busy()
        if line.startswith("echo:Unknown command"):
            return Unknown(line.removeprefix("echo:"))
        if line.startswith(("Error:", "!!")) and re.search(r"halted|kill|stopped", line, re.IGNORECASE):
            return Halted(line.removeprefix("Error:"))
        return Said(line) if ANSWERS.match(line) else Noise(line)
